// @ts-check
/** Where a reader types an answer: a field for a number, or a slot for each digit. */

import { element, OWN_KEYS, write } from "./dom.js";
import { say } from "./language.js";

/** @import { KernelChoices } from "./types.js" */
/** What there is to choose from. @typedef {Pick<KernelChoices, "names"|"texts"|"columns">} Choices */
/** A slot that is asked for. @typedef {{power: number, className: string}} AskedDigit */
/**
 * @typedef {Object} Answered
 * @property {(typed: string[]) => void} answer
 * @property {() => void} skip
 * @property {(refused: boolean) => void} typed  something was typed, or refused: no digit, where one belongs
 */

export class AnswerField {
  /** @param {Answered} answered */
  constructor(answered) {
    this.root = element("div", "cv-answer", { hidden: "", role: "group", "aria-label": say("predict.label") });
    this.name = element("span", "cv-asked-name");
    this.fields = element("span", "cv-slots");
    /** @type {HTMLInputElement[]} */
    this.inputs = [];
    /** @type {number[]} */
    this.powers = []; // of ten, of each slot
    /** @type {HTMLButtonElement[]} */
    this.choices = [];
    this.answered = answered;
    this.check = element("button", "cv-tool", { type: "button", ...OWN_KEYS }, say("predict.check"));
    this.check.addEventListener("click", () => this.#answer());
    this.skip = element("button", "cv-tool", { type: "button", title: say("predict.skip_hint"), ...OWN_KEYS }, say("predict.skip"));
    this.skip.addEventListener("click", () => answered.skip());
    const buttons = element("span", "cv-answer-buttons");
    buttons.append(this.check, this.skip);
    this.root.append(this.name, this.fields, buttons);
    this.root.addEventListener("beforeinput", (event) => this.#refuse(event));
    this.root.addEventListener("input", (event) => this.#typed(event));
    this.root.addEventListener("click", ({ target }) => { // so that typing replaces what is in a slot
      if (target instanceof HTMLInputElement && this.hasSlots) target.select();
    });
    this.root.addEventListener("keydown", (event) => this.#press(event));
    this.root.addEventListener("paste", (event) => this.#paste(event));
  }

  /**
   * Ask for a number, or for digits where there are slots.
   * @param {string} name  what is asked for @param {string} sign  in front of digits @param {AskedDigit[]} slots
   */
  ask(name, sign, slots) {
    write(this.name, `${name} ?`);
    this.choices = [];
    const label = `${name} ?`;
    this.inputs = slots.length
      ? slots.map(({ power, className }) => digitInput(`${label} ${say("predict.slot", { power: `10^${power}` })}`, className))
      : [numberInput(label)];
    this.powers = slots.map(({ power }) => power);
    this.fields.replaceChildren(sign, ...(slots.length ? withZeros(slots, this.inputs) : this.inputs));
    this.check.hidden = false;
    this.root.classList.toggle("has-slots", slots.length > 0);
  }

  /** Ask for several numbers, each in a field of its own. @param {string} question @param {string[]} names */
  askAll(question, names) {
    write(this.name, question);
    this.choices = [];
    this.inputs = names.map((name) => numberInput(`${question} ${name}`, "4"));
    this.fields.replaceChildren(...names.map((name, n) => {
      const pair = element("span", "cv-asked-size", {}, `${name} `);
      pair.append(this.inputs[n]);
      return pair;
    }));
    this.check.hidden = false;
    this.root.classList.remove("has-slots");
  }

  /** Ask for something in the picture. @param {string} question */
  askForClick(question) {
    write(this.name, question);
    this.choices = [];
    this.inputs = [];
    this.fields.replaceChildren();
    this.check.hidden = true;
    this.root.classList.remove("has-slots");
  }

  /** Ask for one of several, kernels with their weights among them. @param {string} question @param {Choices} choices */
  askChoice(question, { names, texts, columns }) {
    this.askForClick(question);
    this.choices = names.map((name, n) => {
      const button = element("button", "cv-choice", { type: "button", ...OWN_KEYS });
      const weights = element("span", "cv-choice-weights", { "aria-hidden": "true" });
      weights.style.setProperty("--cv-columns", String(columns));
      weights.append(...(texts[n] ?? []).map((text) => element("span", "", {}, text)));
      button.append(element("span", "", {}, `${n + 1} ${name}`), ...(texts[n] ? [weights] : []));
      button.addEventListener("click", () => this.choose(n));
      return button;
    });
    this.fields.replaceChildren(...this.choices);
  }

  /** Answer with a choice, if there are any and this is not known to be wrong. @param {number} n */
  choose(n) {
    if (this.choices[n] && !this.choices[n].disabled) this.answered.answer([String(n)]);
  }

  /** Say which of what was typed is wrong. @param {boolean[]} wrong */
  mark(wrong) {
    this.choices.forEach((choice, n) => { choice.disabled ||= Boolean(wrong[n]); });
    this.inputs.forEach((input, n) => {
      if (wrong[n]) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    });
  }

  /** @param {number} [n] which input */
  focus(n = 0) {
    const choice = this.choices.find((each) => !each.disabled);
    (this.inputs[n] ?? choice)?.focus({ preventScroll: true });
    this.inputs[n]?.select();
  }

  get hasSlots() {
    return this.root.classList.contains("has-slots");
  }

  #answer() {
    this.answered.answer(this.inputs.map(({ value }) => value));
  }

  /** A slot takes nothing but a digit; a point leads behind the point. @param {InputEvent} event */
  #refuse(event) {
    if (!this.hasSlots || takes(event.data ?? "") || !event.cancelable) return;
    event.preventDefault();
    const n = this.inputs.indexOf(/** @type {HTMLInputElement} */ (event.target));
    const isPoint = /^[.,]$/.test(event.data ?? "");
    if (isPoint && !(this.powers[n - 1] < 0)) this.#fill(`${this.#digits(n)}.`);
    this.answered.typed(!isPoint);
  }

  /** What stands in the slots before one. @param {number} n */
  #digits(n) {
    return this.inputs.slice(0, n).map(({ value }) => value || "0").join("");
  }

  /** Write a number into the slots, with zeros in front of it, and go on behind it. @param {string} number */
  #fill(number) {
    const [whole, rest = ""] = number.split(/[.,]/);
    this.inputs.forEach((input, n) => {
      const power = this.powers[n];
      input.value = power < 0 ? (rest[-power - 1] ?? "") : (whole[whole.length - 1 - power] ?? "0");
    });
    const empty = this.inputs.findIndex(({ value }) => !value);
    this.focus(empty < 0 ? this.inputs.length - 1 : empty);
  }

  /** A digit typed leads to the next slot. @param {Event} event */
  #typed({ target }) {
    const n = this.inputs.indexOf(/** @type {HTMLInputElement} */ (target));
    const refused = this.hasSlots && !takes(this.inputs[n]?.value ?? ""); // a touch keyboard cannot be kept from it
    if (refused) this.inputs[n].value = "";
    this.answered.typed(refused);
    this.inputs[n]?.removeAttribute("aria-invalid");
    if (this.hasSlots && this.inputs[n]?.value) this.focus(Math.min(n + 1, this.inputs.length - 1));
  }

  /** Enter answers, and some keys lead from slot to slot; the others are the field's. @param {KeyboardEvent} event */
  #press(event) {
    const n = this.inputs.indexOf(/** @type {HTMLInputElement} */ (event.target));
    if (event.key === "Enter" && n >= 0) { // a form's own submitting does not come through in JupyterLab
      event.preventDefault();
      event.stopPropagation();
      this.#answer();
      return;
    }
    const back = event.key === "ArrowLeft" || (event.key === "Backspace" && !this.inputs[n]?.value);
    const way = back ? -1 : event.key === "ArrowRight" ? 1 : 0;
    if (!way || !this.hasSlots || n < 0) return;
    event.preventDefault();
    this.focus(Math.max(0, Math.min(this.inputs.length - 1, n + way)));
  }

  /** A number pasted into the slots fills them all. @param {ClipboardEvent} event */
  #paste(event) {
    const number = event.clipboardData?.getData("text").replace(/[^\d.,]/g, "") ?? "";
    if (!this.hasSlots || number.length < 2) return;
    event.preventDefault();
    const whole = this.powers.filter((power) => power >= 0).length;
    this.#fill(/[.,]/.test(number) ? number : `${number.slice(0, whole)}.${number.slice(whole)}`);
  }
}

/**
 * Slots with the point between them, and the zeros that no weight writes.
 * @param {AskedDigit[]} slots @param {HTMLInputElement[]} inputs
 */
function withZeros(slots, inputs) {
  /** @type {(string|HTMLInputElement)[]} */
  const row = [];
  const [first, last] = [Math.max(0, slots[0].power), Math.min(0, slots[slots.length - 1].power)];
  for (let power = first; power >= last; power--) {
    if (power === -1) row.push(".");
    row.push(inputs[slots.findIndex((slot) => slot.power === power)] ?? "0");
  }
  return row;
}

/** Whether a slot takes a text. @param {string} text */
function takes(text) {
  return /^\d?$/.test(text.trim().normalize("NFKC"));
}

const PLAIN = { autocomplete: "off", autocapitalize: "off", spellcheck: "false", ...OWN_KEYS };

/** @param {string} label @param {string} className */
function digitInput(label, className) {
  return element("input", `cv-slot ${className}`, { ...PLAIN, inputmode: "numeric", maxlength: "1", "aria-label": label });
}

/** @param {string} label @param {string} [size] characters */
function numberInput(label, size = "12") {
  return element("input", "cv-number", { ...PLAIN, inputmode: "text", size, maxlength: "60", "aria-label": label });
}
