// @ts-check
/** The pixel of a dive's input that a reader points at, and dives into where anybody can be asked. */

import { element, write } from "./dom.js";
import { say } from "./language.js";
import { MOVES } from "./moves.js";
import { pixelAt, placeAt } from "./timeline.js";

/** @import { DiveStageView } from "./dive.js" */
/** @typedef {[row: number, column: number]} Pixel */

const LEAST_PIXEL = 11; // of the outline, in pixels of the screen

export class DivePixels {
  root = element("div", "cv-dive-pixel", { hidden: "", "aria-hidden": "true" }); // the outline
  /** @type {Pixel} */
  aimed = [0, 0]; // the pixel that the keyboard points at
  /** @type {Pixel|null} */
  pointed = null; // the one that is outlined

  /** @param {DiveStageView} dive */
  constructor(dive) {
    this.dive = dive;
  }

  /** @param {AbortSignal} signal */
  listen(signal) {
    const { picture } = this.dive;
    for (const event of /** @type {const} */ (["pointermove", "pointerdown"]))
      picture.addEventListener(event, (at) => this.point(this.#under(at)), { signal });
    for (const event of ["pointerleave", "blur"])
      picture.addEventListener(event, () => this.point(null), { signal });
    picture.addEventListener("click", () => this.#choose(this.pointed), { signal });
  }

  /** Show whether a pixel can be chosen now. */
  refresh() {
    this.dive.picture.classList.toggle("can-choose", this.#canChoose());
  }

  /** Outline the pixel that would be dived into. @param {Pixel|null} pixel */
  point(pixel) {
    const { message, picture, width } = this.dive;
    const place = pixel && this.#canChoose() ? this.#inputPlace() : null;
    this.pointed = place && pixel;
    picture.dataset.pointed = this.pointed?.join() ?? "";
    this.root.hidden = !place;
    if (!place || !pixel || !message) return;
    const { input } = message.pictures;
    const scale = width / message.width;
    const [down, across] = [place.height / input.height, place.width / input.width];
    this.root.style.left = `${(place.x + (pixel[1] + 0.5) * across) * scale}px`;
    this.root.style.top = `${(place.y + (pixel[0] + 0.5) * down) * scale}px`;
    this.root.style.width = `${Math.max(LEAST_PIXEL, across * scale)}px`;
    this.root.style.height = `${Math.max(LEAST_PIXEL, down * scale)}px`;
  }

  /** Move the keyboard's pixel, or dive there. @param {string} key @returns {boolean} whether it is such a key */
  aim(key) {
    const { message, words } = this.dive;
    if (!message || !this.#canChoose()) return false;
    if (key === "Enter") {
      this.#choose(this.aimed);
      return true;
    }
    const move = MOVES[key];
    if (!move) return false;
    const { height, width } = message.pictures.input;
    this.aimed = [
      Math.max(0, Math.min(height - 1, this.aimed[0] + move[0])),
      Math.max(0, Math.min(width - 1, this.aimed[1] + move[1])),
    ];
    this.point(this.aimed);
    write(words, say("dive.aimed", { row: this.aimed[0], column: this.aimed[1] }));
    return true;
  }

  /** Where the input is drawn at rest; null where it is not. */
  #inputPlace() {
    const { message, shown } = this.dive;
    const actor = message?.actors.find(({ kind, name }) => kind === "picture" && name === "input");
    if (!message || !actor) return null;
    const place = placeAt(actor.keys, shown);
    return place.shown > 0.99 && place.width <= message.width + 0.5 ? place : null;
  }

  #canChoose() {
    const { playing, waits, source: { send, kernel } } = this.dive;
    return Boolean(send) && kernel?.state === "answers" && !playing && !waits && this.#inputPlace() !== null;
  }

  /** @param {MouseEvent} event */
  #under(event) {
    const { message, painter } = this.dive;
    const place = this.#canChoose() ? this.#inputPlace() : null;
    if (!place || !message) return null;
    const box = painter.canvas.getBoundingClientRect();
    const scale = message.width / box.width;
    const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    return pixelAt(place, message.pictures.input, x, y);
  }

  /** Dive into a pixel: Python has its numbers. @param {Pixel|null} pixel */
  #choose(pixel) {
    const { message } = this.dive;
    if (!pixel || !message || !this.#canChoose()) return;
    this.point(null);
    this.dive.ask([...message.pixel.slice(0, -2), ...pixel], null);
  }
}
