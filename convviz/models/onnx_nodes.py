"""What the nodes of ONNX that convolve mean: which tensors they multiply, as floats or integers.

Sources: the operators Conv, QLinearConv, ConvInteger and DequantizeLinear of the ONNX standard, and
FusedConv of ONNX Runtime's contrib operators.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from convviz.arrays import Array, as_array
from convviz.language.catalogue import say
from convviz.models.onnx_graph import Proto, Scope, TensorKind, attributes

OPERATORS = {
    "": {"Conv", "QLinearConv", "ConvInteger"},
    "com.microsoft": {"FusedConv"},  # a Conv, and what ONNX Runtime does after it
}


class Refusal(Exception):
    """Why a node is not shown, in words."""


def is_shown(node: Proto) -> bool:
    """Whether the node's operator is one of those that are shown."""
    return node.op_type in OPERATORS.get(_domain(node), ())


def why_not(node: Proto) -> str:
    """Why a node that `is_shown` refuses is only listed."""
    if "Transpose" in node.op_type:
        return say("models.reasons.transposed")
    if node.op_type == "DeformConv":
        return say("models.reasons.deformable")
    return say("models.reasons.operator", operator=node.op_type, domain=_domain(node) or "ai.onnx")


def _domain(node: Proto) -> str:
    return "" if node.domain == "ai.onnx" else node.domain


@dataclass(frozen=True)
class Integers:
    """A quantized tensor: the names of its integers, scale and zero point; the latter may be empty.

    ``axis`` is the one along which several scales lie.
    """

    integers: str
    scale: str
    zero: str
    axis: int


@dataclass(frozen=True)
class Operands:
    """What a convolution multiplies and adds, by the names of tensors.

    ``input`` and ``kernel`` are floats, empty where the node takes integers. ``source`` is what was
    quantized into the integers of the input, where that is known.
    """

    bias: str
    input: str = ""
    kernel: str = ""
    integer_input: Integers | None = None
    integer_kernel: Integers | None = None
    source: str = ""

    @property
    def main(self) -> str:
        """The tensor that is convolved, as the node takes it."""
        return self.input or (self.integer_input.integers if self.integer_input else "")

    @property
    def names(self) -> list[str]:
        """Every tensor whose values may be asked for."""
        found = [self.input, self.kernel, self.bias, self.source]
        for each in (self.integer_input, self.integer_kernel):
            found += [] if each is None else [each.integers, each.scale, each.zero]
        return list(dict.fromkeys(filter(None, found)))


@dataclass(eq=False)
class Node:
    """A node that convolves, and the values of its operands as far as they are known."""

    name: str
    scope: Scope
    proto: Proto
    operands: Operands
    values: dict[str, Array]
    kinds: dict[str, TensorKind]
    was_run: bool = False

    @classmethod
    def of(cls, name: str, scope: Scope, node: Proto, kinds: dict[str, TensorKind]) -> Node:
        """The node, with what is known of its operands from the start."""
        operands = _operands(scope, node)
        values = {each: scope.value(each) for each in operands.names}
        known = {each: value for each, value in values.items() if value is not None}
        return cls(name, scope, node, operands, known, kinds)

    @property
    def attributes(self) -> dict[str, Any]:
        """The node's attributes."""
        return attributes(self.proto)

    @cached_property
    def weights(self) -> tuple[Array, list[str]]:
        """The weights in float32, and what has to be said of them; asked for after the run."""
        return _kernel(self)

    def rank(self, name: str) -> int:
        """How many axes a tensor has, as far as that is known; else those of most."""
        kind = self.kinds.get(name)
        return 4 if kind is None or kind.shape is None else len(kind.shape)

    def value(self, name: str) -> Array | None:
        """The values of an operand, where they are known."""
        return self.values.get(name)


# Which tensors


def _operands(scope: Scope, node: Proto) -> Operands:
    given = [*node.input, *[""] * 9]
    if node.op_type == "QLinearConv":
        integers = Integers(given[0], given[1], given[2], 0)
        kernel = Integers(given[3], given[4], given[5], 0)
        source = _source(scope, integers)
        return Operands(given[8], "", "", integers, kernel, source)
    if node.op_type == "ConvInteger":
        integers, kernel = Integers(given[0], "", given[2], 0), Integers(given[1], "", given[3], 0)
        return Operands("", "", "", integers, kernel)
    back = [_dequantized(scope, name) for name in given[:2]]
    source = _source(scope, back[0]) if back[0] and back[1] else ""
    return Operands(given[2], given[0], given[1], back[0], back[1], source)


def _dequantized(scope: Scope, name: str) -> Integers | None:
    """What a DequantizeLinear makes ``name`` from."""
    node = scope.producer(name)
    if node is None or node.op_type != "DequantizeLinear" or _domain(node):
        return None
    given = [*node.input, "", "", ""]
    found = attributes(node)
    if found.get("block_size"):
        return None
    return Integers(given[0], given[1], given[2], found.get("axis", 1))


def _source(scope: Scope, integers: Integers | None) -> str:
    """The floats that a QuantizeLinear of the very same scale and zero point makes integers of."""
    node = None if integers is None else scope.producer(integers.integers)
    if integers is None or node is None or node.op_type != "QuantizeLinear":
        return ""
    theirs = [*node.input, "", "", ""]
    for name, other in ((theirs[1], integers.scale), (theirs[2], integers.zero)):
        values = [scope.value(each) if each else None for each in (name, other)]
        if name != other and not _equal(*values):
            return ""
    return str(theirs[0])


def _equal(one: Array | None, other: Array | None) -> bool:
    return one is not None and other is not None and bool(np.array_equal(one, other))


# Their values


def _kernel(node: Node) -> tuple[Array, list[str]]:
    """The weights in float32, and what has to be said of them."""
    operands = node.operands
    value = node.value(operands.kernel)
    if value is None and operands.integer_kernel is not None:
        value = in_float(node, operands.integer_kernel)
    if value is None:
        raise Refusal(say("models.reasons.weights"))
    notes = []
    if value.dtype != np.float32 and value.dtype.name in ("float16", "bfloat16", "float64"):
        notes.append(say("models.notes.type", type=value.dtype.name))
    floats = as_array("kernel", value).astype(np.float32)
    if not np.isfinite(floats).all():
        raise Refusal(say("models.reasons.finite"))
    return floats, notes


def input_of(node: Node) -> Array | None:
    """The activations in float32."""
    operands = node.operands
    value = node.value(operands.input)
    if value is None and not operands.input and operands.integer_input is not None:
        value = in_float(node, operands.integer_input)
    return None if value is None else as_array("input", value).astype(np.float32)


def in_float(node: Node, integers: Integers) -> Array | None:
    """Integers less their zero point, times their scale; without a scale, the whole numbers."""
    values = node.value(integers.integers)
    if values is None or any(
        name and node.value(name) is None for name in (integers.scale, integers.zero)
    ):
        return None
    found = values.astype(np.float32)
    if integers.zero:
        found = found - _along(node, integers.zero, found, integers.axis)
    if integers.scale:
        found = found * _along(node, integers.scale, found, integers.axis)
    return found


def _along(node: Node, name: str, values: Array, axis: int) -> Array:
    """Scales or zero points in a shape that broadcasts along their axis."""
    numbers = node.values[name].astype(np.float32)
    if numbers.size == 1:
        return numbers.reshape(())
    return numbers.reshape([-1 if n == axis % values.ndim else 1 for n in range(values.ndim)])


def bias_of(node: Node) -> Array | None:
    """The bias in float32; of a QLinearConv it comes in units of the product of the scales."""
    name = node.operands.bias
    if not name:
        return None
    value = node.value(name)
    if value is None:
        raise Refusal(say("models.reasons.bias"))
    floats: Array = as_array("bias", value).astype(np.float32)
    kernel, activation = node.operands.integer_kernel, node.operands.integer_input
    if node.proto.op_type == "QLinearConv" and kernel is not None and activation is not None:
        scales = [node.value(each.scale) for each in (activation, kernel)]
        for scale in scales:
            if scale is None:
                raise Refusal(say("models.reasons.bias"))
            floats = floats * scale.astype(np.float32).reshape(-1)
    return floats
