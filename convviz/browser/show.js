// @ts-check
/** What shows a source: a scene's stage, or the axis view. */

import { mountAxes } from "./axes_stage.js";
import { mount } from "./stage.js";

/** @import { Source } from "./types.js" */

/**
 * Show it in `host` until `signal` aborts.
 * @param {HTMLElement} host @param {Source} source @param {AbortSignal} signal
 */
export function showSource(host, source, signal) {
  const hasAxes = Object.keys(source.get("axes") ?? {}).length > 0;
  (hasAxes ? mountAxes : mount)(host, source, signal);
}
