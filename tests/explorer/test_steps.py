"""Each step of many layers: the taps, the window, the weights, the sum and the words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lab import Lab
from reading import assert_window_frames, cell_name, expected_taps, read_steps, show
from scenes import Case, call, mixed_cases

from convviz.scene.scene import Scene

pytestmark = pytest.mark.browser


def test_each_step_of_twenty_layers_shows_what_geometry_says(notebook: Lab) -> None:
    cases = mixed_cases(20)
    stages = show(notebook, *(f"{call(case)}.stage" for case in cases))
    for n, (case, stage) in enumerate(zip(cases, stages, strict=True)):
        scene = case.scene()
        for index, seen in enumerate(read_steps(stage, range(scene.steps))):
            where = (n, case.parameters, index)
            assert_cells(scene, seen, index, where)
            assert_weights_and_sum(case, scene, seen, index, where)


def assert_cells(scene: Scene, seen: dict[str, Any], index: int, where: tuple[Any, ...]) -> None:
    step = scene.step(index)
    assert seen["step"] == seen["done"] == index, where
    assert seen["taps"] == expected_taps(scene, index), where
    assert seen["current"] == [cell_name("output", step.output_map, step.position)], where
    if index % 5 == 0:
        assert_window_frames(scene, seen, index)


def assert_weights_and_sum(
    case: Case, scene: Scene, seen: dict[str, Any], index: int, where: tuple[Any, ...]
) -> None:
    """The weights and the bias of the map, and the weights' products with what they meet."""
    step = scene.step(index)
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
