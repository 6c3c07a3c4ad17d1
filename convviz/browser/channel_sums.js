// @ts-check
/**
 * A layer of many channels in numbers: what each channel adds to an output, and the values, weights and
 * products of one channel. What channels add comes from Python, block by block (blocks.js).
 */

import { Blocks } from "./blocks.js";

/** @import { Block } from "./blocks.js" */
/** @import { ChannelPart } from "./channel_row.js" */
/** @import { Lookup } from "./lookup.js" */
/** @import { Parts } from "./parts_chart.js" */
/** @import { ChannelsMessage, ImageValues, Place } from "./types.js" */

export class ChannelSums {
  blocks = new Blocks();
  /** @type {ImageValues} */
  values = { input: new Float32Array(0), output: new Float32Array(0) };

  /** @param {Lookup} lookup */
  constructor(lookup) {
    this.lookup = lookup;
  }

  /** @param {Lookup} lookup @param {ImageValues} values */
  fill(lookup, values) {
    Object.assign(this, { lookup, values });
    const layer = /** @type {ChannelsMessage} */ (lookup.scene.layer);
    this.blocks.reset(lookup.scene.groupChannels, lookup.axes[2].output, layer.saved);
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
    if (!block) return null;
    const totals = this.blocks.totals(block, place);
    const result = this.values.output[this.lookup.step(place)];
    const parts = totals.map((total, n) => total - (n ? totals[n - 1] : 0));
    return { parts, totals, bias: result - totals[totals.length - 1], result };
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
    const { weights } = /** @type {Block} */ (this.blocks.of(place));
    const channel = this.first(place) + within;
    const [deep, high, wide] = this.lookup.axes;
    const t = Math.floor(deep.kernel / 2);
    const taps = [];
    for (let r = 0; r < high.kernel; r++)
      for (let s = 0; s < wide.kernel; s++) {
        const offset = [t, r, s];
        const cell = [deep.table[place.at[0]][t], high.table[place.at[1]][r], wide.table[place.at[2]][s]];
        taps.push({
          cell, offset, letter: this.lookup.letter(cell), value: this.value(channel, cell),
          weight: weights[this.lookup.index(within, offset, "kernel")],
        });
      }
    return { channel, within, part: parts.parts[within], taps };
  }

  /** @param {number} channel @param {number[]} cell */
  value(channel, cell) {
    return this.lookup.isData(cell) ? this.values.input[this.lookup.index(channel, cell, "size")] : 0;
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
