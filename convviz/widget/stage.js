// @ts-check
/**
 * The stage: draws a scene, plays it, and answers the pointer and the keys.
 *
 * A scene (scene.py, `Scene.message`) says what there is to see, in cells, tables and texts. This file
 * lays it out and never works out a convolution: which input a weight meets is looked up in the
 * scene's tables. One ES module, no build step, nothing loaded from elsewhere.
 *
 * In order: types, lookups in a scene, layout, panels, pictures, the sum, the player, the stage itself.
 */

/**
 * @typedef {Object} Axis
 * @property {string} name
 * @property {number} size     input size without padding
 * @property {number} kernel   weights along this axis
 * @property {number} output   output size
 * @property {number} stride
 * @property {number} extent   reach of one window, gaps included
 * @property {number} post     zeros after the data
 * @property {number} first    index of the first cell, negative in padding
 * @property {number} cells    number of cells, padding included
 * @property {number[][]} table  table[output][tap] = input index
 */
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
/**
 * @typedef {Object} Tap
 * @property {number} weight   which weight of its output map, in memory order
 * @property {number} channel  input channel
 * @property {number} within   channel within the group
 * @property {number[]} offset [t, r, s]
 * @property {number[]} cell   [depth, row, column]
 */
/** @typedef {{map: number, at: number[]}} Place  an output element: its map and [d, h, w] */
/** @typedef {{tensor: string, channel: number, at: number[]}} Target  what is pointed at */

const KINDS = { d: "data", "<": "pre", ">": "post", "+": "beyond", ".": "gap" };
const TENSORS = ["input", "kernel", "output"];
/** In which of the three a panel stands: what was quantised stands with what came of it. */
const HOME = { input: "input", source: "input", kernel: "kernel", weights: "kernel", output: "output" };
const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 256, 1024, 4096];
const STEPS_PER_SECOND = 2;

// ---------------------------------------------------------------- lookups in a scene

/** A scene with its tables ready to be asked. Two-dimensional scenes get a depth of one. */
export class Lookup {
  /** @param {any} scene */
  constructor(scene) {
    this.scene = scene;
    const flat = { name: "depth", size: 1, kernel: 1, output: 1, stride: 1, extent: 1, post: 0, first: 0, cells: 1, table: [[0]] };
    /** @type {Axis[]} */
    this.axes = scene.spatial === 3 ? scene.axes : [flat, ...scene.axes];
    this.deep = scene.spatial === 3;
  }

  /** @param {number} step @returns {Place} */
  place(step) {
    const [depth, height, width] = this.axes.map((axis) => axis.output);
    const w = step % width;
    const h = Math.floor(step / width) % height;
    const d = Math.floor(step / (width * height)) % depth;
    return { map: Math.floor(step / (width * height * depth)), at: [d, h, w] };
  }

  /** @param {Place} place @returns {number} */
  step({ map, at }) {
    return at.reduce((index, i, n) => index * this.axes[n].output + i, map);
  }

  /** The taps of one output element in the order of their sum. @param {Place} place @returns {Tap[]} */
  taps({ map, at }) {
    const rows = this.axes.map((axis, n) => axis.table[at[n]]);
    const first = this.scene.firstChannel[map];
    const taps = [];
    for (let within = 0; within < this.scene.groupChannels; within++)
      for (let t = 0; t < rows[0].length; t++)
        for (let r = 0; r < rows[1].length; r++)
          for (let s = 0; s < rows[2].length; s++)
            taps.push({
              weight: taps.length,
              channel: first + within,
              within,
              offset: [t, r, s],
              cell: [rows[0][t], rows[1][r], rows[2][s]],
            });
    return taps;
  }

  /** The output maps that see an input channel. @param {number} channel */
  mapsOf(channel) {
    const first = channel - (channel % this.scene.groupChannels);
    return this.scene.firstChannel.flatMap((/** @type {number} */ c, /** @type {number} */ k) => (c === first ? [k] : []));
  }

  /** The outputs and weights along one axis that meet at an input index. @param {number} n @param {number} index */
  readers(n, index) {
    return this.axes[n].table.flatMap((row, output) => row.flatMap((i, tap) => (i === index ? [{ output, tap }] : [])));
  }

  /** Whether a cell is data and no padding. @param {number[]} cell */
  isData(cell) {
    return cell.every((i, n) => i >= 0 && i < this.axes[n].size);
  }

  /** The letter of an input cell's kind (geometry.combine). @param {number[]} cell */
  letter(cell) {
    if (cell.some((i, n) => i >= this.axes[n].size + this.axes[n].post)) return "+";
    if (cell.some((i) => i < 0)) return "<";
    return this.isData(cell) ? "d" : ">";
  }

  /** An index as the reader sees it: without the depth of a flat scene. @param {number[]} at */
  spatial(at) {
    return this.deep ? at : at.slice(1);
  }

  /** @param {number} map @param {number[]} at */
  name(map, at) {
    return `[${[...(this.scene.maps > 1 ? [map] : []), ...this.spatial(at)].join(", ")}]`;
  }
}

// ---------------------------------------------------------------- layout

/**
 * How to lay out the three tensors: how many panels side by side in each, in a row or with the output
 * below, so that the letters come out largest. All sizes in em of the board's font.
 *
 * @param {{count: number, width: number, height: number, heading: number}[]} tensors  panels, the size
 *   of one, and the width of the heading over them
 * @param {number} width  pixels there are
 * @param {number} height  pixels there should be at most
 * @param {number} most  pixels that letters may have
 * @param {{columns: number[], stacked: boolean}|null} kept  an arrangement to keep
 */
export function arrange(tensors, width, height, most, kept) {
  let best = { font: 0, columns: [1, 1, 1], stacked: false, width: 0, height: 0 };
  for (const plan of kept ? [kept] : arrangements(tensors)) {
    const boxes = tensors.map(({ count, width, height, heading }, n) => {
      const columns = Math.min(count, plan.columns[n]);
      return { width: Math.max(heading, columns * (width + GAP) - GAP), height: Math.ceil(count / columns) * height + TITLE };
    });
    const [input, kernel, output] = boxes;
    const top = input.width + BETWEEN + kernel.width;
    const size = plan.stacked
      ? { width: Math.max(top, output.width), height: Math.max(input.height, kernel.height) + output.height + 0.6 }
      : { width: top + BETWEEN + output.width, height: Math.max(...boxes.map((box) => box.height)) };
    const font = Math.min(most, width / size.width, height / size.height);
    if (font > best.font * 1.04) best = { columns: plan.columns, stacked: plan.stacked, ...size, font };
  }
  return best;
}

const READABLE_FONT = 10.5; // pixels; smaller letters are worth scrolling for
const GAP = 1.2;
const BETWEEN = 2.2;
const TITLE = 1.9;

/** @param {{count: number}[]} tensors */
function arrangements(tensors) {
  const choices = tensors.map(({ count }) => [...new Set([1, 2, 3, 4, 6, 8, 12, 16].map((n) => Math.min(n, count)))]);
  return [false, true].flatMap((stacked) =>
    choices[0].flatMap((a) => choices[1].flatMap((b) => choices[2].map((c) => ({ columns: [a, b, c], stacked })))),
  );
}

// ---------------------------------------------------------------- panels

/** @param {string} tag @param {string} className @param {Record<string, string>} [attributes] @param {string} [text] */
function element(tag, className, attributes = {}, text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  return node;
}

/** Set what differs and leave the rest: a slider changes few cells of many. @param {HTMLElement} node @param {string} text */
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {HTMLElement} node @param {string} className */
function dress(node, className) {
  if (node.className !== className) node.className = className;
}

/** What int8 did to a value. @param {HTMLElement} cell @param {string} letter */
function mark(cell, letter) {
  cell.classList.toggle("is-saturated", letter === "s");
  cell.classList.toggle("is-vanished", letter === "v");
}

/** One grid of cells, kept and refilled while its shape stays. */
class Panel {
  constructor() {
    this.root = element("div", "cv-panel");
    this.title = element("div", "cv-panel-title");
    this.grid = element("div", "cv-grid", { tabindex: "-1", "data-lm-suppress-shortcuts": "true" });
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
    this.grid.setAttribute("aria-label", `${spec.tensor} ${spec.title}`.trim());
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

// ---------------------------------------------------------------- pictures

const TINTS = { grey: [[255, 255, 255]], rgb: [[255, 0, 0], [0, 255, 0], [0, 0, 255]] };

/** A tensor with too many cells to read: its values as tones, filled up to the current step. */
class Picture {
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
    this.canvas.setAttribute("aria-label", `${spec.tensor} picture, ${spec.height}×${spec.width}`);
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
    write(this.title, [this.spec.title, this.slices > 1 ? `depth ${depth}` : ""].filter(Boolean).join(", "));
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

// ---------------------------------------------------------------- the sum

/** One sum in products: value over weight, joined by +, ending in =. */
class Sum {
  constructor() {
    this.root = element("div", "cv-sum");
    this.name = element("span", "cv-sum-name");
    this.products = element("span", "cv-products");
    this.total = element("span", "cv-total");
    this.root.append(this.name, this.products, this.total);
    this.unfolded = false;
    this.room = 60; // em
    this.content = this.form = "";
    /** @type {HTMLElement[]} */
    this.nodes = [];
    this.more = element("button", "");
    this.bias = element("span", "cv-bias", { title: "bias" });
  }

  /** How many products stand before the fold, or all of them. @param {{value: string, weight: string}[]} products */
  #fitting(products) {
    const widths = products.map(({ value, weight }) => 0.62 * Math.max(value.length, weight.length) + 2.3);
    const total = widths.reduce((sum, width) => sum + width, 0);
    if (total <= this.room) return products.length;
    let room = this.room - 8 - 2 * Math.max(...widths.slice(-2));
    const head = widths.findIndex((width) => (room -= width) < 0);
    return Math.max(1, head);
  }

  /**
   * @param {string} name
   * @param {{value: string, weight: string, className: string}[]} products
   * @param {string|null} bias
   * @param {{exact: string|null, digits: Record<string, number>|null, result: string, type: string}} total
   * @param {() => void} unfold
   */
  show(name, products, bias, total, unfold) {
    write(this.name, `${name} =`);
    const head = this.#fitting(products);
    const long = head < products.length;
    const folded = long && !this.unfolded;
    const shown = folded ? [...products.slice(0, head), ...products.slice(-2)] : products;
    const content = JSON.stringify([name, shown, products.length, long, bias, total]);
    if (content === this.content) return; // pointing at an input leaves the sum as it is
    this.content = content;
    const form = [shown.length, long, folded && head, bias === null].join();
    if (form !== this.form) this.#build(shown.length, folded ? head : -1, bias !== null, long, unfold);
    this.form = form;
    shown.forEach(({ value, weight, className }, n) => {
      dress(this.nodes[n], `cv-product ${className}`);
      write(/** @type {HTMLElement} */ (this.nodes[n].firstChild), value);
      write(/** @type {HTMLElement} */ (this.nodes[n].lastChild), weight);
    });
    write(this.more, folded ? `… ${products.length - shown.length} more …` : "fewer");
    write(this.bias, bias ?? "");
    this.#showTotal(products, total);
  }

  /**
   * The elements of a sum, to be filled; those of one form stay while its numbers change.
   * @param {number} count  products @param {number} fold  where the others are folded, -1 for nowhere
   * @param {boolean} biased @param {boolean} long  whether there is anything to fold @param {() => void} unfold
   */
  #build(count, fold, biased, long, unfold) {
    this.nodes = Array.from({ length: count }, () => {
      const node = element("span", "cv-product");
      node.append(element("span", "cv-value"), element("span", "cv-weight"));
      return node;
    });
    const summands = [...this.nodes];
    this.more = element("button", "cv-more", { type: "button", "data-lm-suppress-shortcuts": "true", title: "Every product, or the first and the last ones", "aria-expanded": String(fold < 0) });
    this.more.addEventListener("click", unfold);
    if (fold >= 0) summands.splice(fold, 0, this.more);
    if (biased) summands.push(this.bias);
    const held = this.products.contains(document.activeElement);
    this.products.replaceChildren(...summands.flatMap((node, n) => (n ? [element("span", "cv-plus", {}, "+"), node] : [node])));
    if (long && fold < 0) this.products.append(this.more);
    if (held) this.more.focus();
  }

  /** @param {{className: string}[]} products @param {any} total */
  #showTotal(products, { exact, digits, result, type, note }) {
    const nodes = [element("span", "cv-plus", {}, "=")];
    if (exact !== null) {
      const number = element("span", "cv-exact", { "data-text": exact });
      number.append(...colouredDigits(exact, digits, products));
      nodes.push(number);
    }
    if (note) nodes.push(element("span", "cv-type", {}, type), element("span", "cv-note", {}, note));
    else nodes.push(element("span", "cv-type", {}, exact === null ? type : `${type} →`), element("span", "cv-result", {}, result));
    this.total.replaceChildren(...nodes);
  }
}

/**
 * A number whose digits wear the colours of the weights that wrote them.
 * @param {string} text @param {Record<string, number>|null} digits exponent to tap
 * @param {{className: string}[]} products
 */
function colouredDigits(text, digits, products) {
  if (!digits) return [text];
  const point = text.includes(".") ? text.indexOf(".") : text.length;
  return [...text].map((digit, n) => {
    const tap = digits[String(n < point ? point - n - 1 : point - n)];
    return tap === undefined || !/\d/.test(digit) ? digit : element("span", `cv-digit ${products[tap].className}`, {}, digit);
  });
}

// ---------------------------------------------------------------- the player

/** Buttons and sliders for the steps; tells the stage through `go` and `play`. */
class Player {
  /** @param {{go: (step: number) => void, play: (on: boolean) => void, speed: (factor: number) => void}} stage */
  constructor(stage) {
    this.root = element("div", "cv-player", { role: "toolbar", "aria-label": "Steps" });
    this.steps = 1;
    this.step = 0;
    const button = (/** @type {string} */ name, /** @type {string} */ icon, /** @type {() => void} */ act) => {
      const node = element("button", "cv-button", { type: "button", "aria-label": name, title: name, "data-lm-suppress-shortcuts": "true" });
      node.innerHTML = icon;
      node.addEventListener("click", act);
      this.root.append(node);
      return node;
    };
    button("First step", ICONS.first, () => stage.go(0));
    button("Step back", ICONS.back, () => stage.go(this.step - 1));
    this.playButton = button("Play", ICONS.play, () => stage.play(!this.playing));
    this.playButton.classList.add("cv-play");
    button("Step forward", ICONS.forward, () => stage.go(this.step + 1));
    button("Last step", ICONS.last, () => stage.go(this.steps - 1));
    this.slider = /** @type {HTMLInputElement} */ (
      element("input", "cv-slider", { type: "range", min: "0", step: "1", "aria-label": "Step", "data-lm-suppress-shortcuts": "true" })
    );
    this.slider.addEventListener("input", () => stage.go(Number(this.slider.value)));
    this.label = element("span", "cv-label");
    this.speed = /** @type {HTMLInputElement} */ (
      element("input", "cv-speed", { type: "range", min: "0", max: String(SPEEDS.length - 1), step: "1", "aria-label": "Speed", title: "Speed", "data-lm-suppress-shortcuts": "true" })
    );
    this.factor = element("span", "cv-label cv-factor");
    this.speed.addEventListener("input", () => stage.speed(SPEEDS[Number(this.speed.value)]));
    this.root.append(this.slider, this.label, this.speed, this.factor);
    this.playing = false;
  }

  /** @param {number} step @param {number} steps */
  show(step, steps) {
    this.steps = steps;
    this.step = step;
    this.slider.max = String(steps - 1);
    this.slider.value = String(step);
    const text = `step ${step + 1} of ${steps}`;
    this.slider.setAttribute("aria-valuetext", text);
    this.slider.style.setProperty("--cv-part", `${steps > 1 ? (100 * step) / (steps - 1) : 0}%`);
    write(this.label, text);
  }

  /** @param {boolean} playing */
  showPlaying(playing) {
    this.playing = playing;
    const name = playing ? "Pause" : "Play";
    this.playButton.setAttribute("aria-label", name);
    this.playButton.title = name;
    this.playButton.innerHTML = playing ? ICONS.pause : ICONS.play;
  }

  /** @param {number} factor */
  showSpeed(factor) {
    this.speed.value = String(SPEEDS.indexOf(factor));
    this.speed.setAttribute("aria-valuetext", `${factor} times`);
    write(this.factor, `${factor}×`);
  }
}

const icon = (/** @type {string} */ path) => `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${path}"/></svg>`;
const ICONS = {
  first: icon("M3 3h2v10H3zM13 3v10L6 8z"),
  back: icon("M11 3v10L4 8z"),
  play: icon("M4 2.5v11l9-5.5z"),
  pause: icon("M4 3h3v10H4zM9 3h3v10H9z"),
  forward: icon("M5 3v10l7-5z"),
  last: icon("M11 3h2v10h-2zM3 3v10l7-5z"),
};

// ---------------------------------------------------------------- the tools

/** What a reader can switch on, the code that makes the picture, and files to save. */
class Tools {
  /** @param {{reads: (on: boolean) => void, running: (on: boolean) => void, large: (on: boolean) => void, code: () => string, save: ((form: string) => Promise<string>)|null}} stage */
  constructor(stage) {
    this.stage = stage;
    this.root = element("div", "cv-tools", { role: "toolbar", "aria-label": "View" });
    /** @type {Record<string, HTMLElement>} */
    this.buttons = {};
    for (const [name, text, title] of TOOLS) {
      const button = element("button", "cv-tool", { type: "button", title, "aria-pressed": "false", "data-lm-suppress-shortcuts": "true" }, text);
      button.addEventListener("click", () => this.#press(name, button));
      this.buttons[name] = button;
      this.root.append(button);
    }
    this.code = element("div", "cv-code", { hidden: "" });
    this.text = element("pre", "", { tabindex: "0", "aria-label": "Code that makes this picture", "data-lm-suppress-shortcuts": "true" });
    const copy = element("button", "cv-tool", { type: "button", "data-lm-suppress-shortcuts": "true" }, "Copy");
    copy.addEventListener("click", () => copyText(this.text).then((done) => write(copy, done ? "Copied" : "Press Ctrl+C")));
    this.code.append(this.text, copy);
    this.copy = copy;
    this.files = element("div", "cv-code", { hidden: "" });
    this.root.append(this.code, this.files);
    for (const [form, words] of FILES) this.#offerFile(form, words);
    this.refused = element("span", "", { role: "status" });
    this.files.append(this.refused);
    this.buttons.save.hidden = !stage.save;
  }

  /** @param {string} name @param {HTMLElement} button */
  #press(name, button) {
    const on = button.getAttribute("aria-pressed") !== "true";
    this.show(name, on);
    if (name === "save") return void (this.files.hidden = !on);
    if (name !== "code") return this.stage[/** @type {"reads"} */ (name)](on);
    this.code.hidden = !on;
    this.refresh();
  }

  /** @param {string} form @param {string} words */
  #offerFile(form, words) {
    const button = /** @type {HTMLButtonElement} */ (element("button", "cv-tool", { type: "button", title: words, "data-lm-suppress-shortcuts": "true" }, form.toUpperCase()));
    button.addEventListener("click", () => {
      button.disabled = true;
      write(button, `${form.toUpperCase()} …`);
      this.stage.save?.(form).then((refused) => {
        button.disabled = false;
        write(button, form.toUpperCase());
        write(this.refused, refused);
      });
    });
    this.files.append(button, " ");
  }

  refresh() {
    const code = this.stage.code();
    this.buttons.code.hidden = !code;
    write(this.text, code);
    write(this.copy, "Copy");
  }

  /** @param {string} name @param {boolean} on */
  show(name, on) {
    this.buttons[name].setAttribute("aria-pressed", String(on));
  }

  /** Offer only what the scene has. @param {Record<string, boolean>} has */
  offer(has) {
    for (const [name, there] of Object.entries(has)) this.buttons[name].hidden = !there;
    this.refresh();
  }
}

const TOOLS = [
  ["reads", "Reads", "How often each input cell is read"],
  ["running", "Running sum", "The sum after each product, exact and in float32"],
  ["large", "Large", "Letters for a projector"],
  ["code", "Code", "The code that makes this picture"],
  ["save", "Save", "The picture, the film or a page as a file"],
];
const FILES = [
  ["svg", "This step as a drawing"],
  ["png", "This step in pixels"],
  ["gif", "All steps as a film"],
  ["html", "A page that plays in any browser, offline"],
];

/** Copy an element's text, also where the browser gives no clipboard. @param {HTMLElement} node @returns {Promise<boolean>} */
async function copyText(node) {
  const range = document.createRange();
  range.selectNodeContents(node);
  getSelection()?.removeAllRanges();
  getSelection()?.addRange(range);
  try {
    await navigator.clipboard.writeText(node.textContent ?? "");
    return true;
  } catch {
    return document.execCommand("copy");
  }
}

// ---------------------------------------------------------------- the stage

/**
 * @typedef {Object} Source  where the scene comes from: a Jupyter model or a page's own state
 * @property {(name: string) => any} get
 * @property {(name: string, listener: () => void) => void} on
 * @property {(message: object) => void} [edit]  takes a changed number; where it is absent, none can be
 * @property {(message: object) => Promise<string>} [save]  has a file made and downloaded; tells what was refused
 */

class Stage {
  /** @param {HTMLElement} host @param {Source} source @param {AbortSignal} signal */
  constructor(host, source, signal) {
    this.source = source;
    this.signal = signal;
    this.root = element("div", "convviz convviz-stage", {
      tabindex: "0", role: "group", "aria-label": "Convolution, step by step", "data-lm-suppress-shortcuts": "true",
    });
    this.board = element("div", "cv-board");
    this.words = element("div", "cv-words");
    this.formulas = element("div", "cv-formulas");
    this.notes = element("div", "cv-notes");
    this.legend = element("div", "cv-legend");
    this.running = element("div", "cv-running", { hidden: "" });
    this.tools = new Tools({
      reads: (on) => { this.heat = on; this.#showHeat(); },
      running: (on) => { this.running.hidden = !on; this.draw(); },
      large: (on) => { this.large = on; this.relayout(); },
      code: () => source.get("code") ?? "",
      save: source.save ? (form) => source.save?.({ save: form, step: this.step, theme: getComputedStyle(this.root).colorScheme }) : null,
    });
    this.root.classList.toggle("is-roomy", Boolean(source.get("reserve")));
    this.heat = false;
    this.large = Boolean(source.get("large"));
    this.tools.show("large", this.large);
    this.device = element("span", "cv-device");
    this.live = element("div", "cv-live", { "aria-live": "polite" });
    this.sum = new Sum();
    this.player = new Player({
      go: (step) => { this.play(false); this.go(step); },
      play: (on) => this.play(on),
      speed: (factor) => this.setSpeed(factor),
    });
    this.player.root.append(this.device);
    this.boxes = TENSORS.map((tensor) => {
      const box = element("div", "cv-tensor", { "data-tensor": tensor });
      box.append(element("div", "cv-title"), element("div", "cv-panels", {
        tabindex: "0", role: "group", "data-tensor": tensor, "data-lm-suppress-shortcuts": "true",
        "aria-label": `${tensor} cells: arrows point, Enter pins, E edits, Escape lets go`,
      }));
      this.board.append(box);
      return box;
    });
    this.bias = element("div", "cv-cell", { "data-panel": "bias" });
    this.biasRow = element("div", "cv-bias-row", {}, "bias ");
    this.biasRow.append(this.bias);
    this.boxes[1].append(this.biasRow);
    /** @type {Panel[]} */
    this.panels = [];
    /** @type {Picture[]} */
    this.pictures = [];
    this.window = [new Panel()];
    /** @type {HTMLElement[]} */
    this.outputs = [];
    this.width = 0; // known once there is a layout, before the first picture is painted
    /** @type {Map<HTMLElement, string>} */
    this.lit = new Map();
    this.step = 0;
    this.done = 0;
    /** @type {Target|null} */
    this.pointed = null;
    this.pinned = false;
    /** @type {{columns: number[], stacked: boolean}|null} */
    this.plan = null;
    this.shape = "";
    this.tallest = 0;
    this.widest = [0, 0, 0];
    this.waits = element("div", "cv-waits", {}, "The Jupyter kernel is away: playing and pointing go on, controls wait for it.");
    this.facts = element("div", "cv-facts");
    this.facts.append(this.words, this.formulas, this.legend, this.notes);
    this.root.append(this.board, this.sum.root, this.running, this.facts, this.player.root, this.tools.root, this.waits, this.live);
    host.append(this.root);
    this.#listen(host);
    this.playing = false;
    this.root.dataset.playing = "false";
    this.setSpeed(1);
    this.refill();
    this.showError();
    source.on("scene", () => this.refill());
    source.on("error", () => this.showError());
    source.on("step", () => this.go(source.get("step")));
    source.on("large", () => { this.large = source.get("large"); this.tools.show("large", this.large); this.relayout(); });
    source.on("code", () => this.tools.refresh());
  }

  /** @param {HTMLElement} host */
  #listen(host) {
    const { signal } = this;
    this.root.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.board.addEventListener("pointermove", (event) => this.#point(event), { signal });
    this.board.addEventListener("pointerleave", () => this.#leave(), { signal });
    this.board.addEventListener("click", (event) => this.#pin(event), { signal });
    this.board.addEventListener("dblclick", (event) => this.#edit(/** @type {HTMLElement} */ (event.target)), { signal });
    const size = new ResizeObserver(() => {
      const width = this.root.clientWidth - 24;
      if (width === this.width) return;
      this.width = width;
      this.relayout();
      this.draw();
    });
    size.observe(host);
    // ipywidgets' sliders: Notebook 7 takes their arrow keys, unless they carry the attribute, and a
    // screen reader finds no name on their handles.
    document.addEventListener("focusin", ({ target }) => {
      const node = /** @type {HTMLElement} */ (target);
      if (!node.closest?.(".convviz-controls")) return;
      node.setAttribute("data-lm-suppress-shortcuts", "true");
      const label = node.classList.contains("noUi-handle") && node.closest(".widget-slider")?.querySelector("label");
      if (label) node.setAttribute("aria-label", label.textContent ?? "");
    }, { signal });
    document.addEventListener(TOGETHER, (event) => this.#follow(/** @type {CustomEvent} */ (event)), { signal });
    signal.addEventListener("abort", () => { size.disconnect(); this.play(false); this.root.remove(); });
  }

  /** Stages of one group show the same output element. @param {CustomEvent} event */
  #follow({ detail }) {
    if (detail.from === this || !detail.group || detail.group !== this.source.get("group") || !this.scene) return;
    const inside = detail.place.map < this.scene.maps && detail.place.at.every((/** @type {number} */ i, /** @type {number} */ n) => i < this.look.axes[n].output);
    if (!inside) return;
    this.step = this.look.step(detail.place);
    this.draw();
  }

  /** Tell the other stages of the group. */
  #lead() {
    const group = this.source.get("group");
    if (group) document.dispatchEvent(new CustomEvent(TOGETHER, { detail: { from: this, group, place: this.look.place(this.step) } }));
  }

  // Filling

  refill() {
    const scene = this.source.get("scene");
    if (!scene || !scene.steps) return;
    const place = this.look ? this.look.place(this.step) : null;
    this.scene = scene;
    this.look = new Lookup(scene);
    this.step = this.#keep(place);
    this.root.dataset.steps = String(scene.steps);
    this.root.dataset.device = scene.device;
    write(this.device, `${scene.device} · ${scene.duration}`);
    TENSORS.forEach((tensor, n) => write(/** @type {HTMLElement} */ (this.boxes[n].firstChild), scene.titles[tensor]));
    this.formulas.replaceChildren(...scene.formulas.map((/** @type {string} */ line) => element("div", "", {}, line)));
    this.notes.replaceChildren(...scene.notes.map((/** @type {string} */ line) => element("div", "", {}, line)));
    this.legend.replaceChildren(...scene.legend.map((/** @type {[string, string]} */ [kind, words]) => {
      const entry = element("span", "cv-key");
      entry.append(element("span", "cv-swatch", { "data-kind": kind, "aria-hidden": "true" }), words);
      return entry;
    }));
    this.tools.offer({ reads: scene.readable, running: Boolean(scene.running) });
    if (!scene.running) this.running.hidden = true;
    this.#clear();
    this.pinned = false;
    this.pointed = null;
    this.root.classList.remove("is-pinned");
    this.#fillPanels();
    this.#fillPictures();
    this.relayout();
    if (!scene.readable && this.factor === 1) this.setSpeed(SPEEDS.find((factor) => scene.steps / (factor * STEPS_PER_SECOND) < 40) ?? 4096);
    this.#showHeat();
    this.done = 0;
    for (const cell of this.outputs) cell.classList.remove("is-done");
    this.draw();
  }

  /** The step for the same output element in a new scene, or the last there is. @param {Place|null} place */
  #keep(place) {
    if (!place) return Math.min(this.source.get("step") ?? 0, this.scene.steps - 1);
    const inside = place.map < this.scene.maps && place.at.every((i, n) => i < this.look.axes[n].output);
    return inside ? this.look.step(place) : Math.min(this.step, this.scene.steps - 1);
  }

  #fillPanels() {
    const specs = /** @type {PanelSpec[]} */ (this.scene.panels);
    while (this.panels.length > specs.length) this.panels.pop()?.root.remove();
    while (this.panels.length < specs.length) this.panels.push(new Panel());
    /** @type {Map<Element, Element>} */
    const placed = new Map(); // the panel that was put last into each box
    specs.forEach((spec, n) => {
      const panel = this.panels[n];
      panel.fill(spec, this.look.deep);
      const home = this.#panelsOf(TENSORS.indexOf(HOME[/** @type {keyof HOME} */ (spec.tensor)]));
      const before = placed.get(home);
      const next = before ? before.nextSibling : home.firstChild;
      if (next !== panel.root) home.insertBefore(panel.root, next); // also where it came from another box
      placed.set(home, panel.root);
    });
    this.outputs = this.#of("output").flatMap((panel) => panel.cells);
    this.byPlace = new Map(this.panels.map((panel) => [placeKey(panel.spec.tensor, panel.spec.channel, panel.spec.depth ?? 0), panel]));
    this.map = -1;
  }

  #showHeat() {
    for (const panel of this.#of("input", "source")) panel.heat(this.heat);
    this.tools.show("reads", this.heat);
  }

  #fillPictures() {
    const specs = this.scene.pictures;
    while (this.pictures.length > specs.length) this.pictures.pop()?.root.remove();
    while (this.pictures.length < specs.length) this.pictures.push(new Picture());
    for (const panel of this.window) panel.root.remove();
    if (!specs.length) return;
    const values = Object.fromEntries(["input", "output"].map((name) => [name, floats(this.source.get(`${name}_values`))]));
    specs.forEach((/** @type {any} */ spec, /** @type {number} */ n) => {
      const slices = this.look.axes[0][spec.tensor === "input" ? "size" : "output"];
      this.pictures[n].fill(spec, values[spec.tensor], this.scene.tones[spec.tensor], slices);
      this.#panelsOf(TENSORS.indexOf(spec.tensor)).append(this.pictures[n].root);
    });
    this.values = values;
    const count = this.scene.groupChannels * this.look.axes[0].kernel;
    while (this.window.length < count) this.window.push(new Panel());
    this.window.length = count;
    this.#panelsOf(1).prepend(...this.window.map((panel) => panel.root));
  }

  /** Where the panels of a tensor stand. @param {number} n @returns {HTMLElement} */
  #panelsOf(n) {
    return /** @type {HTMLElement} */ (this.boxes[n].children[1]);
  }

  /** @param {string[]} tensors */
  #of(...tensors) {
    return this.panels.filter((panel) => tensors.includes(panel.spec.tensor));
  }

  // Layout

  relayout() {
    if (!this.scene) return;
    const { large, width } = this;
    if (width <= 0) return;
    this.root.classList.toggle("is-large", large);
    const lines = width < 700 ? 2 : 1; // beside another stage a sum may take two lines
    this.sum.room = lines * (width / (large ? 18 : 14) - 8);
    this.board.classList.toggle("is-pictures", !this.scene.readable);
    if (!this.scene.readable) return this.#layoutPictures(width, large);
    const reserve = this.source.get("reserve") ?? 0;
    const tensors = TENSORS.map((tensor, n) => this.#measure(tensor, n, reserve));
    const height = Math.max(260, window.innerHeight * (large ? 1.2 : 0.5));
    const shape = JSON.stringify([tensors.map(({ count }) => count), Math.round(width / 40), large]);
    if (shape !== this.shape) [this.plan, this.tallest, this.widest] = [null, 0, [0, 0, 0]];
    const most = large ? 22 : 17;
    let plan = arrange(tensors, width, height, most, this.plan);
    if (this.plan && plan.font < 0.8 * this.font) plan = arrange(tensors, width, height, most, null);
    if (plan.font < READABLE_FONT) plan = arrange(tensors, width, Math.max(height, 0.72 * window.innerHeight), most, this.plan);
    this.plan = plan;
    this.font = shape === this.shape ? Math.min(this.font, plan.font) : plan.font;
    this.shape = shape;
    const font = Math.max(8, Math.floor(this.font * 4) / 4);
    this.board.style.fontSize = `${font}px`;
    this.board.classList.toggle("is-stacked", plan.stacked);
    this.tallest = Math.max(this.tallest, plan.height * font);
    this.board.style.minHeight = `${Math.ceil(this.tallest)}px`;
    this.boxes.forEach((box, n) => {
      const columns = Math.min(tensors[n].count, plan.columns[n]);
      box.style.setProperty("--cv-w", `${tensors[n].cell}em`);
      this.widest[n] = Math.max(this.widest[n], tensors[n].heading, columns * (tensors[n].width + GAP) - GAP);
      box.style.minWidth = plan.stacked && n === 2 ? "" : `${this.widest[n]}em`;
      Object.assign(this.#panelsOf(n).style, { gridTemplateColumns: `repeat(${columns}, max-content)`, gridTemplateRows: "", gridAutoFlow: "" });
    });
  }

  /** @param {string} tensor @param {number} n @param {number} reserve cells to leave room for */
  #measure(tensor, n, reserve) {
    const panels = this.panels.filter((panel) => HOME[/** @type {keyof HOME} */ (panel.spec.tensor)] === tensor);
    const { rows, columns } = panels[0].spec;
    const longest = tensor === "kernel" ? Object.values(this.scene.kernelTexts).flat(2) : panels.flatMap((panel) => panel.spec.texts);
    const letters = longest.reduce((/** @type {number} */ most, /** @type {string} */ text) => Math.max(most, width(text)), 1);
    const cell = Math.max(2.1, Math.round((0.61 * letters + 0.55) * 10) / 10);
    const [, high, wide] = this.look.axes;
    const room = reserve && tensor !== "kernel" && panels.length === 1; // with many panels all room is needed
    const least = (/** @type {Axis} */ axis) => (room ? axis.size + (tensor === "input" ? reserve : 0) : 0);
    const title = panels[0].spec.title ? 1.5 : 0;
    const heading = this.scene.titles[tensor] + (tensor === "kernel" && this.scene.maps > 1 ? ", map 00" : "");
    return {
      count: panels.length,
      cell,
      heading: 0.62 * heading.length,
      width: (this.scene.bands ? 0.8 : 0) + Math.max(columns.length, least(wide)) * (cell + CELL_GAP),
      height: Math.max(rows.length, least(high)) * (CELL_HEIGHT + CELL_GAP) + title + 0.6,
    };
  }

  /** Pictures share what the magnified window and the kernel between them leave. @param {number} width @param {boolean} large */
  #layoutPictures(width, large) {
    const font = large ? 15 : 12;
    const letters = Math.max(5, ...Object.values(this.scene.kernelTexts).flat(2).map((/** @type {string} */ text) => text.length));
    const cell = Math.round((0.62 * letters + 0.7) * 10) / 10;
    const beside = this.window.length > 1; // windows in one column, their weights in the next
    const middle = (beside ? 2 : 1) * (this.look.axes[2].kernel * (cell + CELL_GAP) + GAP) * font;
    const side = Math.min((width - middle - 2 * BETWEEN * font) / 2, window.innerHeight * (large ? 0.7 : 0.48));
    this.board.style.fontSize = `${font}px`;
    this.board.style.minHeight = "";
    this.board.classList.remove("is-stacked");
    this.boxes.forEach((box, n) => {
      box.style.minWidth = "";
      if (n === 1) box.style.setProperty("--cv-w", `${cell}em`);
      const pictures = this.pictures.filter((picture) => picture.spec.tensor === TENSORS[n]);
      const columns = Math.min(side < 300 ? 1 : 2, pictures.length);
      const down = Math.ceil(pictures.length / columns); // pictures under one another
      this.#panelsOf(n).style.gridTemplateColumns = n === 1 ? "" : `repeat(${columns}, max-content)`;
      this.#panelsOf(n).style.gridTemplateRows = n === 1 && beside ? `repeat(${this.window.length}, max-content)` : "";
      this.#panelsOf(n).style.gridAutoFlow = n === 1 && beside ? "column" : "";
      for (const picture of pictures) {
        const wide = Math.min(1, picture.spec.width / picture.spec.height);
        picture.frameHost.style.width = `${Math.max(60, Math.floor((side * wide) / Math.max(columns, 0.7 * down)))}px`;
      }
    });
  }

  // Drawing

  /** What is shown: the pointed output's step, or the playing one. */
  get shown() {
    return this.pointed?.tensor === "output" ? this.look.step({ map: this.pointed.channel, at: this.pointed.at }) : this.step;
  }

  draw() {
    if (!this.scene) return;
    this.root.dataset.step = String(this.step);
    this.player.show(this.step, this.scene.steps);
    const shown = this.shown;
    const place = this.look.place(shown);
    const taps = this.look.taps(place);
    this.#showMap(place.map);
    if (!this.scene.readable) this.#clear(); // the magnified window is filled anew
    const before = this.lit;
    this.lit = new Map();
    this.#markDone();
    if (this.scene.readable) this.#drawCells(shown, place, taps);
    else this.#drawPictures(place, taps);
    for (const tap of taps)
      for (const tensor of ["kernel", "weights"])
        this.#light(this.#cell(tensor, tap.within, tap.offset), `cv-tint ${this.#colour(tap)}`);
    if (this.pointed && this.pointed.tensor !== "output") this.#lightPointed();
    this.#dress(before);
    this.#showSum(place, taps);
    if (!this.pointed) write(this.words, "");
    else if (this.pointed.tensor === "output") this.#sayTaps(place, taps);
  }

  /** @param {Tap} tap */
  #colour(tap) {
    const [, r, s] = tap.offset;
    return this.scene.classes[r * this.look.axes[2].kernel + s];
  }

  /** Note classes that a cell wears until the next drawing. @param {HTMLElement|undefined} cell @param {string} classes */
  #light(cell, classes) {
    if (!cell) return;
    const others = this.lit.get(cell);
    this.lit.set(cell, others ? `${others} ${classes}` : classes);
  }

  /** Dress the cells that differ from the drawing before; most do not. @param {Map<HTMLElement, string>} before */
  #dress(before) {
    for (const [cell, classes] of before)
      if (this.lit.get(cell) !== classes) cell.classList.remove(...classes.split(" "));
    for (const [cell, classes] of this.lit)
      if (before.get(cell) !== classes) cell.classList.add(...classes.split(" "));
  }

  #clear() {
    for (const [cell, classes] of this.lit) cell.classList.remove(...classes.split(" "));
    this.lit.clear();
  }

  #markDone() {
    for (let n = this.done; n < this.step; n++) this.outputs[n]?.classList.add("is-done");
    for (let n = this.step; n < this.done; n++) this.outputs[n]?.classList.remove("is-done");
    this.done = this.step;
  }

  /** @param {number} shown @param {Place} place @param {Tap[]} taps */
  #drawCells(shown, place, taps) {
    for (const tap of taps)
      for (const tensor of ["input", "source"])
        this.#light(this.#cell(tensor, tap.channel, tap.cell), `is-tap cv-tint ${this.#colour(tap)}`);
    this.#light(this.#cell("output", place.map, place.at), "is-current");
    if (shown !== this.step) {
      const ghost = this.look.place(this.step);
      this.#light(this.#cell("output", ghost.map, ghost.at), "is-ghost");
    }
    for (const panel of this.#of("input", "source")) panel.frame(this.#frames(panel.spec, place, shown));
  }

  /** The window's frames on one input panel. @param {PanelSpec} spec @param {Place} place @param {number} shown */
  #frames(spec, place, shown) {
    const frames = [];
    const add = (/** @type {Place} */ { map, at }, /** @type {string} */ className) => {
      const first = this.scene.firstChannel[map];
      const inGroup = spec.channel >= first && spec.channel < first + this.scene.groupChannels;
      const [deep, high, wide] = this.look.axes;
      if (!inGroup || !deep.table[at[0]].includes(spec.depth ?? 0)) return;
      frames.push({ row: high.table[at[1]][0], column: wide.table[at[2]][0], rows: high.extent, columns: wide.extent, className });
    };
    if (shown !== this.step) add(this.look.place(this.step), "is-ghost");
    else for (const next of this.#nextPlaces(place)) add(next, "is-next");
    add(place, "is-window");
    return frames;
  }

  /** Where the window goes from here: one step on, and one row on. @param {Place} place */
  #nextPlaces({ map, at: [d, h, w] }) {
    const [, high, wide] = this.look.axes;
    return [
      ...(w + 1 < wide.output ? [{ map, at: [d, h, w + 1] }] : []),
      ...(h + 1 < high.output ? [{ map, at: [d, h + 1, w] }] : []),
    ];
  }

  /** @param {Place} place @param {Tap[]} taps */
  #drawPictures(place, taps) {
    const [deep, high, wide] = this.look.axes;
    const middle = deep.table[place.at[0]][Math.floor(deep.kernel / 2)];
    const reachedStep = this.pointed ? this.step : this.look.step(place);
    const area = high.output * wide.output;
    for (const picture of this.pictures) {
      if (picture.spec.tensor === "input") {
        picture.draw(middle, () => high.size * wide.size);
        picture.place(picture.mark, { row: high.table[place.at[1]][0], column: wide.table[place.at[2]][0], rows: high.extent, columns: wide.extent });
      } else {
        const start = (/** @type {number} */ map) => (map * deep.output + place.at[0]) * area;
        picture.draw(place.at[0], (map) => Math.max(0, Math.min(area, reachedStep + 1 - start(map))));
        const mine = picture.spec.channels.includes(place.map);
        picture.place(picture.mark, mine ? { row: place.at[1], column: place.at[2], rows: 1, columns: 1 } : null);
      }
      picture.place(picture.reach, null);
    }
    this.#magnify(taps);
  }

  /** The pixels under the window, with their numbers. @param {Tap[]} taps */
  #magnify(taps) {
    const [, high, wide] = this.look.axes;
    const size = high.kernel * wide.kernel;
    this.window.forEach((panel, n) => {
      const mine = taps.slice(n * size, (n + 1) * size);
      panel.fill({
        tensor: "input", channel: mine[0].channel, depth: this.look.deep ? mine[0].cell[0] : null, group: null,
        title: this.#windowTitle(mine[0]),
        rows: [...Array(high.kernel).keys()], columns: [...Array(wide.kernel).keys()],
        kinds: mine.map((tap) => this.look.letter(tap.cell)).join(""), texts: mine.map((tap) => this.#valueText(tap)), reads: [],
      }, this.look.deep);
      mine.forEach((tap, i) => {
        [panel.cells[i].dataset.row, panel.cells[i].dataset.col] = [String(tap.cell[1]), String(tap.cell[2])];
        panel.cells[i].dataset.channel = String(tap.channel);
        this.#light(panel.cells[i], `is-tap cv-tint ${this.#colour(tap)}`);
      });
    });
  }

  /** @param {Tap} tap the first of a slice */
  #windowTitle({ channel, cell }) {
    const parts = [this.scene.channels > 1 ? `channel ${channel}` : "", this.look.deep ? `depth ${cell[0]}` : ""];
    return ["window", ...parts.filter(Boolean)].join(", ");
  }

  /** @param {Tap} tap */
  #valueText(tap) {
    if (this.scene.readable) return this.byPlace.get(placeKey("input", tap.channel, tap.cell[0]))?.text(tap.cell[1], tap.cell[2]) ?? "0";
    if (!this.look.isData(tap.cell)) return "0";
    const [d, h, w] = this.look.axes;
    return numberText(this.values.input[((tap.channel * d.size + tap.cell[0]) * h.size + tap.cell[1]) * w.size + tap.cell[2]], 5);
  }

  /** @param {string} tensor @param {number} channel @param {number[]} at */
  #cell(tensor, channel, [depth, row, column]) {
    return this.byPlace.get(placeKey(tensor, channel, depth))?.cell(row, column);
  }

  /** The kernel panels show the weights of one output map. @param {number} map */
  #showMap(map) {
    if (map === this.map) return;
    this.map = map;
    const { scene } = this;
    const box = this.boxes[1];
    if (scene.maps > 1) write(/** @type {HTMLElement} */ (box.firstChild), `${scene.titles.kernel}, map ${map}`);
    const band = scene.bands ? `cv-banded cv-g${Math.floor(map / scene.groupMaps) % scene.bands}` : "";
    this.#panelsOf(1).className = `cv-panels ${band}`;
    this.biasRow.hidden = !scene.biasTexts;
    if (scene.biasTexts) write(this.bias, scene.biasTexts[map]);
    this.bias.dataset.channel = String(map);
    for (const tensor of ["kernel", "weights"]) {
      let n = 0;
      for (const panel of this.#of(tensor))
        panel.cells.forEach((cell, i) => {
          if (panel.spec.kinds[i] !== "d") return;
          write(cell, scene.kernelTexts[tensor][map][n]);
          if (scene.kernelMarks.length) mark(cell, scene.kernelMarks[map][n]);
          n++;
        });
    }
  }

  /** @param {Place} place @param {Tap[]} taps */
  #showSum(place, taps) {
    const { scene } = this;
    const step = this.look.step(place);
    const products = taps.map((tap) => ({
      value: this.#valueText(tap),
      weight: scene.kernelTexts.kernel[place.map][tap.weight],
      className: this.#colour(tap),
    }));
    const result = scene.readable ? (this.#cell("output", place.map, place.at)?.textContent ?? "") : numberText(this.values.output[step]);
    const name = `y${this.look.name(place.map, place.at)}`;
    this.sum.show(name, products, scene.addsBias ? scene.biasTexts[place.map] : null,
      { exact: scene.exact ? scene.exact[step] : null, digits: scene.digits ? scene.digits[place.map] : null, result, type: scene.sumType, note: scene.sumNotes ? scene.sumNotes[step] : null },
      () => { this.sum.unfolded = !this.sum.unfolded; this.draw(); });
    if (!this.running.hidden && scene.running) this.#showRunning(products, step);
    if (!this.playing) write(this.live, `Step ${step + 1} of ${scene.steps}: ${name} = ${spoken(products)} = ${result}`);
  }

  /** The sum after each product, in float32 and exactly: where digits are lost. @param {{value: string, weight: string, className: string}[]} products @param {number} step */
  #showRunning(products, step) {
    const { float32, exact } = this.scene.running;
    const table = element("table", "");
    const head = element("tr", "");
    head.append(...["product", "exact sum", "float32 sum"].map((text) => element("th", "", { scope: "col" }, text)));
    table.append(head, ...products.map(({ value, weight, className }, n) => {
      const row = element("tr", float32[step][n] === exact[step][n] ? "" : "is-rounded");
      const product = element("td", className);
      product.append(`${value} × `, element("span", "cv-weight", {}, weight));
      row.append(product, element("td", "", {}, exact[step][n]), element("td", "", {}, float32[step][n]));
      return row;
    }));
    this.running.replaceChildren(table);
  }

  // Pointing

  /** @param {Event} event @returns {Target|null} */
  #target(event) {
    const node = /** @type {HTMLElement} */ (event.target);
    const picture = this.pictures.find(({ canvas }) => canvas === node);
    if (picture) {
      const [row, column] = picture.pixel(/** @type {PointerEvent} */ (event));
      const channel = picture.spec.channels.includes(this.look.place(this.step).map) ? this.look.place(this.step).map : picture.spec.channels[0];
      return { tensor: picture.spec.tensor, channel: picture.spec.tensor === "output" ? channel : picture.spec.channels[0], at: [Math.max(0, picture.depth), row, column] };
    }
    const cell = /** @type {HTMLElement|null} */ (node.closest?.(".cv-cell"));
    if (!cell || cell.dataset.kind === "gap" || cell.dataset.panel === "bias") return null;
    const { panel, channel, depth, row, col } = cell.dataset;
    return { tensor: /** @type {string} */ (panel), channel: Number(channel), at: [Number(depth ?? 0), Number(row), Number(col)] };
  }

  /** @param {PointerEvent} event */
  #point(event) {
    if (!this.scene || this.pinned) return;
    const target = this.#target(event);
    if (same(target, this.pointed)) return;
    this.pointed = target;
    this.draw();
  }

  #leave() {
    if (this.pinned || !this.pointed) return;
    this.pointed = null;
    this.draw();
  }

  /** @param {MouseEvent} event */
  #pin(event) {
    if (!this.scene) return;
    const target = this.#target(event);
    const again = this.pinned && same(target, this.pointed);
    this.pointed = again ? null : target;
    this.#setPinned(Boolean(target) && !again);
  }

  /** @param {boolean} on */
  #setPinned(on) {
    this.pinned = on;
    this.root.classList.toggle("is-pinned", on);
    this.draw();
  }

  /** Escape: let go of what is pinned or pointed at. */
  letGo() {
    this.pointed = null;
    this.#setPinned(false);
  }

  /** What an output reads. @param {Place} place @param {Tap[]} taps */
  #sayTaps(place, taps) {
    const zeros = taps.filter((tap) => !this.look.isData(tap.cell)).length;
    const padding = zeros ? `, ${zeros} of them padding` : "";
    write(this.words, `Output ${this.look.name(place.map, place.at)} reads ${plural(taps.length, "input cell")}${padding}.`);
  }

  /** Light what an input or a weight feeds, and say it. */
  #lightPointed() {
    const { tensor, channel, at } = /** @type {Target} */ (this.pointed);
    if (tensor === "input" || tensor === "source") return this.#lightReaders(channel, at);
    const [t, r, s] = at;
    const map = this.look.place(this.step).map;
    const first = this.scene.firstChannel[map];
    const meets = this.look.axes.map((axis, n) => new Set(axis.table.map((row) => row[at[n]])));
    let count = 0;
    for (const d of meets[0]) for (const h of meets[1]) for (const w of meets[2]) {
      count++;
      this.#light(this.#cell("input", first + channel, [d, h, w]), "is-lit");
    }
    for (const panel of this.#of("kernel", "weights"))
      if (panel.spec.channel === channel && (panel.spec.depth ?? 0) === t) this.#light(panel.cell(r, s), "is-pointed");
    const index = [...(this.scene.groupChannels > 1 ? [channel] : []), ...this.look.spatial(at)].join(", ");
    write(this.words, `Weight [${index}] of map ${map} multiplies ${plural(count, "input cell")}, one for each output of the map.`);
  }

  /** @param {number} channel @param {number[]} at */
  #lightReaders(channel, at) {
    const [depths, rows, columns] = at.map((index, n) => this.look.readers(n, index));
    const maps = this.look.mapsOf(channel);
    const places = maps.flatMap((map) => depths.flatMap((d) => rows.flatMap((h) => columns.map((w) => ({ map, at: [d.output, h.output, w.output] })))));
    for (const { map, at } of this.scene.readable ? places : []) this.#light(this.#cell("output", map, at), "is-lit");
    this.#light(this.#cell("input", channel, at), "is-pointed");
    if (!this.scene.readable && places.length) {
      const box = { row: rows[0].output, column: columns[0].output, rows: /** @type {any} */ (rows.at(-1)).output - rows[0].output + 1, columns: /** @type {any} */ (columns.at(-1)).output - columns[0].output + 1 };
      for (const picture of this.pictures) if (picture.spec.tensor === "output") picture.place(picture.reach, box);
    }
    const what = this.look.isData(at) ? "Input" : "Padding";
    const index = [...(this.scene.channels > 1 ? [channel] : []), ...this.look.spatial(at)].join(", ");
    const feeds = places.length ? `feeds ${plural(places.length, "output")}` : "is read by no window";
    write(this.words, `${what} [${index}] ${feeds}.`);
  }

  // Editing

  /** Type a new number into an input cell, a weight or a bias. @param {HTMLElement} node */
  #edit(node) {
    const cell = /** @type {HTMLElement|null} */ (node.closest?.(".cv-cell"));
    if (!cell || !this.source.edit || this.heat) return;
    const message = this.#numberOf(cell);
    if (!message) return;
    const old = cell.textContent ?? "";
    const field = /** @type {HTMLInputElement} */ (element("input", "cv-field", { "aria-label": `new value of ${message.tensor}`, "data-lm-suppress-shortcuts": "true" }));
    field.value = message.text;
    let open = true; // taking the field away blurs it once more
    const finish = (/** @type {boolean} */ keep) => {
      if (!open) return;
      open = false;
      write(cell, old);
      if (keep && field.value !== message.text) this.source.edit?.({ ...message, text: field.value });
      this.letGo();
      this.#panelsOf(TENSORS.indexOf(message.home)).focus();
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") finish(true);
      if (event.key === "Escape") finish(false);
      event.stopPropagation();
    });
    field.addEventListener("blur", () => finish(true));
    cell.replaceChildren(field);
    field.focus();
    field.select();
  }

  /** Which number a cell shows, in its tensor's memory order; null for what follows from others. @param {HTMLElement} cell */
  #numberOf(cell) {
    const { panel, channel, depth, row, col, kind } = cell.dataset;
    const text = cell.textContent ?? "";
    if (panel === "bias") return { tensor: "bias", home: "kernel", index: Number(channel), text };
    const before = this.scene.kernelTexts.weights !== undefined; // int8: what is edited is what it came from
    const home = HOME[/** @type {keyof HOME} */ (panel)];
    if (kind !== "data" || home === "output" || !this.scene.readable && home === "input") return null;
    if (before && (panel === "input" || panel === "kernel")) return null;
    const sizes = this.look.axes.map((axis) => (home === "input" ? axis.size : axis.kernel));
    const at = [Number(depth ?? 0), Number(row), Number(col)];
    const within = at.reduce((index, i, n) => index * sizes[n] + i, Number(channel));
    const first = home === "kernel" ? Math.max(0, this.map) * this.scene.kernelTexts.kernel[0].length : 0;
    return { tensor: home, home, index: first + within, text };
  }

  // Playing

  /** @param {number} step */
  go(step) {
    if (!this.scene) return;
    const next = Math.max(0, Math.min(this.scene.steps - 1, Math.floor(step)));
    if (next === this.step && !this.pinned) return;
    if (this.pinned) { this.pinned = false; this.pointed = null; this.root.classList.remove("is-pinned"); }
    this.step = next;
    this.draw();
    this.#lead();
  }

  /** @param {boolean} on */
  play(on) {
    if (on && this.step >= this.scene.steps - 1) this.go(0);
    this.playing = on;
    this.root.dataset.playing = String(on);
    this.player.showPlaying(on);
    cancelAnimationFrame(this.request ?? 0);
    if (!on) return;
    let last = performance.now();
    let owed = 0;
    const frame = (/** @type {number} */ now) => {
      if (!this.pointed) owed += ((now - last) / 1000) * STEPS_PER_SECOND * this.factor;
      last = now;
      if (owed >= 1 && !this.pointed) {
        this.go(this.step + Math.floor(owed));
        owed %= 1;
      }
      if (this.step >= this.scene.steps - 1) return this.play(false);
      this.request = requestAnimationFrame(frame);
    };
    this.request = requestAnimationFrame(frame);
  }

  /** @param {number} factor */
  setSpeed(factor) {
    this.factor = factor;
    this.player.showSpeed(factor);
    this.root.classList.toggle("is-fast", factor > 2);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const node = /** @type {HTMLElement} */ (event.target);
    if (event.altKey || event.ctrlKey || event.metaKey || !this.scene) return;
    if (node === this.player.speed && event.key !== " ") return;
    if (node.tagName === "PRE" || node.tagName === "INPUT" && node !== this.player.slider) return;
    if (node.tagName === "BUTTON" && (event.key === " " || event.key === "Enter")) return;
    if (node.classList.contains("cv-panels") && this.#pointByKey(event, /** @type {string} */ (node.dataset.tensor))) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const { width, steps } = { width: this.look.axes[2].output, steps: this.scene.steps };
    const steer = (/** @type {number} */ step) => { this.play(false); this.go(step); };
    /** @type {Record<string, () => void>} */
    const actions = {
      " ": () => this.play(!this.playing),
      ArrowRight: () => steer(this.step + 1),
      ArrowLeft: () => steer(this.step - 1),
      ArrowDown: () => steer(this.step + width),
      ArrowUp: () => steer(this.step - width),
      Home: () => steer(0),
      End: () => steer(steps - 1),
      Escape: () => this.letGo(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  /** Arrows move the pointed cell of a tensor, Enter pins it. @param {KeyboardEvent} event @param {string} tensor */
  #pointByKey({ key }, tensor) {
    const moves = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
    const move = moves[/** @type {keyof moves} */ (key)];
    if (key === "Enter" && this.pointed) {
      this.#setPinned(!this.pinned);
      return true;
    }
    if ((key === "e" || key === "F2") && this.pointed) {
      const cell = this.#cell(this.pointed.tensor, this.pointed.channel, this.pointed.at);
      if (cell) this.#edit(cell);
      return true;
    }
    if (!move || !this.scene.readable) return false;
    this.pinned = false;
    const panels = this.#of(tensor);
    const { rows, columns, channel, depth } = (this.pointed?.tensor === tensor && this.byPlace.get(placeKey(tensor, this.pointed.channel, this.pointed.at[0])) || panels[0]).spec;
    const whole = (/** @type {number[]} */ indices) => indices.filter((i) => Number.isInteger(i));
    const [ys, xs] = [whole([...rows]), whole([...columns])];
    const at = this.pointed?.tensor === tensor ? this.pointed.at : null;
    const y = at ? ys.indexOf(at[1]) + move[0] : 0;
    const x = at ? xs.indexOf(at[2]) + move[1] : 0;
    const n = panels.findIndex(({ spec }) => spec.channel === channel && spec.depth === depth);
    const beside = y < 0 ? panels[n - 1] : y >= ys.length ? panels[n + 1] : null; // over the edge: the next panel
    const next = beside ? beside.spec : { channel, depth };
    const row = beside ? (y < 0 ? ys.length - 1 : 0) : Math.max(0, Math.min(ys.length - 1, y));
    this.pointed = { tensor, channel: next.channel, at: [next.depth ?? 0, ys[row], xs[Math.max(0, Math.min(xs.length - 1, x))]] };
    this.draw();
    write(this.live, `${this.words.textContent}`);
    return true;
  }

  // Errors

  /** Say that controls wait for the Jupyter kernel. @param {boolean} away */
  showAway(away) {
    this.waits.classList.toggle("is-on", away);
  }

  /** The last good picture stays, dimmed, under the words. */
  showError() {
    const words = this.source.get("error") ?? "";
    this.alert?.remove();
    this.alert = undefined;
    this.root.classList.toggle("is-refused", Boolean(words));
    if (!words) return;
    this.alert = element("div", "cv-alert", { role: "alert" }, words);
    this.facts.append(this.alert); // over the captions, which are dimmed: nothing moves
  }
}

const TOGETHER = "convviz-step";
const CELL_HEIGHT = 2;
const CELL_GAP = 0.14;

/** @param {string} tensor @param {number} channel @param {number} depth */
function placeKey(tensor, channel, depth) {
  return `${tensor}/${channel}/${depth}`;
}

/** Letters of a text, superscripts narrower. @param {string} text */
function width(text) {
  return text.length - 0.35 * (text.match(/[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]/g)?.length ?? 0);
}

/** @param {Target|null} a @param {Target|null} b */
function same(a, b) {
  return a === b || (a !== null && b !== null && a.tensor === b.tensor && a.channel === b.channel && a.at.join() === b.at.join());
}

/** A sum for a screen reader. @param {{value: string, weight: string}[]} products */
function spoken(products) {
  if (products.length > 12) return `the sum of ${products.length} products`;
  return products.map(({ value, weight }) => `${value} × ${weight}`).join(" + ");
}

/** @param {number} count @param {string} noun */
function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** @param {DataView|undefined} view @returns {Float32Array} */
function floats(view) {
  if (!view || !view.byteLength) return new Float32Array(0);
  return new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

/** Show a scene in `host` until `signal` aborts. @param {HTMLElement} host @param {Source} source @param {AbortSignal} signal */
export function mount(host, source, signal) {
  return new Stage(host, source, signal);
}

/** @param {{model: any, el: HTMLElement, signal: AbortSignal}} context anywidget's */
function render({ model, el, signal }) {
  const on = (/** @type {string} */ name, /** @type {() => void} */ listener) => {
    model.on(`change:${name}`, listener);
    signal.addEventListener("abort", () => model.off(`change:${name}`, listener));
  };
  const edit = (/** @type {object} */ message) => model.send(message);
  const save = saver(model, signal);
  const stage = mount(el, { get: (name) => model.get(name), on, save, ...(model.get("editable") ? { edit } : {}) }, signal);
  watchKernel(model.widget_manager, (away) => stage.showAway(away), signal);
}

/**
 * Ask the model for files; each comes back as a message, and goes on as a download.
 * @param {any} model @param {AbortSignal} signal @returns {(message: object) => Promise<string>}
 */
function saver(model, signal) {
  /** @type {Map<string, (refused: string) => void>} */
  const waiting = new Map();
  const received = (/** @type {any} */ { request, name, refused }, /** @type {DataView[]} */ buffers) => {
    const done = waiting.get(request); // another view's, where it is not ours
    waiting.delete(request);
    if (done && name) download(name, buffers[0]);
    done?.(refused ?? "");
  };
  model.on("msg:custom", received);
  signal.addEventListener("abort", () => model.off("msg:custom", received));
  return (message) => new Promise((done) => {
    const request = String(Math.random());
    waiting.set(request, done);
    model.send({ ...message, request });
  });
}

/** @param {string} name @param {DataView} content */
function download(name, content) {
  const url = URL.createObjectURL(new Blob([/** @type {any} */ (content)]));
  const link = /** @type {HTMLAnchorElement} */ (element("a", "", { href: url, download: name }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * Tell `show` whether the Jupyter kernel is away, where the host knows: JupyterLab and Notebook do.
 * @param {any} manager @param {(away: boolean) => void} show @param {AbortSignal} signal
 */
function watchKernel(manager, show, signal) {
  if (!manager || !("kernel" in manager)) return;
  const { kernel } = manager;
  const look = () => show(!kernel || kernel.isDisposed || kernel.status === "dead" || kernel.connectionStatus !== "connected");
  look();
  for (const name of ["disposed", "statusChanged", "connectionStatusChanged"]) {
    kernel?.[name]?.connect(look);
    signal.addEventListener("abort", () => kernel?.[name]?.disconnect(look));
  }
}

export default { render };
