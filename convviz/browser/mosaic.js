// @ts-check
/**
 * Many channels or maps of one tensor as tiles, in memory order: one canvas, with marks over it.
 *
 * A tile that is smaller than its channel shows means of neighbouring values, a larger one the values; those
 * may be means already, over the cells of a grid.
 */

import { drawing, element } from "./dom.js";
import { roundTenths } from "./layout.js";

/** @import { Colour, Shade } from "./shades.js" */
/** @import { Grid, Rectangle } from "./types.js" */
/** @typedef {{width: number, height: number}} Area  in pixels */
/** @typedef {{x: number, y: number, width: number, height: number}} Box  in pixels */
/** @typedef {"dead"|"most"|"halo"|"window"|"pointed"} Mark  over the tiles, from the bottom up */

const TILE_GAP = { wide: 3, narrow: 1 }; // pixels between two tiles
const FULL_ROWS = 1.1; // how much smaller tiles may be for the sake of rows of one length
const NARROW_TILE = 16; // pixels, of tiles with narrow gaps
const TINY_TILE = 9; // pixels, of tiles that an outline would fill
const LEAST_WINDOW = 3; // pixels
/** @type {Mark[]} */
const TILE_MARKS = ["dead", "most", "halo", "window", "pointed"];

export class Mosaic {
  /** @param {"input"|"output"} tensor */
  constructor(tensor) {
    this.root = element("div", "cv-mosaic");
    this.canvas = element("canvas", "", { role: "img", "data-panel": tensor });
    const svg = drawing("svg", { class: "cv-marks", "aria-hidden": "true" });
    /** @type {Map<Mark, Element>} */
    this.marks = new Map(TILE_MARKS.map((mark) => [mark, drawing("path", { class: `cv-mark is-${mark}` })]));
    svg.append(...this.marks.values());
    this.root.append(this.canvas, svg);
    this.count = this.width = this.height = 1; // tiles; values of one
    /** @type {Grid} */
    this.grid = { rows: 1, columns: 1 }; // of the values that are here
    this.columns = 1;
    this.gap = TILE_GAP.wide;
    /** @type {Area} */
    this.tile = { width: 1, height: 1 };
  }

  /** @param {number} count @param {number} height @param {number} width @param {Grid} grid @param {string} label */
  fill(count, height, width, grid, label) {
    Object.assign(this, { count, height, width, grid });
    this.canvas.setAttribute("aria-label", label);
  }

  // ---- Layout

  /** Make the tiles as large as fit. @param {Area} room */
  fit(room) {
    const [columns, scale, gap] = this.#largest(room);
    Object.assign(this, { columns, gap });
    const side = (/** @type {number} */ size) => Math.max(2, Math.floor(scale * size));
    this.tile = { width: side(this.width), height: side(this.height) };
    const { width, height } = this.size;
    const longer = Math.max(this.tile.width, this.tile.height);
    this.root.classList.toggle("is-small", longer < NARROW_TILE);
    this.root.classList.toggle("is-tiny", longer < TINY_TILE);
    this.root.dataset.columns = String(columns);
    this.root.style.width = `${width}px`;
    this.root.style.height = `${height}px`;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.root.lastElementChild?.setAttribute("viewBox", `0 0 ${width} ${height}`);
  }

  /** How many columns let the tiles be largest, how large, and what parts them. @param {Area} room */
  #largest(room) {
    let best = [1, 0, TILE_GAP.narrow];
    let kept = 0;
    for (let columns = 1; columns <= this.count; columns++) {
      const rows = Math.ceil(this.count / columns);
      for (const gap of [TILE_GAP.wide, TILE_GAP.narrow]) {
        const across = (room.width + gap) / columns - gap;
        const down = (room.height + gap) / rows - gap;
        const scale = Math.min(across / this.width, down / this.height);
        const small = scale * Math.max(this.width, this.height) < NARROW_TILE;
        const gain = this.count % columns ? 1 : FULL_ROWS; // rows of one length are easier to count in
        if (gain * scale > kept && small === (gap === TILE_GAP.narrow)) {
          best = [columns, scale, gap];
          kept = gain * scale;
        }
      }
    }
    return best;
  }

  /** @returns {Area} */
  get size() {
    const { columns, gap, tile } = this;
    const rows = Math.ceil(this.count / columns);
    return { width: columns * (tile.width + gap) - gap, height: rows * (tile.height + gap) - gap };
  }

  /** Where a tile stands. @param {number} n @returns {Box} */
  box(n) {
    const { columns, gap, tile } = this;
    const [row, column] = [Math.floor(n / columns), n % columns];
    return { x: column * (tile.width + gap), y: row * (tile.height + gap), ...tile };
  }

  // ---- Pixels

  /**
   * @param {Float32Array} values @param {(n: number) => number[]} starts of each tile's values: of one
   * channel, or of those that are its red, green and blue; negative where there are none, which counts
   * as zeros @param {Shade} shade
   * @param {((index: number) => Colour|null)|null} mark  the colour of a value that is marked, if any are
   */
  paint(values, starts, shade, mark = null) {
    const { canvas } = this;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.clearRect(0, 0, canvas.width, canvas.height);
    const ratio = canvas.width / this.size.width;
    this.#edge(context, ratio);
    for (let n = 0; n < this.count; n++) {
      const { x, y, width, height } = this.box(n);
      const [left, top] = [Math.round(x * ratio), Math.round(y * ratio)];
      const image = context.createImageData(Math.round((x + width) * ratio) - left, Math.round((y + height) * ratio) - top);
      this.#paintTile(image, values, starts(n), shade);
      if (mark) this.#markTile(image, starts(n)[0], mark);
      context.putImageData(image, left, top);
    }
  }

  /** A hairline around each tile, since black ones on a dark page are not told apart. @param {CanvasRenderingContext2D} context @param {number} ratio pixels of the canvas to one of the page */
  #edge(context, ratio) {
    context.fillStyle = getComputedStyle(this.canvas).getPropertyValue("--cv-edge");
    for (let n = 0; n < this.count; n++) {
      const { x, y, width, height } = this.box(n);
      context.fillRect(Math.round(x * ratio) - 1, Math.round(y * ratio) - 1, Math.round(width * ratio) + 2, Math.round(height * ratio) + 2);
    }
  }

  /** @param {ImageData} image @param {Float32Array} values @param {number[]} starts @param {Shade} shade */
  #paintTile(image, values, starts, shade) {
    const rows = valueSpans(this.grid.rows, image.height);
    const columns = valueSpans(this.grid.columns, image.width);
    const { data } = image;
    const colour = [0, 0, 0];
    let p = 0;
    for (const row of rows)
      for (const column of columns) {
        starts.forEach((start, n) => {
          shade(this.#mean(values, start, row, column), starts.length > 1 ? colour : data, starts.length > 1 ? 0 : p);
          if (starts.length > 1) data[p + n] = colour[0];
        });
        data[p + 3] = 255;
        p += 4;
      }
  }

  /** Colour the pixels that show a marked value. @param {ImageData} image @param {number} start @param {(index: number) => Colour|null} mark */
  #markTile({ data, height, width }, start, mark) {
    if (start < 0) return;
    const { grid } = this;
    const columns = valueSpans(grid.columns, width);
    valueSpans(grid.rows, height).forEach(([top, bottom], y) => columns.forEach(([left, right], x) => {
      for (let r = top; r < bottom; r++)
        for (let c = left; c < right; c++) {
          const colour = mark(start + r * grid.columns + c);
          if (colour) data.set(colour, 4 * (y * width + x));
        }
    }));
  }

  /** @param {Float32Array} values @param {number} start @param {number[]} row @param {number[]} column */
  #mean(values, start, [top, bottom], [left, right]) {
    if (start < 0) return 0;
    let sum = 0;
    for (let r = top; r < bottom; r++)
      for (let c = left, i = start + r * this.grid.columns + left; c < right; c++, i++) sum += values[i];
    return sum / ((bottom - top) * (right - left));
  }

  // ---- Marks

  /** Draw something around some tiles. @param {Mark} mark @param {number[]} tiles */
  outline(mark, tiles) {
    this.#draw(mark, tiles.map((n) => this.box(n)));
  }

  /** Outline the window on some tiles, as far as it is over them. @param {Rectangle|null} window @param {number[]} tiles */
  outlineWindow(window, tiles) {
    const boxes = window ? tiles.map((n) => this.#part(this.box(n), window)) : [];
    this.#draw("halo", boxes);
    this.#draw("window", boxes);
  }

  /** @param {Box} box @param {Rectangle} part @returns {Box} */
  #part({ x, y, width, height }, { row, column, rows, columns }) {
    const [left, across] = clippedLength(column / this.width, columns / this.width, width);
    const [top, down] = clippedLength(row / this.height, rows / this.height, height);
    return { x: x + left, y: y + top, width: across, height: down };
  }

  /** @param {Mark} mark @param {Box[]} boxes */
  #draw(mark, boxes) {
    const path = boxes.map(({ x, y, width, height }) => `M${x} ${y}h${width}v${height}h${-width}z`).join("");
    const node = /** @type {Element} */ (this.marks.get(mark));
    if (node.getAttribute("d") !== path) node.setAttribute("d", path);
  }

  // ---- Pointing

  /**
   * The tile under the pointer, and the value in it; null between tiles.
   * @param {MouseEvent} event @returns {{n: number, row: number, column: number}|null}
   */
  at(event) {
    const bounds = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - bounds.left, event.clientY - bounds.top];
    const column = Math.min(this.columns - 1, Math.floor(x / (this.tile.width + this.gap)));
    const n = Math.floor(y / (this.tile.height + this.gap)) * this.columns + column;
    if (x < 0 || y < 0 || n >= this.count) return null;
    const box = this.box(n);
    const place = (/** @type {number} */ part, /** @type {number} */ count) =>
      Math.max(0, Math.min(count - 1, Math.floor(part * count)));
    return {
      n,
      row: place((y - box.y) / box.height, this.height),
      column: place((x - box.x) / box.width, this.width),
    };
  }
}

/** Which of `count` values each of `pixels` pixels shows: first and stop. @param {number} count @param {number} pixels */
function valueSpans(count, pixels) {
  return Array.from({ length: pixels }, (_, n) => {
    const first = Math.floor((n * count) / pixels);
    return [first, Math.max(first + 1, pixels < count ? Math.ceil(((n + 1) * count) / pixels) : 0)];
  });
}

/**
 * A part of a length, in pixels, as far as it lies within.
 * @param {number} start of it, of 1 @param {number} size @param {number} pixels
 */
function clippedLength(start, size, pixels) {
  const first = Math.max(0, Math.min(pixels - LEAST_WINDOW, start * pixels));
  const stop = Math.max(first + LEAST_WINDOW, Math.min(pixels, (start + size) * pixels));
  return [roundTenths(first), roundTenths(stop - first)];
}
