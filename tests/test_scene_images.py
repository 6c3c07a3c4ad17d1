"""Tensors as images: what they are called, their value ranges, their shades."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenes import Case, cases

from convviz.geometry import make_geometry
from convviz.scene import images, palette


def titles(channels: int, maps: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"input": [], "output": []}
    for image in images.images_of(make_geometry((1, channels, 9, 9), maps, (3, 3))):
        found[image.tensor].append(image.title)
    return found


def test_an_image_among_several_is_named() -> None:
    assert titles(1, 2) == {"input": [""], "output": ["map 0", "map 1"]}
    four = [f"channel {n}" for n in range(4)]
    assert titles(4, 1) == {"input": four, "output": [""]}
    [colours] = titles(3, 3)["input"]
    assert "colour" in colours


@given(cases())
def test_all_cells_are_counted_that_panels_would_show(case: Case) -> None:
    scene = case.scene()
    shown = sum(len(p.texts) for p in scene.panels if p.tensor in ("input", "output"))
    assert images.cell_count(scene.geometry) == shown


def ranges(kernel: list[float], output: list[float], *, quantized: bool = False):
    values = np.float32([3, -2, 8, np.nan, np.inf])
    weights = np.float32(kernel).reshape(len(kernel), 1, 1, 1)
    return images.value_ranges(values, weights, np.float32(output), quantized=quantized)


def test_an_output_has_the_input_s_range_where_every_map_keeps_an_even_grey() -> None:
    assert ranges([1, 1], [100]) == {"input": (-2, 8), "output": (-2, 8)}
    assert ranges([1, 1.0009], [100])["output"] == (-2, 8)
    assert ranges([1, 1.01], [100])["output"] == (-100, 100)
    assert ranges([1, 1], [100], quantized=True)["output"] == (-100, 100)


def test_an_output_of_either_sign_has_its_zero_in_the_middle() -> None:
    assert ranges([2], [-7, 3, np.nan, -np.inf])["output"] == pytest.approx((-7, 7), rel=0.01)
    rare = [1.0] * 999 + [1000.0]
    assert ranges([2], rare)["output"] == (-1, 1), "one value of a thousand takes no contrast"
    assert ranges([2], [np.nan])["output"] == (0, 0)
    nothing = images.value_ranges(
        np.float32([np.nan]), np.ones((1, 1, 1, 1)), np.float32([1]), quantized=False
    )
    assert nothing["input"] == (0, 0)


def test_shades_go_from_black_to_white_and_no_further() -> None:
    values = [-3, -2, 0.5, 3, 4, np.inf, -np.inf, np.nan]
    assert images.shades(np.float32(values), (-2, 3)).tolist() == [0, 0, 128, 255, 255, 255, 0, 0]
    assert images.shades(np.float32([4, 4]), (4, 4)).tolist() == [0, 0]


# Colours of values and weights


def test_a_value_of_either_sign_is_blue_or_red_over_the_middle() -> None:
    assert palette.signed_colour(0) == palette.MIDDLE
    assert palette.signed_colour(-1) == palette.signed_colour(-7) == palette.NEGATIVE
    assert palette.signed_colour(1) == palette.signed_colour(7) == palette.POSITIVE
    half = [palette.channels(palette.signed_colour(level)) for level in (-0.5, 0.5)]
    ends = [palette.channels(colour) for colour in (palette.NEGATIVE, palette.POSITIVE)]
    middle = palette.channels(palette.MIDDLE)
    for found, end in zip(half, ends, strict=True):
        halves = [(a + b) / 2 for a, b in zip(middle, end, strict=True)]
        assert found == pytest.approx(halves, abs=0.01)


@given(st.integers(1, 7), st.integers(1, 7))
def test_every_weight_of_a_kernel_up_to_five_has_its_class(rows: int, columns: int) -> None:
    classes = [
        palette.weight_class(row, column, rows, columns)
        for row in range(rows)
        for column in range(columns)
    ]
    if max(rows, columns) > 5:
        assert set(classes) == {"cv-wx"}
        return
    assert len(set(classes)) == rows * columns
    if rows == 1:  # the hues of a column of weights, not one hue's fades
        assert classes == [palette.weight_class(row, 0, columns, 2) for row in range(columns)]
    else:
        assert classes[0] == "cv-w00"
        assert classes[-1] == f"cv-w{rows - 1}{columns - 1}"


@pytest.mark.parametrize("theme", palette.THEMES)
def test_a_fill_that_can_be_read_stays_as_a_word_s_colour(theme: str) -> None:
    page, ink = palette.THEMES[theme]["page"], palette.THEMES[theme]["ink"]
    assert palette.word_colour(ink, theme) == ink
    word = palette.word_colour(page, theme)
    assert palette.contrast(word, page) >= palette.READABLE
    less = palette.mix(page, word, 0.8)  # no further from the fill than must be
    assert palette.contrast(less, page) < palette.READABLE
