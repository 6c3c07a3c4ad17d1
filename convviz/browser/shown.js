// @ts-check
/**
 * What a notebook's stage shows of its model: a scene, once the values of its images are here.
 *
 * What a model holds, Jupyter saves with the notebook. Values that are too many for that
 * (`Stage.large_values`) are none of the model's: each view asks the Jupyter kernel for them.
 */

/** @import { Kernel, Model } from "./kernel.js" */
/** @import { LargeValues, Source } from "./types.js" */

export class Shown {
  /** @type {(() => void)[]} */
  listeners = [];
  /** @type {Record<string, unknown>} */
  told = {}; // what the listeners know
  number = 0; // of the values that are here
  /** @type {Partial<Record<string, DataView>>} */
  values = {};

  /** @param {Model} model @param {Kernel} kernel @param {(waits: boolean, once: boolean) => void} showWaiting */
  constructor(model, kernel, showWaiting) {
    this.model = model;
    this.kernel = kernel;
    this.showWaiting = showWaiting;
    this.once = false; // whether there was ever nothing to wait for
    kernel.values = (message, buffers) => this.#take(message, buffers);
    // A scene of images may change in nothing but their values.
    for (const name of ["scene", "input_values", "output_values", "large_values"])
      kernel.on(`change:${name}`, () => this.#tell());
    this.#fetch();
  }

  /** @type {Source["get"]} */
  get = (name) => {
    const { model, values } = this;
    const large = model.get("large_values") > 0;
    const value = name === "scene" && this.#waits ? NOTHING : large && values[name] ? values[name] : model.get(name);
    return /** @type {any} */ (value); // which it is follows from the name
  };

  /** Have a listener called whenever there is another scene, or other values. @param {() => void} listener */
  follow(listener) {
    this.listeners.push(listener);
  }

  get #waits() {
    const wanted = this.model.get("large_values");
    return wanted > 0 && wanted !== this.number;
  }

  #fetch() {
    this.once ||= !this.#waits;
    this.showWaiting(this.#waits, this.once);
    if (this.#waits) this.kernel.fetchValues();
  }

  /** The model has changed; it tells of each part that has. */
  #tell() {
    const now = Object.fromEntries(PARTS.map((name) => [name, this.get(name)]));
    if (PARTS.every((name) => now[name] === this.told[name])) return;
    this.told = now;
    this.#fetch();
    if (!this.#waits) for (const listener of this.listeners) listener();
  }

  /** @param {LargeValues} message @param {DataView[]} buffers */
  #take({ values }, [input, output]) {
    this.number = values;
    this.values = { input_values: input, output_values: output };
    if (!this.#waits) this.#tell();
  }
}

const NOTHING = {};
const PARTS = /** @type {const} */ (["scene", "input_values", "output_values"]);
