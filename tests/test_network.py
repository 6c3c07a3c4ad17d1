"""Networks and layers: TensorRT's semantics, shapes before data, and what observers see."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest
import traitlets
from hypothesis import given
from hypothesis import strategies as st

import convviz as cv
from convviz.errors import ArgumentError
from convviz.geometry import Geometry

DIGITS = np.tile(np.arange(1, 10, dtype=np.float32).reshape(3, 3), (2, 3))[None, None]
POWERS = np.power(10, range(4, -5, -1), dtype=np.float32)


def make_layer(shape=(1, 1, 6, 9), maps=1, kernel_shape=(3, 3), kernel=POWERS, bias=None):
    """A network of one convolution whose output is marked."""
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, shape)
    layer = network.add_convolution_nd(x, maps, kernel_shape, kernel, bias)
    network.mark_output(layer.get_output(0))
    return layer


def run(layer, data=DIGITS) -> np.ndarray:
    """The only output of the layer's network."""
    (output,) = layer.network.run({"x": data}).values()
    return output


def seen(layer, name=traitlets.All) -> list:
    """The list that grows with every change of the layer's parameters."""
    changes = []
    layer.observe(changes.append, name)
    return changes


def dequantized(network, tensor, scale, axis=None):
    """``tensor`` quantized and dequantized by ``scale``: the last tensor."""
    scales = np.array(scale, np.float32)
    constant = network.add_constant(scales.shape, scales).get_output(0)
    quantize = network.add_quantize(tensor, constant)
    dequantize = network.add_dequantize(quantize.get_output(0), constant)
    if axis is not None:
        quantize.axis = dequantize.axis = axis
    return dequantize.get_output(0)


def make_quantized(data_shape, kernel, input_scale, kernel_scale, *, axis=None, bias=None):
    """A convolution between dequantized tensors, marked."""
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, data_shape)
    weights = network.add_constant(kernel.shape, kernel).get_output(0)
    layer = network.add_convolution_nd(
        dequantized(network, x, input_scale),
        kernel.shape[0],
        kernel.shape[2:],
        cv.Weights(),
        bias,
    )
    layer.set_input(1, dequantized(network, weights, kernel_scale, axis))
    network.mark_output(layer.get_output(0))
    return layer


# -- names ----------------------------------------------------------------------------------------


def test_layers_and_tensors_have_tensorrts_default_names() -> None:
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (1, 1, 6, 9))
    one = network.add_constant([], [1.0])
    quantize = network.add_quantize(x, one.get_output(0))
    dequantize = network.add_dequantize(quantize.get_output(0), one.get_output(0))
    layer = network.add_convolution_nd(dequantize.get_output(0), 1, (3, 3), POWERS)
    assert [each.name for each in network] == [
        "(Unnamed Layer* 0) [Constant]",
        "(Unnamed Layer* 1) [Quantize]",
        "(Unnamed Layer* 2) [Dequantize]",
        "(Unnamed Layer* 3) [Convolution]",
    ]
    assert layer.get_output(0).name == "(Unnamed Layer* 3) [Convolution]_output"


def test_a_renamed_output_gives_its_name_to_the_result() -> None:
    layer = make_layer()
    layer.get_output(0).name = "sharper"
    layer.name = "sharpen"
    assert list(layer.network.run({"x": DIGITS})) == ["sharper"]
    assert "sharpen" in repr(layer)


def test_a_network_lists_what_it_holds() -> None:
    layer = make_layer()
    network = layer.network
    assert (network.num_layers, network.num_inputs, network.num_outputs) == (1, 1, 1)
    assert network.get_layer(0) is network[0] is layer
    assert network.get_input(0) is layer.input
    assert network.get_output(0) is layer.get_output(0)
    assert layer.input.is_network_input
    assert layer.get_output(0).is_network_output
    assert (layer.num_inputs, layer.num_outputs, layer.get_input(1)) == (1, 1, None)


def test_a_layer_that_was_refused_is_not_in_the_network() -> None:
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (1, 1, 6, 9))
    with pytest.raises(ArgumentError):
        network.add_convolution_nd(x, 0, (3, 3), POWERS)
    assert network.num_layers == 0
    layer = network.add_convolution_nd(x, 1, (3, 3), POWERS)
    assert layer.name == "(Unnamed Layer* 0) [Convolution]"


def test_marking_an_output_twice_is_marking_it_once() -> None:
    layer = make_layer()
    layer.network.mark_output(layer.get_output(0))
    assert layer.network.num_outputs == 1


# -- shapes ---------------------------------------------------------------------------------------


def test_a_tensor_follows_the_parameters_before_anything_runs() -> None:
    layer = make_layer()
    output = layer.get_output(0)
    assert output.shape == (1, 1, 4, 7)
    layer.stride_nd = (2, 2)
    assert output.shape == (1, 1, 2, 4)
    layer.padding_mode = cv.PaddingMode.SAME_UPPER
    assert output.shape == (1, 1, 3, 5)
    assert layer.geometry().output_shape == (1, 1, 3, 5)


@pytest.mark.parametrize(
    ("declared", "output"),
    [
        ((-1, 1, 6, 9), (-1, 1, 4, 7)),
        ((1, 1, -1, 9), (1, 1, -1, 7)),
        ((-1, 1, -1, -1), (-1, 1, -1, -1)),
        ((2, -1, 1, 6, -1), (2, -1, 1, 4, -1)),
    ],
)
def test_dynamic_axes_pass_through(declared, output) -> None:
    assert make_layer(declared).get_output(0).shape == output


def test_a_static_axis_is_checked_beside_a_dynamic_one() -> None:
    layer = make_layer((1, 1, -1, 2))
    with pytest.raises(ArgumentError, match="along the width") as refusal:
        _ = layer.get_output(0).shape
    assert refusal.value.parameter == "kernel_size_nd"


def test_a_dynamic_network_takes_data_of_any_size() -> None:
    layer = make_layer((-1, 1, -1, -1))
    assert run(layer).shape == (1, 1, 4, 7)
    assert run(layer, np.zeros((5, 1, 3, 4))).shape == (5, 1, 1, 2)
    with pytest.raises(ArgumentError, match="dynamic"):
        layer.geometry()
    assert layer.geometry((2, 1, 3, 3)).output_shape == (2, 1, 1, 1)


def test_what_a_dynamic_network_is_given_is_as_large_as_the_lessons_input() -> None:
    [found] = make_layer((-1, 1, -1, -1)).network.feeds().values()
    np.testing.assert_array_equal(found, DIGITS)


def test_a_check_refuses_a_geometry_before_anything_is_computed() -> None:
    layer = make_layer((-1, 1, -1, -1))
    checked = []

    def check(geometry: Geometry) -> None:
        checked.append(geometry.input_shape)
        raise ArgumentError("input", "this", "another", "Pass it.")

    vast = np.broadcast_to(np.float32(1), (1, 1, 60_000, 60_000))
    with pytest.raises(ArgumentError, match="input: got this"):
        layer.network.evaluate(layer, {"x": vast}, check=check)
    assert checked == [(1, 1, 60_000, 60_000)]


def test_data_too_small_for_the_kernel_is_refused_by_a_dynamic_network() -> None:
    layer = make_layer((1, 1, -1, -1))
    with pytest.raises(ArgumentError) as refusal:
        run(layer, np.zeros((1, 1, 2, 9)))
    assert refusal.value.parameter == "kernel_size_nd"


def test_leading_axes_are_batch_up_to_rank_eight() -> None:
    layer = make_layer((2, 1, 3, 1, 2, 1, 6, 9))
    data = np.broadcast_to(DIGITS[0], (2, 1, 3, 1, 2, 1, 6, 9))
    output = run(layer, data)
    assert output.shape == (2, 1, 3, 1, 2, 1, 4, 7)
    assert (output == run(make_layer())[0, 0]).all()


def test_a_kernel_of_three_axes_convolves_depth() -> None:
    kernel = np.stack([POWERS, 2 * POWERS])
    layer = make_layer((1, 1, 2, 6, 9), 1, (2, 3, 3), kernel)
    assert layer.stride_nd == (1, 1, 1)
    data = np.stack([DIGITS, DIGITS], 2)
    np.testing.assert_allclose(run(layer, data)[0, 0, 0], 3 * run(make_layer())[0, 0], rtol=1e-6)


# -- parameters -----------------------------------------------------------------------------------


def test_parameters_read_back_as_tensorrts_defaults() -> None:
    layer = make_layer()
    assert layer.num_output_maps == 1
    assert layer.kernel_size_nd == (3, 3)
    assert layer.stride_nd == layer.dilation_nd == (1, 1)
    assert layer.padding_nd == layer.pre_padding == layer.post_padding == (0, 0)
    assert layer.padding_mode is cv.PaddingMode.EXPLICIT_ROUND_DOWN
    assert layer.num_groups == 1
    assert layer.bias.size == 0


def test_numpy_integers_are_stored_as_pythons() -> None:
    layer = make_layer()
    layer.stride_nd = np.array([2, 1])
    layer.num_groups = np.int64(1)
    assert layer.stride_nd == (2, 1)
    assert {type(n) for n in (*layer.stride_nd, layer.num_groups)} == {int}


def test_the_padding_modes_have_tensorrts_values() -> None:
    assert [mode.name for mode in sorted(cv.PaddingMode)] == [
        "EXPLICIT_ROUND_DOWN",
        "EXPLICIT_ROUND_UP",
        "SAME_UPPER",
        "SAME_LOWER",
        "CAFFE_ROUND_DOWN",
        "CAFFE_ROUND_UP",
    ]
    assert [mode.value for mode in cv.PaddingMode] == list(range(6))


def test_padding_nd_sets_both_sides_and_reads_the_one_before() -> None:
    layer = make_layer()
    layer.padding_nd = (1, 2)
    assert layer.pre_padding == layer.post_padding == (1, 2)
    layer.post_padding = (0, 0)
    assert layer.padding_nd == (1, 2)
    layer.pre_padding = (3, 3)
    assert layer.padding_nd == (3, 3)
    assert layer.post_padding == (0, 0)


def test_padding_nd_equal_to_the_pre_padding_still_sets_the_post_padding() -> None:
    layer = make_layer()
    layer.pre_padding = (1, 1)
    layer.padding_nd = (1, 1)
    assert layer.post_padding == (1, 1)


def test_padding_nd_is_observed_when_the_pre_padding_changes() -> None:
    layer = make_layer()
    changes = seen(layer, "padding_nd")
    layer.pre_padding = (1, 0)
    layer.post_padding = (4, 4)
    layer.padding_nd = (2, 2)
    assert [(change.old, change.new) for change in changes] == [
        ((0, 0), (1, 0)),
        ((1, 0), (2, 2)),
    ]


def test_an_observer_of_one_side_finds_both_sides_set() -> None:
    layer = make_layer()
    found = []
    layer.observe(
        lambda _: found.append((layer.pre_padding, layer.post_padding)),
        ["pre_padding", "post_padding", "padding_nd"],
    )
    layer.padding_nd = (1, 1)
    assert set(found) == {((1, 1), (1, 1))}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("num_output_maps", 2),
        ("kernel_size_nd", (1, 1)),
        ("stride_nd", (2, 2)),
        ("pre_padding", (2, 2)),
        ("post_padding", (2, 2)),
        ("padding_mode", cv.PaddingMode.SAME_LOWER),
        ("dilation_nd", (2, 2)),
        ("num_groups", 2),
        ("kernel", np.ones(9)),
        ("bias", np.ones(1)),
        ("name", "blur"),
    ],
)
def test_every_parameter_is_observed_once_for_each_change(name, value) -> None:
    layer = make_layer()
    changes = seen(layer, name)
    setattr(layer, name, value)
    setattr(layer, name, value)
    assert len(changes) == 1
    np.testing.assert_array_equal(changes[0].new, value)


def test_a_refused_value_leaves_the_old_one_and_tells_nobody() -> None:
    layer = make_layer()
    layer.stride_nd = (2, 2)
    changes = seen(layer)
    with pytest.raises(ArgumentError):
        layer.stride_nd = (0, 1)
    with pytest.raises(ArgumentError):
        layer.padding_nd = (1, -1)
    with pytest.raises(ArgumentError):
        layer.kernel = [np.nan] * 9
    assert layer.stride_nd == (2, 2)
    assert layer.padding_nd == (0, 0)
    assert layer.kernel.tobytes() == POWERS.tobytes()
    assert changes == []


def test_a_parameter_links_with_another_object() -> None:
    class Slider(traitlets.HasTraits):
        value = traitlets.Tuple()

    layer, slider = make_layer(), Slider()
    traitlets.link((layer, "padding_nd"), (slider, "value"))
    assert slider.value == (0, 0)
    slider.value = (1, 1)
    assert layer.pre_padding == layer.post_padding == (1, 1)
    layer.padding_nd = (2, 2)
    assert slider.value == (2, 2)


def test_changes_can_be_held_together() -> None:
    layer = make_layer()
    changes = seen(layer)
    with layer.hold_trait_notifications():
        layer.kernel = np.ones(9)
        layer.stride_nd = (2, 2)
        layer.padding_nd = (1, 1)
        assert changes == []
    assert sorted(change.name for change in changes) == [
        "kernel",
        "padding_nd",
        "post_padding",
        "pre_padding",
        "stride_nd",
    ]


@pytest.mark.parametrize("name", ["kernel_size", "stride", "padding", "dilation"])
def test_an_older_name_works_and_warns(name: str) -> None:
    layer = make_layer()
    message = rf"^Use {name}_nd instead\.$"
    with pytest.warns(DeprecationWarning, match=message) as warned:
        setattr(layer, name, (2, 1))
    assert [warning.filename for warning in warned] == [__file__]
    with pytest.warns(DeprecationWarning, match=message) as warned:
        assert getattr(layer, name) == (2, 1)
    assert [warning.filename for warning in warned] == [__file__]
    assert getattr(layer, f"{name}_nd") == (2, 1)


def test_add_convolution_works_and_warns() -> None:
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (1, 1, 6, 9))
    with pytest.warns(DeprecationWarning, match=r"^Use add_convolution_nd instead\.$") as warned:
        layer = network.add_convolution(x, 1, (3, 3), POWERS, None)
    assert [warning.filename for warning in warned] == [__file__]
    assert layer.get_output(0).shape == (1, 1, 4, 7)


def test_the_newer_names_do_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layer = make_layer()
        layer.kernel_size_nd = layer.kernel_size_nd
        repr(layer)
        run(layer)


def test_a_repr_names_what_is_not_as_usual() -> None:
    layer = make_layer()
    assert "stride_nd" not in repr(layer)
    layer.stride_nd = (2, 2)
    layer.padding_mode = "SAME_UPPER"
    assert "stride_nd=(2, 2)" in repr(layer)
    assert "padding_mode=SAME_UPPER" in repr(layer)
    layer.num_groups = 5
    assert "num_groups: got 5" in repr(layer.get_output(0))


# -- weights --------------------------------------------------------------------------------------


def test_weights_may_have_any_shape_with_the_right_count() -> None:
    outputs = [
        run(make_layer(kernel=POWERS.reshape(shape)))
        for shape in [(9,), (3, 3), (1, 1, 3, 3), (9, 1)]
    ]
    assert len({output.tobytes() for output in outputs}) == 1


def test_weights_come_in_any_real_type_and_become_float32() -> None:
    layer = make_layer(kernel=np.arange(9), bias=[True])
    assert layer.kernel.dtype == layer.bias.dtype == np.float32
    weights = cv.Weights(np.arange(9.0))
    assert make_layer(kernel=weights).kernel.tolist() == list(range(9))


def test_nothing_changes_weights_behind_an_observers_back() -> None:
    mine = POWERS.copy()
    layer = make_layer(kernel=mine)
    mine[:] = 0
    assert layer.kernel.tobytes() == POWERS.tobytes()
    with pytest.raises(ValueError, match="read-only"):
        layer.kernel[0] = 0


def test_a_sign_of_zero_and_a_shape_are_changes_of_a_kernel() -> None:
    layer = make_layer(kernel=np.zeros(9))
    changes = seen(layer, "kernel")
    layer.kernel = np.full(9, -0.0)
    layer.kernel = np.full((3, 3), -0.0)
    assert len(changes) == 2


def test_empty_weights_have_no_numbers() -> None:
    assert cv.Weights().size == cv.Weights(cv.DataType.INT8).size == 0
    assert cv.Weights(cv.DataType.INT8).numpy().dtype == np.int8
    layer = make_layer(kernel=cv.Weights())
    assert layer.kernel.size == 0


def test_a_bias_may_be_taken_away_again() -> None:
    layer = make_layer(bias=[5.0])
    with_bias = run(layer)
    layer.bias = None
    np.testing.assert_allclose(with_bias - run(layer), 5, rtol=1e-2)


@pytest.mark.parametrize(("count", "groups"), [(36, 1), (18, 2)])
def test_a_wrong_count_says_which_count_or_groups_would_fit(count, groups) -> None:
    layer = make_layer((1, 2, 6, 9), 2, (3, 3), np.ones(count))
    layer.num_groups = 3 - groups
    with pytest.raises(
        ArgumentError, match=f"With num_groups = {groups} the count fits"
    ) as refusal:
        _ = layer.get_output(0).shape
    assert refusal.value.parameter == "kernel"
    layer.num_groups = groups
    assert layer.get_output(0).shape == (1, 2, 4, 7)


# -- tensors as inputs ----------------------------------------------------------------------------


def test_kernel_and_bias_may_come_through_tensors() -> None:
    layer = make_layer(kernel=cv.Weights())
    network = layer.network
    layer.set_input(1, network.add_constant((1, 1, 3, 3), POWERS).get_output(0))
    layer.set_input(2, network.add_constant((1,), [2.0]).get_output(0))
    expected = run(make_layer(bias=[2.0]))
    assert run(layer).tobytes() == expected.tobytes()
    whole = network.evaluate(layer, {"x": DIGITS})
    assert whole.kernel.shape == (1, 1, 3, 3)
    assert whole.bias.tolist() == [2.0]
    assert layer.num_inputs == 3


def test_a_kernel_may_be_an_input_of_the_network() -> None:
    layer = make_layer(kernel=cv.Weights())
    network = layer.network
    layer.set_input(1, network.add_input("w", cv.DataType.FLOAT, (1, 1, -1, -1)))
    assert layer.get_output(0).shape == (1, 1, 4, 7)
    (output,) = network.run({"x": DIGITS, "w": POWERS.reshape(3, 3)}).values()
    assert output.tobytes() == run(make_layer()).tobytes()
    with pytest.raises(ArgumentError, match="4 weights") as refusal:
        network.run({"x": DIGITS, "w": np.ones((2, 2))})
    assert refusal.value.parameter == "kernel"


def test_the_activation_may_be_replaced() -> None:
    layer = make_layer()
    other = layer.network.add_input("y", cv.DataType.FLOAT, (1, 1, 5, 5))
    changes = seen(layer, "inputs")
    layer.set_input(0, other)
    assert layer.input is other
    assert layer.get_output(0).shape == (1, 1, 3, 3)
    assert len(changes) == 1


def test_layers_follow_one_another() -> None:
    first = make_layer()
    network = first.network
    second = network.add_convolution_nd(first.get_output(0), 2, (4, 7), np.ones(56), [0, 1])
    network.mark_output(second.get_output(0))
    outputs = network.run({"x": DIGITS})
    assert list(outputs) == [first.get_output(0).name, second.get_output(0).name]
    total = outputs[first.get_output(0).name].sum(dtype=np.float64)
    last = outputs[second.get_output(0).name]
    np.testing.assert_allclose(last.ravel(), [total, total + 1], rtol=1e-6)


def test_evaluate_needs_only_what_the_layer_depends_on() -> None:
    layer = make_layer()
    layer.network.add_input("unused", cv.DataType.FLOAT, (1,))
    whole = layer.network.evaluate(layer, {"x": DIGITS})
    assert whole.geometry == layer.geometry()
    assert whole.output.tobytes() == run(layer).tobytes()
    assert whole.input.tobytes() == DIGITS.tobytes()
    assert whole.bias is None
    assert whole.quantization is None
    assert whole.device
    assert whole.seconds >= 0


def test_a_constant_may_have_any_count_that_fits_its_shape() -> None:
    network = cv.Network()
    scalar = network.add_constant([], np.array([3], np.float32))
    assert scalar.get_output(0).shape == ()
    small = network.add_constant((2, 2), [1, 2, 3, 4])
    assert small.get_output(0).dtype is cv.DataType.FLOAT
    assert network.add_constant((1,), np.int8([3])).get_output(0).dtype is cv.DataType.INT8
    network.mark_output(small.get_output(0))
    (output,) = network.run({}).values()
    assert output.tolist() == [[1, 2], [3, 4]]


# -- data -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        DIGITS.astype(np.uint8),
        DIGITS.astype(np.int64),
        DIGITS.astype(np.float64),
        DIGITS.astype(np.float16),
        DIGITS.tolist(),
        DIGITS[0],
        DIGITS[0, 0],
        DIGITS[None, None],
        DIGITS.ravel(),
        np.asfortranarray(DIGITS),
    ],
    ids=lambda data: f"{type(data).__name__}-{np.asarray(data).dtype}-{np.shape(data)}",
)
def test_data_comes_in_any_real_type_and_fitting_shape(data) -> None:
    layer = make_layer()
    assert run(layer, data).tobytes() == run(layer).tobytes()


def test_data_for_dynamic_axes_keeps_its_own_sizes() -> None:
    layer = make_layer((-1, 1, -1, 9), kernel_shape=(1, 1), kernel=[1])
    assert run(layer, np.arange(9)).tolist() == [[[[*range(9)]]]]
    assert run(layer, np.ones((2, 1, 4, 9))).shape == (2, 1, 4, 9)


def test_booleans_are_numbers() -> None:
    assert run(make_layer(kernel=np.ones(9)), DIGITS > 0).tolist() == [[[[9.0] * 7] * 4]]


def test_a_nan_of_the_data_reaches_the_outputs_that_read_it() -> None:
    data = DIGITS.copy()
    data[0, 0, 0, 0] = np.nan
    output = run(make_layer(), data)
    assert np.flatnonzero(np.isnan(output)).tolist() == [0]


def test_run_does_not_change_the_data() -> None:
    data = DIGITS.copy()
    run(make_layer(), data)
    assert data.tobytes() == DIGITS.tobytes()


def test_feeds_are_the_given_data_or_the_last_runs_or_counting() -> None:
    layer = make_layer()
    network = layer.network
    assert network.feeds()["x"].tobytes() == DIGITS.tobytes()
    run(layer, 2 * DIGITS)
    assert network.feeds()["x"].tobytes() == (2 * DIGITS).tobytes()
    assert network.feeds(3 * DIGITS[0])["x"].tobytes() == (3 * DIGITS).tobytes()
    assert network.feeds({"x": DIGITS})["x"].tobytes() == DIGITS.tobytes()
    second = network.add_input("y", cv.DataType.INT8, (-1, 2, -1, 4, 5))
    feeds = network.feeds()
    assert feeds["x"].tobytes() == (2 * DIGITS).tobytes()
    assert (feeds["y"].shape, feeds["y"].dtype) == ((1, 2, 3, 4, 5), np.int8)
    assert feeds["y"][0, 1, 2].tolist()[1] == [4, 5, 6, 4, 5]
    with pytest.raises(ArgumentError, match="2 inputs"):
        network.feeds(DIGITS)
    assert second.shape == (-1, 2, -1, 4, 5)


@pytest.mark.parametrize("shape", [(4,), (-1,), (2, 4), (-1, 1, -1, -1), (-1, 1, 2, 3, -1, -1)])
def test_default_data_fits_any_input(shape) -> None:
    network = cv.Network()
    network.add_input("x", cv.DataType.FLOAT, shape)
    data = network.feeds()["x"]
    assert all(d in (-1, n) for d, n in zip(shape, data.shape, strict=True))
    assert data.ravel()[:3].tolist() == [1, 2, 3]


# -- int8 -----------------------------------------------------------------------------------------


def quantized_values(values, scale) -> np.ndarray:
    """``values`` through one quantize layer."""
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (len(values),))
    layer = network.add_quantize(x, network.add_constant([], [scale]).get_output(0))
    network.mark_output(layer.get_output(0))
    (output,) = network.run({"x": values}).values()
    return output


def test_quantizing_rounds_ties_to_even_and_saturates() -> None:
    values = [0.5, 1.5, 2.5, -0.5, -1.5, 126.5, 127.5, -128.5, -129, 1e30, -np.inf, np.inf]
    expected = [0, 2, 2, 0, -2, 126, 127, -128, -128, 127, -128, 127]
    output = quantized_values(values, 1)
    assert output.dtype == np.int8
    assert output.tolist() == expected


def test_quantizing_divides_in_float32() -> None:
    value, scale = np.float32(0.35), np.float32(0.1)
    assert np.float64(value) / np.float64(scale) < 3.5 <= value / scale
    assert quantized_values([value], scale).tolist() == [4]


def test_a_great_value_over_a_small_scale_saturates_without_a_warning() -> None:
    assert quantized_values([3e38, -3e38], 1e-38).tolist() == [127, -128]


@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_a_quantized_convolution_sums_integers(seed: int, by_map: bool, with_bias: bool) -> None:
    rng = np.random.default_rng(seed)
    kernel = rng.normal(0, 50, (3, 2, 2, 2)).astype(np.float32)
    data = rng.normal(0, 50, (2, 2, 3, 4)).astype(np.float32)
    scales = rng.uniform(0.1, 2, (3,) if by_map else ()).astype(np.float32)
    bias = rng.normal(size=3).astype(np.float32) if with_bias else None
    layer = make_quantized(data.shape, kernel, 0.7, scales, axis=0 if by_map else None, bias=bias)
    whole = layer.network.evaluate(layer, {"x": data})
    q = whole.quantization
    per_map = scales.reshape(-1, 1, 1, 1)
    clipped = [
        np.clip(np.round(values / scale), -128, 127)
        for values, scale in [(data, np.float32(0.7)), (kernel, per_map)]
    ]
    for found, expected in zip((q.input, q.kernel), clipped, strict=True):
        assert found.dtype == np.int8
        assert found.tolist() == expected.tolist()
    sums = np.zeros((2, 3, 2, 3), np.int64)
    for n, k, i, j in np.ndindex(*sums.shape):
        window = q.input[n, :, i : i + 2, j : j + 2].astype(np.int64)
        sums[n, k, i, j] = (window * q.kernel[k]).sum()
    assert q.sums.dtype == np.int32
    assert q.sums.tolist() == sums.tolist()
    output = sums.astype(np.float32) * (np.float32(0.7) * scales.reshape(-1, 1, 1))
    if with_bias:
        output = output + bias.reshape(-1, 1, 1)
    assert whole.output.dtype == np.float32
    assert whole.output.tolist() == output.tolist()
    assert run(layer, data).tobytes() == whole.output.tobytes()


def test_a_quantized_run_shows_the_dequantized_numbers_too() -> None:
    layer = make_quantized((1, 1, 6, 9), np.full((1, 1, 3, 3), 3.0), 2, 0.5)
    whole = layer.network.evaluate(layer, {"x": DIGITS})
    assert layer.is_quantized
    assert whole.device
    assert whole.seconds >= 0
    assert whole.input[0, 0, :3, :3].ravel().tolist() == [0, 2, 4, 4, 4, 6, 8, 8, 8]
    assert whole.kernel.tolist() == np.full((1, 1, 3, 3), 3.0).tolist()


def test_an_int8_input_of_the_network_and_int8_constants_need_no_quantizing() -> None:
    network = cv.Network()
    x = network.add_input("x", cv.DataType.INT8, (1, 1, 3, 3))
    one = network.add_constant([], [1.0]).get_output(0)
    kernel = network.add_constant((1, 1, 3, 3), np.full(9, -128, np.int8)).get_output(0)
    activation = network.add_dequantize(x, one).get_output(0)
    layer = network.add_convolution_nd(activation, 1, (3, 3), cv.Weights())
    layer.set_input(1, network.add_dequantize(kernel, one).get_output(0))
    network.mark_output(layer.get_output(0))
    (output,) = network.run({"x": np.full((3, 3), -128, np.int8)}).values()
    assert output.item() == 9 * 128 * 128


def test_one_dequantized_side_alone_makes_a_float_convolution() -> None:
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (1, 1, 6, 9))
    layer = network.add_convolution_nd(dequantized(network, x, 2), 1, (3, 3), POWERS)
    network.mark_output(layer.get_output(0))
    whole = network.evaluate(layer, {"x": DIGITS})
    assert not layer.is_quantized
    assert whole.quantization is None
    assert run(layer).tobytes() == run(make_layer(), whole.input).tobytes()


def test_one_scale_is_for_the_whole_tensor_whatever_the_axis() -> None:
    kernel = np.arange(9.0).reshape(1, 1, 3, 3)
    outputs = [
        run(make_quantized((1, 1, 6, 9), kernel, 1, scale, axis=axis))
        for scale, axis in [(2, None), (2, 0), (2, 3), ([2], 1)]
    ]
    assert len({output.tobytes() for output in outputs}) == 1


def test_int8_groups_of_four_are_summed() -> None:
    kernel = np.ones((8, 4, 1, 1))
    layer = make_quantized((1, 8, 1, 1), kernel, 1, 1)
    layer.num_groups = 2
    data = np.arange(8.0).reshape(1, 8, 1, 1)
    assert run(layer, data).ravel().tolist() == [6] * 4 + [22] * 4


# -- display --------------------------------------------------------------------------------------


def test_a_layer_shows_the_explorer_on_the_last_data(monkeypatch) -> None:
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    layer = make_layer()
    layer._ipython_display_()
    run(layer, 2 * DIGITS)
    layer._ipython_display_()
    assert [explorer.layer for explorer in shown] == [layer, layer]
    for explorer, data in zip(shown, (DIGITS, 2 * DIGITS), strict=True):
        np.testing.assert_array_equal(explorer.scene.values, data[0])


def test_a_layer_that_is_not_complete_says_what_it_lacks(capsys) -> None:
    make_layer(kernel=[1])._ipython_display_()
    assert "kernel: got 1 weights" in capsys.readouterr().out


def test_a_layer_without_a_widget_library_says_so(monkeypatch, capsys) -> None:
    monkeypatch.setitem(sys.modules, "convviz.widget.explore", None)
    make_layer()._ipython_display_()
    assert "convviz.widget.explore" in capsys.readouterr().out


def test_a_network_without_layers_is_true() -> None:
    assert cv.Network()


@pytest.mark.parametrize("dtype", [np.ones(4), np.array([]), "FLOAT", 0, None])
def test_what_is_no_data_type_is_refused(dtype: object) -> None:
    with pytest.raises(ArgumentError, match=r"dtype: got .* allowed: DataType\.FLOAT or DataType"):
        cv.Network().add_input("x", dtype, (1, 1, 3, 3))  # type: ignore[arg-type]
