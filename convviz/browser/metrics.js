// @ts-check
/** The sizes that the browser and matplotlib draw by; scene/metrics.py says what each of them is. */

import METRICS from "../scene/metrics.json" with { type: "json" };

export const EM = METRICS.em;
export const PX = METRICS.px;
export const COLUMN_COUNTS = METRICS.column_counts;
export const ARRANGEMENT_GAIN = METRICS.numbers.arrangement_gain;
export const LONG_TOTAL = METRICS.numbers.long_total;
