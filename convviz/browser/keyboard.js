// @ts-check
/** The keys of a stage: stepping and playing, moving among cells. */

import { leaveToJupyter } from "./jupyter_keys.js";
import { MOVES } from "./moves.js";

/** @import { Display, Stage } from "./stage.js" */
/** @import { Tensor } from "./types.js" */

export class Keyboard {
  /** @param {Stage} stage @param {AbortSignal} signal */
  constructor(stage, signal) {
    this.stage = stage;
    stage.root.addEventListener("keydown", (event) => this.#press(event), { signal });
    leaveToJupyter(stage.root, signal);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const { display } = this.stage;
    if (event.altKey || event.ctrlKey || event.metaKey || !display || this.#isForField(event)) return;
    const { dataset, classList } = /** @type {HTMLElement} */ (event.target);
    const tensor = classList.contains("cv-panels") ? /** @type {Tensor} */ (dataset.tensor) : null;
    if (!(tensor && this.#pointAmongCells(event.key, tensor)) && !this.#steer(event.key, display)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Whether a key is for the field, slider or button that has the focus. @param {KeyboardEvent} event */
  #isForField({ target, key }) {
    const node = /** @type {HTMLElement} */ (target);
    const { controls, player } = this.stage;
    if (key === "PageDown" || key === "PageUp" || key === "Escape") return false;
    if (controls?.root.contains(node) || controls?.lesson.contains(node)) return true;
    if (node.tagName === "BUTTON") return key === " " || key === "Enter";
    return node.tagName === "PRE" || (node.tagName === "INPUT" && node !== player.slider);
  }

  /** @param {string} key @param {Display} display @returns {boolean} whether it steps or plays */
  #steer(key, { lookup }) {
    const { stage } = this;
    const row = lookup.axes[2].output;
    /** @type {Record<string, () => void>} */
    const actions = {
      " ": () => stage.toggle(),
      ArrowRight: () => stage.stepBy(1),
      ArrowLeft: () => stage.stepBy(-1),
      ArrowDown: () => stage.stepTo(stage.step + row),
      ArrowUp: () => stage.stepTo(stage.step - row),
      Home: () => stage.stepTo(0),
      End: () => stage.stepTo(lookup.scene.steps - 1),
      ...(stage.predict.on || stage.presentation.on ? this.#remote() : {}),
      "?": () => stage.tools.buttons.keys.click(),
      Escape: () => (stage.presentation.on ? stage.presentation.toggle() : stage.pointing.letGo()),
    };
    actions[key]?.();
    return key in actions;
  }

  /** The two keys of a remote, which elsewhere move the page. @returns {Record<string, () => void>} */
  #remote() {
    const { stage } = this;
    return {
      ...(stage.predict.field.choices.length && stage.predict.asking ? choices(stage) : {}),
      PageDown: () => (stage.predict.on ? stage.predict.onward() : stage.stepTo(stage.step + 1)),
      PageUp: () => stage.stepTo(stage.step - 1),
    };
  }

  /**
   * Arrows point at a tensor's cells, Enter pins, E edits.
   * @param {string} key @param {Tensor} tensor @returns {boolean} whether it did
   */
  #pointAmongCells(key, tensor) {
    const { pointing } = this.stage;
    if (key === "Enter" && pointing.target) {
      if (this.stage.predict.answerClick(pointing.target)) return true;
      pointing.togglePin();
      if (pointing.pinned) this.stage.playback.stop(); // it would wait as long as that stays
      return true;
    }
    if ((key === "e" || key === "F2") && pointing.target) {
      this.stage.editPointed();
      return true;
    }
    return key in MOVES && this.stage.pointAdjacent(tensor, MOVES[key]);
  }
}

/** The keys for the choices of a question. @param {Stage} stage @returns {Record<string, () => void>} */
function choices({ predict }) {
  return Object.fromEntries(["1", "2", "3", "4"].map((key, n) => [key, () => predict.field.choose(n)]));
}
