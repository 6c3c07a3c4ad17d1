"""Practice without an end, exercises on paper, and the score in a file."""

from __future__ import annotations

import html
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import convviz as cv
from convviz.course import exercise as exercise_widget
from convviz.course import exercises
from convviz.course.answers import Given
from convviz.course.exercise import Exercise, Score
from convviz.course.practice import HARDEST, SUBJECTS, Practice, make_exercise
from convviz.errors import ArgumentError

DATA, KERNEL = cv.examples.counting(), cv.examples.powers_of_ten()


@pytest.fixture(autouse=True)
def _new_score(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exercise_widget, "SCORE", Score())


def press(shown: Exercise | Practice, action: str, given: Given | None = None) -> None:
    message = {"use": action, "given": given, "request": "1"}
    shown.view._handle_custom_msg(message, [])


# Practice


@pytest.mark.parametrize("subject", SUBJECTS)
def test_exercises_of_every_level_can_be_answered(subject: str) -> None:
    random = np.random.default_rng(7)
    for level in range(1, HARDEST + 1):
        for _ in range(3):
            exercise = make_exercise(subject, level, random)
            assert exercise.question
            assert exercise.solution
            exercise.check()  # nothing has been answered yet
            assert exercise.feedback.correct is not True
            if "shape" in exercise.question:
                [shape] = re.findall(r"^\(([\d, ]+)\)", exercise.solution)
                press(exercise, "check", shape)
                assert exercise.feedback.correct
            exercise.close()


def test_a_seed_brings_the_same_exercises_again() -> None:
    def questions(seed: int) -> list[str]:
        random = np.random.default_rng(seed)
        return [make_exercise("size", level, random).question for level in range(1, 8)]

    assert questions(1) == questions(1)
    assert questions(1) != questions(2)
    first, again, other = (exercises.practice("padding", seed=seed) for seed in (1, 1, 2))
    assert first.exercise.question == again.exercise.question
    assert [first.exercise.question] != [other.exercise.question] or first.level == 1


def test_practice_gets_harder_and_easier_and_counts_in_no_score() -> None:
    practice = exercises.practice("int8", seed=5)
    assert practice.level == 1
    practice.next()  # neither solved nor looked up
    assert practice.level == 1
    for level in range(2, 5):
        solve(practice)
        practice.next()
        assert practice.level == level
    press(practice, "show")
    practice.next()
    assert practice.level == 3
    assert exercise_widget.SCORE.text == "0 of 0 exercises solved"


def solve(practice: Practice) -> None:
    """Answer an int8 exercise: the last number of its solution, or the limit that it meets."""
    for number in re.findall(r"[−\d.]+", practice.exercise.solution)[::-1]:
        press(practice, "check", number.rstrip(".").replace("−", "-"))
        if practice.exercise.feedback.correct:
            return
    pytest.fail(practice.exercise.solution)


def test_practice_leaves_no_widgets_behind() -> None:
    practice = exercises.practice("stride", seed=1)
    for _ in range(4):
        closed = practice.exercise
        press(practice, "next")
        assert closed.comm is None
        assert closed.children == ()


def test_a_button_of_a_question_that_is_gone_does_nothing() -> None:
    practice = exercises.practice("padding")
    first = practice.view.asked["question"]
    press(practice, "next")
    assert practice.view.asked["question"] != first
    assert practice.view.asked["progress"] == "Level 1, 0 of 1 solved"
    press(practice, "none")
    assert practice.view.reply == {}


@pytest.mark.parametrize("subject", ["strides", "", None, 3])
def test_a_subject_that_is_none_is_refused(subject: object) -> None:
    with pytest.raises(ArgumentError, match=r"^subject: got"):
        exercises.practice(subject)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [-1, 1.5, None, 2**40])
def test_a_seed_that_is_none_is_refused(seed: object) -> None:
    with pytest.raises(ArgumentError, match=r"^seed: got"):
        exercises.practice("size", seed=seed)  # type: ignore[arg-type]


# Paper


def test_a_sheet_has_the_questions_first_and_the_answers_behind_them(tmp_path: Path) -> None:
    asked = [
        exercises.shape((1, 1, 6, 9), 1, (3, 3)),
        exercises.value(DATA, KERNEL, at=(1, 1)),
        exercises.cells(DATA, KERNEL, at=(0, 0), padding_nd=(1, 1)),
        exercises.reach((1, 1, 6, 9), DATA, KERNEL, only=["padding_nd"]),
        exercises.gap("size"),
        exercises.int8(2.5),
    ]
    exercises.sheet(asked, tmp_path / "sheet.html", title="Padding & stride")
    text = html.unescape((tmp_path / "sheet.html").read_text(encoding="utf-8"))
    questions, answers = text.split('<div class="answers">')
    assert "<h1>Padding & stride</h1>" in questions
    for exercise in asked:
        assert exercise.question in questions
        assert len(exercise.solution) < 8 or exercise.solution not in questions
        assert exercise.solution in answers
    assert questions.count('<td class="padding">0</td>') == 8 * 11 - 6 * 9
    assert "size, kernel, stride = 224, 7, 2" in questions
    assert "http" not in text.replace("http-equiv", "")


@pytest.mark.parametrize(
    ("items", "parameter"), [([3], "exercises"), (None, "exercises"), (["x"], "exercises")]
)
def test_what_is_no_exercise_is_refused(items: object, parameter: str, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=rf"^{parameter}: got"):
        exercises.sheet(items, tmp_path / "sheet.html")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


# The score in a file


def test_the_score_is_kept_in_a_file_as_one_line(tmp_path: Path) -> None:
    place = tmp_path / "ada.txt"
    exercises.score(place)
    first, second, third = exercises.int8(2.5), exercises.int8(3.5), exercises.int8(1)
    assert place.read_text() == "ada\t---\t0 of 3 exercises solved\n"
    press(first, "check", "2")
    press(third, "show")
    assert place.read_text() == "ada\ts-l\t1 of 3 exercises solved, 1 looked up\n"
    assert second.solved is False


def test_a_score_cannot_be_kept_where_no_file_can_be(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"^path: got"):
        exercises.score(tmp_path / "none" / "ada.txt")
    with pytest.raises(ArgumentError, match=r"^path: got"):
        exercises.score(tmp_path / "ada.xlsx")


def test_an_exercise_goes_on_where_its_score_can_no_longer_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "usb"
    folder.mkdir()
    line = exercises.score(folder / "ada.txt")
    exercise = exercises.int8(2.5)
    shutil.rmtree(folder)
    press(exercise, "check", "2")
    assert exercise.solved
    assert line.shown["text"] == "1 of 1 exercise solved"
    assert line.shown["lost"] == ["ada.txt could not be written: No such file or directory."]
    folder.mkdir()
    exercises.int8(3.5)
    assert line.shown["lost"] == []
    assert (folder / "ada.txt").read_text() == "ada\ts-\t1 of 2 exercises solved\n"


def test_the_score_of_an_odd_name_is_kept(tmp_path: Path) -> None:
    place = tmp_path / os.fsdecode(b"\xff.txt")  # Latin-1 of another system's
    exercises.score(place)
    assert place.read_text() == "?\t\t0 of 0 exercises solved\n"
