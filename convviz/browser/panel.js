// @ts-check
/** A panel: one grid of cells, kept and refilled while its shape stays. */

import { element, OWN_KEYS, write } from "./dom.js";
import { say } from "./language.js";

/**
 * @typedef {Object} PanelSpec
 * @property {string} tensor   "input", "kernel" or "output"
 * @property {number} channel
 * @property {number|null} depth
 * @property {number|null} group
 * @property {string} title
 * @property {number[]} rows
 * @property {number[]} columns
 * @property {string} kinds    one letter a cell, row-major
 * @property {string[]} texts
 * @property {number[]} reads  how often each cell is read; empty where it is not asked
 * @property {string} marks    one letter a cell, what int8 did to it; empty without int8
 */

const KINDS = { d: "data", "<": "pre", ">": "post", "+": "beyond", ".": "gap" };

/** What int8 did to a value. @param {HTMLElement} cell @param {string} letter */
export function mark(cell, letter) {
  cell.classList.toggle("is-saturated", letter === "s");
  cell.classList.toggle("is-vanished", letter === "v");
}

export class Panel {
  constructor() {
    this.root = element("div", "cv-panel");
    this.title = element("div", "cv-panel-title");
    this.grid = element("div", "cv-grid", { tabindex: "-1", ...OWN_KEYS });
    this.root.append(this.title, this.grid);
    /** @type {HTMLElement[]} */
    this.rows = [];
    /** @type {HTMLElement[]} */
    this.cells = [];
    /** @type {HTMLElement[]} */
    this.frames = [];
    /** @type {PanelSpec} */
    this.spec = /** @type {any} */ ({ kinds: "", rows: [], columns: [], texts: [], reads: [], marks: "" });
  }

  /** @param {PanelSpec} spec @param {boolean} deep */
  fill(spec, deep) {
    const fresh = spec.rows.length !== this.spec.rows.length || spec.columns.length !== this.spec.columns.length;
    const moved = fresh || spec.rows[0] !== this.spec.rows[0] || spec.columns[0] !== this.spec.columns[0] ||
      spec.channel !== this.spec.channel || spec.depth !== this.spec.depth || spec.tensor !== this.spec.tensor ||
      spec.rows.at(-1) !== this.spec.rows.at(-1) || spec.columns.at(-1) !== this.spec.columns.at(-1);
    const before = moved ? null : this.spec;
    this.spec = spec;
    this.root.className = spec.group === null ? "cv-panel" : `cv-panel cv-banded cv-g${spec.group}`;
    write(this.title, spec.title);
    this.title.hidden = !spec.title;
    if (fresh) this.#resize(spec.rows.length, spec.columns.length);
    this.grid.setAttribute("aria-label", `${say(`tensor.${spec.tensor}`)} ${spec.title}`.trim());
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
    this.grid.insertBefore(added, this.frames[0] ?? null);
    this.cells = this.rows.flatMap((row) => /** @type {HTMLElement[]} */ ([...row.children]));
  }

  /** @param {number} n @param {PanelSpec|null} before @param {boolean} deep */
  #fillCell(n, before, deep) {
    const { spec } = this;
    const cell = this.cells[n];
    write(cell, spec.texts[n]);
    const unread = spec.reads[n] === 0;
    if (spec.marks) mark(cell, spec.marks[n]);
    if (before && before.kinds[n] === spec.kinds[n] && (before.reads[n] === 0) === unread) return;
    const data = cell.dataset;
    data.panel = spec.tensor;
    data.channel = String(spec.channel);
    if (deep) data.depth = String(spec.depth);
    else delete data.depth;
    data.row = String(spec.rows[Math.floor(n / spec.columns.length)]);
    data.col = String(spec.columns[n % spec.columns.length]);
    data.kind = KINDS[/** @type {keyof KINDS} */ (spec.kinds[n])];
    cell.className = unread ? "cv-cell is-unread" : "cv-cell";
    if (spec.marks) mark(cell, spec.marks[n]);
  }

  /** Say how often each cell is read, as a number and as heat, or take that back. @param {boolean} on */
  heat(on) {
    const { reads, texts } = this.spec;
    const most = Math.max(1, ...reads);
    this.cells.forEach((cell, n) => {
      if (on) cell.style.setProperty("--heat", `${Math.round((100 * reads[n]) / most)}%`);
      write(cell, on ? String(reads[n]) : texts[n]);
    });
    this.grid.classList.toggle("is-heat", on);
  }

  /** @param {number} row @param {number} column the tensor's own indices */
  cell(row, column) {
    const { rows, columns } = this.spec;
    const [y, x] = [rows.indexOf(row), columns.indexOf(column)];
    return y < 0 || x < 0 ? undefined : this.cells[y * columns.length + x];
  }

  /** @param {number} row @param {number} column */
  text(row, column) {
    const { rows, columns, texts } = this.spec;
    return texts[rows.indexOf(row) * columns.length + columns.indexOf(column)];
  }

  /** Lay frames over boxes of cells. @param {{row: number, column: number, rows: number, columns: number, className: string}[]} boxes */
  frame(boxes) {
    while (this.frames.length < boxes.length) {
      const frame = element("div", "cv-frame", { "aria-hidden": "true" });
      this.frames.push(frame);
      this.grid.append(frame);
    }
    this.frames.forEach((frame, n) => {
      const box = boxes[n];
      frame.hidden = !box;
      if (!box) return;
      frame.className = `cv-frame ${box.className}`;
      frame.style.setProperty("--x", String(box.column - this.spec.columns[0]));
      frame.style.setProperty("--y", String(box.row - this.spec.rows[0]));
      frame.style.setProperty("--nx", String(box.columns));
      frame.style.setProperty("--ny", String(box.rows));
    });
  }
}
