// @ts-check
/**
 * Numbers on the move: copies that fly over the picture, and digits that roll. Nothing of the picture
 * itself moves, and what flies is gone when it is told to.
 */

import { element } from "./dom.js";

/** @typedef {{x: number, y: number, width: number, height: number}} Box */
/**
 * A copy that flies.
 * @typedef {Object} Copy
 * @property {Element|Range} from  over what it begins
 * @property {Element|Range} to  over what it ends
 * @property {string} text
 * @property {string} [before]  what it reads until it is on its way
 * @property {string} className
 * @property {number} start  when it appears and leaves, as a part of the move
 * @property {number} end  when it arrives and, if it is `brief`, is gone
 * @property {boolean} [brief]
 */

const ROLL = 220; // milliseconds
const NO_DIGIT = "\u00a0"; // in place of a digit that was not there
const EASING = "cubic-bezier(0.45, 0, 0.2, 1)";

export class Flight {
  constructor() {
    this.root = element("div", "cv-flight", { "aria-hidden": "true" });
    /** @type {Set<Animation>} */
    this.animations = new Set();
  }

  /** Whether anything moves at all. */
  get moves() {
    return !matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  /** Take down whatever flies. */
  clear() {
    for (const animation of this.animations) animation.cancel();
    this.animations.clear();
    this.root.replaceChildren();
  }

  /** Let copies fly, all within one move. @param {Copy[]} copies @param {number} time milliseconds */
  fly(copies, time) {
    if (this.moves) for (const copy of copies) this.#fly(copy, time);
  }

  /** @param {Copy} copy @param {number} time */
  #fly({ from, to, text, before, className, start, end, brief }, time) {
    const [a, b] = [this.#box(from), this.#box(to)];
    const node = element("span", `cv-flying ${className}`, {}, text);
    Object.assign(node.style, { left: `${a.x}px`, top: `${a.y}px`, minWidth: `${a.width}px`, height: `${a.height}px`,
      font: getComputedStyle(elementOf(from)).font });
    this.root.append(node);
    const away = `translate(${b.x + (b.width - a.width) / 2 - a.x}px, ${b.y + (b.height - a.height) / 2 - a.y}px)`;
    const timing = { delay: start * time, duration: (end - start) * time, easing: EASING };
    this.#animate(node, [{ transform: "none" }, { transform: away }], { ...timing, fill: "both" });
    const shown = [[0, 0], [0, start], [1, start + 0.01], [1, brief ? end - 0.05 : 1], [brief ? 0 : 1, 1]];
    const frames = shown.map(([opacity, offset]) => ({ opacity, offset }));
    this.#animate(node, frames, { duration: time, fill: "both" });
    if (before !== undefined && before !== text) this.#flip(node, before, text, timing);
  }

  /**
   * Turn a number over into what it becomes: an int8 layer's value into its integer.
   * @param {HTMLElement} node @param {string} before @param {string} after
   * @param {{delay: number, duration: number}} timing
   */
  #flip(node, before, after, { delay, duration }) {
    const faces = [before, after].map((text) => element("span", "cv-face", {}, text));
    node.replaceChildren(...faces);
    const [up, down, flat] = ["rotateX(90deg)", "rotateX(-90deg)", "none"].map((transform) => ({ transform }));
    const half = { duration: duration / 4, fill: /** @type {const} */ ("both") };
    this.#animate(faces[0], [flat, up], { ...half, delay });
    this.#animate(faces[1], [down, flat], { ...half, delay: delay + duration / 4 });
  }

  /**
   * Roll the digits of a number that have changed.
   * @param {Element|null} number  which shows the text after @param {string} before
   */
  roll(number, before) {
    const after = number?.textContent ?? "";
    if (!number || !this.moves || before === after) return;
    const old = digitsByPower(before);
    for (const { power, node, index } of characters(number, after)) {
      const digit = (node.textContent ?? "")[index];
      const was = old.get(power) ?? NO_DIGIT;
      if (was !== digit && power !== null) this.#rollDigit(node, index, was, digit);
    }
  }

  /** @param {Text} node @param {number} index @param {string} was @param {string} digit */
  #rollDigit(node, index, was, digit) {
    const range = document.createRange();
    range.setStart(node, index);
    range.setEnd(node, index + 1);
    const box = this.#box(range);
    const window = element("span", "cv-rolling");
    const { font, color } = getComputedStyle(/** @type {Element} */ (node.parentElement));
    Object.assign(window.style, { left: `${box.x}px`, top: `${box.y}px`, width: `${box.width}px`, height: `${box.height}px`,
      font, color, lineHeight: `${box.height}px` });
    const strip = element("span", "cv-strip");
    strip.append(element("span", "", {}, was), element("span", "", {}, digit));
    window.append(strip);
    this.root.append(window);
    const roll = [{ transform: "none" }, { transform: `translateY(-${box.height}px)` }];
    this.#animate(strip, roll, { duration: ROLL, easing: "ease-out", fill: "both" }, window);
  }

  /**
   * @param {Element} node @param {Keyframe[]} frames @param {KeyframeAnimationOptions} timing
   * @param {Element} [whole]  what is taken down when it is over
   */
  #animate(node, frames, timing, whole) {
    const animation = node.animate(frames, timing);
    this.animations.add(animation);
    animation.onfinish = () => {
      if (!whole) return;
      animation.cancel();
      this.animations.delete(animation);
      whole.remove();
    };
  }

  /** Where something is, in the overlay. @param {Element|Range} what @returns {Box} */
  #box(what) {
    const own = this.root.getBoundingClientRect();
    const { x, y, width, height } = what.getBoundingClientRect();
    return { x: x - own.x, y: y - own.y, width, height };
  }
}

/** @param {Element|Range} what */
function elementOf(what) {
  return what instanceof Range ? /** @type {Element} */ (what.startContainer) : what;
}

/** What an element contains, which may be narrower than itself. @param {Element} node */
export function contentsOf(node) {
  const range = document.createRange();
  range.selectNodeContents(node);
  return range;
}

/** The letters of a number by the power of ten that they stand for. @param {string} text */
function digitsByPower(text) {
  return new Map([...text].map((letter, n) => [powerAt(text, n), letter]));
}

/** The power of ten of a letter; null for a point or a sign. @param {string} text @param {number} n */
function powerAt(text, n) {
  const point = text.includes(".") ? text.indexOf(".") : text.length;
  return /\d/.test(text[n]) ? point - n - (n < point ? 1 : 0) : null;
}

/** The letters of a number, each with its node. @param {Element} number @param {string} text */
function characters(number, text) {
  const found = [];
  const walker = document.createTreeWalker(number, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    for (let index = 0; index < (node.textContent ?? "").length; index++)
      found.push({ node: /** @type {Text} */ (node), index, power: powerAt(text, found.length) });
  return found;
}
