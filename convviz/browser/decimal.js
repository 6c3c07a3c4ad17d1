// @ts-check
/** Decimal numbers without rounding, as texts give them and readers type them. */

/** A decimal: its integer times ten to the power of minus its point. */
export class Decimal {
  /** @param {bigint} integer @param {number} point digits after the point; negative for zeros before it */
  constructor(integer, point) {
    this.integer = integer;
    this.point = point;
  }

  /** The number that a text of Python's gives; null for NaN and infinity. @param {string} text */
  static of(text) {
    const found = /^(-?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text);
    if (!found || !(found[2] || found[3])) return null;
    const [, sign, whole, fraction, power] = found;
    return new Decimal(BigInt(sign + whole + fraction), fraction.length - Number(power ?? 0));
  }

  /** @param {Decimal} other */
  minus(other) {
    const point = Math.max(this.point, other.point);
    return new Decimal(this.#at(point) - other.#at(point), point);
  }

  /** Whether it is less than, equal to or more than another: −1, 0 or 1. @param {Decimal} other */
  compare(other) {
    const { integer } = this.minus(other);
    return integer < 0n ? -1 : integer > 0n ? 1 : 0;
  }

  /** With fewer digits after the point, cut. @param {number} point */
  cut(point) {
    if (point >= this.point) return this;
    return new Decimal(this.integer / 10n ** BigInt(this.point - point), point);
  }

  /** With fewer digits after the point, rounded; a tie goes away from zero. @param {number} point */
  rounded(point) {
    if (point >= this.point) return this;
    const unit = 10n ** BigInt(this.point - point);
    const half = this.integer < 0n ? -unit / 2n : unit / 2n;
    return new Decimal((this.integer + half) / unit, point);
  }

  /** The power of ten of its first digit; of zero, 0. */
  get magnitude() {
    return this.integer ? digitsOf(this.integer).length - 1 - this.point : 0;
  }

  /** How many digits it has from the first to the last that is not zero. */
  get significant() {
    return digitsOf(this.integer).replace(/0+$/, "").length;
  }

  toString() {
    const digits = digitsOf(this.#at(Math.max(0, this.point)));
    const point = Math.max(0, this.point);
    const padded = digits.padStart(point + 1, "0");
    const whole = padded.slice(0, padded.length - point);
    const fraction = padded.slice(padded.length - point).replace(/0+$/, "");
    return (this.integer < 0n ? "-" : "") + whole + (fraction && `.${fraction}`);
  }

  /** The integer with so many digits after the point. @param {number} point at least its own */
  #at(point) {
    return this.integer * 10n ** BigInt(point - this.point);
  }
}

/** @param {bigint} integer */
function digitsOf(integer) {
  return String(integer < 0n ? -integer : integer);
}
