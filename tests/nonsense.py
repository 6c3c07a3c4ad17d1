"""Whatever a user may pass by mistake, and every public function to pass it to.

Functions and their parameters are read from signatures: a new function, or a new parameter of one,
is passed nonsense without anybody asking for it.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

import convviz as cv
from convviz.network.convolution import ConvolutionLayer
from convviz.network.program import Program
from convviz.plot.film import Film
from convviz.plot.still import Still


class Hostile:
    """What raises, whatever is asked of it."""

    def _raise(self, *_arguments: object) -> Any:
        raise ZeroDivisionError("from an object of the user's")

    __repr__ = __str__ = __len__ = __iter__ = __eq__ = __hash__ = __bool__ = __array__ = _raise
    __int__ = __index__ = __float__ = __getitem__ = __fspath__ = __lt__ = __add__ = _raise


class LyingSequence:
    """What says that it has two items, and has none."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> int:
        raise IndexError(index)


def _vast(dtype: str, *shape: int) -> np.ndarray:
    """An array that is large to whoever copies it, and small in memory."""
    return np.broadcast_to(np.ones((), dtype), shape)


# By name, so that a failure can be told; made anew for each call.
POOL: dict[str, Callable[[], object]] = {
    **{
        repr(value): lambda value=value: value
        for value in (
            None,
            True,
            False,
            0,
            1,
            -1,
            2,
            3,
            4,
            127,
            10**6,
            2**31 - 1,
            2**31,
            2**63,
            10**400,
            -(2**63),
            0.0,
            -0.0,
            0.5,
            -1.5,
            1e-300,
            5e-324,
            1e6,
            1e39,
            1e308,
            float("nan"),
            float("inf"),
            -float("inf"),
            1j,
            "",
            "x",
            "a",
            "1",
            "SAME",
            "SAME_UPPER",
            "cpu",
            "cuda",
            "stride",
            "____",
            "\ud800",
            "\0",
            "é" * 300,
            "x" * 70_000,
            b"x",
            (),
            (1,),
            (1, 1),
            (2, 2),
            (0, 0),
            (1, 1, 1),
            (-1, -1),
            (1.0, 1.0),
            (10**9, 10**9),
            ((1, 1), (1, 1)),
            ("x", "y"),
            (None, None),
            (float("nan"), 1.0),
            (0, 10**400),
            frozenset({1}),
            ...,
            Decimal("NaN"),
            Decimal(2),
            Fraction(1, 3),
            int,
            len,
            np.float32,
            cv.PaddingMode,
            cv.PaddingMode.SAME_LOWER,
            cv.DataType.INT8,
            Path("x"),
            Path("/dev/null/x.gif"),
            slice(3),
            range(0),
            range(3),
            range(10**12),
            np.float32("nan"),
            np.float64(1e300),
            np.int64(2),
            np.int8(-1),
            np.bool_(True),
            np.str_("x"),
        )
    },
    "10**5000": lambda: 10**5000,  # has no repr
    "[]": lambda: [],
    "[[]]": lambda: [[]],
    "[1, 2]": lambda: [1, 2],
    "[1, [2]]": lambda: [1, [2]],
    "['SAME_UPPER', 'x']": lambda: ["SAME_UPPER", "x"],
    "[(1, 1), (2, 2)]": lambda: [(1, 1), (2, 2)],
    "[None] * 10**5": lambda: [None] * 10**5,
    "{}": lambda: {},
    "{'x': 1}": lambda: {"x": 1},
    "{1: 2}": lambda: {1: 2},
    "{1, 2}": lambda: {1, 2},
    "object()": object,
    "Hostile()": Hostile,
    "LyingSequence()": LyingSequence,
    "itertools.count()": itertools.count,
    "iter([1, 2])": lambda: iter([1, 2]),
    "memoryview": lambda: memoryview(b"abcd"),
    "ones(())": lambda: np.ones(()),
    "ones(4)": lambda: np.ones(4),
    "ones(3, 3)": lambda: np.ones((3, 3)),
    "ones(1, 1, 3, 3) int8": lambda: np.ones((1, 1, 3, 3), np.int8),
    "ones(2, 2, 2, 2)": lambda: np.ones((2, 2, 2, 2)),
    "ones(1, 1, 2, 2, 2)": lambda: np.ones((1, 1, 2, 2, 2)),
    "ones of 9 axes": lambda: np.ones((1,) * 9),
    "zeros(0)": lambda: np.zeros(0),
    "zeros(1, 1, 0, 3)": lambda: np.zeros((1, 1, 0, 3)),
    "nan(1, 1, 3, 3)": lambda: np.full((1, 1, 3, 3), np.nan),
    "inf(1, 1, 3, 3)": lambda: np.full((1, 1, 3, 3), np.inf),
    "1e300(3, 3)": lambda: np.full((3, 3), 1e300),
    "text array": lambda: np.array(["a", "b"]),
    "object array": lambda: np.array([None, 1], object),
    "date": lambda: np.datetime64("2020-01-01"),
    "complex array": lambda: np.ones((3, 3), complex),
    "structured array": lambda: np.zeros(3, [("a", "f4")]),
    "masked array": lambda: np.ma.masked_equal(np.ones((3, 3)), 1),
    "324 MB of float32": lambda: _vast("f4", 1, 1, 9_000, 9_000),
    "648 MB of float64": lambda: _vast("f8", 1, 1, 9_000, 9_000),
    "40 TB of int8": lambda: _vast("i1", 1, 10**6, 40, 10**6),
    "256 MB of float64": lambda: _vast("f8", 4000, 8000),
    "a network": lambda: cv.Network(),
    "a layer": lambda: a_layer(),
    "a tensor": lambda: a_layer().get_output(0),
    "a program": lambda: Program("x"),
}


def a_layer() -> ConvolutionLayer:
    """A layer that works."""
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (1, 1, 4, 5))
    layer = network.add_convolution_nd(x, 1, (2, 2), np.ones(4))
    network.mark_output(layer.get_output(0))
    return layer


def _data() -> np.ndarray:
    return np.ones((1, 1, 4, 5), np.float32)


def _kernel() -> np.ndarray:
    return np.ones((1, 1, 2, 2), np.float32)


# What works for a parameter, by its name or by the function's and its own.
GOOD: dict[str, Callable[[], object]] = {
    "data": _data,
    "input": _data,
    "kernel": _kernel,
    "at": lambda: (0, 0),
    "output_shape": lambda: (1, 1, 3, 4),
    "input_shape": lambda: (1, 1, 4, 5),
    "num_output_maps": lambda: 1,
    "kernel_size_nd": lambda: (2, 2),
    "kernel_shape": lambda: (2, 2),
    "values": lambda: [1.0, 2.0],
    "value": lambda: 1.0,
    "scale": lambda: 1.0,
    "least": lambda: 0.5,
    "most": lambda: 2.0,
    "dilations": lambda: [1, 2],
    "input_sizes": lambda: 5,
    "section": lambda: "stride",
    "items": lambda: [a_layer()],
    "path": lambda: "picture.svg",
    "filename": lambda: "film.gif",
    "format": lambda: "png",
    "code": lambda: "____",
    "answer": lambda: "1",
    "name": lambda: "input",
    "dtype": lambda: cv.DataType.FLOAT,
    "shape": lambda: (1, 1, 4, 5),
    "weights": lambda: np.ones((1, 1, 4, 5)),
    "index": lambda: 0,
    "framework": lambda: "onnx",
    "feeds": lambda: {},
    "from_onnx.model": lambda: a_model(),
    "from_onnx.feeds": lambda: None,
    "from_tensorrt.source": lambda: a_layer().network,
    "from_torch.module": lambda: a_module(),
    "from_torch.example_input": _data,
    "explorer": lambda: cv.explore(a_layer()),
    "phases": lambda: ("Set the stride to 1.", {"stride_nd": (1, 1)}, "Look."),
    "reach.answer": lambda: {"stride_nd": (1, 1)},
    "compare.padding_mode": lambda: ["SAME_UPPER", "SAME_LOWER"],
    "sizes.kernel": lambda: 3,
    "page.path": lambda: "page.html",
    "write.path": lambda: "page.html",
    "Film.bytes.format": lambda: "gif",
    "gap.answer": lambda: "1",
    "practice.subject": lambda: "size",
    "sheet.exercises": lambda: [cv.exercises.shape((1, 1, 4, 5), 1, (2, 2))],
    "sheet.path": lambda: "sheet.html",
    "Program.save.path": lambda: "program.py",
    "step": lambda: 0,
    "steps": lambda: [0, 1],
}

# Of matplotlib's own, which checks them itself.
_OTHERS = {"writer", "codec", "bitrate", "extra_args", "metadata", "extra_anim", "savefig_kwargs"}
_OTHERS |= {"check", "progress_callback", "embed_limit"}
# Methods that the package calls, not its users.
_INTERNAL = {"check_geometry", "run", "scalings", "input_tensor", "show_moment"}


@dataclass(frozen=True)
class Target:
    """A function, or a method of an object that `make` makes, and what it can be given."""

    name: str
    get: Callable[[], Callable[..., object]]
    parameters: Mapping[str, inspect.Parameter]

    def good(self, parameter: str, owner: object) -> object:
        """What works for a parameter, of a method of ``owner``."""
        last = self.name.rpartition(".")[2]
        if isinstance(owner, (cv.Network, ConvolutionLayer)):
            found = _good_of(owner, last, parameter)
            if found is not None:
                return found
        if isinstance(owner, Still) and parameter == "shown":
            return owner.scene.step(0)
        for key in (f"{self.name}.{parameter}", f"{last}.{parameter}", parameter):
            if key in GOOD:
                return GOOD[key]()
        default = self.parameters[parameter].default
        return None if default is inspect.Parameter.empty else default

    def call(self, nonsense: Mapping[str, str]) -> object:
        """Call it with these entries of the pool, and what works for the rest that it needs."""
        function = self.get()
        owner = getattr(function, "__self__", None)
        positional: list[object] = []
        named: dict[str, object] = {}
        for name, parameter in self.parameters.items():
            needed = parameter.default is inspect.Parameter.empty or name == "kernel"
            if name in nonsense:
                value = POOL[nonsense[name]]()
            elif needed or f"{self.name.rpartition('.')[2]}.{name}" in GOOD:
                value = self.good(name, owner)
            else:
                continue
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY or not needed:
                named[name] = value
            else:
                positional.append(value)
        return function(*positional, **named)


def a_model() -> bytes:
    """An ONNX model of one convolution."""
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["y"])],
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 4, 5])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.ones((1, 1, 2, 2), np.float32), "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString()


def a_module() -> object:
    """A PyTorch module of one convolution."""
    import torch

    return torch.nn.Conv2d(1, 1, 2)


def _good_of(owner: cv.Network | ConvolutionLayer, method: str, parameter: str) -> object:
    """What works for a parameter of a method, where that is a part of the owner; else None."""
    network = owner if isinstance(owner, cv.Network) else owner.network
    layer = network.get_layer(0)
    if method == "add_dequantize" and parameter == "input":
        return network.add_constant((2,), np.ones(2, np.int8)).get_output(0)
    match parameter:
        case "input":
            return layer.get_input(0)
        case "tensor":
            return layer.get_output(0) if method == "mark_output" else layer.get_input(0)
        case "scale":
            return network.add_constant([], [1.0]).get_output(0)
        case "layer":
            return layer
        case "feeds":
            return {"x": _data()}
    return None


def _parameters(function: Callable[..., object]) -> dict[str, inspect.Parameter]:
    found: dict[str, inspect.Parameter] = {}
    for name, each in inspect.signature(function).parameters.items():
        if name == "self" or name in _OTHERS:
            continue
        if each.kind is inspect.Parameter.VAR_KEYWORD:
            continue
        if each.kind is inspect.Parameter.VAR_POSITIONAL and name == "subject":
            for part in ("data", "kernel"):
                found[part] = each.replace(name=part, kind=inspect.Parameter.POSITIONAL_OR_KEYWORD)
            continue
        if each.kind is inspect.Parameter.VAR_POSITIONAL:
            each = each.replace(kind=inspect.Parameter.POSITIONAL_OR_KEYWORD)
        found[name] = each
    return found


def _methods(make: Callable[[], object], *classes: type) -> list[Target]:
    """The public methods that these classes define."""
    return [
        Target(
            f"{each.__name__}.{name}",
            lambda name=name: getattr(make(), name),
            _parameters(function),
        )
        for each in classes
        for name, function in vars(each).items()
        if inspect.isfunction(function) and name[0] != "_" and name not in _INTERNAL
    ]


def _setter(trait: str) -> Callable[[], Callable[[object], None]]:
    return lambda: lambda value: setattr(a_layer(), trait, value)


def a_still() -> Still:
    """A still that works."""
    return cv.draw(a_layer(), captions=False, figsize=(1, 1))


def a_film() -> Film:
    """A film that works."""
    return cv.film(a_layer(), captions=False, figsize=(1, 1), steps=[0, 1])


def targets() -> dict[str, Target]:
    """Every public function, class and method by its name."""
    from convviz.course import examples, exercises, gallery
    from convviz.network.layers import Layer

    functions = {name: getattr(cv, name) for name in cv.__all__}
    for module in (exercises, examples):
        functions |= {name: getattr(module, name) for name in module.__all__}
    functions |= {"write": gallery.write}
    found = [
        Target(name, lambda function=function: function, _parameters(function))
        for name, function in functions.items()
        if inspect.isfunction(function) or function in (cv.Network, cv.Weights)
        if name != "from_torch" or find_spec("torch") is not None
    ]
    found += _methods(lambda: a_layer().network, cv.Network)
    found += _methods(a_layer, ConvolutionLayer, Layer)
    found += _methods(a_still, Still) + _methods(a_film, Film)
    found += _methods(lambda: Program("print(1)"), Program)
    value = inspect.Parameter("value", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    for trait in ConvolutionLayer.class_own_traits():
        GOOD[f"{trait}.value"] = lambda trait=trait: getattr(a_layer(), trait)
    found += [
        Target(f"ConvolutionLayer.{trait}", _setter(trait), {"value": value})
        for trait in ConvolutionLayer.class_own_traits()
    ]
    return {target.name: target for target in found if target.parameters}
