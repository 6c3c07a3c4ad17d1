// @ts-check
/** The Jupyter kernel behind a widget: what is sent there, what comes back, and whether it answers. */

import { element } from "./dom.js";
import { say } from "./language.js";
import { Pulse } from "./pulse.js";

/** @import { FileRequest, KernelState, KernelView } from "./types.js" */
/** @import { FileAnswer, Go, LargeValues, PartsAnswer, Pong, Prefetched } from "./types.js" */
/** @import { PartsMessage, StageState, ToLayer } from "./types.js" */
/** @typedef {Prefetched|FileAnswer|Go|LargeValues|PartsAnswer|Pong} Message  from Python */
/** @typedef {(...given: any[]) => void} EventHandler  what it is given follows from the event */
/**
 * @typedef {Object} Model  what is used of anywidget's
 * @property {<Name extends keyof StageState>(name: Name) => StageState[Name]} get
 * @property {(event: string, listener: EventHandler) => void} on
 * @property {(event: string, listener: EventHandler) => void} off
 * @property {(message: object) => void} send
 * @property {{kernel?: KernelConnection|null}} [widget_manager]  JupyterLab's and Notebook's
 */
/** @typedef {{connect: (listener: () => void) => void, disconnect: (listener: () => void) => void}} Signal */
/** @typedef {{isDisposed: boolean, status: string, connectionStatus: string}} ConnectionState */
/** @typedef {ConnectionState & Partial<Record<string, Signal>>} KernelConnection */

const VALUES = "values"; // what is fetched, and the name under which it is answered

/** @implements {KernelView} */
export class Kernel {
  /** @type {KernelState} */
  state = "answers";
  /** @type {Map<string, (refused: string) => void>} */
  files = new Map(); // by request, who waits for one
  show = () => {};
  /** @type {(prefetched: Prefetched) => void} */
  prefetched = () => {};
  /** @type {(message: Go) => void} */
  go = () => {};
  /** @type {(request: string) => void} */
  lost = () => {};
  /** @type {(message: LargeValues, buffers: DataView[]) => void} */
  values = () => {};
  /** @type {(where: PartsMessage, buffers: DataView[]) => void} */
  parts = () => {};
  /** @type {number|null} */
  partsAsked = null; // of which step, while they have not come
  fetching = false; // whether values were asked for that have not come yet
  forgotten = false; // whether the host has told that a restarted kernel does not know the model

  /** @param {Model} model @param {AbortSignal} signal */
  constructor(model, signal) {
    this.model = model;
    this.signal = signal;
    this.pulse = new Pulse({
      ping: (ping) => this.#post({ ping }),
      idle: () => (this.connection?.status ?? "idle") === "idle",
      show: () => this.#tell(),
      lost: (name) => this.#lose(name),
    }, signal);
  }

  /** Follow an event of the model, whose every change comes from the kernel. @param {string} event @param {EventHandler} listener */
  on(event, listener) {
    const hear = (/** @type {any[]} */ ...given) => {
      this.forgotten = false;
      this.pulse.hear();
      listener(...given);
    };
    this.model.on(event, hear);
    this.signal.addEventListener("abort", () => this.model.off(event, hear));
  }

  /** Send what a reader does; it is answered under the name of its request. @param {ToLayer} message */
  send(message) {
    this.#post(message, "prefetch" in message ? `prefetch ${message.prefetch}` : message.request);
  }

  /** Have a file made and downloaded, also where it comes late. @param {FileRequest} message */
  save(message) {
    /** @type {Promise<string>} */
    const done = new Promise((resolve) => {
      const request = String(Math.random());
      this.files.set(request, resolve);
      this.#post({ ...message, request }, request);
    });
    if (this.state !== "answers") this.#settleAll();
    return done;
  }

  /** Ask for values that the model does not hold, until they come. */
  fetchValues() {
    this.fetching = true;
    this.pulse.expect(VALUES, false); // no reader has done anything
    this.#post({ fetch: VALUES });
  }

  /** Ask what each channel adds to the outputs around a step. @param {number} step */
  askParts(step) {
    if (this.partsAsked === step) return;
    this.partsAsked = step;
    const request = `parts ${step}`;
    this.#post({ parts: step, request }, request);
  }

  /** Ask whether it is there, for a reader who has done something that says nothing back. */
  ask() {
    this.pulse.check(true);
  }

  /** Have all that waits answered, and `show` called where the kernel goes or comes back. */
  watch() {
    this.on("msg:custom", (message, buffers) => this.#take(message, buffers));
    this.on("change:controls", () => this.pulse.answer(this.model.get("controls")?.acknowledged ?? ""));
    const check = () => {
      const away = this.#isAway();
      if (this.state === "away" && !away) this.pulse.check();
      this.#tell();
    };
    const forget = () => { this.forgotten = true; check(); };
    this.model.on("comm_live_update", forget);
    this.signal.addEventListener("abort", () => this.model.off("comm_live_update", forget));
    const { connection } = this;
    for (const name of ["disposed", "statusChanged", "connectionStatusChanged"]) {
      connection?.[name]?.connect(check);
      this.signal.addEventListener("abort", () => connection?.[name]?.disconnect(check));
    }
    this.#tell();
    if (this.state !== "away") this.pulse.check();
  }

  get connection() {
    return this.model.widget_manager?.kernel;
  }

  /** Whether the kernel is away, where the host knows: JupyterLab and Notebook do. */
  #isAway() {
    const manager = this.model.widget_manager;
    return this.forgotten || (manager !== undefined && "kernel" in manager && !isConnected(manager.kernel));
  }

  #tell() {
    const state = this.#isAway() ? "away" : this.pulse.silent ? "silent" : "answers";
    if (state === "away") this.pulse.forget();
    if (state === this.state) return;
    this.state = state;
    if (state !== "answers") this.#settleAll();
    else if (this.fetching) this.fetchValues();
    this.show();
  }

  /** @param {object} message @param {string} [name] under which it is answered */
  #post(message, name) {
    if (name) this.pulse.expect(name);
    try {
      this.model.send(message);
    } catch (error) {
      console.warn("convviz:", error); // a connection that is closed: there will be no answer
    }
  }

  /** @param {Message} message @param {DataView[]} buffers */
  #take(message, buffers) {
    if ("pong" in message) this.pulse.answer(message.pong);
    if ("prefetched" in message) {
      this.pulse.answer(`prefetch ${message.prefetched}`);
      this.prefetched(message);
    }
    if ("values" in message) {
      this.fetching = false;
      this.pulse.answer(VALUES);
      this.values(message, buffers);
    }
    if ("go" in message) this.go(message);
    if ("parts" in message) {
      this.partsAsked = null;
      this.parts(message.parts, buffers);
    }
    if (!("request" in message)) return;
    const { request } = message;
    this.pulse.answer(request);
    if ("parts" in message) return;
    const { name, refused } = message;
    if (name && this.files.has(request)) download(name, buffers[0]); // else another view's
    this.#settle(request, refused ?? "");
    this.files.delete(request);
  }

  /** @param {string} name under which it will never be answered */
  #lose(name) {
    if (name === VALUES) return this.fetchValues();
    this.partsAsked = null;
    this.#settle(name, say("stage.lost"));
    this.lost(name);
  }

  /** Tell who waits for a file that there is none, or none yet. @param {string} request @param {string} refused */
  #settle(request, refused) {
    this.files.get(request)?.(refused);
  }

  #settleAll() {
    const words = wordsOf(this.state);
    for (const request of this.files.keys()) this.#settle(request, words);
    if (this.state === "away") this.files.clear();
  }
}

/** @param {string} name @param {DataView} content */
function download(name, content) {
  const url = URL.createObjectURL(new Blob([/** @type {DataView<ArrayBuffer>} */ (content)]));
  element("a", "", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** @param {KernelConnection|null|undefined} kernel */
function isConnected(kernel) {
  return kernel && !kernel.isDisposed && kernel.status !== "dead" && kernel.connectionStatus === "connected";
}

/** What a reader is told of a kernel. @param {KernelState} state */
export function wordsOf(state) {
  return { answers: "", silent: say("stage.no_answer"), away: say("stage.kernel_away") }[state];
}
