"""Refuses arrays that cannot be computed, before anything is allocated."""

from __future__ import annotations

from typing import NoReturn

import numpy as np

from convviz.compute.operands import FLOAT32, SUM_TYPES, Array, is_cupy
from convviz.errors import ArgumentError
from convviz.geometry import Geometry, check_int8_groups


def check_array(name: str, array: object) -> None:
    """Refuse what is neither a NumPy nor a CuPy array."""
    if not (isinstance(array, np.ndarray) or is_cupy(array)):
        raise ArgumentError(
            name,
            f"a value of type {type(array).__name__}",
            "a NumPy or CuPy array",
            "Make it one with np.asarray(…, np.float32).",
        )


def check_arrays(geometry: Geometry, input: Array, kernel: Array, bias: Array | None) -> None:
    """Refuse arrays whose types, memories, counts or values do not fit the layer or one another."""
    if input.dtype not in SUM_TYPES:
        _refuse_type("input", input, "float32 or int8", FLOAT32)
    if kernel.dtype != input.dtype:
        _refuse_type("kernel", kernel, f"{input.dtype}, the input's type", input.dtype)
    if input.shape != geometry.input_shape:
        raise ArgumentError(
            "input",
            f"shape {input.shape}",
            f"shape {geometry.input_shape}, for which the layer was worked out",
            "Work out the geometry again.",
        )
    if kernel.size != geometry.weight_count:
        raise ArgumentError(
            "kernel",
            f"{kernel.size} weights",
            f"{geometry.weight_count} weights, shape {geometry.kernel_shape}",
            "Change the kernel, or num_output_maps, kernel_size_nd or num_groups.",
        )
    _check_same_memory("kernel", kernel, input)
    _check_finite("kernel", kernel)
    if bias is not None:
        _check_bias(geometry, input, bias)
    if input.dtype == np.int8:
        check_int8_groups(geometry)


def _check_bias(geometry: Geometry, input: Array, bias: Array) -> None:
    check_array("bias", bias)
    wanted = SUM_TYPES[input.dtype]
    if bias.dtype != wanted:
        _refuse_type("bias", bias, f"{wanted} with an input of {input.dtype}", wanted)
    if bias.size != geometry.maps:
        raise ArgumentError(
            "bias",
            f"{bias.size} values",
            f"{geometry.maps} values, one per output map, or none",
            "Change the bias or num_output_maps.",
        )
    _check_same_memory("bias", bias, input)
    _check_finite("bias", bias)


def _refuse_type(name: str, array: Array, allowed: str, wanted: np.dtype) -> NoReturn:
    raise ArgumentError(
        name, f"an array of {array.dtype}", allowed, f"Convert it with .astype(np.{wanted.name})."
    )


def _check_same_memory(name: str, array: Array, input: Array) -> None:
    """Refuse arrays in different memories: copies between them are the caller's choice."""
    if _memory(array) != _memory(input):
        raise ArgumentError(
            name,
            f"an array of {_in_words(array)} with an input of {_in_words(input)}",
            "arrays in the same memory",
            "Move one with cupy.asarray or cupy.asnumpy.",
        )


def _memory(array: Array) -> int:
    """The number of the device that holds a CuPy array; -1 for a NumPy array."""
    return -1 if isinstance(array, np.ndarray) else array.data.device_id


def _in_words(array: Array) -> str:
    memory = _memory(array)
    return "NumPy" if memory < 0 else f"CuPy on device {memory}"


def _check_finite(name: str, array: Array) -> None:
    """Refuse NaN and infinity in NumPy weights; looking into a GPU's would stop its stream."""
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        return
    finite = np.isfinite(array)
    if not np.logical_and.reduce(finite, axis=None):
        bad = array[~finite]
        raise ArgumentError(
            name,
            f"{bad.flat[0]} ({bad.size} of {array.size} values are not finite)",
            "finite values",
            "Replace them, for example with np.nan_to_num.",
        )
