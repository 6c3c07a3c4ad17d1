// @ts-check
/**
 * The stage: what a reader sees of a scene and does with it, put together.
 *
 * A scene (`Scene.message`) says what there is to see, in cells, tables and texts. A view draws it
 * (views.js), step_summary.js works out its sum and the words for it. What happens when is in a module of
 * its own each: playback.js plays, pointing.js points and pins, editor.js edits, keyboard.js knows the
 * keys, controls.js sets the layer; here they meet.
 */

import { AxesPanel } from "./axes_panel.js";
import { FORMULAS } from "./board.js";
import { Controls } from "./controls.js";
import { element, OWN_KEYS, write } from "./dom.js";
import { editCell } from "./editor.js";
import { Facts } from "./facts.js";
import { Group } from "./group.js";
import { imageValues } from "./image_values.js";
import { wordsOf } from "./kernel.js";
import { keyList } from "./key_list.js";
import { Keyboard } from "./keyboard.js";
import { say } from "./language.js";
import { Lookup } from "./lookup.js";
import { PX } from "./metrics.js";
import { Playback } from "./playback.js";
import { Player } from "./player.js";
import { Pointing, sentence } from "./pointing.js";
import { Predict } from "./predict.js";
import { Presentation } from "./presentation.js";
import { layOut } from "./room.js";
import { isComplete, RunningSum } from "./running_sum.js";
import { Slow } from "./slow.js";
import { StepSummary } from "./step_summary.js";
import { Sum } from "./sum.js";
import { saverOf, Tools } from "./tools.js";
import { VIEWS } from "./views.js";

/** @import { Empty, Go, KernelState, Move, Place, Scene, Source } from "./types.js" */
/** @import { Led } from "./slow.js" */
/** @import { StageState, Target, Tensor, View } from "./types.js" */
/** What is on display. @typedef {{scene: Scene, lookup: Lookup, view: View}} Display */

const MOST_FOLLOWED = 8; // steps a second

export class Stage {
  root = element("div", "convviz convviz-stage", {
    tabindex: "0", role: "group", "aria-label": say("stage.label"), "data-playing": "false", ...OWN_KEYS,
  });
  bar = element("div", "cv-bar"); // the lesson's controls, then the modes and tools
  modes = element("span", "cv-modes");
  viewHost = element("div", "cv-view");
  sum = new Sum();
  runningSum = new RunningSum();
  facts = new Facts();
  keys = keyList();
  away = element("div", "cv-away", { role: "status" });
  live = element("div", "cv-live", { "aria-live": "polite" });
  pointing = new Pointing(() => this.draw());
  playback = new Playback({
    atEnd: () => this.step >= this.steps - 1 && this.tap === null,
    waits: () => this.pointing.target !== null,
    advance: (steps) => (this.slow.active ? this.slow.advance(steps) : this.go(this.step + steps)),
    rate: () => this.slow.rate,
    show: (playing) => this.#showPlaying(playing),
  });
  summary = new StepSummary(this);
  slow = new Slow(this);
  predict = new Predict(this);
  player = new Player({
    go: (step) => this.stepTo(step),
    by: (way) => this.stepBy(way),
    toggle: () => this.toggle(),
    setSpeed: (speed) => this.setSpeed(speed),
  });
  /** @type {Display|null} */
  display = null;
  step = 0; // how far playing has come
  /** @type {number|null} */
  tap = null; // in slow motion, how many products of the step have been added; null for the whole output
  width = 0; // pixels; known once there is a layout, before the first picture is painted
  speedChosen = false; // whether a reader has set the speed
  ended = false; // whether a group of stages has come to its end
  countsReads = false; // whether a reader wants to see how many windows read each input
  showsFormulas = false; // or how the output's sizes come about
  /** @type {Controls|null} */
  controls = null;

  /** @param {HTMLElement} host @param {Source} source @param {AbortSignal} signal */
  constructor(host, source, signal) {
    this.source = source;
    this.signal = signal;
    this.large = Boolean(source.get("large"));
    this.showsFormulas = Boolean(source.get("formula"));
    this.axes = new AxesPanel(this, signal);
    this.tools = this.#makeTools();
    this.tools.show("axes", !this.axes.root.hidden);
    this.presentation = new Presentation(this.root, () => this.group.together ?? this.root, (on) => this.#showPresented(on), signal);
    this.group = new Group(() => source.get("group") ?? "", this.root, {
      follow: (place, ended, slow) => this.#follow(place, ended, slow),
      fit: () => { this.#layOut(); this.slow.offer(); },
      obey: (tool, on) => this.#obeyGroup(tool, on),
    }, signal);
    this.keyboard = new Keyboard(this, signal);
    this.#build(host);
    this.#listen(host);
    this.#setSpeed(1);
    this.refill();
    this.#showControls();
    this.#showRefusal();
    this.#subscribe();
  }

  #makeTools() {
    return new Tools({
      reads: (on) => { this.#showReads(on); this.group.use("reads", on); },
      running: (on) => { this.#showRunning(on); this.group.use("running", on); },
      axes: (on) => this.axes.toggle(on),
      keys: (on) => { this.keys.hidden = !on; },
      present: () => this.presentation.toggle(),
      code: () => this.source.get("code") ?? "",
      files: [
        ["svg", say("tools.svg_hint")],
        ["png", say("tools.png_hint")],
        ["gif", say("tools.gif_hint")],
        ["html", say("tools.html_hint")],
      ],
      save: saverOf(this.source, this.root, () => this.step),
    }, this.signal);
  }

  /** @param {HTMLElement} host */
  #build(host) {
    this.modes.append(this.predict.button, this.slow.button, this.tools.root);
    this.bar.append(...(this.source.bar ? [this.source.bar] : []), this.modes);
    const picture = element("div", "cv-picture");
    picture.append(this.facts.alerts, this.viewHost);
    const { away, live, player, runningSum, tools } = this;
    this.root.append(this.bar, picture, this.axes.root, player.root, away, runningSum.root, tools.code, this.keys, live);
    this.root.append(this.slow.flight.root);
    this.sum.root.append(this.slow.subtotals, this.predict.root);
    host.append(this.root);
  }

  /** @param {HTMLElement} host */
  #listen(host) {
    const { pointing, signal, viewHost } = this;
    viewHost.addEventListener("pointermove", (event) => this.#pointAt(this.#target(event)), { signal });
    viewHost.addEventListener("pointerleave", () => pointing.over(null), { signal });
    viewHost.addEventListener("click", (event) => this.#click(this.#target(event)), { signal });
    viewHost.addEventListener(FORMULAS, () => {
      this.#showFormulas(!this.showsFormulas);
      this.group.use("formulas", this.showsFormulas);
    }, { signal });
    viewHost.addEventListener("dblclick", (event) => this.#edit(event.target), { signal });
    const size = new ResizeObserver(() => this.#resize());
    size.observe(host);
    size.observe(this.root);
    signal.addEventListener("abort", () => {
      size.disconnect();
      this.playback.stop();
      this.slow.flight.clear();
      this.root.remove();
    });
  }

  /** Follow what Python tells. */
  #subscribe() {
    const { source } = this;
    source.on("scene", () => this.refill());
    source.on("controls", () => this.#showControls());
    source.on("error", () => this.#showRefusal());
    source.on("step", () => this.go(source.get("step") ?? 0));
    source.on("large", () => this.#enlarge(Boolean(source.get("large"))));
    source.on("code", () => this.tools.refresh());
    source.on("predict", () => this.predict.follow());
    source.on("key", () => this.#showKey());
    this.#showKey();
    const { kernel } = source;
    this.root.dataset.live = String(kernel !== undefined);
    if (!kernel) return;
    kernel.show = () => this.#showKernel(kernel.state);
    kernel.prefetched = (message) => this.controls?.takePrefetched(message);
    kernel.go = (message) => this.#obey(message);
    kernel.parts = (where, buffers) => { this.display?.view.take?.(where, buffers); this.draw(); };
    kernel.lost = (request) => {
      this.controls?.lose(request);
      this.#showControls();
    };
  }

  /** What a guide finds the stage by. */
  #showKey() {
    this.root.dataset.key = this.source.get("key") ?? "";
  }

  // ---- The scene

  /** Show a scene: the source's, or one that was prefetched. @param {StageState["scene"]} [scene] */
  refill(scene = this.source.get("scene")) {
    if (!isThere(scene)) return;
    const before = this.display && this.display.lookup.place(this.step);
    const lookup = new Lookup(scene);
    const view = this.#viewOf(lookup);
    this.display = { scene, lookup, view };
    this.step = this.#stepFor(before, lookup);
    this.tap = null;
    this.pointing.forget();
    this.root.dataset.steps = String(scene.steps);
    this.root.dataset.device = scene.device;
    write(this.tools.device, `${scene.device} · ${scene.duration}`);
    this.facts.fill(scene);
    this.group.announce(scene.steps, this.slow.terms);
    this.tools.offer({ reads: view.countsReads, running: isComplete(scene.running) });
    view.fill(lookup, imageValues(this.source, scene));
    view.showFormulas(this.showsFormulas);
    this.#layOut();
    this.suggestSpeed();
    this.predict.refill();
    this.slow.refill();
    this.axes.refill();
    this.#showReads(this.countsReads);
    this.draw();
  }

  /** The view that a scene asks for, which stays while the scenes ask for the same. @param {Lookup} lookup */
  #viewOf(lookup) {
    const { display } = this;
    const name = lookup.scene.view;
    if (display?.scene.view === name) return display.view;
    const view = new VIEWS[name](lookup, { go: (step) => this.stepTo(step), ask: (step) => this.#askParts(step) });
    this.viewHost.replaceChildren(view.root);
    view.places.sum.append(this.sum.root);
    view.places.facts.append(this.facts.root);
    return view;
  }

  /**
   * The step for the same output element in a new scene, or the last there is.
   * @param {Place|null} before @param {Lookup} lookup
   */
  #stepFor(before, lookup) {
    if (before && lookup.has(before)) return lookup.step(before);
    return Math.min(before ? this.step : (this.source.get("step") ?? 0), lookup.scene.steps - 1);
  }

  get steps() {
    return this.display?.scene.steps ?? 0;
  }

  // ---- Layout

  #resize() {
    const width = this.root.clientWidth - 2 * PX.stage_padding;
    if (width === this.width) return;
    this.width = width;
    this.slow.flight.clear();
    this.#layOut();
    this.draw();
  }

  /** @param {boolean} on */
  #enlarge(on) {
    this.large = on;
    this.#layOut();
  }

  #layOut() {
    if (!this.display || this.width <= 0) return;
    this.root.classList.toggle("is-large", this.large);
    this.sum.forgetHeight();
    layOut(this, this.display.view);
    this.axes.fit();
  }

  /** @param {boolean} on */
  #showPresented(on) {
    this.tools.show("present", on);
    this.group.use("fit", on);
    this.width = this.root.clientWidth - 2 * PX.stage_padding;
    this.#layOut();
    this.draw();
  }

  /** @param {boolean} on */
  #showFormulas(on) {
    this.showsFormulas = on;
    this.display?.view.showFormulas(on);
    this.#layOut();
  }

  // ---- Drawing

  draw() {
    if (!this.display) return;
    const { lookup, view } = this.display;
    this.predict.show();
    const shown = this.summary.shownStep(lookup);
    const { pointed, place, taps } = shown;
    this.root.dataset.step = String(this.step);
    this.root.dataset.tap = String(shown.landed);
    this.root.dataset.taps = String(taps.length);
    this.root.classList.toggle("is-pinned", this.pointing.pinned);
    this.#showRacing();
    this.player.show(this.step, this.steps, this.slow.progress(shown));
    view.draw(shown);
    this.axes.show(shown);
    this.summary.show(shown, this.display);
    this.slow.showSubtotals(shown);
    if (this.slow.active || this.predict.on) this.sum.keepHeight();
    const words = view.sentence?.(shown) ?? (pointed && sentence(pointed, place, taps, lookup));
    this.sum.showWords(words || "");
  }

  /**
   * Why a view does not have what each channel adds to a step's output, and what asks for it, where
   * anybody can be asked.
   * @param {number} step
   */
  #askParts(step) {
    const { kernel } = this.source;
    const refused = (/** @type {string} */ words) => ({ words, later: null });
    if (!kernel) return refused(say("channels.page"));
    if (kernel.state !== "answers") return refused(say(`channels.unanswered.${kernel.state}`)); // more is said below
    if (this.playback.playing) return refused(say("channels.playing"));
    return { words: say("channels.asked"), later: () => { if (!this.playback.playing) kernel.askParts(step); } };
  }

  /** @param {boolean} on */
  #showRunning(on) {
    this.runningSum.on = on;
    this.tools.show("running", on);
    this.draw();
  }

  /** @param {boolean} on */
  #showReads(on) {
    this.countsReads = on;
    this.display?.view.showReads(on);
    this.tools.show("reads", on);
  }

  // ---- Stepping and playing

  /** Show a step, or the nearest there is; what was pinned is let go. @param {number} step */
  go(step) {
    if (!this.display) return;
    const next = this.predict.limit(Math.max(0, Math.min(this.steps - 1, Math.floor(step))));
    if (next === this.step && this.tap === null && !this.pointing.pinned) return;
    if (this.pointing.pinned) this.pointing.forget();
    this.step = next;
    this.tap = null;
    const { playing } = this.playback;
    this.draw();
    if (playing && this.predict.asking) this.predict.halt();
    this.ended = next === this.steps - 1;
    this.#showEnd();
    this.lead();
  }

  /** Tell the other stages of a comparison what is on show. */
  lead() {
    const { display, step, ended, slow } = this;
    if (display) this.group.lead(() => display.lookup.place(step), ended, () => slow.told);
  }

  /** Pause at a step. @param {number} step */
  stepTo(step) {
    this.playback.stop();
    this.go(step);
  }

  /** Pause, and go on or back by a step; in slow motion by a move of one. @param {1|-1} way */
  stepBy(way) {
    this.playback.stop();
    if (this.slow.active && !this.predict.asking) this.slow.step(way);
    else this.go(this.step + way);
  }

  /** Go where Python says, to the step on show where it names none. @param {Go} message */
  #obey({ go, tap, afresh, reveal }) {
    if (reveal) this.predict.reveal();
    if (afresh) {
      this.speedChosen = false;
      this.#setSpeed(this.display?.view.startSpeed() ?? 1);
    }
    this.stepTo(go ?? this.step);
    if (tap === null) return;
    this.tap = tap;
    this.draw();
  }

  /**
   * Show what another stage of the group shows, or what is nearest to it; at its end one's own.
   * @param {Place} place @param {boolean} ended @param {Led|null} slow
   */
  #follow(place, ended, slow) {
    if (!this.display) return;
    const { lookup } = this.display;
    this.step = this.predict.limit(ended ? this.steps - 1 : lookup.step(lookup.nearest(place)));
    this.ended = ended;
    this.#showEnd();
    this.slow.follow(lookup.has(place) ? slow : null);
  }

  /** In a comparison each picture's own end is marked, when the common one is reached. */
  #showEnd() {
    this.sum.showEnd(this.ended && this.group.container !== null);
  }

  /** A tool was used on another stage of the group. @param {string} tool @param {boolean} on */
  #obeyGroup(tool, on) {
    if (tool === "fit") this.#layOut();
    if (tool === "reads") this.#showReads(on);
    if (tool === "running") this.#showRunning(on);
    if (tool === "formulas") this.#showFormulas(on);
    if (tool === "slow") this.slow.turn(on);
    if (tool === "play" && this.group.conducts) this.toggle();
  }

  /** Play, from the first step on where the last is on show; or pause. */
  toggle() {
    if (this.group.container && !this.group.conducts) return this.group.use("play", true);
    if (this.playback.playing) return this.playback.stop();
    if (this.predict.asking) return this.predict.remind();
    if (this.tap === null && this.step >= this.steps - 1) this.go(0);
    this.slow.begin();
    this.playback.start();
  }

  /** Play on, unless this is the end or something is asked. @param {number} [rest] seconds before the next step */
  resume(rest = 0) {
    if (this.step < this.steps - 1 && !this.predict.asking) this.playback.start(rest);
    this.draw();
  }

  /** @param {boolean} playing */
  #showPlaying(playing) {
    this.root.dataset.playing = String(playing);
    this.#showRacing();
    this.player.showPlaying(playing);
    this.slow.play(playing);
    if (!playing) this.draw(); // with what was not asked for while it played
  }

  /** Moves a second: whole outputs, or products in slow motion. */
  get rate() {
    return this.slow.rate * this.playback.speed;
  }

  /** The step to begin with. */
  get firstStep() {
    return Math.min(this.source.get("step") ?? 0, this.steps - 1);
  }

  /** Where a lesson asks; null where it names no places. */
  get named() {
    const message = this.source.get("predict");
    return isThere(message) ? message : null;
  }

  /** What a reader has chosen stays, whatever is shown. @param {number} speed */
  setSpeed(speed) {
    this.speedChosen = true;
    this.#setSpeed(speed);
  }

  /** The speed that suits what is shown, until a reader chooses one. */
  suggestSpeed() {
    const usual = this.display?.view.startSpeed() ?? 1;
    if (!this.speedChosen) this.#setSpeed(this.slow.on ? Math.min(1, usual) : usual);
  }

  /** @param {number} speed */
  #setSpeed(speed) {
    this.playback.speed = speed;
    this.player.showSpeed(speed);
    this.root.classList.toggle("is-fast", speed > 2);
    this.#showRacing();
  }

  /** Where outputs come too fast for an eye to follow the window, only what they leave is shown. */
  #showRacing() {
    const racing = this.playback.playing && this.tap === null && this.rate > MOST_FOLLOWED;
    this.root.classList.toggle("is-racing", racing);
  }

  // ---- Pointing and editing

  /** @param {Event} event */
  #target(event) {
    if (!this.display) return null;
    const { lookup, view } = this.display;
    return view.target(event, lookup.place(this.step).map);
  }

  /** What is under the pointer lights nothing while a click on it is an answer. @param {Target|null} target */
  #pointAt(target) {
    this.pointing.over(this.predict.takesClicks ? null : target);
  }

  /** @param {Target|null} target */
  #click(target) {
    if (this.predict.answerClick(target)) return;
    this.pointing.click(target);
    if (this.pointing.pinned) this.playback.stop(); // it would wait as long as that stays
  }

  /**
   * Point at the cell in the direction of an arrow, and say it.
   * @param {Tensor} tensor @param {Move} move @returns {boolean} whether there is one
   */
  pointAdjacent(tensor, move) {
    const { target } = this.pointing;
    const next = this.display?.view.adjacent(tensor, target?.tensor === tensor ? target : null, move);
    if (!next) return false;
    this.pointing.move(next);
    write(this.live, this.sum.words.textContent ?? "");
    return true;
  }

  /** Edit the number in the cell that is pointed at. */
  editPointed() {
    const { display, pointing: { target } } = this;
    if (target) this.#edit(display?.view.cell(target));
  }

  /** @param {EventTarget|null|undefined} node */
  #edit(node) {
    const cell = node instanceof Element ? node.closest(".cv-cell") : null;
    const { controls, display } = this;
    if (!(cell instanceof HTMLElement) || !display || !controls || controls.root.disabled) return;
    const number = this.countsReads ? null : display.view.numberAt(cell);
    if (!number) return this.#sayWhyFixed(cell);
    editCell(cell, number, (edit) => controls.setNumber(edit), () => {
      this.pointing.letGo();
      display.view.focus(number.tensor === "bias" ? "kernel" : number.tensor);
    });
  }

  /** Say why no other number can be typed into a cell. @param {HTMLElement} cell */
  #sayWhyFixed({ dataset: { panel, kind } }) {
    const padding = kind !== "data" && panel !== "output";
    const reason = this.display?.view.sumsItself ? "channels" : this.countsReads ? "counts"
      : panel === "output" ? "output" : padding ? "padding"
      : this.display?.scene.kernelTexts.weights ? "int8" : "picture";
    const words = say(`editor.fixed.${reason}`);
    this.sum.showWords(words);
    write(this.live, words);
  }

  // ---- The layer's controls, what was refused, who is away

  /** The controls of the layer, where it can be set. */
  #showControls() {
    const { source: { send } } = this;
    const message = this.source.get("controls");
    if (!isThere(message) || !send) return;
    if (!this.controls) {
      this.controls = new Controls(send, (scene) => this.refill(scene));
      this.bar.prepend(this.controls.lesson, this.controls.all);
      this.bar.after(this.controls.root);
      this.facts.root.append(this.controls.words);
    }
    this.controls.show(message);
    this.axes.follow();
    const prefetched = this.display?.scene !== this.source.get("scene");
    if (prefetched && !this.controls.waits) this.refill(); // shown in advance, but never set
  }

  /** The last good picture stays, dimmed, under the words. */
  #showRefusal() {
    const words = this.source.get("error") ?? "";
    this.root.classList.toggle("is-refused", Boolean(words));
    this.facts.refuse(words);
  }

  /** Say whether anybody answers; controls wait for it. @param {KernelState} state */
  #showKernel(state) {
    const words = wordsOf(state);
    write(this.away, words && say("stage.goes_on", { words }));
    this.root.dataset.live = String(state === "answers");
    if (state === "answers") this.tools.forgetRefusal();
    this.controls?.wait(state);
    this.draw();
    this.#showControls(); // what was shown in advance, and not set, is taken back
  }
}

/**
 * Whether Python has told anything yet.
 * @template {object} Message @param {Message|Empty|undefined} message @returns {message is Message}
 */
function isThere(message) {
  return Object.keys(message ?? {}).length > 0;
}

/**
 * Show a scene in `host` until `signal` aborts.
 * @param {HTMLElement} host @param {Source} source @param {AbortSignal} signal
 */
export function mount(host, source, signal) {
  return new Stage(host, source, signal);
}
