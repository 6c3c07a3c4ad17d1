"""Messages from the browser: what a reader does on a stage.

`read` checks what arrives and gives it a type, so that nobody else has to mind a part that is
missing or of the wrong type. What a message leads to is left to the explorer, and to saving where a
file is asked for. browser/types.d.ts declares the same messages for JavaScript.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class NumberEdit:
    """A number was typed into a cell; ``index`` is the cell's in the tensor's memory order."""

    tensor: Literal["input", "kernel", "bias"]
    index: int
    text: str


@dataclass(frozen=True)
class PrefetchRequest:
    """A reader is at a slider, and may move it to an adjacent place next.

    ``control`` is the slider's name.
    """

    control: str


@dataclass(frozen=True)
class FileRequest:
    """A file of what is shown is wanted; ``form`` is its ending."""

    request: str
    form: str
    step: int
    theme: str


@dataclass(frozen=True)
class Request:
    """Something was done at the controls, which wait until ``request`` is acknowledged."""

    request: str


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
class Press(Request):
    """A button was pressed."""

    action: Literal["fit", "reset"]


Message = NumberEdit | PrefetchRequest | FileRequest | Request


def read(content: object) -> Message | None:
    """The message in what the browser sent, or None where it is none.

    A request of an unknown kind is a plain `Request`: it changes nothing, but is acknowledged.
    """
    match content:
        case {"save": str(form), "step": int(step), "theme": str(theme), "request": str(request)}:
            return FileRequest(request, form, step, theme)
        case {"tensor": "input" | "kernel" | "bias" as tensor, "index": int(n), "text": str(text)}:
            return NumberEdit(tensor, n, text)
        case {"prefetch": str(control)}:
            return PrefetchRequest(control)
        case {"request": str(request), "control": str(control), "text": str(text)}:
            return SetText(request, control, text)
        case {"request": str(request), "control": str(control), "place": int(place)}:
            return SetPlace(request, control, place)
        case {"request": str(request), "together": bool(together)}:
            return SetTogether(request, together)
        case {"request": str(request), "action": "fit" | "reset" as action}:
            return Press(request, action)
        case {"request": str(request)}:
            return Request(request)
    return None
