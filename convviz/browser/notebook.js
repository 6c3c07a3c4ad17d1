// @ts-check
/** A stage in a notebook: anywidget's model is where the scene comes from and where messages go. */

import { Kernel } from "./kernel.js";
import { mount } from "./stage.js";

/** @import { Model } from "./kernel.js" */
/** @import { Source } from "./types.js" */

/** @param {{model: Model, el: HTMLElement, signal: AbortSignal}} context anywidget's */
function render({ model, el, signal }) {
  const kernel = new Kernel(model, signal);
  /** @type {Source} */
  const source = {
    get: (name) => model.get(name),
    on: (name, listener) => kernel.on(`change:${name}`, listener),
    kernel,
    save: (request) => kernel.save(request),
    ...(model.get("editable") ? { send: (message) => kernel.send(message) } : {}),
  };
  mount(el, source, signal);
  kernel.watch();
}

export default { render };
