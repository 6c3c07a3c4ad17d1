// @ts-check
/** Paints a dive on a canvas: pictures, cells, texts and frames, where timeline.js says. */

import { element } from "./dom.js";
import { placeAt } from "./timeline.js";

/** @import { ActorMessage, DiveMessage, PictureMessage } from "./types.js" */
/** @import { Placed } from "./timeline.js" */

const LEAST_LETTERS = 5; // pixels: smaller letters are only grey
const DIVE_FONT = 'ui-monospace, "DejaVu Sans Mono", monospace';
const EDGED = new Set(["value", "grey"]); // shades that may be the page's own
const DIVE_HATCH = 7; // from one stroke of padding to the next

export class DivePainter {
  /** @type {DiveMessage|null} */
  message = null;
  /** @type {Record<string, HTMLCanvasElement>} */
  pictures = {};
  /** @type {Map<string, string>} */
  colours = new Map();
  scale = 1; // pixels of the canvas for one of the stage's lengths
  density = 1; // and for one of the screen's

  constructor() {
    this.canvas = element("canvas", "cv-dive-canvas");
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
  }

  /** Take up a dive. @param {DiveMessage} message @param {Record<string, DataView|undefined>} pixels */
  fill(message, pixels) {
    this.message = message;
    for (const [name, picture] of Object.entries(message.pictures))
      this.pictures[name] = pictureOf(picture, pixels[name]);
  }

  /** Fit a width in CSS pixels. @param {number} width @param {number} density pixels of the screen for one */
  fit(width, density) {
    if (!this.message) return;
    const height = (width * this.message.height) / this.message.width;
    this.density = density;
    this.canvas.width = Math.round(width * density);
    this.canvas.height = Math.round(height * density);
    this.scale = this.canvas.width / this.message.width;
  }

  /** Colours are looked up anew: the theme has changed. */
  forgetColours() {
    this.colours.clear();
  }

  /** Show a moment, whole. @param {number} second */
  draw(second) {
    this.#clear();
    this.#paint(second, 1);
  }

  /** Show one moment over another. @param {number} before @param {number} after @param {number} part 0 … 1 of the second */
  cross(before, after, part) {
    this.#clear();
    this.#paint(before, 1 - part);
    this.#paint(after, part);
  }

  #clear() {
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.context.setTransform(this.scale, 0, 0, this.scale, 0, 0);
  }

  /** @param {number} second @param {number} opacity */
  #paint(second, opacity) {
    for (const actor of this.message?.actors ?? []) {
      const place = placeAt(actor.keys, second);
      if (place.shown <= 0.004) continue;
      this.context.globalAlpha = opacity * place.shown;
      if (actor.kind === "picture") this.#picture(actor, place);
      if (actor.kind === "cell") this.#cell(actor, place);
      if (actor.kind === "frame") this.#frame(actor, place);
      if (actor.text) this.#text(actor, place);
    }
  }

  /** The part of a picture that is on the stage. @param {ActorMessage} actor @param {Placed} place */
  #picture({ name }, { x, y, width, height }) {
    const { context, message, pictures: { [name]: picture } } = this;
    if (!message) return;
    const [across, down] = [width / picture.width, height / picture.height];
    const left = Math.max(0, Math.floor(-x / across));
    const top = Math.max(0, Math.floor(-y / down));
    const right = Math.min(picture.width, Math.ceil((message.width - x) / across));
    const bottom = Math.min(picture.height, Math.ceil((message.height - y) / down));
    if (right <= left || bottom <= top) return;
    context.imageSmoothingEnabled = across * this.scale < 1;
    context.drawImage(
      picture, left, top, right - left, bottom - top,
      x + left * across, y + top * down, (right - left) * across, (bottom - top) * down,
    );
  }

  /** @param {ActorMessage} actor @param {Placed} place */
  #cell(actor, place) {
    const { context } = this;
    const corner = actor.name === "ramp" ? 0 : Math.min(place.width, place.height) * 0.1;
    context.beginPath();
    context.roundRect(place.x, place.y, place.width, place.height, corner);
    if (actor.padding) return this.#hatch(actor.padding, place);
    context.fillStyle = this.#colour(actor.paint);
    context.fill();
    if (!EDGED.has(actor.name)) return;
    context.strokeStyle = this.#colour("line");
    context.lineWidth = 1;
    context.stroke();
  }

  /** Padding, as on the board: strokes of its side's colour. @param {string} side @param {Placed} place */
  #hatch(side, { x, y, width, height }) {
    const { context } = this;
    context.save();
    context.fillStyle = this.#colour("page");
    context.fill();
    context.strokeStyle = this.#colour(side);
    context.lineWidth = 1;
    context.stroke();
    context.clip();
    context.globalAlpha *= 0.4;
    const slope = side === "post" ? -1 : 1;
    const middle = [x + width / 2, y + height / 2];
    const reach = width + height;
    for (let offset = -reach; offset <= reach; offset += DIVE_HATCH) {
      context.moveTo(middle[0] - reach + offset, middle[1] + slope * reach);
      context.lineTo(middle[0] + reach + offset, middle[1] - slope * reach);
    }
    context.stroke();
    context.restore();
  }

  /** @param {ActorMessage} actor @param {Placed} place */
  #frame(actor, place) {
    const { context } = this;
    const least = this.message?.leastFrame ?? 0;
    const width = Math.max(place.width, least);
    const height = Math.max(place.height, least);
    const box = /** @type {const} */ ([place.x - (width - place.width) / 2, place.y - (height - place.height) / 2, width, height]);
    for (const [colour, line] of /** @type {const} */ ([["halo", 4.5], [actor.paint, 2.5]])) {
      context.strokeStyle = this.#colour(colour);
      context.lineWidth = line;
      context.strokeRect(...box);
    }
  }

  /** @param {ActorMessage} actor @param {Placed} place */
  #text({ text, letters: count, ink, name }, { x, y, width, height }) {
    const { context, message } = this;
    if (!message) return;
    const letters = Math.min(message.fontByHeight * height, (message.fontByWidth * width) / count);
    if (letters * this.scale < LEAST_LETTERS * this.density) return;
    context.font = `${name === "range" ? 400 : 600} ${letters}px ${DIVE_FONT}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = this.#colour(ink);
    context.fillText(text, x + width / 2, y + height / 2 + letters * 0.05, width);
  }

  /** @param {string} name of the palette's, or #rrggbb */
  #colour(name) {
    if (name.startsWith("#")) return name;
    let found = this.colours.get(name);
    if (found === undefined) {
      found = getComputedStyle(this.canvas).getPropertyValue(`--cv-${name}`).trim();
      this.colours.set(name, found);
    }
    return found;
  }
}

/** A picture's bytes as pixels. @param {PictureMessage} picture @param {DataView|undefined} bytes */
function pictureOf({ width, height, channels }, bytes) {
  const canvas = element("canvas", "", { width: String(width), height: String(height) });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(width, height);
  for (let i = 0; bytes && i < width * height; i++) {
    for (let colour = 0; colour < 3; colour++)
      image.data[4 * i + colour] = bytes.getUint8(channels === 3 ? 3 * i + colour : i);
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
