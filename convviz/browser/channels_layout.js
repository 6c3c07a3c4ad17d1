// @ts-check
/** Where the parts of a layer of many channels stand: three columns over the chart, or one under another. */

/** @import { ChannelsView } from "./channels_view.js" */
/** @import { Space } from "./types.js" */

const ROW_GAP = 5; // pixels
const WIDE = 640; // pixels, in which the three columns stand side by side
const COLUMN_GAP = 22; // pixels
const HEADS = { facts: 38, title: 22, chart: 68 }; // pixels
const CHART = { part: 0.2, least: 48, most: 150 }; // of the height; pixels
const INPUT_PART = 0.3; // of the width
const LEAST_INPUT = 190; // pixels, for the heading
const ROW_WORDS = 110; // pixels, of the signs and the label in a row
const USUAL_FONT = 12.5; // pixels
const USUAL_WIDTH = 880; // pixels, of a stage with letters of that size
const MOST_LARGER = 2; // times
const LEAST_BODY = 150; // pixels
const MAP_PART = 0.42; // of the output's width that the magnified map takes

/** @param {ChannelsView} view @param {Space} space */
export function layOutChannels(view, { width, height }) {
  const { body, chart, mosaics, root } = view;
  const wide = width >= WIDE;
  root.classList.toggle("is-narrow", !wide);
  root.classList.toggle("is-alone", !view.compares);
  const larger = Math.max(1, Math.min(MOST_LARGER, height / view.leastHeight, width / USUAL_WIDTH));
  root.style.fontSize = `${larger * USUAL_FONT}px`;
  const heads = larger * (HEADS.facts + HEADS.title + HEADS.chart);
  const under = view.compares ? Math.max(CHART.least, Math.min(CHART.most, CHART.part * height)) : 0;
  const high = Math.max(LEAST_BODY, height - heads - under);
  fitRows(view, wide ? (width - 2 * COLUMN_GAP) / 3 : width, high, larger);
  mosaics.input.fit({ width: wide ? INPUT_PART * width : width, height: high });
  const input = Math.max(LEAST_INPUT, mosaics.input.size.width);
  body.style.gridTemplateColumns = wide ? `${input}px max-content 1fr` : "100%";
  const four = body.children[1].clientWidth;
  if (wide) body.style.gridTemplateColumns = `${input}px ${four}px 1fr`; // whatever is said there
  fitOutput(view, wide ? width - input - four - 2 * COLUMN_GAP : width, high);
  chart.fit(width, under);
  root.style.setProperty("--cv-chart", `${under}px`);
}

/**
 * @param {ChannelsView} view @param {number} width @param {number} height of the column
 * @param {number} larger than usual letters
 */
function fitRows({ lookup, rows }, width, height, larger) {
  const [, high, wide] = lookup.axes;
  const room = (height - larger * HEADS.title - 12) / rows.length - ROW_GAP;
  const side = Math.min(room, (width - larger * ROW_WORDS) / 3);
  for (const row of rows) row.fit(high.kernel, wide.kernel, side, larger);
}

/** The magnified map beside the mosaic of all, or over it. @param {ChannelsView} view @param {number} width @param {number} height */
function fitOutput({ lookup, mosaics, panels }, width, height) {
  const [, high, wide] = lookup.axes;
  const over = height > width; // a tall column
  panels.output.classList.toggle("is-tall", over);
  const room = over ? { width, height: MAP_PART * height } : { width: MAP_PART * width, height };
  const { map } = mosaics;
  map.fit(Math.min(room.width / wide.output, room.height / high.output));
  const { width: across, height: down } = map.size;
  const rest = over ? { width, height: height - down - ROW_GAP } : { width: width - across - COLUMN_GAP / 2, height };
  mosaics.output.fit(rest);
}
