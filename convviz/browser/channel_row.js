// @ts-check
/** One channel of a sum: the window's values × its weights = their products, in colours. */

import { element, setClass, write } from "./dom.js";
import { say } from "./language.js";
import { minusText, signedText, SUM_DIGITS } from "./part_words.js";
import { KINDS, setFlag } from "./panel.js";
import { cssColour, inkOn } from "./shades.js";

/** @import { Shade } from "./shades.js" */
/** @typedef {{input: Shade, kernel: Shade, product: Shade}} Shades */
/**
 * @typedef {Object} ChannelPart  one channel's part in a sum
 * @property {number} channel  of the input
 * @property {number} within  its group
 * @property {number} part  what it adds
 * @property {{letter: string, value: number, weight: number, cell: number[], offset: number[],
 * flags: Record<"input"|"kernel"|"product", string>}[]} taps
 * of one slice, row by row
 */

const FACTORS = /** @type {const} */ (["input", "kernel", "product"]);
const LEAST_NUMBER = 39; // pixels of a cell that has room for its number, in letters of the usual size
const WIDE_NUMBER = 50; // pixels, for one digit more
const ROW_DIGITS = 2;

export class ChannelRow {
  constructor() {
    this.root = element("div", "cv-channel-row");
    this.grids = FACTORS.map((factor) => element("div", `cv-factor is-${factor}`));
    const [input, kernel, product] = this.grids;
    this.label = element("div", "cv-channel-label");
    this.name = element("div", "");
    this.part = element("div", "");
    this.label.append(this.name, this.part);
    const sign = (/** @type {string} */ text) => element("span", "cv-plus", { "aria-hidden": "true" }, text);
    this.root.append(input, sign("×"), kernel, sign("="), product, this.label);
    /** @type {HTMLElement[][]} */
    this.cells = [[], [], []];
    this.side = 1; // pixels of a cell
    this.larger = 1; // than usual letters
  }

  /**
   * @param {number} rows @param {number} columns of the kernel @param {number} side pixels of the longer one
   * @param {number} larger than usual letters
   */
  fit(rows, columns, side, larger) {
    this.larger = larger;
    this.side = Math.max(2, Math.floor(side / Math.max(rows, columns)));
    this.grids.forEach((grid, n) => {
      grid.style.gridTemplateColumns = `repeat(${columns}, ${this.side}px)`;
      grid.style.gridAutoRows = `${this.side}px`;
      const cells = this.cells[n];
      while (cells.length > rows * columns) cells.pop()?.remove();
      while (cells.length < rows * columns) cells.push(grid.appendChild(element("div", "cv-cell")));
    });
  }

  /** @param {ChannelPart|null} part @param {Shades} shades @param {boolean} chosen by the reader */
  show(part, shades, chosen) {
    this.root.hidden = !part;
    if (!part) return;
    setClass(this.root, `cv-channel-row${chosen ? " is-chosen" : ""}`);
    this.root.dataset.channel = String(part.channel);
    write(this.name, say("channels.channel", { number: part.channel }));
    write(this.part, signedText(part.part, SUM_DIGITS));
    setClass(this.part, part.part < 0 ? "is-takes" : "is-adds");
    part.taps.forEach((tap, n) => {
      const values = [tap.value, tap.weight, tap.value * tap.weight];
      FACTORS.forEach((factor, f) => {
        const padding = factor !== "kernel" && tap.letter !== "d";
        this.#showCell(this.cells[f][n], values[f], padding ? null : shades[factor]);
        setFlag(this.cells[f][n], tap.flags[factor]);
        const place = factor === "input" ? tap.cell : tap.offset;
        const { dataset } = this.cells[f][n];
        dataset.panel = factor;
        dataset.kind = KINDS[factor === "kernel" ? "d" : tap.letter];
        dataset.channel = String(factor === "input" ? part.channel : part.within);
        [dataset.depth, dataset.row, dataset.col] = place.map(String);
        dataset.value = String(values[f]);
      });
    });
  }

  /** @param {HTMLElement} cell @param {number} value @param {Shade|null} shade none for padding */
  #showCell(cell, value, shade) {
    cell.style.backgroundColor = shade ? cssColour(shade, value) : "";
    const room = this.side / this.larger;
    const text = room < LEAST_NUMBER ? "" : shade ? minusText(value, ROW_DIGITS + Number(room >= WIDE_NUMBER)) : "0";
    write(cell, text);
    if (text) cell.style.color = shade ? inkOn(shade, value) : "";
  }
}
