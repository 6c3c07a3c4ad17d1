// @ts-check
/**
 * The tensors of a layer of many channels in colours: a mosaic of the input's channels, one of all maps,
 * and the map that plays, as far as it has come; with what is read and made outlined in them.
 */

import { say } from "./language.js";
import { MapImage } from "./map_image.js";
import { Mosaic } from "./mosaic.js";
import { greyShade, signedShade } from "./shades.js";

/** @import { ChannelsView } from "./channels_view.js" */
/** @import { Colour } from "./shades.js" */
/** @import { ShownStep, Target } from "./types.js" */
/** @typedef {"input"|"output"} Shown  a tensor that is a mosaic */

export class ChannelMosaics {
  input = new Mosaic("input");
  output = new Mosaic("output");
  map = new MapImage();
  painted = { input: -1, output: -1 }; // the depths of the mosaics' slices

  /** @param {ChannelsView} view */
  constructor(view) {
    this.view = view;
  }

  /** Whether the input's channels are the red, green and blue of one picture. */
  get inColour() {
    return this.view.layer.inColour;
  }

  /** Take up the view's scene. */
  fill() {
    const { lookup, scene: { channels, maps } } = this.view;
    const [depth, high, wide] = lookup.axes;
    const label = (/** @type {Shown} */ tensor, /** @type {number} */ count) =>
      say(`channels.mosaic.${tensor}`, { count });
    const { values } = this.view.sums;
    this.input.fill(this.inColour ? 1 : channels, high.size, wide.size, values.grid("input"), label("input", channels));
    this.output.fill(maps, high.output, wide.output, values.grid("output"), label("output", maps));
    this.map.fill(high.output, wide.output, depth.output);
    this.forget();
  }

  /** Have all painted anew. */
  forget() {
    this.painted = { input: -1, output: -1 };
  }

  /** @param {ShownStep} shown @param {number[]} channels within the group @param {number|null} pointed likewise */
  draw(shown, channels, pointed) {
    const { place } = shown;
    const { layer, lookup, scene, sums } = this.view;
    const [depth] = lookup.axes;
    this.#paint("input", sums.slice(place), depth.size);
    this.#paint("output", place.at[0], depth.output);
    const first = sums.first(place);
    const read = Array.from({ length: scene.groupChannels }, (_, n) => first + n);
    const apart = !this.inColour;
    this.input.outline("dead", apart ? layer.deadChannels : []);
    this.input.outline("most", apart && scene.channels > 1 ? channels.map((within) => first + within) : []);
    this.input.outlineWindow(lookup.window(place), apart ? read : [0]);
    this.input.outline("pointed", apart && pointed !== null ? [first + pointed] : []);
    this.output.outline("dead", layer.deadMaps);
    this.output.outline("most", [place.map]);
    const readers = shown.pointed?.tensor === "input" ? this.#readersOf(shown.pointed) : null;
    this.output.outlineWindow(readers ?? { row: place.at[1], column: place.at[2], rows: 1, columns: 1 }, [place.map]);
    this.#drawMap(shown);
  }

  /** The outputs of one map that read an input value. @param {Target} target */
  #readersOf({ at }) {
    const [, rows, columns] = this.view.lookup.axes.map((axis, n) =>
      axis.table.flatMap((cells, output) => (cells.includes(at[n]) ? [output] : [])));
    if (!rows.length || !columns.length) return null;
    const last = (/** @type {number[]} */ all) => all[all.length - 1] - all[0] + 1;
    return { row: rows[0], column: columns[0], rows: last(rows), columns: last(columns) };
  }

  /** @param {Shown} tensor @param {number} depth @param {number} slices of one channel */
  #paint(tensor, depth, slices) {
    if (this.painted[tensor] === depth) return;
    this.painted[tensor] = depth;
    const mosaic = this[tensor];
    const area = mosaic.grid.columns * mosaic.grid.rows;
    const inside = depth >= 0 && depth < slices; // else a slice of padding
    const start = (/** @type {number} */ n) => (inside ? (n * slices + depth) * area : -1);
    const inColour = tensor === "input" && this.inColour;
    const starts = (/** @type {number} */ n) => (inColour ? [0, 1, 2].map(start) : [start(n)]);
    mosaic.paint(this.view.sums.values.pictures[tensor], starts, this.#shade(tensor), tensor === "input" ? this.#mark : null);
  }

  /** What colours the values that int8 could not hold; null where there are none. */
  get #mark() {
    const { lost } = this.view.sums.values;
    const { saturated, vanished } = this.view.colourEnds;
    if (!lost.any) return null;
    /** @type {Record<string, Colour|undefined>} */
    const colours = { s: saturated, v: vanished };
    return (/** @type {number} */ index) => colours[lost.letter(index)] ?? null;
  }

  /** @param {Shown} tensor */
  #shade(tensor) {
    const { colourEnds, layer: { inputRange: [black, white], outputSize } } = this.view;
    return tensor === "input" ? greyShade(black, white) : signedShade(outputSize, colourEnds);
  }

  /** The map that plays, as far as it has come; one that is pointed at is there. @param {ShownStep} shown */
  #drawMap({ step, shown, place, pointed, pending, hiddenFrom }) {
    const { lookup, sums } = this.view;
    const [depth, high, wide] = lookup.axes;
    const area = high.output * wide.output;
    const start = (place.map * depth.output + place.at[0]) * area;
    const elsewhere = pointed?.tensor === "output" && lookup.place(step).map !== place.map;
    const last = shown > step ? shown : step - Number(pending);
    const reached = Math.min(elsewhere ? area : last + 1 - start, hiddenFrom - start);
    this.map.show(sums.values.map(place), this.#shade("output"), Math.max(0, Math.min(area, reached)));
    this.map.mark({ row: place.at[1], column: place.at[2], rows: 1, columns: 1 });
  }
}
