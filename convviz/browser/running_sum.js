// @ts-check
/** The sum after each product, in float32 and exactly: where digits are lost. */

import { element } from "./dom.js";
import { say } from "./language.js";

/** @import { Product, RunningMessage } from "./types.js" */

export class RunningSum {
  constructor() {
    this.root = element("div", "cv-running", { hidden: "" });
    this.on = false; // whether a reader wants to see it
  }

  /**
   * @param {Product[]} products of one step @param {RunningMessage|null} running by step @param {number} step
   */
  show(products, running, step) {
    const [exact, float32] = [running?.exact?.[step], running?.float32?.[step]];
    this.root.hidden = !this.on || !isComplete(running);
    if (this.root.hidden || !exact || !float32) return;
    const head = element("tr", "");
    for (const text of [say("running_sum.product"), say("running_sum.exact"), say("running_sum.float32")])
      head.append(element("th", "", { scope: "col" }, text));
    const table = element("table", "");
    table.append(head, ...products.map((product, n) => row(product, exact[n], float32[n])));
    this.root.replaceChildren(table);
  }
}

/** Whether there are both sums after every product. @param {RunningMessage|null} running */
export function isComplete(running) {
  return Boolean(running?.exact && running.float32 && running.after.length === running.after.at(-1));
}

/** @param {Product} product @param {string} exact @param {string} float32 */
function row({ value, weight, className }, exact, float32) {
  const node = element("tr", float32 === exact ? "" : "is-rounded");
  const product = element("td", className);
  product.append(`${value} × `, element("span", "cv-weight", {}, weight));
  node.append(product, element("td", "", {}, exact), element("td", "", {}, float32));
  return node;
}
