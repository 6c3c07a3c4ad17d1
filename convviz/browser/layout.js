// @ts-check
/**
 * Which panels stand side by side, how the three tensors and the sum stand to one another, and how large
 * the font can be. Nothing here touches the document; lengths are in em of the board's font where nothing
 * else is said.
 */

import { ARRANGEMENT_GAIN, COLUMN_COUNTS, EM } from "./metrics.js";

/** @import { Space } from "./types.js" */
/**
 * @typedef {Object} TensorSize  what is to be laid out of one tensor
 * @property {number} count    panels
 * @property {number} width    of one
 * @property {number} height   of one
 * @property {number} heading  width of the heading over them
 * @property {number} under    height of what else stands with them
 */
/**
 * How the tensors stand: `side`: the output beside the input, and under it the kernel with the sum;
 * `stacked`: the output below both; `row`: side by side; `tall`: under one another.
 * @typedef {"side"|"stacked"|"row"|"tall"} Shape
 */
/** @typedef {{columns: number[], shape: Shape, sumBelow: boolean}} Arrangement  panels side by side */
/** @typedef {Arrangement & {width: number, height: number, font: number}} Plan  font in pixels */
/** @typedef {{width: number, height: number, font: number}} Room  in pixels; the font at most */
/** @typedef {{width: number, height: number}} Area */

const READABLE_FONT = 10; // pixels; a smaller font is worth scrolling for
const SCROLLED = 1.44; // times the height that there is, where less is not readable
const LEAST_FONT = 8; // pixels; none is smaller, whatever is cut
export const LEAST_WHOLE = 7; // but for one with which nothing is
const LOSS = 0.66; // of the largest font that an arrangement keeps its place with
/** @type {Shape[]} */
const SHAPES = ["side", "stacked", "row", "tall"];
const SUM = { width: EM.sum_width, height: EM.sum_height };

/**
 * How to lay out input, kernel and output: as before while that can be read, and the font stays near what
 * another arrangement would give.
 * @param {TensorSize[]} tensors @param {Space} space @param {Plan|null} kept  the plan before
 * @returns {Plan}
 */
export function planFor(tensors, space, kept) {
  const plan = keptOrBest(tensors, space, kept);
  if (space.whole || plan.font >= READABLE_FONT) return plan;
  const scrolled = keptOrBest(tensors, { ...space, height: SCROLLED * space.height }, kept);
  return scrolled.font >= LEAST_WHOLE ? scrolled : downward(tensors, space.width);
}

/** @param {TensorSize[]} tensors @param {Room} room @param {Plan|null} kept @returns {Plan} */
function keptOrBest(tensors, room, kept) {
  const best = arrange(tensors, room, null);
  const plan = kept ? arrange(tensors, room, kept) : best;
  return plan.font < Math.max(LEAST_FONT, LOSS * best.font) ? best : plan;
}

/**
 * One under the other, as high as it must be, where a telephone leaves no width for anything else: whole,
 * where letters a little smaller do it; else a long row of outputs is cut sooner than the input and the sum.
 * @param {TensorSize[]} tensors @param {number} width pixels @returns {Plan}
 */
function downward(tensors, width) {
  const columns = tensors.map(() => 1);
  const [input, kernel] = tensors.map((tensor) => areaOf(tensor, 1));
  const widths = [false, true].map((sumBelow) =>
    Math.max(input.width, (sumBelow ? above : beside)(kernel, SUM).width));
  const output = areaOf(tensors[2], 1).width;
  const fonts = widths.map((each) => {
    const whole = width / Math.max(each, output);
    return whole >= LEAST_WHOLE ? Math.min(READABLE_FONT, whole)
      : Math.max(LEAST_FONT, Math.min(READABLE_FONT, width / each));
  });
  const sumBelow = fonts[1] > fonts[0] * ARRANGEMENT_GAIN;
  /** @type {Arrangement} */
  const arrangement = { columns, shape: "tall", sumBelow };
  return { ...arrangement, ...sizeOf(tensors, arrangement), font: fonts[Number(sumBelow)] };
}

/**
 * The arrangement whose font comes out largest; of several about as large, the first.
 * @param {TensorSize[]} tensors @param {Room} room @param {Arrangement|null} kept  the only one to try
 * @returns {Plan}
 */
function arrange(tensors, room, kept) {
  /** @type {Plan} */
  let best = { columns: [1, 1, 1], shape: "side", sumBelow: false, width: 0, height: 0, font: 0 };
  for (const arrangement of kept ? [kept] : arrangements(tensors)) {
    const size = sizeOf(tensors, arrangement);
    const font = Math.min(room.font, room.width / size.width, room.height / size.height);
    const { columns, shape, sumBelow } = arrangement;
    if (font > best.font * ARRANGEMENT_GAIN) best = { columns, shape, sumBelow, ...size, font };
  }
  return best;
}

/** @param {TensorSize[]} tensors @param {Arrangement} arrangement @returns {Area} */
function sizeOf(tensors, { columns, shape, sumBelow }) {
  const [input, kernel, output] = tensors.map((tensor, n) => areaOf(tensor, columns[n]));
  const work = sumBelow ? above(kernel, SUM) : beside(kernel, SUM);
  if (shape === "side") return beside(input, above(output, work));
  if (shape === "stacked") return above(beside(input, work), output);
  if (shape === "row") return beside(beside(input, work), output);
  return above(above(input, work), output);
}

/** What a tensor takes, its heading with it. @param {TensorSize} tensor @param {number} columns @returns {Area} */
export function areaOf({ count, width, height, heading, under }, columns) {
  return {
    width: Math.max(heading, widthOf(Math.min(count, columns), width)),
    height: EM.heading_height + Math.ceil(count / columns) * height + under,
  };
}

/** @param {Area} left @param {Area} right @returns {Area} */
function beside(left, right) {
  return {
    width: left.width + EM.tensor_gap_across + right.width,
    height: Math.max(left.height, right.height),
  };
}

/** @param {Area} upper @param {Area} lower @returns {Area} */
function above(upper, lower) {
  return {
    width: Math.max(upper.width, lower.width),
    height: upper.height + EM.tensor_gap_down + lower.height,
  };
}

/** The width of panels side by side. @param {number} columns @param {number} width of one */
export function widthOf(columns, width) {
  return columns * (width + EM.panel_gap_across) - EM.panel_gap_across;
}

/** The width of a cell. @param {number} characters of its text */
export function cellWidth(characters) {
  return Math.max(EM.least_cell_width, roundTenths(EM.character_width * characters + EM.cell_padding));
}

/** @param {number} value */
export function roundTenths(value) {
  return Math.round(value * 10) / 10;
}

/** @param {TensorSize[]} tensors @returns {Arrangement[]} */
function arrangements(tensors) {
  const [inputs, kernels, outputs] = tensors.map(
    ({ count }) => [...new Set(COLUMN_COUNTS.map((n) => Math.min(n, count)))]);
  return SHAPES.flatMap((shape) => [false, true].flatMap((sumBelow) =>
    inputs.flatMap((a) => kernels.flatMap((b) => outputs.map((c) => ({ columns: [a, b, c], shape, sumBelow })))),
  ));
}
