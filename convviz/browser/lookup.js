// @ts-check
/**
 * A scene with its tables ready to be asked: which cells an output reads, which outputs a cell feeds.
 * What a convolution reads is in the tables (geometry.py); nothing here works it out.
 */

/** @import { PictureSums } from "./picture_sums.js" */
/** @import { AxisMessage, PanelTensor, Place, Rectangle, Scene, Tap } from "./types.js" */

/** The depth of a scene in two dimensions. @type {AxisMessage} */
const FLAT = {
  name: "depth", size: 1, kernel: 1, output: 1, stride: 1, effectiveKernel: 1, post: 0, first: 0, cells: 1,
  table: [[0]],
};

/** A scene to be asked. In two dimensions it has a depth of one. */
export class Lookup {
  /** @param {Scene} scene */
  constructor(scene) {
    this.scene = scene;
    this.deep = scene.spatial === 3;
    this.axes = this.deep ? scene.axes : [FLAT, ...scene.axes];
    /** @type {PictureSums|null} */
    this.sums = null; // of pixels, which no scene tells
  }

  /** The output element of a step. @param {number} step @returns {Place} */
  place(step) {
    const [depth, height, width] = this.axes.map((axis) => axis.output);
    const w = step % width;
    const h = Math.floor(step / width) % height;
    const d = Math.floor(step / (width * height)) % depth;
    return { map: Math.floor(step / (width * height * depth)), at: [d, h, w] };
  }

  /** The step of an output element. @param {Place} place */
  step({ map, at }) {
    return this.index(map, at, "output");
  }

  /** Whether there is such an output element. @param {Place} place */
  has({ map, at }) {
    return map < this.scene.maps && at.every((i, n) => i < this.axes[n].output);
  }

  /** The output element nearest to a place of another scene. @param {Place} place @returns {Place} */
  nearest({ map, at }) {
    return {
      map: Math.min(map, this.scene.maps - 1),
      at: this.axes.map((axis, n) => Math.min(at[n] ?? 0, axis.output - 1)),
    };
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

  /** What an output element's window covers, gaps included. @param {Place} place @returns {Rectangle} */
  window({ at: [, h, w] }) {
    const [, high, wide] = this.axes;
    const [row, column] = [high.table[h][0], wide.table[w][0]];
    return { row, column, rows: high.effectiveKernel, columns: wide.effectiveKernel };
  }

  /** The class that colours a tap's weight and what it multiplies. @param {Tap} tap */
  weightClass({ offset: [, r, s] }) {
    return this.scene.classes[r * this.axes[2].kernel + s];
  }

  /**
   * The outputs that read an input cell.
   * @param {number} channel @param {number[]} cell @returns {Place[]}
   */
  readers(channel, cell) {
    const first = channel - (channel % this.scene.groupChannels);
    const maps = this.scene.firstChannel.flatMap((c, map) => (c === first ? [map] : []));
    const outputs = this.axes.map((axis, n) =>
      axis.table.flatMap((row, output) => row.flatMap((i) => (i === cell[n] ? [output] : []))));
    return product(maps, outputs).map(([map, ...at]) => ({ map, at }));
  }

  /**
   * The input cells that a weight multiplies, padding included.
   * @param {number[]} offset @returns {number[][]}
   */
  partners(offset) {
    const cells = this.axes.map((axis, n) => [...new Set(axis.table.map((row) => row[offset[n]]))]);
    return product([0], cells).map(([, ...cell]) => cell);
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

  /**
   * Where an element lies in its tensor's memory.
   * @param {number} channel @param {number[]} at @param {"size"|"kernel"|"output"} size
   */
  index(channel, at, size) {
    return at.reduce((index, i, n) => index * this.axes[n][size] + i, channel);
  }

  /**
   * An element's indices for a reader, `[1, 2]`: no channel where there is one alone, no depth in two
   * dimensions.
   * @param {number} count channels @param {number} channel @param {number[]} at
   */
  name(count, channel, at) {
    return `[${[...(count > 1 ? [channel] : []), ...(this.deep ? at : at.slice(1))].join(", ")}]`;
  }

  /** The name of an output element. @param {Place} place */
  outputName({ map, at }) {
    return this.name(this.scene.maps, map, at);
  }
}

/**
 * Each of `firsts` with each combination of one index an axis.
 * @param {number[]} firsts @param {number[][]} indices
 */
function product(firsts, indices) {
  return indices.reduce(
    (found, some) => found.flatMap((start) => some.map((i) => [...start, i])),
    firsts.map((first) => [first]),
  );
}

/** The key of a panel. @param {PanelTensor} tensor @param {number} channel @param {number} depth */
export function panelKey(tensor, channel, depth) {
  return `${tensor}/${channel}/${depth}`;
}
