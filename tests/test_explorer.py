"""The explorer without a browser: controls and layer bound both ways, refusals, and the end."""

from __future__ import annotations

import base64
import gc
import itertools
import json
import threading
import weakref
from collections.abc import Iterator

import numpy as np
import pytest
from ipywidgets.embed import dependency_state
from ipywidgets.widgets.widget import _instances as open_widgets
from scenes import DIGITS, POWERS, Case, reference

import convviz as cv
from convviz import parameters
from convviz.errors import ArgumentError
from convviz.parameters import Choice, Count, PaddingMode, PerAxis
from convviz.scene.scene import Scene
from convviz.widget import controls, page
from convviz.widget import explorer as explorer_module
from convviz.widget.comparison import ComparisonOptions
from convviz.widget.controls import Controls
from convviz.widget.explorer import Explorer
from convviz.widget.fitting import Fitting

PER_AXIS = ("stride_nd", "dilation_nd", "pre_padding", "post_padding")


@pytest.fixture
def explorer() -> Iterator[Explorer]:
    found = cv.explore(reference().layer(), DIGITS)
    yield found
    found.close()


def control(explorer: Explorer, name: str) -> dict:
    """What the browser shows of a control."""
    shown = explorer.stage.controls
    rows = [control for row in shown["parameters"] for control in row["controls"]]
    (found,) = [each for each in [*rows, *shown["others"]] if each["name"] == name]
    return found


def typed(explorer: Explorer, name: str, text: object) -> None:
    """What the browser sends when a reader types into a control's field, or chooses."""
    tell(explorer, control=name, text=str(text))


def moved(explorer: Explorer, name: str, place: int) -> None:
    """What it sends when a slider is moved."""
    tell(explorer, control=name, place=place)


def tell(explorer: Explorer, **message: object) -> None:
    request = repr(message)
    explorer.stage._handle_custom_msg({**message, "request": request}, [])
    assert explorer.stage.controls["acknowledged"] == request


def sizes(explorer: Explorer) -> list[int]:
    """The output's sizes on the stage."""
    return [axis["output"] for axis in explorer.stage.scene["axes"]]


# Both ways


@pytest.mark.parametrize("name", PER_AXIS)
@pytest.mark.parametrize(("n", "axis"), [(0, "height"), (1, "width")])
@pytest.mark.parametrize("set_to", [typed, moved])
def test_a_control_sets_the_layer(explorer, name, n, axis, set_to) -> None:
    set_to(explorer, f"{name} {axis}", 2)
    assert getattr(explorer.layer, name)[n] == 2
    assert getattr(explorer.layer, name)[1 - n] == (1 if name in PER_AXIS[:2] else 0)
    shown = control(explorer, f"{name} {axis}")
    assert (shown["text"], shown["slider"][2]) == ("2", 2)
    assert sizes(explorer) == [axis.output for axis in explorer.layer.geometry().axes]
    assert explorer.stage.error == ""


@pytest.mark.parametrize("name", PER_AXIS)
def test_setting_the_layer_moves_the_controls_and_the_picture(explorer, name) -> None:
    setattr(explorer.layer, name, (1, 2))
    for value, axis in ((1, "height"), (2, "width")):
        shown = control(explorer, f"{name} {axis}")
        assert (shown["text"], shown["slider"][2]) == (str(value), value)
    assert sizes(explorer) == [axis.output for axis in explorer.layer.geometry().axes]


def test_symmetric_padding_moves_both_sides_and_computes_once(explorer, monkeypatch) -> None:
    shown = []
    monkeypatch.setattr(type(explorer.stage), "show", lambda self, scene: shown.append(scene))
    explorer.layer.padding_nd = (1, 2)
    for side in ("pre_padding", "post_padding"):
        for value, axis in ((1, "height"), (2, "width")):
            assert control(explorer, f"{side} {axis}")["text"] == str(value)
    assert [scene.geometry.output_shape for scene in shown] == [(1, 1, 6, 11)]


@pytest.mark.parametrize("mode", PaddingMode)
def test_the_padding_mode_is_bound_both_ways(explorer, mode: PaddingMode) -> None:
    explorer.layer.stride_nd = (2, 2)
    typed(explorer, "padding_mode", mode.name)
    assert explorer.layer.padding_mode is mode
    assert sizes(explorer) == [axis.output for axis in explorer.layer.geometry().axes]
    explorer.layer.padding_mode = PaddingMode.EXPLICIT_ROUND_DOWN
    choice = control(explorer, "padding_mode")
    assert choice["text"] == "EXPLICIT_ROUND_DOWN"
    assert [value for value, _ in choice["options"]] == [each.name for each in PaddingMode]


def test_a_value_past_a_sliders_end_widens_the_slider(explorer) -> None:
    explorer.layer.pre_padding = (11, 0)
    assert control(explorer, "pre_padding height")["slider"] == (0, 11, 11)
    typed(explorer, "pre_padding height", 23)
    assert control(explorer, "pre_padding height")["slider"] == (0, 23, 23)
    assert explorer.layer.pre_padding == (23, 0)


def test_new_weights_are_shown(explorer) -> None:
    explorer.layer.kernel = 2 * np.asarray(explorer.layer.kernel)
    assert explorer.scene.kernel_texts["kernel"][0][4] == "2"
    assert explorer.stage.scene["kernelTexts"]["kernel"][0][4] == "2"
    explorer.layer.bias = np.ones(1)
    assert explorer.stage.scene["biasTexts"] == ["1"]


def test_the_parameters_of_a_3d_layer_have_three_axes() -> None:
    layer = Case(np.ones((1, 1, 3, 4, 5), np.float32), np.ones((1, 1, 2, 2, 2))).layer()
    explorer = cv.explore(layer)
    moved(explorer, "stride_nd depth", 2)
    assert layer.stride_nd == (2, 1, 1)
    layer.post_padding = (0, 1, 2)
    axes = ("depth", "height", "width")
    assert [control(explorer, f"post_padding {axis}")["text"] for axis in axes] == ["0", "1", "2"]
    explorer.close()


def test_groups_are_bound_both_ways() -> None:
    case = Case(np.ones((1, 4, 5, 5), np.float32), np.ones((4, 2, 3, 3)), None, {"num_groups": 2})
    explorer = cv.explore(case.layer())
    assert control(explorer, "num_groups")["text"] == "2"
    typed(explorer, "num_groups", 3)  # does not divide the channels
    assert "num_groups: got 3" in explorer.stage.error
    typed(explorer, "num_groups", 2)
    assert explorer.stage.error == ""
    explorer.close()


def test_two_explorers_of_one_layer_move_together() -> None:
    layer = reference().layer()
    first, second = cv.explore(layer), cv.explore(layer)
    moved(first, "stride_nd width", 3)
    assert control(second, "stride_nd width")["text"] == "3"
    assert sizes(first) == sizes(second) == [4, 3]
    first.close()
    second.close()


# Whatever changes the layer


def test_weights_that_come_from_a_new_constant_are_followed(explorer) -> None:
    before = explorer.stage.scene
    layer, network = explorer.layer, explorer.layer.network
    bias = network.add_constant([1], [5.0])
    layer.set_input(2, bias.get_output(0))
    assert explorer.stage.scene["biasTexts"] == ["5"]
    bias.weights = [50]
    assert explorer.stage.scene["biasTexts"] == ["50"]
    explorer.reset()
    assert layer.get_input(2) is None
    assert without_time(explorer.stage.scene) == without_time(before)
    assert explorer.stage.error == ""
    scene = explorer.stage.scene
    bias.weights = [7]
    assert explorer.stage.scene is scene, "what no longer matters is not followed"
    assert "_follow" not in repr(bias._trait_notifiers)


def test_a_layer_above_another_one_is_followed_as_soon_as_it_is_there(explorer) -> None:
    layer, network = explorer.layer, explorer.layer.network
    first = network.add_convolution_nd(layer.input, 1, (1, 1), [2])
    layer.set_input(0, first.get_output(0))
    assert explorer.scene.values[0, 0, 0] == 2 * DIGITS[0, 0, 0, 0]
    first.kernel = [3]
    assert explorer.scene.values[0, 0, 0] == 3 * DIGITS[0, 0, 0, 0]
    first.stride_nd = (2, 2)
    assert explorer.scene.geometry.input_shape == (1, 1, 3, 5)


def test_quantizing_by_set_input_brings_the_scales(explorer) -> None:
    layer, network = explorer.layer, explorer.layer.network
    names = [each["name"] for each in explorer.stage.controls["others"]]
    scale = network.add_constant([], [1.0])
    weights = network.add_constant((1, 1, 3, 3), POWERS).get_output(0)
    tensors = [
        network.add_dequantize(
            network.add_quantize(each, scale.get_output(0)).get_output(0), scale.get_output(0)
        ).get_output(0)
        for each in (layer.input, weights)
    ]
    layer.kernel = cv.Weights()
    for n, tensor in enumerate(tensors):
        layer.set_input(n, tensor)
    assert explorer.stage.error == ""
    assert control(explorer, "kernel scale")["text"] == control(explorer, "input scale")["text"]
    typed(explorer, "input scale", "0.5")
    assert explorer.scene.quantization.input_scale == np.float32(0.5)
    scale.weights = []
    assert explorer.stage.error.startswith("weights: got 0 values")
    explorer.reset()
    assert explorer.stage.error == ""
    assert [each["name"] for each in explorer.stage.controls["others"]] == names
    np.testing.assert_array_equal(layer.kernel, POWERS)


def test_an_input_may_get_another_name_and_another_input_may_come(explorer) -> None:
    layer, network = explorer.layer, explorer.layer.network
    layer.input.name = "renamed"
    layer.stride_nd = (2, 2)
    assert explorer.stage.error == ""
    layer.set_input(0, network.add_input("y", cv.DataType.FLOAT, (1, 1, 4, 4)))
    assert explorer.stage.error == ""
    assert explorer.scene.geometry.input_shape == (1, 1, 4, 4)
    type_into(explorer, "input", 0, "8")
    assert explorer.scene.values[0, 0, 0] == 8
    explorer.reset()
    np.testing.assert_array_equal(explorer.scene.values, DIGITS[0])


def test_what_becomes_of_the_callers_arrays_changes_no_picture() -> None:
    data, kernel = DIGITS.copy(), POWERS.copy()
    explorer = cv.explore(data, kernel)
    comparison = cv.compare(data, kernel, stride_nd=[(1, 1), (2, 2)])
    data[...] = kernel[...] = 0
    explorer.layer.stride_nd = (2, 2)
    for scene in (explorer.scene, comparison.scenes[1]):
        np.testing.assert_array_equal(scene.values, DIGITS[0])
        np.testing.assert_array_equal(
            scene.output, cv.convolve(DIGITS, POWERS, stride_nd=(2, 2))[0]
        )
    explorer.close()
    comparison.close()


# What is not finished


def fail_next(explorer: Explorer, failure: BaseException, monkeypatch, part: str) -> None:
    """Have the next computation end like this, in one of its parts."""
    owner, name = {
        "sums": (type(explorer.layer.network), "evaluate"),
        "scene": (Scene, "message"),
        "code": (explorer_module, "notebook"),
        "sending": (type(explorer.stage), "send_state"),
    }[part]
    true = getattr(owner, name)

    def fail(*_given: object, **_named: object) -> None:
        monkeypatch.setattr(owner, name, true)
        raise failure

    monkeypatch.setattr(owner, name, fail)


def agrees(explorer: Explorer) -> bool:
    """Whether picture, controls and layer tell the same."""
    shown = cv.explore(explorer.layer, {"x": DIGITS})
    try:
        for name in ("parameters", "others"):
            assert explorer.stage.controls[name] == shown.stage.controls[name]
        return without_time(explorer.stage.scene) == without_time(shown.stage.scene)
    finally:
        shown.close()


FAILURES = [KeyboardInterrupt(), MemoryError(), RuntimeError("no more")]


@pytest.mark.parametrize("part", ["sums", "scene", "code", "sending"])
@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_what_a_cell_sets_is_taken_back_where_it_cannot_be_computed(
    explorer, failure: BaseException, part: str, monkeypatch
) -> None:
    before = explorer.stage.scene
    fail_next(explorer, failure, monkeypatch, part)
    with pytest.raises(type(failure)):
        explorer.layer.padding_nd = (1, 2)
    assert explorer.layer.padding_nd == explorer.layer.post_padding == (0, 0)
    assert "as it was before" in explorer.stage.error
    assert without_time(explorer.stage.scene) == without_time(before)
    assert agrees(explorer)
    explorer.layer.padding_nd = (1, 2)
    assert explorer.stage.error == ""
    assert sizes(explorer) == [6, 11]
    assert agrees(explorer)


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
@pytest.mark.parametrize(
    "message",
    [
        {"control": "stride_nd width", "place": 3},
        {"tensor": "input", "index": 0, "text": "8"},
        {"tensor": "kernel", "index": 0, "text": "8"},
        {"action": "reset"},
    ],
    ids=repr,
)
def test_what_a_reader_sets_is_taken_back_where_it_cannot_be_computed(
    explorer, message: dict, failure: BaseException, monkeypatch
) -> None:
    explorer.layer.stride_nd = (2, 2)
    before = explorer.stage.scene
    fail_next(explorer, failure, monkeypatch, "sums")
    tell(explorer, **message)
    assert "as it was before" in explorer.stage.error
    assert explorer.layer.stride_nd == (2, 2)
    assert explorer.stage.scene is before
    assert agrees(explorer)
    tell(explorer, **message)
    assert explorer.stage.error == ""
    assert without_time(explorer.stage.scene) != without_time(before)


def test_what_two_threads_set_is_what_is_shown(explorer, monkeypatch) -> None:
    """A reader's messages come in a thread of their own, while cells run in the main one."""
    computing, go = threading.Event(), threading.Event()
    true = type(explorer.layer.network).evaluate

    def slow(network: cv.Network, *given: object, **named: object) -> object:
        monkeypatch.undo()
        run = true(network, *given, **named)
        computing.set()
        go.wait(60)
        return run

    monkeypatch.setattr(type(explorer.layer.network), "evaluate", slow)
    reader = threading.Thread(target=typed, args=(explorer, "stride_nd height", 2))
    reader.start()
    assert computing.wait(60)
    cell = threading.Thread(target=setattr, args=(explorer.layer, "padding_nd", (1, 1)))
    cell.start()
    go.set()
    for thread in (reader, cell):
        thread.join(60)
        assert not thread.is_alive()
    assert agrees(explorer)
    assert sizes(explorer) == [3, 9]


def test_a_change_of_several_parts_is_made_whole_or_not_at_all() -> None:
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (1, 1, 6, 9))
    bias = network.add_input("b", cv.DataType.FLOAT, (1,))
    layer = network.add_convolution_nd(x, 1, (3, 3), POWERS)
    layer.set_input(2, bias)
    explorer = cv.explore(layer, {"x": DIGITS, "b": [1]})
    typed(explorer, "num_output_maps", 2)
    assert explorer.stage.error.startswith("bias: got values from an input")
    assert (layer.num_output_maps, layer.kernel.size) == (1, 9)
    explorer.close()


# Refusals


@pytest.mark.parametrize(("name", "value"), [("stride_nd", 0), ("pre_padding", -1)])
def test_a_refused_value_says_why_and_keeps_the_picture(explorer, name: str, value: int) -> None:
    before = explorer.stage.scene
    label = f"{name} height"
    good = int(control(explorer, label)["text"])
    typed(explorer, label, value)
    assert explorer.stage.controls["refused"] == label
    least = control(explorer, label)["slider"][0]
    assert explorer.stage.error.startswith(
        f"{name}: got {value}; allowed: one integer from {least}"
    )
    assert f"Set it to {least} or more" in explorer.stage.error, "which a field takes"
    assert explorer.stage.scene == before
    assert getattr(explorer.layer, name)[0] == good
    typed(explorer, label, good + 1)
    assert explorer.stage.error == explorer.stage.controls["refused"] == ""
    assert getattr(explorer.layer, name)[0] == good + 1
    assert explorer.stage.scene != before


def test_typing_the_old_value_again_takes_the_words_down(explorer) -> None:
    typed(explorer, "stride_nd height", 0)
    assert explorer.stage.error
    typed(explorer, "stride_nd height", 1)
    assert explorer.stage.error == ""


def test_values_that_do_not_go_together_keep_the_picture_until_they_do(explorer) -> None:
    before, scene = explorer.stage.scene, explorer.scene
    typed(explorer, "dilation_nd height", 4)
    assert explorer.layer.dilation_nd == (4, 1), "each value is allowed by itself"
    assert explorer.stage.error.startswith("kernel_size_nd: got 3 along the height")
    assert explorer.stage.scene == before
    assert explorer.scene is scene
    explorer.layer.padding_nd = (2, 2)
    assert explorer.stage.error == ""
    assert sizes(explorer) == [2, 11]


def test_a_refused_value_on_top_does_not_hide_what_is_still_wrong(explorer) -> None:
    explorer.layer.dilation_nd = (4, 1)
    wrong = explorer.stage.error
    typed(explorer, "stride_nd height", 0)
    assert explorer.stage.error.startswith("stride_nd")
    typed(explorer, "stride_nd height", 1)
    assert explorer.stage.error == wrong


@pytest.mark.parametrize("text", ["", "two", "1.5", "1_0", "0x2", "१x", "nan"])
@pytest.mark.parametrize("name", ["stride_nd height", "num_groups"])
def test_what_is_no_whole_number_is_refused(explorer, name: str, text: str) -> None:
    before = explorer.stage.scene
    typed(explorer, name, text)
    assert explorer.stage.error.startswith(f"{name.split()[0]}: got {text!r}; allowed: ")
    assert explorer.stage.scene == before
    assert control(explorer, name)["text"] == "1"


def test_a_minus_of_any_kind_and_spaces_are_read(explorer) -> None:
    typed(explorer, "pre_padding height", " −1 ")
    assert explorer.stage.error.startswith("pre_padding: got -1;")
    typed(explorer, "pre_padding height", " 2 ")
    assert explorer.layer.pre_padding == (2, 0)


def test_setting_all_axes_together(explorer) -> None:
    tell(explorer, together=True)
    assert explorer.stage.controls["together"] is True
    moved(explorer, "stride_nd height", 3)
    assert explorer.layer.stride_nd == (3, 3)
    tell(explorer, together=False)
    moved(explorer, "stride_nd width", 1)
    assert explorer.layer.stride_nd == (3, 1)


def test_reset_takes_everything_back(explorer) -> None:
    before = explorer.stage.scene
    explorer.layer.padding_nd = (1, 2)
    type_into(explorer, "input", 3, "77")
    typed(explorer, "kernel_size_nd height", 2)
    assert explorer.stage.error == ""
    assert explorer.layer.kernel.shape == (1, 1, 2, 3)
    tell(explorer, action="reset")
    assert explorer.stage.error == ""
    assert {**explorer.stage.scene, "duration": ""} == {**before, "duration": ""}


def test_reset_takes_a_tensor_back_that_replaced_the_weights() -> None:
    layer = reference().layer()
    explorer = cv.explore(layer, DIGITS)
    before = explorer.stage.scene
    constant = layer.network.add_constant((1, 1, 3, 3), np.ones(9))
    layer.kernel = cv.Weights()
    layer.set_input(1, constant.get_output(0))
    assert explorer.scene.kernel.reshape(-1).tolist() == [1] * 9
    explorer.reset()
    assert layer.get_input(1) is None
    assert without_time(explorer.stage.scene) == without_time(before)
    explorer.close()


def test_scales_move_by_places_and_by_numbers() -> None:
    explorer = cv.explore(DIGITS, POWERS, input_scale=0.1, kernel_scale=78.74)
    assert control(explorer, "input scale")["text"] == "0.1"
    assert control(explorer, "input scale")["slider"] == (-100, 120, -20)
    moved(explorer, "input scale", -40)
    assert control(explorer, "input scale")["text"] == "0.01"
    assert explorer.scene.quantization.input_scale == np.float32(0.01)
    typed(explorer, "kernel scale", "1e-2")
    assert control(explorer, "kernel scale")["text"] == "0.01"
    for bad in ("-1", "0", "many", "nan", "1_0"):
        typed(explorer, "kernel scale", bad)
        assert explorer.stage.error.startswith(f"kernel scale: got {bad!r}; allowed: ")
    typed(explorer, "kernel scale", "1e30")
    assert explorer.stage.error == ""
    assert control(explorer, "kernel scale")["slider"][2] == 120, "the slider stands at its end"
    moved(explorer, "kernel scale", 10**9)
    assert control(explorer, "kernel scale")["text"] == "1000000", "a slider goes no further"
    explorer.close()


def test_a_row_of_the_table_is_a_control(monkeypatch) -> None:
    rows = [
        PerAxis("border_nd", "cells that are left out", 1, 1),
        Count("num_rounds", "rounds", 1),
        Choice("rounding", "how sizes are rounded", PaddingMode.EXPLICIT_ROUND_UP),
        Count("num_hidden", "what has no control", 1, has_control=False),
    ]
    monkeypatch.setattr(controls, "TABLE", rows)
    layer = reference().layer()
    layer.border_nd, layer.num_rounds, layer.rounding = (1, 2), 3, PaddingMode.SAME_UPPER
    made = Controls(Fitting(layer, layer.geometry()))
    message = made.message()
    [row] = message["parameters"]
    assert [each["name"] for each in row["controls"]] == ["border_nd height", "border_nd width"]
    assert [each["slider"] for each in row["controls"]] == [(1, 8, 1), (1, 8, 2)]
    shown = {each["name"]: each["text"] for each in message["others"]}
    assert shown == {"kernel": "powers_of_ten", "rounding": "SAME_UPPER", "num_rounds": "3"}
    made.set_place("border_nd width", 5)
    made.set_text("num_rounds", "9")
    assert (layer.border_nd, layer.num_rounds) == ((1, 5), 9)


def test_every_parameter_has_a_control_and_so_has_the_kernel(explorer) -> None:
    shown = explorer.stage.controls
    names = [each["name"] for each in [*shown["parameters"], *shown["others"]]]
    assert set(names) == {row.name for row in parameters.TABLE} | {"kernel"}
    assert len(names) == len(set(names))


def test_one_message_answers_one_request(explorer, monkeypatch) -> None:
    sent = []
    monkeypatch.setattr(type(explorer.stage), "send_state", lambda self, key: sent.append({*key}))
    moved(explorer, "stride_nd width", 2)
    assert [keys >= {"scene", "controls", "code"} for keys in sent] == [True]
    explorer.stage._handle_custom_msg({"ping": "p"}, [])
    assert len(sent) == 1
    explorer.layer.stride_nd = (1, 1)
    assert [keys >= {"scene", "controls", "code"} for keys in sent] == [True, True]


@pytest.mark.parametrize(
    "message",
    [
        "stride_nd",
        ["request"],
        {"request": 1, "action": "reset"},
        {"request": "r", "action": ["reset"]},
        {"request": "r", "action": "explode"},
        {"request": "r"},
        {"request": "r", "place": 2},
        {"request": "r", "control": "stride_nd width", "place": True},
        {"request": "r", "tensor": "kernel", "index": True, "text": "1"},
        {"request": "r", "tensor": "kernel", "index": 0.0, "text": "1"},
        {"request": "r", "tensor": "output", "index": 0, "text": "1"},
        {"ping": 1},
        99,
        None,
        {"request": "r", "together": "yes"},
        {"request": "r", "control": "stride_nd width", "place": "2"},
        {"request": "r", "control": "stride_nd width", "text": 2},
        {"request": "r", "control": 7, "text": "2"},
        {"prefetch": None},
        {"tensor": "kernel"},
        {"tensor": "kernel", "index": "0", "text": "1"},
        {"tensor": "kernel", "index": 0, "text": 1},
        {"tensor": "__class__", "index": 0, "text": "1"},
        {"save": "svg", "step": "first", "theme": "light", "request": "r"},
    ],
    ids=itertools.count(),
)
def test_what_is_no_message_is_refused_in_words(explorer, message: object, monkeypatch) -> None:
    sent = []
    monkeypatch.setattr(type(explorer.stage), "send", lambda self, *content: sent.append(content))
    before = explorer.stage.scene, explorer.layer.stride_nd, explorer.layer.kernel
    explorer.stage._handle_custom_msg(message, [])
    assert "; allowed: " in explorer.stage.error
    assert (explorer.stage.scene, explorer.layer.stride_nd, explorer.layer.kernel) == before
    if isinstance(message, dict) and message.get("request") == "r":
        assert explorer.stage.controls["acknowledged"] == "r"
        assert sent == [({"request": "r", "refused": explorer.stage.error},)]


def test_a_place_that_an_unknown_slider_may_move_to_is_none(explorer, monkeypatch) -> None:
    assert prefetched(explorer, "no such control", monkeypatch) == {}


@pytest.mark.parametrize(
    ("index", "text"),
    [
        (17, "7"),
        (-1, "7"),
        (16, "7"),
        (True, "7"),
        (1.0, "7"),
        (None, "7"),
        (0, "nan"),
        (0, "1e40"),
    ],
    ids=repr,
)
def test_an_edit_reaches_no_cell_but_one_of_the_item_on_show(index: object, text: str) -> None:
    data = np.arange(32, dtype=np.float32).reshape(2, 1, 4, 4)
    explorer = cv.explore(data, np.ones((2, 2), np.float32), item=0)
    before = explorer.scene
    tell(explorer, tensor="input", index=index, text=text)
    assert explorer.stage.error.startswith(("index: got", "input: got"))
    assert explorer.scene is before
    type_into(explorer, "input", 15, "7")
    assert explorer.stage.error == ""
    assert explorer.scene.run.input.reshape(-1).tolist() == [*range(15), 7, *range(16, 32)]
    explorer.close()


@pytest.mark.parametrize("value", [{"text": "2"}, {"place": 2}])
def test_a_control_that_is_not_there_is_refused(explorer, value: dict) -> None:
    tell(explorer, control="stride_nd depth", **value)
    assert explorer.stage.error.startswith("control: got 'stride_nd depth'; allowed: ")
    assert explorer.stage.controls["refused"] == "stride_nd depth"


def test_a_control_without_a_slider_has_no_places(explorer) -> None:
    moved(explorer, "padding_mode", 2)
    assert explorer.stage.error.startswith("padding_mode: got place 2")
    assert explorer.layer.padding_mode is PaddingMode.EXPLICIT_ROUND_DOWN


def test_a_refusal_in_a_cell_is_the_cells_alone(explorer) -> None:
    with pytest.raises(ArgumentError, match="stride_nd"):
        explorer.layer.stride_nd = (0, 1)
    assert explorer.stage.error == ""


@pytest.mark.parametrize(
    ("parameter", "arguments", "keywords"),
    [
        ("kernel", (DIGITS,), {}),
        ("kernel", (DIGITS, np.ones(3)), {}),
        ("kernel", (DIGITS, np.ones((3, 3, 3))), {}),
        ("kernel", (DIGITS, np.ones((1, 2, 3, 3))), {}),
        ("kernel", (DIGITS, "weights"), {}),
        ("kernel", (DIGITS, np.full((3, 3), np.nan)), {}),
        ("data", ("data", POWERS), {}),
        ("input", (np.ones((1, 1, 1, 1, 0, 9)), POWERS), {}),
        ("bias", (DIGITS, POWERS, np.ones(2)), {}),
        ("kernel_size_nd", (np.ones((2, 2)), POWERS), {}),
        ("stride_nd", (DIGITS, POWERS), {"stride_nd": (0, 1)}),
        ("stride_nd", (DIGITS, POWERS), {"stride_nd": (1, 1, 1)}),
        ("padding_mode", (DIGITS, POWERS), {"padding_mode": "ROUND"}),
        ("num_groups", (DIGITS, POWERS), {"num_groups": 2}),
        ("strides", (DIGITS, POWERS), {"strides": (1, 1)}),
        ("input_scale", (DIGITS, POWERS), {"input_scale": -1.0}),
        ("item", (DIGITS, POWERS), {"item": 1}),
        ("device", (DIGITS, POWERS), {"device": "tpu"}),
        ("stride_nd", (reference().layer(),), {"stride_nd": (2, 2)}),
        ("bias", (reference().layer(), DIGITS, np.ones(1)), {}),
        ("input", (reference().layer(), np.ones((1, 1, 5, 9))), {}),
        ("feeds", (reference().layer(), {"y": DIGITS}), {}),
    ],
    ids=itertools.count(),
)
def test_what_cannot_be_explored_is_refused_by_name(parameter, arguments, keywords) -> None:
    open_before = set(open_widgets)
    with pytest.raises(ArgumentError) as refusal:
        cv.explore(*arguments, **keywords)
    assert refusal.value.parameter == parameter
    assert set(open_widgets) <= open_before, "nothing is left open"


def test_a_layer_whose_parameters_do_not_go_together_is_the_callers_error() -> None:
    layer = reference(dilation_nd=(4, 4)).layer()
    with pytest.raises(ArgumentError, match="kernel_size_nd"):
        cv.explore(layer)


# What it takes


def test_a_layer_without_data_shows_what_ran_last_or_counts() -> None:
    case = reference()
    layer = case.layer()
    np.testing.assert_array_equal(cv.explore(layer).scene.values, DIGITS[0])
    layer.network.run({"x": 2 * DIGITS})
    np.testing.assert_array_equal(cv.explore(layer).scene.values, 2 * DIGITS[0])


@pytest.mark.parametrize(
    ("data", "kernel"),
    [
        (DIGITS, POWERS),
        (DIGITS[0, 0], POWERS[0, 0]),
        (DIGITS[0], POWERS),
        (DIGITS.tolist(), POWERS),
    ],
    ids=["4 axes", "matrices", "no batch", "lists"],
)
def test_arrays_make_a_layer_of_their_own(data: object, kernel: np.ndarray) -> None:
    explorer = cv.explore(data, kernel, stride_nd=(2, 2))
    assert explorer.layer.stride_nd == (2, 2)
    assert explorer.scene.geometry.output_shape == (1, 1, 2, 4)
    explorer.close()


def test_the_layer_of_the_middle_of_a_network_is_shown_with_what_reaches_it() -> None:
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (1, 1, 6, 9))
    first = network.add_convolution_nd(x, 1, (3, 3), np.ones(9, np.float32))
    second = network.add_convolution_nd(first.get_output(0), 1, (2, 2), np.ones(4, np.float32))
    network.mark_output(second.get_output(0))
    explorer = cv.explore(second, {"x": DIGITS})
    np.testing.assert_array_equal(explorer.scene.values, np.full((1, 4, 7), 45))
    first.kernel = np.full(9, 2, np.float32)
    np.testing.assert_array_equal(explorer.scene.values, np.full((1, 4, 7), 90))
    explorer.close()


def test_a_batch_item_and_a_first_step_can_be_chosen() -> None:
    data = np.arange(2 * 16, dtype=np.float32).reshape(2, 1, 4, 4)
    explorer = cv.explore(data, np.ones((2, 2), np.float32), item=1, step=3, large=True)
    assert explorer.scene.values[0, 0, 0] == 16
    assert (explorer.stage.step, explorer.stage.large) == (3, True)
    explorer.close()


def files_of(explorer: Explorer) -> list[int]:
    """The step of all that is made of an explorer where nobody names one."""
    [stage] = explorer.children
    return [cv.draw(explorer).step, stage.step_shown, page._state(stage)["step"]]


def test_what_is_made_of_an_explorer_shows_the_output_on_its_stage() -> None:
    explorer = cv.explore(DIGITS, POWERS, step=9)
    assert files_of(explorer) == [9, 9, 9]
    explorer.layer.stride_nd = (1, 2)  # y[1, 2] of 4×7 outputs, of 4×4 now
    assert files_of(explorer) == [6, 6, 6]
    explorer.stage.step = 15  # a reader goes to the last
    assert files_of(explorer) == [15, 15, 15]
    explorer.layer.stride_nd = (2, 2)  # y[3, 3] is no more: the last there is
    assert files_of(explorer) == [7, 7, 7]
    assert explorer.still()
    explorer.stage.step = 7
    explorer.stage.step = 9  # what no view of this picture sends
    assert files_of(explorer) == [7, 7, 7]
    explorer.stage.step = -3
    assert files_of(explorer) == [0, 0, 0]
    explorer.close()


def test_a_quantized_layer_shows_its_integers() -> None:
    explorer = cv.explore(DIGITS, POWERS, input_scale=1.0, kernel_scale=1.0)
    assert explorer.layer.is_quantized
    assert explorer.scene.values.dtype == np.int8
    texts = explorer.stage.scene["kernelTexts"]
    assert texts["kernel"][0] == ["127", "127", "100", "10", "1", "0", "0", "0", "0"]
    assert texts["weights"][0][0] == "10⁴"
    assert explorer.scene.exact[0] == str(127 * 1 + 127 * 2 + 100 * 3 + 10 * 4 + 1 * 5)
    tensors = {panel["tensor"] for panel in explorer.stage.scene["panels"]}
    assert tensors == {"source", "input", "weights", "kernel", "output"}
    explorer.close()


def test_a_dynamic_input_takes_the_size_of_its_data() -> None:
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (-1, 1, -1, -1))
    layer = network.add_convolution_nd(x, 1, (3, 3), POWERS)
    explorer = cv.explore(layer, DIGITS)
    assert sizes(explorer) == [4, 7]
    moved(explorer, "stride_nd height", 2)
    assert sizes(explorer) == [2, 7]
    explorer.close()


def test_pictures_go_as_bytes_and_numbers_as_texts() -> None:
    data = np.random.default_rng(0).random((1, 1, 80, 90), np.float32)
    explorer = cv.explore(data, POWERS)
    assert explorer.stage.input_values == data.astype("<f4").tobytes()
    output = np.frombuffer(explorer.stage.output_values, "<f4").reshape(1, 78, 88)
    np.testing.assert_array_equal(output, explorer.scene.output)
    assert cv.explore(DIGITS, POWERS).stage.input_values == b""


@pytest.mark.parametrize("side", [340, 380, 2_000])
def test_what_is_saved_of_a_stage_with_a_picture_is_bounded(side: int) -> None:
    explorer = cv.explore(np.ones((side, side)), POWERS)
    saved = json.dumps(dependency_state([explorer]))
    explorer.close()
    assert len(saved) < 1_500_000


def test_a_view_is_sent_the_values_that_are_not_saved() -> None:
    data = np.random.default_rng(0).random((1, 1, 600, 500), np.float32)
    explorer = cv.explore(data, POWERS)
    stage, sent = explorer.stage, []
    stage.send = lambda content, buffers=(): sent.append((content, buffers))
    explorer.layer.stride_nd = (2, 2)
    assert sent == [], "nobody has asked"
    stage._handle_custom_msg({"fetch": "values"}, [])
    explorer.layer.stride_nd = (3, 3)
    first, second = sent
    assert first[0]["values"] < second[0]["values"] == stage.large_values
    for (_, buffers), size in ((first, 299 * 249), (second, 200 * 166)):
        assert buffers[0] == data.astype("<f4").tobytes()
        assert len(buffers[1]) == 4 * size
    explorer.close()


def test_a_page_holds_the_values_of_a_large_picture() -> None:
    data = np.random.default_rng(0).random((1, 1, 600, 500), np.float32)
    explorer = cv.explore(data, POWERS)
    assert base64.b64encode(data.astype("<f4").tobytes()).decode() in page.document([explorer])
    explorer.close()


def test_a_page_of_more_than_it_may_hold_is_refused_before_it_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    explorer = cv.explore(np.ones((300, 300)), POWERS)
    monkeypatch.setattr(page, "MOST_BYTES", 1_500_000)  # one such scene takes 950 kB
    encoded = 0
    encode = base64.b64encode

    def counting(value: bytes) -> bytes:
        nonlocal encoded
        encoded += 1
        return encode(value)

    monkeypatch.setattr(base64, "b64encode", counting)
    page.document([explorer])
    encoded = 0
    with pytest.raises(ArgumentError, match="items: got 2 MB of scenes, or more"):
        page.document([explorer, "a text", explorer, explorer])
    assert encoded == 2, "one stage's two arrays, which alone have room"
    explorer.close()


# Numbers typed into cells


def type_into(explorer: Explorer, tensor: str, index: int, text: str) -> None:
    """What the stage sends when a reader types a number into a cell."""
    tell(explorer, tensor=tensor, index=index, text=text)


def test_a_number_typed_into_a_cell_is_the_layers() -> None:
    explorer = cv.explore(DIGITS, POWERS, np.zeros(1))
    type_into(explorer, "kernel", 4, "2.5")
    assert explorer.layer.kernel.reshape(-1)[4] == 2.5
    type_into(explorer, "bias", 0, "−3")
    assert explorer.layer.bias.tolist() == [-3]
    type_into(explorer, "input", 10, "7e-1")
    assert explorer.scene.values[0, 1, 1] == np.float32(0.7)
    expected = cv.convolve(explorer.scene.values[None], explorer.layer.kernel, explorer.layer.bias)
    np.testing.assert_array_equal(explorer.scene.output, expected[0])
    assert DIGITS[0, 0, 1, 1] == 5, "the caller's array is not touched"
    explorer.close()


def test_a_number_typed_into_a_batch_item_is_that_items() -> None:
    data = np.arange(2 * 16, dtype=np.float32).reshape(2, 1, 4, 4)
    explorer = cv.explore(data, np.ones((2, 2), np.float32), item=1)
    type_into(explorer, "input", 5, "-9")
    assert explorer.scene.values.reshape(-1).tolist() == [*range(16, 21), -9, *range(22, 32)]
    explorer.close()


@pytest.mark.parametrize("tensor", ["input", "kernel", "bias"])
@pytest.mark.parametrize("index", [-1, 54])
def test_a_cell_that_is_not_there_is_refused(explorer, tensor: str, index: int) -> None:
    before = explorer.stage.scene
    type_into(explorer, tensor, index, "1")
    assert explorer.stage.error.startswith(f"index: got {index}")
    assert explorer.stage.scene == before


def test_numbers_of_a_quantized_layer_are_set_before_they_are_quantized() -> None:
    explorer = cv.explore(DIGITS, POWERS, input_scale=0.1, kernel_scale=78.74)
    type_into(explorer, "kernel", 8, "157.48")
    type_into(explorer, "input", 0, "0.5")
    assert explorer.scene.kernel.reshape(-1)[8] == 2
    assert explorer.scene.source_kernel.reshape(-1)[8] == np.float32(157.48)
    assert (explorer.scene.values[0, 0, 0], explorer.scene.source[0, 0, 0]) == (5, 0.5)
    explorer.close()


def test_a_kernel_that_is_int8_from_the_start_can_be_explored_and_set() -> None:
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (1, 1, 6, 9))
    scale = network.add_constant([], np.ones(1)).get_output(0)
    weights = network.add_constant((1, 1, 3, 3), np.arange(9, dtype=np.int8)).get_output(0)
    activation = network.add_quantize(x, scale).get_output(0)
    tensors = [network.add_dequantize(each, scale).get_output(0) for each in (activation, weights)]
    layer = network.add_convolution_nd(tensors[0], 1, (3, 3), cv.Weights())
    layer.set_input(1, tensors[1])
    explorer = cv.explore(layer, DIGITS)
    moved(explorer, "kernel scale", 20)
    assert explorer.scene.quantization.kernel_scales.tolist() == [10]
    type_into(explorer, "kernel", 4, "-7")
    assert explorer.scene.kernel.reshape(-1).tolist() == [0, 1, 2, 3, -7, 5, 6, 7, 8]
    for text in ("2.5", "128"):
        type_into(explorer, "kernel", 4, text)
        assert explorer.stage.error.startswith(f"value: got {text}; allowed: one integer from -128")
    assert explorer.scene.kernel.reshape(-1)[4] == -7
    typed(explorer, "kernel_size_nd width", 2)
    assert explorer.stage.error == ""
    assert explorer.scene.kernel.reshape(-1).tolist() == [0, 1, 3, -7, 6, 7]
    explorer.close()


def test_weights_that_another_layer_computes_cannot_be_typed_over() -> None:
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (1, 1, 6, 9))
    ones = network.add_constant((1, 1, 4, 4), np.ones(16)).get_output(0)
    computed = network.add_convolution_nd(ones, 1, (2, 2), np.ones(4)).get_output(0)
    layer = network.add_convolution_nd(x, 1, (3, 3), cv.Weights())
    layer.set_input(1, computed)
    explorer = cv.explore(layer, DIGITS)
    type_into(explorer, "kernel", 0, "2")
    assert explorer.stage.error.startswith("kernel: got values from an input")
    assert explorer.scene.kernel.reshape(-1).tolist() == [4] * 9
    explorer.close()


@pytest.mark.parametrize("text", ["", "two", "1,5", "0x10", "1_0", "nan", "1e39"])
def test_what_is_no_number_is_refused_in_a_cell(explorer, text: str) -> None:
    before = explorer.stage.scene
    type_into(explorer, "kernel", 0, text)
    assert explorer.stage.error.startswith("kernel: got")
    assert explorer.stage.scene == before


def test_what_is_too_large_to_show_is_refused_before_it_is_computed(explorer) -> None:
    for name, value, words in (
        ("num_output_maps", 2_000_000_000, "num_output_maps: got 18,000,000,000 weights to show"),
        ("pre_padding height", 2_000_000_000, "output: got 14,000,000,028 values to show"),
    ):
        before = explorer.stage.scene
        typed(explorer, name, value)
        assert explorer.stage.error.startswith(words)
        assert explorer.stage.scene == before
        tell(explorer, action="reset")
        assert explorer.stage.error == ""


@pytest.mark.parametrize("mode", PaddingMode)
def test_a_slider_ends_where_it_did_when_it_is_pulled_there(explorer, mode: PaddingMode) -> None:
    explorer.layer.padding_mode = mode
    for name in ("dilation_nd width", "stride_nd height", "pre_padding width"):
        for _ in range(2):
            end = control(explorer, name)["slider"][1]
            moved(explorer, name, end)
            assert explorer.stage.error == ""
            assert control(explorer, name)["slider"][1:] == (end, end)
        tell(explorer, action="reset")
        explorer.layer.padding_mode = mode


def test_sliders_of_photographs_end_where_hands_can_follow() -> None:
    explorer = cv.explore(np.ones((200, 300)), np.ones((3, 3)))
    for row in explorer.stage.controls["parameters"]:
        assert all(each["slider"][1] <= 8 for each in row["controls"])
    explorer.layer.dilation_nd = (90, 90)
    assert [panel["rows"] for panel in explorer.stage.scene["panels"]] == [[0, 1, 2]]
    assert control(explorer, "dilation_nd width")["slider"] == (1, 90, 90)
    explorer.close()


# What a slider's next places would show


def prefetched(explorer: Explorer, name: str, monkeypatch: pytest.MonkeyPatch) -> dict[int, dict]:
    """What the explorer answers to a reader at a slider."""
    sent = []
    with monkeypatch.context() as patch:
        patch.setattr(type(explorer.stage), "send", lambda self, content: sent.append(content))
        explorer.stage._handle_custom_msg({"prefetch": name}, [])
    if not sent:
        return {}
    (answer,) = sent
    assert answer["prefetched"] == name
    assert answer["revision"] == explorer.stage.controls["revision"]
    return answer["scenes"]


def without_time(scene: dict) -> dict:
    return {**scene, "duration": ""}


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("case", ["plain", "parameters", "same", "groups", "3d", "int8"])
def test_what_is_prefetched_is_what_is_shown_then(case, together, monkeypatch) -> None:
    arguments, keywords = ARRAYS[case]
    explorer = cv.explore(*arguments, **keywords)
    tell(explorer, together=together)
    count = 0
    for row in explorer.stage.controls["parameters"]:
        for name in (each["name"] for each in row["controls"]):
            before = [getattr(explorer.layer, row["name"]), explorer.stage.scene]
            least, most, place = control(explorer, name)["slider"]
            scenes = prefetched(explorer, name, monkeypatch)
            assert before == [getattr(explorer.layer, row["name"]), explorer.stage.scene]
            assert set(scenes) <= {place - 1, place + 1} & {*range(least, most + 1)}
            for next_place, scene in scenes.items():
                moved(explorer, name, next_place)
                assert explorer.stage.error == ""
                assert without_time(scene) == without_time(explorer.stage.scene)
                moved(explorer, name, place)
                count += 1
    assert count >= 8
    explorer.close()


def test_a_new_batch_item_or_a_layer_in_the_middle_is_prefetched_too(monkeypatch) -> None:
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (2, 1, -1, 9))
    first = network.add_convolution_nd(x, 1, (3, 3), np.ones(9, np.float32))
    second = network.add_convolution_nd(first.get_output(0), 1, (2, 2), np.arange(4))
    network.mark_output(second.get_output(0))
    explorer = cv.explore(second, {"x": np.concatenate([DIGITS, 2 * DIGITS])}, item=1)
    scene = prefetched(explorer, "stride_nd width", monkeypatch)[2]
    moved(explorer, "stride_nd width", 2)
    assert without_time(scene) == without_time(explorer.stage.scene)
    explorer.close()


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_what_cannot_be_prefetched_is_answered_all_the_same(
    explorer, failure: BaseException, monkeypatch
) -> None:
    fail_next(explorer, failure, monkeypatch, "sums")
    assert prefetched(explorer, "stride_nd width", monkeypatch) == {}
    assert explorer.stage.error == ""


def test_nothing_is_prefetched_of_what_is_large_refused_or_no_axis(monkeypatch) -> None:
    large = cv.explore(np.ones((40, 40)), POWERS)
    assert prefetched(large, "stride_nd width", monkeypatch) == {}
    large.close()
    explorer = cv.explore(DIGITS, POWERS, input_scale=0.1, kernel_scale=1.0)
    assert prefetched(explorer, "input scale", monkeypatch) == {}
    assert prefetched(explorer, "num_groups", monkeypatch) == {}
    typed(explorer, "dilation_nd height", 9)
    assert explorer.stage.error
    assert prefetched(explorer, "stride_nd width", monkeypatch) == {}
    explorer.close()


# Pictures side by side, and the code that makes one

ARRAYS = {
    "plain": ((DIGITS, POWERS), {}),
    "parameters": (
        (DIGITS, POWERS, np.float32([0.1])),
        {"stride_nd": (2, 1), "pre_padding": (1, 0), "dilation_nd": (1, 2)},
    ),
    "same": ((DIGITS, POWERS), {"padding_mode": "SAME_LOWER", "padding_nd": (1, 2)}),
    "groups": (
        (np.concatenate([DIGITS, DIGITS], 1), np.concatenate([POWERS, -POWERS])),
        {"num_groups": 2},
    ),
    "3d": ((np.ones((1, 1, 3, 4, 5)), np.full((1, 1, 2, 2, 2), 1 / 3)), {}),
    "int8": ((DIGITS, POWERS), {"input_scale": 0.1, "kernel_scale": 78.74}),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_the_code_of_a_picture_makes_the_same_picture(name: str) -> None:
    arguments, keywords = ARRAYS[name]
    explorer = cv.explore(*arguments, **keywords)
    explorer.layer.post_padding = (0,) * (explorer.layer.rank - 1) + (1,)
    names: dict[str, object] = {}
    exec(explorer.stage.code.replace("cv.explore(", "again = cv.explore("), names)
    again = names["again"]
    assert again.scene.output.tobytes() == explorer.scene.output.tobytes()
    assert again.scene.formulas == explorer.scene.formulas
    assert again.stage.code == explorer.stage.code
    explorer.close()
    again.close()


STAGE = ("large", "formula", "step", "predict")
SHOWN: list[dict[str, object]] = [
    {"predict": [1, 9], "controls": ["stride_nd"], "step": 1},
    {"predict": "cell", "controls": "all", "formula": True},
    {"predict": True, "large": True, "device": "cpu", "step": -1},
]


@pytest.mark.parametrize("shown", SHOWN, ids=str)
def test_the_code_of_a_picture_brings_back_the_same_stage(shown: dict[str, object]) -> None:
    explorer = cv.explore(DIGITS, POWERS, **shown)
    names: dict[str, object] = {}
    exec(explorer.stage.code.replace("cv.explore(", "again = cv.explore("), names)
    again = names["again"]
    for name in STAGE:
        assert getattr(again.stage, name) == getattr(explorer.stage, name), name
    for name in ("lesson", "open"):
        assert again.stage.controls[name] == explorer.stage.controls[name], name
    again.close()
    explorer.close()


def test_the_code_of_a_picture_asks_for_nothing_that_is_gone() -> None:
    explorer = cv.explore(DIGITS, POWERS, predict=[1, 20], step=20)
    explorer.layer.stride_nd = (2, 3)
    assert explorer.stage.code.endswith("stride_nd=(2, 3), predict=[1])")
    explorer.layer.stride_nd = (4, 7)
    assert explorer.stage.code.endswith("stride_nd=(4, 7), predict=True)")
    batch = cv.explore(np.concatenate([DIGITS, 2 * DIGITS]), POWERS, item=1)
    assert batch.stage.code.endswith("cv.explore(data, kernel, item=1)")


@pytest.mark.parametrize("predict", [True, [1, 2], "size", False])
def test_a_comparison_asks_nothing_and_says_where_questions_are(predict: object) -> None:
    with pytest.raises(cv.ArgumentError, match=r"Ask in cv\.explore") as refused:
        cv.compare(DIGITS, POWERS, stride_nd=[(1, 1), (2, 2)], predict=predict)
    assert refused.value.parameter == "predict"


def test_a_comparison_changes_one_parameter_of_copies() -> None:
    layer = reference(stride_nd=(2, 2)).layer()
    modes = [PaddingMode.SAME_UPPER, "SAME_LOWER", PaddingMode.EXPLICIT_ROUND_UP]
    comparison = cv.compare(layer, DIGITS, padding_mode=modes)
    assert [each.padding_mode.name for each in comparison.layers] == [
        "SAME_UPPER",
        "SAME_LOWER",
        "EXPLICIT_ROUND_UP",
    ]
    for each, stage in zip(comparison.layers, comparison.stages, strict=True):
        assert each.stride_nd == (2, 2)
        shown = [axis["output"] for axis in stage.scene["axes"]]
        assert shown == [axis.output for axis in each.geometry().axes]
    assert len({stage.group for stage in comparison.stages}) == 1
    assert layer.padding_mode is PaddingMode.EXPLICIT_ROUND_DOWN


def test_more_groups_keep_the_weights_that_are_left() -> None:
    data, kernel = cv.examples.decades(4), np.arange(16, dtype=np.float32).reshape(4, 4, 1, 1)
    comparison = cv.compare(data, kernel, num_groups=[1, 2, 4])
    assert [layer.num_groups for layer in comparison.layers] == [1, 2, 4]
    assert [layer.kernel.shape[1] for layer in comparison.layers] == [4, 2, 1]
    assert (comparison.layers[1].kernel == kernel[:, :2]).all()
    with pytest.raises(cv.ArgumentError, match="num_groups"):
        cv.compare(data, kernel, num_groups=[1, 3])


@pytest.mark.parametrize(
    ("parameter", "keywords"),
    [
        ("parameters", {}),
        ("parameters", {"stride_nd": (2, 2)}),
        ("parameters", {"stride_nd": [(1, 1), (2, 2)], "dilation_nd": [(1, 1)]}),
        ("strides", {"strides": [(1, 1)]}),
        ("stride_nd", {"stride_nd": [(1, 1), (0, 1)]}),
        ("kernel_size_nd", {"dilation_nd": [(1, 1), (9, 9)]}),
    ],
    ids=itertools.count(),
)
def test_what_cannot_be_compared_is_refused_by_name(parameter: str, keywords: dict) -> None:
    with pytest.raises(ArgumentError) as refusal:
        cv.compare(reference().layer(), DIGITS, **keywords)
    assert refusal.value.parameter == parameter


def test_a_refused_comparison_is_left_nowhere() -> None:
    open_before = set(open_widgets)
    with pytest.raises(ArgumentError, match="kernel_size_nd"):
        cv.compare(reference().layer(), DIGITS, dilation_nd=[(1, 1), (9, 9)])
    assert set(open_widgets) <= open_before


def test_the_parameters_that_editors_offer_are_the_tables() -> None:
    names = {row.name for row in parameters.OPTIONAL}
    assert set(parameters.LayerParameters.__annotations__) == names
    assert set(ComparisonOptions.__annotations__) == names | {"device", "item"}


# The end


def test_a_closed_explorer_leaves_the_layer_alone(monkeypatch) -> None:
    explorer = cv.explore(reference().layer())
    explorer.close()
    before = explorer.scene
    explorer.layer.stride_nd = (2, 2)
    assert explorer.scene is before
    explorer.close()  # twice is once


def test_a_closed_explorer_is_forgotten() -> None:
    layer = reference().layer()
    explorer = cv.explore(layer)
    gone = weakref.ref(explorer)
    explorer.close()
    del explorer
    gc.collect()
    assert gone() is None


def test_a_refused_explorer_is_forgotten() -> None:
    layer = reference(dilation_nd=(4, 4)).layer()
    observers = repr(layer._trait_notifiers)
    with pytest.raises(ArgumentError):
        cv.explore(layer)
    assert repr(layer._trait_notifiers) == observers


# The lesson's controls


@pytest.mark.parametrize(
    ("controls", "lesson", "is_open"),
    [
        ((), [], False),
        (["stride_nd"], ["stride_nd"], False),
        ("stride_nd", ["stride_nd"], False),
        (["padding_mode", "num_groups"], ["padding_mode", "num_groups"], False),
        ("all", [], True),
    ],
)
def test_a_lesson_names_the_controls_above_its_picture(controls, lesson, is_open) -> None:
    explorer = cv.explore(DIGITS, POWERS, controls=controls)
    assert explorer.stage.controls["lesson"] == lesson
    assert explorer.stage.controls["open"] is is_open
    typed(explorer, "stride_nd width", 2)
    assert explorer.stage.controls["lesson"] == lesson
    explorer.close()


@pytest.mark.parametrize("controls", ["stride", ["stride_nd", "sride_nd"], [3], 3, None, {"a": 1}])
def test_what_is_no_control_is_refused_by_name(controls: object) -> None:
    with pytest.raises(ArgumentError) as refusal:
        cv.explore(DIGITS, POWERS, controls=controls)
    assert refusal.value.parameter == "controls"
