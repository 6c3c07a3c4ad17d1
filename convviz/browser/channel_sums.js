// @ts-check
/**
 * A layer of many channels in numbers: what each channel adds to an output, and the values, weights and
 * products of one channel. What channels add comes from Python, block by block (blocks.js).
 */

import { Blocks } from "./blocks.js";
import { bytes } from "./page_values.js";

/** @import { Block } from "./blocks.js" */
/** @import { ChannelPart } from "./channel_row.js" */
/** @import { Lookup } from "./lookup.js" */
/** @import { Parts } from "./parts_chart.js" */
/** @import { ChannelsMessage, ImageValues, Place } from "./types.js" */

export class ChannelSums {
  blocks = new Blocks();
  lost = new Lost("", "");
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
    this.lost = new Lost(layer.saturated, layer.vanished);
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
          cell, offset, letter: this.lookup.letter(cell), value: this.value(channel, cell), weight: weights[weight],
          flags: { input: this.flag(channel, cell), kernel: flags[weight] ?? "", product: "" },
        });
      }
    return { channel, within, part: parts.parts[within], taps };
  }

  /** @param {number} channel @param {number[]} cell */
  value(channel, cell) {
    return this.lookup.isData(cell) ? this.values.input[this.lookup.index(channel, cell, "size")] : 0;
  }

  /** What int8 did to a value: a letter as a panel's. @param {number} channel @param {number[]} cell */
  flag(channel, cell) {
    return this.lookup.isData(cell) ? this.lost.letter(this.lookup.index(channel, cell, "size")) : "";
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

/** Which values of the input int8 could not hold, and which became 0. */
class Lost {
  /** @param {string} saturated bits in base64, or "" @param {string} vanished */
  constructor(saturated, vanished) {
    this.saturated = saturated ? bytes(saturated) : null;
    this.vanished = vanished ? bytes(vanished) : null;
  }

  /** Whether there are any. */
  get any() {
    return this.saturated !== null || this.vanished !== null;
  }

  /** A letter as a panel's: s saturated, v vanished, or none. @param {number} index of the value */
  letter(index) {
    if (hasBit(this.saturated, index)) return "s";
    return hasBit(this.vanished, index) ? "v" : "";
  }
}

/** @param {DataView|null} bits @param {number} index */
function hasBit(bits, index) {
  return bits !== null && (bits.getUint8(index >> 3) & (128 >> (index & 7))) !== 0;
}
