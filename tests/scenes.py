"""Random layers with data for them, and their scenes: what the tests of the picture are made on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from convviz.errors import ArgumentError
from convviz.network.convolution import ConvolutionLayer
from convviz.network.network import Network
from convviz.network.values import DataType
from convviz.parameters import PaddingMode
from convviz.scene.scene import Scene

DIGITS = np.tile(np.arange(1, 10, dtype=np.float32).reshape(3, 3), (2, 3))[None, None]
POWERS = np.power(10, range(4, -5, -1), dtype=np.float32).reshape(1, 1, 3, 3)


@dataclass
class Case:
    """Arrays and the parameters that go with them."""

    data: np.ndarray
    kernel: np.ndarray
    bias: np.ndarray | None = None
    parameters: dict[str, object] = field(default_factory=dict)

    def layer(self) -> ConvolutionLayer:
        network = Network()
        tensor = network.add_input("x", DataType.FLOAT, self.data.shape)
        maps, _, *size = self.kernel.shape
        layer = network.add_convolution_nd(tensor, maps, size, self.kernel, self.bias)
        for name, value in self.parameters.items():
            setattr(layer, name, value)
        network.mark_output(layer.get_output(0))
        return layer

    def run(self):
        """What the network computes of the layer."""
        layer = self.layer()
        return layer.network.evaluate(layer, {"x": self.data}, "cpu")

    def scene(self, item: int = 0) -> Scene:
        layer = self.layer()
        run = layer.network.evaluate(layer, {"x": self.data}, "cpu")
        return Scene.of(run, item)


def reference(**parameters: object) -> Case:
    """The first example of every notebook: the digits 1 to 9 under the powers of ten."""
    return Case(DIGITS, POWERS, parameters=parameters)


def integers(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.integers(-9, 10, shape).astype(np.float32)


def hundredths(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return (rng.integers(-999, 1000, shape) / 100).astype(np.float32)


def wild(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Every size that float32 has, so that the integers of exact sums outgrow 64 bits."""
    return np.ldexp(rng.standard_normal(shape), rng.integers(-60, 60, shape)).astype(np.float32)


@st.composite
def cases(draw: st.DrawFn, *, most: int = 5) -> Case:
    """A small layer over all parameters, in two or three dimensions, one batch item."""
    rank, groups = draw(st.integers(2, 3)), draw(st.integers(1, 3))
    channels, maps = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    few = 3 if rank == 3 else most

    def axis(low: int, high: int) -> tuple[int, ...]:
        return tuple(draw(st.integers(low, high)) for _ in range(rank))

    size, taps = axis(1, few), axis(1, 3)
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    numbers = draw(st.sampled_from([integers, hundredths, wild]))
    case = Case(
        numbers(rng, (1, channels, *size)),
        numbers(rng, (maps, channels // groups, *taps)),
        draw(st.sampled_from([None, numbers(rng, (maps,))])),
        {
            "stride_nd": axis(1, 3),
            "dilation_nd": axis(1, 2),
            "pre_padding": axis(0, 2),
            "post_padding": axis(0, 2),
            "padding_mode": draw(st.sampled_from(PaddingMode)),
            "num_groups": groups,
        },
    )
    try:
        case.layer().geometry()
    except ArgumentError:
        assume(False)
    return case


def mixed_cases(count: int, seed: int = 0) -> list[Case]:
    """Always the same layers, in two and three dimensions in turn, and every padding mode."""
    rng = np.random.default_rng(seed)
    found: list[Case] = []
    while len(found) < count:
        case = _mixed_case(rng, 2 + len(found) % 2, list(PaddingMode)[len(found) % 6])
        try:
            case.layer().geometry()
        except ArgumentError:
            continue
        found.append(case)
    return found


def _mixed_case(rng: np.random.Generator, rank: int, mode: PaddingMode) -> Case:
    def axis(low: int, high: int) -> tuple[int, ...]:
        return tuple(int(n) for n in rng.integers(low, high + 1, rank))

    groups = int(rng.integers(1, 4))
    within, maps = (int(n) for n in rng.integers(1, 3, 2))
    return Case(
        integers(rng, (1, groups * within, *axis(2, 6 if rank == 2 else 3))),
        hundredths(rng, (groups * maps, within, *axis(1, 3))),
        hundredths(rng, (groups * maps,)) if rng.integers(2) else None,
        {
            "stride_nd": axis(1, 3),
            "dilation_nd": axis(1, 2),
            "pre_padding": axis(0, 2),
            "post_padding": axis(0, 2),
            "padding_mode": mode,
            "num_groups": groups,
        },
    )


def call(case: Case, verb: str = "explore") -> str:
    """The case as a notebook's cell writes it: ``cv.explore(data, kernel, stride_nd=…)``."""
    arrays = [case.data, case.kernel] + ([] if case.bias is None else [case.bias])
    arguments = [
        f"np.array({array.reshape(-1).tolist()}, np.float32).reshape{array.shape}"
        for array in arrays
    ]
    for name, value in case.parameters.items():
        plain = value.name if isinstance(value, PaddingMode) else value
        arguments.append(f"{name}={plain!r}")
    return f"cv.{verb}({', '.join(arguments)})"
