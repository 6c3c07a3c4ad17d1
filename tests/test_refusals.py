"""Bad input: every refusal names its parameter and the remedy, early and in its own words.

Each case is a function that must raise an ArgumentError. All are held to the same promises: the
parameter, what it got, what is allowed and what to do are in the message; it comes from convviz and
hides no error of NumPy's; and nothing of a size worth mentioning is allocated on the way.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import convviz as cv
from convviz.errors import ArgumentError

PACKAGE = Path(cv.__file__).parent
HUGE = 2**31 - 1
MEBIBYTE = 2**20

CASES: list[tuple[str, Callable[[], object], str]] = []


def refuses(parameter: str, *words: str):
    """Enter the decorated function as a case: ``parameter`` is refused with these words."""

    def enter(function: Callable[[], object]) -> Callable[[], object]:
        name = function.__name__.strip("_")
        CASES.append(pytest.param(function, parameter, words, id=name))
        return function

    return enter


def floats(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float32)


def add_input(shape, dtype=None, name="x"):
    return cv.Network().add_input(name, cv.DataType.FLOAT if dtype is None else dtype, shape)


def add_layer(
    shape=(1, 1, 6, 9), maps=1, kernel_shape=(3, 3), kernel=None, bias=None, **parameters
):
    """A marked convolution layer, with parameters assigned."""
    kernel = np.ones(9) if kernel is None else kernel
    x = add_input(shape)
    layer = x.network.add_convolution_nd(x, maps, kernel_shape, kernel, bias)
    for name, value in parameters.items():
        setattr(layer, name, value)
    x.network.mark_output(layer.get_output(0))
    return layer


def shape_of(**parameters):
    return add_layer(**parameters).get_output(0).shape


def run(data, feed="x", **parameters):
    layer = add_layer(**parameters)
    return layer.network.run({feed: data})


def convolve(input=None, kernel=None, bias=None, **parameters):
    input = floats(1, 1, 6, 9) if input is None else input
    kernel = floats(1, 1, 3, 3) if kernel is None else kernel
    return cv.convolve(input, kernel, bias, **parameters)


def constant(network, values, shape=None):
    values = np.array(values, np.float32)
    return network.add_constant(values.shape if shape is None else shape, values).get_output(0)


def quantized(
    channels=1,
    maps=1,
    groups=1,
    input_scale=1,
    kernel_scale=1,
    input_axis=-1,
    axis=-1,
    layer_groups=None,
):
    """The shape of a convolution between dequantized tensors; its weights are for ``groups``."""
    x = add_input((1, channels, 6, 9))
    network = x.network
    weights = constant(network, np.ones((maps, channels // groups, 3, 3)))
    tensors = []
    for tensor, scale, along in ((x, input_scale, input_axis), (weights, kernel_scale, axis)):
        scales = constant(network, scale)
        quantize = network.add_quantize(tensor, scales)
        dequantize = network.add_dequantize(quantize.get_output(0), scales)
        quantize.axis = dequantize.axis = along
        tensors.append(dequantize.get_output(0))
    layer = network.add_convolution_nd(tensors[0], maps, (3, 3), cv.Weights())
    layer.set_input(1, tensors[1])
    layer.num_groups = groups if layer_groups is None else layer_groups
    return layer.get_output(0).shape


# -- inputs of a network --------------------------------------------------------------------------


@refuses("shape", "0", "-1 where the size is dynamic")
def input_of_size_zero():
    add_input((1, 1, 0, 9))


@refuses("shape", "-2")
def input_of_negative_size():
    add_input((1, 1, -2, 9))


@refuses("shape", "1 to 8")
def input_of_nine_axes():
    add_input((1,) * 9)


@refuses("shape")
def input_without_axes():
    add_input(())


@refuses("shape", "2.5")
def input_of_broken_size():
    add_input((1, 1, 2.5, 9))


@refuses("shape", "69")
def input_shape_that_is_a_number():
    add_input(69)


@refuses("shape")
def input_shape_that_is_a_text():
    add_input("1169")


@refuses("shape", str(2**31))
def input_beyond_32_bits():
    add_input((1, 1, 1, 2**31))


@refuses("dtype", "FLOAT or DataType.INT8")
def input_of_int32():
    add_input((1, 1, 6, 9), cv.DataType.INT32)


@refuses("dtype", "float32")
def input_of_a_numpy_type():
    add_input((1, 1, 6, 9), np.float32)


@refuses("name", "not empty")
def input_without_a_name():
    add_input((1, 1, 6, 9), name="")


@refuses("name", "Choose")
def input_with_a_number_for_a_name():
    add_input((1, 1, 6, 9), name=7)


@refuses("name", "no other tensor")
def two_inputs_of_one_name():
    network = add_input((1, 1, 6, 9)).network
    network.add_input("x", cv.DataType.FLOAT, (1,))


@refuses("name", "no other tensor")
def an_output_renamed_to_the_input():
    add_layer().get_output(0).name = "x"


# -- parameters one by one ------------------------------------------------------------------------


@refuses("num_output_maps", "0", "Set it to 1 or more")
def no_output_maps():
    add_layer(maps=0)


@refuses("num_output_maps", "True")
def a_truth_for_output_maps():
    add_layer(maps=True)


@refuses("num_output_maps", "1.0")
def a_float_for_output_maps():
    add_layer(maps=1.0)


@refuses("kernel_size_nd", "1-D convolution", "(1, width)")
def a_kernel_of_one_axis():
    add_layer(kernel_shape=(9,))


@refuses("kernel_size_nd", "height, width")
def a_kernel_of_four_axes():
    add_layer(kernel_shape=(1, 1, 3, 3))


@refuses("kernel_size_nd", "(0, 3)")
def a_kernel_of_size_zero():
    add_layer(kernel_shape=(0, 3))


@refuses("kernel_size_nd", "fixed the number of axes")
def a_kernel_that_grows_an_axis():
    add_layer(kernel_size_nd=(1, 3, 3))


@refuses("kernel_size_nd")
def a_kernel_size_that_is_a_number():
    add_layer(kernel_size_nd=3)


@refuses("stride_nd", "(0, 1)", "(1, 1)")
def a_stride_of_zero():
    add_layer(stride_nd=(0, 1))


@refuses("stride_nd", "(-1, 1)")
def a_negative_stride():
    add_layer(stride_nd=(-1, 1))


@refuses("stride_nd", "2 integers")
def a_stride_of_three_axes():
    add_layer(stride_nd=(1, 1, 1))


@refuses("stride_nd", "got 2")
def a_stride_that_is_a_number():
    add_layer(stride_nd=2)


@refuses("stride_nd", "'22'")
def a_stride_that_is_a_text():
    add_layer(stride_nd="22")


@refuses("stride_nd", "1.5")
def a_broken_stride():
    add_layer(stride_nd=(1.5, 1))


@refuses("stride_nd", str(2**31))
def a_stride_beyond_32_bits():
    add_layer(stride_nd=(2**31, 1))


@refuses("padding_nd", "-1", "from 0")
def a_negative_padding():
    add_layer(padding_nd=(-1, 0))


@refuses("pre_padding", "-1")
def a_negative_padding_before():
    add_layer(pre_padding=(0, -1))


@refuses("post_padding", "nan")
def a_padding_of_nan_after():
    add_layer(post_padding=(0, np.nan))


@refuses("dilation_nd", "(0, 0)")
def a_dilation_of_zero():
    add_layer(dilation_nd=(0, 0))


@refuses("padding_mode", "'VALID'", "SAME_UPPER")
def an_unknown_padding_mode():
    add_layer(padding_mode="VALID")


@refuses("padding_mode", "6", "CAFFE_ROUND_UP")
def a_padding_mode_past_the_last():
    add_layer(padding_mode=6)


@refuses("num_groups", "0")
def no_groups():
    add_layer(num_groups=0)


@refuses("axis", "-2")
def an_axis_counted_from_the_end():
    network = cv.Network()
    one = constant(network, 1)
    network.add_quantize(one, one).axis = -2


# -- weights --------------------------------------------------------------------------------------


@refuses("kernel", "nan", "1 of 9", "nan_to_num")
def a_nan_among_the_weights():
    add_layer(kernel=[np.nan] + [1] * 8)


@refuses("kernel", "1e+39", "float32")
def a_weight_beyond_float32():
    add_layer(kernel=np.full(9, 1e39))


@refuses("bias", "inf", "1 of 1")
def an_infinite_bias():
    add_layer(bias=[np.inf])


@refuses("kernel", "complex128", ".real")
def complex_weights():
    add_layer(kernel=np.ones(9, complex))


@refuses("kernel", "<U")
def weights_of_text():
    add_layer(kernel=["1"] * 9)


@refuses("kernel", "object")
def weights_of_a_thing():
    add_layer(kernel=object())


@refuses("kernel", "list", "equally long")
def ragged_weights():
    add_layer(kernel=[[1, 2, 3], [4, 5], [6]])


@refuses("kernel", f"{2**62} numbers", "memory")
def weights_beyond_all_memory():
    add_layer(kernel=np.broadcast_to(np.uint8(1), (2**31, 2**31)))


@refuses("kernel", "Weights()")
def no_weights_at_all():
    layer = add_layer()
    layer.kernel = None


@refuses("kernel", "0 weights", "set_input(1, tensor)")
def empty_weights_and_no_tensor():
    shape_of(kernel=cv.Weights())


@refuses("kernel", "5 weights", "9 = 1 × 1 × 3 × 3 (output maps")
def too_few_weights():
    shape_of(kernel=np.ones(5))


@refuses("kernel", "18 weights", "num_groups")
def weights_for_groups_that_were_forgotten():
    shape_of(shape=(1, 2, 6, 9), maps=2, kernel=np.ones(18))


@refuses("bias", "2 numbers", "1, one for each output map")
def too_many_biases():
    shape_of(bias=[1, 2])


@refuses("weights", "3 values", "4 for the shape (2, 2)")
def a_constant_of_the_wrong_count():
    network = cv.Network()
    _ = network.add_constant((2, 2), [1, 2, 3]).get_output(0).shape


@refuses("weights", "1 values", str(HUGE**4))
def a_constant_of_a_huge_shape():
    network = cv.Network()
    _ = network.add_constant((HUGE,) * 4, [1]).get_output(0).shape


@refuses("shape", "(-1,)")
def a_constant_of_dynamic_shape():
    cv.Network().add_constant((-1,), [1])


@refuses("weights", "float64", "int8")
def an_int8_constant_given_floats():
    layer = cv.Network().add_constant((1,), np.int8([1]))
    layer.weights = [1.5]


@refuses("weights", "datetime64")
def weights_that_are_dates():
    cv.Weights(np.array(["2024-01-01"], "datetime64[D]"))


# -- parameters together --------------------------------------------------------------------------


@refuses("kernel_size_nd", "7 along the height", "at most 6", "1 more padding")
def a_kernel_larger_than_the_input():
    shape_of(kernel_shape=(7, 3), kernel=np.ones(21))


@refuses("kernel_size_nd", "effective 9 at dilation 4")
def a_dilated_kernel_larger_than_the_input():
    shape_of(dilation_nd=(4, 1))


@refuses("kernel_size_nd", "at most 3")
def a_dilation_of_two_thousand_million():
    shape_of(shape=(1, 1, 3, -1), dilation_nd=(HUGE, HUGE))


@refuses("num_groups", "2 with 3 input channels", "1, 3")
def groups_that_do_not_divide_the_channels():
    shape_of(shape=(1, 3, 6, 9), maps=6, num_groups=2)


@refuses("num_groups", "output maps")
def groups_that_do_not_divide_the_maps():
    shape_of(shape=(1, 4, 6, 9), maps=3, num_groups=4)


@refuses("input", "(1, 1, 9)", "(N, C, H, W)", "reshape")
def an_input_without_a_channel_axis():
    add_layer(shape=(1, 1, 9))


@refuses("input", "5 to 8 axes", "(N, C, D, H, W)")
def a_3d_kernel_on_images():
    add_layer(kernel_shape=(1, 3, 3))


@refuses("input", "channel axis is dynamic")
def a_dynamic_channel_axis():
    add_layer(shape=(1, -1, 6, 9))


@refuses("input", "channel axis is dynamic")
def a_dynamic_channel_axis_of_a_constant_rank():
    add_layer(shape=(1, 1, -1, 6, 9))


@refuses("input", "dynamic shape", "geometry(input_shape)")
def the_geometry_of_a_dynamic_input():
    add_layer(shape=(-1, 1, 6, 9)).geometry()


# -- tensors --------------------------------------------------------------------------------------


@refuses("input", "None", "add_input")
def a_convolution_of_nothing():
    cv.Network().add_convolution_nd(None, 1, (3, 3), np.ones(9))


@refuses("input", "a tensor of this network")
def a_convolution_of_an_array():
    cv.Network().add_convolution_nd(floats(1, 1, 6, 9), 1, (3, 3), np.ones(9))


@refuses("input", "'x' of another network")
def a_tensor_of_another_network():
    cv.Network().add_convolution_nd(add_input((1, 1, 6, 9)), 1, (3, 3), np.ones(9))


@refuses("input", "INT8", "add_dequantize")
def a_convolution_of_int8():
    x = add_input((1, 1, 6, 9), cv.DataType.INT8)
    x.network.add_convolution_nd(x, 1, (3, 3), np.ones(9))


@refuses("kernel", "9 numbers in the layer", "Weights()")
def a_kernel_from_two_places():
    layer = add_layer()
    layer.set_input(1, constant(layer.network, np.ones((1, 1, 3, 3))))


@refuses("kernel", "Weights()")
def a_kernel_from_two_places_later():
    layer = add_layer(kernel=cv.Weights())
    layer.set_input(1, constant(layer.network, np.ones((1, 1, 3, 3))))
    layer.kernel = np.ones(9)
    _ = layer.get_output(0).shape


@refuses("bias", "one bias")
def a_bias_from_two_places():
    layer = add_layer(bias=[1])
    layer.set_input(2, constant(layer.network, [1]))


@refuses("index", "3", "2 (bias)")
def a_fourth_input():
    layer = add_layer()
    layer.set_input(3, layer.input)


@refuses("index", "-1")
def an_input_counted_from_the_end():
    add_layer().get_input(-1)


@refuses("index", "array")
def an_array_for_an_index():
    add_layer().get_output(np.array([0, 0]))


@refuses("index", "The number of layers is 1")
def a_layer_that_is_not_there():
    add_layer().network.get_layer(1)


@refuses("input", "this very layer")
def a_layer_that_feeds_itself():
    layer = add_layer(kernel_shape=(1, 1), kernel=[1])
    layer.set_input(0, layer.get_output(0))


@refuses("kernel", "this very layer")
def two_layers_that_feed_one_another():
    first = add_layer(kernel=cv.Weights())
    second = first.network.add_convolution_nd(first.get_output(0), 1, (1, 1), [1])
    first.set_input(1, second.get_output(0))


@refuses("tensor", "the network's input 'x'")
def an_input_marked_as_output():
    x = add_input((1, 1, 6, 9))
    x.network.mark_output(x)


@refuses("tensor", "ConvolutionLayer", "get_output(0)")
def a_layer_marked_as_output():
    layer = add_layer()
    layer.network.mark_output(layer)


# -- int8 -----------------------------------------------------------------------------------------


@refuses("scale", "0.0", "positive")
def a_scale_of_zero():
    quantized(input_scale=0)


@refuses("scale", "-1.0")
def a_negative_scale():
    quantized(kernel_scale=-1)


@refuses("scale", "positive")
def one_scale_of_several_that_is_zero():
    quantized(maps=2, kernel_scale=[1, 0], axis=0)


@refuses("layer", "a convolution layer of this network")
def a_constant_in_the_place_of_a_convolution():
    network = cv.Network()
    constant(network, [1])
    network.evaluate(network.get_layer(0), {})


@refuses("input", "(2, 1, 1, 6, 9)")
def more_batches_than_declared():
    run(floats(2, 1, 1, 6, 9))


@refuses("scale", "0.0")
def a_scale_too_small_for_float32():
    quantized(input_scale=1e-50)


@refuses("weights", "nan")
def a_scale_of_nan():
    quantized(input_scale=np.nan)


@refuses("scale", "'s'", "constant")
def a_scale_known_only_at_run_time():
    x = add_input((1, 1, 6, 9))
    x.network.add_quantize(x, x.network.add_input("s", cv.DataType.FLOAT, (1,)))


@refuses("scale", "0.5", "add_constant")
def a_scale_that_is_a_number():
    x = add_input((1, 1, 6, 9))
    x.network.add_quantize(x, 0.5)


@refuses("input", "INT8", "FLOAT")
def quantizing_twice():
    x = add_input((1, 1, 6, 9), cv.DataType.INT8)
    x.network.add_quantize(x, constant(x.network, 1))


@refuses("input", "FLOAT", "add_quantize")
def dequantizing_floats():
    x = add_input((1, 1, 6, 9))
    x.network.add_dequantize(x, constant(x.network, 1))


@refuses("axis", "2 scales", "Set axis")
def several_scales_without_an_axis():
    quantized(maps=2, kernel_scale=[1, 2])


@refuses("axis", "4", "0 to 3")
def an_axis_past_the_last():
    quantized(axis=4)


@refuses("scale", "3 scales", "Give 1 or 2")
def scales_of_another_count_than_the_axis():
    quantized(maps=2, kernel_scale=[1, 2, 3], axis=0)


@refuses("axis", "axis 1", "axis 0")
def kernel_scales_along_the_channels():
    quantized(channels=2, maps=2, kernel_scale=[1, 2], axis=1)


@refuses("scale", "2 scales for the input")
def several_scales_for_the_activation():
    quantized(channels=2, input_scale=[1, 2], input_axis=1)


@refuses("num_groups", "2 int8 groups of 2 input channels and 4 output maps", "multiples of 4")
def int8_groups_of_two_channels():
    quantized(channels=4, maps=8, groups=2)


@refuses("num_groups", "4")
def int8_groups_of_one_map():
    quantized(channels=8, maps=2, groups=2)


@refuses("num_groups", "4 int8 groups of 2 input channels and 2 output maps")
def int8_groups_too_small_for_whom_the_weights_do_not_fit_either():
    quantized(channels=8, maps=8, groups=2, layer_groups=4)  # other weights would not help


@refuses("input", "NaN in 1 of 2 places of 'x'")
def a_nan_to_be_quantized():
    x = add_input((2,))
    layer = x.network.add_quantize(x, constant(x.network, 1))
    x.network.mark_output(layer.get_output(0))
    x.network.run({"x": [1, np.nan]})


# -- data of a run --------------------------------------------------------------------------------


@refuses("feeds", "ndarray", "'x'")
def data_that_is_no_dict():
    add_layer().network.run(floats(1, 1, 6, 9))


@refuses("feeds", "'y'", "'x'")
def data_for_an_unknown_input():
    run(floats(1, 1, 6, 9), feed="y")


@refuses("feeds", "nothing for 'x'")
def data_left_away():
    add_layer().network.run({})


@refuses("input", "(1, 1, 9, 6)", "(1, 1, 6, 9)")
def data_with_axes_exchanged():
    run(floats(1, 1, 9, 6))


@refuses("input", "(53,)")
def flat_data_of_the_wrong_count():
    run(floats(53))


@refuses("input", "(54,)", "any size")
def flat_data_for_a_dynamic_input():
    run(floats(54), shape=(1, 1, -1, 9))


@refuses("input", f"{2**60} numbers", "memory")
def data_beyond_all_memory():
    data = np.broadcast_to(np.uint8(1), (1, 1, 2**30, 2**30))
    run(data, shape=(1, 1, -1, -1))


@refuses("input", "(0, 1, 6, 9)")
def data_of_an_empty_batch():
    run(floats(0, 1, 6, 9), shape=(-1, 1, 6, 9))


@refuses("input", "(0,)")
def data_of_nothing_to_be_quantized():
    x = add_input((-1,))
    layer = x.network.add_quantize(x, constant(x.network, 1))
    x.network.mark_output(layer.get_output(0))
    x.network.run({"x": []})


@refuses("input", "complex64")
def complex_data():
    run(np.ones((1, 1, 6, 9), np.complex64))


@refuses("input", "{'a': 1}", "object")
def data_of_objects():
    run({"a": 1})


@refuses("input", "list")
def ragged_data():
    run([[1, 2], [3]])


@refuses("input", "float32 for 'x'", "int8")
def floats_for_an_int8_input():
    x = add_input((2,), cv.DataType.INT8)
    layer = x.network.add_dequantize(x, constant(x.network, 1))
    x.network.mark_output(layer.get_output(0))
    x.network.run({"x": floats(2)})


@refuses("mark_output", "no marked output", "get_output(0)")
def a_run_without_outputs():
    add_input((1, 1, 6, 9)).network.run({"x": floats(1, 1, 6, 9)})


@refuses("layer", "a convolution layer of this network")
def evaluating_a_layer_of_another_network():
    cv.Network().evaluate(add_layer(), {})


@refuses("input", "TiB")
def padding_that_fills_all_memory():
    run(floats(1, 1, 6, 9), padding_nd=(2**20, 2**20))


@refuses("input")
def an_output_of_sixty_two_bits():
    run(floats(1, 1, 6, 9), padding_nd=(HUGE, HUGE))


@refuses("device", "'tpu'", "cuda", "cpu")
def an_unknown_device():
    add_layer().network.run({"x": floats(1, 1, 6, 9)}, device="tpu")


# -- arrays of convolve ---------------------------------------------------------------------------


@refuses("kernel", "int8", "float32")
def convolving_two_types():
    convolve(np.ones((1, 1, 6, 9), np.int8), np.ones((1, 1, 3, 3), np.float32))


@refuses("kernel", "4 axes")
def convolving_with_a_bare_window():
    convolve(kernel=floats(3, 3))


@refuses("kernel", "num_groups")
def convolving_other_channels():
    convolve(floats(1, 3, 6, 9), floats(1, 1, 3, 3))


@refuses("input", "(6, 9)")
def convolving_a_matrix():
    convolve(floats(6, 9))


@refuses("input", "(0, 1, 6, 9)")
def convolving_nothing():
    convolve(floats(0, 1, 6, 9))


@refuses("bias", "2")
def convolving_with_too_many_biases():
    convolve(bias=floats(2))


@refuses("bias", "int32")
def convolving_int8_with_a_float_bias():
    convolve(np.ones((1, 1, 6, 9), np.int8), np.ones((1, 1, 3, 3), np.int8), floats(1))


@refuses("padding_nd", "pre_padding")
def convolving_with_two_paddings():
    convolve(padding_nd=(1, 1), pre_padding=(1, 1))


@refuses("stride_nd", "(0, 0)")
def convolving_with_a_stride_of_zero():
    convolve(stride_nd=(0, 0))


@refuses("num_groups", "2")
def convolving_int8_groups_of_two():
    convolve(np.ones((1, 4, 6, 9), np.int8), np.ones((2, 2, 3, 3), np.int8), num_groups=2)


@refuses("data", "data.transpose(2, 0, 1)")
def an_image_with_its_channels_last():
    cv.explore(np.ones((20, 30, 3)), np.ones((1, 3, 3, 3)))


@refuses("bias", "1, one for each output map")
def exploring_with_a_vast_bias():
    cv.explore(floats(4, 5), floats(2, 2), np.broadcast_to(floats(1), (10**8,)))


@refuses("kernel", "100000000 weights", "4 = 1 × 1 × 2 × 2")
def exploring_with_a_vast_kernel():
    cv.explore(floats(4, 5), np.broadcast_to(floats(1), (1, 25 * 10**6, 2, 2)))


@refuses("stride_nd", "(1, 1)")
def a_stride_without_an_order():
    add_layer(stride_nd={2, 1})


@refuses("shape", "{6: 1, 9: 1}")
def a_shape_by_name():
    add_input({6: 1, 9: 1})


@refuses("padding_mode", "SAME_UPPER")
def a_padding_mode_by_a_wrong_value():
    cv.PaddingMode("same")


@refuses("dtype", "FLOAT, INT8, INT32")
def a_data_type_by_a_wrong_value():
    cv.DataType(1)


@refuses("padding_mode", "Write SAME_UPPER")
def a_padding_mode_looked_up_by_a_wrong_name():
    cv.PaddingMode["same"]


@refuses("dtype", "FLOAT, INT8, INT32")
def a_data_type_looked_up_by_a_wrong_name():
    cv.DataType["HALF"]


@refuses("data", "filled(0)")
def a_mask_that_would_be_lost():
    cv.explore(np.ma.masked_equal([[100.0, 1.0]], 100), np.ones((1, 1)))


@refuses("padding_mode", "Write SAME_UPPER")
def a_padding_mode_of_another_framework():
    convolve(padding_mode="same")


@refuses("stride_nd", "Write a tuple such as (2, 2).")
def one_integer_for_both_axes():
    convolve(stride_nd=2)


@refuses("input", "TiB")
def convolving_into_a_huge_output():
    convolve(post_padding=(2**22, 2**22))


# -- what all of them promise ---------------------------------------------------------------------


@pytest.mark.parametrize(("case", "parameter", "words"), CASES)
def test_a_refusal_names_its_parameter_and_the_remedy(case, parameter, words) -> None:
    with pytest.raises(ArgumentError) as caught:
        case()
    refusal = caught.value
    message = str(refusal)
    assert refusal.parameter == parameter, message
    assert message.startswith(f"{parameter}: got {refusal.got}; allowed: {refusal.allowed}. ")
    assert message.endswith(refusal.remedy)
    for part in (str(refusal.got), refusal.allowed, refusal.remedy):
        assert part.strip(), message
    assert refusal.remedy.endswith("."), message
    for word in words:
        assert word in message


@pytest.mark.parametrize(("case", "parameter", "words"), CASES)
def test_a_refusal_comes_from_convviz_and_hides_no_other_error(case, parameter, words) -> None:
    with pytest.raises(ArgumentError) as caught:
        case()
    assert PACKAGE in Path(str(caught.traceback[-1].path)).parents
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@pytest.mark.parametrize(("case", "parameter", "words"), CASES)
def test_a_refusal_comes_before_anything_large_is_allocated(case, parameter, words) -> None:
    with pytest.raises(ArgumentError):
        case()  # once for the modules that it imports
    tracemalloc.start()
    try:
        with pytest.raises(ArgumentError):
            case()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MEBIBYTE


def test_there_are_fifty_refusals_and_more() -> None:
    assert len(CASES) >= 50


def test_a_layer_error_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="stride_nd"):
        add_layer(stride_nd=(0, 0))


@pytest.mark.parametrize("enumeration", [cv.PaddingMode, cv.DataType])
def test_a_name_that_no_member_has_is_a_key_error_too(enumeration) -> None:
    with pytest.raises(KeyError) as caught:
        enumeration["x"]
    assert isinstance(caught.value, ArgumentError)
    assert str(caught.value).startswith(caught.value.parameter)  # no quotes around the sentence
    assert [enumeration[member.name] for member in enumeration] == list(enumeration)


def test_a_home_folder_is_to_be_written_out() -> None:
    with pytest.raises(ArgumentError, match="in the place of ~"):
        cv.page(["A text."], "~/no such folder/page.html")


def test_only_an_input_is_told_of_dynamic_sizes() -> None:
    with pytest.raises(ArgumentError, match="or -1 where the size is dynamic"):
        add_input((1, 1, 0, 9))
    with pytest.raises(ArgumentError) as caught:
        cv.Network().add_constant((0,), [])
    assert "dynamic" not in str(caught.value)
