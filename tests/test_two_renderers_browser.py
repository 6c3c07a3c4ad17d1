"""The browser and matplotlib draw one scene: the same cells, kinds, texts, colours and frames."""

from __future__ import annotations

from collections.abc import Iterable

import matplotlib.colors
import numpy as np
import pytest

import convviz as cv
from convviz.geometry import Tap
from convviz.parameters import PaddingMode
from convviz.plot.cell_artist import CellArtist
from convviz.plot.slow import SlowStill, moments_of
from convviz.plot.still import Still
from convviz.plot.sum import Sum
from convviz.scene.scene import Scene
from convviz.scene.step import Step
from convviz.scene.subject import scene_of

pytestmark = pytest.mark.browser

RNG = np.random.default_rng(7)


def whole(*shape: int) -> np.ndarray:
    return RNG.integers(-9, 10, shape).astype(np.float32)


def pixels(*shape: int) -> np.ndarray:
    return RNG.integers(0, 256, shape).astype(np.float32)


def powers() -> np.ndarray:
    return np.power(10, range(4, -5, -1), dtype=np.float32).reshape(1, 1, 3, 3)


DIGITS = np.tile(np.arange(1, 10, dtype=np.float32).reshape(3, 3), (2, 3))[None, None]
SCENES = {
    "digits": (DIGITS, powers(), {}),
    **{
        mode.name: (
            DIGITS,
            powers(),
            {
                "padding_mode": mode,
                "stride_nd": (2, 2),
                "pre_padding": (1, 0),
                "post_padding": (2, 1),
            },
        )
        for mode in PaddingMode
    },
    "dilation": (DIGITS, powers(), {"dilation_nd": (2, 3), "stride_nd": (1, 2)}),
    "channels": (whole(1, 2, 4, 5), whole(3, 2, 2, 3), {"bias": whole(3)}),
    "groups": (whole(1, 4, 4, 4), whole(4, 2, 2, 2), {"num_groups": 2, "bias": whole(4)}),
    "volume": (
        whole(1, 2, 3, 4, 5),
        whole(2, 1, 2, 2, 3),
        {"num_groups": 2, "padding_nd": (1, 0, 1), "dilation_nd": (1, 2, 1)},
    ),
    "int8": (DIGITS, powers(), {"input_scale": 1.0, "kernel_scale": 80.0, "padding_nd": (1, 1)}),
    "saturated": (200 * DIGITS, powers(), {"input_scale": 1.0, "kernel_scale": 1.0}),
    "large kernel": (whole(1, 1, 8, 8), whole(1, 1, 6, 7), {}),
    "fractions": (whole(1, 1, 4, 4) / 8, whole(1, 1, 2, 2) / 3, {}),
    "grey picture": (pixels(1, 1, 80, 90), whole(1, 1, 3, 3), {"padding_nd": (1, 1)}),
    "colour picture": (
        pixels(1, 3, 60, 70) / 7,
        whole(3, 1, 3, 3),
        {"num_groups": 3, "bias": whole(3), "padding_mode": "SAME_LOWER", "stride_nd": (2, 2)},
    ),
    "maps of a picture": (pixels(1, 1, 60, 60), whole(4, 1, 3, 3), {}),
    "int8 picture": (
        pixels(1, 1, 80, 90),
        whole(2, 1, 3, 3),
        {"input_scale": 2.0, "kernel_scale": [1.0, 0.5]},
    ),
    "picture of a volume": (pixels(1, 1, 20, 20, 20), whole(2, 1, 2, 3, 3), {}),
}

READ = """stage => {
  const shown = node => node.checkVisibility();
  const cells = [...stage.querySelectorAll(".cv-board .cv-panel .cv-cell")].map(cell => {
    const { panel, channel, depth, row, col, kind } = cell.dataset;
    const style = getComputedStyle(cell);
    return {
      place: [panel, Number(channel), depth === undefined ? null : Number(depth), Number(row),
              Number(col)],
      kind, text: cell.textContent,
      classes: [...cell.classList].filter(c => c !== "cv-cell" && c !== "cv-value"),
      fill: style.backgroundColor, ink: style.color, faint: style.opacity !== "1",
      bold: style.webkitTextStrokeColor !== "rgba(0, 0, 0, 0)",
      struck: style.textDecorationLine === "line-through",
    };
  });
  const frames = [...stage.querySelectorAll(".cv-frame")].filter(shown).map(frame => {
    const cell = frame.parentElement.querySelector(".cv-cell").dataset;
    const number = name => Number(frame.style.getPropertyValue(name));
    return [cell.panel, Number(cell.channel), cell.depth === undefined ? null : Number(cell.depth),
            Number(cell.row) + number("--y"), Number(cell.col) + number("--x"), number("--ny"),
            number("--nx"), frame.classList[1]];
  });
  const texts = selector => [...stage.querySelectorAll(selector)].filter(shown)
    .map(node => node.textContent);
  return {
    cells, frames, headings: texts(".cv-title"),
    panels: texts(".cv-panel-title").filter(Boolean),
    formulas: texts(".cv-formulas > div"), notes: texts(".cv-notes > div"),
    legend: texts(".cv-key"), name: texts(".cv-sum-name"),
    total: [...stage.querySelectorAll(".cv-total")].map(node => node.innerText),
    next: texts(".cv-next"), subtotals: texts(".cv-subtotals span"),
    values: texts(".cv-value").filter(Boolean),
    weights: texts(".cv-cell[data-panel=kernel]:not([data-kind=gap])"),
    bias: texts(".cv-bias-row"), added: texts(".cv-bias-row.is-added .cv-cell"),
    pictures: [...stage.querySelectorAll(".cv-image")].map(panel => {
      const canvas = panel.querySelector("canvas"), { width, height } = canvas;
      const pixels = [...canvas.getContext("2d").getImageData(0, 0, width, height).data];
      return { width, height, pixels, title: panel.querySelector(".cv-panel-title").textContent };
    }),
    digits: [...stage.querySelectorAll(".cv-exact .cv-digit")]
      .map(digit => [digit.textContent, getComputedStyle(digit).color]),
  };
}"""


@pytest.fixture(scope="module")
def page(chromium):
    """A page with the network refused."""
    context = chromium.new_context(viewport={"width": 1600, "height": 900}, offline=True)
    yield context.new_page()
    context.close()


def steps_of(scene: Scene) -> list[int]:
    """The first, the last, and some between, forwards and back."""
    last = scene.steps - 1
    return [last // 3, last, last // 2, min(1, last)] if scene.readable else [0, last // 2, 2]


@pytest.fixture(scope="module", params=SCENES)
def scene(request: pytest.FixtureRequest, page, tmp_path_factory) -> Scene:
    """One of the scenes; the page shows it."""
    data, kernel, parameters = SCENES[request.param]
    scene = scene_of(data, kernel, device="cpu", **parameters)
    path = tmp_path_factory.mktemp("page") / "scene.html"
    cv.page([scene], path)
    page.goto(path.as_uri())
    return scene


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_renderers_show_the_same(page, scene: Scene, theme: str) -> None:
    page.emulate_media(color_scheme=theme)
    stage = page.locator(".convviz-stage")
    picture = Still(scene, theme=theme)
    for step in steps_of(scene):
        stage.get_by_role("slider", name="Step").evaluate(
            "(slider, step) => { slider.value = step; slider.dispatchEvent(new Event('input')); }",
            step,
        )
        assert stage.get_attribute("data-step") == str(step)
        browser = stage.evaluate(READ)
        picture.show(step)
        assert_same_cells(browser["cells"], picture)
        assert_same_words(browser, picture)
        assert_same_pixels(browser["pictures"], picture)
        if scene.readable:
            assert sorted(map(tuple, browser["frames"]), key=str) == frames_of(picture)


SLOW = ("digits", "SAME_UPPER", "dilation", "channels", "int8", "saturated", "fractions", "volume")


@pytest.mark.parametrize("scene", SLOW, indirect=True)
def test_both_renderers_show_the_same_in_slow_motion(page, scene: Scene) -> None:
    stage = page.locator(".convviz-stage")
    stage.get_by_role("slider", name="Step").evaluate(
        "(slider) => { slider.value = 1; slider.dispatchEvent(new Event('input')); }"
    )
    stage.get_by_role("button", name="Slow").click()
    moments = moments_of(scene, [1])
    picture = SlowStill(scene, moments)
    for number, (_, terms) in enumerate(moments):
        picture.show(number)
        step, line = scene.step(1, terms), picture.view.sum
        if step.is_whole:
            break  # the stage takes the total home first
        assert stage.get_attribute("data-tap") == str(terms)
        browser = stage.evaluate(READ)
        assert browser["values"] == [text for text in texts_of(picture.view.values) if text]
        assert spaceless(browser["name"]) == spaceless(texts_of(line.lines["name"]))
        assert spaceless(browser["total"]) == spaceless(texts_of(total_of(line)))
        assert spaceless(browser["next"]) == spaceless(texts_of(line.lines["next"]))
        assert browser["subtotals"] == [text for text in texts_of(line.lines["subtotals"]) if text]
        stage.get_by_role("button", name="Step forward").click()


def assert_same_cells(browser: list[dict], picture: Still) -> None:
    shown = {key: look_of(cell) for key, cell in picture.cells.items()}
    if not picture.scene.readable:  # there the values over the weights say which pixels they are
        cells = zip(step_of(picture).taps, picture.view.values, strict=True)
        shown |= {place_of(tap): look_of(cell) for tap, cell in cells}
    expected = {tuple(cell["place"]): browser_look(cell) for cell in browser}
    assert len(expected) == len(browser)
    assert shown == expected


def step_of(picture: Still) -> Step:
    return picture.scene.step(picture.step)


def place_of(tap: Tap) -> tuple:
    """Which input cell a tap reads."""
    *deep, row, column = tap.cell
    return "input", tap.channel, deep[0] if deep else None, row, column


def assert_same_pixels(browser: list[dict], picture: Still) -> None:
    """Of each picture, every pixel is the same, as far as they have been reached."""
    images = getattr(picture.view, "images", [])
    assert len(browser) == len(images)
    for seen, image in zip(browser, images, strict=True):
        there = np.array(seen["pixels"], np.int16).reshape(seen["height"], seen["width"], 4)
        drawn = np.asarray(image.axes_image.get_array(), np.int16)
        assert (there[..., 3] == drawn[..., 3]).all()
        reached = drawn[..., 3] > 0
        assert np.abs(there - drawn)[reached].max(initial=0) <= 1  # one rounds up, one down
        assert seen["title"] == image.title.get_text()


def look_of(cell: CellArtist) -> tuple:
    """What the artists really have, not what they were asked for."""
    background, padding, text = cell._background, cell._padding, cell.text_artist
    fill = None
    for patch in (background, padding):
        if patch is None or not patch.get_visible() or (patch is padding and cell.style.hatch):
            continue
        if patch.get_facecolor()[3] > 0:
            fill = matplotlib.colors.to_hex(patch.get_facecolor()[:3])
    words = "" if text.get_text() == "·" else text.get_text()
    ink = matplotlib.colors.to_hex(text.get_color()) if words else None
    bold = text.get_fontweight() == "bold" if words else None
    faint = text.get_alpha() not in (None, 1.0)
    struck = cell._strike is not None and cell._strike.get_visible()
    return cell.kind.value, words, frozenset(cell.classes), fill, ink, bold, faint, struck


def browser_look(cell: dict) -> tuple:
    flags = {"is-saturated", "is-vanished"}  # in matplotlib no classes
    classes = frozenset(cell["classes"]) - flags
    fill = colour(cell["fill"])
    words = cell["text"]
    ink, bold = (colour(cell["ink"]), cell["bold"]) if words else (None, None)
    return cell["kind"], words, classes, fill, ink, bold, cell["faint"], cell["struck"]


def colour(css: str) -> str | None:
    """``rgb(1, 2, 3)`` as #010203; None where nothing is painted."""
    numbers = [float(part) for part in css[css.index("(") + 1 : -1].split(",")]
    if len(numbers) == 4 and numbers[3] == 0:
        return None
    return "#" + "".join(f"{round(number):02x}" for number in numbers[:3])


def frames_of(picture: Still) -> list[tuple]:
    found = []
    for window, patch in picture.view.frames:
        if patch.get_visible():
            place = (window.row, window.column, window.rows, window.columns)
            for tensor in ("source", "input"):
                if (tensor, window.channel, window.depth) in picture.view.placed:
                    found.append((tensor, window.channel, window.depth, *place, window.style))
    return sorted(set(found), key=str)


def assert_same_words(browser: dict, picture: Still) -> None:
    scene, step, line = picture.scene, step_of(picture), picture.view.sum
    drawn = [text.get_text() for text in picture.ax.texts if text.get_text()]
    assert browser["headings"] == [text.get_text() for text in picture.view.headings.values()]
    for group in ("formulas", "notes", "legend"):
        joined = " ".join(drawn)
        assert all(words in joined for words in browser[group]), group
    assert browser["name"] == texts_of(line.lines["name"])
    assert spaceless(browser["total"]) == spaceless(texts_of(total_of(line)))
    colours = [
        [cell.text_artist.get_text(), cell.style.ink]
        for cell in line.total
        if cell.style.ink in digit_inks(picture)
    ]
    assert [[digit, colour(css)] for digit, css in browser["digits"]] == colours
    assert browser["bias"] == ([f"bias {step.bias}"] if step.bias else [])
    assert browser["added"] == ([step.bias] if "+ bias" in drawn else [])
    assert bool(step.bias) == ("bias" in drawn or "+ bias" in drawn)
    products = [(product.value, product.weight) for product in step.products]
    assert list(zip(browser["values"], browser["weights"], strict=True)) == products
    weights = [
        cell for key, cell in picture.cells.items() if key[0] == "kernel" if cell.kind == "data"
    ]
    assert list(zip(texts_of(picture.view.values), texts_of(weights), strict=True)) == products
    assert len(scene.panels) >= 1


def total_of(line: Sum) -> list[CellArtist]:
    """The cells of a total, in the order in which they are read."""
    return [*line.total, *line.lines["made_in"], *line.lines["rest"]]


def spaceless(texts: Iterable[str]) -> str:
    return "".join("".join(texts).split())


def texts_of(cells: Iterable[CellArtist]) -> list[str]:
    """What the artists really show."""
    return [cell.text_artist.get_text() for cell in cells]


def digit_inks(picture: Still) -> set[str]:
    if picture.scene.digits is None:
        return set()
    return {picture.theme.digit_colour(name) for name in picture.scene.weight_classes}
