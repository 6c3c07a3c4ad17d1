"""The one kind of refusal: a ValueError that says what is wrong and what to do about it.

Every module raises it; none builds the sentence by hand.
"""

from __future__ import annotations

import enum
from typing import Any, TypeVar, cast

_Member = TypeVar("_Member")


class ArgumentError(ValueError):
    """A parameter that cannot be: its name, what it got, what is allowed, and the remedy.

    Attributes
    ----------
    parameter : str
        The name of the refused parameter, as TensorRT spells it, so that a widget can point at it.
    """

    def __init__(self, parameter: str, got: object, allowed: str, remedy: str) -> None:
        self.parameter = parameter
        self.got = got
        self.allowed = allowed
        self.remedy = remedy
        shown = got if isinstance(got, str) else short(got)
        super().__init__(f"{parameter}: got {shown}; allowed: {allowed}. {remedy}")

    def __reduce__(self) -> tuple[type, tuple[str, object, str, str]]:
        return type(self), (self.parameter, self.got, self.allowed, self.remedy)


class UnknownNameError(ArgumentError, KeyError):
    """The refusal of a lookup by name, as in ``PaddingMode["x"]``, where Python's is a KeyError."""

    __str__ = ValueError.__str__  # a KeyError's shows quotes around the sentence


class RefusingEnum(enum.EnumType):
    """Of an enum that refuses an unknown name in words: its ``_unknown`` says them."""

    def __getitem__(cls: type[_Member], name: str) -> _Member:
        enumeration = cast("Any", cls)
        if isinstance(name, str) and name in enumeration.__members__:
            return cast("_Member", enumeration.__members__[name])
        raise UnknownNameError(*enumeration._unknown(name))


def short(value: object) -> str:
    """A repr that fits into a sentence: what a user passed may be a whole array, or have none."""
    try:
        text = " ".join(repr(tuple(value) if isinstance(value, list) else value).split())
    except Exception:  # of a class of the user's, or an integer of too many digits
        return f"a value of type {type(value).__name__}"
    return text if len(text) <= 80 else text[:77] + "…"
