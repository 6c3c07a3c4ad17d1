// @ts-check
/** Buttons and sliders for the steps, in one row. */

import { element, OWN_KEYS, write } from "./dom.js";
import { say } from "./language.js";
import { SPEEDS } from "./playback.js";

/**
 * @typedef {Object} Steered  what the buttons and sliders steer
 * @property {(step: number) => void} go
 * @property {(way: 1|-1) => void} by  go on or back by one
 * @property {() => void} toggle  play, or pause
 * @property {(speed: number) => void} setSpeed
 */

export class Player {
  /** @param {Steered} steered */
  constructor(steered) {
    this.steps = 1;
    this.step = 0;
    this.root = element("div", "cv-player", { role: "toolbar", "aria-label": say("player.label") });
    this.#button(say("player.first"), ICONS.first, () => steered.go(0));
    this.back = this.#button(say("player.back"), ICONS.back, () => steered.by(-1));
    this.play = this.#button(say("player.play"), ICONS.play, () => steered.toggle());
    this.play.classList.add("cv-play");
    this.forward = this.#button(say("player.forward"), ICONS.forward, () => steered.by(1));
    this.#button(say("player.last"), ICONS.last, () => steered.go(this.steps - 1));
    this.slider = range("cv-slider", say("player.step"));
    this.slider.addEventListener("input", () => steered.go(Number(this.slider.value)));
    this.label = element("span", "cv-label");
    this.speed = range("cv-speed", say("player.speed"));
    this.speed.title = say("player.speed");
    this.speed.max = String(SPEEDS.length - 1);
    this.speed.addEventListener("input", () => steered.setSpeed(SPEEDS[Number(this.speed.value)]));
    this.factor = element("span", "cv-label cv-factor");
    const pace = element("span", "cv-pace");
    pace.append(this.speed, this.factor);
    this.root.append(this.slider, this.label, pace);
  }

  /** @param {string} name @param {string} icon @param {() => void} press */
  #button(name, icon, press) {
    const names = { "aria-label": name, title: name };
    const button = element("button", "cv-button", { type: "button", ...names, ...OWN_KEYS });
    button.innerHTML = icon;
    button.addEventListener("click", press);
    this.root.append(button);
    return button;
  }

  /**
   * @param {number} step @param {number} steps
   * @param {string} progress  how far the output has come, in slow motion
   */
  show(step, steps, progress) {
    this.steps = steps;
    this.step = step;
    this.slider.max = String(steps - 1);
    this.slider.value = String(step);
    const text = say("player.step_of", { step: step + 1, steps });
    this.slider.setAttribute("aria-valuetext", text);
    write(this.label, [text, progress].filter(Boolean).join(" · "));
  }

  /** Say what a step goes on by: in slow motion less than an output. @param {"output"|"product"|"channel"} unit */
  nameSteps(unit) {
    this.back.title = say(`player.back_by.${unit}`);
    this.forward.title = say(`player.forward_by.${unit}`);
  }

  /** @param {boolean} playing */
  showPlaying(playing) {
    const name = playing ? say("player.pause") : say("player.play");
    this.play.setAttribute("aria-label", name);
    this.play.title = name;
    this.play.innerHTML = playing ? ICONS.pause : ICONS.play;
  }

  /** @param {number} speed */
  showSpeed(speed) {
    this.speed.value = String(SPEEDS.indexOf(speed));
    this.speed.setAttribute("aria-valuetext", say("player.times", { factor: speed }));
    write(this.factor, `${speed}×`);
  }
}

/** A slider in whole steps from 0. @param {string} className @param {string} name */
function range(className, name) {
  return element("input", className, { type: "range", min: "0", step: "1", "aria-label": name, ...OWN_KEYS });
}

const icon = (/** @type {string} */ path) =>
  `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${path}"/></svg>`;
const ICONS = {
  first: icon("M3 3h2v10H3zM13 3v10L6 8z"),
  back: icon("M11 3v10L4 8z"),
  play: icon("M4 2.5v11l9-5.5z"),
  pause: icon("M4 3h3v10H4zM9 3h3v10H9z"),
  forward: icon("M5 3v10l7-5z"),
  last: icon("M11 3h2v10h-2zM3 3v10l7-5z"),
};
