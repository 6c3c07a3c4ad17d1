// @ts-check
/** A page's own script: brings its scenes to life. Nothing is loaded. */

import { mountDiagram } from "./diagram.js";
import { mountDive } from "./dive.js";
import { valueOf } from "./page_values.js";
import { showSource } from "./show.js";
import { mountVaried } from "./varied.js";

/** @typedef {Record<string, unknown> & {module?: string}} PageState  traits of a widget, by name */
/** @typedef {{get: (name: string) => any, on: () => void}} PageSource */
/** @typedef {(host: HTMLElement, source: PageSource, signal: AbortSignal) => unknown} Mount */

/** What draws a widget, by its `page_module`; a stage has none. @type {Record<string, Mount>} */
const MODULES = { stage: showSource, dive: mountDive, diagram: mountDiagram };

/** @param {PageState} state @returns {PageSource} */
function sourceOf(state) {
  return { get: (name) => valueOf(state[name]), on: () => {} };
}

/** @param {HTMLElement} host @param {PageState} state */
function show(host, state) {
  if (typeof state.varied === "string") void mountVaried(host, { ...state, varied: state.varied });
  else MODULES[state.module ?? "stage"](host, sourceOf(state), new AbortController().signal);
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
