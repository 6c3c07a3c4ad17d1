// @ts-check
/**
 * A panel: one grid of cells, kept and refilled while its shape stays. The kernel's has a second tile
 * over each weight, for what the weight multiplies at present.
 */

import { element, OWN_KEYS, write } from "./dom.js";
import { say } from "./language.js";
import { writeNumber } from "./numbers.js";

/** @import { PanelMessage, Rectangle } from "./types.js" */

/** What the letter of a cell's kind stands for. @type {Record<string, string>} */
export const KINDS = { d: "data", "<": "pre", ">": "post", "+": "beyond", ".": "gap" };
/** @type {PanelMessage} */
const NO_PANEL = {
  tensor: "input", channel: 0, depth: null, group: null, title: "",
  rows: [], columns: [], kinds: "", texts: [], reads: [], flags: "",
};

/** Show what int8 did to a value. @param {HTMLElement} cell @param {string} flag */
export function setFlag(cell, flag) {
  cell.classList.toggle("is-saturated", flag === "s");
  cell.classList.toggle("is-vanished", flag === "v");
}

export class Panel {
  constructor() {
    this.root = element("div", "cv-panel");
    this.title = element("div", "cv-panel-title");
    this.grid = element("div", "cv-grid", { role: "group", tabindex: "-1", ...OWN_KEYS });
    this.root.append(this.title, this.grid);
    /** @type {HTMLElement[]} */
    this.rows = [];
    /** @type {HTMLElement[]} */
    this.cells = [];
    /** @type {HTMLElement[]} */
    this.values = []; // over each cell, in the kernel
    /** @type {HTMLElement[]} */
    this.frames = [];
    this.message = NO_PANEL;
    this.limit = Infinity; // characters that a cell has room for
  }

  /**
   * @param {PanelMessage} message @param {boolean} deep whether there is a depth
   * @param {number} [limit] characters that a cell has room for
   */
  fill(message, deep, limit = Infinity) {
    const before = samePlaces(message, this.message) ? this.message : null;
    this.limit = limit;
    if (!sameSize(message, this.message)) this.#resize(message.rows.length, message.columns.length);
    this.message = message;
    this.#addValues(message.tensor === "kernel");
    this.root.className = message.group === null ? "cv-panel" : `cv-panel cv-banded cv-g${message.group}`;
    write(this.title, message.title);
    this.title.hidden = !message.title;
    this.grid.setAttribute("aria-label", `${say(`tensor.${message.tensor}`)} ${message.title}`.trim());
    for (let n = 0; n < this.cells.length; n++) this.#fillCell(n, before, deep);
  }

  /** @param {number} rows @param {number} columns */
  #resize(rows, columns) {
    while (this.rows.length > rows) this.rows.pop()?.remove();
    while (this.rows.length < rows) this.rows.push(element("div", "cv-row"));
    for (const row of this.rows) {
      while (row.childElementCount > columns) row.lastElementChild?.remove();
      while (row.childElementCount < columns) row.append(document.createElement("div"));
    }
    const added = document.createDocumentFragment();
    added.append(...this.rows.filter((row) => !row.parentElement));
    for (const node of this.grid.querySelectorAll(".cv-values")) node.remove();
    this.values = [];
    this.grid.insertBefore(added, this.frames[0] ?? null);
    this.cells = this.rows.flatMap((row) => /** @type {HTMLElement[]} */ ([...row.children]));
  }

  /** Have a tile over each cell, or none. @param {boolean} wanted */
  #addValues(wanted) {
    if (wanted === (this.values.length === this.cells.length && this.cells.length > 0)) return;
    for (const node of this.grid.querySelectorAll(".cv-values")) node.remove();
    this.grid.classList.toggle("is-summed", wanted);
    this.values = wanted ? this.cells.map(() => element("div", "cv-value")) : [];
    const { length } = this.message.columns;
    if (wanted) this.rows.forEach((row, n) => {
      const values = element("div", "cv-row cv-values", { "aria-hidden": "true" });
      values.append(...this.values.slice(n * length, (n + 1) * length));
      row.before(values);
    });
  }

  /** @param {number} n @param {PanelMessage|null} before what the same cells showed @param {boolean} deep */
  #fillCell(n, before, deep) {
    const { message } = this;
    const cell = this.cells[n];
    const unread = message.reads[n] === 0;
    writeNumber(cell, message.texts[n], this.limit);
    if (!before || before.kinds[n] !== message.kinds[n] || (before.reads[n] === 0) !== unread) {
      this.#nameCell(n, deep);
      cell.className = unread ? "cv-cell is-unread" : "cv-cell";
    }
    if (message.flags) setFlag(cell, message.flags[n]);
  }

  /** Say in the document which element a cell shows. @param {number} n @param {boolean} deep */
  #nameCell(n, deep) {
    const { message } = this;
    const { dataset } = this.cells[n];
    dataset.panel = message.tensor;
    dataset.channel = String(message.channel);
    if (deep) dataset.depth = String(message.depth);
    else delete dataset.depth;
    dataset.row = String(message.rows[Math.floor(n / message.columns.length)]);
    dataset.col = String(message.columns[n % message.columns.length]);
    dataset.kind = KINDS[message.kinds[n]];
  }

  /**
   * Show how many windows read each cell, as a number and as heat, or the values again.
   * @param {boolean} on
   */
  showReads(on) {
    const { reads, texts } = this.message;
    const most = Math.max(1, ...reads);
    this.cells.forEach((cell, n) => {
      if (on) cell.style.setProperty("--heat", `${Math.round((100 * reads[n]) / most)}%`);
      writeNumber(cell, on ? String(reads[n]) : texts[n], this.limit);
    });
    this.grid.classList.toggle("is-heat", on);
  }

  /** @param {number} row @param {number} column the tensor's own indices */
  cell(row, column) {
    const { rows, columns } = this.message;
    const [y, x] = [rows.indexOf(row), columns.indexOf(column)];
    return y < 0 || x < 0 ? undefined : this.cells[y * columns.length + x];
  }

  /** The tile over a weight. @param {number} row @param {number} column the tensor's own indices */
  valueTile(row, column) {
    const cell = this.cell(row, column);
    return cell && this.values[this.cells.indexOf(cell)];
  }

  /** @param {number} row @param {number} column the tensor's own indices */
  text(row, column) {
    const { rows, columns, texts } = this.message;
    return texts[rows.indexOf(row) * columns.length + columns.indexOf(column)];
  }

  /**
   * Write into a cell, or the number that it stands for.
   * @param {number} row @param {number} column the tensor's own indices @param {string|null} text
   */
  writeCell(row, column, text) {
    const cell = this.cell(row, column);
    if (cell) writeNumber(cell, text ?? this.text(row, column), this.limit);
  }

  /**
   * Write into the tiles over the weights, in memory order, or take one back.
   * @param {(string|null)[]} texts  null for a tile that is empty
   */
  showValues(texts) {
    let n = 0;
    this.values.forEach((tile, i) => {
      const isGap = this.message.kinds[i] !== "d";
      const text = isGap ? null : texts[n++];
      tile.classList.toggle("is-gap", isGap);
      tile.classList.toggle("is-empty", !isGap && text === null);
      writeNumber(tile, text ?? "", this.limit);
    });
  }

  /** Lay frames over rectangles of cells. @param {(Rectangle & {className: string})[]} rectangles */
  frame(rectangles) {
    while (this.frames.length < rectangles.length) {
      const frame = element("div", "cv-frame", { "aria-hidden": "true" });
      this.frames.push(frame);
      this.grid.append(frame);
    }
    this.frames.forEach((frame, n) => {
      frame.hidden = n >= rectangles.length;
      if (!frame.hidden) this.#place(frame, rectangles[n]);
    });
  }

  /** @param {HTMLElement} frame @param {Rectangle & {className: string}} rectangle */
  #place(frame, { row, column, rows, columns, className }) {
    frame.className = `cv-frame ${className}`;
    frame.style.setProperty("--x", String(column - this.message.columns[0]));
    frame.style.setProperty("--y", String(row - this.message.rows[0]));
    frame.style.setProperty("--nx", String(columns));
    frame.style.setProperty("--ny", String(rows));
  }
}

/** @param {PanelMessage} a @param {PanelMessage} b */
function sameSize(a, b) {
  return a.rows.length === b.rows.length && a.columns.length === b.columns.length;
}

/** Whether each cell shows the same element. @param {PanelMessage} a @param {PanelMessage} b */
function samePlaces(a, b) {
  return sameSize(a, b) && a.tensor === b.tensor && a.channel === b.channel && a.depth === b.depth &&
    a.rows[0] === b.rows[0] && a.rows.at(-1) === b.rows.at(-1) &&
    a.columns[0] === b.columns[0] && a.columns.at(-1) === b.columns.at(-1);
}
