"""Compiles conv.cu and launches it through CuPy, on the current device and stream.

A `Launcher` is made for each layer and kept. conv.cu takes all sizes as arguments, so that nothing
is compiled for a new layer, and a slider never waits. Checks are left to ``convolve``, the choice
of a device to ``device``, and copies of NumPy arrays to ``transfers``.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from convviz.compute import transfers
from convviz.compute.compiler import CONV_CU, compile_source, read_source
from convviz.compute.operands import (
    FLOAT32,
    INT8,
    INT32,
    SUM_TYPES,
    Address,
    Array,
    DeviceArray,
    DevicePointer,
    Operands,
)
from convviz.geometry import FLAT, Geometry

if TYPE_CHECKING:
    from convviz.compute.large.autotune import AutotunedKernel

THREADS = 256  # of one block
MOST_INT32 = 2**31 - THREADS  # up to here, the number of the last thread fits 32 bits
LAUNCHERS = 128  # kept at a time

# The variants of conv.cu, by the arguments of its template.
C_TYPES = {FLOAT32: "float", INT8: "signed char", INT32: "int"}
INDICES = ("int", "long long")
SIDES = (0, 3)

# The structs of conv.cu, passed by value.
AXIS = np.dtype(
    [(name, np.int32) for name in ("size", "kernel", "stride", "dilation", "pre", "output")]
)
LAYER = np.dtype(
    [("outputs", np.int64), ("groups", np.int32), ("channels", np.int32), ("maps", np.int32)]
    + [(name, AXIS) for name in ("depth", "height", "width")],
    align=True,
)

Clock: TypeAlias = Callable[[], float]


def convolve(
    geometry: Geometry, input: Array, kernel: Array, bias: Array | None, *, timed: bool = False
) -> tuple[Array, Clock]:
    """Compute a layer on the GPU: the output, and a clock that tells the seconds if ``timed``.

    The arrays must all be NumPy's or all CuPy's on one device. NumPy arrays are copied to the
    current device and the output back; CuPy arrays stay on theirs, and nothing waits for the GPU
    until the clock is asked.
    """
    arrays = [input, kernel] if bias is None else [input, kernel, bias]
    if isinstance(input, np.ndarray):
        return _on_host_arrays(geometry, cast("list[np.ndarray]", arrays), timed)
    on_device = cast("list[DeviceArray]", arrays)
    if input.data.device_id == current_device():
        return _on_device_arrays(geometry, on_device, timed)
    with input.device:
        return _on_device_arrays(geometry, on_device, timed)


class Launcher:
    """A layer on one device, ready to be launched.

    Attributes
    ----------
    output_shape, sum_type : shape and dtype of the output
    autotuned : AutotunedKernel or None
        What may compute a large layer instead of conv.cu.
    """

    def __init__(self, geometry: Geometry, dtype: np.dtype, device: int) -> None:
        import cupy

        self.output_shape = geometry.output_shape
        self.sum_type = SUM_TYPES[dtype]
        self.autotuned = _autotuned_kernel(geometry, dtype, device)
        self._function = _functions(device)[variant_of(geometry, dtype)]
        self._blocks = -(-math.prod(geometry.output_shape) // THREADS)
        # Wrapped once: CuPy would look up the address of an array at every launch.
        self._struct = cupy.cuda.function.CNumpyArray(layer_struct(geometry))

    def launch(self, operands: Operands) -> None:
        """Compute the output."""
        if self.autotuned is None or not self.autotuned.launch(operands):
            self.launch_conv_cu(operands)

    def launch_conv_cu(self, operands: Operands) -> None:
        """Compute with conv.cu, whatever else has been compiled."""
        self._function((self._blocks,), (THREADS,), (*operands, self._struct))


def _autotuned_kernel(geometry: Geometry, dtype: np.dtype, device: int) -> AutotunedKernel | None:
    """The only use of large/, the fast kernels for large layers: None if that folder is deleted."""
    try:
        from convviz.compute.large.autotune import AutotunedKernel
    except ModuleNotFoundError:
        return None
    return AutotunedKernel(geometry, dtype, device)


def launcher_of(geometry: Geometry, dtype: np.dtype) -> Launcher:
    """The launcher of a layer on the current device."""
    return _launcher(geometry, dtype, current_device())


@lru_cache(LAUNCHERS)
def _launcher(geometry: Geometry, dtype: np.dtype, device: int) -> Launcher:
    return Launcher(geometry, dtype, device)


def _on_device_arrays(
    geometry: Geometry, arrays: Sequence[DeviceArray], timed: bool
) -> tuple[DeviceArray, Clock]:
    """Compute CuPy arrays of the current device."""
    import cupy

    launcher = launcher_of(geometry, arrays[0].dtype)
    contiguous = [a if a.flags.c_contiguous else cupy.ascontiguousarray(a) for a in arrays]
    output: DeviceArray = cupy.empty(launcher.output_shape, launcher.sum_type)
    return output, _launch(launcher, [array.data for array in contiguous], output.data, timed)


def _on_host_arrays(
    geometry: Geometry, arrays: Sequence[np.ndarray], timed: bool
) -> tuple[np.ndarray, Clock]:
    """Copy NumPy arrays to the current device, compute, and copy the output back.

    The GPU writes a small output straight to host memory.
    """
    import cupy

    launcher = launcher_of(geometry, arrays[0].dtype)
    stream = cupy.cuda.get_current_stream()
    arrays = [np.ascontiguousarray(array) for array in arrays]
    output, address = transfers.empty_output(launcher.output_shape, launcher.sum_type)
    small = sum(array.nbytes for array in arrays) <= transfers.SMALL
    pinned = None if small else transfers.pin(arrays[0])
    try:
        copy = transfers.copy_together if small else transfers.copy_each
        sources = copy(arrays, stream)
        if output.nbytes <= transfers.SMALL:
            clock = _launch(launcher, sources, np.uint64(address), timed)
        else:
            result: DevicePointer = cupy.cuda.alloc(output.nbytes)
            clock = _launch(launcher, sources, result, timed)
            result.copy_to_host_async(ctypes.c_void_p(address), output.nbytes, stream)
    finally:
        stream.synchronize()
        if pinned is not None:
            transfers.unpin(pinned)
    return output, clock


def _launch(
    launcher: Launcher, sources: Sequence[DevicePointer], output: Address, timed: bool
) -> Clock:
    """Launch; if ``timed``, between two events, which the clock compares."""
    import cupy

    operands = (sources[0], sources[1], sources[2] if len(sources) == 3 else None, output)
    if not timed:
        launcher.launch(operands)
        return _not_timed
    start, stop = cupy.cuda.Event(), cupy.cuda.Event()
    start.record()
    launcher.launch(operands)
    stop.record()

    def seconds() -> float:
        stop.synchronize()
        milliseconds: float = cupy.cuda.get_elapsed_time(start, stop)
        return milliseconds / 1000

    return seconds


def _not_timed() -> float:
    """The clock of a launch that was not to be timed."""
    return math.nan


def layer_struct(geometry: Geometry) -> np.ndarray:
    """The struct Layer of conv.cu, as an array of one element."""
    axes = [
        (axis.size, axis.kernel, axis.stride, axis.dilation, axis.pre, axis.output)
        for axis in (FLAT, *geometry.axes)[-3:]
    ]
    counts = (geometry.groups, geometry.group_channels, geometry.group_maps)
    return np.array([(math.prod(geometry.output_shape), *counts, *axes)], LAYER)


def variant_of(geometry: Geometry, dtype: np.dtype) -> str:
    """The variant of conv.cu that computes a layer, as C++ names it."""
    side = 3 if geometry.kernel_shape[2:] in ((3, 3), (1, 3, 3)) else 0
    return _variant(dtype, INDICES[_needs_int64(geometry)], side)


def variants() -> list[str]:
    """Every variant of conv.cu, as C++ names it."""
    return [
        _variant(dtype, index, side) for dtype in SUM_TYPES for index in INDICES for side in SIDES
    ]


def _variant(dtype: np.dtype, index: str, side: int) -> str:
    return f"convolve<{C_TYPES[dtype]}, {C_TYPES[SUM_TYPES[dtype]]}, {index}, {side}>"


def _needs_int64(geometry: Geometry) -> bool:
    """Whether a count, or a position in the padding, may not fit 32 bits."""
    counts = [
        math.prod(shape)
        for shape in (geometry.input_shape, geometry.kernel_shape, geometry.output_shape)
    ]
    return max(*counts, *(len(axis.cells) for axis in geometry.axes)) > MOST_INT32


@cache
def _functions(device: int) -> dict[str, Any]:
    """The variants of conv.cu by name, compiled for the current device, which is ``device``."""
    module = compile_source(read_source(CONV_CU), variants())
    # The function inside CuPy's kernel takes less time to call.
    return {name: module.get_function(name).kernel for name in variants()}


def current_device() -> int:
    """The number of the current device."""
    import cupy

    number: int = cupy.cuda.runtime.getDevice()
    return number


def device_name(device: int | None = None) -> str:
    """The name of a device, the current one if none is given: "NVIDIA H200"."""
    return _name(current_device() if device is None else device)


@cache
def _name(device: int) -> str:
    import cupy

    name: bytes = cupy.cuda.runtime.getDeviceProperties(device)["name"]
    return name.decode()


def free_bytes() -> int:
    """The current device's memory that is free for this process, what CuPy holds in reserve too.

    CUPY_GPU_MEMORY_LIMIT, by which several processes share a device, limits it further.
    """
    import cupy

    free: int = cupy.cuda.runtime.memGetInfo()[0]
    pool = cupy.get_default_memory_pool()
    limit: int = pool.get_limit() or free + pool.total_bytes()  # 0 is none
    left: int = min(free + pool.free_bytes(), limit - pool.used_bytes())
    return left


def needed_bytes(geometry: Geometry, input: Array) -> int:
    """The memory on the device that `convolve` takes for this input."""
    weights = 2 * 4 * geometry.weight_count
    inputs = input.nbytes if isinstance(input, np.ndarray) else 0
    return inputs + weights + 4 * math.prod(geometry.output_shape)
