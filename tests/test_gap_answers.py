"""What a reader types into the gap of a program: it is judged in words, whatever it does."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from convviz.course import bounded
from convviz.course.kinds import gap
from convviz.errors import ArgumentError


class Hostile:
    """What an author's program may hold; the reader's answers call it."""

    def __init__(self, method: str, error: type[BaseException]) -> None:
        def fail(*_: object) -> None:
            raise error("from the reader")

        self.made = type("Made", (), {method: fail})

    def __call__(self) -> object:
        return self.made()


ENDLESS = [
    "while True: pass",
    "[each for each in iter(int, 1)]",
    "sum(iter(int, 1))",
    "10**10**10",
    "9**9**9**9",
    "10**(10**10)",
    "1 << 10**7",
    "[0] * 10**12",
    "[0] * 10**6 * 10**6",
    "range(10**6) * range(10**6)",
    "1e300",
    "np.ones((10**5, 10**5))",
    "input()",
    "open(0).read()",
    "breakpoint()",
    "(lambda: 1)()",
    "(_ for _ in ()).throw(KeyboardInterrupt())",
    "type('X', (), {})()",
    "cv.__dict__['exercises']",
    "[].__class__",
    "(n := 1)",
    "f'{1:1000000000}'",
    "1) + (2",
    "0] + [1",
    "1; 2",
    "1" * 2_000,
    "9" * 5_000,
    "(" * 500 + ")" * 500,
    "\0",
    "\ud800",
    "yield",
    "exit()",
    "quit()",
    "__import__('sys').exit(3)",
]


@pytest.mark.parametrize("answer", ENDLESS, ids=lambda answer: ascii(answer)[:40])
def test_an_answer_that_may_never_end_is_not_begun(answer: str) -> None:
    feedback = gap.feedback("began.append(____)", answer, "1", {"began": (began := [])})
    assert feedback.correct is False
    assert began == []
    assert "\n" not in feedback.text


def endless() -> None:
    """A function of an author's."""
    while True:
        pass


def test_an_authors_function_that_does_not_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "MOST_SECONDS", 0.05)
    tracer = sys.gettrace()
    feedback = gap.feedback("____", "endless()", "1", {"endless": endless})
    assert feedback.correct is False
    assert "0.05 seconds" in feedback.text
    assert sys.gettrace() is tracer


def test_a_program_that_does_not_end_with_its_own_answer_is_the_authors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bounded, "MOST_SECONDS", 0.05)
    with pytest.raises(ArgumentError, match=r"answer: got more than 0\.05 seconds"):
        gap.feedback("____", "1", "endless()", {"endless": endless})


@pytest.mark.parametrize(
    ("code", "answer", "wanted"),
    [
        ("____", "np.rint(x / n)", "np.rint(x / 2)"),
        ("____", "cv.Weights().size", "0"),
        ("____", "tuple((k - 1) // 2 for k in sizes)", "1, 2"),
        ("____", "[1 if n > 1 else 0, *sizes]", "[1, 3, 5]"),
        ("____", "10**-n", "0.01"),
        ("____", "n**n", "4"),
        ("x[____]", "0, 1:3", "0, 1:"),
        ("dict(____)", "a=1, b=n", "b=2, a=1"),
        ("dict(n=____)", "1, b=3", "1, b=3"),
        ("a = 1\nb = a + ____\nc = 2 * b\nc + a", "n", "2"),
        ("____", "[1, [2, 3]]", "[1, [n, 3]]"),
        ("____", "np.array([1, n])", "[1, 2]"),
        ("____", "[1, n]", "np.array([1, 2])"),
    ],
)
def test_whatever_gives_the_same_is_right(code: str, answer: str, wanted: str) -> None:
    names = {"x": np.arange(6).reshape(2, 3), "n": 2, "sizes": (3, 5)}
    feedback = gap.feedback(code, answer, wanted, names)
    assert feedback.correct is True, feedback.text


@pytest.mark.parametrize(
    ("answer", "right"),
    [("x", True), ("x + 0", True), ("[[0, 1, 2], [3, 4, 5]]", True), ("x * (x < 5)", False),
     ("x[0]", False), ("x.T", False), ("x + 1", False), ("x[:, :2]", False), ("5", False)],
)  # fmt: skip
def test_an_array_is_right_where_shape_and_every_number_are(answer: str, right: bool) -> None:
    feedback = gap.feedback("____", answer, "x", {"x": np.arange(6).reshape(2, 3)})
    assert feedback.correct is right


def test_a_comment_does_not_hide_the_rest_of_the_program() -> None:
    assert gap.feedback("(____)", "1 #", "1", {}).correct is False


@pytest.mark.parametrize("answer", ["1 / 0", "int('x')"])
def test_an_answer_that_raises_is_wrong_and_ends_nothing(answer: str) -> None:
    feedback = gap.feedback("____", answer, "1", {})
    assert feedback.correct is False
    assert "\n" not in feedback.text


@pytest.mark.parametrize("method", ["__eq__", "__repr__"])
@pytest.mark.parametrize("error", [ValueError, SystemExit, GeneratorExit])
def test_an_answer_whose_own_methods_raise_is_wrong(
    method: str, error: type[BaseException]
) -> None:
    names = {"make": Hostile(method, error)}
    feedback = gap.feedback("____", "make()", "1", names)
    assert feedback.correct is False


def test_an_exception_without_a_message_of_its_own_is_named() -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            raise ZeroDivisionError

    def odd() -> None:
        raise Odd

    assert "Odd" in gap.feedback("____", "odd()", "1", {"odd": odd}).text


def test_interrupting_the_kernel_interrupts_an_answer() -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gap.feedback("____", "stopped()", "1", {"stopped": stopped})


def test_what_an_answer_gives_is_shown_in_one_line() -> None:
    feedback = gap.feedback("____", "'a' + ' ' * 1000 + 'b'", "1", {})
    assert "'a b'" in feedback.text


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
