// @ts-check
/**
 * Which outputs a reader has seen, and where they are asked for the next: nothing here draws.
 *
 * Nothing jumps over a question: whoever goes on, by playing, by the slider or by a key, comes as far as
 * the next one. After two right answers at the first try, or after a skip, there are no more.
 */

/** @import { Verdict } from "./judge.js" */
/** What follows an answer. @typedef {"fill"|"hint"|"show"|"again"} Reaction */

const ENOUGH = 2; // right answers at the first try

export class Prediction {
  /** @param {number[]} steps  the questions @param {number} reached  the step on show */
  constructor(steps, reached) {
    this.steps = steps.filter((step) => step >= reached).sort((a, b) => a - b);
    this.reached = reached; // the furthest step that has been on show
    this.tries = 0; // wrong answers to the open question
    this.right = 0; // answers at the first try
  }

  /** The step of the next question; Infinity where there are no more. */
  get next() {
    return this.steps[0] ?? Infinity;
  }

  /** How far a reader comes who wants to go to a step. @param {number} step */
  limit(step) {
    return Math.min(step, this.next);
  }

  /** A step is on show. @param {number} step */
  reach(step) {
    this.reached = Math.max(this.reached, step);
  }

  /** Whether the question at a step is open. @param {number} step */
  asks(step) {
    return step === this.next;
  }

  /** Take an answer to the open question. @param {Verdict} verdict @returns {Reaction} */
  answer(verdict) {
    if (verdict === "short" || verdict === "unread") return "again";
    if (verdict === "right") {
      if (!this.tries) this.right += 1;
      this.close();
      if (this.right >= ENOUGH) this.skip();
      return "fill";
    }
    this.tries += 1;
    if (this.tries === 1) return "hint";
    this.close();
    return "show";
  }

  /** The open question is answered, by whomever. */
  close() {
    this.steps.shift();
    this.tries = 0;
  }

  /** No more questions. */
  skip() {
    this.steps = [];
    this.tries = 0;
  }
}
