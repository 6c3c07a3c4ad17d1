// @ts-check
/** Numbers as text, and how much room a text takes. */

const SUPERSCRIPTS = /[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]/g;
const SUPERSCRIPT_WIDTH = 0.65; // of a character's

/** A float32 value as text; it holds seven digits. @param {number} value @param {number} [digits] */
export function numberText(value, digits = 7) {
  return Number.isFinite(value) ? String(Number(value.toPrecision(digits))) : String(value);
}

/** A number's text with a minus sign that is one. @param {string} text */
export function withMinus(text) {
  return text.replace("-", "−");
}

/** The width of a text in monospaced characters. @param {string} text */
function textWidth(text) {
  return text.length - (1 - SUPERSCRIPT_WIDTH) * (text.match(SUPERSCRIPTS)?.length ?? 0);
}

/** The width of the widest text, or of `least`. @param {string[]} texts @param {number} least */
export function widestOf(texts, least) {
  return texts.reduce((most, text) => Math.max(most, textWidth(text)), least);
}

// ---- Numbers in cells

const MUCH = 3; // characters by which a number may be longer than most before it is shortened
const LEAST = 5; // characters that are never shortened
const MOST = 0.75; // of the numbers: how many are "most"

/**
 * How many characters the cells of a tensor should have room for: the longest number, unless it is so
 * much longer than most that all would be small for its sake.
 * @param {string[]} texts
 */
export function roomFor(texts) {
  const widths = texts.map(textWidth).sort((a, b) => a - b);
  if (!widths.length) return Infinity;
  const typical = widths[Math.floor(MOST * (widths.length - 1))];
  return Math.max(1, Math.min(widths[widths.length - 1], Math.max(LEAST, typical + MUCH)));
}

/**
 * Write a number into a cell, shortened where there is no room for it; then a pointer on it shows all.
 * @param {HTMLElement} cell @param {string} text @param {number} limit characters
 */
export function writeNumber(cell, text, limit) {
  const shown = textWidth(text) > limit ? shortened(text, limit) : text;
  if (cell.textContent !== shown) cell.textContent = shown;
  if (shown !== text) cell.title = text;
  else if (cell.title) cell.removeAttribute("title");
}

/** The whole number that a cell shows, perhaps shortened. @param {HTMLElement} cell */
export function wholeText(cell) {
  return cell.title || (cell.textContent ?? "");
}

/** A number rounded to so many digits as there is room for. @param {string} text @param {number} limit */
function shortened(text, limit) {
  const value = Number(text);
  if (!Number.isFinite(value)) return text;
  for (let digits = 8; digits > 0; digits--)
    for (const form of [String(Number(value.toPrecision(digits))), value.toExponential(digits - 1).replace("e+", "e")])
      if (form.length <= limit) return form;
  return value.toExponential(0).replace("e+", "e");
}
