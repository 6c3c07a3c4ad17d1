// @ts-check
/** The traits of a widget as a page holds them: JSON, with bytes as base64. */

/** @param {string} base64 */
export function bytes(base64) {
  return new DataView(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);
}

/** A trait's value; which it is follows from its name. @param {unknown} value @returns {any} */
export function valueOf(value) {
  const packed = value !== null && typeof value === "object" && "base64" in value;
  return packed ? bytes(String(value.base64)) : value;
}
