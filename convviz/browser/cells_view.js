// @ts-check
/** Every number in a cell of its own, with the window's frame over the input. */

import { Board, TENSORS } from "./board.js";
import { say } from "./language.js";
import { areaOf, cellWidth, LEAST_WHOLE, planFor, widthOf } from "./layout.js";
import { EM } from "./metrics.js";
import { wholeText } from "./numbers.js";

/** @import { Plan, TensorSize } from "./layout.js" */
/** @import { Lookup } from "./lookup.js" */
/** @import { NumberEdit, PanelMessage, Tensor } from "./types.js" */
/** @import { Move, Place, ShownStep, Space, Tap, Target, View } from "./types.js" */

const FORMULA_HEIGHT = 1.5; // em

/** @implements {View} */
export class CellsView extends Board {
  /** @param {Lookup} lookup */
  constructor(lookup) {
    super(lookup, "is-cells");
    this.countsReads = true;
    /** @type {HTMLElement[]} */
    this.outputs = []; // in memory order
    this.done = 0; // how many of them have been reached
    this.hiddenFrom = Infinity; // the first of them that is hidden
    this.pending = -1; // one that is coming about
    /** @type {Plan|null} */
    this.plan = null;
    this.laidOut = ""; // how many panels, and in which space
  }

  /** @param {Lookup} lookup */
  fill(lookup) {
    this.fillBoard(lookup);
    this.outputs = this.panelsOf("output").flatMap((panel) => panel.cells);
    this.done = 0;
    for (const cell of this.outputs) cell.classList.remove("is-done", "is-hidden", "is-asked");
    this.hiddenFrom = Infinity;
    this.pending = -1;
  }

  startSpeed() {
    return 1;
  }

  /** @override @param {boolean} on */
  showReads(on) {
    super.showReads(on);
    for (const panel of this.inputPanels) panel.showReads(on);
  }

  // ---- Layout

  /** @param {Space} space */
  fit(space) {
    const own = TENSORS.map((tensor) => this.#measure(tensor));
    const sizes = space.share?.(own) ?? own;
    const laidOut = JSON.stringify([sizes.map(({ count }) => count), Math.round(space.width / 40), space.height]);
    const kept = laidOut === this.laidOut ? this.plan : null;
    this.laidOut = laidOut;
    this.plan = planFor(sizes, space, kept);
    this.#apply(this.plan, space.share ? sizes : null);
  }

  /** @param {Plan} plan @param {TensorSize[]|null} common sizes that other stages have as well */
  #apply({ font, columns, shape, sumBelow }, common) {
    const pixels = Math.max(LEAST_WHOLE, Math.floor(font * 4) / 4);
    this.root.style.fontSize = `${pixels}px`;
    this.arrange(shape, sumBelow);
    TENSORS.forEach((tensor, n) => {
      const { root, panels } = this.columns[tensor];
      const across = Math.min(this.messagesOf(tensor).length, columns[n]);
      const most = common && Math.max(common[n].heading, widthOf(Math.min(common[n].count, columns[n]), common[n].width));
      root.style.setProperty("--cv-cell-width", `${this.#cellWidth(tensor)}em`);
      root.style.minWidth = most && tensor === "input" ? `${most}em` : ""; // so that outputs stand in line
      root.style.minHeight = common && tensor !== "output" ? `${areaOf(common[n], columns[n]).height}em` : "";
      panels.style.gridTemplateColumns = `repeat(${across}, max-content)`;
    });
  }

  /** @param {Tensor} tensor */
  #cellWidth(tensor) {
    return Math.max(cellWidth(this.limits[tensor]), tensor === "kernel" ? EM.least_tile_width : 0);
  }

  /** The room that a tensor needs. @param {Tensor} tensor */
  #measure(tensor) {
    const { scene } = this;
    const messages = this.messagesOf(tensor);
    const [{ title, rows, columns }] = messages;
    const cell = this.#cellWidth(tensor);
    const band = scene.bands ? EM.band_width + EM.band_padding : 0;
    const rowHeight = tensor === "kernel" ? 2 * EM.tile_height + EM.tile_gap : EM.cell_height + EM.cell_gap;
    return {
      count: messages.length,
      heading: EM.heading_character_width * this.#heading(tensor).length,
      width: band + Math.max(columns.length * (cell + EM.cell_gap), EM.heading_character_width * longestTitle(messages)),
      height: rows.length * rowHeight + (title ? EM.panel_title_height : 0) + EM.panel_gap_down,
      under: this.#under(tensor),
    };
  }

  /** The height of what stands under a tensor's panels, or over them. @param {Tensor} tensor */
  #under(tensor) {
    const { scene, formulas } = this;
    if (tensor === "kernel") return scene.biasTexts ? EM.cell_height + EM.panel_gap_down : 0;
    if (tensor === "output") return formulas.hidden ? 0 : FORMULA_HEIGHT * scene.formulas.length;
    return 0;
  }

  /** The longest heading that a tensor can have. @param {Tensor} tensor */
  #heading(tensor) {
    const title = this.scene.titles[tensor];
    if (tensor !== "kernel" || this.scene.maps === 1) return title;
    return say("board.title_of_map", { title, map: "00" });
  }

  // ---- Drawing

  /** @override @param {ShownStep} shown */
  drawStep({ step, shown, place, taps, hiddenFrom, pending, asked }) {
    this.#markDone(step);
    this.#hide(hiddenFrom, pending || asked ? step : -1, asked ? "?" : "");
    for (const tap of taps)
      for (const tensor of /** @type {const} */ (["input", "source"]))
        this.light(tensor, tap.channel, tap.cell, `is-tap cv-tint ${this.lookup.weightClass(tap)}`);
    this.light("output", place.map, place.at, "is-current");
    const ghost = shown === step ? null : this.lookup.place(step);
    if (ghost) this.light("output", ghost.map, ghost.at, "is-ghost");
    for (const panel of this.inputPanels) panel.frame(this.#frames(panel.message, place, ghost));
  }

  /** @param {number} step */
  #markDone(step) {
    for (let n = this.done; n < step; n++) this.outputs[n]?.classList.add("is-done");
    for (let n = step; n < this.done; n++) this.outputs[n]?.classList.remove("is-done");
    this.done = step;
  }

  /**
   * Empty the outputs that a reader has yet to see, and the one that is coming about.
   * @param {number} from @param {number} pending  -1 for none @param {string} mark  what that one shows
   */
  #hide(from, pending, mark) {
    const least = Math.min(from, this.hiddenFrom);
    const most = Math.min(this.outputs.length, Math.max(from, this.hiddenFrom));
    const changed = Array.from({ length: Math.max(0, most - least) }, (_, n) => least + n);
    this.hiddenFrom = from;
    for (const n of new Set([...changed, this.pending, pending])) {
      const cell = this.outputs[n];
      if (!cell) continue;
      const hidden = n >= from || n === pending;
      cell.classList.toggle("is-hidden", hidden);
      cell.classList.toggle("is-asked", n === pending && mark !== "");
      this.#writeOutput(n, hidden ? (n === pending ? mark : "") : null);
    }
    this.pending = pending;
  }

  /** Write into an output's cell, or its own number. @param {number} n @param {string|null} text */
  #writeOutput(n, text) {
    const { at, map } = this.lookup.place(n);
    this.panel("output", map, at[0])?.writeCell(at[1], at[2], text);
  }

  /**
   * The window's frames on one input panel: where it is, and where playing is or where it goes next.
   * @param {PanelMessage} panel @param {Place} place @param {Place|null} ghost
   */
  #frames(panel, place, ghost) {
    const others = ghost ? [ghost] : this.#nextPlaces(place);
    const frames = others.map((each) => ({ place: each, className: ghost ? "is-ghost" : "is-next" }));
    return [...frames, { place, className: "is-window" }]
      .filter((frame) => this.#reads(frame.place, panel))
      .map((frame) => ({ ...this.lookup.window(frame.place), className: frame.className }));
  }

  /** Whether an output reads an input panel. @param {Place} place @param {PanelMessage} panel */
  #reads({ map, at }, { channel, depth }) {
    const { firstChannel, groupChannels } = this.scene;
    const within = channel - firstChannel[map];
    return within >= 0 && within < groupChannels && this.lookup.axes[0].table[at[0]].includes(depth ?? 0);
  }

  /** Where the window goes from here: a column on, and a row on. @param {Place} place @returns {Place[]} */
  #nextPlaces({ map, at: [d, h, w] }) {
    const [, high, wide] = this.lookup.axes;
    return [
      ...(w + 1 < wide.output ? [{ map, at: [d, h, w + 1] }] : []),
      ...(h + 1 < high.output ? [{ map, at: [d, h + 1, w] }] : []),
    ];
  }

  /** @override @param {Place[]} places */
  showReaders(places) {
    for (const { map, at } of places) this.light("output", map, at, "is-lit");
  }

  // ---- What is where

  /** @override @param {HTMLElement} cell @returns {NumberEdit|null} */
  numberAt(cell) {
    const { panel, kind } = cell.dataset;
    const editable = panel === "source" || (panel === "input" && !this.scene.kernelTexts.weights);
    if (!editable) return super.numberAt(cell);
    if (kind !== "data") return null;
    return { tensor: "input", index: this.indexOf(cell, "size"), text: wholeText(cell) };
  }

  /**
   * The cell in the direction of an arrow, over the edge the next panel's.
   * @param {Tensor} tensor @param {Target|null} from @param {Move} move @returns {Target}
   */
  adjacent(tensor, from, [down, right]) {
    const panels = this.panelsOf(tensor);
    const here = (from && this.panel(tensor, from.channel, from.at[0])) || panels[0];
    const rows = here.message.rows.filter(Number.isInteger); // without gaps
    const columns = here.message.columns.filter(Number.isInteger);
    const y = from ? rows.indexOf(from.at[1]) + down : 0;
    const x = from ? columns.indexOf(from.at[2]) + right : 0;
    const beyond = y < 0 ? -1 : y >= rows.length ? 1 : 0;
    const next = beyond ? panels[panels.indexOf(here) + beyond] : undefined;
    const row = next ? (beyond < 0 ? rows.length - 1 : 0) : y;
    const { channel, depth } = (next ?? here).message;
    return { tensor, channel, at: [depth ?? 0, nearest(rows, row), nearest(columns, x)] };
  }

  /** @override @param {Tap} tap */
  valueText({ channel, cell: [depth, row, column] }) {
    return this.panel("input", channel, depth)?.text(row, column) ?? "0";
  }

  /** @param {Place} place */
  outputText({ map, at }) {
    return this.panel("output", map, at[0])?.text(at[1], at[2]) ?? "";
  }
}

/** @param {number[]} indices @param {number} n */
function nearest(indices, n) {
  return indices[Math.max(0, Math.min(indices.length - 1, n))];
}

/** @param {PanelMessage[]} panels @returns {number} characters */
function longestTitle(panels) {
  return Math.max(...panels.map(({ title }) => title.length));
}
