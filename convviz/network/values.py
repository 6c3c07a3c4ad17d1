"""Single values as a user gives them: element types, weights, names and shapes.

Each check returns the value in the form the layers keep or raises an ArgumentError that names the
parameter. What concerns several parameters at once is left to the layers.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import NoReturn

import numpy as np

from convviz import memory
from convviz.arrays import Array, as_array
from convviz.checks import check_number
from convviz.errors import ArgumentError, RefusingEnum, short
from convviz.geometry import MAX_RANK
from convviz.parameters import MAX_SIZE, as_integers, check_integer

MOST_SCALES = 1_000_000
DYNAMIC = -1  # TensorRT's mark of an axis whose size is known only when data comes


class DataType(enum.IntEnum, metaclass=RefusingEnum):
    """What a tensor's elements are (TensorRT's names and values).

    INT32 is the type of an int8 convolution's sums; no tensor of a network has it.
    """

    FLOAT = 0
    INT8 = 2
    INT32 = 3

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        raise ArgumentError(*cls._unknown(value))

    @classmethod
    def _unknown(cls, name: object) -> tuple[str, object, str, str]:
        remedy = "Write DataType.FLOAT, for example."
        return "dtype", short(name), ", ".join(cls.__members__), remedy

    @property
    def numpy(self) -> np.dtype:
        """The NumPy type of the elements."""
        names = {DataType.FLOAT: "float32", DataType.INT8: "int8", DataType.INT32: "int32"}
        return np.dtype(names[self])

    @property
    def is_quantized(self) -> bool:
        """Whether quantizing gives it: float32 is divided by a scale, rounded and clipped."""
        return self in QUANTIZED

    @property
    def limits(self) -> tuple[int, int]:
        """The least and the largest integer of a type of integers."""
        info = np.iinfo(self.numpy)
        return int(info.min), int(info.max)


QUANTIZED = (DataType.INT8,)


def type_of(array: object) -> DataType:
    """The type that a constant of this array has: a quantized one as it is, all else float32."""
    dtype = getattr(array, "dtype", None)
    return next((each for each in QUANTIZED if each.numpy == dtype), DataType.FLOAT)


class Weights:
    """Numbers for a layer; ``Weights()`` is the empty weights of a kernel that a tensor will bring.

    Parameters
    ----------
    values : array or DataType
        The numbers, in any shape; a DataType stands for no numbers of that type, as in TensorRT.
    """

    def __init__(self, values: object = ()) -> None:
        if isinstance(values, DataType):
            values = np.empty(0, values.numpy)
        self._values = as_array("weights", values)

    @property
    def size(self) -> int:
        """How many numbers."""
        return self._values.size

    def numpy(self) -> Array:
        """The numbers as an array."""
        return self._values

    def __repr__(self) -> str:
        return f"Weights({self._values!r})" if self.size else "Weights()"


def check_scale(parameter: str, value: object) -> float:
    """``value`` as a scale: a positive number that float32 holds in full."""
    least, most = float(np.finfo(np.float32).tiny), float(np.finfo(np.float32).max)
    remedy = "Write a positive number, such as 0.1."
    return check_number(parameter, value, least=least, most=most, remedy=remedy)


def check_scales(parameter: str, value: object) -> Array:
    """``value`` as a flat float32 array of one scale or several, all positive."""
    given = as_array(parameter, value)
    if given.size > MOST_SCALES:
        allowed = f"one, or one for each output map, at most {MOST_SCALES:,}"
        raise ArgumentError(parameter, f"{given.size:,} scales", allowed, "Give fewer.")
    scales = np.atleast_1d(as_weights(parameter, given))
    if scales.ndim > 1 or not scales.size or not (scales > 0).all():
        remedy = "Choose about the largest absolute value divided by 127."
        raise ArgumentError(parameter, short(value), "a positive number, or several", remedy)
    return scales


def check_fits(parameter: str, array: Array, dtype: np.dtype) -> None:
    """Refuse an array of which the free memory holds no copy in ``dtype``."""
    if array.size * dtype.itemsize > memory.free_bytes():
        allowed = f"as many as fit into the free memory, {dtype.itemsize} bytes each"
        raise ArgumentError(parameter, f"{array.size} numbers", allowed, "Use a smaller array.")


def convert(parameter: str, array: Array, dtype: np.dtype, *, copy: bool) -> Array:
    """``array`` in ``dtype``; what float32 cannot hold becomes infinite."""
    if copy or array.dtype != dtype:
        check_fits(parameter, array, dtype)
    with np.errstate(over="ignore"):
        return array.astype(dtype, order="C" if copy else "K", copy=copy)


def as_weights(parameter: str, value: object, dtype: DataType = DataType.FLOAT) -> Array:
    """A read-only copy of ``value`` in ``dtype``, all finite; empty for None and ``Weights()``."""
    if value is None:
        value = Weights()
    array = value.numpy() if isinstance(value, Weights) else as_array(parameter, value)
    if dtype.is_quantized and array.dtype != dtype.numpy:
        allowed = f"{dtype.numpy}, which this constant was made with"
        remedy = f"Convert it with .astype(numpy.{dtype.numpy}), or add another constant."
        raise ArgumentError(parameter, f"elements of type {array.dtype}", allowed, remedy)
    copy = convert(parameter, array, dtype.numpy, copy=True)
    bad = ~np.isfinite(copy)
    if bad.any():
        got = f"{array[bad].flat[0]} and the like in {bad.sum()} of {bad.size} places"
        allowed = "finite numbers within the range of float32"
        remedy = "Replace them, for example with numpy.nan_to_num."
        raise ArgumentError(parameter, got, allowed, remedy)
    copy.flags.writeable = False
    return copy


def check_name(value: object) -> str:
    """``value`` if it is a text that can name something, or an ArgumentError."""
    if not isinstance(value, str) or not value:
        raise ArgumentError("name", short(value), "a text that is not empty", "Choose a name.")
    return value


def check_index(value: object, items: Sequence[object], noun: str) -> int:
    """``value`` as an index into ``items``, none of them counted from the end."""
    try:
        return check_integer("index", value, least=0, most=len(items) - 1)
    except ArgumentError:
        names = ", ".join(f"{i} ({item})" for i, item in enumerate(items)) or "none"
        raise ArgumentError(
            "index", short(value), names, f"The number of {noun} is {len(items)}."
        ) from None


def check_shape(parameter: str, value: object, least: int, *, dynamic: bool) -> tuple[int, ...]:
    """A tensor's shape of ``least`` to 8 axes; ``dynamic`` admits -1."""
    sizes = as_integers(value)
    fits = sizes is not None and least <= len(sizes) <= MAX_RANK
    if not fits or not all(1 <= n <= MAX_SIZE or (dynamic and n == DYNAMIC) for n in sizes or ()):
        raise ArgumentError(
            parameter,
            short(value),
            f"{least} to {MAX_RANK} sizes, each from 1 to {MAX_SIZE}"
            + (", or -1 where the size is dynamic" if dynamic else ""),
            "Write a tuple such as (1, 1, 6, 9): batch, channels, height, width.",
        )
    return sizes or ()
