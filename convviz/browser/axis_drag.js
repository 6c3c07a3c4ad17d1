// @ts-check
/**
 * Dragging in the matrix of an axis: a window sets the stride, wherever its bar is held, a dot the dilation,
 * the padding's edge the padding. Values go by whole cells.
 */

import { say } from "./language.js";

/** @import { AxisViewMessage } from "./types.js" */
/**
 * @typedef {Object} Grip  what is held
 * @property {string} parameter
 * @property {number} start  its value
 * @property {number} per  how many cells to the right one more moves what is held; negative for the left
 * @property {number} least
 */
/**
 * @typedef {Object} Dragged  what is dragged in
 * @property {(target: Element) => {view: AxisViewMessage, pitch: number}|null} find  the axis there, and a
 *   column's width in pixels; null where nothing can be set
 * @property {(parameter: string, number: number, value: number) => void} set
 * @property {(parameter: string, view: AxisViewMessage) => string} why  it cannot be set, or ""
 * @property {(words: string) => void} refuse
 * @property {(target: Element) => void} click  it was let go where it was
 */

/**
 * What is held at an element of the matrix, or null.
 * @param {AxisViewMessage} view @param {Element} target @returns {Grip|null}
 */
function gripAt(view, target) {
  const { edge, tap } = /** @type {HTMLElement} */ (target).dataset;
  if (edge === "pre_padding") return { parameter: edge, start: view.pre, per: -1, least: 0 };
  if (edge === "post_padding") return { parameter: edge, start: view.post, per: 1, least: 0 };
  if (Number(tap)) return { parameter: "dilation_nd", start: view.dilation, per: Number(tap), least: 1 };
  const row = /** @type {HTMLElement|null} */ (target.closest(".cv-window"));
  const output = Number(row?.dataset.output ?? 0);
  const held = target.matches(".cv-span, .cv-dot");
  return held && output ? { parameter: "stride_nd", start: view.stride, per: output, least: 1 } : null;
}

/** The value after moving by some columns. @param {Grip} grip @param {number} columns */
function valueAfter({ start, per, least }, columns) {
  return Math.max(least, Math.round(start + columns / per));
}

export const CLICK = 4; // pixels: what has moved by less was clicked, and sets nothing

export class AxisDrag {
  /** @param {HTMLElement} root @param {Dragged} dragged @param {AbortSignal} signal */
  constructor(root, dragged, signal) {
    this.root = root;
    this.dragged = dragged;
    /** @type {{grip: Grip, view: AxisViewMessage, pitch: number, x: number, value: number, target: Element}|null} */
    this.held = null;
    this.from = 0; // where the pointer was pressed last
    this.moved = false; // whether it has been moved since
    root.addEventListener("pointerdown", (event) => this.#hold(event), { signal });
    root.addEventListener("pointermove", (event) => this.#move(event), { signal });
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"]))
      root.addEventListener(end, () => this.#letGo(), { signal });
    root.addEventListener("keydown", (event) => { if (event.key === "Escape") this.#takeBack(); }, { signal });
  }

  get active() {
    return this.held !== null;
  }

  /** @param {PointerEvent} event */
  #hold(event) {
    const target = /** @type {Element} */ (event.target);
    this.from = event.clientX;
    this.moved = false;
    const found = event.button === 0 ? this.dragged.find(target) : null;
    const grip = found && gripAt(found.view, target);
    if (!found || !grip) return;
    const why = this.dragged.why(grip.parameter, found.view);
    if (why) return this.dragged.refuse(why);
    this.held = { grip, ...found, x: event.clientX, value: grip.start, target };
    this.root.setPointerCapture(event.pointerId); // what is under the pointer is drawn anew meanwhile
    this.root.classList.add("is-dragging");
  }

  /** What dragging an element would do, or why nothing, or "". @param {Element} target */
  hint(target) {
    const found = this.dragged.find(target);
    const grip = found && gripAt(found.view, target);
    if (!found || !grip) return "";
    return this.dragged.why(grip.parameter, found.view) || say("axes.drag", { parameter: grip.parameter });
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.held) return;
    const moved = event.clientX - this.held.x;
    this.moved ||= Math.abs(moved) >= CLICK;
    if (this.moved) this.#set(valueAfter(this.held.grip, moved / this.held.pitch));
  }

  /** @param {number} value */
  #set(value) {
    const { held } = this;
    if (!held || value === held.value) return;
    held.value = value;
    this.dragged.set(held.grip.parameter, held.view.number, value);
  }

  /** Escape: as it was before. */
  #takeBack() {
    if (this.held) this.#set(this.held.grip.start);
    this.#letGo();
  }

  #letGo() {
    const { held } = this;
    if (held && held.value === held.grip.start) this.dragged.click(held.target);
    this.held = null;
    this.root.classList.remove("is-dragging");
  }
}

/** What can be dragged, as far as a lesson is about it; all, where there is no lesson. @param {string[]} lesson names of parameters */
export function dragHint(lesson) {
  const all = ["stride", "dilation", "padding"];
  const named = all.filter((name) => lesson.some((parameter) => parameter !== "padding_mode" && parameter.includes(name)));
  return (lesson.length ? named : all).map((name) => say(`axes.hint.${name}`)).join(" ");
}
