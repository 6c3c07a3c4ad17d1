// @ts-check
/** Small tools for elements: make one, change only what differs. */

/** On what has the focus it keeps Jupyter's keys away. */
export const SUPPRESS = "data-lm-suppress-shortcuts";
export const OWN_KEYS = { [SUPPRESS]: "true" };

/** @param {string} tag @param {string} className @param {Record<string, string>} [attributes] @param {string} [text] */
export function element(tag, className, attributes = {}, text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  return node;
}

/** Set what differs and leave the rest: a slider changes few cells of many. @param {HTMLElement} node @param {string} text */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {HTMLElement} node @param {string} className */
export function dress(node, className) {
  if (node.className !== className) node.className = className;
}
