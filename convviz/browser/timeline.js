// @ts-check
/**
 * What a dive shows at a second. Pure: scene/choreography.py says where everything is at some seconds
 * (keys), and here is what lies between them, by the rule of `between` in scene/timeline.py.
 */

/** @import { ActorMessage, DiveStage } from "./types.js" */
/** @typedef {{x: number, y: number, width: number, height: number, shown: number}} Placed */

/** Where an actor is at a second, and how opaque. @param {ActorMessage["keys"]} keys @param {number} second @returns {Placed} */
export function placeAt(keys, second) {
  let after = 0;
  while (after < keys.length && keys[after][0] <= second) after += 1;
  if (after === 0 || after === keys.length) return placed(keys[Math.min(after, keys.length - 1)]);
  const [first, last] = [keys[after - 1], keys[after]];
  const time = (second - first[0]) / (last[0] - first[0]);
  const eased = time * time * (3 - 2 * time);
  const [from, to] = [first[3], last[3]];
  let place = eased;
  if (Math.min(from, to) > 0 && Math.abs(from - to) > 1e-9)
    place = (from * (to / from) ** eased - from) / (to - from);
  const at = (/** @type {number} */ n) => first[n] + place * (last[n] - first[n]);
  return { x: at(1), y: at(2), width: at(3), height: at(4), shown: first[5] + eased * (last[5] - first[5]) };
}

/** @param {ActorMessage["keys"][number]} key @returns {Placed} */
function placed([, x, y, width, height, shown]) {
  return { x, y, width, height, shown };
}

/** The number of the stage that a second belongs to. @param {DiveStage[]} stages @param {number} second */
export function stageAt(stages, second) {
  let found = 0;
  stages.forEach((stage, n) => { if (stage.start <= second) found = n; });
  return found;
}

/**
 * The pixel of a picture drawn at `box` that a point is on; null beside it.
 * @param {Placed} box @param {{height: number, width: number}} picture @param {number} x @param {number} y
 * @returns {[row: number, column: number]|null}
 */
export function pixelAt(box, picture, x, y) {
  const row = Math.floor(((y - box.y) / box.height) * picture.height);
  const column = Math.floor(((x - box.x) / box.width) * picture.width);
  const inside = row >= 0 && column >= 0 && row < picture.height && column < picture.width;
  return inside ? [row, column] : null;
}
