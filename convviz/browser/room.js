// @ts-check
/**
 * The room that a stage gives its picture: what a screen leaves of a notebook, the whole screen, or a part
 * of what the pictures of a comparison share.
 */

import { PX } from "./metrics.js";

/** @import { TensorSize } from "./layout.js" */
/** @import { Stage } from "./stage.js" */
/** @import { Space, View } from "./types.js" */

// A picture's height, as a part of the window's, and its largest font; in pixels where not said.
const NORMAL = { part: 0.5, font: 17 };
const LARGE = { part: 1, font: 24 };
const LEAST_HEIGHT = 260;
const COMPARED = { part: 0.62, gap: 8, heading: 30, narrowest: 260, lowest: 210, bar: 70, oneLine: 620 }; // all pictures; each one
const ONE_SCREEN = { part: 0.84, font: 9 }; // for pictures under one another, where letters are not smaller
// Of a presentation; of a comparison's a part is for legends.
const PRESENTED = { font: 64, compared: 0.86 };

/** Lay a stage's view out. @param {Stage} stage @param {View} view */
export function layOut(stage, view) {
  const space = spaceAmongOthers(stage, view) ?? spaceAlone(stage, view);
  view.fit(space);
  if (!stage.presentation.on || space.share) return;
  const over = view.root.offsetHeight - space.height; // a legend takes lines that no plan knows of
  if (over > 0) view.fit({ ...space, height: space.height - over });
}

/** @param {Stage} stage @param {View} view @returns {Space} */
function spaceAlone({ large, presentation, viewHost, width }, view) {
  if (presentation.on) return { width, height: presentation.room(viewHost), font: PRESENTED.font };
  const { part, font } = large ? LARGE : NORMAL;
  return { width, height: Math.max(view.leastHeight ?? LEAST_HEIGHT, part * window.innerHeight), font };
}

/**
 * The room among the other stages of a comparison: side by side or under one another, whichever leaves the
 * larger font; null where there is no comparison.
 * @param {Stage} stage @param {View} view @returns {Space|null}
 */
function spaceAmongOthers({ group, root }, view) {
  const { container, count, together } = group;
  root.classList.toggle("is-member", together !== null);
  root.classList.toggle("is-conductor", together !== null && group.conducts);
  for (const name of ["convviz", "is-together"]) container?.classList.toggle(name, together !== null);
  container?.classList.toggle("is-narrow", together !== null && container.clientWidth < COMPARED.oneLine);
  if (!together) return null;
  const fontIn = (/** @type {Space} */ space) => {
    view.fit(space);
    return parseFloat(view.root.style.fontSize);
  };
  const [column, row] = [1, count].map((across) => spaceOf(group, together, across));
  const isRow = row.width >= COMPARED.narrowest && fontIn(row) + 0.5 >= fontIn(column);
  together.style.setProperty("--cv-across", String(isRow ? count : 1));
  if (isRow || together.classList.contains("is-presented")) return isRow ? row : column;
  const all = ONE_SCREEN.part * window.innerHeight - COMPARED.bar;
  const low = { ...column, height: all / count - COMPARED.heading, whole: true };
  return low.height < column.height && fontIn(low) >= ONE_SCREEN.font ? low : column;
}

/**
 * The room of each picture where so many stand side by side.
 * @param {Stage["group"]} group @param {HTMLElement} container @param {number} across @returns {Space}
 */
function spaceOf(group, container, across) {
  const presented = container.classList.contains("is-presented");
  const full = PRESENTED.compared * (container.clientHeight - COMPARED.bar);
  const height = ((presented ? full : COMPARED.part * window.innerHeight) * across) / group.count - COMPARED.heading;
  return {
    width: container.clientWidth / across - 2 * PX.stage_padding - COMPARED.gap,
    height: Math.max(presented ? 0 : COMPARED.lowest, height),
    font: presented ? PRESENTED.font : NORMAL.font,
    share: (/** @type {TensorSize[]} */ sizes) => group.share(sizes),
  };
}
