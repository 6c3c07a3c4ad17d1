"""Each parameter: the cells that it makes, their kinds and values, and the taps at the ends."""

from __future__ import annotations

import numpy as np
import pytest
from lab import Lab
from playwright.sync_api import Locator, expect
from reading import cells, expected_taps, names, place, read, show
from scenes import Case

from convviz.geometry import Kind
from convviz.scene.scene import Scene

pytestmark = pytest.mark.browser

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


@pytest.mark.parametrize("name", LAYERS)
def test_a_parameter_shows_the_cells_and_taps_of_geometry(notebook: Lab, name: str) -> None:
    shape, kernel, parameters = LAYERS[name]
    data = f"np.arange({np.prod(shape)}, dtype=np.float32).reshape({shape})"
    [stage] = show(notebook, f"cv.explore({data}, np.ones({kernel}), **{parameters}).stage")
    count = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    scene = Case(count, np.ones(kernel, np.float32), None, parameters).scene()
    expect(stage).to_have_attribute("data-steps", str(scene.steps))
    assert_input(scene, stage)
    assert_kernel(scene, stage)
    outputs = cells(stage, "output")
    assert [place(cell) for cell in outputs] == list(np.ndindex(*scene.output.shape))
    assert [float(cell["text"]) for cell in outputs] == scene.output.reshape(-1).tolist()
    assert_taps(notebook, scene, stage)


def assert_input(scene: Scene, stage: Locator) -> None:
    geometry, found = scene.geometry, cells(stage, "input")
    shape = [len(axis.cells) for axis in geometry.axes]
    assert len(found) == geometry.channels * np.prod(shape)
    for cell in found:
        channel, *at = map(int, place(cell))
        kind = geometry.kind(at)
        assert cell["kind"] == kind, cell
        assert ("is-unread" in cell["classes"]) == (geometry.reads(at) == 0), cell
        value = scene.values[(channel, *at)] if kind is Kind.DATA else 0
        assert float(cell["text"]) == value, cell


def assert_kernel(scene: Scene, stage: Locator) -> None:
    geometry, found = scene.geometry, cells(stage, "kernel")
    weights = [place(cell) for cell in found if cell["kind"] == "data"]
    assert weights == list(np.ndindex(*geometry.kernel_shape[1:]))
    gaps = [cell for cell in found if cell["kind"] == "gap"]
    spanned = np.prod([axis.effective_kernel for axis in geometry.axes[-2:]])
    slices = len(weights) // np.prod([axis.kernel for axis in geometry.axes[-2:]])
    assert len(gaps) == slices * spanned - len(weights)


def assert_taps(notebook: Lab, scene: Scene, stage: Locator) -> None:
    stage.focus()
    for key, index in [("End", scene.steps - 1), ("ArrowLeft", scene.steps - 2), ("Home", 0)]:
        notebook.page.keyboard.press(key)
        expect(stage).to_have_attribute("data-step", str(index))
        assert read(stage)["taps"] == expected_taps(scene, index), index
        step = scene.step(index)
        current = "/".join(map(str, ("output", step.output_map, *step.position)))
        assert names(stage, '.is-current[data-panel="output"]') == [current]
