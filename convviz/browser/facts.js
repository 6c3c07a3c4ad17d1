// @ts-check
/**
 * What is said of a scene: its legend and what a reader should not miss, under what they explain; why
 * something was refused, over the picture, which is dimmed. None of them takes room where it is not there.
 */

import { element, OWN_KEYS } from "./dom.js";

/** @import { Scene } from "./types.js" */

export class Facts {
  constructor() {
    this.root = element("div", "cv-facts");
    this.legend = element("div", "cv-legend");
    this.notes = element("div", "cv-notes");
    this.root.append(this.legend, this.notes);
    /** Where refusals stand. */
    this.alerts = element("div", "cv-alerts");
  }

  /** @param {Scene} scene */
  fill({ notes, legend }) {
    this.notes.replaceChildren(...notes.map((words) => element("div", "", {}, words)));
    this.legend.replaceChildren(...legend.map(([kind, words]) => {
      const entry = element("span", "cv-key");
      entry.append(element("span", "cv-swatch", { "data-kind": kind, "aria-hidden": "true" }), words);
      return entry;
    }));
  }

  /** Say why something was refused. @param {string} words "" for nothing */
  refuse(words) {
    const alert = element("div", "cv-alert", { role: "alert", tabindex: "0", ...OWN_KEYS }, words);
    this.alerts.replaceChildren(...(words ? [alert] : []));
  }
}
