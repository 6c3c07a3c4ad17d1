"""Copies NumPy arrays to the GPU, and allocates outputs that the GPU can write to.

Pinned memory is host memory that the GPU reaches by itself. Small arrays are gathered in some that
each thread keeps, and copied together; of large ones the input is pinned where it lies. All copies
go through the caller's stream, which the caller synchronizes.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import threading
from collections.abc import Sequence

import numpy as np

from convviz.compute.operands import DevicePointer

SMALL = 1 << 18  # bytes up to which gathering arrays takes less time than pinning one
TINY = 1 << 12  # bytes up to which the GPU reads host memory in less time than a copy takes
ALIGNMENT = 256  # bytes, that of the device's own allocations
MOST_PINNED = 1 << 30  # bytes of an output up to which it is pinned: CuPy keeps them for reuse


def empty_output(shape: tuple[int, ...], dtype: np.dtype) -> tuple[np.ndarray, int]:
    """An array for an output, and its address; the GPU can write to it unless it is huge."""
    import cupy

    count = math.prod(shape)
    size = count * dtype.itemsize
    if size > MOST_PINNED:
        output = np.empty(shape, dtype)
        return output, output.ctypes.data
    memory = cupy.cuda.alloc_pinned_memory(size)
    return np.frombuffer(memory, dtype, count).reshape(shape), memory.ptr


def copy_together(arrays: Sequence[np.ndarray], stream: object) -> list[DevicePointer]:
    """Copy small arrays to the device at once; tiny ones stay where they were gathered."""
    import cupy

    gathered, there = _staging()
    starts, stop = [], 0
    for array in arrays:
        starts.append(stop)
        stop += array.nbytes
        gathered[starts[-1] : stop] = array.reshape(-1).view(np.uint8)
        stop = -(-stop // ALIGNMENT) * ALIGNMENT
    if stop > TINY:
        address = ctypes.c_void_p(there.ptr)
        there = cupy.cuda.alloc(stop)
        there.copy_from_host_async(address, stop, stream)
    return [there + start for start in starts]


def copy_each(arrays: Sequence[np.ndarray], stream: object) -> list[DevicePointer]:
    """Copy large arrays to the device one by one, from where they lie."""
    import cupy

    pointers: list[DevicePointer] = [cupy.cuda.alloc(array.nbytes) for array in arrays]
    for pointer, array in zip(pointers, arrays, strict=True):
        pointer.copy_from_host_async(ctypes.c_void_p(array.ctypes.data), array.nbytes, stream)
    return pointers


def pin(array: np.ndarray) -> int | None:
    """Pin an array, so that the GPU copies it without a detour; None if the system refuses.

    Returns
    -------
    The address to `unpin` after the copy.
    """
    import cupy

    address: int = array.ctypes.data
    with contextlib.suppress(cupy.cuda.runtime.CUDARuntimeError):
        cupy.cuda.runtime.hostRegister(address, array.nbytes, 0)
        return address
    return None


def unpin(address: int) -> None:
    """Undo `pin`."""
    import cupy

    cupy.cuda.runtime.hostUnregister(address)


_local = threading.local()


def _staging() -> tuple[np.ndarray, DevicePointer]:
    """The pinned memory of this thread: as bytes for NumPy, and as an address for CuPy."""
    import cupy

    if not hasattr(_local, "staging"):
        size = SMALL + 3 * ALIGNMENT
        pinned = cupy.cuda.alloc_pinned_memory(size)
        memory = cupy.cuda.UnownedMemory(pinned.ptr, size, pinned, device_id=0)
        _local.staging = np.frombuffer(pinned, np.uint8, size), cupy.cuda.MemoryPointer(memory, 0)
    staging: tuple[np.ndarray, DevicePointer] = _local.staging
    return staging
