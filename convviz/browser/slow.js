// @ts-check
/**
 * Slow motion: an output comes about move by move (taps.js) while the stage plays, or by key. A value
 * flies onto its weight, the product into the total, the total home. What has been added so far is the
 * stage's `tap`; all that flies is a copy (flight.js). In a comparison one stage plays, and the others add
 * the same products of theirs.
 */

import { Decimal } from "./decimal.js";
import { element, OWN_KEYS } from "./dom.js";
import { contentsOf, Flight } from "./flight.js";
import { say } from "./language.js";
import { STEPS_PER_SECOND } from "./playback.js";
import { kindOf, motionsOf, termsOf, timeOf, totalAfter } from "./taps.js";

/** @import { Copy } from "./flight.js" */
/** @import { Display, Stage } from "./stage.js" */
/** @import { Motion } from "./taps.js" */
/** @import { ShownStep, Tap, Target } from "./types.js" */

/**
 * How far another stage of a comparison has come with an output: the terms added, and the move that is under
 * way, with the milliseconds that it takes, or that was made last, with 0.
 * @typedef {{tap: number, move: Motion|null, time: number}} Led
 */

const MOST_FLIGHTS = 8; // moves a second; faster ones are outlined alone
const MOST_COPIES = 30; // that fly at once
const MOST_SUBTOTALS = 4; // the latest

export class Slow {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.on = false;
    this.shown = 0; // outputs shown slowly since it was switched on
    /** @type {(() => void)|null} */
    this.revealed = null; // called when an output that is shown for its own sake is there
    this.flight = new Flight();
    const attributes = { type: "button", title: say("slow.hint"), "aria-pressed": "false", ...OWN_KEYS };
    this.button = element("button", "cv-tool", attributes, say("slow.name"));
    this.button.addEventListener("click", () => this.toggle());
    this.subtotals = element("div", "cv-subtotals");
    /** @type {Motion[]} */
    this.motions = []; // of the step on show
    this.key = ""; // what they are of
    /** @type {Motion|null} */
    this.led = null; // the move that another stage makes, as it is made here
  }

  /** Whether a scene can be shown slowly. @param {Display|null} display */
  offers(display) {
    return Boolean(display?.view.slow || (display && addsProducts(display)));
  }

  /** Take up a scene. */
  refill() {
    this.flight.clear();
    this.key = "";
    this.shown = 0;
    this.revealed = null;
    this.led = null;
    this.offer();
    this.button.title = this.#byChannel ? say("slow.hint_channels") : say("slow.hint");
    this.#nameSteps();
    if (this.active && !this.stage.predict.asking) this.stage.tap = 0;
  }

  get #byChannel() {
    return Boolean(this.stage.display?.view.slow);
  }

  #nameSteps() {
    this.stage.player.nameSteps(!this.on ? "output" : this.#byChannel ? "channel" : "product");
  }

  /** How far an output has come, in words; "" where it is whole. @param {ShownStep} shown */
  progress(shown) {
    const { pending, landed, taps: { length: taps } } = shown;
    if (!pending) return "";
    return this.stage.display?.view.slow?.progress(shown) ?? say("player.tap_of", { tap: Math.min(landed + 1, taps), taps });
  }

  /** How many terms an output is added of, product by product; 0 where it is not. */
  get terms() {
    const { display } = this.stage;
    return display && addsProducts(display) ? termsOf(display.lookup) : 0;
  }

  /** Offer it; in a comparison only where all outputs can come about together. */
  offer() {
    const { display, group } = this.stage;
    const together = !group.container || (this.terms > 0 && group.addsAlike);
    this.button.hidden = !this.offers(display) || !together;
  }

  /** Whether outputs come about move by move. */
  get active() {
    return (this.on || this.revealed !== null) && this.offers(this.stage.display);
  }

  toggle() {
    this.turn(!this.on);
    this.stage.group.use("slow", this.on);
    this.stage.lead();
  }

  /** @param {boolean} on */
  turn(on) {
    const { stage } = this;
    stage.sum.keepHeight();
    this.flight.clear();
    this.on = on;
    this.shown = 0;
    this.revealed = null;
    this.led = null;
    this.button.setAttribute("aria-pressed", String(this.on));
    stage.suggestSpeed();
    this.#nameSteps();
    stage.playback.stop();
    stage.tap = this.active && !stage.predict.asking ? 0 : null;
    stage.draw();
  }

  // ---- Where it is

  /** The moves of the step on show, the last of which takes the total home. */
  #motionsNow() {
    const { display, step } = this.stage;
    if (!display || !this.offers(display)) return [];
    const key = `${step}`;
    if (key === this.key) return this.motions;
    this.key = key;
    const { lookup, view } = display;
    const terms = termsOf(lookup);
    /** @type {Motion} */
    const home = { kind: "home", from: terms, to: terms, closes: null };
    this.motions = [...(view.slow?.motions() ?? motionsOf(lookup, lookup.place(step))), home];
    return this.motions;
  }

  /** How many moves of the step have been made. */
  #done() {
    const { tap } = this.stage;
    const motions = this.#motionsNow();
    return tap === null ? motions.length : motions.filter(({ kind, to }) => kind !== "home" && to <= tap).length;
  }

  /** The move that is under way, or the one that was made last. @returns {Motion|null} */
  get motion() {
    const { tap, playback } = this.stage;
    if (!this.active || tap === null) return null;
    if (this.led) return this.led;
    const done = this.#done();
    return this.#motionsNow()[playback.playing && this.#time() ? done : done - 1] ?? null;
  }

  /** Milliseconds the next move takes at speed 1; 0 where outputs are shown whole. */
  #time() {
    const singly = this.stage.display?.view.slow?.singly ?? 0;
    return timeOf(this.#motionsNow(), this.shown, singly, singly && this.#done());
  }

  /** How many moves a second there are at speed 1. */
  get rate() {
    const time = this.active && this.stage.tap !== null ? this.#time() : 0;
    return time ? 1000 / time : STEPS_PER_SECOND;
  }

  // ---- Playing

  /** Playing begins or ends. @param {boolean} playing */
  play(playing) {
    const { stage } = this;
    if (!this.active) return;
    this.led = null;
    if (playing) this.#launch();
    else this.flight.clear();
    stage.draw();
    stage.lead();
  }

  /** Begin with the output on show, as soon as it plays. */
  begin() {
    if (this.active && this.stage.tap === null && this.#time()) this.stage.tap = 0;
  }

  /** Show the output on show move by move, then go on. @param {() => void} then */
  reveal(then) {
    const { stage } = this;
    this.revealed = then;
    this.shown = 0;
    stage.tap = 0;
    stage.playback.start();
  }

  /** Make the moves that are due, or go on to the next output. @param {number} moves */
  advance(moves) {
    const { stage } = this;
    if (stage.tap === null) {
      stage.go(stage.step + 1);
      if (stage.playback.playing && this.#time() && !stage.predict.asking) stage.tap = 0;
    } else {
      this.#set(this.#done() + moves);
    }
    if (stage.tap === null) this.#arrive();
    else this.#launch();
    stage.draw();
    stage.lead();
  }

  /** An output is there. */
  #arrive() {
    const { revealed } = this;
    if (this.#time()) {
      this.shown += 1;
      this.stage.summary.speak();
    }
    this.flight.clear();
    this.revealed = null;
    revealed?.();
  }

  /** Go on or back by a move, without a flight. @param {1|-1} way */
  step(way) {
    const { stage } = this;
    const done = this.#done() + way;
    const inside = done >= 0 && done <= this.#motionsNow().length;
    const next = stage.step + way;
    if (inside) {
      this.#set(done);
    } else if (next >= 0 && next < stage.steps) {
      stage.go(next);
      if (way > 0 && !stage.predict.asking) stage.tap = 0;
    }
    stage.draw();
    stage.lead();
  }

  /** So many moves have been made. @param {number} done */
  #set(done) {
    const { stage } = this;
    this.led = null;
    const before = this.#numberText();
    const motions = this.#motionsNow();
    stage.tap = done >= motions.length ? null : done ? motions[done - 1].to : 0;
    if (motions[done - 1]?.kind === "home" || done >= motions.length) stage.tap = null;
    this.flight.clear();
    stage.draw();
    if (stage.tap !== null && stage.rate <= MOST_FLIGHTS) this.flight.roll(this.#number(), before);
  }

  // ---- In a comparison

  /** What the others are told. @returns {Led|null} */
  get told() {
    const { stage } = this;
    if (!this.active || stage.tap === null) return null;
    const flies = stage.playback.playing && this.#time() > 0 && stage.rate <= MOST_FLIGHTS;
    return { tap: stage.tap, move: this.motion, time: flies ? 1000 / stage.rate : 0 };
  }

  /** Come as far as another stage, by one's own products. @param {Led|null} told null where the output is whole */
  follow(told) {
    const { stage } = this;
    const { display } = stage;
    const leader = this.active ? told : null;
    const before = this.#numberText();
    this.flight.clear();
    stage.tap = leader && leader.tap;
    this.led = leader?.move && display ? this.#ownMove(leader.move, display) : null;
    stage.draw();
    if (!leader?.time || !this.led || !display) return;
    this.flight.roll(this.#number(), before);
    this.flight.fly(this.#copies(this.led, display), leader.time);
  }

  /** The same terms here, where others may be padding. @param {Motion} move @param {Display} display @returns {Motion} */
  #ownMove({ kind, from, to }, { lookup }) {
    const taps = lookup.taps(lookup.place(this.stage.step)).slice(from, to);
    return { kind: taps.length ? kindOf(taps, lookup) : kind, from, to, closes: null };
  }

  /** The total on show, product by product. */
  #number() {
    if (this.stage.display?.view.slow) return null;
    return this.stage.sum.root.querySelector(".cv-exact, .cv-result");
  }

  #numberText() {
    return this.#number()?.textContent ?? "";
  }

  // ---- What each channel leaves

  /** Show what each channel has added, as far as they are through. @param {ShownStep} shown */
  showSubtotals({ shown, hidden, pointed }) {
    const { display, step } = this.stage;
    const there = display && !display.view.slow && this.active && !hidden && !pointed && shown === step;
    const closed = there ? this.#motionsNow().slice(0, this.#done()).filter(({ closes }) => closes !== null) : [];
    const latest = closed.slice(-MOST_SUBTOTALS);
    const texts = latest.map(({ closes, to }, n) => {
      const before = closed[closed.length - latest.length + n - 1];
      const added = this.#addition(before?.to ?? 0, to);
      const channels = (closes ?? 0) - (before?.closes ?? -1);
      if (channels > 1) return say("slow.channels", { first: (before?.closes ?? -1) + 1, last: closes ?? 0, added });
      return say("slow.channel", { channel: closes ?? 0, added });
    });
    if (closed.length > latest.length) texts.unshift("…");
    this.subtotals.replaceChildren(...texts.map((text) => element("span", "", {}, text)));
  }

  // ---- Flying

  /** Let the copies of the next move fly, where there is time to see them. */
  #launch() {
    const { stage } = this;
    const { display } = stage;
    const motion = this.#motionsNow()[this.#done()];
    if (!motion || !display || stage.rate > MOST_FLIGHTS) return;
    const copies = display.view.slow?.copies(motion) ?? this.#copies(motion, display);
    this.flight.fly(copies, 1000 / stage.rate);
  }

  /** What flies in a move. @param {Motion} motion @param {Display} display @returns {Copy[]} */
  #copies(motion, { lookup, view }) {
    const place = lookup.place(this.stage.step);
    const number = this.#number();
    if (!number) return [];
    const total = contentsOf(number);
    if (motion.kind === "home") {
      const cell = placeOf(view, { tensor: "output", channel: place.map, at: place.at });
      const result = this.stage.sum.root.querySelector(".cv-result");
      const from = result ? contentsOf(result) : total; // what float32 makes of it goes home
      return cell ? [{ from, to: cell, text: view.outputText(place), className: "is-total", start: 0, end: 0.9 }] : [];
    }
    const chip = this.#chip(motion, lookup);
    if (motion.kind === "bias" || motion.kind === "scale") {
      const bias = motion.kind === "bias" && this.stage.root.querySelector('.cv-cell[data-panel="bias"]');
      return [{ from: bias || total, to: total, text: chip, className: "is-product", start: 0.15, end: 0.9, brief: true }];
    }
    const taps = lookup.taps(place).slice(motion.from, motion.to);
    const copies = taps.slice(0, MOST_COPIES).flatMap((tap) => this.#copy(tap, lookup, view));
    const landing = copies.at(-1)?.to;
    if (!landing || motion.kind === "padding") return copies;
    return [...copies,
      { from: landing, to: total, text: chip, className: "is-product", start: 0.55, end: 0.97, brief: true }];
  }

  /**
   * A value on its way to its weight.
   * @param {Tap} tap @param {Display["lookup"]} lookup @param {Display["view"]} view @returns {Copy[]}
   */
  #copy(tap, lookup, view) {
    const input = placeOf(view, { tensor: "input", channel: tap.channel, at: tap.cell });
    const source = view.cell({ tensor: "source", channel: tap.channel, at: tap.cell });
    const to = view.landing(tap);
    const from = source ?? input;
    if (!from || !to) return [];
    const text = view.valueText(tap);
    const className = `is-value cv-tint ${lookup.weightClass(tap)}`;
    return [{ from, to, text, before: source?.textContent ?? text, className, start: 0.05, end: 0.5 }];
  }

  /** What a move adds, as text. @param {Motion} motion @param {Display["lookup"]} lookup */
  #chip({ kind, from, to }, { scene }) {
    if (kind === "scale") return scene.sumNotes?.[this.stage.step].split(" = ")[0] ?? "";
    return this.#addition(from, to);
  }

  /** What some terms add, signed. @param {number} from @param {number} to */
  #addition(from, to) {
    const { display, step } = this.stage;
    if (!display) return "";
    const [a, b] = [from, to].map((terms) => {
      const { exact, float32 } = totalAfter(display.lookup, step, terms);
      return Decimal.of(exact ?? float32 ?? "");
    });
    if (!a || !b) return "+";
    const added = String(b.minus(a));
    return added.startsWith("-") ? added.replace("-", "−") : `+${added}`;
  }
}

/** Whether a scene's outputs are added product by product. @param {Display} display */
function addsProducts({ scene }) {
  return scene.running !== null && scene.view !== "channels";
}

/** Where an element is on the page. @param {Display["view"]} view @param {Target} target */
function placeOf(view, target) {
  return view.cell(target) ?? view.where?.(target);
}
