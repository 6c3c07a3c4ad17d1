"""A reader's controls fit the weights: what fits stays in its place, and nothing goes red."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from scenes import DIGITS, POWERS
from test_explorer import ARRAYS, control, moved, tell, type_into, typed

import convviz as cv
from convviz.language.catalogue import say
from convviz.network import kernels
from convviz.parameters import PaddingMode
from convviz.widget.explorer import Explorer

OWN = np.arange(1, 10, dtype=np.float32).reshape(1, 1, 3, 3) ** 2


def weights(explorer: Explorer) -> np.ndarray:
    """The kernel on the stage, as it was before it was quantized."""
    return explorer.scene.run.arrays["kernel"]


def common(old: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The part of two kernels that both have room for."""
    part = tuple(slice(min(a, b)) for a, b in zip(old.shape, new.shape, strict=True))
    return old[part], new[part]


@pytest.fixture
def explorer() -> Iterator[Explorer]:
    found = cv.explore(np.repeat(DIGITS, 2, 1), np.repeat(OWN, 2, 1), [7.0])
    yield found
    found.close()


# One move


def test_the_first_touch_of_a_kernel_size_keeps_what_fits(explorer) -> None:
    before = weights(explorer)
    moved(explorer, "kernel_size_nd width", 4)
    assert (explorer.stage.error, explorer.stage.controls["refused"]) == ("", "")
    old, new = common(before, weights(explorer))
    assert (old == new).all()
    assert (weights(explorer)[..., 3] == 0).all()
    assert explorer.stage.controls["words"] == "18 of 24 weights kept; 6 are zeros."
    moved(explorer, "kernel_size_nd height", 2)
    assert (weights(explorer)[..., :3] == before[:, :, :2]).all()
    assert explorer.stage.controls["words"] == "12 of 16 weights kept; 4 are zeros."


def test_what_was_cut_off_comes_back(explorer) -> None:
    before = weights(explorer)
    for size in (2, 1, 5, 3):
        typed(explorer, "kernel_size_nd width", size)
    assert (weights(explorer) == before).all()
    assert explorer.stage.controls["words"] == ""
    typed(explorer, "kernel_size_nd width", 1)
    assert explorer.stage.controls["words"] == (
        "6 of 18 weights kept; the other 12 come back when there is room."
    )
    type_into(explorer, "kernel", 0, "-5")
    assert explorer.stage.controls["words"] == ""
    typed(explorer, "kernel_size_nd width", 3)
    assert weights(explorer)[0, 0, 0].tolist() == [-5, 0, 0]


def test_maps_and_groups_keep_what_fits_with_their_bias(explorer) -> None:
    before = weights(explorer)
    typed(explorer, "num_output_maps", 2)
    assert explorer.stage.error == ""
    assert explorer.scene.bias.tolist() == [7, 0]
    assert "Bias: 1 of 2 numbers kept; 1 is zero." in explorer.stage.controls["words"]
    typed(explorer, "num_groups", 2)
    assert explorer.stage.error == ""
    assert weights(explorer).shape == (2, 1, 3, 3)
    assert (weights(explorer)[0] == before[0, :1]).all()
    typed(explorer, "num_groups", 1)
    typed(explorer, "num_output_maps", 1)
    assert (weights(explorer) == before).all()
    assert explorer.scene.bias.tolist() == [7]


@pytest.mark.parametrize("name", kernels.NAMES)
def test_a_kernel_with_a_name_goes_on_under_it(explorer, name: str) -> None:
    typed(explorer, "kernel", name)
    for size in (4, 2, 1, 5):
        typed(explorer, "kernel_size_nd height", size)
        assert (explorer.stage.error, control(explorer, "kernel")["text"]) == ("", name)
        expected = kernels.named(name, (1, 2, size, 3))
        np.testing.assert_array_equal(weights(explorer), expected)
    words = say("widget.fitted.goes_on", name=say(f"widget.kernel.{name}"), count=30)
    assert explorer.stage.controls["words"] == words


def test_maps_of_several_names_go_on_each_by_itself() -> None:
    explorer = cv.explore(
        DIGITS, np.concatenate([cv.examples.filters(), OWN, -cv.examples.powers_of_ten()])
    )
    moved(explorer, "kernel_size_nd height", 5)
    for n, name in enumerate(["blur", "edges", "sharpen", "relief"]):
        np.testing.assert_array_equal(weights(explorer)[n], kernels.named(name, (1, 1, 5, 3))[0])
    assert (weights(explorer)[4, 0, :3] == OWN[0, 0]).all()
    assert (weights(explorer)[4, 0, 3:] == 0).all()
    powers = cv.examples.powers_of_ten((5, 3))
    np.testing.assert_array_equal(weights(explorer)[5], -powers[0])
    assert "9 of 15 weights kept; 6 are zeros." in explorer.stage.controls["words"]
    explorer.close()


def test_powers_that_float32_has_not_are_kept_and_filled_up() -> None:
    explorer = cv.explore(np.ones((1, 1, 12, 12)), POWERS)
    typed(explorer, "kernel_size_nd height", 12)
    typed(explorer, "kernel_size_nd width", 7)
    assert (explorer.stage.error, control(explorer, "kernel")["text"]) == ("", "own")
    assert (weights(explorer)[0, 0, :3, :3] == POWERS).all()
    assert set(control(explorer, "kernel")["unavailable"]) == {"powers_of_ten"}
    explorer.close()


def test_python_keeps_its_refusals_until_a_reader_moves_something(explorer) -> None:
    before = weights(explorer)
    explorer.layer.kernel_size_nd = (2, 2)
    assert explorer.stage.error.startswith("kernel: got 18 weights; allowed: 8")
    typed(explorer, "stride_nd width", 2)
    assert explorer.stage.error == ""
    assert (weights(explorer) == before[..., :2, :2]).all()
    explorer.layer.num_output_maps = 2
    assert explorer.stage.error.startswith("kernel: got 8 weights; allowed: 16")


def test_reset_brings_back_exactly_what_was_there(explorer) -> None:
    scene, shown = explorer.stage.scene, explorer.stage.controls
    layer = explorer.layer
    for name, value in (
        ("kernel_size_nd width", 5),
        ("num_output_maps", 4),
        ("num_groups", 2),
        ("kernel", "blur"),
        ("kernel_size_nd height", 1),
        ("padding_nd height", 3),
    ):
        typed(explorer, name, value)
        assert explorer.stage.error == ""
    tell(explorer, action="reset")
    assert {**explorer.stage.scene, "duration": ""} == {**scene, "duration": ""}
    assert (layer.num_output_maps, layer.kernel_size_nd, layer.num_groups) == (1, (3, 3), 1)
    for each in ("parameters", "words"):
        assert explorer.stage.controls[each] == shown[each]


# Where the weights live elsewhere


def quantized(maps: int) -> Explorer:
    kernel = np.arange(9 * maps, dtype=np.float32).reshape(maps, 1, 3, 3)
    return cv.explore(DIGITS, kernel, input_scale=0.5, kernel_scale=[0.5, 0.25][:maps])


def test_a_quantized_layer_s_weights_and_scales_follow() -> None:
    explorer = quantized(2)
    before = weights(explorer)
    moved(explorer, "kernel_size_nd height", 4)
    typed(explorer, "num_output_maps", 3)
    assert explorer.stage.error == ""
    assert explorer.scene.quantization.kernel_scales.tolist() == [0.5, 0.25, 0.25]
    old, new = common(before, weights(explorer))
    assert (old == new).all()
    typed(explorer, "num_output_maps", 1)
    typed(explorer, "num_output_maps", 2)
    assert explorer.scene.quantization.kernel_scales.tolist() == [0.5, 0.25]
    typed(explorer, "kernel", "edges")
    assert (explorer.stage.error, explorer.scene.source_kernel[1, 0, 0, 0]) == ("", -1)
    explorer.close()


def int8_kernel() -> Explorer:
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (1, 1, 6, 9))
    scale = network.add_constant([], np.ones(1)).get_output(0)
    kernel = network.add_constant((1, 1, 3, 3), np.ones(9, dtype=np.int8)).get_output(0)
    activation = network.add_quantize(x, scale).get_output(0)
    tensors = [network.add_dequantize(each, scale).get_output(0) for each in (activation, kernel)]
    layer = network.add_convolution_nd(tensors[0], 1, (3, 3), cv.Weights())
    layer.set_input(1, tensors[1])
    return cv.explore(layer, DIGITS)


def test_an_int8_kernel_has_the_names_that_integers_can_have() -> None:
    explorer = int8_kernel()
    assert {"blur", "powers_of_ten"} <= set(control(explorer, "kernel")["unavailable"])
    typed(explorer, "kernel", "blur")
    assert explorer.stage.error.startswith("kernel: got blur; allowed: integers from -128 to 127")
    assert (explorer.scene.kernel == 1).all()
    moved(explorer, "kernel_size_nd width", 4)
    assert explorer.scene.kernel.shape == (1, 1, 3, 4)
    assert (explorer.scene.kernel == 1).all()
    explorer.close()


def test_weights_from_an_input_are_not_fitted_and_the_layer_stays() -> None:
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (1, 1, 6, 9))
    w = network.add_input("w", cv.DataType.FLOAT, (1, 1, 3, 3))
    layer = network.add_convolution_nd(x, 1, (3, 3), cv.Weights())
    layer.set_input(1, w)
    explorer = cv.explore(layer, {"x": DIGITS, "w": POWERS[None, None]})
    others = [each["name"] for each in explorer.stage.controls["others"]]
    assert "kernel" not in others, "nothing is there to be chosen"
    moved(explorer, "kernel_size_nd width", 4)
    assert explorer.stage.error.startswith("kernel: got values from an input")
    assert layer.kernel_size_nd == (3, 3)
    moved(explorer, "stride_nd width", 2)
    assert explorer.stage.error == ""
    explorer.close()


# The choice of kernels


def test_own_comes_back_after_a_choice_and_cannot_be_chosen_before(explorer) -> None:
    before = weights(explorer)
    assert control(explorer, "kernel")["text"] == "own"
    typed(explorer, "kernel", "edges")
    assert "unavailable" not in control(explorer, "kernel")
    typed(explorer, "kernel_size_nd width", 4)
    typed(explorer, "kernel", "own")
    assert (weights(explorer)[..., :3] == before).all()
    typed(explorer, "kernel", "no kernel")
    assert explorer.stage.error.startswith("kernel: got 'no kernel'; allowed: 'powers_of_ten'")
    powers = cv.explore(DIGITS, POWERS)
    assert control(powers, "kernel")["unavailable"] == ["own"]
    typed(powers, "kernel", "own")
    assert powers.stage.error == ""
    assert control(powers, "kernel")["text"] == "powers_of_ten"
    powers.close()


def test_a_number_typed_into_a_kernel_with_a_name_makes_it_an_own_one() -> None:
    explorer = cv.explore(DIGITS, POWERS)
    assert control(explorer, "kernel")["text"] == "powers_of_ten"
    type_into(explorer, "kernel", 0, "3")
    assert control(explorer, "kernel")["text"] == "own"
    explorer.close()


# Counts, and padding on both sides


def test_sliders_of_counts_step_over_what_cannot_be() -> None:
    explorer = cv.explore(np.ones((6, 4, 4)), np.ones((6, 6, 2, 2)))
    assert control(explorer, "num_groups")["slider"] == (1, 6, 1)
    for place, groups in ((2, 2), (3, 3), (4, 6), (5, 3), (6, 6), (4, 3), (2, 2), (1, 1), (3, 3)):
        moved(explorer, "num_groups", place)
        assert (explorer.layer.num_groups, explorer.stage.error) == (groups, "")
        assert control(explorer, "num_groups")["slider"] == (1, 6, groups)
    for place, maps in ((7, 9), (10, 12), (11, 9), (24, 24), (1, 3)):
        moved(explorer, "num_output_maps", place)
        assert (explorer.layer.num_output_maps, explorer.stage.error) == (maps, "")
    typed(explorer, "num_output_maps", 4)
    assert explorer.stage.error.startswith("num_groups: got 3 with 6 input channels and 4 output")
    typed(explorer, "num_output_maps", 30)
    assert control(explorer, "num_output_maps")["slider"] == (3, 30, 30)
    moved(explorer, "num_output_maps", 26)
    assert explorer.layer.num_output_maps == 24
    explorer.close()


def test_int8_groups_that_cannot_be_summed_are_stepped_over() -> None:
    explorer = cv.explore(np.ones((16, 3, 3)), np.ones((16, 16, 1, 1)), input_scale=1)
    least, most, _ = control(explorer, "num_groups")["slider"]
    for place in range(least, most + 1):
        moved(explorer, "num_groups", place)
        assert explorer.stage.error == ""
    assert explorer.layer.num_groups == 16
    explorer.close()


def test_padding_nd_sets_both_sides_of_its_axis_and_shows_both() -> None:
    explorer = cv.explore(DIGITS, POWERS, pre_padding=(0, 1), post_padding=(0, 2))
    assert control(explorer, "padding_nd width")["text"] == "1 | 2"
    typed(explorer, "padding_nd height", 2)
    assert explorer.layer.pre_padding == (2, 1)
    assert explorer.layer.post_padding == (2, 2)
    assert control(explorer, "padding_nd height")["text"] == "2"
    moved(explorer, "padding_nd width", 0)
    assert (explorer.layer.pre_padding, explorer.layer.post_padding) == ((2, 0), (2, 0))
    typed(explorer, "padding_nd width", "1 | 2")
    assert explorer.stage.error.startswith("padding_nd: got '1 | 2'; allowed: a whole number")
    typed(explorer, "padding_nd width", -1)
    assert explorer.stage.error.startswith("padding_nd: got -1; allowed: one integer from 0")
    explorer.close()


def test_padding_that_a_window_needs_cannot_be_slid_away() -> None:
    explorer = cv.explore(np.ones((3, 3)), np.ones((4, 2)), pre_padding=(2, 0))
    assert control(explorer, "pre_padding height")["slider"][0] == 1
    explorer.layer.post_padding = (1, 0)
    assert control(explorer, "pre_padding height")["slider"][0] == 0
    explorer.close()


# Any sequence of moves


class Moves(RuleBasedStateMachine):
    """A reader who moves every control within its reach: never red, no weight leaves its tap."""

    @initialize(case=st.sampled_from(sorted(ARRAYS)), named=st.booleans())
    def explore(self, case: str, named: bool) -> None:
        (data, kernel, *bias), keywords = ARRAYS[case]
        if not named:
            kernel = np.arange(2, kernel.size + 2, dtype=np.float32).reshape(kernel.shape) ** 2 / 8
        self.explorer = cv.explore(data, kernel, *bias, **keywords)
        self.first = weights(self.explorer)
        self.named = named
        self.whole = None if named else self.first  # as long as every weight's place is known

    def teardown(self) -> None:
        self.explorer.close()

    def sliders(self) -> list[dict]:
        shown = self.explorer.stage.controls
        rows = itertools.chain.from_iterable(row["controls"] for row in shown["parameters"])
        return [each for each in (*rows, *shown["others"]) if "slider" in each]

    @rule(data=st.data())
    def slides(self, data: st.DataObject) -> None:
        slider = data.draw(st.sampled_from(self.sliders()), "slider")
        least, most, _ = slider["slider"]
        place = data.draw(st.integers(least, most), "place")
        moved(self.explorer, slider["name"], place)

    @rule(together=st.booleans())
    def ties_the_axes(self, together: bool) -> None:
        tell(self.explorer, together=together)

    @rule(data=st.data())
    def chooses(self, data: st.DataObject) -> None:
        kernel = control(self.explorer, "kernel")
        there = [name for name, _ in kernel["options"] if name not in kernel.get("unavailable", ())]
        name = data.draw(st.sampled_from(there), "kernel")
        typed(self.explorer, "kernel", name)
        assert control(self.explorer, "kernel")["text"] == name
        self.whole = None

    @precondition(lambda self: self.explorer.scene.run.arrays["kernel"].size < 100)
    @rule()
    def edits(self) -> None:
        before = weights(self.explorer)
        type_into(self.explorer, "kernel", 0, "0.75")
        if self.whole is not None and (weights(self.explorer) != before).any():
            self.whole = weights(self.explorer)

    @rule()
    def resets(self) -> None:
        tell(self.explorer, action="reset")
        np.testing.assert_array_equal(weights(self.explorer), self.first)
        self.whole = None if self.named else self.first

    @invariant()
    def nothing_is_red_and_all_agrees(self) -> None:
        if not hasattr(self, "explorer"):
            return
        explorer = self.explorer
        assert explorer.stage.error == ""
        layer, geometry = explorer.layer, explorer.scene.geometry
        assert geometry == layer.geometry(geometry.input_shape)
        assert weights(explorer).shape == geometry.kernel_shape
        for row in explorer.stage.controls["parameters"]:
            if row["name"] != "padding_nd":
                texts = tuple(int(each["text"]) for each in row["controls"])
                assert texts == getattr(layer, row["name"])
        if self.whole is not None:
            old, new = common(self.whole, weights(explorer))
            np.testing.assert_array_equal(old, new)
            assert np.count_nonzero(weights(explorer)) == np.count_nonzero(new)


TestMoves = Moves.TestCase
TestMoves.settings = settings(
    max_examples=settings.default.max_examples // 3,
    stateful_step_count=12,
    suppress_health_check=list(HealthCheck),
)


@given(
    st.sampled_from(kernels.NAMES),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.lists(st.integers(1, 4), min_size=2, max_size=3),
)
def test_every_name_is_found_again(name: str, front: tuple[int, int], size: list[int]) -> None:
    shape = (*front, *size)
    if name in kernels.available(shape):
        kernel = kernels.named(name, shape)
        assert kernel.shape == shape
        assert kernels.name_of(kernel, name) == name
        assert kernels.name_of(kernel + np.float32(0.3)) == ""


@given(
    st.lists(st.integers(1, 5), min_size=4, max_size=4),
    st.lists(st.integers(1, 5), min_size=4, max_size=4),
)
def test_a_kernel_without_a_name_keeps_every_weight_at_its_index(old: list, new: list) -> None:
    kernel = (np.arange(np.prod(old), dtype=np.float32).reshape(old) + 3) ** 2
    result, names = kernels.fitted(kernel, tuple(new))
    assert names == {}
    for index in np.ndindex(*new):
        inside = all(i < n for i, n in zip(index, old, strict=True))
        assert result[index] == (kernel[index] if inside else 0)


def test_modes_can_be_chosen_with_any_size_that_a_slider_gives() -> None:
    explorer = cv.explore(DIGITS, POWERS)
    for mode in PaddingMode:
        typed(explorer, "padding_mode", mode.name)
        moved(
            explorer, "kernel_size_nd width", control(explorer, "kernel_size_nd width")["slider"][1]
        )
        assert explorer.stage.error == ""
    explorer.close()
