// @ts-check
/**
 * A diagram that lights up: rows of dots joined by lines, pointed at by pointer or arrows.
 *
 * Python draws it as an SVG (plot/diagram.py) and tells, by dot, what lights up (scene/diagram.py).
 * Here classes and texts change, and nothing is worked out.
 */

import { element, OWN_KEYS, write } from "./dom.js";
import { say } from "./language.js";

/** @import { DiagramMessage, DiagramSource, Empty, LightMessage } from "./types.js" */

class DiagramView {
  root = element("div", "convviz convviz-diagram", { tabindex: "0", role: "group", ...OWN_KEYS });
  drawing = element("div", "cv-diagram-drawing");
  words = element("div", "cv-words", { "aria-live": "polite" });
  /** @type {DiagramMessage|null} */
  message = null;
  /** @type {Element[]} */
  nodes = []; // by number
  /** @type {Element[]} */
  links = [];
  pointed = -1; // the dot's number; −1 for none

  /** @param {HTMLElement} host @param {DiagramSource} source @param {AbortSignal} signal */
  constructor(host, source, signal) {
    this.source = source;
    this.root.append(this.drawing, this.words);
    host.append(this.root);
    const over = (/** @type {Event} */ event) => this.#point(numberUnder(event.target));
    for (const event of ["pointerover", "pointerdown"]) this.drawing.addEventListener(event, over, { signal });
    this.drawing.addEventListener("pointerleave", () => this.#point(-1), { signal });
    this.root.addEventListener("blur", () => this.#point(-1), { signal });
    this.root.addEventListener("keydown", (event) => this.#key(event), { signal });
    signal.addEventListener("abort", () => this.root.remove());
    source.on("diagram", () => this.#fill());
    this.#fill();
  }

  #fill() {
    const message = this.source.get("diagram");
    const svg = this.source.get("svg");
    if (!message || !svg || !hasNodes(message)) return;
    this.message = message;
    this.root.setAttribute("aria-label", `${message.title} ${say("diagram.hint")}`);
    this.drawing.innerHTML = svg;
    this.nodes = numbered(this.drawing, "data-node");
    this.links = numbered(this.drawing, "data-link");
    this.pointed = -1;
    this.#light(message.rest);
  }

  /** @param {number} number of a dot; −1 for none */
  #point(number) {
    if (!this.message || number === this.pointed) return;
    this.pointed = number;
    this.#light(number < 0 ? this.message.rest : this.message.lights[number]);
  }

  /** @param {LightMessage} light */
  #light({ nodes, links, missed, texts, words }) {
    const [lit, joined, passed] = [new Set(nodes), new Set(links), new Set(missed)];
    this.nodes.forEach((node, n) => {
      node.classList.toggle("is-lit", lit.has(n));
      node.classList.toggle("is-missed", passed.has(n));
      node.classList.toggle("is-pointed", n === this.pointed);
      const ways = node.querySelector(".cv-ways");
      if (ways && ways.textContent !== (texts[n] ?? "")) ways.textContent = texts[n] ?? "";
    });
    this.links.forEach((link, n) => link.classList.toggle("is-lit", joined.has(n)));
    this.root.dataset.pointed = this.pointed < 0 ? "" : String(this.pointed);
    write(this.words, words);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = event.key === "Escape" ? -1 : this.#next(event.key);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    this.#point(next);
  }

  /** The dot that a key leads to; null for another key. @param {string} key */
  #next(key) {
    const { message, pointed } = this;
    if (!message || !/^(Arrow(Left|Right|Up|Down)|Home|End)$/.test(key)) return null;
    if (pointed < 0) return message.nodes.length - 1;
    const { nodes } = message;
    const { row, x } = nodes[pointed];
    const along = (/** @type {number} */ n) => (nodes[n]?.row === row ? n : pointed);
    if (key === "ArrowLeft") return along(pointed - 1);
    if (key === "ArrowRight") return along(pointed + 1);
    if (key === "Home") return numbersIn(nodes, row)[0];
    if (key === "End") return numbersIn(nodes, row).at(-1) ?? pointed;
    return nearestInRow(nodes, row + (key === "ArrowUp" ? -1 : 1), x) ?? pointed;
  }
}

/**
 * The dot of a row that is nearest to a place; undefined where there is no such row.
 * @param {DiagramMessage["nodes"]} nodes @param {number} row @param {number} x
 */
function nearestInRow(nodes, row, x) {
  return numbersIn(nodes, row).sort((a, b) => Math.abs(nodes[a].x - x) - Math.abs(nodes[b].x - x)).at(0);
}

/** The numbers of a row's dots. @param {DiagramMessage["nodes"]} nodes @param {number} row */
function numbersIn(nodes, row) {
  return nodes.flatMap((node, n) => (node.row === row ? [n] : []));
}

/** The elements by the numbers that an attribute gives them. @param {Element} root @param {string} name */
function numbered(root, name) {
  return [...root.querySelectorAll(`[${name}]`)].sort((a, b) => Number(a.getAttribute(name)) - Number(b.getAttribute(name)));
}

/** @param {EventTarget|null} target */
function numberUnder(target) {
  const node = target instanceof Element ? target.closest("[data-node]") : null;
  return node ? Number(node.getAttribute("data-node")) : -1;
}

/** @param {DiagramMessage|Empty} message @returns {message is DiagramMessage} */
function hasNodes(message) {
  return "nodes" in message;
}

/**
 * Show a diagram in `host` until `signal` aborts.
 * @param {HTMLElement} host @param {DiagramSource} source @param {AbortSignal} signal
 */
export function mountDiagram(host, source, signal) {
  return new DiagramView(host, source, signal);
}
