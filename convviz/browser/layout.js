// @ts-check
/** Which panels stand side by side, and how large their letters can be. Sizes in em of the board's font. */

export const CELL_HEIGHT = 2;
export const CELL_GAP = 0.14;
export const BETWEEN = 2.2; // two tensors
export const GAP = 1.2; // two panels of a tensor
const TITLE = 1.9;

/**
 * How to lay out the three tensors: how many panels side by side in each, in a row or with the output
 * below, so that the letters come out largest. All sizes in em of the board's font.
 *
 * @param {{count: number, width: number, height: number, heading: number}[]} tensors  panels, the size
 *   of one, and the width of the heading over them
 * @param {number} width  pixels there are
 * @param {number} height  pixels there should be at most
 * @param {number} most  pixels that letters may have
 * @param {{columns: number[], stacked: boolean}|null} kept  an arrangement to keep
 */
export function arrange(tensors, width, height, most, kept) {
  let best = { font: 0, columns: [1, 1, 1], stacked: false, width: 0, height: 0 };
  for (const plan of kept ? [kept] : arrangements(tensors)) {
    const boxes = tensors.map(({ count, width, height, heading }, n) => {
      const columns = Math.min(count, plan.columns[n]);
      return { width: Math.max(heading, columns * (width + GAP) - GAP), height: Math.ceil(count / columns) * height + TITLE };
    });
    const [input, kernel, output] = boxes;
    const top = input.width + BETWEEN + kernel.width;
    const size = plan.stacked
      ? { width: Math.max(top, output.width), height: Math.max(input.height, kernel.height) + output.height + 0.6 }
      : { width: top + BETWEEN + output.width, height: Math.max(...boxes.map((box) => box.height)) };
    const font = Math.min(most, width / size.width, height / size.height);
    if (font > best.font * 1.04) best = { columns: plan.columns, stacked: plan.stacked, ...size, font };
  }
  return best;
}

/** @param {{count: number}[]} tensors */
function arrangements(tensors) {
  const choices = tensors.map(({ count }) => [...new Set([1, 2, 3, 4, 6, 8, 12, 16].map((n) => Math.min(n, count)))]);
  return [false, true].flatMap((stacked) =>
    choices[0].flatMap((a) => choices[1].flatMap((b) => choices[2].map((c) => ({ columns: [a, b, c], stacked })))),
  );
}

/** Letters of a text, superscripts narrower. @param {string} text */
export function lettersOf(text) {
  return text.length - 0.35 * (text.match(/[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]/g)?.length ?? 0);
}
