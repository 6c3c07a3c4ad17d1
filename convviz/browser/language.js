// @ts-check
/** What a reader reads, from the catalogue of their language (language/catalogue.py). */

import CATALOGUE from "../language/en.toml";

/**
 * The sentence of a key, with `values` in the places of its braces. Where it has several forms, the
 * value `count` chooses.
 * @param {string} key @param {Record<string, string|number>} [values]
 */
export function say(key, values = {}) {
  const sentence = CATALOGUE[key];
  if (sentence === undefined) throw new Error(`no sentence ${key}`);
  return formOf(sentence, values.count).replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** @param {string|{one?: string, other: string}} sentence @param {string|number|undefined} count */
function formOf(sentence, count) {
  if (typeof sentence === "string") return sentence;
  return (count === 1 && sentence.one) || sentence.other;
}
