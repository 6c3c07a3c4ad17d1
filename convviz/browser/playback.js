// @ts-check
/** Playing: which step it is time for, at which speed. */

export const STEPS_PER_SECOND = 2; // at speed 1
export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 256, 1024, 4096];

/**
 * @typedef {Object} Played  what is played
 * @property {() => boolean} atEnd  whether its last step is on show
 * @property {() => boolean} waits  whether it waits for the reader, who points at something
 * @property {(steps: number) => void} advance  go on by some steps
 * @property {() => number} [rate]  how many there are a second at speed 1; else STEPS_PER_SECOND
 * @property {(playing: boolean) => void} show  show whether it plays
 */

export class Playback {
  /** @param {Played} played */
  constructor(played) {
    this.played = played;
    this.playing = false;
    this.speed = 1;
    this.frame = 0; // the request for the next
    this.last = 0; // time of the last, in milliseconds
    this.due = 0; // steps, and parts of one, that it is time for
    this.rest = 0; // seconds before the first
  }

  /** @param {number} rest seconds before the first step, at any speed */
  start(rest = 0) {
    this.stop();
    this.playing = true;
    this.played.show(true);
    this.last = performance.now();
    this.due = 0;
    this.rest = rest;
    this.frame = requestAnimationFrame((now) => this.#tick(now));
  }

  stop() {
    if (!this.playing) return;
    this.playing = false;
    this.played.show(false);
    cancelAnimationFrame(this.frame);
  }

  /** @param {number} now */
  #tick(now) {
    const seconds = Math.max(0, now - this.last) / 1000; // a frame may have begun before it was asked for
    this.last = now;
    this.rest -= seconds;
    if (this.rest <= 0 && !this.played.waits()) this.#advance(seconds * (this.played.rate?.() ?? STEPS_PER_SECOND) * this.speed);
    if (!this.playing) return;
    if (this.played.atEnd()) this.stop();
    else this.frame = requestAnimationFrame((next) => this.#tick(next));
  }

  /** @param {number} steps */
  #advance(steps) {
    this.due += steps;
    const whole = Math.floor(this.due);
    this.due -= whole;
    if (whole) this.played.advance(whole);
  }
}
