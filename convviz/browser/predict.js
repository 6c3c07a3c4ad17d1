// @ts-check
/**
 * Questions before answers: outputs that a reader has not reached are empty, and at some places playing
 * stops and asks. Where and how often, prediction.js knows; what is asked and what is right, questions.js.
 */

import { AnswerField } from "./answer_field.js";
import { placesToAsk } from "./channel_question.js";
import { element, OWN_KEYS, write } from "./dom.js";
import { say } from "./language.js";
import { Prediction } from "./prediction.js";
import { QUESTIONS } from "./questions.js";

/** @import { Judgement, Question, Readiness } from "./questions.js" */
/** @import { Reaction } from "./prediction.js" */
/** @import { Stage } from "./stage.js" */
/** @import { Tap, Target } from "./types.js" */

const READING = 1.5; // seconds for what is said to an answer, and for the output beside it

export class Predict {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.on = false;
    this.prediction = new Prediction([], Infinity);
    /** @type {Question} */
    this.question = new QUESTIONS.number();
    this.first = true; // whether no scene has been there yet
    this.opened = -1; // the step whose question is on show
    this.saidAt = 0; // the step that the words are about
    this.halted = false; // whether playing waits for the question
    /** @type {Tap|null} */
    this.hinted = null; // the product whose cell is pointed out
    const attributes = { type: "button", title: say("predict.hint"), "aria-pressed": "false", ...OWN_KEYS };
    this.button = element("button", "cv-tool cv-of-one", attributes, say("predict.name"));
    this.button.addEventListener("click", () => this.toggle());
    this.field = new AnswerField({
      answer: (typed) => this.#answer(typed),
      skip: () => this.#skip(),
      typed: (refused) => this.#typed(refused),
    });
    this.words = element("div", "cv-verdict", { role: "status" });
    this.root = element("div", "cv-predict", { hidden: "" });
    this.root.append(this.field.root, this.words);
  }

  // ---- Switching and beginning

  toggle() {
    const { stage } = this;
    stage.sum.keepHeight();
    this.#switch(!this.on);
    stage.playback.stop();
    if (this.on && stage.step >= stage.steps - 1) stage.step = 0;
    this.#begin();
    stage.draw();
  }

  /** Ask no more, and hide nothing. */
  reveal() {
    if (!this.on) return;
    this.#switch(false);
    this.#begin();
    this.stage.draw();
  }

  /** A lesson asks something else. */
  follow() {
    this.#switch(this.stage.named !== null);
    this.#begin();
    this.stage.draw();
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
    const steps = this.on ? this.#steps() : [];
    this.question = new QUESTIONS[this.#ask]();
    const stops = steps.length ? this.question.stops(steps, stage.step) : [];
    this.prediction = new Prediction(stops, steps.length ? stage.step : Infinity);
    this.opened = -1;
    this.hinted = null;
    write(this.words, "");
    if (!this.asking) return;
    stage.tap = null;
    stage.pointing.forget(); // what it lights may be the answer
  }

  /** What is asked: what a lesson names, or what suits the scene. */
  get #ask() {
    const { display, named } = this.stage;
    if (named || display?.scene.view !== "channels") return named?.ask ?? "number";
    return display.scene.groupChannels > 1 && display.lookup.axes[0].kernel === 1 ? "channel" : "size";
  }

  /** Where to ask: at the places that a lesson names, or else at the scene's own. */
  #steps() {
    const { display, named, step: now } = this.stage;
    if (!display) return [];
    const { kernelChoices, questions, steps, view } = display.scene;
    const ask = this.#ask;
    if (ask === "kernel") return kernelChoices ? [now] : [];
    if (view !== "cells" && ask === "size") return [now];
    if (ask === "channel" ? view !== "channels" : view !== "cells") return [];
    const there = (named?.steps ?? []).filter((step) => step < steps);
    return there.length ? there : ask === "channel" ? placesToAsk(display, now) : questions;
  }

  // ---- What is hidden

  /** Whether a question is open. */
  get asking() {
    return this.prediction.asks(this.stage.step);
  }

  /** Whether the open question is answered by a click on the picture. */
  get takesClicks() {
    return this.asking && this.question.judgeClick !== undefined;
  }

  /** What the open question hides. */
  get hides() {
    return this.asking ? this.question.hides : null;
  }

  /** The first output that is hidden. */
  get hiddenFrom() {
    if (!this.on || this.question.hides === "kernel") return Infinity;
    if (this.hides === "size") return 0;
    const unseen = this.prediction.reached + 1;
    return this.hides === "output" || this.hides === "channels" ? Math.min(unseen, this.prediction.next) : unseen;
  }

  /** How far a reader comes who wants to go to a step. @param {number} step */
  limit(step) {
    return this.prediction.limit(step);
  }

  // ---- Asking

  /** Show the question at the step on show, if one is open. */
  show() {
    const { stage } = this;
    const readiness = this.#readiness();
    if (readiness === "never") this.#drop();
    const { asking, hides } = this;
    this.prediction.reach(stage.step);
    stage.root.classList.toggle("is-asking", asking);
    stage.root.classList.toggle("is-unsized", hides === "size");
    stage.root.classList.toggle("is-windowless", hides === "window");
    stage.root.classList.toggle("is-kernelless", hides === "kernel");
    this.field.root.hidden = !asking || readiness === "asked for";
    if (!asking && stage.step !== this.saidAt) write(this.words, ""); // it was about another output
    this.root.hidden = this.field.root.hidden && !this.words.textContent;
    if (!asking) this.opened = -1;
    else if (this.opened !== stage.step && readiness === "here") this.#open();
  }

  /** Whether the open question can be asked, or never, where nobody can tell what it is about. @returns {Readiness} */
  #readiness() {
    const { display, source, step } = this.stage;
    const readiness = (display && this.asking && this.question.readiness?.(display, step)) || "here";
    return readiness === "asked for" && source.kernel?.state !== "answers" ? "never" : readiness;
  }

  /** Leave out a question that cannot be asked; playing goes on. */
  #drop() {
    this.prediction.close();
    if (this.halted) queueMicrotask(() => this.stage.resume());
    this.halted = false;
  }

  #open() {
    const { display, step } = this.stage;
    if (!display) return;
    this.opened = step;
    this.halted = false;
    this.hinted = null;
    write(this.words, "");
    this.stage.playback.stop(); // another scene may ask while it plays
    this.question.open(display, step, this.field);
  }

  /** Playing has come to a question. */
  halt() {
    this.halted = true;
    this.stage.playback.stop();
    this.focus();
  }

  /** Playing is wanted while something is asked: say what comes first, and lead there. */
  remind() {
    if (!this.words.textContent) this.#say(say("predict.first"));
    this.focus();
  }

  /** Lead to where the answer is given. */
  focus() {
    if (this.question.hides !== "window") this.field.focus();
    else this.stage.display?.view.focus("input");
  }

  // ---- Answering

  /** @param {string[]} typed what stands in the fields */
  #answer(typed) {
    const { display, step } = this.stage;
    if (typed.every((text) => !text.trim())) return this.#skip();
    if (display) this.#take(this.question.judge(display, step, typed, this.stage.summary.productsNow()));
  }

  /** Say why nothing was typed, until something is. @param {boolean} refused */
  #typed(refused) {
    const words = say("predict.no_digit");
    if (refused) this.#say(words);
    else if (this.words.textContent === words) write(this.words, "");
  }

  /** Take a click as an answer, if one is asked for. @param {Target|null} target @returns {boolean} */
  answerClick(target) {
    const { display, step } = this.stage;
    if (!this.asking || !this.question.judgeClick || !display || !target) return false;
    this.#take(this.question.judgeClick(display, step, target));
    return true;
  }

  /** @param {Judgement} judgement */
  #take({ verdict, words, wrong, hinted }) {
    this.field.mark(wrong);
    const reaction = this.prediction.answer(verdict);
    if (reaction !== "again" && reaction !== "hint") return this.#close(reaction);
    this.#say(words);
    this.hinted = reaction === "hint" ? hinted : null;
    this.field.focus(Math.max(0, wrong.indexOf(true)));
    this.stage.draw();
  }

  /** The question is answered. @param {Reaction} reaction */
  #close(reaction) {
    const { hides } = this.question;
    const { stage } = this;
    this.hinted = null;
    this.#say(reaction === "fill" ? say("predict.right") : this.#shownWords());
    this.#leaveField();
    if (hides === "kernel") stage.sum.forgetHeight(); // four kernels take more room than one
    if (hides === "window") stage.go((this.saidAt += 1)); // the words are about that window
    if (reaction === "show" && hides === "output" && stage.slow.offers(stage.display)) stage.slow.reveal(() => {});
    else stage.resume(READING);
  }

  #shownWords() {
    const { hides } = this.question;
    const { display, step } = this.stage;
    const { scene } = display ?? {};
    const own = display && this.question.shown?.(display, step);
    if (own) return own;
    if (hides === "kernel" && scene?.kernelChoices)
      return say("predict.shown_kernel", { name: scene.kernelChoices.names[scene.kernelChoices.right] });
    if (hides === "size") return (scene?.formulas ?? []).join(" · ");
    return hides === "window" ? say("predict.shown_window") : say("predict.shown");
  }

  #skip() {
    this.prediction.skip();
    this.hinted = null;
    write(this.words, "");
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
    const { hides } = this.question;
    this.prediction.close();
    this.hinted = null;
    this.#leaveField();
    if (hides === "window") return stage.stepTo(stage.step + 1);
    if (hides === "output" && stage.slow.on) stage.slow.reveal(() => stage.playback.stop());
    else stage.draw();
  }

  /** @param {string} words */
  #say(words) {
    write(this.words, words);
    this.saidAt = this.stage.step;
    this.root.hidden = false;
  }
}
