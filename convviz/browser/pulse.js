// @ts-check
/**
 * Whether the Jupyter kernel answers.
 *
 * Hosts do not tell of every kernel that is gone: of one that somebody else restarted, or of a notebook
 * that was opened again with what was saved of its widgets, they know nothing. So whatever is sent is
 * waited for; where nothing comes back in time, a reader is told, and the kernel is asked now and then
 * until it does answer, for it may only have been busy.
 */

const TICK = 500; // milliseconds; a page that was itself too busy to listen counts one at most
const PATIENCE = 4; // ticks without a word from the kernel
const PAUSE = { first: 3_000, growth: 1.5, longest: 30_000 }; // milliseconds from one ping to the next
const LATE = 500; // milliseconds in which an answer may be overtaken by a later one

/**
 * @typedef {Object} Patient  what waits for the kernel
 * @property {(ping: string) => void} ping  ask whether it answers
 * @property {() => boolean} idle  whether the host thinks that it has nothing else to do
 * @property {(silent: boolean) => void} show  show whether it is silent
 * @property {(name: string) => void} lost  something will never be answered, though the kernel answers
 */

export class Pulse {
  /** @param {Patient} patient @param {AbortSignal} signal */
  constructor(patient, signal) {
    this.patient = patient;
    this.signal = signal;
    this.silent = false;
    /** @type {Map<string, boolean>} */
    this.waiting = new Map(); // by name, in order: whether a reader waits for it
    this.own = `ping ${Math.random()}`;
    this.pause = PAUSE.first;
    this.ticks = 0;
    signal.addEventListener("abort", () => { clearTimeout(this.tick); clearTimeout(this.next); });
  }

  /** Something was sent that is answered under a name. @param {string} name */
  expect(name, reader = true) {
    this.waiting.delete(name);
    this.waiting.set(name, reader);
    if (this.tick === undefined && !this.silent) this.#start();
  }

  /** Ask whether the kernel is there, also where no reader has asked anything of it. */
  check(reader = false) {
    this.expect(this.own, reader);
    this.patient.ping(this.own);
  }

  /** The kernel has told something. */
  hear() {
    this.#stop();
    clearTimeout(this.next);
    this.pause = PAUSE.first;
    if (this.silent) {
      this.silent = false;
      this.patient.show(false);
    }
    if (this.waiting.size) this.#start();
  }

  /** What was sent under a name has been answered, and before it all that was sent earlier. @param {string} name */
  answer(name) {
    if (!this.waiting.has(name)) return;
    const names = [...this.waiting.keys()];
    this.waiting.delete(name);
    if (!this.waiting.size) this.#stop();
    const earlier = names.slice(0, names.indexOf(name));
    if (earlier.length) setTimeout(() => this.#lose(earlier), LATE);
  }

  /** Nothing can be answered any more: the host knows that the kernel is gone. */
  forget() {
    this.waiting.clear();
    this.#stop();
  }

  /** @param {string[]} names */
  #lose(names) {
    for (const name of names) if (this.waiting.delete(name) && !this.signal.aborted) this.patient.lost(name);
    if (!this.waiting.size) this.#stop();
  }

  #start() {
    this.ticks = 0;
    this.tick = setTimeout(() => this.#wait(), TICK);
  }

  #stop() {
    clearTimeout(this.tick);
    this.tick = undefined;
  }

  #wait() {
    this.ticks += 1;
    const asked = [...this.waiting.values()].some((reader) => reader);
    if (this.ticks >= PATIENCE && (asked || this.patient.idle())) this.#fallSilent();
    else this.tick = setTimeout(() => this.#wait(), TICK);
  }

  #fallSilent() {
    this.#stop();
    this.silent = true;
    this.patient.show(true);
    this.#askAgain();
  }

  #askAgain() {
    this.next = setTimeout(() => {
      this.check();
      this.#askAgain();
    }, this.pause);
    this.pause = Math.min(PAUSE.longest, PAUSE.growth * this.pause);
  }
}
