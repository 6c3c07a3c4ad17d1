// @ts-check
/** Buttons and sliders for the steps. */

import { element, OWN_KEYS, write } from "./dom.js";
import { say } from "./language.js";

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 256, 1024, 4096];

/** Buttons and sliders for the steps; tells the stage through `go` and `play`. */
export class Player {
  /** @param {{go: (step: number) => void, play: (on: boolean) => void, speed: (factor: number) => void}} stage */
  constructor(stage) {
    this.root = element("div", "cv-player", { role: "toolbar", "aria-label": say("player.label") });
    this.steps = 1;
    this.step = 0;
    const button = (/** @type {string} */ name, /** @type {string} */ icon, /** @type {() => void} */ act) => {
      const node = element("button", "cv-button", { type: "button", "aria-label": name, title: name, ...OWN_KEYS });
      node.innerHTML = icon;
      node.addEventListener("click", act);
      this.root.append(node);
      return node;
    };
    button(say("player.first"), ICONS.first, () => stage.go(0));
    button(say("player.back"), ICONS.back, () => stage.go(this.step - 1));
    this.playButton = button(say("player.play"), ICONS.play, () => stage.play(!this.playing));
    this.playButton.classList.add("cv-play");
    button(say("player.forward"), ICONS.forward, () => stage.go(this.step + 1));
    button(say("player.last"), ICONS.last, () => stage.go(this.steps - 1));
    this.slider = /** @type {HTMLInputElement} */ (
      element("input", "cv-slider", { type: "range", min: "0", step: "1", "aria-label": say("player.step"), ...OWN_KEYS })
    );
    this.slider.addEventListener("input", () => stage.go(Number(this.slider.value)));
    this.label = element("span", "cv-label");
    this.speed = /** @type {HTMLInputElement} */ (
      element("input", "cv-speed", { type: "range", min: "0", max: String(SPEEDS.length - 1), step: "1", "aria-label": say("player.speed"), title: say("player.speed"), ...OWN_KEYS })
    );
    this.factor = element("span", "cv-label cv-factor");
    this.speed.addEventListener("input", () => stage.speed(SPEEDS[Number(this.speed.value)]));
    const pace = element("span", "cv-pace");
    pace.append(this.speed, this.factor);
    this.root.append(this.slider, this.label, pace);
    this.playing = false;
  }

  /** @param {number} step @param {number} steps */
  show(step, steps) {
    this.steps = steps;
    this.step = step;
    this.slider.max = String(steps - 1);
    this.slider.value = String(step);
    const text = say("player.step_of", { step: step + 1, steps });
    this.slider.setAttribute("aria-valuetext", text);
    this.slider.style.setProperty("--cv-part", `${steps > 1 ? (100 * step) / (steps - 1) : 0}%`);
    write(this.label, text);
  }

  /** @param {boolean} playing */
  showPlaying(playing) {
    this.playing = playing;
    const name = playing ? say("player.pause") : say("player.play");
    this.playButton.setAttribute("aria-label", name);
    this.playButton.title = name;
    this.playButton.innerHTML = playing ? ICONS.pause : ICONS.play;
  }

  /** @param {number} factor */
  showSpeed(factor) {
    this.speed.value = String(SPEEDS.indexOf(factor));
    this.speed.setAttribute("aria-valuetext", say("player.times", { factor }));
    write(this.factor, `${factor}×`);
  }
}

const icon = (/** @type {string} */ path) => `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${path}"/></svg>`;
const ICONS = {
  first: icon("M3 3h2v10H3zM13 3v10L6 8z"),
  back: icon("M11 3v10L4 8z"),
  play: icon("M4 2.5v11l9-5.5z"),
  pause: icon("M4 3h3v10H4zM9 3h3v10H9z"),
  forward: icon("M5 3v10l7-5z"),
  last: icon("M11 3h2v10h-2zM3 3v10l7-5z"),
};
