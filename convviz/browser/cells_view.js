// @ts-check
/** Every number in a cell of its own, with the window's frame over the input. */

import { Board, COLUMN_OF, TENSORS } from "./board.js";
import { say } from "./language.js";
import { cellWidth, planFor, widthOf } from "./layout.js";
import { EM } from "./metrics.js";
import { widestOf } from "./numbers.js";

/** @import { Plan, TensorSize } from "./layout.js" */
/** @import { Lookup } from "./lookup.js" */
/** @import { AxisMessage, Move, NumberEdit, PanelMessage, Place, Rectangle, ShownStep, Space, Tap, Target, Tensor, View } from "./types.js" */

const LEAST_FONT = 8; // pixels

/** @implements {View} */
export class CellsView extends Board {
  /** @param {Lookup} lookup */
  constructor(lookup) {
    super(lookup, "is-cells");
    this.countsReads = true;
    /** @type {HTMLElement[]} */
    this.outputs = []; // in memory order
    this.done = 0; // how many of them have been reached
    /** @type {Plan|null} */
    this.plan = null;
    this.shape = ""; // of what is laid out, and the space for it
    this.widest = [0, 0, 0]; // each tensor so far, in em
  }

  /** @param {Lookup} lookup */
  fill(lookup) {
    this.fillBoard(lookup);
    this.outputs = this.panelsOf("output").flatMap((panel) => panel.cells);
    this.done = 0;
    for (const cell of this.outputs) cell.classList.remove("is-done");
  }

  startSpeed() {
    return 1;
  }

  /** @param {boolean} on */
  showReads(on) {
    for (const panel of this.inputPanels) panel.showReads(on);
  }

  // ---- Layout

  /** @param {Space} space */
  fit(space) {
    this.enter(space);
    const sizes = TENSORS.map((tensor) => this.#measure(tensor, space.reserve));
    const shape = JSON.stringify([sizes.map(({ count }) => count), this.spaceKey]);
    const kept = shape === this.shape ? this.plan : null;
    if (!kept) this.widest = [0, 0, 0];
    this.shape = shape;
    const plan = planFor(sizes, { ...space, windowHeight: window.innerHeight }, kept);
    this.plan = { ...plan, font: kept ? Math.min(kept.font, plan.font) : plan.font };
    this.#apply(this.plan, sizes);
  }

  /** @param {Plan} plan @param {(TensorSize & {cell: number})[]} sizes */
  #apply({ font, height, columns, stacked }, sizes) {
    const pixels = Math.max(LEAST_FONT, Math.floor(font * 4) / 4);
    this.root.style.fontSize = `${pixels}px`;
    this.root.classList.toggle("is-stacked", stacked);
    this.keepHeight(height * pixels);
    TENSORS.forEach((tensor, n) => {
      const { root, panels } = this.columns[tensor];
      const { cell, count, heading, width } = sizes[n];
      const across = Math.min(count, columns[n]);
      this.widest[n] = Math.max(this.widest[n], heading, widthOf(across, width));
      root.style.setProperty("--cv-cell-width", `${cell}em`);
      root.style.minWidth = stacked && tensor === "output" ? "" : `${this.widest[n]}em`;
      panels.style.gridTemplateColumns = `repeat(${across}, max-content)`;
    });
  }

  /** The room that a tensor needs. @param {Tensor} tensor @param {number} reserve */
  #measure(tensor, reserve) {
    const { scene, lookup } = this;
    const messages = this.panels.map((panel) => panel.message).filter((each) => COLUMN_OF[each.tensor] === tensor);
    const [first] = messages;
    const texts = tensor === "kernel" ? Object.values(scene.kernelTexts).flat(2) : messages.flatMap((each) => each.texts);
    const cell = cellWidth(widestOf(texts, 1));
    const room = reserve && tensor !== "kernel" && messages.length === 1; // with many panels all room is needed
    const least = (/** @type {AxisMessage} */ axis) => (room ? axis.size + (tensor === "input" ? reserve : 0) : 0);
    const [, high, wide] = lookup.axes;
    const band = scene.bands ? EM.band_width + EM.band_padding : 0;
    const title = first.title ? EM.panel_title_height : 0;
    return {
      count: messages.length,
      cell,
      heading: EM.heading_character_width * this.#heading(tensor).length,
      width: band + Math.max(first.columns.length, least(wide)) * (cell + EM.cell_gap),
      height: Math.max(first.rows.length, least(high)) * (EM.cell_height + EM.cell_gap) + title + EM.panel_gap_down,
    };
  }

  /** The longest heading that a tensor can have. @param {Tensor} tensor */
  #heading(tensor) {
    const title = this.scene.titles[tensor];
    return tensor === "kernel" && this.scene.maps > 1 ? say("board.title_of_map", { title, map: "00" }) : title;
  }

  // ---- Drawing

  /** @override @param {ShownStep} shown */
  drawStep({ step, shown, place, taps }) {
    this.#markDone(step);
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

  /** The window's frames on one input panel: where it is, and where playing is or where it goes next. @param {PanelMessage} panel @param {Place} place @param {Place|null} ghost */
  #frames(panel, place, ghost) {
    const others = ghost ? [ghost] : this.#nextPlaces(place);
    const frames = others.map((each) => ({ place: each, className: ghost ? "is-ghost" : "is-next" }));
    return [...frames, { place, className: "is-window" }]
      .filter((frame) => this.#reads(frame.place, panel))
      .map((frame) => ({ ...this.#window(frame.place), className: frame.className }));
  }

  /** Whether an output reads an input panel. @param {Place} place @param {PanelMessage} panel */
  #reads({ map, at }, { channel, depth }) {
    const { firstChannel, groupChannels } = this.scene;
    const within = channel - firstChannel[map];
    return within >= 0 && within < groupChannels && this.lookup.axes[0].table[at[0]].includes(depth ?? 0);
  }

  /** @param {Place} place @returns {Rectangle} */
  #window({ at: [, h, w] }) {
    const [, high, wide] = this.lookup.axes;
    return { row: high.table[h][0], column: wide.table[w][0], rows: high.effectiveKernel, columns: wide.effectiveKernel };
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
    return kind === "data" ? { tensor: "input", index: this.indexOf(cell, "size"), text: cell.textContent ?? "" } : null;
  }

  /** The cell in the direction of an arrow, over the edge the next panel's. @param {Tensor} tensor @param {Target|null} from @param {Move} move @returns {Target} */
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

  /** @param {Tap} tap */
  valueText({ channel, cell: [depth, row, column] }) {
    return this.panel("input", channel, depth)?.text(row, column) ?? "0";
  }

  /** @param {Place} place */
  outputText({ map, at }) {
    return this.cell({ tensor: "output", channel: map, at })?.textContent ?? "";
  }
}

/** @param {number[]} indices @param {number} n */
function nearest(indices, n) {
  return indices[Math.max(0, Math.min(indices.length - 1, n))];
}
