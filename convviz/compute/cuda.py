"""Compiles the CUDA sources and launches them through CuPy, on the current device and stream.

A `Job` is one layer on one device, made once and kept. It starts with conv.cu, whose sizes are
arguments: nothing is compiled for it, so a slider never waits. Once a layer has cost as much time
as a compiler takes, tiled.cu or unfolded.cu is compiled for it, in a few ways, and the fastest is
kept. CuPy is imported inside the functions: whoever computes on the CPU never loads it. Checks are
left to ``convviz.compute``; why a GPU cannot be used is said here, as a `Trouble`.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from convviz.compute.large.direct import tilings
from convviz.compute.large.implicit_gemm import unfoldings
from convviz.compute.large.plans import SHARED_BYTES, Layer, Plan
from convviz.geometry import FLAT, Geometry, make_geometry

THREADS = 256  # of one block of conv.cu
MOST_INT32 = 2**31 - THREADS  # up to here, the number of the last thread fits 32 bits

TYPES = {np.dtype(np.float32): ("float", "float"), np.dtype(np.int8): ("signed char", "int")}
INDICES = ("int", "long long")
SIDES = (0, 3)
OPTIONS = ("--std=c++17",)

PRODUCTS = 2e12  # a second, about what conv.cu computes on a large GPU
TRIALS = 12  # plans that are compiled and measured
COMPILERS = 8  # threads that compile
LAUNCHES = 4  # in one measurement
MEASURING = 0.3  # seconds
COMPILING = 2.0  # seconds, about what that takes
SMALL = 1 << 18  # bytes of input up to which a copy of a copy costs less than its preparation
TINY = 1 << 12  # bytes that the GPU itself reads faster from the host's memory than a copy takes
ALIGNED = 256  # bytes, as the device's own memory
LOCKED = 1 << 30  # bytes of output up to which it lies in locked memory, which CuPy keeps for more
JOBS = 128  # kept at a time, with what was compiled for them

# The structs of conv.cu, passed by value.
AXIS = np.dtype(
    [(name, np.int32) for name in ("size", "kernel", "stride", "dilation", "pre", "output")]
)
LAYER = np.dtype(
    [("outputs", np.int64), ("groups", np.int32), ("channels", np.int32), ("maps", np.int32)]
    + [(name, AXIS) for name in ("depth", "height", "width")],
    align=True,
)

Clock = Callable[[], float]


@dataclass(frozen=True)
class Trouble:
    """Why no GPU can be used, and what to do about it.

    ``is_expected`` marks what is no fault of the machine: it simply has no GPU.
    """

    reason: str
    remedy: str
    is_expected: bool = False


def convolve(
    geometry: Geometry, input: Any, kernel: Any, bias: Any | None, *, timed: bool = False
) -> tuple[Any, Clock | None]:
    """Compute a layer on the GPU: the output, and, if ``timed``, a clock that tells the seconds.

    NumPy arrays are copied to the current device and the output back; CuPy arrays stay on theirs,
    and nothing waits for the GPU until the clock is asked.
    """
    if isinstance(input, np.ndarray):
        return _on_host_arrays(geometry, input, kernel, bias, timed)
    if _is_current(input.data.device_id):
        return _on_device_arrays(geometry, input, kernel, bias, timed)
    with input.device:
        return _on_device_arrays(geometry, input, kernel, bias, timed)


class Job:
    """A layer on the current device, ready to be launched."""

    def __init__(self, geometry: Geometry, dtype: np.dtype, device: int) -> None:
        import cupy

        value, total = TYPES[dtype]
        index = INDICES[_needs_int64(geometry)]
        side = 3 if geometry.kernel_shape[2:] in ((3, 3), (1, 3, 3)) else 0
        self.geometry = geometry
        self.output_shape = geometry.output_shape
        self.outputs = math.prod(geometry.output_shape)
        self.output_bytes = 4 * self.outputs
        self.dtype = dtype
        self.device = device
        self.sum_type = np.dtype(np.float32 if total == "float" else np.int32)
        self._plain = _functions(device)[f"convolve<{value}, {total}, {index}, {side}>"].kernel
        self._blocks = -(-self.outputs // THREADS)
        # Wrapped once: CuPy would look for the address of an array at every launch.
        self._struct = cupy.cuda.function.CNumpyArray(layer_struct(geometry))
        self._cost = geometry.tap_count * self.outputs / PRODUCTS
        self._spent = 0.0
        self.planned: Planned | None = None

    def launch(self, input: Any, kernel: Any, bias: Any, output: Any) -> None:
        """Compute into ``output``. All four are addresses on the device; the bias may be None."""
        if self._is_worth_compiling():
            self.compile(input, kernel, bias, output)
        if self.planned is not None and self.planned.takes(input):
            self.planned.launch(input, kernel, bias, output)
        else:
            self.launch_plain(input, kernel, bias, output)

    def _is_worth_compiling(self) -> bool:
        """Whether the layer has, with this call, cost as much time as compiling it will.

        Nobody knows how often it will be computed again. Whoever compiles just then never spends
        more than twice what they would have, had they known (the rule for renting or buying skis).
        A slider makes a new layer at every step and never gets there.
        """
        if self._spent >= COMPILING:
            return False
        self._spent += self._cost
        if self._spent < COMPILING:
            return False
        import cupy

        if cupy.cuda.get_current_stream().is_capturing():  # nothing can be measured now
            self._spent = 0.0
            return False
        return True

    def launch_plain(self, input: Any, kernel: Any, bias: Any, output: Any) -> None:
        """Compute with conv.cu, whatever has been compiled."""
        arguments = (input, kernel, bias, output, self._struct)
        self._plain((self._blocks,), (THREADS,), arguments)

    def compile(self, input: Any, kernel: Any, bias: Any, output: Any) -> None:
        """Compile the plans that promise most, if there are any, and keep the fastest."""
        self._spent = COMPILING
        properties = _properties(self.device)
        if properties["major"] < 8:  # the sources copy as only newer GPUs can
            return
        layer = Layer.of(self.geometry, self.dtype.itemsize)
        plans = best(layer, properties["sharedMemPerBlockOptin"])
        with ThreadPoolExecutor(COMPILERS) as pool:
            trials = [
                trial for trial in pool.map(self._plan, promising(plans)) if trial.takes(input)
            ]
        self.planned = fastest(trials, input, kernel, bias, output)

    def _plan(self, plan: Plan) -> Planned:
        """Compile a plan, in any thread."""
        import cupy

        with cupy.cuda.Device(self.device):
            return Planned(plan)


def best(layer: Layer, most_shared: int = SHARED_BYTES - 1024) -> list[Plan]:
    """The plans for a layer that fit, the least estimated time first.

    ``most_shared`` is the shared memory, in bytes, that one block may have.
    """
    plans = (*tilings(layer), *unfoldings(layer))
    fitting = (plan for plan in plans if plan.fits and plan.shared_bytes <= most_shared)
    return sorted(fitting, key=lambda plan: plan.seconds)


def promising(plans: list[Plan]) -> list[Plan]:
    """The first plans of either source: the estimates compare poorly between the two."""
    tiled = [plan for plan in plans if plan.source == "tiled"]
    unfolded = [plan for plan in plans if plan.source == "unfolded"]
    half = TRIALS // 2 if unfolded else TRIALS
    return tiled[:half] + unfolded[:half]


def fastest(trials: list[Planned], *arguments: Any) -> Planned | None:
    """The trial with the shortest of several measurements; None if there is none.

    They take turns, for as long as a GPU that did nothing takes to come up to its pace.
    """
    shortest = [math.inf] * len(trials)
    stop = time.perf_counter() + MEASURING
    while trials and time.perf_counter() < stop:
        for i, trial in enumerate(trials):
            shortest[i] = min(shortest[i], trial.seconds(*arguments))
    return trials[shortest.index(min(shortest))] if trials else None


class Planned:
    """tiled.cu or unfolded.cu, compiled for one plan."""

    def __init__(self, plan: Plan) -> None:
        import cupy

        module = cupy.RawModule(code=plan_source(plan), options=OPTIONS)
        self.plan = plan
        self._prepare = module.get_function("prepare")
        self._kernel = module.get_function(plan.source)
        self._kernel.max_dynamic_shared_size_bytes = plan.shared_bytes
        self._alignment = plan.vector * plan.layer.itemsize

    def takes(self, input: Any) -> bool:
        """Whether the input begins where several columns can be copied at once."""
        return input.ptr % self._alignment == 0

    def seconds(self, *arguments: Any) -> float:
        """Measure a launch, after another to warm up."""
        import cupy

        self.launch(*arguments)
        start, stop = cupy.cuda.Event(), cupy.cuda.Event()
        start.record()
        for _ in range(LAUNCHES):
            self.launch(*arguments)
        stop.record()
        stop.synchronize()
        return cupy.cuda.get_elapsed_time(start, stop) / 1000 / LAUNCHES

    def launch(self, input: Any, kernel: Any, bias: Any, output: Any) -> None:
        """Bring the weights into order, unless they are, and compute."""
        import cupy

        plan = self.plan
        prepared = kernel
        if not plan.is_prepared:
            prepared = cupy.cuda.alloc(4 * plan.prepared_words)
            self._prepare((plan.prepare_blocks,), (THREADS,), (kernel, prepared))
        arguments = (input, prepared, bias, output)
        self._kernel((plan.blocks,), (plan.tile.threads,), arguments, shared_mem=plan.shared_bytes)


def _is_current(device: int) -> bool:
    import cupy

    return cupy.cuda.runtime.getDevice() == device


def job_of(geometry: Geometry, dtype: np.dtype) -> Job:
    """The job of a layer on the current device."""
    import cupy

    return _job(geometry, dtype, cupy.cuda.runtime.getDevice())


@lru_cache(JOBS)
def _job(geometry: Geometry, dtype: np.dtype, device: int) -> Job:
    return Job(geometry, dtype, device)


def _launch(job: Job, sources: list[Any], output: Any, timed: bool) -> Clock | None:
    """Launch a job, between two events that are the clock if it is to be timed."""
    import cupy

    input, kernel, bias = (*sources, None)[:3]
    if not timed:
        job.launch(input, kernel, bias, output)
        return None
    start, stop = cupy.cuda.Event(), cupy.cuda.Event()
    start.record()
    job.launch(input, kernel, bias, output)
    stop.record()

    def seconds() -> float:
        stop.synchronize()
        return cupy.cuda.get_elapsed_time(start, stop) / 1000

    return seconds


def _on_device_arrays(
    geometry: Geometry, input: Any, kernel: Any, bias: Any | None, timed: bool
) -> tuple[Any, Clock | None]:
    import cupy

    job = job_of(geometry, input.dtype)
    arrays = [
        a if a.flags.c_contiguous else cupy.ascontiguousarray(a)
        for a in (input, kernel, bias)
        if a is not None
    ]
    output = cupy.empty(geometry.output_shape, job.sum_type)
    return output, _launch(job, [a.data for a in arrays], output.data, timed)


def _on_host_arrays(
    geometry: Geometry,
    input: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray | None,
    timed: bool,
) -> tuple[np.ndarray, Clock | None]:
    """Copy NumPy arrays to the current device, compute, and copy the output back.

    The output lies in memory that the GPU can write to: a small one it writes there at once.
    """
    import cupy

    job = job_of(geometry, input.dtype)
    stream = cupy.cuda.get_current_stream()
    arrays = [np.ascontiguousarray(a) for a in (input, kernel, bias) if a is not None]
    output, address = _host_memory(job)
    locked = None
    try:
        if sum(array.nbytes for array in arrays) <= SMALL:
            sources = _copy_together(arrays, stream)
        else:
            sources, locked = _copy_one_by_one(arrays, stream)
        if job.output_bytes <= SMALL:
            clock = _launch(job, sources, np.uint64(address), timed)
        else:
            result = cupy.cuda.alloc(job.output_bytes)
            clock = _launch(job, sources, result, timed)
            result.copy_to_host_async(ctypes.c_void_p(address), job.output_bytes, stream)
    finally:
        stream.synchronize()
        if locked is not None:
            cupy.cuda.runtime.hostUnregister(locked)
    return output, clock


def _host_memory(job: Job) -> tuple[np.ndarray, int]:
    """An array for the output, and its address; the GPU can write to it unless it is huge."""
    import cupy

    if job.output_bytes > LOCKED:
        output = np.empty(job.output_shape, job.sum_type)
        return output, output.ctypes.data
    memory = cupy.cuda.alloc_pinned_memory(job.output_bytes)
    output = np.frombuffer(memory, job.sum_type, job.outputs).reshape(job.output_shape)
    return output, memory.ptr


def _copy_together(arrays: list[np.ndarray], stream: Any) -> list[Any]:
    """Bring small arrays to the device in one copy; tiny ones it reads where they were gathered."""
    import cupy

    staging, there = _staging()
    starts, stop = [], 0
    for array in arrays:
        starts.append(stop)
        stop += array.nbytes
        staging[starts[-1] : stop] = array.reshape(-1).view(np.uint8)
        stop = -(-stop // ALIGNED) * ALIGNED
    if stop > TINY:
        address = ctypes.c_void_p(there.ptr)
        there = cupy.cuda.alloc(stop)
        there.copy_from_host_async(address, stop, stream)
    return [there + start for start in starts]


def _copy_one_by_one(arrays: list[np.ndarray], stream: Any) -> tuple[list[Any], int | None]:
    """Bring large arrays to the device, the input from where it lies.

    Its memory is locked meanwhile, so that the GPU can fetch it without a copy in between; the
    address to unlock is returned, None where the system does not let it be locked.
    """
    import cupy

    runtime = cupy.cuda.runtime
    locked = None
    with contextlib.suppress(runtime.CUDARuntimeError):
        runtime.hostRegister(arrays[0].ctypes.data, arrays[0].nbytes, 0)
        locked = arrays[0].ctypes.data
    sources = [cupy.cuda.alloc(array.nbytes) for array in arrays]
    for source, array in zip(sources, arrays, strict=True):
        source.copy_from_host_async(ctypes.c_void_p(array.ctypes.data), array.nbytes, stream)
    return sources, locked


_local = threading.local()


def _staging() -> tuple[np.ndarray, Any]:
    """Memory of this thread that the GPU can read: as bytes for NumPy, and for CuPy."""
    import cupy

    if not hasattr(_local, "staging"):
        size = SMALL + 3 * ALIGNED
        locked = cupy.cuda.alloc_pinned_memory(size)
        memory = cupy.cuda.UnownedMemory(locked.ptr, size, locked, device_id=0)
        _local.staging = np.frombuffer(locked, np.uint8, size), cupy.cuda.MemoryPointer(memory, 0)
    return _local.staging


def layer_struct(geometry: Geometry) -> np.ndarray:
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
    """Every variant of conv.cu, as C++ names it."""
    return [
        f"convolve<{value}, {total}, {index}, {side}>"
        for value, total in TYPES.values()
        for index in INDICES
        for side in SIDES
    ]


def source() -> str:
    """The text of conv.cu."""
    return _text("conv.cu")


def plan_source(plan: Plan) -> str:
    """The text for a plan: conv.cu, the plan's constants, common.cu, the plan's source."""
    return "\n".join((source(), plan.constants(), _text("common.cu"), _text(f"{plan.source}.cu")))


@cache
def _text(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


@cache
def _functions(device: int) -> dict[str, Any]:
    """The variants of conv.cu by name, compiled for the current device; CuPy keeps them on disk."""
    import cupy

    module = cupy.RawModule(code=source(), options=OPTIONS, name_expressions=names())
    return {name: module.get_function(name) for name in names()}


@cache
def _properties(device: int) -> dict[str, Any]:
    import cupy

    return cupy.cuda.runtime.getDeviceProperties(device)


def free_bytes() -> int:
    """The current device's memory that is free, what CuPy holds in reserve included."""
    import cupy

    return cupy.cuda.runtime.memGetInfo()[0] + cupy.get_default_memory_pool().free_bytes()


def needed_bytes(geometry: Geometry, input: Any) -> int:
    """The memory on the device that `convolve` takes for this input."""
    weights = 2 * 4 * geometry.weight_count
    inputs = input.nbytes if isinstance(input, np.ndarray) else 0
    return inputs + weights + 4 * math.prod(geometry.output_shape)


def device_name(device: int | None = None) -> str:
    """The name of a device, the current one if none is given: "NVIDIA H200"."""
    import cupy

    device = cupy.cuda.runtime.getDevice() if device is None else device
    return _properties(device)["name"].decode()


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
    if "nvrtc" in words.lower() and "arch" not in words.lower():
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
