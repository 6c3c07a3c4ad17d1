"""conv.cu compiles without a GPU; on a GPU, bits, streams, devices and sizes hold."""

from __future__ import annotations

import exact
import numpy as np
import pytest
from nvrtc import compile_without_a_gpu

from convviz.compute import cuda
from convviz.compute.compiler import CONV_CU, read_source
from convviz.compute.convolve import convolve
from convviz.compute.device import device
from convviz.compute.operands import SUM_TYPES
from convviz.errors import ArgumentError
from convviz.geometry import make_geometry


def random_pair(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return (
        rng.standard_normal((2, 3, 20, 30)).astype(np.float32),
        rng.standard_normal((4, 3, 3, 5)).astype(np.float32),
    )


@pytest.mark.parametrize("architecture", [75, 90])
def test_every_variant_of_conv_cu_compiles_without_a_gpu(architecture: int) -> None:
    code = compile_without_a_gpu(read_source(CONV_CU), architecture, cuda.variants())
    assert code.count(".entry") == len(cuda.variants()) == 8


@pytest.mark.parametrize("dtype", SUM_TYPES)
@pytest.mark.parametrize("kernel", [(3, 3), (1, 3, 3), (3, 1, 3), (2, 3)])
def test_every_layer_has_a_variant(kernel: tuple[int, ...], dtype: np.dtype) -> None:
    geometry = make_geometry((1, 1, *(4,) * len(kernel)), 1, kernel)
    variant = cuda.variant_of(geometry, dtype)
    assert variant in cuda.variants()
    assert variant.endswith("3>") == (kernel in [(3, 3), (1, 3, 3)])


def test_the_structs_are_laid_out_as_in_c() -> None:
    assert cuda.AXIS.itemsize == 24
    assert cuda.LAYER.itemsize == 96  # 8 + 3 · 4 + 3 · 24, and 4 at the end for the alignment
    assert cuda.LAYER.fields["depth"][1] == 20


def test_the_struct_holds_the_geometry() -> None:
    geometry = make_geometry(
        (2, 6, 10, 11), 9, (2, 3), stride_nd=(2, 1), pre_padding=(1, 2), num_groups=3
    )
    layer = cuda.layer_struct(geometry)[0]
    assert layer["outputs"] == np.prod(geometry.output_shape)
    assert (layer["groups"], layer["channels"], layer["maps"]) == (3, 2, 3)
    assert layer["depth"].tolist() == (1, 1, 1, 1, 0, 1)
    assert layer["height"].tolist() == (10, 2, 2, 1, 1, 5)
    assert layer["width"].tolist() == (11, 3, 1, 1, 2, 11)


def test_indices_grow_to_64_bits_where_they_must() -> None:
    def needs(shape, maps=1, taps=(1, 1), **parameters) -> bool:
        return cuda._needs_int64(make_geometry(shape, maps, taps, **parameters))

    assert not needs((1, 1, 2**15, 2**15))
    assert needs((1, 1, 2**16, 2**15))
    assert needs((1, 1, 2**14, 2**14), maps=8)
    assert needs((1, 1, 1, 1), pre_padding=(2**31 - 1, 0), stride_nd=(2**31 - 1, 1))


@pytest.mark.gpu
def test_large_numpy_arrays_are_fetched_from_where_they_lie() -> None:
    rng = np.random.default_rng(4)
    data = rng.standard_normal((1, 1, 1200, 1300)).astype(np.float32)
    data.flags.writeable = False
    kernel = rng.standard_normal((2, 1, 5, 5)).astype(np.float32)
    expected = convolve(data, kernel, np.float32([1, 2]), device="cpu")
    for _ in range(2):  # the second time, from memory that was pinned before
        output = convolve(data, kernel, np.float32([1, 2]), device="cuda")
        assert output.tobytes() == expected.tobytes()
    assert output.flags.writeable
    twice = data[:, :, :256, :300].copy()  # the same memory as input and as kernel
    output = convolve(twice, twice, device="cuda")
    assert output.tobytes() == convolve(twice, twice, device="cpu").tobytes()


@pytest.mark.gpu
def test_cupy_in_cupy_out_on_the_callers_stream() -> None:
    import cupy

    data, kernel = random_pair()
    expected = convolve(data, kernel, device="cpu")
    with cupy.cuda.Stream(non_blocking=True) as stream:
        # The stream is busy for long before the input is written: only its order makes this right.
        late = cupy.zeros(data.shape, np.float32)
        busy = cupy.ones((4000, 4000), np.float32)
        for _ in range(20):
            busy = busy @ busy * 0
        late += cupy.asarray(data)
        output = convolve(late, cupy.asarray(kernel))
        assert isinstance(output, cupy.ndarray)
        stream.synchronize()
    np.testing.assert_array_equal(output.get(), expected)


@pytest.mark.gpu
def test_nothing_is_copied_to_the_host_for_a_cupy_input() -> None:
    import cupy

    arrays = [cupy.asarray(array) for array in random_pair()]
    convolve(*arrays)
    stream = cupy.cuda.Stream(non_blocking=True)
    with stream:
        stream.begin_capture()  # capturing refuses whatever waits for the GPU or leaves the stream
        output = convolve(*arrays)
        graph = stream.end_capture()
        graph.launch(stream)
    stream.synchronize()
    np.testing.assert_array_equal(output.get(), convolve(*random_pair(), device="cpu"))


@pytest.mark.gpu
def test_views_of_cupy_arrays() -> None:
    import cupy

    data, kernel = random_pair()
    output = convolve(cupy.asarray(data)[:, :, ::-1, ::2], cupy.asarray(kernel)[:, :, :, ::2])
    expected = convolve(data[:, :, ::-1, ::2], kernel[:, :, :, ::2], device="cpu")
    np.testing.assert_array_equal(output.get(), expected)


@pytest.mark.gpu
def test_arrays_in_different_memories_are_refused() -> None:
    import cupy

    data, kernel = random_pair()
    bias = np.zeros(4, np.float32)
    for arrays, parameter in (
        ((cupy.asarray(data), kernel), "kernel"),
        ((data, cupy.asarray(kernel)), "kernel"),
        ((cupy.asarray(data), cupy.asarray(kernel), bias), "bias"),
    ):
        with pytest.raises(ArgumentError) as caught:
            convolve(*arrays)
        assert caught.value.parameter == parameter
    with pytest.raises(ArgumentError) as caught:
        convolve(cupy.asarray(data), cupy.asarray(kernel), device="cpu")
    assert caught.value.parameter == "device"


@pytest.mark.gpu
def test_the_device_is_named() -> None:
    import cupy

    name = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
    assert device() == device("cuda") == f"CuPy on {name}"


@pytest.mark.gpu
def test_64_bit_indices_give_the_same_bits(monkeypatch) -> None:
    monkeypatch.setattr(cuda, "_needs_int64", lambda geometry: True)
    cuda._launcher.cache_clear()  # of launchers made for 32 bits
    for seed in range(200):
        case = exact.random_case(seed)
        arrays = case.input, case.kernel, case.bias
        actual = convolve(*arrays, device="cuda", **case.layer.parameters())
        expected = convolve(*arrays, device="cpu", **case.layer.parameters())
        assert actual.tobytes() == expected.tobytes(), case.note


@pytest.mark.gpu
def test_what_is_free_is_what_a_limit_leaves() -> None:
    import cupy

    pool = cupy.get_default_memory_pool()
    kept = cupy.zeros(2**18, np.float32)
    pool.set_limit(pool.used_bytes() + 2**20)  # as CUPY_GPU_MEMORY_LIMIT does
    try:
        assert cuda.free_bytes() == 2**20
    finally:
        pool.set_limit(0)
    assert cuda.free_bytes() > 2**20
    assert kept.nbytes == 2**20


@pytest.mark.gpu
def test_more_than_two_to_the_31_elements() -> None:
    import cupy

    if cuda.free_bytes() < 12 * 2**30:
        pytest.skip("the GPU has less than 12 GiB free")
    rows, columns = 48000, 50000
    data = cupy.zeros((1, 1, rows, columns), np.int8)
    data[0, 0, -1, -7:] = cupy.arange(1, 8)
    kernel = cupy.arange(1, 8, dtype=np.int8).reshape(1, 1, 1, 7)
    parameters = {"stride_nd": (1, 29), "post_padding": (0, 20)}
    output = convolve(data, kernel, **parameters)
    assert not output[0, 0, :-1].any()
    last_row = convolve(data[:, :, -1:].get(), kernel.get(), device="cpu", **parameters)
    assert last_row.any()
    np.testing.assert_array_equal(output[:, :, -1:].get(), last_row)
    del data, output
    planes = cupy.zeros((1, 1, 2**14, 2**14), np.int8)
    planes[0, 0, -1, -1] = 3
    kernel = cupy.arange(9, dtype=np.int8).reshape(9, 1, 1, 1)
    output = convolve(planes, kernel)
    assert output[0, :, -1, -1].get().tolist() == [3 * k for k in range(9)]
    assert output.size > 2**31


@pytest.mark.gpu
def test_a_device_that_is_not_the_current_one() -> None:
    import cupy

    if cupy.cuda.runtime.getDeviceCount() < 2:
        pytest.skip("there is one GPU")
    data, kernel = random_pair()
    with cupy.cuda.Device(1):
        arrays = cupy.asarray(data), cupy.asarray(kernel)
    output = convolve(*arrays)
    assert output.device.id == 1
    np.testing.assert_array_equal(output.get(), convolve(data, kernel, device="cpu"))
