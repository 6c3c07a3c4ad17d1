// @ts-check
/** Small tools for elements: make one, change only what differs. */

/** On the element that has the focus it keeps Jupyter's keys away. */
export const SUPPRESS = "data-lm-suppress-shortcuts";
export const OWN_KEYS = { [SUPPRESS]: "true" };

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {string} className
 * @param {Record<string, string>} [attributes] @param {string} [text]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, className, attributes = {}, text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  return node;
}

/** An element of a drawing. @param {string} tag @param {Record<string, string>} attributes */
export function drawing(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

/**
 * Set a text where it differs: a slider changes few cells of many.
 * @param {HTMLElement} node @param {string} text
 */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Set a class where it differs. @param {HTMLElement} node @param {string} className */
export function setClass(node, className) {
  if (node.className !== className) node.className = className;
}
