// @ts-check
/** The words around a layer of many channels: its facts, headings with their fields, the legend. */

import { element, OWN_KEYS, setClass, write } from "./dom.js";
import { say } from "./language.js";
import { numberText } from "./numbers.js";
import { grossOf, minusText, shareOf, signedText, SUM_DIGITS } from "./part_words.js";

/** @import { Lookup } from "./lookup.js" */
/** @import { Parts } from "./parts_chart.js" */
/** @import { Place, Scene } from "./types.js" */
/**
 * @typedef {Object} Asked  what a reader asks for
 * @property {(map: number) => void} map
 * @property {(channel: number|null) => void} channel
 * @property {(on: boolean) => void} sort
 * @property {(on: boolean) => void} wholeMap
 */
/**
 * @typedef {Object} Told  what the words are about
 * @property {Place} place
 * @property {Parts|null} parts
 * @property {number[]} most  the channels that add most
 * @property {string} waits  why there are no parts
 * @property {{weights: number, products: number}} scales
 * @property {number|null} chosen  channel within the group
 * @property {number} first  channel of the group
 * @property {Lookup} lookup
 * @property {number[]|null} spread  how what each channel adds varies over the map, where that is shown
 * @property {boolean} asked  whether a reader is asked which channel adds most
 * @property {number|null} counted  channels that have been added in slow motion; null for the whole output
 */

const SPREAD_DIGITS = 3;
const MOST_SHOWN = 4; // channels

export class LayerWords {
  /** @param {Asked} asked */
  constructor(asked) {
    this.asked = asked;
    this.facts = element("div", "cv-layer");
    this.input = element("div", "cv-title");
    this.four = element("div", "cv-title");
    this.share = element("div", "cv-share");
    this.shareWords = element("span", "");
    this.channel = numberField(say("channels.channel_field"), (value) => asked.channel(value));
    this.share.append(this.shareWords, " ", say("channels.show_channel"), " ", this.channel);
    this.output = element("div", "cv-title");
    this.map = numberField(say("channels.map_field"), (value) => { if (value !== null) asked.map(value); });
    this.maps = element("span", "");
    this.output.append(this.maps, " ", this.map, " ", say("channels.as_far"));
    this.sum = element("div", "cv-parts-sum");
    this.legend = element("div", "cv-layer-legend");
    /** @type {HTMLElement[]} */
    this.signs = []; // what the bars' colours mean
    this.scales = ["window", "weights", "products"].map((name) => scaleKey(name));
    this.order = element("span", "cv-order", {}, say("channels.in_order"));
    this.heading = element("div", "cv-parts-title");
    this.switches = element("span", "cv-switches");
    this.sorted = this.#switch(say("channels.sort"), say("channels.sort_hint"), (on) => asked.sort(on));
    this.ofMap = this.#switch(say("channels.whole_map"), say("channels.whole_map_hint"), (on) => asked.wholeMap(on));
    this.switches.append(this.ofMap, this.sorted);
    this.heading.append(this.sum, this.switches);
    this.#buildLegend();
  }

  /** A button that stays pressed. @param {string} name @param {string} title @param {(on: boolean) => void} set */
  #switch(name, title, set) {
    const button = element("button", "cv-tool", { type: "button", "aria-pressed": "false", title, ...OWN_KEYS }, name);
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(!isPressed(button)));
      write(this.order, this.#orderWords());
      set(isPressed(button));
    });
    return button;
  }

  /** In which order the bars stand, and what they are of. */
  #orderWords() {
    if (isPressed(this.sorted)) return say("channels.sorted");
    return isPressed(this.ofMap) ? say("channels.varies_order") : say("channels.in_order");
  }

  #buildLegend() {
    const key = (/** @type {string} */ name) => {
      const node = element("span", "cv-key");
      node.append(element("span", `cv-swatch is-${name}`, { "aria-hidden": "true" }), say(`channels.bar.${name}`));
      return node;
    };
    this.signs = [key("adds"), key("takes")];
    this.legend.append(...this.signs, ...this.scales.map(({ root }) => root));
  }

  /** @param {Scene} scene */
  fill(scene) {
    const { channels, layer, maps } = scene;
    if (!layer) return;
    const name = layer.name ? [element("strong", "", {}, layer.name), " · "] : [];
    const warnings = [layer.dead, layer.int8].filter(Boolean);
    const second = warnings.flatMap((words, n) =>
      [...(n ? [" · "] : []), element("span", words === layer.dead ? "is-dead" : "", {}, words)]);
    const lines = [element("div", ""), element("div", "cv-warnings")];
    const given = layer.summary.slice(0, -layer.results);
    const results = layer.summary.slice(-layer.results).map((words) => ` · ${words}`);
    lines[0].append(...name, given.join(" · "), element("span", "cv-results", {}, results.join("")));
    lines[1].append(...second);
    this.facts.replaceChildren(...lines);
    write(this.input, say(`channels.input.${layer.inColour ? "colours" : "grey"}`, { count: channels }));
    this.#showShare(Math.min(MOST_SHOWN, scene.groupChannels), 100); // as wide as it can be
    const alone = scene.groupChannels === 1; // a channel that is compared with none
    for (const part of [this.switches, this.order, ...this.signs]) part.hidden = alone;
    this.share.hidden = scene.groupChannels <= MOST_SHOWN; // all of them are there
    write(this.maps, say("channels.output", { count: maps }));
    this.map.max = String(maps - 1);
    this.channel.max = String(channels - 1);
    const [black, white] = layer.inputRange;
    write(this.scales[0].range, `${minusText(black, 3)} … ${minusText(white, 3)}`);
  }

  /** @param {number} count @param {number} share */
  #showShare(count, share) {
    write(this.shareWords, say("channels.share", { count, share }));
  }

  /** @param {Told} told */
  show({ place, parts, most, waits, scales, chosen, first, lookup, counted, spread, asked }) {
    if (document.activeElement !== this.map) this.map.value = String(place.map);
    if (document.activeElement !== this.channel) this.channel.value = chosen === null ? "" : String(first + chosen);
    const name = `y${lookup.outputName(place)}`;
    const count = lookup.scene.groupChannels;
    const kind = counted !== null ? "first" : spread ? "varies_most" : count > MOST_SHOWN ? "most" : "all";
    write(this.four, asked ? say("channels.which") : say(`channels.heading.${kind}`, { count }));
    if (!parts) this.sum.replaceChildren(say("channels.adds_to", { name, count }), " ", element("span", "cv-waits", {}, waits));
    else if (spread) this.#showSpread(place.map, spread, most, first);
    else if (counted === null) this.#showSum(say("channels.adds_to", { name, count }), parts);
    else this.#showSoFar(say("channels.adds_to", { name, count }), parts, counted);
    this.shareWords.style.visibility = parts && counted === null && !spread ? "" : "hidden"; // it takes its room all the same
    if (!parts) return;
    this.#showShare(most.length, shareOf(parts.parts, most));
    [scales.weights, scales.products].forEach((size, n) => {
      write(this.scales[n + 1].range, `±${minusText(size, 3)}`);
    });
  }

  /** Which channels vary most over the map. @param {number} map @param {number[]} spread @param {number[]} most @param {number} first */
  #showSpread(map, spread, most, first) {
    const texts = most.map((n) => `${say("channels.channel", { number: first + n })} ${numberText(spread[n], SPREAD_DIGITS)}`);
    this.sum.replaceChildren(say("channels.varies", { map }), " ", element("strong", "", {}, texts.join(" · ")));
  }

  /** The whole sum. @param {string} heading @param {Parts} parts */
  #showSum(heading, { parts, bias, result }) {
    const words = bias ? [` ${say("channels.bias", { bias: minusText(bias, SUM_DIGITS) })}`] : [];
    this.#writeSum(heading, parts, words, result);
  }

  /** The sum in slow motion. @param {string} heading @param {Parts} parts @param {number} counted */
  #showSoFar(heading, { parts, totals }, counted) {
    const words = [` ${say("channels.after", { count: counted })}`];
    this.#writeSum(heading, parts.slice(0, counted), words, totals[counted - 1] ?? 0);
  }

  /** @param {string} heading @param {number[]} parts @param {string[]} words @param {number} total */
  #writeSum(heading, parts, words, total) {
    const { adds, takes } = grossOf(parts);
    const number = (/** @type {string} */ kind, /** @type {number} */ value) =>
      element("strong", `is-${kind}`, {}, signedText(value, SUM_DIGITS));
    this.sum.replaceChildren(
      heading, ...(adds ? [" ", number("adds", adds)] : []),
      ...(takes ? [" ", number("takes", takes)] : []), ...words, " = ", element("strong", "", {}, minusText(total, SUM_DIGITS)));
  }
}

/** @param {Element} button */
function isPressed(button) {
  return button.getAttribute("aria-pressed") === "true";
}

/** A field for a number from 0. @param {string} label @param {(value: number|null) => void} set */
function numberField(label, set) {
  const field = element("input", "cv-number", { type: "number", min: "0", step: "1", "aria-label": label, ...OWN_KEYS });
  const tell = () => {
    const value = field.value === "" ? null : Math.floor(Number(field.value));
    if (value === null || (value >= 0 && value <= Number(field.max))) set(value);
    setClass(field, `cv-number${field.validity.valid ? "" : " is-wrong"}`);
  };
  field.addEventListener("input", tell);
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") field.select(); });
  return field;
}

/** @param {string} name @returns {{root: HTMLElement, range: HTMLElement}} */
function scaleKey(name) {
  const root = element("span", "cv-key");
  const range = element("span", "cv-range");
  root.append(say(`channels.scale.${name}`), element("span", `cv-scale is-${name}`, { "aria-hidden": "true" }), range);
  return { root, range };
}
