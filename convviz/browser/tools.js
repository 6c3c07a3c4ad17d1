// @ts-check
/** What a reader can switch on, the code that makes the picture, and files to save. */

import { element, OWN_KEYS, write } from "./dom.js";
import { say } from "./language.js";

export class Tools {
  /** @param {{reads: (on: boolean) => void, running: (on: boolean) => void, large: (on: boolean) => void, code: () => string, save: ((form: string) => Promise<string>)|null}} stage */
  constructor(stage) {
    this.stage = stage;
    this.root = element("div", "cv-tools", { role: "toolbar", "aria-label": say("tools.label") });
    /** @type {Record<string, HTMLElement>} */
    this.buttons = {};
    for (const [name, text, title] of TOOLS) {
      const button = element("button", "cv-tool", { type: "button", title, "aria-pressed": "false", ...OWN_KEYS }, text);
      button.addEventListener("click", () => this.#press(name, button));
      this.buttons[name] = button;
      this.root.append(button);
    }
    this.code = element("div", "cv-code", { hidden: "" });
    this.text = element("pre", "", { tabindex: "0", "aria-label": say("tools.code_label"), ...OWN_KEYS });
    const copy = element("button", "cv-tool", { type: "button", ...OWN_KEYS }, say("tools.copy"));
    copy.addEventListener("click", () => copyText(this.text).then((done) => write(copy, done ? say("tools.copied") : say("tools.copy_by_key"))));
    this.code.append(this.text, copy);
    this.copy = copy;
    this.files = element("div", "cv-code", { hidden: "" });
    this.root.append(this.code, this.files);
    for (const [form, words] of FILES) this.#offerFile(form, words);
    this.refused = element("span", "", { role: "status" });
    this.files.append(this.refused);
    this.buttons.save.hidden = !stage.save;
  }

  /** @param {string} name @param {HTMLElement} button */
  #press(name, button) {
    const on = button.getAttribute("aria-pressed") !== "true";
    this.show(name, on);
    if (name === "save") return void (this.files.hidden = !on);
    if (name !== "code") return this.stage[/** @type {"reads"} */ (name)](on);
    this.code.hidden = !on;
    this.refresh();
  }

  /** @param {string} form @param {string} words */
  #offerFile(form, words) {
    const button = /** @type {HTMLButtonElement} */ (element("button", "cv-tool", { type: "button", title: words, ...OWN_KEYS }, form.toUpperCase()));
    button.addEventListener("click", () => {
      button.disabled = true;
      write(button, `${form.toUpperCase()} …`);
      this.stage.save?.(form).then((refused) => {
        button.disabled = false;
        write(button, form.toUpperCase());
        write(this.refused, refused);
      });
    });
    this.files.append(button, " ");
  }

  refresh() {
    const code = this.stage.code();
    this.buttons.code.hidden = !code;
    write(this.text, code);
    write(this.copy, say("tools.copy"));
  }

  /** @param {string} name @param {boolean} on */
  show(name, on) {
    this.buttons[name].setAttribute("aria-pressed", String(on));
  }

  /** Offer only what the scene has. @param {Record<string, boolean>} has */
  offer(has) {
    for (const [name, there] of Object.entries(has)) this.buttons[name].hidden = !there;
    this.refresh();
  }
}

const TOOLS = [
  ["reads", say("tools.reads"), say("tools.reads_hint")],
  ["running", say("tools.running"), say("tools.running_hint")],
  ["large", say("tools.large"), say("tools.large_hint")],
  ["code", say("tools.code"), say("tools.code_hint")],
  ["save", say("tools.save"), say("tools.save_hint")],
];
const FILES = [
  ["svg", say("tools.svg_hint")],
  ["png", say("tools.png_hint")],
  ["gif", say("tools.gif_hint")],
  ["html", say("tools.html_hint")],
];

/** Copy an element's text, also where the browser gives no clipboard. @param {HTMLElement} node @returns {Promise<boolean>} */
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
