// @ts-check
/**
 * The values of a scene's images as they come: in float32, or in 8 bits and averaged over the cells of a
 * grid where that would be too much (scene/coarse.py).
 */

/** @import { ImageValues, Scene, Source } from "./types.js" */

const LEVELS = 254; // as in coarse.py
const NOT_A_NUMBER = 255;

/** @param {Source} source @param {Scene} scene @returns {ImageValues} */
export function imageValues(source, { layer }) {
  const size = layer?.outputSize ?? 0;
  return {
    input: valuesOf(source.get("input_values"), layer?.coarse.input ? layer.inputRange : null),
    output: valuesOf(source.get("output_values"), layer?.coarse.output ? [-size, size] : null),
  };
}

/** @param {DataView|undefined} view @param {[low: number, high: number]|null} span none of what comes in float32 */
function valuesOf(view, span) {
  if (!view?.byteLength) return new Float32Array(0);
  return span ? levelsOf(view, span) : floatsOf(view);
}

/** @param {DataView} view */
export function floatsOf({ buffer, byteOffset, byteLength }) {
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

/** @param {DataView} view @param {[low: number, high: number]} span */
function levelsOf({ buffer, byteOffset, byteLength }, [low, high]) {
  const value = Float32Array.from({ length: LEVELS + 1 }, (_, level) => low + (level / LEVELS) * (high - low));
  return Float32Array.from(new Uint8Array(buffer, byteOffset, byteLength), (level) => (level === NOT_A_NUMBER ? NaN : value[level]));
}
