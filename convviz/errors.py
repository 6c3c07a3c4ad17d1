"""The one kind of refusal: a ValueError that says what is wrong and what to do about it.

Every module raises it; none builds the sentence by hand.
"""

from __future__ import annotations


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
        super().__init__(f"{parameter}: got {got}; allowed: {allowed}. {remedy}")

    def __reduce__(self) -> tuple[type, tuple[str, object, str, str]]:
        return type(self), (self.parameter, self.got, self.allowed, self.remedy)


def short(value: object) -> str:
    """A repr that fits into a sentence: what a user passed may be a whole array."""
    text = " ".join(repr(tuple(value) if isinstance(value, list) else value).split())
    return text if len(text) <= 80 else text[:77] + "…"
