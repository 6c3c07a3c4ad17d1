"""Receptive fields: which cells of a model's input one place of a tensor depends on.

Along each axis of a tensor a `Span` follows the input's cells through the layers. Source: Araujo,
Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill (2019); here
with the two sides kept apart, so that branches which meet again may be aligned differently. What is
not known to keep its places along an axis has no span there, and nor has what is made of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

Extent: TypeAlias = int | float


@dataclass(frozen=True)
class Span:
    """What place u of an axis sees: the input's cells u·jump − before to u·jump + after.

    Attributes
    ----------
    origin : (name, axis)
        The axis of the input whose cells are counted.
    jump : input cells from one place to the next
    before, after : cells; infinite where everything is seen
    """

    origin: tuple[str, int]
    jump: Fraction = Fraction(1)
    before: Fraction | float = Fraction(0)
    after: Fraction | float = Fraction(0)

    @property
    def size(self) -> Extent:
        """How many cells of the input one place sees."""
        size = self.before + self.after + 1
        return math.inf if math.isinf(size) else math.ceil(size)

    def windowed(self, kernel: int, stride: int, pre: int) -> Span:
        """After windows of ``kernel`` cells, gaps included, of which ``pre`` lie before place 0."""
        return replace(
            self,
            jump=self.jump * stride,
            before=self.before + pre * self.jump,
            after=self.after + (kernel - 1 - pre) * self.jump,
        )

    def everything(self) -> Span:
        """After what brings all places together."""
        return replace(self, before=math.inf, after=math.inf)

    def united(self, other: Span) -> Span | None:
        """What two tensors, put together place by place, see between them."""
        if (self.origin, self.jump) != (other.origin, other.jump):
            return None
        before, after = max(self.before, other.before), max(self.after, other.after)
        return replace(self, before=before, after=after)


Field: TypeAlias = tuple[Span | None, ...]  # one for each axis of a tensor


def of_input(name: str, rank: int) -> Field:
    """The field of a model's input: each place sees itself."""
    return tuple(Span((name, axis)) for axis in range(rank))


def united(fields: Iterable[Field]) -> Field:
    """The field of tensors put together place by place, their last axes over one another."""
    given = list(fields)
    rank = max(map(len, given), default=0)
    return tuple(_united([f[n - rank] for f in given if len(f) >= rank - n]) for n in range(rank))


def _united(spans: Sequence[Span | None]) -> Span | None:
    first, *rest = spans
    for span in rest:
        first = None if first is None or span is None else first.united(span)
    return first


def windowed(
    field: Field, kernel: Sequence[int], stride: Sequence[int], pre: Sequence[int]
) -> Field:
    """The field after windows along the last axes; ``kernel`` has the sizes with their gaps."""
    first = len(field) - len(kernel)
    moved = [
        None if span is None else span.windowed(*numbers)
        for span, *numbers in zip(field[first:], kernel, stride, pre, strict=True)
    ]
    return (*field[:first], *moved)


def everything(field: Field, axes: Iterable[int]) -> Field:
    """The field after what brings all places of these axes together."""
    chosen = {axis % len(field) for axis in axes} if field else set()
    return tuple(
        span.everything() if span is not None and n in chosen else span
        for n, span in enumerate(field)
    )


def sizes(field: Field | None, rank: int) -> tuple[Extent, ...] | None:
    """How far the last ``rank`` axes see; None where one of them is not known."""
    spans = () if field is None else field[len(field) - rank :]
    found = [span.size for span in spans if span is not None]
    return tuple(found) if len(found) == rank else None
