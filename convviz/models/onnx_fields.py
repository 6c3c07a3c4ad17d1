"""Receptive fields through the nodes of an ONNX model: what each operator does to places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convviz.geometry import Geometry
from convviz.models import fields, onnx_resize
from convviz.models.fields import Field
from convviz.models.onnx_graph import Proto, Scope, TensorKind, attributes

# Each place of the result is made of the same place of the operands, which are broadcast.
ELEMENTWISE = {
    "Abs", "Add", "And", "BatchNormalization", "Cast", "Ceil", "Celu", "Clip", "DequantizeLinear",
    "Div", "Dropout", "Elu", "Equal", "Erf", "Exp", "Floor", "Gelu", "Greater", "HardSigmoid",
    "HardSwish", "Identity", "LeakyRelu", "Less", "Log", "Max", "Mean", "Min", "Mish", "Mul", "Neg",
    "Not", "Or", "PRelu", "Pow", "QuantizeLinear", "Reciprocal", "Relu", "Round", "Selu", "Sigmoid",
    "Sign", "Softplus", "Softsign", "Sqrt", "Sub", "Sum", "Tanh", "ThresholdedRelu", "Where", "Xor",
    "DynamicQuantizeLinear", "LRN",
}  # fmt: skip
POOLS = {"AveragePool", "LpPool", "MaxPool"}
GLOBAL = {
    "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool", "GroupNormalization",
    "InstanceNormalization",
}  # fmt: skip
REDUCE = {"ReduceL1", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum"}


RESHAPE = {"Flatten", "Reshape"}
WINDOW = ("kernel", "stride", "pre", "dilation")


class Fields:
    """The fields of a model's tensors, worked out node by node."""

    def __init__(self, model: Proto, kinds: Mapping[str, TensorKind]) -> None:
        given = {each.name for each in model.graph.initializer}
        self._kinds = kinds
        self._fields: dict[str, Field] = {
            each.name: fields.of_input(each.name, len(each.type.tensor_type.shape.dim))
            for each in model.graph.input
            if each.name not in given and each.type.tensor_type.HasField("shape")
        }
        self._lost: dict[str, str] = {}

    def of(self, name: str) -> Field | None:
        """The field of a tensor; None where nothing is known of it."""
        return self._fields.get(name)

    def lost_behind(self, name: str) -> str:
        """The operator behind which the places of a tensor are not known; "" for none."""
        return self._lost.get(name, "")

    def convolve(self, node: Proto, name: str, geometry: Geometry | None, rank: int) -> None:
        """Follow a convolution of the tensor ``name`` along ``rank`` axes.

        ``geometry`` is None where its padding is not known.
        """
        field, moved = self.of(name), None
        if field is not None and geometry is not None and len(field) == rank + 2:
            axes = geometry.axes[len(geometry.axes) - rank :]
            numbers = [[getattr(axis, n) for axis in axes] for n in WINDOW]
            moved = fields.windowed(field, *numbers)
            moved = (moved[0], None, *moved[2:])
        self._note(node, moved)

    def pass_through(self, scope: Scope, node: Proto) -> None:
        """Follow any other node; what is not known here makes nothing known."""
        field = None
        if node.domain in ("", "ai.onnx"):
            try:
                field = self._after(scope, node)
            except (ArithmeticError, LookupError, TypeError, ValueError):  # that do not fit
                field = None
        self._note(node, field)
        if node.op_type == "DynamicQuantizeLinear":  # a scale and a zero point, without places
            self._fields.update(dict.fromkeys(node.output[1:], ()))

    def _note(self, node: Proto, field: Field | None) -> None:
        """Keep the field of what a node makes, or behind which operator it is not known."""
        outputs = node.output if node.op_type == "Split" else node.output[:1]
        if field is not None:
            self._fields.update(dict.fromkeys(outputs, field))
        if field is None or None in field[2:]:
            lost = [self._lost[name] for name in node.input if name in self._lost]
            if lost or any(name in self._fields for name in node.input):
                self._lost.update(dict.fromkeys(node.output, lost[0] if lost else node.op_type))

    def _after(self, scope: Scope, node: Proto) -> Field | None:
        if node.op_type in ELEMENTWISE or node.op_type == "Concat":
            return self._together(scope, node)
        field = self.of(node.input[0]) if node.input else None
        if field is None:
            return None
        given = attributes(node)
        if node.op_type in POOLS:
            return _pooled(field, given)
        if node.op_type in GLOBAL:
            return fields.everything(field, range(2, len(field)))
        if node.op_type in REDUCE or node.op_type in ("Squeeze", "Unsqueeze"):
            return _reshaped(field, node.op_type, given, _axes(scope, node))
        if node.op_type in ("Softmax", "LogSoftmax", "LayerNormalization"):
            return fields.everything(field, range(given.get("axis", -1) % len(field), len(field)))
        if node.op_type == "ConvTranspose":
            return _spread(scope, node, field, given)
        if node.op_type in ("Resize", "Upsample"):
            samplings = onnx_resize.samplings(scope, node, self._shapes(scope, node))
            return None if samplings is None else fields.resized(field, samplings)
        if node.op_type in ("DepthToSpace", "SpaceToDepth"):
            return _shuffled(field, node.op_type, given["blocksize"])
        if node.op_type in RESHAPE and field:
            shapes = self._shapes(scope, node)
            return None if shapes is None else fields.reshaped(field, *shapes)
        return _moved(scope, node, field)

    def _shapes(self, scope: Scope, node: Proto) -> tuple[Sequence[int], Sequence[int]] | None:
        """The shapes of a node's input and output, where every size is known.

        Those within a graph of a graph are not asked for: names there need not be unique.
        """
        kinds = [self._kinds.get(name) for name in (node.input[0], node.output[0])]
        before, after = (None if kind is None else kind.shape for kind in kinds)
        if not scope.is_main or not before or not after or min(*before, *after) < 1:
            return None
        return before, after

    def _together(self, scope: Scope, node: Proto) -> Field | None:
        """The operands over one another; along the axis of a Concat, places are not the same."""
        found = []
        for name in filter(None, node.input):
            value = scope.value(name)
            field = self.of(name) if value is None else None
            if value is None and field is None:
                return None
            if field is not None:
                found.append(field)
        whole = fields.united(found)
        if node.op_type == "Concat":
            return _without(whole, [attributes(node)["axis"]])
        return whole


def _spread(scope: Scope, node: Proto, field: Field, given: dict[str, Any]) -> Field | None:
    """After a transposed convolution; where its zeros depend on a size, nothing is known."""
    weights = scope.value(node.input[1])
    size = given.get("kernel_shape") or (None if weights is None else weights.shape[2:])
    if size is None or "output_shape" in given:
        return None
    if given.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        return None
    ones = [1] * len(size)
    stride, dilation = given.get("strides", ones), given.get("dilations", ones)
    pads = given.get("pads", [0] * 2 * len(size))[: len(size)]
    moved = fields.windowed(field, size, stride, pads, dilation, transposed=True)
    return (moved[0], None, *moved[2:])


def _shuffled(field: Field, operator: str, block: int) -> Field:
    """After blocks of places become channels, or come from them."""
    sampling = onnx_resize.repeated(block)
    if operator == "DepthToSpace":
        moved = fields.resized(field, [None, None, sampling, sampling])
    else:
        moved = fields.windowed(field, *[[n, n] for n in (block, block, 0, 1)])
    return (moved[0], None, *moved[2:])


def _pooled(field: Field, given: dict[str, Any]) -> Field | None:
    size = given["kernel_shape"]
    ones = [1] * len(size)
    stride, dilation = given.get("strides", ones), given.get("dilations", ones)
    pads = given.get("pads", [0] * 2 * len(size))
    if given.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        return _without(field, range(2, len(field)))  # its zeros depend on a size
    return fields.windowed(field, size, stride, pads[: len(size)], dilation)


def _axes(scope: Scope, node: Proto) -> list[int] | None:
    """The axes that a node names, by an attribute or by its second input; None for all."""
    named = attributes(node).get("axes")
    if named is None and len(node.input) > 1:
        value = scope.value(node.input[1])
        if value is None:
            raise ValueError("axes that are not known")
        named = value.reshape(-1).tolist()
    return None if named is None else [int(axis) for axis in named]


def _reshaped(
    field: Field, operator: str, given: dict[str, Any], axes: list[int] | None
) -> Field | None:
    """After axes are reduced, left out or put in."""
    if operator == "Unsqueeze":
        rank = len(field) + len(axes or ())
        places = {axis % rank for axis in axes or ()}
        kept = iter(field)
        return tuple(None if n in places else next(kept) for n in range(rank))
    if axes is None:  # of Squeeze: those of size 1, whichever they are
        if operator == "Squeeze":
            return None
        axes = list(range(len(field)))
    places = {axis % len(field) for axis in axes}
    if operator == "Squeeze" or not given.get("keepdims", 1):
        return tuple(span for n, span in enumerate(field) if n not in places)
    return fields.everything(field, places)


def _moved(scope: Scope, node: Proto, field: Field) -> Field | None:
    """After axes change places, or places along an axis are others."""
    given = attributes(node)
    if node.op_type in RESHAPE and not field:
        return field  # a number without a place, such as a scale, in another shape
    if node.op_type == "Transpose":
        order = given.get("perm", list(reversed(range(len(field)))))
        return tuple(field[axis] for axis in order)
    if node.op_type == "Split":
        return _without(field, [given.get("axis", 0)])
    if node.op_type == "Gather":
        return _gathered(scope, node, field, given.get("axis", 0))
    if node.op_type == "Slice":
        return _sliced(scope, node, field, given)
    if node.op_type == "Pad":
        return _padded(scope, node, field, given)
    return None


def _gathered(scope: Scope, node: Proto, field: Field, axis: int) -> Field | None:
    indices = scope.value(node.input[1])
    if indices is None:
        return None
    first = axis % len(field)
    return (*field[:first], *[None] * indices.ndim, *field[first + 1 :])


def _sliced(scope: Scope, node: Proto, field: Field, given: dict[str, Any]) -> Field | None:
    """After a slice: from ``start`` on, every ``step``-th place; backwards, nothing is known."""
    inputs = [*node.input, "", "", "", ""][1:5]
    values = [scope.value(name) if name else None for name in inputs]
    if any(name and value is None for name, value in zip(inputs, values, strict=True)):
        return None
    lists = [None if value is None else value.reshape(-1).tolist() for value in values]
    starts, axes = lists[0] or given["starts"], lists[2] or given.get("axes")
    steps = lists[3] or [1] * len(starts)
    found = list(field)
    for axis, start, step in zip(axes or range(len(starts)), starts, steps, strict=True):
        span = found[axis]
        forward = span is not None and start >= 0 and step > 0
        found[axis] = span.windowed(1, step, -start) if span is not None and forward else None
    return tuple(found)


def _padded(scope: Scope, node: Proto, field: Field, given: dict[str, Any]) -> Field | None:
    value = scope.value(node.input[1]) if len(node.input) > 1 else None
    pads = given.get("pads") if value is None else value.reshape(-1).tolist()
    if pads is None or (len(node.input) > 3 and node.input[3]):
        return None
    return fields.padded(field, [int(n) for n in pads[: len(pads) // 2]])


def _without(field: Field, axes: Sequence[int]) -> Field:
    places = {int(axis) % len(field) for axis in axes}
    return tuple(None if n in places else span for n, span in enumerate(field))
