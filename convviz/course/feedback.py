"""What to say to an answer: whether it is right, and which mistake it looks like.

One function for each kind of exercise. Each knows the mistakes that are made with convolutions,
works out what every one of them would have given, and names the one that fits. Widgets are left to
`convviz.course.exercises`, index rules and sizes to `convviz.geometry`.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from convviz.errors import ArgumentError
from convviz.geometry import Axis, Geometry, Kind
from convviz.network.convolution import ConvolutionLayer
from convviz.network.run import ConvolutionRun
from convviz.parameters import PaddingMode
from convviz.scene import captions, decimals

Cell = tuple[int, ...]  # channel and spatial indices of an input cell

SHAPE_NAMES = ("batch", "channels", "depth", "height", "width")


@dataclass(frozen=True)
class Feedback:
    """Whether an answer is right, and what to say to it.

    ``right`` is None for what is no answer yet, such as a word where a number belongs.
    """

    right: bool | None
    words: str


# Shapes


def shape_feedback(geometry: Geometry, mode: PaddingMode, answer: str) -> Feedback:
    """On the output's shape, typed as numbers in any punctuation; the spatial axes will do."""
    given = [int(number) for number in re.findall(r"-?\d+", answer)]
    expected, spatial = geometry.output_shape, len(geometry.axes)
    if len(given) == spatial:
        given = [*expected[:-spatial], *given]
    if len(given) != len(expected):
        return Feedback(None, f"Type {len(expected)} numbers, such as {example(len(expected))}.")
    if tuple(given) == expected:
        return Feedback(True, f"Right: {expected}. " + shape_reason(geometry, mode))
    words = [
        _axis_words(axis, mode, number)
        for axis, number in zip(geometry.axes, given[-spatial:], strict=True)
    ]
    return Feedback(False, " ".join([*_front_words(geometry, given), *words]))


def shape_reason(geometry: Geometry, mode: PaddingMode) -> str:
    """The size formulas with their numbers."""
    sizes = "; ".join(captions.size_formula(axis, mode) for axis in geometry.axes)
    maps = "one, for one output map" if geometry.maps == 1 else f"{geometry.maps}, the output maps"
    return f"Channels: {maps}. {sizes[0].upper()}{sizes[1:]}."


def _front_words(geometry: Geometry, given: Sequence[int]) -> Iterator[str]:
    spatial = len(geometry.axes)
    if tuple(given[: -spatial - 1]) != geometry.batch:
        yield f"Batch: every item is convolved on its own, so it stays {geometry.batch}."
    if given[-spatial - 1] == geometry.maps:
        return
    if given[-spatial - 1] == geometry.channels:
        yield (
            "Channels: that is the input's. The output has one for each output map, because a map "
            "sums over the input channels that it sees."
        )
    else:
        yield "Channels: the output has as many as there are output maps."


def _axis_words(axis: Axis, mode: PaddingMode, given: int) -> str:
    name = axis.name.capitalize()
    if given == axis.output:
        return f"{name}: {given} is right."
    for mistaken, words in _size_mistakes(axis, mode):
        if mistaken == given:
            return f"{name}: not {given}. {words}"
    return f"{name}: not {given}. In how many places does the window fit?"


def _size_mistakes(axis: Axis, mode: PaddingMode) -> Iterator[tuple[int, str]]:
    """What each of the usual mistakes would have given along one axis, and what to say to it."""
    size, reach, stride = axis.size, axis.effective_kernel, axis.stride
    padded = axis.pre + size + axis.post

    def places(cells: int, extent: int = reach, step: int = stride) -> int:
        return (cells - extent) // step + 1

    if mode.is_same:
        yield size, "SAME keeps the size at stride 1 only; it promises ⌈size / stride⌉."
        yield size // stride, "SAME rounds size / stride up."
    if axis.pre or axis.post:
        yield places(size), "That is the size without the padding."
    if axis.pre and axis.post:
        one_side = "That counts the padding on one side only."
        yield places(size + axis.pre), one_side
        yield places(size + axis.post), one_side
    if axis.dilation > 1:
        yield (
            places(padded, axis.kernel),
            f"That is without the dilation: {axis.kernel} weights reach over {reach} cells.",
        )
        yield (
            places(padded, axis.dilation * axis.kernel),
            f"The gaps lie between the weights, so {axis.kernel} weights have {axis.kernel - 1} "
            f"gaps and reach over {reach} cells.",
        )
    if stride > 1:
        yield places(padded, step=1), "That is the size at a stride of 1."
        yield padded // stride, "That divides the whole width; the first window takes up its own."
        rounds = "up" if mode.rounds_up else "down"
        other = places(padded) if mode.rounds_up else -(-(padded - reach) // stride) + 1
        yield other, f"This padding mode rounds {rounds}."
    yield (
        axis.output - 1,
        "One short: the window also stands at the very start, hence the + 1 in the formula.",
    )
    yield padded, "That is the padded input; the window has to fit into it as a whole."
    yield size, "That is the input's size; the window has to fit into it as a whole."


def example(count: int) -> str:
    """A shape with so many axes, to show how one is typed."""
    return "(" + ", ".join(map(str, range(1, count + 1))) + ")"


# Weights


def weights_feedback(geometry: Geometry, answer: str) -> Feedback:
    """On the number of a layer's weights."""
    given = _integer(answer)
    if given is None:
        return Feedback(None, "Type one whole number.")
    if given == geometry.weight_count:
        return Feedback(True, f"Right. {weights_reason(geometry)}")
    for mistaken, words in _count_mistakes(geometry):
        if mistaken == given:
            return Feedback(False, f"Not {given}. {words}")
    return Feedback(False, f"Not {given}. Multiply output maps, channels a group and kernel sizes.")


def weights_reason(geometry: Geometry) -> str:
    """How many weights there are, and why."""
    maps, channels, *sizes = geometry.kernel_shape
    product = " × ".join(map(str, (maps, channels, *sizes)))
    noun = "channels" if geometry.groups == 1 else "channels a group"
    count = geometry.weight_count
    return f"{maps} output maps × {channels} {noun} × the kernel's sizes: {product} = {count}."


def _count_mistakes(geometry: Geometry) -> Iterator[tuple[int, str]]:
    cells = math.prod(axis.kernel for axis in geometry.axes)
    if geometry.groups > 1:
        yield (
            geometry.weight_count * geometry.groups,
            "That is without groups: a map sees only the channels of its own group.",
        )
        yield (
            geometry.weight_count // geometry.groups,
            "That divides the maps by the groups as well. All maps are there; each sees "
            f"{geometry.group_channels} channels.",
        )
    yield geometry.weight_count + geometry.maps, "The bias is counted on its own."
    yield cells * geometry.maps, "Each output map has weights for every channel that it sees."
    yield cells * geometry.group_channels, "Each output map has weights of its own."
    yield cells, "That is one kernel for one channel. There is one for each map and channel."


# Values


def value_feedback(run: ConvolutionRun, at: Sequence[int], answer: str) -> Feedback:
    """On one output element; ``at`` is the output map and the position."""
    try:
        given = float(answer.strip().replace("−", "-").replace(",", "."))
    except ValueError:
        return Feedback(None, "Type one number, such as 12345.6789.")
    place = np.ravel_multi_index(tuple(at), _items(run).shape)
    if _is_value(run, int(place), given, answer):
        return Feedback(True, f"Right. {value_reason(run, at)}")
    return Feedback(False, _value_mistake(run, int(place), at, given, answer))


def value_reason(run: ConvolutionRun, at: Sequence[int]) -> str:
    """The products, and what float32, or int8 and its scales, make of their sum."""
    bias = "" if run.bias is None else f" + bias {decimals.text(run.bias[at[0]])}"
    value = decimals.text(_items(run)[tuple(at)])
    if run.quantization is None:
        return f"{_terms(run, at)}{bias} gives {value} in float32."
    scales = " · ".join(map(decimals.text, _scales(run, at[0])))
    return (
        f"In int8: {_terms(_in_integers(run), at)} = {_integer_sum(run, at)}; times the scales, "
        f"{scales},{bias} gives {value}."
    )


def _terms(run: ConvolutionRun, at: Sequence[int]) -> str:
    """The products that are not 0, the first ones where there are many."""
    terms = [
        f"{decimals.text(weight)}·{decimals.text(value)}"
        for weight, value in _products(run, at)
        if weight and value
    ]
    return (" + ".join(terms[:12]) + (" + …" if len(terms) > 12 else "")) or "0"


def _in_integers(run: ConvolutionRun) -> ConvolutionRun:
    """The same run with the int8 numbers that its sums are made of."""
    whole = run.quantization
    kernel = whole.kernel.reshape(run.geometry.kernel_shape)
    return dataclasses.replace(run, input=whole.input, kernel=kernel)


def _scales(run: ConvolutionRun, output_map: int) -> tuple[np.float32, np.float32]:
    """The input's scale and the map's."""
    scales = np.broadcast_to(run.quantization.kernel_scales, run.geometry.maps)
    return run.quantization.input_scale, scales[output_map]


def _integer_sum(run: ConvolutionRun, at: Sequence[int]) -> int:
    return int(_items(run, run.quantization.sums)[tuple(at)])


def _items(run: ConvolutionRun, output: np.ndarray | None = None) -> np.ndarray:
    """The first batch item's output (K, [D,] H, W); the run's own unless another is given."""
    whole = run.output if output is None else output
    return whole.reshape(-1, *run.geometry.output_shape[len(run.geometry.batch) :])[0]


def _products(run: ConvolutionRun, at: Sequence[int]) -> Iterator[tuple[np.generic, np.generic]]:
    """The weights of one output element, each with the input value that it meets."""
    values = run.input.reshape(-1, *run.input.shape[len(run.geometry.batch) :])[0]
    zero = run.input.dtype.type(0)
    for tap in run.geometry.taps(at[0], at[1:]):
        inside = tap.kind is Kind.DATA
        yield (
            run.kernel[(at[0], *tap.weight)],
            values[(tap.channel, *tap.cell)] if inside else zero,
        )


def _is_value(run: ConvolutionRun, place: int, given: float, answer: str) -> bool:
    """Whether the answer is the value, exact or float32, rounded at most where it was typed."""
    value = float(_items(run).flat[place])
    exact = decimals.exact_sums(run.geometry, *_first_item(run), run.kernel, run.bias)
    places = len(answer.strip().partition(".")[2])
    near = 0.5 * 10.0**-places if places >= 2 or abs(value) >= 1000 else 0.0
    slack = max(near * (1 + 1e-9), 1e-6 * abs(value))
    targets = [value] + ([] if exact is None else [float(exact[place])])
    return any(abs(given - target) <= slack for target in targets)


def _first_item(run: ConvolutionRun) -> tuple[np.ndarray]:
    return (run.input.reshape(-1, *run.input.shape[len(run.geometry.batch) :])[0],)


def _value_mistake(
    run: ConvolutionRun, place: int, at: Sequence[int], given: float, answer: str
) -> str:
    if (words := _int8_mistake(run, at, given)) is not None:
        return f"Not {answer.strip()}. {words}"
    output = _items(run)
    pairs = list(_products(run, at))
    weights = np.array([weight for weight, _ in pairs], np.float64)
    values = np.array([value for _, value in pairs], np.float64)
    bias = 0.0 if run.bias is None else float(run.bias[at[0]])
    size = math.prod(axis.kernel for axis in run.geometry.axes)
    flipped = weights.reshape(-1, size)[:, ::-1].reshape(-1)
    mistakes = [
        (float(weights @ values), "That is the sum without the bias."),
        (float(flipped @ values) + bias, "That turns the kernel by 180°; a layer does not."),
        (float(values.sum()) + bias, "That adds the values without their weights."),
    ]
    for mistaken, words in mistakes:
        if math.isclose(given, mistaken, rel_tol=1e-6, abs_tol=1e-9):
            return f"Not {answer.strip()}. {words}"
    for other in range(output.size):
        if other != place and _is_value(run, other, given, answer):
            position = tuple(int(i) for i in np.unravel_index(other, output.shape))
            return (
                f"That is the output at {_where(position, run.geometry)}. The window of output i "
                "begins at i · stride − padding before."
            )
    return (
        f"Not {answer.strip()}. Find the window's first cell, then go through the weights in "
        "order: left to right, top to bottom."
    )


def _int8_mistake(run: ConvolutionRun, at: Sequence[int], given: float) -> str | None:
    """What each mistake with int8 would have given, and what to say to it."""
    whole = run.quantization
    if whole is None:
        return None
    bias = 0.0 if run.bias is None else float(run.bias[at[0]])
    input_scale, scale = map(float, _scales(run, at[0]))
    mistakes = [(_integer_sum(run, at), "That is the sum in int32; the scales are still missing.")]
    plain = whole.reference
    if plain is not None:
        steps = np.rint(whole.source_kernel.reshape(run.geometry.kernel_shape) / scale)
        unlimited = dataclasses.replace(_in_integers(run), kernel=steps)
        total = sum(float(w) * float(x) for w, x in _products(unlimited, at))
        mistakes += [
            (
                float(_items(run, plain)[tuple(at)]),
                "That is without int8: first every weight / scale becomes a whole number from "
                "−128 to 127.",
            ),
            (total * input_scale * scale + bias, "That lets weights leave int8: 127 is the most."),
        ]
    for mistaken, words in mistakes:
        if math.isclose(given, mistaken, rel_tol=1e-6, abs_tol=1e-9):
            return words
    return None


def _where(at: Sequence[int], geometry: Geometry) -> str:
    position = "y" + str(list(at[1:]))
    return position if geometry.maps == 1 else f"{position} of map {at[0]}"


# int8


def int8_feedback(value: float, scale: float, answer: str) -> Feedback:
    """On the int8 number that ``value`` becomes at ``scale``."""
    given = _integer(answer.replace("−", "-"))
    if given is None:
        return Feedback(None, "Type one whole number from −128 to 127.")
    if given == _quantized(value, scale):
        return Feedback(True, f"Right. {int8_reason(value, scale)}")
    for mistaken, words in _rounding_mistakes(value, scale):
        if mistaken == given:
            return Feedback(False, f"Not {given}. {words}")
    return Feedback(False, f"Not {given}. Divide by the scale, then round to the nearest number.")


def int8_reason(value: float, scale: float) -> str:
    """The steps on the way to int8."""
    steps = np.float32(value) / np.float32(scale)
    nearest, result = int(np.rint(steps)), _quantized(value, scale)
    words = f"{value:g} / {scale:g} = {decimals.text(steps)}"
    if abs(steps - np.trunc(steps)) == 0.5:
        words += f", a tie, which goes to the even number {nearest}"
    elif nearest != steps:
        words += f", rounded to {nearest}"
    if result != nearest:
        words += f", beyond int8's range, so it saturates at {result}"
    return words.replace("-", "−") + "."


def _quantized(value: float, scale: float) -> int:
    from convviz.course.quantization import quantize

    return int(quantize([value], scale).integers[0])


def _rounding_mistakes(value: float, scale: float) -> Iterator[tuple[int, str]]:
    steps = value / scale
    yield round(steps), "int8 ends at −128 and 127; what lies beyond saturates there."
    yield -127, "The lowest number is −128: there is one more below 0 than above it."
    yield 128, "The highest number is 127: 0 takes one of the places that are not negative."
    yield (
        int(math.copysign(math.floor(abs(steps) + 0.5), steps)),
        "Half-way between two numbers, the even one is taken, not the one further from 0.",
    )
    yield int(steps), "That cuts the fraction off; the nearest number is taken."
    yield round(value * scale), "Divide by the scale. Multiplying is the way back."
    yield round(value), "First divide by the scale."


# Cells


def window(geometry: Geometry, at: Sequence[int]) -> frozenset[Cell]:
    """The cells that one output element reads, padding included."""
    return frozenset((tap.channel, *tap.cell) for tap in geometry.taps(at[0], at[1:]))


def cells_feedback(geometry: Geometry, at: Sequence[int], chosen: frozenset[Cell]) -> Feedback:
    """On the input cells that an output element reads."""
    expected = window(geometry, at)
    if chosen == expected:
        return Feedback(True, f"Right. {cells_reason(geometry, at)}")
    if not chosen:
        return Feedback(None, "Click on the cells that are read, then check.")
    hit, extra = len(chosen & expected), len(chosen - expected)
    count = f"{hit} of the {len(expected)} cells" + (f", and {extra} too many" if extra else "")
    return Feedback(False, f"{count}. {_cells_mistake(geometry, at, chosen, expected)}")


def cells_reason(geometry: Geometry, at: Sequence[int]) -> str:
    """Where the window stands and how far apart its cells are."""
    rows = [
        f"{axis.name} {place} · {axis.stride} − {axis.pre} = {axis.index(place, 0)}"
        + (f", every {axis.dilation} cells" if axis.dilation > 1 else "")
        for axis, place in zip(geometry.axes, at[1:], strict=True)
    ]
    return f"The window begins at {'; '.join(rows)}.".replace("-", "−")


def _cells_mistake(
    geometry: Geometry, at: Sequence[int], chosen: frozenset[Cell], expected: frozenset[Cell]
) -> str:
    for position in np.ndindex(*geometry.output_shape[len(geometry.batch) :]):
        if position != tuple(at) and window(geometry, position) == chosen:
            return f"These make the output at {_where(position, geometry)}."
    without_padding = {cell for cell in expected if geometry.kind(cell[1:]) is Kind.DATA}
    if chosen == without_padding:
        return "Right inside the data; the window reads cells of the padding as well."
    solid = _solid(geometry, at)
    if chosen == solid:
        return "A dilated kernel leaves gaps: it does not read the cells between its weights."
    if geometry.groups > 1 and {cell[0] for cell in chosen} - set(geometry.channels_of(at[0])):
        return "A map reads only the channels of its own group."
    if {cell[1:] for cell in chosen} == {cell[1:] for cell in expected}:
        return "The same cells of every channel that the map sees are read."
    return "Output i begins at cell i · stride − padding before, on each axis."


def _solid(geometry: Geometry, at: Sequence[int]) -> frozenset[Cell]:
    """The window with its gaps filled."""
    ranges = [
        range(axis.index(place, 0), axis.index(place, 0) + axis.effective_kernel)
        for axis, place in zip(geometry.axes, at[1:], strict=True)
    ]
    spatial = np.stack(np.meshgrid(*ranges, indexing="ij"), -1).reshape(-1, len(ranges)).tolist()
    return frozenset(
        (channel, *cell) for channel in geometry.channels_of(at[0]) for cell in spatial
    )


# Parameters


def reach_feedback(
    layer: ConvolutionLayer, shape: Sequence[int], before: dict[str, object], only: Sequence[str]
) -> Feedback:
    """On a layer that is to have an output of ``shape``, where ``only`` some parameters may move.

    ``before`` holds the parameters as they were at the start; ``only`` empty means any.
    """
    moved = [name for name, value in before.items() if getattr(layer, name) != value]
    foreign = [name for name in moved if only and name not in only]
    try:
        geometry = layer.geometry()
        now = layer.get_output(0).shape
    except ArgumentError as error:
        return Feedback(False, f"The layer cannot be: {error}")
    if foreign:
        names = ", ".join(foreign)
        return Feedback(False, f"Set {names} back: here only {', '.join(only)} may change.")
    mode = layer.padding_mode
    if now == tuple(shape):
        return Feedback(True, f"Right, the output is {now}. {shape_reason(geometry, mode)}")
    words = [
        f"{axis.name.capitalize()} is {axis.output} and should be {wanted}: "
        f"{captions.size_formula(axis, mode).partition(': ')[2]}."
        for axis, wanted in zip(geometry.axes, shape[-len(geometry.axes) :], strict=True)
        if axis.output != wanted
    ]
    if not words:
        words = [f"The output is {now} and should be {tuple(shape)}."]
    return Feedback(False, " ".join(words))


# Code


def gap_feedback(code: str, answer: str, expected: str, names: dict[str, object]) -> Feedback:
    """On an expression for the gap ``____`` in ``code``, whose last line is an expression.

    Both programs run; what the last lines give is compared, so that ``[2, 2]`` is as good as
    ``(2, 2)``. ``names`` are there for the program.
    """
    if not answer.strip():
        return Feedback(None, "Type what belongs into the gap, then check.")
    wanted = run_gap(code, expected, names)
    try:
        got = run_gap(code, answer, names)
    except SyntaxError:
        return Feedback(False, "Python cannot read that. Look at brackets and commas.")
    except Exception as error:  # whatever the reader's own code raises is the answer's fault
        return Feedback(False, f"That raises {type(error).__name__}: {error}")
    if _same(got, wanted):
        return Feedback(True, f"Right: the last line gives {_shown(wanted)}.")
    return Feedback(
        False, f"With that the last line gives {_shown(got)}; it should give {_shown(wanted)}."
    )


def run_gap(code: str, answer: str, names: dict[str, object]) -> object:
    """What the last line of ``code`` gives with ``answer`` in the gap."""
    *lines, last = code.strip().splitlines()
    filled = [line.replace("____", answer.strip()) for line in (*lines, last)]
    namespace = dict(names)
    exec("\n".join(filled[:-1]), namespace)
    return eval(filled[-1], namespace)


def _same(got: object, wanted: object) -> bool:
    if isinstance(got, np.ndarray) or isinstance(wanted, np.ndarray):
        return np.shape(got) == np.shape(wanted) and bool(np.all(np.asarray(got) == wanted))
    return bool(got == wanted)


def _shown(value: object) -> str:
    text = np.array_str(value, precision=4) if isinstance(value, np.ndarray) else repr(value)
    return " ".join(text.split())[:200]


def _integer(answer: str) -> int | None:
    text = re.sub(r"[ ,_.]", "", answer.strip())
    return int(text) if re.fullmatch(r"-?\d+", text) else None
