"""The kernels for large layers: they compile without a GPU, keep the bits, and may be deleted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from nvrtc import compile_without_a_gpu
from random_plans import random_arrays, random_plan

from convviz.compute import cpu, cuda
from convviz.compute.compiler import CONV_CU
from convviz.compute.convolve import convolve
from convviz.compute.large import autotune
from convviz.compute.large.autotune import PLANNERS, candidates, shortlist
from convviz.compute.large.compiled import CompiledPlan, plan_source
from convviz.compute.large.plans import AnyPlan, LayerShape
from convviz.geometry import Geometry, make_geometry

PACKAGE = Path(__file__).parent.parent / "convviz"
FOLDER = PACKAGE / "compute" / "large"

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


# implicit_gemm.cu is for float32 and several maps.
CASES = [
    (name, dtype, source)
    for name, (_, maps, _, parameters) in LAYERS.items()
    for dtype in (np.dtype(np.float32), np.dtype(np.int8))
    for source in PLANNERS
    if source == "direct" or (dtype == np.float32 and maps // parameters.get("num_groups", 1) >= 8)
]
every_case = pytest.mark.parametrize(("name", "dtype", "source"), CASES, ids=str)


@cache
def layer(name: str) -> Geometry:
    shape, maps, kernel, parameters = LAYERS[name]
    return make_geometry(shape, maps, kernel, **parameters)


@cache
def plans(name: str, dtype: np.dtype) -> list[AnyPlan]:
    """The plans that fit a layer, the best first."""
    return candidates(LayerShape.of(layer(name), dtype.itemsize))


def plans_of(name: str, dtype: np.dtype, source: str) -> list[AnyPlan]:
    return [plan for plan in plans(name, dtype) if plan.source == source]


# Without a GPU


def with_size_checks(plan: AnyPlan) -> str:
    """The text of a plan, and assertions that it works out the same sizes as Python."""
    images = "divide_up(batch, tile_images)"
    tiles = {
        "direct": f"column_tiles * row_tiles * slice_tiles * {images}",
        "implicit_gemm": "position_tiles",
    }
    sizes = {
        "threads": plan.tile.threads,
        "thread_maps * map_threads": plan.tile.maps,
        "4 * stages * stage_size": plan.shared_bytes,
        "chunks": plan.chunks,
        "map_tiles * tile_maps * groups * words * taps": plan.reordered_words,
        f"map_tiles * groups * {tiles[plan.source]}": plan.blocks,
    }
    if plan.source == "direct":
        sizes |= {name: getattr(plan, name) for name in ("pitch", "vector", "line")}
        sizes["thread_outputs"] = plan.tile.thread_outputs
    asserts = [f'static_assert({a} == {b}, "{a}");' for a, b in sizes.items()]
    return "\n".join((plan_source(plan), *asserts))


@pytest.fixture(scope="module")
def compiled(request: pytest.FixtureRequest) -> dict[tuple[object, ...], Future[str]]:
    """The PTX of the plan that each selected test asks for; two compile at a time."""
    keys = [
        tuple(item.callspec.params[name] for name in ("name", "dtype", "source"))
        for item in request.session.items
        if "compiled" in getattr(item, "fixturenames", ())
    ]
    with ThreadPoolExecutor(2) as pool:
        yield {key: pool.submit(compile_first, *key) for key in keys}


def compile_first(name: str, dtype: np.dtype, source: str) -> str:
    plan = plans_of(name, dtype, source)[0]
    return compile_without_a_gpu(with_size_checks(plan), 80 if dtype == np.int8 else 90)


@every_case
def test_plans_compile_without_a_gpu_and_agree_on_sizes(
    name: str, dtype: np.dtype, source: str, compiled: dict[tuple[object, ...], Future[str]]
) -> None:
    code = compiled[name, dtype, source].result()
    assert code.count(".entry") == 2
    assert ("dp4a" in code) == (dtype == np.int8)


def test_a_chunk_has_rows_to_add_while_the_next_one_is_copied() -> None:
    prime = make_geometry((8, 67, 9, 9), 64, (1, 1))  # 67 chunks of one row, or one of 67
    assert {plan.source for plan in candidates(LayerShape.of(prime, 4))} == {"direct"}


def test_the_shortlist_has_the_best_plans_of_each_source() -> None:
    possible = plans("dense", np.dtype(np.float32))
    chosen = shortlist(possible)
    assert len(chosen) == autotune.TRIALS
    for source in PLANNERS:
        best = [plan for plan in possible if plan.source == source]
        mine = [plan for plan in chosen if plan.source == source]
        assert mine == best[: len(mine)]
        assert len(mine) == autotune.TRIALS // 2


# Without the folder


@pytest.fixture(scope="module")
def copy_without_large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the package from which compute/large/ has been deleted."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(
        PACKAGE, folder / "convviz", ignore=shutil.ignore_patterns("large", "__pycache__")
    )
    return folder


def run_python(folder: Path, code: str) -> list[str]:
    """The words that Python prints, with the package of a folder."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


IMPORT_EVERYTHING = """
import pkgutil, sys
from importlib import import_module
import numpy as np
import convviz

for module in pkgutil.walk_packages(convviz.__path__, "convviz."):
    if module.name != "convviz.__main__":
        try:
            import_module(module.name)
        except ModuleNotFoundError as error:
            if error.name.startswith("convviz"):  # other packages may be missing here
                raise
one = np.ones((1, 1, 1, 1), np.float32)
print(convviz.__file__, convviz.convolve(one, one, device="cpu").item())
print(*(name for name in sys.modules if name.startswith("convviz.compute.large")))
"""

COMPUTE_ON_GPU = """
import numpy as np
from convviz import convolve
from convviz.compute import cuda
from convviz.geometry import make_geometry
rng = np.random.default_rng(0)
data = rng.standard_normal((1, 16, 40, 40)).astype(np.float32)
kernel = rng.standard_normal((32, 16, 3, 3)).astype(np.float32)
output = convolve(data, kernel, device="cuda")
print(output.tobytes() == convolve(data, kernel, device="cpu").tobytes())
print(cuda.launcher_of(make_geometry(data.shape, 32, (3, 3)), data.dtype).autotuned)
"""


def test_every_module_can_be_imported_without_the_folder(copy_without_large: Path) -> None:
    file = copy_without_large / "convviz" / "__init__.py"
    assert run_python(copy_without_large, IMPORT_EVERYTHING) == [str(file), "1.0"]


@pytest.mark.gpu
def test_a_gpu_computes_without_the_folder(copy_without_large: Path) -> None:
    assert run_python(copy_without_large, COMPUTE_ON_GPU) == ["True", "None"]


def test_conv_cu_compiles_without_the_folder(copy_without_large: Path) -> None:
    source = (copy_without_large / "convviz" / "compute" / CONV_CU).read_text("utf-8")
    assert compile_without_a_gpu(source, 90, cuda.variants()).count(".entry") == 8


def test_cuda_py_is_the_only_way_into_the_folder() -> None:
    importers = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if FOLDER not in path.parents and "compute.large" in path.read_text("utf-8")
    ]
    assert importers == ["compute/cuda.py"]


def table_rows(path: Path) -> list[list[str]]:
    """The first four cells of every line of a file's tables."""
    lines = path.read_text("utf-8").splitlines()
    return [[cell.strip() for cell in line.split("|")[1:5]] for line in lines if line[:1] == "|"]


def test_the_readme_quotes_the_benchmark() -> None:
    measured = table_rows(PACKAGE.parent / "benchmarks" / "README.md")
    quoted = [row for row in table_rows(FOLDER / "README.md") if row[-1][-1:].isdigit()]
    assert len(quoted) == 5
    assert [row for row in quoted if row not in measured] == []


# On a GPU


def launched(plan: AnyPlan, geometry: Geometry, arrays: tuple) -> np.ndarray:
    """The output of a plan on the GPU, written over something that must not remain."""
    import cupy

    there = [None if array is None else cupy.asarray(array) for array in arrays]
    total = np.float32 if arrays[0].dtype == np.float32 else np.int32
    output = cupy.full(geometry.output_shape, -7, total)
    sources = [None if array is None else array.data for array in there]
    CompiledPlan(plan).launch((*sources, output.data))
    return output.get()


@pytest.mark.gpu
@every_case
def test_plans_give_the_bits_of_the_plain_order(name: str, dtype: np.dtype, source: str) -> None:
    geometry, possible = layer(name), plans_of(name, dtype, source)
    rng = np.random.default_rng(len(name))
    arrays = random_arrays(rng, geometry, dtype)
    expected = cpu.convolve(geometry, *arrays)
    for plan in (possible[0], possible[int(rng.integers(len(possible)))]):
        assert launched(plan, geometry, arrays).tobytes() == expected.tobytes(), plan.tile


@pytest.mark.gpu
@pytest.mark.parametrize("source", PLANNERS)
@pytest.mark.parametrize("seed", range(30))
def test_random_plans_give_the_bits_of_the_plain_order(seed: int, source: str) -> None:
    rng = np.random.default_rng(1000 + seed)
    plan, geometry, dtype = random_plan(rng, source)
    arrays = random_arrays(rng, geometry, dtype)
    expected = cpu.convolve(geometry, *arrays)
    assert launched(plan, geometry, arrays).tobytes() == expected.tobytes(), plan


@pytest.mark.gpu
@pytest.mark.parametrize("source", PLANNERS)
def test_not_a_number_and_infinity_spread_the_same_way(source: str) -> None:
    geometry = layer("dense")
    rng = np.random.default_rng(9)
    data, kernel, _ = random_arrays(rng, geometry, np.dtype(np.float32))
    data[rng.random(data.shape) < 0.001] = np.inf
    data[rng.random(data.shape) < 0.001] = np.nan
    data[0, 0, 0, 0] = -np.inf
    kernel[:, 3] = 0.0  # zero times infinity is not a number
    plan = plans_of("dense", data.dtype, source)[0]
    actual = launched(plan, geometry, (data, kernel, None))
    np.testing.assert_array_equal(actual, cpu.convolve(geometry, data, kernel, None))
    assert np.isnan(actual).any()
    assert np.isfinite(actual).any()


@pytest.mark.gpu
@pytest.mark.parametrize("source", PLANNERS)
def test_plans_reach_beyond_two_to_the_31_elements(source: str) -> None:
    import cupy

    if cuda.free_bytes() < 24 * 2**30:
        pytest.skip("the GPU has less than 24 GiB free")
    geometry = make_geometry((66000, 8, 64, 64), 32, (2, 2), stride_nd=(2, 2))
    plan = next(p for p in candidates(LayerShape.of(geometry, 4)) if p.source == source)
    rng = np.random.default_rng(5)
    last, kernel = (rng.normal(size=n).astype(np.float32) for n in ((1, 8, 64, 64), (32, 8, 2, 2)))
    data = cupy.zeros(geometry.input_shape, np.float32)
    data[-1:] = cupy.asarray(last)
    output = cupy.full(geometry.output_shape, -7, np.float32)
    assert min(data.size, output.size) > 2**31
    weights = cupy.asarray(kernel)
    CompiledPlan(plan).launch((data.data, weights.data, None, output.data))
    assert not output[:-1].any()
    expected = convolve(last, kernel, stride_nd=(2, 2), device="cpu")
    assert output[-1:].get().tobytes() == expected.tobytes()


@pytest.mark.gpu
def test_a_layer_is_compiled_once_it_has_cost_as_much(monkeypatch: pytest.MonkeyPatch) -> None:
    import cupy

    rng = np.random.default_rng(3)
    data = cupy.asarray(rng.standard_normal((1, 8, 50, 64)).astype(np.float32))
    kernel = cupy.asarray(rng.standard_normal((16, 8, 3, 3)).astype(np.float32))
    autotuned = cuda.launcher_of(make_geometry(data.shape, 16, (3, 3)), data.dtype).autotuned
    monkeypatch.setattr(autotune, "COMPILING", 2.5 * autotuned.conv_cu_seconds)
    first = convolve(data, kernel)
    convolve(data, kernel)
    assert autotuned.fastest is None
    third = convolve(data, kernel)
    assert autotuned.fastest is not None
    assert third.get().tobytes() == first.get().tobytes()
    view = cupy.empty(data.size + 1, np.float32)[1:].reshape(data.shape)  # begins between fours
    view[...] = data
    assert convolve(view, kernel).get().tobytes() == first.get().tobytes()
