// @ts-check
/**
 * One less and one more of each parameter of an axis, for the keyboard and the finger, and the padding
 * mode: the lesson's own stand above the picture, the others open beside them.
 */

import { element, OWN_KEYS, write } from "./dom.js";
import { say } from "./language.js";

/** @import { AxisViewMessage, ControlMessage, ControlsMessage } from "./types.js" */
/**
 * @typedef {Object} Stepped
 * @property {(control: string, text: string) => void} set
 * @property {() => void} reset
 * @property {(words: string) => void} refuse
 */
/** @typedef {{value: HTMLElement, less: HTMLElement, more: HTMLElement, control: ControlMessage, why: string}} Part */
/** @typedef {ControlsMessage["parameters"][number]} Row */

export class AxisSteppers {
  /** @param {Stepped} stepped */
  constructor(stepped) {
    this.stepped = stepped;
    this.root = element("fieldset", "cv-axis-steppers", { "aria-label": say("controls.label") });
    this.lesson = element("span", "cv-axis-lesson");
    this.rest = element("div", "cv-axis-rest", { hidden: "" });
    this.all = element("button", "cv-tool cv-all", { type: "button", "aria-expanded": "false", ...OWN_KEYS }, say("controls.all"));
    this.all.addEventListener("click", () => this.#open(Boolean(this.rest.hidden)));
    this.root.append(this.lesson, this.all, this.rest);
    this.shape = ""; // of what is built
    /** @type {Map<string, Part>} */
    this.parts = new Map(); // by control
    /** @type {HTMLSelectElement|null} */
    this.mode = null;
  }

  /**
   * Show the layer's values.
   * @param {ControlsMessage} message @param {AxisViewMessage[]} views  of the axes, of the first block
   * @param {(parameter: string, number: number) => string} why  setting it changes nothing, or ""
   */
  show(message, views, why) {
    const { parameters, others: [mode] } = message;
    const shape = JSON.stringify([views.map(({ number }) => number), message.lesson, parameters.map(({ name }) => name)]);
    if (!this.shape && message.open) this.#open(true);
    if (shape !== this.shape) this.#build(message, views);
    this.shape = shape;
    for (const { name, controls } of parameters)
      for (const { number } of views) this.#fill(controls[number], why(name, number));
    if (mode && this.mode) this.mode.value = mode.text;
  }

  /** Show the parameters that are not the lesson's, or no longer. @param {boolean} open */
  #open(open) {
    this.rest.hidden = !open;
    this.all.setAttribute("aria-expanded", String(open));
  }

  // ---- Building

  /** @param {ControlsMessage} message @param {AxisViewMessage[]} views */
  #build({ parameters, others: [mode], lesson }, views) {
    this.parts.clear();
    const reset = element("button", "cv-tool", { type: "button", title: say("controls.reset_hint"), ...OWN_KEYS }, say("controls.reset"));
    reset.addEventListener("click", () => this.stepped.reset());
    const groups = parameters.map((row) => ({ name: row.name, group: this.#makeGroup(row, views) }));
    if (mode) groups.push({ name: mode.name, group: this.#makeMode(mode) });
    const isLesson = (/** @type {{name: string}} */ { name }) => lesson.includes(name);
    this.lesson.replaceChildren(...groups.filter(isLesson).map(({ group }) => group));
    this.rest.replaceChildren(...groups.filter((each) => !isLesson(each)).map(({ group }) => group), reset);
  }

  /** A parameter: its name, and for each axis − and + around its value. @param {Row} row @param {AxisViewMessage[]} views */
  #makeGroup({ name, controls }, views) {
    const group = element("span", "cv-parameter", { role: "group", "aria-label": name });
    group.append(element("span", "cv-name", {}, name));
    for (const { number, label } of views) {
      if (views.length > 1) group.append(element("span", "cv-axis", {}, label));
      group.append(this.#makeStepper(controls[number]));
    }
    return group;
  }

  /** @param {ControlMessage} control */
  #makeStepper(control) {
    const { name } = control;
    const stepper = element("span", "cv-stepper");
    const value = element("output", "cv-axis-setting", { "aria-label": name });
    const less = this.#makeButton("−", say("controls.less", { name }), name, -1);
    const more = this.#makeButton("+", say("controls.more", { name }), name, 1);
    this.parts.set(name, { value, less, more, control, why: "" });
    stepper.append(less, value, more);
    return stepper;
  }

  /** @param {string} sign @param {string} label @param {string} control @param {number} step */
  #makeButton(sign, label, control, step) {
    const button = element("button", "cv-step", { type: "button", "aria-label": label, title: label, ...OWN_KEYS }, sign);
    button.addEventListener("click", () => this.#step(control, step));
    return button;
  }

  /** @param {ControlMessage} mode */
  #makeMode(mode) {
    const group = element("span", "cv-parameter");
    const select = element("select", "", { "aria-label": mode.name, ...OWN_KEYS });
    select.append(...(mode.options ?? []).map(([value, words]) => element("option", "", { value }, words)));
    select.addEventListener("change", () => this.stepped.set(mode.name, select.value));
    this.mode = select;
    group.append(element("span", "cv-name", {}, mode.name), select);
    return group;
  }

  // ---- Stepping, and following the layer

  /** @param {string} name @param {number} step */
  #step(name, step) {
    const part = this.parts.get(name);
    if (!part) return;
    if (part.why) return this.stepped.refuse(part.why);
    const now = Number(part.value.textContent); // or two numbers, where the sides differ
    const next = (Number.isInteger(now) ? now : part.control.slider?.[2] ?? 0) + step;
    if (next < (part.control.slider?.[0] ?? 0)) return;
    write(part.value, String(next)); // two presses are two steps, however late the answer
    this.stepped.set(name, String(next));
  }

  /** @param {ControlMessage} control @param {string} why */
  #fill(control, why) {
    const part = this.parts.get(control.name);
    if (!part) return;
    Object.assign(part, { control, why });
    write(part.value, control.text);
    const atLeast = Number(control.text) <= (control.slider?.[0] ?? 0);
    part.less.setAttribute("aria-disabled", String(atLeast || Boolean(why)));
    part.more.setAttribute("aria-disabled", String(Boolean(why)));
  }
}
