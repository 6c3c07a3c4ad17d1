// @ts-check
/**
 * What each channel adds to one output, as bars in memory order with the bias last, and the running
 * total as a line on the same scale. Sorted, the bars have no line.
 */

import { drawing, element, write } from "./dom.js";
import { say } from "./language.js";
import { roundTenths } from "./layout.js";
import { minusText, SUM_DIGITS } from "./part_words.js";

/** @typedef {"adds"|"takes"|"bias"|"zero"|"total"|"pointed"} Mark */
/**
 * @typedef {Object} Parts  what an output is the sum of
 * @property {number[]} parts  what each channel adds, in order
 * @property {number[]} totals  the sum after each; [] of what has no running total
 * @property {number} bias
 * @property {number} result
 */

const LABEL_ROOM = 14; // pixels over the highest point
const LABEL_WIDTH = 6; // em
const WIDEST_STEP = 40; // pixels from one bar to the next
/** @type {Mark[]} */
const PART_MARKS = ["zero", "adds", "takes", "bias", "total", "pointed"];

export class PartsChart {
  constructor() {
    this.root = element("div", "cv-parts-chart"); // an image once there is anything in it
    this.svg = drawing("svg", { class: "cv-marks", "aria-hidden": "true" });
    this.marks = new Map(PART_MARKS.map((mark) => [mark, drawing("path", { class: `cv-part is-${mark}` })]));
    this.svg.append(...this.marks.values());
    this.label = element("div", "cv-part-total");
    this.root.append(this.svg, this.label);
    this.width = this.height = 1; // pixels
    this.sorted = false;
    /** @type {number[]} */
    this.order = []; // of the channels, as the bars stand
    /** @type {(value: number) => number} */
    this.y = () => 0;
  }

  /** @param {number} width @param {number} height pixels */
  fit(width, height) {
    Object.assign(this, { width, height });
    this.root.style.height = `${height}px`;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  }

  clear() {
    for (const mark of PART_MARKS) this.#draw(mark, "");
    write(this.label, "");
    this.order = [];
  }

  /**
   * @param {Parts} sum @param {number} counted  channels that have been added so far
   * @param {number|null} pointed  a channel @param {boolean} whole  whether the output is there, bias and all
   */
  show({ parts, totals, bias, result }, counted, pointed, whole) {
    this.order = parts.map((_, n) => n);
    if (this.sorted) this.order.sort((a, b) => Math.abs(parts[b]) - Math.abs(parts[a]));
    this.root.classList.toggle("is-spread", totals.length === 0);
    const hasLine = !this.sorted && totals.length > 0;
    this.#scale(!hasLine ? [...parts, bias] : [...parts, bias, ...totals, result]);
    const values = this.order.map((channel) => (channel < counted ? parts[channel] : 0));
    this.#draw("zero", `M0 ${this.y(0)}h${this.width}`);
    this.#draw("adds", values.map((value, n) => (value > 0 ? this.#bar(n, value) : "")).join(""));
    this.#draw("takes", values.map((value, n) => (value < 0 ? this.#bar(n, value) : "")).join(""));
    this.#draw("bias", whole && bias ? this.#bar(parts.length, bias) : "");
    const line = whole ? [...totals, result] : totals.slice(0, counted);
    this.#draw("total", hasLine ? this.#line(line) : "");
    const place = pointed === null ? -1 : this.order.indexOf(pointed);
    this.#draw("pointed", place < 0 ? "" : `M${this.#middle(place)} 0v${this.height}`);
    const total = whole ? result : (totals[counted - 1] ?? 0);
    write(this.label, hasLine ? minusText(total, SUM_DIGITS) : "");
    this.label.style.left = `min(${this.#middle(whole ? parts.length : counted - 1) + 6}px, 100% - ${LABEL_WIDTH}em)`;
    this.label.style.top = `${Math.max(0, this.y(total) - LABEL_ROOM)}px`;
    this.root.setAttribute("role", "img");
    this.root.setAttribute("aria-label", say("channels.chart", { count: parts.length }));
  }

  /** The channel whose bar is at a place, or null over the bias. @param {MouseEvent} event @returns {number|null} */
  at(event) {
    const { left } = this.root.getBoundingClientRect();
    const place = Math.floor((event.clientX - left) / this.#step);
    return this.order[place] ?? null;
  }

  /** @param {number[]} values */
  #scale(values) {
    const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
    const room = this.height - LABEL_ROOM - 2;
    const scale = high > low ? room / (high - low) : 0;
    this.y = (value) => roundTenths(LABEL_ROOM + (high - value) * scale);
  }

  /** From one bar to the next, in pixels. */
  get #step() {
    return Math.min(WIDEST_STEP, this.width / (this.order.length + 1));
  }

  /** @param {number} place */
  #middle(place) {
    return roundTenths((place + 0.5) * this.#step);
  }

  /** @param {number} place @param {number} value */
  #bar(place, value) {
    const width = roundTenths(Math.max(0.7 * this.#step, Math.min(1, this.#step)));
    const [from, to] = [this.y(0), this.y(value)];
    return `M${roundTenths(this.#middle(place) - width / 2)} ${from}h${width}V${to}h${-width}z`;
  }

  /** @param {number[]} totals */
  #line(totals) {
    return totals.map((total, n) => `${n ? "L" : "M"}${this.#middle(n)} ${this.y(total)}`).join("");
  }

  /** @param {Mark} mark @param {string} path */
  #draw(mark, path) {
    this.marks.get(mark)?.setAttribute("d", path);
  }
}
