// @ts-check
/**
 * The dive: one continuous zoom from a pixel to the output, played, scrubbed, and started from any
 * other pixel.
 *
 * scene/choreography.py says what is where at which second, timeline.js what lies between, and
 * dive_painter.js paints it. Playing and scrubbing ask nobody; another pixel asks Python once.
 */

import { DivePainter } from "./dive_painter.js";
import { element, OWN_KEYS, write } from "./dom.js";
import { wordsOf } from "./kernel.js";
import { say } from "./language.js";
import { pixelAt, placeAt, stageAt } from "./timeline.js";

/** @import { DiveMessage, DiveSource, Empty, KernelState } from "./types.js" */

const DIVE_STEP = 0.25; // seconds that an arrow key moves
const DIVE_CROSSING = 400; // milliseconds from one still to the next, where motion is reduced
const LONGEST_FRAME = 250; // milliseconds; whoever was away longer goes on where they were
const DIVE_WIDEST = 1150; // pixels; a wider picture would be higher than a screen

class DiveStageView {
  root = element("div", "convviz convviz-dive", {
    tabindex: "0", role: "group", "aria-label": say("dive.label"), "data-playing": "false", ...OWN_KEYS,
  });
  painter = new DivePainter();
  picture = element("div", "cv-dive-picture");
  pointer = element("div", "cv-dive-pixel", { hidden: "", "aria-hidden": "true" });
  words = element("div", "cv-words cv-dive-words", { "aria-live": "polite" });
  alert = element("div", "cv-dive-alert", { role: "alert" });
  away = element("div", "cv-away", { role: "status" });
  chapters = element("div", "cv-dive-chapters", { role: "group", "aria-label": say("dive.stages") });
  play = element("button", "cv-button cv-play", { type: "button", ...OWN_KEYS });
  slider = element("input", "cv-slider", { type: "range", min: "0", step: "0.01", "aria-label": say("dive.slider"), ...OWN_KEYS });
  /** @type {DiveMessage|null} */
  message = null;
  second = 0;
  shown = 0; // the moment that is painted
  playing = false;
  frame = 0;
  last = 0; // time of the last frame, in milliseconds
  crossing = { from: 0, begun: -Infinity };
  /** @type {[row: number, column: number]} */
  aimed = [0, 0]; // the pixel that the keyboard points at
  /** @type {[row: number, column: number]|null} */
  pointed = null; // the one that is outlined
  waits = false; // for another pixel's numbers
  width = 0;
  reduced = matchMedia("(prefers-reduced-motion: reduce)");

  /** @param {HTMLElement} host @param {DiveSource} source @param {AbortSignal} signal */
  constructor(host, source, signal) {
    this.source = source;
    this.signal = signal;
    this.#build(host);
    this.#listen(host);
    source.on("dive", () => this.#fill());
    source.on("error", () => this.#showRefusal());
    this.#fill();
    this.#showRefusal();
    this.#watchKernel();
  }

  /** @param {HTMLElement} host */
  #build(host) {
    const { canvas } = this.painter;
    canvas.setAttribute("role", "img");
    this.picture.append(canvas, this.pointer);
    if (this.source.send) {
      const label = say("dive.choose");
      for (const [name, value] of Object.entries({ tabindex: "0", role: "group", "aria-label": label, ...OWN_KEYS }))
        this.picture.setAttribute(name, value);
    }
    const bar = element("div", "cv-player cv-dive-bar", { role: "toolbar", "aria-label": say("dive.label") });
    bar.append(this.play, this.slider, this.chapters);
    this.root.append(this.picture, this.words, bar, this.alert, this.away);
    host.append(this.root);
    this.#showPlaying(false);
  }

  /** @param {HTMLElement} host */
  #listen(host) {
    const { signal } = this;
    const { canvas } = this.painter;
    this.play.addEventListener("click", () => this.toggle(), { signal });
    this.slider.addEventListener("input", () => this.scrub(Number(this.slider.value)), { signal });
    this.root.addEventListener("keydown", (event) => this.#key(event), { signal });
    for (const event of /** @type {const} */ (["pointermove", "pointerdown"]))
      this.picture.addEventListener(event, (at) => this.#point(this.#pixelUnder(at)), { signal });
    this.picture.addEventListener("pointerleave", () => this.#point(null), { signal });
    this.picture.addEventListener("blur", () => this.#point(null), { signal });
    this.picture.addEventListener("click", () => this.#choose(this.pointed), { signal });
    // A theme changes the canvas's colour, which stage.css has it do in a transition.
    canvas.addEventListener("transitionend", () => { this.painter.forgetColours(); this.draw(); }, { signal });
    const size = new ResizeObserver(() => this.#resize());
    size.observe(host);
    signal.addEventListener("abort", () => {
      size.disconnect();
      this.pause();
      cancelAnimationFrame(this.frame);
      this.root.remove();
    });
  }

  #watchKernel() {
    const { kernel } = this.source;
    this.root.dataset.live = String(kernel !== undefined);
    if (!kernel) return;
    kernel.show = () => this.#showKernel(kernel.state);
    kernel.lost = () => this.#wait(false);
  }

  // ---- What is shown

  #fill() {
    const message = this.source.get("dive");
    if (!message || !hasActors(message)) return;
    const before = this.message;
    this.message = message;
    this.painter.fill(message, { input: this.source.get("input_pixels"), output: this.source.get("output_pixels") });
    this.painter.canvas.setAttribute("aria-label", message.alt);
    this.slider.max = String(message.seconds);
    this.root.dataset.seconds = String(message.seconds);
    const [row, column] = message.pixel.slice(-2);
    this.aimed = [row, column];
    this.root.dataset.pixel = `${row},${column}`;
    this.#makeChapters(message);
    this.#wait(false);
    this.#layOut();
    if (!before) return this.seek(message.stages[0].moment);
    this.seek(message.stages[0].start);
    this.start();
  }

  /** @param {DiveMessage} message */
  #makeChapters(message) {
    if (this.chapters.childElementCount === message.stages.length) return;
    this.chapters.replaceChildren(...message.stages.map(({ title }, n) => {
      const button = element("button", "cv-tool", { type: "button", ...OWN_KEYS }, title);
      button.addEventListener("click", () => this.#showStage(n));
      return button;
    }));
  }

  #resize() {
    const width = Math.min(DIVE_WIDEST, this.root.clientWidth - 24);
    if (width === this.width || width <= 0) return;
    this.width = width;
    this.#layOut();
    this.draw();
  }

  #layOut() {
    if (!this.message || this.width <= 0) return;
    this.picture.style.width = `${this.width}px`;
    this.painter.fit(this.width, window.devicePixelRatio || 1);
  }

  /** Paint the moment; where motion is reduced, a still, which crosses from the one before. */
  draw() {
    const { message } = this;
    if (!message) return;
    const stage = stageAt(message.stages, this.second);
    const moment = this.reduced.matches ? message.stages[stage].moment : this.second;
    if (this.reduced.matches && moment !== this.shown) this.crossing = { from: this.shown, begun: performance.now() };
    this.shown = moment;
    const part = Math.min(1, (performance.now() - this.crossing.begun) / DIVE_CROSSING);
    if (part < 1 && this.reduced.matches) this.painter.cross(this.crossing.from, moment, part);
    else this.painter.draw(moment);
    if (part < 1 && this.reduced.matches && !this.playing) {
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.draw());
    }
    this.#tell(stage);
  }

  /** @param {number} stage */
  #tell(stage) {
    const { message } = this;
    if (!message) return;
    const { name, title, words } = message.stages[stage];
    this.root.dataset.stage = name;
    this.root.dataset.second = this.second.toFixed(2);
    write(this.words, words);
    this.slider.value = String(this.second);
    this.slider.setAttribute("aria-valuetext", say("dive.at", { second: this.second.toFixed(1), title }));
    [...this.chapters.children].forEach((button, n) => {
      if (n === stage) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
    this.picture.classList.toggle("can-choose", this.#canChoose());
  }

  // ---- Playing and scrubbing

  /** Go to a second, or the nearest there is. @param {number} second */
  seek(second) {
    this.second = Math.max(0, Math.min(this.message?.seconds ?? 0, second));
    this.draw();
  }

  /** Pause at a second. @param {number} second */
  scrub(second) {
    this.pause();
    this.seek(second);
  }

  /** Pause at what shows a stage best. @param {number} n */
  #showStage(n) {
    const stage = this.message?.stages[Math.max(0, Math.min(this.message.stages.length - 1, n))];
    if (stage) this.scrub(stage.moment);
  }

  /** Play, from the start where the end is on show; or pause. */
  toggle() {
    if (this.playing) return this.pause();
    if (this.second >= (this.message?.seconds ?? 0)) this.seek(0);
    this.start();
  }

  start() {
    this.pause();
    this.#showPlaying(true);
    this.#point(null);
    this.last = performance.now();
    this.frame = requestAnimationFrame((now) => this.#tick(now));
  }

  pause() {
    if (!this.playing) return;
    this.#showPlaying(false);
    cancelAnimationFrame(this.frame);
  }

  /** @param {number} now */
  #tick(now) {
    const seconds = Math.max(0, Math.min(LONGEST_FRAME, now - this.last)) / 1000;
    this.last = now;
    const end = this.message?.seconds ?? 0;
    if (this.second + seconds >= end) this.#showPlaying(false);
    this.seek(this.second + seconds);
    if (this.playing) this.frame = requestAnimationFrame((next) => this.#tick(next));
  }

  /** @param {boolean} playing */
  #showPlaying(playing) {
    this.playing = playing;
    this.root.dataset.playing = String(playing);
    const name = say(playing ? "player.pause" : "player.play");
    this.play.setAttribute("aria-label", name);
    this.play.title = name;
    this.play.innerHTML = playing ? PAUSE_ICON : PLAY_ICON;
    this.picture.classList.toggle("can-choose", this.#canChoose());
  }

  // ---- Keys

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { target } = event;
    if (target === this.slider && /^(Arrow|Home|End|Page)/.test(event.key)) return; // its own
    if (target instanceof HTMLButtonElement && (event.key === " " || event.key === "Enter")) return;
    const act = (target === this.picture && this.#aim(event.key)) || this.#steer(event.key);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {string} key @returns {boolean} whether it is one that steers */
  #steer(key) {
    const { message, second } = this;
    if (!message) return false;
    const stage = stageAt(message.stages, second);
    /** @type {Record<string, () => void>} */
    const keys = {
      " ": () => this.toggle(),
      ArrowRight: () => this.scrub(second + DIVE_STEP),
      ArrowLeft: () => this.scrub(second - DIVE_STEP),
      PageDown: () => this.#showStage(stage + (second < message.stages[stage].moment ? 0 : 1)),
      PageUp: () => this.#showStage(stage - (second > message.stages[stage].moment ? 0 : 1)),
      Home: () => this.scrub(0),
      End: () => this.scrub(message.seconds),
    };
    if (!(key in keys)) return false;
    keys[key]();
    return true;
  }

  /** Move the keyboard's pixel, or dive there. @param {string} key @returns {boolean} whether it is such a key */
  #aim(key) {
    const { message } = this;
    if (!message || !this.#canChoose()) return false;
    if (key === "Enter") {
      this.#choose(this.aimed);
      return true;
    }
    const move = PIXEL_MOVES[key];
    if (!move) return false;
    const { height, width } = message.pictures.input;
    this.aimed = [
      Math.max(0, Math.min(height - 1, this.aimed[0] + move[0])),
      Math.max(0, Math.min(width - 1, this.aimed[1] + move[1])),
    ];
    this.#point(this.aimed);
    write(this.words, say("dive.aimed", { row: this.aimed[0], column: this.aimed[1] }));
    return true;
  }

  // ---- Another pixel

  /** Where the input is drawn at rest; null where it is not. */
  #inputPlace() {
    const actor = this.message?.actors.find(({ kind, name }) => kind === "picture" && name === "input");
    if (!this.message || !actor) return null;
    const place = placeAt(actor.keys, this.shown);
    return place.shown > 0.99 && place.width <= this.message.width + 0.5 ? place : null;
  }

  #canChoose() {
    const { send, kernel } = this.source;
    return Boolean(send) && kernel?.state === "answers" && !this.playing && !this.waits && this.#inputPlace() !== null;
  }

  /** @param {MouseEvent} event */
  #pixelUnder(event) {
    const place = this.#canChoose() ? this.#inputPlace() : null;
    if (!place || !this.message) return null;
    const box = this.painter.canvas.getBoundingClientRect();
    const scale = this.message.width / box.width;
    const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    return pixelAt(place, this.message.pictures.input, x, y);
  }

  /** Outline the pixel that would be dived into. @param {[row: number, column: number]|null} pixel */
  #point(pixel) {
    const place = pixel && this.#canChoose() ? this.#inputPlace() : null;
    this.pointed = place && pixel;
    this.picture.dataset.pointed = this.pointed?.join() ?? "";
    this.pointer.hidden = !place;
    if (!place || !pixel || !this.message) return;
    const { height, width } = this.message.pictures.input;
    const scale = this.width / this.message.width;
    const [down, across] = [place.height / height, place.width / width];
    this.pointer.style.left = `${(place.x + (pixel[1] + 0.5) * across) * scale}px`;
    this.pointer.style.top = `${(place.y + (pixel[0] + 0.5) * down) * scale}px`;
    this.pointer.style.width = `${Math.max(11, across * scale)}px`;
    this.pointer.style.height = `${Math.max(11, down * scale)}px`;
  }

  /** Dive into a pixel: Python has its numbers. @param {[row: number, column: number]|null} pixel */
  #choose(pixel) {
    const { message, source: { send } } = this;
    if (!pixel || !message || !send || !this.#canChoose()) return;
    this.#point(null);
    this.#wait(true);
    send({ request: String(Math.random()), pixel: [...message.pixel.slice(0, -2), ...pixel] });
  }

  /** @param {boolean} waits */
  #wait(waits) {
    this.waits = waits;
    this.root.classList.toggle("is-waiting", waits);
    this.picture.classList.toggle("can-choose", this.#canChoose());
  }

  /** Python has answered; where the pixel is the one on show, nothing else has come. */
  answered() {
    if (!this.waits) return;
    this.#wait(false);
    if (this.source.get("error")) return;
    this.seek(0);
    this.start();
  }

  #showRefusal() {
    write(this.alert, this.source.get("error") ?? "");
    this.#wait(false);
  }

  /** @param {KernelState} state */
  #showKernel(state) {
    const words = wordsOf(state);
    write(this.away, words && say("dive.goes_on", { words }));
    this.root.dataset.live = String(state === "answers");
    this.#wait(false);
  }
}

/** @param {DiveMessage|Empty} message @returns {message is DiveMessage} */
function hasActors(message) {
  return "actors" in message;
}

const diveIcon = (/** @type {string} */ path) => `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${path}"/></svg>`;
const PLAY_ICON = diveIcon("M4 2.5v11l9-5.5z");
const PAUSE_ICON = diveIcon("M4 3h3v10H4zM9 3h3v10H9z");
/** @type {Record<string, [down: number, right: number]>} */
const PIXEL_MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * Show a dive in `host` until `signal` aborts.
 * @param {HTMLElement} host @param {DiveSource} source @param {AbortSignal} signal
 */
export function mountDive(host, source, signal) {
  return new DiveStageView(host, source, signal);
}
