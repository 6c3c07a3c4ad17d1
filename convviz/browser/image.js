// @ts-check
/** A picture: a tensor with too many cells to read, its values as tones. */

import { element, write } from "./dom.js";
import { say } from "./language.js";

const TINTS = { grey: [[255, 255, 255]], rgb: [[255, 0, 0], [0, 255, 0], [0, 0, 255]] };

/** A tensor with too many cells to read: its values as tones, filled up to the current step. */
export class Picture {
  constructor() {
    this.root = element("div", "cv-panel cv-picture");
    this.title = element("div", "cv-panel-title");
    this.frameHost = element("div", "cv-canvas");
    this.canvas = /** @type {HTMLCanvasElement} */ (element("canvas", "", { role: "img" }));
    this.mark = element("div", "cv-mark", { "aria-hidden": "true" });
    this.reach = element("div", "cv-mark cv-mark-lit", { "aria-hidden": "true" });
    this.frameHost.append(this.canvas, this.mark, this.reach);
    this.root.append(this.title, this.frameHost);
    /** @type {HTMLCanvasElement[]} */
    this.layers = [];
    this.drawn = "";
    this.depth = -1;
    this.slices = 1;
    /** @type {any} */
    this.spec = null;
    this.values = new Float32Array(0);
    this.tones = [0, 1];
  }

  /** @param {any} spec @param {Float32Array} values @param {number[]} tones @param {number} slices */
  fill(spec, values, tones, slices) {
    this.spec = spec;
    this.values = values;
    this.tones = tones;
    this.slices = slices;
    this.depth = -1;
    this.canvas.width = spec.width;
    this.canvas.height = spec.height;
    this.canvas.setAttribute("aria-label", say("board.image", { tensor: say(`tensor.${spec.tensor}`), height: spec.height, width: spec.width }));
    this.canvas.dataset.panel = spec.tensor;
    this.frameHost.style.aspectRatio = `${spec.width} / ${spec.height}`;
  }

  /** Paint each channel of one depth slice on a canvas of its own. @param {number} depth */
  #paint(depth) {
    if (depth === this.depth) return;
    this.depth = depth;
    this.drawn = "";
    const { width, height, channels, tint } = this.spec;
    const [low, high] = this.tones;
    const scale = high > low ? 255 / (high - low) : 0;
    this.layers = channels.map((/** @type {number} */ channel, /** @type {number} */ n) => {
      const layer = document.createElement("canvas");
      [layer.width, layer.height] = [width, height];
      const context = /** @type {CanvasRenderingContext2D} */ (layer.getContext("2d"));
      const image = context.createImageData(width, height);
      const [red, green, blue] = TINTS[/** @type {keyof TINTS} */ (tint)][n].map((part) => part / 255);
      const start = (channel * this.slices + depth) * width * height;
      const inside = depth >= 0 && depth < this.slices;
      for (let i = 0, p = 0; i < width * height; i++, p += 4) {
        const tone = inside ? (this.values[start + i] - low) * scale : 0;
        image.data[p] = tone * red;
        image.data[p + 1] = tone * green;
        image.data[p + 2] = tone * blue;
        image.data[p + 3] = 255;
      }
      context.putImageData(image, 0, 0);
      return layer;
    });
  }

  /** Draw each channel as far as it has been reached. @param {number} depth @param {(channel: number) => number} reached */
  draw(depth, reached) {
    this.#paint(depth);
    const { width, height, channels } = this.spec;
    const counts = channels.map(reached);
    const key = counts.join();
    write(this.title, [this.spec.title, this.slices > 1 ? say("board.depth", { depth }) : ""].filter(Boolean).join(", "));
    if (key === this.drawn) return;
    this.drawn = key;
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    context.globalCompositeOperation = "source-over";
    context.clearRect(0, 0, width, height);
    context.globalCompositeOperation = "lighter";
    this.layers.forEach((layer, n) => {
      const rows = Math.floor(counts[n] / width);
      const rest = counts[n] - rows * width;
      if (rows) context.drawImage(layer, 0, 0, width, rows, 0, 0, width, rows);
      if (rest) context.drawImage(layer, 0, rows, rest, 1, 0, rows, rest, 1);
    });
  }

  /** @param {HTMLElement} mark @param {{row: number, column: number, rows: number, columns: number}|null} box */
  place(mark, box) {
    mark.hidden = !box;
    if (!box) return;
    const { width, height } = this.spec;
    mark.style.left = `${(100 * box.column) / width}%`;
    mark.style.top = `${(100 * box.row) / height}%`;
    mark.style.width = `${(100 * box.columns) / width}%`;
    mark.style.height = `${(100 * box.rows) / height}%`;
  }

  /** The element under the pointer. @param {PointerEvent} event @returns {[number, number]} row and column */
  pixel(event) {
    const box = this.canvas.getBoundingClientRect();
    const clamp = (/** @type {number} */ value, /** @type {number} */ most) => Math.max(0, Math.min(most - 1, Math.floor(value)));
    return [
      clamp(((event.clientY - box.top) / box.height) * this.spec.height, this.spec.height),
      clamp(((event.clientX - box.left) / box.width) * this.spec.width, this.spec.width),
    ];
  }
}

/** A picture's value as text. @param {number} value @param {number} digits float32 holds seven */
export function numberText(value, digits = 7) {
  return Number.isFinite(value) ? String(Number(value.toPrecision(digits))) : String(value);
}
