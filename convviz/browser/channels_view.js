// @ts-check
/**
 * A layer of many channels and maps: facts, a mosaic of the input's channels, the channels that add
 * most to the output, the map that plays, a mosaic of all maps, and what each channel adds.
 *
 * Its height does not grow with the layer. What each channel adds comes from Python, block by block
 * (blocks.js); while a layer plays nothing is asked for, and what is not here is said to be missing.
 */

import { ChannelRow } from "./channel_row.js";
import { ChannelSums, largestOfAll } from "./channel_sums.js";
import { ChannelsPointing } from "./channels_pointing.js";
import { element, OWN_KEYS } from "./dom.js";
import { say } from "./language.js";
import { LayerWords } from "./layer_words.js";
import { MapImage } from "./map_image.js";
import { Mosaic } from "./mosaic.js";
import { numberText } from "./numbers.js";
import { largestOf } from "./part_words.js";
import { PartsChart } from "./parts_chart.js";
import { SPEEDS, STEPS_PER_SECOND } from "./playback.js";
import { endsFor, greyShade, signedShade } from "./shades.js";

/** @import { Lookup } from "./lookup.js" */
/** @import { Parts } from "./parts_chart.js" */
/** @import { Ends } from "./shades.js" */
/** @import { ChannelsMessage, ImageValues, Move, PartsMessage, Place, ShownStep } from "./types.js" */
/** @import { Space, Tap, Target, Tensor, View, ViewActions } from "./types.js" */
/** @typedef {"input"|"output"} Shown  a tensor that is a mosaic */

const ROWS = 4; // channels that are shown as window × weights = product
const ROW_GAP = 5; // pixels
const WIDE = 640; // pixels, in which the three columns stand side by side
const COLUMN_GAP = 22; // pixels
const HEADS = { facts: 38, title: 22, chart: 68 }; // pixels
const CHART = { part: 0.2, least: 48, most: 150 }; // of the height; pixels
const INPUT_PART = 0.3; // of the width
const LEAST_INPUT = 190; // pixels, for the heading
const ROW_WORDS = 110; // pixels, of the signs and the label in a row
const USUAL_FONT = 12.5; // pixels
const USUAL_WIDTH = 880; // pixels, of a stage with letters of that size
const MOST_LARGER = 2; // times
const LEAST_BODY = 150; // pixels
const MAP_PART = 0.42; // of the output's width that the magnified map takes
const REST = 200; // milliseconds between one map that is asked for and the next
const SECONDS_TO_PLAY = 40; // that all steps of one map should take at most

/** @implements {View} */
export class ChannelsView {
  countsReads = false;
  sumsItself = true;
  leastHeight = 430; // pixels
  mosaics = { input: new Mosaic("input"), output: new Mosaic("output") };
  image = new MapImage();
  chart = new PartsChart();
  rows = Array.from({ length: ROWS }, () => new ChannelRow());
  painted = { input: -1, output: -1 }; // the depths of the mosaics' slices
  /** @type {ShownStep|null} */
  shown = null;
  /** @type {number|null} */
  chosen = null; // the channel that a reader has typed
  asked = -REST; // when a map was asked for last, in milliseconds

  /** @type {Ends|null} */
  ends = null; // of the colours; null before there is a layout

  /** @param {Lookup} lookup @param {ViewActions} actions */
  constructor(lookup, actions) {
    this.lookup = lookup;
    this.actions = actions;
    this.sums = new ChannelSums(lookup);
    this.pointing = new ChannelsPointing(this, this.sums);
    this.words = new LayerWords({
      map: (map) => this.goToMap(map),
      channel: (channel) => { this.chosen = channel; this.#redraw(); },
      sort: (on) => { this.chart.sorted = on; this.#redraw(); },
    });
    this.root = element("div", "cv-channels");
    this.body = element("div", "cv-layer-body");
    this.panels = { input: tiles("input"), output: tiles("output") };
    this.said = element("div", "cv-said");
    this.said.append(this.words.order);
    this.#build();
  }

  #build() {
    const { chart, image, mosaics, panels, words } = this;
    panels.input.append(mosaics.input.root);
    panels.output.append(image.root, mosaics.output.root);
    const input = element("section", "cv-tensor", { "data-tensor": "input" });
    input.append(words.input, panels.input);
    const four = element("section", "cv-four");
    four.append(words.four, ...this.rows.map((row) => row.root), words.share);
    const output = element("section", "cv-tensor", { "data-tensor": "output" });
    output.append(words.output, panels.output);
    this.body.append(input, four, output);
    const parts = element("section", "cv-parts");
    parts.append(words.heading, chart.root, words.legend);
    this.root.append(words.facts, this.body, parts, this.said);
  }

  get places() {
    return { sum: this.said, facts: this.said };
  }

  get scene() {
    return this.lookup.scene;
  }

  /** Whether the input's channels are the red, green and blue of one picture. */
  get #inColour() {
    return this.layer.inColour;
  }

  /** The tiles of some input channels. @param {number[]} channels */
  #tilesOf(channels) {
    return this.#inColour ? (channels.length ? [0] : []) : channels;
  }

  get layer() {
    return /** @type {ChannelsMessage} */ (this.scene.layer);
  }

  // ---- The scene

  /** @param {Lookup} lookup @param {ImageValues} values */
  fill(lookup, values) {
    this.lookup = lookup;
    this.sums.fill(lookup, values);
    this.shown = null;
    this.painted = { input: -1, output: -1 };
    const { channels, maps } = this.scene;
    const [depth, high, wide] = lookup.axes;
    const label = (/** @type {Shown} */ tensor, /** @type {number} */ count) =>
      say(`channels.mosaic.${tensor}`, { count });
    this.mosaics.input.fill(this.#inColour ? 1 : channels, high.size, wide.size, label("input", channels));
    this.mosaics.output.fill(maps, high.output, wide.output, label("output", maps));
    this.image.fill(high.output, wide.output, depth.output);
    if (this.chosen !== null && this.chosen >= channels) this.chosen = null;
    this.words.fill(this.scene);
  }

  /** Take up what each channel adds. @param {PartsMessage} where @param {DataView[]} buffers */
  take(where, buffers) {
    this.sums.blocks.take(where, buffers);
  }

  /** So fast that a map takes no longer than a reader waits. */
  startSpeed() {
    const steps = this.scene.steps / this.scene.maps;
    return SPEEDS.find((speed) => steps / (speed * STEPS_PER_SECOND) < SECONDS_TO_PLAY) ?? SPEEDS[SPEEDS.length - 1];
  }

  showReads() {}

  showFormulas() {}

  // ---- Layout

  /** @param {Space} space */
  fit({ width, height }) {
    const wide = width >= WIDE;
    this.root.classList.toggle("is-narrow", !wide);
    const larger = Math.max(1, Math.min(MOST_LARGER, height / this.leastHeight, width / USUAL_WIDTH));
    this.root.style.fontSize = `${larger * USUAL_FONT}px`;
    const heads = larger * (HEADS.facts + HEADS.title + HEADS.chart);
    const chart = Math.max(CHART.least, Math.min(CHART.most, CHART.part * height));
    const body = Math.max(LEAST_BODY, height - heads - chart);
    const column = wide ? (width - 2 * COLUMN_GAP) / 3 : width;
    this.#fitRows(column, body, larger);
    this.mosaics.input.fit({ width: wide ? INPUT_PART * width : width, height: body });
    const input = Math.max(LEAST_INPUT, this.mosaics.input.size.width);
    this.body.style.gridTemplateColumns = wide ? `${input}px max-content 1fr` : "100%";
    const four = this.body.children[1].clientWidth;
    this.#fitOutput(wide ? width - input - four - 2 * COLUMN_GAP : width, body);
    this.chart.fit(width, chart);
    this.painted = { input: -1, output: -1 };
    this.ends = endsFor(this.root);
    this.#redraw();
  }

  /** @param {number} width @param {number} height of the column @param {number} larger than usual letters */
  #fitRows(width, height, larger) {
    const [, high, wide] = this.lookup.axes;
    const room = (height - larger * HEADS.title - 12) / ROWS - ROW_GAP;
    const side = Math.min(room, (width - larger * ROW_WORDS) / 3);
    for (const row of this.rows) row.fit(high.kernel, wide.kernel, side);
  }

  /** The magnified map beside the mosaic of all, or over it. @param {number} width @param {number} height */
  #fitOutput(width, height) {
    const [, high, wide] = this.lookup.axes;
    const over = height > width; // a tall column
    this.panels.output.classList.toggle("is-tall", over);
    const room = over ? { width, height: MAP_PART * height } : { width: MAP_PART * width, height };
    const scale = Math.min(room.width / wide.output, room.height / high.output);
    this.image.fit(scale);
    const { width: across, height: down } = this.image.size;
    const rest = over ? { width, height: height - down - ROW_GAP } : { width: width - across - COLUMN_GAP / 2, height };
    this.mosaics.output.fit(rest);
  }

  // ---- Drawing

  #redraw() {
    if (this.shown) this.draw(this.shown);
  }

  /** @param {ShownStep} shown */
  draw(shown) {
    this.shown = shown;
    if (!this.ends) return; // not laid out yet
    const { place } = shown;
    const parts = this.sums.parts(place);
    const waits = parts ? "" : this.#ask(shown);
    const most = parts ? largestOf(parts.parts, ROWS) : [];
    const chosen = this.#chosenChannel(shown);
    const channels = withChosen(most, chosen);
    this.#drawMosaics(shown, channels, chosen);
    this.#drawMap(shown);
    const scales = this.#drawRows(place, parts, channels, chosen);
    if (parts) this.chart.show(parts, this.#counted(shown), chosen);
    else this.chart.clear();
    this.words.show({ place, parts, most, waits, scales, chosen, first: this.sums.first(place), lookup: this.lookup });
  }

  /** Have a block asked for, and say why it is not here. @param {ShownStep} shown */
  #ask({ shown }) {
    const { words, later } = this.actions.ask(shown);
    clearTimeout(this.asking);
    if (!later) return words;
    const wait = Math.max(0, this.asked + REST - performance.now());
    this.asking = setTimeout(() => { this.asked = performance.now(); later(); }, wait);
    return words;
  }

  /** The channel within the group that is pointed at, or that was typed; null for none. @param {ShownStep} shown */
  #chosenChannel({ pointed, place }) {
    const channel = pointed?.tensor === "input" ? pointed.channel : this.chosen;
    return channel === null ? null : this.sums.within(channel, place);
  }

  /** How many channels have been added, in slow motion. @param {ShownStep} shown */
  #counted({ landed, taps, whole }) {
    const { groupChannels } = this.scene;
    return whole ? groupChannels : Math.floor((landed / Math.max(1, taps.length)) * groupChannels);
  }

  // ---- Mosaics

  /** @param {ShownStep} shown @param {number[]} channels within the group @param {number|null} chosen */
  #drawMosaics({ place, pointed }, channels, chosen) {
    const { input, output } = this.mosaics;
    const [depth] = this.lookup.axes;
    this.#paint("input", this.sums.slice(place), depth.size);
    this.#paint("output", place.at[0], depth.output);
    const first = this.sums.first(place);
    const read = Array.from({ length: this.scene.groupChannels }, (_, n) => first + n);
    input.outline("dead", this.#inColour ? [] : this.layer.deadChannels);
    input.outline("most", this.#inColour ? [] : channels.map((within) => first + within));
    input.outlineWindow(this.lookup.window(place), this.#tilesOf(read));
    input.outline("pointed", chosen === null || this.#inColour ? [] : [first + chosen]);
    output.outline("dead", this.layer.deadMaps);
    output.outline("most", [place.map]);
    const readers = pointed?.tensor === "input" ? this.#readersOf(pointed) : null;
    output.outlineWindow(readers ?? { row: place.at[1], column: place.at[2], rows: 1, columns: 1 }, [place.map]);
  }

  /** The outputs of one map that read an input value. @param {Target} target */
  #readersOf({ at }) {
    const [, rows, columns] = this.lookup.axes.map((axis, n) =>
      axis.table.flatMap((cells, output) => (cells.includes(at[n]) ? [output] : [])));
    if (!rows.length || !columns.length) return null;
    const last = (/** @type {number[]} */ all) => all[all.length - 1] - all[0] + 1;
    return { row: rows[0], column: columns[0], rows: last(rows), columns: last(columns) };
  }

  /** @param {Shown} tensor @param {number} depth @param {number} slices of one channel */
  #paint(tensor, depth, slices) {
    if (this.painted[tensor] === depth) return;
    this.painted[tensor] = depth;
    const mosaic = this.mosaics[tensor];
    const area = mosaic.width * mosaic.height;
    const inside = depth >= 0 && depth < slices; // else a slice of padding
    const start = (/** @type {number} */ n) => (inside ? (n * slices + depth) * area : -1);
    const inColour = tensor === "input" && this.#inColour;
    mosaic.paint(this.sums.values[tensor], (n) => (inColour ? [0, 1, 2].map(start) : [start(n)]), this.#shade(tensor));
  }

  /** @param {Shown} tensor */
  #shade(tensor) {
    const { inputRange: [black, white], outputSize } = this.layer;
    return tensor === "input" ? greyShade(black, white) : signedShade(outputSize, this.#ends);
  }

  get #ends() {
    return /** @type {Ends} */ (this.ends);
  }

  /** The map that plays, as far as it has come; one that is pointed at is there. @param {ShownStep} shown */
  #drawMap({ step, shown, place, pointed }) {
    const [depth, high, wide] = this.lookup.axes;
    const area = high.output * wide.output;
    const start = (place.map * depth.output + place.at[0]) * area;
    const elsewhere = pointed?.tensor === "output" && this.lookup.place(step).map !== place.map;
    const reached = elsewhere ? area : Math.max(step, shown) + 1 - start;
    this.image.show(this.sums.values.output, start, this.#shade("output"), Math.max(0, Math.min(area, reached)));
    this.image.mark({ row: place.at[1], column: place.at[2], rows: 1, columns: 1 });
  }

  // ---- Four channels

  /**
   * @param {Place} place @param {Parts|null} parts
   * @param {number[]} channels within the group @param {number|null} chosen
   * @returns {{weights: number, products: number}} the magnitudes of the fullest colours
   */
  #drawRows(place, parts, channels, chosen) {
    for (const row of this.rows) row.root.classList.toggle("is-old", !parts);
    if (!parts) return { weights: 0, products: 0 };
    const found = channels.map((within) => this.sums.channel(place, parts, within));
    const weights = this.sums.largestWeight(place);
    const products = largestOfAll(found.flatMap(({ taps }) => taps.map(({ value, weight }) => value * weight)));
    const [black, white] = this.layer.inputRange;
    const shades = {
      input: greyShade(black, white),
      kernel: signedShade(weights, this.#ends),
      product: signedShade(products, this.#ends),
    };
    this.rows.forEach((row, n) => row.show(found[n] ?? null, shades, chosen !== null && channels[n] === chosen));
    return { weights, products };
  }

  // ---- What is where

  /** Go on in a map, at the same place. @param {number} map */
  goToMap(map) {
    const at = this.shown?.place.at ?? [0, 0, 0];
    this.actions.go(this.lookup.step({ map, at }));
  }

  /** @param {Event} event @param {number} map */
  target(event, map) {
    return this.pointing.target(event, map);
  }

  /** @param {Tensor} tensor @param {Target|null} from @param {Move} move */
  adjacent(tensor, from, move) {
    return this.pointing.adjacent(tensor, from, move);
  }

  /** @param {ShownStep} shown */
  sentence(shown) {
    return this.pointing.sentence(shown);
  }

  /** @param {ShownStep} shown */
  spoken(shown) {
    return this.pointing.spoken(shown);
  }

  /** @param {Target} target */
  cell({ tensor, channel, at: [depth, row, column] }) {
    const place = `[data-channel="${channel}"][data-depth="${depth}"][data-row="${row}"][data-col="${column}"]`;
    return /** @type {HTMLElement|undefined} */ (this.body.querySelector(`.cv-cell[data-panel="${tensor}"]${place}`) ?? undefined);
  }

  /** Nothing flies among hundreds of channels. @returns {undefined} */
  landing() {
    return undefined;
  }

  /** Its numbers are set in code. @returns {null} */
  numberAt() {
    return null;
  }

  /** @param {Tensor} tensor */
  focus(tensor) {
    if (tensor !== "kernel") this.panels[tensor].focus();
  }

  /** @param {Tap} tap */
  valueText({ channel, cell }) {
    return numberText(this.sums.value(channel, cell));
  }

  /** @param {Place} place */
  outputText(place) {
    return numberText(this.sums.values.output[this.lookup.step(place)]);
  }
}

/** @param {Shown} tensor */
function tiles(tensor) {
  return element("div", "cv-panels cv-tiles", {
    tabindex: "0", role: "group", "data-tensor": tensor, ...OWN_KEYS, "aria-label": say(`channels.keys.${tensor}`),
  });
}

/** The channel that a reader has chosen takes the last row. @param {number[]} most @param {number|null} chosen */
function withChosen(most, chosen) {
  if (chosen === null || most.includes(chosen) || !most.length) return most;
  return [...most.slice(0, ROWS - 1), chosen];
}
