"""The classic pictures of convolution arithmetic, as a page on which each one plays.

The cases are those of Dumoulin and Visin, "A guide to convolution arithmetic for deep learning"
(2016), chapter 2 and section 5.1; the numbers in the cells and the formulas are computed here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import numpy as np

from convviz.scene.scene import Scene
from convviz.scene.subject import scene_of
from convviz.widget.page import page

TITLE = "Convolution arithmetic"
INTRODUCTION = (
    "For each axis: i is the input's size, k the kernel's, p the padding on either side, s the "
    "stride, d the dilation, o the output's size. Below each picture the same formula stands "
    "with its numbers, once for the height and once for the width."
)


@dataclass(frozen=True)
class Case:
    """One picture: a square input and kernel, the layer's parameters, and the formula it shows."""

    name: str
    formula: str
    size: int
    kernel: int
    parameters: dict[str, object] = field(default_factory=dict)


CASES = (
    Case("No padding", "o = i − k + 1", 4, 3),
    Case("Arbitrary padding", "o = i + 2p − k + 1", 5, 4, {"padding_nd": (2, 2)}),
    Case(
        "Half padding: the output is as large as the input",
        "p = ⌊k / 2⌋ with an odd k, so o = i",
        5,
        3,
        {"padding_nd": (1, 1)},
    ),
    Case(
        "Full padding: every window that meets the input at all",
        "p = k − 1, so o = i + k − 1",
        5,
        3,
        {"padding_nd": (2, 2)},
    ),
    Case("A stride", "o = ⌊(i − k) / s⌋ + 1", 5, 3, {"stride_nd": (2, 2)}),
    Case(
        "Padding and a stride that come out even",
        "o = ⌊(i + 2p − k) / s⌋ + 1",
        5,
        3,
        {"padding_nd": (1, 1), "stride_nd": (2, 2)},
    ),
    Case(
        "Padding and a stride that leave a rest: the last zeros are read by no window",
        "o = ⌊(i + 2p − k) / s⌋ + 1",
        6,
        3,
        {"padding_nd": (1, 1), "stride_nd": (2, 2)},
    ),
    Case(
        "Dilation",
        "o = ⌊(i − (1 + d(k − 1))) / s⌋ + 1",
        7,
        3,
        {"dilation_nd": (2, 2)},
    ),
)


def write(path: str | os.PathLike[str]) -> None:
    """Write the page; ``path`` ends in .html."""
    items: list[object] = [INTRODUCTION]
    for case in CASES:
        items += [f"# {case.name}", case.formula, scene(case)]
    page(items, path, title=TITLE)


def scene(case: Case) -> Scene:
    """The scene of a case, on digits and small weights that are easy to add up."""
    rows, columns = np.ogrid[: case.size, : case.size]
    data = ((3 * rows + columns) % 4).astype(np.float32)
    weights = (np.arange(case.kernel**2) % 3).astype(np.float32)
    return scene_of(data, weights.reshape(case.kernel, case.kernel), **case.parameters)
