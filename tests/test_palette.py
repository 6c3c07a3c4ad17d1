"""The colours: text can be read on them, and colour-blind readers can tell them apart.

Contrast is worked out here anew from WCAG 2.1. Colour blindness is simulated by the matrices of
Machado, Oliveira and Fernandes (2009, "A physiologically-based model for simulation of color vision
deficiency", severity 1.0), which apply to linear RGB. Differences are CIEDE2000, where 1 is about
what an eye just notices on large patches side by side and cells some way apart need several times
that; the formula is checked by pairs of Sharma, Wu and Dalal (2005).
"""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from convviz.scene import palette
from convviz.scene.palette import THEMES

SIGHT = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
# sRGB's primaries and white (IEC 61966-2-1)
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(colour: str) -> np.ndarray:
    encoded = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def contrast(first: str, second: str) -> float:
    """WCAG 2.1's ratio, 1 … 21."""
    darker, lighter = sorted(float(linear(colour) @ XYZ[1]) for colour in (first, second))
    return (lighter + 0.05) / (darker + 0.05)


def lab(colour: str, sight: str) -> tuple[float, float, float]:
    """CIELAB of a colour as such an eye sees it."""
    seen = np.clip(SIGHT[sight] @ linear(colour), 0, 1)
    x = XYZ @ seen / XYZ.sum(axis=1)
    f = np.where(x > (6 / 29) ** 3, np.cbrt(x), x / (3 * (6 / 29) ** 2) + 4 / 29)
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def difference(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    """CIEDE2000 of two CIELAB colours."""
    (l1, a1, b1), (l2, a2, b2) = first, second
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean**7 / (mean**7 + 25.0**7))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180
    light, chroma, hue = (l1 + l2) / 2, (c1 + c2) / 2, (h1 + turn / 2) % 360
    cos = [np.cos(np.radians(n * hue + shift)) for n, shift in ((1, -30), (2, 0), (3, 6), (4, -63))]
    weight = 1 + np.dot([-0.17, 0.24, 0.32, -0.2], cos)
    dl = (l2 - l1) / (1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2))
    dc = (c2 - c1) / (1 + 0.045 * chroma)
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * chroma * weight)
    rotation = 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    rotation *= -np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    return float(np.sqrt(dl**2 + dc**2 + dh**2 + rotation * dc * dh))


def least(colours: list[str], sight: str) -> float:
    """The smallest difference between any two of the colours."""
    seen = [lab(colour, sight) for colour in colours]
    return min(difference(a, b) for a, b in itertools.combinations(seen, 2))


def fills(size: int) -> list[str]:
    return [palette.weight_colour(row, column) for row in range(size) for column in range(size)]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_difference_of_colours_is_ciede2000(first, second, expected: float) -> None:
    assert difference(first, second) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(
    ("colours", "apart"),
    [(fills(3), 8), (fills(5), 4), (list(palette.GROUPS), 10), (list(palette.GROUPS[:2]), 25)],
    ids=["3×3", "5×5", "groups", "two groups"],
)
def test_every_eye_can_tell_the_colours_apart(colours: list[str], apart: int, sight: str) -> None:
    assert least(colours, sight) > apart


@pytest.mark.parametrize("theme", THEMES)
def test_the_digits_of_a_sum_differ_in_normal_sight(theme: str) -> None:
    assert least([palette.word_colour(fill, theme) for fill in fills(3)], "normal") > 4


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("ink", "grounds"),
    [
        ("ink", ("page", "cell", "done", "current", "lit", "heat")),
        ("quiet", ("page", "cell")),
        ("pre", ("page",)),
        ("post", ("page",)),
        ("beyond", ("page",)),
        ("alert", ("alert-page",)),
        ("page", ("accent",)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_text_can_be_read_on_its_ground(theme: str, ink: str, grounds: tuple[str, ...]) -> None:
    colours = THEMES[theme]
    for ground in grounds:
        assert contrast(colours[ink], colours[ground]) >= 4.5, ground


@pytest.mark.parametrize("theme", THEMES)
def test_bands_and_frames_stand_out_from_the_page(theme: str) -> None:
    """WCAG 2.1, success criterion 1.4.11: 3 for what is no text."""
    page = THEMES[theme]["page"]
    for colour in (*palette.GROUPS, *(THEMES[theme][name] for name in ("accent", "pre", "post"))):
        assert contrast(colour, page) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_words_in_the_colours_of_weights_can_be_read(theme: str) -> None:
    for fill in (*fills(5), palette.WINDOW_HUE, *palette.GROUPS):
        word = palette.word_colour(fill, theme)
        assert contrast(word, THEMES[theme]["page"]) >= 4.5


def test_ink_on_any_fill_can_be_read() -> None:
    levels = [f"{level:02x}" for level in range(0, 256, 51)]
    for parts in itertools.product(levels, repeat=3):
        fill = "#" + "".join(parts)
        assert contrast(palette.ink_on(fill), fill) >= 4.5


def test_the_style_sheet_pairs_every_fill_with_an_ink_that_can_be_read() -> None:
    rules = re.findall(r"--cv-fill: (#\w{6}); --cv-fill-ink: (#\w{6})", palette.style_sheet())
    assert {fill for fill, _ in rules} == {*fills(5), palette.WINDOW_HUE}
    assert all(contrast(fill, ink) >= 4.5 for fill, ink in rules)


def test_the_style_sheet_names_every_weight_and_every_group() -> None:
    sheet = palette.style_sheet()
    classes = {palette.weight_class(row, column, 5, 5) for row in range(5) for column in range(5)}
    assert len(classes) == 25
    groups = {f"cv-g{n}" for n in range(len(palette.GROUPS))}
    large = {palette.weight_class(2, 3, 6, 3)}
    assert classes | groups | large == set(re.findall(r"\.convviz \.(cv-\w+) ", sheet))


@pytest.mark.parametrize("theme", THEMES)
def test_both_themes_set_the_same_properties(theme: str) -> None:
    assert THEMES[theme].keys() == THEMES["light"].keys()
    for name, colour in THEMES[theme].items():
        assert f"--cv-{name}: {colour};" in palette.style_sheet()


@pytest.mark.parametrize("colour", ["#000000", "#ffffff", "#cd6300", "#4a77b7", "#7a4fa3"])
def test_contrast_and_luminance_are_wcags(colour: str) -> None:
    assert palette.luminance(colour) == pytest.approx(float(linear(colour) @ XYZ[1]), abs=1e-3)
    for other in ("#000000", "#808080", "#ffffff"):
        assert palette.contrast(colour, other) == pytest.approx(contrast(colour, other), abs=0.02)


def test_mixing_goes_from_the_first_colour_to_the_second() -> None:
    assert palette.mix("#102030", "#ffffff", 0) == "#102030"
    assert palette.mix("#102030", "#ffffff", 1) == "#ffffff"
    assert palette.mix("#000000", "#ffffff", 0.2) == "#333333"
