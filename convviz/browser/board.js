// @ts-check
/**
 * Input, kernel and output, each with its title and panels: what a view shares with others that show a
 * scene by its three tensors. The kernel is where the sum is made: over each weight stands what it
 * multiplies, once it has been added. How such a view draws the input and the output, and how it lays
 * all out, it adds itself.
 */

import { element, OWN_KEYS, write } from "./dom.js";
import { say } from "./language.js";
import { Lighting } from "./lighting.js";
import { panelKey } from "./lookup.js";
import { roomFor, wholeText, writeNumber } from "./numbers.js";
import { Panel, setFlag } from "./panel.js";

/** @import { Shape } from "./layout.js" */
/** @import { Lookup } from "./lookup.js" */
/** @import { NumberEdit, PanelMessage, PanelTensor, Tensor } from "./types.js" */
/** @import { Place, ShownStep, Tap, Target } from "./types.js" */

/** @type {Tensor[]} */
export const TENSORS = ["input", "kernel", "output"];
/**
 * With which of them a panel stands: what was quantized stands with what came of it.
 * @type {Record<PanelTensor, Tensor>}
 */
const COLUMN_OF = {
  input: "input", source: "input", kernel: "kernel", weights: "kernel", output: "output",
};
/** @type {PanelTensor[]} */
const INPUTS = ["input", "source"];
/** @type {PanelTensor[]} */
const KERNELS = ["kernel", "weights"];

/** What opens and shuts the formulas of the output's sizes; a stage listens. */
export const FORMULAS = "convviz-formulas";

/** @typedef {{root: HTMLElement, title: HTMLElement, panels: HTMLElement}} Column  one tensor's part */

export class Board {
  /** @param {Lookup} lookup @param {string} className */
  constructor(lookup, className) {
    this.lookup = lookup;
    this.root = element("div", `cv-board ${className}`);
    /** @type {Record<Tensor, Column>} */
    this.columns = { input: column("input"), kernel: column("kernel"), output: column("output") };
    this.work = element("div", "cv-work"); // the kernel, and the sum that is made there
    this.work.append(this.columns.kernel.root);
    this.root.append(this.columns.input.root, this.work, this.columns.output.root);
    this.bias = element("div", "cv-cell", { "data-panel": "bias" });
    this.biasRow = element("div", "cv-bias-row", {}, say("board.bias"));
    this.biasRow.append(this.bias);
    this.columns.kernel.root.append(this.biasRow);
    this.formulas = element("div", "cv-formulas", { hidden: "" });
    this.columns.output.title.after(this.formulas);
    this.sizes = this.#sizesButton();
    this.counts = false; // whether the input shows how many windows read each cell
    this.limits = { input: Infinity, kernel: Infinity, output: Infinity }; // characters in a cell
    this.lighting = new Lighting();
    /** @type {Panel[]} */
    this.panels = [];
    /** @type {Map<string, Panel>} */
    this.byKey = new Map();
    this.map = -1; // whose weights the kernel's panels show
  }

  /** The sizes in the output's title, which open the formulas that make them. */
  #sizesButton() {
    const attributes = { type: "button", "aria-expanded": "false", title: say("board.formulas"), ...OWN_KEYS };
    const button = element("button", "cv-sizes", attributes);
    button.addEventListener("click", () => button.dispatchEvent(new CustomEvent(FORMULAS, { bubbles: true })));
    this.columns.output.title.append(button);
    return button;
  }

  get scene() {
    return this.lookup.scene;
  }

  /** Where the sum and the legend stand. */
  get places() {
    return { sum: this.work, facts: this.columns.input.root };
  }

  /** Take up a scene: its titles and its panels. @param {Lookup} lookup */
  fillBoard(lookup) {
    this.lookup = lookup;
    this.lighting.clear();
    for (const tensor of TENSORS) this.limits[tensor] = roomFor(this.textsOf(tensor));
    this.limits.kernel = Math.max(this.limits.kernel, this.limits.input); // which stands over the weights
    this.#showTitles();
    this.formulas.replaceChildren(...this.scene.formulas.map((words) => element("div", "", {}, words)));
    this.#fillPanels(this.scene.panels);
    this.byKey = new Map(this.panels.map((panel) => {
      const { tensor, channel, depth } = panel.message;
      return [panelKey(tensor, channel, depth ?? 0), panel];
    }));
    this.map = -1;
  }

  #showTitles() {
    const { titles } = this.scene;
    write(this.columns.input.title, this.counts ? say("board.reads", { title: titles.input }) : titles.input);
    write(this.columns.kernel.title, titles.kernel);
    write(this.sizes, titles.output);
  }

  /** Show how many windows read each input cell, or the values again. @param {boolean} on */
  showReads(on) {
    this.counts = on;
    this.#showTitles();
  }

  /** Show how the output's sizes come about, or no longer. @param {boolean} on */
  showFormulas(on) {
    this.formulas.hidden = !on;
    this.sizes.setAttribute("aria-expanded", String(on));
  }

  /** The panels of a tensor, and of what it was quantized from. @param {Tensor} tensor */
  messagesOf(tensor) {
    return this.scene.panels.filter((message) => COLUMN_OF[message.tensor] === tensor);
  }

  /** Every text that a tensor's cells can show. @param {Tensor} tensor */
  textsOf(tensor) {
    const texts = this.messagesOf(tensor).flatMap((message) => message.texts);
    return tensor === "kernel" ? Object.values(this.scene.kernelTexts).flat(2) : texts;
  }

  /** @param {PanelMessage[]} messages */
  #fillPanels(messages) {
    while (this.panels.length > messages.length) this.panels.pop()?.root.remove();
    while (this.panels.length < messages.length) this.panels.push(new Panel());
    /** @type {Map<Element, Element>} */
    const placed = new Map(); // by column, the panel that was put there last
    messages.forEach((message, n) => {
      const { root } = this.panels[n];
      this.panels[n].fill(message, this.lookup.deep, this.limits[COLUMN_OF[message.tensor]]);
      const home = this.columns[COLUMN_OF[message.tensor]].panels;
      const before = placed.get(home);
      const next = before ? before.nextSibling : home.firstChild;
      if (next !== root) home.insertBefore(root, next); // also where it came from another column
      placed.set(home, root);
    });
  }

  /** The panels of the input, before and after quantizing. */
  get inputPanels() {
    return this.panels.filter((panel) => INPUTS.includes(panel.message.tensor));
  }

  /** @param {PanelTensor} tensor */
  panelsOf(tensor) {
    return this.panels.filter((panel) => panel.message.tensor === tensor);
  }

  /** @param {PanelTensor} tensor @param {number} channel @param {number} depth */
  panel(tensor, channel, depth) {
    return this.byKey.get(panelKey(tensor, channel, depth));
  }

  /** The cell that shows an element, if there is one. @param {Target} target */
  cell({ tensor, channel, at: [depth, row, column] }) {
    return this.panel(tensor, channel, depth)?.cell(row, column);
  }

  /** The tile over its weight where a tap's value lands. @param {Tap} tap @returns {HTMLElement|undefined} */
  landing({ within, offset }) {
    const [depth, row, column] = offset;
    return this.panel("kernel", within, depth)?.valueTile(row, column);
  }

  /** @param {Tensor} tensor */
  focus(tensor) {
    this.columns[tensor].panels.focus();
  }

  // ---- The kernel of one output map

  /** Show the weights and the bias of an output map. @param {number} map */
  #showMap(map) {
    if (map === this.map) return;
    this.map = map;
    const { scene } = this;
    const { title, panels } = this.columns.kernel;
    if (scene.maps > 1) write(title, say("board.title_of_map", { title: scene.titles.kernel, map }));
    const band = scene.bands ? `cv-banded cv-g${Math.floor(map / scene.groupMaps) % scene.bands}` : "";
    panels.className = `cv-panels ${band}`;
    this.biasRow.hidden = !scene.biasTexts;
    this.biasRow.classList.toggle("is-added", scene.addsBias);
    if (scene.biasTexts) writeNumber(this.bias, scene.biasTexts[map], this.limits.output);
    this.bias.dataset.channel = String(map);
    for (const tensor of /** @type {const} */ (["kernel", "weights"])) this.#showWeights(tensor, map);
  }

  /** @param {"kernel"|"weights"} tensor @param {number} map */
  #showWeights(tensor, map) {
    const { kernelTexts, kernelFlags } = this.scene;
    const texts = kernelTexts[tensor]?.[map] ?? [];
    const flags = kernelFlags[map] ?? "";
    let n = 0;
    for (const { cells, message } of this.panelsOf(tensor))
      cells.forEach((cell, i) => {
        if (message.kinds[i] !== "d") return; // a gap
        writeNumber(cell, texts[n], this.limits.kernel);
        if (flags) setFlag(cell, flags[n]);
        n++;
      });
  }

  // ---- Lighting

  /**
   * Draw one step: what the view draws of it, the kernel's weights, and what is pointed at.
   * @param {ShownStep} shown
   */
  draw(shown) {
    this.#showMap(shown.place.map);
    this.showValues(shown);
    this.lighting.begin();
    this.drawStep(shown);
    for (const tap of shown.taps)
      for (const tensor of KERNELS)
        this.light(tensor, tap.within, tap.offset, `cv-tint ${this.lookup.weightClass(tap)}`);
    for (const tap of shown.adding ? shown.taps.slice(shown.adding.from, shown.adding.to) : [])
      this.#outline(tap, "is-adding");
    if (shown.hinted) this.#outline(shown.hinted, "is-hinted");
    if (shown.pointed) this.#lightPointed(shown.pointed, shown.place.map);
    this.lighting.show();
  }

  /** Show over each weight what it multiplies, where that has been added. @param {ShownStep} shown */
  showValues({ taps, landed, whole }) {
    const values = taps.map((tap, n) => (n < landed ? this.valueText(tap) : null));
    let n = 0;
    for (const panel of this.panelsOf("kernel")) {
      const count = panel.values.length - panel.message.kinds.split(".").length + 1; // without gaps
      panel.showValues(values.slice(n, (n += count)));
    }
    this.biasRow.classList.toggle("is-landed", whole);
  }

  /** The value that a tap reads, as text. @param {Tap} _tap @returns {string} */
  valueText(_tap) {
    throw new Error("a view says what its cells show");
  }

  /** Draw the input and the output at one step. @param {ShownStep} _shown */
  drawStep(_shown) {}

  /** Show which outputs read what is pointed at. @param {Place[]} _places */
  showReaders(_places) {}

  /**
   * Give the cell of an element classes for this step.
   * @param {PanelTensor} tensor @param {number} channel @param {number[]} at @param {string} classes
   */
  light(tensor, channel, at, classes) {
    this.lighting.light(this.cell({ tensor, channel, at }), classes);
  }

  /** Give both cells of a product a class. @param {Tap} tap @param {string} className */
  #outline({ channel, cell, within, offset }, className) {
    this.light("input", channel, cell, className);
    this.light("kernel", within, offset, className);
  }

  /**
   * Light what an input feeds, or what a weight of output map `map` multiplies.
   * @param {Target} target @param {number} map
   */
  #lightPointed({ tensor, channel, at }, map) {
    if (INPUTS.includes(tensor)) {
      this.light("input", channel, at, "is-pointed");
      this.showReaders(this.lookup.readers(channel, at));
    }
    if (KERNELS.includes(tensor)) {
      const first = this.scene.firstChannel[map];
      for (const cell of this.lookup.partners(at)) this.light("input", first + channel, cell, "is-lit");
      for (const each of KERNELS) this.light(each, channel, at, "is-pointed");
    }
  }

  // ---- Layout

  /** Have the tensors stand like this. @param {Shape} shape @param {boolean} sumBelow the kernel */
  arrange(shape, sumBelow) {
    this.root.dataset.shape = shape;
    this.work.classList.toggle("is-sum-below", sumBelow);
  }

  // ---- What is where

  /**
   * What an event points at, where it is a cell.
   * @param {Event} event @param {number} _map @returns {Target|null}
   */
  target(event, _map) {
    const cell = event.target instanceof Element ? event.target.closest(".cv-cell") : null;
    if (!(cell instanceof HTMLElement)) return null;
    const { panel, channel, depth, row, col, kind } = cell.dataset;
    if (kind === "gap" || panel === "bias") return null;
    const tensor = /** @type {PanelTensor} */ (panel);
    return { tensor, channel: Number(channel), at: [Number(depth ?? 0), Number(row), Number(col)] };
  }

  /**
   * Which number a cell of the kernel shows, if it can be edited; of int8, what it came from can.
   * @param {HTMLElement} cell @returns {NumberEdit|null}
   */
  numberAt(cell) {
    const { panel, channel, kind } = cell.dataset;
    const text = wholeText(cell);
    if (panel === "bias") return { tensor: "bias", index: Number(channel), text };
    const editable = this.scene.kernelTexts.weights ? "weights" : "kernel";
    if (panel !== editable || kind !== "data") return null;
    const first = Math.max(0, this.map) * this.scene.kernelTexts.kernel[0].length;
    return { tensor: "kernel", index: first + this.indexOf(cell, "kernel"), text };
  }

  /**
   * Where a cell's element lies in its tensor's memory.
   * @param {HTMLElement} cell @param {"size"|"kernel"} size
   */
  indexOf({ dataset: { channel, depth, row, col } }, size) {
    return this.lookup.index(Number(channel), [Number(depth ?? 0), Number(row), Number(col)], size);
  }
}

/** @param {Tensor} tensor @returns {Column} */
function column(tensor) {
  const title = element("div", "cv-title");
  const panels = element("div", "cv-panels", {
    tabindex: "0", role: "group", "data-tensor": tensor, ...OWN_KEYS,
    "aria-label": say("board.cells", { tensor: say(`tensor.${tensor}`) }),
  });
  const root = element("div", "cv-tensor", { "data-tensor": tensor });
  root.append(title, panels);
  return { root, title, panels };
}
