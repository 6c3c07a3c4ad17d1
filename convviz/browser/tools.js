// @ts-check
/**
 * What a reader can switch on, the code that makes the picture, and files to save: a button for the
 * whole screen, and a menu for the rest. What takes room opens under the player.
 */

import { element, OWN_KEYS, write } from "./dom.js";
import { say } from "./language.js";

/** @import { Source } from "./types.js" */
/** What can be switched on in the menu. @typedef {"reads"|"running"|"axes"|"code"|"keys"|"save"} Tool */
/**
 * @typedef {Object} Served  what the tools work on
 * @property {() => void} present
 * @property {(on: boolean) => void} [reads]  left out where there is nothing of the kind, as are the next
 * @property {(on: boolean) => void} [running]
 * @property {(on: boolean) => void} [axes]
 * @property {(on: boolean) => void} [keys]
 * @property {() => string} [code]
 * @property {((form: string) => Promise<string>)|null} save  resolves to the words of a refusal, or ""
 * @property {[form: string, hint: string][]} files  the forms that it can be saved in
 */

export class Tools {
  /** @param {Served} served @param {AbortSignal} signal */
  constructor(served, signal) {
    this.served = served;
    this.root = element("div", "cv-tools", { role: "toolbar", "aria-label": say("tools.label") });
    this.code = element("div", "cv-code", { hidden: "" });
    this.text = element("pre", "", { tabindex: "0", "aria-label": say("tools.code_label"), ...OWN_KEYS });
    this.copy = element("button", "cv-tool", { type: "button", ...OWN_KEYS }, say("tools.copy"));
    this.copy.addEventListener("click", () => this.#copyCode());
    this.code.append(this.text, this.copy);
    this.files = element("div", "cv-files", { hidden: "" });
    this.refused = element("span", "", { role: "status" });
    this.files.append(...served.files.flatMap(([form, hint]) => [this.#fileButton(form, hint), " "]), this.refused);
    this.buttons = {
      reads: this.#toggle(say("tools.reads"), say("tools.reads_hint"), (on) => served.reads?.(on)),
      running: this.#toggle(say("tools.running"), say("tools.running_hint"), (on) => served.running?.(on)),
      axes: this.#toggle(say("tools.axes"), say("tools.axes_hint"), (on) => served.axes?.(on)),
      code: this.#toggle(say("tools.code"), say("tools.code_hint"), (on) => this.#showCode(on)),
      keys: this.#toggle(say("tools.keys"), say("tools.keys_hint"), (on) => served.keys?.(on)),
      save: this.#toggle(say("tools.save"), say("tools.save_hint"), (on) => { this.files.hidden = !on; }),
    };
    for (const tool of /** @type {Tool[]} */ (Object.keys(this.buttons))) this.buttons[tool].hidden = !served[tool];
    this.present = this.#button(say("tools.present"), say("tools.present_hint"), served.present);
    this.present.setAttribute("aria-pressed", "false");
    this.device = element("div", "cv-device");
    this.menu = element("div", "cv-menu", { hidden: "" });
    this.menu.append(...Object.values(this.buttons), this.files, this.device);
    this.more = this.#button("⋯", say("tools.more"), () => this.#openMenu(Boolean(this.menu.hidden)));
    this.more.setAttribute("aria-label", say("tools.more"));
    this.more.setAttribute("aria-expanded", "false");
    const menu = element("span", "cv-more");
    menu.append(this.more, this.menu);
    menu.hidden = !served.save && !served.code; // nothing would be in it
    this.root.append(this.present, menu);
    this.#shutMenuElsewhere(menu, signal);
  }

  /** @param {string} name @param {string} hint @param {() => void} press */
  #button(name, hint, press) {
    const button = element("button", "cv-tool", { type: "button", title: hint, ...OWN_KEYS }, name);
    button.addEventListener("click", press);
    return button;
  }

  /** @param {string} name @param {string} hint @param {(on: boolean) => void} press */
  #toggle(name, hint, press) {
    const button = this.#button(name, hint, () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      press(on);
    });
    button.setAttribute("aria-pressed", "false");
    return button;
  }

  /** Show whether a tool is on. @param {Tool|"present"} tool @param {boolean} on */
  show(tool, on) {
    const button = tool === "present" ? this.present : this.buttons[tool];
    button.setAttribute("aria-pressed", String(on));
  }

  /** Offer only what the scene has. @param {Partial<Record<Tool, boolean>>} has */
  offer(has) {
    for (const tool of /** @type {Tool[]} */ (Object.keys(has))) this.buttons[tool].hidden = !has[tool];
    this.refresh();
  }

  // ---- The menu

  /** @param {boolean} open */
  #openMenu(open) {
    this.menu.hidden = !open;
    this.more.setAttribute("aria-expanded", String(open));
  }

  /** Escape shuts the menu, and so does a press anywhere else. @param {HTMLElement} menu @param {AbortSignal} signal */
  #shutMenuElsewhere(menu, signal) {
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.menu.hidden) return;
      this.#openMenu(false);
      this.more.focus();
      event.stopPropagation();
    });
    document.addEventListener("pointerdown", (event) => {
      if (!event.composedPath().includes(menu)) this.#openMenu(false);
    }, { signal });
  }

  // ---- Code

  /** Show the code of what is on show now. */
  refresh() {
    const code = this.served.code?.() ?? "";
    this.buttons.code.hidden = !code;
    write(this.text, code);
    write(this.copy, say("tools.copy"));
  }

  /** @param {boolean} on */
  #showCode(on) {
    this.code.hidden = !on;
    this.refresh();
    if (on) this.code.scrollIntoView({ block: "nearest" });
  }

  async #copyCode() {
    const copied = await copyText(this.text);
    write(this.copy, copied ? say("tools.copied") : say("tools.copy_by_key"));
  }

  // ---- Files

  /** Take down why there was no file: there may be one now. */
  forgetRefusal() {
    write(this.refused, "");
  }

  /** @param {string} form @param {string} hint */
  #fileButton(form, hint) {
    const attributes = { type: "button", title: hint, ...OWN_KEYS };
    const button = element("button", "cv-tool", attributes, form.toUpperCase());
    button.addEventListener("click", () => this.#save(form, button));
    return button;
  }

  /** @param {string} form @param {HTMLButtonElement} button */
  async #save(form, button) {
    button.disabled = true;
    write(button, `${form.toUpperCase()} …`);
    write(this.refused, "");
    try {
      write(this.refused, (await this.served.save?.(form)) ?? "");
    } catch (error) {
      write(this.refused, say("tools.not_saved", { reason: String(error) }));
    } finally {
      button.disabled = false;
      write(button, form.toUpperCase());
    }
  }
}

/**
 * What saves a file of what is on show, in the theme that it has; null where nobody makes files.
 * @param {Pick<Source, "save">} source @param {HTMLElement} root @param {() => number} step
 * @returns {Served["save"]}
 */
export function saverOf({ save }, root, step) {
  return save ? (form) => save({ save: form, step: step(), theme: getComputedStyle(root).colorScheme }) : null;
}

/**
 * Copy an element's text, also where the browser gives no clipboard.
 * @param {HTMLElement} node @returns {Promise<boolean>}
 */
async function copyText(node) {
  const range = document.createRange();
  range.selectNodeContents(node);
  getSelection()?.removeAllRanges();
  getSelection()?.addRange(range);
  try {
    await navigator.clipboard.writeText(node.textContent ?? "");
    return true;
  } catch {
    return document.execCommand("copy");
  }
}
