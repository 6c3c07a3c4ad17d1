// @ts-check
/** A page's own script: brings its scenes to life. Nothing is loaded. */

import { mount } from "./stage.js";

/** @param {any} value bytes came as base64 */
function unpacked(value) {
  if (value === null || typeof value !== "object" || !("base64" in value)) return value;
  return new DataView(Uint8Array.from(atob(value.base64), (letter) => letter.charCodeAt(0)).buffer);
}

const states = JSON.parse(/** @type {HTMLElement} */ (document.getElementById("convviz-scenes")).textContent ?? "[]");
for (const host of document.querySelectorAll("[data-scene]")) {
  const state = states[Number(/** @type {HTMLElement} */ (host).dataset.scene)];
  const source = { get: (/** @type {string} */ name) => unpacked(state[name]), on: () => {} };
  mount(/** @type {HTMLElement} */ (host), source, new AbortController().signal);
}

const theme = /** @type {HTMLSelectElement} */ (document.getElementById("convviz-theme"));
theme.addEventListener("change", () => {
  for (const node of [document.documentElement, ...document.querySelectorAll(".convviz")]) {
    if (theme.value) /** @type {HTMLElement} */ (node).dataset.theme = theme.value;
    else delete /** @type {HTMLElement} */ (node).dataset.theme;
  }
});
