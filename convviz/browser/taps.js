// @ts-check
/**
 * The moves of an output in slow motion, and its total after each: which products go together, and how
 * long a move takes. Where a sum stops, and its totals there, Python tells (scene/running.py).
 */

/** @import { Lookup } from "./lookup.js" */
/** @import { Place, RunningMessage, Tap } from "./types.js" */
/**
 * One move: products that are added together, or what comes after the last of them.
 * @typedef {Object} Motion
 * @property {"product"|"products"|"padding"|"bias"|"scale"|"home"} kind
 * @property {number} from  how many terms have been added before it
 * @property {number} to  and after it
 * @property {number|null} closes  the channel, within the group, whose subtotal it leaves
 */
/** A total: the exact one and float32's, as far as they are known. @typedef {{exact: string|null, float32: string|null}} Total */

const PRODUCT_TIMES = [900, 300, 100]; // milliseconds a product, of the first outputs
const LONGEST_OUTPUT = 10_000; // milliseconds for any output

/**
 * The moves of one output, in the order of its sum. Zeros of the padding that follow one another go in
 * one; what is no product, a bias or the scale of an int8 layer, is a term of its own, last.
 * @param {Lookup} lookup @param {Place} place @returns {Motion[]}
 */
export function motionsOf(lookup, place) {
  const { scene } = lookup;
  if (!scene.running) return [];
  const taps = lookup.taps(place);
  const size = taps.length / scene.groupChannels; // products of one channel
  /** @type {Motion[]} */
  const motions = [];
  for (const to of scene.running.stops) {
    const before = motions.at(-1);
    const from = before?.to ?? 0;
    const kind = kindOf(taps.slice(from, to), lookup);
    const closes = scene.groupChannels > 1 && to % size === 0 ? to / size - 1 : null;
    if (kind === "padding" && before?.kind === "padding" && before.closes === null)
      Object.assign(before, { to, closes });
    else motions.push({ kind, from, to, closes });
  }
  const end = lastTerm(lookup);
  if (end) motions.push({ kind: end, from: taps.length, to: taps.length + 1, closes: null });
  return motions;
}

/** @param {Tap[]} taps @param {Lookup} lookup @returns {Motion["kind"]} */
export function kindOf(taps, lookup) {
  if (taps.every((tap) => !lookup.isData(tap.cell))) return "padding";
  return taps.length === 1 ? "product" : "products";
}

/** What comes after the products. @param {Lookup} lookup @returns {"bias"|"scale"|null} */
function lastTerm({ scene }) {
  if (scene.sumType === "int32") return "scale";
  return scene.addsBias ? "bias" : null;
}

/** How many terms an output has: its products and what comes after them. @param {Lookup} lookup */
export function termsOf(lookup) {
  const { groupChannels, axes } = lookup.scene;
  return axes.reduce((count, axis) => count * axis.kernel, groupChannels) + (lastTerm(lookup) ? 1 : 0);
}

/**
 * An output's total after so many of its terms; after the last it is the output.
 * @param {Lookup} lookup @param {number} step @param {number} terms one at which it stops @returns {Total}
 */
export function totalAfter({ scene, sums }, step, terms) {
  if (terms === 0) return { exact: "0", float32: "0" };
  const { after, exact, float32 } = /** @type {RunningMessage} */ (scene.running);
  const n = after.indexOf(terms);
  if (n < 0) return { exact: scene.exact?.[step] ?? null, float32: null };
  return { exact: exact?.[step][n] ?? null, float32: float32?.[step][n] ?? sums?.after(step, terms) ?? null };
}

/**
 * How long the next move takes, in milliseconds; 0 where an output is shown whole.
 * @param {Motion[]} motions @param {number} shown  outputs that have been shown slowly before
 * @param {number} singly  moves that take their time, however many follow in a sweep
 * @param {number} done  moves that have been made
 */
export function timeOf(motions, shown, singly = 0, done = 0) {
  const time = PRODUCT_TIMES[shown] ?? 0;
  if (done < singly) return time;
  return Math.min(time, (LONGEST_OUTPUT - singly * time) / Math.max(1, motions.length - singly));
}
