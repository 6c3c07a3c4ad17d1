// @ts-check
/**
 * An exercise: the question, a place for the answer, buttons, and the reply (course/exercise_view.py).
 * A button sends the answer that stands there with it, so that none is judged by an older one; and
 * whatever is changed then takes the reply away, which was about something else.
 */

import { AnswerGrid } from "./answer_grid.js";
import { element, OWN_KEYS, write } from "./dom.js";
import { leaveToJupyter } from "./jupyter_keys.js";
import { Kernel, wordsOf } from "./kernel.js";
import { say } from "./language.js";

/** @import { Model } from "./kernel.js" */
/** @import { ExerciseState, Given } from "./types.js" */
/** @typedef {{get<Name extends keyof ExerciseState>(name: Name): ExerciseState[Name]}} ExerciseModel */
/** A place for an answer. @typedef {{root: HTMLElement, given: Given, disabled: boolean, mark: (wrong: number[][]) => void}} Field */

/** @type {Record<string, string>} */
const SIGNS = { right: "✓", wrong: "✗", open: "…" };

class Exercise {
  /** @type {Field|null} */
  field = null;
  /** @type {HTMLButtonElement[]} */
  buttons = [];

  /** @param {Model & ExerciseModel} model @param {AbortSignal} signal */
  constructor(model, signal) {
    this.model = model;
    this.kernel = new Kernel(model, signal);
    this.root = element("section", "convviz cv-exercise");
    this.reply = element("div", "cv-reply", { role: "status" });
    this.away = element("div", "cv-away", { role: "status" });
    this.kernel.show = () => this.#showKernel();
    this.kernel.lost = () => this.#tell("", say("stage.lost"));
    leaveToJupyter(this.root, signal);
    this.kernel.on("change:asked", () => this.#ask());
    this.kernel.on("change:reply", () => this.#answer());
    this.#ask();
    this.kernel.watch();
  }

  /** Show what is asked, with the answer and the reply that there are. */
  #ask() {
    const { title, question, field, actions, progress } = this.model.get("asked");
    this.field = field ? this.#makeField(field) : null;
    this.buttons = actions.map((action) => this.#makeButton(action));
    const row = element("div", "cv-actions");
    row.append(...this.buttons, element("span", "cv-progress", { role: "status" }, progress));
    const heading = element("p", "cv-question");
    heading.append(element("b", "", {}, title), ` ${question}`);
    const parts = [title && heading, this.field?.root, ...(actions.length ? [row, this.away, this.reply] : [])];
    this.root.replaceChildren(...parts.filter((part) => part instanceof HTMLElement));
    this.#setGiven();
    this.#answer();
    this.#showKernel();
  }

  /** @param {NonNullable<ExerciseState["asked"]["field"]>} asked @returns {Field} */
  #makeField(asked) {
    const changed = () => this.#forget();
    return asked.kind === "cells" ? new AnswerGrid(asked, changed) : new AnswerLine(asked, changed, () => this.#use("check"));
  }

  /** @param {string} action */
  #makeButton(action) {
    const name = say(`exercise.button.${action}`);
    const button = element("button", `cv-tool is-${action}`, { type: "button", ...OWN_KEYS }, name);
    button.addEventListener("click", () => this.#use(action));
    return button;
  }

  /** @param {string} action */
  #use(action) {
    if (this.kernel.state !== "answers") return;
    this.kernel.send({ use: action, given: this.field?.given ?? null, request: String(Math.random()) });
  }

  #setGiven() {
    if (this.field) this.field.given = this.model.get("given");
  }

  /** What was said is not about what stands there now. */
  #forget() {
    this.#tell("", "");
    this.field?.mark([]);
  }

  #answer() {
    const { verdict, text, wrong, shows } = this.model.get("reply");
    if (shows) this.#setGiven();
    this.#tell(verdict ?? "", text ?? "");
    this.field?.mark(wrong ?? []);
  }

  /** @param {string} verdict a key of SIGNS, or nothing @param {string} text */
  #tell(verdict, text) {
    this.reply.className = `cv-reply is-${verdict || "said"}`;
    this.reply.replaceChildren(...(verdict ? [element("b", "", {}, SIGNS[verdict])] : []), text);
  }

  /** Nothing looks alive while nobody answers. */
  #showKernel() {
    const { state } = this.kernel;
    write(this.away, wordsOf(state));
    for (const each of [...this.buttons, this.field]) if (each) each.disabled = state !== "answers";
  }
}

/** A line to type into, under what belongs to the question. @implements {Field} */
class AnswerLine {
  /** @param {{placeholder: string, above: string}} asked @param {() => void} changed @param {() => void} enter */
  constructor({ placeholder, above }, changed, enter) {
    this.root = element("div", "cv-typed");
    this.input = element("input", "", { type: "text", placeholder, "aria-label": say("exercise.answer"), ...OWN_KEYS });
    this.input.addEventListener("input", changed);
    this.input.addEventListener("keydown", ({ key, shiftKey, isComposing }) => { if (key === "Enter" && !shiftKey && !isComposing) enter(); });
    if (above) this.root.append(Object.assign(element("div", "cv-above"), { innerHTML: above }));
    this.root.append(this.input);
  }

  get given() {
    return this.input.value;
  }

  set given(text) {
    this.input.value = String(text);
  }

  get disabled() {
    return this.input.disabled;
  }

  set disabled(on) {
    this.input.disabled = on;
  }

  /** A line has no cells to mark. */
  mark() {}
}

/** @param {{model: Model & ExerciseModel, el: HTMLElement, signal: AbortSignal}} context anywidget's */
function render({ model, el, signal }) {
  const exercise = new Exercise(model, signal);
  el.append(exercise.root);
  signal.addEventListener("abort", () => exercise.root.remove());
}

export default { render };
