// @ts-check
/**
 * A scene on a page that has a picture for each combination of some parameters' values, all made
 * beforehand (vary.py). The page's address says which is on show, and at which step, so that a link
 * opens just that one.
 */

import { element, OWN_KEYS, write } from "./dom.js";
import { say } from "./language.js";
import { bytes, valueOf } from "./page_values.js";
import { showSource } from "./show.js";

/** @import { Source, StageState } from "./types.js" */
/** @typedef {{name: string, values: string[], words: string[]}} Parameter */
/** Traits of the stage, or why there is no picture. @typedef {Partial<Record<keyof StageState, unknown>>} Case */
/** `VariedMessage`. @typedef {{parameters: Parameter[], first: number, shared: unknown[], cases: Case[]}} Varied */
/** @typedef {{field: HTMLSelectElement, steps: HTMLButtonElement[]}} Part */

const SETTLES = 200; // milliseconds after the last step: a browser refuses to write addresses faster

class VariedScene {
  root = element("fieldset", "cv-lesson", { "aria-label": say("controls.lesson") });
  /** @type {Map<string, (() => void)[]>} */
  listeners = new Map();
  /** @type {number[]} */
  chosen = []; // which value each parameter has
  /** @type {Part[]} */
  parts = [];
  /** @type {Case} */
  shown = {}; // the last combination that has a picture
  error = "";
  timer = 0;

  /** @param {HTMLElement} host @param {Varied} varied @param {Case} common */
  constructor(host, varied, common) {
    this.varied = varied;
    this.common = common;
    this.step = this.first = Number(common.step ?? 0);
    this.parts = varied.parameters.map((parameter, n) => this.#make(parameter, n));
    this.#choose(this.#digits(varied.first));
    this.#follow();
    window.addEventListener("hashchange", () => this.#follow());
    /** @type {Source} */
    const source = {
      get: (name) => valueOf(this.#trait(name)),
      on: (name, listener) => this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]),
      bar: this.root,
    };
    showSource(host, source, new AbortController().signal);
    this.#watch(/** @type {HTMLElement} */ (host.querySelector(".convviz-stage")));
  }

  /** @param {string} name */
  #trait(name) {
    if (name === "error") return this.error;
    if (name === "step") return this.step;
    return this.shown[/** @type {keyof Case} */ (name)] ?? this.common[/** @type {keyof Case} */ (name)];
  }

  /** Write the step into the address wherever the picture comes to rest. @param {HTMLElement} stage */
  #watch(stage) {
    const watcher = new MutationObserver(() => {
      clearTimeout(this.timer);
      const step = Number(stage.dataset.step);
      if (stage.dataset.playing === "true" || step === this.step) return;
      this.timer = setTimeout(() => {
        this.step = step;
        this.#write();
      }, SETTLES);
    });
    watcher.observe(stage, { attributeFilter: ["data-step", "data-playing"] });
  }

  #write() {
    const address = new URLSearchParams(this.varied.parameters.map(({ name, values }, n) => [name, values[this.chosen[n]]]));
    if (this.step !== this.first) address.set("step", String(this.step));
    history.replaceState(null, "", `#${address}`);
  }

  /** A parameter: its name, and − and + around its values. @param {Parameter} parameter @param {number} n @returns {Part} */
  #make({ name, words }, n) {
    const group = element("span", "cv-parameter", { role: "group", "aria-label": name });
    const field = element("select", "", { "aria-label": name, ...OWN_KEYS });
    field.append(...words.map((text, value) => element("option", "", { value: String(value) }, text)));
    field.addEventListener("change", () => this.#set(n, Number(field.value)));
    const step = (/** @type {1|-1} */ by) => {
      const label = by > 0 ? say("controls.next", { name }) : say("controls.previous", { name });
      const button = element("button", "cv-step", { type: "button", "aria-label": label, ...OWN_KEYS }, by > 0 ? "+" : "−");
      button.addEventListener("click", () => this.#set(n, this.chosen[n] + by));
      return button;
    };
    const steps = [step(-1), step(1)];
    const stepper = element("span", "cv-stepper");
    stepper.append(steps[0], field, steps[1]);
    group.append(element("span", "cv-name", {}, name), stepper);
    this.root.append(group);
    return { field, steps };
  }

  /** A combination's number as the number of each parameter's value. @param {number} number */
  #digits(number) {
    return this.varied.parameters.reduceRight((/** @type {number[]} */ found, { values }) => {
      found.unshift(number % values.length);
      number = Math.floor(number / values.length);
      return found;
    }, []);
  }

  /** @param {number} n @param {number} value */
  #set(n, value) {
    if (value < 0 || value >= this.varied.parameters[n].values.length) return;
    this.#choose(this.chosen.map((each, m) => (m === n ? value : each)));
    this.#write();
  }

  /** Show what the address says; what it does not name stays. */
  #follow() {
    const address = new URLSearchParams(location.hash.slice(1));
    const found = this.varied.parameters.map(({ name, values }, n) => {
      const value = values.indexOf(address.get(name) ?? "");
      return value < 0 ? this.chosen[n] : value;
    });
    if (found.some((value, n) => value !== this.chosen[n])) this.#choose(found);
    const step = address.get("step") ?? "";
    if (!/^\d+$/.test(step)) return;
    this.step = Number(step);
    this.#tell("step");
  }

  /** @param {string} name of a trait that has changed */
  #tell(name) {
    for (const listener of this.listeners.get(name) ?? []) listener();
  }

  /** @param {number[]} chosen */
  #choose(chosen) {
    this.chosen = chosen;
    const { parameters, cases } = this.varied;
    const number = chosen.reduce((found, value, n) => found * parameters[n].values.length + value, 0);
    const found = /** @type {Case} */ (this.#whole(cases[number]));
    this.error = String(found.error ?? "");
    if (!this.error || !this.shown.scene) this.shown = found;
    this.parts.forEach(({ field, steps: [less, more] }, n) => {
      field.value = String(chosen[n]);
      less.setAttribute("aria-disabled", String(chosen[n] === 0));
      more.setAttribute("aria-disabled", String(chosen[n] === parameters[n].values.length - 1));
    });
    for (const name of this.error ? ["error"] : ["error", "scene", "code"]) this.#tell(name);
  }

  /** A value with what it refers to in its place. @param {unknown} value @returns {unknown} */
  #whole(value) {
    if (Array.isArray(value)) return value.map((each) => this.#whole(each));
    if (value === null || typeof value !== "object") return value;
    if ("=" in value) return this.#whole(this.varied.shared[Number(value["="])]);
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.#whole(each)]));
  }
}

/** @param {string} base64 what `packed` made @returns {Promise<Varied>} */
async function unpacked(base64) {
  const stream = new Blob([bytes(base64)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

/** Show it once it is unpacked. @param {HTMLElement} host @param {{varied: string} & Case} state */
export async function mountVaried(host, { varied, ...common }) {
  write(host, say("stage.unpacks"));
  try {
    const found = await unpacked(varied);
    write(host, "");
    new VariedScene(host, found, common);
  } catch (error) {
    write(host, say("stage.cannot_unpack"));
    throw error;
  }
}
