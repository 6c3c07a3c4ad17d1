"""What int8 does to a scene's numbers: which values it lost, and how a sum becomes an output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convviz.arrays import Array
from convviz.language.catalogue import say
from convviz.network.values import DataType
from convviz.scene import decimals

if TYPE_CHECKING:
    from convviz.scene.scene import Scene

SATURATED, VANISHED, KEPT = "s", "v", " "


def flags(steps: Array, integers: Array, dtype: DataType) -> str:
    """A letter for each value: where it left the type's range, where it became 0, and elsewhere.

    ``steps`` are the values divided by their scale, ``integers`` what they were quantized to.
    """
    rounded = np.rint(steps)
    least, most = dtype.limits
    saturated = (rounded < least) | (rounded > most)
    vanished = (integers == 0) & (steps != 0)
    codes = [ord(letter) for letter in (SATURATED, VANISHED, KEPT)]
    letters = np.select([saturated, vanished], codes[:2], codes[2])
    return letters.astype(np.uint8).tobytes().decode("ascii")


def sum_notes(scene: Scene) -> list[str]:
    """For each step of a quantized scene: the scales, the bias, the error against float32."""
    quantization = scene.quantization
    assert quantization is not None
    by_map = np.broadcast_to(quantization.kernel_scales, scene.geometry.maps)
    scale, scales = decimals.text(quantization.input_scale), decimals.texts(by_map)
    after = [f"× {scale} × {kernel_scale}" for kernel_scale in scales]
    if scene.adds_bias and scene.bias_texts:
        after = [f"{line} + {bias}" for line, bias in zip(after, scene.bias_texts, strict=True)]
    area = scene.steps // scene.geometry.maps
    notes = [f"{after[n // area]} = {result}" for n, result in enumerate(scene.output_texts)]
    if scene.reference is None:
        return notes
    references = decimals.texts(scene.reference)
    errors = decimals.texts(scene.output - scene.reference)
    return [
        say("captions.int8.against_float32", note=note, reference=reference, error=error)
        for note, reference, error in zip(notes, references, errors, strict=True)
    ]
