// @ts-check
/** One less and one more of each parameter of an axis, for the keyboard and the finger; and the padding mode. */

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

const PARAMETERS = ["kernel_size_nd", "stride_nd", "dilation_nd", "pre_padding", "post_padding"];

export class AxisSteppers {
  /** @param {Stepped} stepped */
  constructor(stepped) {
    this.stepped = stepped;
    this.root = element("fieldset", "cv-axis-steppers", { "aria-label": say("controls.label") });
    this.shape = ""; // of what is built
    /** @type {Map<string, Part>} */
    this.parts = new Map(); // by control
    /** @type {HTMLSelectElement|null} */
    this.mode = null;
  }

  /**
   * Show the layer's values; what is compared (`varied`) has no stepper.
   * @param {ControlsMessage} message @param {AxisViewMessage[]} views  of the axes, of the first block
   * @param {(parameter: string, number: number) => string} why  setting it changes nothing, or ""
   * @param {string} varied
   */
  show(message, views, why, varied) {
    const rows = message.parameters.filter(({ name }) => PARAMETERS.includes(name) && name !== varied);
    rows.sort((a, b) => PARAMETERS.indexOf(a.name) - PARAMETERS.indexOf(b.name));
    const mode = message.others.find(({ name }) => name === "padding_mode" && name !== varied);
    const shape = JSON.stringify([views.map(({ number }) => number), rows.map(({ name }) => name), mode?.options]);
    if (shape !== this.shape) this.#build(rows, views, mode);
    this.shape = shape;
    for (const { name, controls } of rows)
      for (const { number } of views) this.#fill(controls[number], why(name, number));
    if (mode && this.mode) this.mode.value = mode.text;
  }

  /** The value of a control that the layer has. @param {string} control */
  value(control) {
    return Number(this.parts.get(control)?.control.text);
  }

  /**
   * @param {ControlsMessage["parameters"]} rows @param {AxisViewMessage[]} views
   * @param {ControlMessage|undefined} mode
   */
  #build(rows, views, mode) {
    this.parts.clear();
    const lines = views.map(({ number, label }) => {
      const line = element("div", "cv-axis-stepper-line");
      if (views.length > 1) line.append(element("span", "cv-axis-stepper-axis", {}, label));
      line.append(...rows.map(({ name, controls }) => this.#make(name, controls[number])));
      return line;
    });
    const reset = element("button", "cv-tool", { type: "button", title: say("controls.reset_hint"), ...OWN_KEYS }, say("controls.reset"));
    reset.addEventListener("click", () => this.stepped.reset());
    const last = element("div", "cv-axis-stepper-line");
    last.append(...(mode ? [this.#makeMode(mode)] : []), reset);
    this.root.replaceChildren(...lines, last);
  }

  /** @param {string} name @param {ControlMessage} control */
  #make(name, control) {
    const root = element("span", "cv-axis-stepper", { role: "group", "aria-label": control.name });
    const value = element("output", "cv-axis-setting", { "aria-label": control.name });
    const less = this.#button("−", say("controls.less", { name: control.name }), control.name, -1);
    const more = this.#button("+", say("controls.more", { name: control.name }), control.name, 1);
    this.parts.set(control.name, { value, less, more, control, why: "" });
    root.append(element("span", "cv-name", {}, name), less, value, more);
    return root;
  }

  /** @param {string} sign @param {string} name @param {string} control @param {number} step */
  #button(sign, name, control, step) {
    const button = element("button", "cv-axis-step", { type: "button", "aria-label": name, title: name, ...OWN_KEYS }, sign);
    button.addEventListener("click", () => this.#step(control, step));
    return button;
  }

  /** @param {string} name @param {number} step */
  #step(name, step) {
    const part = this.parts.get(name);
    if (!part) return;
    if (part.why) return this.stepped.refuse(part.why);
    const next = Number(part.value.textContent) + step;
    if (next < (part.control.slider?.[0] ?? 0)) return;
    write(part.value, String(next)); // two presses are two steps, however late the answer
    this.stepped.set(name, String(next));
  }

  /** @param {ControlMessage} mode */
  #makeMode(mode) {
    const select = element("select", "", { "aria-label": mode.name, ...OWN_KEYS });
    select.append(...(mode.options ?? []).map(([value, words]) => element("option", "", { value }, words)));
    select.addEventListener("change", () => this.stepped.set(mode.name, select.value));
    this.mode = select;
    return select;
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
