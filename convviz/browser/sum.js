// @ts-check
/** The sum of one output element: value over weight, joined by +, ending in =. */

import { dress, element, OWN_KEYS, write } from "./dom.js";
import { say } from "./language.js";

/** One sum in products: value over weight, joined by +, ending in =. */
export class Sum {
  constructor() {
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

  /** How many products stand before the fold, or all of them. @param {{value: string, weight: string}[]} products */
  #fitting(products) {
    const widths = products.map(({ value, weight }) => 0.62 * Math.max(value.length, weight.length) + 2.3);
    const total = widths.reduce((sum, width) => sum + width, 0);
    if (total <= this.room) return products.length;
    let room = this.room - 8 - 2 * Math.max(...widths.slice(-2));
    const head = widths.findIndex((width) => (room -= width) < 0);
    return Math.max(1, head);
  }

  /**
   * @param {string} name
   * @param {{value: string, weight: string, className: string}[]} products
   * @param {string|null} bias
   * @param {{exact: string|null, digits: Record<string, number>|null, result: string, type: string}} total
   * @param {() => void} unfold
   */
  show(name, products, bias, total, unfold) {
    write(this.name, `${name} =`);
    const head = this.#fitting(products);
    const long = head < products.length;
    const folded = long && !this.unfolded;
    const shown = folded ? [...products.slice(0, head), ...products.slice(-2)] : products;
    const content = JSON.stringify([name, shown, products.length, long, bias, total]);
    if (content === this.content) return; // pointing at an input leaves the sum as it is
    this.content = content;
    const form = [shown.length, long, folded && head, bias === null].join();
    if (form !== this.form) this.#build(shown.length, folded ? head : -1, bias !== null, long, unfold);
    this.form = form;
    shown.forEach(({ value, weight, className }, n) => {
      dress(this.nodes[n], `cv-product ${className}`);
      write(/** @type {HTMLElement} */ (this.nodes[n].firstChild), value);
      write(/** @type {HTMLElement} */ (this.nodes[n].lastChild), weight);
    });
    write(this.more, folded ? say("sum.more", { count: products.length - shown.length }) : say("sum.fewer"));
    write(this.bias, bias ?? "");
    this.#showTotal(products, total);
  }

  /**
   * The elements of a sum, to be filled; those of one form stay while its numbers change.
   * @param {number} count  products @param {number} fold  where the others are folded, -1 for nowhere
   * @param {boolean} biased @param {boolean} long  whether there is anything to fold @param {() => void} unfold
   */
  #build(count, fold, biased, long, unfold) {
    this.nodes = Array.from({ length: count }, () => {
      const node = element("span", "cv-product");
      node.append(element("span", "cv-value"), element("span", "cv-weight"));
      return node;
    });
    const summands = [...this.nodes];
    this.more = element("button", "cv-more", { type: "button", ...OWN_KEYS, title: say("sum.fold"), "aria-expanded": String(fold < 0) });
    this.more.addEventListener("click", unfold);
    if (fold >= 0) summands.splice(fold, 0, this.more);
    if (biased) summands.push(this.bias);
    const held = this.products.contains(document.activeElement);
    this.products.replaceChildren(...summands.flatMap((node, n) => (n ? [element("span", "cv-plus", {}, "+"), node] : [node])));
    if (long && fold < 0) this.products.append(this.more);
    if (held) this.more.focus();
  }

  /** @param {{className: string}[]} products @param {any} total */
  #showTotal(products, { exact, digits, result, type, note }) {
    const nodes = [element("span", "cv-plus", {}, "=")];
    if (exact !== null) {
      const number = element("span", "cv-exact", { "data-text": exact });
      number.append(...colouredDigits(exact, digits, products));
      nodes.push(number);
    }
    if (note) nodes.push(element("span", "cv-type", {}, type), element("span", "cv-note", {}, note));
    else nodes.push(element("span", "cv-type", {}, exact === null ? type : `${type} →`), element("span", "cv-result", {}, result));
    this.total.replaceChildren(...nodes);
  }
}

/**
 * A number whose digits wear the colours of the weights that wrote them.
 * @param {string} text @param {Record<string, number>|null} digits exponent to tap
 * @param {{className: string}[]} products
 */
function colouredDigits(text, digits, products) {
  if (!digits) return [text];
  const point = text.includes(".") ? text.indexOf(".") : text.length;
  return [...text].map((digit, n) => {
    const tap = digits[String(n < point ? point - n - 1 : point - n)];
    return tap === undefined || !/\d/.test(digit) ? digit : element("span", `cv-digit ${products[tap].className}`, {}, digit);
  });
}

/** A sum for a screen reader. @param {{value: string, weight: string}[]} products */
export function spoken(products) {
  if (products.length > 12) return say("sum.spoken", { count: products.length });
  return products.map(({ value, weight }) => `${value} × ${weight}`).join(" + ");
}
