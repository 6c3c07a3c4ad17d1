"""What a reader types into the gap of a program: it is judged in words, whatever it does."""

from __future__ import annotations

import pytest

from convviz.course.kinds import gap
from convviz.errors import ArgumentError

HOSTILE = """
type('Hostile', (), {{
    '{method}': lambda *arguments: (_ for _ in ()).throw({error}('from the reader'))
}})()
""".replace("\n", " ").strip()


@pytest.mark.parametrize(
    "answer", ["exit()", "quit()", "__import__('sys').exit(3)", "1 / 0", "int('x')", "[0] * 10**18"]
)
def test_an_answer_that_raises_is_wrong_and_ends_nothing(answer: str) -> None:
    feedback = gap.feedback("____", answer, "1", {})
    assert feedback.correct is False
    assert "\n" not in feedback.text


@pytest.mark.parametrize("method", ["__eq__", "__repr__"])
@pytest.mark.parametrize("error", ["ValueError", "SystemExit", "GeneratorExit"])
def test_an_answer_whose_own_methods_raise_is_wrong(method: str, error: str) -> None:
    feedback = gap.feedback("____", HOSTILE.format(method=method, error=error), "1", {})
    assert feedback.correct is False


def test_an_exception_without_a_message_of_its_own_is_named() -> None:
    answer = "(_ for _ in ()).throw(type('Odd', (Exception,), {'__str__': lambda self: 1 / 0})())"
    assert "Odd" in gap.feedback("____", answer, "1", {}).text


def test_interrupting_the_kernel_interrupts_an_answer() -> None:
    with pytest.raises(KeyboardInterrupt):
        gap.feedback("____", "(_ for _ in ()).throw(KeyboardInterrupt())", "1", {})


def test_a_long_answer_is_shown_in_part() -> None:
    feedback = gap.feedback("____", "'x' * 10**6", "1", {})
    assert len(feedback.text) < 1_000


def test_a_program_that_fails_with_its_own_answer_is_the_authors() -> None:
    with pytest.raises(ArgumentError, match="answer: got division by zero"):
        gap.feedback("____", "1", "1 / 0", {})


@pytest.mark.parametrize("code", [None, "", "1 + 1", "x = 1\n"])
def test_a_program_without_a_gap_is_refused(code: object) -> None:
    with pytest.raises(ArgumentError, match=r"^code: got "):
        gap.gap(code, "1")  # type: ignore[arg-type]
