// @ts-check
/**
 * The running sum of an output of a picture: its pixels go to the browser as float32, so that the sum can be
 * followed here. The order and the rounding are the layer's own: one fused multiply-add a product.
 */

import { numberText } from "./numbers.js";

/** @import { Lookup } from "./lookup.js" */

export class PictureSums {
  /** @param {Lookup} lookup @param {Float32Array} input in memory order */
  constructor(lookup, input) {
    this.lookup = lookup;
    this.input = input;
  }

  /** The float32 sum of a step's first products, as text. @param {number} step @param {number} terms */
  after(step, terms) {
    const { lookup, input } = this;
    const place = lookup.place(step);
    const weights = lookup.scene.weights?.[place.map] ?? [];
    const taps = lookup.taps(place).slice(0, terms);
    return numberText(taps.reduce((sum, { channel, cell, weight }) => {
      const value = lookup.isData(cell) ? input[lookup.index(channel, cell, "size")] : 0;
      return fusedMultiplyAdd(value, weights[weight], sum);
    }, 0));
  }
}

const DOUBLE = new Float64Array(1);
const BITS = new BigUint64Array(DOUBLE.buffer);

/**
 * a × b + c for float32, rounded once. The product is exact as a double; the sum is rounded to odd, which the
 * last rounding does not notice (S. Boldo and G. Melquiond, "Emulation of a FMA and correctly rounded sums",
 * 2008).
 * @param {number} a @param {number} b @param {number} c
 */
function fusedMultiplyAdd(a, b, c) {
  const product = a * b;
  const sum = product + c;
  const part = sum - product;
  const lost = product - (sum - part) + (c - part);
  if (!lost || !Number.isFinite(sum)) return Math.fround(sum);
  DOUBLE[0] = sum;
  if (!(BITS[0] & 1n)) BITS[0] += lost > 0 === sum > 0 ? 1n : -1n;
  return Math.fround(DOUBLE[0]);
}
