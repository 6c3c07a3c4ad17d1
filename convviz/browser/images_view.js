// @ts-check
/** The input and the output as images, with the pixels under the window magnified. */

import { Board } from "./board.js";
import { say } from "./language.js";
import { roundTenths } from "./layout.js";
import { EM } from "./metrics.js";
import { numberText, widestOf } from "./numbers.js";
import { TensorImage } from "./image.js";
import { Panel } from "./panel.js";
import { SPEEDS, STEPS_PER_SECOND } from "./playback.js";

/** @import { Lookup } from "./lookup.js" */
/** @import { PanelMessage, Rectangle, Tensor } from "./types.js" */
/** @import { ImageValues, Place, ShownStep, Space, Tap, Target, View } from "./types.js" */

const DIGITS = 5; // of an input value under the window
const LEAST_CHARACTERS = 5; // of a cell under the window
const MOST_NUMBERS = 9; // rows or columns of a kernel whose numbers are shown
const SAMPLE = 500; // input values that tell how wide their texts are
const FONT = { normal: 12, large: 15 }; // pixels
const LEAST_FONT_OF = { numbers: 8, colours: 3 }; // pixels; in cells without numbers the colours remain
const SECONDS = 40; // that all steps should take at most

/** @implements {View} */
export class ImagesView extends Board {
  /** @param {Lookup} lookup */
  constructor(lookup) {
    super(lookup, "is-images");
    this.countsReads = false;
    /** @type {TensorImage[]} */
    this.images = [];
    /** @type {Panel[]} */
    this.windowPanels = []; // what is magnified, a panel for each slice of the kernel
    /** @type {ImageValues} */
    this.values = { input: new Float32Array(0), output: new Float32Array(0) };
  }

  /** @param {Lookup} lookup @param {ImageValues} values */
  fill(lookup, values) {
    this.fillBoard(lookup);
    this.values = values;
    this.#fillImages();
    this.#makeWindow();
  }

  #fillImages() {
    const { images, valueRanges } = this.scene;
    while (this.images.length > images.length) this.images.pop()?.root.remove();
    while (this.images.length < images.length) this.images.push(new TensorImage());
    const [depth] = this.lookup.axes;
    images.forEach((message, n) => {
      const { tensor } = message;
      const slices = tensor === "input" ? depth.size : depth.output;
      this.images[n].fill(message, this.values[tensor], valueRanges[tensor] ?? [0, 1], slices);
      this.columns[tensor].panels.append(this.images[n].root);
    });
  }

  #makeWindow() {
    const count = this.scene.groupChannels * this.lookup.axes[0].kernel;
    while (this.windowPanels.length > count) this.windowPanels.pop()?.root.remove();
    while (this.windowPanels.length < count) this.windowPanels.push(new Panel());
    this.columns.kernel.panels.prepend(...this.windowPanels.map((panel) => panel.root));
  }

  /** @param {Tensor} tensor */
  #imagesOf(tensor) {
    return this.images.filter((image) => image.message.tensor === tensor);
  }

  /** So fast that all steps take no longer than a reader waits. */
  startSpeed() {
    const { steps } = this.scene;
    return SPEEDS.find((speed) => steps / (speed * STEPS_PER_SECOND) < SECONDS) ?? SPEEDS[SPEEDS.length - 1];
  }

  showReads() {}

  // ---- Layout

  /** Images share what the window and the kernel between them leave. @param {Space} space */
  fit(space) {
    const base = space.large ? FONT.large : FONT.normal;
    const magnified = this.#measureWindow(space.width, base);
    const left = space.width - magnified.width - 2 * EM.tensor_gap_across * base;
    const side = Math.min(left / 2, window.innerHeight * (space.large ? 0.7 : 0.48));
    this.root.style.fontSize = `${base}px`;
    this.#fitWindow(magnified, base);
    for (const tensor of /** @type {const} */ (["input", "output"])) this.#fitImages(tensor, side);
    this.enter(space);
    this.root.style.minHeight = "0";
    this.keepHeight(this.root.offsetHeight);
  }

  /** @param {Tensor} tensor @param {number} side pixels that one image may have */
  #fitImages(tensor, side) {
    const images = this.#imagesOf(tensor);
    const across = Math.min(side < 300 ? 1 : 2, images.length);
    const down = Math.ceil(images.length / across);
    this.columns[tensor].panels.style.gridTemplateColumns = `repeat(${across}, max-content)`;
    for (const { host, message } of images) {
      const upright = Math.min(1, message.width / message.height);
      host.style.width = `${Math.max(60, Math.floor((side * upright) / Math.max(across, 0.7 * down)))}px`;
    }
  }

  /** Several windows stand in one column, their weights in the next. */
  get #paired() {
    return this.windowPanels.length > 1;
  }

  /** @param {{cell: number, font: number, tiny: boolean}} magnified @param {number} base */
  #fitWindow({ cell, font, tiny }, base) {
    const { root, panels } = this.columns.kernel;
    root.classList.toggle("is-tiny", tiny);
    root.style.setProperty("--cv-cell-width", `${cell}em`);
    panels.style.fontSize = `${font / base}em`;
    panels.style.gridTemplateRows = this.#paired ? `repeat(${this.windowPanels.length}, max-content)` : "";
    panels.style.gridAutoFlow = this.#paired ? "column" : "";
  }

  /**
   * The cells of the window and of the kernel, in em, their font and their width in pixels: so large
   * that their numbers fit, as far as there is room; without them where there are too many to read.
   * @param {number} width @param {number} base pixels
   */
  #measureWindow(width, base) {
    const [, high, wide] = this.lookup.axes;
    const tiny = Math.max(high.kernel, wide.kernel) > MOST_NUMBERS;
    const characters = widestOf(this.#windowTexts(), LEAST_CHARACTERS);
    const cell = tiny ? EM.cell_height : roundTenths(0.62 * characters + 0.7);
    const columns = (this.#paired ? 2 : 1) * (wide.kernel * (cell + EM.cell_gap) + EM.panel_gap_across);
    const rows = 2 * high.kernel * (EM.cell_height + EM.cell_gap);
    const fitting = Math.min(base, (0.42 * width) / columns, (0.6 * window.innerHeight) / rows);
    const font = Math.max(tiny ? LEAST_FONT_OF.colours : LEAST_FONT_OF.numbers, fitting);
    return { cell, font, tiny, width: columns * font };
  }

  /** Texts as wide as those under the window will be. */
  #windowTexts() {
    const { input } = this.values;
    const some = input.filter((_, n) => n % Math.ceil(input.length / SAMPLE) === 0);
    const values = [...some].map((value) => numberText(value, DIGITS));
    return [...values, ...Object.values(this.scene.kernelTexts).flat(2)];
  }

  // ---- Drawing

  /** @override @param {ShownStep} shown */
  draw(shown) {
    this.lighting.clear(); // the cells of the window are filled anew
    super.draw(shown);
  }

  /** @override @param {ShownStep} shown */
  drawStep({ step, place, taps, pointed }) {
    const reached = pointed ? step : this.lookup.step(place);
    const { map } = this.lookup.place(step); // whoever points elsewhere finds the same images
    this.#bring("output", [map]);
    this.#bring("input", this.#channelsOf(map));
    for (const image of this.#imagesOf("input")) this.#drawInput(image, place);
    for (const image of this.#imagesOf("output")) this.#drawOutput(image, place, reached);
    for (const image of this.images) image.outlineReaders(null);
    this.#magnify(taps);
  }

  /** The input channels that an output map reads. @param {number} map */
  #channelsOf(map) {
    const { firstChannel, groupChannels } = this.scene;
    return [...Array(groupChannels).keys()].map((within) => firstChannel[map] + within);
  }

  /**
   * Have a channel drawn that plays: where no image shows any of these, the last shows their first.
   * @param {"input"|"output"} tensor @param {number[]} channels
   */
  #bring(tensor, channels) {
    const messages = this.scene.images.filter((message) => message.tensor === tensor);
    const last = messages[messages.length - 1];
    const isThere = messages.some((message) => message.channels.some((each) => channels.includes(each)));
    const count = (tensor === "input" ? this.scene.channels : this.scene.maps) - messages.length;
    const title = say(`board.image_of_${tensor}`, { number: channels[0], count });
    this.#imagesOf(tensor)[messages.length - 1].show(isThere ? last : { ...last, channels: [channels[0]], title });
  }

  /** The slice in the middle of the window. @param {TensorImage} image @param {Place} place */
  #drawInput(image, place) {
    const [deep, high, wide] = this.lookup.axes;
    image.draw(deep.table[place.at[0]][Math.floor(deep.kernel / 2)], () => high.size * wide.size);
    const channels = this.#channelsOf(place.map);
    const isRead = image.message.channels.some((channel) => channels.includes(channel));
    image.outlineWindow(isRead ? this.lookup.window(place) : null);
  }

  /** @param {TensorImage} image @param {Place} place @param {number} reached the last step to draw */
  #drawOutput(image, { map, at: [d, h, w] }, reached) {
    const [deep, high, wide] = this.lookup.axes;
    const area = high.output * wide.output;
    image.draw(d, (channel) => Math.max(0, Math.min(area, reached + 1 - (channel * deep.output + d) * area)));
    const mine = image.message.channels.includes(map);
    image.outlineWindow(mine ? { row: h, column: w, rows: 1, columns: 1 } : null);
  }

  /** The pixels under the window, with their numbers. @param {Tap[]} taps */
  #magnify(taps) {
    const [, high, wide] = this.lookup.axes;
    const size = high.kernel * wide.kernel;
    this.windowPanels.forEach((panel, n) => {
      const slice = taps.slice(n * size, (n + 1) * size);
      panel.fill(this.#windowMessage(slice), this.lookup.deep);
      slice.forEach((tap, i) => {
        const { dataset } = panel.cells[i];
        [dataset.channel, dataset.row, dataset.col] = [tap.channel, tap.cell[1], tap.cell[2]].map(String);
        this.lighting.light(panel.cells[i], `is-tap cv-tint ${this.lookup.weightClass(tap)}`);
      });
    });
  }

  /** @param {Tap[]} taps of one slice @returns {PanelMessage} */
  #windowMessage(taps) {
    const [, high, wide] = this.lookup.axes;
    const [{ channel, cell: [depth] }] = taps;
    return {
      tensor: "input", channel, depth: this.lookup.deep ? depth : null, group: null,
      title: this.#windowTitle(channel, depth),
      rows: [...Array(high.kernel).keys()], columns: [...Array(wide.kernel).keys()],
      kinds: taps.map((tap) => this.lookup.letter(tap.cell)).join(""),
      texts: taps.map((tap) => this.valueText(tap)),
      reads: [], flags: "",
    };
  }

  /** @param {number} channel @param {number} depth */
  #windowTitle(channel, depth) {
    const parts = [
      this.scene.channels > 1 ? say("board.channel", { channel }) : "",
      this.lookup.deep ? say("board.depth", { depth }) : "",
    ];
    return [say("board.window"), ...parts.filter(Boolean)].join(", ");
  }

  /** @override @param {Place[]} places */
  showReaders(places) {
    if (!places.length) return;
    const [{ at: [, top, left] }, { at: [, bottom, right] }] = [places[0], places[places.length - 1]];
    /** @type {Rectangle} */
    const all = { row: top, column: left, rows: bottom - top + 1, columns: right - left + 1 };
    for (const image of this.#imagesOf("output")) image.outlineReaders(all);
  }

  // ---- What is where

  /** @override @param {Event} event @param {number} map @returns {Target|null} */
  target(event, map) {
    const image = this.images.find(({ canvas }) => canvas === event.target);
    if (!image || !(event instanceof MouseEvent)) return super.target(event, map);
    const { tensor, channels } = image.message;
    const channel = tensor === "output" && channels.includes(map) ? map : channels[0];
    return { tensor, channel, at: [Math.max(0, image.depth), ...image.pixel(event)] };
  }

  /** No key moves among pixels. @returns {null} */
  adjacent() {
    return null;
  }

  /** @param {Tap} tap */
  valueText({ channel, cell }) {
    if (!this.lookup.isData(cell)) return "0";
    return numberText(this.values.input[this.lookup.index(channel, cell, "size")], DIGITS);
  }

  /** @param {Place} place */
  outputText(place) {
    return numberText(this.values.output[this.lookup.step(place)]);
  }
}
