// @ts-check
/** A page's own script: brings its scenes to life. Nothing is loaded. */

import { mount } from "./stage.js";

/** @import { Source, StageState } from "./types.js" */
/** @typedef {{[Name in keyof StageState]?: StageState[Name] | {base64: string}}} PageState  bytes are base64 */

/** @param {string} base64 */
function bytes(base64) {
  return new DataView(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);
}

/** @param {PageState} state @returns {Source} */
function sourceOf(state) {
  /** @type {Source["get"]} */
  const get = (name) => {
    const value = state[name];
    const packed = value !== null && typeof value === "object" && "base64" in value;
    return /** @type {any} */ (packed ? bytes(value.base64) : value); // which of the two follows from the name
  };
  return { get, on: () => {} };
}

/** @type {PageState[]} */
const states = JSON.parse(document.getElementById("convviz-scenes")?.textContent ?? "[]");
for (const host of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-scene]")))
  mount(host, sourceOf(states[Number(host.dataset.scene)]), new AbortController().signal);

const theme = /** @type {HTMLSelectElement} */ (document.getElementById("convviz-theme"));
theme.addEventListener("change", () => {
  for (const node of [document.documentElement, .../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".convviz"))]) {
    if (theme.value) node.dataset.theme = theme.value;
    else delete node.dataset.theme;
  }
});
