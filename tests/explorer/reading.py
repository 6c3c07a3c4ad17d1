"""What an explorer on a page shows, read through ``probe.js``, and what geometry says it should.

The tests beside this file run a real JupyterLab. A layer costs little there and a page much: one
cell shows several stages, and a script in the page walks through their steps, or points at each of
their cells, and writes down what the document says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from lab import Lab, field
from playwright.sync_api import Locator, expect
from scenes import reference

from convviz.geometry import Geometry, Kind
from convviz.scene import palette
from convviz.scene.scene import Scene

SETUP = """
import numpy as np
import convviz as cv
digits = np.tile(np.arange(1, 10, dtype=np.float32).reshape(3, 3), (2, 3))
powers = np.power(10, range(4, -5, -1), dtype=np.float32).reshape(3, 3)
"""
EXPLORE = """
explorer = cv.explore(digits, powers, np.ones(1), controls="all", formula=True)
layer = explorer.layer
explorer
"""

AXIS_PARAMETERS = (
    *("kernel_size_nd", "stride_nd", "dilation_nd"),
    *("padding_nd", "pre_padding", "post_padding"),
)


# Doing


def show(notebook: Lab, *expressions: str) -> list[Locator]:
    """Run one cell that displays each of these expressions; return the stages."""
    lines = [SETUP, *(f"display({each})" for each in expressions)]
    notebook.replace_cells(["\n".join(lines)])
    notebook.run_all()
    shown = "document.querySelectorAll('.convviz-stage[data-step]').length"
    notebook.wait_until(f"{shown} >= {len(expressions)}")
    return notebook.page.locator(".convviz-stage").all()


def explore(notebook: Lab, *cells: str) -> Locator:
    """Show the explorer of `EXPLORE`, run further cells, and return the explorer's stage."""
    notebook.replace_cells([SETUP + EXPLORE, *cells])
    notebook.run_all()
    stage = notebook.stage()
    expect(stage).to_have_attribute("data-steps", "28")
    return stage


def open_explorer(lab: Lab, *cells: str, app: str = "doc") -> Locator:
    """Do the same on a page of its own."""
    lab.new([SETUP + EXPLORE, *cells], app=app)
    lab.run_all()
    stage = lab.stage()
    expect(stage).to_have_attribute("data-steps", "28")
    return stage


def set_field(lab: Lab, name: str, text: str) -> None:
    field(lab, name).fill(text)
    field(lab, name).press("Enter")


def choose(stage: Locator, name: str) -> Locator:
    """Press a button of the stage's menu, and return it."""
    button = stage.get_by_role("button", name=name, exact=True)
    if not button.is_visible():
        stage.get_by_role("button", name="More", exact=True).click()
    button.click()
    return button


def focus_cells(stage: Locator, tensor: str) -> None:
    """Give a tensor's cells the focus."""
    stage.locator(f'.cv-panels[data-tensor="{tensor}"]').focus()


def press(lab: Lab, name: str) -> None:
    lab.page.get_by_role("button", name=name, exact=True).first.click()


# Reading


def read(stage: Locator) -> dict[str, Any]:
    """What the stage shows."""
    return stage.evaluate("(stage) => probe.read(stage)")


def read_steps(stage: Locator, steps: Iterable[int]) -> list[dict[str, Any]]:
    """What the stage shows at each of these steps; at the last it stays."""
    return stage.evaluate("(stage, steps) => probe.readSteps(stage, steps)", list(steps))


def read_step(stage: Locator, step: int) -> dict[str, Any]:
    """What the stage shows at this step, where it stays."""
    [seen] = read_steps(stage, [step])
    return seen


def point_at_each(stage: Locator, panel: str) -> list[dict[str, Any]]:
    """What the stage answers to a pointer on each of a tensor's cells."""
    return stage.evaluate("(stage, panel) => probe.pointAtEach(stage, panel)", panel)


def names(stage: Locator, selector: str) -> list[str]:
    """The names of the cells that a selector picks."""
    return stage.evaluate("(stage, selector) => probe.names(stage, selector)", selector)


def kinds(stage: Locator, panel: str) -> list[str]:
    """The kind of each cell of a tensor."""
    cells = stage.locator(f'[data-panel="{panel}"]')
    return cells.evaluate_all("(cells) => cells.map((cell) => cell.dataset.kind)")


def texts(stage: Locator, panel: str) -> list[str]:
    """The text of each cell of a tensor."""
    return stage.locator(f'.cv-cell[data-panel="{panel}"]').all_inner_texts()


def lines(stage: Locator, part: str) -> list[str]:
    """The texts of a part of the stage: formulas, notes."""
    return stage.locator(f".cv-{part} > *").all_inner_texts()


def cells(stage: Locator, panel: str) -> list[dict[str, Any]]:
    """Each cell of a tensor: its data-attributes, its text and its classes."""
    found = stage.locator(f'.cv-cell[data-panel="{panel}"]')
    return found.evaluate_all("""(cells) => cells.map((cell) => ({
        ...cell.dataset, text: cell.textContent, classes: [...cell.classList] }))""")


def place(cell: dict[str, Any]) -> tuple[float, ...]:
    """Channel, depth where there is one, row and column of one of `cells`."""
    spatial = [cell[name] for name in ("depth", "row", "col") if name in cell]
    return (int(cell["channel"]), *map(float, spatial))


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]


# Expecting


def cell_name(panel: str, channel: int, at: Sequence[int]) -> str:
    """A cell's name, as the page has it."""
    return "/".join(map(str, (panel, channel, *at)))


def every_cell(geometry: Geometry) -> list[tuple[int, ...]]:
    """The spatial indices of one channel's cells, padding included."""
    shape = [len(axis.cells) for axis in geometry.axes]
    starts = [axis.cells.start for axis in geometry.axes]
    return [tuple(int(i) + s for i, s in zip(at, starts, strict=True)) for at in np.ndindex(*shape)]


def unread_cells(geometry: Geometry) -> list[str]:
    """The names of the cells of the first channel that no window reads."""
    return [cell_name("input", 0, at) for at in every_cell(geometry) if not geometry.reads(at)]


def expected_taps(scene: Scene, index: int) -> list[list[str]]:
    """What `read` should find of the taps of a step, cell by cell as they stand on the page."""
    rows, columns = (axis.kernel for axis in scene.geometry.axes[-2:])
    found = {
        (tap.channel, *tap.cell): [
            cell_name("input", tap.channel, tap.cell),
            tap.kind.value,
            palette.weight_class(*tap.weight[-2:], rows, columns),
        ]
        for tap in scene.step(index).taps
    }
    return [found[cell] for cell in sorted(found)]


def window_cells(geometry: Geometry, position: Sequence[int]) -> set[tuple[int, ...]]:
    """The (row, column) cells from the first to the last that a window reads, gaps included."""
    (top, left), (height, width) = (
        [axis.index(o, 0) for axis, o in zip(geometry.axes[-2:], position[-2:], strict=True)],
        [axis.effective_kernel for axis in geometry.axes[-2:]],
    )
    return {(top + r, left + c) for r in range(height) for c in range(width)}


def assert_window_frames(scene: Scene, seen: dict[str, Any], index: int) -> None:
    """A frame lies on each channel and depth that the step reads, around the window's cells."""
    step = scene.step(index)
    slices = {(tap.channel, *tap.cell[:-2]) for tap in step.taps}
    around = window_cells(scene.geometry, step.position)
    expected = {
        frozenset(cell_name("input", *s[:1], (*s[1:], *at)) for at in around) for s in slices
    }
    assert {frozenset(frame) for frame in seen["window"]} == expected


def expect_window(stage: Locator, scene: Scene, index: int) -> None:
    """The window comes to this step, and once its corners are lit, each cell is geometry's."""
    window = scene.step(index).taps
    for tap in (window[0], window[-1]):
        row, column = tap.cell[-2:]
        corner = f'.cv-cell.is-tap[data-panel="input"][data-row="{row}"][data-col="{column}"]'
        expect(stage.locator(corner).first).to_be_attached()
    assert read(stage)["taps"] == expected_taps(scene, index)


def output_index(scene: Scene, output_map: int, position: Sequence[int]) -> list[int]:
    """An output's index as a reader sees it: without the map where there is but one."""
    return [*([output_map] if scene.geometry.maps > 1 else []), *position]


def assert_outputs_answer(scene: Scene, seen: list[dict[str, Any]], start: int) -> None:
    """An output lights the cells that it reads; the playing window stays as a ghost."""
    assert len(seen) == scene.steps
    playing = scene.step(start)
    for index, answer in enumerate(seen):
        step = scene.step(index)
        assert answer["at"] == cell_name("output", step.output_map, step.position)
        assert answer["taps"] == [tap[0] for tap in expected_taps(scene, index)]
        zeros = sum(tap.kind is not Kind.DATA for tap in step.taps)
        assert answer["words"].startswith("Output "), answer
        place = output_index(scene, step.output_map, step.position)
        assert numbers(answer["words"]) == [*place, len(step.taps)] + [zeros] * bool(zeros)
        assert answer["sum"]["name"] == f"y[{', '.join(map(str, place))}] ="
        ghost = [cell_name("output", playing.output_map, playing.position)]
        assert answer["ghosts"] == ([] if index == start else ghost)


def assert_alive(stage: Locator, scene: Scene) -> None:
    """Stepping and pointing are answered as ever."""
    for index, seen in enumerate(read_steps(stage, range(scene.steps))):
        assert seen["taps"] == expected_taps(scene, index)
    read_step(stage, 0)
    assert_outputs_answer(scene, point_at_each(stage, "output"), 0)
    stage.press("Escape")


def with_bias(**parameters: object) -> Scene:
    """The scene of `EXPLORE` once these parameters are set."""
    case = reference(**parameters)
    case.bias = np.ones(1, np.float32)
    return case.scene()


class Places:
    """Where the controls stood below the stage's top, each time they were looked at."""

    def __init__(self, stage: Locator) -> None:
        self.stage = stage
        self.seen: list[tuple[float, ...]] = []
        self.look()

    def look(self) -> None:
        places = self.stage.evaluate("""(stage) => {
            const top = stage.getBoundingClientRect().top;
            return [...stage.querySelectorAll('.cv-bar *, .cv-controls *, .cv-picture')]
              .filter((part) => part.checkVisibility())
              .map((part) => Math.round(part.getBoundingClientRect().top - top));
        }""")
        self.seen.append(tuple(places))

    def assert_unmoved(self) -> None:
        assert {*self.seen} == {self.seen[0]}
