// @ts-check
/**
 * The matrix of one axis: a column a cell, a row an output, dots in the weights' colours over the cells
 * that they meet. What is where comes from Python (scene/axis_view.py); nothing here works it out.
 */

import { element, OWN_KEYS } from "./dom.js";
import { say } from "./language.js";
import { EM } from "./metrics.js";
import { withMinus } from "./numbers.js";
import { KINDS } from "./panel.js";

/** @import { AxisViewMessage, WindowMessage } from "./types.js" */
/** @typedef {AxisViewMessage["columns"][number]} Column */
/** @typedef {{columns: number, least: number, values: number}} MatrixSize */

const MONO = 0.61; // em of a character

export class AxisMatrix {
  /** @param {string} title @param {string} heading  of the block, "" for none */
  constructor(title, heading) {
    this.heading = heading;
    this.root = element("div", "cv-matrix", { role: "group", tabindex: "0", ...OWN_KEYS });
    this.title = element("div", "cv-axis-title");
    this.name = element("strong", "", {}, title);
    this.words = element("span", "cv-axis-words");
    this.title.append(this.name, " ", this.words);
    this.body = element("div", "cv-axis-body");
    this.note = element("div", "cv-axis-note");
    this.root.append(this.title, this.body, this.note);
    /** @type {Map<number, HTMLElement>} */
    this.rows = new Map(); // by output
    /** @type {AxisViewMessage|null} */
    this.view = null;
    this.room = 0; // columns kept free for padding before the data
  }

  /**
   * Show an axis, with `room` columns for padding before the data.
   * @param {AxisViewMessage} view @param {number} room
   */
  fill(view, room) {
    this.view = view;
    this.room = room;
    this.root.dataset.axis = view.name;
    this.words.textContent = view.words;
    this.note.textContent = view.note;
    this.note.hidden = !view.note;
    this.root.setAttribute("aria-label", `${this.name.textContent} ${view.words}`);
    this.root.style.setProperty("--columns", String(this.size.columns));
    this.rows.clear();
    this.body.replaceChildren(
      ...(view.texts.length ? [this.#indices(view)] : []),
      this.#cells(view),
      ...view.windows.map((window, n) => (window ? this.#row(window, view) : hiddenRow(view, n))),
      this.#counts(view),
    );
  }

  /** The outputs that have a row, in order. */
  get outputs() {
    return [...this.rows.keys()];
  }

  /** What it takes: columns, the least width of one, and the room for the outputs' values; in em. @returns {MatrixSize} */
  get size() {
    const { view, room } = this;
    if (!view) return { columns: 0, least: EM.least_axis_pitch, values: 0 };
    const [cell, value] = [longest(view.texts), longest(view.windows.map((window) => window?.text ?? ""))];
    return {
      columns: view.columns.length + room - columnsBefore(view),
      least: cell ? cell * MONO + EM.cell_padding : EM.least_axis_pitch,
      values: value && (value + 2) * MONO,
    };
  }

  /** Frame one row, or none. @param {number|undefined} output @param {boolean} pointed */
  frame(output, pointed) {
    for (const [each, row] of this.rows) {
      row.classList.toggle("is-current", each === output);
      row.classList.toggle("is-lit", each === output && pointed);
    }
  }

  // ---- Building

  /** @param {AxisViewMessage} view */
  #indices(view) {
    const line = this.#line("cv-axis-indices", "");
    view.columns.forEach((index, n) => {
      if (index !== null) line.append(this.#at(n, element("span", "cv-axis-index", {}, withMinus(String(index)))));
    });
    return line;
  }

  /** @param {AxisViewMessage} view */
  #cells(view) {
    const line = this.#line("cv-axis-cells", "");
    const { columns, kinds, texts } = view;
    columns.forEach((index, n) => {
      const kind = KINDS[kinds[n]];
      const cell = index === null ? element("span", "cv-axis-hidden", {}, "…")
        : element("span", "cv-cell", { "data-panel": "axis", "data-kind": kind, "data-index": String(index) },
          texts[n] ?? (kind === "data" ? String(index) : ""));
      line.append(this.#at(n, cell));
    });
    const padded = kinds.replace(/\++$/, "").length; // without what lies beyond the padding
    line.append(this.#edge("pre_padding", 0), this.#edge("post_padding", padded - 1));
    return line;
  }

  /** The edge of the padding, to be dragged: before or after the n-th column. @param {string} parameter @param {number} n */
  #edge(parameter, n) {
    return this.#at(n, element("span", "cv-axis-edge", { "data-edge": parameter }));
  }

  /** @param {WindowMessage} window @param {AxisViewMessage} view */
  #row({ output, first, last, taps, text }, { columns, classes, dilation }) {
    const row = this.#line("cv-window", say("axes.output", { output }));
    row.dataset.output = String(output);
    const gaps = dilation > 1 && classes.length > 1;
    const span = element("span", gaps ? "cv-span has-gaps" : "cv-span", {
      "data-first": String(first), "data-last": String(last),
    });
    const [from, to] = [columnOf(columns, first), columnOf(columns, last)];
    span.style.gridColumn = `${this.#track(from)} / ${this.#track(to) + 1}`;
    row.append(span);
    for (const [tap, cell] of taps)
      row.append(this.#at(columnOf(columns, cell), element("span", `cv-dot ${classes[tap]}`, {
        "data-tap": String(tap), "data-index": String(cell),
      })));
    if (text) row.append(element("span", "cv-axis-value", {}, text));
    this.rows.set(output, row);
    return row;
  }

  /** @param {AxisViewMessage} view */
  #counts(view) {
    const line = this.#line("cv-axis-counts", say("axes.reads"));
    view.columns.forEach((index, n) => {
      if (index === null) return;
      const count = view.counts[n];
      const node = element("span", "cv-reads", { "data-index": String(index) }, String(count));
      node.classList.toggle("is-zero", count === 0);
      line.append(this.#at(n, node));
    });
    return line;
  }

  /** @param {string} className @param {string} label */
  #line(className, label) {
    const line = element("div", `cv-axis-line ${className}`);
    line.append(element("span", "cv-axis-label", {}, label));
    return line;
  }

  /** @template {HTMLElement} Node @param {number} n @param {Node} node @returns {Node} */
  #at(n, node) {
    node.style.gridColumn = String(this.#track(n));
    return node;
  }

  /** The grid's track of the n-th column: after the label, and the room for padding. @param {number} n */
  #track(n) {
    return n + 2 + this.room - (this.view ? columnsBefore(this.view) : 0);
  }
}

/** @param {AxisViewMessage} view @param {number} n */
function hiddenRow({ windows }, n) {
  const [above, below] = [windows[n - 1], windows[n + 1]];
  const count = (below?.output ?? 0) - (above?.output ?? -1) - 1;
  const line = element("div", "cv-axis-line cv-axis-more");
  line.append(element("span", "cv-axis-label", {}, say("axes.more", { count })));
  return line;
}

/** How many columns of padding stand before the data. @param {AxisViewMessage} view */
export function columnsBefore({ kinds }) {
  return kinds.lastIndexOf("<") + 1;
}

/** The length of the longest text. @param {string[]} texts */
function longest(texts) {
  return Math.max(0, ...texts.map((text) => text.length));
}

/** Which column shows a cell; a cell that is not shown is in the break. @param {Column[]} columns @param {number} cell */
export function columnOf(columns, cell) {
  const n = columns.indexOf(cell);
  return n < 0 ? columns.indexOf(null) : n;
}
