// @ts-check
/**
 * The controls of a layer: a slider and a field for every parameter, as the layer says (controls.py).
 * What a reader sets goes to the layer; what stands here is always what came back from it.
 */

import { element, OWN_KEYS } from "./dom.js";
import { say } from "./language.js";

/**
 * @typedef {Object} Control  one value of the layer
 * @property {string} name  a parameter, and an axis where it has several
 * @property {string} text  its value
 * @property {boolean} [whole]  whether it is a whole number
 * @property {[number, number, number]} [slider]  its least place, its last, and where it stands
 * @property {[string, string][]} [options]  values to choose from, and the words for them
 */
/**
 * @typedef {Object} Layer  what `Controls.message` tells of a layer
 * @property {string[]} axes
 * @property {{name: string, controls: Control[]}[]} parameters  a control an axis
 * @property {Control[]} others
 * @property {boolean} together  whether one axis moves all
 * @property {string} refused  the control whose last value was refused, or ""
 * @property {string} heard  the last message that was answered
 * @property {number} told  how often all this has been told
 */
/** @typedef {{foreseen: string, told: number, scenes: Record<number, object>}} Foreseen  scenes at a slider's next places */

const PATIENCE = 20_000; // milliseconds to wait for an answer that may never come

export class Controls {
  /** @param {(message: object) => void} send @param {(scene: object) => void} preview @param {AbortSignal} signal */
  constructor(send, preview, signal) {
    this.send = send;
    this.preview = preview;
    this.told = 0;
    /** @type {Map<string, Foreseen>} */
    this.foreseen = new Map(); // of each slider, the last
    this.asking = false;
    this.root = /** @type {HTMLFieldSetElement} */ (element("fieldset", "cv-controls", { "aria-label": say("controls.label") }));
    this.post = new Post(send, signal);
    this.shape = "";
    /** @type {Map<string, {slider?: HTMLInputElement, field: HTMLInputElement|HTMLSelectElement}>} */
    this.parts = new Map();
    this.together = /** @type {HTMLInputElement} */ (element("input", "", { type: "checkbox", ...OWN_KEYS }));
    this.together.addEventListener("change", () => this.post.put("together", { together: this.together.checked }));
  }

  /** @param {Layer} layer */
  show(layer) {
    const shape = JSON.stringify([layer.axes, layer.others.map(({ name }) => name)]);
    if (shape !== this.shape) this.#build(layer);
    this.shape = shape;
    if (layer.told !== this.told) this.asking = false;
    this.told = layer.told;
    const answered = this.post.heard(layer.heard);
    if (!this.post.holds("together")) this.together.checked = layer.together;
    for (const control of [...layer.parameters.flatMap(({ controls }) => controls), ...layer.others]) {
      const mine = control.name === answered;
      this.#follow(control, mine, mine && layer.refused === answered);
    }
    if (answered) this.#foresee(answered);
  }

  /** Ask what the places next to a slider would show, while a reader is at it. @param {string} name */
  #foresee(name) {
    const slider = this.parts.get(name)?.slider;
    const known = this.foreseen.get(name)?.told === this.told;
    if (known || this.asking || this.post.request || this.root.disabled || !slider?.matches(":focus, :hover")) return;
    this.asking = true;
    this.send({ foresee: name });
  }

  /** Learn it, and ask for another that the reader has gone to meanwhile. @param {Foreseen} answer */
  learn(answer) {
    this.foreseen.set(answer.foreseen, answer);
    this.asking = false;
    for (const name of this.parts.keys()) this.#foresee(name);
  }

  /** A slider has moved: show what was foreseen there, if it was, and set the layer. @param {string} name @param {number} place */
  #slide(name, place) {
    const foreseen = this.foreseen.get(name);
    if (foreseen?.told === this.told && !this.post.request && foreseen.scenes[place]) this.preview(foreseen.scenes[place]);
    this.post.put(name, { control: name, place });
  }

  /** Wait for a Jupyter kernel that is away: what it has not heard is forgotten. @param {boolean} away */
  wait(away) {
    this.root.disabled = away;
    if (away) this.post.forget();
  }

  /** @param {Layer} layer */
  #build({ axes, parameters, others }) {
    this.parts.clear();
    const table = element("div", "cv-table");
    table.style.setProperty("--cv-axes", String(axes.length));
    const together = element("label", "cv-name");
    together.append(this.together, ` ${say("controls.together")}`);
    table.append(together, ...axes.map((axis) => element("span", "cv-axis", {}, axis)));
    for (const { name, controls } of parameters) {
      table.append(element("span", "cv-name", {}, name), ...controls.map((control) => this.#make(control)));
    }
    const rest = element("div", "cv-others");
    rest.append(...others.map((control) => {
      const label = element("span", "cv-other");
      label.append(element("span", "cv-name", {}, control.name), this.#make(control));
      return label;
    }));
    const buttons = element("span", "cv-other");
    buttons.append(
      this.#button(say("controls.fit"), say("controls.fit_hint"), "fit"),
      this.#button(say("controls.reset"), say("controls.reset_hint"), "reset"),
    );
    rest.append(buttons);
    this.root.replaceChildren(table, rest);
  }

  /** @param {string} name @param {string} title @param {string} act */
  #button(name, title, act) {
    const button = element("button", "cv-tool", { type: "button", title, ...OWN_KEYS }, name);
    button.addEventListener("click", () => this.post.put(act, { act }));
    return button;
  }

  /** @param {Control} control @returns {HTMLElement} */
  #make({ name, whole, slider, options }) {
    const both = element("span", "cv-control");
    const field = options ? choice(name, options) : typed(name, Boolean(whole));
    const set = () => {
      if (field.value === field.dataset.sent) return; // by Enter already
      field.dataset.sent = field.value;
      this.post.put(name, { control: name, text: field.value });
    };
    field.addEventListener("change", set);
    field.addEventListener("keydown", (event) => this.#key(/** @type {KeyboardEvent} */ (event), name, Boolean(whole), set));
    this.parts.set(name, { field });
    if (slider) {
      const range = /** @type {HTMLInputElement} */ (element("input", "", { type: "range", step: "1", "aria-label": name, ...OWN_KEYS }));
      range.addEventListener("input", () => this.#slide(name, Number(range.value)));
      for (const near of ["focus", "pointerenter"]) range.addEventListener(near, () => this.#foresee(name));
      this.parts.set(name, { field, slider: range });
      both.append(range);
    }
    both.append(field);
    return both;
  }

  /** Enter sets what was typed, Escape takes it back; up and down count whole numbers. @param {KeyboardEvent} event @param {string} name @param {boolean} whole @param {() => void} set */
  #key(event, name, whole, set) {
    const field = /** @type {HTMLInputElement} */ (event.target);
    const step = whole ? { ArrowUp: 1, ArrowDown: -1 }[event.key] : undefined;
    if (step && Number.isInteger(Number(field.value))) {
      field.value = String(Number(field.value) + step);
      set();
      event.preventDefault();
    }
    if (event.key === "Enter") set();
    if (event.key !== "Escape" || field.tagName !== "INPUT") return;
    field.value = field.dataset.text ?? "";
    if (field.hasAttribute("aria-invalid")) set(); // and the words about it go
  }

  /**
   * Show a value, unless the reader is ahead of it.
   * @param {Control} control @param {boolean} answered  whether it is what was set here @param {boolean} refused  and was not taken
   */
  #follow({ name, text, slider: places }, answered, refused) {
    const { field, slider } = /** @type {any} */ (this.parts.get(name));
    if (this.post.holds(name)) return;
    const typing = field === field.getRootNode().activeElement && field.tagName === "INPUT" && field.value !== field.dataset.text;
    if (refused) field.setAttribute("aria-invalid", "true"); // what was typed stays, to be mended
    else {
      field.removeAttribute("aria-invalid");
      const done = answered && field.value === field.dataset.sent;
      if (!typing || done || field.dataset.text !== text) field.value = field.dataset.sent = text;
    }
    field.dataset.text = text;
    if (field.getAttribute("role") === "spinbutton") field.setAttribute("aria-valuenow", text);
    if (!slider || !places) return;
    [slider.min, slider.max, slider.value] = places.map(String);
    slider.setAttribute("aria-valuetext", text);
  }
}

/** A field for typing. @param {string} name @param {boolean} whole */
function typed(name, whole) {
  /** @type {Record<string, string>} */
  const role = whole ? { role: "spinbutton", inputmode: "numeric" } : { inputmode: "decimal" };
  return /** @type {HTMLInputElement} */ (element("input", "", { "aria-label": name, autocomplete: "off", ...role, ...OWN_KEYS }));
}

/** @param {string} name @param {[string, string][]} options */
function choice(name, options) {
  const select = /** @type {HTMLSelectElement} */ (element("select", "", { "aria-label": name, ...OWN_KEYS }));
  select.append(...options.map(([value, words]) => element("option", "", { value }, words)));
  return select;
}

/**
 * Messages, one at a time: the next goes when the last is answered, and of one control only the
 * latest, so that a slider is never ahead of the Jupyter kernel by more than one.
 */
class Post {
  /** @param {(message: object) => void} send @param {AbortSignal} signal */
  constructor(send, signal) {
    this.send = send;
    /** @type {Map<string, object>} */
    this.waiting = new Map();
    this.request = this.key = "";
    signal.addEventListener("abort", () => clearTimeout(this.timer));
  }

  /** @param {string} key @param {object} message */
  put(key, message) {
    this.waiting.delete(key); // the newest is last: a Reset before it stays before it
    this.waiting.set(key, message);
    if (!this.request) this.#next();
  }

  /** Whether something newer than any answer is under way. @param {string} key */
  holds(key) {
    return this.waiting.has(key) || (this.request !== "" && this.key === key);
  }

  /** A message was answered: send the next. @param {string} request @returns {string} whose it was, "" if not ours */
  heard(request) {
    if (!request || request !== this.request) return "";
    clearTimeout(this.timer);
    this.request = "";
    const { key } = this;
    this.#next();
    return key;
  }

  forget() {
    clearTimeout(this.timer);
    this.waiting.clear();
    this.request = "";
  }

  #next() {
    const [first] = this.waiting;
    if (!first) return;
    const [key, message] = first;
    this.waiting.delete(key);
    this.key = key;
    const request = String(Math.random());
    this.request = request;
    this.timer = setTimeout(() => this.heard(request), PATIENCE);
    this.send({ ...message, request });
  }
}
