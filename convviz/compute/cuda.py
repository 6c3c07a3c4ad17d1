"""Compiles conv.cu and launches it through CuPy, on the current device and stream.

CuPy is imported here and only here, inside the functions: whoever computes on the CPU never loads
it. Checks and messages to the user are left to ``convviz.compute``; why a GPU cannot be used is
said here, as a `Trouble`.
"""

from __future__ import annotations

import ctypes
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from convviz.geometry import Axis, Geometry

THREADS = 256  # of one block
MOST_BLOCKS = 1 << 20  # a block takes on more than one round of outputs beyond that
MOST_INT32 = 2**31 - THREADS * MOST_BLOCKS  # up to here, a round further still fits 32 bits

TYPES = {np.dtype(np.float32): ("float", "float"), np.dtype(np.int8): ("signed char", "int")}
INDICES = ("int", "long long")
OPTIONS = ("--std=c++17",)

# The structs of conv.cu, passed by value.
AXIS = np.dtype(
    [(name, np.int32) for name in ("size", "kernel", "stride", "dilation", "pre", "output")]
)
LAYER = np.dtype(
    [("outputs", np.int64), ("groups", np.int32), ("channels", np.int32), ("maps", np.int32)]
    + [(name, AXIS) for name in ("depth", "height", "width")],
    align=True,
)
FLAT = Axis("depth", size=1, kernel=1, stride=1, dilation=1, pre=0, post=0, output=1)


@dataclass(frozen=True)
class Trouble:
    """Why no GPU can be used, and what to do about it.

    ``is_expected`` marks what is no fault of the machine: it simply has no GPU.
    """

    reason: str
    remedy: str
    is_expected: bool = False


def convolve(
    geometry: Geometry, input: Any, kernel: Any, bias: Any | None
) -> tuple[Any, Callable[[], float]]:
    """Compute a layer on the GPU: the output, and a clock that tells the seconds it took.

    NumPy arrays are copied to the current device and the output back; CuPy arrays stay on theirs,
    and nothing waits for the GPU until the clock is asked.
    """
    import cupy

    if isinstance(input, np.ndarray):
        arrays = [None if array is None else cupy.asarray(array) for array in (input, kernel, bias)]
        output, clock = _launch(geometry, *arrays)
        return output.get(), clock
    with input.device:
        return _launch(geometry, input, kernel, bias)


def _launch(
    geometry: Geometry, input: Any, kernel: Any, bias: Any | None
) -> tuple[Any, Callable[[], float]]:
    import cupy

    value, total = TYPES[input.dtype]
    name = f"convolve<{value}, {total}, {INDICES[_needs_int64(geometry)]}>"
    function = _functions(cupy.cuda.runtime.getDevice())[name]
    input, kernel = cupy.ascontiguousarray(input), cupy.ascontiguousarray(kernel)
    bias = None if bias is None else cupy.ascontiguousarray(bias)
    output = cupy.empty(geometry.output_shape, np.float32 if total == "float" else np.int32)
    blocks = min(MOST_BLOCKS, -(-output.size // THREADS))
    start, stop = cupy.cuda.Event(), cupy.cuda.Event()
    start.record()
    function((blocks,), (THREADS,), (input, kernel, bias, output, _layer(geometry)))
    stop.record()

    def seconds() -> float:
        stop.synchronize()
        return cupy.cuda.get_elapsed_time(start, stop) / 1000

    return output, seconds


def _layer(geometry: Geometry) -> np.ndarray:
    """The struct Layer of conv.cu, as an array of one element."""
    axes = [
        (axis.size, axis.kernel, axis.stride, axis.dilation, axis.pre, axis.output)
        for axis in (FLAT, *geometry.axes)[-3:]
    ]
    counts = (geometry.groups, geometry.group_channels, geometry.group_maps)
    return np.array([(math.prod(geometry.output_shape), *counts, *axes)], LAYER)


def _needs_int64(geometry: Geometry) -> bool:
    """Whether a count, or a position in the padding, may not fit 32 bits."""
    counts = [
        math.prod(shape)
        for shape in (geometry.input_shape, geometry.kernel_shape, geometry.output_shape)
    ]
    return max(*counts, *(len(axis.cells) for axis in geometry.axes)) > MOST_INT32


def names() -> list[str]:
    """Every variant of the kernel, as C++ names it."""
    return [
        f"convolve<{value}, {total}, {index}>"
        for value, total in TYPES.values()
        for index in INDICES
    ]


def source() -> str:
    """The text of conv.cu."""
    return resources.files(__package__).joinpath("conv.cu").read_text(encoding="utf-8")


@cache
def _functions(device: int) -> dict[str, Any]:
    """The kernels by name, compiled for the current device; CuPy keeps them on disk."""
    import cupy

    module = cupy.RawModule(code=source(), options=OPTIONS, name_expressions=names())
    return {name: module.get_function(name) for name in names()}


def free_bytes() -> int:
    """The current device's memory that is free, what CuPy holds in reserve included."""
    import cupy

    return cupy.cuda.runtime.memGetInfo()[0] + cupy.get_default_memory_pool().free_bytes()


def needed_bytes(geometry: Geometry, input: Any) -> int:
    """The memory on the device that `convolve` takes for this input."""
    inputs = 0
    if isinstance(input, np.ndarray):
        inputs = input.nbytes + geometry.weight_count * input.itemsize
    return inputs + 4 * math.prod(geometry.output_shape)


def device_name(device: int | None = None) -> str:
    """The name of a device, the current one if none is given: "NVIDIA H200"."""
    import cupy

    return _device_name(cupy.cuda.runtime.getDevice() if device is None else device)


@cache
def _device_name(device: int) -> str:
    import cupy

    return cupy.cuda.runtime.getDeviceProperties(device)["name"].decode()


@cache
def trouble() -> Trouble | None:
    """Find out, once, why no GPU can be used here; None if one can.

    The driver is asked first, which takes a millisecond and no CuPy; then comes a trial, because
    a machine may well have a GPU and CuPy but no compiler, or no memory left.
    """
    if not _driver_devices():
        return Trouble(
            "no CUDA device found",
            "Use device='cpu', or a machine with an NVIDIA GPU and its driver.",
            is_expected=True,
        )
    try:
        import cupy  # noqa: F401
    except ImportError as error:
        return Trouble(
            f"there is a CUDA device, but CuPy cannot be imported ({_first_line(error)})",
            "Install it: pip install 'convviz[cuda13]', or 'convviz[cuda12]' for an older driver.",
        )
    try:
        _try_out()
    except Exception as error:  # a GPU's set-up can be broken in any way; none may stop NumPy
        return _diagnose(error)
    return None


def _try_out() -> None:
    """Compile the kernel, launch it and read its result."""
    from convviz.geometry import make_geometry

    one = np.ones((1, 1, 1, 1), np.float32)
    output, _ = convolve(make_geometry(one.shape, 1, (1, 1)), one, one, None)
    if output.item() != 1:
        raise RuntimeError(f"1 × 1 came out as {output.item()}")


def _diagnose(error: Exception) -> Trouble:
    words = f"{type(error).__name__}: {_first_line(error)}"
    if type(error).__name__ == "OutOfMemoryError" or "memory" in words.lower():
        return Trouble(
            f"the GPU has no memory left ({words})",
            "Close what holds it (nvidia-smi lists it), then restart the Jupyter kernel.",
        )
    if "nvrtc" in words.lower() or isinstance(error, OSError):
        return Trouble(
            f"CuPy finds no CUDA compiler, NVRTC ({words})",
            "Install CuPy with the CUDA libraries: pip install 'convviz[cuda13]', or "
            "'convviz[cuda12]' for an older driver.",
        )
    return Trouble(
        f"CuPy cannot use the GPU ({words})",
        "Update the NVIDIA driver, or install the CuPy that fits it: 'convviz[cuda12]' or "
        "'convviz[cuda13]'. A GPU too old for both computes nothing here; use device='cpu'.",
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip() or "no details").splitlines()[0]


def _driver_devices() -> int:
    """How many CUDA devices the driver shows (CUDA_VISIBLE_DEVICES counts); 0 without a driver."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return 0
    return count.value
