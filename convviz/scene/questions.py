"""Where a reader can be asked what comes out: a few outputs that show what a layer does.

The first output is an example. The second asks for the same again, the first of the next row for
what happens at an edge, the last for the other edge. Outputs that are no number are not asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np

from convviz.language.catalogue import say
from convviz.network import kernels
from convviz.scene import decimals

if TYPE_CHECKING:
    from convviz.scene.scene import Scene

LARGEST_KERNEL = 5  # rows and columns that fit on a button
OTHERS = ("edges", "blur", "relief", "identity")  # that stand beside the kernel at work


class KernelChoices(TypedDict):
    """Four kernels, of which one is at work; ``texts`` are their weights, row by row."""

    names: list[str]
    texts: list[list[str]]
    columns: int
    right: int


def questions_of(scene: Scene) -> list[int]:
    """The steps at which to ask; none where numbers are not shown."""
    if not scene.readable:
        return []
    row = scene.geometry.axes[-1].output
    wanted = sorted({1, row, scene.steps - 1})
    values = scene.output.reshape(-1)
    return [step for step in wanted if step < scene.steps and np.isfinite(values[step])]


def kernel_choices_of(scene: Scene) -> KernelChoices | None:
    """The kernel at work among others; None where it has no name, several maps or channels.

    Where it stands follows from its name, not from what is asked first.
    """
    shape = scene.kernel.shape
    if scene.quantization or shape[:2] != (1, 1) or len(shape) != 4 or max(shape) > LARGEST_KERNEL:
        return None
    name = kernels.name_of(scene.kernel)
    if not name:
        return None
    chosen = {name, *[other for other in OTHERS if other != name][:3]}
    names = [each for each in kernels.NAMES if each in chosen]
    return {
        "names": [say(f"widget.kernel.{each}") for each in names],
        "texts": [decimals.weight_texts(kernels.named(each, shape), 3) for each in names],
        "columns": shape[-1],
        "right": names.index(name),
    }
