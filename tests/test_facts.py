"""The facts of a layer, each against the plainest way to work it out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_plans import random_arrays, random_layer

import convviz as cv
from convviz.compute import cpu
from convviz.errors import ArgumentError
from convviz.network import build, facts
from convviz.network.run import ConvolutionRun

SEEDS = st.integers(0, 2**32 - 1)


def run_of(data: np.ndarray, kernel: np.ndarray, bias: object = None, **more: object):
    layer, values = build.build_layer(data, kernel, bias, **more)
    return layer.network.evaluate(layer, {"input": values}, "cpu")


def random_run(seed: int, *, quantized: bool = False) -> tuple[ConvolutionRun, np.random.Generator]:
    """A layer of any rank, groups, strides and padding; in powers of ten that seldom cancel."""
    rng = np.random.default_rng(seed)
    while True:
        geometry, dtype = random_layer(rng, maps=6)
        if (dtype == np.int8) == quantized:
            break
    data, kernel, bias = random_arrays(rng, geometry, np.dtype(np.float32))
    data *= (10.0 ** rng.integers(-4, 5, data.shape)).astype(np.float32)
    axes = geometry.axes
    scales = (
        {"input_scale": 7.0, "kernel_scale": 0.02 + 0.01 * np.arange(geometry.maps)}
        if quantized
        else {}
    )
    return run_of(
        data, kernel, bias, num_groups=geometry.groups,
        stride_nd=[a.stride for a in axes], dilation_nd=[a.dilation for a in axes],
        pre_padding=[a.pre for a in axes], post_padding=[a.post for a in axes], **scales,
    ), rng  # fmt: skip


def random_place(run: ConvolutionRun, rng: np.random.Generator) -> tuple[int, int, tuple[int, ...]]:
    """An item, a map and a place of the output."""
    geometry = run.geometry
    at = tuple(int(rng.integers(axis.output)) for axis in geometry.axes)
    return int(rng.integers(run.items)), int(rng.integers(geometry.maps)), at


@given(SEEDS)
def test_sums_without_an_order_are_those_with_one_but_for_rounding(seed: int) -> None:
    run, _ = random_run(seed)
    found = cpu.sums_in_float64(run.geometry, run.input, run.kernel)
    if run.bias is not None:
        found = found + run.bias.reshape(-1, *(1,) * len(run.geometry.axes))
    sizes = cpu.sums_in_float64(run.geometry, np.abs(run.input), np.abs(run.kernel))
    assert (np.abs(found - run.output) <= 1e-5 * sizes.reshape(run.output.shape) + 1e-3).all()


@given(seed=SEEDS, quantized=st.booleans())
def test_parts_add_up_in_order_to_the_printed_output(seed: int, quantized: bool) -> None:
    run, rng = random_run(seed, quantized=quantized)
    item, output_map, at = random_place(run, rng)
    parts = facts.parts(run, output_map, at, item)
    assert len(parts) == run.geometry.group_channels + 1
    total = 0.0
    for part in parts:
        total += part
    assert np.float32(total) == total == run.item(run.output, item)[output_map, *at]


@given(seed=SEEDS)
def test_parts_are_the_differences_of_the_partial_sums(seed: int) -> None:
    run, rng = random_run(seed)
    item, output_map, at = random_place(run, rng)
    sums = cpu.partial_sums(run.geometry, run.input, run.kernel, output_map, item)[at]
    ends = sums.reshape(run.geometry.group_channels, -1)[:, -1].astype(np.float64)
    parts = facts.parts(run, output_map, at, item)
    assert np.array_equal(parts[:-1], np.diff(ends, prepend=0.0))
    bias = 0 if run.bias is None else run.bias[output_map]
    assert math.isclose(
        parts[-1], bias, rel_tol=1e-4, abs_tol=float(np.spacing(abs(ends[-1]))) * 2e9
    )


@given(seed=SEEDS)
def test_the_spread_is_that_of_each_part_over_the_places(seed: int) -> None:
    run, rng = random_run(seed)
    item, output_map, _ = random_place(run, rng)
    places = np.ndindex(*(axis.output for axis in run.geometry.axes))
    every = np.array([facts.parts(run, output_map, at, item)[:-1] for at in places])
    assert np.allclose(facts.part_spread(run, output_map, item), every.std(axis=0), rtol=1e-9)


@given(seed=SEEDS)
def test_the_channels_of_an_int8_layer_come_to_its_output_with_the_scale_of_each_map(
    seed: int,
) -> None:
    run, rng = random_run(seed, quantized=True)
    item, output_map, _ = random_place(run, rng)
    *_, last = facts.channel_sums(run, output_map, item)
    bias = 0 if run.bias is None else run.bias[output_map]
    output = run.item(run.output, item)[output_map]
    size = np.abs(last).max() + abs(bias)
    np.testing.assert_allclose(last.astype(np.float64) + bias, output, atol=1e-5 * size)


def test_a_channel_that_adds_the_same_everywhere_has_no_spread() -> None:
    data = np.stack([np.full((5, 5), 100.0), np.arange(25.0).reshape(5, 5)])
    run = run_of(data, np.ones((1, 2, 1, 1)))
    constant, varying = facts.part_spread(run, 0)
    assert constant == 0
    assert varying == pytest.approx(np.arange(25).std())


def test_dead_channels_and_maps() -> None:
    data = np.ones((2, 3, 4, 4), np.float32)
    data[:, 1] = 0
    kernel = np.zeros((4, 3, 1, 1), np.float32)
    kernel[1, 1] = 1  # reads the dead channel alone
    kernel[2, 0] = -1
    kernel[3, 0] = 1
    run = run_of(data, kernel)
    assert facts.dead_channels(run) == (1,)
    assert facts.dead_maps(run) == (0, 1)
    assert facts.dead_maps(run, rectified=True) == (0, 1, 2)
    data[1, 1, 3, 3] = 1e-30  # in one item of the batch, at one place
    run = run_of(data, kernel)
    assert facts.dead_channels(run) == ()
    assert facts.dead_maps(run) == (0,)


@given(seed=SEEDS)
def test_multiply_adds_are_the_products_of_all_sums(seed: int) -> None:
    geometry, _ = random_layer(np.random.default_rng(seed), maps=6)
    places = list(np.ndindex(*(axis.output for axis in geometry.axes)))
    taps = sum(1 for _ in geometry.taps(0, places[0]))
    outputs = math.prod(geometry.batch) * geometry.maps * len(places)
    assert facts.multiply_adds(geometry) == outputs * taps


def test_padding_is_as_the_mode_resolves_it() -> None:
    data, kernel = np.ones((1, 1, 6, 9)), np.ones((1, 1, 3, 2))
    run = run_of(data, kernel, padding_mode="SAME_UPPER", stride_nd=(1, 1))
    assert facts.padding(run.geometry) == ((1, 1), (0, 1))
    run = run_of(data, kernel, padding_mode="EXPLICIT_ROUND_UP", stride_nd=(2, 2))
    assert facts.padding(run.geometry) == ((0, 1), (0, 1))  # what the last window reads


def test_int8_loses_what_the_scales_lose() -> None:
    rng = np.random.default_rng(5)
    data = rng.normal(size=(2, 3, 8, 8)).astype(np.float32)
    kernel = rng.normal(size=(4, 3, 3, 3)).astype(np.float32)
    kernel[2] = 0
    run = run_of(data, kernel, np.ones(4))
    loss = facts.int8_loss(run, 0.02, 0.03)
    quantized = [np.clip(np.rint(a / s), -128, 127) * s for a, s in ((data, 0.02), (kernel, 0.03))]
    exact = run.output.astype(np.float64)
    rounded = cv.convolve(*quantized, np.ones(4)).astype(np.float64)
    expected = np.sqrt(
        np.square(rounded - exact).mean((0, 2, 3)) / np.square(exact).mean((0, 2, 3))
    )
    assert np.allclose(loss, expected, rtol=1e-3)
    assert loss[2] == 0
    best = facts.int8_loss(run)  # of the largest magnitudes
    assert (best[[0, 1, 3]] < 0.02).all()
    assert (facts.int8_loss(run, 10.0, 1.0)[[0, 1, 3]] > 0.5).all()


def test_a_map_of_zeros_loses_nothing() -> None:
    run = run_of(np.ones((1, 1, 4, 4)), np.array([1.0, 0.0]).reshape(2, 1, 1, 1))
    assert facts.int8_loss(run, 0.3, 1.0)[1] == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda run: facts.parts(run, 2, (0, 0)), "map: got 2"),
        (lambda run: facts.parts(run, 0, (0,)), "at: got (0,)"),
        (lambda run: facts.parts(run, 0, (0, 99)), "at: got (0, 99)"),
        (lambda run: facts.parts(run, 0, "ab"), "at: got 'ab'"),
        (lambda run: facts.parts(run, 0, (0, 0), 1), "item: got 1"),
        (lambda run: facts.part_spread(run, -1), "map: got -1"),
        (lambda run: facts.int8_loss(run, 0), "input_scale: got 0"),
        (lambda run: facts.int8_loss(run, None, [1, 2, 3]), "scale: got 3"),
    ],
)
def test_what_cannot_be_asked_is_refused(call: object, words: str) -> None:
    run = run_of(np.ones((1, 1, 5, 5)), np.ones((2, 1, 3, 3)))
    with pytest.raises(ArgumentError) as refusal:
        call(run)
    assert str(refusal.value).startswith(words)
