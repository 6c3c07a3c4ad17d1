// @ts-check
/** The text below the picture: the pointed cell, formulas, legend, notes; or a refusal. */

import { element, OWN_KEYS, write } from "./dom.js";

/** @import { Scene } from "./types.js" */

export class Facts {
  constructor() {
    this.root = element("div", "cv-facts");
    this.words = element("div", "cv-words");
    this.formulas = element("div", "cv-formulas");
    this.legend = element("div", "cv-legend");
    this.notes = element("div", "cv-notes");
    this.root.append(this.words, this.formulas, this.legend, this.notes);
    /** @type {HTMLElement|null} */
    this.alert = null;
  }

  /** @param {Scene} scene */
  fill({ formulas, notes, legend }) {
    this.formulas.replaceChildren(...formulas.map(line));
    this.notes.replaceChildren(...notes.map(line));
    this.legend.replaceChildren(...legend.map(([kind, words]) => {
      const entry = element("span", "cv-key");
      entry.append(element("span", "cv-swatch", { "data-kind": kind, "aria-hidden": "true" }), words);
      return entry;
    }));
  }

  /** Show what is said of what is pointed at. @param {string} words */
  showWords(words) {
    write(this.words, words);
  }

  /**
   * Say why something was refused, over the rest, which is dimmed: so nothing moves.
   * @param {string} words "" for nothing
   */
  refuse(words) {
    this.alert?.remove();
    this.alert = null;
    if (!words) return;
    this.alert = element("div", "cv-alert", { role: "alert", tabindex: "0", ...OWN_KEYS }, words);
    this.root.append(this.alert);
  }
}

/** @param {string} words */
function line(words) {
  return element("div", "", {}, words);
}
