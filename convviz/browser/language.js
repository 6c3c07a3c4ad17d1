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
  const text = typeof sentence === "string" ? sentence : sentence[values.count === 1 && sentence.one ? "one" : "other"];
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}
