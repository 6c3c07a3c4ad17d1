// @ts-check
/**
 * The stage of `cv.axes`: the axis view of one layer, or of one with a parameter at several values, with a
 * stepper for every parameter that moves a window. What a reader sets goes to the layer.
 */

import { AxesView, cellsOf } from "./axes_view.js";
import { dragHint } from "./axis_drag.js";
import { AxisSteppers } from "./axis_steppers.js";
import { element, OWN_KEYS, write } from "./dom.js";
import { Facts } from "./facts.js";
import { leaveToJupyter } from "./jupyter_keys.js";
import { wordsOf } from "./kernel.js";
import { say } from "./language.js";
import { Presentation } from "./presentation.js";
import { RequestQueue } from "./request_queue.js";
import { saverOf, Tools } from "./tools.js";

/** @import { AxisMatrix } from "./axis_matrix.js" */
/** @import { AxesMessage, AxisViewMessage, ControlsMessage, Empty, KernelState, Source } from "./types.js" */

const FULL_SCREEN = { most: 44, least: 9, step: 0.9 }; // pixels of a font, and what the next is of it

class AxesStage {
  root = element("div", "convviz convviz-axes", { role: "group", "aria-label": say("axes.label"), "data-live": "false", tabindex: "-1", ...OWN_KEYS });
  words = element("div", "cv-words");
  facts = new Facts();
  away = element("div", "cv-away", { role: "status" });
  live = element("div", "cv-live", { "aria-live": "polite" });
  /** @type {Map<string, number>} */
  current = new Map(); // by axis, the output whose row is framed
  /** @type {Map<string, number>|null} */
  pointed = null; // likewise, while the pointer is there
  /** @type {{matrix: AxisMatrix, output: number}|null} */
  told = null; // the row that the words are about

  /** @param {HTMLElement} host @param {Source} source @param {AbortSignal} signal */
  constructor(host, source, signal) {
    this.source = source;
    this.view = new AxesView({
      point: (matrix, output) => this.#point(matrix, output),
      at: (matrix) => this.current.get(matrix.view?.name ?? "") ?? 0,
      pick: (matrix, output) => this.#pick(matrix, output),
      set: (parameter, number, value) => this.#set(parameter, number, value),
      why: (parameter, view) => this.#why(parameter, view),
      refuse: (words) => this.#tell(words),
    }, signal);
    this.queue = source.send ? new RequestQueue(source.send) : null;
    this.steppers = new AxisSteppers({
      set: (control, text) => this.queue?.put(control, { control, text }),
      reset: () => this.queue?.put("reset", { action: "reset" }),
      refuse: (words) => this.#tell(words),
    });
    this.presentation = new Presentation(this.root, () => this.root, (on) => this.#present(on), signal);
    this.tools = this.#makeTools(signal);
    const [said, bar] = [element("div", "cv-axes-said"), element("div", "cv-bar cv-axes-bar")];
    said.append(this.facts.alerts, this.words);
    bar.append(...(this.queue ? [this.steppers.root] : []), this.tools.root);
    this.root.append(bar, this.view.root, said, this.away, this.live);
    this.root.classList.toggle("is-large", Boolean(source.get("large")));
    this.view.setMovable(this.queue !== null);
    host.append(this.root);
    this.#follow(host, signal);
    if (this.queue) write(this.words, dragHint(this.#controls?.lesson ?? []));
    this.#fill();
    this.#showControls();
    this.#showRefusal();
  }

  /** @param {AbortSignal} signal */
  #makeTools(signal) {
    return new Tools({
      present: () => this.presentation.toggle(),
      files: [
        ["svg", say("axes.svg_hint")],
        ["png", say("axes.png_hint")],
        ["html", say("tools.html_hint")],
      ],
      save: saverOf(this.source, this.root, () => 0),
    }, signal);
  }

  /** Letters as large as the screen holds; else those of the page. @param {boolean} on */
  #present(on) {
    this.tools.show("present", on);
    const { style } = this.view.root;
    style.fontSize = "";
    this.view.fit(this.view.root.clientWidth);
    if (!on) return;
    const room = this.presentation.room(this.view.root);
    for (let font = FULL_SCREEN.most; font >= FULL_SCREEN.least; font *= FULL_SCREEN.step) {
      style.fontSize = `${font}px`;
      this.view.fit(this.view.root.clientWidth);
      const { scrollHeight, scrollWidth, clientWidth } = this.view.root;
      if (scrollHeight <= room && scrollWidth <= clientWidth) return;
    }
  }

  /** @param {HTMLElement} host @param {AbortSignal} signal */
  #follow(host, signal) {
    const { source, view } = this;
    leaveToJupyter(this.root, signal);
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.presentation.on) return;
      event.stopPropagation();
      this.presentation.toggle();
    }, { signal });
    source.on("axes", () => this.#fill());
    source.on("controls", () => this.#showControls());
    source.on("error", () => this.#showRefusal());
    const size = new ResizeObserver(() => view.fit(view.root.clientWidth));
    size.observe(host);
    signal.addEventListener("abort", () => { size.disconnect(); this.root.remove(); });
    const { kernel } = source;
    if (!kernel) return;
    this.root.dataset.live = "true";
    kernel.show = () => this.#showKernel(kernel.state);
    kernel.lost = (request) => { this.queue?.acknowledge(request); this.#showControls(); };
  }

  /** @returns {AxesMessage} */
  get #axes() {
    return /** @type {AxesMessage} */ (this.source.get("axes"));
  }

  // ---- What is shown

  #fill() {
    const { blocks } = this.#axes;
    for (const { name, windows } of blocks[0].axes) {
      const last = windows.at(-1)?.output ?? 0;
      const row = this.current.get(name) ?? 1; // the second shows the stride
      this.current.set(name, Math.min(row, Math.max(last, ...blocks.map(({ axes }) => lastOf(axes, name)))));
    }
    this.view.fill(blocks);
    this.#frame();
    if (this.told) write(this.words, rowSentence(this.told.matrix, this.told.output));
  }

  #frame() {
    this.view.show(this.pointed ?? this.current, this.pointed !== null);
  }

  /** @param {AxisMatrix|null} matrix @param {number} output */
  #point(matrix, output) {
    const name = matrix?.view?.name;
    this.pointed = name === undefined ? null : new Map(this.current).set(name, output);
    this.#frame();
    if (!matrix) return;
    this.told = { matrix, output };
    write(this.words, rowSentence(matrix, output));
  }

  /** @param {AxisMatrix} matrix @param {number} output */
  #pick(matrix, output) {
    this.current.set(matrix.view?.name ?? "", output);
    this.pointed = null; // though the pointer may rest elsewhere
    this.#frame();
    this.#tell(rowSentence(matrix, output));
    this.told = { matrix, output };
  }

  /** @param {string} words */
  #tell(words) {
    this.told = null;
    write(this.words, words);
    write(this.live, words);
  }

  // ---- What is set

  /** @param {string} parameter @param {number} number @param {number} value */
  #set(parameter, number, value) {
    const control = this.#controlOf(this.#named(parameter), number);
    if (!control) return;
    this.queue?.put(control, { control, text: String(value) });
    this.#tell(`${control} = ${value}`);
  }

  /** The name of the control of a parameter; nothing for what is compared. @param {string} parameter @param {number} number */
  #controlOf(parameter, number) {
    return this.#controls?.parameters.find(({ name }) => name === parameter)?.controls[number].name;
  }

  /** What dragging an edge sets: a lesson about padding_nd pads both sides alike. @param {string} parameter */
  #named(parameter) {
    const lesson = this.#controls?.lesson ?? [];
    const both = lesson.includes("padding_nd") && parameter.endsWith("_padding") && !lesson.includes(parameter);
    return both ? "padding_nd" : parameter;
  }

  /** Why dragging cannot set a parameter, or "". @param {string} parameter @param {AxisViewMessage} view */
  #why(parameter, view) {
    const compared = !this.#controlOf(parameter, view.number);
    return compared ? say("axes.compared", { parameter: this.#axes.varied }) : (view.fixed[parameter] ?? "");
  }

  /** @returns {ControlsMessage|null} */
  get #controls() {
    const message = /** @type {ControlsMessage|Empty|undefined} */ (this.source.get("controls"));
    return message && "revision" in message ? /** @type {ControlsMessage} */ (message) : null;
  }

  #showControls() {
    const message = this.#controls;
    if (!message || !this.queue) return;
    this.queue.acknowledge(message.acknowledged);
    if (message.words) this.#tell(message.words); // what became of the weights
    if (this.queue.busy && !this.steppers.root.disabled) return; // a reader is ahead of it
    const { blocks } = this.#axes;
    this.steppers.show(message, blocks[0].axes, (parameter, number) => whyFixed(blocks, parameter, number));
  }

  #showRefusal() {
    const words = this.source.get("error") ?? "";
    this.root.classList.toggle("is-refused", Boolean(words));
    this.facts.refuse(words);
  }

  /** @param {KernelState} state */
  #showKernel(state) {
    const answers = state === "answers";
    write(this.away, answers ? "" : wordsOf(state));
    this.root.dataset.live = String(answers);
    this.steppers.root.disabled = !answers;
    this.view.setMovable(answers && this.queue !== null);
    if (state === "away") this.queue?.clear();
    this.#showControls();
  }
}

/** @param {AxesMessage["blocks"][number]["axes"]} axes @param {string} name */
function lastOf(axes, name) {
  return axes.find((view) => view.name === name)?.windows.at(-1)?.output ?? 0;
}

/** Why setting a parameter changes no block, or "". @param {AxesMessage["blocks"]} blocks @param {string} parameter @param {number} number */
function whyFixed(blocks, parameter, number) {
  const reasons = blocks.map(({ axes }) => axes.find((view) => view.number === number)?.fixed[parameter] ?? "");
  return reasons.every(Boolean) ? reasons[0] : "";
}

/** A row in words. @param {AxisMatrix} matrix @param {number} output */
function rowSentence({ view, name }, output) {
  if (!view?.windows.some((window) => window?.output === output)) return "";
  const { cells, padding, text } = cellsOf(view, output);
  const row = { axis: name.textContent ?? "", output, cells: cells.join(", ") };
  const words = padding ? say("axes.row_with_padding", { axis: row.axis, output, cells: row.cells, padding })
    : say("axes.row", { axis: row.axis, output, cells: row.cells });
  return text ? `${words} ${say("axes.value", { text })}` : words;
}

/**
 * Show the axis view in `host` until `signal` aborts.
 * @param {HTMLElement} host @param {Source} source @param {AbortSignal} signal
 */
export function mountAxes(host, source, signal) {
  return new AxesStage(host, source, signal);
}
