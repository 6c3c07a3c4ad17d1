"""The stage in a real JupyterLab: what the page's document says, by keyboard and pointer.

Cells are read from the document as design promises them (``data-row``, ``data-kind``, ``is-tap`` …)
and held to geometry; nothing here knows how they are drawn.
"""

from __future__ import annotations

import re

import numpy as np
import pytest
from lab import Lab, field, slider
from playwright.sync_api import Locator, expect
from scenes import Case, reference

from convviz.geometry import Kind
from convviz.scene import palette
from convviz.scene.scene import Scene

pytestmark = pytest.mark.browser

SETUP = """
import numpy as np
import convviz as cv
digits = np.tile(np.arange(1, 10, dtype=np.float32).reshape(3, 3), (2, 3))
powers = np.power(10, range(4, -5, -1), dtype=np.float32).reshape(3, 3)
"""
EXPLORE = "explorer = cv.explore(digits, powers); layer = explorer.layer; explorer"

READ = """(stage) => [...stage.querySelectorAll('.cv-cell')].map((cell) => ({
  ...cell.dataset, text: cell.textContent, classes: [...cell.classList],
}))"""


def cells(stage: Locator, panel: str, *classes: str) -> list[dict]:
    """The cells of one panel's tensor that have all these classes."""
    found = stage.evaluate(READ)
    return [c for c in found if c.get("panel") == panel and {*classes} <= {*c["classes"]}]


def place(cell: dict) -> tuple[float, ...]:
    """Channel, depth where there is one, row and column."""
    spatial = [cell[name] for name in ("depth", "row", "col") if name in cell]
    return (int(cell["channel"]), *map(float, spatial))


def seen_taps(stage: Locator) -> dict[tuple[float, ...], tuple[str, bool]]:
    """Each lit input cell with its kind, and the class of the weight whose colour it wears."""
    return {
        place(cell): (cell["kind"], *[c for c in cell["classes"] if c.startswith("cv-w")])
        for cell in cells(stage, "input", "is-tap")
    }


def taps(scene: Scene, index: int) -> dict[tuple[float, ...], tuple[str, str]]:
    """What `seen_taps` should find, by geometry."""
    rows, columns = (axis.kernel for axis in scene.geometry.axes[-2:])
    return {
        (tap.channel, *tap.cell): (
            tap.kind.value,
            palette.weight_class(*tap.weight[-2:], rows, columns),
        )
        for tap in scene.step(index).taps
    }


def output(stage: Locator, row: int, col: int) -> Locator:
    return stage.locator(f'.cv-cell[data-panel="output"][data-row="{row}"][data-col="{col}"]')


def expect_step(stage: Locator, index: int) -> None:
    expect(stage).to_have_attribute("data-step", str(index))


def expect_under_way(stage: Locator) -> None:
    """Playing has left the first step and not reached the last of 28."""
    expect(stage).to_have_attribute("data-step", re.compile(r"^([1-9]|1\d|2[0-6])$"))


def seen_output(stage: Locator) -> list[float]:
    return [float(cell["text"]) for cell in cells(stage, "output")]


def shown(scene: Scene) -> list[float]:
    """The output's texts as numbers."""
    return [
        float(cell.text)
        for panel in scene.panels
        if panel.tensor == "output"
        for cell in panel.cells
    ]


def expect_window(stage: Locator, scene: Scene, index: int) -> None:
    """The window stands at this step: once its corners are lit, every cell is as geometry says."""
    window = scene.step(index).taps
    for *_, row, column in (window[0].cell, window[-1].cell):
        corner = f'.cv-cell.is-tap[data-panel="input"][data-row="{row}"][data-col="{column}"]'
        expect(stage.locator(corner).first).to_be_attached()
    assert seen_taps(stage) == taps(scene, index)


def expect_output(stage: Locator, scene: Scene) -> None:
    expect(stage).to_have_attribute("data-steps", str(scene.steps))
    assert seen_output(stage) == shown(scene)


def assert_quiet(lab: Lab) -> None:
    assert lab.foreign_requests == []
    assert lab.console_errors == []


def colour(hexadecimal: str) -> str:
    """A colour as the browser writes computed ones."""
    return f"rgb({', '.join(str(int(hexadecimal[i : i + 2], 16)) for i in (1, 3, 5))})"


def test_the_first_example_steps_plays_and_answers_the_pointer(lab: Lab) -> None:
    lab.new([SETUP + EXPLORE], app="doc")
    lab.run_all()
    scene, stage, keyboard = reference().scene(), lab.stage(), lab.page.keyboard

    # What is there
    expect(stage).to_have_attribute("data-steps", "28")
    assert {name: len(cells(stage, name)) for name in ("input", "kernel", "output")} == {
        "input": 54,
        "kernel": 9,
        "output": 28,
    }
    assert "NumPy on the CPU" in stage.get_attribute("data-device")
    expect(stage).to_have_attribute("data-playing", "false")
    assert [cell["text"] for cell in cells(stage, "kernel")] == scene.kernel_texts["kernel"][0]
    for line in scene.formulas:
        expect(stage.get_by_text(line)).to_be_visible()

    # Keys
    stage.focus()
    expect_step(stage, 0)
    for key, index in [
        ("ArrowRight", 1),
        ("ArrowDown", 8),
        ("ArrowRight", 9),
        ("ArrowLeft", 8),
        ("ArrowUp", 1),
        ("End", 27),
        ("ArrowRight", 27),
        ("Home", 0),
        ("ArrowLeft", 0),
    ]:
        keyboard.press(key)
        expect_step(stage, index)
        assert seen_taps(stage) == taps(scene, index)
        assert [place(cell) for cell in cells(stage, "output", "is-current")] == [
            (0, index // 7, index % 7)
        ]
        assert len(cells(stage, "output", "is-done")) == index

    # Buttons and sliders, found by their names

    def button(name: str) -> Locator:
        return stage.get_by_role("button", name=name, exact=True)

    for name, index in [
        ("Step forward", 1),
        ("Last step", 27),
        ("Step back", 26),
        ("First step", 0),
    ]:
        button(name).click()
        expect_step(stage, index)
    steps = stage.get_by_role("slider", name="Step", exact=True)
    steps.press("ArrowRight")
    expect_step(stage, 1)
    steps.click()  # in the middle
    expect(stage).to_have_attribute("data-step", re.compile("^1[34]$"))
    steps.press("End")
    expect_step(stage, 27)
    speed = stage.get_by_role("slider", name="Speed", exact=True)
    speed.press("ArrowRight")
    expect(speed).to_have_attribute("aria-valuetext", "2 times")
    expect_step(stage, 27)

    # Playing, from the end: begins anew
    button("Play").click()
    expect(stage).to_have_attribute("data-playing", "true")
    expect_under_way(stage)
    stage.focus()
    keyboard.press(" ")
    expect(stage).to_have_attribute("data-playing", "false")
    keyboard.press("Home")
    keyboard.press(" ")
    expect_under_way(stage)
    button("Pause").click()
    expect(stage).to_have_attribute("data-playing", "false")

    # The digits of the sum wear their weights' colours
    stage.focus()
    keyboard.press("Home")
    digits = stage.locator(".cv-digit")
    expect(digits).to_have_count(9)
    assert "".join(digits.all_inner_texts()) == "123456789"
    found = digits.evaluate_all("all => all.map((one) => getComputedStyle(one).color)")
    kernel = [palette.weight_colour(row, column) for row in range(3) for column in range(3)]
    assert found == [colour(palette.word_colour(fill, "light")) for fill in kernel]
    expect(stage.locator('[data-text="12345.6789"]')).to_be_visible()

    # Pointing
    output(stage, 2, 3).hover()
    expect_window(stage, scene, 17)
    assert [place(cell) for cell in cells(stage, "output", "is-current")] == [(0, 2, 3)]
    expect_step(stage, 0)
    stage.get_by_text(scene.formulas[0]).hover()
    expect_window(stage, scene, 0)
    output(stage, 3, 6).click()
    stage.get_by_text(scene.formulas[0]).hover()
    expect_window(stage, scene, 27)
    output(stage, 0, 1).hover()
    assert seen_taps(stage) == taps(scene, 27), "what is pinned stays"
    stage.get_by_text(scene.formulas[0]).hover()
    keyboard.press("Escape")
    expect_window(stage, scene, 0)

    # An input cell lights the outputs that it feeds
    stage.locator('.cv-cell[data-panel="input"][data-row="1"][data-col="1"]').hover()
    expect(stage.locator('.cv-cell.is-lit[data-panel="output"]')).to_have_count(4)
    assert {place(cell) for cell in cells(stage, "output", "is-lit")} == {
        (0, row, column) for row in (0, 1) for column in (0, 1)
    }
    assert_quiet(lab)


def test_controls_and_layer_move_each_other_in_every_view(lab: Lab) -> None:
    lab.new([SETUP + EXPLORE, "explorer"], app="doc")
    lab.run_all()
    stage, twin = lab.stage(0), lab.stage(1)
    expect(twin).to_have_attribute("data-steps", "28")

    # A slider by the keyboard: the picture, the layer, the other view
    slider(lab, "stride_nd height").press("ArrowRight")
    scene = reference(stride_nd=(2, 1)).scene()
    expect_output(stage, scene)
    expect_output(twin, scene)
    expect(stage.get_by_text(scene.formulas[0])).to_be_visible()
    assert lab.run_cell("print(layer.stride_nd)") == "(2, 1)\n"

    # A cell: the picture and the controls
    lab.run_cell("layer.padding_nd = (1, 2)")
    scene = reference(stride_nd=(2, 1), padding_nd=(1, 2)).scene()
    expect_output(stage, scene)
    for side in ("pre_padding", "post_padding"):
        for axis, value in (("height", 1), ("width", 2)):
            expect(field(lab, f"{side} {axis}")).to_have_value(str(value))
            expect(slider(lab, f"{side} {axis}")).to_have_value(str(value))

    # A refused value: its words, and the picture as it was
    field(lab, "stride_nd height").fill("0")
    field(lab, "stride_nd height").press("Enter")
    alert = stage.get_by_role("alert")
    expect(alert).to_contain_text("stride_nd: got (0, 1)")
    expect(twin.get_by_role("alert")).to_contain_text("allowed: ")
    assert seen_output(stage) == shown(scene)
    assert lab.run_cell("print(layer.stride_nd)") == "(2, 1)\n"
    stage.scroll_into_view_if_needed()
    stage.focus()
    lab.page.keyboard.press("ArrowRight")
    expect_step(stage, 1)
    expect_step(twin, 0)
    field(lab, "stride_nd height").fill("3")
    field(lab, "stride_nd height").press("Enter")
    expect(alert).to_have_count(0)
    expect(twin.get_by_role("alert")).to_have_count(0)
    scene = reference(stride_nd=(3, 1), padding_nd=(1, 2)).scene()
    expect_output(stage, scene)

    # A view of its own: one goes, the other stays
    lab.page.evaluate("lab.panel.content.model.sharedModel.deleteCell(1)")
    expect(lab.page.locator(".convviz-stage")).to_have_count(1)
    lab.run_cell("layer.stride_nd = (1, 1)")
    scene = reference(padding_nd=(1, 2)).scene()
    expect_output(stage, scene)
    assert_quiet(lab)


LAYERS = {
    "stride": ((1, 1, 6, 9), (1, 1, 3, 3), {"stride_nd": (2, 3)}),
    "padding": ((1, 1, 4, 5), (1, 1, 3, 3), {"pre_padding": (1, 0), "post_padding": (0, 2)}),
    "dilation": ((1, 1, 6, 9), (1, 1, 3, 2), {"dilation_nd": (2, 3)}),
    "beyond": (
        (1, 1, 6, 6),
        (1, 1, 3, 3),
        {"stride_nd": (2, 4), "padding_mode": "EXPLICIT_ROUND_UP", "padding_nd": (0, 1)},
    ),
    "same": (
        (1, 1, 5, 6),
        (1, 1, 3, 3),
        {"stride_nd": (2, 2), "dilation_nd": (2, 1), "padding_mode": "SAME_LOWER"},
    ),
    "channels": ((1, 2, 4, 4), (3, 2, 2, 2), {}),
    "groups": ((1, 4, 4, 4), (2, 2, 2, 2), {"num_groups": 2, "padding_nd": (1, 1)}),
    "depth": (
        (1, 2, 3, 4, 4),
        (2, 2, 2, 3, 2),
        {"pre_padding": (1, 0, 1), "stride_nd": (2, 1, 1)},
    ),
}


def of_shape(shape: tuple[int, ...], kernel: tuple[int, ...], parameters: dict) -> Case:
    count = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    return Case(count, np.ones(kernel, np.float32), None, parameters)


def test_every_parameter_shows_the_cells_and_taps_of_geometry(lab: Lab) -> None:
    calls = [
        f"display(cv.explore(np.arange({np.prod(shape)}, dtype=np.float32).reshape({shape}), "
        f"np.ones({kernel}), **{parameters}).stage)"
        for shape, kernel, parameters in LAYERS.values()
    ]
    lab.new(["\n".join([SETUP, *calls])], app="doc")
    lab.run_all()
    for n, (name, layer) in enumerate(LAYERS.items()):
        scene, stage = of_shape(*layer).scene(), lab.stage(n)
        geometry = scene.geometry
        expect(stage).to_have_attribute("data-steps", str(scene.steps))

        found = cells(stage, "input")
        assert len(found) == geometry.channels * np.prod(
            [len(axis.cells) for axis in geometry.axes]
        )
        for cell in found:
            channel, *at = map(int, place(cell))
            kind = geometry.kind(at)
            assert cell["kind"] == kind, (name, cell)
            assert ("is-unread" in cell["classes"]) == (geometry.reads(at) == 0), (name, cell)
            value = scene.values[(channel, *at)] if kind is Kind.DATA else 0
            assert float(cell["text"]) == value, (name, cell)
        kernel = cells(stage, "kernel")
        weights = [place(cell) for cell in kernel if cell["kind"] == "data"]
        assert weights == list(np.ndindex(*geometry.kernel_shape[1:])), name
        gaps = [cell for cell in kernel if cell["kind"] == "gap"]
        extents = np.prod([axis.effective_kernel for axis in geometry.axes[-2:]])
        slices = len(weights) // np.prod([axis.kernel for axis in geometry.axes[-2:]])
        assert len(gaps) == slices * extents - len(weights), name
        assert [place(cell) for cell in cells(stage, "output")] == list(
            np.ndindex(*scene.output.shape)
        ), name
        assert seen_output(stage) == scene.output.reshape(-1).tolist(), name

        stage.focus()
        for key, index in [("End", scene.steps - 1), ("ArrowLeft", scene.steps - 2), ("Home", 0)]:
            lab.page.keyboard.press(key)
            expect_step(stage, index)
            assert seen_taps(stage) == taps(scene, index), (name, index)
            step = scene.step(index)
            current = [place(cell) for cell in cells(stage, "output", "is-current")]
            assert current == [(step.output_map, *step.position)], name
    assert_quiet(lab)


PHOTOGRAPH = """
rng = np.random.default_rng(0)
photograph = rng.integers(0, 256, (1, 1, 90, 120)).astype(np.float32)
layer = cv.explore(photograph, np.full((3, 3), 1 / 9, np.float32), padding_nd=(1, 0))
layer
"""

PIXELS = """(canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((_, n) => n % 4 === 3).filter((alpha) => alpha > 0).length;
}"""


def test_a_photograph_is_pictures_with_the_window_magnified(lab: Lab) -> None:
    lab.new([SETUP + PHOTOGRAPH], app="doc")
    lab.run_all()
    data = np.random.default_rng(0).integers(0, 256, (1, 1, 90, 120)).astype(np.float32)
    kernel = np.full((1, 1, 3, 3), 1 / 9, np.float32)
    scene = Case(data, kernel, None, {"padding_nd": (1, 0)}).scene()
    stage, keyboard = lab.stage(), lab.page.keyboard
    picture, result = (stage.locator(f'canvas[data-panel="{p}"]') for p in ("input", "output"))
    expect(stage).to_have_attribute("data-steps", str(90 * 118))
    assert picture.evaluate("(canvas) => [canvas.height, canvas.width]") == [90, 120]
    assert result.evaluate("(canvas) => [canvas.height, canvas.width]") == [90, 118]
    assert picture.evaluate(PIXELS) == 90 * 120

    # The magnified window, in padding and in data, and the output as far as it has come
    stage.focus()
    for key, index in [("Home", 0), ("ArrowDown", 118), ("ArrowRight", 119), ("End", 90 * 118 - 1)]:
        keyboard.press(key)
        expect_step(stage, index)
        assert seen_taps(stage) == taps(scene, index)
        assert result.evaluate(PIXELS) == index + 1
        magnified = {place(cell): float(cell["text"]) for cell in cells(stage, "input")}
        for tap in scene.step(index).taps:
            value = data[(0, 0, *tap.cell)] if tap.kind is Kind.DATA else 0
            assert magnified[0, *tap.cell] == value

    # Playing
    keyboard.press("Home")
    keyboard.press(" ")
    expect(stage).to_have_attribute("data-step", re.compile(r"^\d{4}$"))
    keyboard.press(" ")
    expect(stage).to_have_attribute("data-playing", "false")
    assert result.evaluate(PIXELS) == int(stage.get_attribute("data-step")) + 1

    # Pointing at a pixel of the output
    keyboard.press("Home")
    box = result.bounding_box()
    x, y = int(box["x"] + 0.5 * box["width"]), int(box["y"] + 0.75 * box["height"])
    lab.page.mouse.move(x, y)
    row = int((y - box["y"]) / box["height"] * 90)
    column = int((x - box["x"]) / box["width"] * 118)
    expect_window(stage, scene, row * 118 + column)
    expect_step(stage, 0)
    stage.get_by_text(scene.formulas[0]).hover()
    expect_window(stage, scene, 0)
    assert_quiet(lab)


GROUND = "(node) => getComputedStyle(node).backgroundColor"


def test_the_theme_changes_at_once_and_a_stopped_kernel_does_not_stop_the_stage(lab: Lab) -> None:
    lab.new([SETUP + EXPLORE], app="doc")
    lab.run_all()
    stage, keyboard = lab.stage(), lab.page.keyboard
    expect(stage).to_have_attribute("data-steps", "28")
    cell = stage.locator('.cv-cell[data-panel="input"]').last
    for theme, name in (("light", "JupyterLab Light"), ("dark", "JupyterLab Dark")):
        lab.theme(name)
        colours = palette.THEMES[theme]
        assert stage.evaluate(GROUND) == colour(colours["page"])
        assert cell.evaluate(GROUND) == colour(colours["cell"])
        assert cell.evaluate("(node) => getComputedStyle(node).color") == colour(colours["ink"])
    words = stage.locator(".cv-digit").first.evaluate("(node) => getComputedStyle(node).color")
    assert words == colour(palette.word_colour(palette.weight_colour(0, 0), "dark"))
    assert_quiet(lab)

    for session in lab.server.api("api/sessions"):
        lab.server.api(f"api/sessions/{session['id']}", method="DELETE")
    lab.wait_until("!lab.panel.context.sessionContext.session?.kernel")
    dialog = lab.page.get_by_role("dialog")
    if dialog.count():
        dialog.get_by_role("button").first.click()
    scene = reference().scene()
    stage.focus()
    keyboard.press("End")
    expect_step(stage, 27)
    keyboard.press("Home")
    keyboard.press(" ")
    expect_under_way(stage)
    keyboard.press(" ")
    expect(stage).to_have_attribute("data-playing", "false")
    keyboard.press("End")
    assert seen_taps(stage) == taps(scene, 27)
    output(stage, 1, 2).hover()
    expect_window(stage, scene, 9)
    assert lab.foreign_requests == []


def test_the_first_notebook_runs_from_top_to_bottom(lab: Lab) -> None:
    lab.open("01_initial_example.ipynb")
    lab.run_all()
    lab.page.evaluate("lab.panel.content.activeCellIndex = 0")
    stage = lab.stage()
    stage.scroll_into_view_if_needed()
    expect(stage).to_have_attribute("data-steps", "28")
    assert [len(cells(stage, name)) for name in ("input", "kernel", "output")] == [54, 9, 28]
    expect_output(stage, reference().scene())
    assert_quiet(lab)


def test_maps_stay_in_order_when_the_kernel_s_panels_grow_fewer(lab: Lab) -> None:
    show = "explorer = cv.explore(cv.examples.counting(2), cv.examples.opposites(), num_groups=2)"
    lab.new(["import convviz as cv", f"{show}; layer = explorer.layer; explorer"])
    lab.run_all()
    stage = lab.stage()
    expect(stage.locator(".cv-cell").first).to_be_visible()
    one_group = "cv.examples.counting(4)[:, :4, :3, :3].reshape(2, 2, 3, 3)"
    lab.run_cell(f"layer.num_groups = 1; layer.kernel = {one_group}")
    expect(stage.locator(".cv-cell[data-panel=kernel]")).to_have_count(18)
    lab.run_cell("layer.num_groups = 2; layer.kernel = cv.examples.opposites()")
    expect(stage.locator(".cv-cell[data-panel=kernel]")).to_have_count(9)
    assert [int(cell["channel"]) for cell in cells(stage, "output")] == [0] * 28 + [1] * 28
