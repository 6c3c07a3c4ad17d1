"""Single values as a user gives them: element types, weights, names and shapes.

Each check returns the value in the form the layers keep or raises a ArgumentError that names the
parameter. What concerns several parameters at once is left to the layers.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

import numpy as np

from convviz import memory
from convviz.errors import ArgumentError, short
from convviz.geometry import MAX_RANK, MAX_SIZE, check_integer

DYNAMIC = -1  # TensorRT's mark of an axis whose size is known only when data comes


class DataType(enum.IntEnum):
    """What a tensor's elements are (TensorRT's names and values).

    INT32 is the type of an int8 convolution's sums; no tensor of a network has it.
    """

    FLOAT = 0
    INT8 = 2
    INT32 = 3

    @property
    def numpy(self) -> np.dtype:
        """The NumPy type of the elements."""
        names = {DataType.FLOAT: "float32", DataType.INT8: "int8", DataType.INT32: "int32"}
        return np.dtype(names[self])


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
        self._values = real_array("weights", values)

    @property
    def size(self) -> int:
        """How many numbers."""
        return self._values.size

    def numpy(self) -> np.ndarray:
        """The numbers as an array."""
        return self._values

    def __repr__(self) -> str:
        return f"Weights({self._values!r})" if self.size else "Weights()"


def real_array(parameter: str, value: object) -> np.ndarray:
    """``value`` as a NumPy array of booleans, integers or floats, or a ArgumentError."""
    allowed = "an array of real numbers"
    try:
        array = np.asarray(value)
    except Exception:  # lists of unequal lengths and arrays of another device fail in many ways
        got = f"a {type(value).__name__} that NumPy makes no array of"
        remedy = "Make its rows equally long; a CuPy array becomes NumPy's with .get()."
        raise ArgumentError(parameter, got, allowed, remedy) from None
    if array.dtype.kind == "c":
        remedy = "Take .real or numpy.abs of it."
        raise ArgumentError(parameter, f"numbers of type {array.dtype}", allowed, remedy)
    if array.dtype.kind not in "biuf":
        got = f"{short(value)}, elements of type {array.dtype}"
        raise ArgumentError(parameter, got, allowed, "Pass an array of numbers.")
    return array


def convert(parameter: str, array: np.ndarray, dtype: np.dtype, *, copy: bool) -> np.ndarray:
    """``array`` in ``dtype``; what float32 cannot hold becomes infinite."""
    if (copy or array.dtype != dtype) and array.size * dtype.itemsize > memory.free_bytes():
        allowed = f"as many as fit into the free memory, {dtype.itemsize} bytes each"
        raise ArgumentError(parameter, f"{array.size} numbers", allowed, "Use a smaller array.")
    with np.errstate(over="ignore"):
        return array.astype(dtype, order="C" if copy else "K", copy=copy)


def as_weights(parameter: str, value: object, dtype: DataType = DataType.FLOAT) -> np.ndarray:
    """A read-only copy of ``value`` in ``dtype``, all finite; empty for None and ``Weights()``."""
    if value is None:
        value = Weights()
    array = value.numpy() if isinstance(value, Weights) else real_array(parameter, value)
    if dtype is DataType.INT8 and array.dtype != np.int8:
        allowed = "int8, which this constant was made with"
        remedy = "Convert it with .astype(numpy.int8), or add another constant."
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
    """``value`` if it is a text that can name something, or a ArgumentError."""
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
    try:
        sizes = [value[i] for i in range(len(value))]  # type: ignore[index, arg-type]
        fixed = [1 if dynamic and size == DYNAMIC else size for size in sizes]
        checked = [check_integer(parameter, size, least=1) for size in fixed]
    except (ArgumentError, TypeError, LookupError, ValueError):
        checked = None
    if checked is None or not least <= len(checked) <= MAX_RANK:
        raise ArgumentError(
            parameter,
            short(value),
            f"{least} to {MAX_RANK} sizes, each from 1 to {MAX_SIZE}"
            + (", or -1 where the size is dynamic" if dynamic else ""),
            "Write a tuple such as (1, 1, 6, 9): batch, channels, height, width.",
        )
    return tuple(
        DYNAMIC if size == DYNAMIC else number for size, number in zip(sizes, checked, strict=True)
    )
