"""What `convolve` refuses, naming the parameter and allocating nothing; and what no GPU means."""

from __future__ import annotations

import sys
import tracemalloc
import types

import numpy as np
import pytest

from convviz import memory
from convviz.compute import convolve as convolve_module
from convviz.compute import cpu, cuda, operands
from convviz.compute import device as device_module
from convviz.compute.convolve import convolve, run
from convviz.compute.device import device
from convviz.errors import ArgumentError
from convviz.geometry import make_geometry

DATA = np.ones((1, 4, 6, 9), np.float32)
KERNEL = np.ones((2, 4, 3, 3), np.float32)
INT8 = DATA.astype(np.int8)
HUGE = np.broadcast_to(np.float32(1), (1, 1, 70000, 70000))
BOTH = {"padding_nd": (1, 1)}
ONE = np.ones((1, 1, 1, 1), np.float32)


def with_value(array: np.ndarray, value: float) -> np.ndarray:
    array = array.copy()
    array.flat[-1] = value
    return array


BAD = {
    "a list for the kernel": ("kernel", (DATA, [[1.0]]), {}),
    "a number for the bias": ("bias", (DATA, KERNEL, 1.0), {}),
    "nothing for the kernel": ("kernel", (DATA, None), {}),
    "objects": ("input", (DATA.astype(object), KERNEL), {}),
    "complex": ("input", (DATA.astype(np.complex64), KERNEL), {}),
    "a float32 kernel for an int8 input": ("kernel", (INT8, KERNEL), {}),
    "a float32 bias in int8": ("bias", (INT8, KERNEL.astype(np.int8), np.zeros(2, "f4")), {}),
    "a kernel without axes": ("kernel", (DATA, KERNEL[0, 0, 0, 0:1].reshape(())), {}),
    "a kernel of 3 axes": ("kernel", (DATA, KERNEL[0]), {}),
    "a kernel of 6 axes": ("kernel", (DATA, KERNEL[None, None]), {}),
    "an input without batch": ("input", (DATA[0], KERNEL), {}),
    "an input without channels": ("input", (DATA[0, 0], KERNEL), {}),
    "an input of 9 axes": ("input", (DATA[(None,) * 5], KERNEL), {}),
    "an empty input": ("input", (DATA[:0], KERNEL), {}),
    "a kernel of no maps": ("num_output_maps", (DATA, KERNEL[:0]), {}),
    "a kernel of no rows": ("kernel_size_nd", (DATA, KERNEL[:, :, :0]), {}),
    "a kernel of other channels": ("kernel", (DATA, KERNEL[:, :3]), {}),
    "a kernel for all channels in groups": ("kernel", (DATA, KERNEL), {"num_groups": 2}),
    "a kernel larger than the input": ("kernel_size_nd", (DATA, np.ones((1, 4, 7, 7), "f4")), {}),
    "a dilated kernel too large": ("kernel_size_nd", (DATA, KERNEL), {"dilation_nd": (3, 3)}),
    "NaN in the kernel": ("kernel", (DATA, with_value(KERNEL, np.nan)), {}),
    "infinity in the kernel": ("kernel", (DATA, with_value(KERNEL, -np.inf)), {}),
    "NaN in the bias": ("bias", (DATA, KERNEL, np.float32([0, np.nan])), {}),
    "too few biases": ("bias", (DATA, KERNEL, np.zeros(1, np.float32)), {}),
    "too many biases": ("bias", (DATA, KERNEL, np.zeros(4, np.float32)), {}),
    "groups that do not divide": ("num_groups", (DATA, KERNEL), {"num_groups": 3}),
    "no groups": ("num_groups", (DATA, KERNEL), {"num_groups": 0}),
    "half a group": ("num_groups", (DATA, KERNEL), {"num_groups": 1.5}),
    "int8 groups of two": ("num_groups", (INT8, INT8[:, :2, :2].repeat(4, 0)), {"num_groups": 2}),
    "stride 0": ("stride_nd", (DATA, KERNEL), {"stride_nd": (0, 1)}),
    "one stride": ("stride_nd", (DATA, KERNEL), {"stride_nd": (1,)}),
    "a stride that is no tuple": ("stride_nd", (DATA, KERNEL), {"stride_nd": 2}),
    "half a stride": ("stride_nd", (DATA, KERNEL), {"stride_nd": (1, 1.5)}),
    "dilation 0": ("dilation_nd", (DATA, KERNEL), {"dilation_nd": (1, 0)}),
    "a text for a dilation": ("dilation_nd", (DATA, KERNEL), {"dilation_nd": "22"}),
    "negative padding": ("padding_nd", (DATA, KERNEL), {"padding_nd": (-1, 0)}),
    "three paddings": ("padding_nd", (DATA, KERNEL), {"padding_nd": (1, 1, 1)}),
    "negative pre-padding": ("pre_padding", (DATA, KERNEL), {"pre_padding": (0, -1)}),
    "negative post-padding": ("post_padding", (DATA, KERNEL), {"post_padding": (0, -1)}),
    "padding twice, before": ("padding_nd", (DATA, KERNEL), BOTH | {"pre_padding": (1, 1)}),
    "padding twice, after": ("padding_nd", (DATA, KERNEL), BOTH | {"post_padding": (1, 1)}),
    "an unknown mode": ("padding_mode", (DATA, KERNEL), {"padding_mode": "SAME"}),
    "a mode beyond the last": ("padding_mode", (DATA, KERNEL), {"padding_mode": 6}),
    "an unknown device": ("device", (DATA, KERNEL), {"device": "gpu"}),
    "a device that is no text": ("device", (DATA, KERNEL), {"device": 0}),
    "an input that does not fit": ("input", (HUGE, np.ones((4096, 1, 1, 1), "f4")), {}),
    "padding that does not fit": ("input", (ONE, ONE), {"padding_nd": (2**20, 2**20)}),
}  # fmt: skip


@pytest.mark.parametrize(("parameter", "arrays", "parameters"), BAD.values(), ids=BAD)
def test_refusals_name_the_parameter_and_allocate_nothing(parameter, arrays, parameters) -> None:
    parameters = {"device": "cpu", **parameters}
    with pytest.raises(ArgumentError):
        convolve(*arrays, **parameters)  # once for the modules that it imports
    tracemalloc.start()
    try:
        with pytest.raises(ArgumentError) as caught:
            convolve(*arrays, **parameters)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
    assert caught.value.parameter == parameter
    assert str(caught.value).startswith(f"{parameter}: got ")


def refusal(*arguments: object, **parameters: object) -> str:
    with pytest.raises(ArgumentError) as caught:
        convolve(*arguments, **parameters)
    return str(caught.value)


def test_refusals_say_what_would_fit() -> None:
    with pytest.raises(ArgumentError, match=r"\.astype\(np\.float32\)"):
        run(make_geometry(DATA.shape, 2, (3, 3)), DATA.astype(np.float64), KERNEL)
    assert ".astype(np.int8)" in refusal(INT8, KERNEL)
    assert ".astype(np.int32)" in refusal(INT8, KERNEL.astype(np.int8), np.zeros(2))
    assert "36 weights" in refusal(DATA, KERNEL, num_groups=2)
    assert "2 values" in refusal(DATA, KERNEL, np.zeros(3, np.float32))
    assert "16 TiB" in refusal(ONE, ONE, padding_nd=(2**20, 2**20), device="cpu")


@pytest.mark.parametrize("kind", [np.float64, np.float16, np.uint8, np.int64, ">f4", list], ids=str)
def test_numbers_of_other_types_are_computed_in_float32(kind) -> None:
    given = [
        array.tolist() if kind is list else array.astype(kind)
        for array in (DATA, KERNEL, np.ones(2, np.float32))
    ]
    expected = [np.asarray(each).astype(np.float32) for each in given]
    output = convolve(*given, device="cpu")
    assert output.dtype == np.float32
    np.testing.assert_array_equal(output, convolve(*expected, device="cpu"))


def test_a_signal_is_convolved_along_its_one_axis() -> None:
    signal, kernel = DATA[:, :, 0], KERNEL[:, :, 0]
    output = convolve(signal, kernel, stride_nd=(2,), padding_nd=(1,), device="cpu")
    plane = convolve(
        signal[:, :, None],
        kernel[:, :, None],
        stride_nd=(1, 2),
        padding_nd=(0, 1),
        device="cpu",
    )
    np.testing.assert_array_equal(output, plane[:, :, 0])


def test_run_counts_the_weights_and_compares_the_input() -> None:
    geometry = make_geometry(DATA.shape, 2, (3, 3))
    with pytest.raises(ArgumentError, match="kernel: got 71 weights; allowed: 72 weights"):
        run(geometry, DATA, KERNEL.ravel()[1:])
    with pytest.raises(ArgumentError, match="input: got shape"):
        run(geometry, DATA[..., 1:], KERNEL)


def test_nan_is_welcome_in_the_input() -> None:
    output = convolve(with_value(DATA, np.nan), KERNEL, device="cpu")
    assert np.isnan(output).sum() == 2  # the last window of each map


def test_an_output_larger_than_the_free_memory_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(convolve_module, "SURELY_FREE", 0)
    needed = cpu.needed_bytes(make_geometry(DATA.shape, 2, (3, 3)), DATA.dtype)
    monkeypatch.setattr(memory, "free_bytes", lambda: needed)
    assert convolve(DATA, KERNEL, device="cpu").shape == (1, 2, 4, 7)
    monkeypatch.setattr(memory, "free_bytes", lambda: needed - 1)
    assert "of memory that are free" in refusal(DATA, KERNEL, device="cpu")


def test_a_copy_in_float32_that_the_memory_does_not_hold_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(operands, "SURELY_FREE", 0)
    monkeypatch.setattr(memory, "free_bytes", lambda: 4 * DATA.size)
    for data in (DATA, DATA.astype(np.float64)):
        operands.converted(data, KERNEL, None)
    monkeypatch.setattr(memory, "free_bytes", lambda: 4 * DATA.size - 1)
    operands.converted(DATA, KERNEL, None)  # nothing is copied
    with pytest.raises(ArgumentError, match="input: got 216 numbers, 864 bytes in float32"):
        operands.converted(DATA.astype(np.float64), KERNEL, None)


def test_what_is_small_is_copied_without_asking_for_memory(monkeypatch) -> None:
    def asked() -> float:
        raise AssertionError

    monkeypatch.setattr(memory, "free_bytes", asked)
    operands.converted(DATA.astype(np.float64), KERNEL, None)


def test_an_empty_bias_is_none() -> None:
    without = convolve(DATA, KERNEL, device="cpu")
    np.testing.assert_array_equal(convolve(DATA, KERNEL, [], device="cpu"), without)


def test_a_signal_without_channels_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"input: got shape \(5,\); allowed: at least 2 axes"):
        convolve(np.ones(5), np.ones((1, 1, 3)))


@pytest.fixture
def machine(monkeypatch):
    """Pretend to be a machine with a CUDA device, whatever CuPy can do with it."""
    monkeypatch.delenv("CONVVIZ_DEVICE", raising=False)
    monkeypatch.setattr(device_module, "_driver_devices", lambda: 1)
    stub = types.ModuleType("cupy")
    stub.ndarray = type("ndarray", (), {})
    monkeypatch.setitem(sys.modules, "cupy", stub)
    find_out = device_module.unavailable.__wrapped__  # anew each time
    monkeypatch.setattr(device_module, "unavailable", find_out)
    return monkeypatch


class OutOfMemoryError(Exception):
    """Named as CuPy's."""


FAILURES = {
    "no compiler": (
        RuntimeError("CuPy failed to load libnvrtc.so.13: cannot open shared object file"),
        "NVRTC",
        "pip install 'convviz[cuda13]'",
    ),
    "no memory": (OutOfMemoryError("Out of memory allocating 9 bytes"), "no memory", "nvidia-smi"),
    "too old": (
        ValueError("nvrtc: error: invalid value for --gpu-architecture (-arch)\nmore"),
        "invalid value for --gpu-architecture",
        "convviz[cuda12]",
    ),
    "old driver": (
        ValueError("cudaErrorInsufficientDriver: CUDA driver version is insufficient"),
        "cudaErrorInsufficientDriver",
        "Update the NVIDIA driver",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("error", "reason", "remedy"), FAILURES.values(), ids=FAILURES)
def test_a_gpu_that_cannot_be_used_says_why_and_what_to_do(machine, error, reason, remedy) -> None:
    def fail() -> None:
        raise error

    machine.setattr(device_module, "_try_out", fail)
    words = device()
    assert words.startswith("NumPy on the CPU: ")
    assert reason in words
    assert remedy in words
    assert "\n" not in words
    with pytest.raises(ArgumentError) as caught:
        convolve(DATA, KERNEL, device="cuda")
    assert caught.value.parameter == "device"
    assert reason in str(caught.value)
    assert remedy in str(caught.value)
    # NumPy takes over unless a GPU was asked for.
    assert convolve(DATA, KERNEL).shape == (1, 2, 4, 7)


def test_a_gpu_without_cupy_says_what_to_install(machine) -> None:
    machine.setitem(sys.modules, "cupy", None)
    words = device()
    assert "CuPy cannot be imported" in words
    assert "pip install 'convviz[cuda13]'" in words


def test_no_gpu_is_no_error_until_one_is_asked_for(machine) -> None:
    machine.setattr(device_module, "_driver_devices", lambda: 0)
    assert device() == "NumPy on the CPU: no CUDA device found"
    with pytest.raises(
        ArgumentError, match="device: got 'cuda'; allowed: 'cpu' here: no CUDA device"
    ):
        device("cuda")
    machine.setenv("CONVVIZ_DEVICE", "cuda")
    with pytest.raises(ArgumentError, match="device: got CONVVIZ_DEVICE=cuda; allowed: 'cpu' here"):
        convolve(DATA, KERNEL)
    assert device("cpu") == "NumPy on the CPU: device='cpu'"


def test_the_variable_chooses_where_the_argument_does_not(monkeypatch) -> None:
    monkeypatch.setenv("CONVVIZ_DEVICE", "cpu")
    assert device() == "NumPy on the CPU: CONVVIZ_DEVICE=cpu"
    monkeypatch.setenv("CONVVIZ_DEVICE", "tpu")
    with pytest.raises(
        ArgumentError, match="device: got CONVVIZ_DEVICE=tpu; allowed: 'cuda', 'cpu'"
    ):
        device()
    assert device("cpu") == "NumPy on the CPU: device='cpu'"


def test_what_a_gpu_has_no_room_for_is_computed_by_numpy(machine) -> None:
    machine.setattr(convolve_module, "SURELY_FREE", 0)
    machine.setattr(device_module, "unavailable", lambda: None)
    machine.setattr(cuda, "device_name", lambda device=None: "a GPU")
    machine.setattr(cuda, "free_bytes", lambda: 100)
    result = run(make_geometry(DATA.shape, 2, (3, 3)), DATA, KERNEL)
    assert result.device == "NumPy on the CPU: the GPU has 100 bytes free, this needs 1.62 KiB"
    with pytest.raises(ArgumentError, match=r"input: got .* at most the 100 bytes of GPU memory"):
        convolve(DATA, KERNEL, device="cuda")


def test_a_gpu_that_runs_out_of_memory_leaves_the_layer_to_numpy(machine) -> None:
    def fail(*arguments: object, **parameters: object) -> None:
        raise MemoryError

    machine.setattr(device_module, "unavailable", lambda: None)
    machine.setattr(cuda, "device_name", lambda device=None: "a GPU")
    machine.setattr(cuda, "free_bytes", lambda: 2**30)
    machine.setattr(cuda, "convolve", fail)
    result = run(make_geometry(DATA.shape, 2, (3, 3)), DATA, KERNEL)
    assert result.device.startswith("NumPy on the CPU: the GPU has 1 GiB free")
    assert result.output.shape == (1, 2, 4, 7)
    with pytest.raises(ArgumentError, match="GPU memory"):
        convolve(DATA, KERNEL, device="cuda")
