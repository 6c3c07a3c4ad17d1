"""The exercise kind "gap": complete a program; what its last line gives is compared.

The programs of the notebooks are in ``programs.toml``, by name.
"""

from __future__ import annotations

import html
import tomllib
from functools import cache
from importlib.resources import files

import numpy as np

from convviz.checks import check_choice, check_text
from convviz.course import bounded
from convviz.course.answers import Line
from convviz.course.exercise import Exercise
from convviz.course.feedback import Feedback
from convviz.errors import ArgumentError, short
from convviz.language.catalogue import say

GAP = "____"
PRELUDE = "import convviz as cv\nimport numpy as np"  # what every program may use
MOST_CHARACTERS = 200  # of a value in the feedback
MOST_NUMBERS = 9  # of an array that is written out there


def gap(code: str, answer: str | None = None, *, hint: str = "", **names: object) -> Exercise:
    """Fill the gap ``____`` in a program; what its last line gives is compared.

    Parameters
    ----------
    code : str
        Lines of Python with ``____`` for the gap, the last of them an expression; or, without an
        answer, the name of one of the notebooks' programs, such as ``"size"``.
    answer : str, optional
        What fits in the gap. Whatever gives the same is as good.
    names : objects that the program uses, such as ``layer=explorer.layer``

    Raises
    ------
    ArgumentError
        Where there is no gap, or no program of this name.
    """
    if answer is None and GAP not in check_text("code", code):
        name = check_choice("code", code, programs())
        code, answer = programs()[name]["code"], programs()[name]["answer"]
        hint = hint or say(f"exercises.programs.{name}")
    if GAP not in check_text("code", code):
        remedy = f"Write layer.stride_nd = {GAP}, for example."
        raise ArgumentError("code", short(code), f"a program with {GAP} in it", remedy)
    expected = check_text("answer", answer)
    check_text("hint", hint)
    program = f'<pre style="line-height: 1.4">{html.escape(code.strip())}</pre>'
    field = Line(say("exercises.gap.field"), above=program)
    return Exercise(
        say("exercises.gap.question"),
        field,
        lambda: feedback(code, field.text, expected, names),
        hint=hint or say("exercises.gap.hint", check=say("browser.exercise.button.check")),
        solution=expected,
        key=code,
    )


@cache
def programs() -> dict[str, dict[str, str]]:
    """By name, the code and the answer of each program of the notebooks."""
    text = files("convviz.course").joinpath("programs.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def feedback(code: str, answer: str, expected: str, names: dict[str, object]) -> Feedback:
    """On an expression for the gap in ``code``, whose last line is an expression.

    Both programs run; what the last lines give is compared, so that ``[2, 2]`` is as good as
    ``(2, 2)``. ``names`` are there for the program.
    """
    if not answer.strip():
        return Feedback(None, say("feedback.gap.no_answer"))
    try:
        if not bounded.ends(answer.strip()):
            return Feedback(False, say("feedback.gap.too_much"))
    except bounded.NotAnExpressionError:
        return Feedback(False, say("feedback.gap.syntax"))
    try:
        wanted = bounded.in_time(lambda: run(code, expected, names))
    except Exception as error:
        remedy = "Try the program with its answer in a cell."
        allowed = f"what the program runs with, in {bounded.MOST_SECONDS:g} seconds"
        raise ArgumentError("answer", _raised(error), allowed, remedy) from None
    try:
        got, right = bounded.in_time(lambda: _compared(run(code, answer, names), wanted))
    except KeyboardInterrupt:
        raise
    except bounded.TooLongError:
        return Feedback(False, say("feedback.gap.too_long", seconds=f"{bounded.MOST_SECONDS:g}"))
    except SyntaxError:
        return Feedback(False, say("feedback.gap.syntax"))
    except BaseException as error:  # whatever the reader's own code raises, exit() among it
        raised = say("feedback.gap.raises", error=type(error).__name__, message=_raised(error))
        return Feedback(False, raised)
    if right:
        return Feedback(True, say("feedback.gap.right", value=_shown(wanted)))
    if _is_all_gap(code):
        return Feedback(False, say("feedback.gap.not_yet", value=_shown(got)))
    return Feedback(False, _difference(got, wanted))


def run(code: str, answer: str, names: dict[str, object]) -> object:
    """What the last line of ``code`` gives with ``answer`` in the gap."""
    lines = [line.replace(GAP, answer.strip()) for line in code.strip().splitlines()]
    namespace: dict[str, object] = {}
    exec(PRELUDE, namespace)
    namespace.update(names)
    exec("\n".join(lines[:-1]), namespace)
    return eval(lines[-1], namespace)


def _compared(got: object, wanted: object) -> tuple[object, bool]:
    return got, _same(got, wanted)


def _same(got: object, wanted: object) -> bool:
    if isinstance(got, np.ndarray) or isinstance(wanted, np.ndarray):
        ours, theirs = np.asarray(got), np.asarray(wanted)
        return ours.shape == theirs.shape and bool(np.all(ours == theirs))
    return bool(got == wanted)


def _is_all_gap(code: str) -> bool:
    """Whether the last line is the gap alone: what it should give is the answer."""
    return code.strip().splitlines()[-1].partition("#")[0].strip() == GAP


def _difference(got: object, wanted: object) -> str:
    """What the last line gives and should give; of two arrays alike, where they differ first."""
    if isinstance(got, np.ndarray) and isinstance(wanted, np.ndarray) and got.shape == wanted.shape:
        at = tuple(map(int, np.argwhere(got != wanted)[0]))
        values = {"got": _shown(got[at].item()), "wanted": _shown(wanted[at].item())}
        return say("feedback.gap.differs", value=_shown(got), place=list(at), **values)
    return say("feedback.gap.wrong", value=_shown(got), wanted=_shown(wanted))


def _shown(value: object) -> str:
    """A value as text: a large array by its shape and its first number."""
    if isinstance(value, np.ndarray) and value.size > MOST_NUMBERS:
        first = _shown(value.flat[0].item())
        return say("feedback.gap.array", shape=value.shape, first=first)
    try:
        text = np.array_str(value, precision=4) if isinstance(value, np.ndarray) else repr(value)
    except KeyboardInterrupt:
        raise
    except BaseException:  # of a class of the reader's
        text = f"a value of type {type(value).__name__}"
    return " ".join(text[: 10 * MOST_CHARACTERS].split())[:MOST_CHARACTERS]


def _raised(error: BaseException) -> str:
    """The message of what was raised, which may be a class of the reader's."""
    try:
        return " ".join(str(error).split())[:MOST_CHARACTERS]
    except KeyboardInterrupt:
        raise
    except BaseException:
        return type(error).__name__
