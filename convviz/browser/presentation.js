// @ts-check
/**
 * A stage, or all of a comparison, over the whole screen: in full screen where the browser lets it, else
 * over the whole window.
 */

export class Presentation {
  /**
   * @param {HTMLElement} root the stage, which gets the keys
   * @param {() => HTMLElement} whole what is to fill the screen
   * @param {(on: boolean) => void} show @param {AbortSignal} signal
   */
  constructor(root, whole, show, signal) {
    this.root = root;
    this.whole = whole;
    this.shown = root; // what fills the screen
    this.show = show;
    this.on = false;
    document.addEventListener("fullscreenchange", () => this.#follow(), { signal });
    window.addEventListener("resize", () => { if (this.on) this.show(true); }, { signal });
    signal.addEventListener("abort", () => { if (this.#isFull) document.exitFullscreen(); });
  }

  get #isFull() {
    return document.fullscreenElement === this.shown;
  }

  async toggle() {
    if (this.on) {
      if (this.#isFull) await document.exitFullscreen();
      else this.#set(false);
      return;
    }
    this.shown = this.whole();
    this.#set(true); // at once, and also where full screen is refused
    try {
      await this.shown.requestFullscreen();
    } catch {
      this.root.focus();
    }
  }

  #follow() {
    if (this.#isFull) this.root.focus();
    else if (this.on) this.#set(false);
  }

  /** @param {boolean} on */
  #set(on) {
    this.on = on;
    this.shown.classList.toggle("is-presented", on);
    this.show(on);
  }

  /** How high what stands in `host` can be: what all else leaves. @param {HTMLElement} host @returns {number} pixels */
  room(host) {
    const { paddingTop, paddingBottom, rowGap } = getComputedStyle(this.root);
    const others = [...this.root.children].filter((child) => !child.contains(host));
    const taken = others.reduce((sum, child) => sum + outerHeight(child) + (parseFloat(rowGap) || 0), 0);
    return this.root.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom) - taken;
  }
}

/** @param {Element} node */
function outerHeight(node) {
  const { marginTop, marginBottom, position } = getComputedStyle(node);
  if (position === "absolute") return 0;
  return node.getBoundingClientRect().height + parseFloat(marginTop) + parseFloat(marginBottom);
}
