// @ts-check
/** What a reader points at, by pointer or by key, and whether it is pinned; and what is said of it. */

import { say } from "./language.js";

/** @import { Lookup } from "./lookup.js" */
/** @import { Place, Tap, Target } from "./types.js" */

export class Pointing {
  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    /** @type {Target|null} */
    this.target = null;
    this.pinned = false;
  }

  /** The pointer is over something, or over nothing. @param {Target|null} target */
  over(target) {
    if (this.pinned || same(target, this.target)) return;
    this.target = target;
    this.changed();
  }

  /** A click pins what it hits; a click on what is pinned, or on nothing, lets go. @param {Target|null} target */
  click(target) {
    const again = this.pinned && same(target, this.target);
    this.target = again ? null : target;
    this.pinned = this.target !== null;
    this.changed();
  }

  /** A key moves to something else. @param {Target} target */
  move(target) {
    this.target = target;
    this.pinned = false;
    this.changed();
  }

  /** A key pins what is pointed at, or no longer. */
  togglePin() {
    this.pinned = !this.pinned;
    this.changed();
  }

  /** Let go of what is pinned or pointed at. */
  letGo() {
    this.forget();
    this.changed();
  }

  /** Let go without a word: all is about to be drawn anew. */
  forget() {
    this.target = null;
    this.pinned = false;
  }
}

/** @param {Target|null} a @param {Target|null} b */
function same(a, b) {
  return a === b || (a !== null && b !== null && a.tensor === b.tensor && a.channel === b.channel && a.at.join() === b.at.join());
}

/**
 * What is pointed at, in words.
 * @param {Target} target @param {Place} place  of the step on show @param {Tap[]} taps  likewise @param {Lookup} lookup
 */
export function sentence(target, place, taps, lookup) {
  if (target.tensor === "output") return outputSentence(place, taps, lookup);
  if (target.tensor === "kernel" || target.tensor === "weights") return weightSentence(target, place, lookup);
  return inputSentence(target, lookup);
}

/** @param {Place} place @param {Tap[]} taps @param {Lookup} lookup */
function outputSentence(place, taps, lookup) {
  const output = lookup.outputName(place);
  const count = taps.length;
  const padding = taps.filter((tap) => !lookup.isData(tap.cell)).length;
  return padding ? say("pointed.output_with_padding", { output, count, padding }) : say("pointed.output", { output, count });
}

/** @param {Target} target @param {Place} place @param {Lookup} lookup */
function weightSentence({ channel, at }, { map }, lookup) {
  const weight = lookup.name(lookup.scene.groupChannels, channel, at);
  return say("pointed.weight", { weight, map, count: lookup.partners(at).length });
}

/** @param {Target} target @param {Lookup} lookup */
function inputSentence({ channel, at }, lookup) {
  const cell = lookup.name(lookup.scene.channels, channel, at);
  const count = lookup.readers(channel, at).length;
  if (lookup.isData(at)) return count ? say("pointed.input", { cell, count }) : say("pointed.unread_input", { cell });
  return count ? say("pointed.padding", { cell, count }) : say("pointed.unread_padding", { cell });
}
