"""Every CUDA source compiles without a GPU; on one, bits, streams, devices and sizes hold."""

from __future__ import annotations

import exact
import numpy as np
import pytest
from random_plans import KINDS, random_arrays, random_plan

from convviz.compute import convolve as compute
from convviz.compute import cpu, cuda
from convviz.compute.convolve import convolve
from convviz.compute.large.plans import Layer, Plan
from convviz.errors import ArgumentError
from convviz.geometry import Geometry, make_geometry


def random_pair(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return (
        rng.standard_normal((2, 3, 20, 30)).astype(np.float32),
        rng.standard_normal((4, 3, 3, 5)).astype(np.float32),
    )


# Shape, maps, kernel and parameters of layers whose tiles end short on every axis.
LAYERS = {
    "photo": ((2, 3, 37, 83), 3, (3, 3), {"pre_padding": (1, 1), "num_groups": 3}),
    "aligned photo": ((1, 1, 40, 256), 1, (5, 5), {"pre_padding": (2, 2), "post_padding": (2, 2)}),
    "dense": ((3, 20, 19, 21), 70, (3, 3), {"pre_padding": (1, 1), "post_padding": (1, 1)}),
    "dense, wide": ((2, 8, 12, 64), 64, (3, 3), {"padding_mode": "SAME_UPPER"}),
    "one by one": ((5, 24, 7, 7), 40, (1, 1), {}),
    "one by one in 3-D": ((1, 6, 4, 9, 8), 10, (1, 1, 1), {}),
    "strided": ((2, 6, 33, 34), 12, (5, 3), {"stride_nd": (2, 3), "padding_mode": "SAME_LOWER"}),
    "rounded up": ((1, 4, 30, 31), 8, (3, 3), {"stride_nd": (4, 4), "padding_mode": 5}),
    "dilated": ((1, 10, 40, 45), 9, (3, 3), {"dilation_nd": (4, 3), "pre_padding": (5, 2)}),
    "groups": ((2, 24, 28, 28), 48, (3, 3), {"num_groups": 6, "pre_padding": (1, 1)}),
    "depthwise": ((2, 6, 56, 57), 6, (5, 5), {"num_groups": 6, "stride_nd": (2, 2)}),
    "volume": ((1, 1, 20, 30, 66), 1, (3, 3, 3), {"pre_padding": (1, 1, 1)}),
    "channels in a volume": ((2, 5, 9, 17, 18), 7, (2, 3, 3), {"dilation_nd": (2, 1, 2)}),
    "rows of one": ((1, 3, 1, 200), 4, (1, 9), {"stride_nd": (1, 2), "pre_padding": (0, 4)}),
    "large kernel": ((1, 1, 40, 60), 2, (11, 11), {"pre_padding": (5, 5)}),
}  # fmt: skip


def plans(name: str, dtype: type, kind: str) -> tuple[Geometry, list[Plan]]:
    """A layer's geometry and the plans of one kind that fit it, the best first."""
    shape, maps, kernel, parameters = LAYERS[name]
    geometry = make_geometry(shape, maps, kernel, **parameters)
    layer = Layer.of(geometry, np.dtype(dtype).itemsize)
    fitting = [plan for plan in cuda.best(layer) if plan.source == kind]
    if not fitting:
        assert kind == "unfolded"
        assert dtype == np.int8 or layer.maps < 8
        pytest.skip("unfolded.cu is for float32 and several maps")
    return geometry, fitting


def compile_without_a_gpu(source: str, architecture: int, expressions: list[str]) -> str:
    """PTX from NVRTC, compiled as CuPy does, without a warning."""
    nvrtc = pytest.importorskip("cupy", reason="CuPy is not installed").cuda.nvrtc
    try:
        nvrtc.getVersion()
    except RuntimeError as error:
        pytest.skip(f"NVRTC is not installed: {error}")
    program = nvrtc.createProgram(source, "conv.cu", (), ())
    for name in expressions:
        nvrtc.addNameExpression(program, name)
    options = (*cuda.OPTIONS, f"-arch=compute_{architecture}", "-ftz=true")
    try:
        nvrtc.compileProgram(program, options)
    except nvrtc.NVRTCError:
        pytest.fail(nvrtc.getProgramLog(program))
    assert not nvrtc.getProgramLog(program).strip("\0\n")
    code = nvrtc.getPTX(program)
    code = code if isinstance(code, str) else code.decode()
    assert ".ftz" not in code  # the smallest numbers are not taken for zeros
    assert all(nvrtc.getLoweredName(program, name) in code for name in expressions)
    return code


@pytest.mark.parametrize("architecture", [75, 90])
def test_every_variant_of_conv_cu_compiles_without_a_gpu(architecture: int) -> None:
    code = compile_without_a_gpu(cuda.source(), architecture, cuda.names())
    assert code.count(".entry") == len(cuda.names()) == 8


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.int8])
@pytest.mark.parametrize("name", LAYERS)
def test_plans_compile_without_a_gpu_and_agree_on_sizes(name: str, dtype: type, kind: str) -> None:
    plan = plans(name, dtype, kind)[1][0]
    tiles = "column_tiles * row_tiles * slice_tiles * divide_up(batch, tile_images)"
    sizes = {
        "threads": plan.tile.threads,
        "4 * stages * stage_size": plan.shared_bytes,
        "chunks": plan.chunks,
        "map_tiles * tile_maps * groups * words * taps": plan.prepared_words,
        f"map_tiles * groups * {tiles if kind == 'tiled' else 'position_tiles'}": plan.blocks,
    }
    if kind == "tiled":
        sizes |= {"pitch": plan.pitch, "vector": plan.vector, "line": plan.line}
    asserts = [f'static_assert({a} == {b}, "{a}");' for a, b in sizes.items()]
    source = "\n".join((cuda.plan_source(plan), *asserts))
    code = compile_without_a_gpu(source, 80 if dtype == np.int8 else 90, [])
    assert ("dp4a" in code) == (dtype == np.int8)


def test_a_chunk_has_rows_to_add_while_the_next_one_comes() -> None:
    prime = make_geometry((8, 67, 9, 9), 64, (1, 1))  # 67 chunks of one row, or one of 67
    assert {plan.source for plan in cuda.best(Layer.of(prime, 4))} == {"tiled"}


def launched(plan: Plan, geometry: Geometry, arrays: list) -> np.ndarray:
    """The output of a plan on the GPU; nothing may stay of what stood there before."""
    import cupy

    there = [None if array is None else cupy.asarray(array) for array in arrays]
    total = np.float32 if arrays[0].dtype == np.float32 else np.int32
    output = cupy.full(geometry.output_shape, -7, total)
    sources = [None if array is None else array.data for array in there]
    cuda.Planned(plan).launch(*sources, output.data)
    return output.get()


@pytest.mark.gpu
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.int8])
@pytest.mark.parametrize("name", LAYERS)
def test_plans_give_the_bits_of_the_plain_order(name: str, dtype: type, kind: str) -> None:
    geometry, possible = plans(name, dtype, kind)
    rng = np.random.default_rng(len(name))
    arrays = random_arrays(rng, geometry, np.dtype(dtype))
    expected = cpu.convolve(geometry, *arrays)
    for plan in (possible[0], possible[int(rng.integers(len(possible)))]):
        assert launched(plan, geometry, arrays).tobytes() == expected.tobytes(), plan.tile


@pytest.mark.gpu
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(30))
def test_random_plans_give_the_bits_of_the_plain_order(seed: int, kind: str) -> None:
    rng = np.random.default_rng(1000 + seed)
    plan, geometry, dtype = random_plan(rng, kind)
    arrays = random_arrays(rng, geometry, dtype)
    expected = cpu.convolve(geometry, *arrays)
    assert launched(plan, geometry, arrays).tobytes() == expected.tobytes(), plan


@pytest.mark.gpu
@pytest.mark.parametrize("kind", KINDS)
def test_not_a_number_and_infinity_go_the_same_way(kind: str) -> None:
    geometry, possible = plans("dense", np.float32, kind)
    rng = np.random.default_rng(9)
    data, kernel, _ = random_arrays(rng, geometry, np.dtype(np.float32))
    data[rng.random(data.shape) < 0.001] = np.inf
    data[rng.random(data.shape) < 0.001] = np.nan
    data[0, 0, 0, 0] = -np.inf
    kernel[:, 3] = 0.0  # zero times infinity is none
    actual = launched(possible[0], geometry, [data, kernel, None])
    np.testing.assert_array_equal(actual, cpu.convolve(geometry, data, kernel, None))
    assert np.isnan(actual).any()
    assert np.isfinite(actual).any()


@pytest.mark.gpu
@pytest.mark.parametrize("kind", KINDS)
def test_plans_reach_beyond_two_to_the_31_elements(kind: str) -> None:
    import cupy

    if cuda.free_bytes() < 24 * 2**30:
        pytest.skip("the GPU has less than 24 GiB free")
    geometry = make_geometry((66000, 8, 64, 64), 32, (2, 2), stride_nd=(2, 2))
    plan = next(p for p in cuda.best(Layer.of(geometry, 4)) if p.source == kind)
    rng = np.random.default_rng(5)
    last, kernel = (rng.normal(size=n).astype(np.float32) for n in ((1, 8, 64, 64), (32, 8, 2, 2)))
    data = cupy.zeros(geometry.input_shape, np.float32)
    data[-1:] = cupy.asarray(last)
    output = cupy.full(geometry.output_shape, -7, np.float32)
    assert min(data.size, output.size) > 2**31
    weights = cupy.asarray(kernel)
    cuda.Planned(plan).launch(data.data, weights.data, None, output.data)
    assert not output[:-1].any()
    expected = convolve(last, kernel, stride_nd=(2, 2), device="cpu")
    assert output[-1:].get().tobytes() == expected.tobytes()


@pytest.mark.gpu
def test_a_layer_is_compiled_once_it_has_cost_as_much(monkeypatch) -> None:
    import cupy

    rng = np.random.default_rng(3)
    data = cupy.asarray(rng.standard_normal((1, 8, 50, 64)).astype(np.float32))
    kernel = cupy.asarray(rng.standard_normal((16, 8, 3, 3)).astype(np.float32))
    job = cuda.job_of(make_geometry(data.shape, 16, (3, 3)), data.dtype)
    monkeypatch.setattr(cuda, "COMPILING", 2.5 * job._cost)
    first = convolve(data, kernel)
    convolve(data, kernel)
    assert job.planned is None
    third = convolve(data, kernel)
    assert job.planned is not None
    assert third.get().tobytes() == first.get().tobytes()
    view = cupy.empty(data.size + 1, np.float32)[1:].reshape(data.shape)  # begins between fours
    view[...] = data
    assert convolve(view, kernel).get().tobytes() == first.get().tobytes()


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
    for _ in range(2):  # the second time, the memory is already known
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
    assert compute.device() == compute.device("cuda") == f"CuPy on {name}"


@pytest.mark.gpu
def test_64_bit_indices_give_the_same_bits(monkeypatch) -> None:
    monkeypatch.setattr(cuda, "_needs_int64", lambda geometry: True)
    for seed in range(200):
        case = exact.random_case(seed)
        arrays = case.input, case.kernel, case.bias
        actual = convolve(*arrays, device="cuda", **case.layer.parameters())
        expected = convolve(*arrays, device="cpu", **case.layer.parameters())
        assert actual.tobytes() == expected.tobytes(), case.note


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
