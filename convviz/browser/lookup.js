// @ts-check
/**
 * A scene with its tables ready to be asked: which cells an output reads, which outputs a cell feeds.
 * What a convolution reads is in the tables (geometry.py); nothing here works it out.
 */

/**
 * @typedef {Object} Axis
 * @property {string} name
 * @property {number} size     input size without padding
 * @property {number} kernel   weights along this axis
 * @property {number} output   output size
 * @property {number} stride
 * @property {number} extent   reach of one window, gaps included
 * @property {number} post     zeros after the data
 * @property {number} first    index of the first cell, negative in padding
 * @property {number} cells    number of cells, padding included
 * @property {number[][]} table  table[output][tap] = input index
 */
/**
 * @typedef {Object} Tap
 * @property {number} weight   which weight of its output map, in memory order
 * @property {number} channel  input channel
 * @property {number} within   channel within the group
 * @property {number[]} offset [t, r, s]
 * @property {number[]} cell   [depth, row, column]
 */
/** @typedef {{map: number, at: number[]}} Place  an output element: its map and [d, h, w] */

/** A scene to be asked. Two-dimensional scenes get a depth of one. */
export class Lookup {
  /** @param {any} scene */
  constructor(scene) {
    this.scene = scene;
    const flat = { name: "depth", size: 1, kernel: 1, output: 1, stride: 1, extent: 1, post: 0, first: 0, cells: 1, table: [[0]] };
    /** @type {Axis[]} */
    this.axes = scene.spatial === 3 ? scene.axes : [flat, ...scene.axes];
    this.deep = scene.spatial === 3;
  }

  /** @param {number} step @returns {Place} */
  place(step) {
    const [depth, height, width] = this.axes.map((axis) => axis.output);
    const w = step % width;
    const h = Math.floor(step / width) % height;
    const d = Math.floor(step / (width * height)) % depth;
    return { map: Math.floor(step / (width * height * depth)), at: [d, h, w] };
  }

  /** @param {Place} place @returns {number} */
  step({ map, at }) {
    return at.reduce((index, i, n) => index * this.axes[n].output + i, map);
  }

  /** Whether there is such an output element. @param {Place} place */
  has({ map, at }) {
    return map < this.scene.maps && at.every((i, n) => i < this.axes[n].output);
  }

  /** The taps of one output element in the order of their sum. @param {Place} place @returns {Tap[]} */
  taps({ map, at }) {
    const rows = this.axes.map((axis, n) => axis.table[at[n]]);
    const first = this.scene.firstChannel[map];
    const taps = [];
    for (let within = 0; within < this.scene.groupChannels; within++)
      for (let t = 0; t < rows[0].length; t++)
        for (let r = 0; r < rows[1].length; r++)
          for (let s = 0; s < rows[2].length; s++)
            taps.push({
              weight: taps.length,
              channel: first + within,
              within,
              offset: [t, r, s],
              cell: [rows[0][t], rows[1][r], rows[2][s]],
            });
    return taps;
  }

  /** The outputs that read an input cell. @param {number} channel @param {number[]} cell @returns {Place[]} */
  readers(channel, cell) {
    const first = channel - (channel % this.scene.groupChannels);
    const maps = this.scene.firstChannel.flatMap((/** @type {number} */ c, /** @type {number} */ map) => (c === first ? [map] : []));
    return this.#product(maps, (axis, n) => axis.table.flatMap((row, output) => row.flatMap((i) => (i === cell[n] ? [output] : []))))
      .map(([map, ...at]) => ({ map, at }));
  }

  /** The input cells that a weight multiplies, padding included. @param {number[]} offset @returns {number[][]} */
  partners(offset) {
    return this.#product([0], (axis, n) => [...new Set(axis.table.map((row) => row[offset[n]]))]).map(([, ...cell]) => cell);
  }

  /** Each of `firsts` with each combination of an index an axis. @param {number[]} firsts @param {(axis: Axis, n: number) => number[]} indices */
  #product(firsts, indices) {
    return this.axes.map(indices).reduce((found, some) => found.flatMap((start) => some.map((i) => [...start, i])), firsts.map((first) => [first]));
  }

  /** Whether a cell is data and no padding. @param {number[]} cell */
  isData(cell) {
    return cell.every((i, n) => i >= 0 && i < this.axes[n].size);
  }

  /** The letter of an input cell's kind (geometry.combine). @param {number[]} cell */
  letter(cell) {
    if (cell.some((i, n) => i >= this.axes[n].size + this.axes[n].post)) return "+";
    if (cell.some((i) => i < 0)) return "<";
    return this.isData(cell) ? "d" : ">";
  }

  /** An index as the reader sees it: without the depth of a flat scene. @param {number[]} at */
  spatial(at) {
    return this.deep ? at : at.slice(1);
  }

  /** @param {number} map @param {number[]} at */
  name(map, at) {
    return `[${[...(this.scene.maps > 1 ? [map] : []), ...this.spatial(at)].join(", ")}]`;
  }
}

/** The key of a panel: its tensor, channel and depth. @param {string} tensor @param {number} channel @param {number} depth */
export function placeKey(tensor, channel, depth) {
  return `${tensor}/${channel}/${depth}`;
}
