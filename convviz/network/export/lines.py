"""Lines of Python that exporters share: arrays as literals, calls, comments."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from textwrap import wrap

import numpy as np

from convviz.arrays import Array
from convviz.geometry import Geometry, divisors
from convviz.network.export.source import Source
from convviz.network.program import Program

MOST_NUMBERS = 600  # past this many, nobody wants them in a program
WIDTH = 100


def program(source: Source, lines: Iterator[str]) -> Program:
    """The program of these lines, with the weights where they are too many to write down."""
    kernel = source.kernel_values()
    return Program("\n".join(lines), {"kernel": kernel} if kernel.size > MOST_NUMBERS else {})


def number_lines(source: Source, framework: str, batch: Sequence[int]) -> Iterator[str]:
    """Lines that make the arrays x, kernel, bias and the scales."""
    values = source.input_values()
    shape = (*batch, *values.shape[len(source.geometry.batch) :])
    if values.size <= MOST_NUMBERS:
        yield from literal("x", values, shape)
    else:
        yield "# Your data; here, as it has so many numbers, random ones."
        yield f"x = np.random.default_rng(0).normal(size={shape}).astype(np.{values.dtype})"
    kernel = source.kernel_values()
    if kernel.size <= MOST_NUMBERS:
        yield from literal("kernel", kernel, kernel.shape)
    else:
        yield f"# {kernel.size:,} weights are too many to write down. kernel.npy holds them:"
        yield f'# layer.code("{framework}").save("layer.py") writes both files.'
        yield 'kernel = np.load("kernel.npy")'
    if source.run.bias is not None:
        yield from literal("bias", source.run.bias, source.run.bias.shape)
    for name, scaled in source.scaled.items():
        shape = () if scaled.scales.size == 1 else scaled.scales.shape
        yield from literal(f"{name}_scale", scaled.scales, shape)
    yield ""


def literal(name: str, values: Array, shape: Sequence[int]) -> Iterator[str]:
    """``name = np.array(…)`` with a line for each row, or shorter where that is possible."""
    kind, array = f"np.{values.dtype}", values.reshape(shape)
    for form in (_scalar, _uniform, _tiled, _in_one_line):
        text = form(array, kind)
        if text and len(f"{name} = {text}") <= WIDTH:
            yield f"{name} = {text}"
            return
    yield f"{name} = np.array(["
    for row in array.reshape(-1, shape[-1]):
        line = ", ".join(map(number, row)) + ","
        yield from wrap(line, WIDTH, initial_indent="    ", subsequent_indent="    ")
    yield f"], {kind}){_reshape(array)}"


def _scalar(array: Array, kind: str) -> str:
    return f"np.array({number(array.flat[0])}, {kind})" if array.ndim == 0 else ""


def _uniform(array: Array, kind: str) -> str:
    first = array.flat[0]
    same = array.size > 1 and (array == first).all()
    return f"np.full({array.shape}, {number(first)}, {kind})" if same else ""


def _tiled(array: Array, kind: str) -> str:
    """A block that is repeated along all axes, as the notebooks' input is."""
    if array.ndim < 2:
        return ""
    height, width = array.shape[-2:]
    blocks = [(r, c) for r in divisors(height) for c in divisors(width)]
    for rows, columns in sorted(blocks, key=math.prod):
        block = array[(0,) * (array.ndim - 2)][:rows, :columns]
        times = (*array.shape[:-2], height // rows, width // columns)
        if block.size < array.size and np.array_equal(np.tile(block, times), array):
            lines = ", ".join(f"[{', '.join(map(number, row))}]" for row in block)
            return f"np.tile(np.array([{lines}], {kind}), {times})"
    return ""


def _in_one_line(array: Array, kind: str) -> str:
    return f"np.array([{', '.join(map(number, array.flat))}], {kind}){_reshape(array)}"


def _reshape(array: Array) -> str:
    return "" if array.ndim == 1 else f".reshape{array.shape}"


def number(value: np.generic) -> str:
    """The shortest literal that is this number: 3, 0.1, 1e-04."""
    number = value.item()
    if not np.isfinite(number):
        return "np.nan" if np.isnan(number) else ("np.inf" if number > 0 else "-np.inf")
    return str(int(number)) if number == round(number) and abs(number) < 1e6 else str(value)


def call(name: str, arguments: Sequence[str]) -> Iterator[str]:
    """A call in one line, or with a line for each argument."""
    line = f"{name}({', '.join(arguments)})"
    if len(line) <= WIDTH:
        yield line
        return
    yield f"{name}("
    yield from (f"    {argument}," for argument in arguments)
    yield ")"


def comment(words: str) -> Iterator[str]:
    """A comment in as many lines as it takes."""
    yield from wrap(words, WIDTH, initial_indent="# ", subsequent_indent="# ")


def quoted_list(names: Sequence[str]) -> str:
    """A list of strings as Python writes it."""
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def batch_axis_note(framework: str, geometry: Geometry) -> Iterator[str]:
    """What became of several batch axes."""
    if len(geometry.batch) > 1:
        items = math.prod(geometry.batch)
        yield from comment(f"{framework} knows one batch axis: {geometry.batch} became {items}.")


def reshape_back(geometry: Geometry, result: str) -> Iterator[str]:
    """Lines that give ``y`` the output's own shape."""
    if len(geometry.batch) > 1:
        yield f"y = {result}.reshape{geometry.output_shape}"
    elif result != "y":
        yield f"y = {result}"


def print_result() -> Iterator[str]:
    """The last lines of every program."""
    yield "print(y.shape)"
    yield "print(y)"
