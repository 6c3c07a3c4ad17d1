// @ts-check
/**
 * What each channel adds to an output: blocks of weights and of sums after each channel, as they come
 * from Python (scene/parts.py), of the maps that were looked at last.
 */

import { floatsOf } from "./image_values.js";
import { bytes } from "./page_values.js";

/** @import { Lookup } from "./lookup.js" */
/** @import { PartsMessage, Place, SavedParts } from "./types.js" */
/**
 * @typedef {Object} Numbers  in memory order; outputs and inputs only of a tensor that came in 8 bits
 * @property {Float32Array} weights @property {Float32Array} sums @property {Float32Array} spread
 * @property {Float32Array} outputValues @property {Float32Array} inputValues
 * @property {string} flags  a letter for what int8 did to each weight
 * @property {string} inputFlags  and to each of the inputs
 */
/** @typedef {PartsMessage & Numbers} Block */

const MOST_BLOCKS = 8; // kept
const SMALL = 62_500; // numbers of a block that is asked for in advance, 250 kB
const NO_VALUES = { outputValues: new Float32Array(0), inputValues: new Float32Array(0), inputFlags: "" }; // on a page

export class Blocks {
  /** @type {Block[]} */
  blocks = []; // the latest first
  channels = 1; // of one sum
  height = 1; // of the output
  columns = 1; // likewise
  most = MOST_BLOCKS;

  /** Begin with those that came with a scene. @param {number} channels @param {number[]} size of the output @param {SavedParts[]} saved */
  reset(channels, [height, columns], saved) {
    Object.assign(this, { channels, height, columns });
    this.most = Math.max(MOST_BLOCKS, saved.length);
    const floats = (/** @type {string} */ text) => floatsOf(bytes(text));
    this.blocks = saved.map(({ weights, sums, spread, ...where }) =>
      ({ ...where, ...NO_VALUES, weights: floats(weights), sums: floats(sums), spread: floats(spread) }));
  }

  /** @param {PartsMessage} where @param {DataView[]} buffers */
  take(where, buffers) {
    const [weights, sums, spread, outputValues, inputValues] = buffers.slice(0, 5).map(floatsOf);
    const [flags, inputFlags] = buffers.slice(5).map((letters) => new TextDecoder().decode(letters));
    const block = { ...where, weights, sums, spread, outputValues, inputValues, flags, inputFlags };
    this.blocks = [block, ...this.blocks].slice(0, this.most);
  }

  /** The block of an output. @param {Place} place */
  of({ map, at: [depth, row] }) {
    return this.blocks.find((block) =>
      block.map === map && block.depth === depth && block.row <= row && row < block.row + block.rows);
  }

  /** The first step after a block; null where the next is too large to be asked for in advance. @param {Block} block @param {Lookup} lookup */
  next({ map, depth, row, rows, weights, sums, inputValues, outputValues }, lookup) {
    const numbers = [weights, sums, inputValues, outputValues].reduce((count, { length }) => count + length, 0);
    const step = lookup.step({ map, at: [depth, row, 0] }) + rows * this.columns;
    return numbers <= SMALL && step < lookup.scene.steps ? step : null;
  }

  /** The sum of an output after each channel. @param {Block} block @param {Place} place @returns {number[]} */
  totals(block, { at: [, row, column] }) {
    const start = ((row - block.row) * this.columns + column) * this.channels;
    return [...block.sums.subarray(start, start + this.channels)];
  }

  // ---- Of tensors that came in 8 bits

  /** An output; null where it is not here. @param {Place} place */
  output({ map, at: [depth, row, column] }) {
    const block = this.blocks.find(({ outputs: [first, stop], ...where }) =>
      where.map === map && where.depth === depth && first <= row && row < stop);
    return block ? block.outputValues[(row - block.outputs[0]) * this.columns + column] : null;
  }

  /** All outputs of a map at a depth; undefined where they are not here. @param {Place} place */
  map({ map, at: [depth] }) {
    return this.blocks.find(({ outputs: [first, stop], ...where }) =>
      where.map === map && where.depth === depth && first === 0 && stop === this.height)?.outputValues;
  }

  /**
   * An input; null where it is not here.
   * @param {number[]} cell @param {number} width of the input
   * @param {(map: number) => number|null} within  which of a map's channels its channel is
   */
  input([depth, row, column], width, within) {
    const block = this.blocks.find(({ map, inputDepth, inputs: [first, stop] }) =>
      inputDepth === depth && first <= row && row < stop && within(map) !== null);
    if (!block) return null;
    const [first, stop] = block.inputs;
    const index = ((within(block.map) ?? 0) * (stop - first) + row - first) * width + column;
    return { value: block.inputValues[index], letter: block.inputFlags[index]?.trim() ?? "" };
  }
}
