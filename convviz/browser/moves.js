// @ts-check
/** Where an arrow key leads among cells. */

/** @import { Move } from "./types.js" */

/** By key, the rows and the columns that it goes. @type {Record<string, Move>} */
export const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
