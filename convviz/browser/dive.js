// @ts-check
/**
 * The dive: one continuous zoom from a pixel to the output, played, scrubbed, and started from any
 * other pixel.
 *
 * scene/choreography.py says what is where at which second, timeline.js what lies between, and
 * dive_painter.js paints it. Playing and scrubbing ask nobody; another pixel or channel asks Python once.
 */

import { DiveChannel } from "./dive_channel.js";
import { DivePainter } from "./dive_painter.js";
import { DivePixels } from "./dive_pixels.js";
import { element, OWN_KEYS, write } from "./dom.js";
import { isJupyters, leaveToJupyter } from "./jupyter_keys.js";
import { wordsOf } from "./kernel.js";
import { say } from "./language.js";
import { Presentation } from "./presentation.js";
import { saverOf, Tools } from "./tools.js";
import { stageAt } from "./timeline.js";

/** @import { DiveMessage, DiveSource, Empty, KernelState } from "./types.js" */

const DIVE_STEP = 0.25; // seconds that an arrow key moves
const DIVE_CROSSING = 400; // milliseconds from one still to the next, where motion is reduced
const LONGEST_FRAME = 250; // milliseconds; whoever was away longer goes on where they were
const DIVE_WIDEST = 1150; // pixels; a wider picture would be higher than a screen

export class DiveStageView {
  root = element("div", "convviz convviz-dive", {
    tabindex: "0", role: "group", "aria-label": say("dive.label"), "data-playing": "false", ...OWN_KEYS,
  });
  painter = new DivePainter();
  picture = element("div", "cv-dive-picture");
  pixels = new DivePixels(this);
  words = element("div", "cv-words cv-dive-words", { "aria-live": "polite" });
  alert = element("div", "cv-dive-alert", { role: "alert" });
  away = element("div", "cv-away", { role: "status" });
  chapters = element("div", "cv-dive-chapters", { role: "group", "aria-label": say("dive.stages") });
  play = element("button", "cv-button cv-play", { type: "button", ...OWN_KEYS });
  slider = element("input", "cv-slider", { type: "range", min: "0", step: "0.01", "aria-label": say("dive.slider"), ...OWN_KEYS });
  channel = new DiveChannel((channel) => this.ask(this.message?.pixel ?? [], channel));
  /** @type {DiveMessage|null} */
  message = null;
  second = 0;
  shown = 0; // the moment that is painted
  playing = false;
  frame = 0;
  last = 0; // time of the last frame, in milliseconds
  crossing = { from: 0, begun: -Infinity };
  waits = false; // for another pixel's numbers
  width = 0;
  reduced = matchMedia("(prefers-reduced-motion: reduce)");

  /** @param {HTMLElement} host @param {DiveSource} source @param {AbortSignal} signal */
  constructor(host, source, signal) {
    this.source = source;
    this.signal = signal;
    this.presentation = new Presentation(this.root, () => this.root, () => this.#resize(), signal);
    this.tools = this.#makeTools();
    this.#build(host);
    this.#listen(host);
    source.on("dive", () => this.#fill());
    source.on("error", () => this.#showRefusal());
    this.#fill();
    this.#showRefusal();
    this.#watchKernel();
  }

  #makeTools() {
    return new Tools({
      present: () => this.presentation.toggle(),
      files: [
        ["svg", say("dive.svg_hint")],
        ["png", say("dive.png_hint")],
        ["gif", say("dive.gif_hint")],
        ["html", say("tools.html_hint")],
      ],
      save: saverOf(this.source, this.root, () => 0),
    }, this.signal);
  }

  /** @param {HTMLElement} host */
  #build(host) {
    const { canvas } = this.painter;
    canvas.setAttribute("role", "img");
    this.picture.append(canvas, this.pixels.root);
    if (this.source.send) {
      const label = say("dive.choose");
      for (const [name, value] of Object.entries({ tabindex: "0", role: "group", "aria-label": label, ...OWN_KEYS }))
        this.picture.setAttribute(name, value);
    }
    const bar = element("div", "cv-player cv-dive-bar", { role: "toolbar", "aria-label": say("dive.label") });
    bar.append(this.play, this.slider, this.chapters, ...(this.source.send ? [this.channel.root] : []), this.tools.root);
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
    leaveToJupyter(this.root, signal);
    this.pixels.listen(signal);
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
    this.pixels.aimed = [row, column];
    this.root.dataset.pixel = `${row},${column}`;
    this.root.dataset.channel = String(message.channel);
    this.channel.show(message);
    this.#makeChapters(message);
    this.#wait(false);
    this.#layOut();
    if (!before) return this.seek(message.stages[0].moment);
    if (before.pixel.join() === message.pixel.join()) return this.draw(); // another channel, at the same moment
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
    const width = Math.floor(this.#room());
    if (width === this.width || width <= 0) return;
    this.width = width;
    this.#layOut();
    this.draw();
  }

  /** How wide the picture can be. @returns {number} pixels */
  #room() {
    const across = this.root.clientWidth - 24;
    const { message, presentation, picture } = this;
    if (!presentation.on || !message) return Math.min(DIVE_WIDEST, across);
    return Math.min(across, (presentation.room(picture) * message.width) / message.height);
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
    this.pixels.refresh();
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
    this.pixels.point(null);
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
    this.pixels.refresh();
  }

  // ---- Keys

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || isJupyters(event)) return;
    const { target } = event;
    if (target === this.slider && /^(Arrow|Home|End|Page)/.test(event.key)) return; // its own
    if (target === this.channel.field && event.key !== "Escape") return; // likewise
    if (target instanceof HTMLButtonElement && (event.key === " " || event.key === "Enter")) return;
    const act = (target === this.picture && this.pixels.aim(event.key)) || this.#steer(event.key);
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
      ...(this.presentation.on ? { Escape: () => this.presentation.toggle() } : {}),
    };
    if (!(key in keys)) return false;
    keys[key]();
    return true;
  }

  // ---- Another pixel, or another channel

  /** Ask for the numbers of a pixel, of the channel that adds most where none is named. @param {number[]} pixel @param {number|null} channel */
  ask(pixel, channel) {
    const { send } = this.source;
    if (!send || this.waits) return;
    this.#wait(true);
    send({ request: String(Math.random()), pixel, ...(channel === null ? {} : { channel }) });
  }

  /** @param {boolean} waits */
  #wait(waits) {
    this.waits = waits;
    this.root.classList.toggle("is-waiting", waits);
    this.channel.enable(!waits && this.source.kernel?.state === "answers");
    this.pixels.refresh();
  }

  /** Python has answered; where the pixel is the one on show, nothing else has come. */
  answered() {
    if (!this.waits) return;
    this.#wait(false);
    if (this.source.get("error")) { if (this.message) this.channel.show(this.message); return; }
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
/**
 * Show a dive in `host` until `signal` aborts.
 * @param {HTMLElement} host @param {DiveSource} source @param {AbortSignal} signal
 */
export function mountDive(host, source, signal) {
  return new DiveStageView(host, source, signal);
}
