// @ts-check
/**
 * What each channel adds to an output: blocks of weights and of sums after each channel, as they come
 * from Python (scene/parts.py), of the maps that were looked at last.
 */

import { bytes } from "./page_values.js";

/** @import { PartsMessage, Place, SavedParts } from "./types.js" */
/** @typedef {PartsMessage & {weights: Float32Array, sums: Float32Array, spread: Float32Array, flags: string}} Block */

const MOST_BLOCKS = 8; // kept

export class Blocks {
  /** @type {Block[]} */
  blocks = []; // the latest first
  channels = 1; // of one sum
  columns = 1; // of the output
  most = MOST_BLOCKS;

  /** Begin with those that came with a scene. @param {number} channels @param {number} columns @param {SavedParts[]} saved */
  reset(channels, columns, saved) {
    Object.assign(this, { channels, columns });
    this.most = Math.max(MOST_BLOCKS, saved.length);
    const floats = (/** @type {string} */ text) => floatsOf(bytes(text));
    this.blocks = saved.map(({ weights, sums, spread, ...where }) =>
      ({ ...where, weights: floats(weights), sums: floats(sums), spread: floats(spread) }));
  }

  /** @param {PartsMessage} where @param {DataView[]} buffers */
  take(where, [weights, sums, spread, letters]) {
    const block = { weights: floatsOf(weights), sums: floatsOf(sums), spread: floatsOf(spread), flags: new TextDecoder().decode(letters) };
    this.blocks = [{ ...where, ...block }, ...this.blocks].slice(0, this.most);
  }

  /** The block of an output. @param {Place} place */
  of({ map, at: [depth, row] }) {
    return this.blocks.find((block) =>
      block.map === map && block.depth === depth && block.row <= row && row < block.row + block.rows);
  }

  /** The sum of an output after each channel. @param {Block} block @param {Place} place @returns {number[]} */
  totals(block, { at: [, row, column] }) {
    const start = ((row - block.row) * this.columns + column) * this.channels;
    return [...block.sums.subarray(start, start + this.channels)];
  }
}

/** @param {DataView} view */
function floatsOf(view) {
  const { buffer, byteOffset, byteLength } = view;
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}
