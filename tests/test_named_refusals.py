"""The refusals that once came without the parameter's name, or too late, or not at all."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import matplotlib as mpl
import numpy as np
import pytest
from nonsense import Hostile

import convviz as cv
from convviz.course import examples, exercises
from convviz.errors import ArgumentError
from convviz.network.program import Program
from convviz.widget.page import document

DATA = np.arange(54, dtype=np.float32).reshape(1, 1, 6, 9)
KERNEL = np.ones((1, 1, 3, 3), np.float32)
MEBIBYTE = 2**20


def explore(**named: object) -> object:
    return cv.explore(DATA, KERNEL, **named)


def draw(**named: object) -> object:
    return cv.draw(DATA, KERNEL, **named)


def film(**named: object) -> object:
    return cv.film(DATA, KERNEL, **named)


CASES: list[tuple[str, Callable[[], object]]] = [
    ("input_scale", lambda: explore(input_scale="a")),
    ("input_scale", lambda: explore(input_scale=float("nan"))),
    ("kernel_scale", lambda: explore(kernel_scale=int)),
    ("kernel_scale", lambda: explore(kernel_scale=[1, -1])),
    ("step", lambda: explore(step="x")),
    ("step", lambda: explore(step=10**6)),
    ("step", lambda: explore(step=-(10**6))),
    ("item", lambda: explore(item="x")),
    ("large", lambda: explore(large="x")),
    ("view", lambda: cv.draw(DATA, KERNEL, view=np.array(["a", "b"]))),
    ("view", lambda: cv.draw(DATA, KERNEL, view="")),
    ("device", lambda: explore(device=np.ones(3))),
    ("device", lambda: cv.device(np.ones(3))),
    ("figsize", lambda: draw(figsize="big")),
    ("figsize", lambda: draw(figsize=float("nan"))),
    ("figsize", lambda: draw(figsize=(float("nan"), 1))),
    ("figsize", lambda: draw(figsize=(1e5, 1e5))),
    ("figsize", lambda: draw(figsize=(300, 300)).bytes("png")),
    ("ax", lambda: draw(ax=3)),
    ("captions", lambda: draw(captions=np.ones(3))),
    ("theme", lambda: draw(theme=np.ones(3))),
    *[("dpi", lambda dpi=dpi: draw().bytes("png", dpi=dpi)) for dpi in (0, -5, 1e9, "x", True)],
    *[("dpi", lambda dpi=dpi: draw().bytes("svg", dpi=float(dpi))) for dpi in ("nan", "inf")],
    ("dpi", lambda: draw().bytes("png", dpi=2)),
    ("dpi", lambda: film(steps=[0]).bytes("gif", dpi=9_000)),
    ("steps", lambda: film(steps=3)),
    ("steps", lambda: film(steps=range(10**12))),
    ("fps", lambda: film(fps=1e-9)),
    ("pause", lambda: film(pause=999_999)),
    ("loop", lambda: film(loop=70_000)),
    ("items", lambda: document(None)),
    ("title", lambda: document([cv.explore(DATA, KERNEL)], title=3)),
    ("title", lambda: document([cv.explore(DATA, KERNEL)], title="\udcff")),
    ("items", lambda: document(["\udcff"])),
    ("path", lambda: cv.page([], "\ud800.html")),
    ("path", lambda: cv.page([], 3)),
    ("path", lambda: Program("x").save("\0.py")),
    ("scale", lambda: exercises.int8(1, 0)),
    ("value", lambda: exercises.int8("x")),
    ("at", lambda: exercises.value(DATA, KERNEL, at=3)),
    ("at", lambda: exercises.cells(DATA, KERNEL, at=("x", "y"))),
    ("code", lambda: exercises.gap(None, "1")),
    ("answer", lambda: exercises.gap("____", None)),
    ("output_shape", lambda: exercises.reach(3, DATA, KERNEL, answer={})),
    ("output_shape", lambda: exercises.reach((1, 1, 0, 7), DATA, KERNEL, answer={})),
    ("only", lambda: exercises.reach((1,), DATA, KERNEL, only=["x"], answer={})),
    ("answer", lambda: exercises.reach((1,), DATA, KERNEL, answer=3)),
    ("stride_nd", lambda: exercises.reach((1,), DATA, KERNEL, answer={"stride_nd": 0})),
    ("hint", lambda: exercises.shape((1, 1, 6, 9), 1, (3, 3), hint=np.ones(3))),
    ("hint", lambda: exercises.weights((1, 1, 6, 9), 1, (3, 3), hint=3)),
    ("values", lambda: cv.scale_for([])),
    ("values", lambda: cv.scale_for([np.nan])),
    ("axis", lambda: cv.scale_for(KERNEL, axis=9)),
    ("values", lambda: cv.quantize("x")),
    ("scale", lambda: cv.quantize([1], "x")),
    ("kernel", lambda: cv.rounding(3)),
    ("stored", lambda: cv.rounding(DATA, KERNEL, stored="x")),
    ("input_sizes", lambda: cv.sizes(kernel=3)),
    ("padding_mode", lambda: cv.sizes(5, kernel=3, modes=[99])),
    ("least", lambda: cv.quantization_error(DATA, KERNEL, least="x", most=1)),
    ("input_scale", lambda: cv.per_channel(DATA, KERNEL, input_scale="x")),
    ("section", lambda: cv.printed(np.ones(3))),
    ("framework", lambda: cv.explore(DATA, KERNEL).layer.code(np.ones(3))),
    ("input", lambda: cv.explore(DATA, KERNEL).layer.geometry("x")),
    ("channels", lambda: examples.decades(40)),
    ("padding_mode", lambda: cv.compare(DATA, KERNEL, padding_mode=[])),
]


@pytest.mark.parametrize(("parameter", "call"), CASES)
def test_the_refusal_names_the_parameter(parameter: str, call: Callable[[], object]) -> None:
    with pytest.raises(ArgumentError) as refusal:
        call()
    assert refusal.value.parameter == parameter
    assert str(refusal.value).startswith(f"{parameter}: got ")


def large(shape: tuple[int, ...], dtype: str = "f8") -> np.ndarray:
    """An array of many values, and one number in memory."""
    return np.broadcast_to(np.ones((), dtype), shape)


WIDE, MANY = large((9_000, 9_000)), large((4_096, 4_096, 3, 3))


@pytest.mark.parametrize(
    "call",
    [
        lambda data, kernel: cv.explore(data, kernel),
        lambda data, kernel: cv.compare(data, kernel, stride_nd=[(1, 1), (2, 2)]),
        lambda data, kernel: cv.draw(data, kernel),
        lambda data, kernel: cv.film(data, kernel),
        lambda data, kernel: cv.rounding(data, kernel),
        lambda data, kernel: cv.per_channel(data, kernel),
        lambda data, kernel: cv.quantization_error(data, kernel, least=0.1, most=1),
        lambda data, kernel: exercises.value(data, kernel, at=(0, 0)),
        lambda data, kernel: exercises.cells(data, kernel, at=(0, 0)),
        lambda data, kernel: exercises.reach((1,), data, kernel, answer={}),
    ],
    ids=["explore", "compare", "draw", "film", "rounding", "per_channel", "quantization_error",
         "value", "cells", "reach"],
)  # fmt: skip
@pytest.mark.parametrize(("data", "kernel"), [(WIDE, KERNEL), (large((4_096, 3, 3)), MANY)])
def test_what_is_too_large_is_refused_before_anything_large_is_made(
    call: Callable[[np.ndarray, np.ndarray], object], data: np.ndarray, kernel: np.ndarray
) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ArgumentError, match="to show; allowed: at most"):
            call(data, kernel)
        assert tracemalloc.get_traced_memory()[1] < 16 * MEBIBYTE
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("function", [cv.explore, cv.draw, cv.page])
def test_a_layer_whose_data_are_too_large_is_refused_likewise(function: Callable, tmp_path) -> None:
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (1, 1, 9_000, 9_000))
    layer = network.add_convolution_nd(x, 1, (3, 3), KERNEL)
    arguments = ([layer], tmp_path / "x.html") if function is cv.page else (layer,)
    tracemalloc.start()
    try:
        with pytest.raises(ArgumentError, match="to show; allowed: at most"):
            function(*arguments)
        assert tracemalloc.get_traced_memory()[1] < 16 * MEBIBYTE
    finally:
        tracemalloc.stop()


def test_dataclasses_that_hold_what_cannot_be_compared_go_by_identity() -> None:
    words = ("Array", "ndarray", "list[", "dict[", "Mapping", "Pixels", "Scales", "Parameters")
    found = []
    for each in pkgutil.walk_packages(cv.__path__, "convviz."):
        if each.name == "convviz.__main__":
            continue
        for value in vars(importlib.import_module(each.name)).values():
            if not (inspect.isclass(value) and dataclasses.is_dataclass(value)):
                continue
            fields = [str(field.type) for field in dataclasses.fields(value)]
            holds = any(word in field for field in fields for word in words)
            if holds and value.__dataclass_params__.eq:
                found.append(value.__qualname__)
    assert found == []


def test_results_can_be_compared_and_kept_in_sets() -> None:
    for make in (lambda: cv.quantize([1.0, 2.0]), lambda: cv.rounding(DATA, KERNEL)):
        one, other = make(), make()
        assert len({one, other, one}) == 2


def test_threads_compute_and_draw_at_once_what_one_does() -> None:
    expected = cv.convolve(DATA, KERNEL), cv.draw(DATA, KERNEL).bytes("png")

    def work(_n: int) -> tuple[np.ndarray, bytes]:
        return cv.convolve(DATA, KERNEL), cv.draw(DATA, KERNEL).bytes("png")

    with ThreadPoolExecutor(4) as pool:
        for output, picture in pool.map(work, range(8)):
            assert np.array_equal(output, expected[0])
            assert picture == expected[1]


def test_refusals_do_not_depend_on_assertions(tmp_path) -> None:
    program = (
        "import convviz as cv, numpy as np\n"
        "for call in (lambda: cv.convolve([[1]], [[1]]), lambda: cv.explore(3, 4),\n"
        "             lambda: cv.draw(np.ones((6, 9)), np.ones((3, 3)), step=99)):\n"
        "    try: call()\n"
        "    except cv.ArgumentError as error: print(error.parameter)\n"
    )
    done = subprocess.run(
        [sys.executable, "-O", "-W", "error", "-c", program],
        env={"LC_ALL": "C", "PATH": "", "CONVVIZ_DEVICE": "cpu"}
        | {"PYTHONPATH": str(cv.__path__[0]).removesuffix("convviz")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert done.stdout.split() == ["kernel", "kernel", "step"]


def test_the_limit_of_pixels_holds_for_matplotlibs_own_setting() -> None:
    picture = draw()
    with mpl.rc_context({"savefig.dpi": 1e5}), pytest.raises(ArgumentError, match="pixels"):
        picture.bytes("png")


def test_a_path_of_the_user_s_that_raises_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"^source: got a value of type Hostile; allowed: "):
        cv.from_tensorrt(Hostile())


def test_numpy_s_true_is_a_switch_too() -> None:
    for make in (cv.explore, cv.axes):
        shown = make(DATA, KERNEL, large=np.True_)
        assert shown.stage.large is True
        shown.close()
    shown = cv.explore(DATA, KERNEL, formula=np.True_)
    assert shown.stage.formula is True
    shown.close()
