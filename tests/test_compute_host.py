"""direct.cu and implicit_gemm.cu on the host: they stay within their arrays and keep the bits.

The text that a GPU runs is compiled by the host's C++ compiler behind a few stand-ins
(cuda_on_host.h), with an address sanitizer around every array. Timing and races are the GPU's.
Plans are compiled together, each in a namespace of its own: the headers take most of the time.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from random_plans import random_arrays, random_plan

from convviz.compute import cpu
from convviz.compute.large.autotune import PLANNERS
from convviz.compute.large.compiled import plan_source
from convviz.compute.large.plans import AnyPlan
from convviz.geometry import Geometry

HERE = Path(__file__).parent
CASES = [(source, seed) for seed in range(16) for source in PLANNERS]
PROGRAMS = 2  # compiled at the same time, each with its share of the plans

COMPILE = (
    *("g++", "-std=c++17", "-O0", "-w", "-ffp-contract=off", "-fno-strict-aliasing", "-pthread"),
    *("-fsanitize=address", "-fno-sanitize-recover", f"-I{HERE}"),
)


@dataclass(frozen=True)
class Case:
    """A plan with arrays for its layer."""

    plan: AnyPlan
    geometry: Geometry
    arrays: tuple[np.ndarray, np.ndarray, np.ndarray | None]


@cache
def case(source: str, seed: int) -> Case:
    rng = np.random.default_rng(seed)
    plan, geometry, dtype = random_plan(rng, source)
    return Case(plan, geometry, random_arrays(rng, geometry, dtype))


def for_the_host(source: str) -> str:
    """A plan's text without what only a GPU's compiler knows, ready to stand in a namespace."""
    copy = re.compile(r"const unsigned address = .*?\n}", re.DOTALL)
    source, copies = copy.subn("copy_at_once(to, from, 4 * count);\n}", source)
    source, waits = re.subn(r'asm volatile\("cp\.async\.wait_all;"\);', "", source)
    assert (copies, waits) == (1, 1), "there is other PTX than this test knows"
    return source.replace("extern __shared__", "extern").replace('extern "C"', "static")


def in_namespace(name: str, case: Case) -> str:
    """The text of a plan and of what runs it."""
    plan, (input, kernel, bias) = case.plan, case.arrays
    counts = {
        "input_count": input.size,
        "kernel_count": kernel.size,
        "bias_count": 0 if bias is None else bias.size,
        "output_count": math.prod(case.geometry.output_shape),
        "reordered_count": plan.reordered_words,
        "needs_reordering": int(plan.needs_reordering),
        "reorder_block_count": plan.reorder_blocks,
        "block_count": plan.blocks,
        "shared_bytes": plan.shared_bytes,
    }
    lines = (
        f"namespace {name} {{",
        for_the_host(plan_source(plan)),
        *(f"constexpr int {name} = {count};" for name, count in counts.items()),
        f"constexpr auto compute = {plan.source};",
        '#include "cuda_on_host_plan.h"',
        "}",
    )
    return "\n".join(lines)


def program(cases: list[tuple[str, int]]) -> str:
    """A program that runs the plan of the case that its argument numbers."""
    names = [f"{source}_{seed}" for source, seed in cases]
    runs = ", ".join(f"{name}::run" for name in names)
    lines = (
        '#include "cuda_on_host.h"',
        *(in_namespace(name, case(*key)) for name, key in zip(names, cases, strict=True)),
        f"void (*runs[])() = {{{runs}}};",
        "int main(int, char** arguments) { runs[atoi(arguments[1])](); }",
    )
    return "\n".join(lines)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the compiled programs; skips where no g++ can do what is asked of it."""
    folder = tmp_path_factory.mktemp("plans")
    (folder / "try.cpp").write_text('#include "cuda_on_host.h"\nint main() {}\n', encoding="utf-8")
    if shutil.which("g++") is None:
        pytest.skip("there is no g++ here")
    tried = subprocess.run([*COMPILE, "try.cpp"], cwd=folder, capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("g++ here knows no C++17 or has no address sanitizer")
    compilers = []
    for n in range(PROGRAMS):
        (folder / f"{n}.cpp").write_text(program(CASES[n::PROGRAMS]), encoding="utf-8")
        compilers.append(subprocess.Popen([*COMPILE, f"{n}.cpp", "-o", str(n)], cwd=folder))
    assert [compiler.wait() for compiler in compilers] == [0] * PROGRAMS
    return folder


@pytest.mark.parametrize(("source", "seed"), CASES)
def test_plans_stay_inside_their_arrays_and_keep_the_bits(
    source: str, seed: int, folder: Path, tmp_path: Path
) -> None:
    plan, geometry, arrays = (this := case(source, seed)).plan, this.geometry, this.arrays
    for name, array in zip(("input", "kernel", "bias"), arrays, strict=True):
        (tmp_path / name).write_bytes(b"" if array is None else array.tobytes())
    number, n = divmod(CASES.index((source, seed)), PROGRAMS)
    done = subprocess.run(
        [str(folder / str(n)), str(number)],
        cwd=tmp_path,
        env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[:2000]
    expected = cpu.convolve(geometry, *arrays).tobytes()
    assert (tmp_path / "output").read_bytes() == expected, plan
