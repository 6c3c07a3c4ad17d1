"""What the notebooks say in words: numbers and formulas in the prose, worked out again.

Each claim stands in its notebook as quoted here, so that neither can change without the other.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convviz as cv
from convviz.geometry import Kind, make_axis, make_geometry
from convviz.parameters import PaddingMode
from convviz.scene import decimals

FOLDER = Path(__file__).parent.parent / "notebooks"
DATA, KERNEL = cv.examples.counting(), cv.examples.powers_of_ten()


def sums_of_pairs(length: int, layers: int) -> list[float]:
    """Ones through layers of two ones each, whose dilations double: how many each output reads."""
    signal = np.ones((1, 1, length), np.float32)
    for n in range(layers):
        signal = cv.convolve(signal, np.ones((1, 1, 2), np.float32), dilation_nd=(2**n,))
    return list(signal.ravel())


def prose(name: str) -> str:
    [path] = FOLDER.glob(f"{name}*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    texts = ["".join(c["source"]) for c in notebook["cells"]]  # a guide's words are in code
    return " ".join("\n".join(texts).split())


def exact(at: tuple[int, int], kernel: np.ndarray = KERNEL, **parameters: object) -> str:
    """The exact decimal of one output element."""
    run = layer(kernel, **parameters)
    sums = decimals.exact_sums(run.geometry, DATA[0], run.kernel, None)
    return sums[int(np.ravel_multi_index((0, *at), run.output.shape[1:]))]


def layer(kernel: np.ndarray = KERNEL, data: np.ndarray = DATA, **parameters: object):
    built = cv.explore(data, kernel, **parameters).layer
    return built.network.evaluate(built, {"input": data})


def signal(**parameters: object) -> np.ndarray:
    """The answer to an impulse."""
    found = cv.convolve(cv.examples.impulse(), cv.examples.echo(), **parameters)
    return found.reshape(-1)


def quantized(kernel_scale: float) -> np.float32:
    """The first output of the first example through int8."""
    return cv.explore(DATA, KERNEL, input_scale=1, kernel_scale=kernel_scale).scene.output[0, 0, 0]


def geometry(**parameters: object):
    return make_geometry(DATA.shape, 1, (3, 3), **parameters)


def padding_taps(geometry, at: tuple[int, int]) -> int:
    return sum(tap.kind is not Kind.DATA for tap in geometry.taps(0, at))


PADDED = {"pre_padding": (1, 1), "post_padding": (1, 1)}
CLAIMS: list[tuple[str, str, Callable[[], bool]]] = [
    ("01", "$9 - 3 + 1 = 7$", lambda: layer().output.shape == (1, 1, 4, 7)),
    ("01", "98765.4321", lambda: exact((0, 0), KERNEL[..., ::-1, ::-1]) == "98765.4321"),
    (
        "01",
        "12345.6787109375",
        lambda: float(layer().output[0, 0, 0, 0]) == 12345.6787109375,
    ),
    ("01", "at a distance of 1/1024", lambda: np.spacing(np.float32(12345.6789)) == 1 / 1024),
    # TF32 keeps 11 significant binary digits.
    ("01", "0.1 becomes about 0.09998", lambda: f"{round(0.1 * 2**14) / 2**14:.5f}" == "0.09998"),
    (
        "01",
        "Each window holds every digit once: 45.",
        lambda: bool((layer(np.ones_like(KERNEL)).output == 45).all()),
    ),
    ("02", "14725.8369", lambda: exact((0, 0), KERNEL.transpose(0, 1, 3, 2)) == "14725.8369"),
    (
        "02",
        "1728 = 64 · 3 · 3 · 3",
        lambda: make_geometry((1, 3, 9, 9), 64, (3, 3)).weight_count == 1728,
    ),
    ("02", "only 36 weights", lambda: cv.examples.filters().size == 36),
    ("03", "256 columns are 85 windows and one column more", lambda: divmod(256, 3) == (85, 1)),
    (
        "03",
        r"\lfloor (6 - 3) / 2 \rfloor + 1 = 2$, with one row left over",
        lambda: geometry(stride_nd=(2, 2)).axes[0].counts[5:] == [0],
    ),
    (
        "03",
        "The last row is faded: nobody reads it.",
        lambda: geometry(stride_nd=(2, 2)).axes[0].counts == [1, 1, 2, 1, 1, 0],
    ),
    (
        "03",
        "Windows stand side by side.",
        lambda: geometry(stride_nd=(2, 3)).axes[1].counts == [1] * 9,
    ),
    (
        "03",
        "Now there are gaps between the windows.",
        lambda: geometry(stride_nd=(2, 4)).axes[1].counts == [1, 1, 1, 0, 1, 1, 1, 0, 0],
    ),
    ("03", "on 9 columns gives 4", lambda: geometry(stride_nd=(2, 2)).axes[1].output == 4),
    (
        "04",
        "the first output is 1.2045: five of its nine weights meet a zero",
        lambda: (
            exact((0, 0), padding_nd=(1, 1)) == "1.2045"
            and padding_taps(geometry(**PADDED), (0, 0)) == 5
        ),
    ),
    (
        "04",
        "The weights of its last column meet zeros.",
        lambda: (
            [w >= 9 for w in geometry(padding_nd=(0, 1)).axes[1].table[8]] == [False, False, True]
        ),
    ),
    (
        "04",
        "The corner is a sum with one product in it.",
        lambda: padding_taps(geometry(padding_nd=(2, 2)), (0, 0)) == 8,
    ),
    (
        "04",
        "Nine columns stay nine; six rows are four.",
        lambda: geometry(padding_nd=(0, 1)).output_shape == (1, 1, 4, 9),
    ),
    (
        "04",
        "without padding a corner is read once and the middle nine times",
        lambda: geometry().reads((0, 0)) == 1 and geometry().reads((2, 4)) == 9,
    ),
    (
        "04",
        "With a padding of 1 the corner is read four times",
        lambda: geometry(**PADDED).reads((0, 0)) == 4,
    ),
    (
        "04",
        "Only with a padding of 2",
        lambda: all(
            geometry(pre_padding=(2, 2), post_padding=(2, 2)).reads((row, column)) == 9
            for row in range(6)
            for column in range(9)
        ),
    ),
    ("04", "45678.9 instead of 45678.914", lambda: exact((5, 1), padding_nd=(1, 1)) == "45678.9"),
    (
        "05",
        "the output has the same length, but at time 3 it already knows what comes at time 4",
        lambda: signal(padding_nd=(0, 1))[3] != 0 == signal(pre_padding=(0, 2))[3],
    ),
    (
        "05",
        "the answer begins when the 1 comes, and fades",
        lambda: signal(pre_padding=(0, 2)).tolist() == [0] * 4 + [1, 0.5, 0.25] + [0] * 5,
    ),
    (
        "06",
        "Its window is 5 6 0 / 8 9 0 / 0 0 0.",
        lambda: exact((4, 7), post_padding=(1, 1)) == "56089",
    ),
    (
        "06",
        "Windows at rows 0, 2 and 4: row 5 is read.",
        lambda: (
            [w[0] for w in geometry(stride_nd=(2, 2), post_padding=(1, 1)).axes[0].table]
            == [0, 2, 4]
        ),
    ),
    (
        "06",
        "One more window fits; it reads zeros alone.",
        lambda: geometry(stride_nd=(2, 2), post_padding=(3, 1)).axes[0].table[-1] == [6, 7, 8],
    ),
    (
        "06",
        "The outputs have the same shape, and every number differs",
        lambda: bool(
            (
                layer(stride_nd=(2, 2), pre_padding=(1, 0)).output
                != layer(stride_nd=(2, 2), post_padding=(1, 0)).output
            ).all()
        ),
    ),
    (
        "06",
        "A second one is not enough for a fourth: it is read by nobody",
        lambda: geometry(stride_nd=(2, 2), post_padding=(2, 0)).axes[0].counts[-1] == 0,
    ),
    (
        "07",
        "Between the first and the last place of the window lie 3 cells",
        lambda: geometry().axes[0].output - 1 == 3,
    ),
    (
        "07",
        "6×9 becomes 3×5",
        lambda: (
            geometry(
                stride_nd=(2, 2), dilation_nd=(2, 2), **PADDED, padding_mode=PaddingMode.SAME_UPPER
            ).output_shape
            == (1, 1, 3, 5)
        ),
    ),
    (
        "07",
        "At 224 the split is 2 and 3",
        lambda: (
            [
                (axis.pre, axis.post)
                for _, axis in cv.sizes(
                    224, 225, kernel=7, stride=2, modes=[PaddingMode.SAME_UPPER]
                ).axes
            ]
            == [(2, 3), (3, 3)]
        ),
    ),
    (
        "07",
        "gives the same shape and the windows of LOWER; those of UPPER are shifted by one pixel",
        lambda: (
            (symmetric := make_axis("x", 224, 7, 2, 1, 3, 3, PaddingMode.EXPLICIT_ROUND_DOWN)).table
            == make_axis("x", 224, 7, 2, 1, 0, 0, PaddingMode.SAME_LOWER).table
            == [
                [cell - 1 for cell in window]
                for window in make_axis("x", 224, 7, 2, 1, 0, 0, PaddingMode.SAME_UPPER).table
            ]
            and symmetric.output == 112
        ),
    ),
    (
        "08",
        "Nine columns, one output.",
        lambda: geometry(dilation_nd=(2, 4)).axes[1].output == 1,
    ),
    (
        "08",
        "Three layers of kernel 3 without dilation see 7 cells",
        lambda: cv.tree((3, 3, 3)).data["field"] == 7,
    ),
    (
        "08",
        "three layers see 8 cells, and each of them exactly once",
        lambda: cv.tree((2, 2, 2), (1, 2, 4), length=8).data["ways"].tolist() == [[1] * 8],
    ),
    (
        "08",
        "ten such layers see 1024 samples",
        lambda: sums_of_pairs(1024, layers=10) == [1024],
    ),
    (
        "08",
        "Dilations without a common factor, such as 1, 2, 3, close the gaps",
        lambda: bool((cv.tree((3, 3, 3), (1, 2, 3), length=13).data["ways"] > 0).all()),
    ),
    (
        "09",
        "32·9 + 64·32 = 2336 weights in the place of 64·32·9 = 18 432",
        lambda: (32 * 9 + 64 * 32, 64 * 32 * 9) == (2336, 18_432),
    ),
    (
        "11",
        "127·1 + 127·2 + 100·3 + 10·4 + 1·5 = 726",
        lambda: float(quantized(1)) == 726 == 127 * 1 + 127 * 2 + 100 * 3 + 10 * 4 + 1 * 5,
    ),
]


@pytest.mark.parametrize(
    ("name", "words", "holds"), CLAIMS, ids=[f"{name} {words[:50]}" for name, words, _ in CLAIMS]
)
def test_a_claim_of_a_notebook_holds(name: str, words: str, holds: Callable[[], bool]) -> None:
    assert words in prose(name)
    assert holds()


@given(
    size=st.integers(1, 30),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 5),
    dilation=st.integers(1, 3),
    before=st.integers(0, 4),
    after=st.integers(0, 4),
)
def test_the_table_of_padding_modes_is_what_geometry_does(
    size: int, kernel: int, stride: int, dilation: int, before: int, after: int
) -> None:
    effective_kernel = 1 + dilation * (kernel - 1)
    total = max(0, (size - 1) // stride * stride + effective_kernel - size)
    half, rest = total // 2, total - total // 2
    explicit = size + before + after - effective_kernel
    caffe = size + 2 * before - effective_kernel
    table = {
        PaddingMode.EXPLICIT_ROUND_DOWN: (explicit // stride + 1, before, after),
        PaddingMode.EXPLICIT_ROUND_UP: (math.ceil(explicit / stride) + 1, before, after),
        PaddingMode.SAME_UPPER: (math.ceil(size / stride), half, rest),
        PaddingMode.SAME_LOWER: (math.ceil(size / stride), rest, half),
        PaddingMode.CAFFE_ROUND_DOWN: (caffe // stride + 1, before, before),
        PaddingMode.CAFFE_ROUND_UP: (math.ceil(caffe / stride) + 1, before, before),
    }
    for mode, (output, pre, post) in table.items():
        if pre + size + post >= effective_kernel:
            axis = make_axis("width", size, kernel, stride, dilation, before, after, mode)
            assert (axis.output, axis.pre, axis.post) == (output, pre, post)
