// @ts-check
/** What the channels of a sum add, in numbers that a reader reads. */

import { numberText, withMinus } from "./numbers.js";

export const SUM_DIGITS = 4;

/** A number with its sign. @param {number} value @param {number} digits */
export function signedText(value, digits) {
  return `${value < 0 ? "−" : "+"}${numberText(Math.abs(value), digits)}`;
}

/** A number with a minus sign that is one. @param {number} value @param {number} [digits] */
export function minusText(value, digits) {
  return withMinus(numberText(value, digits));
}

/**
 * What the channels that add and those that take away come to, and the magnitude of all.
 * @param {number[]} parts
 */
export function grossOf(parts) {
  const sum = (/** @type {number[]} */ values) => values.reduce((total, value) => total + value, 0);
  const adds = sum(parts.filter((part) => part > 0));
  const takes = sum(parts.filter((part) => part < 0));
  return { adds, takes, gross: adds - takes };
}

/** The channels that add most, or take away most: the largest parts first. @param {number[]} parts @param {number} count */
export function largestOf(parts, count) {
  const order = parts.map((_, n) => n).sort((a, b) => Math.abs(parts[b]) - Math.abs(parts[a]));
  return order.slice(0, count);
}

/** Which part of the gross some channels are, in percent. @param {number[]} parts @param {number[]} channels */
export function shareOf(parts, channels) {
  const { gross } = grossOf(parts);
  const own = channels.reduce((sum, channel) => sum + Math.abs(parts[channel]), 0);
  return gross > 0 ? Math.round((100 * own) / gross) : 0;
}
