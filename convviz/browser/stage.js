// @ts-check
/**
 * The stage: draws a scene, plays it, and answers the pointer and the keys.
 *
 * A scene (scene/__init__.py, `Scene.message`) says what there is to see, in cells, tables and texts.
 * The board lays it out; here is what happens when: steps, pointing, pinning, typing, refusals.
 * Plain ES modules, no build step, nothing loaded from elsewhere; module.py joins them into one.
 */

import { Board, HOME, TENSORS } from "./board.js";
import { Controls } from "./controls.js";
import { element, OWN_KEYS, SUPPRESS, write } from "./dom.js";
import { say } from "./language.js";
import { Lookup } from "./lookup.js";
import { Player, SPEEDS } from "./player.js";
import { spoken, Sum } from "./sum.js";
import { Tools } from "./tools.js";

/** @typedef {import("./board.js").Target} Target */
/** @typedef {import("./lookup.js").Place} Place */
/** @typedef {import("./lookup.js").Tap} Tap */
/**
 * @typedef {Object} Source  where the scene comes from: a Jupyter model or a page's own state
 * @property {(name: string) => any} get
 * @property {(name: string, listener: () => void) => void} on
 * @property {(message: object) => void} [send]  takes what a reader sets; where it is absent, nothing can be set
 * @property {(listener: (message: any) => void) => void} [hear]  messages from the layer
 * @property {(message: object) => Promise<string>} [save]  has a file made and downloaded; tells what was refused
 */

const STEPS_PER_SECOND = 2;
const EDITING_KEYS = ["a", "c", "v", "x", "y", "z"]; // with Ctrl they are for the text in a field
const TOGETHER = "convviz-step"; // the event by which stages of one group step together

class Stage {
  /** @param {HTMLElement} host @param {Source} source @param {AbortSignal} signal */
  constructor(host, source, signal) {
    this.source = source;
    this.signal = signal;
    this.root = element("div", "convviz convviz-stage", {
      tabindex: "0", role: "group", "aria-label": say("stage.label"), ...OWN_KEYS,
    });
    this.board = new Board();
    this.sum = new Sum();
    this.running = element("div", "cv-running", { hidden: "" });
    this.words = element("div", "cv-words");
    this.formulas = element("div", "cv-formulas");
    this.legend = element("div", "cv-legend");
    this.notes = element("div", "cv-notes");
    this.facts = element("div", "cv-facts");
    this.facts.append(this.words, this.formulas, this.legend, this.notes);
    this.device = element("span", "cv-device");
    this.player = new Player({
      go: (step) => { this.play(false); this.go(step); },
      play: (on) => this.play(on),
      speed: (factor) => this.setSpeed(factor),
    });
    this.player.root.append(this.device);
    const { save } = source;
    this.tools = new Tools({
      reads: (on) => { this.heat = on; this.#showHeat(); },
      running: (on) => { this.running.hidden = !on; this.draw(); },
      large: (on) => this.#enlarge(on),
      code: () => source.get("code") ?? "",
      save: save ? (form) => save({ save: form, step: this.step, theme: getComputedStyle(this.root).colorScheme }) : null,
    });
    this.waits = element("div", "cv-waits", { hidden: "" }, say("stage.kernel_away"));
    this.live = element("div", "cv-live", { "aria-live": "polite" });
    const told = element("div", "cv-told");
    told.append(this.facts, this.player.root, this.tools.root, this.waits);
    this.below = element("div", "cv-below");
    this.below.append(told);
    this.root.classList.toggle("is-roomy", Boolean(source.get("reserve")));
    this.root.append(this.board.root, this.sum.root, this.running, this.below, this.live);
    host.append(this.root);

    /** @type {any} */
    this.scene = null;
    /** @type {Lookup} */
    this.look = /** @type {any} */ (null);
    this.factor = 1;
    this.request = 0; // of an animation frame
    /** @type {HTMLElement|null} */
    this.alert = null;
    /** @type {Controls|null} */
    this.controls = null;
    this.heat = false;
    this.large = Boolean(source.get("large"));
    this.tools.show("large", this.large);
    this.width = 0; // known once there is a layout, before the first picture is painted
    this.step = 0;
    /** @type {Target|null} */
    this.pointed = null;
    this.pinned = false;
    this.playing = false;
    this.root.dataset.playing = "false";
    this.setSpeed(1);
    this.#listen(host);
    this.refill();
    this.showControls();
    this.showError();
    source.on("scene", () => this.refill());
    source.on("controls", () => this.showControls());
    source.on("error", () => this.showError());
    source.on("step", () => this.go(source.get("step")));
    source.on("large", () => this.#enlarge(source.get("large")));
    source.on("code", () => this.tools.refresh());
    source.hear?.((message) => { if ("foreseen" in message) this.controls?.learn(message); });
  }

  /** @param {HTMLElement} host */
  #listen(host) {
    const { signal } = this;
    const board = this.board.root;
    this.root.addEventListener("keydown", (event) => this.#key(event), { signal });
    board.addEventListener("pointermove", (event) => this.#point(event), { signal });
    board.addEventListener("pointerleave", () => this.#leave(), { signal });
    board.addEventListener("click", (event) => this.#pin(event), { signal });
    board.addEventListener("dblclick", (event) => this.#edit(/** @type {HTMLElement} */ (event.target)), { signal });
    const size = new ResizeObserver(() => {
      const width = this.root.clientWidth - 24;
      if (width === this.width) return;
      this.width = width;
      this.relayout();
      this.draw();
    });
    size.observe(host);
    window.addEventListener("keydown", (event) => this.#leaveToJupyter(event), { capture: true, signal });
    document.addEventListener(TOGETHER, (event) => this.#follow(/** @type {CustomEvent} */ (event)), { signal });
    signal.addEventListener("abort", () => { size.disconnect(); this.play(false); this.root.remove(); });
  }

  /**
   * Jupyter's keys that save, run a cell and the like work from here too: for this one event nothing
   * keeps them away. @param {KeyboardEvent} event
   */
  #leaveToJupyter(event) {
    const node = /** @type {HTMLElement} */ (event.target);
    const commands = (event.ctrlKey || event.metaKey) && !EDITING_KEYS.includes(event.key.toLowerCase());
    if (!(commands || event.shiftKey && event.key === "Enter") || !this.root.contains(node)) return;
    for (let each = /** @type {HTMLElement|null} */ (node); each && this.root.contains(each); each = each.parentElement)
      if (each.hasAttribute(SUPPRESS)) {
        const held = each;
        held.removeAttribute(SUPPRESS);
        setTimeout(() => held.setAttribute(SUPPRESS, "true"));
      }
  }

  /** Stages of one group show the same output element. @param {CustomEvent} event */
  #follow({ detail }) {
    if (detail.from === this || !detail.group || detail.group !== this.source.get("group") || !this.scene) return;
    if (!this.look.has(detail.place)) return;
    this.step = this.look.step(detail.place);
    this.draw();
  }

  /** Tell the other stages of the group. */
  #lead() {
    const group = this.source.get("group");
    if (group) document.dispatchEvent(new CustomEvent(TOGETHER, { detail: { from: this, group, place: this.look.place(this.step) } }));
  }

  // ---- Filling

  /** Show a scene: the source's, or one that is foreseen. @param {any} [scene] */
  refill(scene = this.source.get("scene")) {
    if (!scene || !scene.steps) return;
    const place = this.look ? this.look.place(this.step) : null;
    this.scene = scene;
    this.look = new Lookup(scene);
    this.step = this.#keep(place);
    this.root.dataset.steps = String(scene.steps);
    this.root.dataset.device = scene.device;
    write(this.device, `${scene.device} · ${scene.duration}`);
    this.#showFacts();
    this.tools.offer({ reads: scene.readable, running: Boolean(scene.running) });
    if (!scene.running) this.running.hidden = true;
    this.pinned = false;
    this.pointed = null;
    this.root.classList.remove("is-pinned");
    this.board.fill(this.look, scene.pictures.length ? { input: this.#floats("input_values"), output: this.#floats("output_values") } : {});
    this.relayout();
    if (!scene.readable && this.factor === 1) this.setSpeed(SPEEDS.find((factor) => scene.steps / (factor * STEPS_PER_SECOND) < 40) ?? 4096);
    this.#showHeat();
    this.draw();
  }

  /** The step for the same output element in a new scene, or the last there is. @param {Place|null} place */
  #keep(place) {
    if (place && this.look.has(place)) return this.look.step(place);
    return Math.min(place ? this.step : (this.source.get("step") ?? 0), this.scene.steps - 1);
  }

  #showFacts() {
    const { formulas, notes, legend } = this.scene;
    const lines = (/** @type {string[]} */ texts) => texts.map((line) => element("div", "", {}, line));
    this.formulas.replaceChildren(...lines(formulas));
    this.notes.replaceChildren(...lines(notes));
    this.legend.replaceChildren(...legend.map((/** @type {[string, string]} */ [kind, words]) => {
      const entry = element("span", "cv-key");
      entry.append(element("span", "cv-swatch", { "data-kind": kind, "aria-hidden": "true" }), words);
      return entry;
    }));
  }

  /** The float32 values of a picture. @param {string} name @returns {Float32Array} */
  #floats(name) {
    const view = /** @type {DataView|undefined} */ (this.source.get(name));
    if (!view?.byteLength) return new Float32Array(0);
    return new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  }

  #showHeat() {
    this.board.heat(this.heat);
    this.tools.show("reads", this.heat);
  }

  /** @param {boolean} on */
  #enlarge(on) {
    this.large = on;
    this.tools.show("large", on);
    this.relayout();
  }

  relayout() {
    const { large, width } = this;
    if (!this.scene || width <= 0) return;
    this.root.classList.toggle("is-large", large);
    const lines = width < 700 ? 2 : 1; // beside another stage a sum may take two lines
    this.sum.room = lines * (width / (large ? 18 : 14) - 8);
    this.board.fit(width, large, this.source.get("reserve") ?? 0);
  }

  /** The controls of the layer, where it can be set. */
  showControls() {
    const layer = this.source.get("controls");
    const { send } = this.source;
    if (!layer?.axes || !send) return;
    if (!this.controls) {
      this.controls = new Controls(send, (scene) => this.refill(scene), this.signal);
      this.below.append(this.controls.root);
    }
    this.controls.show(layer);
    if (this.scene !== this.source.get("scene") && !this.controls.post.request) this.refill(); // foreseen, but never so
  }

  // ---- Drawing

  /** What is shown: the pointed output's step, or the playing one. */
  get shown() {
    return this.pointed?.tensor === "output" ? this.look.step({ map: this.pointed.channel, at: this.pointed.at }) : this.step;
  }

  draw() {
    if (!this.scene) return;
    this.root.dataset.step = String(this.step);
    this.player.show(this.step, this.scene.steps);
    const { shown, pointed } = this;
    const place = this.look.place(shown);
    const taps = this.look.taps(place);
    this.board.draw({ step: this.step, shown, place, taps, pointed });
    this.#showSum(shown, place, taps);
    write(this.words, pointed ? this.#say(pointed, place, taps) : "");
  }

  /** @param {number} step @param {Place} place @param {Tap[]} taps */
  #showSum(step, place, taps) {
    const { scene } = this;
    const products = taps.map((tap) => ({
      value: this.board.valueText(tap),
      weight: scene.kernelTexts.kernel[place.map][tap.weight],
      className: this.board.colour(tap),
    }));
    const result = this.board.outputText(place);
    const name = `y${this.look.name(place.map, place.at)}`;
    const total = {
      exact: scene.exact ? scene.exact[step] : null, digits: scene.digits ? scene.digits[place.map] : null,
      result, type: scene.sumType, note: scene.sumNotes ? scene.sumNotes[step] : null,
    };
    this.sum.show(name, products, scene.addsBias ? scene.biasTexts[place.map] : null, total,
      () => { this.sum.unfolded = !this.sum.unfolded; this.draw(); });
    if (!this.running.hidden && scene.running) this.#showRunning(products, step);
    if (!this.playing) write(this.live, say("stage.spoken_step", { step: step + 1, steps: scene.steps, name, sum: spoken(products), result }));
  }

  /** The sum after each product, in float32 and exactly: where digits are lost. @param {{value: string, weight: string, className: string}[]} products @param {number} step */
  #showRunning(products, step) {
    const { float32, exact } = this.scene.running;
    const table = element("table", "");
    const head = element("tr", "");
    head.append(...[say("running_sum.product"), say("running_sum.exact"), say("running_sum.float32")].map((text) => element("th", "", { scope: "col" }, text)));
    table.append(head, ...products.map(({ value, weight, className }, n) => {
      const row = element("tr", float32[step][n] === exact[step][n] ? "" : "is-rounded");
      const product = element("td", className);
      product.append(`${value} × `, element("span", "cv-weight", {}, weight));
      row.append(product, element("td", "", {}, exact[step][n]), element("td", "", {}, float32[step][n]));
      return row;
    }));
    this.running.replaceChildren(table);
  }

  // ---- Pointing

  /** What is pointed at, in words. @param {Target} pointed @param {Place} place @param {Tap[]} taps */
  #say({ tensor, channel, at }, place, taps) {
    const { look, scene } = this;
    const index = (/** @type {number} */ channels) => [...(channels > 1 ? [channel] : []), ...look.spatial(at)].join(", ");
    if (tensor === "output") {
      const zeros = taps.filter((tap) => !look.isData(tap.cell)).length;
      const output = look.name(place.map, place.at);
      const count = taps.length;
      return zeros ? say("pointed.output_with_padding", { output, count, padding: zeros }) : say("pointed.output", { output, count });
    }
    if (tensor === "kernel" || tensor === "weights") {
      return say("pointed.weight", { weight: `[${index(scene.groupChannels)}]`, map: place.map, count: look.partners(at).length });
    }
    const cell = `[${index(scene.channels)}]`;
    const count = look.readers(channel, at).length;
    if (look.isData(at)) return count ? say("pointed.input", { cell, count }) : say("pointed.unread_input", { cell });
    return count ? say("pointed.padding", { cell, count }) : say("pointed.unread_padding", { cell });
  }

  /** @param {Event} event */
  #target(event) {
    return this.board.target(event, this.look.place(this.step).map);
  }

  /** @param {PointerEvent} event */
  #point(event) {
    if (!this.scene || this.pinned) return;
    const target = this.#target(event);
    if (same(target, this.pointed)) return;
    this.pointed = target;
    this.draw();
  }

  #leave() {
    if (this.pinned || !this.pointed) return;
    this.pointed = null;
    this.draw();
  }

  /** @param {MouseEvent} event */
  #pin(event) {
    if (!this.scene) return;
    const target = this.#target(event);
    const again = this.pinned && same(target, this.pointed);
    this.pointed = again ? null : target;
    this.#setPinned(Boolean(target) && !again);
  }

  /** @param {boolean} on */
  #setPinned(on) {
    this.pinned = on;
    this.root.classList.toggle("is-pinned", on);
    this.draw();
  }

  /** Escape: let go of what is pinned or pointed at. */
  letGo() {
    this.pointed = null;
    this.#setPinned(false);
  }

  // ---- Editing

  /** Type a new number into an input cell, a weight or a bias. @param {HTMLElement} node */
  #edit(node) {
    const cell = /** @type {HTMLElement|null} */ (node.closest?.(".cv-cell"));
    if (!cell || !this.source.send || this.heat) return;
    const message = this.#numberOf(cell);
    if (!message) return;
    const old = cell.textContent ?? "";
    const field = /** @type {HTMLInputElement} */ (element("input", "cv-field", { "aria-label": say("editor.new_value", { tensor: say(`tensor.${message.tensor}`) }), ...OWN_KEYS }));
    field.value = message.text;
    let open = true; // taking the field away blurs it once more
    const finish = (/** @type {boolean} */ keep) => {
      if (!open) return;
      open = false;
      write(cell, old);
      if (keep && field.value !== message.text) this.source.send?.({ ...message, text: field.value });
      this.letGo();
      this.board.panelsOf(TENSORS.indexOf(message.home)).focus();
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") finish(true);
      if (event.key === "Escape") finish(false);
      event.stopPropagation();
    });
    field.addEventListener("blur", () => finish(true));
    cell.replaceChildren(field);
    field.focus();
    field.select();
  }

  /** Which number a cell shows, in its tensor's memory order; null for what follows from others. @param {HTMLElement} cell */
  #numberOf(cell) {
    const { panel, channel, depth, row, col, kind } = cell.dataset;
    const text = cell.textContent ?? "";
    if (panel === "bias") return { tensor: "bias", home: "kernel", index: Number(channel), text };
    const before = this.scene.kernelTexts.weights !== undefined; // int8: what is edited is what it came from
    const home = HOME[/** @type {keyof HOME} */ (panel)];
    if (kind !== "data" || home === "output" || !this.scene.readable && home === "input") return null;
    if (before && (panel === "input" || panel === "kernel")) return null;
    const sizes = this.look.axes.map((axis) => (home === "input" ? axis.size : axis.kernel));
    const at = [Number(depth ?? 0), Number(row), Number(col)];
    const within = at.reduce((index, i, n) => index * sizes[n] + i, Number(channel));
    const first = home === "kernel" ? Math.max(0, this.board.map) * this.scene.kernelTexts.kernel[0].length : 0;
    return { tensor: home, home, index: first + within, text };
  }

  // ---- Playing

  /** @param {number} step */
  go(step) {
    if (!this.scene) return;
    const next = Math.max(0, Math.min(this.scene.steps - 1, Math.floor(step)));
    if (next === this.step && !this.pinned) return;
    if (this.pinned) { this.pinned = false; this.pointed = null; this.root.classList.remove("is-pinned"); }
    this.step = next;
    this.draw();
    this.#lead();
  }

  /** @param {boolean} on */
  play(on) {
    if (on && this.step >= this.scene.steps - 1) this.go(0);
    this.playing = on;
    this.root.dataset.playing = String(on);
    this.player.showPlaying(on);
    cancelAnimationFrame(this.request);
    if (!on) return;
    let last = performance.now();
    let owed = 0;
    const frame = (/** @type {number} */ now) => {
      if (!this.pointed) owed += ((now - last) / 1000) * STEPS_PER_SECOND * this.factor;
      last = now;
      if (owed >= 1 && !this.pointed) {
        this.go(this.step + Math.floor(owed));
        owed %= 1;
      }
      if (this.step >= this.scene.steps - 1) return this.play(false);
      this.request = requestAnimationFrame(frame);
    };
    this.request = requestAnimationFrame(frame);
  }

  /** @param {number} factor */
  setSpeed(factor) {
    this.factor = factor;
    this.player.showSpeed(factor);
    this.root.classList.toggle("is-fast", factor > 2);
  }

  // ---- Keys

  /** @param {KeyboardEvent} event */
  #key(event) {
    const node = /** @type {HTMLElement} */ (event.target);
    if (event.altKey || event.ctrlKey || event.metaKey || !this.scene) return;
    if (this.controls?.root.contains(node)) return;
    if (node === this.player.speed && event.key !== " ") return;
    if (node.tagName === "PRE" || node.tagName === "INPUT" && node !== this.player.slider) return;
    if (node.tagName === "BUTTON" && (event.key === " " || event.key === "Enter")) return;
    const taken = node.classList.contains("cv-panels") && this.#pointByKey(event, /** @type {string} */ (node.dataset.tensor));
    if (!taken && !this.#steer(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {string} key @returns {boolean} whether it was for the player */
  #steer(key) {
    const row = this.look.axes[2].output;
    const go = (/** @type {number} */ step) => { this.play(false); this.go(step); };
    /** @type {Record<string, () => void>} */
    const actions = {
      " ": () => this.play(!this.playing),
      ArrowRight: () => go(this.step + 1),
      ArrowLeft: () => go(this.step - 1),
      ArrowDown: () => go(this.step + row),
      ArrowUp: () => go(this.step - row),
      Home: () => go(0),
      End: () => go(this.scene.steps - 1),
      Escape: () => this.letGo(),
    };
    actions[key]?.();
    return key in actions;
  }

  /** Arrows move the pointed cell of a tensor, Enter pins it. @param {KeyboardEvent} event @param {string} tensor */
  #pointByKey({ key }, tensor) {
    const moves = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
    const move = moves[/** @type {keyof moves} */ (key)];
    if (key === "Enter" && this.pointed) {
      this.#setPinned(!this.pinned);
      return true;
    }
    if ((key === "e" || key === "F2") && this.pointed) {
      const cell = this.board.cell(this.pointed.tensor, this.pointed.channel, this.pointed.at);
      if (cell) this.#edit(cell);
      return true;
    }
    if (!move || !this.scene.readable) return false;
    this.pinned = false;
    this.pointed = this.board.beside(tensor, this.pointed?.tensor === tensor ? this.pointed : null, move);
    this.draw();
    write(this.live, this.words.textContent ?? "");
    return true;
  }

  // ---- What is away, what was refused

  /** Say that controls wait for the Jupyter kernel. @param {boolean} away */
  showAway(away) {
    this.waits.hidden = !away;
    this.controls?.wait(away);
    if (away) this.showControls(); // what was foreseen, and never set, is taken back
  }

  /** The last good picture stays, dimmed, under the words. */
  showError() {
    const words = this.source.get("error") ?? "";
    this.alert?.remove();
    this.alert = null;
    this.root.classList.toggle("is-refused", Boolean(words));
    if (!words) return;
    this.alert = element("div", "cv-alert", { role: "alert", tabindex: "0", ...OWN_KEYS }, words);
    this.facts.append(this.alert); // over the captions, which are dimmed: nothing moves
  }
}

/** @param {Target|null} a @param {Target|null} b */
function same(a, b) {
  return a === b || (a !== null && b !== null && a.tensor === b.tensor && a.channel === b.channel && a.at.join() === b.at.join());
}

/** Show a scene in `host` until `signal` aborts. @param {HTMLElement} host @param {Source} source @param {AbortSignal} signal */
export function mount(host, source, signal) {
  return new Stage(host, source, signal);
}
