// @ts-check
/** Which keys stay Jupyter's, also where a widget keeps its own from it. */

import { SUPPRESS } from "./dom.js";

const TEXT_KEYS = ["a", "c", "v", "x", "y", "z"]; // with Ctrl they are for the text in a field

/**
 * Jupyter's keys that save, run a cell and the like work from within an element too: for this one event
 * nothing keeps them away.
 * @param {HTMLElement} root @param {AbortSignal} signal
 */
export function leaveToJupyter(root, signal) {
  window.addEventListener("keydown", (event) => {
    const node = /** @type {HTMLElement} */ (event.target);
    if (!isJupyters(event) || !root.contains(node)) return;
    const keepers = [root, ...root.querySelectorAll(`[${SUPPRESS}]`)].filter((each) => each.contains(node));
    for (const keeper of keepers) keeper.removeAttribute(SUPPRESS);
    setTimeout(() => keepers.forEach((keeper) => keeper.setAttribute(SUPPRESS, "true")));
  }, { capture: true, signal });
}

/** @param {KeyboardEvent} event */
export function isJupyters({ key, ctrlKey, metaKey, shiftKey }) {
  const command = (ctrlKey || metaKey) && !TEXT_KEYS.includes(key.toLowerCase());
  return command || (shiftKey && key === "Enter");
}
