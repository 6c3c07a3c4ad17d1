// @ts-check
/** The sum of one output element: value over weight, joined by +, ending in =. */

import { element, OWN_KEYS, setClass, write } from "./dom.js";
import { say } from "./language.js";

/** @import { Product } from "./types.js" */
/**
 * @typedef {Object} Total  what a sum ends in
 * @property {string|null} exact  its exact decimal
 * @property {Record<string, number>|null} digits  by power of ten, the product that writes the digit
 * @property {string} result  the output's value
 * @property {string} type  what it is added in
 * @property {string|null} note  what becomes of it, in int8
 */
/** @typedef {{products: Product[], head: number, folded: boolean}} Shown  those in sight; how many stand before the fold */

const TAIL = 2; // products after the fold
const MOST_SPOKEN = 12; // products

export class Sum {
  /** @param {() => void} redraw */
  constructor(redraw) {
    this.redraw = redraw;
    this.root = element("div", "cv-sum");
    this.name = element("span", "cv-sum-name");
    this.products = element("span", "cv-products");
    this.total = element("span", "cv-total");
    this.root.append(this.name, this.products, this.total);
    this.unfolded = false;
    this.room = 60; // em
    this.content = this.form = "";
    /** @type {HTMLElement[]} */
    this.nodes = [];
    this.more = element("button", "");
    this.bias = element("span", "cv-bias", { title: say("sum.bias") });
  }

  /** @param {string} name @param {Product[]} products @param {string|null} bias @param {Total} total */
  show(name, products, bias, total) {
    const head = this.#fitting(products);
    const long = head < products.length;
    const folded = long && !this.unfolded;
    const shown = folded ? [...products.slice(0, head), ...products.slice(-TAIL)] : products;
    const content = JSON.stringify([name, shown, products.length, long, bias, total]);
    if (content === this.content) return; // pointing at an input leaves the sum as it is
    this.content = content;
    const form = [shown.length, long, folded && head, bias === null].join();
    if (form !== this.form) this.#build(shown.length, folded ? head : -1, bias !== null, long);
    this.form = form;
    write(this.name, `${name} =`);
    shown.forEach((product, n) => this.#showProduct(this.nodes[n], product));
    write(this.more, folded ? say("sum.more", { count: products.length - shown.length }) : say("sum.fewer"));
    write(this.bias, bias ?? "");
    this.total.replaceChildren(...totalNodes(total, products));
  }

  /** How many products stand before the fold, or all of them. @param {Product[]} products */
  #fitting(products) {
    const widths = products.map(({ value, weight }) => 0.62 * Math.max(value.length, weight.length) + 2.3);
    const total = widths.reduce((sum, width) => sum + width, 0);
    if (total <= this.room) return products.length;
    let room = this.room - 8 - TAIL * Math.max(...widths.slice(-TAIL));
    const head = widths.findIndex((width) => (room -= width) < 0);
    return Math.max(1, head);
  }

  /** @param {HTMLElement} node @param {Product} product */
  #showProduct(node, { value, weight, className }) {
    const [upper, lower] = /** @type {HTMLCollectionOf<HTMLElement>} */ (node.children);
    setClass(node, `cv-product ${className}`);
    write(upper, value);
    write(lower, weight);
  }

  /**
   * The elements of a sum, to be filled; those of one form stay while its numbers change.
   * @param {number} count  products @param {number} fold  where the others are folded, -1 for nowhere
   * @param {boolean} biased @param {boolean} long  whether there is anything to fold
   */
  #build(count, fold, biased, long) {
    const held = this.products.contains(document.activeElement);
    this.nodes = Array.from({ length: count }, productNode);
    this.more = this.#foldButton(fold < 0);
    /** @type {HTMLElement[]} */
    const summands = [...this.nodes];
    if (fold >= 0) summands.splice(fold, 0, this.more);
    if (biased) summands.push(this.bias);
    this.products.replaceChildren(...summands.flatMap((node, n) => (n ? [element("span", "cv-plus", {}, "+"), node] : [node])));
    if (long && fold < 0) this.products.append(this.more);
    if (held) this.more.focus();
  }

  /** @param {boolean} expanded */
  #foldButton(expanded) {
    const button = element("button", "cv-more", {
      type: "button", ...OWN_KEYS, title: say("sum.fold"), "aria-expanded": String(expanded),
    });
    button.addEventListener("click", () => {
      this.unfolded = !this.unfolded;
      this.redraw();
    });
    return button;
  }
}

function productNode() {
  const node = element("span", "cv-product");
  node.append(element("span", "cv-value"), element("span", "cv-weight"));
  return node;
}

/** @param {Total} total @param {Product[]} products */
function totalNodes({ exact, digits, result, type, note }, products) {
  const nodes = [element("span", "cv-plus", {}, "=")];
  if (exact !== null) {
    const number = element("span", "cv-exact", { "data-text": exact });
    number.append(...colouredDigits(exact, digits, products));
    nodes.push(number);
  }
  if (note) nodes.push(element("span", "cv-type", {}, type), element("span", "cv-note", {}, note));
  else nodes.push(element("span", "cv-type", {}, exact === null ? type : `${type} →`), element("span", "cv-result", {}, result));
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
    return tap === undefined || !/\d/.test(digit) ? digit : element("span", `cv-digit ${products[tap].className}`, {}, digit);
  });
}

/** A sum for a screen reader. @param {Product[]} products */
export function spoken(products) {
  if (products.length > MOST_SPOKEN) return say("sum.spoken", { count: products.length });
  return products.map(({ value, weight }) => `${value} × ${weight}`).join(" + ");
}
