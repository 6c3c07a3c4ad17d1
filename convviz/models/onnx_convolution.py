"""A node of ONNX that convolves as a convolution: in int8 where it can be, with its parameters."""

from __future__ import annotations

import numpy as np

from convviz.arrays import Array
from convviz.compute.operands import with_height_1
from convviz.errors import ArgumentError, short
from convviz.geometry import Geometry, check_int8_groups
from convviz.language.catalogue import say
from convviz.models.convolution import Convolution, Scaling
from convviz.models.onnx_nodes import Integers, Node, Refusal, bias_of, input_of
from convviz.parameters import (
    NUM_GROUPS,
    LayerParameters,
    PaddingMode,
    as_integers,
    with_height,
)

MODES = {
    "NOTSET": PaddingMode.EXPLICIT_ROUND_DOWN,
    "VALID": PaddingMode.EXPLICIT_ROUND_DOWN,
    "SAME_UPPER": PaddingMode.SAME_UPPER,
    "SAME_LOWER": PaddingMode.SAME_LOWER,
}
MIDDLE = {"int8": 0, "uint8": 128}  # the zero points with which integers are int8 of scale alone


def convolution_of(node: Node) -> Convolution:
    """The convolution, from what is known of it.

    Raises
    ------
    Refusal, ArgumentError
        Where it cannot be shown.
    """
    kernel, notes = node.weights
    notes = list(notes)
    if not 3 <= kernel.ndim <= 5:
        raise Refusal(say("models.reasons.rank", rank=kernel.ndim - 2))
    settings = _settings(node, kernel.ndim - 2)
    data, bias = input_of(node), bias_of(node)
    scaling = None
    if (integers := _int8(node, kernel.shape, settings)) is not None:
        data, kernel, bias, scaling = integers
        notes = []
    elif node.operands.integer_input is not None and node.operands.integer_kernel is not None:
        notes.append(say("models.notes.dequantized"))
    if node.was_run and data is None:
        notes.append(say("models.notes.not_reached"))
    if node.proto.op_type == "FusedConv":
        activation = node.attributes.get("activation", "")
        notes.append(say("models.notes.fused", activation=activation))
    shape = _input_shape(node, kernel.shape, settings)
    if kernel.ndim == 3:
        notes.append(say("models.notes.height"))
        kernel, settings = with_height_1("kernel", kernel), with_height(settings)
        data = None if data is None else with_height_1("input", data)
        shape = (*shape[:-1], 1, shape[-1])
    return Convolution(
        node.name, node.proto.op_type, node.operands.main, shape, kernel.shape, settings, kernel,
        bias, scaling, data, rectified=node.attributes.get("activation") == "Relu",
        notes=tuple(notes),
    )  # fmt: skip


# In int8


def _int8(
    node: Node, kernel_shape: tuple[int, ...], settings: LayerParameters
) -> tuple[Array | None, Array, Array | None, Scaling] | None:
    """Activations, weights and bias of a layer that computes in int8; None where it cannot be."""
    activation, kernel = node.operands.integer_input, node.operands.integer_kernel
    if activation is None or kernel is None or not _may_have_groups(kernel_shape, settings):
        return None
    offset = _middle(node, activation)
    scale = _static(node, activation.scale)
    weights, kernel_scale = _centred(node, kernel), _static(node, kernel.scale)
    if offset is None or scale is None or scale.size != 1 or weights is None:
        return None
    if kernel_scale is None or kernel_scale.size not in (1, kernel_shape[0]):
        return None
    if kernel_scale.size > 1 and kernel.axis % weights.ndim:
        return None
    if not (scale > 0).all() or not (kernel_scale > 0).all():
        return None
    scaling = Scaling(float(scale.reshape(-1)[0]), kernel_scale.reshape(-1))
    data = node.value(node.operands.source)
    if data is None and (integers := node.value(activation.integers)) is not None:
        data = (integers.astype(np.int32) - offset).astype(np.int8)
    elif data is not None:
        data = data.astype(np.float32)
    return data, weights, bias_of(node), scaling


def _may_have_groups(kernel_shape: tuple[int, ...], settings: LayerParameters) -> bool:
    """Whether a layer of int8 can have these groups."""
    groups = settings.get("num_groups", 1)
    channels = kernel_shape[1] * groups
    try:
        check_int8_groups(Geometry((1,), channels, kernel_shape[0], groups, ()))
    except ArgumentError:
        return False
    return True


def _static(node: Node, name: str) -> Array | None:
    """Scales that are known from the start, in float32; without a name, one of 1."""
    value = node.scope.value(name) if name else np.ones(1, np.float32)
    return None if value is None else np.asarray(value).astype(np.float32)


def _middle(node: Node, integers: Integers) -> int | None:
    """The zero point of int8 or uint8 with which the integers are int8 of scale alone."""
    zero = node.scope.value(integers.zero) if integers.zero else None
    if zero is not None:
        middle = MIDDLE.get(zero.dtype.name)
        return middle if middle is not None and (zero == middle).all() else None
    kind = node.kinds.get(integers.integers)
    is_int8 = kind is not None and kind.type == 3  # onnx.TensorProto.INT8
    return 0 if not integers.zero and is_int8 else None


def _centred(node: Node, integers: Integers) -> Array | None:
    """Known weights less their zero point, where int8 holds them."""
    values = node.scope.value(integers.integers)
    zero = node.scope.value(integers.zero) if integers.zero else np.zeros(1, np.int32)
    if values is None or zero is None or values.dtype.name not in MIDDLE:
        return None
    shape = [-1] + [1] * (values.ndim - 1) if zero.size > 1 else []
    centred = values.astype(np.int32) - zero.astype(np.int32).reshape(shape)
    fits = centred.size == 0 or (centred.min() >= -128 and centred.max() <= 127)
    return centred.astype(np.int8) if fits else None


# Parameters and shapes


def _settings(node: Node, rank: int) -> LayerParameters:
    mode = node.attributes.get("auto_pad", "NOTSET")
    if mode not in MODES:
        raise Refusal(say("models.reasons.auto_pad", mode=mode))
    pads = _integers(node, "pads", 2 * rank, 0) if mode == "NOTSET" else (0,) * 2 * rank
    if min(pads) < 0:
        raise Refusal(say("models.reasons.pads", pads=pads))
    groups = node.attributes.get("group", 1)
    return LayerParameters(
        stride_nd=_integers(node, "strides", rank, 1),
        dilation_nd=_integers(node, "dilations", rank, 1),
        pre_padding=pads[:rank],
        post_padding=pads[rank:],
        padding_mode=MODES[mode],
        num_groups=NUM_GROUPS.check(groups),
    )


def _integers(node: Node, name: str, count: int, default: int) -> tuple[int, ...]:
    """An attribute of so many integers."""
    value = node.attributes.get(name)
    found = (default,) * count if value is None else as_integers(value)
    if found is None or len(found) not in (0, count):
        raise Refusal(say("models.reasons.attribute", name=name, value=short(value)))
    return found or (default,) * count


def _input_shape(
    node: Node, kernel_shape: tuple[int, ...], settings: LayerParameters
) -> tuple[int, ...]:
    """The declared shape, as far as it is known; the channels follow from the weights."""
    rank = len(kernel_shape)
    kind = node.kinds.get(node.operands.main)
    shape = kind.shape if kind is not None and kind.shape is not None else (-1,) * rank
    if len(shape) != rank:
        shape = (-1,) * rank
    return (shape[0], kernel_shape[1] * settings.get("num_groups", 1), *shape[2:])
