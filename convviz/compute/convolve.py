"""One convolution: checked, computed on the device chosen for it, and timed if asked.

`convolve` takes arrays and parameters; `run` takes a geometry that has been worked out already.
The sums themselves are in ``cuda`` (with conv.cu) and ``cpu``; both give the same bits.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Generic, TypeVar, Unpack, cast, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convviz import memory
from convviz.compute import cpu, cuda
from convviz.compute.checks import check_array, check_arrays
from convviz.compute.cuda import Clock
from convviz.compute.device import choose
from convviz.compute.operands import (
    SURELY_FREE,
    Array,
    DeviceArray,
    as_operand,
    converted,
    is_cupy,
    with_height_1,
    without_height,
)
from convviz.errors import ArgumentError
from convviz.geometry import Geometry, make_geometry
from convviz.parameters import (
    LayerParameters,
    PaddingMode,
    with_height,
)
from convviz.signatures import lists_parameters

AnyArray = TypeVar("AnyArray", np.ndarray, DeviceArray)


@dataclass(frozen=True, eq=False)
class Result(Generic[AnyArray]):
    """What `run` returns.

    Attributes
    ----------
    output : array of ``geometry.output_shape``, NumPy or CuPy as the input
    device : str
        What computed, in words.
    clock : callable
        Tells `seconds`.
    """

    output: AnyArray
    device: str
    clock: Clock = field(repr=False)

    @cached_property
    def seconds(self) -> float:
        """The time of the computation alone; asking waits until a GPU is done."""
        return self.clock()


@overload
def convolve(
    input: DeviceArray,
    kernel: DeviceArray,
    bias: DeviceArray | None = None,
    *,
    device: str | None = None,
    **parameters: Unpack[LayerParameters],
) -> DeviceArray: ...


@overload
def convolve(
    input: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    device: str | None = None,
    **parameters: Unpack[LayerParameters],
) -> NDArray[Any]: ...


@lists_parameters
def convolve(
    input: object,
    kernel: object,
    bias: object = None,
    *,
    device: str | None = None,
    **parameters: Unpack[LayerParameters],
) -> Array:
    """Convolve an array as TensorRT's convolution layer does.

    Parameters
    ----------
    input : array (…, C, [D,] H, W)
        With at least one batch axis and at most eight axes. CuPy's are computed where they are,
        everything else that holds numbers in NumPy's memory: int8 in integers, the rest in float32.
        With a kernel of three axes, (N, C, L), the convolution is 1-D.
    kernel : array (K, C/groups, [T,] R, S), or (K, C/groups, S); int8 with an int8 input
    bias : array (K,), of integers with an int8 input; added last
    device : "cuda", "cpu" or None
        None: what ``CONVVIZ_DEVICE`` says, else a GPU that can be used, else the CPU. A CuPy input
        is computed where it is, on the current stream.
    parameters : stride_nd, padding_nd, … by the layer's names
        ``padding_nd`` not together with ``pre_padding`` or ``post_padding``.

    Returns
    -------
    array (…, K, [D,] H, W), NumPy or CuPy as the input
        float32 from float32, int32 from int8. Every element is the sum of its taps in the
        weights' memory order, one fused multiply-add per tap starting at zero, then the bias.

    Raises
    ------
    ArgumentError
        Naming the parameter that is refused, before anything large is allocated.
    """
    x, weights = as_operand("input", input), as_operand("kernel", kernel)
    one_dimensional = weights.ndim == 3
    if one_dimensional:
        x, weights = with_height_1("input", x), with_height_1("kernel", weights)
        parameters = with_height(parameters)
    if weights.ndim not in (4, 5):
        raise ArgumentError(
            "kernel",
            f"shape {weights.shape} of {weights.ndim} axes",
            "3 axes (K, C/groups, S), 4 axes (K, C/groups, R, S) or 5 axes (K, C/groups, T, R, S)",
            "Bring it into shape with reshape.",
        )
    geometry = _geometry(x.shape, weights.shape, parameters)
    _check_kernel_shape(geometry, weights)
    operands = converted(x, weights, None if bias is None else as_operand("bias", bias))
    output, _, _ = _compute(geometry, *operands, device, timed=False)
    return without_height(output) if one_dimensional else output


def run(
    geometry: Geometry,
    input: AnyArray,
    kernel: AnyArray,
    bias: AnyArray | None = None,
    device: str | None = None,
) -> Result[AnyArray]:
    """Compute a layer whose geometry is known, and say what computed it and how long it took.

    Parameters
    ----------
    geometry : Geometry
    input : array of ``geometry.input_shape``, float32 or int8, NumPy or CuPy
    kernel : array of ``geometry.weight_count`` weights in memory order, flat or shaped
    bias : array of ``geometry.maps`` values, or None (an empty array counts as None)
    device : "cuda", "cpu" or None, as for `convolve`

    Raises
    ------
    ArgumentError
        Naming the parameter that is refused, before anything is allocated.
    """
    check_array("input", input)
    check_array("kernel", kernel)
    output, words, clock = _compute(geometry, input, kernel, bias, device, timed=True)
    return Result(cast("AnyArray", output), words, clock)


def _geometry(
    input_shape: tuple[int, ...], kernel_shape: tuple[int, ...], parameters: LayerParameters
) -> Geometry:
    """The geometry of `convolve`'s arguments, cached where they are plain."""
    if all(map(_is_plain, parameters.values())):
        return _cached_geometry(input_shape, kernel_shape, tuple(parameters.items()))
    return make_geometry(input_shape, kernel_shape[0], kernel_shape[2:], **parameters)


def _is_plain(value: object) -> bool:
    """Whether equal values mean the same: True, which equals 1, does not."""
    if type(value) is tuple:
        return all(type(n) is int for n in value)
    return value is None or type(value) in (int, str, PaddingMode)


@lru_cache(256)
def _cached_geometry(
    input_shape: tuple[int, ...],
    kernel_shape: tuple[int, ...],
    parameters: tuple[tuple[str, Any], ...],
) -> Geometry:
    return make_geometry(input_shape, kernel_shape[0], kernel_shape[2:], **dict(parameters))


def _check_kernel_shape(geometry: Geometry, kernel: Array) -> None:
    """Refuse a kernel that is not shaped for the input's channels and the groups."""
    if kernel.shape != geometry.kernel_shape:
        raise ArgumentError(
            "kernel",
            f"shape {kernel.shape}, {kernel.size} weights",
            f"shape {geometry.kernel_shape}, {geometry.weight_count} weights, for "
            f"{geometry.channels} input channels and num_groups {geometry.groups}",
            "Change the kernel's second axis, the input's channels or num_groups.",
        )


def _compute(
    geometry: Geometry,
    input: Array,
    kernel: Array,
    bias: Array | None,
    device: str | None,
    *,
    timed: bool,
) -> tuple[Array, str, Clock]:
    """Check the arrays and compute: the output, and the rest of a `Result`."""
    if bias is not None and getattr(bias, "size", 1) == 0:
        bias = None
    check_arrays(geometry, input, kernel, bias)
    chosen, words = choose(device, input)
    if chosen == "cuda":
        computed = _on_gpu(geometry, input, kernel, bias, timed)
        if computed is not None:
            output, clock = computed
            return output, words, clock
        needed, free = cuda.needed_bytes(geometry, input), cuda.free_bytes()
        if device == "cuda" or is_cupy(input):
            raise _too_large(geometry, needed, free, "GPU memory")
        has, needs = memory.in_words(free), memory.in_words(needed)
        words = f"NumPy on the CPU: the GPU has {has} free, this needs {needs}"
    host = cast("tuple[np.ndarray, np.ndarray, np.ndarray | None]", (input, kernel, bias))
    output, clock = _on_cpu(geometry, *host)
    return output, words, clock


def _on_gpu(
    geometry: Geometry, input: Array, kernel: Array, bias: Array | None, timed: bool
) -> tuple[Array, Clock] | None:
    """The output and its clock, or None if the GPU has no room for the layer."""
    needed = cuda.needed_bytes(geometry, input)
    if needed > SURELY_FREE and needed > cuda.free_bytes():
        return None
    try:
        return cuda.convolve(geometry, input, kernel, bias, timed=timed)
    except MemoryError:  # the free memory is in pieces, or others have just taken it
        return None


def _on_cpu(
    geometry: Geometry, input: np.ndarray, kernel: np.ndarray, bias: np.ndarray | None
) -> tuple[np.ndarray, Clock]:
    """The output and its clock."""
    needed = cpu.needed_bytes(geometry, input.dtype)
    free = memory.free_bytes() if needed > SURELY_FREE else math.inf
    if needed > free:
        raise _too_large(geometry, needed, free, "memory")
    start = time.perf_counter()
    output = cpu.convolve(geometry, input, kernel, bias)
    seconds = time.perf_counter() - start
    return output, lambda: seconds


def _too_large(geometry: Geometry, needed: int, free: float, kind: str) -> ArgumentError:
    """The refusal of a layer that fits neither device's memory."""
    output = memory.in_words(4 * math.prod(geometry.output_shape))
    return ArgumentError(
        "input",
        f"a layer with an output of shape {geometry.output_shape}, {output}, "
        f"that takes {memory.in_words(needed)} to compute",
        f"at most the {memory.in_words(free)} of {kind} that are free",
        "Use a smaller input, less padding, larger strides or fewer output maps.",
    )
