// @ts-check
/** A diagram in a notebook: anywidget's model is where it comes from; nothing goes back. */

import { mountDiagram } from "./diagram.js";

/** @import { DiagramSource, DiagramState } from "./types.js" */
/** @typedef {(event: string, listener: () => void) => void} Subscribe */
/** @typedef {{get: <Name extends keyof DiagramState>(name: Name) => DiagramState[Name], on: Subscribe, off: Subscribe}} DiagramModel */

/** @param {{model: DiagramModel, el: HTMLElement, signal: AbortSignal}} context anywidget's */
function render({ model, el, signal }) {
  /** @type {DiagramSource} */
  const source = {
    get: (name) => model.get(name),
    on: (name, listener) => {
      model.on(`change:${name}`, listener);
      signal.addEventListener("abort", () => model.off(`change:${name}`, listener));
    },
  };
  mountDiagram(el, source, signal);
}

export default { render };
