// @ts-check
/** The keys of a stage (keyboard.js), for a reader who asks for them. */

import { element } from "./dom.js";
import { say } from "./language.js";

const KEYS = /** @type {const} */ ({
  play: "Space", step: "← →", row: "↑ ↓", ends: "Home End", cells: "Tab", remote: "Page Up, Page Down",
  choice: "1 2 3 4", leave: "Esc", keys: "?",
});

/** A list of keys and what they do. @returns {HTMLElement} */
export function keyList() {
  const list = element("dl", "cv-keys", { hidden: "", "aria-label": say("tools.keys") });
  for (const [what, keys] of Object.entries(KEYS))
    list.append(element("dt", "", {}, keys), element("dd", "", {}, say(`keyboard.${what}`)));
  return list;
}
