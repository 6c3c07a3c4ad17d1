// @ts-check
/**
 * The axis view: a matrix for each axis of one layer, or of several that are compared. It is laid out, pointed
 * at and dragged here; what that leads to is left to whoever shows it.
 */

import { AxisDrag, CLICK } from "./axis_drag.js";
import { AxisMatrix, columnsBefore, columnOf } from "./axis_matrix.js";
import { element } from "./dom.js";
import { EM } from "./metrics.js";

/** @import { MatrixSize } from "./axis_matrix.js" */
/** @import { AxesMessage, AxisViewMessage } from "./types.js" */
/** @typedef {AxesMessage["blocks"]} Blocks */
/**
 * @typedef {Object} AxesHandlers
 * @property {(matrix: AxisMatrix|null, output: number) => void} point  the pointer is over a row, or over none
 * @property {(matrix: AxisMatrix) => number} at  the output whose row keys move on from
 * @property {(matrix: AxisMatrix, output: number) => void} pick  a row was clicked, or a key came to it
 * @property {(parameter: string, number: number, value: number) => void} set  something was dragged
 * @property {(parameter: string, view: AxisViewMessage) => string} why  it cannot be set, or ""
 * @property {(words: string) => void} refuse  what was held cannot be set, for this reason
 */

const MATRIX_GAP = 2; // em between two matrices
const GOOD_PITCH = 0.75; // of the largest; where more would stand side by side in less, fewer do
const MARGIN = 1; // em around a matrix
const ROOM = 1; // columns for padding before the data, so that little moves while it grows
const ROW_KEYS = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity });

export class AxesView {
  /** @param {AxesHandlers} handlers @param {AbortSignal} signal */
  constructor(handlers, signal) {
    this.handlers = handlers;
    this.root = element("div", "cv-axes");
    /** @type {AxisMatrix[]} */
    this.matrices = [];
    this.shape = ""; // of what is built
    this.perBlock = 1;
    this.movable = false; // whether anything can be set
    this.width = 0; // pixels
    this.drag = new AxisDrag(this.root, {
      find: (target) => this.#heldIn(target),
      set: handlers.set,
      why: handlers.why,
      refuse: handlers.refuse,
      click: (target) => this.#pick(target),
    }, signal);
    this.pointer = ""; // where it was last
    this.#listen(signal);
  }

  /** @param {AbortSignal} signal */
  #listen(signal) {
    const { root, handlers } = this;
    root.addEventListener("pointerover", (event) => this.#point(event), { signal });
    root.addEventListener("pointerleave", () => handlers.point(null, 0), { signal });
    root.addEventListener("click", (event) => {
      if (Math.abs(event.clientX - this.drag.from) < CLICK) this.#pick(event.target);
    }, { signal });
    root.addEventListener("keydown", (event) => this.#press(event), { signal });
  }

  /** @param {Blocks} blocks */
  fill(blocks) {
    const several = blocks.some(({ axes }) => axes.length > 1);
    const named = blocks.flatMap(({ heading, axes }) => axes.map((view) => ({
      view, heading, title: [heading, several || !heading ? view.label : ""].filter(Boolean).join(" · "),
    })));
    const shape = JSON.stringify(named.map(({ title }) => title));
    if (shape !== this.shape) {
      this.matrices = named.map(({ title, heading }) => new AxisMatrix(title, heading));
      this.root.replaceChildren(...this.matrices.map(({ root }) => root));
    }
    this.shape = shape;
    this.perBlock = Math.max(1, ...blocks.map(({ axes }) => axes.length));
    const room = Math.max(ROOM, ...named.map(({ view }) => columnsBefore(view)));
    named.forEach(({ view }, n) => this.matrices[n].fill(view, room));
    this.fit(this.width);
  }

  /** @param {boolean} on */
  setMovable(on) {
    this.movable = on;
    this.root.classList.toggle("is-movable", on);
    this.fit(this.width);
  }

  /** Frame, by the name of the axis, the row of an output. @param {Map<string, number>} outputs @param {boolean} pointed */
  show(outputs, pointed) {
    for (const matrix of this.matrices) matrix.frame(outputs.get(matrix.view?.name ?? ""), pointed);
  }

  // ---- Layout

  /** @param {number} width pixels */
  fit(width) {
    this.width = width;
    if (width <= 0 || !this.matrices.length) return;
    const em = parseFloat(getComputedStyle(this.root).fontSize);
    const sizes = this.matrices.map(({ size }) => size);
    const finger = this.movable && matchMedia("(pointer: coarse)").matches ? FINGER / em : 0;
    const { across, pitch } = arrangement(sizes, this.perBlock, width / em, finger);
    this.root.style.setProperty("--across", String(across));
    this.root.style.setProperty("--pitch", `${pitch}em`);
    this.root.style.setProperty("--values", `${Math.max(...sizes.map(({ values }) => values))}em`);
    this.root.style.setProperty("--index-size", `${Math.min(1, pitch / 1.9)}em`);
  }

  // ---- What a reader does

  /**
   * Point at the row that the pointer has come to; where a row has come under a pointer that rests, as
   * when the layer changes, a reader at the keyboard goes on.
   * @param {PointerEvent} event
   */
  #point(event) {
    const place = `${event.clientX} ${event.clientY}`;
    const rests = place === this.pointer;
    this.pointer = place;
    if (rests || this.drag.active || event.buttons) return;
    if (event.target instanceof HTMLElement) event.target.title = this.drag.hint(event.target);
    const found = this.#rowAt(event.target);
    this.handlers.point(found?.matrix ?? null, found?.output ?? 0);
  }

  /** @param {EventTarget|null} target */
  #pick(target) {
    const found = this.#rowAt(target);
    if (found) this.handlers.pick(found.matrix, found.output);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const matrix = this.#matrixAt(event.target);
    if (!matrix || event.target !== matrix.root || !(event.key in ROW_KEYS)) return;
    const { outputs } = matrix;
    const current = outputs.indexOf(this.handlers.at(matrix)); // wherever the pointer rests
    const next = Math.max(0, Math.min(outputs.length - 1, current + ROW_KEYS[event.key]));
    this.handlers.pick(matrix, outputs[next]);
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {Element} target */
  #heldIn(target) {
    const view = this.movable ? this.#matrixAt(target)?.view : undefined;
    const cell = this.root.querySelector(".cv-cell");
    if (!view || !cell) return null;
    return { view, pitch: cell.getBoundingClientRect().width + CELL_GAP };
  }

  /** @param {EventTarget|null} target */
  #matrixAt(target) {
    const root = target instanceof Element ? target.closest(".cv-matrix") : null;
    return this.matrices.find((matrix) => matrix.root === root) ?? null;
  }

  /** @param {EventTarget|null} target */
  #rowAt(target) {
    const matrix = this.#matrixAt(target);
    const row = target instanceof Element ? target.closest(".cv-window") : null;
    return matrix && row instanceof HTMLElement ? { matrix, output: Number(row.dataset.output) } : null;
  }
}

const CELL_GAP = 2; // pixels, as in axes.css
const FINGER = 44; // pixels of a target

/**
 * How many matrices stand side by side, and the width of a column, the same in all.
 * @param {MatrixSize[]} sizes @param {number} perBlock @param {number} width  em
 * @param {number} finger  em that one would have to hit a column; 0 where none does
 */
function arrangement(sizes, perBlock, width, finger) {
  const columns = Math.max(...sizes.map((size) => size.columns));
  const around = MARGIN + EM.axis_label_width + Math.max(...sizes.map(({ values }) => values));
  const least = Math.max(...sizes.map((size) => size.least));
  const most = Math.max(EM.axis_pitch, least, finger);
  const pitchOf = (/** @type {number} */ across) =>
    Math.min(most, ((width - (across - 1) * MATRIX_GAP) / across - around) / columns);
  const good = Math.max(least, GOOD_PITCH * Math.max(EM.axis_pitch, finger));
  const choices = sizes.map((_, n) => n + 1).filter((n) => n === 1 || pitchOf(n) >= good);
  const fits = choices.filter((n) => perBlock === 1 || n % perBlock === 0);
  const across = Math.max(1, ...(perBlock > 1 && fits.length ? [perBlock] : fits));
  const rows = Math.ceil(sizes.length / across);
  const balanced = perBlock > 1 ? across : Math.ceil(sizes.length / rows);
  return { across: balanced, pitch: Math.max(least, pitchOf(balanced)) };
}

/** The cells of one row in words. @param {AxisViewMessage} view @param {number} output */
export function cellsOf(view, output) {
  const window = view.windows.find((each) => each?.output === output);
  const cells = (window?.taps ?? []).map(([, cell]) => cell);
  const padding = cells.filter((cell) => view.kinds[columnOf(view.columns, cell)] !== "d").length;
  return { cells, padding, text: window?.text ?? "" };
}
