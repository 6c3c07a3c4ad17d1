"""The arrays that are computed with, NumPy's and CuPy's: their types, and telling them apart.

CuPy ships no types, so the parts of it that are passed around are described here, by protocols. It
is imported inside the functions that use it: whoever computes on the CPU never loads it.
"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias, TypeGuard

import numpy as np

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
