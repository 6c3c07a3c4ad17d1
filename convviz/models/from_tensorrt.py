"""Convolutions out of a TensorRT network, or out of the description of an engine.

Nothing of TensorRT is imported: a network is read by the names of INetworkDefinition and
IConvolutionLayer, a description by those of the engine inspector's JSON.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from convviz.arrays import Array, as_array
from convviz.errors import ArgumentError, short
from convviz.language.catalogue import say
from convviz.models.convolution import Convolution, NotShown
from convviz.models.model import Model
from convviz.models.naming import Names
from convviz.network.values import DYNAMIC
from convviz.parameters import STORED, LayerParameters, PaddingMode, as_integers

CONVOLUTION, DECONVOLUTION = "CONVOLUTION", "DECONVOLUTION"  # of trt.LayerType
SETTINGS = [row.name for row in STORED]
INSPECTED = {
    "stride_nd": "Stride",
    "dilation_nd": "Dilation",
    "pre_padding": "PrePadding",
    "post_padding": "PostPadding",
}


def from_tensorrt(source: object) -> Model:
    """The convolutions of a TensorRT network, or of an engine's description.

    A network (``trt.INetworkDefinition``, before it is built) gives layers with their weights. An
    engine keeps no weights that can be read: the JSON of its inspector gives shapes and parameters
    alone, as far as it was built with ``ProfilingVerbosity.DETAILED``; such a row is in the table,
    and has `geometry`, `padding` and `multiply_adds`, but cannot be opened, for there are no
    weights to compute with and none are made up.

    Tried against this package's own Network, which has the names of TensorRT's Python interface,
    against objects with the attributes that its documentation lists, and against descriptions
    written after the example in the Developer Guide (TensorRT 8.6 and 10). Not tried with the
    library itself.

    Parameters
    ----------
    source : network, or a description: the path of a .json file, its text, or the dict read from it

    Returns
    -------
    Model

    Raises
    ------
    ArgumentError
        Where it is neither, or the description has no layers.
    """
    if hasattr(source, "num_layers") and hasattr(source, "get_layer"):
        name = getattr(source, "name", "") or "network"
        return Model.of(str(name), _of_network(source))
    description, name = _description(source)
    layers = description.get("Layers")
    if not isinstance(layers, Sequence) or not layers or isinstance(layers, str):
        got = "a description without a list of Layers"
        remedy = "Pass what engine.create_engine_inspector().get_engine_information(JSON) gives."
        raise ArgumentError("source", got, "the JSON of an engine inspector", remedy)
    if not any(isinstance(layer, Mapping) for layer in layers):
        got = "a description of layers' names alone"
        allowed = "one with their details"
        remedy = "Build the engine with profiling_verbosity = ProfilingVerbosity.DETAILED."
        raise ArgumentError("source", got, allowed, remedy)
    return Model.of(name, _of_description(layers))


# A network


def _of_network(network: Any) -> Iterator[Convolution | NotShown]:
    names = Names()
    for number in range(int(network.num_layers)):
        layer = network.get_layer(number)
        kind = _kind(layer)
        if kind == DECONVOLUTION:
            name = names.new(str(layer.name))
            yield NotShown(name, kind.capitalize(), say("models.reasons.transposed"))
        elif kind == CONVOLUTION:
            name = names.new(str(layer.name))
            try:
                with _specialised(layer):
                    yield _of_layer(name, layer)
            except ArgumentError as reason:
                yield NotShown(name, kind.capitalize(), str(reason))


def _kind(layer: Any) -> str:
    """The name of a layer's LayerType, or of this package's own class of it."""
    kind = getattr(layer, "type", None)
    name = getattr(kind, "name", None) or str(kind).rpartition(".")[2]
    if kind is None:
        name = getattr(layer, "kind", "")
    return str(name).upper()


@contextmanager
def _specialised(layer: Any) -> Generator[None]:
    """Let a layer that TensorRT hands out as an ILayer have its own attributes meanwhile."""
    trt = sys.modules.get("tensorrt")
    if hasattr(layer, "kernel_size_nd") or trt is None:
        yield
        return
    plain = layer.__class__
    layer.__class__ = trt.IConvolutionLayer
    try:
        yield
    finally:
        layer.__class__ = plain


def _of_layer(name: str, layer: Any) -> Convolution:
    maps, size = int(layer.num_output_maps), _integers(layer, "kernel_size_nd")
    settings: dict[str, object] = {"padding_mode": _mode(layer.padding_mode)}
    settings["num_groups"] = int(layer.num_groups)
    for row in SETTINGS:
        if row not in settings:
            settings[row] = _integers(layer, row)
    tensor = layer.get_input(0)
    shape = tuple(int(n) if int(n) > 0 else DYNAMIC for n in tensor.shape)
    kernel, bias = _weights(layer, "kernel"), _weights(layer, "bias")
    channels = shape[-len(size) - 1]
    if channels == DYNAMIC and kernel is not None:
        channels = kernel.size // (maps * math.prod(size)) * int(layer.num_groups)
        shape = (*shape[: -len(size) - 1], channels, *shape[len(shape) - len(size) :])
    kernel_shape = (maps, channels // int(layer.num_groups), *size)
    notes = []
    if kernel is None:
        notes.append(say("models.notes.tensor"))
    elif kernel.size != math.prod(kernel_shape):
        allowed = f"{math.prod(kernel_shape)} for the shape {kernel_shape}"
        remedy = "Check num_groups and the input's channels."
        raise ArgumentError("kernel", f"{kernel.size} weights", allowed, remedy)
    return Convolution(
        name, "Convolution", str(tensor.name), shape, kernel_shape,
        LayerParameters(**settings),  # type: ignore[typeddict-item]  # by its very names
        None if kernel is None else kernel.reshape(kernel_shape), bias, notes=tuple(notes),
    )  # fmt: skip


def _integers(layer: Any, name: str) -> tuple[int, ...]:
    found = as_integers(getattr(layer, name, None))
    if found is None:
        remedy = "Pass a network of TensorRT 8 or later."
        allowed = "a tuple of integers"
        raise ArgumentError(name, short(getattr(layer, name, None)), allowed, remedy)
    return found


def _mode(value: Any) -> PaddingMode:
    """The padding mode, TensorRT's or this package's, by its name."""
    name = getattr(value, "name", None) or str(value).rpartition(".")[2]
    if name not in PaddingMode.__members__:
        remedy = "Set one of these."
        raise ArgumentError(
            "padding_mode", short(value), ", ".join(PaddingMode.__members__), remedy
        )
    return PaddingMode[name]


def _weights(layer: Any, name: str) -> Array | None:
    """A layer's weights in float32; None where it has none, as where a tensor brings them."""
    value = getattr(layer, name, None)
    if value is not None and not isinstance(value, np.ndarray) and hasattr(value, "numpy"):
        value = value.numpy()
    if value is None or not np.size(value):
        return None
    return as_array(name, value).astype(np.float32)


# An engine's description


def _description(source: object) -> tuple[Mapping[str, Any], str]:
    """The description as a dict, and what to call it."""
    allowed = "a TensorRT network, or an engine inspector's JSON: a path, its text or a dict"
    name, text = "engine", source
    if isinstance(source, Mapping):
        return source, name
    is_json = isinstance(source, str) and source.lstrip().startswith("{")
    if isinstance(source, str | os.PathLike) and not is_json:
        with suppress(Exception):  # of a file, or of whatever object of the user's names it
            path = Path(source)
            name, text = path.name, path.read_text(encoding="utf-8")
    if isinstance(text, str | bytes):
        with suppress(ValueError, RecursionError):
            found = json.loads(text)
            if isinstance(found, Mapping):
                return found, name
    remedy = "Pass engine.create_engine_inspector().get_engine_information(JSON)."
    raise ArgumentError("source", short(source), allowed, remedy)


def _of_description(layers: Sequence[Any]) -> Iterator[Convolution | NotShown]:
    names = Names()
    for layer in layers:
        if not isinstance(layer, Mapping):
            continue
        kind = str(layer.get("ParameterType") or layer.get("LayerType") or "")
        if "conv" not in kind.lower():
            continue
        name = names.new(str(layer.get("Name") or kind))
        if "deconv" in kind.lower():
            yield NotShown(name, kind, say("models.reasons.transposed"))
            continue
        try:
            yield _described(name, kind, layer)
        except ArgumentError as reason:
            yield NotShown(name, kind, str(reason))


def _described(name: str, kind: str, layer: Mapping[str, Any]) -> Convolution:
    inputs, size = layer.get("Inputs"), as_integers(layer.get("Kernel"))
    first = inputs[0] if isinstance(inputs, Sequence) and inputs else None
    shape = as_integers(first.get("Dimensions")) if isinstance(first, Mapping) else None
    maps = as_integers([layer.get("OutMaps")])
    missing = [
        field
        for field, value in (("Kernel", size), ("Inputs", shape), ("OutMaps", maps))
        if value is None
    ]
    if shape is None or size is None or maps is None or len(shape) < len(size) + 2:
        got = f"no {', '.join(missing) or 'spatial axes'} in the description of {name!r}"
        remedy = "Build the engine with profiling_verbosity = ProfilingVerbosity.DETAILED."
        raise ArgumentError("source", got, "a layer with its details", remedy)
    settings: dict[str, object] = {}
    for ours, theirs in INSPECTED.items():
        value = as_integers(layer.get(theirs))
        if value is not None:
            settings[ours] = value
    groups = (as_integers([layer.get("Groups", 1)]) or (1,))[0]
    settings["num_groups"] = groups
    mode = str(layer.get("PaddingMode", "kEXPLICIT_ROUND_DOWN"))
    settings["padding_mode"] = _mode(mode.removeprefix("k"))
    channels = shape[-len(size) - 1]
    if groups < 1 or channels < 1 or channels % groups:
        allowed = "groups that divide the channels"
        got = f"{groups} groups of {channels} channels"
        raise ArgumentError("num_groups", got, allowed, "Check the description.")
    found = Convolution(
        name, kind, str(first.get("Name", "input")) if first else "input",
        tuple(n if n > 0 else DYNAMIC for n in shape), (maps[0], channels // groups, *size),
        LayerParameters(**settings),  # type: ignore[typeddict-item]  # by its very names
        rectified=str(layer.get("Activation", "")).upper() == "RELU",
        notes=(say("models.notes.shapes"),),
    )  # fmt: skip
    _ = found.open_geometry  # refuses what cannot be
    return found
