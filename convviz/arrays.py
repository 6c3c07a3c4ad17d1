"""Whatever holds numbers as a NumPy array: lists, tensors, images, low-precision types.

What cannot be meant is refused by name: complex numbers, objects, a mask that would be lost. Shapes
and element types that a layer wants are left to whoever knows the layer.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

from convviz.errors import ArgumentError, short

Array: TypeAlias = np.ndarray


@runtime_checkable
class _Dlpack(Protocol):
    """What lends its memory by the DLPack protocol."""

    def __dlpack__(self, *, stream: None = None) -> Any:
        """The memory, in a capsule."""

    def __dlpack_device__(self) -> tuple[int, int]:
        """Where it is."""
        ...


ALLOWED = "an array of real numbers"


def as_array(parameter: str, value: object) -> Array:
    """``value`` as an array of booleans, integers or floats.

    Tensors of PyTorch are detached and brought to the CPU, CuPy's and whatever else speaks DLPack
    likewise; the types of ml_dtypes, bfloat16 among them, become float32. A PIL image has its
    channels first.

    Raises
    ------
    ArgumentError
        Naming ``parameter``.
    """
    _refuse_module(parameter, value)
    _refuse_mask(parameter, value)
    try:
        array = _converted(value)
    except Exception:  # lists of unequal lengths and arrays of other devices fail in many ways
        got = f"a {type(value).__name__} that NumPy makes no array of"
        remedy = "Make its rows equally long, or bring it to the CPU."
        raise ArgumentError(parameter, got, ALLOWED, remedy) from None
    if array.dtype.type.__module__.partition(".")[0] == "ml_dtypes":
        array = array.astype(np.float32)
    if array.dtype.kind == "c":
        remedy = "Take .real or numpy.abs of it."
        raise ArgumentError(parameter, f"numbers of type {array.dtype}", ALLOWED, remedy)
    if array.dtype.kind not in "biuf":
        got = f"{short(value)}, elements of type {array.dtype}"
        remedy = "Pass an array of numbers."
        if isinstance(value, Iterator):
            remedy = "Make a list of what it gives: list(…)."
        elif array.ndim and array.dtype.kind == "O":
            remedy = "If they are numbers, convert them with .astype(numpy.float32)."
        raise ArgumentError(parameter, got, ALLOWED, remedy)
    return array


def _converted(value: object) -> Array:
    if isinstance(value, np.ndarray):
        return np.asarray(value)
    if _is_from("torch", value):
        return _from_torch(value)
    if _is_from("cupy", value):
        return np.asarray(getattr(value, "get")())  # noqa: B009  (an attribute of any object)
    if _is_from("PIL", value):
        return _from_image(value)
    if isinstance(value, _Dlpack) and not hasattr(value, "__array__"):
        return np.from_dlpack(value)
    return np.asarray(value)


def _is_from(package: str, value: object) -> bool:
    """Whether the class of ``value``, or one that it derives from, is the package's own.

    The package has been imported by then: whoever has no such object never imports it.
    """
    if package not in sys.modules:
        return False
    return any(each.__module__.partition(".")[0] == package for each in type(value).__mro__)


def _from_torch(tensor: Any) -> Array:
    """A tensor's numbers, also where it requires gradients or is of a type that NumPy lacks."""
    plain = tensor.detach().cpu().resolve_conj()
    if not plain.dtype.is_complex and plain.dtype.is_floating_point and plain.dtype.itemsize < 4:
        plain = plain.float()
    return np.asarray(plain.numpy())


def _from_image(image: Any) -> Array:
    """An image's channels first, without its transparency: (1, rows, columns), or 3 in colour."""
    if image.mode in ("1", "L", "LA", "I", "F", "I;16"):
        return np.asarray(image.convert("L") if image.mode in ("1", "LA") else image)[None]
    return np.asarray(image.convert("RGB")).transpose(2, 0, 1)


def _refuse_module(parameter: str, value: object) -> None:
    """Refuse a layer of PyTorch, which holds arrays and is none."""
    if _is_from("torch", value) and hasattr(value, "forward"):
        name = type(value).__name__
        remedy = (
            "Pass the data and a convolution's numbers, (x, conv.weight, conv.bias), with its "
            "stride, padding and dilation as stride_nd, padding_nd and dilation_nd."
        )
        raise ArgumentError(parameter, f"a {name}, a module of PyTorch", ALLOWED, remedy)


def _refuse_mask(parameter: str, value: object) -> None:
    if isinstance(value, np.ma.MaskedArray) and np.ma.getmaskarray(value).any():
        count = int(np.ma.getmaskarray(value).sum())
        got = f"a masked array with {count} of {value.size} values masked"
        remedy = "Say what stands for them, such as array.filled(0)."
        raise ArgumentError(parameter, got, "an array without a mask", remedy)
