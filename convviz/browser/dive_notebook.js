// @ts-check
/** A dive in a notebook: anywidget's model is where it comes from and where a chosen pixel goes. */

import { mountDive } from "./dive.js";
import { Kernel } from "./kernel.js";

/** @import { Model } from "./kernel.js" */
/** @import { DiveSource, DiveState } from "./types.js" */
/** @typedef {Model & {get: <Name extends keyof DiveState>(name: Name) => DiveState[Name]}} DiveModel */

/** @param {{model: DiveModel, el: HTMLElement, signal: AbortSignal}} context anywidget's */
function render({ model, el, signal }) {
  const kernel = new Kernel(model, signal);
  /** @type {DiveSource} */
  const source = {
    get: (name) => model.get(name),
    on: (name, listener) => kernel.on(`change:${name}`, listener),
    kernel,
    send: (message) => kernel.send(message),
    save: (request) => kernel.save(request),
  };
  const dive = mountDive(el, source, signal);
  kernel.on("msg:custom", (message) => { if ("request" in message) dive.answered(); });
  kernel.watch();
}

export default { render };
