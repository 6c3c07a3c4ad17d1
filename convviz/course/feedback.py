"""What every kind of exercise needs to judge an answer: the feedback, reading it, naming a mistake.

A kind (`convviz.course.kinds`) works out what each common mistake would have given; an answer that
equals one of these is told which mistake it looks like. Nothing here knows a widget.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from convviz.language.catalogue import say

MOST_NAMED = 2  # mistakes that an answer may look like
_INTEGER = r"-?\d{1,18}"  # what nobody's answer is longer than

Mistakes: TypeAlias = Iterable[tuple[float, str]]  # what each would have given, and what to say


@dataclass(frozen=True)
class Feedback:
    """Whether an answer is correct, and what to say to it.

    Attributes
    ----------
    correct : bool or None
        None for what is no answer yet, such as a word where a number belongs.
    text : str
    wrong : cells (channel, row, column)
        Of those that were chosen, which do not belong to the answer.
    """

    correct: bool | None
    text: str
    wrong: frozenset[tuple[int, ...]] = frozenset()


def right(reason: str) -> Feedback:
    """Confirm an answer and say why it is right."""
    return Feedback(True, say("feedback.right", reason=reason))


def wrong(answer: object, reason: str) -> Feedback:
    """Repeat an answer and say what is wrong with it."""
    return Feedback(False, say("feedback.wrong", answer=answer, reason=reason))


def matching(
    given: float, mistakes: Mistakes, *, relative: float = 0.0, absolute: float = 1e-9
) -> str | None:
    """What to say to the mistakes that give ``given``, up to a difference; None for no mistake.

    Where several do, the first two are named: nobody knows which of them it was.
    """
    found: list[str] = []
    for mistaken, text in mistakes:
        near = math.isclose(given, mistaken, rel_tol=relative, abs_tol=absolute)
        if near and text not in found:
            found.append(text)
        if len(found) == MOST_NAMED:
            return say("feedback.either", first=found[0], second=found[1])
    return found[0] if found else None


# Reading what was typed


def ascii_number(answer: str) -> str:
    """The answer with the minus and the point that Python reads."""
    return answer.strip().replace("−", "-").replace(",", ".")


def read_number(answer: str) -> float | None:
    """The answer as a number; None where it is none."""
    try:
        return float(ascii_number(answer))
    except ValueError:
        return None


def read_integer(answer: str) -> int | None:
    """The answer as an integer, digits grouped in any way; None where it is none."""
    text = re.sub(r"[ _.]", "", ascii_number(answer))
    return int(text) if re.fullmatch(_INTEGER, text) else None


def read_integers(answer: str) -> list[int]:
    """All integers in the answer, whatever stands between them."""
    return [int(number) for number in re.findall(_INTEGER, answer.replace("−", "-"))]
