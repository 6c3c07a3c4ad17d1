// @ts-check
/**
 * The controls of a layer: the lesson's own as − and + around a field, and in a table that opens a
 * slider and a field for every parameter, as the layer says (controls.py). What a reader sets goes to
 * the layer; what stands here is always what came back from it.
 */

import { element, OWN_KEYS, write } from "./dom.js";
import { say } from "./language.js";
import { RequestQueue } from "./request_queue.js";

/** @import { ControlMessage, ControlsMessage, KernelState, NumberEdit } from "./types.js" */
/** @import { Prefetched, Scene, ToLayer } from "./types.js" */
/** @typedef {HTMLInputElement|HTMLSelectElement} Field */
/** One way to see and set a value. @typedef {{root: HTMLElement, field: Field, slider: HTMLInputElement|null, steps: HTMLButtonElement[]}} Part */

export class Controls {
  /** @param {(message: ToLayer) => void} send @param {(scene: Scene) => void} preview */
  constructor(send, preview) {
    this.send = send;
    this.preview = preview;
    this.queue = new RequestQueue(send);
    this.lesson = element("fieldset", "cv-lesson", { "aria-label": say("controls.lesson") });
    this.root = element("fieldset", "cv-controls", { "aria-label": say("controls.label"), hidden: "" });
    this.all = element("button", "cv-tool cv-all", { type: "button", "aria-expanded": "false", ...OWN_KEYS }, say("controls.all"));
    this.all.addEventListener("click", () => this.#open(Boolean(this.root.hidden)));
    this.shape = ""; // of what is built
    /** @type {Map<string, Part[]>} */
    this.parts = new Map();
    this.together = element("input", "", { type: "checkbox", ...OWN_KEYS });
    this.together.addEventListener("change", () => {
      this.queue.put("together", { together: this.together.checked });
    });
    this.words = element("div", "cv-fitted", { role: "status" }); // what became of the weights
    this.revision = 0; // of the layer
    /** @type {Map<string, Prefetched>} */
    this.prefetched = new Map(); // of each slider, the last
    this.prefetching = false;
  }

  /** Whether the layer is being set, by a Jupyter kernel that answers. */
  get waits() {
    return this.queue.busy && !this.root.disabled;
  }

  /** @param {ControlsMessage} message */
  show(message) {
    const shape = JSON.stringify([message.axes, message.lesson, message.others.map(({ name }) => name)]);
    if (!this.shape && message.open) this.#open(true);
    if (shape !== this.shape) this.#build(message);
    this.shape = shape;
    if (message.revision !== this.revision) this.prefetching = false;
    this.revision = message.revision;
    const answered = this.queue.acknowledge(message.acknowledged);
    if (!this.queue.holds("together")) this.together.checked = message.together;
    for (const control of [...message.parameters.flatMap(({ controls }) => controls), ...message.others]) {
      const mine = control.name === answered;
      this.#show(control, mine, mine && message.refused === answered);
    }
    write(this.words, message.words);
    if (answered) this.#prefetch(answered);
  }

  /**
   * Wait for a Jupyter kernel that does not answer. What it has not answered yet it may still do; where
   * it is gone, that is forgotten.
   * @param {KernelState} state
   */
  wait(state) {
    this.root.disabled = this.lesson.disabled = state !== "answers";
    if (state === "away") this.queue.clear();
  }

  /** Nothing will come of a request. @param {string} request */
  lose(request) {
    this.prefetching = false;
    this.queue.acknowledge(request);
  }

  /** Set a number that was typed into a cell. @param {NumberEdit} edit */
  setNumber(edit) {
    this.queue.put(`${edit.tensor} ${edit.index}`, edit);
  }

  // ---- What a slider's adjacent places would show

  /** Ask for it while a reader is at the slider. @param {string} name */
  #prefetch(name) {
    const known = this.prefetched.get(name)?.revision === this.revision;
    const near = this.parts.get(name)?.some(({ root }) => root.matches(":focus-within, :hover"));
    if (known || !near || this.prefetching || this.queue.busy || this.root.disabled) return;
    this.prefetching = true;
    this.send({ prefetch: name });
  }

  /**
   * Keep it, and ask for another slider's where the reader has gone to meanwhile.
   * @param {Prefetched} message
   */
  takePrefetched(message) {
    this.prefetched.set(message.prefetched, message);
    this.prefetching = false;
    for (const name of this.parts.keys()) this.#prefetch(name);
  }

  /**
   * A slider has moved: show what was prefetched for there, if it was, and set the layer.
   * @param {string} name @param {number} place
   */
  #slide(name, place) {
    const prefetched = this.prefetched.get(name);
    const holds = prefetched?.revision === this.revision && !this.queue.busy;
    if (holds && prefetched.scenes[place]) this.preview(prefetched.scenes[place]);
    this.queue.put(name, { control: name, place });
  }

  // ---- Building

  /** Show the table of all parameters, or no longer. @param {boolean} open */
  #open(open) {
    this.root.hidden = !open;
    this.all.setAttribute("aria-expanded", String(open));
  }

  /** @param {ControlsMessage} message */
  #build({ axes, parameters, others, lesson }) {
    this.parts.clear();
    const rows = [...parameters, ...others.map((control) => ({ name: control.name, controls: [control] }))];
    this.lesson.replaceChildren(...rows.filter(({ name }) => lesson.includes(name)).map((row) => this.#makeLesson(row, axes)));
    this.lesson.hidden = !lesson.length;
    const table = element("div", "cv-table");
    table.style.setProperty("--cv-axes", String(axes.length));
    const together = element("label", "cv-name");
    together.append(this.together, ` ${say("controls.together")}`);
    table.append(together, ...axes.map((axis) => element("span", "cv-axis", {}, axis)));
    for (const { name, controls } of parameters)
      table.append(element("span", "cv-name", {}, name), ...controls.map((control) => this.#make(control)));
    const rest = element("div", "cv-others");
    rest.append(...others.map((control) => {
      const label = element("span", "cv-other");
      label.append(element("span", "cv-name", {}, control.name), this.#make(control));
      return label;
    }), this.#makeButtons());
    this.root.replaceChildren(table, rest);
  }

  /**
   * A parameter of the lesson: its name, and for each axis − and + around a field.
   * @param {{name: string, controls: ControlMessage[]}} row @param {string[]} axes
   */
  #makeLesson({ name, controls }, axes) {
    const group = element("span", "cv-parameter", { role: "group", "aria-label": name });
    group.append(element("span", "cv-name", {}, name));
    controls.forEach((control, n) => {
      if (controls.length > 1) group.append(element("span", "cv-axis", {}, axes[n]));
      group.append(control.whole ? this.#makeStepper(control) : this.#make(control));
    });
    return group;
  }

  /** @param {ControlMessage} control @returns {HTMLElement} */
  #makeStepper(control) {
    const stepper = element("span", "cv-stepper");
    const part = this.#makePart(control, stepper, null);
    const step = (/** @type {1|-1} */ by) => {
      const sign = by > 0 ? "+" : "−";
      const { name } = control;
      const label = by > 0 ? say("controls.more", { name }) : say("controls.less", { name });
      const button = element("button", "cv-step", { type: "button", "aria-label": label, ...OWN_KEYS }, sign);
      button.addEventListener("click", () => this.#step(control.name, part, by));
      return button;
    };
    part.steps = [step(-1), step(1)];
    stepper.append(part.steps[0], part.field, part.steps[1]);
    return stepper;
  }

  /** Count a whole number on, or back. @param {string} name @param {Part} part @param {1|-1} by */
  #step(name, { field, steps }, by) {
    if (steps[by > 0 ? 1 : 0]?.getAttribute("aria-disabled") === "true") return;
    const now = Number(field.value); // or two numbers, where they differ
    const value = (Number.isInteger(now) ? now : Number(field.dataset.place)) + by;
    field.value = field.dataset.sent = String(value);
    if (field.dataset.place) this.#slide(name, value);
    else this.queue.put(name, { control: name, text: String(value) });
  }

  #makeButtons() {
    const buttons = element("span", "cv-other");
    buttons.append(this.#button(say("controls.reset"), say("controls.reset_hint"), "reset"));
    return buttons;
  }

  /** @param {string} name @param {string} hint @param {"reset"} action */
  #button(name, hint, action) {
    const button = element("button", "cv-tool", { type: "button", title: hint, ...OWN_KEYS }, name);
    button.addEventListener("click", () => this.queue.put(action, { action }));
    return button;
  }

  /** A slider, where it has one, and a field. @param {ControlMessage} control @returns {HTMLElement} */
  #make(control) {
    const both = element("span", "cv-control");
    const { slider, field } = this.#makePart(control, both, control.slider ? this.#makeSlider(control.name) : null);
    both.append(...(slider ? [slider] : []), field);
    return both;
  }

  /**
   * A field that sets a value, to stand in `root`.
   * @param {ControlMessage} control @param {HTMLElement} root @param {HTMLInputElement|null} slider
   * @returns {Part}
   */
  #makePart({ name, whole = false, options }, root, slider) {
    const field = options ? choice(name, options) : typed(name, whole);
    const set = () => {
      if (field.value === field.dataset.sent) return; // by Enter already
      field.dataset.sent = field.value;
      this.queue.put(name, { control: name, text: field.value });
    };
    field.addEventListener("change", set);
    const count = whole ? (/** @type {1|-1} */ by) => this.#step(name, part, by) : null;
    const press = (/** @type {KeyboardEvent} */ event) => pressInField(event, field, set, count);
    field.addEventListener("keydown", /** @type {EventListener} */ (press));
    for (const near of ["focusin", "pointerenter"]) root.addEventListener(near, () => this.#prefetch(name));
    /** @type {Part} */
    const part = { root, field, slider, steps: [] };
    this.parts.set(name, [...(this.parts.get(name) ?? []), part]);
    return part;
  }

  /** @param {string} name */
  #makeSlider(name) {
    const slider = element("input", "", { type: "range", step: "1", "aria-label": name, ...OWN_KEYS });
    slider.addEventListener("input", () => this.#slide(name, Number(slider.value)));
    return slider;
  }

  // ---- Following the layer

  /**
   * Show a value, unless the reader is ahead of it.
   * @param {ControlMessage} control @param {boolean} answered  whether it is what was set here
   * @param {boolean} refused  and was not taken
   */
  #show(control, answered, refused) {
    const waits = !this.root.disabled; // else what the layer has, as far as anybody knows
    if (waits && this.queue.holds(control.name)) return;
    for (const part of this.parts.get(control.name) ?? []) {
      this.#showField(part.field, control.text, answered, refused);
      this.#showPlace(part, control);
    }
  }

  /** @param {Field} field @param {string} text @param {boolean} answered @param {boolean} refused */
  #showField(field, text, answered, refused) {
    if (refused && field.value === field.dataset.sent && field.dataset.text !== field.value)
      field.setAttribute("aria-invalid", "true"); // what was typed stays, to be mended
    else {
      field.removeAttribute("aria-invalid");
      const done = answered && field.value === field.dataset.sent;
      const ahead = !this.root.disabled && isBeingTyped(field) && field.dataset.text === text && !done;
      if (!ahead) field.value = field.dataset.sent = text;
    }
    field.dataset.text = text;
    if (field.tagName === "INPUT") field.style.setProperty("--cv-characters", String(text.length));
    if (field.getAttribute("role") === "spinbutton") showNumber(field, text);
  }

  /** Show where a value stands between the ends that it has. @param {Part} part @param {ControlMessage} control */
  #showPlace({ field, slider, steps: [less, more] }, { text, slider: places, unavailable = [] }) {
    if ("options" in field) for (const option of field.options) option.disabled = unavailable.includes(option.value);
    field.dataset.place = places ? String(places[2]) : "";
    if (less) {
      const [least, most] = places ?? [1, Infinity];
      less.setAttribute("aria-disabled", String(Number(text) <= least));
      more.setAttribute("aria-disabled", String(Number(text) >= most));
    }
    if (!slider || !places) return;
    [slider.min, slider.max, slider.value] = places.map(String);
    slider.setAttribute("aria-valuetext", text);
  }
}

/**
 * Enter sets what was typed, Escape takes it back; up and down count whole numbers.
 * @param {KeyboardEvent} event @param {Field} field @param {() => void} set
 * @param {((by: 1|-1) => void)|null} count
 */
function pressInField(event, field, set, count) {
  const by = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : null;
  if (count && by) {
    count(by);
    event.preventDefault();
  }
  if (event.key === "Enter") set();
  if (event.key !== "Escape" || field.tagName !== "INPUT") return;
  field.value = field.dataset.text ?? "";
  if (field.hasAttribute("aria-invalid")) set(); // and the words about it go
}

/** Tell what a field holds: one number, or two where they differ. @param {Field} field @param {string} text */
function showNumber(field, text) {
  field.setAttribute("aria-valuetext", text);
  if (Number.isInteger(Number(text))) field.setAttribute("aria-valuenow", text);
  else field.removeAttribute("aria-valuenow");
}

/** @param {Field} field */
function isBeingTyped(field) {
  const root = /** @type {Document|ShadowRoot} */ (field.getRootNode());
  return field === root.activeElement && field.tagName === "INPUT" && field.value !== field.dataset.text;
}

/** A field for typing. @param {string} name @param {boolean} whole @returns {HTMLInputElement} */
function typed(name, whole) {
  /** @type {Record<string, string>} */
  const role = whole ? { role: "spinbutton", inputmode: "numeric" } : { inputmode: "decimal" };
  return element("input", "", { "aria-label": name, autocomplete: "off", ...role, ...OWN_KEYS });
}

/** @param {string} name @param {[string, string][]} options @returns {HTMLSelectElement} */
function choice(name, options) {
  const select = element("select", "", { "aria-label": name, ...OWN_KEYS });
  select.append(...options.map(([value, words]) => element("option", "", { value }, words)));
  return select;
}
