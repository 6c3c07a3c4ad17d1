// @ts-check
/**
 * Questions before answers: outputs that a reader has not reached are empty, and at some of them playing
 * stops and asks what comes out. Which and when, prediction.js knows; what is right, judge.js.
 */

import { AnswerField } from "./answer_field.js";
import { element, OWN_KEYS, write } from "./dom.js";
import { judge, slotsOf, wrongSlots } from "./judge.js";
import { say } from "./language.js";
import { Prediction } from "./prediction.js";

/** @import { Slot } from "./judge.js" */
/** @import { Reaction } from "./prediction.js" */
/** @import { Stage } from "./stage.js" */

const MOST_HINTED = 12; // products that a hint writes out

export class Predict {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.on = false;
    this.prediction = new Prediction([], Infinity);
    this.first = true; // whether no scene has been there yet
    this.opened = -1; // the step whose question is on show
    /** @type {Slot[]} */
    this.slots = [];
    /** @type {Slot|null} */
    this.hinted = null; // the digit whose cell is lit
    const attributes = { type: "button", title: say("predict.hint"), "aria-pressed": "false", ...OWN_KEYS };
    this.button = element("button", "cv-tool", attributes, say("predict.name"));
    this.button.addEventListener("click", () => this.toggle());
    this.field = new AnswerField({ answer: (typed) => this.#answer(typed), skip: () => this.#skip() });
    this.words = element("div", "cv-verdict", { role: "status" });
    this.root = element("div", "cv-predict", { hidden: "" });
    this.root.append(this.field.root, this.words);
  }

  // ---- Switching and beginning

  toggle() {
    this.#switch(!this.on);
    const { stage } = this;
    stage.playback.stop();
    if (this.on && stage.step >= stage.steps - 1) stage.step = 0;
    this.#begin();
    stage.draw();
  }

  /** @param {boolean} on */
  #switch(on) {
    this.on = on;
    this.button.setAttribute("aria-pressed", String(on));
  }

  /** Take up another scene: all is asked again. */
  refill() {
    const { stage } = this;
    this.button.hidden = !this.#steps().length;
    if (this.first && stage.named) this.#switch(true);
    this.first = false;
    if (this.on) stage.step = Math.min(stage.step, stage.firstStep);
    this.#begin();
  }

  #begin() {
    const { stage } = this;
    const on = this.on && this.#steps().length > 0;
    this.prediction = on ? new Prediction(this.#steps(), stage.step) : new Prediction([], Infinity);
    this.opened = -1;
    this.hinted = null;
    write(this.words, "");
    if (this.asking) stage.tap = null;
  }

  /** Where to ask: at the places that a lesson names, or else at the scene's own. */
  #steps() {
    const { display, named } = this.stage;
    if (!display || display.scene.view !== "cells") return [];
    const there = (named?.steps ?? []).filter((step) => step < display.scene.steps);
    return there.length ? there : display.scene.questions;
  }

  // ---- What is hidden

  /** Whether a question is open. */
  get asking() {
    return this.prediction.asks(this.stage.step);
  }

  /** The first output that is hidden. */
  get hiddenFrom() {
    return this.on ? this.prediction.hiddenFrom : Infinity;
  }

  /** How far a reader comes who wants to go to a step. @param {number} step */
  limit(step) {
    return this.prediction.limit(step);
  }

  // ---- Asking

  /** Show the question at the step on show, if one is open. */
  show() {
    const { stage } = this;
    this.prediction.reach(stage.step);
    const { asking } = this;
    stage.root.classList.toggle("is-asking", asking);
    this.field.root.hidden = !asking;
    this.root.hidden = !asking && !this.words.textContent;
    if (!asking) this.opened = -1;
    else if (this.opened !== stage.step) this.#open();
  }

  /** Playing has come to a question. */
  halt() {
    this.stage.playback.stop();
    this.field.focus();
  }

  #open() {
    const { stage } = this;
    const { display } = stage;
    if (!display) return;
    const { lookup, view } = display;
    const place = lookup.place(stage.step);
    this.opened = stage.step;
    this.hinted = null;
    write(this.words, "");
    this.slots = slotsOf(lookup, place, (tap) => view.valueText(tap));
    const sign = (display.scene.exact?.[stage.step] ?? "").startsWith("-") ? "−" : "";
    this.field.ask(`y${lookup.outputName(place)} =`, sign, this.slots.map(({ power, tap }) => ({
      power, className: lookup.weightClass(tap),
    })));
  }

  // ---- Answering

  /** @param {string[]} typed a number, or a digit a slot */
  #answer(typed) {
    if (typed.every((text) => !text.trim())) return this.#skip();
    if (this.slots.length) this.#judgeDigits(typed);
    else this.#judgeNumber(typed[0]);
  }

  /** @param {string[]} typed */
  #judgeDigits(typed) {
    const wrong = wrongSlots(this.slots, typed);
    this.field.mark(this.slots.map((slot) => wrong.includes(slot)));
    const unread = typed.some((text) => !/^\d$/.test(text.normalize("NFKC")));
    const reaction = this.prediction.answer(!wrong.length ? "right" : unread ? "unread" : "wrong");
    if (reaction === "again") return this.#say(say("predict.digits"));
    if (reaction === "hint") {
      this.hinted = wrong[0];
      const { display } = this.stage;
      const power = powerName(wrong[0].power);
      const isData = display?.lookup.isData(wrong[0].tap.cell);
      this.#say(isData ? say("predict.digit_from_data", { power }) : say("predict.digit_from_padding", { power }));
      this.field.focus(this.slots.indexOf(wrong[0]));
      return this.stage.draw();
    }
    return this.#react(reaction);
  }

  /** @param {string} typed */
  #judgeNumber(typed) {
    const { display, step } = this.stage;
    if (!display) return;
    const { exact } = display.scene;
    const result = display.view.outputText(display.lookup.place(step));
    const { verdict, higher } = judge(typed, exact && display.scene.sumType !== "int32" ? [exact[step], result] : [result]);
    this.field.mark([verdict !== "right"]);
    const reaction = this.prediction.answer(verdict);
    if (reaction === "again")
      return this.#say(verdict === "short" ? say("predict.short") : say("predict.unread"));
    if (reaction === "hint") {
      const products = this.#products();
      this.#say(higher ? say("predict.higher", { products }) : say("predict.lower", { products }));
      return this.field.focus();
    }
    return this.#react(reaction);
  }

  /** The products of the open question, written out where they are few. */
  #products() {
    const products = this.stage.productsNow();
    if (products.length > MOST_HINTED) return "";
    return products.map(({ value, weight }) => `${value} × ${weight}`).join(" + ");
  }

  /** @param {Reaction} reaction */
  #react(reaction) {
    this.hinted = null;
    if (reaction === "show" && this.stage.slow.offers(this.stage.display)) {
      this.#say(say("predict.shown"));
      this.#leaveField();
      this.stage.slow.reveal(() => {});
      return;
    }
    this.#say(reaction === "fill" ? say("predict.right") : say("predict.shown"));
    this.#goOn();
  }

  #skip() {
    this.prediction.skip();
    write(this.words, "");
    this.#goOn();
  }

  #goOn() {
    this.#leaveField();
    this.stage.resume();
  }

  /** The focus goes from a field that goes to the stage. */
  #leaveField() {
    if (this.field.root.contains(document.activeElement)) this.stage.root.focus();
  }

  /** Go on as a remote does: to the next question, then to its answer. */
  onward() {
    const { stage } = this;
    if (!this.asking) return stage.stepTo(this.prediction.next < Infinity ? this.prediction.next : stage.step + 1);
    this.prediction.close();
    this.hinted = null;
    this.#leaveField();
    if (stage.slow.on) stage.slow.reveal(() => stage.playback.stop());
    else stage.draw();
  }

  /** @param {string} words */
  #say(words) {
    write(this.words, words);
    this.root.hidden = false;
  }
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A power of ten as a reader writes it. @param {number} power */
function powerName(power) {
  const digits = [...String(Math.abs(power))].map((digit) => RAISED[Number(digit)]).join("");
  return power === 0 ? "1" : `10${power < 0 ? "⁻" : ""}${digits}`;
}
