"""Tensors that go to a browser in 8 bits: their means, their levels, and how much is sent."""

from __future__ import annotations

import base64
import json

import channels
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convviz as cv
from convviz.scene import coarse
from convviz.scene.parts import Parts
from convviz.scene.saved_parts import with_saved_parts
from convviz.widget.stage import Stage, values_of

MOST_RECEIVED = 1_550_000  # bytes of any layer; program and still are 450,000 more
SMALL = 250_000  # bytes of a block whose neighbour is asked for as well: SMALL in browser/blocks.js


@given(st.integers(1, 9), st.integers(1, 9), st.data())
def test_means_are_those_of_parts_that_cover_all(height: int, width: int, data) -> None:
    rows, columns = data.draw(st.integers(1, height)), data.draw(st.integers(1, width))
    values = np.random.default_rng(height + 10 * width).standard_normal((2, 3, height, width))
    found = coarse.averaged(values.astype(np.float32), {"rows": rows, "columns": columns})
    assert found.shape == (2, 3, rows, columns)
    ends = [
        [n * size // count for n in range(count + 1)]
        for size, count in ((height, rows), (width, columns))
    ]
    for row, top, bottom in zip(range(rows), ends[0], ends[0][1:], strict=False):
        for column, left, right in zip(range(columns), ends[1], ends[1][1:], strict=False):
            expected = values[..., top:bottom, left:right].mean(axis=(-2, -1))
            assert found[..., row, column] == pytest.approx(expected, abs=1e-5)


def test_zero_is_a_level_of_its_own_and_so_is_what_is_no_number() -> None:
    values = np.array([-9, -2, 0, -0.0, 1e-30, 1, 2, np.inf, -np.inf, np.nan], np.float32)
    assert coarse.levels(values, (-2.0, 2.0)).tolist() == [
        0,
        0,
        127,
        127,
        127,
        190,
        254,
        254,
        0,
        255,
    ]
    assert coarse.levels(values[2:4], (0.0, 0.0)).tolist() == [0, 0]


REAL = {
    "the first of a ResNet": (
        (1, 3, 224, 224),
        64,
        (7, 7),
        {"stride_nd": (2, 2), "padding_nd": (3, 3)},
    ),
    "the second of a VGG": ((1, 64, 224, 224), 64, (3, 3), {"padding_nd": (1, 1)}),
    "the fourth of a VGG": ((1, 128, 112, 112), 128, (3, 3), {"padding_nd": (1, 1)}),
    "the first of a detector": (
        (1, 3, 640, 640),
        32,
        (6, 6),
        {"stride_nd": (2, 2), "padding_nd": (2, 2)},
    ),
    "depthwise of a segmentation": (
        (1, 144, 128, 128),
        144,
        (3, 3),
        {"padding_nd": (1, 1), "num_groups": 144},
    ),
    "three dimensions": ((1, 32, 16, 56, 56), 32, (3, 3, 3), {"padding_nd": (1, 1, 1)}),
    "wide and low": ((1, 512, 28, 28), 1024, (1, 1), {}),
}


@pytest.mark.parametrize("name", REAL)
def test_any_layer_is_sent_within_the_budget(name: str) -> None:
    shape, maps, kernel, parameters = REAL[name]
    scene = channels.empty(shape, maps, kernel, **parameters)
    stage = Stage()
    stage.show(scene)
    blocks = [sum(map(len, Parts.at(scene, step).buffers)) for step in (0, scene.steps - 1)]
    received = len(json.dumps(stage.scene)) + sum(map(len, stage.values)) + blocks[0]
    if blocks[0] <= SMALL:
        received += blocks[0]
    assert received < MOST_RECEIVED
    assert blocks[1] <= 1.1 * blocks[0]
    stage.close()


@pytest.fixture
def in_8_bits(monkeypatch) -> None:
    """Small layers go as large ones do, averaged, in blocks of a few rows."""
    monkeypatch.setattr(coarse, "MOST_WHOLE", 10)
    monkeypatch.setattr(coarse, "MOST_COARSE", 1_000)
    monkeypatch.setattr("convviz.scene.parts.MOST_SUMS", 2_500)
    monkeypatch.setattr("convviz.scene.parts.MOST_OUTPUTS", 60)


@pytest.mark.usefixtures("in_8_bits")
@pytest.mark.parametrize("name", channels.CASES)
def test_a_block_brings_the_outputs_and_all_inputs_that_they_read(name: str) -> None:
    case = channels.CASES[name]()
    scene = case.scene()
    for step in range(0, scene.steps, max(1, scene.steps // 40)):
        block = Parts.at(scene, step)
        where = block.message()
        outputs, inputs = (np.frombuffer(block.buffers[n], "<f4") for n in (3, 4))
        output_map, *deep, row, _ = scene.step(step).place
        first, stop = where["outputs"]
        assert first <= row < stop
        plane = scene.output[output_map, deep[0]] if deep else scene.output[output_map]
        assert (outputs.reshape(stop - first, -1) == plane[first:stop]).all()
        own = scene.geometry.channels_of(output_map)
        of_group = scene.values[own.start : own.stop]
        if deep:
            depth = where["inputDepth"]
            of_group = of_group[:, depth] if 0 <= depth < of_group.shape[1] else of_group[:, :0, 0]
        first, stop = where["inputs"]
        assert (inputs == of_group[:, first:stop].reshape(-1)).all()
        for tap in scene.step(step).taps:
            cell = tap.cell
            inside = all(
                0 <= i < axis.size for i, axis in zip(cell, scene.geometry.axes, strict=True)
            )
            if inside and (not deep or cell[0] == where["inputDepth"]):
                assert first <= cell[-2] < stop


@pytest.mark.usefixtures("in_8_bits")
def test_marks_of_int8_are_of_the_cells_and_letters_of_the_values() -> None:
    case = channels.strided()
    scene = cv.explore(case.data, case.kernel, input_scale=0.02, kernel_scale=0.005).scene
    layer = scene.message()["layer"]
    assert layer is not None
    grid = layer["coarse"]["input"]
    assert grid == {"rows": 2, "columns": 2}
    letters = np.array(list(scene.flags["input"])).reshape(64, 12, 12)
    for name, letter in (("saturated", "s"), ("vanished", "v")):
        bits = np.unpackbits(np.frombuffer(base64.b64decode(layer[name]), np.uint8))
        cells = (letters == letter).reshape(64, 2, 6, 2, 6).any(axis=(2, 4))
        assert cells.any()
        assert (bits[: cells.size].reshape(cells.shape) == cells).all()
    block = Parts.at(scene, scene.steps - 1)
    first, stop = block.message()["inputs"]
    assert list(block.buffers[6].decode()) == letters[:, first:stop].reshape(-1).tolist()


def test_a_page_has_float32_whatever_a_notebook_is_sent() -> None:
    scene = channels.empty(*REAL["the first of a ResNet"][:3], **REAL["the first of a ResNet"][3])
    stage = Stage()
    stage.show(scene)
    assert stage.scene["layer"]["coarse"] == {
        "input": None,
        "output": {"rows": 56, "columns": 56},
    }
    assert len(stage.values[1]) == scene.output.size // 4
    message = with_saved_parts(stage.scene, scene, 0)
    assert message["layer"]["coarse"] == {"input": None, "output": None}
    assert all(block["outputs"] == (0, 0) for block in message["layer"]["saved"])
    assert [len(each) // 4 for each in values_of(scene)] == [scene.values.size, scene.output.size]
    stage.close()
