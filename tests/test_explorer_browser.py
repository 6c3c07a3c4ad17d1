"""Everything that an explorer shows and answers, in a real JupyterLab and in Notebook 7.

Layers are many, pages few: a page holds several stages, and a script in it walks through their
steps or points at each of their cells and writes down what the document says. What it should say
is geometry's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from lab import Lab
from playwright.sync_api import Locator, expect
from scenes import DIGITS, POWERS, Case, call, mixed_cases, reference

from convviz import palette
from convviz.geometry import Geometry, Kind, PaddingMode
from convviz.scene import Scene

pytestmark = pytest.mark.browser

SETUP = """
import numpy as np
import convviz as cv
digits = np.tile(np.arange(1, 10, dtype=np.float32).reshape(3, 3), (2, 3))
powers = np.power(10, range(4, -5, -1), dtype=np.float32).reshape(3, 3)
"""

# In the page: a cell is named by its data-attributes, "input/0/-1/2", with the depth where it has one.
EYES = """
window.eyes = {
  name(cell) {
    const { panel, channel, depth, row, col } = cell.dataset;
    return [panel, channel, depth, row, col].filter((part) => part !== undefined).join('/');
  },
  names(stage, selector) {
    return [...stage.querySelectorAll('.cv-cell' + selector)].map(this.name);
  },
  text(stage, selector) {
    return [...stage.querySelectorAll(selector)].map((node) => node.textContent);
  },
  // Which cells a frame surrounds, by where both stand on the screen.
  framed(frame) {
    const { left, right, top, bottom } = frame.getBoundingClientRect();
    return [...frame.parentElement.querySelectorAll('.cv-cell')].filter((cell) => {
      const box = cell.getBoundingClientRect();
      const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
      return left < x && x < right && top < y && y < bottom;
    }).map(this.name);
  },
  frames(stage, sort) {
    return [...stage.querySelectorAll('.cv-frame.' + sort)]
      .filter((frame) => !frame.hidden).map((frame) => this.framed(frame));
  },
  sum(stage) {
    return {
      values: this.text(stage, '.cv-product .cv-value'),
      weights: this.text(stage, '.cv-product .cv-weight'),
      name: stage.querySelector('.cv-sum-name').textContent,
      total: stage.querySelector('.cv-total').textContent,
    };
  },
  look(stage) {
    const weight = (cell) => [...cell.classList].find((name) => name.startsWith('cv-w'));
    return {
      step: Number(stage.dataset.step),
      taps: [...stage.querySelectorAll('.cv-cell.is-tap[data-panel="input"]')]
        .map((cell) => [this.name(cell), cell.dataset.kind, weight(cell)]),
      current: this.names(stage, '.is-current'),
      done: this.names(stage, '.is-done').length,
      kernel: this.text(stage, '.cv-cell[data-panel="kernel"][data-kind="data"]'),
      bias: this.text(stage, '.cv-cell[data-panel="bias"]'),
      window: this.frames(stage, 'is-window'),
      next: this.frames(stage, 'is-next'),
      words: stage.querySelector('[aria-live]').textContent,
      sum: this.sum(stage),
    };
  },
  // What is seen at each of these steps.
  walk(stage, steps) {
    const slider = stage.querySelector('[aria-label="Step"]');
    return steps.map((step) => {
      slider.value = step;
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      return this.look(stage);
    });
  },
  // What is lit and said when the pointer stands on each of a tensor's cells.
  point(stage, panel) {
    const cells = [...stage.querySelectorAll(`.cv-cell[data-panel="${panel}"]`)];
    return cells.filter((cell) => cell.dataset.kind !== 'gap').map((cell) => {
      for (const type of ['pointerover', 'pointermove'])
        cell.dispatchEvent(new PointerEvent(type, { bubbles: true }));
      return {
        at: this.name(cell),
        taps: this.names(stage, '.is-tap[data-panel="input"]'),
        lit: this.names(stage, '.is-lit'),
        pointed: this.names(stage, '.is-pointed'),
        ghosts: this.names(stage, '.is-ghost'),
        words: stage.querySelector('.cv-words').textContent,
        sum: this.sum(stage),
      };
    });
  },
};
"""


@pytest.fixture
def lab(lab: Lab) -> Lab:
    """A page with eyes, where nothing moves on its way: places are read from the screen."""
    lab.page.add_init_script(EYES)
    lab.page.emulate_media(reduced_motion="reduce")
    return lab


def show(lab: Lab, *shown: str, app: str = "doc") -> None:
    """Run one cell that displays each of these expressions; wait for the last stage."""
    lines = [SETUP, *(f"display({each})" for each in shown)]
    lab.new(["\n".join(lines)], app=app)
    lab.run_all()
    lab.wait_until(f"document.querySelectorAll('.convviz-stage[data-step]').length >= {len(shown)}")


def spot(panel: str, channel: int, at: Sequence[int]) -> str:
    """A cell's name, as the page has it."""
    return "/".join(map(str, (panel, channel, *at)))


def look(stage: Locator) -> dict:
    return stage.evaluate("(stage) => eyes.look(stage)")


def walk(stage: Locator, steps: Sequence[int]) -> list[dict]:
    return stage.evaluate("(stage, steps) => eyes.walk(stage, steps)", list(steps))


def point(stage: Locator, panel: str) -> list[dict]:
    return stage.evaluate("(stage, panel) => eyes.point(stage, panel)", panel)


def lines(stage: Locator, part: str) -> list[str]:
    """The texts of a part of the stage: formulas, notes."""
    return stage.locator(f".cv-{part} > *").all_inner_texts()


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]


def every_cell(geometry: Geometry) -> list[tuple[int, ...]]:
    """The spatial indices of one channel's cells, padding included."""
    shape = [len(axis.cells) for axis in geometry.axes]
    starts = [axis.cells.start for axis in geometry.axes]
    return [tuple(int(i) + s for i, s in zip(at, starts, strict=True)) for at in np.ndindex(*shape)]


def taps_of(scene: Scene, index: int) -> list[list[str]]:
    """What `look` should find of the taps of a step, cell by cell as they stand on the page."""
    geometry = scene.geometry
    rows, columns = (axis.kernel for axis in geometry.axes[-2:])
    found = {
        (tap.channel, *tap.cell): [
            spot("input", tap.channel, tap.cell),
            tap.kind.value,
            palette.weight_class(*tap.weight[-2:], rows, columns),
        ]
        for tap in scene.step(index).taps
    }
    return [found[cell] for cell in sorted(found)]


def box(geometry: Geometry, position: Sequence[int]) -> set[tuple[int, ...]]:
    """The (row, column) cells from the first to the last that a window reads, gaps included."""
    (top, left), (height, width) = (
        [axis.index(o, 0) for axis, o in zip(geometry.axes[-2:], position[-2:], strict=True)],
        [axis.extent for axis in geometry.axes[-2:]],
    )
    return {(top + r, left + c) for r in range(height) for c in range(width)}


def assert_frames(scene: Scene, seen: dict, index: int) -> None:
    """The window's frame lies on the channels and depths that the step reads, around its box."""
    step = scene.step(index)
    slices = {(tap.channel, *tap.cell[:-2]) for tap in step.taps}
    around = box(scene.geometry, step.position)
    expected = {frozenset(spot("input", *s[:1], (*s[1:], *at)) for at in around) for s in slices}
    assert {frozenset(frame) for frame in seen["window"]} == expected


def assert_quiet(lab: Lab) -> None:
    assert lab.foreign_requests == []
    assert lab.console_errors == []


# What is shown


def test_each_step_of_twenty_layers_shows_what_geometry_says(lab: Lab) -> None:
    cases = mixed_cases(20)
    show(lab, *(f"{call(case)}.stage" for case in cases))
    for n, case in enumerate(cases):
        scene, stage = case.scene(), lab.stage(n)
        geometry = scene.geometry
        for index, seen in enumerate(walk(stage, range(scene.steps))):
            step = scene.step(index)
            where = (n, case.parameters, index)
            assert seen["step"] == seen["done"] == index, where
            assert seen["taps"] == taps_of(scene, index), where
            assert seen["current"] == [spot("output", step.output_map, step.position)], where
            assert_frames(scene, seen, index)

            # The weights and the bias of the map, and their products with what they meet
            weights = scene.kernel_texts["kernel"][step.output_map]
            assert seen["kernel"] == weights, where
            assert [text for text in seen["bias"] if text] == (
                [] if case.bias is None else [scene.bias_texts[step.output_map]]
            )
            values = dict(zip(np.ndindex(*scene.values.shape), scene.value_texts, strict=True))
            met = [values.get((tap.channel, *tap.cell), "0") for tap in step.taps]
            if len(seen["sum"]["values"]) == len(met):
                assert seen["sum"]["values"] == met, where
                assert seen["sum"]["weights"] == weights, where
            else:  # folded
                head = len(seen["sum"]["values"]) - 2
                assert seen["sum"]["values"] == met[:head] + met[-2:], where
                assert seen["sum"]["weights"] == weights[:head] + weights[-2:], where
            assert scene.output_texts[index] in seen["sum"]["total"], where
            assert scene.output_texts[index] in seen["words"], where
            assert f"Step {index + 1} of {scene.steps}" in seen["words"], where
        assert geometry.output_shape[1:] == scene.output.shape
    assert_quiet(lab)


def test_the_six_padding_modes(lab: Lab) -> None:
    explicit = {"stride_nd": (2, 2), "pre_padding": (1, 2), "post_padding": (2, 1)}
    cases = [reference(padding_mode=mode, **explicit) for mode in PaddingMode]
    pair = 'cv.compare(digits, powers, stride_nd=(2, 2), padding_mode=["SAME_UPPER", "SAME_LOWER"])'
    uneven = "cv.compare(digits, powers, stride_nd=[(1, 1), (2, 3)])"
    show(lab, *(f"{call(case)}.stage" for case in cases), pair, uneven)
    for n, (mode, case) in enumerate(zip(PaddingMode, cases, strict=True)):
        scene, stage = case.scene(), lab.stage(n)
        geometry = scene.geometry
        kinds = stage.evaluate("""(stage) => [...stage.querySelectorAll('[data-panel="input"]')]
            .map((cell) => cell.dataset.kind)""")
        assert Counter(kinds) == Counter(geometry.kind(at).value for at in every_cell(geometry))
        unread = [at for at in every_cell(geometry) if geometry.reads(at) == 0]
        found = stage.evaluate("(stage) => eyes.names(stage, '.is-unread')")
        assert found == [spot("input", 0, at) for at in unread], mode

        # The words under it
        assert lines(stage, "formulas") == scene.formulas, mode
        assert len(scene.formulas) == (4 if mode.is_same else 2)
        for axis, formula in zip(geometry.axes, scene.formulas, strict=False):
            assert formula.endswith(f" = {axis.output}")
        for axis, formula in zip(geometry.axes, scene.formulas[2:], strict=False):
            assert formula.endswith(f"→ {axis.pre} before, {axis.post} after")
        notes = lines(stage, "notes")
        assert notes == scene.notes, mode
        said = " ".join(notes)
        assert ("ignores pre_padding (1, 2) and post_padding (2, 1)" in said) == mode.is_same
        assert ("legacy" in said and "ignores (2, 1)" in said) == mode.is_caffe
        assert ("beyond the padding" in said) == mode.rounds_up
        assert ("beyond" in kinds) == mode.rounds_up

        # The legend explains what there is, and nothing else
        keys = stage.locator(".cv-legend [data-kind]")
        explained = keys.evaluate_all("(keys) => keys.map((key) => key.dataset.kind)")
        assert {*explained} == {*kinds} - {"data"} | ({"unread"} if unread else set()), mode
        for words in stage.locator(".cv-legend > *").all_inner_texts():
            assert words.strip(), mode

    # Side by side
    first, second, small, large = (lab.stage(n) for n in (6, 7, 9, 8))
    for case, stage in (("SAME_UPPER", first), ("SAME_LOWER", second)):
        scene = reference(stride_nd=(2, 2), padding_mode=case).scene()
        walk(first, [0, 4])
        expect(stage).to_have_attribute("data-step", "4")
        assert look(stage)["taps"] == taps_of(scene, 4)
    walk(second, [7])
    expect(first).to_have_attribute("data-step", "7")
    expect(large).to_have_attribute("data-step", "0")
    # Of unequal outputs the same element is shown, where both have it
    walk(small, [4])
    assert look(small)["current"] == look(large)["current"] == ["output/0/1/1"]
    walk(large, [27])
    expect(small).to_have_attribute("data-step", "4")
    names = [heading.strip() for heading in lab.page.locator("strong").all_inner_texts()]
    assert names[:2] == ["padding_mode = SAME_UPPER", "padding_mode = SAME_LOWER"]
    assert_quiet(lab)


def test_stride_dilation_and_groups(lab: Lab) -> None:
    strided = reference(stride_nd=(4, 4))
    dilated = reference(dilation_nd=(2, 3))
    rng = np.random.default_rng(1)
    data = rng.integers(-9, 10, (1, 6, 3, 4)).astype(np.float32)
    kernel = rng.integers(-9, 10, (6, 2, 2, 2)).astype(np.float32)
    grouped = Case(data, kernel, np.arange(6, dtype=np.float32), {"num_groups": 3})
    depthwise = Case(data, kernel[:, :1], None, {"num_groups": 6})
    cases = [strided, dilated, grouped, depthwise]
    show(lab, *(f"{call(case)}.stage" for case in cases))

    # The next windows along both axes, and what lies between windows
    scene, stage = strided.scene(), lab.stage(0)
    geometry = scene.geometry
    assert scene.output.shape == (1, 1, 2)
    (seen,) = walk(stage, [0])
    assert [{*frame} for frame in seen["next"]] == [
        {spot("input", 0, at) for at in box(geometry, (0, 1))}
    ]
    (seen,) = walk(stage, [1])
    assert seen["next"] == []
    unread = stage.evaluate("(stage) => eyes.names(stage, '.is-unread')")
    assert unread == [spot("input", 0, at) for at in every_cell(geometry) if not geometry.reads(at)]
    assert len(unread) == 54 - 2 * 9
    assert f"{len(unread)} of 54 input cells" in " ".join(lines(stage, "notes"))

    # The gaps of a dilated kernel, in it and under the window
    scene, stage = dilated.scene(), lab.stage(1)
    kinds = stage.evaluate("""(stage) => [...stage.querySelectorAll('[data-panel="kernel"]')]
        .map((cell) => cell.dataset.kind)""")
    assert Counter(kinds) == {"data": 9, "gap": 5 * 7 - 9}
    (seen,) = walk(stage, [3])
    assert len(seen["taps"]) == 9
    assert [len(frame) for frame in seen["window"]] == [5 * 7]
    assert "(1 + 2·(3 − 1))" in lines(stage, "formulas")[0]
    assert "(1 + 3·(3 − 1))" in lines(stage, "formulas")[1]

    # Bands: a group's input channels, its weights and its outputs wear one colour
    for n in (2, 3):
        scene, stage = cases[n].scene(), lab.stage(n)
        geometry = scene.geometry
        bands = {name: bands_of(stage, name) for name in ("input", "output")}
        assert set(bands["input"]) == set(range(6)) == set(bands["output"])
        for index in range(0, scene.steps, scene.steps // 6):
            walk(stage, [index])
            output_map = scene.step(index).output_map
            assert len({bands["input"][c] for c in geometry.channels_of(output_map)}) == 1
            assert (
                bands_of(stage, "kernel")[0]
                == bands["output"][output_map]
                == bands["input"][geometry.channels_of(output_map).start]
            )
        assert (
            len({*bands["input"].values()}) == len({*bands["output"].values()}) == geometry.groups
        )
    assert_quiet(lab)


def bands_of(stage: Locator, panel: str) -> dict[int, str]:
    """The colour at the left of each channel's panel of a tensor."""
    cells = stage.locator(f'.cv-cell[data-panel="{panel}"]')
    found = cells.evaluate_all("""(cells) => cells.map((cell) => [cell.dataset.channel,
        getComputedStyle(cell.closest('.cv-banded')).borderLeftColor])""")
    return {int(channel): band for channel, band in found}
