"""Three dimensions: one panel a depth, and a frame on each depth that is read."""

from __future__ import annotations

import numpy as np
import pytest
from lab import Lab
from reading import assert_window_frames, cell_name, every_cell, names, read_step, show
from scenes import DIGITS, POWERS, Case, call

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    "parameters",
    [{}, {"pre_padding": (2, 0, 0), "dilation_nd": (2, 1, 1)}],
    ids=["plain", "padded"],
)
def test_each_depth_has_its_panel_and_each_depth_that_is_read_its_frame(
    notebook: Lab, parameters: dict[str, tuple[int, ...]]
) -> None:
    data = np.concatenate([DIGITS, DIGITS], 1)[:, None]
    kernel = np.concatenate([POWERS, -POWERS], 1)[:, None]
    case = Case(data, kernel, None, parameters)
    scene, [stage] = case.scene(), show(notebook, f"{call(case)}.stage")
    cells = [cell_name("input", 0, at) for at in every_cell(scene.geometry)]
    assert names(stage, '[data-panel="input"]') == cells
    for index in (0, scene.steps // 2, scene.steps - 1):
        seen = read_step(stage, index)
        assert_window_frames(scene, seen, index)
        depths = {name.split("/")[2] for frame in seen["window"] for name in frame}
        assert depths == {str(tap.cell[0]) for tap in scene.step(index).taps}
        assert len(depths) == 2
