"""Sizes and paddings of all padding modes side by side, one axis at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convviz.checks import check_items
from convviz.course.html import Table
from convviz.errors import ArgumentError
from convviz.geometry import Axis, make_axis
from convviz.language.catalogue import say
from convviz.parameters import PaddingMode, check_integer, check_padding_mode

MOST_MODES = 100
_COLUMNS = ("mode", "input", "before", "after", "beyond", "output")


def sizes(
    *input_sizes: int,
    kernel: int,
    stride: int = 1,
    dilation: int = 1,
    pre_padding: int = 0,
    post_padding: int | None = None,
    modes: Sequence[PaddingMode] = tuple(PaddingMode),
) -> SizeTable:
    """What each padding mode makes of an axis.

    Parameters
    ----------
    input_sizes : one or more sizes of the axis
    kernel, stride, dilation : int
    pre_padding, post_padding : int
        The explicit padding; after as before unless given.
    modes : which padding modes, by default all

    Raises
    ------
    ArgumentError
        Naming the number that cannot be.
    """
    after = pre_padding if post_padding is None else post_padding
    given = {"kernel": kernel, "stride": stride, "dilation": dilation}
    for name, number in given.items():
        check_integer(name, number, least=1)
    for name, number in (("pre_padding", pre_padding), ("post_padding", after)):
        check_integer(name, number, least=0)
    for size in input_sizes:
        check_integer("input_sizes", size, least=1)
    if not input_sizes:
        remedy = "Write sizes(5, 6, kernel=3), for example."
        raise ArgumentError("input_sizes", "nothing", "one or more sizes", remedy)
    remedy = "Leave it out for all of them."
    chosen = check_items("modes", modes, MOST_MODES, noun="padding modes", remedy=remedy)
    axes = []
    for mode in map(check_padding_mode, chosen):
        for size in input_sizes:
            axis = make_axis("axis", size, kernel, stride, dilation, pre_padding, after, mode)
            axes.append((mode, axis))
    return SizeTable(axes)


@dataclass(frozen=True, eq=False)
class SizeTable(Table):
    """One axis under several padding modes; a notebook shows it as a table."""

    axes: list[tuple[PaddingMode, Axis]]

    @property
    def header(self) -> tuple[str, ...]:
        """What stands over the columns."""
        return tuple(say(f"course.sizes.{column}") for column in _COLUMNS)

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """One row for each mode and size, as text."""
        return [
            (mode.name, *map(str, (axis.size, axis.pre, axis.post, axis.beyond, axis.output)))
            for mode, axis in self.axes
        ]
