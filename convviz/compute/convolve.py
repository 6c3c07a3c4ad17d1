"""The numbers: checks arrays, picks the device, and says which one computed.

`convolve` takes arrays and parameters; `run` takes a geometry that has been worked out already.
The sums themselves are in ``cuda`` (with conv.cu) and ``cpu``; both give the same bits. CuPy is
imported only when a GPU is wanted and the driver shows one.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, NoReturn

import numpy as np

from convviz.compute import cpu, cuda
from convviz.errors import ArgumentError
from convviz.geometry import Geometry, check_int8_groups, make_geometry
from convviz.parameters import PaddingMode, check_integers

SUM_TYPES = {np.dtype(np.float32): np.dtype(np.float32), np.dtype(np.int8): np.dtype(np.int32)}
DEVICES = ("cuda", "cpu")
SURELY_FREE = 1 << 24  # bytes that are there without asking

Array = Any  # numpy.ndarray or cupy.ndarray


@dataclass(frozen=True)
class Result:
    """What `run` gives back.

    Attributes
    ----------
    output : array of ``geometry.output_shape``, of the input's kind (NumPy or CuPy)
    device : what computed, in words
    clock : tells `seconds`
    """

    output: Array
    device: str
    clock: Callable[[], float] = field(repr=False)

    @cached_property
    def seconds(self) -> float:
        """The time of the computing alone; asking waits until a GPU is done."""
        return self.clock()


def convolve(
    input: Array,
    kernel: Array,
    bias: Array | None = None,
    *,
    stride_nd: Sequence[int] | None = None,
    padding_nd: Sequence[int] | None = None,
    pre_padding: Sequence[int] | None = None,
    post_padding: Sequence[int] | None = None,
    padding_mode: PaddingMode = PaddingMode.EXPLICIT_ROUND_DOWN,
    dilation_nd: Sequence[int] | None = None,
    num_groups: int = 1,
    device: str | None = None,
) -> Array:
    """Convolve an array as TensorRT's convolution layer does.

    Parameters
    ----------
    input : array (…, C, [D,] H, W) of float32 or int8
        At least one batch axis, at most eight axes. NumPy or CuPy.
    kernel : array (K, C/groups, [T,] R, S) of the input's type
    bias : array (K,) of float32, or of int32 beside int8; added last
    stride_nd, dilation_nd : one integer ≥ 1 an axis, default 1
    padding_nd : one integer ≥ 0 an axis
        Zeros on both sides; not together with the next two.
    pre_padding, post_padding : one integer ≥ 0 an axis, default 0
        Zeros before and after the data.
    padding_mode : PaddingMode
    num_groups : int
    device : "cuda", "cpu" or None
        None: what ``CONVVIZ_DEVICE`` says, else a usable GPU, else NumPy. A CuPy input is
        computed where it lies, on the current stream.

    Returns
    -------
    array (…, K, [D,] H, W), NumPy or CuPy as the input
        float32 from float32, int32 from int8. Every element is the sum of its taps in the
        weights' memory order, each step one fused multiply-add starting at zero, then the bias.

    Raises
    ------
    ArgumentError
        Naming the parameter that cannot be, before anything is allocated.
    """
    _check_array("input", input)
    _check_array("kernel", kernel)
    if kernel.ndim not in (4, 5):
        raise ArgumentError(
            "kernel",
            f"shape {kernel.shape} of {kernel.ndim} axes",
            "4 axes (K, C/groups, R, S) or 5 axes (K, C/groups, T, R, S)",
            "Bring it into shape with reshape.",
        )
    if padding_nd is not None:
        _check_padding_alone(padding_nd, pre_padding=pre_padding, post_padding=post_padding)
        padding_nd = check_integers("padding_nd", padding_nd, kernel.ndim - 2, default=0, least=0)
        pre_padding = post_padding = padding_nd
    geometry = _geometry(
        input.shape,
        kernel.shape,
        stride_nd,
        pre_padding,
        post_padding,
        padding_mode,
        dilation_nd,
        num_groups,
    )
    if kernel.shape != geometry.kernel_shape:
        raise ArgumentError(
            "kernel",
            f"shape {kernel.shape}, {kernel.size} weights",
            f"shape {geometry.kernel_shape}, {geometry.weight_count} weights, for "
            f"{geometry.channels} input channels and num_groups {geometry.groups}",
            "Change the kernel's second axis, the input's channels or num_groups.",
        )
    return _compute(geometry, input, kernel, bias, device, timed=False).output


def run(
    geometry: Geometry,
    input: Array,
    kernel: Array,
    bias: Array | None = None,
    device: str | None = None,
) -> Result:
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
        Naming the parameter that cannot be, before anything is allocated.
    """
    _check_array("input", input)
    _check_array("kernel", kernel)
    return _compute(geometry, input, kernel, bias, device, timed=True)


def _compute(
    geometry: Geometry,
    input: Array,
    kernel: Array,
    bias: Array | None,
    device: str | None,
    *,
    timed: bool,
) -> Result:
    if bias is not None and getattr(bias, "size", 1) == 0:
        bias = None
    _check_arrays(geometry, input, kernel, bias)
    where, words = _choose(device, input)
    if where == "cuda":
        needed = cuda.needed_bytes(geometry, input)
        free = cuda.free_bytes() if needed > SURELY_FREE else math.inf
        if needed <= free:
            try:
                output, clock = cuda.convolve(geometry, input, kernel, bias, timed=timed)
                return Result(output, words, clock)
            except MemoryError:  # what is free lies in pieces, or others have just taken it
                free = cuda.free_bytes()
        if device == "cuda" or _is_cupy(input):
            _refuse_size(geometry, needed, free, "GPU memory")
        words = f"NumPy on the CPU: the GPU has {_size(free)} free, this needs {_size(needed)}"
    needed = cpu.needed_bytes(geometry, input.dtype)
    free = cpu.free_bytes() if needed > SURELY_FREE else math.inf
    if needed > free:
        _refuse_size(geometry, needed, free, "memory")
    start = time.perf_counter()
    output = cpu.convolve(geometry, input, kernel, bias)
    seconds = time.perf_counter() - start
    return Result(output, words, lambda: seconds)


def device(device: str | None = None) -> str:
    """Say what computes: "CuPy on NVIDIA H200", "NumPy on the CPU: no CUDA device found".

    Raises
    ------
    ArgumentError
        If ``device`` (or ``CONVVIZ_DEVICE``) asks for a GPU that cannot be used.
    """
    return _choose(device, None)[1]


def _choose(device: str | None, input: Array | None) -> tuple[str, str]:
    """Which device computes ("cuda" or "cpu"), and in words what that is and why."""
    if device is None and _is_cupy(input):  # computed where it lies, whatever the variable says
        return "cuda", f"CuPy on {cuda.device_name(input.data.device_id)}"
    asked, by = device, f"device={device!r}"
    if asked is None and os.environ.get("CONVVIZ_DEVICE"):
        asked = os.environ["CONVVIZ_DEVICE"]
        by = f"CONVVIZ_DEVICE={asked}"
    if asked not in (*DEVICES, None):
        raise ArgumentError(
            "device",
            by.removeprefix("device="),
            "'cuda', 'cpu' or None for whichever is there",
            "Choose one of these.",
        )
    if _is_cupy(input):
        if device == "cpu":
            raise ArgumentError(
                "device",
                "'cpu' with a CuPy input",
                "'cuda' or None: a CuPy array is computed where it lies",
                "Bring the arrays to the CPU with cupy.asnumpy.",
            )
        return "cuda", f"CuPy on {cuda.device_name(input.data.device_id)}"
    if asked == "cpu":
        return "cpu", f"NumPy on the CPU: {by}"
    trouble = cuda.trouble()
    if trouble is None:
        return "cuda", f"CuPy on {cuda.device_name()}"
    if asked == "cuda":
        raise ArgumentError(
            "device", by.removeprefix("device="), f"'cpu' here: {trouble.reason}", trouble.remedy
        )
    advice = "" if trouble.is_expected else f". {trouble.remedy}"
    return "cpu", f"NumPy on the CPU: {trouble.reason}{advice}"


def _geometry(
    input_shape: tuple[int, ...],
    kernel_shape: tuple[int, ...],
    stride_nd: Sequence[int] | None,
    pre_padding: Sequence[int] | None,
    post_padding: Sequence[int] | None,
    padding_mode: PaddingMode,
    dilation_nd: Sequence[int] | None,
    num_groups: int,
) -> Geometry:
    """The geometry of `convolve`'s parameters, remembered where they are plain tuples of ints."""
    lists = (stride_nd, pre_padding, post_padding, dilation_nd)
    arguments = (
        *(input_shape, kernel_shape, stride_nd, pre_padding, post_padding),
        *(padding_mode, dilation_nd, num_groups),
    )
    plain = type(num_groups) is int and isinstance(padding_mode, (PaddingMode, str))
    for value in lists:
        if value is not None:
            plain = plain and type(value) is tuple and all(type(n) is int for n in value)
    return (_known_geometry if plain else _known_geometry.__wrapped__)(*arguments)


@lru_cache(256)
def _known_geometry(
    input_shape: tuple[int, ...],
    kernel_shape: tuple[int, ...],
    stride_nd: Sequence[int] | None,
    pre_padding: Sequence[int] | None,
    post_padding: Sequence[int] | None,
    padding_mode: PaddingMode,
    dilation_nd: Sequence[int] | None,
    num_groups: int,
) -> Geometry:
    return make_geometry(
        input_shape,
        kernel_shape[0],
        kernel_shape[2:],
        stride_nd=stride_nd,
        pre_padding=pre_padding,
        post_padding=post_padding,
        padding_mode=padding_mode,
        dilation_nd=dilation_nd,
        num_groups=num_groups,
    )


def _check_padding_alone(padding_nd: object, **sides: object) -> None:
    """Refuse padding_nd, which sets both sides, beside a padding for one side."""
    for name, value in sides.items():
        if value is not None:
            raise ArgumentError(
                "padding_nd",
                f"{padding_nd!r} together with {name} {value!r}",
                "padding_nd for both sides, or pre_padding and post_padding",
                f"Leave out padding_nd or {name}.",
            )


def _check_arrays(geometry: Geometry, input: Array, kernel: Array, bias: Array | None) -> None:
    """Refuse arrays whose types, places, counts or values do not fit the layer or one another."""
    if input.dtype not in SUM_TYPES:
        _refuse_type("input", input, "float32 or int8", np.float32)
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
    _check_same_place("kernel", kernel, input)
    _check_finite("kernel", kernel)
    if bias is not None:
        _check_bias(geometry, input, bias)
    if input.dtype == np.int8:
        check_int8_groups(geometry)


def _check_bias(geometry: Geometry, input: Array, bias: Array) -> None:
    _check_array("bias", bias)
    wanted = SUM_TYPES[input.dtype]
    if bias.dtype != wanted:
        _refuse_type("bias", bias, f"{wanted} beside an input of {input.dtype}", wanted)
    if bias.size != geometry.maps:
        raise ArgumentError(
            "bias",
            f"{bias.size} values",
            f"{geometry.maps} values, one an output map, or none",
            "Change the bias or num_output_maps.",
        )
    _check_same_place("bias", bias, input)
    _check_finite("bias", bias)


def _check_array(name: str, array: object) -> None:
    if not (isinstance(array, np.ndarray) or _is_cupy(array)):
        raise ArgumentError(
            name,
            f"a value of type {type(array).__name__}",
            "a NumPy or CuPy array",
            "Make it one with np.asarray(…, np.float32).",
        )


def _refuse_type(name: str, array: Array, allowed: str, wanted: object) -> NoReturn:
    raise ArgumentError(
        name,
        f"an array of {array.dtype}",
        allowed,
        f"Convert it with .astype(np.{np.dtype(wanted).name}).",
    )


def _check_same_place(name: str, array: Array, input: Array) -> None:
    """Refuse arrays that lie in different memories: copies between them are the caller's choice."""
    if type(array) is type(input) and (
        type(array) is np.ndarray or array.data.device_id == input.data.device_id
    ):
        return
    if _place(array) != _place(input):
        raise ArgumentError(
            name,
            f"an array of {_place(array)} beside an input of {_place(input)}",
            "arrays that lie in the same memory",
            "Move one with cupy.asarray or cupy.asnumpy.",
        )


def _place(array: Array) -> str:
    return f"CuPy on device {array.data.device_id}" if _is_cupy(array) else "NumPy"


def _is_cupy(array: object) -> bool:
    """Whether it is a CuPy array: there is none before CuPy has been imported."""
    cupy = sys.modules.get("cupy")
    return cupy is not None and isinstance(array, cupy.ndarray)


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


def _refuse_size(geometry: Geometry, needed: int, free: float, memory: str) -> NoReturn:
    output = 4 * math.prod(geometry.output_shape)
    raise ArgumentError(
        "input",
        f"a layer with an output of shape {geometry.output_shape}, {_size(output)}, "
        f"that takes {_size(needed)} to compute",
        f"at most the {_size(free)} of {memory} that are free",
        "Use a smaller input, less padding, larger strides or fewer output maps.",
    )


def _size(count: float) -> str:
    """A number of bytes for people: "1.5 GiB"."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.3g} {unit}"
        count /= 1024
    return f"{count:,.4g} TiB"
