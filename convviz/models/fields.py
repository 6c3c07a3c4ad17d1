"""Receptive fields: which cells of a model's input one place of a tensor depends on.

Along each axis of a tensor a `Span` follows the input's cells through the layers. Source: Araujo,
Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill (2019); here
place by place, since behind a resized tensor neighbours do not all see alike, and with both ends
kept, so that branches which meet again may be aligned differently. What is not known to keep its
places along an axis has no span there, and nor has what is made of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

Extent: TypeAlias = int | float
Places: TypeAlias = Iterable[int]

MOST_PERIOD = 1 << 12  # places after which a span repeats, at most


@dataclass(frozen=True)
class Span:
    """What the places of an axis see: a first and a last cell each, which repeat with a shift.

    Attributes
    ----------
    origin : (name, axis)
        The axis of the input whose cells are counted.
    first, last : cells that each place of one period sees
        Infinite where everything is seen, and the wrong way round where nothing is.
    shift : int
        From one period to the next, in cells of the input.
    """

    origin: tuple[str, int]
    first: tuple[Extent, ...] = (0,)
    last: tuple[Extent, ...] = (0,)
    shift: int = 1

    @property
    def size(self) -> Extent:
        """How many cells of the input lie between the ends of what a place sees, at most."""
        sizes = (last - first + 1 for first, last in zip(self.first, self.last, strict=True))
        return max(0, *sizes)

    @property
    def jump(self) -> Fraction:
        """From one place to the next, in cells of the input, on average."""
        return Fraction(self.shift, len(self.first))

    def mapped(self, made: int, of: int, reads: Callable[[int], Places]) -> Span | None:
        """After an operation whose place v is made of the places ``reads(v)``.

        Its pattern repeats: ``reads(v + made)`` are ``reads(v)`` and ``of`` more.
        """
        times = len(self.first) // math.gcd(len(self.first), of)
        made, of = made * times, of * times
        if made > MOST_PERIOD:
            return None
        seen = [[self._seen(place) for place in reads(v)] for v in range(made)]
        first = tuple(min((a for a, _ in each), default=math.inf) for each in seen)
        last = tuple(max((b for _, b in each), default=-math.inf) for each in seen)
        shift = self.shift * of // len(self.first)
        return replace(self, first=first, last=last, shift=shift)._shortened()

    def _seen(self, place: int) -> tuple[Extent, Extent]:
        turns, n = divmod(place, len(self.first))
        return self.first[n] + turns * self.shift, self.last[n] + turns * self.shift

    def _shortened(self) -> Span:
        """The same with the shortest period."""
        period = len(self.first)
        for count in range(1, period):
            if period % count or self.shift * count % period:
                continue
            step = self.shift * count // period
            if all(
                self._seen(n) == (self.first[n % count] + n // count * step,
                                  self.last[n % count] + n // count * step)
                for n in range(count, period)
            ):  # fmt: skip
                return replace(self, first=self.first[:count], last=self.last[:count], shift=step)
        return self

    def windowed(self, kernel: int, stride: int, pre: int, dilation: int = 1) -> Span | None:
        """After windows of ``kernel`` places, of which the first begins ``pre`` before place 0."""
        reach = dilation * (kernel - 1) + 1
        return self.mapped(
            1, stride, lambda v: range(v * stride - pre, v * stride - pre + reach, dilation)
        )

    def spread(self, kernel: int, stride: int, pre: int, dilation: int = 1) -> Span | None:
        """After a transposed convolution, whose output loses ``pre`` places in front."""

        def reads(v: int) -> Places:
            starts = (v + pre - dilation * tap for tap in range(kernel))
            return [start // stride for start in starts if start % stride == 0]

        return self.mapped(stride, 1, reads)

    def everything(self) -> Span:
        """After what brings all places together."""
        return replace(self, first=(-math.inf,), last=(math.inf,), shift=1)

    def united(self, other: Span) -> Span | None:
        """What two tensors, put together place by place, see between them."""
        if self.origin != other.origin:
            return None
        if math.inf in (self.size, other.size):
            return self.everything()
        period = math.lcm(len(self.first), len(other.first))
        if self.jump != other.jump or period > MOST_PERIOD:
            return None
        seen = [(*self._seen(n), *other._seen(n)) for n in range(period)]
        first = tuple(min(a, c) for a, _, c, _ in seen)
        last = tuple(max(b, d) for _, b, _, d in seen)
        return replace(self, first=first, last=last, shift=int(self.jump * period))._shortened()


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
    field: Field,
    kernel: Sequence[int],
    stride: Sequence[int],
    pre: Sequence[int],
    dilation: Sequence[int],
    *,
    transposed: bool = False,
) -> Field:
    """The field after windows along the last axes, or after those of a transposed convolution."""
    follow = Span.spread if transposed else Span.windowed
    first = len(field) - len(kernel)
    moved = [
        None if span is None else follow(span, *numbers)
        for span, *numbers in zip(field[first:], kernel, stride, pre, dilation, strict=True)
    ]
    return (*field[:first], *moved)


def padded(field: Field, before: Sequence[int]) -> Field:
    """The field after so many cells are put before the last axes; negative ones are cut off."""
    ones = [1] * len(before)
    return windowed(field, ones, ones, before, ones)


def resized(field: Field, samplings: Sequence[tuple[Fraction, Sampling] | None]) -> Field:
    """The field after each axis is made larger, times a scale; of None nothing is known."""
    return tuple(
        None if span is None or each is None else each[1].after(span, each[0])
        for span, each in zip(field, samplings, strict=True)
    )


def reshaped(field: Field, before: Sequence[int], after: Sequence[int]) -> Field:
    """The field after elements stay in memory order and axes get other sizes.

    Axes at either end that keep their sizes keep their places; ``before`` and ``after`` are whole
    shapes.
    """
    back = _alike(before[::-1], after[::-1])  # first: there the places are
    front = min(_alike(before, after), len(before) - back, len(after) - back)
    middle = (None,) * (len(after) - front - back)
    return (*field[:front], *middle, *field[len(field) - back :])


def _alike(one: Sequence[int], other: Sequence[int]) -> int:
    """How many sizes are the same before the first that are not."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


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


@dataclass(frozen=True)
class Sampling:
    """Which places a resized tensor takes its values from.

    Attributes
    ----------
    half_pixel : bool
        Whether the middles of cells are brought over one another, or their beginnings.
    rounding : "floor", "ceil", "down" or "up" for the nearest, of which the last two differ in the
        middle between two places; "linear" or "cubic" between places
    """

    half_pixel: bool
    rounding: str

    def after(self, span: Span, scale: Fraction) -> Span | None:
        """The span after a resizing by ``scale``."""
        half = Fraction(1, 2) if self.half_pixel else Fraction(0)
        return span.mapped(
            scale.numerator, scale.denominator, lambda v: self._reads((v + half) / scale - half)
        )

    def _reads(self, x: Fraction) -> Places:
        low, high = math.floor(x), math.ceil(x)
        match self.rounding:
            case "floor":
                return (low,)
            case "ceil":
                return (high,)
            case "down":
                return (math.ceil(x - Fraction(1, 2)),)
            case "up":
                return (math.floor(x + Fraction(1, 2)),)
            case "linear":
                return (low, high)
        return (low,) if low == high else range(low - 1, high + 2)
