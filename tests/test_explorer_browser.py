"""Everything that an explorer shows and answers, in a real JupyterLab and in Notebook 7.

Layers are many, pages few: a page holds several stages, and a script in it walks through their
steps or points at each of their cells and writes down what the document says. What it should say
is geometry's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from exact import fmaf
from lab import Lab, field, slider
from playwright.sync_api import Locator, expect
from scenes import DIGITS, POWERS, Case, call, mixed_cases, reference

from convviz.geometry import Geometry, Kind
from convviz.parameters import PaddingMode
from convviz.scene import palette
from convviz.scene.scene import Scene

pytestmark = pytest.mark.browser

SETUP = """
import numpy as np
import convviz as cv
digits = np.tile(np.arange(1, 10, dtype=np.float32).reshape(3, 3), (2, 3))
powers = np.power(10, range(4, -5, -1), dtype=np.float32).reshape(3, 3)
"""

# In the page: a cell is named by its data-attributes, "input/0/-1/2", the depth where it has one.
EYES = """
window.eyes = {
  name(cell) {
    const { panel, channel, depth, row, col } = cell.dataset;
    return [panel, channel, depth, row, col].filter((part) => part !== undefined).join('/');
  },
  // Whether the n-th stage is in sight: JupyterLab moves cells while it measures them.
  scrollTo(n) {
    const stage = document.querySelectorAll('.convviz-stage')[n];
    const { top } = stage.getBoundingClientRect();
    stage.scrollIntoView();
    return top >= 0 && top < innerHeight;
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
  look(stage, frames = true) {
    const weight = (cell) => [...cell.classList].find((name) => name.startsWith('cv-w'));
    return {
      step: Number(stage.dataset.step),
      taps: [...stage.querySelectorAll('.cv-cell.is-tap[data-panel="input"]')]
        .map((cell) => [this.name(cell), cell.dataset.kind, weight(cell)]),
      current: this.names(stage, '.is-current'),
      done: this.names(stage, '.is-done').length,
      kernel: this.text(stage, '.cv-cell[data-panel="kernel"][data-kind="data"]'),
      bias: this.text(stage, '.cv-cell[data-panel="bias"]'),
      window: frames ? this.frames(stage, 'is-window') : null,
      next: frames ? this.frames(stage, 'is-next') : null,
      words: stage.querySelector('[aria-live]').textContent,
      sum: this.sum(stage),
    };
  },
  // What is seen at each of these steps; frames, which must be measured, at every fifth.
  evaluation(stage, steps) {
    const slider = stage.querySelector('[aria-label="Step"]');
    return steps.map((step, n) => {
      slider.value = step;
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      return this.look(stage, n % 5 === 0);
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


def evaluation(stage: Locator, steps: Sequence[int]) -> list[dict]:
    return stage.evaluate("(stage, steps) => eyes.evaluation(stage, steps)", list(steps))


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
        [axis.effective_kernel for axis in geometry.axes[-2:]],
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
        for index, seen in enumerate(evaluation(stage, range(scene.steps))):
            step = scene.step(index)
            where = (n, case.parameters, index)
            assert seen["step"] == seen["done"] == index, where
            assert seen["taps"] == taps_of(scene, index), where
            assert seen["current"] == [spot("output", step.output_map, step.position)], where
            if index % 5 == 0:
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
        evaluation(first, [0, 4])
        expect(stage).to_have_attribute("data-step", "4")
        assert look(stage)["taps"] == taps_of(scene, 4)
    evaluation(second, [7])
    expect(first).to_have_attribute("data-step", "7")
    expect(large).to_have_attribute("data-step", "0")
    # Of unequal outputs the same element is shown, where both have it
    evaluation(small, [4])
    assert look(small)["current"] == look(large)["current"] == ["output/0/1/1"]
    evaluation(large, [27])
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
    (seen,) = evaluation(stage, [0])
    assert [{*frame} for frame in seen["next"]] == [
        {spot("input", 0, at) for at in box(geometry, (0, 1))}
    ]
    (seen,) = evaluation(stage, [1])
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
    (seen,) = evaluation(stage, [3])
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
            evaluation(stage, [index])
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


# How it answers

POINTED = {
    "flat": Case(
        np.arange(2 * 5 * 6, dtype=np.float32).reshape(1, 2, 5, 6),
        np.arange(4 * 1 * 3 * 2, dtype=np.float32).reshape(4, 1, 3, 2),
        np.ones(4, np.float32),
        {
            "stride_nd": (3, 2),
            "dilation_nd": (1, 2),
            "pre_padding": (1, 2),
            "padding_mode": PaddingMode.EXPLICIT_ROUND_UP,
            "num_groups": 2,
        },
    ),
    "deep": Case(
        np.arange(2 * 3 * 3 * 4, dtype=np.float32).reshape(1, 2, 3, 3, 4),
        np.arange(2 * 2 * 2 * 2 * 2, dtype=np.float32).reshape(2, 2, 2, 2, 2),
        None,
        {"stride_nd": (1, 2, 1), "post_padding": (1, 1, 0)},
    ),
}


def test_pointing_lights_what_geometry_says_and_says_it(lab: Lab) -> None:
    cases = [*POINTED.values(), long_sum()]
    show(lab, *(f"{call(case)}.stage" for case in cases))
    for n, case in enumerate(POINTED.values()):
        scene, stage = case.scene(), lab.stage(n)
        start = scene.steps - 2
        evaluation(stage, [start])
        assert_outputs_answer(scene, point(stage, "output"), start)
        assert_inputs_answer(scene, point(stage, "input"))
        assert_weights_answer(scene, point(stage, "kernel"), scene.step(start).output_map)
        stage.get_by_text(scene.formulas[0]).hover()

        # How often each cell is read, as numbers on the cells
        reads = stage.get_by_role("button", name="Reads", exact=True)
        before = stage.evaluate("(stage) => eyes.text(stage, '[data-panel=\"input\"]')")
        reads.click()
        expect(reads).to_have_attribute("aria-pressed", "true")
        counts = stage.evaluate("(stage) => eyes.text(stage, '[data-panel=\"input\"]')")
        cells = every_cell(scene.geometry)
        assert [int(c) for c in counts] == [scene.geometry.reads(at) for at in cells] * 2
        reads.click()
        after = stage.evaluate("(stage) => eyes.text(stage, '[data-panel=\"input\"]')")
        assert after == before
    assert_pins(lab)
    assert_folds(lab.stage(2), long_sum().scene())
    assert_quiet(lab)


def assert_outputs_answer(scene: Scene, seen: list[dict], start: int) -> None:
    """An output lights the cells that it reads; the playing window stays as a ghost."""
    assert len(seen) == scene.steps
    playing = scene.step(start)
    for index, answer in enumerate(seen):
        step = scene.step(index)
        assert answer["at"] == spot("output", step.output_map, step.position)
        assert answer["taps"] == [tap[0] for tap in taps_of(scene, index)]
        zeros = sum(tap.kind is not Kind.DATA for tap in step.taps)
        assert answer["words"].startswith("Output "), answer
        found = [*place(scene, step.output_map, step.position), len(step.taps)]
        assert numbers(answer["words"]) == found + [zeros] * bool(zeros)
        name = ", ".join(map(str, place(scene, step.output_map, step.position)))
        assert answer["sum"]["name"] == f"y[{name}] ="
        ghost = [spot("output", playing.output_map, playing.position)]
        assert answer["ghosts"] == ([] if index == start else ghost)


def assert_inputs_answer(scene: Scene, seen: list[dict]) -> None:
    """An input or padding cell lights every output that it feeds."""
    geometry = scene.geometry
    feeds: dict[str, list[str]] = {}
    for index in range(scene.steps):
        step = scene.step(index)
        for tap in step.taps:
            name = spot("input", tap.channel, tap.cell)
            feeds.setdefault(name, []).append(spot("output", step.output_map, step.position))
    cells = [(c, at) for c in range(geometry.channels) for at in every_cell(geometry)]
    for (channel, at), answer in zip(cells, seen, strict=True):
        assert answer["at"] == spot("input", channel, at)
        assert answer["pointed"] == [answer["at"]]
        fed = feeds.get(answer["at"], [])
        assert sorted(answer["lit"]) == sorted(fed)
        kind = "Input" if geometry.kind(at) is Kind.DATA else "Padding"
        assert answer["words"].startswith(kind + " "), answer
        assert numbers(answer["words"]) == [channel, *at] + [len(fed)] * bool(fed)
        assert ("read by no window" in answer["words"]) == (not fed)


def assert_weights_answer(scene: Scene, seen: list[dict], output_map: int) -> None:
    """A weight lights every input cell that it ever multiplies, for the map on display."""
    geometry = scene.geometry
    meets: dict[tuple[int, ...], list[str]] = {}
    for index in range(scene.steps):
        step = scene.step(index)
        for tap in step.taps if step.output_map == output_map else ():
            meets.setdefault(tap.weight, []).append(spot("input", tap.channel, tap.cell))
    weights = list(np.ndindex(*geometry.kernel_shape[1:]))
    for weight, answer in zip(weights, seen, strict=True):
        assert answer["at"] == spot("kernel", weight[0], weight[1:])
        assert answer["pointed"] == [answer["at"]]
        assert sorted(answer["lit"]) == sorted(meets[weight])
        index = list(weight if geometry.group_channels > 1 else weight[1:])
        assert answer["words"].startswith("Weight "), answer
        assert numbers(answer["words"]) == [*index, output_map, len(meets[weight])]


def place(scene: Scene, channel: int, at: Sequence[int]) -> list[int]:
    """An output's index as a reader sees it: without the map where there is but one."""
    return [*([channel] if scene.geometry.maps > 1 else []), *at]


def assert_pins(lab: Lab) -> None:
    """With a real pointer: a click pins, a second one lets go, and so does Escape."""
    stage, scene = lab.stage(0), POINTED["flat"].scene()
    evaluation(stage, [0])
    cell = stage.locator('[data-panel="input"][data-channel="1"][data-row="2"][data-col="2"]')
    words, elsewhere = stage.locator(".cv-words"), stage.get_by_text(scene.formulas[0])
    cell.hover()
    expect(words).to_contain_text("Input [1, 2, 2] feeds")
    elsewhere.hover()
    expect(words).to_be_empty()
    for let_go in (lambda: lab.page.keyboard.press("Escape"), cell.click):
        cell.click()
        expect(stage).to_have_class(re.compile("is-pinned"))
        elsewhere.hover()
        expect(words).to_contain_text("Input [1, 2, 2] feeds")
        let_go()
        expect(stage).not_to_have_class(re.compile("is-pinned"))
        elsewhere.hover()
        expect(words).to_be_empty()
        expect(stage.locator(".is-pointed")).to_have_count(0)
    # A pin does not hold the player: the next step lets go of it
    cell.click()
    stage.get_by_role("button", name="Step forward", exact=True).click()
    expect(stage).to_have_attribute("data-step", "1")
    assert look(stage)["taps"] == taps_of(scene, 1)


def long_sum() -> Case:
    rng = np.random.default_rng(2)
    data = rng.integers(0, 100, (1, 3, 6, 6)).astype(np.float32)
    return Case(data, rng.integers(-99, 100, (1, 3, 5, 5)).astype(np.float32))


def assert_folds(stage: Locator, scene: Scene) -> None:
    """A sum of 75 products shows the first and the last ones, and all of them when asked."""
    weights = scene.kernel_texts["kernel"][0]
    more = stage.get_by_role("button", name=re.compile(r"\d+ more"))
    for index in (0, scene.steps - 1):
        (seen,) = evaluation(stage, [index])
        few = seen["sum"]["weights"]
        (hidden,) = numbers(more.inner_text())
        assert len(few) + hidden == len(weights) == 75
        assert few == weights[: len(few) - 2] + weights[-2:]
    more.press("ArrowLeft")
    expect(stage).to_have_attribute("data-step", str(scene.steps - 2))
    more.press("ArrowRight")
    more.press("Enter")
    expect(more).to_have_count(0)
    fewer = stage.get_by_role("button", name="fewer")
    expect(fewer).to_be_focused()
    seen = look(stage)
    assert seen["sum"]["weights"] == weights
    cells = [(tap.channel, *tap.cell) for tap in scene.step(scene.steps - 1).taps]
    values = [scene.value_texts[np.ravel_multi_index(at, scene.values.shape)] for at in cells]
    assert seen["sum"]["values"] == values
    fewer.press("Enter")
    expect(more).to_be_focused()
    assert look(stage)["sum"]["weights"] == few


EXPLORE = "explorer = cv.explore(digits, powers, np.ones(1)); layer = explorer.layer; explorer"


def test_a_number_typed_into_its_cell_is_the_layers(lab: Lab) -> None:
    lab.new([SETUP + EXPLORE], app="doc")
    lab.run_all()
    stage, keyboard = lab.stage(), lab.page.keyboard
    expect(stage).to_have_attribute("data-steps", "28")

    def cell(panel: str, row: int = 0, column: int = 0) -> Locator:
        if panel == "bias":
            return stage.locator('.cv-cell[data-panel="bias"]')
        at = f'[data-row="{row}"][data-col="{column}"]'
        return stage.locator(f'.cv-cell[data-panel="{panel}"]{at}')

    def type_into(target: Locator, text: str, key: str = "Enter") -> None:
        target.dblclick()
        stage.get_by_role("textbox").fill(text)
        keyboard.press(key)
        expect(stage.get_by_role("textbox")).to_have_count(0)

    # By double click: a weight, a bias, an input
    data, kernel = DIGITS.copy(), POWERS.copy()
    data[0, 0, 5, 8], kernel[0, 0, 1, 1] = -7, 3
    for panel, at, text in (
        ("kernel", (1, 1), "0.25"),
        ("bias", (), "-2"),
        ("input", (5, 8), "-7"),
    ):
        type_into(cell(panel, *at), text)
        expect(cell(panel, *at)).to_have_text(text)
    # By the keyboard alone
    stage.locator('.cv-panels[data-tensor="kernel"]').focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "e"):
        keyboard.press(key)
    keyboard.type("3")
    keyboard.press("Enter")
    expect(cell("kernel", 1, 1)).to_have_text("3")
    expect(stage.locator('.cv-panels[data-tensor="kernel"]')).to_be_focused()
    expect(stage.get_by_role("alert")).to_have_count(0)

    scene = Case(data, kernel, np.float32([-2])).scene()
    expect(cell("output", 0, 0)).to_have_text(scene.output_texts[0])
    assert texts(stage, "output") == scene.output_texts
    assert look(stage)["kernel"] == scene.kernel_texts["kernel"][0]
    said = lab.run_cell("print(layer.kernel.reshape(-1)[4], layer.bias)")
    assert said == "3.0 [-2.]\n"

    # Nonsense is refused in words, and nothing is lost; Escape changes nothing
    stage.scroll_into_view_if_needed()
    for panel, text in (("kernel", "two"), ("bias", ""), ("input", "1,5"), ("kernel", "nan")):
        type_into(cell(panel), text)
        expect(stage.get_by_role("alert")).to_contain_text(
            re.compile(f"{panel}: got .*{text}.*allowed:")
        )
        assert texts(stage, "output") == scene.output_texts
    type_into(cell("kernel"), "99", "Escape")
    expect(cell("kernel")).to_have_text(scene.kernel_texts["kernel"][0][0])
    assert_quiet(lab)


def texts(stage: Locator, panel: str) -> list[str]:
    return stage.locator(f'.cv-cell[data-panel="{panel}"]').all_inner_texts()


# Depth, int8, pictures


def test_depth_slices_and_where_float32_loses_digits(lab: Lab) -> None:
    data, kernel = (
        np.concatenate([DIGITS, DIGITS], 1)[:, None],
        np.concatenate([POWERS, -POWERS], 1),
    )
    residues = Case(data, kernel[:, None])
    padded = Case(data, kernel[:, None], None, {"pre_padding": (2, 0, 0), "dilation_nd": (2, 1, 1)})
    cases = [residues, padded]
    show(lab, *(f"{call(case)}.stage" for case in cases))

    # One panel a depth, padding included; the box stands on the slices that are read
    for n, case in enumerate(cases):
        scene, stage = case.scene(), lab.stage(n)
        found = stage.evaluate("(stage) => eyes.names(stage, '[data-panel=\"input\"]')")
        assert found == [spot("input", 0, at) for at in every_cell(scene.geometry)]
        for index in (0, scene.steps // 2, scene.steps - 1):
            (seen,) = evaluation(stage, [index])
            assert_frames(scene, seen, index)
            depths = {name.split("/")[2] for frame in seen["window"] for name in frame}
            assert depths == {str(tap.cell[0]) for tap in scene.step(index).taps}
            assert len(depths) == 2

    # The running sum, as exact decimals and as float32
    scene, stage = residues.scene(), lab.stage(0)
    stage.get_by_role("button", name="Running sum").click()
    rounded = 0
    for index in (0, 9, scene.steps - 1):
        evaluation(stage, [index])
        rows = stage.get_by_role("table").locator("tr").filter(has=lab.page.locator("td"))
        seen = rows.evaluate_all("""(rows) => rows.map(({ cells, classList }) =>
            [...[...cells].map((cell) => cell.textContent), classList.contains('is-rounded')])""")
        exact, total = Fraction(0), 0.0
        for tap, (product, exactly, roughly, is_rounded) in zip(
            scene.step(index).taps, seen, strict=True
        ):
            value, weight = scene.values[(tap.channel, *tap.cell)], scene.kernel[(0, *tap.weight)]
            assert product.startswith(f"{value:g} × ")
            exact += Fraction(str(value)) * Fraction(str(weight))
            total = fmaf(float(value), float(weight), total)
            assert Fraction(exactly) == exact
            assert float(np.float32(roughly)) == pytest.approx(total, abs=5e-9)
            assert is_rounded == (exactly != roughly)
            rounded += is_rounded
        assert exact == 0, "the two slices cancel, and float32 does not know"
        assert scene.output_texts[index] in look(stage)["sum"]["total"]
    assert rounded > 0
    assert any(float(text) != 0 for text in scene.output_texts)
    stage.get_by_role("button", name="Running sum").click()
    expect(stage.get_by_role("table")).to_have_count(0)
    assert_quiet(lab)


def test_int8_before_and_after_and_its_scales(lab: Lab) -> None:
    several = "cv.explore(digits, np.stack([powers, powers])[:, None], {}, kernel_scale=[1, 100])"
    show(
        lab,
        "cv.explore(digits, powers, input_scale=1.0, kernel_scale=1.0)",
        several.format("input_scale=0.04"),
    )
    stage, other = lab.stage(0), lab.stage(1)
    assert_int8(stage, 1, [1])
    notes = " ".join(lines(stage, "notes"))
    assert "of 9 values 2 saturate at −128 or 127 and 4 vanish to 0" in notes
    (seen,) = evaluation(stage, [0])
    total = seen["sum"]["total"]
    assert numbers(total.replace("int32", ""))[:4] == [726, 1, 1, 726]
    expected = reference().scene().output_texts[0]
    assert f"float32 gives {expected}, error {np.float32(726) - np.float32(expected):.3f}" in total
    expect(stage.locator(".cv-legend")).to_contain_text("saturated")

    # A finer scale by the slider, a coarser one by the field: what is lost moves
    handle = slider(lab, "kernel scale")
    handle.press("End")
    expect(field(lab, "kernel scale")).to_have_value("1000000")
    expect(stage.locator('.cv-cell[data-panel="kernel"]').first).to_have_text("0")
    assert_int8(stage, 1, [1e6])
    assert "9 vanish" in " ".join(lines(stage, "notes"))
    field(lab, "kernel scale").fill("100")
    field(lab, "kernel scale").press("Enter")
    expect(stage.locator('.cv-cell[data-panel="kernel"]').first).to_have_text("100")
    assert_int8(stage, 1, [100])
    handle.press("ArrowLeft")
    expect(field(lab, "kernel scale")).not_to_have_value("100")
    scale = float(field(lab, "kernel scale").input_value())
    assert 80 < scale < 100
    assert_int8(stage, 1, [scale])
    field(lab, "input scale").first.fill("0.03")
    field(lab, "input scale").first.press("Enter")
    expect(stage.locator('.cv-cell[data-panel="input"]').first).to_have_text("33")
    assert_int8(stage, 0.03, [scale])

    # A scale for each output map
    for index, weights in ((0, "127"), (28, "100")):
        evaluation(other, [index])
        expect(other.locator('.cv-cell[data-panel="kernel"]').first).to_have_text(weights)
        assert_int8(other, 0.04, [1, 100])
    scales = lab.page.get_by_text(re.compile(r"^kernel scale, map \d$"))
    assert {*scales.all_inner_texts()} >= {"kernel scale, map 0", "kernel scale, map 1"}

    # A scale must be positive
    field(lab, "kernel scale").fill("-1")
    field(lab, "kernel scale").press("Enter")
    expect(stage.get_by_role("alert")).to_contain_text("scale: got")
    assert_quiet(lab)


def assert_int8(stage: Locator, input_scale: float, kernel_scales: Sequence[float]) -> None:
    """Source and int8 stand side by side, marked where a value was lost; the sum is in int32."""
    shown = look(stage)
    output_map = shown["step"] // 28
    scale = np.float32(kernel_scales[output_map])
    for source, integers, values, by in (
        ("source", "input", DIGITS.reshape(-1), np.float32(input_scale)),
        ("weights", "kernel", POWERS.reshape(-1), scale),
    ):
        assert len(texts(stage, source)) == values.size
        steps = np.rint(values / by)
        kept = np.clip(steps, -128, 127)
        assert [int(text) for text in texts(stage, integers)] == kept.tolist()
        # A mark stands on the integer or on its source, whichever shows the loss
        marks = {
            sort: stage.locator(f'.cv-cell[data-panel="{integers}"].is-{sort}').count()
            for sort in ("saturated", "vanished")
        }
        lost = {"saturated": kept != steps, "vanished": (kept == 0) & (values != 0)}
        assert marks == {sort: int(cells.sum()) for sort, cells in lost.items()}
    window = np.rint(DIGITS[0, 0] / np.float32(input_scale)).clip(-128, 127)
    row, column = divmod(shown["step"] % 28, 7)
    weights = np.rint(POWERS[0, 0] / scale).clip(-128, 127)
    total = int((window[row : row + 3, column : column + 3] * weights).sum())
    assert f"{total}int32" in shown["sum"]["total"].replace(" ", "")


def test_pictures_answer_like_cells(lab: Lab) -> None:
    rng = np.random.default_rng(3)
    colours = rng.integers(0, 256, (1, 3, 60, 90)).astype(np.float32)
    volume = rng.integers(0, 256, (1, 1, 6, 40, 50)).astype(np.float32)
    cases = [
        Case(colours, rng.integers(-2, 3, (2, 3, 3, 3)).astype(np.float32), None,
             {"stride_nd": (2, 3), "pre_padding": (1, 1)}),
        Case(volume, np.full((1, 1, 3, 3, 3), 1 / 27, np.float32)),
    ]  # fmt: skip
    make = [
        "rng = np.random.default_rng(3)",
        "colours = rng.integers(0, 256, (1, 3, 60, 90)).astype(np.float32)",
        "volume = rng.integers(0, 256, (1, 1, 6, 40, 50)).astype(np.float32)",
        "kernel = rng.integers(-2, 3, (2, 3, 3, 3)).astype(np.float32)",
        "display(cv.explore(colours, kernel, stride_nd=(2, 3), pre_padding=(1, 1)).stage)",
        "display(cv.explore(volume, np.full((1, 1, 3, 3, 3), 1 / 27, np.float32)).stage)",
    ]
    lab.new(["\n".join([SETUP, *make])], app="doc")
    lab.run_all()
    for n, case in enumerate(cases):
        scene, stage = case.scene(), lab.stage(n)
        assert not scene.readable
        expect(stage).to_have_attribute("data-steps", str(scene.steps))
        sizes = stage.locator("canvas").evaluate_all(
            "(all) => all.map(({ dataset, width, height }) => [dataset.panel, height, width])"
        )
        area = [["output", *scene.output.shape[-2:]]] * scene.geometry.maps
        assert sizes == [["input", *scene.values.shape[-2:]], *area]
        for index in (0, scene.steps // 3, scene.steps - 1):
            evaluation(stage, [index])
            assert_magnified(scene, stage, index)
            assert_marked(scene, stage, index)
    assert_pictures_answer(lab, cases[0].scene())
    assert_quiet(lab)


def assert_magnified(scene: Scene, stage: Locator, index: int) -> None:
    """The cells under the window, with the array's own numbers."""
    seen = stage.evaluate("""(stage) => [...stage.querySelectorAll('.cv-cell.is-tap')]
        .map((cell) => [eyes.name(cell), cell.dataset.kind, Number(cell.textContent)])""")
    taps = scene.step(index).taps
    values = [
        float(scene.values[(tap.channel, *tap.cell)]) if tap.kind is Kind.DATA else 0
        for tap in taps
    ]
    expected = [
        [spot("input", tap.channel, tap.cell), tap.kind.value, value]
        for tap, value in zip(taps, values, strict=True)
    ]
    assert seen == expected
    result = float(scene.output.reshape(-1)[index])
    total = look(stage)["sum"]["total"].split("float32")[-1]
    assert numbers(total) == pytest.approx([result], rel=1e-6)


def assert_marked(scene: Scene, stage: Locator, index: int) -> None:
    """The mark on the input's picture surrounds the window, to a pixel of the array."""
    picture = stage.locator('canvas[data-panel="input"]')
    found = picture.evaluate("""(canvas) => {
        const [mark, all] = [canvas.parentElement.querySelector('.cv-outline'), canvas]
          .map((node) => node.getBoundingClientRect());
        const [x, y] = [canvas.width / all.width, canvas.height / all.height];
        return [(mark.top - all.top) * y, (mark.left - all.left) * x,
          (mark.bottom - all.top) * y, (mark.right - all.left) * x];
    }""")
    around = box(scene.geometry, scene.step(index).position)
    (top, left), (bottom, right) = min(around), max(around)
    assert found == pytest.approx([top, left, bottom + 1, right + 1], abs=1)


def assert_pictures_answer(lab: Lab, scene: Scene) -> None:
    """Pointing at the output's picture shows its window; at the input's, the outputs it feeds."""
    stage, geometry = lab.stage(0), scene.geometry
    words = stage.locator(".cv-words")
    evaluation(stage, [0])
    for panel, shape, at in (
        ("output", scene.output.shape[-2:], (10, 20)),
        ("input", scene.values.shape[-2:], (31, 46)),
        ("input", scene.values.shape[-2:], (30, 45)),
    ):
        picture = stage.locator(f'canvas[data-panel="{panel}"]').first
        picture.scroll_into_view_if_needed()
        bounds = picture.bounding_box()
        (x, y), (width, height) = (bounds["x"], bounds["y"]), (bounds["width"], bounds["height"])
        lab.page.mouse.move(
            x + (at[1] + 0.5) / shape[1] * width, y + (at[0] + 0.5) / shape[0] * height
        )
        if panel == "output":
            expect(words).to_contain_text(f"Output [0, {at[0]}, {at[1]}] reads 27 input cells")
            index = int(np.ravel_multi_index((0, *at), scene.output.shape))
            assert_magnified(scene, stage, index)
            assert_marked(scene, stage, index)
            expect(stage).to_have_attribute("data-step", "0")
            continue
        height_axis, width_axis = geometry.axes
        rows, columns = height_axis.readers(at[0]), width_axis.readers(at[1])
        fed = geometry.maps * len(rows) * len(columns)
        expect(words).to_contain_text(f"Input [0, {at[0]}, {at[1]}] feeds {fed} output")
    expect(stage.locator(".cv-outline.is-lit:visible")).not_to_have_count(0)
    lab.page.keyboard.press("Escape")


# Controls


def setting(lab: Lab, name: str, text: str) -> None:
    field(lab, name).fill(text)
    field(lab, name).press("Enter")


def press(lab: Lab, name: str) -> None:
    lab.page.get_by_role("button", name=name, exact=True).first.click()


AXIS_PARAMETERS = ("kernel_size_nd", "stride_nd", "dilation_nd", "pre_padding", "post_padding")


def test_every_control_says_why_it_refuses_and_what_it_would_take(lab: Lab) -> None:
    lab.new([SETUP + EXPLORE], app="doc")
    lab.run_all()
    stage = lab.stage()
    alert = stage.get_by_role("alert")
    expect(stage).to_have_attribute("data-steps", "28")
    first = texts(stage, "output")
    per_axis = [f"{name} {axis}" for name in AXIS_PARAMETERS for axis in ("height", "width")]
    parameters = {
        **{label: 0 if "pad" in label else 1 for label in per_axis},
        "num_output_maps": 1,
        "num_groups": 1,
    }
    for label, least in parameters.items():
        name, initial = label.split()[0], field(lab, label).input_value()
        for bad in (str(least - 1), "-7"):
            setting(lab, label, bad)
            expect(alert).to_contain_text(re.compile(f"^{name}: got .*{bad}.*; allowed: .+"))
            assert texts(stage, "output") == first, "the last good picture stays"
        for nonsense in ("", "two", "1.5"):
            setting(lab, label, nonsense)
            expect(alert).to_contain_text(f"{name}: got '{nonsense}'; allowed: a whole number")
            expect(field(lab, label)).to_have_value(nonsense)
            expect(field(lab, label)).to_have_attribute("aria-invalid", "true")
        field(lab, label).press("Escape")
        expect(field(lab, label)).to_have_value(initial)
        expect(alert).to_have_count(0)
        expect(field(lab, label)).not_to_have_attribute("aria-invalid", "true")
    # 99 is allowed by itself, though not everywhere beside the rest
    for label, refusal in {
        "kernel_size_nd height": "kernel_size_nd: got 99 along the height",
        "dilation_nd width": "kernel_size_nd: got 3 along the width",
        "num_output_maps": "kernel: got 9 weights; allowed: 891 = 99 × 1 × 3 × 3",
        "num_groups": "num_groups: got 99 with 1 input channels",
    }.items():
        setting(lab, label, "99")
        expect(alert).to_contain_text(refusal)
        press(lab, "Reset")
        expect(alert).to_have_count(0)
    setting(lab, "stride_nd height", "99")
    expect(stage).to_have_attribute("data-steps", "7")
    setting(lab, "pre_padding width", "99")
    expect(stage).to_have_attribute("data-steps", str(7 + 99))
    setting(lab, "post_padding height", "0")
    setting(lab, "stride_nd width", "0")
    expect(alert).to_be_visible()
    press(lab, "Reset")
    expect(alert).to_have_count(0)
    expect(stage).to_have_attribute("data-steps", "28")
    assert texts(stage, "output") == first
    assert {label: field(lab, label).input_value() for label in parameters} == {
        label: "3" if "size" in label else str(least) for label, least in parameters.items()
    }
    assert_quiet(lab)


def test_controls_lock_follow_fit_and_leave_the_picture_its_place(lab: Lab) -> None:
    lab.new([SETUP + EXPLORE], app="doc")
    lab.run_all()
    stage = lab.stage()
    expect(stage).to_have_attribute("data-steps", "28")
    boxes = Boxes(stage)

    # Every axis on its own, then all together
    slider(lab, "stride_nd height").press("ArrowRight")
    expect(field(lab, "stride_nd height")).to_have_value("2")
    expect(field(lab, "stride_nd width")).to_have_value("1")
    boxes.look()
    lab.page.get_by_label("same on every axis").check()
    slider(lab, "dilation_nd height").press("ArrowRight")
    expect(field(lab, "dilation_nd width")).to_have_value("2")
    boxes.look()
    setting(lab, "stride_nd width", "3")
    expect(field(lab, "stride_nd height")).to_have_value("3")
    boxes.look()
    lab.page.get_by_label("same on every axis").uncheck()
    setting(lab, "stride_nd width", "1")
    expect(stage).to_have_attribute("data-steps", "5")
    expect(field(lab, "stride_nd height")).to_have_value("3")
    scene = reference(stride_nd=(3, 1), dilation_nd=(2, 2))
    scene.bias = np.ones(1, np.float32)
    assert texts(stage, "output") == scene.scene().output_texts
    boxes.look()

    # The ends of the sliders: none can be pushed to where its neighbours leave no output
    press(lab, "Reset")
    expect(stage).to_have_attribute("data-steps", "28")
    for label, ends in (
        ("", {"dilation_nd height": 2, "kernel_size_nd width": 7, "stride_nd height": 4}),
        (
            "dilation_nd height",
            {"stride_nd height": 2, "kernel_size_nd height": 3, "pre_padding height": 4},
        ),
        (
            "kernel_size_nd width",  # reaches the end, and asks for more weights
            {"stride_nd width": 3, "dilation_nd width": 1, "pre_padding width": 6},
        ),
        ("pre_padding width", {"stride_nd width": 8}),
        ("stride_nd height", {"stride_nd height": 2}),
    ):
        if label:
            slider(lab, label).press("End")
        if "kernel" in label:
            expect(stage.get_by_role("alert")).to_contain_text(
                "kernel: got 9 weights; allowed: 21 = 1 × 1 × 3 × 7"
            )
            boxes.look()
            press(lab, "Fit weights")
            expect(stage.get_by_role("alert")).to_have_count(0)
            kernel = look(stage)["kernel"]
            assert len(kernel) == 21
            assert len(kernel) - kernel.count("0") == 9
        for name, end in ends.items():
            expect(slider(lab, name)).to_have_attribute("max", str(end))
        expect(stage.get_by_role("alert")).to_have_count(0)
        boxes.look()
    said = lab.run_cell("print(layer.kernel.shape, layer.dilation_nd, layer.bias)")
    assert said == "(1, 1, 3, 7) (2, 1) [1.]\n"
    stage.scroll_into_view_if_needed()

    # Reset
    press(lab, "Reset")
    expect(stage).to_have_attribute("data-steps", "28")
    assert look(stage)["kernel"] == reference().scene().kernel_texts["kernel"][0]
    expect(stage.get_by_role("alert")).to_have_count(0)
    boxes.look()

    # Padding and its modes
    for mode in PaddingMode:
        lab.page.get_by_label("padding_mode").select_option(index=int(mode))
        expect(stage.get_by_text(reference(padding_mode=mode).scene().formulas[-1])).to_be_visible()
        boxes.look()
    press(lab, "Reset")
    setting(lab, "pre_padding height", "2")
    expect(stage).to_have_attribute("data-steps", "42")
    boxes.look()
    setting(lab, "post_padding width", "2")
    expect(stage).to_have_attribute("data-steps", "54")
    boxes.look()
    boxes.stand_still()

    # The code of what is on the screen makes it again
    press(lab, "Code")
    code = stage.get_by_label("Code that makes this picture")
    expect(code).to_contain_text("post_padding=(0, 2)")
    press(lab, "Copy")
    expect(stage.get_by_role("button", name="Copied")).to_be_visible()
    lab.run_cell(code.inner_text())
    again = lab.stage(1)
    expect(again).to_have_attribute("data-steps", "54")
    for panel in ("input", "kernel", "bias", "output"):
        assert texts(again, panel) == texts(stage, panel), panel
    assert lines(again, "formulas") == lines(stage, "formulas")
    assert_quiet(lab)


def test_what_was_prefetched_holds_for_one_revision_of_the_layer(lab: Lab) -> None:
    """Each picture that the stage goes through is one that the layer had."""
    lab.new([SETUP + EXPLORE], app="doc")
    lab.run_all()
    stage, handle = lab.stage(), slider(lab, "stride_nd height")
    expect(stage).to_have_attribute("data-steps", "28")
    stage.evaluate("""(stage) => {
        window.passed = [];
        new MutationObserver(() => passed.push(stage.dataset.steps))
          .observe(stage, { attributeFilter: ['data-steps'] });
    }""")
    handle.hover()
    handle.focus()
    lab.run_cell("pass")  # all that was asked before is answered
    lab.page.get_by_label("same on every axis").check()
    handle.press("ArrowRight")
    expect(field(lab, "stride_nd width")).to_have_value("2")
    expect(stage).to_have_attribute("data-steps", "8")
    assert {*lab.page.evaluate("passed")} == {"8"}
    press(lab, "Reset")
    expect(stage).to_have_attribute("data-steps", "28")
    expect(lab.page.get_by_label("same on every axis")).not_to_be_checked()

    # With a layer that is refused nothing is prefetched
    handle.focus()
    lab.run_cell("passed = []")
    setting(lab, "num_output_maps", "3")
    expect(stage.get_by_role("alert")).to_contain_text("Or press Fit weights")
    lab.page.evaluate("() => { passed.length = 0; }")
    handle.press("ArrowRight")
    expect(field(lab, "stride_nd height")).to_have_value("2")
    expect(stage.get_by_role("alert")).to_be_visible()
    assert lab.page.evaluate("passed") == []
    press(lab, "Fit weights")
    expect(stage).to_have_attribute("data-steps", "42")
    assert_quiet(lab)


def test_each_view_shows_the_layer_and_its_own_slips_alone(lab: Lab) -> None:
    lab.new([SETUP + EXPLORE, "explorer"], app="doc")
    lab.run_all()
    stage, twin = lab.stage(0), lab.stage(1)
    expect(twin).to_have_attribute("data-steps", "28")
    mine, other = (each.get_by_label("stride_nd height").nth(1) for each in (stage, twin))
    mine.fill("zero")
    mine.press("Enter")
    expect(mine).to_have_attribute("aria-invalid", "true")
    expect(twin.get_by_role("alert")).to_be_visible()
    expect(other).to_have_value("1")
    expect(other).not_to_have_attribute("aria-invalid", "true")
    lab.run_cell("explorer")
    expect(lab.stage(2).get_by_label("stride_nd height").nth(1)).to_have_value("1")
    # What takes the field back takes the words with it
    stage.get_by_label("same on every axis").check()
    expect(mine).to_have_value("1")
    expect(stage.get_by_role("alert")).to_have_count(0)
    mine.fill("  2 ")
    mine.press("Enter")
    expect(mine).to_have_value("2")
    expect(other).to_have_value("2")
    assert_quiet(lab)


def test_a_slider_does_not_wait_for_a_busy_kernel_and_never_floods_it(
    lab: Lab, tmp_path: Path
) -> None:
    hold = f"""
        import pathlib, time
        received = []
        explorer.stage.on_msg(lambda _widget, message, _buffers: received.append(message))
        def wait(_change):
            while not pathlib.Path({str(tmp_path / "go")!r}).exists():
                time.sleep(0.05)
        layer.observe(wait, "stride_nd")
    """
    lab.new([SETUP + EXPLORE], app="doc")
    lab.run_all()
    stage, handle = lab.stage(), slider(lab, "stride_nd width")
    expect(stage).to_have_attribute("data-steps", "28")
    handle.focus()
    lab.run_cell(dedent(hold))

    # One place on was prefetched; the rest waits, and of the rest only the last is sent
    handle.scroll_into_view_if_needed()
    handle.press("ArrowRight")
    expect(stage).to_have_attribute("data-steps", "16")
    assert texts(stage, "output") == with_bias(stride_nd=(1, 2)).output_texts
    for _ in range(3):
        handle.press("ArrowRight")
    expect(handle).to_have_value("5")
    press(lab, "Reset")
    setting(lab, "pre_padding height", "1")
    handle.press("ArrowLeft")
    handle.press("ArrowLeft")
    expect(handle).to_have_value("3")
    expect(stage).to_have_attribute("data-steps", "16")
    assert_alive(stage, with_bias(stride_nd=(1, 2)))
    (tmp_path / "go").touch()
    expect(stage).to_have_attribute("data-steps", "15")
    expect(field(lab, "stride_nd width")).to_have_value("3")
    assert texts(stage, "output") == with_bias(stride_nd=(1, 3), pre_padding=(1, 0)).output_texts
    words = "[m.get('place') or m.get('text') or m['action'] for m in received if 'request' in m]"
    assert lab.run_cell(f"print({words})") == "[2, 'reset', '1', 3]\n"
    assert lab.run_cell("print(layer.stride_nd, layer.pre_padding)") == "(1, 3) (1, 0)\n"
    assert_quiet(lab)


class Boxes:
    """Where the player and the sum stood below the stage's top, each time it was looked at."""

    def __init__(self, stage: Locator) -> None:
        self.stage = stage
        self.seen: list[tuple[float, ...]] = []
        self.look()

    def look(self) -> None:
        places = self.stage.evaluate("""(stage) => {
            const top = stage.getBoundingClientRect().top;
            return [stage.getBoundingClientRect().height, ...['.cv-player', '.cv-sum'].map(
              (part) => stage.querySelector(part).getBoundingClientRect().top - top)];
        }""")
        self.seen.append(tuple(places))

    def stand_still(self) -> None:
        assert {*self.seen} == {self.seen[0]}


# Keyboard, themes, motion


@pytest.mark.parametrize("app", ["doc", "notebook"])
def test_jupyters_own_keys_work_from_the_controls(lab: Lab, app: str) -> None:
    lab.new([SETUP + EXPLORE, "runs = globals().get('runs', 0) + 1"], app=app)
    lab.run_all()
    stage = lab.stage()
    expect(stage).to_have_attribute("data-steps", "28")
    assert lab.page.evaluate("lab.panel.context.model.dirty")
    slider(lab, "stride_nd width").focus()
    lab.page.keyboard.press("Control+s")
    lab.wait_until("!lab.panel.context.model.dirty")
    handle = slider(lab, "stride_nd width")
    handle.press("ArrowRight")
    expect(stage).to_have_attribute("data-steps", "16")
    expect(handle).to_be_focused()
    # Nothing else gets through: a letter is no command, and arrows are the slider's
    count = lab.page.evaluate("lab.cells.length")
    handle.press("b")
    handle.press("ArrowDown")
    expect(stage).to_have_attribute("data-steps", "28")
    assert lab.page.evaluate("lab.cells.length") == count
    stage.locator('.cv-cell[data-panel="input"]').first.click()  # makes its cell active
    stage.focus()
    lab.page.keyboard.press("Shift+Enter")
    lab.wait_until("lab.ready() && lab.panel.content.activeCellIndex === 1")
    assert_quiet(lab)


FOCUS = """() => {
  const node = document.activeElement;
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(node);
  const name = node.getAttribute('aria-label') || node.labels?.[0]?.textContent || node.textContent;
  const inside = node.closest('.convviz-explorer') !== null;
  const visible = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1
    && outlineColor !== 'transparent';
  return { name, inside, visible, role: node.getAttribute('role') ?? node.tagName.toLowerCase() };
}"""


def test_the_keyboard_alone_reaches_everything_and_sees_where_it_is(lab: Lab) -> None:
    lab.new([SETUP + EXPLORE], app="doc")
    lab.run_all()
    stage, keyboard = lab.stage(), lab.page.keyboard
    expect(stage).to_have_attribute("data-steps", "28")
    stage.focus()
    way = []
    for _ in range(70):
        way.append(lab.page.evaluate(FOCUS))
        if not way[-1]["inside"]:
            break
        keyboard.press("Tab")
    left = way.pop()
    assert not left["inside"], "the keyboard gets out again"
    hidden = [each for each in way if not each["visible"]]
    assert hidden == []
    names = [each["name"] for each in way]
    panels = [f"{tensor} cells" for tensor in ("input", "kernel", "output")]
    assert [name.split(":")[0] for name in names[1:4]] == panels
    buttons = ["First step", "Step back", "Play", "Step forward", "Last step"]
    tools = ["Reads", "Running sum", "Large", "Code"]
    start = names.index("First step")
    assert names[start : start + 11] == [*buttons, "Step", "Speed", *tools]
    both = [f"{name} {axis}" for name in AXIS_PARAMETERS for axis in ("height", "width")]
    for label in both:
        found = [each["role"] for each in way if each["name"] == label]
        assert found == ["input", "spinbutton"], label
    assert [name for name in names if name in ("num_output_maps", "num_groups")]
    assert [each["role"] for each in way if each["name"] == "padding_mode"] == ["select"]
    assert names[-2:] == ["Fit weights", "Reset"]
    controls = lab.page.locator(
        ".convviz-explorer :is(button, input, select, pre[tabindex]):visible"
    )
    assert len(way) == controls.count() + 4, "the stage, its three panels, and every control"
    for name in reversed(names):
        keyboard.press("Shift+Tab")
        assert lab.page.evaluate(FOCUS)["name"] == name

    # Everything by keys: point, pin, let go, step, a control; and it is heard
    live = stage.locator("[aria-live]")
    for key in ("Tab", "ArrowRight", "ArrowDown", "ArrowRight"):
        keyboard.press(key)
    expect(live).to_have_text("Input [1, 1] feeds 4 outputs.")
    keyboard.press("Enter")
    expect(stage).to_have_class(re.compile("is-pinned"))
    keyboard.press("Escape")
    expect(stage).not_to_have_class(re.compile("is-pinned"))
    for key in ("Tab", "Tab", "ArrowRight", "ArrowRight"):
        keyboard.press(key)
    expect(stage.locator(".cv-words")).to_have_text("Output [0, 1] reads 9 input cells.")
    keyboard.press("Escape")
    for key in ("Tab", "Tab", "Tab", "Tab"):
        keyboard.press(key)
    keyboard.press("Enter")  # Step forward
    expect(stage).to_have_attribute("data-step", "1")
    scene = reference().scene()
    expect(live).to_have_text(re.compile(r"^Step 2 of 28: y\[0, 1\] = .+ = "))
    weights = scene.kernel_texts["kernel"][0]
    products = [f"{v} × {w}" for v, w in zip("231564897", weights, strict=True)]
    said = (live.text_content() or "").split(" = ")
    assert said[1].startswith(" + ".join(products))
    keyboard.press("Shift+Tab")
    keyboard.press("Space")  # Play
    expect(stage).to_have_attribute("data-playing", "true")
    keyboard.press("Space")
    expect(stage).to_have_attribute("data-playing", "false")
    slider(lab, "stride_nd width").focus()
    keyboard.press("ArrowRight")
    expect(stage).to_have_attribute("data-steps", "16")
    assert_quiet(lab)


# The contrast of each text on the page with what it stands on, as WCAG 2.1 counts it.
CONTRASTS = """(explorer) => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], below) =>
    [r, g, b].map((part, n) => part * a + below[n] * (1 - a)).concat(1);
  const linear = (part) =>
    (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const found = [];
  const walker = document.createTreeWalker(explorer, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    const box = node.getBoundingClientRect();
    const text = walker.currentNode.textContent.trim();
    if (!text || box.width < 2 || !node.checkVisibility()) continue;
    if (node.closest('.is-unread') || node.tagName === 'OPTION') continue;
    if (node.closest('.is-refused :is(.cv-board, .cv-sum, .cv-formulas)')) continue;  // dimmed
    const path = [];
    for (let each = node; each; each = each.parentElement) path.unshift(each);
    let ground = [255, 255, 255, 1], opacity = 1;
    for (const each of path) {
      const style = getComputedStyle(each);
      ground = over(rgba(style.backgroundColor), ground);
      opacity *= Number(style.opacity);
    }
    const ink = rgba(getComputedStyle(node).color);
    ink[3] *= opacity;
    const [a, b] = [luminance(over(ink, ground)), luminance(ground)];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    found.push([contrast, node.className, text.slice(0, 30)]);
  }
  return found;
}"""


def test_both_themes_can_be_read_and_nothing_moves_that_should_not(lab: Lab) -> None:
    padded = (
        "cv.explore(digits, powers, np.ones(1), stride_nd=(2, 2), pre_padding=(1, 2), "
        'padding_mode="EXPLICIT_ROUND_UP")'
    )
    grouped = (
        "cv.explore(np.tile(digits, (1, 2, 1, 1)), np.concatenate([powers, -powers])"
        ".reshape(2, 1, 3, 3), num_groups=2, stride_nd=(4, 4), dilation_nd=(1, 2))"
    )
    small = "cv.explore(digits, powers, input_scale=0.04, kernel_scale=1.0)"
    large = "cv.explore(np.arange(90.0 * 90).reshape(90, 90), np.ones((6, 6)) / 36)"
    show(lab, padded, grouped, small, large)
    stage = lab.stage()
    evaluation(stage, [5])
    for name in ("Running sum", "Code"):
        stage.get_by_role("button", name=name, exact=True).click()
    stage.locator('.cv-cell[data-panel="input"]').nth(30).click()
    lab.stage(2).get_by_role("button", name="Reads", exact=True).click()
    groups = lab.page.get_by_role("spinbutton", name="num_groups", exact=True).nth(3)
    groups.fill("5")
    groups.press("Enter")
    expect(lab.stage(3).get_by_role("alert")).to_be_visible()
    seen: dict[str, set[str]] = {}
    for theme, name in (("light", "JupyterLab Light"), ("dark", "JupyterLab Dark")):
        lab.theme(name)
        contrasts = lab.page.locator(".convviz-explorer").evaluate_all(
            "(all) => { const contrasts = " + CONTRASTS + "; return all.flatMap(contrasts); }"
        )
        assert len(contrasts) > 300
        low = [each for each in contrasts if each[0] < palette.READABLE]
        assert low == [], theme
        ground = "(node) => getComputedStyle(node).backgroundColor"
        seen[theme] = {stage.evaluate(ground)}
    assert seen["light"] != seen["dark"]

    # Letters for a projector
    size = "(node) => parseFloat(getComputedStyle(node).fontSize)"
    parts = (".cv-cell", ".cv-sum", ".cv-formulas", ".cv-words")
    before = [stage.locator(part).first.evaluate(size) for part in parts]
    button = stage.get_by_role("button", name="Large", exact=True)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    after = [stage.locator(part).first.evaluate(size) for part in parts]
    assert all(large > small for large, small in zip(after, before, strict=True)), (before, after)
    button.click()
    assert [stage.locator(part).first.evaluate(size) for part in parts] == before

    # The system's wish for less motion
    moving = "(node) => getComputedStyle(node).transitionDuration"
    frame = stage.locator(".cv-frame.is-window").first
    assert {*frame.evaluate(moving).split(", ")} == {"0s"}
    lab.page.emulate_media(reduced_motion="no-preference")
    assert {*frame.evaluate(moving).split(", ")} != {"0s"}
    assert_quiet(lab)


# A Jupyter kernel that goes, views that come and go


def test_the_picture_outlives_its_kernel_and_its_page(lab: Lab) -> None:
    lab.new([SETUP + EXPLORE], app="doc")
    lab.run_all()
    stage = lab.stage()
    expect(stage).to_have_attribute("data-steps", "28")
    setting(lab, "stride_nd width", "2")
    expect(stage).to_have_attribute("data-steps", "16")

    # The notebook is closed and opened again: the same picture, still bound to the layer
    lab.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    lab.open("test.ipynb", app="doc")
    expect(stage).to_have_attribute("data-steps", "16")
    assert texts(stage, "output") == with_bias(stride_nd=(1, 2)).output_texts
    setting(lab, "stride_nd width", "3")
    expect(stage).to_have_attribute("data-steps", "12")
    assert lab.run_cell("print(layer.stride_nd)") == "(1, 3)\n"
    expect(stage.get_by_text("Jupyter kernel is away")).to_be_hidden()

    # The Jupyter kernel restarts: the old picture plays on, a new one takes its place
    lab.page.evaluate("() => { lab.panel.context.sessionContext.restartKernel(); }")
    expect(stage.get_by_text("Jupyter kernel is away")).to_be_visible()
    assert_alive(stage, with_bias(stride_nd=(1, 3)))
    lab.wait_until("lab.ready()")
    lab.page.evaluate("lab.panel.content.model.sharedModel.deleteCell(1)")
    lab.run_all()
    expect(stage).to_have_attribute("data-steps", "28")
    expect(stage.get_by_text("Jupyter kernel is away")).to_be_hidden()
    setting(lab, "stride_nd width", "2")
    expect(stage).to_have_attribute("data-steps", "16")

    # It is shut down
    stage.scroll_into_view_if_needed()
    lab.page.evaluate("() => { lab.panel.context.sessionContext.shutdown(); }")
    expect(stage.get_by_text("Jupyter kernel is away")).to_be_visible()
    assert_alive(stage, with_bias(stride_nd=(1, 2)))
    stage.get_by_role("button", name="Play", exact=True).click()
    expect(stage).to_have_attribute("data-step", re.compile(r"^[1-9]"))
    stage.get_by_role("button", name="Pause", exact=True).click()
    assert_quiet(lab)


def test_a_killed_kernel_is_told_of_and_the_picture_plays_on(lab: Lab) -> None:
    lab.new([SETUP + EXPLORE], app="doc")
    lab.run_all()
    stage = lab.stage()
    expect(stage).to_have_attribute("data-steps", "28")
    expect(field(lab, "stride_nd width")).to_be_enabled()
    lab.page.evaluate("(source) => lab.append(source)", "import os; os.kill(os.getpid(), 9)")
    lab.page.evaluate("lab.run('notebook:run-cell')")
    expect(stage.get_by_text("Jupyter kernel is away")).to_be_visible(timeout=60_000)
    lab.page.get_by_role("dialog").get_by_role("button", name="Ok").click()
    for control in (field(lab, "stride_nd width"), slider(lab, "stride_nd width")):
        expect(control).to_be_disabled()
        control.hover(force=True)
    stage.scroll_into_view_if_needed()
    assert_alive(stage, with_bias())
    assert lab.foreign_requests == []


def with_bias(**parameters: object) -> Scene:
    case = reference(**parameters)
    case.bias = np.ones(1, np.float32)
    return case.scene()


def assert_alive(stage: Locator, scene: Scene) -> None:
    """Stepping and pointing are answered as ever."""
    for index, seen in enumerate(evaluation(stage, range(scene.steps))):
        assert seen["taps"] == taps_of(scene, index)
    evaluation(stage, [0])
    assert_outputs_answer(scene, point(stage, "output"), 0)
    stage.press("Escape")


def test_views_of_one_widget_step_apart_and_hold_one_layer(lab: Lab) -> None:
    lab.new([SETUP + EXPLORE, "explorer", "other = cv.explore(layer); other"], app="doc")
    lab.run_all()
    first, second, third = (lab.stage(n) for n in range(3))
    expect(third).to_have_attribute("data-steps", "28")
    evaluation(first, [5])
    evaluation(second, [9])
    for stage, step in ((first, "5"), (second, "9"), (third, "0")):
        expect(stage).to_have_attribute("data-step", step)
    second.locator('.cv-cell[data-panel="kernel"]').first.hover()
    expect(second.locator(".is-pointed")).to_have_count(1)
    expect(first.locator(".is-pointed")).to_have_count(0)
    setting(lab, "stride_nd width", "2")
    for stage in (first, second, third):
        expect(stage).to_have_attribute("data-steps", "16")
        assert texts(stage, "output") == with_bias(stride_nd=(1, 2)).output_texts
    second.scroll_into_view_if_needed()
    second.locator('.cv-cell[data-panel="kernel"]').first.dblclick()
    second.get_by_role("textbox").fill("0")
    second.get_by_role("textbox").press("Enter")
    for stage in (first, second, third):
        expect(stage.locator('.cv-cell[data-panel="kernel"]').first).to_have_text("0")
    # From Python: one step for all views of a stage
    lab.run_cell("explorer.stage.step = 3")
    for stage, step in ((first, "3"), (second, "3"), (third, "0")):
        expect(stage).to_have_attribute("data-step", step)
    # Closed in Python: gone from the page
    lab.run_cell("explorer.close()")
    expect(lab.page.locator(".convviz-stage")).to_have_count(1)
    lab.run_cell("layer.stride_nd = (2, 2)")
    expect(lab.stage()).to_have_attribute("data-steps", "8")
    assert_quiet(lab)


def test_a_long_page_and_a_large_picture(lab: Lab) -> None:
    cells = [
        SETUP + "stages = []",
        *["display(*[cv.explore(digits, powers, stride_nd=(1, 1 + n % 3)) for n in range(5)])"] * 6,
        "display(cv.explore(np.arange(55 * 56).reshape(55, 56) % 10, powers))",
    ]
    lab.new(cells, app="doc")
    lab.run_all()
    stages = lab.page.locator(".convviz-stage")
    expect(stages).to_have_count(31)
    # Up and down: each is drawn whenever it is in sight
    for n in (0, 14, 29, 7, 0, 29):
        stage = stages.nth(n)
        lab.wait_until(f"eyes.scrollTo({n})")
        stage.focus()
        lab.page.keyboard.press("End")
        scene = reference(stride_nd=(1, 1 + n % 5 % 3)).scene()
        expect(stage).to_have_attribute("data-step", str(scene.steps - 1))
        assert look(stage)["taps"] == taps_of(scene, scene.steps - 1)
    expect(stages.nth(3)).to_have_attribute("data-step", "0")

    # Nearly as many cells as can be read
    stage = stages.nth(30)
    stage.scroll_into_view_if_needed()
    data = np.arange(55 * 56, dtype=np.float32).reshape(1, 1, 55, 56) % 10
    scene = Case(data, POWERS).scene()
    assert scene.readable
    assert 5_900 < len(texts(stage, "input")) + len(texts(stage, "output")) <= 6_000
    for index in (0, 1_000, scene.steps - 1):
        (seen,) = evaluation(stage, [index])
        assert seen["taps"] == taps_of(scene, index)
        assert seen["done"] == index
        assert scene.output_texts[index] in seen["sum"]["total"]
    # What is taken off the page is forgotten
    before = nodes(lab)
    lab.page.evaluate("""() => {
        const { sharedModel } = lab.panel.content.model;
        while (sharedModel.cells.length > 1) sharedModel.deleteCell(1);
    }""")
    expect(stages).to_have_count(0)
    drawn = 30 * (54 + 9 + 12) + 5_900
    assert nodes(lab) < before - drawn
    assert_quiet(lab)


def nodes(lab: Lab) -> int:
    """How many nodes of documents the browser keeps, on the page or off it."""
    session = lab.page.context.new_cdp_session(lab.page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = session.send("Performance.getMetrics")["metrics"]
    session.detach()
    return next(int(each["value"]) for each in metrics if each["name"] == "Nodes")


def test_notebook_7_leaves_the_keys_to_the_stage_and_the_sliders(lab: Lab) -> None:
    lab.new([SETUP + EXPLORE, "1 + 1"], app="notebook")
    lab.run_all()
    stage, keyboard, scene = lab.stage(), lab.page.keyboard, with_bias()
    expect(stage).to_have_attribute("data-steps", "28")
    stage.focus()
    active = lab.page.evaluate("lab.panel.content.activeCellIndex")
    for key, index in (
        ("ArrowRight", 1),
        ("ArrowDown", 8),
        ("ArrowLeft", 7),
        ("ArrowUp", 0),
        ("End", 27),
    ):
        keyboard.press(key)
        expect(stage).to_have_attribute("data-step", str(index))
        assert look(stage)["taps"] == taps_of(scene, index)
    keyboard.press("Space")
    expect(stage).to_have_attribute("data-playing", "true")
    keyboard.press("Space")
    for key in ("Home", "Tab", "ArrowRight", "ArrowDown"):
        keyboard.press(key)
    expect(stage.locator(".cv-words")).to_contain_text("Input [1, 0] feeds")
    keyboard.press("Tab")
    for key in ("ArrowRight", "e"):
        keyboard.press(key)
    keyboard.type("7")
    keyboard.press("Enter")
    expect(stage.locator('.cv-cell[data-panel="kernel"]').first).to_have_text("7")
    stage.get_by_role("slider", name="Step", exact=True).press("ArrowRight")
    expect(stage).to_have_attribute("data-step", "1")
    for label, steps in (("stride_nd width", "16"), ("pre_padding height", "20")):
        handle = slider(lab, label)
        handle.press("ArrowRight")
        expect(handle).to_be_focused()
        expect(stage).to_have_attribute("data-steps", steps)
    setting(lab, "stride_nd height", "0")
    expect(stage.get_by_role("alert")).to_contain_text("stride_nd: got (0, 2)")
    press(lab, "Reset")
    expect(stage.get_by_role("alert")).to_have_count(0)
    expect(stage).to_have_attribute("data-steps", "28")
    assert lab.page.evaluate("lab.panel.content.activeCellIndex") == active
    assert lab.page.evaluate("lab.cells.length") == 2, "no key was a shortcut"
    ground = "(node) => getComputedStyle(node).backgroundColor"
    light = stage.evaluate(ground)
    lab.theme("JupyterLab Dark")
    assert stage.evaluate(ground) != light
    assert_quiet(lab)
