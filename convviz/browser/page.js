// @ts-check
/** A page's own script: brings its scenes to life. Nothing is loaded. */

import { mountDiagram } from "./diagram.js";
import { mountDive } from "./dive.js";
import { showSource } from "./show.js";

/** @typedef {Record<string, unknown> & {module?: string}} PageState  traits of a widget, by name */
/** @typedef {{get: (name: string) => any, on: () => void}} PageSource */
/** @typedef {(host: HTMLElement, source: PageSource, signal: AbortSignal) => unknown} Mount */

/** @param {string} base64 */
function bytes(base64) {
  return new DataView(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);
}

/** What draws a widget, by its `page_module`; a stage has none. @type {Record<string, Mount>} */
const MODULES = { stage: showSource, dive: mountDive, diagram: mountDiagram };

/** @param {PageState} state @returns {PageSource} */
function sourceOf(state) {
  const get = (/** @type {string} */ name) => {
    const value = state[name];
    const packed = value !== null && typeof value === "object" && "base64" in value;
    return packed ? bytes(String(value.base64)) : value; // which it is follows from the name
  };
  return { get, on: () => {} };
}

/** @param {HTMLElement} host @param {PageState} state */
function show(host, state) {
  MODULES[state.module ?? "stage"](host, sourceOf(state), new AbortController().signal);
}

/** @type {PageState[]} */
const states = JSON.parse(document.getElementById("convviz-scenes")?.textContent ?? "[]");
for (const host of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-scene]")))
  show(host, states[Number(host.dataset.scene)]);

const theme = /** @type {HTMLSelectElement} */ (document.getElementById("convviz-theme"));
theme.addEventListener("change", () => {
  for (const node of document.querySelectorAll(":root, .convviz")) {
    if (theme.value) node.setAttribute("data-theme", theme.value);
    else node.removeAttribute("data-theme");
  }
});
