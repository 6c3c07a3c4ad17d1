// @ts-check
/** A field in a cell, for typing another number. */

import { element, OWN_KEYS, write } from "./dom.js";
import { say } from "./language.js";

/** @import { NumberEdit } from "./types.js" */

/**
 * Open a field in a cell. Enter, or leaving it, sends a number that differs; Escape does not.
 * @param {HTMLElement} cell @param {NumberEdit} number what it shows
 * @param {(edit: NumberEdit) => void} send @param {() => void} closed
 */
export function editCell(cell, number, send, closed) {
  const field = element("input", "cv-field", {
    "aria-label": say("editor.new_value", { tensor: say(`tensor.${number.tensor}`) }), ...OWN_KEYS,
  });
  let open = true; // taking the field away blurs it once more
  const close = (/** @type {boolean} */ keep) => {
    if (!open) return;
    open = false;
    write(cell, number.text);
    if (keep && field.value !== number.text) send({ ...number, text: field.value });
    closed();
  };
  field.value = number.text;
  field.addEventListener("blur", () => close(true));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") close(true);
    if (event.key === "Escape") close(false);
    event.stopPropagation();
  });
  cell.replaceChildren(field);
  field.focus();
  field.select();
}
