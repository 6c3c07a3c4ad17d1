// @ts-check
/** A stage in a notebook: anywidget's model is where the scene comes from and where wishes go. */

import { element } from "./dom.js";
import { mount } from "./stage.js";

/** @param {{model: any, el: HTMLElement, signal: AbortSignal}} context anywidget's */
function render({ model, el, signal }) {
  const on = (/** @type {string} */ name, /** @type {() => void} */ listener) => {
    model.on(`change:${name}`, listener);
    signal.addEventListener("abort", () => model.off(`change:${name}`, listener));
  };
  const send = (/** @type {object} */ message) => model.send(message);
  const hear = (/** @type {(message: any, buffers: DataView[]) => void} */ listener) => {
    model.on("msg:custom", listener);
    signal.addEventListener("abort", () => model.off("msg:custom", listener));
  };
  const save = saver(send, hear);
  const stage = mount(el, { get: (name) => model.get(name), on, save, ...(model.get("editable") ? { send, hear } : {}) }, signal);
  watchKernel(model, (away) => stage.showAway(away), signal);
}

/**
 * Ask the model for files; each comes back as a message, and goes on as a download.
 * @param {(message: object) => void} send @param {(listener: (message: any, buffers: DataView[]) => void) => void} hear
 * @returns {(message: object) => Promise<string>}
 */
function saver(send, hear) {
  /** @type {Map<string, (refused: string) => void>} */
  const waiting = new Map();
  hear(({ request, name, refused }, buffers) => {
    const done = waiting.get(request); // another view's, where it is not ours
    waiting.delete(request);
    if (done && name) download(name, buffers[0]);
    done?.(refused ?? "");
  });
  return (message) => new Promise((done) => {
    const request = String(Math.random());
    waiting.set(request, done);
    send({ ...message, request });
  });
}

/** @param {string} name @param {DataView} content */
function download(name, content) {
  const url = URL.createObjectURL(new Blob([/** @type {any} */ (content)]));
  const link = /** @type {HTMLAnchorElement} */ (element("a", "", { href: url, download: name }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * Tell `show` whether the Jupyter kernel is away, where the host knows: JupyterLab and Notebook do.
 * One that restarted comes back without this model, which is told so once (ipywidgets' `comm_live`).
 * @param {any} model @param {(away: boolean) => void} show @param {AbortSignal} signal
 */
function watchKernel(model, show, signal) {
  const manager = model.widget_manager;
  const kernel = manager?.kernel;
  let forgotten = false;
  const look = () => {
    const gone = manager && "kernel" in manager &&
      (!kernel || kernel.isDisposed || kernel.status === "dead" || kernel.connectionStatus !== "connected");
    show(gone || forgotten);
  };
  const forget = () => { forgotten = true; look(); };
  look();
  model.on("comm_live_update", forget);
  signal.addEventListener("abort", () => model.off("comm_live_update", forget));
  for (const name of ["disposed", "statusChanged", "connectionStatusChanged"]) {
    kernel?.[name]?.connect(look);
    signal.addEventListener("abort", () => kernel?.[name]?.disconnect(look));
  }
}

export default { render };
