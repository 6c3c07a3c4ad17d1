// @ts-check
/**
 * A guide: sentences to press, each of which is done in the stage above by the Jupyter kernel
 * (guide.py). The next appears when one is done; each that was done can be pressed again. Where the
 * picture is too far up to be seen together with the sentence, a line in the picture goes on.
 */

import { element, OWN_KEYS, write } from "./dom.js";
import { bringUp, GuideLine, showTogether } from "./guide_line.js";
import { leaveToJupyter } from "./jupyter_keys.js";
import { Kernel, wordsOf } from "./kernel.js";
import { say } from "./language.js";

/** @import { Model } from "./kernel.js" */
/** @import { GuideState } from "./types.js" */
/** @typedef {{get<Name extends keyof GuideState>(name: Name): GuideState[Name]}} GuideModel */
/** One phase on the page. @typedef {{root: HTMLElement, button: HTMLButtonElement, then: HTMLElement, refusal: HTMLElement}} Phase */

class Guide {
  /** @param {Model & GuideModel} model @param {AbortSignal} signal */
  constructor(model, signal) {
    this.model = model;
    this.kernel = new Kernel(model, signal);
    this.root = element("section", "convviz cv-guide", { "aria-label": say("guide.label") });
    this.phases = model.get("phases").map((phase, n) => this.#make(phase, n));
    this.more = element("div", "cv-guide-more");
    this.away = element("div", "cv-away", { role: "status" });
    this.live = element("div", "cv-live", { "aria-live": "polite" });
    const list = element("ol", "cv-phases");
    list.append(...this.phases.map(({ root }) => root));
    this.root.append(list, this.more, this.away, this.live);
    this.line = new GuideLine(model.get("phases"), (n) => this.#send(n), () => this.#leaveLine());
    signal.addEventListener("abort", () => this.line.root.remove());
    leaveToJupyter(this.root, signal);
    this.kernel.show = () => this.#showKernel();
    for (const name of ["done", "current", "refused"]) this.kernel.on(`change:${name}`, () => this.#show());
    this.#show();
    this.kernel.watch();
  }

  /** @param {GuideState["phases"][number]} phase @param {number} n @returns {Phase} */
  #make({ sentence, then }, n) {
    const root = element("li", "cv-phase");
    const button = element("button", "cv-do", { type: "button", ...OWN_KEYS }, sentence);
    button.addEventListener("click", () => this.#press(n, button));
    const words = { then: element("p", "cv-then", {}, then), refusal: element("p", "cv-refusal", { role: "status" }) };
    root.append(button, words.then, words.refusal);
    return { root, button, ...words };
  }

  /**
   * Do what a sentence says where it is seen: with the picture on one screen, or there in its line.
   * @param {number} n @param {HTMLButtonElement} button
   */
  #press(n, button) {
    const stage = this.#stage();
    write(this.away, stage ? "" : say("guide.no_picture"));
    if (stage && !showTogether(stage, button)) {
      this.line.dock(stage);
      if (button === document.activeElement) this.line.sentence.focus({ preventScroll: true });
    }
    this.#send(n);
  }

  /** The picture above: the last of this explorer's before the guide. @returns {HTMLElement|undefined} */
  #stage() {
    const stages = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".convviz-stage[data-key]")]);
    const own = stages.filter(({ dataset }) => dataset.key === this.model.get("stage"));
    const above = own.filter((each) => this.root.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_PRECEDING);
    return above.at(-1) ?? own[0];
  }

  /** From the line in the picture back to where it was begun. */
  #leaveLine() {
    bringUp(this.root);
    this.phases[Math.max(0, this.model.get("current"))].button.focus({ preventScroll: true });
  }

  /** @param {number} n */
  #send(n) {
    this.pressed = n;
    this.kernel.send({ phase: n, request: String(Math.random()) });
  }

  /** Show how far the reader has come. */
  #show() {
    const [done, current, refused] = /** @type {const} */ (["done", "current", "refused"]).map((name) => this.model.get(name));
    this.phases.forEach(({ root, button, then, refusal }, n) => {
      root.hidden = n > done;
      root.classList.toggle("is-done", n < done);
      then.hidden = n >= done || !then.textContent;
      write(refusal, n === refused ? say("guide.refused") : "");
      refusal.hidden = n !== refused;
      if (n === current) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
    const count = Math.max(0, this.phases.length - done - 1);
    write(this.more, count ? say("guide.more", { count }) : "");
    this.#showLine();
    if (this.pressed === current && refused < 0) write(this.live, this.phases[current]?.then.textContent ?? "");
  }

  #showLine() {
    const [done, current, refused] = /** @type {const} */ (["done", "current", "refused"]).map((name) => this.model.get(name));
    this.line.show({ done, current, refused: refused >= 0, disabled: this.kernel.state !== "answers" });
  }

  /** Nothing looks alive while nobody answers. */
  #showKernel() {
    const { state } = this.kernel;
    write(this.away, wordsOf(state));
    this.#showLine();
    for (const { button } of this.phases) button.disabled = state !== "answers";
  }
}

/** @param {{model: Model & GuideModel, el: HTMLElement, signal: AbortSignal}} context anywidget's */
function render({ model, el, signal }) {
  const guide = new Guide(model, signal);
  el.append(guide.root);
  signal.addEventListener("abort", () => guide.root.remove());
}

export default { render };
