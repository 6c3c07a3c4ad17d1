// @ts-check
/** A tensor with too many cells to read: its values as pixels, filled up to the current step. */

import { element, write } from "./dom.js";
import { say } from "./language.js";

/** @import { ImageMessage, Rectangle, ValueRange } from "./types.js" */

/** Red, green and blue of each channel, 0 … 1. */
const TINTS = { grey: [[1, 1, 1]], rgb: [[1, 0, 0], [0, 1, 0], [0, 0, 1]] };
/** @type {ImageMessage} */
const NO_IMAGE = { tensor: "input", height: 1, width: 1, title: "", channels: [], tint: "grey" };

export class TensorImage {
  constructor() {
    this.root = element("div", "cv-panel cv-image");
    this.title = element("div", "cv-panel-title");
    this.host = element("div", "cv-canvas");
    this.canvas = element("canvas", "", { role: "img" });
    this.window = element("div", "cv-outline", { "aria-hidden": "true" });
    this.readers = element("div", "cv-outline is-lit", { "aria-hidden": "true" });
    this.host.append(this.canvas, this.window, this.readers);
    this.root.append(this.title, this.host);
    /** @type {HTMLCanvasElement[]} */
    this.layers = []; // one a channel, of the slice at `depth`
    this.depth = -1;
    this.drawn = "";
    this.message = NO_IMAGE;
    this.values = new Float32Array(0);
    /** @type {ValueRange} */
    this.range = [0, 1];
    this.slices = 1;
  }

  /**
   * @param {ImageMessage} message @param {Float32Array} values @param {ValueRange} range
   * @param {number} slices along the depth
   */
  fill(message, values, range, slices) {
    Object.assign(this, { message, values, range, slices, depth: -1 });
    const { tensor, height, width } = message;
    this.canvas.width = width;
    this.canvas.height = height;
    const name = say("board.image", { tensor: say(`tensor.${tensor}`), height, width });
    this.canvas.setAttribute("aria-label", name);
    this.canvas.dataset.panel = tensor;
    this.host.style.aspectRatio = `${width} / ${height}`;
  }

  /**
   * Draw each channel of a slice as far as it has been reached.
   * @param {number} depth @param {(channel: number) => number} reached pixels
   */
  draw(depth, reached) {
    if (depth !== this.depth) this.#paint(depth);
    const counts = this.message.channels.map(reached);
    const slice = this.slices > 1 ? say("board.depth", { depth }) : "";
    write(this.title, [this.message.title, slice].filter(Boolean).join(", "));
    if (counts.join() === this.drawn) return;
    this.drawn = counts.join();
    this.#compose(counts);
  }

  /** Paint each channel of one slice on a canvas of its own. @param {number} depth */
  #paint(depth) {
    this.depth = depth;
    this.drawn = "";
    const { channels, tint } = this.message;
    this.layers = channels.map((channel, n) => this.#layer(channel, TINTS[tint][n]));
  }

  /** @param {number} channel @param {number[]} tint */
  #layer(channel, [red, green, blue]) {
    const { width, height } = this.message;
    const [black, white] = this.range;
    const scale = white > black ? 255 / (white - black) : 0;
    const layer = document.createElement("canvas");
    [layer.width, layer.height] = [width, height];
    const context = contextOf(layer);
    const image = context.createImageData(width, height);
    const start = (channel * this.slices + this.depth) * width * height;
    const inside = this.depth >= 0 && this.depth < this.slices; // else a slice of padding
    for (let i = 0, p = 0; i < width * height; i++, p += 4) {
      const level = inside ? (this.values[start + i] - black) * scale : 0;
      image.data[p] = level * red;
      image.data[p + 1] = level * green;
      image.data[p + 2] = level * blue;
      image.data[p + 3] = 255;
    }
    context.putImageData(image, 0, 0);
    return layer;
  }

  /** Add the layers up, of each its first pixels. @param {number[]} counts */
  #compose(counts) {
    const { width, height } = this.message;
    const context = contextOf(this.canvas);
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

  /** Outline the pixels under the window. @param {Rectangle|null} pixels */
  outlineWindow(pixels) {
    this.#outline(this.window, pixels);
  }

  /** Outline the outputs that read what is pointed at. @param {Rectangle|null} pixels */
  outlineReaders(pixels) {
    this.#outline(this.readers, pixels);
  }

  /** @param {HTMLElement} outline @param {Rectangle|null} pixels */
  #outline(outline, pixels) {
    outline.hidden = !pixels;
    if (!pixels) return;
    const { width, height } = this.message;
    outline.style.left = `${(100 * pixels.column) / width}%`;
    outline.style.top = `${(100 * pixels.row) / height}%`;
    outline.style.width = `${(100 * pixels.columns) / width}%`;
    outline.style.height = `${(100 * pixels.rows) / height}%`;
  }

  /** The element under the pointer. @param {MouseEvent} event @returns {[row: number, column: number]} */
  pixel(event) {
    const { width, height } = this.message;
    const box = this.canvas.getBoundingClientRect();
    return [
      indexOf((event.clientY - box.top) / box.height, height),
      indexOf((event.clientX - box.left) / box.width, width),
    ];
  }
}

/** Which of `count` pixels is at a part of their width. @param {number} part 0 … 1 @param {number} count */
function indexOf(part, count) {
  return Math.max(0, Math.min(count - 1, Math.floor(part * count)));
}

/** @param {HTMLCanvasElement} canvas */
function contextOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}
