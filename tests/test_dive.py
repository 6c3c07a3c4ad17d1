"""The dive: its numbers are the scene's, and what moves moves without a leap, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import Case, cases, reference
from test_browser_modules import Node

import convviz as cv
from convviz.errors import ArgumentError
from convviz.geometry import Kind
from convviz.scene import choreography, decimals, timeline
from convviz.scene.dive import Dive, telling_pixel
from convviz.scene.scene import Scene
from convviz.scene.subject import scene_of
from convviz.scene.timeline import STAGES, Actor, between, stage_at
from convviz.widget.page import document

PHOTOGRAPH, COLOURS = cv.examples.photograph(), cv.examples.photograph(colour=True)
MEAN = np.full((1, 3, 3, 3), 1 / 27, np.float32)


def photographs() -> dict[str, Scene]:
    """Dives of every kind: by numbers of planes, borders, gaps, types."""
    rng = np.random.default_rng(0)
    many = rng.standard_normal((1, 64, 90, 80)).astype(np.float32)
    weights = rng.standard_normal((4, 64, 3, 3)).astype(np.float32)
    return {
        "edges": scene_of(PHOTOGRAPH, cv.examples.edges()),
        "colours": scene_of(COLOURS, MEAN, np.array([5], np.float32)),
        "depthwise": scene_of(COLOURS, np.ones((3, 1, 3, 3), np.float32), num_groups=3),
        "dilated": scene_of(PHOTOGRAPH, cv.examples.sharpen(), dilation_nd=(3, 4)),
        "padded": scene_of(PHOTOGRAPH, cv.examples.blur(5), padding_nd=(2, 2), stride_nd=(2, 3)),
        "large": scene_of(PHOTOGRAPH, cv.examples.blur(11)),
        "int8": scene_of(PHOTOGRAPH, cv.examples.edges(), input_scale=2, kernel_scale=0.1),
        "model": scene_of(many, weights, padding_nd=(1, 1)),
        "model with bias": scene_of(many, weights, np.arange(4, dtype=np.float32)),
        "digits": reference(padding_nd=(1, 1)).scene(),
        "volume": scene_of(cv.examples.sphere(9), cv.examples.edges_3d(), pre_padding=(1, 1, 1)),
        "signal": scene_of(cv.examples.impulse(), np.array([[[1, 2, 1]]], np.float32)),
    }


SCENES = photographs()


def pixels_of(scene: Scene) -> st.SearchStrategy[tuple[int, ...]]:
    return st.tuples(*(st.integers(0, axis.size - 1) for axis in scene.geometry.axes))


# The numbers


@settings(max_examples=60)
@given(case=cases(), data=st.data())
def test_every_number_on_the_way_is_the_scenes(case: Case, data: st.DataObject) -> None:
    scene = case.scene()
    output_map = data.draw(st.integers(0, scene.geometry.maps - 1))
    dive = Dive.of(scene, data.draw(pixels_of(scene)), output_map)
    step = dive.step
    assert step.output_map == output_map
    planes = dive.planes
    assert [text for plane in planes for text in plane.values] == [p.value for p in step.products]
    assert [text for plane in planes for text in plane.weights] == step.weights("kernel")
    total = dive.partial_sums[-1]
    with np.errstate(all="ignore"):
        output = total if scene.bias is None else total + scene.bias[output_map]
    np.testing.assert_array_equal(output, scene.output.reshape(-1)[step.index])
    assert dive.sum_after(-1) == decimals.text(total)
    sums = [actor.text for actor in choreography.actors(dive) if actor.name == "sum"]
    assert sums == [step.result]


@pytest.mark.parametrize("name", SCENES)
def test_what_is_shown_at_each_stage_is_the_scenes(name: str) -> None:
    scene = SCENES[name]
    dive = Dive.of(scene)
    shown = [dive.planes[n] for n in dive.shown]
    for stage, actor, texts in (
        ("numbers", "value", [t for plane in shown for t in plane.values]),
        ("weights", "weight", [f"×{t}" for plane in shown for t in plane.weights]),
        ("sum", "sum", [dive.step.result]),
        ("grey", "grey", [dive.step.result]),
    ):
        assert sorted(texts_at(dive, actor, STAGES[stage][1])) == sorted(texts), stage
    assert sorted(texts_at(dive, "product", 7.6)) == sorted(t for p in shown for t in p.products)
    assert texts_at(dive, "partial sum", 9.18)[-1:] == (
        [] if len(dive.planes) > 1 else [dive.sum_after(-1)]
    )
    ends = np.add.reduceat(dive.products.reshape(-1), range(0, dive.window.size, shown_size(dive)))
    parts = [float(plane.subtotal) for plane in dive.planes]
    np.testing.assert_allclose(parts, ends, rtol=1e-3, atol=1e-2)


def shown_size(dive: Dive) -> int:
    return len(dive.planes[0].taps)


def texts_at(dive: Dive, name: str, second: float) -> list[str]:
    return [
        a.text for a in choreography.actors(dive) if a.name == name and a.text and opaque(a, second)
    ]


def opaque(actor: Actor, second: float) -> bool:
    return between(actor.keys, second)[1] > 0.99


@pytest.mark.parametrize("name", SCENES)
def test_the_pictures_are_the_scenes_values(name: str) -> None:
    scene = SCENES[name]
    dive = Dive.of(scene)
    low, high = scene.value_ranges["output"]
    *_, row, column = dive.step.position
    value = scene.output.reshape(-1)[dive.step.index]
    expected = np.clip((float(value) - low) / ((high - low) or 1), 0, 1) * 255
    assert abs(int(dive.output_pixels[row, column, 0]) - expected) <= 0.5
    [grey] = [actor for actor in choreography.actors(dive) if actor.name == "grey"]
    assert grey.paint == f"#{dive.output_pixels[row, column, 0]:02x}" + 2 * (
        f"{dive.output_pixels[row, column, 0]:02x}"
    )
    assert dive.input_pixels.shape[2] == (3 if scene.geometry.channels == 3 else 1)


@settings(max_examples=60)
@given(case=cases(), data=st.data())
def test_the_window_stands_around_the_pixel(case: Case, data: st.DataObject) -> None:
    """No other output has the middle of its window nearer to it."""
    scene = case.scene()
    pixel = data.draw(pixels_of(scene))
    position = Dive.of(scene, pixel).step.position
    for axis, index, output in zip(scene.geometry.axes, pixel, position, strict=True):
        distances = [abs((row[0] + row[-1]) / 2 - index) for row in axis.table]
        assert distances[output] == min(distances)


def test_a_telling_pixel_is_where_neighbours_differ() -> None:
    step_edge = np.zeros((1, 1, 20, 30), np.float32)
    step_edge[..., 17:] = 9
    row, column = telling_pixel(scene_of(step_edge, np.ones((3, 3), np.float32)))
    assert column in (16, 17)
    assert row in (9, 10)
    even = scene_of(np.ones((1, 1, 5, 7), np.float32), np.ones((3, 3), np.float32))
    assert telling_pixel(even) == (2, 3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"at": (300, 0)}, "at: got (300, 0)"),
        ({"at": (1, 2, 3)}, "at: got (1, 2, 3)"),
        ({"at": "middle"}, "at: got 'middle'"),
        ({"at": (0.5, 1)}, "at: got (0.5, 1)"),
        ({"output_map": 1}, "output_map: got 1"),
        ({"item": 1}, "item: got 1"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        cv.dive(PHOTOGRAPH, cv.examples.edges(), **options)
    assert str(refusal.value).startswith(words)


def test_a_kernel_whose_weights_cannot_be_told_apart_is_refused() -> None:
    with pytest.raises(ArgumentError, match="kernel_size_nd: got 33×32"):
        cv.dive(PHOTOGRAPH, np.ones((33, 32), np.float32))


# Layers of many channels


@settings(max_examples=60)
@given(case=cases(), data=st.data())
def test_any_channel_that_the_map_reads_can_be_shown_and_no_other(
    case: Case, data: st.DataObject
) -> None:
    scene = case.scene()
    g = scene.geometry
    output_map = data.draw(st.integers(0, g.maps - 1))
    read = g.channels_of(output_map)
    channel = data.draw(st.integers(-1, g.channels))
    if channel not in read:
        with pytest.raises(ArgumentError, match=f"channel: got {channel}; allowed: "):
            Dive.of(scene, output_map=output_map, channel=channel)
        return
    dive = Dive.of(scene, output_map=output_map, channel=channel)
    [shown] = dive.shown
    plane = dive.planes[shown]
    assert plane.channel == channel
    own = [float(each.sum()) for each in parts_of(dive, channel)]
    assert abs(float(part(dive, shown).sum())) == pytest.approx(max(map(abs, own)))
    rest = [tap.channel for tap in dive.step.taps if tap not in plane.taps]
    assert (dive.others is None) == (not rest)
    if dive.others is not None:
        total = float(dive.partial_sums[-1])
        others = float(dive.products.sum()) - float(part(dive, shown).sum())
        assert float(dive.others) == pytest.approx(others, rel=1e-3, abs=1e-3 * abs(total) + 1e-2)
        assert f"Channel {channel} is shown" in dive.words["numbers"]
    assert dive.choice == (None if len(read) == 1 else (read[0], read[-1]))


def part(dive: Dive, number: int) -> np.ndarray:
    return dive.products.reshape(len(dive.planes), -1)[number]


def parts_of(dive: Dive, channel: int) -> list[np.ndarray]:
    return [part(dive, plane.number) for plane in dive.planes if plane.channel == channel]


def test_by_default_the_channel_that_adds_most_is_shown_and_others_can_be_chosen() -> None:
    dive = Dive.of(SCENES["model"])
    ends = dive.products.reshape(64, -1).sum(axis=-1)
    assert dive.main.channel == np.argmax(np.abs(ends))
    assert dive.choice == (0, 63)
    assert Dive.of(SCENES["colours"]).choice is None, "all three are shown"
    message = choreography.message(dive)
    assert (message["channel"], message["channels"]) == (dive.main.channel, (0, 63))


def test_a_layer_of_hundreds_of_channels_and_a_large_kernel_can_be_dived_into() -> None:
    rng = np.random.default_rng(1)
    many = rng.standard_normal((1, 512, 14, 14)).astype(np.float32)
    layer = scene_of(many, rng.standard_normal((512, 512, 3, 3)).astype(np.float32))
    dive = Dive.of(layer, (3, 5), 500, 17)
    cells = [a for a in choreography.actors(dive) if a.name == "value" and a.text]
    assert [float(cell.text) for cell in cells] == pytest.approx(
        many[0, 17, 2:5, 4:7].reshape(-1), rel=1e-3
    )
    assert float(dive.sum_after(-1)) == pytest.approx(layer.output[500, 2, 4], rel=1e-5)
    patches = scene_of(PHOTOGRAPH, rng.standard_normal((16, 16)).astype(np.float32))
    weights = [a for a in choreography.actors(Dive.of(patches)) if a.name == "weight" and a.paint]
    assert len(weights) == 256
    assert len({weight.paint for weight in weights}) > 100, "told apart by sign and size"


# What moves


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    node = Node(tmp_path_factory.mktemp("dive"), "dive_notebook")
    yield node
    node.close()


@pytest.mark.parametrize("name", SCENES)
def test_the_browser_and_python_agree_on_every_place(node: Node, name: str) -> None:
    message = choreography.message(Dive.of(SCENES[name]))
    seconds = [round(0.37 * n, 2) for n in range(-1, 34)]
    found = node(
        "(actors, seconds) => actors.map(({ keys }) => seconds.map((s) => placeAt(keys, s)))",
        message["actors"],
        seconds,
    )
    for actor, places in zip(message["actors"], found, strict=True):
        for second, place in zip(seconds, places, strict=True):
            box, shown = between(actor["keys"], second)
            expected = {**box._asdict(), "shown": shown}
            assert place == pytest.approx(expected, rel=1e-9, abs=1e-6)
    stages = node("(stages, at) => at.map((s) => stageAt(stages, s))", message["stages"], seconds)
    assert [list(STAGES)[n] for n in stages] == [stage_at(s) for s in seconds]


@pytest.mark.parametrize("name", SCENES)
def test_nothing_leaps_and_every_zoom_goes_one_way(name: str) -> None:
    for actor in choreography.actors(Dive.of(SCENES[name])):
        times = [key[0] for key in actor.keys]
        assert times == sorted(set(times)), actor.name
        for first, last in zip(actor.keys, actor.keys[1:], strict=False):
            if not (first[5] or last[5]):
                continue
            moments = np.linspace(first[0], last[0], 41)
            places = [between(actor.keys, moment) for moment in moments]
            widths = np.array([box.width for box, _ in places])
            assert (np.diff(widths) * np.sign(last[3] - first[3]) >= -1e-9).all()
            ratios = widths[1:] / widths[:-1]
            assert np.abs(np.log(ratios)).max() <= 0.3, actor.name
            ends = [between(actor.keys, last[0] - 1e-9), between(actor.keys, last[0])]
            assert ends[0][0] == pytest.approx(ends[1][0], rel=1e-5, abs=1e-3)
            assert ends[0][1] == pytest.approx(ends[1][1], abs=1e-5)


@pytest.mark.parametrize("name", SCENES)
def test_the_frame_stays_on_the_pixels_that_it_frames(name: str) -> None:
    dive = Dive.of(SCENES[name])
    actors = choreography.actors(dive)
    [picture] = [a for a in actors if a.kind == "picture" and a.name == "input"]
    [frame] = [a for a in actors if a.name == "window"]
    sizes = dive.pictures["input"]
    *_, top, left = dive.main.taps[0].cell
    for second in np.arange(1.7, 4.2, 0.1):
        whole, window = between(picture.keys, second)[0], between(frame.keys, second)[0]
        pixel = whole.width / sizes["width"]
        assert window.x == pytest.approx(whole.x + left * pixel, abs=1e-6 * whole.width)
        assert window.y == pytest.approx(whole.y + top * pixel, abs=1e-6 * whole.width)


@pytest.mark.parametrize("name", SCENES)
def test_what_has_come_to_rest_is_on_the_stage_and_apart(name: str) -> None:
    dive = Dive.of(SCENES[name])
    for stage, cells in (("numbers", "value"), ("weights", "weight")):
        moment = STAGES[stage][1]
        boxes = [
            between(a.keys, moment)[0]
            for a in choreography.actors(dive)
            if a.name == cells and a.kind == "cell" and opaque(a, moment)
        ]
        assert boxes
        for n, box in enumerate(boxes):
            assert box.x >= 0
            assert box.y >= 0
            assert box.x + box.width <= timeline.WIDTH
            assert box.y + box.height <= timeline.HEIGHT
            for other in boxes[:n]:
                apart_across = abs(box.middle[0] - other.middle[0]) >= box.width
                assert apart_across or abs(box.middle[1] - other.middle[1]) >= box.height


@pytest.mark.parametrize("name", SCENES)
def test_it_begins_and_ends_with_a_whole_picture(name: str) -> None:
    dive = Dive.of(SCENES[name])
    for second, tensor in ((0, "input"), (STAGES["output"][1], "output")):
        shown = [a for a in choreography.actors(dive) if opaque(a, second) and a.kind == "picture"]
        assert tensor in {actor.name for actor in shown}


@pytest.mark.parametrize("name", SCENES)
def test_a_mark_shows_the_output_s_grey_among_all_greys(name: str) -> None:
    dive, moment = Dive.of(SCENES[name]), STAGES["grey"][1]
    shown = [a for a in choreography.actors(dive) if opaque(a, moment)]
    ramp = [between(a.keys, moment)[0] for a in shown if (a.name, a.kind) == ("ramp", "cell")]
    [mark] = [between(a.keys, moment)[0] for a in shown if a.name == "mark"]
    assert len(ramp) == choreography.RAMP
    assert {box.middle[1] for box in ramp} == {mark.middle[1]}
    width = ramp[-1].x + ramp[-1].width - ramp[0].x
    place = (mark.middle[0] - ramp[0].x) / width
    assert place == pytest.approx(dive.output_shade / 255, abs=1 / 100)


@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_pixels_between_which_others_are_not_read_have_frames_of_their_own(dilation: int) -> None:
    data = np.arange(100, dtype=np.float32).reshape(10, 10)
    dive = Dive.of(scene_of(data, np.ones((3, 3)), dilation_nd=(1, dilation)))
    frames = [actor for actor in choreography.actors(dive) if actor.name == "read"]
    assert len(frames) == (9 if dilation > 1 else 0)


@pytest.mark.parametrize("name", SCENES)
def test_what_is_added_stands_around_the_total_and_the_sum_in_the_middle(name: str) -> None:
    dive = Dive.of(SCENES[name])
    actors = choreography.actors(dive)
    terms = [
        between(actor.keys, 8.9)[0]
        for actor in actors
        if actor.name in ("term", "subtotal") and opaque(actor, 8.9)
    ]
    for n, box in enumerate(terms):
        for other in terms[:n]:
            across = abs(box.middle[0] - other.middle[0])
            down = abs(box.middle[1] - other.middle[1])
            wide, high = (box.width + other.width) / 2, (box.height + other.height) / 2
            assert across >= wide - 1e-6 or down >= high - 1e-6
    [total] = [actor for actor in actors if actor.name == "sum"]
    middle = between(total.keys, STAGES["sum"][1])[0].middle
    assert middle == pytest.approx((timeline.WIDTH / 2, timeline.HEIGHT / 2))


def test_zero_has_no_sign() -> None:
    dive = Dive.of(scene_of(np.zeros((1, 1, 4, 4), np.float32), -np.ones((3, 3), np.float32)))
    assert set(dive.planes[0].products) == {"0"}


def test_padding_is_told_and_shown_as_padding() -> None:
    dive = Dive.of(SCENES["padded"], (0, 0))
    zeros = [tap for tap in dive.planes[0].taps if tap.kind is not Kind.DATA]
    actors = choreography.actors(dive)
    assert len([a for a in actors if a.name == "padding"]) == len(zeros) > 0
    assert len([a for a in actors if a.name == "value" and a.padding]) == len(zeros)
    assert f"{len(zeros)} of them are padding" in dive.words["pixels"]
    assert "rows −2 to 2" in dive.words["pixels"]


# The widget


def test_a_chosen_pixel_is_answered_once_and_a_bad_one_refused() -> None:
    widget = cv.dive(PHOTOGRAPH.copy(), cv.examples.edges(), at=(10, 20))
    sent: list[dict[str, object]] = []
    widget.send = lambda content, buffers=None: sent.append(content)
    before = widget.dive
    widget._receive(widget, {"request": "1", "pixel": [100, 50]}, [])
    assert sent == [{"request": "1"}]
    assert widget.dive["pixel"] == [100, 50]
    assert widget.shown.step.position == (99, 49)
    good = widget.dive
    for bad in ([300, 0], [1], "x", [True, 1], [0.5, 1], None):
        widget._receive(widget, {"request": "2", "pixel": bad}, [])
        assert widget.error
        assert sent[-1]["request"] == "2"
        assert sent[-1]["refused"] == widget.error
        assert widget.dive == good != before
    widget._receive(widget, {"request": "3", "control": "stride_nd height", "text": "2"}, [])
    assert str(sent[-1]["refused"]).startswith("message: got")
    widget._receive(widget, {"ping": "p"}, [])
    assert sent[-1] == {"pong": "p"}
    widget._receive(widget, {"request": "4", "pixel": [10, 20]}, [])
    assert widget.error == ""
    assert widget.dive == before


def test_a_chosen_channel_is_shown_and_another_pixel_forgets_it() -> None:
    widget = cv.dive(SCENES["model"], at=(40, 30), channel=5)
    sent: list[dict[str, object]] = []
    widget.send = lambda content, buffers=None: sent.append(content)
    assert widget.dive["channel"] == 5
    widget._receive(widget, {"request": "1", "pixel": [40, 30], "channel": 63}, [])
    assert (widget.dive["channel"], sent[-1]) == (63, {"request": "1"})
    for bad in (64, -1, True, "x"):
        widget._receive(widget, {"request": "2", "pixel": [40, 30], "channel": bad}, [])
        assert str(sent[-1]["refused"]).startswith("channel: got")
        assert widget.dive["channel"] == 63
    widget._receive(widget, {"request": "3", "pixel": [40, 31]}, [])
    assert widget.dive["channel"] == Dive.of(SCENES["model"], (40, 31)).main.channel


@pytest.mark.parametrize(
    ("form", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("html", b"<!doctype html>")]
)
def test_a_file_is_sent_to_whoever_asks_for_it(form: str, start: bytes) -> None:
    widget = cv.dive(reference().scene())
    sent: list[tuple[dict[str, object], list[bytes]]] = []
    widget.send = lambda content, buffers=None: sent.append((content, buffers))
    widget._receive(widget, {"request": "1", "save": form, "step": 0, "theme": "dark"}, [])
    [(reply, [file])] = sent
    assert reply == {"request": "1", "name": f"dive.{form}"}
    assert file.startswith(start)
    widget._receive(widget, {"request": "2", "save": "bmp", "step": 0, "theme": "dark"}, [])
    assert "form: got 'bmp'" in str(sent[-1][0]["refused"])


def test_the_data_are_the_dives_own() -> None:
    data = PHOTOGRAPH.copy()
    widget = cv.dive(data, cv.examples.edges(), at=(10, 20))
    expected = widget.dive
    data[...] = 0
    widget._receive(widget, {"request": "1", "pixel": [10, 20]}, [])
    assert widget.dive == expected


def test_an_explorer_a_layer_and_a_scene_can_be_dived_into() -> None:
    case = reference()
    explorer = cv.explore(case.layer(), case.data)
    told = [
        cv.dive(subject, at=(2, 3)).dive for subject in (explorer, explorer.scene, explorer.layer)
    ]
    assert told[0] == told[1] == told[2]
    assert cv.dive(case.layer(), case.data, at=(2, 3)).dive == told[0]


def test_a_page_holds_dives_among_scenes_and_words() -> None:
    case = reference()
    text = document([cv.dive(PHOTOGRAPH, cv.examples.edges()), "words", (case.layer(), case.data)])
    assert text.count("data-scene=") == 2
    assert text.count('"module":"dive"') == 1
