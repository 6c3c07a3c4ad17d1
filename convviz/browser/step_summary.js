// @ts-check
/**
 * What a stage shows of a step: which output, how far its sum has come, and the words for who cannot
 * see it. Drawing cells is the views', the sum's place on the page is sum.js's.
 */

import { write } from "./dom.js";
import { say } from "./language.js";
import { spoken } from "./sum.js";
import { totalAfter } from "./taps.js";

/** @import { Lookup } from "./lookup.js" */
/** @import { Display, Stage } from "./stage.js" */
/** @import { Total } from "./sum.js" */
/** @import { Product, ShownStep } from "./types.js" */

export class StepSummary {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
  }

  /**
   * What is shown: the pointed output's step, or the one that playing has come to.
   * @param {Lookup} lookup @returns {ShownStep}
   */
  shownStep(lookup) {
    const { predict, pointing: { target }, slow, step, tap: added } = this.stage;
    const shown = target?.tensor === "output" ? lookup.step({ map: target.channel, at: target.at }) : step;
    const place = lookup.place(shown);
    const taps = lookup.taps(place);
    const hiddenFrom = Math.min(predict.hiddenFrom, slow.active ? step + 1 : Infinity);
    const hidden = shown >= hiddenFrom;
    const tap = hidden ? 0 : shown === step ? added : null; // what is pointed at elsewhere is shown whole
    const landed = Math.min(taps.length, tap ?? taps.length);
    return {
      step, shown, place, taps, landed, whole: tap === null, pointed: target, hidden, hiddenFrom,
      pending: added !== null, asked: predict.hides === "output" || predict.hides === "channels", adding: shown === step ? slow.motion : null,
      hinted: predict.hinted,
    };
  }

  /** The products of the step on show. */
  productsNow() {
    const { display } = this.stage;
    return display && !display.view.sumsItself ? this.#products(display, this.shownStep(display.lookup)) : [];
  }

  /** @param {Display} display @param {ShownStep} shown @returns {Product[]} */
  #products({ scene, lookup, view }, { place, taps }) {
    const weights = scene.kernelTexts.kernel[place.map];
    return taps.map((tap) => ({
      value: view.valueText(tap), weight: weights[tap.weight], className: lookup.weightClass(tap),
    }));
  }

  /** Show a step's sum, and say it. @param {ShownStep} shown @param {Display} display */
  show(shown, display) {
    if (!display.view.sumsItself) this.#showSum(shown, display);
    this.#say(shown);
  }

  /** @param {ShownStep} shown @param {Display} display */
  #showSum(shown, display) {
    const { runningSum, sum, tap: added } = this.stage;
    const { place, taps, landed, hidden } = shown;
    const { scene, lookup } = display;
    const whole = shown.whole || (!hidden && (added ?? 0) > taps.length);
    const products = this.#products(display, shown);
    const bias = scene.addsBias && (added ?? 0) <= products.length ? (scene.biasTexts?.[place.map] ?? null) : null;
    const progress = { landed, whole, hidden, bias };
    sum.show(`y${lookup.outputName(place)}`, products, progress, this.#total(shown, display));
    runningSum.show(products, shown.whole ? scene.running : null, shown.shown);
  }

  /** Say what is shown, but while it plays. @param {ShownStep} shown */
  #say(shown) {
    const { live, playback, predict } = this.stage;
    if (predict.asking) write(live, predict.field.name.textContent ?? "");
    else if (!shown.whole) write(live, ""); // what was said of another output, or will be of this one
    else if (!playback.playing) this.speak();
  }

  /** The sum of what has been added. @param {ShownStep} step @param {Display} display @returns {Total|null} */
  #total({ shown, place, taps, whole, hidden }, { scene, lookup, view }) {
    if (hidden) return null;
    const added = this.stage.tap ?? 0;
    const digits = scene.digits?.[place.map] ?? null;
    const type = scene.sumType;
    if (!whole && added <= taps.length) {
      const { exact, float32 } = totalAfter(lookup, shown, added);
      return { exact, digits, result: float32 === exact ? null : float32, type, note: null };
    }
    const [exact, note] = [scene.exact?.[shown] ?? null, scene.sumNotes?.[shown] ?? null];
    return { exact, digits, result: view.outputText(place), type, note };
  }

  /** Say the output that is shown to those who cannot see it. */
  speak() {
    const { display, live } = this.stage;
    if (!display) return;
    const { scene, lookup, view } = display;
    const shown = this.shownStep(lookup);
    const name = `y${lookup.outputName(shown.place)}`;
    const [step, sum] = [shown.shown + 1, view.spoken?.(shown) ?? spoken(this.#products(display, shown))];
    const result = view.outputText(shown.place);
    write(live, say("stage.spoken_step", { step, steps: scene.steps, name, sum, result }));
  }
}
