// @ts-check
/**
 * What the products of one output element add up to, beside the kernel that shows them: the sum of
 * those that have been added so far, exactly and in float32, or what an int8 layer makes of it.
 */

import { element, write } from "./dom.js";
import { say } from "./language.js";
import { LONG_TOTAL } from "./metrics.js";

/** @import { Product } from "./types.js" */
/**
 * @typedef {Object} Total  a sum of some products, or of all and the bias
 * @property {string|null} exact  its exact decimal
 * @property {Record<string, number>|null} digits  by power of ten, the product that writes the digit
 * @property {string|null} result  its value, where that is another
 * @property {string} type  what it is added in
 * @property {string|null} note  what becomes of it, in int8
 */
/**
 * @typedef {Object} Progress
 * @property {number} landed  how many products are in it
 * @property {boolean} whole  whether it is done
 * @property {boolean} hidden  whether a reader has yet to see it
 * @property {string|null} bias  which is added when they are
 */

const MOST_SPOKEN = 12; // products

export class Sum {
  constructor() {
    this.root = element("div", "cv-sum");
    this.name = element("div", "cv-sum-name");
    this.total = element("div", "cv-total");
    this.next = element("div", "cv-next");
    this.words = element("div", "cv-words");
    this.end = element("div", "cv-end", { hidden: "" }, say("sum.end"));
    this.root.append(this.name, this.total, this.next, this.end, this.words);
    this.content = "";
    this.tallest = 0; // pixels
  }

  /**
   * @param {string} name  of the output element
   * @param {Product[]} products @param {Progress} progress @param {Total|null} total  null where it is hidden
   */
  show(name, products, progress, total) {
    const { landed, whole, hidden } = progress;
    const content = JSON.stringify([name, products, progress, total]);
    if (content === this.content) return; // pointing at an input leaves the sum as it is
    this.content = content;
    const isDone = whole || hidden;
    write(this.name, isDone ? `${name} =` : say("sum.so_far", { name, landed, count: products.length }));
    const unknown = [element("span", "cv-exact", {}, "?")];
    this.total.replaceChildren(...(total ? totalNodes(total, products.slice(0, landed)) : unknown));
    this.total.classList.toggle("is-long", (total?.exact ?? total?.result ?? "").length > LONG_TOTAL);
    write(this.next, isDone ? "" : nextWords(products[landed], progress.bias));
  }

  /** While it changes line by line, what stands below moves down if it must, and not up again. */
  keepHeight() {
    const { offsetHeight } = this.root;
    if (offsetHeight <= this.tallest) return;
    this.tallest = offsetHeight;
    this.root.style.minHeight = `${offsetHeight}px`;
  }

  /** In another layout it may be lower again. */
  forgetHeight() {
    this.tallest = 0;
    this.root.style.minHeight = "";
  }

  /** Say that this is the last output. @param {boolean} on */
  showEnd(on) {
    this.end.hidden = !on;
  }

  /** Say what is pointed at. @param {string} words */
  showWords(words) {
    write(this.words, words);
  }
}

/** @param {Product|undefined} product @param {string|null} bias */
function nextWords(product, bias) {
  if (product) return say("sum.next", { value: product.value, weight: product.weight });
  return bias === null ? "" : say("sum.next_bias", { bias });
}

/** @param {Total} total @param {Product[]} products */
function totalNodes({ exact, digits, result, type, note }, products) {
  /** @type {Node[]} */
  const nodes = [];
  if (exact !== null) {
    const number = element("span", "cv-exact", { "data-text": exact });
    number.append(...colouredDigits(exact, digits, products));
    nodes.push(number);
  }
  if (result === null && type === "float32") return nodes;
  const arrow = note || exact === null || result === null ? "" : " →";
  nodes.push(element("span", "cv-type", {}, type + arrow), new Text(" "));
  nodes.push(note ? element("span", "cv-note", {}, note) : element("span", "cv-result", {}, result ?? ""));
  return nodes;
}

/**
 * A number whose digits wear the colours of the weights that wrote them.
 * @param {string} text @param {Record<string, number>|null} digits @param {Product[]} products
 */
function colouredDigits(text, digits, products) {
  if (!digits) return [text];
  const point = text.includes(".") ? text.indexOf(".") : text.length;
  return [...text].map((digit, n) => {
    const tap = digits[String(n < point ? point - n - 1 : point - n)];
    const writer = tap === undefined ? undefined : products[tap];
    return writer && /\d/.test(digit) ? element("span", `cv-digit ${writer.className}`, {}, digit) : digit;
  });
}

/** A sum for a screen reader. @param {Product[]} products */
export function spoken(products) {
  if (products.length > MOST_SPOKEN) return say("sum.spoken", { count: products.length });
  return products.map(({ value, weight }) => `${value} × ${weight}`).join(" + ");
}
