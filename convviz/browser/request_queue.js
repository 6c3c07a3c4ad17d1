// @ts-check
/** Requests to the Jupyter kernel, one at a time. */

/** @import { Setting } from "./types.js" */

/**
 * The next request goes when the last is acknowledged, and of one key only the latest, so that a
 * slider is never ahead of the Jupyter kernel by more than one.
 */
export class RequestQueue {
  /** @param {(message: Setting & {request: string}) => void} send */
  constructor(send) {
    this.send = send;
    /** @type {Map<string, Setting>} */
    this.waiting = new Map();
    this.request = ""; // what has been sent and not yet acknowledged
    this.key = ""; // whose request it is
  }

  /** Whether a request is under way. */
  get busy() {
    return this.request !== "";
  }

  /** @param {string} key @param {Setting} message */
  put(key, message) {
    this.waiting.delete(key); // the newest is last: a Reset before it stays before it
    this.waiting.set(key, message);
    if (!this.busy) this.#sendNext();
  }

  /** Whether anything of a key waits or is under way. @param {string} key */
  holds(key) {
    return this.waiting.has(key) || (this.busy && this.key === key);
  }

  /**
   * A request was answered, or never will be: send the next.
   * @param {string} request @returns {string} its key, "" if it is not ours
   */
  acknowledge(request) {
    if (!request || request !== this.request) return "";
    const { key } = this;
    this.request = "";
    this.#sendNext();
    return key;
  }

  /** Forget what waits, and what will never be answered. */
  clear() {
    this.waiting.clear();
    this.request = "";
  }

  #sendNext() {
    const [first] = this.waiting;
    if (!first) return;
    const [key, message] = first;
    this.waiting.delete(key);
    const request = String(Math.random());
    this.key = key;
    this.request = request;
    this.send({ ...message, request });
  }
}
