// @ts-check
/** One output map, magnified, as far as it has been reached. */

import { element } from "./dom.js";
import { say } from "./language.js";

/** @import { Shade } from "./shades.js" */
/** @import { Rectangle } from "./types.js" */

export class MapImage {
  constructor() {
    this.root = element("div", "cv-canvas cv-map");
    this.canvas = element("canvas", "", { role: "img", "data-panel": "output" });
    this.current = element("div", "cv-outline", { "aria-hidden": "true" });
    this.root.append(this.canvas, this.current);
    this.whole = document.createElement("canvas");
    this.height = this.width = 1;
    this.scale = 1;
    /** @type {Float32Array|null} */
    this.values = null; // on `whole`
    this.reached = -1;
  }

  /** @param {number} height @param {number} width @param {number} _slices */
  fill(height, width, _slices) {
    Object.assign(this, { height, width, values: null, reached: -1 });
    for (const canvas of [this.canvas, this.whole]) [canvas.width, canvas.height] = [width, height];
    this.canvas.setAttribute("aria-label", say("board.image", { tensor: say("tensor.output"), height, width }));
  }

  /** @param {number} scale pixels of one value */
  fit(scale) {
    this.scale = scale >= 2 ? Math.floor(scale) : scale;
    const { width, height } = this.size;
    this.root.style.width = `${width}px`;
    this.root.style.height = `${height}px`;
  }

  /** In pixels. */
  get size() {
    return { width: Math.round(this.width * this.scale), height: Math.round(this.height * this.scale) };
  }

  /**
   * @param {Float32Array} values @param {Shade} shade @param {number} reached how many of them
   */
  show(values, shade, reached) {
    if (values !== this.values) this.#paint(values, shade);
    if (reached === this.reached) return;
    this.reached = reached;
    const { width, height } = this;
    const context = mapContext(this.canvas);
    context.clearRect(0, 0, width, height);
    const rows = Math.floor(reached / width);
    const rest = reached - rows * width;
    if (rows) context.drawImage(this.whole, 0, 0, width, rows, 0, 0, width, rows);
    if (rest) context.drawImage(this.whole, 0, rows, rest, 1, 0, rows, rest, 1);
  }

  /** @param {Float32Array} values @param {Shade} shade */
  #paint(values, shade) {
    this.values = values;
    this.reached = -1;
    const context = mapContext(this.whole);
    const image = context.createImageData(this.width, this.height);
    for (let i = 0, p = 0; i < this.width * this.height; i++, p += 4) {
      shade(values[i], image.data, p);
      image.data[p + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }

  /** Outline some values. @param {Rectangle} values */
  mark({ row, column, rows, columns }) {
    const { style } = this.current;
    style.left = `${(100 * column) / this.width}%`;
    style.top = `${(100 * row) / this.height}%`;
    style.width = `${(100 * columns) / this.width}%`;
    style.height = `${(100 * rows) / this.height}%`;
  }

  /** The value under the pointer. @param {MouseEvent} event @returns {[row: number, column: number]} */
  pixel(event) {
    const box = this.canvas.getBoundingClientRect();
    const place = (/** @type {number} */ part, /** @type {number} */ count) =>
      Math.max(0, Math.min(count - 1, Math.floor(part * count)));
    return [
      place((event.clientY - box.top) / box.height, this.height),
      place((event.clientX - box.left) / box.width, this.width),
    ];
  }
}

/** @param {HTMLCanvasElement} canvas */
function mapContext(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}
