// @ts-check
/** A stage in a notebook: anywidget's model is where the scene comes from and where messages go. */

import { element, write } from "./dom.js";
import { Kernel } from "./kernel.js";
import { say } from "./language.js";
import { showSource } from "./show.js";
import { Shown } from "./shown.js";

/** @import { Model } from "./kernel.js" */
/** @import { Source } from "./types.js" */

/** @param {{model: Model, el: HTMLElement, signal: AbortSignal}} context anywidget's */
function render({ model, el, signal }) {
  const kernel = new Kernel(model, signal);
  const words = element("div", "convviz cv-away", { role: "status" });
  const host = element("div", "");
  const shown = new Shown(model, kernel, (waits, before) => {
    write(words, waits ? say("stage.large_values") : "");
    host.hidden = waits && !before; // without a picture nothing works
  });
  /** @type {Source} */
  const source = {
    get: shown.get,
    on: (name, listener) => name === "scene" ? shown.follow(listener) : kernel.on(`change:${name}`, listener),
    kernel,
    save: (request) => kernel.save(request),
    ...(model.get("editable") ? { send: (message) => kernel.send(message) } : {}),
  };
  el.append(words, host);
  showSource(host, source, signal);
  kernel.watch();
}

export default { render };
