"""A control: one value of a layer that a reader can see and set.

Which controls a layer has is controls.py's. How one looks, and when its messages go, is the
browser's (controls.js).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, NotRequired, TypedDict, TypeVar

from convviz.errors import ArgumentError

Value = TypeVar("Value")


class ControlMessage(TypedDict):
    """A control as the browser shows it."""

    name: str
    text: str
    whole: NotRequired[bool]  # whether the value is an integer
    slider: NotRequired[tuple[int, int, int]]  # its first place, its last, and where it stands
    options: NotRequired[Sequence[tuple[str, str]]]  # to choose from: a text, and the words for it
    unavailable: NotRequired[Sequence[str]]  # texts of options that cannot be chosen at present


@dataclass(frozen=True)
class Slider(Generic[Value]):
    """A slider, which has a place for each integer; a place stands for a value.

    Attributes
    ----------
    ends : the first and the last place at present
    place : the place nearest to a value
    value : the value at a place
    """

    ends: Callable[[], tuple[int, int]]
    place: Callable[[Value], int]
    value: Callable[[int], Value]


@dataclass(frozen=True)
class Control(Generic[Value]):
    """One value of the layer.

    Attributes
    ----------
    name : str
        Unique among the controls of a layer; shown to the reader.
    read, write : get the layer's value, and set it
    parse, text : from what is typed or chosen to a value, and back
    slider : Slider or None
    options : (text, words) to choose from; empty where a value is typed
    unavailable : the texts of those options that cannot be chosen at present
    whole : bool
        Whether the value is an integer.
    """

    name: str
    read: Callable[[], Value]
    write: Callable[[Value], None]
    parse: Callable[[str], Value]
    text: Callable[[Value], str] = str
    slider: Slider[Value] | None = None
    options: Sequence[tuple[str, str]] = ()
    unavailable: Callable[[], Sequence[str]] = tuple
    whole: bool = False

    def message(self) -> ControlMessage:
        """What the browser shows."""
        message = ControlMessage(name=self.name, text=self.text(self.read()))
        if self.options:
            message["options"] = self.options
        if unavailable := self.unavailable():
            message["unavailable"] = unavailable
        if self.whole:
            message["whole"] = True
        if self.slider is not None:
            message["slider"] = self._places(self.slider)
        return message

    def adjacent(self) -> Iterator[int]:
        """The places next to where its slider stands."""
        if self.slider is not None:
            least, most, place = self._places(self.slider)
            yield from (each for each in (place - 1, place + 1) if least <= each <= most)

    def set_text(self, text: str) -> None:
        """Write what was typed or chosen; ArgumentError for what cannot be."""
        self.write(self.parse(text))

    def set_place(self, place: int) -> None:
        """Write the value at a place of its slider; ArgumentError for what cannot be."""
        if self.slider is None:
            raise ArgumentError(self.name, f"place {place}", "a text", "It has no slider: type it.")
        self.write(self.slider.value(place))

    def _places(self, slider: Slider[Value]) -> tuple[int, int, int]:
        """The slider's ends, moved apart to hold the value, and where it stands."""
        least, most = slider.ends()
        place = max(least, slider.place(self.read()))
        return least, max(most, place), place
