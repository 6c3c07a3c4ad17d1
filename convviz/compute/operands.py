"""The arrays that are computed with, NumPy's and CuPy's: from what a user gives, by their types.

CuPy ships no types, so the parts of it that are passed around are described here, by protocols. It
is imported inside the functions that use it: whoever computes on the CPU never loads it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias, TypeGuard, overload

import numpy as np

from convviz import memory
from convviz.arrays import as_array
from convviz.errors import ArgumentError

SURELY_FREE = 1 << 24  # bytes that are there without asking

FLOAT32, INT8, INT32 = np.dtype(np.float32), np.dtype(np.int8), np.dtype(np.int32)

# The type of sums, bias and output for each type of input and weights.
SUM_TYPES: dict[np.dtype, np.dtype] = {FLOAT32: FLOAT32, INT8: INT32}


class DevicePointer(Protocol):
    """``cupy.cuda.MemoryPointer``: an address in a GPU's memory."""

    ptr: int
    device_id: int

    def __add__(self, offset: int, /) -> DevicePointer:
        """The address ``offset`` bytes further on."""
        ...

    def copy_from_host_async(self, address: object, size: int, stream: object, /) -> None:
        """Begin to copy ``size`` bytes from host memory."""

    def copy_to_host_async(self, address: object, size: int, stream: object, /) -> None:
        """Begin to copy ``size`` bytes to host memory."""


class Flags(Protocol):
    """How an array lies in memory."""

    c_contiguous: bool


class DeviceArray(Protocol):
    """``cupy.ndarray``: an array in a GPU's memory."""

    shape: tuple[int, ...]
    ndim: int
    size: int
    dtype: np.dtype
    flags: Flags
    data: DevicePointer
    device: AbstractContextManager[object]  # makes it the current device

    def reshape(self, *shape: int) -> DeviceArray:
        """The same numbers in another shape."""
        ...


class Kernel(Protocol):
    """``cupy.RawKernel``: a compiled kernel."""

    max_dynamic_shared_size_bytes: int

    def __call__(
        self,
        grid: tuple[int, ...],
        block: tuple[int, ...],
        args: tuple[object, ...],
        *,
        shared_mem: int = 0,
    ) -> None:
        """Launch it on the current stream."""


Array: TypeAlias = np.ndarray | DeviceArray
Address: TypeAlias = DevicePointer | np.uint64  # of memory that a GPU can reach, in either form

# What a kernel is launched with: input, kernel (the weights), bias and output.
Operands: TypeAlias = tuple[DevicePointer, DevicePointer, DevicePointer | None, Address]


def is_cupy(array: object) -> TypeGuard[DeviceArray]:
    """Whether it is a CuPy array; none exists before CuPy has been imported."""
    cupy = sys.modules.get("cupy")
    return cupy is not None and isinstance(array, cupy.ndarray)


def as_operand(name: str, value: object) -> Array:
    """``value`` as an array, where it is: CuPy's in its device's memory, all else in NumPy's."""
    if type(value) is np.ndarray and value.dtype in SUM_TYPES:
        return value
    return value if is_cupy(value) else as_array(name, value)


def converted(input: Array, kernel: Array, bias: Array | None) -> tuple[Array, Array, Array | None]:
    """NumPy operands in the types that are computed with; CuPy's are their owner's to convert.

    int8 stays int8, with a bias of int32; everything else becomes float32.
    """
    if not isinstance(input, np.ndarray) or not isinstance(kernel, np.ndarray):
        return input, kernel, bias
    if input.dtype == INT8:
        if isinstance(bias, np.ndarray) and bias.dtype.kind in "iu":
            bias = bias.astype(INT32, copy=False)
        return input, kernel, bias
    _refuse_conversion({"input": input, "kernel": kernel, "bias": bias})
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite
        x, weights = input.astype(FLOAT32, copy=False), kernel.astype(FLOAT32, copy=False)
        if isinstance(bias, np.ndarray):
            bias = bias.astype(FLOAT32, copy=False)
    return x, weights, bias


def _refuse_conversion(arrays: Mapping[str, object]) -> None:
    """Refuse arrays of which the free memory holds no copy in float32."""
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray) or array.dtype == FLOAT32:
            continue
        needed = FLOAT32.itemsize * array.size
        if needed > SURELY_FREE and needed > memory.free_bytes():
            got = f"{array.size:,} numbers, {memory.in_words(needed)} in float32"
            allowed = f"at most the {memory.in_words(memory.free_bytes())} of memory that are free"
            raise ArgumentError(name, got, allowed, "Use a smaller array.")


@overload
def with_height_1(name: str, array: np.ndarray) -> np.ndarray: ...


@overload
def with_height_1(name: str, array: Array) -> Array: ...


def with_height_1(name: str, array: Array) -> Array:
    """A 1-D layer's array, (…, L), with a height of 1."""
    if array.ndim < 2:
        allowed = "at least 2 axes, channels and length"
        raise ArgumentError(name, f"shape {array.shape}", allowed, "Add axes with reshape.")
    return array.reshape(*array.shape[:-1], 1, array.shape[-1])


def without_height(array: Array) -> Array:
    """`with_height_1` undone."""
    return array.reshape(*array.shape[:-2], array.shape[-1])
