"""An explorer's controls as its browser has them: what they say, where they stand and end."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import convviz as cv
from convviz.widget.control import Control, Slider
from convviz.widget.controls import Controls
from convviz.widget.explorer import Explorer
from convviz.widget.fitting import Fitting


@pytest.fixture
def grouped() -> Iterator[Explorer]:
    explorer = cv.explore(
        np.ones((1, 4, 6, 9)), np.ones((4, 2, 3, 3)), num_groups=2,
        pre_padding=(1, 0), post_padding=(0, 2),
    )  # fmt: skip
    yield explorer
    explorer.close()


def told(explorer: Explorer) -> dict[str, dict[str, object]]:
    """Each control's message by its name."""
    message = explorer.stage.controls
    rows = [control for row in message["parameters"] for control in row["controls"]]
    return {control["name"]: control for control in (*rows, *message["others"])}


def test_integers_are_told_from_names(grouped: Explorer) -> None:
    whole = {name for name, control in told(grouped).items() if control.get("whole")}
    names = (
        "kernel_size_nd",
        "stride_nd",
        "dilation_nd",
        "padding_nd",
        "pre_padding",
        "post_padding",
    )
    axes = {f"{name} {axis}" for name in names for axis in ("height", "width")}
    assert whole == axes | {"num_output_maps", "num_groups"}
    assert {name for name, control in told(grouped).items() if "options" in control} == {
        "kernel",
        "padding_mode",
    }


def test_a_slider_of_counts_ends_with_the_least_and_the_most_that_can_be(grouped: Explorer) -> None:
    assert told(grouped)["num_groups"]["slider"] == (1, 4, 2)
    assert told(grouped)["num_output_maps"]["slider"] == (2, 16, 4)


def test_one_slider_for_two_values_stays_within_its_ends(grouped: Explorer) -> None:
    padding = told(grouped)["padding_nd width"]
    assert padding["text"] == "0 | 2"
    assert padding["slider"] == (0, 2, 0)
    grouped.layer.post_padding = (0, 7)  # further than the slider goes
    assert told(grouped)["post_padding width"]["slider"] == (0, 7, 7)
    assert told(grouped)["padding_nd width"]["slider"] == (0, 2, 0)
    grouped.layer.pre_padding = (1, 7)  # both sides alike: as far as they are
    assert told(grouped)["padding_nd width"]["slider"] == (0, 7, 7)


def a_control(value: int, ends: tuple[int, int]) -> Control[int]:
    slider = Slider(lambda: ends, place=lambda value: value, value=lambda place: place)
    return Control("x", lambda: value, lambda _value: None, int, slider=slider)


@pytest.mark.parametrize(
    ("value", "ends", "places", "adjacent"),
    [
        (3, (1, 5), (1, 5, 3), [2, 4]),
        (2, (1, 5), (1, 5, 2), [1, 3]),
        (1, (1, 5), (1, 5, 1), [2]),
        (4, (1, 5), (1, 5, 4), [3, 5]),
        (5, (1, 5), (1, 5, 5), [4]),
        (9, (1, 5), (1, 9, 9), [8]),  # the end moves to hold the value
        (0, (1, 5), (1, 5, 1), [2]),
        (1, (1, 1), (1, 1, 1), []),
    ],
)
def test_a_slider_holds_its_value_and_foresees_the_places_beside_it(
    value: int, ends: tuple[int, int], places: tuple[int, ...], adjacent: list[int]
) -> None:
    control = a_control(value, ends)
    message = control.message()
    assert message["slider"] == places
    assert "whole" not in message
    assert list(control.adjacent()) == adjacent


@pytest.mark.parametrize(("place", "groups"), [(-5, 1), (1, 1), (2, 2), (3, 4), (4, 4), (99, 4)])
def test_a_count_moves_to_the_next_value_that_can_be(
    grouped: Explorer, place: int, groups: int
) -> None:
    layer = grouped.layer
    Controls(Fitting(layer, grouped.scene.geometry)).set_place("num_groups", place)
    assert layer.num_groups == groups


def test_a_number_is_edited_in_its_item_whatever_axes_stand_before_the_channels() -> None:
    data = np.arange(2 * 3 * 20, dtype=np.float32).reshape(2, 3, 1, 4, 5)
    explorer = cv.explore(data, np.ones((1, 1, 2, 2)), item=4)
    edit = {"request": "1", "tensor": "input", "index": 7, "text": "-1"}
    explorer.stage._handle_custom_msg(edit, [])
    assert explorer.stage.error == ""
    [fed] = explorer.feeds.values()
    expected = data.copy()
    expected[1, 1, 0, 1, 2] = -1
    np.testing.assert_array_equal(fed, expected)
    explorer.close()


def test_the_words_count_all_weights_of_all_maps() -> None:
    rng = np.random.default_rng(3)
    explorer = cv.explore(np.ones((6, 9)), rng.normal(size=(4, 1, 3, 3)))
    change = {"request": "1", "control": "kernel_size_nd width", "text": "2"}
    explorer.stage._handle_custom_msg(change, [])
    assert explorer.layer.kernel_size_nd == (3, 2)
    words = explorer.stage.controls["words"]
    assert "24" in words
    assert "36" in words
    explorer.close()
