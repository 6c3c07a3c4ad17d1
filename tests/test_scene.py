"""What a scene says there is to see, held to geometry and to the numbers themselves."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scenes import DIGITS, POWERS, Case, cases, reference

from convviz.errors import ArgumentError
from convviz.geometry import AXIS_NAMES, Kind
from convviz.network.build import build_layer
from convviz.parameters import PaddingMode
from convviz.scene import decimals, palette
from convviz.scene import scene as scene_module
from convviz.scene.images import MOST_IMAGES
from convviz.scene.int8 import KEPT
from convviz.scene.panels import Panel
from convviz.scene.running import MOST_SUMS
from convviz.scene.scene import Scene

KINDS = {"d": "data", "<": "pre", ">": "post", "+": "beyond", ".": "gap"}


def panels(scene: Scene, tensor: str) -> list[Panel]:
    return [panel for panel in scene.panels if panel.tensor == tensor]


def at(panel: Panel, row: float, column: float) -> tuple[int, ...]:
    """The spatial indices of a cell, with the panel's depth where there is one."""
    return (row, column) if panel.depth is None else (panel.depth, row, column)


# Panels


@given(cases())
def test_the_input_panels_show_every_cell_there_is_once(case: Case) -> None:
    scene = case.scene()
    shown = [
        (panel.channel, *at(panel, cell.row, cell.column))
        for panel in panels(scene, "input")
        for cell in panel.cells
    ]
    axes = scene.geometry.axes
    everything = itertools.product(
        range(scene.geometry.channels), *(list(axis.cells) for axis in axes)
    )
    assert shown == list(everything)


@given(cases())
def test_input_cells_have_the_kinds_reads_and_values_of_geometry(case: Case) -> None:
    scene = case.scene()
    for panel in panels(scene, "input"):
        for cell, reads in zip(panel.cells, panel.reads, strict=True):
            place = at(panel, cell.row, cell.column)
            assert cell.kind is scene.geometry.kind(place)
            assert reads == scene.geometry.reads(place)
            assert cell.unread == (reads == 0)
            data = cell.kind is Kind.DATA
            value = case.data[(0, panel.channel, *place)] if data else np.float32(0)
            assert float(cell.text) == float(decimals.text(value))


@given(cases())
def test_the_kernel_panels_show_the_weights_and_the_gaps_between_them(case: Case) -> None:
    scene = case.scene()
    texts = decimals.weight_texts(case.kernel)
    shown = []
    *_, height, width = scene.geometry.axes
    for panel in panels(scene, "kernel"):
        assert len(panel.rows) == height.effective_kernel
        assert len(panel.columns) == width.effective_kernel
        for cell in panel.cells:
            whole = cell.row == int(cell.row) and cell.column == int(cell.column)
            assert cell.kind is (Kind.DATA if whole else Kind.GAP)
            assert (cell.text == "") == (not whole)
            if whole:
                place = at(panel, int(cell.row), int(cell.column))
                shown.append(((panel.channel, *place), cell.text))
    places = list(np.ndindex(*case.kernel.shape[1:]))
    assert [place for place, _ in shown] == places
    assert [text for _, text in shown] == texts[: len(places)]


@given(cases())
def test_the_weights_of_every_map_go_along_in_memory_order(case: Case) -> None:
    texts = case.scene().kernel_texts["kernel"]
    assert list(itertools.chain(*texts)) == decimals.weight_texts(case.kernel)
    assert {len(row) for row in texts} == {math.prod(case.kernel.shape[1:])}


@given(cases())
def test_the_output_panels_show_the_computed_values(case: Case) -> None:
    scene = case.scene()
    output = case.run().output[0]
    shown = {
        (panel.channel, *at(panel, cell.row, cell.column)): cell.text
        for panel in panels(scene, "output")
        for cell in panel.cells
    }
    assert list(shown) == list(np.ndindex(*output.shape))
    for place, text in shown.items():
        assert float(text) == float(decimals.text(output[place]))


@given(cases())
def test_groups_share_a_band_from_their_channels_to_their_maps(case: Case) -> None:
    scene = case.scene()
    geometry = scene.geometry
    band = {(panel.tensor, panel.channel): panel.group for panel in scene.panels}
    for output_map in range(geometry.maps):
        mine = band["output", output_map]
        assert (mine is None) == (geometry.groups == 1)
        for channel in range(geometry.channels):
            same = channel in geometry.channels_of(output_map)
            assert (band["input", channel] == mine) == same or geometry.groups == 1


def test_panels_are_named_by_channel_map_and_depth() -> None:
    flat = Case(np.ones((1, 2, 3, 3), np.float32), np.ones((3, 2, 2, 2), np.float32)).scene()
    assert [panel.title for panel in panels(flat, "input")] == ["channel 0", "channel 1"]
    assert [panel.title for panel in panels(flat, "output")] == ["map 0", "map 1", "map 2"]
    deep = Case(np.ones((1, 1, 2, 3, 3), np.float32), np.ones((1, 1, 2, 2, 2), np.float32)).scene()
    assert [panel.title for panel in panels(deep, "input")] == ["depth 0", "depth 1"]
    assert [panel.title for panel in panels(reference().scene(), "input")] == [""]


# Steps


@given(cases())
def test_steps_are_the_output_elements_in_memory_order_with_geometrys_taps(case: Case) -> None:
    scene = case.scene()
    places = list(np.ndindex(*case.run().output[0].shape))
    assert scene.steps == len(places)
    for index, (output_map, *position) in enumerate(places):
        step = scene.step(index)
        assert (step.index, step.output_map, list(step.position)) == (index, output_map, position)
        assert list(step.taps) == list(scene.geometry.taps(output_map, position))


@pytest.mark.parametrize("index", [-1, 28])
def test_a_step_that_is_not_there_is_refused(index: int) -> None:
    with pytest.raises(ArgumentError) as refusal:
        reference().scene().step(index)
    assert (refusal.value.parameter, refusal.value.allowed) == ("step", "0 to 27")


def composed(message: dict, index: int) -> list[tuple[int, tuple[int, ...], tuple[int, ...]]]:
    """The taps (channel, offset, cell) that a renderer makes of the message's tables."""
    axes = message["axes"]
    output_map, *position = np.unravel_index(
        index, (message["maps"], *(axis["output"] for axis in axes))
    )
    rows = [axis["table"][place] for axis, place in zip(axes, position, strict=True)]
    first = message["firstChannel"][output_map]
    return [
        (channel, offset, tuple(row[i] for row, i in zip(rows, offset, strict=True)))
        for channel in range(first, first + message["groupChannels"])
        for offset in itertools.product(*(range(len(row)) for row in rows))
    ]


@given(cases())
def test_the_message_is_json_from_which_a_renderer_composes_the_same_taps(case: Case) -> None:
    scene = case.scene()
    message = json.loads(json.dumps(scene.message(), allow_nan=False))
    assert message["steps"] == scene.steps
    for index in range(scene.steps):
        taps = [(tap.channel, tap.weight[1:], tap.cell) for tap in scene.step(index).taps]
        assert composed(message, index) == taps


@given(cases())
def test_the_message_has_the_panels_cell_by_cell(case: Case) -> None:
    scene = case.scene()
    message = json.loads(json.dumps(scene.message()))
    assert len(message["panels"]) == len(scene.panels)
    for sent, panel in zip(message["panels"], scene.panels, strict=True):
        cells = list(panel.cells)
        assert [KINDS[letter] for letter in sent["kinds"]] == [cell.kind for cell in cells]
        assert sent["texts"] == [cell.text for cell in cells]
        places = list(itertools.product(sent["rows"], sent["columns"]))
        assert places == [(cell.row, cell.column) for cell in cells]
        same = ("tensor", "channel", "depth", "group", "title")
        assert {name: sent[name] for name in same} == {name: getattr(panel, name) for name in same}


# Captions


def evaluate(formula: str) -> int:
    """The value of a formula as it is written."""
    python = formula.replace("−", "-").replace("·", "*")
    python = re.sub(r"⌊(.*?)⌋", r"math.floor(\1)", python)
    python = re.sub(r"⌈(.*?)⌉", r"math.ceil(\1)", python)
    python = re.sub(r"(\d+)", r"Fraction(\1)", python)
    return eval(python, {"math": math, "Fraction": Fraction})


@given(cases())
def test_the_size_formulas_come_to_the_output_sizes(case: Case) -> None:
    scene = case.scene()
    axes = scene.geometry.axes
    lines = scene.formulas[: len(axes)]
    for axis, line in zip(axes, lines, strict=True):
        name, formula = line.split(": ")
        left, right = formula.rsplit(" = ", 1)
        assert name == axis.name
        assert evaluate(left) == int(right) == axis.output


@given(cases())
def test_the_padding_formulas_come_to_the_zeros_of_the_same_modes(case: Case) -> None:
    scene = case.scene()
    axes = scene.geometry.axes
    lines = scene.formulas[len(axes) :]
    assert bool(lines) == scene.mode.is_same
    for axis, line in zip(axes, lines, strict=scene.mode.is_same):
        left, total, before, after = re.fullmatch(
            r"\w+: P = (.+) = (−?-?\d+)(?:, taken as 0)? → (\d+) before, (\d+) after", line
        ).groups()
        assert evaluate(left) == int(total.replace("−", "-"))
        assert max(0, evaluate(left)) == int(before) + int(after)
        assert (int(before), int(after)) == (axis.pre, axis.post)


@pytest.mark.parametrize("mode", PaddingMode)
def test_the_size_formula_uses_dilation_and_explicit_padding(mode: PaddingMode) -> None:
    scene = reference(
        stride_nd=(2, 3), dilation_nd=(2, 1), pre_padding=(1, 2), padding_mode=mode
    ).scene()
    for axis, line in zip(scene.geometry.axes, scene.formulas, strict=False):
        assert re.search(rf"\b{axis.size}\b", line)
        assert evaluate(line.split(": ")[1].rsplit(" = ", 1)[0]) == axis.output
    if not mode.is_same:
        assert "(1 + 2·(3 − 1))" in scene.formulas[0]
        assert "1 + 2·" not in scene.formulas[1]


def test_the_titles_name_the_shapes() -> None:
    assert reference().scene().titles == {
        "input": "input 1×1×6×9",
        "kernel": "kernel 1×1×3×3",
        "output": "output 1×1×4×7",
    }


@given(cases())
def test_the_titles_name_the_padded_size_where_there_is_padding(case: Case) -> None:
    scene = case.scene()
    sizes = [len(axis.cells) for axis in scene.geometry.axes]
    padded = "×".join(map(str, sizes)) + " padded"
    is_padded = any(len(axis.cells) != axis.size for axis in scene.geometry.axes)
    assert scene.titles["input"].endswith(padded) == is_padded
    assert {axis.name for axis in scene.geometry.axes} <= set(AXIS_NAMES)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 µs"), (5e-6, "5 µs"), (0.0123, "12.3 ms"), (1.5, "1.5 s")],
)
def test_the_duration_is_a_readable_number(seconds: float, words: str) -> None:
    run = dataclasses.replace(reference().run(), clock=lambda: seconds)
    scene = Scene.of(run)
    assert scene.duration == words


# The digits that spell the window


def spelt(text: str, exponent: int) -> str:
    """The digit of a decimal that stands for this power of ten; "0" where nothing is written."""
    whole, _, fraction = text.removeprefix("-").partition(".")
    if exponent >= 0:
        return whole[::-1][exponent : exponent + 1] or "0"
    return fraction[-exponent - 1 : -exponent] or "0"


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"stride_nd": (2, 3)},
        {"padding_nd": (1, 2)},
        {"dilation_nd": (2, 2), "padding_mode": "SAME_LOWER"},
        {"stride_nd": (2, 2), "padding_mode": "EXPLICIT_ROUND_UP"},
    ],
    ids=str,
)
def test_the_digits_of_the_exact_decimal_spell_the_window(parameters: dict) -> None:
    scene = reference(**parameters).scene()
    (digits,) = scene.digits
    assert sorted(digits.values()) == list(range(9))
    for index in range(scene.steps):
        taps = scene.step(index).taps
        values = [
            int(DIGITS[(0, tap.channel, *tap.cell)]) if tap.kind is Kind.DATA else 0 for tap in taps
        ]
        for exponent, tap in digits.items():
            assert spelt(scene.exact[index], exponent) == str(values[tap])


def test_each_map_of_a_group_spells_its_own_window() -> None:
    both = np.concatenate([DIGITS, DIGITS], 1)
    scene = Case(both, np.concatenate([POWERS, -POWERS]), parameters={"num_groups": 2}).scene()
    assert len(scene.digits) == 2
    last = scene.exact[scene.steps - 1]
    assert [spelt(last, e) for e in range(4, -5, -1)] == list("123456789")
    assert last.startswith("-")


@pytest.mark.parametrize(
    "case",
    [
        Case(DIGITS * 10, POWERS),
        Case(DIGITS + np.float32(0.5), POWERS),
        Case(-DIGITS, POWERS),
        Case(DIGITS, np.ones_like(POWERS)),
        Case(DIGITS, POWERS * 2),
        Case(DIGITS, POWERS, np.ones(1, np.float32)),
        Case(DIGITS, POWERS * np.where(np.arange(9) % 2, -1, 1).reshape(1, 1, 3, 3)),
        Case(DIGITS, POWERS * 1e-5 * np.where(np.arange(9) % 2, 1, -1).reshape(1, 1, 3, 3)),
    ],
    ids=[
        *("two digits", "halves", "negative", "same power", "no powers", "bias", "both signs"),
        "both signs, small",
    ],
)
def test_digits_that_do_not_spell_the_window_are_not_said_to(case: Case) -> None:
    case.data, case.kernel = np.float32(case.data), np.float32(case.kernel)
    assert case.scene().digits is None


def test_a_bias_of_zeros_does_not_spoil_the_digits() -> None:
    assert Case(DIGITS, POWERS, np.zeros(1, np.float32)).scene().digits is not None


def test_every_weight_of_a_small_kernel_has_a_class_of_its_own() -> None:
    assert len(set(reference().scene().weight_classes)) == 9
    for size, classes in ((5, 25), (6, 1)):
        kernel = np.ones((1, 1, size, size), np.float32)
        case = Case(np.ones((1, 1, 8, 8), np.float32), kernel)
        found = case.scene().weight_classes
        assert (len(found), len(set(found))) == (size * size, classes)
        assert all(f".{name} " in palette.style_sheet() for name in found)


# Running sums, what a reader should not miss, int8


@given(cases(most=4))
def test_running_sums_end_in_the_output_less_its_bias(case: Case) -> None:
    case.bias = None
    scene = case.scene()
    assume(scene.steps * scene.geometry.tap_count <= MOST_SUMS)  # more would make a slider wait
    assert [sums[-1] for sums in scene.running["exact"]] == scene.exact
    last = [float(sums[-1]) for sums in scene.running["float32"]]
    assert last == [float(decimals.text(value)) for value in scene.output.reshape(-1)]
    assert {len(sums) for sums in scene.running["float32"]} == {scene.geometry.tap_count}


@given(cases())
def test_the_notes_count_the_data_that_no_window_reads(case: Case) -> None:
    scene = case.scene()
    data = [
        cell
        for panel in panels(scene, "input")
        if panel.channel == 0
        for cell in panel.cells
        if cell.kind is Kind.DATA
    ]
    unread = sum(cell.unread for cell in data)
    words = [note for note in scene.notes if "read by no window" in note]
    assert len(words) == (unread > 0)
    assert all(note.startswith(f"{unread} of {len(data)} input cells") for note in words)


@given(cases())
def test_the_notes_say_what_a_mode_ignores_and_adds(case: Case) -> None:
    scene = case.scene()
    said = " ".join(scene.notes)
    pre, post = (case.parameters[name] for name in ("pre_padding", "post_padding"))
    ignored = any((*pre, *post)) if scene.mode.is_same else scene.mode.is_caffe and pre != post
    assert ("ignores" in said) == ignored
    assert ("TensorRT 10 removed it" in said) == scene.mode.is_caffe
    for axis in scene.geometry.axes:
        zeros = f"along the {axis.name} the last window reads {axis.beyond} more zero"
        assert (zeros in said) == (axis.beyond > 0)


def quantized(data: np.ndarray, kernel: np.ndarray, *scales: float) -> Scene:
    input_scale, kernel_scale = scales[0], np.float32(scales[1:])
    layer, values = build_layer(data, kernel, input_scale=input_scale, kernel_scale=kernel_scale)
    return Scene.of(layer.network.evaluate(layer, layer.network.feeds(values), "cpu"))


@given(
    st.lists(st.floats(-40, 40, width=32), min_size=9, max_size=9), st.floats(1 / 16, 2, width=32)
)
def test_int8_flags_what_saturates_and_what_vanishes(values: list[float], scale: float) -> None:
    data = np.float32(values).reshape(1, 1, 3, 3)
    scene = quantized(data, np.ones((1, 1, 2, 2), np.float32), scale, 1)
    shown = {name: panels(scene, name)[0] for name in ("source", "input")}
    numbers = [float(decimals.text(value)) for value in data.reshape(-1)]
    assert [float(text) for text in shown["source"].texts] == numbers
    texts, flags = shown["input"].texts, shown["input"].flags
    for value, text, flag in zip(values, texts, flags, strict=True):
        step = int(np.rint(np.float32(value) / np.float32(scale)))
        assert int(text) == max(-128, min(127, step))
        assert (flag == "s") == (step != int(text))
        assert (flag == "v") == (step == 0 and value != 0)


def test_int8_flags_the_weights_of_each_map_by_its_own_scale() -> None:
    kernel = np.float32([[100, 1], [100, 1]]).reshape(2, 1, 1, 2)
    scene = quantized(DIGITS, kernel, 1, 0.5, 4)
    assert scene.flags["kernel"] == "s  v".replace(" ", KEPT)
    assert set(scene.flags["input"]) == {KEPT}


def test_the_exact_sum_of_an_int8_layer_is_its_integer_without_scales_and_bias() -> None:
    layer, values = build_layer(DIGITS, POWERS / 1000, [0.5], input_scale=0.5, kernel_scale=0.1)
    scene = Scene.of(layer.network.evaluate(layer, layer.network.feeds(values), "cpu"))
    integers = np.int64(np.rint(DIGITS / 0.5)), np.int64(np.rint(POWERS / 1000 / np.float32(0.1)))
    first = int((integers[0][0, 0, :3, :3] * np.minimum(integers[1][0, 0], 127)).sum())
    assert scene.exact is not None
    assert scene.exact[0] == str(first) == str(int(scene.sums.reshape(-1)[0]))


def test_as_many_cells_as_a_browser_holds_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene_module, "MOST_CELLS", 54)
    assert reference().scene().steps == 28
    monkeypatch.setattr(scene_module, "MOST_CELLS", 53)
    with pytest.raises(ArgumentError, match="input: got 54 values"):
        reference().scene()


def test_int8_says_how_each_sum_becomes_its_output() -> None:
    kernel = np.concatenate([POWERS, POWERS / 2])
    scene = quantized(DIGITS, kernel, 0.5, 10, 20)
    for step in range(scene.steps):
        output_map = scene.step(step).output_map
        sums = panels(scene, "output")[output_map].texts[step % 28]
        scales = f"× 0.5 × {(10, 20)[output_map]}"
        assert scene.sum_notes[step].startswith(f"{scales} = {sums};")
        float32 = float(re.search(r"float32 gives (\S+),", scene.sum_notes[step]).group(1))
        error = float(re.search(r"error (\S+)", scene.sum_notes[step]).group(1))
        assert float(sums) - float32 == pytest.approx(error, rel=1e-3, abs=0.01)
        assert int(scene.exact[step]) * 0.5 * (10, 20)[output_map] == pytest.approx(float(sums))


# Batches, and what is large


def test_each_item_of_a_batch_has_its_scene() -> None:
    data = np.arange(2 * 3 * 16, dtype=np.float32).reshape(2, 3, 1, 4, 4)
    case = Case(data, np.ones((1, 1, 2, 2), np.float32))
    for item in range(6):
        scene = case.scene(item)
        np.testing.assert_array_equal(scene.values, data.reshape(6, 1, 4, 4)[item])
        first = panels(scene, "input")[0].texts[0]
        assert first == str(16 * item)


@pytest.mark.parametrize("item", [-1, 6])
def test_an_item_that_is_not_there_is_refused(item: int) -> None:
    case = Case(np.ones((2, 3, 1, 4, 4), np.float32), np.ones((1, 1, 2, 2), np.float32))
    with pytest.raises(ArgumentError) as refusal:
        case.scene(item)
    assert (refusal.value.parameter, refusal.value.allowed) == ("item", "0 to 5")


def photograph(channels: int, maps: int, **parameters: object) -> Scene:
    rng = np.random.default_rng(0)
    data = rng.integers(0, 256, (1, channels, 60, 80)).astype(np.float32)
    kernel = np.full((maps, channels, 3, 3), 1 / (9 * channels), np.float32)
    return Case(data, kernel, parameters=parameters).scene()


def test_numbers_too_many_to_read_become_images() -> None:
    scene = photograph(1, 1)
    assert not scene.readable
    assert {panel.tensor for panel in scene.panels} == {"kernel"}
    images = {image.tensor: image for image in scene.images}
    assert (images["input"].height, images["input"].width) == (60, 80)
    assert (images["output"].height, images["output"].width) == (58, 78)
    assert scene.digits is scene.exact is None
    message = json.loads(json.dumps(scene.message(), allow_nan=False))
    assert message["view"] == scene.view == "images"
    assert [image["channels"] for image in message["images"]] == [[0], [0]]


@given(st.integers(1, 7), st.integers(1, 7))
def test_three_channels_are_one_image_and_many_are_mosaics(channels: int, maps: int) -> None:
    scene = photograph(channels, maps)
    assert (scene.view == "channels") == (max(channels, maps) > MOST_IMAGES)
    for tensor, count in (("input", channels), ("output", maps)):
        mine = [image for image in scene.images if image.tensor == tensor]
        drawn = [channel for image in mine for channel in image.channels]
        in_colour = channels == 3 == count  # three maps of anything else are no colours
        assert [image.tint for image in mine] == (["rgb"] if in_colour else ["grey"] * len(drawn))
        assert drawn == list(range(count))
        assert len({image.title for image in mine}) == len(mine)


def test_a_blurred_picture_shares_its_value_range_with_the_original() -> None:
    ranges = photograph(1, 1).value_ranges
    assert ranges["input"] == ranges["output"]
    edges = np.float32([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]).reshape(1, 1, 3, 3)
    data = np.random.default_rng(0).integers(0, 256, (1, 1, 80, 80)).astype(np.float32)
    low, high = Case(data, edges).scene().value_ranges["output"]
    assert low == -high < 0, "zero is the middle grey"


def test_pictures_of_nothing_but_nan_still_have_value_ranges() -> None:
    data = np.full((1, 1, 80, 80), np.nan, np.float32)
    scene = Case(data, np.ones((1, 1, 3, 3), np.float32)).scene()
    json.dumps(scene.message(), allow_nan=False)
    assert all(math.isfinite(end) for ends in scene.value_ranges.values() for end in ends)


def test_the_message_of_infinities_is_json() -> None:
    data = DIGITS.copy()
    data[0, 0, 0, :3] = np.nan, np.inf, -np.inf
    scene = Case(data, POWERS).scene()
    assert scene.exact is None
    json.dumps(scene.message(), allow_nan=False)
    assert panels(scene, "input")[0].texts[:3] == ["nan", "inf", "-inf"]


@pytest.mark.parametrize("large", ["input", "output"])
def test_what_no_browser_could_hold_is_refused_by_name(
    large: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scene_module, "MOST_CELLS", 70)
    parameters = {"padding_nd": (4, 4)} if large == "output" else {}
    kernel = np.ones((1, 1, 3, 3), np.float32)
    shape = (1, 1, 6, 9) if large == "output" else (1, 1, 10, 10)
    with pytest.raises(ArgumentError, match="at most 70") as refusal:
        Case(np.ones(shape, np.float32), kernel, parameters=parameters).scene()
    assert refusal.value.parameter == large
