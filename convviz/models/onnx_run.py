"""What reaches the convolutions of an ONNX model, seen while ONNX Runtime runs it.

A probe is a copy of one tensor, in float32, that becomes an output of the model. In the branches of
an ``If`` and the bodies of ``Loop`` and ``Scan`` it climbs out, graph by graph: a branch that is
not taken gives an empty array instead, a loop the value of each turn, of which the last is kept.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from convviz.arrays import Array, as_array
from convviz.checks import check_choice
from convviz.errors import ArgumentError, short
from convviz.models.extras import needed
from convviz.models.onnx_graph import Proto, Scope, subgraphs
from convviz.parameters import as_integers, check_integer

MOST_BYTES = 2**31 - 2**24  # of a model that protobuf writes in one piece
RANDOM = "random"


@dataclass(frozen=True)
class Probe:
    """A tensor whose values are wanted.

    Attributes
    ----------
    output : str
        The output of the model that has it.
    turns : int
        How many axes in front count the turns of loops.
    """

    output: str
    turns: int

    def read(self, outputs: Mapping[str, Array]) -> Array | None:
        """Its last value; None where its branch was not taken."""
        value = outputs[self.output]
        if value.size == 0:
            return None
        return value[(-1,) * self.turns] if self.turns else value


class Prober:
    """Adds probes to a model, which is changed."""

    def __init__(self, model: Proto) -> None:
        self.model = model
        self.probes: dict[tuple[int, str], Probe] = {}
        self._count = 0

    def add(self, scope: Scope, name: str, rank: int) -> Probe:
        """The probe of a tensor of a scope; the same for the same tensor."""
        key = (id(scope.graph), name)
        if key not in self.probes:
            output = self._fresh()
            helper, proto = needed("onnx.helper", "model"), needed("onnx", "model").TensorProto
            scope.graph.node.append(
                helper.make_node("Cast", [name], [output], name=output, to=proto.FLOAT)
            )
            turns = self._climb(scope, output, rank)
            self.probes[key] = Probe(self._outermost, turns)
        return self.probes[key]

    def _fresh(self) -> str:
        self._count += 1
        return f"convviz_probe_{self._count}"

    def _climb(self, scope: Scope, output: str, rank: int) -> int:
        """Make ``output`` an output of its graph and of all around it; the turns it counts."""
        helper, proto = needed("onnx.helper", "model"), needed("onnx", "model").TensorProto
        turns = 0
        while True:
            scope.graph.output.append(helper.make_tensor_value_info(output, proto.FLOAT, None))
            if scope.outer is None:
                self._outermost = output
                return turns
            node = scope.owner
            if node.op_type == "If":
                self._fill_other_branch(node, rank + turns)
            else:
                turns += 1
                _lengthen(node, "scan_output_axes")
                _lengthen(node, "scan_output_directions")
            output = self._fresh()
            node.output.append(output)
            scope = scope.outer

    def _fill_other_branch(self, node: Proto, rank: int) -> None:
        """Give the branch that lacks an output one as well, which is empty."""
        helper, proto = needed("onnx.helper", "model"), needed("onnx", "model").TensorProto
        shape = [0] * max(rank, 1)
        for graph in subgraphs(node):
            if len(graph.output) > len(node.output):
                continue
            name = self._fresh()
            empty = helper.make_tensor(f"{name}_value", proto.FLOAT, shape, [])
            graph.node.append(helper.make_node("Constant", [], [name], value=empty))
            graph.output.append(helper.make_tensor_value_info(name, proto.FLOAT, None))


def _lengthen(node: Proto, name: str) -> None:
    """A Scan's list with one number for each scanned output gets the default for one more."""
    for attribute in node.attribute:
        if attribute.name == name:
            attribute.ints.append(0)


# The data that the model is run on


def complete(
    model: Proto, feeds: object, shapes: Mapping[str, object], seed: int
) -> dict[str, Array]:
    """Data for every input of the model, in its type.

    Parameters
    ----------
    feeds : {input name: array or "random"}, or "random" for all
    shapes : {input name: shape}, where random data cannot have the declared one
    seed : of the random numbers

    Raises
    ------
    ArgumentError
        Naming what is missing, unknown, or does not fit.
    """
    given = {each.name for each in model.graph.initializer}
    inputs = {each.name: each for each in model.graph.input if each.name not in given}
    names = f"a dict with an array for each input: {', '.join(map(repr, inputs)) or 'none'}"
    if isinstance(feeds, str):
        check_choice("feeds", feeds, [RANDOM])
        feeds = dict.fromkeys(inputs, RANDOM)
    if not isinstance(feeds, Mapping):
        remedy = f'Write {{name: array}}, or "{RANDOM}".'
        raise ArgumentError("feeds", type(feeds).__name__, names, remedy)
    for parameter, mapping in (("feeds", feeds), ("shapes", shapes)):
        for name in mapping:
            if name not in inputs:
                raise ArgumentError(parameter, short(name), names, "Use one of these names.")
    missing = [name for name in inputs if name not in feeds]
    if missing:
        got, remedy = f"nothing for {missing[0]!r}", f"Add {missing[0]!r}: array."
        raise ArgumentError("feeds", got, names, remedy)
    generator = np.random.default_rng(check_integer("seed", seed, least=0))
    return {
        name: _fed(value, feeds[name], shapes.get(name), generator)
        for name, value in inputs.items()
    }


def _fed(value: Proto, given: object, shape: object, generator: np.random.Generator) -> Array:
    """One input's data in its type."""
    helper = needed("onnx.helper", "model")
    kind = value.type.tensor_type.elem_type
    if not kind:
        got = f"the input {value.name!r}, which is no tensor"
        raise ArgumentError("feeds", got, "models whose inputs are tensors", "Use another model.")
    dtype = np.dtype(helper.tensor_dtype_to_np_dtype(kind))
    if isinstance(given, str):
        check_choice("feeds", given, [RANDOM])
        return _random(value, dtype, shape, generator)
    if dtype.kind in "OSU":
        return np.asarray(given, object)
    array = as_array("feeds", given)
    declared = [_size(each) for each in value.type.tensor_type.shape.dim]
    if len(declared) > array.ndim and dtype.kind != "b":
        array = array.reshape((1,) * (len(declared) - array.ndim) + array.shape)
    return array.astype(dtype)


def _size(dimension: Proto) -> int | None:
    """A declared size; None where it is open."""
    return dimension.dim_value if dimension.dim_value > 0 else None


def _random(value: Proto, dtype: np.dtype, shape: object, generator: np.random.Generator) -> Array:
    """Standard normal numbers in the declared shape; whole numbers mean something, so are asked."""
    name = value.name
    if dtype.kind != "f" and dtype.name != "bfloat16":
        got = f'"{RANDOM}" for {name!r}, whose elements are {dtype}'
        allowed = "random data for inputs of floats"
        raise ArgumentError("feeds", got, allowed, f"Pass feeds={{{name!r}: array, …}}.")
    declared = [_size(each) for each in value.type.tensor_type.shape.dim]
    sizes = as_integers(shape) if shape is not None else None
    if shape is not None and (sizes is None or any(size < 1 for size in sizes)):
        remedy = f"Write shapes={{{name!r}: (1, 3, 224, 224)}}, for example."
        raise ArgumentError("shapes", short(shape), "a tuple of positive sizes", remedy)
    if sizes is None:
        open_axes = [n for n, size in enumerate(declared) if size is None and n > 0]
        if open_axes or not value.type.tensor_type.HasField("shape"):
            words = tuple(_words(each) for each in value.type.tensor_type.shape.dim)
            got = f"nothing for {name!r}, whose shape ({', '.join(words)}) leaves sizes open"
            remedy = f"Write shapes={{{name!r}: (…)}} with all its sizes."
            raise ArgumentError("shapes", got, "a shape for each such input", remedy)
        sizes = tuple(size or 1 for size in declared)  # one item of an open batch
    if math.prod(sizes) > 1 << 28:
        remedy = "Choose smaller sizes."
        raise ArgumentError("shapes", short(sizes), f"at most {1 << 28:,} numbers", remedy)
    return generator.standard_normal(sizes, np.float32).astype(dtype)


def _words(dimension: Proto) -> str:
    return dimension.dim_param or (str(dimension.dim_value) if dimension.dim_value > 0 else "?")


# Running


def run(model: Proto, probes: list[Probe], feeds: Mapping[str, Array]) -> dict[str, Array]:
    """The values of probes, as ONNX Runtime finds them on the CPU, each node as it is written.

    Raises
    ------
    ArgumentError
        With ONNX Runtime's own words, where it refuses the model or the data.
    """
    runtime = needed("onnxruntime", "feeds")
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    names = sorted({probe.output for probe in probes})
    try:
        with tempfile.TemporaryDirectory() as folder:
            session = runtime.InferenceSession(
                _written(model, Path(folder)), options, providers=["CPUExecutionProvider"]
            )
            values = session.run(names, dict(feeds)) if names else []
    except Exception as reason:  # ONNX Runtime's many classes
        got = f"a run that ONNX Runtime refuses: {_first_line(reason)}"
        allowed = "a model and data that it runs"
        raise ArgumentError("feeds", got, allowed, "Check the shapes and types of feeds.") from None
    return dict(zip(names, values, strict=True))


def _written(model: Proto, folder: Path) -> Any:
    """What a session is made from: bytes, or a file where they are too many for one piece."""
    if model.ByteSize() < MOST_BYTES:
        return model.SerializeToString()
    onnx = needed("onnx", "model")
    path = folder / "model.onnx"
    onnx.save_model(model, path, save_as_external_data=True, location="model.bin")
    return str(path)


def _first_line(reason: Exception) -> str:
    text = " ".join(str(reason).split())
    return text if len(text) <= 300 else f"{text[:299]}…"
