"""An ONNX model as it is read: graphs within graphs, and the values that are known from the start.

Knows no convolution. A graph in an ``If``, ``Loop`` or ``Scan`` sees the names of the graph around
it. A value is known where it is an initializer, a Constant, or what nodes make of known values.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from convviz.arrays import Array
from convviz.errors import ArgumentError, short
from convviz.models.extras import needed

# Any: onnx is an extra, so that none of its classes can be named.
Proto: TypeAlias = Any

SUBGRAPHS = {"If", "Loop", "Scan"}
RANDOM = {
    "Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform",
    "RandomUniformLike",
}  # fmt: skip
MOST_FOLDED = 1 << 26  # numbers of a value that is worked out before anything is run


class Scope:
    """One graph, and the scope around it.

    Attributes
    ----------
    graph : onnx.GraphProto
    outer : Scope or None
    owner : onnx.NodeProto or None
        The node of the outer graph that holds this one.
    """

    def __init__(
        self, model: Proto, graph: Proto, outer: Scope | None = None, owner: Proto = None
    ) -> None:
        self.model, self.graph, self.outer, self.owner = model, graph, outer, owner
        self.producers: dict[str, Proto] = {
            name: node for node in graph.node for name in node.output if name
        }
        self._initializers: dict[str, Proto] = {each.name: each for each in graph.initializer}
        self._inputs = {each.name for each in graph.input}
        self._values: dict[str, Array | None] = {}

    @property
    def is_main(self) -> bool:
        """Whether it is the model's own graph."""
        return self.outer is None

    def home(self, name: str) -> Scope | None:
        """The scope, this one or one around it, in which ``name`` is made; None where nowhere."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.producers or name in scope._initializers or name in scope._inputs:
                return scope
            scope = scope.outer
        return None

    def producer(self, name: str) -> Proto | None:
        """The node that makes ``name``, here or around; None for inputs and initializers."""
        home = self.home(name)
        return None if home is None else home.producers.get(name)

    def value(self, name: str) -> Array | None:
        """The numbers of ``name``, where they are known from the start; else None."""
        home = self.home(name)
        if home is None:
            return None
        if name not in home._values:
            home._values[name] = None  # of a name that depends on itself
            home._values[name] = home._work_out(name)
        return home._values[name]

    def _work_out(self, name: str) -> Array | None:
        if name in self._initializers:
            return as_numbers(self._initializers[name])
        node = self.producers.get(name)
        if node is None or node.op_type in SUBGRAPHS | RANDOM:
            return None
        known = {each: self.value(each) for each in node.input if each}
        arrays = {each: value for each, value in known.items() if value is not None}
        if len(arrays) < len(known):
            return None
        return self._fold(node, arrays, name)

    def _fold(self, node: Proto, arrays: dict[str, Array], name: str) -> Array | None:
        """What one node makes of known values; None where that cannot be told."""
        if sum(array.size for array in arrays.values()) > MOST_FOLDED:
            return None
        helper, reference = needed("onnx.helper", "model"), needed("onnx.reference", "model")
        unknown = [helper.make_empty_tensor_value_info(each) for each in arrays]
        outputs = [helper.make_empty_tensor_value_info(name)]
        graph = helper.make_graph([node], "folded", unknown, outputs)
        model = helper.make_model(graph, opset_imports=self.model.opset_import)
        try:
            [value] = reference.ReferenceEvaluator(model).run(None, arrays)
        except Exception:  # an operation of a domain that nobody knows, or a broken node
            return None
        return np.asarray(value) if isinstance(value, np.ndarray | np.generic) else None

    def inner(self, node: Proto) -> list[Scope]:
        """The scopes of the graphs that a node holds."""
        return [Scope(self.model, graph, self, node) for graph in subgraphs(node)]


def subgraphs(node: Proto) -> list[Proto]:
    """The graphs that a node holds."""
    return [
        graph
        for attribute in node.attribute
        for graph in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs)
    ]


def first_output(node: Proto) -> str:
    """The name of a node's first output; empty where a broken node has none."""
    return str(node.output[0]) if node.output else ""


def attributes(node: Proto) -> dict[str, Any]:
    """A node's attributes by name: numbers, lists of numbers, texts."""
    helper = needed("onnx.helper", "model")
    found = {}
    for attribute in node.attribute:
        value = helper.get_attribute_value(attribute)
        found[attribute.name] = value.decode() if isinstance(value, bytes) else value
    return found


def as_numbers(tensor: Proto) -> Array | None:
    """A tensor's numbers; None where they are not there, or are none."""
    numpy_helper = needed("onnx.numpy_helper", "model")
    try:
        array: Array = numpy_helper.to_array(tensor)
    except Exception:  # external data that was not loaded, a damaged tensor
        return None
    return array


def load(source: object) -> Proto:
    """A model of the caller's own, with its data, and functions put in their places.

    Parameters
    ----------
    source : the path of a file, its bytes, or an onnx.ModelProto, which stays as it is

    Raises
    ------
    ArgumentError
        Where it is none of these, or cannot be read.
    """
    onnx = needed("onnx", "model")
    model = onnx.ModelProto()
    if isinstance(source, onnx.ModelProto):
        model.CopyFrom(source)
    elif isinstance(source, bytes | bytearray | memoryview):
        model = _parsed(lambda: onnx.load_from_string(bytes(source)), "these bytes")
    elif isinstance(source, str | os.PathLike):
        path = _path(source)
        model = _parsed(lambda: onnx.load(path), short(str(path)))
    else:
        allowed = "the path of an .onnx file, its bytes, or an onnx.ModelProto"
        raise ArgumentError("model", short(source), allowed, "Pass one of these.")
    if not model.graph.node:
        got, allowed = "a file without a single node", "an ONNX model"
        raise ArgumentError("model", got, allowed, "Pass a model's .onnx file.")
    _check_names(model.graph)
    return _inlined(model)


def _path(source: object) -> Path:
    """The path of a file that is there."""
    words = short(source)
    with suppress(Exception):  # whatever a __fspath__ raises, and names that no system has
        path = Path(os.fspath(source))  # type: ignore[call-overload]  # duck-typed
        words = short(str(path))
        if path.is_file():
            return path
    remedy = "Check its name and its folder."
    raise ArgumentError("model", words, "a file that is there", remedy)


def _parsed(read: Any, words: str) -> Proto:
    try:
        return read()
    except Exception as reason:  # protobuf's, the system's, onnx's own
        got = f"{words}, which onnx cannot read: {short(str(reason))}"
        remedy = "Check it with onnx.checker.check_model, and that its external data lie beside it."
        raise ArgumentError("model", got, "an ONNX model", remedy) from None


def _check_names(graph: Proto) -> None:
    """Refuse names that are no text, as a damaged file may have: protobuf lets them by."""
    for node in graph.node:
        names = [node.op_type, node.name, node.domain, *node.input, *node.output]
        if not all(isinstance(name, str) for name in names):
            got, allowed = "a model with names that are not UTF-8", "an ONNX model"
            raise ArgumentError("model", got, allowed, "Write the file again: it is damaged.")
        for inner in subgraphs(node):
            _check_names(inner)


def _inlined(model: Proto) -> Proto:
    """The model with each call of a function of its own replaced by the function's nodes."""
    if not model.functions:
        return model
    inliner = needed("onnx.inliner", "model")
    try:
        return inliner.inline_local_functions(model)
    except Exception as reason:  # as onnx's C++ fails
        got = f"functions that onnx cannot inline: {short(str(reason))}"
        remedy = "Inline them before, or leave them away."
        raise ArgumentError("model", got, "a model whose functions are whole", remedy) from None


def tensor_kinds(model: Proto) -> dict[str, TensorKind]:
    """The types and shapes of a model's tensors, as far as onnx infers them."""
    shape_inference = needed("onnx.shape_inference", "model")
    try:
        inferred = shape_inference.infer_shapes(model, data_prop=True)
    except Exception:  # a model of more than 2 GB, or one that contradicts itself
        inferred = model
    found: dict[str, TensorKind] = {}
    waiting = [inferred.graph]
    while waiting:
        graph = waiting.pop()
        for each in (*graph.value_info, *graph.input, *graph.output):
            found.setdefault(each.name, TensorKind.of(each))
        waiting += [inner for node in graph.node for inner in subgraphs(node)]
    return found


@dataclass(frozen=True)
class TensorKind:
    """What is known of a tensor without running the model.

    Attributes
    ----------
    type : int
        onnx.TensorProto's number of the elements' type; 0 where it is not known.
    shape : tuple of int, or None
        -1 where a size is not known; None where not even the number of axes is.
    """

    type: int
    shape: tuple[int, ...] | None

    @classmethod
    def of(cls, value: Proto) -> TensorKind:
        """What an onnx.ValueInfoProto says."""
        tensor = value.type.tensor_type
        if not tensor.HasField("shape"):
            return cls(tensor.elem_type, None)
        sizes = tuple(d.dim_value if d.dim_value > 0 else -1 for d in tensor.shape.dim)
        return cls(tensor.elem_type, sizes)
