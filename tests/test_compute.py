"""The numbers: TensorRT's tables, the exact order of the sums, and both devices bit for bit."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from functools import cache
from pathlib import Path

import exact
import numpy as np
import pytest
from exact import Layer
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from convviz.compute import cpu
from convviz.compute.convolve import convolve, run
from convviz.compute.device import device as device_in_words
from convviz.geometry import make_geometry

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]
TABLES = json.loads((Path(__file__).parent / "data" / "seed_tables.json").read_text())
LAYERS = 1000

# The example of every table: the digits 1 to 9, tiled, and a kernel of powers of ten.
DIGITS = np.tile(np.arange(1, 10, dtype=np.float32).reshape(3, 3), (2, 3))[None, None]
POWERS = np.power(10, range(4, -5, -1), dtype=np.float32).reshape(1, 1, 3, 3)


def assert_same_bits(actual: np.ndarray, expected: np.ndarray, note: str = "") -> None:
    assert actual.dtype == expected.dtype, note
    assert actual.shape == expected.shape, note
    word = np.int32
    np.testing.assert_array_equal(
        np.ascontiguousarray(actual).view(word),
        np.ascontiguousarray(expected).view(word),
        err_msg=note,
    )


def as_printed(array: np.ndarray) -> list[str]:
    """The numbers as NumPy prints them with precision=8, suppress=True; each printed alone."""
    return [np.format_float_positional(value, precision=8, trim=".") for value in array.flat]


def example(table: dict) -> tuple[np.ndarray, np.ndarray, dict[str, object]]:
    """The input, the kernel and the parameters of the layer that a table belongs to."""
    parameters, data, kernel = dict(table["parameters"]), DIGITS, POWERS
    if table["section"] == "num_groups":
        data, kernel = np.concatenate([data, data], 1), np.concatenate([kernel, -kernel])
    if table["section"] == "3d_convolution":
        data, kernel = np.concatenate([data, data], 1)[:, None], np.stack([kernel, -kernel], 2)
    if parameters.pop("int8", False):  # scale 1
        data, kernel = (np.clip(np.rint(a), -128, 127).astype(np.int8) for a in (data, kernel))
    return data, kernel, parameters


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    "table", TABLES, ids=lambda t: f"{t['section']}-{'-'.join(map(str, t['parameters'].values()))}"
)
def test_the_numbers_that_tensorrt_printed(table: dict, device: str) -> None:
    data, kernel, parameters = example(table)
    output = convolve(data, kernel, device=device, **parameters)
    assert list(output.shape) == table["output_shape"]
    numbers = np.array(table["rows"]).reshape(output.shape)
    if "note" in table:  # exact decimals, of which a float32 sum can be one last place away
        np.testing.assert_array_max_ulp(output, numbers.astype(np.float32), 1)
    else:
        assert as_printed(output.astype(np.float32)) == numbers.ravel().tolist()


def test_the_tables_hold_610_printed_numbers_beside_the_decimals() -> None:
    sizes = [np.size(table["rows"]) for table in TABLES if "note" not in table]
    assert (len(sizes), sum(sizes)) == (24, 610)


@cache
def expected(seed: int) -> np.ndarray:
    case = exact.random_case(seed)
    return exact.convolve(case.layer, case.input, case.kernel, case.bias)


@pytest.mark.parametrize("device", DEVICES)
def test_a_thousand_random_layers_have_the_exact_sums_bits(device: str) -> None:
    for seed in range(LAYERS):
        case = exact.random_case(seed)
        output = convolve(
            case.input, case.kernel, case.bias, device=device, **case.layer.parameters()
        )
        assert_same_bits(output, expected(seed), f"{case}")


def plain_layer(rank: int = 2) -> Layer:
    return Layer((1,) * rank, (0,) * rank, (0,) * rank, (1,) * rank)


@given(
    shape=st.tuples(*[st.integers(1, 9)] * 3),
    taps=st.tuples(*[st.integers(1, 4)] * 3),
    padding=st.tuples(*[st.integers(0, 4)] * 3),
    stride=st.tuples(*[st.integers(1, 3)] * 3),
    seed=st.integers(0, 2**32),
)
def test_scipy_correlates_to_nearly_the_same(shape, taps, padding, stride, seed) -> None:
    padding = tuple(max(p, t - s) for p, t, s in zip(padding, taps, shape, strict=True))
    rng = np.random.default_rng(seed)
    data, kernel = (rng.standard_normal(n).astype(np.float32) for n in (shape, taps))
    output = convolve(
        data[None, None], kernel[None, None], padding_nd=padding, stride_nd=stride, device="cpu"
    )
    padded = np.pad(data, [(p, p) for p in padding]).astype(np.float64)
    full = signal.correlate(padded, kernel.astype(np.float64), mode="valid", method="direct")
    np.testing.assert_allclose(
        output[0, 0], full[tuple(slice(None, None, s) for s in stride)], rtol=1e-4, atol=1e-4
    )


def two_taps(first: np.ndarray, second: np.ndarray, weights: tuple[float, float], device: str):
    """Sum first · weights[0] + second · weights[1] for each pair: a 1×1 kernel, two channels."""
    data = np.stack([first, second]).astype(np.float32)[None, :, None]
    kernel = np.array(weights, np.float32).reshape(1, 2, 1, 1)
    output = convolve(data, kernel, device=device).ravel()
    pairs = zip(data[0, 0, 0].tolist(), data[0, 1, 0].tolist(), strict=True)
    w = kernel.ravel().tolist()
    sums = [exact.fmaf(b, w[1], exact.fmaf(a, w[0], 0.0)) for a, b in pairs]
    twice = (data[0, 0, 0] * np.float64(w[0])).astype(np.float32) + data[0, 1, 0] * np.float64(w[1])
    return output, np.array(sums, np.float32), twice.astype(np.float32)


EPSILON = 2.0**-23


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("exponent", [0, 20, -60, 100])
def test_sums_that_float64_rounds_onto_a_midpoint(device: str, exponent: int) -> None:
    # (1 + ε)(1 − ε) = 1 − ε². Added to 2²⁴, float64 drops the ε², and 1 is half a last place.
    rng = np.random.default_rng(exponent + 1000)
    first = (2.0**24 + 2 * rng.integers(0, 2**22, 400)) * rng.choice([-1, 1], 400)
    second = (1 + EPSILON) * rng.choice([-1, 1], 400)
    scale = 2.0**exponent
    output, expected, twice = two_taps(first * scale, second * scale, (1, 1 - EPSILON), device)
    assert (twice != expected).sum() > 50  # the planted cases are what they should be
    assert_same_bits(output, expected)


@pytest.mark.parametrize("least", [126, 127, 128, 140])
def test_a_subnormal_sum_a_hair_below_a_midpoint_is_rounded_down(least: int) -> None:
    total = np.float32((2 ** (149 - least) + 1) * 2.0**-149)  # odd: a tie would go up
    value, weight = (np.float32((1 + sign * 2.0**-23) * 2.0**-75) for sign in (1, -1))
    data, kernel = np.float32([[[[total, value]]]]), np.float32([[[[1, weight]]]])
    assert convolve(data, kernel, device="cpu").item() == total


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("exponent", [-150, -149, -145, -130, -126])
def test_subnormal_sums_that_float64_rounds_onto_a_midpoint(device: str, exponent: int) -> None:
    rng = np.random.default_rng(-exponent)
    first = np.ldexp(rng.integers(0, 2**22, 400) * rng.choice([-1.0, 1], 400), -149)
    second = np.ldexp((1 + EPSILON) * rng.choice([-1, 1], 400), exponent + 60)
    output, expected, twice = two_taps(first, second, (1, np.ldexp(1 - EPSILON, -60)), device)
    if exponent == -150:  # half of the smallest float32
        assert (twice != expected).sum() > 50
    assert_same_bits(output, expected)


def test_sums_that_need_no_repair_are_not_searched_for_it() -> None:
    geometry = make_geometry((1, 1, 1, 1), 1, (1, 1))
    for exponent, tiny in ((-66, False), (-67, True)):
        value = np.full((1, 1, 1, 1), 2.0**exponent, np.float32)
        assert cpu._PaddedLayer.of(geometry, value, value).tiny == tiny


@pytest.mark.parametrize("device", DEVICES)
def test_padding_is_multiplied_like_any_zero(device: str) -> None:
    # The first product underflows to −0; a padding tap with a positive weight makes it +0.
    tiny = np.full((1, 1, 1, 1), 2.0**-149, np.float32)
    for last, sign in ((1.0, False), (-1.0, True)):
        kernel = np.array([-(2.0**-149), last], np.float32).reshape(1, 1, 1, 2)
        output = convolve(tiny, kernel, post_padding=(0, 1), device=device)
        assert output == 0
        assert np.signbit(output).item() is sign


@pytest.mark.parametrize("device", DEVICES)
def test_sums_beyond_float32_are_infinite_and_nan_spreads(device: str) -> None:
    data = np.array([3e38, 3e38, np.nan, 1, np.inf], np.float32).reshape(1, 1, 1, 5)
    output = convolve(data, np.ones((1, 1, 1, 2), np.float32), device=device).ravel()
    np.testing.assert_array_equal(output, np.float32([np.inf, np.nan, np.nan, np.inf]))


@pytest.mark.parametrize("device", DEVICES)
def test_int8_sums_wrap_around_like_int32(device: str) -> None:
    taps = 2**17 + 1
    data = np.full((1, 1, 1, taps), -128, np.int8)
    output = convolve(data, data, device=device)
    assert output.item() == np.int64(taps * 2**14).astype(np.int32)


@pytest.mark.parametrize("device", DEVICES)
def test_bias_is_one_addition_at_the_end(device: str) -> None:
    data = np.float32([[[[2.0**24]], [[1]]]])
    kernel = np.ones((1, 2, 1, 1), np.float32)
    output = convolve(data, kernel, np.float32([1]), device=device)
    assert output.item() == 2**24  # 2²⁴ + 2 if the bias were the start of the sum


@pytest.mark.parametrize("device", DEVICES)
def test_views_and_read_only_arrays_are_read_as_they_are(device: str) -> None:
    rng = np.random.default_rng(1)
    data = rng.standard_normal((2, 9, 3, 8)).astype(np.float32)
    view = data.transpose(0, 2, 1, 3)[:, ::-1, ::2]
    kernel = rng.standard_normal((3, 3, 2, 4)).astype(np.float32).transpose(1, 0, 3, 2)
    kernel.flags.writeable = view.flags.writeable = False
    expected = convolve(view.copy(), kernel.copy(), device="cpu")
    assert_same_bits(convolve(view, kernel, device=device), expected)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("block", [1, 7, 64])
def test_blocks_of_any_size_cover_every_output(monkeypatch, device: str, block: int) -> None:
    monkeypatch.setattr(cpu, "BLOCK", block)
    for seed in range(40):
        case = exact.random_case(seed)
        output = convolve(
            case.input, case.kernel, case.bias, device=device, **case.layer.parameters()
        )
        assert_same_bits(output, expected(seed), case.note)


@given(
    shape=st.lists(st.integers(1, 5), min_size=1, max_size=6).map(tuple), limit=st.integers(1, 50)
)
def test_blocks_cover_each_output_once_and_none_is_larger_than_it_may_be(
    shape: tuple[int, ...], limit: int
) -> None:
    count = np.zeros(shape, int)
    for block in cpu._blocks(shape, limit):
        assert 1 <= count[block].size <= limit
        count[block] += 1
    assert (count == 1).all()


@pytest.mark.parametrize("dtype", [np.float32, np.int8])
@pytest.mark.parametrize("padding", [0, 40])
def test_as_much_memory_is_asked_for_as_is_taken(monkeypatch, dtype: type, padding: int) -> None:
    monkeypatch.setattr(cpu, "BLOCK", 2_000)  # so that hardly anything else is needed
    data, kernel = np.ones((2, 4, 150, 160), dtype), np.ones((8, 4, 3, 3), dtype)
    geometry = make_geometry(data.shape, 8, (3, 3), padding_nd=(padding, padding))
    cpu.convolve(geometry, data, kernel, None)  # once for what is imported
    tracemalloc.start()
    cpu.convolve(geometry, data, kernel, None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert cpu.needed_bytes(geometry, data.dtype) == pytest.approx(peak, rel=0.05)


def test_partial_sums_are_those_of_the_output() -> None:
    for seed in range(60):
        case = exact.random_case(seed)
        geometry = make_geometry(
            case.input.shape, len(case.kernel), case.kernel.shape[2:], **case.layer.parameters()
        )
        sums = exact.running_sums(case.layer, case.input, case.kernel)
        for item, map_ in ((0, 0), (len(sums) - 1, len(case.kernel) - 1)):
            actual = cpu.partial_sums(geometry, case.input, case.kernel, map_, item)
            assert_same_bits(actual, sums[item, map_], case.note)


@pytest.mark.parametrize("device", DEVICES)
def test_run_takes_flat_weights_and_tells_device_and_time(device: str) -> None:
    geometry = make_geometry(DIGITS.shape, 1, (3, 3))
    empty = np.array([], np.float32)
    result = run(geometry, DIGITS, POWERS.ravel(), empty, device)
    assert_same_bits(result.output, convolve(DIGITS, POWERS, device="cpu"))
    assert result.device == device_in_words(device)
    assert 0 < result.seconds < 60


def test_importing_compute_loads_neither_cupy_nor_widgets() -> None:
    code = (
        "import sys, convviz; convviz.device('cpu'); convviz.convolve; "
        "print(*{'cupy', 'traitlets', 'ipywidgets', 'matplotlib', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
