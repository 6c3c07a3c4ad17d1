// @ts-check
/** What in a layer of many channels an event or a key points at, and what is said of it. */

import { say } from "./language.js";
import { grossOf, largestOf, minusText, shareOf, signedText, SUM_DIGITS } from "./part_words.js";

/** @import { ChannelSums } from "./channel_sums.js" */
/** @import { ChannelsView } from "./channels_view.js" */
/** @import { Move, Place, ShownStep, Target, Tensor } from "./types.js" */

export class ChannelsPointing {
  /** @param {ChannelsView} view @param {ChannelSums} sums */
  constructor(view, sums) {
    this.view = view;
    this.sums = sums;
  }

  get lookup() {
    return this.sums.lookup;
  }

  /** What an event points at, while output map `map` plays. @param {Event} event @param {number} map @returns {Target|null} */
  target(event, map) {
    const { chart, mosaics, shown } = this.view;
    if (!(event instanceof MouseEvent) || !(event.target instanceof Element) || !shown) return null;
    if (event.target === mosaics.input.canvas) return this.#inputTarget(event);
    if (event.target === mosaics.output.canvas) return this.#mapTarget(event, shown);
    if (event.target === mosaics.map.canvas)
      return { tensor: "output", channel: map, at: [shown.place.at[0], ...mosaics.map.pixel(event)] };
    if (chart.root.contains(event.target)) {
      const within = chart.at(event);
      return within === null ? null : this.#channelTarget(this.sums.first(shown.place) + within, shown.place);
    }
    return cellTarget(event.target);
  }

  /** @param {MouseEvent} event @returns {Target|null} */
  #inputTarget(event) {
    const { mosaics } = this.view;
    const tile = mosaics.input.at(event);
    return tile && { tensor: "input", channel: tile.n, at: [Math.max(0, mosaics.painted.input), tile.row, tile.column] };
  }

  /** Another map at the same place; a click goes there. @param {MouseEvent} event @param {ShownStep} shown @returns {Target|null} */
  #mapTarget(event, { step }) {
    const tile = this.view.mosaics.output.at(event);
    if (!tile) return null;
    if (event.type === "click") {
      this.view.goToMap(tile.n);
      return null;
    }
    return { tensor: "output", channel: tile.n, at: this.lookup.place(step).at };
  }

  /** A channel, in the middle of the window. @param {number} channel @param {Place} place @returns {Target} */
  #channelTarget(channel, { at }) {
    const cell = this.lookup.axes.map(({ kernel, size, table }, n) =>
      Math.max(0, Math.min(size - 1, table[at[n]][Math.floor(kernel / 2)])));
    return { tensor: "input", channel, at: cell };
  }

  /**
   * The next channel, or the next map at the same place.
   * @param {Tensor} tensor @param {Target|null} from @param {Move} move @returns {Target|null}
   */
  adjacent(tensor, from, [down, right]) {
    const { mosaics, shown } = this.view;
    if (tensor === "kernel" || !shown) return null;
    const { place } = shown;
    const { channels, maps } = this.lookup.scene;
    const first = tensor === "input" && !from; // the first arrow points, the next ones move
    const here = from?.channel ?? (tensor === "output" ? place.map : this.sums.first(place));
    const next = first ? here : here + right + down * mosaics[tensor].columns;
    const inside = next >= 0 && next < (tensor === "input" ? channels : maps);
    const channel = inside ? next : here;
    return tensor === "input" ? this.#channelTarget(channel, place) : { tensor, channel, at: place.at };
  }

  // ---- Words

  /** What is pointed at, in words; null for the words that any view has. @param {ShownStep} shown @returns {string|null} */
  sentence({ hidden, pointed, place }) {
    if (pointed?.tensor !== "input") return null;
    const { channel, at } = pointed;
    const within = this.sums.within(channel, place);
    if (within === null) return say("channels.not_read", { channel, map: place.map });
    const value = this.sums.values.input(channel, at);
    const parts = hidden ? null : this.sums.parts(place);
    const cell = value === null ? "" : say("channels.pointed_value", { cell: this.lookup.name(2, channel, at), value: minusText(value, SUM_DIGITS) });
    if (!parts) return cell;
    const part = signedText(parts.parts[within], SUM_DIGITS);
    return `${say("channels.pointed", { channel, part, output: this.lookup.outputName(place) })} ${cell}`.trim();
  }

  /** The sum, for a reader who cannot see it. @param {ShownStep} shown */
  spoken({ place }) {
    const sum = this.sums.parts(place);
    if (!sum) return say("sum.spoken", { count: this.lookup.scene.groupChannels });
    const { adds, takes } = grossOf(sum.parts);
    const most = largestOf(sum.parts, this.view.rows.length);
    return say("channels.spoken", {
      adds: signedText(adds, SUM_DIGITS), takes: signedText(takes, SUM_DIGITS), bias: minusText(sum.bias, SUM_DIGITS),
      count: most.length, share: shareOf(sum.parts, most),
    });
  }
}

/** An input cell of one of the rows. @param {Element} node @returns {Target|null} */
function cellTarget(node) {
  const cell = node.closest(".cv-cell");
  if (!(cell instanceof HTMLElement) || cell.dataset.panel !== "input") return null;
  const { channel, depth, row, col } = cell.dataset;
  return { tensor: "input", channel: Number(channel), at: [depth, row, col].map(Number) };
}
