// @ts-check
/**
 * A layer of many channels and maps: facts, a mosaic of the input's channels, the channels that add
 * most to the output, the map that plays, a mosaic of all maps, and what each channel adds.
 *
 * Its height does not grow with the layer. What each channel adds comes from Python, block by block
 * (blocks.js); while a layer plays nothing is asked for, and what is not here is said to be missing.
 */

import { choicesOf } from "./channel_question.js";
import { ChannelMosaics } from "./channel_mosaics.js";
import { ChannelRow } from "./channel_row.js";
import { ChannelSums, largestOfAll } from "./channel_sums.js";
import { layOutChannels } from "./channels_layout.js";
import { ChannelsPointing } from "./channels_pointing.js";
import { ChannelsSlow } from "./channels_slow.js";
import { element, OWN_KEYS } from "./dom.js";
import { say } from "./language.js";
import { LayerWords } from "./layer_words.js";
import { numberText } from "./numbers.js";
import { largestOf } from "./part_words.js";
import { PartsChart } from "./parts_chart.js";
import { SPEEDS, STEPS_PER_SECOND } from "./playback.js";
import { endsFor, greyShade, signedShade } from "./shades.js";

/** @import { Lookup } from "./lookup.js" */
/** @import { Parts } from "./parts_chart.js" */
/** @import { Ends } from "./shades.js" */
/** @import { ChannelChoices, ChannelsMessage, ImageValues, Move, PartsMessage, Place, ShownStep } from "./types.js" */
/** @import { Space, Tap, Target, Tensor, View, ViewActions } from "./types.js" */
/** @import { Shown } from "./channel_mosaics.js" */

const ROWS = 4; // channels that are shown as window × weights = product
const REST = 200; // milliseconds between one map that is asked for and the next
const SECONDS_TO_PLAY = 40; // that all steps of one map should take at most

/** @implements {View} */
export class ChannelsView {
  countsReads = false;
  sumsItself = true;
  leastHeight = 430; // pixels
  mosaics = new ChannelMosaics(this);
  slow = new ChannelsSlow(this);
  chart = new PartsChart();
  rows = Array.from({ length: ROWS }, () => new ChannelRow());
  /** @type {ShownStep|null} */
  shown = null;
  /** @type {number|null} */
  chosen = null; // the channel that a reader has typed
  ofMap = false; // whether the bars are of the whole map instead of one output
  askedAt = -REST; // when a map was asked for last, in milliseconds
  /** @type {{step: number, choices: ChannelChoices|null|undefined}} */
  asked = { step: -1, choices: undefined };

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
      wholeMap: (on) => { this.ofMap = on; this.#redraw(); },
    });
    this.root = element("div", "cv-channels");
    this.body = element("div", "cv-layer-body");
    this.panels = { input: tiles("input"), output: tiles("output") };
    this.said = element("div", "cv-said");
    this.said.append(this.words.order);
    this.#build();
  }

  #build() {
    const { chart, mosaics, panels, words } = this;
    panels.input.append(mosaics.input.root);
    panels.output.append(mosaics.map.root, mosaics.output.root);
    const input = element("section", "cv-tensor", { "data-tensor": "input" });
    input.append(words.input, panels.input);
    const four = element("section", "cv-four");
    four.append(words.four, ...this.rows.map((row) => row.root), words.share);
    const output = element("section", "cv-tensor", { "data-tensor": "output" });
    output.append(words.output, panels.output);
    this.body.append(input, four, output);
    const parts = element("section", "cv-parts");
    parts.append(words.heading, chart.root);
    this.root.append(words.facts, this.body, parts, this.said, words.legend);
  }

  /** Whether an output is added of several channels. */
  get compares() {
    return this.scene.groupChannels > 1;
  }

  /** The values that are black and white in the input. */
  get inputRange() {
    return this.layer.inputRange;
  }

  get places() {
    return { sum: this.said, facts: this.said };
  }

  get scene() {
    return this.lookup.scene;
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
    this.asked = { step: -1, choices: undefined };
    this.mosaics.fill();
    if (this.chosen !== null && this.chosen >= this.scene.channels) this.chosen = null;
    this.words.fill(this.scene);
    this.chart.root.hidden = !this.compares;
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

  /** @param {Space} space */
  fit(space) {
    layOutChannels(this, space);
    this.mosaics.forget();
    this.ends = endsFor(this.root);
    this.#redraw();
  }

  // ---- Drawing

  #redraw() {
    if (this.shown) this.draw(this.shown);
  }

  /** @param {ShownStep} shown */
  draw(shown) {
    this.shown = shown;
    if (!this.ends) return; // not laid out yet
    const { hidden, place } = shown;
    const here = this.sums.parts(place);
    const wanted = here ? this.sums.next(place) : shown.shown; // the next as well: while it plays, nobody is asked
    const words = wanted === null ? "" : this.#ask(wanted);
    const parts = hidden ? null : here;
    const waits = parts ? "" : hidden && here ? "?" : words;
    const asked = shown.asked && shown.shown === shown.step ? this.choices(shown.step) : null;
    this.root.classList.toggle("is-asked", Boolean(asked));
    this.root.classList.toggle("is-unseen", hidden && !asked);
    const chosen = hidden ? null : this.#chosenChannel(shown);
    const work = this.slow.atWork(shown);
    const ofMap = this.ofMap && parts && shown.whole;
    const bars = ofMap ? { parts: this.sums.spread(place), totals: [], bias: 0, result: 0 } : parts;
    const most = !bars ? [] : shown.whole ? largestOf(bars.parts, ROWS) : this.slow.rows(work);
    const channels = asked?.channels ?? withChosen(most, chosen);
    const pointed = chosen ?? work;
    const counted = this.slow.counted(shown);
    this.mosaics.draw(shown, channels, pointed);
    const scales = this.#drawRows(place, asked ? here : parts, channels, chosen);
    if (bars) this.chart.show(bars, counted, pointed, shown.whole);
    else this.chart.clear();
    const first = this.sums.first(place);
    this.words.show({ place, parts, most, waits, scales, chosen, first, lookup: this.lookup, counted: shown.whole ? null : counted,
      spread: ofMap ? bars?.parts ?? null : null, asked: Boolean(asked) });
  }

  /** What a reader is asked to choose from at a step. @param {number} step */
  choices(step) {
    if (this.asked.step !== step || this.asked.choices === undefined) this.asked = { step, choices: choicesOf(this.sums, this.lookup.place(step)) };
    return this.asked.choices;
  }

  /** Have the block of a step asked for, and say why it is not here. @param {number} step */
  #ask(step) {
    const { words, later } = this.actions.ask(step);
    clearTimeout(this.asking);
    if (!later) return words;
    const wait = Math.max(0, this.askedAt + REST - performance.now());
    this.asking = setTimeout(() => { this.askedAt = performance.now(); later(); }, wait);
    return words;
  }

  /** The channel within the group that is pointed at, or that was typed; null for none. @param {ShownStep} shown */
  #chosenChannel({ pointed, place }) {
    const channel = pointed?.tensor === "input" ? pointed.channel : this.chosen;
    return channel === null ? null : this.sums.within(channel, place);
  }

  /** The ends of the scale for values of either sign. */
  get colourEnds() {
    return /** @type {Ends} */ (this.ends);
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
      kernel: signedShade(weights, this.colourEnds),
      product: signedShade(products, this.colourEnds),
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
    const value = this.sums.values.input(channel, cell);
    return value === null ? "" : numberText(value);
  }

  /** @param {Place} place */
  outputText(place) {
    const value = this.sums.values.output(place);
    return value === null ? say("channels.no_number") : numberText(value);
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
