// @ts-check
/** The CSS classes of cells at one step, applied as a difference from the step before. */

export class Lighting {
  constructor() {
    /** @type {Map<HTMLElement, string>} */
    this.before = new Map();
    /** @type {Map<HTMLElement, string>} */
    this.now = new Map();
  }

  /** Begin a step. */
  begin() {
    this.before = this.now;
    this.now = new Map();
  }

  /** Give a cell classes until the next step. @param {HTMLElement|undefined} cell @param {string} classes */
  light(cell, classes) {
    if (!cell) return;
    const others = this.now.get(cell);
    this.now.set(cell, others ? `${others} ${classes}` : classes);
  }

  /** Light the cells that differ from the step before; most do not. */
  show() {
    for (const [cell, classes] of this.before)
      if (this.now.get(cell) !== classes) cell.classList.remove(...classes.split(" "));
    for (const [cell, classes] of this.now)
      if (this.before.get(cell) !== classes) cell.classList.add(...classes.split(" "));
  }

  /** Take all classes back: the cells are filled anew. */
  clear() {
    for (const [cell, classes] of this.now) cell.classList.remove(...classes.split(" "));
    this.now.clear();
  }
}
