// @ts-check
/** A stage in a notebook: anywidget's model is where the scene comes from and where messages go. */

import { element } from "./dom.js";
import { mount } from "./stage.js";

/** @import { FileAnswer, FileRequest, Prefetched, Source, StageState } from "./types.js" */
/** @typedef {Prefetched|FileAnswer} Message  from Python */
/** @typedef {(message: Message, buffers: DataView[]) => void} Listener */
/**
 * @typedef {Object} Model  what is used of anywidget's
 * @property {<Name extends keyof StageState>(name: Name) => StageState[Name]} get
 * @property {(event: string, listener: (...given: any[]) => void) => void} on  what is given follows from the event
 * @property {(event: string, listener: (...given: any[]) => void) => void} off
 * @property {(message: object) => void} send
 * @property {{kernel?: KernelConnection|null}} [widget_manager]  JupyterLab's and Notebook's
 */
/** @typedef {{connect: (listener: () => void) => void, disconnect: (listener: () => void) => void}} Signal */
/** @typedef {{isDisposed: boolean, status: string, connectionStatus: string} & Partial<Record<string, Signal>>} KernelConnection */

/** @param {{model: Model, el: HTMLElement, signal: AbortSignal}} context anywidget's */
function render({ model, el, signal }) {
  const on = (/** @type {string} */ event, /** @type {(...given: any[]) => void} */ listener) => {
    model.on(event, listener);
    signal.addEventListener("abort", () => model.off(event, listener));
  };
  const listen = (/** @type {Listener} */ listener) => on("msg:custom", listener);
  const send = (/** @type {object} */ message) => model.send(message);
  /** @type {Source} */
  const source = {
    get: (name) => model.get(name),
    on: (name, listener) => on(`change:${name}`, listener),
    save: saver(send, listen),
    ...(model.get("editable") ? { send, listen } : {}),
  };
  const stage = mount(el, source, signal);
  watchKernel(model, (away) => stage.showAway(away), signal);
}

/**
 * Ask the model for files; each comes back as a message, and goes on as a download.
 * @param {(message: object) => void} send @param {(listener: Listener) => void} listen
 * @returns {(request: FileRequest) => Promise<string>}
 */
function saver(send, listen) {
  /** @type {Map<string, (refused: string) => void>} */
  const waiting = new Map();
  listen((message, buffers) => {
    if (!("request" in message)) return;
    const { request, name, refused } = message;
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
  const url = URL.createObjectURL(new Blob([/** @type {DataView<ArrayBuffer>} */ (content)]));
  element("a", "", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * Tell `show` whether the Jupyter kernel is away, where the host knows: JupyterLab and Notebook do.
 * One that restarted comes back without this model, which is told so once (ipywidgets' `comm_live`).
 * @param {Model} model @param {(away: boolean) => void} show @param {AbortSignal} signal
 */
function watchKernel(model, show, signal) {
  const manager = model.widget_manager;
  const kernel = manager?.kernel;
  let forgotten = false;
  const check = () => {
    const gone = manager !== undefined && "kernel" in manager && !isConnected(kernel);
    show(gone || forgotten);
  };
  const forget = () => { forgotten = true; check(); };
  check();
  model.on("comm_live_update", forget);
  signal.addEventListener("abort", () => model.off("comm_live_update", forget));
  for (const name of ["disposed", "statusChanged", "connectionStatusChanged"]) {
    kernel?.[name]?.connect(check);
    signal.addEventListener("abort", () => kernel?.[name]?.disconnect(check));
  }
}

/** @param {KernelConnection|null|undefined} kernel */
function isConnected(kernel) {
  return kernel && !kernel.isDisposed && kernel.status !== "dead" && kernel.connectionStatus === "connected";
}

export default { render };
