// @ts-check
/**
 * A guide's line in the stage: what was done last, and the sentence to press next, over the picture, where
 * both are seen at once. It appears where a guide and its picture are too far apart for one screen.
 */

import { element, OWN_KEYS, write } from "./dom.js";
import { say } from "./language.js";

/** @import { GuideState } from "./types.js" */
/** @typedef {{done: number, current: number, refused: boolean, disabled: boolean}} Progress */

const BAR = 48; // pixels over a picture for the lesson's controls; a table of all may be out of view
const ROOM = 48; // pixels, for what a sentence that is pressed has to say
const GAP = 6; // pixels over a picture that is brought into view
const PICTURE = ":scope > .cv-picture";

export class GuideLine {
  /**
   * @param {GuideState["phases"]} phases @param {(n: number) => void} press
   * @param {() => void} leave  lead back to the guide
   */
  constructor(phases, press, leave) {
    this.phases = phases;
    this.next = 0; // the phase that the sentence does
    this.root = element("section", "cv-guide-line", { "aria-label": say("guide.line") });
    this.numbers = phases.map(({ sentence }, n) => {
      const attributes = { type: "button", title: sentence, "aria-label": `${n + 1} ${sentence}`, ...OWN_KEYS };
      const button = element("button", "cv-number-of", attributes, String(n + 1));
      button.addEventListener("click", () => press(n));
      return button;
    });
    this.sentence = element("button", "cv-do", { type: "button", ...OWN_KEYS });
    this.sentence.addEventListener("click", () => press(this.next));
    this.back = element("button", "cv-tool", { type: "button", ...OWN_KEYS }, say("guide.back"));
    this.back.addEventListener("click", leave);
    this.then = element("p", "cv-then");
    const numbers = element("span", "cv-numbers");
    numbers.append(...this.numbers);
    const row = element("div", "cv-guide-row");
    row.append(numbers, this.sentence, this.back);
    this.root.append(row, this.then);
  }

  /** @param {Progress} progress */
  show({ done, current, refused, disabled }) {
    const hadFocus = this.sentence.contains(document.activeElement);
    this.next = done;
    this.numbers.forEach((button, n) => {
      button.disabled = disabled || n > done;
      if (n === current) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
    write(this.sentence, this.phases[done]?.sentence ?? "");
    this.sentence.hidden = done >= this.phases.length;
    this.sentence.disabled = disabled;
    if (hadFocus && this.sentence.hidden) this.back.focus({ preventScroll: true });
    write(this.then, refused ? say("guide.refused") : (this.phases[current]?.then ?? ""));
    this.then.classList.toggle("cv-refusal", refused);
  }

  /** Stand in a stage, and bring it into view. @param {HTMLElement} stage */
  dock(stage) {
    const place = stage.querySelector(PICTURE);
    if (place && this.root.parentElement !== stage) place.before(this.root);
    const fits = stage.offsetHeight <= scrollerOf(stage).clientHeight;
    bringUp(fits ? stage : this.root);
  }
}

/**
 * Bring a stage's picture and something under it into view together, as far as one screen holds both.
 * @param {HTMLElement} stage @param {HTMLElement} below @returns {boolean} whether it does
 */
export function showTogether(stage, below) {
  const scroller = scrollerOf(below);
  const view = scroller.getBoundingClientRect();
  const [top, bottom] = scroller === document.documentElement ? [0, window.innerHeight] : [view.top, view.bottom];
  const picture = stage.querySelector(PICTURE) ?? stage;
  const over = Math.max(stage.getBoundingClientRect().top, picture.getBoundingClientRect().top - BAR);
  const [first, last] = [over - GAP, below.getBoundingClientRect().bottom + ROOM];
  if (last - first > bottom - top) return false;
  if (first < top) scroller.scrollBy({ top: first - top, behavior: pace() });
  else if (last > bottom) scroller.scrollBy({ top: last - bottom, behavior: pace() });
  return true;
}

/** Bring something to the top of the screen. @param {HTMLElement} node */
export function bringUp(node) {
  node.scrollIntoView({ block: "start", behavior: pace() });
}

/** @returns {ScrollBehavior} */
function pace() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}

/** What scrolls an element. @param {HTMLElement} node @returns {HTMLElement} */
function scrollerOf(node) {
  for (let each = node.parentElement; each; each = each.parentElement) {
    const { overflowY } = getComputedStyle(each);
    if (/auto|scroll/.test(overflowY) && each.scrollHeight > each.clientHeight) return each;
  }
  return document.documentElement;
}
