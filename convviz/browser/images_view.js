// @ts-check
/** The input and the output as images, with the pixels under the window magnified over the weights. */

import { Board } from "./board.js";
import { roundTenths } from "./layout.js";
import { EM } from "./metrics.js";
import { numberText, widestOf } from "./numbers.js";
import { setClass } from "./dom.js";
import { TensorImage } from "./image.js";
import { KINDS } from "./panel.js";
import { PictureSums } from "./picture_sums.js";
import { SPEEDS, STEPS_PER_SECOND } from "./playback.js";

/** @import { Area } from "./layout.js" */
/** @import { Lookup } from "./lookup.js" */
/** @import { Rectangle } from "./types.js" */
/** @import { ImageValues, Place, ShownStep, Space, Tap, Target, View } from "./types.js" */

const DIGITS = 5; // of an input value under the window
const LEAST_CHARACTERS = 5; // of a cell under the window
const MOST_NUMBERS = 9; // rows or columns of a kernel whose numbers are shown
const SAMPLE = 500; // input values that tell how wide their texts are
const FONT = { normal: 12, most: 26 }; // pixels
const NARROW = 620; // pixels, in which the output stands under the input
const LEAST_BESIDE = 160; // pixels of an input beside the kernel; where less is left, the kernel stands under it
const LEAST_IMAGE = 60; // pixels
const KERNEL_WIDTH = 0.36; // of the width that the kernel may take
const COLUMNS = [1, 2, 3, 4, 6, 8]; // kernel panels side by side
const LEAST_FONT_OF = { numbers: 8, colours: 3 }; // pixels; in cells without numbers the colours remain
const NORMAL_ROOM = { width: 920, height: 360 }; // pixels up to which the font is the normal one
const TITLES = 3; // em, of an input's and an output's heading
const SECONDS = 40; // that all steps should take at most

/** @implements {View} */
export class ImagesView extends Board {
  /** @param {Lookup} lookup */
  constructor(lookup) {
    super(lookup, "is-images");
    this.countsReads = false;
    /** @type {TensorImage[]} */
    this.images = [];
    /** @type {ImageValues} */
    this.values = { input: new Float32Array(0), output: new Float32Array(0) };
  }

  /** No number is shortened. @override @returns {string[]} */
  textsOf() {
    return [];
  }

  /** @param {Lookup} lookup @param {ImageValues} values */
  fill(lookup, values) {
    this.fillBoard(lookup);
    this.values = values;
    lookup.sums = new PictureSums(lookup, values.input);
    this.#fillImages();
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

  /** @param {"input"|"output"} tensor */
  #imagesOf(tensor) {
    return this.images.filter((image) => image.message.tensor === tensor);
  }

  /** So fast that all steps take no longer than a reader waits. */
  startSpeed() {
    const { steps } = this.scene;
    return SPEEDS.find((speed) => steps / (speed * STEPS_PER_SECOND) < SECONDS) ?? SPEEDS[SPEEDS.length - 1];
  }

  /** @override Nobody counts in pixels. */
  showReads() {}

  // ---- Layout

  /** Images share what the kernel between them leaves. @param {Space} space */
  fit(space) {
    const growth = Math.min(space.height / NORMAL_ROOM.height, space.width / NORMAL_ROOM.width);
    const base = Math.min(FONT.most, FONT.normal * Math.max(1, growth));
    const kernel = this.#fitKernel(space, base);
    const [work, gap] = [Math.max(kernel, EM.sum_width * base), EM.tensor_gap_across * base];
    const beside = space.width - work - gap;
    const shape = space.width >= NARROW ? "row" : beside >= LEAST_BESIDE ? "stacked" : "tall";
    const room = {
      width: { row: (space.width - work - 2 * gap) / 2, stacked: beside, tall: space.width }[shape],
      height: space.height - TITLES * base,
    };
    this.root.style.fontSize = `${base}px`;
    this.arrange(shape, true);
    for (const tensor of /** @type {const} */ (["input", "output"])) this.#fitImages(tensor, room, base);
  }

  /** @param {"input"|"output"} tensor @param {Area} room pixels that all its images may have @param {number} base */
  #fitImages(tensor, room, base) {
    const images = this.#imagesOf(tensor);
    const across = Math.ceil(Math.sqrt(images.length));
    const down = Math.ceil(images.length / across);
    this.columns[tensor].panels.style.gridTemplateColumns = `repeat(${across}, max-content)`;
    const each = {
      width: room.width / across - EM.panel_gap_across * base,
      height: room.height / down - EM.panel_title_height * base,
    };
    for (const { host, message } of images) {
      const width = Math.min(each.width, (each.height * message.width) / message.height);
      host.style.width = `${Math.max(LEAST_IMAGE, Math.floor(width))}px`;
    }
  }

  /**
   * Make the kernel's cells so large that their numbers fit, as far as there is room; without numbers
   * where there are too many to read. Several slices stand in as many columns as leave them largest.
   * @param {Space} space @param {number} base pixels @returns {number} its width in pixels
   */
  #fitKernel(space, base) {
    const { root, panels } = this.columns.kernel;
    const [, high, wide] = this.lookup.axes;
    const tiny = Math.max(high.kernel, wide.kernel) > MOST_NUMBERS;
    const cell = tiny ? EM.tile_height : roundTenths(0.62 * widestOf(this.#windowTexts(), LEAST_CHARACTERS) + 0.7);
    const slices = this.panelsOf("kernel").length;
    const width = wide.kernel * (cell + EM.cell_gap);
    const height = high.kernel * (2 * EM.tile_height + EM.tile_gap) + EM.panel_title_height;
    const room = { width: Math.max(KERNEL_WIDTH * space.width, EM.sum_width * base), height: space.height };
    room.height -= (EM.sum_height + EM.heading_height) * base;
    const plans = COLUMNS.filter((columns) => columns <= slices).map((columns) => ({
      columns,
      font: Math.min(base, room.width / (columns * (width + EM.panel_gap_across)),
        room.height / (Math.ceil(slices / columns) * height)),
    }));
    const plan = plans.reduce((best, each) => (each.font > best.font ? each : best));
    const font = Math.max(tiny ? LEAST_FONT_OF.colours : LEAST_FONT_OF.numbers, plan.font);
    root.classList.toggle("is-tiny", tiny);
    root.style.setProperty("--cv-cell-width", `${cell}em`);
    panels.style.fontSize = `${font / base}em`;
    panels.style.gridTemplateColumns = `repeat(${plan.columns}, max-content)`;
    return plan.columns * (width + EM.panel_gap_across) * font;
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
  drawStep({ step, place, pointed, whole }) {
    const reached = (pointed ? step : this.lookup.step(place)) - (whole ? 0 : 1);
    for (const image of this.#imagesOf("input")) this.#drawInput(image, place);
    for (const image of this.#imagesOf("output")) this.#drawOutput(image, place, reached);
    for (const image of this.images) image.outlineReaders(null);
  }

  /** The input channels that an output map reads. @param {number} map */
  #channelsOf(map) {
    const { firstChannel, groupChannels } = this.scene;
    return [...Array(groupChannels).keys()].map((within) => firstChannel[map] + within);
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

  /** The pixels under the window, magnified: each says which one it is. @override @param {ShownStep} shown */
  showValues(shown) {
    super.showValues(shown);
    const { taps, landed } = shown;
    const tiles = this.panelsOf("kernel").flatMap((panel) => panel.values);
    taps.forEach((tap, n) => {
      const tile = tiles[n];
      const [depth, row, column] = tap.cell;
      const at = { channel: tap.channel, row, col: column, ...(this.lookup.deep ? { depth } : {}) };
      for (const [name, value] of Object.entries(at)) tile.dataset[name] = String(value);
      tile.dataset.panel = "input";
      tile.dataset.kind = KINDS[this.lookup.letter(tap.cell)];
      const tint = n < landed ? `is-tap cv-tint ${this.lookup.weightClass(tap)}` : "is-empty";
      setClass(tile, `cv-value cv-cell ${tint}`);
    });
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

  /** Where a pixel is: in its outline. @param {Target} target */
  where({ tensor, channel }) {
    const image = this.images.find(({ message }) => message.tensor === tensor && message.channels.includes(channel));
    return image?.window.hidden ? undefined : image?.window;
  }

  /** No key moves among pixels. @returns {null} */
  adjacent() {
    return null;
  }

  /** @override @param {Tap} tap */
  valueText({ channel, cell }) {
    if (!this.lookup.isData(cell)) return "0";
    return numberText(this.values.input[this.lookup.index(channel, cell, "size")], DIGITS);
  }

  /** @param {Place} place */
  outputText(place) {
    return numberText(this.values.output[this.lookup.step(place)]);
  }
}
