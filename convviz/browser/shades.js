// @ts-check
/**
 * The colours of values: grey from black to white, or blue over a light grey to red for values of
 * either sign. The middle is no page's colour, so that what is zero and what is not there differ.
 */

/** Writes a value's red, green and blue. @typedef {(value: number, to: Uint8ClampedArray|number[], at: number) => void} Shade */
/** @typedef {[red: number, green: number, blue: number]} Colour */
/** The ends of the scale for values of either sign, and what int8 did. @typedef {Record<"negative"|"middle"|"positive"|"saturated"|"vanished", Colour>} Ends */

/** The colours that the style sheet has. @param {Element} node @returns {Ends} */
export function endsFor(node) {
  const style = getComputedStyle(node);
  const colour = (/** @type {string} */ name) => parsed(style.getPropertyValue(`--cv-${name}`).trim());
  return {
    negative: colour("negative"), middle: colour("middle"), positive: colour("positive"),
    saturated: colour("saturated"), vanished: colour("vanished"),
  };
}

/** @param {string} text `#rrggbb` @returns {Colour} */
function parsed(text) {
  const at = (/** @type {number} */ n) => parseInt(text.slice(n, n + 2), 16) || 0;
  return [at(1), at(3), at(5)];
}

/** @param {number} black @param {number} white @returns {Shade} */
export function greyShade(black, white) {
  const scale = white > black ? 255 / (white - black) : 0;
  return (value, to, at) => {
    to[at] = to[at + 1] = to[at + 2] = Math.max(0, Math.min(255, (value - black) * scale)) || 0;
  };
}

/** @param {number} size of the fullest colours @param {Ends} ends @returns {Shade} */
export function signedShade(size, { negative, middle, positive }) {
  return (value, to, at) => {
    const level = size > 0 ? Math.max(-1, Math.min(1, value / size)) || 0 : 0;
    const end = level < 0 ? negative : positive;
    for (let n = 0; n < 3; n++) to[at + n] = middle[n] + (end[n] - middle[n]) * Math.abs(level);
  };
}

/** A value's colour for the style sheet. @param {Shade} shade @param {number} value */
export function cssColour(shade, value) {
  const to = [0, 0, 0];
  shade(value, to, 0);
  return `#${to.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
}

/** Black or white, whichever reads better on a value's colour. @param {Shade} shade @param {number} value */
export function inkOn(shade, value) {
  const to = [0, 0, 0];
  shade(value, to, 0);
  const [red, green, blue] = to.map((part) => {
    const level = part / 255;
    return level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "var(--cv-black)" : "var(--cv-white)"; // WCAG 2.1
}
