// @ts-check
/** Numbers as text, and how much room a text takes. */

const SUPERSCRIPTS = /[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]/g;
const SUPERSCRIPT_WIDTH = 0.65; // of a character's

/** A float32 value as text; it holds seven digits. @param {number} value @param {number} [digits] */
export function numberText(value, digits = 7) {
  return Number.isFinite(value) ? String(Number(value.toPrecision(digits))) : String(value);
}

/** The width of a text in monospaced characters. @param {string} text */
function textWidth(text) {
  return text.length - (1 - SUPERSCRIPT_WIDTH) * (text.match(SUPERSCRIPTS)?.length ?? 0);
}

/** The width of the widest text, or of `least`. @param {string[]} texts @param {number} least */
export function widestOf(texts, least) {
  return texts.reduce((most, text) => Math.max(most, textWidth(text)), least);
}
