"""The parameters of a convolution layer, a row each, and the checks of one parameter alone.

The table feeds the checks, the signatures, the controls, the captions, the command and the reprs.
What a parameter does to sizes and indices is geometry's; what cannot go together, whoever has both.
"""

from __future__ import annotations

import enum
import operator
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias, TypedDict, cast

from convviz.errors import ArgumentError, RefusingEnum, short

MAX_SIZE = 2**31 - 1  # TensorRT's Dims hold 32-bit integers
MOST_INTEGERS = 1000  # no parameter has as many; an iterator may never end


class PaddingMode(enum.IntEnum, metaclass=RefusingEnum):
    """How padding is chosen and how the output size is rounded (TensorRT's values and names).

    ``PaddingMode("SAME_UPPER")`` is taken too.
    """

    EXPLICIT_ROUND_DOWN = 0
    EXPLICIT_ROUND_UP = 1
    SAME_UPPER = 2
    SAME_LOWER = 3
    CAFFE_ROUND_DOWN = 4
    CAFFE_ROUND_UP = 5

    @classmethod
    def _missing_(cls, value: object) -> PaddingMode:
        return check_padding_mode(value)

    @classmethod
    def _unknown(cls, name: object) -> tuple[str, object, str, str]:
        return _no_padding_mode(name)

    @property
    def is_same(self) -> bool:
        """Whether the mode decides the padding itself and ignores every explicit one."""
        return self in (PaddingMode.SAME_UPPER, PaddingMode.SAME_LOWER)

    @property
    def is_caffe(self) -> bool:
        """Whether the mode is one of the two that TensorRT 10 removed."""
        return self in (PaddingMode.CAFFE_ROUND_DOWN, PaddingMode.CAFFE_ROUND_UP)

    @property
    def rounds_up(self) -> bool:
        """Whether the output size is a ceiling: the last window may reach past the padding."""
        return self in (PaddingMode.EXPLICIT_ROUND_UP, PaddingMode.CAFFE_ROUND_UP)


# The rows


@dataclass(frozen=True)
class Count:
    """A parameter that is one integer. ``default`` None: the layer's constructor asks for it.

    ``has_control`` says, here and in the other rows, whether the explorer has a control for it.
    """

    name: str
    description: str
    default: int | None
    least: int = 1
    has_control: bool = True

    def check(self, value: object) -> int:
        """``value`` as an int, None as the default; or an ArgumentError."""
        if value is None and self.default is not None:
            return self.default
        return check_integer(self.name, value, least=self.least)

    def default_for(self, rank: int) -> int | None:
        """The default of a layer with ``rank`` spatial axes."""
        return self.default


@dataclass(frozen=True)
class PerAxis:
    """A parameter with one integer per spatial axis: (height, width) or (depth, height, width).

    ``sets`` names the parameters that it is a shorthand for.
    """

    name: str
    description: str
    default: int | None
    least: int
    sets: tuple[str, ...] = ()
    has_control: bool = True

    def check(self, value: object, rank: int) -> tuple[int, ...]:
        """``value`` as ``rank`` ints, None as the default; or an ArgumentError."""
        default = self.least if self.default is None else self.default
        return check_integers(self.name, value, rank, default=default, least=self.least)

    def default_for(self, rank: int) -> tuple[int, ...] | None:
        """The default of a layer with ``rank`` spatial axes."""
        return None if self.default is None else (self.default,) * rank


@dataclass(frozen=True)
class Choice:
    """The padding mode."""

    name: str
    description: str
    default: PaddingMode
    has_control: bool = True

    def check(self, value: object) -> PaddingMode:
        """``value`` as a PaddingMode, None as the default; or an ArgumentError."""
        return self.default if value is None else check_padding_mode(value)

    def default_for(self, rank: int) -> PaddingMode:
        """The default of a layer with ``rank`` spatial axes."""
        return self.default


Parameter = Count | PerAxis | Choice

NUM_OUTPUT_MAPS = Count("num_output_maps", "output maps", None)
KERNEL_SIZE_ND = PerAxis("kernel_size_nd", "the kernel's size", None, 1)
STRIDE_ND = PerAxis("stride_nd", "input cells from one window to the next", 1, 1)
DILATION_ND = PerAxis("dilation_nd", "input cells from one weight to the next", 1, 1)
PRE_PADDING = PerAxis("pre_padding", "zeros before the data", 0, 0)
POST_PADDING = PerAxis("post_padding", "zeros after the data", 0, 0)
PADDING_ND = PerAxis(
    "padding_nd",
    "zeros before and after the data",
    0,
    0,
    sets=(PRE_PADDING.name, POST_PADDING.name),
)
PADDING_MODE = Choice(
    "padding_mode",
    "who chooses the padding, and how the size is rounded",
    PaddingMode.EXPLICIT_ROUND_DOWN,
)
NUM_GROUPS = Count("num_groups", "groups that channels and maps are split into", 1)

TABLE: tuple[Parameter, ...] = (
    NUM_OUTPUT_MAPS,
    KERNEL_SIZE_ND,
    STRIDE_ND,
    DILATION_ND,
    PADDING_ND,
    PRE_PADDING,
    POST_PADDING,
    PADDING_MODE,
    NUM_GROUPS,
)
OPTIONAL = tuple(row for row in TABLE if row.default is not None)
STORED = tuple(row for row in OPTIONAL if row is not PADDING_ND)  # the shorthand keeps nothing


class LayerParameters(TypedDict, total=False):
    """The optional parameters as keyword arguments: `OPTIONAL`, for type checkers and editors."""

    stride_nd: Sequence[int] | None
    dilation_nd: Sequence[int] | None
    padding_nd: Sequence[int] | None
    pre_padding: Sequence[int] | None
    post_padding: Sequence[int] | None
    padding_mode: PaddingMode | str | int
    num_groups: int


Sizes: TypeAlias = tuple[int, ...]
Mode: TypeAlias = PaddingMode | str | int


class ListedParameters(TypedDict, total=False):
    """The optional parameters where one of them may be a list of values to compare."""

    stride_nd: Sizes | list[Sizes]
    dilation_nd: Sizes | list[Sizes]
    padding_nd: Sizes | list[Sizes]
    pre_padding: Sizes | list[Sizes]
    post_padding: Sizes | list[Sizes]
    padding_mode: Mode | list[Mode]
    num_groups: int | list[int]


Setting = int | tuple[int, ...] | PaddingMode


def check_parameters(parameters: Mapping[str, object]) -> None:
    """Refuse names that are no optional parameter's, and a shorthand with what it stands for.

    Raises
    ------
    ArgumentError
        Naming the first.
    """
    names = [row.name for row in OPTIONAL]
    for name, value in parameters.items():
        if name not in names:
            raise ArgumentError(name, short(value), ", ".join(names), "Use one of these names.")
    both = parameters.get(PADDING_ND.name)
    for name in PADDING_ND.sets:
        side = parameters.get(name)
        if both is not None and side is not None:
            raise ArgumentError(
                PADDING_ND.name,
                f"{short(both)} together with {name} {short(side)}",
                "padding_nd for both sides, or pre_padding and post_padding",
                f"Leave out padding_nd or {name}.",
            )


def with_height(parameters: LayerParameters) -> LayerParameters:
    """The parameters of a 1-D convolution for a layer of height 1: (2,) becomes (1, 2)."""
    found = dict(parameters)
    for row in OPTIONAL:
        if isinstance(row, PerAxis) and row.name in found:
            numbers = as_integers(found[row.name])
            if numbers is not None and len(numbers) == 1:
                found[row.name] = (row.default, *numbers)
    return cast("LayerParameters", found)


# Checks of one value


def check_integer(parameter: str, value: object, *, least: int, most: int = MAX_SIZE) -> int:
    """``value`` as an int within ``least`` … ``most``, or an ArgumentError."""
    allowed = f"one integer from {least} to {most}"
    number = _as_integer(value)
    if number is None or not least <= number <= most:
        raise ArgumentError(parameter, short(value), allowed, f"Set it to {least} or more.")
    return number


def check_integers(
    parameter: str, value: object, rank: int, *, default: int, least: int
) -> tuple[int, ...]:
    """``value`` as a tuple of ``rank`` ints, each at least ``least``; None means the default."""
    if value is None:
        return (default,) * rank
    numbers = as_integers(value)
    if numbers is None or len(numbers) != rank or not all(least <= n <= MAX_SIZE for n in numbers):
        allowed = f"{rank} integers, one per axis, each from {least} to {MAX_SIZE}"
        example = _meant(value, rank, least) or (max(least, default),) * rank
        remedy = f"Write a tuple such as {example}."
        raise ArgumentError(parameter, short(value), allowed, remedy)
    return numbers


def _meant(value: object, rank: int, least: int) -> tuple[int, ...] | None:
    """The tuple that one integer, alone or for all axes, may stand for."""
    numbers = as_integers(value) or ()
    number = numbers[0] if len(numbers) == 1 else _as_integer(value)
    return (number,) * rank if number is not None and least <= number <= MAX_SIZE else None


def check_kernel_size(value: object) -> tuple[int, ...]:
    """``value`` as 2 or 3 positive ints, or an ArgumentError."""
    numbers = as_integers(value)
    if (
        numbers is None
        or len(numbers) not in (2, 3)
        or not all(1 <= n <= MAX_SIZE for n in numbers)
    ):
        raise ArgumentError(
            "kernel_size_nd",
            short(value),
            "2 integers (height, width) or 3 (depth, height, width), each at least 1",
            "For a 1-D convolution give the input a height of 1 and use a kernel of (1, width).",
        )
    return numbers


# What other frameworks call them, and names in other letters.
_MEANT_MODES = {
    "SAME": "Write SAME_UPPER, which puts an odd zero after the data, or SAME_LOWER.",
    "VALID": "Leave it out: without padding that is EXPLICIT_ROUND_DOWN.",
    "NOTSET": "Write EXPLICIT_ROUND_DOWN and set the padding.",
    **{name: f"Write {name}." for name in PaddingMode.__members__},
}


def check_padding_mode(value: object) -> PaddingMode:
    """``value`` as a PaddingMode; its name or its number will do."""
    if isinstance(value, str) and value in PaddingMode.__members__:
        return PaddingMode[value]
    number = _as_integer(value)
    if number is None or number not in set(PaddingMode):
        raise ArgumentError(*_no_padding_mode(value))
    return PaddingMode(number)


def _no_padding_mode(value: object) -> tuple[str, object, str, str]:
    """What an ArgumentError says of it."""
    name = value.strip().upper().replace("-", "_") if isinstance(value, str) else ""
    remedy = _MEANT_MODES.get(name, "Choose one, for example PaddingMode.SAME_UPPER.")
    return "padding_mode", short(value), ", ".join(PaddingMode.__members__), remedy


def as_integers(value: object) -> tuple[int, ...] | None:
    """``value`` as a tuple of ints, or None where it is anything but a sequence of integers."""
    if isinstance(value, (str, bytes, Mapping, Set)):  # of no order, or of another meaning
        return None
    try:
        items = list(islice(value, MOST_INTEGERS + 1))  # type: ignore[call-overload]  # duck-typed
    except Exception:  # whatever an object of the user's raises
        return None
    numbers = [_as_integer(item) for item in items[:MOST_INTEGERS]]
    integers = tuple(n for n in numbers if n is not None)
    return integers if len(integers) == len(items) else None


def _as_integer(value: object) -> int | None:
    """An int from anything that is one, NumPy's included; None for the rest, True and False too."""
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)  # type: ignore[arg-type]  # duck-typed
    except Exception:  # whatever an object of the user's raises
        return None
