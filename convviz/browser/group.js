// @ts-check
/** Synchronizes the stages of one group: all show the same output element. */

/** @import { Place } from "./types.js" */

const STEP = "convviz-step"; // the event by which one tells the others

export class Group {
  /**
   * @param {() => string} name "" for none @param {(place: Place) => void} follow @param {AbortSignal} signal
   */
  constructor(name, follow, signal) {
    this.name = name;
    document.addEventListener(STEP, (event) => {
      const { from, group, place } = /** @type {CustomEvent} */ (event).detail;
      if (from !== this && group && group === name()) follow(place);
    }, { signal });
  }

  /** Tell the other stages what this one shows. @param {() => Place} place */
  lead(place) {
    const group = this.name();
    if (!group) return;
    const detail = { from: this, group, place: place() };
    document.dispatchEvent(new CustomEvent(STEP, { detail }));
  }
}
