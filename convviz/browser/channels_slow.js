// @ts-check
/**
 * Slow motion among many channels: one channel after the other is added. The first are shown as window ×
 * weights = product, and what each adds drops into the total; over the others the bars sweep.
 */

import { say } from "./language.js";
import { signedText, SUM_DIGITS } from "./part_words.js";

/** @import { ChannelsView } from "./channels_view.js" */
/** @import { Copy } from "./flight.js" */
/** @import { Motion } from "./taps.js" */
/** @import { ShownStep, SlowView } from "./types.js" */

/** @implements {SlowView} */
export class ChannelsSlow {
  /** @param {ChannelsView} view */
  constructor(view) {
    this.view = view;
  }

  /** As many as there are rows for. */
  get singly() {
    return Math.min(this.view.rows.length, this.view.scene.groupChannels);
  }

  /** Products of one channel. */
  get #size() {
    return this.view.lookup.axes.reduce((count, { kernel }) => count * kernel, 1);
  }

  /** A move a channel; the bias comes with the output. @returns {Motion[]} */
  motions() {
    const size = this.#size;
    return Array.from({ length: this.view.scene.groupChannels }, (_, n) =>
      ({ kind: "products", from: n * size, to: (n + 1) * size, closes: n }));
  }

  /** How many channels have been added. @param {ShownStep} shown */
  counted({ landed, whole }) {
    return whole ? this.view.scene.groupChannels : Math.floor(landed / this.#size);
  }

  /** How far an output has come, in words. @param {ShownStep} shown */
  progress(shown) {
    const { groupChannels: channels } = this.view.scene;
    return channels > 1 ? say("player.channel_of", { channel: Math.min(this.counted(shown) + 1, channels), channels }) : "";
  }

  /** The channel within the group that is being added, or that was last; null for none. @param {ShownStep} shown */
  atWork(shown) {
    if (shown.whole) return null;
    const counted = this.counted(shown);
    return shown.adding?.closes ?? (counted ? counted - 1 : null);
  }

  /** The channels within the group that are shown beside the one at work. @param {number|null} work */
  rows(work) {
    return Array.from({ length: Math.min(this.singly, (work ?? -1) + 1) }, (_, n) => n);
  }

  /** What a channel adds, on its way from its row to the total. @param {Motion} motion @returns {Copy[]} */
  copies({ closes }) {
    const { chart, compares, rows, shown, sums, words } = this.view;
    const parts = shown && sums.parts(shown.place);
    if (closes === null || !parts || closes >= this.singly) return [];
    const text = signedText(parts.parts[closes], SUM_DIGITS);
    return [{ from: rows[closes].part, to: compares ? chart.label : words.sum, text, className: "is-product", start: 0.45, end: 0.95, brief: true }];
  }
}
