// @ts-check
/**
 * A layer of many channels in numbers: what each channel adds to an output, and the values, weights and
 * products of one channel. What channels add comes from Python, block by block (blocks.js).
 */

import { Blocks } from "./blocks.js";
import { ChannelValues } from "./channel_values.js";

/** @import { Block } from "./blocks.js" */
/** @import { ChannelPart } from "./channel_row.js" */
/** @import { Lookup } from "./lookup.js" */
/** @import { Parts } from "./parts_chart.js" */
/** @import { ChannelsMessage, ImageValues, Place } from "./types.js" */

export class ChannelSums {
  blocks = new Blocks();

  /** @param {Lookup} lookup */
  constructor(lookup) {
    this.lookup = lookup;
    this.values = new ChannelValues(lookup, { input: new Float32Array(0), output: new Float32Array(0) }, this.blocks);
  }

  /** @param {Lookup} lookup @param {ImageValues} values */
  fill(lookup, values) {
    this.lookup = lookup;
    this.values = new ChannelValues(lookup, values, this.blocks);
    const layer = /** @type {ChannelsMessage} */ (lookup.scene.layer);
    const [, high, wide] = lookup.axes;
    this.blocks.reset(lookup.scene.groupChannels, [high.output, wide.output], layer.saved);
  }

  /** The first input channel of a map. @param {Place} place */
  first({ map }) {
    return this.lookup.scene.firstChannel[map];
  }

  /** Which of its group's channels an input channel is; null where a map does not read it. @param {number} channel @param {Place} place */
  within(channel, place) {
    const within = channel - this.first(place);
    return within >= 0 && within < this.lookup.scene.groupChannels ? within : null;
  }

  /** What each channel adds to an output; null where that is not here. @param {Place} place @returns {Parts|null} */
  parts(place) {
    const block = this.blocks.of(place);
    const result = this.values.output(place);
    if (!block || result === null) return null;
    const totals = this.blocks.totals(block, place);
    const parts = totals.map((total, n) => total - (n ? totals[n - 1] : 0));
    return { parts, totals, bias: result - totals[totals.length - 1], result };
  }

  /** The step whose parts are wanted after those of an output; null for none. @param {Place} place */
  next(place) {
    const block = this.blocks.of(place);
    const step = block ? this.blocks.next(block, this.lookup) : null;
    return step === null || this.blocks.of(this.lookup.place(step)) ? null : step;
  }

  /** How what each channel adds varies over an output's map. @param {Place} place @returns {number[]} */
  spread(place) {
    return [...(this.blocks.of(place)?.spread ?? [])];
  }

  /** The magnitude of the largest weight of an output's map. @param {Place} place */
  largestWeight(place) {
    return largestOfAll(this.blocks.of(place)?.weights ?? []);
  }

  /**
   * One channel of a sum: in 3-D, of the slice in the middle of the window.
   * @param {Place} place @param {Parts} parts @param {number} within @returns {ChannelPart}
   */
  channel(place, parts, within) {
    const { weights, flags } = /** @type {Block} */ (this.blocks.of(place));
    const channel = this.first(place) + within;
    const [deep, high, wide] = this.lookup.axes;
    const t = Math.floor(deep.kernel / 2);
    const taps = [];
    for (let r = 0; r < high.kernel; r++)
      for (let s = 0; s < wide.kernel; s++) {
        const offset = [t, r, s];
        const cell = [deep.table[place.at[0]][t], high.table[place.at[1]][r], wide.table[place.at[2]][s]];
        const weight = this.lookup.index(within, offset, "kernel");
        taps.push({
          cell, offset, letter: this.lookup.letter(cell), value: this.values.input(channel, cell) ?? NaN, weight: weights[weight],
          flags: { input: this.values.letter(channel, cell), kernel: flags[weight] ?? "", product: "" },
        });
      }
    return { channel, within, part: parts.parts[within], taps };
  }

  /** Of the input, the slice in the middle of the window. @param {Place} place */
  slice({ at: [depth] }) {
    const [deep] = this.lookup.axes;
    return deep.table[depth][Math.floor(deep.kernel / 2)];
  }
}

/** @param {Float32Array|number[]} values */
export function largestOfAll(values) {
  let most = 0;
  for (const value of values) if (Math.abs(value) > most && Number.isFinite(value)) most = Math.abs(value);
  return most;
}
