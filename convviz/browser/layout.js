// @ts-check
/**
 * Which panels stand side by side, and how large the font can be. Nothing here touches the document;
 * lengths are in em of the board's font where nothing else is said.
 */

import { ARRANGEMENT_GAIN, COLUMN_COUNTS, EM } from "./metrics.js";

/**
 * @typedef {Object} TensorSize  what is to be laid out of one tensor
 * @property {number} count    panels
 * @property {number} width    of one
 * @property {number} height   of one
 * @property {number} heading  width of the heading over them
 */
/** @typedef {{columns: number[], stacked: boolean}} Arrangement  panels side by side in each tensor; output below */
/** @typedef {Arrangement & {width: number, height: number, font: number}} Plan  font in pixels */
/** @typedef {{width: number, height: number, font: number}} Room  in pixels; the font at most */

const READABLE_FONT = 10.5; // pixels; a smaller font is worth scrolling for
const LEAST_HEIGHT = 260; // pixels
const NORMAL = { height: 0.5, font: 17 }; // of the window's height; pixels
const LARGE = { height: 1.2, font: 22 };
const SCROLLED_HEIGHT = 0.72; // of the window's height, where less is not readable
const LOSS = 0.8; // of its font that an arrangement may lose before another takes its place

/**
 * How to lay out the three tensors in a window: as before while the font stays near what it was.
 * @param {TensorSize[]} tensors @param {{width: number, windowHeight: number, large: boolean}} space pixels
 * @param {Plan|null} kept  the plan before
 * @returns {Plan}
 */
export function planFor(tensors, { width, windowHeight, large }, kept) {
  const { height, font } = large ? LARGE : NORMAL;
  const room = { width, height: Math.max(LEAST_HEIGHT, windowHeight * height), font };
  let plan = arrange(tensors, room, kept);
  if (kept && plan.font < LOSS * kept.font) plan = arrange(tensors, room, null);
  if (plan.font >= READABLE_FONT) return plan;
  return arrange(tensors, { ...room, height: Math.max(room.height, SCROLLED_HEIGHT * windowHeight) }, kept);
}

/**
 * The arrangement of the three tensors whose font comes out largest.
 * @param {TensorSize[]} tensors @param {Room} room @param {Arrangement|null} kept  the only one to try
 * @returns {Plan}
 */
function arrange(tensors, room, kept) {
  let best = { columns: [1, 1, 1], stacked: false, width: 0, height: 0, font: 0 };
  for (const { columns, stacked } of kept ? [kept] : arrangements(tensors)) {
    const size = sizeOf(tensors, columns, stacked);
    const font = Math.min(room.font, room.width / size.width, room.height / size.height);
    if (font > best.font * ARRANGEMENT_GAIN) best = { columns, stacked, ...size, font };
  }
  return best;
}

/** @param {TensorSize[]} tensors @param {number[]} columns @param {boolean} stacked */
function sizeOf(tensors, columns, stacked) {
  const [input, kernel, output] = tensors.map(({ count, width, height, heading }, n) => ({
    width: Math.max(heading, widthOf(Math.min(count, columns[n]), width)),
    height: Math.ceil(count / columns[n]) * height + EM.heading_height,
  }));
  const top = input.width + EM.tensor_gap_across + kernel.width;
  if (stacked)
    return {
      width: Math.max(top, output.width),
      height: Math.max(input.height, kernel.height) + EM.tensor_gap_down + output.height,
    };
  return {
    width: top + EM.tensor_gap_across + output.width,
    height: Math.max(input.height, kernel.height, output.height),
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
  const [inputs, kernels, outputs] = tensors.map(({ count }) => [...new Set(COLUMN_COUNTS.map((n) => Math.min(n, count)))]);
  return [false, true].flatMap((stacked) =>
    inputs.flatMap((a) => kernels.flatMap((b) => outputs.map((c) => ({ columns: [a, b, c], stacked })))),
  );
}
