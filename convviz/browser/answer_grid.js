// @ts-check
/**
 * Cells of an input to click on, a grid for each channel, numbered along its edges. Tab leads to one
 * cell of a grid, arrows to the others; Space and Enter press it.
 */

import { element, OWN_KEYS } from "./dom.js";
import { say } from "./language.js";
import { MOVES } from "./moves.js";
import { withMinus } from "./numbers.js";

/** @import { GridField } from "./types.js" */

export class AnswerGrid {
  root = element("div", "cv-grids");
  /** @type {Map<string, HTMLButtonElement>} */
  cells = new Map(); // by channel, row and column

  /** @param {GridField} asked @param {() => void} changed */
  constructor(asked, changed) {
    this.asked = asked;
    this.changed = changed;
    this.root.append(...asked.channels.map((_, channel) => this.#makeGrid(channel)));
  }

  /** The cells that are down. @returns {number[][]} */
  get given() {
    const down = [...this.cells].filter(([, cell]) => cell.getAttribute("aria-pressed") === "true");
    return down.map(([key]) => key.split(",").map(Number));
  }

  set given(/** @type {unknown} */ cells) {
    const down = keysOf(Array.isArray(cells) ? cells : []);
    for (const [key, cell] of this.cells) press(cell, down.has(key));
  }

  get disabled() {
    return [...this.cells.values()].some((cell) => cell.disabled);
  }

  set disabled(on) {
    for (const cell of this.cells.values()) cell.disabled = on;
  }

  /** Mark cells that do not belong to the answer. @param {number[][]} wrong */
  mark(wrong) {
    const keys = keysOf(wrong);
    for (const [key, cell] of this.cells) cell.classList.toggle("is-wrong", keys.has(key));
  }

  /** @param {number} channel */
  #makeGrid(channel) {
    const { rows, columns, channels } = this.asked;
    const { name } = channels[channel];
    const label = name || say("exercise.cells");
    const grid = element("div", "cv-answer-grid", { role: "group", "aria-label": label });
    grid.style.setProperty("--cv-columns", String(columns.length));
    grid.append(element("span", ""), ...columns.map((column) => edge(column)));
    rows.forEach((row, r) => {
      grid.append(edge(row), ...columns.map((column, c) => this.#makeCell(channel, row, column, r * columns.length + c)));
    });
    this.#makeFocusable(grid);
    const root = element("div", "");
    if (name) root.append(element("div", "cv-channel-name", {}, name));
    root.append(grid);
    return root;
  }

  /** @param {number} channel @param {number} row @param {number} column @param {number} at in the channel */
  #makeCell(channel, row, column, at) {
    const { texts, padding } = this.asked.channels[channel];
    const place = say("exercise.cell", { row: withMinus(String(row)), column: withMinus(String(column)) });
    const isPadding = padding[at] === "p";
    const title = isPadding ? say("exercise.padding_cell", { cell: place }) : place;
    const cell = element("button", isPadding ? "is-padding" : "", {
      type: "button", title, "aria-label": `${title}: ${texts[at]}`, "aria-pressed": "false", tabindex: "-1", ...OWN_KEYS,
    }, texts[at]);
    cell.addEventListener("click", () => {
      press(cell, cell.getAttribute("aria-pressed") !== "true");
      this.changed();
    });
    this.cells.set([channel, row, column].join(), cell);
    return cell;
  }

  /** One cell of a grid takes the focus by Tab, the one that had it last. @param {HTMLElement} grid */
  #makeFocusable(grid) {
    const cells = [...grid.querySelectorAll("button")];
    const wide = this.asked.columns.length;
    cells[0].tabIndex = 0;
    grid.addEventListener("focusin", ({ target }) => {
      for (const cell of cells) cell.tabIndex = cell === target ? 0 : -1;
    });
    grid.addEventListener("keydown", (event) => {
      const at = cells.indexOf(/** @type {HTMLButtonElement} */ (event.target));
      const [down, right] = MOVES[event.key] ?? [0, 0];
      if (at < 0 || !(down || right)) return;
      event.preventDefault();
      const column = (at % wide) + right;
      if (column >= 0 && column < wide) cells[at + down * wide + right]?.focus();
    });
  }
}

/** A row's or a column's number. @param {number} index */
function edge(index) {
  return element("span", "cv-edge", { "aria-hidden": "true" }, withMinus(String(index)));
}

/** @param {HTMLButtonElement} cell @param {boolean} down */
function press(cell, down) {
  cell.setAttribute("aria-pressed", String(down));
}

/** @param {number[][]} cells */
function keysOf(cells) {
  return new Set(cells.map((cell) => cell.join()));
}
