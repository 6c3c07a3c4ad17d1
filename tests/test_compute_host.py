"""tiled.cu and unfolded.cu on the host: nothing outside an array is touched, the bits are kept.

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
from random_plans import KINDS, random_arrays, random_plan

from convviz.compute import cpu, cuda
from convviz.compute.large.plans import Plan
from convviz.geometry import Geometry

HERE = Path(__file__).parent
CASES = 16

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


def for_the_host(source: str) -> str:
    """A plan's text with its PTX instructions replaced."""
    copy = re.compile(r"const unsigned address = .*?\n}", re.DOTALL)
    source, copies = copy.subn("copy_at_once(to, from, 4 * count);\n}", source)
    source, waits = re.subn(r'asm volatile\("cp\.async\.wait_all;"\);', "", source)
    assert (copies, waits) == (1, 1), "there is other PTX than this test knows"
    return source.replace("extern __shared__", "extern")


def run(plan: Plan, geometry: Geometry, arrays: list, folder: Path) -> bytes:
    """The output's bytes, as the plan computes it on the host."""
    for name, array in zip(("input", "kernel", "bias"), arrays, strict=True):
        (folder / name).write_bytes(b"" if array is None else array.tobytes())
    counts = {
        "input_count": arrays[0].size,
        "kernel_count": arrays[1].size,
        "bias_count": 0 if arrays[2] is None else geometry.maps,
        "output_count": math.prod(geometry.output_shape),
        "prepared_count": plan.prepared_words,
        "is_prepared": int(plan.is_prepared),
        "prepare_block_count": plan.prepare_blocks,
        "block_count": plan.blocks,
        "shared_bytes": plan.shared_bytes,
    }
    text = [
        '#include "cuda_on_host.h"',
        for_the_host(cuda.plan_source(plan)),
        *(f"constexpr int {name} = {count};" for name, count in counts.items()),
        f"constexpr auto compute = {plan.source};",
        '#include "cuda_on_host_main.h"',
    ]
    (folder / "plan.cpp").write_text("\n".join(text), encoding="utf-8")
    subprocess.run([*COMPILE, "plan.cpp", "-o", "plan"], cwd=folder, check=True)
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    done = subprocess.run(
        ["./plan"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[:2000]
    return (folder / "output").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(CASES))
def test_tiles_stay_inside_their_arrays_and_keep_the_bits(
    seed: int, kind: str, tmp_path: Path
) -> None:
    rng = np.random.default_rng(seed)
    plan, geometry, dtype = random_plan(rng, kind)
    arrays = random_arrays(rng, geometry, dtype)
    output = run(plan, geometry, arrays, tmp_path)
    assert output == cpu.convolve(geometry, *arrays).tobytes(), plan
