// @ts-check
/** Whether what a reader typed is a sum: read as people write numbers, judged at the digits typed. */

import { Decimal } from "./decimal.js";

/** @import { Lookup } from "./lookup.js" */
/** @import { Place, Tap } from "./types.js" */
/**
 * What is said of an answer. `short`: right as far as it goes, which is not far enough; `unread`: no
 * number.
 * @typedef {"right"|"wrong"|"short"|"unread"} Verdict
 */

const LEADING = 3; // digits at least, or all of them where there are fewer
const LONGEST_NUMBER = 60; // characters that are read as a number
const MOST_POWER = 400; // of ten, either way: more than float32 has

/**
 * Judge a number: right is what one of the sums gives, rounded or cut at the digits typed.
 * @param {string} typed @param {string[]} sums the exact one and float32's, as far as there are any
 * @returns {{verdict: Verdict, higher: boolean}} `higher`: whether the sum is higher than what was typed
 */
export function judge(typed, sums) {
  const guesses = readings(typed);
  const truths = sums.map((text) => Decimal.of(text)).filter((number) => number !== null);
  if (!guesses.length || !truths.length) return { verdict: "unread", higher: false };
  const verdicts = guesses.flatMap((guess) => truths.map((truth) => verdictOn(guess, truth)));
  const order = /** @type {Verdict[]} */ (["right", "short", "wrong"]);
  const verdict = order.find((each) => verdicts.includes(each)) ?? "wrong";
  return { verdict, higher: truths[0].compare(guesses[0]) > 0 };
}

/** @param {Decimal} guess @param {Decimal} truth @returns {Verdict} */
function verdictOn(guess, truth) {
  const agrees = [truth.rounded(guess.point), truth.cut(guess.point)].some((each) => !each.compare(guess));
  if (!agrees) return "wrong";
  if (!truth.compare(guess)) return "right";
  const digits = truth.magnitude + guess.point + 1;
  return digits >= Math.min(LEADING, truth.significant) ? "right" : "short";
}

/**
 * What a text can mean as a number: a comma alone may be a point, or part thousands.
 * @param {string} typed @returns {Decimal[]}
 */
function readings(typed) {
  if (typed.length > LONGEST_NUMBER) return [];
  const plain = plainText(typed);
  const commas = plain.split(",").length - 1;
  const points = plain.split(".").length - 1;
  const forms = [];
  if (points <= 1 && thousands(plain, ",", ".")) forms.push(plain.replaceAll(",", ""));
  if (commas <= 1 && thousands(plain, ".", ",")) forms.push(plain.replaceAll(".", "").replace(",", "."));
  if (!commas && points === 1) forms.unshift(plain); // 12.345 is first what it says
  if (commas === 1 && !points) forms.unshift(plain.replace(",", "."));
  return [...new Set(forms)].map((form) => numberOf(form)).filter((number) => number !== null);
}

/** With plain signs and digits, no spaces, and powers of ten as e. @param {string} typed */
function plainText(typed) {
  return typed
    .replace(/[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+/g, (power) => `^${power}`)
    .normalize("NFKC") // raised and fullwidth digits become plain ones
    .replace(/[\s'’_]/g, "")
    .replace(/[−–—]/g, "-")
    .replace(/^=/, "")
    .replace(/(^[+-]?|[×·⋅*x])10(?:\^|\*\*)\(?([+-]?\d+)\)?$/i, (_, before, power) =>
      `${/\d|[×·⋅*x]/i.test(before) ? "" : `${before}1`}e${power}`)
    .replace(/^\+/, "");
}

/**
 * Whether a separator parts thousands, if it is there at all: three digits after each, none after the
 * point.
 * @param {string} plain @param {string} separator @param {string} point
 */
function thousands(plain, separator, point) {
  if (!plain.includes(separator)) return true;
  const [whole, ...rest] = plain.replace(/e.*$/i, "").replace("-", "").split(point);
  const [first, ...groups] = whole.split(separator);
  return /^\d{1,3}$/.test(first) && groups.every((group) => /^\d{3}$/.test(group)) &&
    rest.every((part) => !part.includes(separator));
}

/** @param {string} form */
function numberOf(form) {
  const power = /e([+-]?\d+)$/i.exec(form);
  return power && Math.abs(Number(power[1])) > MOST_POWER ? null : Decimal.of(form);
}

// ---- Digits that spell their window

/** A place for a digit. @typedef {{power: number, tap: Tap, digit: string}} Slot */

/**
 * The slots of an output whose digits spell its window, from the highest power of ten down.
 * @param {Lookup} lookup @param {Place} place @param {(tap: Tap) => string} valueText
 * @returns {Slot[]} none where digits spell nothing
 */
export function slotsOf(lookup, place, valueText) {
  const writers = lookup.scene.digits?.[place.map];
  if (!writers) return [];
  const taps = lookup.taps(place);
  return Object.entries(writers)
    .map(([power, tap]) => ({ power: Number(power), tap: taps[tap], digit: valueText(taps[tap]) }))
    .sort((a, b) => b.power - a.power);
}

/** The slots whose digit is another than was typed. @param {Slot[]} slots @param {string[]} typed */
export function wrongSlots(slots, typed) {
  return slots.filter(({ digit }, n) => (typed[n] ?? "").trim().normalize("NFKC") !== digit);
}
