"""The sum under the picture: folded where it is long, and step by step where float32 rounds."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from exact import fmaf
from lab import Lab
from playwright.sync_api import Locator, expect
from reading import choose, read, read_step, show
from scenes import DIGITS, POWERS, Case, call

from convviz.scene.scene import Scene

pytestmark = pytest.mark.browser


def long_sum() -> Case:
    """A layer whose sums have 75 products."""
    rng = np.random.default_rng(2)
    data = rng.integers(0, 100, (1, 3, 6, 6)).astype(np.float32)
    return Case(data, rng.integers(-99, 100, (1, 3, 5, 5)).astype(np.float32))


def test_every_product_of_a_long_sum_stands_in_the_kernel(notebook: Lab) -> None:
    scene, [stage] = long_sum().scene(), show(notebook, f"{call(long_sum())}.stage")
    for index in (0, scene.steps - 1):
        seen = read_step(stage, index)["sum"]
        assert seen["weights"] == scene.kernel_texts["kernel"][0]
        cells = [(tap.channel, *tap.cell) for tap in scene.step(index).taps]
        values = [scene.value_texts[np.ravel_multi_index(at, scene.values.shape)] for at in cells]
        assert seen["values"] == values
        assert seen["total"].endswith(scene.output_texts[index])


def cancelling() -> Case:
    """Two equal slices under opposite weights: every sum is zero, and float32 does not know."""
    data = np.concatenate([DIGITS, DIGITS], 1)[:, None]
    return Case(data, np.concatenate([POWERS, -POWERS], 1)[:, None])


def test_the_running_sum_shows_where_float32_loses_digits(notebook: Lab) -> None:
    scene, [stage] = cancelling().scene(), show(notebook, f"{call(cancelling())}.stage")
    choose(stage, "Running sum")
    rounded = 0
    for index in (0, 9, scene.steps - 1):
        read_step(stage, index)
        rounded += assert_running_sum(scene, stage, index)
        assert scene.output_texts[index] in read(stage)["sum"]["total"]
    assert rounded > 0
    assert any(float(text) != 0 for text in scene.output_texts)
    choose(stage, "Running sum")
    expect(stage.get_by_role("table")).to_have_count(0)


def assert_running_sum(scene: Scene, stage: Locator, index: int) -> int:
    """Hold the exact and the float32 sum to both; return in how many rows they differ."""
    rows = stage.get_by_role("table").locator("tr").filter(has=stage.page.locator("td"))
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
    assert exact == 0, "the two slices cancel, and float32 does not know"
    return sum(row[-1] for row in seen)
