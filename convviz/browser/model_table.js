// @ts-check
/**
 * The table of a model (models/table.py), in which the name of each layer that can be opened is a button:
 * pressed, the Jupyter kernel shows the layer under the table (widget/model_table.py). Where its columns
 * have no room side by side, the cells of a row stand in lines, each with its heading.
 */

import { element, OWN_KEYS, write } from "./dom.js";
import { Kernel, wordsOf } from "./kernel.js";
import { say } from "./language.js";

/** @import { Model } from "./kernel.js" */
/** @import { ModelTableState } from "./types.js" */
/** @typedef {{get<Name extends keyof ModelTableState>(name: Name): ModelTableState[Name]}} TableModel */

class ModelTable {
  /** @type {HTMLButtonElement|null} */
  pressed = null; // while its layer is on the way

  /** @param {Model & TableModel} model @param {AbortSignal} signal */
  constructor(model, signal) {
    this.model = model;
    this.kernel = new Kernel(model, signal);
    this.root = element("section", "convviz cv-model");
    this.root.innerHTML = model.get("html");
    this.rows = [.../** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll("tr[data-layer]"))].map((row) => this.#makeButton(row));
    this.status = element("div", "cv-model-status", { role: "status" });
    this.refusal = element("div", "cv-refusal", { role: "alert" });
    this.away = element("div", "cv-away", { role: "status" });
    this.root.append(this.status, this.refusal, this.away);
    this.#giveRoles();
    const size = new ResizeObserver(() => this.#fit());
    size.observe(this.root);
    signal.addEventListener("abort", () => size.disconnect());
    this.kernel.show = () => this.#showKernel();
    for (const name of ["opened", "error"]) this.kernel.on(`change:${name}`, () => this.#show());
    this.kernel.on("msg:custom", (message) => { if ("request" in message) this.#arrive(); });
    this.#show();
    this.kernel.watch();
  }

  /** What browsers forget of tables that are laid out in lines. */
  #giveRoles() {
    const roles = { table: "table", thead: "rowgroup", tbody: "rowgroup", tr: "row", td: "cell", "thead th": "columnheader", "tbody th": "rowheader" };
    for (const [selector, role] of Object.entries(roles))
      for (const node of this.root.querySelectorAll(selector)) node.setAttribute("role", role);
  }

  /** Stack the cells of tables that are wider than their room. */
  #fit() {
    for (const table of this.root.querySelectorAll("table")) {
      const room = /** @type {HTMLElement} */ (table.parentElement);
      room.classList.remove("is-stacked");
      room.classList.toggle("is-stacked", room.scrollWidth > room.clientWidth);
    }
  }

  /** Make a row's name a button. @param {HTMLElement} row */
  #makeButton(row) {
    const cell = /** @type {HTMLElement} */ (row.querySelector("th"));
    const name = cell.textContent ?? "";
    const button = element("button", "cv-open", { type: "button", title: say("model.open", { name }), ...OWN_KEYS });
    button.append(...name.split(/(?<=[/.])/).flatMap((part, n) => [...(n ? [element("wbr", "")] : []), part]));
    button.addEventListener("click", () => this.#open(Number(row.dataset.layer), button));
    cell.replaceChildren(button);
    return { number: Number(row.dataset.layer), row, button };
  }

  /** @param {number} number @param {HTMLButtonElement} button */
  #open(number, button) {
    if (this.pressed) return;
    this.pressed = button;
    write(this.refusal, "");
    write(this.status, say("model.opening", { name: button.textContent ?? "" }));
    this.kernel.send({ open: number, request: String(Math.random()) });
  }

  /** What was pressed is there, or refused. */
  #arrive() {
    const { pressed } = this;
    this.pressed = null;
    this.#show();
    if (pressed?.hasAttribute("aria-current")) this.status.scrollIntoView({ block: "start" }); // the layer is under it
  }

  #show() {
    const opened = this.model.get("opened");
    for (const { number, row, button } of this.rows) {
      row.classList.toggle("is-open", number === opened);
      if (number === opened) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    write(this.refusal, this.model.get("error"));
    if (this.pressed) return;
    const open = this.rows.find(({ number }) => number === opened);
    write(this.status, open ? say("model.opened", { name: open.button.textContent ?? "" }) : this.rows.length ? say("model.hint") : "");
  }

  /** Nothing looks alive while nobody answers. */
  #showKernel() {
    const { state } = this.kernel;
    if (state !== "answers") this.pressed = null;
    write(this.away, wordsOf(state));
    for (const { button } of this.rows) button.disabled = state !== "answers";
    this.#show();
  }
}

/** @param {{model: Model & TableModel, el: HTMLElement, signal: AbortSignal}} context anywidget's */
function render({ model, el, signal }) {
  const table = new ModelTable(model, signal);
  el.append(table.root);
  signal.addEventListener("abort", () => table.root.remove());
}

export default { render };
