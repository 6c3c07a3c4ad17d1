// @ts-check
/** Which of many channels a dive shows the numbers of: − and + around a field. */

import { element, OWN_KEYS } from "./dom.js";
import { say } from "./language.js";

/** @import { DiveMessage } from "./types.js" */

export class DiveChannel {
  root = element("span", "cv-dive-channel", { role: "group", "aria-label": say("dive.channel_field"), hidden: "" });
  field = element("input", "", {
    role: "spinbutton", inputmode: "numeric", autocomplete: "off", "aria-label": say("dive.channel_field"), ...OWN_KEYS,
  });
  ends = [0, 0];
  shown = 0;

  /** @param {(channel: number) => void} choose */
  constructor(choose) {
    this.choose = choose;
    const stepper = element("span", "cv-stepper");
    stepper.append(this.#button("−", "less", -1), this.field, this.#button("+", "more", 1));
    this.root.append(element("span", "cv-name", {}, say("dive.channel")), stepper);
    this.field.addEventListener("change", () => this.#set(Number(this.field.value)));
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.#set(Number(this.field.value));
      const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (by) this.#set(this.shown + by);
      if (by) event.preventDefault();
    });
  }

  /** @param {DiveMessage} message */
  show({ channel, channels }) {
    this.root.hidden = !channels;
    if (!channels) return;
    this.ends = channels;
    this.shown = channel;
    this.field.value = String(channel);
    const [least, most] = channels.map(String);
    for (const [name, value] of Object.entries({ valuenow: String(channel), valuemin: least, valuemax: most }))
      this.field.setAttribute(`aria-${name}`, value);
    this.root.title = `${least} … ${most}`;
  }

  /** @param {boolean} on whether anybody can be asked for another */
  enable(on) {
    for (const node of /** @type {NodeListOf<HTMLInputElement|HTMLButtonElement>} */ (this.root.querySelectorAll("input, button")))
      node.disabled = !on;
  }

  /** Choose a channel, or the nearest there is. @param {number} channel */
  #set(channel) {
    const [least, most] = this.ends;
    const next = Number.isInteger(channel) ? Math.max(least, Math.min(most, channel)) : this.shown;
    this.field.value = String(next);
    if (next !== this.shown) this.choose(next);
  }

  /** @param {string} sign @param {"less"|"more"} way @param {1|-1} by */
  #button(sign, way, by) {
    const name = say("dive.channel_field");
    const label = way === "more" ? say("controls.more", { name }) : say("controls.less", { name });
    const button = element("button", "cv-step", { type: "button", "aria-label": label, ...OWN_KEYS }, sign);
    button.addEventListener("click", () => this.#set(this.shown + by));
    return button;
  }
}
