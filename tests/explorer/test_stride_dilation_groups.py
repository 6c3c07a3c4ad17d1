"""What stride, dilation and groups add to the picture: next windows, gaps, bands."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from lab import Lab
from playwright.sync_api import Locator, expect
from reading import (
    cell_name,
    cells,
    every_cell,
    kinds,
    lines,
    names,
    read_step,
    show,
    unread_cells,
    window_cells,
)
from scenes import Case, call, reference

pytestmark = pytest.mark.browser


def test_a_stride_frames_the_next_windows_and_fades_what_lies_between(notebook: Lab) -> None:
    case = reference(stride_nd=(4, 4))
    scene, [stage] = case.scene(), show(notebook, f"{call(case)}.stage")
    geometry = scene.geometry
    assert scene.output.shape == (1, 1, 2)
    assert [{*frame} for frame in read_step(stage, 0)["next"]] == [
        {cell_name("input", 0, at) for at in window_cells(geometry, (0, 1))}
    ]
    assert read_step(stage, 1)["next"] == []
    unread = names(stage, ".is-unread")
    assert unread == unread_cells(geometry)
    assert len(unread) == 54 - 2 * 9 < len(every_cell(geometry))
    assert f"{len(unread)} of 54 input cells" in " ".join(lines(stage, "notes"))


def test_a_dilated_kernel_shows_its_gaps_and_its_window_spans_them(notebook: Lab) -> None:
    case = reference(dilation_nd=(2, 3))
    [stage] = show(notebook, f"{call(case)}.stage")
    assert Counter(kinds(stage, "kernel")) == {"data": 9, "gap": 5 * 7 - 9}
    seen = read_step(stage, 3)
    assert len(seen["taps"]) == 9
    assert [len(frame) for frame in seen["window"]] == [5 * 7]
    assert "(1 + 2·(3 − 1))" in lines(stage, "formulas")[0]
    assert "(1 + 3·(3 − 1))" in lines(stage, "formulas")[1]


@pytest.mark.parametrize(("groups", "group_channels"), [(3, 2), (6, 1)])
def test_a_groups_inputs_weights_and_outputs_wear_one_colour(
    notebook: Lab, groups: int, group_channels: int
) -> None:
    rng = np.random.default_rng(1)
    data = rng.integers(-9, 10, (1, 6, 3, 4)).astype(np.float32)
    kernel = rng.integers(-9, 10, (6, 2, 2, 2)).astype(np.float32)[:, :group_channels]
    case = Case(data, kernel, np.arange(6, dtype=np.float32), {"num_groups": groups})
    scene, [stage] = case.scene(), show(notebook, f"{call(case)}.stage")
    geometry = scene.geometry
    inputs, outputs = bands(stage, "input"), bands(stage, "output")
    assert set(inputs) == set(range(6)) == set(outputs)
    for index in range(0, scene.steps, scene.steps // 6):
        read_step(stage, index)
        output_map = scene.step(index).output_map
        channels = geometry.channels_of(output_map)
        assert len({inputs[c] for c in channels}) == 1
        assert bands(stage, "kernel")[0] == outputs[output_map] == inputs[channels.start]
    assert len({*inputs.values()}) == len({*outputs.values()}) == geometry.groups


def test_maps_stay_in_order_when_the_kernels_panels_grow_fewer(notebook: Lab) -> None:
    opposites = "cv.explore(cv.examples.counting(2), cv.examples.opposites(), num_groups=2)"
    [stage] = show(notebook, f"(layer := (explorer := {opposites}).layer) and explorer")
    one_group = "cv.examples.counting(4)[:, :4, :3, :3].reshape(2, 2, 3, 3)"
    notebook.run_cell(f"layer.num_groups = 1; layer.kernel = {one_group}")
    expect(stage.locator(".cv-cell[data-panel=kernel]")).to_have_count(18)
    notebook.run_cell("layer.num_groups = 2; layer.kernel = cv.examples.opposites()")
    expect(stage.locator(".cv-cell[data-panel=kernel]")).to_have_count(9)
    assert [int(cell["channel"]) for cell in cells(stage, "output")] == [0] * 28 + [1] * 28


def bands(stage: Locator, panel: str) -> dict[int, str]:
    """The colour at the left of each channel's panel of a tensor."""
    cells = stage.locator(f'.cv-cell[data-panel="{panel}"]')
    found = cells.evaluate_all("""(cells) => cells.map((cell) => [cell.dataset.channel,
        getComputedStyle(cell.closest('.cv-banded')).borderLeftColor])""")
    return {int(channel): band for channel, band in found}
