// @ts-check
/**
 * The input's and the output's values of a layer of many channels: what mosaics paint, and the numbers.
 *
 * A tensor that came in 8 bits (image_values.js) is painted from those; its numbers come in float32 with
 * the blocks (blocks.js) of the outputs that are looked at, and are null until then.
 */

import { bytes } from "./page_values.js";

/** @import { Blocks } from "./blocks.js" */
/** @import { Lookup } from "./lookup.js" */
/** @import { ChannelsMessage, Grid, ImageValues, Place } from "./types.js" */

export class ChannelValues {
  /** @param {Lookup} lookup @param {ImageValues} values @param {Blocks} blocks */
  constructor(lookup, values, blocks) {
    this.lookup = lookup;
    this.pictures = values;
    this.blocks = blocks;
    const { coarse, saturated, vanished } = /** @type {ChannelsMessage} */ (lookup.scene.layer);
    this.coarse = coarse;
    this.lost = new Lost(saturated, vanished);
    /** @type {{key: string, values: Float32Array}} */
    this.plane = { key: "", values: new Float32Array(0) }; // of the map on show
  }

  /** Into how many rows and columns each slice is painted. @param {"input"|"output"} tensor @returns {Grid} */
  grid(tensor) {
    const [, high, wide] = this.lookup.axes;
    const size = tensor === "input" ? "size" : "output";
    return this.coarse[tensor] ?? { rows: high[size], columns: wide[size] };
  }

  /** An output's number; null where it is not here. @param {Place} place */
  output(place) {
    return this.coarse.output ? this.blocks.output(place) : this.pictures.output[this.lookup.step(place)];
  }

  /** An input's number, 0 in padding; null where it is not here. @param {number} channel @param {number[]} cell */
  input(channel, cell) {
    if (!this.lookup.isData(cell)) return 0;
    return this.coarse.input ? this.#ofBlock(channel, cell)?.value ?? null : this.pictures.input[this.#index(channel, cell)];
  }

  /** What int8 did to an input: a letter as a panel's. @param {number} channel @param {number[]} cell */
  letter(channel, cell) {
    if (!this.lookup.isData(cell)) return "";
    return this.coarse.input ? this.#ofBlock(channel, cell)?.letter ?? "" : this.lost.letter(this.#index(channel, cell));
  }

  /** @param {number} channel @param {number[]} cell */
  #index(channel, cell) {
    return this.lookup.index(channel, cell, "size");
  }

  /** @param {number} channel @param {number[]} cell */
  #ofBlock(channel, cell) {
    const { firstChannel, groupChannels } = this.lookup.scene;
    return this.blocks.input(cell, this.lookup.axes[2].size, (map) => {
      const within = channel - firstChannel[map];
      return within >= 0 && within < groupChannels ? within : null;
    });
  }

  /** All outputs of a map at a depth, for a picture: one array as long as they are the same. @param {Place} place @returns {Float32Array} */
  map(place) {
    const { map, at: [depth] } = place;
    const here = this.coarse.output ? this.blocks.map(place) : null;
    if (here) return here;
    const key = `${map}/${depth}`;
    if (this.plane.key !== key) this.plane = { key, values: this.#spreadOut(map * this.lookup.axes[0].output + depth) };
    return this.plane.values;
  }

  /** A slice of the output, each cell of its grid over the values that it is the mean of. @param {number} slice */
  #spreadOut(slice) {
    const [, { output: height }, { output: width }] = this.lookup.axes;
    const { rows, columns } = this.grid("output");
    const picture = this.pictures.output.subarray(slice * rows * columns, (slice + 1) * rows * columns);
    if (rows === height && columns === width) return picture;
    const cell = (/** @type {number} */ n, /** @type {number} */ count, /** @type {number} */ size) => Math.floor(((n + 1) * count - 1) / size);
    const found = new Float32Array(height * width);
    for (let row = 0, i = 0; row < height; row++) {
      const start = cell(row, rows, height) * columns;
      for (let column = 0; column < width; column++, i++) found[i] = picture[start + cell(column, columns, width)];
    }
    return found;
  }
}

/** Which values of the input int8 could not hold, and which became 0: by value, or by cell of its grid. */
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

  /** A letter as a panel's: s saturated, v vanished, or none. @param {number} index */
  letter(index) {
    if (hasBit(this.saturated, index)) return "s";
    return hasBit(this.vanished, index) ? "v" : "";
  }
}

/** @param {DataView|null} bits @param {number} index */
function hasBit(bits, index) {
  return bits !== null && (bits.getUint8(index >> 3) & (128 >> (index & 7))) !== 0;
}
