"""The course as a whole: a kind is one file, sentences and the integers' range have one place."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import convviz as cv
from convviz.browser import bundle
from convviz.course import exercise as exercise_widget
from convviz.course import exercises, gallery, kinds
from convviz.course.exercise import Exercise, Score
from convviz.language import catalogue
from convviz.network.values import DataType
from convviz.parameters import TABLE, PaddingMode

KINDS = [path for path in Path(kinds.__file__).parent.glob("*.py") if path.stem != "__init__"]
DATA, KERNEL = cv.examples.counting(), cv.examples.powers_of_ten()


@pytest.fixture(autouse=True)
def _new_score(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exercise_widget, "SCORE", Score())


def said(message: object) -> Iterator[str]:
    """The texts in a message, whatever they are called there."""
    if isinstance(message, dict):
        for name, part in message.items():
            yield from () if name in ("kind", "actions", "padding") else said(part)
    elif isinstance(message, list):
        for part in message:
            yield from said(part)
    else:
        yield str(message)


# Kinds


def test_a_kind_of_exercise_is_a_file_and_a_public_name() -> None:
    assert {path.stem for path in KINDS} == set(exercises.__all__) - {"practice", "score", "sheet"}


@pytest.mark.parametrize("path", KINDS, ids=lambda path: path.stem)
def test_a_kind_judges_without_widgets(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) for alias in getattr(node, "names", ())}
    assert "ipywidgets" not in imported
    [judge] = [node for node in tree.body if getattr(node, "name", "") == "feedback"]
    assert isinstance(judge, ast.FunctionDef)
    assert ast.unparse(judge.returns) == "Feedback"


# Sentences

# What a reader meets that is no sentence: names of parameters, modes and types, and mathematics.
NAMES = {row.name for row in TABLE} | {*PaddingMode.__members__, "input_scale", "kernel_scale"}
NAMES |= {"int8", "float32", "SyntaxError", "ZeroDivisionError", "division", "by", "zero"}
MAKERS: dict[str, tuple[Callable[[], Exercise], list[str]]] = {
    "shape": (
        lambda: exercises.shape((1, 3, 9, 9), 4, (3, 3), stride_nd=(2, 2), padding_nd=(1, 1)),
        ["", "4 5 5", "2 3 9 9", "1 7 4 4", "1 4 8 8"],
    ),
    "same": (
        lambda: exercises.shape((1, 1, 7, 9), 1, (3, 3), stride_nd=(2, 2), padding_mode=2),
        ["7 9", "3 4"],
    ),
    "up": (
        lambda: exercises.shape((1, 1, 9, 9), 1, (3, 3), dilation_nd=(2, 2), padding_mode=1),
        ["5 5", "7 4"],
    ),
    "weights": (
        lambda: exercises.weights((1, 4, 6, 9), 8, (3, 3), num_groups=2),
        ["", "144", "288", "72", "152", "18", "9", "7"],
    ),
    "value": (
        lambda: exercises.value(DATA, cv.examples.ones(2), [1, 2], at=(1, 0, 1)),
        ["", "47", "45", "1", "46.5"],
    ),
    "value in int8": (
        lambda: exercises.value(DATA, KERNEL, at=(0, 0), kernel_scale=100, bias=[1]),
        ["12301", "123", "12346.6789", "7"],
    ),
    "int8": (lambda: exercises.int8(-300, 2), ["", "-128", "-127", "-150", "128", "5"]),
    "int8 tie": (lambda: exercises.int8(2.5), ["2", "3"]),
    "reach": (
        lambda: exercises.reach(
            (1, 1, 6, 9), DATA, KERNEL, only=["padding_nd"], answer={"padding_nd": (1, 1)}
        ),
        [],
    ),
    "gap": (lambda: exercises.gap("____", "1"), ["", "1", "2", "(", "1/0"]),
    "cells": (
        lambda: exercises.cells(
            cv.examples.counting(2), np.ones((2, 1, 3, 3)), at=(1, 0, 0), num_groups=2
        ),
        [],
    ),
}


@pytest.fixture
def _wordless(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A language whose sentences are nothing but their values."""

    def values_only(sentence: catalogue.Sentence) -> catalogue.Sentence:
        if isinstance(sentence, dict):
            return {form: str(values_only(text)) for form, text in sentence.items()}
        return " ".join(re.findall(r"\{\w+\}", sentence))

    english = catalogue.sentences("en")
    wordless = {key: values_only(sentence) for key, sentence in english.items()}
    monkeypatch.setattr(catalogue, "sentences", lambda _code: wordless)
    yield
    bundle.script.cache_clear()  # what the browser would be sent has these sentences too


def words(text: str) -> set[str]:
    """The words of a text that are no names and no mathematics."""
    without_markup = re.sub(r"<[a-z/][^<>]*>|&#?\w+;", " ", text)
    return set(re.findall(r"[A-Za-z][A-Za-z0-9_]+", without_markup)) - NAMES


@pytest.mark.usefixtures("_wordless")
@pytest.mark.parametrize("name", MAKERS)
def test_an_exercise_says_nothing_in_a_language_without_words(name: str) -> None:
    make, answers = MAKERS[name]
    exercise = make()
    texts = [exercise.title, exercise.question, exercise.handout, *said(exercise.view.asked)]
    for answer in answers:
        exercise.place.take(answer)
        exercise.check()
        texts.append(exercise.view.reply["text"])
    for action in (exercise.check, exercise.hint, exercise.show, exercise.check):
        action()
        texts.append(exercise.view.reply["text"])
    assert set().union(*map(words, texts)) <= {"None", "False", "True"}


@pytest.mark.usefixtures("_wordless")
def test_a_table_says_nothing_in_a_language_without_words() -> None:
    layer = cv.explore(DATA, KERNEL).layer
    shown = [
        cv.sizes(4, kernel=3, stride=2, pre_padding=1),
        cv.quantize([0.5]),
        cv.per_channel(DATA, cv.examples.filters()),
        cv.rounding(layer, DATA),
        cv.rounding(layer, DATA, stored=True),
        cv.printed("stride"),
        *([item.name, item.formula] for item in gallery.ITEMS),
    ]
    assert set().union(*(words(str(each)) for each in shown)) == set()
    assert words(cv.printed("stride")._repr_html_()) == set()


@pytest.mark.usefixtures("_wordless")
def test_a_chart_says_nothing_in_a_language_without_words() -> None:
    chart = cv.quantization_error(DATA, KERNEL, least=10, most=1000)
    [axes] = chart.figure.axes
    labels = [axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel()]
    labels += [text.get_text() for text in axes.texts]
    assert words(" ".join(labels)) == set()


# The integers' range


@pytest.fixture
def _four_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DataType, "limits", property(lambda _: (-8, 7)))


@pytest.mark.usefixtures("_four_bits")
def test_another_range_of_the_integers_reaches_every_sentence_and_number() -> None:
    exercise = exercises.int8(-30, 2)
    said = {}
    for answer in ("-8", "-7", "8", "-15", ""):
        exercise.place.take(answer)
        exercise.check()
        said[answer] = exercise.feedback
    assert [each.correct for each in said.values()] == [True, False, False, False, None]
    assert "saturates at −8" in said["-8"].text
    assert "lowest number is −8" in said["-7"].text
    assert "highest number is 7" in said["8"].text
    assert "ends at −8 and 7" in said["-15"].text
    assert "from −8 to 7" in said[""].text
    assert cv.scale_for([3, -14]) == 2
    chart = cv.quantization_error(DATA, KERNEL, least=10, most=10_000)
    assert "largest weight / 7 = 1.43e+03" in chart.figure.axes[0].texts[0].get_text()


@pytest.mark.usefixtures("_four_bits")
@pytest.mark.parametrize(
    ("answer", "fragment"), [("12345.6789", "from −8 to 7"), ("12345", "7 is the most")]
)
def test_another_range_reaches_what_is_said_to_a_value(answer: str, fragment: str) -> None:
    exercise = exercises.value(DATA, KERNEL, at=(0, 0), kernel_scale=1)
    exercise.place.take(answer)
    exercise.check()
    assert fragment in exercise.feedback.text
