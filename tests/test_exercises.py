"""Exercises accept what is right, whoever way it is written, and say what a mistake looks like."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convviz as cv
from convviz.course import exercise as exercise_widget
from convviz.course import exercises
from convviz.course.answers import Given
from convviz.course.exercise import Exercise, Score
from convviz.course.feedback import Feedback, matching
from convviz.course.kinds import gap, reach, shape
from convviz.errors import ArgumentError
from convviz.geometry import make_geometry
from convviz.language.catalogue import say
from convviz.network.build import build_layer
from convviz.parameters import PaddingMode

DATA, KERNEL = cv.examples.counting(), cv.examples.powers_of_ten()


@pytest.fixture(autouse=True)
def _new_score(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exercise_widget, "SCORE", Score())


def answer(exercise: Exercise, given: Given) -> Feedback:
    """Type an answer, or click on cells, and press Check, as a reader does."""
    press(exercise, "Check", given)
    return exercise.feedback


def press(exercise: Exercise, name: str, given: Given | None = None) -> str:
    """Press a button, with what stands in the field; give the reply."""
    action = {"Check": "check", "Hint": "hint", "Show me": "show"}[name]
    assert action in exercise.view.asked["actions"]
    message = {"use": action, "given": given, "request": "1"}
    exercise.view._handle_custom_msg(message, [])
    return exercise.view.reply["text"]


# Shapes

SHAPES = {
    "plain": lambda: exercises.shape((1, 1, 6, 9), 1, (3, 3)),
    "stride": lambda: exercises.shape((1, 3, 6, 9), 4, (3, 3), stride_nd=(2, 2)),
    "padding": lambda: exercises.shape((1, 1, 6, 9), 1, (3, 3), padding_nd=(1, 1)),
    "stride and padding": lambda: exercises.shape(
        (1, 1, 6, 9), 1, (3, 3), stride_nd=(2, 2), padding_nd=(1, 1)
    ),
    "dilation": lambda: exercises.shape((1, 1, 9, 9), 1, (3, 3), dilation_nd=(2, 3)),
    "up": lambda: exercises.shape(
        (1, 1, 6, 9), 1, (3, 3), stride_nd=(2, 2), padding_mode=PaddingMode.EXPLICIT_ROUND_UP
    ),
    "same": lambda: exercises.shape(
        (1, 1, 7, 9), 1, (3, 3), stride_nd=(2, 2), padding_mode="SAME_UPPER"
    ),
    "long stride": lambda: exercises.shape((1, 1, 8, 8), 1, (4, 4), stride_nd=(3, 3)),
    "up and even": lambda: exercises.shape(
        (1, 1, 6, 9), 1, (3, 3), stride_nd=(2, 2), padding_mode=PaddingMode.EXPLICIT_ROUND_UP
    ),
    "uneven padding": lambda: exercises.shape(
        (1, 1, 6, 9), 1, (3, 3), pre_padding=(1, 0), post_padding=(2, 0)
    ),
    "3-D": lambda: exercises.shape((1, 1, 5, 6, 9), 2, (2, 3, 3)),
}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("plain", "(1, 1, 4, 7)"),
        ("plain", "1x1x4x7"),
        ("plain", "4 7"),
        ("stride", "1, 4, 2, 4"),
        ("padding", "1 1 6 9"),
        ("stride and padding", "[3, 5]"),
        ("dilation", "(5, 3)"),
        ("up", "3 4"),
        ("same", "(1,1,4,5)"),
        ("3-D", "1 2 4 4 7"),
        ("3-D", "4 4 7"),
    ],
)
def test_a_right_shape_is_accepted_and_explained(name: str, text: str) -> None:
    found = answer(SHAPES[name](), text)
    assert found.correct
    assert "Height:" in found.text or "height:" in found.text


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("plain", "1 1 6 9", "has to fit into it as a whole"),
        ("plain", "1 1 3 6", "at the very start"),
        ("plain", "1 1 7 4", "the height comes first"),
        ("stride", "1 4 4 7", "at a stride of 1"),
        ("stride", "1 3 2 4", "Channels: that is the input's"),
        ("stride", "1 9 2 4", "as many as there are output maps"),
        ("stride", "2 4 2 4", "Batch: every item"),
        ("padding", "1 1 4 7", "without the padding"),
        ("padding", "1 1 5 8", "on one side only"),
        ("stride and padding", "1 1 4 5", "divides the whole width"),
        ("dilation", "1 1 7 7", "without the dilation"),
        ("dilation", "1 1 4 1", "so 3 weights have 2 gaps and span 5 cells"),
        ("padding", "1 1 8 11", "That is the padded input"),
        ("long stride", "1 1 3 3", "does not fit as a whole"),
        ("stride", "1 4 1 3", "at the very start"),
        ("up and even", "1 1 2 4", "This padding mode rounds up"),
        ("uneven padding", "1 1 6 7", "on one side only"),
        ("uneven padding", "1 1 5 7", "on one side only"),
        ("same", "1 1 3 5", "Width: 5 is right"),
        ("up", "1 1 2 4", "rounds up"),
        ("same", "1 1 7 9", "keeps the size at stride 1 only"),
        ("same", "1 1 3 4", "rounds size / stride up"),
        ("same", "1 1 3 4", "SAME pads until there are ⌈size / stride⌉"),
        ("same", "1 1 6 5", "SAME promises ⌈size / stride⌉, whatever the kernel"),
        ("same", "1 1 9 5", "That is the padded input. SAME promises"),
        ("plain", "1 1 44 77", "In how many places does the window fit?"),
    ],
)
def test_a_wrong_shape_is_told_the_mistake(name: str, text: str, words: str) -> None:
    found = answer(SHAPES[name](), text)
    assert found.correct is False
    assert words in found.text


@pytest.mark.parametrize("guess", range(1, 12))
def test_a_same_mode_is_told_its_own_rule_alone(guess: int) -> None:
    found = answer(SHAPES["same"](), f"{guess} 5")
    for other in ("+ 1", "does the window fit", "rounds down", "at a stride of 1"):
        assert other not in found.text


TERMS = ("stride", "padding", "effective kernel", "dilation", "rounded")


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        ("plain", set()),
        ("stride", {"stride", "rounded"}),
        ("padding", {"padding"}),
        ("stride and padding", {"stride", "padding", "rounded"}),
        ("dilation", {"effective kernel", "dilation"}),
        ("up", {"stride", "rounded"}),
    ],
)
def test_a_shape_s_hint_and_reason_speak_of_what_the_layer_sets_alone(
    name: str, terms: set[str]
) -> None:
    hint, reason = (press(SHAPES[name](), button) for button in ("Hint", "Show me"))
    assert {term for term in TERMS if term in hint} == terms
    assert ("/" in reason) == ("stride" in terms)
    assert (reason.count(" + ") == 6) == ("padding" in terms)


@pytest.mark.parametrize(
    ("parameters", "hint"),
    [
        (
            {"pre_padding": (1, 0)},
            "On each axis: size + padding before + padding after − kernel + 1.",
        ),
        (
            {"post_padding": (0, 2)},
            "On each axis: size + padding before + padding after − kernel + 1.",
        ),
        ({"stride_nd": (1, 2)}, "On each axis: (size − kernel) / stride, rounded down, + 1."),
        (
            {"stride_nd": (2, 2), "padding_mode": "EXPLICIT_ROUND_UP"},
            "On each axis: (size − kernel) / stride, rounded up, + 1.",
        ),
        (
            {"stride_nd": (2, 2), "padding_mode": "SAME_LOWER"},
            "A SAME mode makes the output ⌈size / stride⌉ and chooses the padding for it.",
        ),
    ],
)
def test_a_shape_s_hint_is_the_formula_of_this_layer(parameters: dict, hint: str) -> None:
    exercise = exercises.shape((1, 1, 6, 9), 1, (3, 3), **parameters)
    assert hint in press(exercise, "Hint")


def test_the_plain_size_is_worked_out_in_short() -> None:
    assert "Height: 6 − 3 + 1 = 4; width: 9 − 3 + 1 = 7." in press(SHAPES["plain"](), "Show me")


@pytest.mark.parametrize("text", ["", "four", "1 2 3", "1 2 3 4 5"])
def test_what_is_no_shape_is_no_answer(text: str) -> None:
    found = shape.feedback(
        make_geometry((1, 1, 6, 9), 1, (3, 3)), PaddingMode.EXPLICIT_ROUND_DOWN, text
    )
    assert found.correct is None
    assert "Type 4 numbers, such as (1, 2, 3, 4)" in found.text


@given(
    size=st.tuples(st.integers(5, 12), st.integers(5, 12)),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 2),
    pre=st.integers(0, 2),
    post=st.integers(0, 2),
    mode=st.sampled_from(PaddingMode),
    guess=st.tuples(st.integers(0, 16), st.integers(0, 16)),
)
def test_exactly_the_output_s_shape_is_right(
    size, stride, dilation, pre, post, mode, guess
) -> None:
    geometry = make_geometry(
        (1, 1, *size),
        1,
        (3, 2),
        stride_nd=(stride, stride),
        dilation_nd=(dilation, dilation),
        pre_padding=(pre, pre),
        post_padding=(post, post),
        padding_mode=mode,
    )
    found = shape.feedback(geometry, mode, str(guess))
    assert found.correct == ((1, 1, *guess) == geometry.output_shape)
    assert shape.feedback(geometry, mode, str(geometry.output_shape)).correct


# Weights


@pytest.mark.parametrize(
    ("text", "correct", "words"),
    [
        ("144", True, "8 × 2 × 3 × 3 = 144"),
        ("288", False, "without groups"),
        ("72", False, "divides the maps"),
        ("152", False, "bias is counted on its own"),
        ("18", False, "weights of its own"),
        ("9", False, "one kernel for one channel"),
        ("7", False, "Multiply"),
        ("many", None, "one whole number"),
    ],
)
def test_the_weight_count(text: str, correct: bool | None, words: str) -> None:
    found = answer(exercises.weights((1, 4, 6, 9), 8, (3, 3), num_groups=2), text)
    assert found.correct is correct
    assert words in found.text


# Values


@pytest.mark.parametrize(
    ("given", "relative", "said"),
    [
        (1, 0, "one Or: one again"),
        (2, 0, "two"),
        (2.1, 0.2, "two"),
        (2.1, 0.01, None),
        (0.05, 0, None),
        (0, 0, "zero"),
    ],
)
def test_a_mistake_is_one_that_gives_the_same(given: float, relative: float, said: str) -> None:
    mistakes = [(2.0, "two"), (1.0, "one"), (1.0, "one again"), (1.0, "one more"), (1e-12, "zero")]
    assert matching(given, iter(mistakes), relative=relative) == said


@pytest.mark.parametrize(
    ("text", "correct", "words"),
    [
        ("23156.4897", True, "gives 23156.49 in float32"),  # exact
        ("23156.49", True, "10000·2"),  # float32
        ("12345.6789", False, "That is the output at y[0, 0]"),
        ("79846.5132", False, "by 180°"),
        ("45", False, "without their weights"),
        ("23157", False, "first cell"),
        ("23156,49", True, "10000·2"),
        ("inf", False, "first cell"),
        ("nan", False, "first cell"),
        ("two", None, "Type one number"),
    ],
)
def test_a_value(text: str, correct: bool | None, words: str) -> None:
    found = answer(exercises.value(DATA, KERNEL, at=(0, 1)), text)
    assert found.correct is correct
    assert words in found.text


RAMP = (np.arange(48, dtype=np.float32) ** 2 % 101).reshape(1, 1, 6, 8)  # no window is like another
LEANING = np.float32([[5, -2, 3], [7, 11, 13], [-17, 19, 1]]).reshape(1, 1, 3, 3)


def window_sum(row: int, column: int, kernel: np.ndarray = LEANING, dilation: int = 1) -> float:
    """The sum of the window that begins at a cell, zeros lying around the data."""
    padded = np.pad(RAMP[0, 0], 9)
    rows, columns = (9 + first + dilation * np.arange(3) for first in (row, column))
    return float((padded[np.ix_(rows, columns)] * kernel[0, 0]).sum())


STRIDED = {"stride_nd": (2, 3)}
PADDED = {"stride_nd": (2, 3), "pre_padding": (1, 2)}
DILATED = {"dilation_nd": (2, 2)}


@pytest.mark.parametrize(
    ("parameters", "number", "words"),
    [
        (STRIDED, window_sum(1, 1), "by single cells"),
        (STRIDED, window_sum(3, 2), "takes the height's numbers for the width"),
        ({}, window_sum(0, 0), "the window's first cell, not its middle"),
        (STRIDED, window_sum(3, 3), "one cell too late along the height"),
        (STRIDED, window_sum(2, 2), "one cell too early along the width"),
        (STRIDED, window_sum(0, 0), "output at y[0, 0]. Rows and columns are counted from 0"),
        (PADDED, window_sum(2, 3), "without the padding"),
        (DILATED, window_sum(1, 1), "without the dilation"),
        ({}, window_sum(1, 1, LEANING[..., ::-1, ::-1]), "by 180°"),
        ({}, window_sum(1, 1, LEANING.swapaxes(-1, -2)), "column by column"),
        ({}, window_sum(1, 1, LEANING[..., ::-1]), "mirrors the kernel"),
        ({}, window_sum(1, 1, LEANING[..., ::-1, :]), "mirrors the kernel"),
        ({}, window_sum(1, 1, np.ones_like(LEANING)), "without their weights"),
        ({}, window_sum(1, 1, np.abs(LEANING)), "all weights as positive"),
        ({}, -window_sum(1, 1), "The sign is the other one"),
        ({}, 100 * window_sum(1, 1), "the point stands elsewhere"),
        ({}, window_sum(1, 1) - 7 * RAMP[0, 0, 2, 1], "leaves out one product: 7·"),
        ({}, 1e6, "It is lower. Find the window's first cell"),
        ({}, -1e6, "It is higher. Find the window's first cell"),
    ],
)
def test_the_usual_mistakes_are_known_by_their_numbers(parameters, number, words) -> None:
    exercise = exercises.value(RAMP, LEANING, at=(1, 1), **parameters)
    found = answer(exercise, f"{number:g}")
    assert found.correct is False
    assert words in found.text
    assert found.text.count(" Or: ") <= 1


def test_a_number_of_another_place_is_told_by_its_place() -> None:
    exercise = exercises.value(RAMP, LEANING, at=(1, 1))
    told = answer(exercise, f"{window_sum(1, 3):g}").text
    assert "output at y[1, 3]" in told
    assert "counted from 0" not in told


def test_more_mistakes_that_are_known() -> None:
    swapped = exercises.value(RAMP, LEANING, at=(1, 3))
    assert "row comes first" in answer(swapped, f"{window_sum(3, 1):g}").text
    odd = exercises.value(RAMP, LEANING, at=(0, 0), stride_nd=(2, 3), padding_mode="SAME_UPPER")
    assert "SAME_UPPER does" in answer(odd, f"{window_sum(-1, -1):g}").text
    channels = exercises.value([RAMP[0, 0], 2 * RAMP[0, 0]], np.ones((1, 2, 3, 3)), at=(0, 0))
    one = window_sum(0, 0, np.ones_like(LEANING))
    assert "one channel alone" in answer(channels, f"{one:g}").text
    grouped = exercises.value(
        [RAMP[0, 0], 2 * RAMP[0, 0]], np.ones((2, 1, 3, 3)), at=(1, 0, 0), num_groups=2
    )
    assert "output at y[0, 0] of map 0" in answer(grouped, f"{one:g}").text
    digits = exercises.value(DATA, KERNEL, at=(0, 1))
    assert "all but 10·5 is right" in answer(digits, "23146.4897").text


@pytest.mark.parametrize(
    ("parameters", "begins"),
    [
        ({}, "at height 1; width 2."),
        ({"stride_nd": (2, 2)}, "at height 1 · 2 = 2; width 2 · 2 = 4."),
        ({"padding_nd": (1, 1)}, "at height 1 − 1 = 0; width 2 − 1 = 1."),
    ],
)
def test_where_a_window_begins_is_said_with_what_the_layer_sets(parameters, begins) -> None:
    hint = press(exercises.value(DATA, KERNEL, at=(1, 2), **parameters), "Hint")
    assert begins in hint
    rule = press(exercises.cells(DATA, KERNEL, at=(1, 2), **parameters), "Hint")
    assert ("stride" in rule) == ("stride_nd" in parameters)
    assert ("padding" in rule) == ("padding_nd" in parameters)


def test_a_value_with_bias_maps_and_padding() -> None:
    kernel = np.concatenate([KERNEL, np.ones_like(KERNEL)])
    exercise = exercises.value(DATA, kernel, [0, 100], at=(1, 0, 0), padding_nd=(1, 1))
    assert answer(exercise, "112").correct  # 1 + 2 + 4 + 5 + 100
    assert "without the bias" in answer(exercise, "12").text
    assert "bias 100" in press(exercise, "Show me")


@pytest.mark.parametrize(
    ("number", "text", "correct"),
    [
        (12.344, "12.34", True),
        (12.344, "12.33", False),
        (12.344, "12.3", False),  # two places at least
        (12.344, "12", False),
        (12.046, "12", False),
        (1234.4, "1234", True),  # four digits are there
        (1234.4, "1235", False),
        (1000.25, "1000.2", True),
        (999.25, "999.2", False),
        (-1234.4, "-1234", True),
    ],
)
def test_a_value_may_be_rounded_at_the_last_digit_typed(
    number: float, text: str, correct: bool
) -> None:
    exercise = exercises.value([[number, 7]], [[1]], at=(0, 0))
    assert answer(exercise, text).correct is correct


def test_a_value_is_of_the_first_item_of_a_batch() -> None:
    batch = np.concatenate([DATA, 2 * DATA])
    assert answer(exercises.value(batch, KERNEL, at=(0, 1)), "23156.49").correct
    exercise = exercises.value(batch, KERNEL, at=(0, 0), kernel_scale=100)
    assert "scales are still missing" in answer(exercise, "123").text  # 100·1 + 10·2 + 1·3


def test_the_tables_under_a_value_s_question_leave_a_gap_between_channels() -> None:
    exercise = exercises.value(np.ones((1, 2, 3, 4)), np.ones((1, 2, 2, 2)), at=(0, 0))
    above = exercise.view.asked["field"]["above"]
    rows = [text.count("padding: 11px") for text in re.findall(r"<table.*?</table>", above)]
    assert rows == [5, 2], "over the second channel: a cell a column, and a number"


@pytest.mark.parametrize("make", [exercises.value, exercises.cells])
def test_a_layer_and_its_data_ask_what_their_arrays_ask(make) -> None:
    parameters = {"stride_nd": (2, 2), "kernel_scale": 100}
    layer = cv.explore(DATA, KERNEL, **parameters).layer
    ours, theirs = make(layer, DATA, at=(0, 1)), make(DATA, KERNEL, at=(0, 1), **parameters)
    assert ours.question == theirs.question
    assert "stride_nd = (2, 2), input_scale = 1, kernel_scale = 100" in ours.question
    assert press(ours, "Show me") == press(theirs, "Show me")


def test_the_same_number_elsewhere_comes_after_a_mistake_that_explains_it() -> None:
    exercise = exercises.value(DATA, KERNEL, at=(1, 0), padding_nd=(1, 1))
    found = answer(exercise, "45678.9123")  # y[1, 0] without padding, and y[1, 4] with it
    assert not found.correct
    assert found.text.index("without the padding") < found.text.index("That is the output at")


# Cells


def click(exercise: Exercise, cells: set[tuple[int, int, int]]) -> Feedback:
    return answer(exercise, [list(cell) for cell in cells])


def block(rows: range, columns: range) -> set[tuple[int, int, int]]:
    return {(0, row, column) for row in rows for column in columns}


@pytest.mark.parametrize(
    ("cells", "correct", "words"),
    [
        (block(range(-1, 4, 2), range(1, 6, 2)), True, "every 2 cells"),
        (block(range(1, 4, 2), range(1, 6, 2)), False, "cells of the padding as well"),
        (block(range(-1, 4), range(1, 6)), False, "leaves gaps"),
        (block(range(-1, 4, 2), range(-1, 4, 2)), False, "These make the output at y[0, 0]"),
        (block(range(3), range(3)), False, "Output i begins at"),
        (set(), None, "Click on the cells"),
    ],
)
def test_clicking_the_cells(cells, correct, words) -> None:
    exercise = exercises.cells(
        DATA, KERNEL, at=(0, 1), stride_nd=(2, 2), padding_nd=(1, 1), dilation_nd=(2, 2)
    )
    found = click(exercise, cells)
    assert found.correct is correct
    assert words in found.text


def test_a_map_of_a_group_reads_its_own_channels() -> None:
    kernel = np.ones((2, 1, 3, 3), np.float32)
    exercise = exercises.cells(cv.examples.counting(2), kernel, at=(1, 0, 0), num_groups=2)
    found = click(exercise, block(range(3), range(3)))  # in the other group's channel
    assert not found.correct
    press(exercise, "Show me")
    press(exercise, "Check")
    assert exercise.feedback.correct


# Parameters


def test_any_way_to_the_shape_is_right() -> None:
    def exercise() -> Exercise:
        return exercises.reach((1, 1, 6, 9), DATA, KERNEL, answer={"padding_nd": (1, 1)})

    first = exercise()
    press(first, "Check")
    assert "Height is 4 and should be 6: 6 − 3 + 1 = 4" in first.feedback.text
    layer = first.children[1].layer
    layer.pre_padding, layer.post_padding = (0, 2), (2, 0)
    press(first, "Check")
    assert first.feedback.correct
    second = exercise()
    press(second, "Show me")
    press(second, "Check")
    assert second.feedback.correct


def test_what_was_said_of_a_layer_goes_when_the_layer_changes() -> None:
    exercise = exercises.reach((1, 1, 6, 9), DATA, KERNEL, answer={"padding_nd": (1, 1)})
    press(exercise, "Check")
    assert exercise.view.reply["verdict"] == "wrong"
    exercise.place.layer.padding_nd = (1, 0)
    assert exercise.view.reply == {}
    assert press(exercise, "Show me") == "One way: padding_nd = (1, 1)."


def test_only_some_parameters_may_move_and_a_layer_that_cannot_be_is_said() -> None:
    exercise = exercises.reach(
        (1, 1, 2, 4), DATA, KERNEL, only=["stride_nd"], answer={"stride_nd": (2, 2)}
    )
    layer = exercise.children[1].layer
    layer.post_padding = (1, 0)
    press(exercise, "Check")
    assert "Set post_padding back" in exercise.feedback.text
    layer.post_padding = (0, 0)
    layer.dilation_nd = (9, 9)
    press(exercise, "Check")
    assert "kernel_size_nd" in exercise.feedback.text
    assert exercise.feedback.correct is False
    layer.dilation_nd = (1, 1)
    layer.stride_nd = (2, 2)
    press(exercise, "Check")
    assert exercise.feedback.correct


def test_the_answer_is_shown_whatever_was_tried_before() -> None:
    exercise = exercises.reach((1, 1, 2, 4), DATA, KERNEL, answer={"stride_nd": (2, 2)})
    explorer = exercise.children[1]
    explorer.layer.kernel_size_nd = (2, 2)
    explorer.layer.padding_nd = (3, 0)
    assert explorer.stage.error
    press(exercise, "Show me")
    assert explorer.stage.error == ""
    press(exercise, "Check")
    assert exercise.feedback.correct


def test_a_kernel_of_another_size_is_no_way_round_and_may_be_the_answer() -> None:
    exercise = exercises.reach((1, 1, 2, 4), DATA, KERNEL, only=["stride_nd"])
    explorer = exercise.children[1]
    explorer.perform({"kernel_size_nd": (5, 6)})
    assert explorer.scene.geometry.output_shape == (1, 1, 2, 4)
    press(exercise, "Check")
    assert "Set kernel_size_nd back" in exercise.feedback.text
    answer = {"kernel_size_nd": (5, 6), "num_output_maps": 2}
    exercise = exercises.reach((1, 2, 2, 4), DATA, KERNEL, answer=answer)
    press(exercise, "Show me")
    assert exercise.children[1].stage.error == ""
    press(exercise, "Check")
    assert exercise.feedback.correct


SETTINGS = ("padding_nd", "stride_nd", "dilation_nd", "pre_padding", "post_padding")


@given(
    st.lists(st.sampled_from(SETTINGS), unique=True),
    st.tuples(st.integers(1, 9), st.integers(1, 12)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.sampled_from(["EXPLICIT_ROUND_DOWN", "EXPLICIT_ROUND_UP", "SAME_UPPER"]),
)
def test_the_way_that_is_found_leads_to_the_shape(
    only: list[str], sizes: tuple[int, int], stride: tuple[int, int], mode: str
) -> None:
    layer = cv.explore(DATA, KERNEL, stride_nd=stride, padding_mode=mode).layer
    try:
        way = reach.solution(layer, (1, 1, *sizes), only)
    except ArgumentError:
        return  # no such shape
    assert set(way) <= set(only or SETTINGS)
    for name, value in way.items():
        setattr(layer, name, value)
    assert layer.get_output(0).shape == (1, 1, *sizes)


@given(
    rank=st.integers(2, 3),
    stride=st.integers(1, 3),
    padding=st.integers(0, 3),
    maps=st.integers(1, 2),
)
def test_a_sought_solution_reaches_its_shape(
    rank: int, stride: int, padding: int, maps: int
) -> None:
    data, kernel = np.ones((2, 1, *(5, 6, 7)[-rank:])), np.ones((maps, 1, *(2, 3, 3)[-rank:]))
    layer, _ = build_layer(data, kernel)
    at_first = layer.get_output(0).shape
    goal, _ = build_layer(data, kernel, stride_nd=(stride,) * rank, padding_nd=(padding,) * rank)
    wanted = goal.get_output(0).shape
    found = reach.solution(layer, wanted)
    assert len(found) <= 2
    for name, setting in found.items():
        setattr(layer, name, setting)
    assert layer.get_output(0).shape == wanted
    with pytest.raises(ArgumentError, match="output_shape"):
        reach.solution(layer, (*at_first[:1], maps + 1, *wanted[2:]))


def test_a_shape_that_cannot_be_reached_is_refused_when_the_exercise_is_made() -> None:
    with pytest.raises(ArgumentError, match="output_shape"):
        exercises.reach((1, 1, 99, 9), DATA, KERNEL, only=["stride_nd"])


# Code


@pytest.mark.parametrize("name", gap.programs())
def test_a_program_of_the_notebooks_asks_by_its_name_and_has_a_hint(name: str) -> None:
    program = gap.programs()[name]
    assert gap.GAP in program["code"]
    assert program["answer"] not in program["code"].splitlines()
    assert say(f"exercises.programs.{name}") in press(exercises.gap(name), "Hint")


@pytest.mark.parametrize(
    ("code", "text", "words"),
    [
        ("np.arange(____ * 10)", "3", "an array of shape (30,) that begins with 0; it should give"),
        ("np.arange(20) * ____", "3", "At [1] it has 3; it should have 2 there."),
        ("____  # twice two", "5", "gives 5, which is not it."),
    ],
)
def test_a_gap_s_arrays_are_told_apart_and_no_answer_is_given_away(code, text, words) -> None:
    found = answer(exercises.gap(code, "4" if code.startswith("____") else "2"), text)
    assert not found.correct
    assert words in found.text
    assert "[[" not in found.text


def test_a_name_that_is_no_programs_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"^code: got 'sizes'; allowed: 'shift'"):
        exercises.gap("sizes")


@pytest.mark.parametrize(
    ("text", "correct", "words"),
    [
        ("(2, 2)", True, "(1, 1, 2, 4)"),
        ("[2, 2]", True, "(1, 1, 2, 4)"),
        ("(2, 1)", False, "gives (1, 1, 2, 7); it should give (1, 1, 2, 4)"),
        ("(2,", False, "cannot read that"),
        ("2", False, "stride_nd: got 2"),
        ("1 / 0", False, "ZeroDivisionError"),
        ("", None, "in the gap"),
    ],
)
def test_a_gap_in_code(text: str, correct: bool | None, words: str) -> None:
    layer = cv.explore(DATA, KERNEL).layer
    code = "layer.stride_nd = ____\nlayer.get_output(0).shape"
    exercise = exercises.gap(code, "(2, 2)", layer=layer)
    found = answer(exercise, text)
    assert found.correct is correct
    assert words in found.text


def test_a_gap_may_give_an_array() -> None:
    exercise = exercises.gap("cv.convolve(data, ____)", "kernel", data=DATA, kernel=KERNEL)
    assert answer(exercise, "kernel * 1").correct
    assert answer(exercise, "kernel[..., ::-1, ::-1]").correct is False


# The form and the score


def test_every_exercise_gives_a_hint_and_an_answer_and_never_a_traceback() -> None:
    made = [make() for make in SHAPES.values()]
    made += [
        exercises.weights((1, 4, 6, 9), 8, (3, 3)),
        exercises.value(DATA, KERNEL, at=(0, 1)),
        exercises.cells(DATA, KERNEL, at=(0, 1)),
        exercises.reach((1, 1, 6, 9), DATA, KERNEL, answer={"padding_nd": (1, 1)}),
        exercises.gap("____", "1"),
    ]
    for exercise in made:
        hint, shown = press(exercise, "Hint"), press(exercise, "Show me")
        assert hint != shown
        assert len(re.sub("<.*?>", "", hint)) > 20
        press(exercise, "Check")
        assert exercise.feedback is not None


def test_the_score_counts_what_was_solved_without_looking() -> None:
    line = exercises.score()
    first, second = SHAPES["plain"](), SHAPES["stride"]()
    assert "0 of 2 exercises solved" in line.shown["text"]
    assert second.view.asked["title"] == "Exercise 2"
    answer(first, "1 1 1 1")
    assert "0 of 2" in line.shown["text"]
    answer(first, "4 7")
    assert "1 of 2" in line.shown["text"]
    press(second, "Show me")
    answer(second, "1 4 2 4")
    assert "1 of 2 exercises solved, 1 looked up" in line.shown["text"]
    again = SHAPES["plain"]()  # the cell runs once more
    assert again.view.asked["title"] == "Exercise 1"
    assert "1 of 2" in line.shown["text"]


@pytest.mark.parametrize(
    "given", [3, [3], [["a", 1, 2]], [[0, 1]], [[0, 99, 0]], [[0, 0, 0, 0]], "4", {"a": 1}]
)
def test_what_is_no_answer_is_refused_and_leaves_the_one_there(given: object) -> None:
    exercise = exercises.cells(DATA, KERNEL, at=(0, 1))
    told: list[dict[str, str]] = []
    exercise.view.send = told.append
    message = {"use": "check", "given": given, "request": "1"}
    exercise.view._handle_custom_msg(message, [])
    assert all(each["request"] == "1" and each["refused"].startswith("given: got") for each in told)
    assert (exercise.place.chosen, exercise.feedback) == (frozenset(), None)


def test_the_answer_stays_for_a_notebook_that_is_opened_again() -> None:
    line, grid = SHAPES["plain"](), exercises.cells(DATA, KERNEL, at=(0, 1))
    press(line, "Hint", "4 6")
    assert line.view.given == "4 6"
    click(grid, {(0, 0, 1)})
    assert grid.view.given == [[0, 0, 1]]
    press(grid, "Show me")
    assert grid.view.given == [list(cell) for cell in sorted(block(range(3), range(1, 4)))]
    assert grid.view.reply["shows"]


def test_cells_that_do_not_belong_to_the_window_are_told_and_none_that_is_missing() -> None:
    exercise = exercises.cells(DATA, KERNEL, at=(0, 1))
    click(exercise, {(0, 0, 0), (0, 0, 1)})
    assert exercise.view.reply["wrong"] == [[0, 0, 0]]


@pytest.mark.parametrize("mode", ["SAME_UPPER", "SAME_LOWER"])
def test_a_grid_does_not_say_on_which_side_same_puts_the_odd_zero(mode: str) -> None:
    exercise = exercises.cells(DATA, KERNEL, at=(0, 1), stride_nd=(2, 2), padding_mode=mode)
    field = exercise.view.asked["field"]
    assert field["rows"] == list(range(-1, 7))  # of six rows SAME pads one side alone
    assert field["columns"] == list(range(-1, 10))
    press(exercise, "Show me")
    press(exercise, "Check")
    assert exercise.feedback.correct
    assert exercise.handout.count('class="padding"') == 8 * 11 - 6 * 9


@pytest.mark.parametrize(
    ("make", "parameter"),
    [
        (lambda: exercises.value(DATA, KERNEL, at=(4, 0)), "at"),
        (lambda: exercises.cells(np.zeros((30, 30)), KERNEL, at=(0, 0)), "data"),
        (
            lambda: exercises.cells(np.zeros((3, 6, 9)), np.ones((1, 1, 2, 3, 3)), at=(0, 0, 0)),
            "kernel",
        ),
        (lambda: exercises.shape((1, 1, 6, 9), 1, (3, 3), stride_nd=(0, 1)), "stride_nd"),
    ],
)
def test_an_exercise_that_cannot_be_is_refused_by_name(make, parameter) -> None:
    with pytest.raises(ArgumentError) as error:
        make()
    assert error.value.parameter == parameter


# int8


@pytest.mark.parametrize(
    ("value", "scale", "text", "correct", "words"),
    [
        (2.5, 1, "2", True, "a tie, which goes to the even number 2"),
        (2.5, 1, "3", False, "the even one is taken"),
        (2.5, 1, "two", None, "whole number"),
        (2.7, 1, "3", True, "rounded to 3"),
        (2.7, 1, "2", False, "cuts the fraction off"),
        (-300, 2, "-128", True, "saturates at −128"),
        (-300, 2, "−128", True, "saturates"),
        (-300, 2, "-127", False, "one more below 0"),
        (-300, 2, "-150", False, "ends at −128 and 127"),
        (1000, 1, "128", False, "The highest number is 127"),
        (3, 0.5, "6", True, "3 / 0.5 = 6."),
        (3, 4, "12", False, "Multiplying is the way back"),
        (30, 7, "30", False, "First divide"),
        (30, 7, "99", False, "Divide by the scale, then"),
    ],
)
def test_an_int8_number(value, scale, text, correct, words) -> None:
    found = answer(exercises.int8(value, scale), text)
    assert found.correct is correct
    assert words in found.text


@pytest.mark.parametrize(
    ("text", "correct", "words"),
    [
        ("12300", True, "100·1 + 10·2 + 1·3 = 123"),
        ("123", False, "the sum in int32"),
        ("12345.6789", False, "without int8"),
        ("23100", False, "output at"),
        ("7", False, "window"),
    ],
)
def test_a_value_in_int8(text: str, correct: bool, words: str) -> None:
    exercise = exercises.value(DATA, KERNEL, at=(0, 0), kernel_scale=100)
    assert "in int8" in exercise.question
    found = answer(exercise, text)
    assert found.correct is correct
    assert words in found.text


@pytest.mark.parametrize(
    ("groups", "channels"), [(1, "× channels ×"), (2, "× channels per group ×")]
)
def test_the_product_of_the_weights_says_what_its_factors_are(groups: int, channels: str) -> None:
    exercise = exercises.weights((1, 4, 6, 9), 8, (3, 3), num_groups=groups)
    words = answer(exercise, str(8 * 4 // groups * 9)).text
    assert channels in words
    assert f"8 × {4 // groups} × 3 × 3 = {288 // groups}" in words


def test_only_a_layer_of_several_groups_is_told_of_them() -> None:
    without = answer(exercises.weights((1, 4, 6, 9), 8, (3, 3)), "77").text
    assert "group" not in without.replace("channels per group", "")


def test_weights_that_saturate_are_told_apart() -> None:
    found = answer(exercises.value(DATA, KERNEL, at=(0, 0), kernel_scale=1), "12345")
    assert not found.correct
    assert "127 is the most" in found.text
    assert answer(exercises.value(DATA, KERNEL, at=(0, 0), kernel_scale=1), "726").correct
    found = answer(exercises.value(DATA, KERNEL, at=(0, 0), kernel_scale=2), "12340")
    assert "127 is the most" in found.text  # 2 · (5000·1 + 500·2 + 50·3 + 5·4 + 0·5)


@pytest.mark.parametrize(
    ("wanted", "only"),
    [
        ((1, 1, 2, 4), ["stride_nd"]),
        ((1, 1, 6, 9), ["padding_nd"]),
        ((1, 1, 6, 8), ["pre_padding"]),
        ((1, 1, 2, 5), ["dilation_nd"]),
        ((1, 1, 3, 4), ["padding_nd", "stride_nd"]),
    ],
)
def test_a_way_that_is_sought_leads_there(wanted: tuple[int, ...], only: list[str]) -> None:
    exercise = exercises.reach(wanted, DATA, KERNEL, only=only)
    press(exercise, "Show me")
    assert exercise.children[1].layer.get_output(0).shape == wanted
    press(exercise, "Check")
    assert exercise.feedback.correct
