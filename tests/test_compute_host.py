"""tiled.cu on the host: no read or write outside an array, and the plain order's bits.

The text that a GPU runs is compiled by the host's C++ compiler behind a few stand-ins
(cuda_on_host.h), with an address sanitizer around every array. Timing and races are the GPU's.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from convviz.compute import cpu, cuda, tiling
from convviz.geometry import Geometry, make_geometry

HERE = Path(__file__).parent
CASES = 24

COMPILE = (
    *("g++", "-std=c++20", "-O1", "-w", "-ffp-contract=off", "-fno-strict-aliasing", "-pthread"),
    *("-fsanitize=address", "-fno-sanitize-recover", f"-I{HERE}"),
)


@pytest.fixture(scope="module", autouse=True)
def _compiler(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip where no g++ can do what is asked of it."""
    folder = tmp_path_factory.mktemp("compiler")
    (folder / "try.cpp").write_text('#include "cuda_on_host.h"\nint main() {}\n', encoding="utf-8")
    if shutil.which("g++") is None:
        pytest.skip("there is no g++ here")
    tried = subprocess.run([*COMPILE, "try.cpp"], cwd=folder, capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("g++ here knows no C++20 or has no address sanitizer")


def random_layer(rng: np.random.Generator) -> tuple[Geometry, np.dtype]:
    """A layer whose channels and maps seldom fill whole words, vectors and tiles."""
    dtype = np.dtype(rng.choice([np.int8, np.float32]))
    rank = int(rng.integers(2, 4))
    groups = int(rng.choice([1, 1, 2, 3]))
    unit = 4 if dtype == np.int8 and groups > 1 else 1  # int8 groups are whole fours
    channels, maps = (int(n) * unit for n in rng.integers(1, 4 if unit == 4 else 14, 2))
    kernel, stride, dilation = rng.integers(1, 4, rank), *rng.integers(1, 3, (2, rank))
    pre, post = rng.integers(0, 3, (2, rank))
    reach = 1 + dilation * (kernel - 1) - pre - post
    size = np.maximum(1, reach) + rng.integers(1, 13 if rank == 2 else 5, rank)
    geometry = make_geometry(
        (int(rng.integers(1, 4)), channels * groups, *size),
        maps * groups,
        kernel,
        stride_nd=stride,
        pre_padding=pre,
        post_padding=post,
        dilation_nd=dilation,
        num_groups=groups,
    )
    return geometry, dtype


def random_arrays(rng: np.random.Generator, geometry: Geometry, dtype: np.dtype) -> list:
    shapes = (geometry.input_shape, geometry.kernel_shape, (geometry.maps,))
    if dtype == np.int8:
        arrays = [rng.integers(-128, 128, shape).astype(np.int8) for shape in shapes]
        arrays[2] = arrays[2].astype(np.int32)
    else:
        arrays = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    return arrays if rng.random() < 0.5 else [*arrays[:2], None]


def for_the_host(source: str) -> str:
    """tiled.cu with its three PTX instructions replaced."""
    copy = re.compile(r"const unsigned address = .*?\n}", re.DOTALL)
    source, copies = copy.subn("copy_at_once(to, from, 4 * count);\n}", source)
    source, others = re.subn(r'asm volatile\("cp\.async\.[a-z_]+group[^;]*;"\);', "", source)
    assert (copies, others) == (1, 2), "tiled.cu has other PTX than this test knows"
    return source


def run(plan: tiling.Plan, geometry: Geometry, arrays: list, folder: Path) -> bytes:
    """The output's bytes, as tiled.cu computes it on the host for one plan."""
    for name, array in zip(("input", "kernel", "bias"), arrays, strict=True):
        (folder / name).write_bytes(b"" if array is None else array.tobytes())
    counts = {
        "input_count": arrays[0].size,
        "kernel_count": arrays[1].size,
        "bias_count": 0 if arrays[2] is None else geometry.maps,
        "output_count": math.prod(geometry.output_shape),
        "prepared_count": plan.prepared_words,
        "is_prepared": int(plan.is_prepared),
        "block_count": plan.blocks,
        "shared_bytes": plan.shared_bytes,
    }
    text = [
        '#include "cuda_on_host.h"',
        for_the_host(cuda.tiled_source(plan)),
        *(f"constexpr int {name} = {count};" for name, count in counts.items()),
        '#include "cuda_on_host_main.h"',
    ]
    (folder / "tiled.cpp").write_text("\n".join(text), encoding="utf-8")
    subprocess.run([*COMPILE, "tiled.cpp", "-o", "tiled"], cwd=folder, check=True)
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    done = subprocess.run(
        ["./tiled"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[:2000]
    return (folder / "output").read_bytes()


def random_plan(rng: np.random.Generator) -> tuple[tiling.Plan, Geometry, np.dtype]:
    """A layer that can be tiled, and one way to do so, with several words a chunk if there is."""
    plans: list[tiling.Plan] = []
    while not plans:
        geometry, dtype = random_layer(rng)
        layer = tiling.Layer.of(geometry, dtype.itemsize)
        every = (tiling.Plan(layer, tile) for tile in tiling.candidates(layer))
        plans = [plan for plan in every if plan.fits]
    several = [plan for plan in plans if plan.tile.chunk > 1] or plans
    return several[rng.integers(len(several))], geometry, dtype


@pytest.mark.parametrize("seed", range(CASES))
def test_tiles_stay_inside_their_arrays_and_keep_the_bits(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    plan, geometry, dtype = random_plan(rng)
    arrays = random_arrays(rng, geometry, dtype)
    output = run(plan, geometry, arrays, tmp_path)
    assert output == cpu.convolve(geometry, *arrays).tobytes(), plan
