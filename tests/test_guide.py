"""Prose that drives a picture: what a phase does, in which order, and what is refused at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from scenes import DIGITS, POWERS
from test_explorer import control, typed

import convviz as cv
from convviz.widget.explorer import Explorer
from convviz.widget.guide import ACTIONS, Guide

STRIDE = ("Set the stride to 3 along the width.", {"stride_nd": (2, 3)}, "Side by side.")
ROW = ("Look at output row 1.", {"step": 3})
KERNEL = ("Take edges of 5×5.", {"kernel_size_nd": (5, 5), "kernel": "edges"}, "More neighbours.")
BACK = ("Go back.", {"reset": True, "step": -1, "tap": 4})


@pytest.fixture
def explorer() -> Iterator[Explorer]:
    found = cv.explore(DIGITS, POWERS)
    yield found
    found.close()


def sent(explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """What is told to the stage's views from now on."""
    messages: list[dict] = []
    monkeypatch.setattr(explorer.stage, "send", messages.append)
    return messages


def press(guide: Guide, number: int) -> None:
    """What the browser sends when a sentence is pressed."""
    guide._handle_custom_msg({"phase": number, "request": str(number)}, [])


def test_each_phase_does_what_it_says_and_the_next_becomes_available(explorer, monkeypatch) -> None:
    guide, told = cv.guide(explorer, STRIDE, ROW, KERNEL, BACK), sent(explorer, monkeypatch)
    layer = explorer.layer
    assert guide.phases[0] == {"sentence": STRIDE[0], "then": STRIDE[2]}
    assert (guide.done, guide.current) == (0, -1)
    press(guide, 0)
    assert (layer.stride_nd, guide.done, guide.current) == ((2, 3), 1, 0)
    assert told.pop() == {"go": None, "tap": None, "afresh": False, "reveal": True}
    assert control(explorer, "stride_nd width")["text"] == "3"
    press(guide, 1)
    assert told.pop() == {"go": 3, "tap": None, "afresh": False, "reveal": True}
    press(guide, 2)
    told.clear()
    assert (layer.kernel == cv.examples.edges((5, 5))).all()
    assert control(explorer, "kernel")["text"] == "edges"
    press(guide, 3)
    assert [each["afresh"] for each in told] == [True, False]
    assert told[1] == {"go": 27, "tap": 4, "afresh": False, "reveal": True}
    assert (layer.stride_nd, layer.kernel_size_nd) == ((1, 1), (3, 3))
    assert (layer.kernel.reshape(3, 3) == POWERS).all()
    press(guide, 0)
    assert (guide.done, guide.current) == (4, 0), "an earlier one can be pressed again"
    assert layer.stride_nd == (2, 3)


def test_a_phase_that_is_not_reached_yet_is_answered_and_does_nothing(
    explorer, monkeypatch
) -> None:
    guide = cv.guide(explorer, STRIDE, ROW)
    answers: list[dict] = []
    monkeypatch.setattr(guide, "send", answers.append)
    for message in ({"phase": 1, "request": "a"}, {"phase": True, "request": "b"}, {"ping": "c"}):
        guide._handle_custom_msg(message, [])
    guide._handle_custom_msg("anything", [])
    assert [each.get("request") for each in answers] == ["a", "b", None]
    assert answers[2] == {"pong": "c"}
    assert guide.done == 0


def test_what_the_layer_refuses_meanwhile_is_said_in_the_stage(explorer) -> None:
    guide = cv.guide(explorer, ("Set the dilation.", {"dilation_nd": (2, 2)}), STRIDE)
    typed(explorer, "kernel_size_nd height", 5)
    press(guide, 0)
    assert explorer.stage.error.startswith("kernel_size_nd: got 5 along the height")
    assert (guide.done, guide.refused, guide.current) == (0, 0, -1)
    explorer.reset()
    press(guide, 0)
    assert (explorer.stage.error, guide.done, guide.refused) == ("", 1, -1)


def test_phases_may_be_a_list_and_need_no_words_after_them(explorer) -> None:
    guide = cv.guide(explorer, [list(STRIDE), ROW])
    assert [each["then"] for each in guide.phases] == ["Side by side.", ""]


def test_reset_comes_before_the_rest_and_begins_where_the_explorer_did(explorer) -> None:
    explorer.layer.dilation_nd = (2, 2)
    size = ("Set the size to 6.", {"reset": True, "kernel_size_nd": (6, 6)})
    press(cv.guide(explorer, size), 0)
    assert (explorer.layer.dilation_nd, explorer.layer.kernel_size_nd) == ((1, 1), (6, 6))
    assert explorer.stage.error == ""


def test_a_phase_is_tried_after_those_before_it(explorer) -> None:
    padding = ("Pad.", {"padding_nd": (2, 2)})
    size = ("Set the size to 9.", {"kernel_size_nd": (9, 9)})
    cv.guide(explorer, padding, size, ("Look at the end.", {"step": 9}))
    with pytest.raises(cv.ArgumentError, match=r"kernel_size_nd: got 9 along .* phase 0"):
        cv.guide(explorer, size, padding)
    with pytest.raises(cv.ArgumentError, match="step: got 10 in phase 2"):
        cv.guide(explorer, padding, size, ("Look further.", {"step": 10}))
    assert explorer.layer.kernel_size_nd == (3, 3), "the layer itself stays as it is"


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        (("Nothing.", {}), "phase 0: got .*what the sentence does"),
        (("", {"step": 1}), "phase 0: got"),
        ("Set the stride.", "phase 0: got 'Set the stride.'"),
        (("Set the stride.",), "phase 0: got"),
        ((3, {"step": 1}), "phase 0: got 3; allowed: a text"),
        (("x", {"step": 1}, 5), "phase 0: got 5; allowed: a text"),
        (("x", {"strides": 1}), "strides.: got 1; allowed: num_output_maps, "),
        (("x", {"stride_nd": (0, 1)}), r"stride_nd: got \(0, 1\) in phase 0"),
        (("x", {"stride_nd": 2}), "stride_nd: got 2 in phase 0"),
        (("x", {"num_groups": 2}), "num_groups: got 2 with 1 input channels"),
        (("x", {"padding_mode": "SAME"}), "padding_mode: got 'SAME' in phase 0"),
        (("x", {"kernel": "own"}), "kernel: got 'own'; allowed: 'powers_of_ten'"),
        (("x", {"kernel_size_nd": (6, 9), "padding_nd": (9, 9), "kernel": "nothing"}), "kernel: "),
        (("x", {"step": 28}), "step: got 28 in phase 0"),
        (("x", {"step": 1.5}), "step: got 1.5"),
        (("x", {"tap": 10}), "tap: got 10 in phase 0"),
        (("x", {"reset": 1}), "reset: got 1; allowed: True or False"),
    ],
)
def test_what_no_phase_can_be_is_refused_at_once(explorer, phase: object, words: str) -> None:
    with pytest.raises(cv.ArgumentError, match=words):
        cv.guide(explorer, phase)


def test_a_guide_needs_an_explorer_and_a_phase(explorer) -> None:
    with pytest.raises(cv.ArgumentError, match="explorer: got <ConvolutionLayer"):
        cv.guide(explorer.layer, STRIDE)
    with pytest.raises(cv.ArgumentError, match="phases: got none"):
        cv.guide(explorer)
    assert {"kernel", "step", "tap", "reset", "stride_nd", "num_output_maps"} <= set(ACTIONS)


def test_weights_from_an_input_cannot_be_promised_to_follow() -> None:
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (1, 1, 6, 9))
    w = network.add_input("w", cv.DataType.FLOAT, (1, 1, 3, 3))
    layer = network.add_convolution_nd(x, 1, (3, 3), cv.Weights())
    layer.set_input(1, w)
    explorer = cv.explore(layer, {"x": DIGITS, "w": np.ones((1, 1, 3, 3))})
    cv.guide(explorer, STRIDE)
    for changes in ({"kernel_size_nd": (2, 2)}, {"kernel": "blur"}):
        with pytest.raises(cv.ArgumentError, match="kernel: got values from an input in phase 0"):
            cv.guide(explorer, ("x", changes))
    explorer.close()
