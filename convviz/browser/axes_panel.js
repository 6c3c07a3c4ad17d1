// @ts-check
/**
 * The axis view under a stage's board: a row is lit with the board's window, and the window with the row.
 * Dragging sets the layer as a slider does.
 */

import { dragHint } from "./axis_drag.js";
import { AxesView } from "./axes_view.js";
import { element, write } from "./dom.js";

/** @import { AxisMatrix } from "./axis_matrix.js" */
/** @import { Stage } from "./stage.js" */
/** @import { ShownStep } from "./types.js" */

export class AxesPanel {
  root = element("div", "cv-axes-panel", { hidden: "" });
  words = element("div", "cv-axes-panel-words", { role: "status" });

  /** @param {Stage} stage @param {AbortSignal} signal */
  constructor(stage, signal) {
    this.stage = stage;
    this.view = new AxesView({
      point: (matrix, output) => this.#point(matrix, output),
      at: (matrix) => this.#at(matrix),
      pick: (matrix, output) => this.#pick(matrix, output),
      set: (parameter, number, value) => this.#set(parameter, number, value),
      why: (parameter, { fixed }) => fixed[parameter] ?? "",
      refuse: (words) => write(this.words, words),
    }, signal);
    this.root.append(this.view.root, this.words);
    this.root.hidden = !stage.source.get("shows_axes");
  }

  /** @param {boolean} on */
  toggle(on) {
    this.root.hidden = !on;
    this.refill();
    this.stage.draw();
  }

  /** Take up the stage's scene, where it is wanted. */
  refill() {
    const { display } = this.stage;
    if (this.root.hidden || !display) return;
    write(this.words, this.stage.source.send ? dragHint([]) : "");
    this.view.fill([{ heading: "", axes: display.scene.axisViews }]);
    this.fit();
    this.follow();
  }

  fit() {
    if (!this.root.hidden) this.view.fit(this.view.root.clientWidth);
  }

  /** Whether anything can be dragged is the controls' to say. */
  follow() {
    this.view.setMovable(this.stage.controls?.root.disabled === false);
  }

  /** Frame the rows of a step; values wait where outputs are still to be guessed. @param {ShownStep} shown */
  show({ place, pointed, hiddenFrom }) {
    if (this.root.hidden || !this.stage.display) return;
    const { lookup } = this.stage.display;
    const rows = new Map(lookup.axes.map(({ name }, n) => [name, place.at[n]]));
    this.view.show(rows, pointed?.tensor === "output");
    this.root.classList.toggle("hides-values", hiddenFrom < this.stage.steps);
  }

  /** The row of the step. @param {AxisMatrix} matrix */
  #at(matrix) {
    const { display, step } = this.stage;
    const n = display?.lookup.axes.findIndex(({ name }) => name === matrix.view?.name) ?? 0;
    return display?.lookup.place(step).at[n] ?? 0;
  }

  /** The output with a row of one axis, and the step's on the others. @param {AxisMatrix} matrix @param {number} output */
  #place(matrix, output) {
    const { display, step } = this.stage;
    if (!display) return null;
    const { map, at } = display.lookup.place(step);
    return { map, at: at.map((i, n) => (display.lookup.axes[n].name === matrix.view?.name ? output : i)) };
  }

  /** @param {AxisMatrix|null} matrix @param {number} output */
  #point(matrix, output) {
    const place = matrix && this.#place(matrix, output);
    this.stage.pointing.over(place && { tensor: "output", channel: place.map, at: place.at });
  }

  /** @param {AxisMatrix} matrix @param {number} output */
  #pick(matrix, output) {
    const place = this.#place(matrix, output);
    this.stage.pointing.letGo(); // though the pointer may rest elsewhere
    if (place) this.stage.stepTo(this.stage.display?.lookup.step(place) ?? 0);
  }

  /** @param {string} parameter @param {number} number @param {number} value */
  #set(parameter, number, value) {
    const message = this.stage.source.get("controls");
    const rows = message && "parameters" in message ? message.parameters : [];
    const control = rows.find(({ name }) => name === parameter)?.controls[number].name;
    if (!control) return;
    this.stage.controls?.queue.put(control, { control, text: String(value) });
    write(this.words, `${control} = ${value}`);
  }
}
