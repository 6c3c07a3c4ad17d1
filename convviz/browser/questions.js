// @ts-check
/**
 * What a reader can be asked: a number that comes out, how large the output is, where the window goes
 * next. Each says where it stops, what it hides until then, and what it makes of an answer.
 */

import { ChannelQuestion } from "./channel_question.js";
import { judge, slotsOf, wrongSlots } from "./judge.js";
import { say } from "./language.js";

/** @import { AnswerField } from "./answer_field.js" */
/** @import { Slot, Verdict } from "./judge.js" */
/** @import { Display } from "./stage.js" */
/** @import { Product, Tap, Target } from "./types.js" */
/**
 * What is made of an answer.
 * @typedef {Object} Judgement
 * @property {Verdict} verdict
 * @property {string} words  the hint, or why it is no answer
 * @property {boolean[]} wrong  which of what was typed
 * @property {Tap|null} hinted  the product whose cell is pointed out
 */
/**
 * @typedef {Object} Question
 * @property {"output"|"size"|"window"|"kernel"|"channels"} hides  what a reader does not see while it is open
 * @property {(steps: number[], now: number) => number[]} stops  where playing stops for it: of the steps that are
 *   to be asked for, and the one on show
 * @property {(display: Display, step: number, field: AnswerField) => void} open  ask
 * @property {(display: Display, step: number, typed: string[], products: Product[]) => Judgement} judge
 * @property {(display: Display, step: number, target: Target) => Judgement} [judgeClick]
 * @property {(display: Display, step: number) => Readiness} [readiness]  whether it can be asked: what it is about
 *   may have to come first
 * @property {(display: Display, step: number) => string} [shown]  what is said with the answer
 */
/** @typedef {"here"|"asked for"|"never"} Readiness */

const MOST_HINTED = 12; // products that a hint writes out

/** What comes out at a step: a number, or its digits where those spell the window. @implements {Question} */
class OutputQuestion {
  /** @type {"output"} */
  hides = "output";
  /** @type {Slot[]} */
  slots = [];

  /** @param {number[]} steps */
  stops(steps) {
    return steps;
  }

  /** @param {Display} display @param {number} step @param {AnswerField} field */
  open({ scene, lookup, view }, step, field) {
    const place = lookup.place(step);
    this.slots = slotsOf(lookup, place, (tap) => view.valueText(tap));
    const sign = scene.exact?.[step].startsWith("-") ? "−" : "";
    const digits = this.slots.map(({ power, tap }) => ({ power, className: lookup.weightClass(tap) }));
    field.ask(`y${lookup.outputName(place)} =`, sign, digits);
  }

  /** @param {Display} display @param {number} step @param {string[]} typed @param {Product[]} products @returns {Judgement} */
  judge(display, step, typed, products) {
    if (this.slots.length) return this.#judgeDigits(display, typed);
    const { scene, lookup, view } = display;
    const result = view.outputText(lookup.place(step));
    const exact = scene.sumType === "float32" ? scene.exact?.[step] : undefined;
    const { verdict, higher } = judge(typed[0], exact === undefined ? [result] : [exact, result]);
    const written = products.length > MOST_HINTED ? ""
      : products.map(({ value, weight }) => `${value} × ${weight}`).join(" + ");
    const words = verdict === "short" ? say("predict.short") : verdict === "unread" ? say("predict.unread")
      : higher ? say("predict.higher", { products: written }) : say("predict.lower", { products: written });
    return { verdict, words: words.trim(), wrong: [verdict !== "right"], hinted: null };
  }

  /** @param {Display} display @param {string[]} typed @returns {Judgement} */
  #judgeDigits({ lookup }, typed) {
    const missed = wrongSlots(this.slots, typed);
    const wrong = this.slots.map((slot) => missed.includes(slot));
    if (!missed.length) return { verdict: "right", words: "", wrong, hinted: null };
    if (typed.some((text) => !/^\d$/.test(text.trim().normalize("NFKC"))))
      return { verdict: "unread", words: say("predict.digits"), wrong, hinted: null };
    const { tap } = missed[0];
    const power = powerName(missed[0].power);
    const words = lookup.isData(tap.cell)
      ? say("predict.digit_from_data", { power }) : say("predict.digit_from_padding", { power });
    return { verdict: "wrong", words, wrong, hinted: tap };
  }
}

/** How large the output is, before any of it is drawn. @implements {Question} */
class SizeQuestion {
  /** @type {"size"} */
  hides = "size";

  /** At once. @param {number[]} _steps @param {number} now */
  stops(_steps, now) {
    return [now];
  }

  /** @param {Display} display @param {number} _step @param {AnswerField} field */
  open({ scene, view }, _step, field) {
    const input = scene.axes.map((axis) => axis.size).join("×");
    const words = view.sumsItself ? say("predict.size_from", { input }) : say("predict.size"); // where no title tells it
    field.askAll(words, scene.axes.map((axis) => sizeName(axis.name)));
  }

  /** @param {Display} display @param {number} _step @param {string[]} typed @returns {Judgement} */
  judge({ scene }, _step, typed) {
    const sizes = scene.axes.map((axis) => axis.output);
    const judged = sizes.map((size, n) => judge(typed[n] ?? "", [String(size)]));
    const wrong = judged.map(({ verdict }) => verdict !== "right");
    const verdict = judged.some((each) => each.verdict === "unread") ? "unread"
      : wrong.includes(true) ? "wrong" : "right";
    const hints = scene.axes.flatMap((axis, n) => {
      if (!wrong[n]) return [];
      const name = sizeName(axis.name);
      return [judged[n].higher ? say("predict.more", { name }) : say("predict.fewer", { name })];
    });
    return { verdict, words: verdict === "unread" ? say("predict.unread") : hints.join(" "), wrong, hinted: null };
  }
}

/** Where the window goes next. @implements {Question} */
class WindowQuestion {
  /** @type {"window"} */
  hides = "window";

  /** @param {number[]} steps */
  stops(steps) {
    return steps.filter((step) => step > 0).map((step) => step - 1);
  }

  /** @param {Display} _display @param {number} _step @param {AnswerField} field */
  open(_display, _step, field) {
    field.askForClick(say("predict.window"));
  }

  /** What is typed is no answer. @returns {Judgement} */
  judge() {
    return { verdict: "unread", words: say("predict.window"), wrong: [], hinted: null };
  }

  /** @param {Display} display @param {number} step @param {Target} target @returns {Judgement} */
  judgeClick({ lookup }, step, { tensor, at }) {
    const [here, next] = [step, step + 1].map((each) => lookup.place(each));
    const first = lookup.taps(next)[0].cell;
    const isRight = (tensor === "input" || tensor === "source") && first.join() === at.join();
    const inRow = next.at[1] === here.at[1] && next.at[0] === here.at[0] && next.map === here.map;
    const [, height, width] = lookup.axes;
    const words = inRow ? say("predict.window_right", { count: width.stride })
      : say("predict.window_down", { count: height.stride });
    return { verdict: isRight ? "right" : "wrong", words, wrong: [], hinted: null };
  }
}

/** Which of four kernels made the output. @implements {Question} */
class KernelQuestion {
  /** @type {"kernel"} */
  hides = "kernel";

  /** At once. @param {number[]} _steps @param {number} now */
  stops(_steps, now) {
    return [now];
  }

  /** @param {Display} display @param {number} _step @param {AnswerField} field */
  open({ scene: { kernelChoices } }, _step, field) {
    if (kernelChoices) field.askChoice(say("predict.kernel"), kernelChoices);
  }

  /** @param {Display} display @param {number} _step @param {string[]} typed the number of a choice @returns {Judgement} */
  judge({ scene: { kernelChoices } }, _step, [chosen]) {
    const n = Number(chosen);
    if (n === kernelChoices?.right) return { verdict: "right", words: "", wrong: [], hinted: null };
    const words = say("predict.kernel_wrong", { name: kernelChoices?.names[n] ?? "" });
    return { verdict: "wrong", words, wrong: [0, 1, 2, 3].map((each) => each === n), hinted: null };
  }
}

/** @type {Record<string, new () => Question>} */
export const QUESTIONS = {
  number: OutputQuestion, size: SizeQuestion, cell: WindowQuestion, kernel: KernelQuestion, channel: ChannelQuestion,
};

/** @param {string} axis */
function sizeName(axis) {
  return axis === "height" ? say("predict.rows") : axis === "width" ? say("predict.columns") : say("predict.slices");
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A power of ten as a reader writes it. @param {number} power */
function powerName(power) {
  const digits = [...String(Math.abs(power))].map((digit) => RAISED[Number(digit)]).join("");
  return power === 0 ? "1" : `10${power < 0 ? "⁻" : ""}${digits}`;
}
