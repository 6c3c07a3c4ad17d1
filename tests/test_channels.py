"""Layers of many channels: facts about them, what each channel adds, and what is sent of them."""

from __future__ import annotations

import base64
import json
import math

import channels
import matplotlib.colors
import matplotlib.patches
import numpy as np
import pytest
from hypothesis import given, settings
from scenes import Case, cases

import convviz as cv
from convviz.compute import cpu
from convviz.network import facts
from convviz.network.run import ModelFacts
from convviz.scene import palette, parts
from convviz.scene.parts import Parts, gross, largest, share
from convviz.scene.saved_parts import with_saved_parts
from convviz.scene.scene import Scene
from convviz.widget import page
from convviz.widget.stage import Stage

MOST_RECEIVED = 2_000_000  # bytes for 512 channels to 512 maps, 3×3 on 14×14
MOST_TEXT = 40_000  # of them JSON


@pytest.fixture(scope="module", params=channels.CASES)
def scene(request: pytest.FixtureRequest) -> Scene:
    return channels.CASES[request.param]().scene()


def some_steps(scene: Scene) -> list[int]:
    last = scene.steps - 1
    return [0, last // 3, last // 2, last]


# What each channel adds


def assert_parts_are_partial_sums(scene: Scene, step: int) -> None:
    """The sums after each channel are the partial sums', and the parts end in the output."""
    place, g = scene.step(step).place, scene.geometry
    values = scene.run.item(scene.run.input, scene.item)[None]
    every = cpu.partial_sums(g, values, scene.run.kernel, place[0])[place[1:]]
    taps = math.prod(axis.kernel for axis in g.axes)
    block = Parts.at(scene, step)
    row, column = place[-2:]
    totals = block.sums[row - block.rows.start, column]
    assert totals.dtype == np.float32
    assert totals.tolist() == every[taps - 1 :: taps].tolist()
    found = block.of(place[1:])
    assert len(found) == g.group_channels + 1
    assert np.cumsum(found).astype(np.float32)[-1] == scene.output[place]
    assert found.tolist() == facts.parts(scene.run, place[0], place[1:], scene.item).tolist()


def test_the_parts_are_those_of_the_sum_in_its_order(scene: Scene) -> None:
    for step in some_steps(scene):
        assert_parts_are_partial_sums(scene, step)


@settings(max_examples=40)
@given(case=cases())
def test_the_parts_of_any_layer_are_those_of_its_sum(case: Case) -> None:
    scene = case.scene()
    for step in {0, scene.steps // 2, scene.steps - 1}:
        assert_parts_are_partial_sums(scene, step)


def test_a_block_of_some_rows_holds_what_the_whole_map_does(monkeypatch) -> None:
    scene = channels.strided().scene()
    whole = Parts.at(scene, 0)
    assert whole.rows == range(6)
    monkeypatch.setattr(parts, "MOST_SUMS", 2 * 64 * 6)
    step = int(np.ravel_multi_index((3, 4, 5), scene.output.shape))
    part = Parts.at(scene, step)
    assert part.rows == range(4, 6)
    assert (part.sums == Parts(scene, 3, 0, range(6)).sums[4:6]).all()
    assert part.holds((3, 5, 0))
    assert not part.holds((3, 3, 0))
    assert not part.holds((4, 5, 0))


def test_int8_adds_integers_times_the_scales() -> None:
    case = channels.strided()
    explorer = cv.explore(
        case.data, case.kernel, case.bias, input_scale=0.03, kernel_scale=0.005, padding_nd=(1, 1)
    )
    scene = explorer.scene
    quantization = scene.quantization
    assert quantization is not None
    place = (9, 4, 7)
    found = Parts.at(scene, int(np.ravel_multi_index(place, scene.output.shape))).of(place[1:])
    exact = np.float64(0.03) * 0.005 * quantization.sums[0][place]
    assert found[:-1].sum() == pytest.approx(exact, rel=1e-5)
    assert np.float32(found.sum()) == scene.output[place]
    assert found[-1] == pytest.approx(case.bias[9], rel=1e-4)


def test_the_largest_parts_their_gross_and_their_share() -> None:
    found = np.array([0.5, -2.0, 0.0, 1.0, -0.5])
    assert largest(found, 3) == [1, 3, 0]
    assert gross(found) == (1.5, -2.5)
    assert share(found, [1, 3]) == 75
    assert share(np.zeros(3), [0]) == 0


# Facts


def test_the_facts_of_a_layer() -> None:
    layer = channels.strided().scene().message()["layer"]
    assert layer is not None
    assert layer["summary"] == [
        "64 → 40 maps",
        "3×3",
        "stride 2",
        "SAME_UPPER: before 0, after 1",
        "6×6 out",
        "829 k multiply-adds",
    ]
    assert layer["dead"] == "dead: channel 23; maps 5, 7"
    assert (layer["deadChannels"], layer["deadMaps"]) == ([23], [5, 7])
    assert layer["int8"] == ""


def test_the_facts_name_the_layer_and_its_groups() -> None:
    case = channels.depthwise()
    layer = case.layer()
    layer.name = "block.conv"
    message = Scene.of(layer.network.evaluate(layer, {"x": case.data}, "cpu")).message()["layer"]
    assert message is not None
    assert message["name"] == "block.conv"
    assert "depthwise" in message["summary"]
    assert "padding 2" in message["summary"]
    groups = channels.grouped().scene().message()["layer"]
    assert groups is not None
    assert {"2 groups", "dilation 2×1", "before 1×0, after 0"} <= set(groups["summary"])


def test_the_map_in_which_int8_loses_most() -> None:
    case = channels.strided()
    case.kernel[11] *= 0.01  # of which so coarse a scale leaves little
    explorer = cv.explore(case.data, case.kernel, input_scale=0.03, kernel_scale=0.005)
    layer = explorer.scene.message()["layer"]
    assert layer is not None
    assert "in map 11" in layer["int8"]
    assert "%" in layer["int8"]


def test_values_that_int8_could_not_hold_are_marked_and_counted() -> None:
    case = channels.strided()
    explorer = cv.explore(
        case.data, case.kernel, input_scale=0.02, kernel_scale=0.005, padding_nd=(1, 1)
    )
    scene = explorer.scene
    steps = case.data[0] / np.float32(0.02)
    expected = {"saturated": np.rint(steps) > 127, "vanished": (np.rint(steps) == 0) & (steps != 0)}
    layer = scene.message()["layer"]
    assert layer is not None
    for name, words in (("saturated", "inputs saturate"), ("vanished", "become 0")):
        bits = np.frombuffer(base64.b64decode(layer[name]), np.uint8)
        found = np.unpackbits(bits)[: case.data.size].astype(bool)
        assert found.any()
        assert (found == expected[name].reshape(-1)).all()
        assert f"{found.sum()} {words}" in layer["int8"]
    part = Parts.at(scene, 0)
    integers = np.rint(case.kernel[0] / np.float32(0.005)).reshape(-1)
    assert [letter == "s" for letter in part.flags] == (np.abs(integers) > 127.5).tolist()
    assert part.flags.count("v") == (integers == 0).sum()
    assert part.buffers[5].decode() == part.flags
    plain = case.scene().message()["layer"]
    assert plain is not None
    assert plain["saturated"] == plain["vanished"] == ""


def test_the_spread_of_a_map_is_the_same_from_any_part_of_it(monkeypatch) -> None:
    scene = channels.strided().scene()
    whole = Parts.at(scene, 5 * 36).spread
    assert whole == pytest.approx(facts.part_spread(scene.run, 5), rel=1e-12)
    monkeypatch.setattr(parts, "MOST_SUMS", 2 * 64 * 6)
    part = Parts.at(scene, 5 * 36)
    assert len(part.rows) == 2
    assert part.spread == pytest.approx(whole, rel=1e-12)


# What is sent


@pytest.mark.parametrize(
    ("shape", "kernel", "view"),
    [
        ((1, 8, 5, 5), (4, 8, 3, 3), "cells"),
        ((1, 9, 5, 5), (4, 9, 3, 3), "channels"),
        ((1, 1, 9, 9), (17, 1, 3, 3), "channels"),
        ((1, 4, 90, 90), (4, 4, 3, 3), "images"),
    ],
)
def test_the_view_that_suits(shape: tuple[int, ...], kernel: tuple[int, ...], view: str) -> None:
    scene = Case(np.ones(shape, np.float32), np.ones(kernel, np.float32)).scene()
    assert scene.message()["view"] == view


def test_no_text_is_made_of_a_weight(scene: Scene) -> None:
    message = scene.message()
    assert message["kernelTexts"] == {"kernel": []}
    assert message["panels"] == []
    assert "kernel_texts" not in vars(scene)


def test_a_large_layer_is_sent_within_its_budget() -> None:
    scene = channels.huge()
    stage = Stage()
    stage.show(scene)
    text = len(json.dumps(stage.scene))
    assert text < MOST_TEXT
    values = sum(map(len, stage.values))
    block = Parts.at(scene, 0)
    sent = sum(map(len, block.buffers))
    assert len(block.buffers[0]) == 512 * 9 * 4
    assert len(block.rows) == 14
    assert text + values + sent < MOST_RECEIVED
    stage.close()


def test_a_block_is_bounded_however_large_the_map() -> None:
    for side in (14, 28, 56):
        block = Parts.at(channels.huge(128, side), 0)
        assert len(block.rows) * side * 128 <= parts.MOST_SUMS
        assert len(block.rows) >= 1


class Answers:
    """What a stage sends back."""

    def __init__(self, stage: Stage, monkeypatch) -> None:
        self.sent: list[tuple[dict, list]] = []
        monkeypatch.setattr(stage, "send", self.take)
        self.stage = stage

    def take(self, content: dict, buffers: list | None = None) -> None:
        self.sent.append((content, buffers or []))

    def ask(self, **message: object) -> tuple[dict, list]:
        self.stage._receive(self.stage, message, [])
        return self.sent[-1]


def test_a_stage_tells_what_each_channel_adds(monkeypatch) -> None:
    case = channels.strided()
    stage = cv.explore(case.data, case.kernel, case.bias).stage
    answers = Answers(stage, monkeypatch)
    scene = stage.shown
    assert scene is not None
    answer, (weights, sums, spread, *others) = answers.ask(parts=3 * 100 + 55, request="r")
    where = {"map": 3, "depth": 0, "row": 0, "rows": 10}
    nothing_else = {"outputs": (0, 0), "inputs": (0, 0), "inputDepth": 0}
    assert answer == {"request": "r", "parts": {**where, **nothing_else}}
    assert np.frombuffer(weights, "<f4").tolist() == case.kernel[3].reshape(-1).tolist()
    totals = np.frombuffer(sums, "<f4").reshape(10, 10, 64)
    assert (totals[..., -1] + case.bias[3] == scene.output[3]).all()
    varies = facts.part_spread(scene.run, 3).astype(np.float32)
    assert np.frombuffer(spread, "<f4") == pytest.approx(varies, rel=1e-6)
    assert others == [b"", b"", b"", b""], "outputs and inputs are there, int8 has done nothing"


@pytest.mark.parametrize("step", [40 * 100, 10**12, -1, True, "3", None])
def test_parts_of_no_output_are_refused(step: object, monkeypatch) -> None:
    case = channels.strided()
    stage = cv.explore(case.data, case.kernel, case.bias).stage
    answers = Answers(stage, monkeypatch)
    answer, _ = answers.ask(parts=step, request="r")
    assert answer["request"] == "r"
    assert answer["refused"].startswith("parts: ")
    assert stage.error == answer["refused"]


# Pages, drawings, films


def test_a_page_has_the_parts_around_its_step_and_stays_small() -> None:
    scene = channels.strided().scene()
    saved = with_saved_parts(scene.message(), scene, 7 * 36)["layer"]["saved"]
    assert [block["map"] for block in saved] == [*range(7, 40), *range(7)]
    large = channels.huge(256)
    message = with_saved_parts(large.message(), large, 17 * 196)
    saved = message["layer"]["saved"]
    assert [block["map"] for block in saved][:1] == [17]
    assert len(json.dumps(saved)) < 1_500_000
    assert len(page.document([large])) < 3_000_000


def test_other_scenes_have_no_parts() -> None:
    scene = Case(np.ones((1, 1, 4, 4), np.float32), np.ones((1, 1, 2, 2), np.float32)).scene()
    assert scene.message()["layer"] is None
    assert with_saved_parts(scene.message(), scene, 0) == scene.message()


def test_a_drawing_of_many_channels_is_a_page_large(scene: Scene) -> None:
    still = cv.draw(scene, step=scene.steps - 1)
    width, height = still.figure.get_size_inches()
    assert width < 12
    assert height < 7
    assert still.bytes("png")


def test_a_drawing_of_a_huge_layer_is_no_larger() -> None:
    width, height = cv.draw(channels.huge(256)).figure.get_size_inches()
    assert width < 12
    assert height < 7


def test_a_film_shows_each_step_as_a_still_does() -> None:
    from convviz.plot.rasterizer import Rasterizer

    scene = channels.volume().scene()
    film = cv.film(scene, steps=[0, 1, scene.steps // 2, scene.steps - 1])
    with Rasterizer.on(film.still) as rasterizer:
        frames = [rasterizer.frame(step).copy() for step in film.steps]
    for step, frame in zip(film.steps, frames, strict=True):
        with Rasterizer.on(cv.film(scene, steps=[step]).still) as alone:
            fresh = alone.frame(step)
        assert frame.shape == fresh.shape
        assert (np.abs(frame.astype(int) - fresh) > 40).mean() < 0.001
    assert len({frame.tobytes() for frame in frames}) == 4


def test_what_a_model_knows_of_its_layer_is_among_the_facts() -> None:
    case = channels.depthwise()
    layer = case.layer()
    layer.model_facts = ModelFacts((5, 5), (1, 1), (11, 13), rectified=True)
    case.data[:] = -np.abs(case.data)
    layer.kernel = np.abs(case.kernel)

    def message() -> dict:
        run = layer.network.evaluate(layer, {"x": case.data}, "cpu")
        return dict(Scene.of(run).message()["layer"] or {})

    assert "receptive field 11×13" in message()["summary"]
    assert message()["deadMaps"] == list(range(24)), "nothing is left of them after a ReLU"
    layer.dilation_nd = (2, 2)
    assert not any("receptive" in words for words in message()["summary"]), "no longer the model's"


def test_a_drawn_legend_has_the_colours_of_marked_pixels() -> None:
    case = channels.strided()
    explorer = cv.explore(case.data, case.kernel, input_scale=0.02, kernel_scale=0.005)
    still = cv.draw(explorer)
    fills = {
        matplotlib.colors.to_hex(patch.get_facecolor())
        for patch in still.figure.findobj(matplotlib.patches.PathPatch)
        if patch.get_facecolor()[3]
    }
    assert {palette.SATURATED, palette.VANISHED} <= fills


def test_the_legend_names_the_padding_of_windows_beside_mosaics(scene: Scene) -> None:
    kinds = [kind for kind, _ in scene.legend]
    padded = {
        side for axis in scene.geometry.axes for side in (axis.pre and "pre", axis.post and "post")
    }
    assert {*kinds} == {side for side in padded if side}
