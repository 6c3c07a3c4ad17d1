"""Messages from the browser: what a reader does on a stage.

`read` checks what arrives as it checks what a user passes, and gives it a type, so that nobody else
has to mind a part that is missing or of the wrong type. What a message leads to is left to the
explorer, and to saving where a file is asked for. browser/types.d.ts declares the same messages for
JavaScript.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from convviz import checks
from convviz.errors import ArgumentError, short
from convviz.parameters import as_integers, check_integer


@dataclass(frozen=True)
class Ping:
    """A stage asks whether anybody answers."""

    ping: str


@dataclass(frozen=True)
class ValuesRequest:
    """A view waits for the values that are too large to be saved with a notebook."""


@dataclass(frozen=True)
class PrefetchRequest:
    """A reader is at a slider, and may move it to an adjacent place next.

    ``control`` is the slider's name.
    """

    control: str


@dataclass(frozen=True)
class Request:
    """Something was done, and whoever did it waits until ``request`` is acknowledged."""

    request: str


@dataclass(frozen=True)
class PartsRequest(Request):
    """What each channel adds to the outputs around a step is wanted."""

    step: int


@dataclass(frozen=True)
class FileRequest(Request):
    """A file of what is shown is wanted; ``form`` is its ending."""

    form: str
    step: int
    theme: str


@dataclass(frozen=True)
class NumberEdit(Request):
    """A number was typed into a cell; ``index`` is the cell's in the tensor's memory order."""

    tensor: Literal["input", "kernel", "bias"]
    index: int
    text: str


@dataclass(frozen=True)
class SetText(Request):
    """A value was typed into a control's field, or chosen."""

    control: str
    text: str


@dataclass(frozen=True)
class SetPlace(Request):
    """A control's slider was moved."""

    control: str
    place: int


@dataclass(frozen=True)
class SetTogether(Request):
    """Setting one axis is to set all axes from now on, or only itself."""

    together: bool


@dataclass(frozen=True)
class ChoosePixel(Request):
    """A pixel of a dive's input was chosen, and a channel, or None for the one that adds most.

    ``pixel`` is its [depth,] row and column.
    """

    pixel: tuple[int, ...]
    channel: int | None = None


@dataclass(frozen=True)
class Press(Request):
    """A button was pressed."""

    action: Literal["reset"]


@dataclass(frozen=True)
class PressPhase(Request):
    """A sentence of a guide was pressed; ``phase`` counts them from 0."""

    phase: int


@dataclass(frozen=True)
class OpenLayer(Request):
    """The name of a layer in a model's table was pressed; ``layer`` is its number."""

    layer: int


@dataclass(frozen=True)
class UseExercise(Request):
    """A button of an exercise was pressed; ``given`` is the answer that stood there then.

    That is what was typed, or the channel, row and column of each cell that was clicked on.
    """

    action: str
    given: str | tuple[tuple[int, ...], ...] | None


Message = Ping | ValuesRequest | PrefetchRequest | Request

TENSORS = ("input", "kernel", "bias")  # that hold numbers to type over
_REMEDY = "Send what browser/types.d.ts declares."
_MOST = 2**53  # of an integer, to either side: JavaScript's


def read(content: object) -> Message:
    """The message in what the browser sent.

    Raises
    ------
    ArgumentError
        Naming the part that is missing, of the wrong type, or unknown.
    """
    parts = _Parts(content)
    if "ping" in parts.found:
        return Ping(parts.text("ping"))
    if "fetch" in parts.found:
        parts.choice("fetch", ("values",))
        return ValuesRequest()
    if "prefetch" in parts.found:
        return PrefetchRequest(parts.text("prefetch"))
    return _read_request(parts, parts.text("request"))


def request_of(content: object) -> str:
    """The request that waits for an answer, whatever else the message holds; or ``""``."""
    request = content.get("request") if isinstance(content, Mapping) else None
    return request if isinstance(request, str) else ""


def _read_request(parts: _Parts, request: str) -> Request:
    """The kind of request that the parts tell of."""
    if "save" in parts.found:
        return FileRequest(
            request, parts.text("save"), parts.integer("step", least=0), parts.text("theme")
        )
    if "parts" in parts.found:
        return PartsRequest(request, parts.integer("parts", least=0))
    if "tensor" in parts.found:
        tensor = cast("Literal['input', 'kernel', 'bias']", parts.choice("tensor", TENSORS))
        return NumberEdit(request, tensor, parts.integer("index", least=0), parts.text("text"))
    if "pixel" in parts.found:
        channel = parts.integer("channel", least=0) if "channel" in parts.found else None
        return ChoosePixel(request, parts.integers("pixel"), channel)
    if "together" in parts.found:
        return SetTogether(request, checks.check_switch("together", parts.found["together"]))
    if "phase" in parts.found:
        return PressPhase(request, parts.integer("phase", least=0))
    if "use" in parts.found:
        return UseExercise(request, parts.text("use"), parts.answer("given"))
    if "open" in parts.found:
        return OpenLayer(request, parts.integer("open", least=0))
    if "action" in parts.found:
        return Press(request, cast("Literal['reset']", parts.choice("action", ("reset",))))
    if "place" in parts.found:
        place = parts.integer("place", least=-_MOST)
        return SetPlace(request, parts.text("control"), place)
    return SetText(request, parts.text("control"), parts.text("text"))


class _Parts:
    """The parts of a message by their names, each checked when it is taken."""

    def __init__(self, content: object) -> None:
        if not isinstance(content, Mapping):
            raise ArgumentError("message", short(content), "named parts", _REMEDY)
        self.found: Mapping[object, object] = content

    def text(self, name: str) -> str:
        """A text."""
        value = self._part(name)
        if not isinstance(value, str):
            raise ArgumentError(name, short(value), "a text", _REMEDY)
        return value

    def integer(self, name: str, *, least: int, most: int = _MOST) -> int:
        """An integer within limits; True and False are none."""
        return check_integer(name, self._part(name), least=least, most=most)

    def integers(self, name: str) -> tuple[int, ...]:
        """Integers, as many as the axes of a layer."""
        value = self._part(name)
        numbers = as_integers(value) if isinstance(value, (list, tuple)) else None
        if numbers is None:
            raise ArgumentError(name, short(value), "a list of integers", _REMEDY)
        return numbers

    def answer(self, name: str) -> str | tuple[tuple[int, ...], ...] | None:
        """A text, a list of cells, or nothing."""
        value = self.found.get(name)
        if value is None or isinstance(value, str):
            return value
        cells = [as_integers(cell) for cell in value] if isinstance(value, (list, tuple)) else None
        if cells is None or None in cells:
            raise ArgumentError(
                name, short(value), "a text, or cells as lists of integers", _REMEDY
            )
        return tuple(cell for cell in cells if cell is not None)

    def choice(self, name: str, choices: Iterable[str]) -> str:
        """One of some texts."""
        return checks.check_choice(name, self._part(name), choices)

    def _part(self, name: str) -> object:
        if name not in self.found:
            parts = short(sorted(map(str, self.found)))
            raise ArgumentError(name, f"nothing among {parts}", "a value", _REMEDY)
        return self.found[name]
