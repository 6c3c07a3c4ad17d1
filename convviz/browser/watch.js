// @ts-check
/** Whether the Jupyter kernel is there, for the buttons and fields of an exercise, which need it. */

import { element, write } from "./dom.js";
import { Kernel, wordsOf } from "./kernel.js";

/** @import { Model } from "./kernel.js" */

/** @param {{model: Model, el: HTMLElement, signal: AbortSignal}} context anywidget's */
function render({ model, el, signal }) {
  const kernel = new Kernel(model, signal);
  const words = element("div", "convviz cv-away", { role: "status" });
  el.append(words);
  /** @type {(HTMLButtonElement|HTMLInputElement)[]} */
  let held = []; // what cannot be used meanwhile
  const watched = () => el.closest(".convviz-practice") ?? el.closest(".convviz-exercise");
  kernel.show = () => {
    write(words, wordsOf(kernel.state));
    for (const each of held) each.disabled = false;
    held = kernel.state === "answers" ? [] : [...(watched()?.querySelectorAll(USED) ?? [])];
    for (const each of held) each.disabled = true;
  };
  const used = (/** @type {Event} */ { target }) => {
    if (target instanceof Element && target.matches(USED) && watched()?.contains(target)) kernel.ask();
  };
  for (const event of ["click", "change"]) document.addEventListener(event, used, { signal, capture: true });
  kernel.watch();
}

// Those of a picture in an exercise are the picture's own: playing goes on.
const USED = /** @type {"button"} */ (":is(button, input):not(:disabled, .convviz *)");

export default { render };
