// @ts-check
/**
 * Which of a few channels adds most to an output: asked with their windows and weights, before their
 * products are shown. The answer stands apart: every other adds half as much at most.
 */

import { say } from "./language.js";
import { signedText, SUM_DIGITS } from "./part_words.js";

/** @import { AnswerField } from "./answer_field.js" */
/** @import { ChannelPart } from "./channel_row.js" */
/** @import { ChannelSums } from "./channel_sums.js" */
/** @import { Judgement, Question, Readiness } from "./questions.js" */
/** @import { Display } from "./stage.js" */
/** @import { ChannelChoices, Place } from "./types.js" */

const CHOICES = 4;
const MOST_OF_OTHERS = 0.5; // of what the right one adds

/** @implements {Question} */
export class ChannelQuestion {
  /** @type {"channels"} */
  hides = "channels";

  /** @param {number[]} steps */
  stops(steps) {
    return steps;
  }

  /** @param {Display} display @param {number} step @returns {Readiness} */
  readiness({ view }, step) {
    const choices = view.choices?.(step);
    return choices ? "here" : choices === null ? "never" : "asked for";
  }

  /** @param {Display} display @param {number} step @param {AnswerField} field */
  open({ lookup, view }, step, field) {
    const { first = 0, channels = [] } = view.choices?.(step) ?? {};
    const names = channels.map((within) => channelName(first + within));
    const name = `y${lookup.outputName(lookup.place(step))}`;
    field.askChoice(say("predict.channel.which", { name }), { names, texts: [], columns: 1 });
  }

  /** @param {Display} display @param {number} step @param {string[]} typed the number of a choice @returns {Judgement} */
  judge({ view }, step, [chosen]) {
    const choices = view.choices?.(step);
    const n = Number(chosen);
    if (!choices || n === choices.right) return { verdict: "right", words: "", wrong: [], hinted: null };
    const [black] = view.inputRange ?? [0];
    const kind = choices.parts[n] < 0 ? "takes" : black < 0 ? "less_signed" : "less";
    const words = say(`predict.channel_hint.${kind}`, { channel: channelName(choices.first + choices.channels[n]) });
    return { verdict: "wrong", words, wrong: choices.channels.map((_, each) => each === n), hinted: null };
  }

  /** What is said with the answer. @param {Display} display @param {number} step */
  shown({ view }, step) {
    const choices = view.choices?.(step);
    if (!choices) return "";
    const { channels, first, parts, right } = choices;
    return say("predict.channel.shown", { channel: channelName(first + channels[right]), part: signedText(parts[right], SUM_DIGITS) });
  }
}

/** Where to ask, where a lesson names no places: at once, and amid this map and the next. @param {Display} display @param {number} step */
export function placesToAsk({ lookup }, step) {
  const { map, at: [depth] } = lookup.place(step);
  const [, high, wide] = lookup.axes;
  const middle = [depth, Math.floor(high.output / 2), Math.floor(wide.output / 2)];
  const later = [map, map + 1].map((each) => ({ map: each, at: middle })).filter((place) => lookup.has(place));
  return [step, ...later.map((place) => lookup.step(place)).filter((each) => each > step)];
}

/**
 * Channels to choose from: the one that adds most, and among those that add clearly less the one that takes
 * away most, the one with the brightest window, and the one with the largest weights.
 * @param {ChannelSums} sums @param {Place} place
 * @returns {ChannelChoices|null|undefined} null where none stands apart; undefined where the parts are not here
 */
export function choicesOf(sums, place) {
  const found = sums.parts(place);
  if (sums.lookup.axes[0].kernel > 1) return null; // one slice of the window is shown, and does not tell
  if (!found) return undefined;
  const { parts } = found;
  const best = parts.indexOf(Math.max(...parts));
  const others = parts.flatMap((part, within) => (part <= MOST_OF_OTHERS * parts[best] ? [sums.channel(place, found, within)] : []));
  if (!(parts[best] > 0) || !others.length) return null;
  const chosen = new Set([best]);
  for (const measure of [takesAway, brightness, weightSize, brightness]) {
    const rest = others.filter(({ within }) => !chosen.has(within));
    if (rest.length && chosen.size < CHOICES) chosen.add(largestBy(rest, measure).within);
  }
  const channels = [...chosen].sort((a, b) => a - b);
  return { first: sums.first(place), channels, parts: channels.map((within) => parts[within]), right: channels.indexOf(best) };
}

/** @param {ChannelPart} part */
const takesAway = ({ part }) => -part;
/** @param {ChannelPart} part */
const brightness = ({ taps }) => taps.reduce((sum, { value }) => sum + value, 0);
/** @param {ChannelPart} part */
const weightSize = ({ taps }) => taps.reduce((sum, tap) => sum + Math.abs(tap.weight), 0);

/** @param {ChannelPart[]} channels @param {(channel: ChannelPart) => number} measure */
function largestBy(channels, measure) {
  return channels.reduce((best, each) => (measure(each) > measure(best) ? each : best));
}

/** @param {number} number */
function channelName(number) {
  return say("channels.channel", { number });
}
