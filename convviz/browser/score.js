// @ts-check
/** How many exercises of a notebook are solved (course/exercise.py). */

import { element } from "./dom.js";

/** @import { Score } from "./types.js" */
/** @typedef {{get: (name: "shown") => Score, on: (event: string, listener: () => void) => void, off: (event: string, listener: () => void) => void}} ScoreModel */

/** @param {{model: ScoreModel, el: HTMLElement, signal: AbortSignal}} context anywidget's */
function render({ model, el, signal }) {
  const root = element("div", "convviz cv-score", { role: "status" });
  const show = () => {
    const { text, stars, lost } = model.get("shown");
    root.replaceChildren(element("b", "", {}, text), " ", element("span", "", { "aria-hidden": "true" }, stars));
    root.append(...lost.map((words) => element("div", "", {}, words)));
  };
  model.on("change:shown", show);
  signal.addEventListener("abort", () => { model.off("change:shown", show); root.remove(); });
  show();
  el.append(root);
}

export default { render };
