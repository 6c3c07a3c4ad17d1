// @ts-check
/**
 * The board: the panels and pictures of a scene, laid out, filled, and lit for one step. What step
 * that is, and what is pointed at, the stage tells it.
 */

import { element, OWN_KEYS, write } from "./dom.js";
import { say } from "./language.js";
import { arrange, BETWEEN, CELL_GAP, CELL_HEIGHT, GAP, lettersOf } from "./layout.js";
import { placeKey } from "./lookup.js";
import { mark, Panel } from "./panel.js";
import { numberText, Picture } from "./picture.js";

/** @typedef {import("./lookup.js").Axis} Axis */
/** @typedef {import("./lookup.js").Lookup} Lookup */
/** @typedef {import("./lookup.js").Place} Place */
/** @typedef {import("./lookup.js").Tap} Tap */
/** @typedef {import("./panel.js").PanelSpec} PanelSpec */
/** @typedef {{tensor: string, channel: number, at: number[]}} Target  what is pointed at */
/**
 * @typedef {Object} View  what to light
 * @property {number} step  where the playing stands
 * @property {number} shown  the step that is shown: the pointed output's, or the playing one
 * @property {Place} place  its place
 * @property {Tap[]} taps  its taps
 * @property {Target|null} pointed
 */

export const TENSORS = ["input", "kernel", "output"];
/** In which of the three a panel stands: what was quantized stands with what came of it. */
export const HOME = { input: "input", source: "input", kernel: "kernel", weights: "kernel", output: "output" };
const WINDOW_DIGITS = 5; // of a picture's values
const MOST_NUMBERS = 9; // rows or columns of a kernel beside a picture whose numbers are shown
const SAMPLE = 500; // values of a picture that tell how wide they are
const READABLE_FONT = 10.5; // pixels; smaller letters are worth scrolling for

export class Board {
  constructor() {
    this.root = element("div", "cv-board");
    this.boxes = TENSORS.map((tensor) => {
      const box = element("div", "cv-tensor", { "data-tensor": tensor });
      box.append(element("div", "cv-title"), element("div", "cv-panels", {
        tabindex: "0", role: "group", "data-tensor": tensor, ...OWN_KEYS,
        "aria-label": say("board.cells", { tensor: say(`tensor.${tensor}`) }),
      }));
      this.root.append(box);
      return box;
    });
    this.bias = element("div", "cv-cell", { "data-panel": "bias" });
    this.biasRow = element("div", "cv-bias-row", {}, say("board.bias"));
    this.biasRow.append(this.bias);
    this.boxes[1].append(this.biasRow);
    /** @type {Panel[]} */
    this.panels = [];
    /** @type {Picture[]} */
    this.pictures = [];
    this.window = [new Panel()];
    /** @type {HTMLElement[]} */
    this.outputs = [];
    /** @type {Map<HTMLElement, string>} */
    this.lit = new Map();
    this.done = 0;
    // Of the scene, once there is one
    /** @type {any} */
    this.scene = null;
    /** @type {Lookup} */
    this.look = /** @type {any} */ (null);
    /** @type {Record<string, Float32Array>} */
    this.values = {};
    /** @type {Map<string, Panel>} */
    this.byPlace = new Map();
    this.map = -1;
    // Of the layout
    this.font = 0;
    /** @type {{columns: number[], stacked: boolean}|null} */
    this.plan = null;
    this.shape = this.stands = "";
    this.tallest = 0;
    this.widest = [0, 0, 0];
  }

  /** Where the panels of a tensor stand. @param {number} n @returns {HTMLElement} */
  panelsOf(n) {
    return /** @type {HTMLElement} */ (this.boxes[n].children[1]);
  }

  /** @param {string[]} tensors */
  of(...tensors) {
    return this.panels.filter((panel) => tensors.includes(panel.spec.tensor));
  }

  /** @param {string} tensor @param {number} channel @param {number[]} at */
  cell(tensor, channel, [depth, row, column]) {
    return this.panel(tensor, channel, depth)?.cell(row, column);
  }

  /** @param {string} tensor @param {number} channel @param {number} depth */
  panel(tensor, channel, depth) {
    return this.byPlace.get(placeKey(tensor, channel, depth));
  }

  // ---- Filling

  /** Take up a scene. @param {Lookup} look @param {Record<string, Float32Array>} values of pictures */
  fill(look, values) {
    this.look = look;
    this.scene = look.scene;
    this.values = values;
    this.#clear();
    TENSORS.forEach((tensor, n) => write(/** @type {HTMLElement} */ (this.boxes[n].firstChild), this.scene.titles[tensor]));
    this.#fillPanels();
    this.#fillPictures();
    this.done = 0;
    for (const cell of this.outputs) cell.classList.remove("is-done");
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
      const home = this.panelsOf(TENSORS.indexOf(HOME[/** @type {keyof HOME} */ (spec.tensor)]));
      const before = placed.get(home);
      const next = before ? before.nextSibling : home.firstChild;
      if (next !== panel.root) home.insertBefore(panel.root, next); // also where it came from another box
      placed.set(home, panel.root);
    });
    this.outputs = this.of("output").flatMap((panel) => panel.cells);
    this.byPlace = new Map(this.panels.map((panel) => [placeKey(panel.spec.tensor, panel.spec.channel, panel.spec.depth ?? 0), panel]));
    this.map = -1;
  }

  #fillPictures() {
    const specs = this.scene.pictures;
    while (this.pictures.length > specs.length) this.pictures.pop()?.root.remove();
    while (this.pictures.length < specs.length) this.pictures.push(new Picture());
    for (const panel of this.window) panel.root.remove();
    if (!specs.length) return;
    specs.forEach((/** @type {any} */ spec, /** @type {number} */ n) => {
      const slices = this.look.axes[0][spec.tensor === "input" ? "size" : "output"];
      this.pictures[n].fill(spec, this.values[spec.tensor], this.scene.tones[spec.tensor], slices);
      this.panelsOf(TENSORS.indexOf(spec.tensor)).append(this.pictures[n].root);
    });
    const count = this.scene.groupChannels * this.look.axes[0].kernel;
    while (this.window.length < count) this.window.push(new Panel());
    this.window.length = count;
    this.panelsOf(1).prepend(...this.window.map((panel) => panel.root));
  }

  /** Say how often each input is read, or take that back. @param {boolean} on */
  heat(on) {
    for (const panel of this.of("input", "source")) panel.heat(on);
  }

  /** The kernel panels show the weights of one output map. @param {number} map */
  #showMap(map) {
    if (map === this.map) return;
    this.map = map;
    const { scene } = this;
    if (scene.maps > 1) write(/** @type {HTMLElement} */ (this.boxes[1].firstChild), say("board.title_of_map", { title: scene.titles.kernel, map }));
    const band = scene.bands ? `cv-banded cv-g${Math.floor(map / scene.groupMaps) % scene.bands}` : "";
    this.panelsOf(1).className = `cv-panels ${band}`;
    this.biasRow.hidden = !scene.biasTexts;
    if (scene.biasTexts) write(this.bias, scene.biasTexts[map]);
    this.bias.dataset.channel = String(map);
    for (const tensor of ["kernel", "weights"]) {
      let n = 0;
      for (const panel of this.of(tensor))
        panel.cells.forEach((cell, i) => {
          if (panel.spec.kinds[i] !== "d") return;
          write(cell, scene.kernelTexts[tensor][map][n]);
          if (scene.kernelMarks.length) mark(cell, scene.kernelMarks[map][n]);
          n++;
        });
    }
  }

  // ---- Layout

  /** Fit the scene into a width. @param {number} width pixels @param {boolean} large @param {number} reserve cells to leave room for */
  fit(width, large, reserve) {
    this.root.classList.toggle("is-pictures", !this.scene.readable);
    if (!this.scene.readable) return this.#fitPictures(width, large);
    const tensors = TENSORS.map((tensor, n) => this.#measure(tensor, n, reserve));
    const height = Math.max(260, window.innerHeight * (large ? 1.2 : 0.5));
    const shape = JSON.stringify([tensors.map(({ count }) => count), this.#place(width, large)]);
    if (shape !== this.shape) [this.plan, this.widest] = [null, [0, 0, 0]];
    const most = large ? 22 : 17;
    let plan = arrange(tensors, width, height, most, this.plan);
    if (this.plan && plan.font < 0.8 * this.font) plan = arrange(tensors, width, height, most, null);
    if (plan.font < READABLE_FONT) plan = arrange(tensors, width, Math.max(height, 0.72 * window.innerHeight), most, this.plan);
    this.plan = plan;
    this.font = shape === this.shape ? Math.min(this.font, plan.font) : plan.font;
    this.shape = shape;
    const font = Math.max(8, Math.floor(this.font * 4) / 4);
    this.root.style.fontSize = `${font}px`;
    this.root.classList.toggle("is-stacked", plan.stacked);
    this.boxes[1].classList.remove("is-tiny");
    this.panelsOf(1).style.fontSize = "";
    this.#keepHeight(plan.height * font);
    this.boxes.forEach((box, n) => {
      const columns = Math.min(tensors[n].count, plan.columns[n]);
      box.style.setProperty("--cv-w", `${tensors[n].cell}em`);
      this.widest[n] = Math.max(this.widest[n], tensors[n].heading, columns * (tensors[n].width + GAP) - GAP);
      box.style.minWidth = plan.stacked && n === 2 ? "" : `${this.widest[n]}em`;
      Object.assign(this.panelsOf(n).style, { gridTemplateColumns: `repeat(${columns}, max-content)`, gridTemplateRows: "", gridAutoFlow: "" });
    });
  }

  /** Where the board stands; in another place it may be lower. @param {number} width @param {boolean} large */
  #place(width, large) {
    const place = `${Math.round(width / 40)} ${large} ${this.scene.readable}`;
    if (place !== this.stands) this.tallest = 0;
    this.stands = place;
    return place;
  }

  /** What stands below moves down if it must, and never up again under the reader's hand. @param {number} height pixels */
  #keepHeight(height) {
    this.tallest = Math.max(this.tallest, height);
    this.root.style.minHeight = `${Math.ceil(this.tallest)}px`;
  }

  /** @param {string} tensor @param {number} n @param {number} reserve */
  #measure(tensor, n, reserve) {
    const panels = this.panels.filter((panel) => HOME[/** @type {keyof HOME} */ (panel.spec.tensor)] === tensor);
    const { rows, columns } = panels[0].spec;
    const longest = tensor === "kernel" ? Object.values(this.scene.kernelTexts).flat(2) : panels.flatMap((panel) => panel.spec.texts);
    const letters = longest.reduce((/** @type {number} */ most, /** @type {string} */ text) => Math.max(most, lettersOf(text)), 1);
    const cell = Math.max(2.1, Math.round((0.61 * letters + 0.55) * 10) / 10);
    const [, high, wide] = this.look.axes;
    const room = reserve && tensor !== "kernel" && panels.length === 1; // with many panels all room is needed
    const least = (/** @type {Axis} */ axis) => (room ? axis.size + (tensor === "input" ? reserve : 0) : 0);
    const over = panels[0].spec.title ? 1.5 : 0;
    const title = this.scene.titles[tensor];
    const heading = tensor === "kernel" && this.scene.maps > 1 ? say("board.title_of_map", { title, map: "00" }) : title;
    return {
      count: panels.length,
      cell,
      heading: 0.62 * heading.length,
      width: (this.scene.bands ? 0.8 : 0) + Math.max(columns.length, least(wide)) * (cell + CELL_GAP),
      height: Math.max(rows.length, least(high)) * (CELL_HEIGHT + CELL_GAP) + over + 0.6,
    };
  }

  /** Pictures share what the magnified window and the kernel between them leave. @param {number} width @param {boolean} large */
  #fitPictures(width, large) {
    const base = large ? 15 : 12;
    const beside = this.window.length > 1; // windows in one column, their weights in the next
    const { cell, font, tiny } = this.#measureWindow(width, base, beside);
    const across = (beside ? 2 : 1) * (this.look.axes[2].kernel * (cell + CELL_GAP) + GAP) * font;
    const side = Math.min((width - across - 2 * BETWEEN * base) / 2, window.innerHeight * (large ? 0.7 : 0.48));
    this.root.style.fontSize = `${base}px`;
    this.root.classList.remove("is-stacked");
    this.boxes[1].classList.toggle("is-tiny", tiny);
    this.boxes.forEach((box, n) => {
      box.style.minWidth = "";
      if (n === 1) box.style.setProperty("--cv-w", `${cell}em`);
      const pictures = this.pictures.filter((picture) => picture.spec.tensor === TENSORS[n]);
      const columns = Math.min(side < 300 ? 1 : 2, pictures.length);
      const down = Math.ceil(pictures.length / columns); // pictures under one another
      Object.assign(this.panelsOf(n).style, {
        fontSize: n === 1 ? `${font / base}em` : "",
        gridTemplateColumns: n === 1 ? "" : `repeat(${columns}, max-content)`,
        gridTemplateRows: n === 1 && beside ? `repeat(${this.window.length}, max-content)` : "",
        gridAutoFlow: n === 1 && beside ? "column" : "",
      });
      for (const picture of pictures) {
        const wide = Math.min(1, picture.spec.width / picture.spec.height);
        picture.frameHost.style.width = `${Math.max(60, Math.floor((side * wide) / Math.max(columns, 0.7 * down)))}px`;
      }
    });
    this.#place(width, large);
    this.root.style.minHeight = "0";
    this.#keepHeight(this.root.offsetHeight);
  }

  /**
   * The cells of the magnified window and of the kernel, in em, and their font: so large that their
   * numbers fit, as far as there is room; without them where there are too many to read.
   * @param {number} width @param {number} base @param {boolean} beside
   */
  #measureWindow(width, base, beside) {
    const [, high, wide] = this.look.axes;
    const some = this.values.input.filter((_, n) => n % Math.ceil(this.values.input.length / SAMPLE) === 0);
    const texts = [...[...some].map((value) => numberText(value, WINDOW_DIGITS)), ...Object.values(this.scene.kernelTexts).flat(2)];
    const letters = texts.reduce((/** @type {number} */ most, text) => Math.max(most, lettersOf(text)), 5);
    const tiny = Math.max(high.kernel, wide.kernel) > MOST_NUMBERS;
    const cell = tiny ? CELL_HEIGHT : Math.round((0.62 * letters + 0.7) * 10) / 10;
    const columns = (beside ? 2 : 1) * (wide.kernel * (cell + CELL_GAP) + GAP);
    const rows = 2 * high.kernel * (CELL_HEIGHT + CELL_GAP);
    const font = Math.min(base, (0.42 * width) / columns, (0.6 * window.innerHeight) / rows);
    return { cell, font: Math.max(tiny ? 3 : 8, font), tiny };
  }

  // ---- Lighting

  /** Show one step. @param {View} view */
  draw(view) {
    this.#showMap(view.place.map);
    if (!this.scene.readable) this.#clear(); // the magnified window is filled anew
    const before = this.lit;
    this.lit = new Map();
    this.#markDone(view.step);
    if (this.scene.readable) this.#drawCells(view);
    else this.#drawPictures(view);
    for (const tap of view.taps)
      for (const tensor of ["kernel", "weights"])
        this.#light(this.cell(tensor, tap.within, tap.offset), `cv-tint ${this.colour(tap)}`);
    if (view.pointed) this.#lightPointed(view.pointed, view.place.map);
    this.#dress(before);
  }

  /** The class that colours a weight and what it multiplies. @param {Tap} tap */
  colour({ offset: [, r, s] }) {
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

  /** @param {number} step */
  #markDone(step) {
    for (let n = this.done; n < step; n++) this.outputs[n]?.classList.add("is-done");
    for (let n = step; n < this.done; n++) this.outputs[n]?.classList.remove("is-done");
    this.done = step;
  }

  /** @param {View} view */
  #drawCells({ step, shown, place, taps }) {
    for (const tap of taps)
      for (const tensor of ["input", "source"])
        this.#light(this.cell(tensor, tap.channel, tap.cell), `is-tap cv-tint ${this.colour(tap)}`);
    this.#light(this.cell("output", place.map, place.at), "is-current");
    const ghost = shown === step ? null : this.look.place(step);
    if (ghost) this.#light(this.cell("output", ghost.map, ghost.at), "is-ghost");
    for (const panel of this.of("input", "source")) panel.frame(this.#frames(panel.spec, place, ghost));
  }

  /** The window's frames on one input panel. @param {PanelSpec} spec @param {Place} place @param {Place|null} ghost */
  #frames(spec, place, ghost) {
    /** @type {Parameters<Panel["frame"]>[0]} */
    const frames = [];
    const add = (/** @type {Place} */ { map, at }, /** @type {string} */ className) => {
      const first = this.scene.firstChannel[map];
      const inGroup = spec.channel >= first && spec.channel < first + this.scene.groupChannels;
      const [deep, high, wide] = this.look.axes;
      if (!inGroup || !deep.table[at[0]].includes(spec.depth ?? 0)) return;
      frames.push({ row: high.table[at[1]][0], column: wide.table[at[2]][0], rows: high.extent, columns: wide.extent, className });
    };
    if (ghost) add(ghost, "is-ghost");
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

  /** @param {View} view */
  #drawPictures({ step, place, taps, pointed }) {
    const [deep, high, wide] = this.look.axes;
    const middle = deep.table[place.at[0]][Math.floor(deep.kernel / 2)];
    const reachedStep = pointed ? step : this.look.step(place);
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
        kinds: mine.map((tap) => this.look.letter(tap.cell)).join(""), texts: mine.map((tap) => this.valueText(tap)), reads: [], marks: "",
      }, this.look.deep);
      mine.forEach((tap, i) => {
        [panel.cells[i].dataset.row, panel.cells[i].dataset.col] = [String(tap.cell[1]), String(tap.cell[2])];
        panel.cells[i].dataset.channel = String(tap.channel);
        this.#light(panel.cells[i], `is-tap cv-tint ${this.colour(tap)}`);
      });
    });
  }

  /** @param {Tap} tap the first of a slice */
  #windowTitle({ channel, cell }) {
    const parts = [
      this.scene.channels > 1 ? say("board.channel", { channel }) : "",
      this.look.deep ? say("board.depth", { depth: cell[0] }) : "",
    ];
    return [say("board.window"), ...parts.filter(Boolean)].join(", ");
  }

  /** Light what an input or a weight of output map `map` feeds. @param {Target} target @param {number} map */
  #lightPointed({ tensor, channel, at }, map) {
    if (tensor === "input" || tensor === "source") {
      const places = this.look.readers(channel, at);
      this.#light(this.cell("input", channel, at), "is-pointed");
      if (this.scene.readable) for (const { map, at } of places) this.#light(this.cell("output", map, at), "is-lit");
      else if (places.length) this.#markReach(places);
    }
    if (tensor === "kernel" || tensor === "weights") {
      const first = this.scene.firstChannel[map];
      for (const cell of this.look.partners(at)) this.#light(this.cell("input", first + channel, cell), "is-lit");
      for (const each of ["kernel", "weights"]) this.#light(this.cell(each, channel, at), "is-pointed");
    }
  }

  /** Frame places of output pictures. @param {Place[]} places */
  #markReach(places) {
    const [first, last] = [places[0].at, /** @type {Place} */ (places.at(-1)).at];
    const box = { row: first[1], column: first[2], rows: last[1] - first[1] + 1, columns: last[2] - first[2] + 1 };
    for (const picture of this.pictures) if (picture.spec.tensor === "output") picture.place(picture.reach, box);
  }

  // ---- What stands where

  /** The value that a tap reads, as text. @param {Tap} tap */
  valueText({ channel, cell: [depth, row, column], cell }) {
    if (this.scene.readable) return this.panel("input", channel, depth)?.text(row, column) ?? "0";
    if (!this.look.isData(cell)) return "0";
    const [d, h, w] = this.look.axes;
    return numberText(this.values.input[((channel * d.size + depth) * h.size + row) * w.size + column], WINDOW_DIGITS);
  }

  /** An output as text. @param {Place} place */
  outputText(place) {
    if (this.scene.readable) return this.cell("output", place.map, place.at)?.textContent ?? "";
    return numberText(this.values.output[this.look.step(place)]);
  }

  /** What a pointer event is over, while output map `map` plays. @param {Event} event @param {number} map @returns {Target|null} */
  target(event, map) {
    const node = /** @type {HTMLElement} */ (event.target);
    const picture = this.pictures.find(({ canvas }) => canvas === node);
    if (picture) {
      const { tensor, channels } = picture.spec;
      const [row, column] = picture.pixel(/** @type {PointerEvent} */ (event));
      const channel = tensor === "output" && channels.includes(map) ? map : channels[0];
      return { tensor, channel, at: [Math.max(0, picture.depth), row, column] };
    }
    const cell = /** @type {HTMLElement|null} */ (node.closest?.(".cv-cell"));
    if (!cell || cell.dataset.kind === "gap" || cell.dataset.panel === "bias") return null;
    const { panel, channel, depth, row, col } = cell.dataset;
    return { tensor: /** @type {string} */ (panel), channel: Number(channel), at: [Number(depth ?? 0), Number(row), Number(col)] };
  }

  /** The cell that arrows reach from the pointed one, over the edge the next panel's. @param {string} tensor @param {Target|null} from @param {number[]} move @returns {Target} */
  beside(tensor, from, move) {
    const panels = this.of(tensor);
    const whole = (/** @type {number[]} */ indices) => indices.filter((i) => Number.isInteger(i));
    const here = (from && this.panel(tensor, from.channel, from.at[0])) || panels[0];
    const [ys, xs] = [whole([...here.spec.rows]), whole([...here.spec.columns])];
    const y = from ? ys.indexOf(from.at[1]) + move[0] : 0;
    const x = from ? xs.indexOf(from.at[2]) + move[1] : 0;
    const over = y < 0 ? panels[panels.indexOf(here) - 1] : y >= ys.length ? panels[panels.indexOf(here) + 1] : undefined;
    const clamp = (/** @type {number} */ i, /** @type {number[]} */ all) => all[Math.max(0, Math.min(all.length - 1, i))];
    const row = over ? (y < 0 ? ys[ys.length - 1] : ys[0]) : clamp(y, ys);
    const { channel, depth } = (over ?? here).spec;
    return { tensor, channel, at: [depth ?? 0, row, clamp(x, xs)] };
  }
}
