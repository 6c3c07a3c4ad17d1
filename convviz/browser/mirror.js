// @ts-check
/** An exercise as one anywidget: what it holds, as mirror.py tells, and what a reader does to it. */

import { element, OWN_KEYS, write } from "./dom.js";
import { Kernel, wordsOf } from "./kernel.js";

/** @import { Model } from "./kernel.js" */
/** @import { MirrorNode, MirrorState } from "./types.js" */
/** @typedef {{get<Name extends keyof MirrorState>(name: Name): MirrorState[Name]}} MirrorModel */

class Mirror {
  root = element("div", "convviz convviz-mirror");
  away = element("div", "cv-away", { role: "status" });
  body = element("div", "");
  /** @type {Map<string, HTMLElement>} */
  drawn = new Map(); // by its widget
  seen = new Set(); // of those, what is part of the tree

  /** @param {Model & MirrorModel} model @param {AbortSignal} signal */
  constructor(model, signal) {
    this.model = model;
    this.kernel = new Kernel(model, signal);
    this.root.append(this.body, this.away);
    this.kernel.on("change:tree", () => this.#show());
    this.kernel.show = () => this.#show();
    this.#show();
    this.kernel.watch();
  }

  #show() {
    this.seen = new Set();
    const root = this.#draw(this.model.get("tree"));
    if (root !== this.body.firstChild) this.body.replaceChildren(root);
    for (const id of this.drawn.keys()) if (!this.seen.has(id)) this.drawn.delete(id);
    write(this.away, wordsOf(this.kernel.state));
  }

  /** The element of a widget, which stays while the widget does. @param {MirrorNode} node @returns {HTMLElement} */
  #draw(node) {
    this.seen.add(node.id);
    const found = this.drawn.get(node.id) ?? this.#make(node);
    this.drawn.set(node.id, found);
    const waits = node.disabled === true || this.kernel.state !== "answers";
    if (found instanceof HTMLButtonElement) {
      found.disabled = waits;
      write(found, node.text);
      if (node.kind === "toggle") found.setAttribute("aria-pressed", String(node.down === true));
    } else if (found instanceof HTMLInputElement) {
      found.disabled = waits;
      if (found !== document.activeElement) found.value = node.text;
    } else if (node.kind === "html") {
      if (found.dataset.text !== node.text) found.innerHTML = found.dataset.text = node.text;
    } else {
      const children = (node.children ?? []).map((child) => this.#draw(child));
      if (children.some((child, n) => child !== found.children[n]) || found.children.length > children.length)
        found.replaceChildren(...children);
    }
    return found;
  }

  /** @param {MirrorNode} node @returns {HTMLElement} */
  #make({ id, kind, hint = "", columns = "" }) {
    const use = (/** @type {string} */ text) => this.kernel.send({ use: id, text, request: String(Math.random()) });
    if (kind === "button" || kind === "toggle") {
      const button = element("button", "cv-tool", { type: "button", ...(hint ? { "aria-label": hint } : {}), ...OWN_KEYS });
      button.addEventListener("click", () => use(""));
      return button;
    }
    if (kind === "text") {
      const field = element("input", "", { placeholder: hint, "aria-label": hint, ...OWN_KEYS });
      field.addEventListener("change", () => use(field.value));
      return field;
    }
    const box = element("div", `cv-mirror-${kind}`);
    box.style.gridTemplateColumns = columns;
    return box;
  }
}

/** @param {{model: Model & MirrorModel, el: HTMLElement, signal: AbortSignal}} context anywidget's */
function render({ model, el, signal }) {
  const mirror = new Mirror(model, signal);
  el.append(mirror.root);
  signal.addEventListener("abort", () => mirror.root.remove());
}

export default { render };
