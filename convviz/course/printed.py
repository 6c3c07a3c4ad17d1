"""What TensorRT printed for the notebooks' examples, to be compared with what convviz computes.

The numbers are package data, ``printed.json``: for each example its section of the reference
document, its parameters, the output's shape and the output's rows as NumPy printed them
(``precision=8, suppress=True``). The one exception is the first example, whose rows are exact
decimals: float32 has no room for nine digits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from importlib.resources import files

import numpy as np

from convviz.arrays import Array
from convviz.checks import check_choice
from convviz.course import examples, wording
from convviz.course.html import html_table
from convviz.errors import ArgumentError, short
from convviz.language.catalogue import say
from convviz.network.convolution import ConvolutionLayer
from convviz.network.layers import Tensor
from convviz.network.network import Network
from convviz.network.run import ConvolutionRun
from convviz.network.values import DataType, Weights
from convviz.parameters import PaddingMode, as_integers
from convviz.scene import captions, decimals

INPUT = "inputT0"  # the document's name
FIRST = "initial_example"
SECTIONS = (
    FIRST,
    "stride",
    "padding",
    "pre_padding",
    "post_padding",
    "padding_mode",
    "dilation",
    "num_groups",
    "3d_convolution",
    "set_input",
)


def printed(section: str, **parameters: object) -> PrintedComparison:
    """Compute a section's examples and put them beside what TensorRT printed for them.

    Parameters
    ----------
    section : str
        One of `SECTIONS`, such as ``"stride"``.
    parameters : such as ``stride_nd=(2, 2)``
        Choose among the section's examples; without any, all of them.

    Raises
    ------
    ArgumentError
        Where there is no such section or example.
    """
    check_choice("section", section, SECTIONS)
    found = [example for example in load_examples() if example.section == section]
    wanted = _as_json(parameters).items()
    chosen = [example for example in found if wanted <= example.parameters.items()]
    if not chosen:
        allowed = " · ".join(example.title for example in found)
        name = next(iter(parameters))
        raise ArgumentError(name, short(parameters[name]), allowed, "Choose one of these examples.")
    return PrintedComparison(chosen)


@dataclass(frozen=True, eq=False)
class PrintedExample:
    """One example: what TensorRT printed, and the layer that computes it again.

    Attributes
    ----------
    section : str
    parameters : {name: value}
        What differs from a new layer.
    shape : tuple of int
        The output's shape.
    rows : list of lists of str
        The output as printed, all its axes but the last run together.
    """

    section: str
    parameters: Mapping[str, object]
    shape: tuple[int, ...]
    rows: list[list[str]]

    @property
    def title(self) -> str:
        """The parameters with their values."""
        return ", ".join(wording.settings(self.parameters)) or self.section

    @cached_property
    def layer(self) -> ConvolutionLayer:
        """The example's layer, which has run once on its data."""
        layer = document_layer(self.section, self.parameters)
        layer.network.run({INPUT: _input(self.section)})
        return layer

    @cached_property
    def run(self) -> ConvolutionRun:
        """The example computed here, whatever has become of `layer`."""
        layer = document_layer(self.section, self.parameters)
        return layer.network.evaluate(layer, layer.network.feeds(_input(self.section)))

    @cached_property
    def computed(self) -> list[list[str]]:
        """What convviz computes, as text, in the layout of ``rows``."""
        texts, width = self._texts(), self.shape[-1]
        return [texts[start : start + width] for start in range(0, len(texts), width)]

    def _texts(self) -> list[str]:
        run = self.run
        if self.section != FIRST:
            return decimals.texts(run.output)
        exact = decimals.exact_sums(run.geometry, run.item(run.input, 0), run.kernel, None)
        assert exact is not None, "too many products, in an example of 252"
        return exact

    @property
    def equal(self) -> list[list[bool]]:
        """Which numbers agree, digit for digit."""
        return [
            [ours == theirs.removesuffix(".") for ours, theirs in zip(*pair, strict=True)]
            for pair in zip(self.computed, self.rows, strict=True)
        ]

    @property
    def summary(self) -> str:
        """The comparison in one line."""
        flags = [flag for row in self.equal for flag in row]
        shape = captions.shape(self.shape)
        return say("course.printed.summary", shape=shape, equal=sum(flags), count=len(flags))


@dataclass(frozen=True, eq=False)
class PrintedComparison:
    """Examples beside what TensorRT printed; a notebook shows them as tables."""

    examples: list[PrintedExample]

    @property
    def all_equal(self) -> bool:
        """Whether every number agrees, and so does every shape."""
        return all(
            example.run.geometry.output_shape == example.shape and all(map(all, example.equal))
            for example in self.examples
        )

    @property
    def summary(self) -> str:
        """How many numbers of all examples agree, in one line."""
        flags = [flag for example in self.examples for row in example.equal for flag in row]
        return say("course.printed.agreement", equal=sum(flags), count=len(flags))

    def __str__(self) -> str:
        return "\n".join(f"{example.title}: {example.summary}" for example in self.examples)

    def _repr_html_(self) -> str:
        """One line; the tables unfold below it."""
        sign = "✓" if self.all_equal else "✗"
        tables = "".join(_html(example) for example in self.examples)
        return (
            f"<div>{sign} {escape(self.summary)}</div><details>"
            f"<summary>{escape(say('course.printed.tables'))}</summary>{tables}</details>"
        )


def load_examples() -> list[PrintedExample]:
    """Every example, in the order of the reference document."""
    text = files("convviz.course").joinpath("printed.json").read_text(encoding="utf-8")
    return [
        PrintedExample(entry["section"], entry["parameters"], tuple(entry["shape"]), entry["rows"])
        for entry in json.loads(text)
    ]


# The layers of the reference document


def document_layer(section: str, parameters: Mapping[str, object]) -> ConvolutionLayer:
    """The layer of an example in a network of its own."""
    network, kernel = Network(), examples.powers_of_ten()
    x = network.add_input(INPUT, DataType.FLOAT, _input(section).shape)
    if section == "set_input":
        layer = _add_quantized(network, x, kernel)
    elif section == "num_groups":
        layer = network.add_convolution_nd(x, 2, (3, 3), np.concatenate([kernel, -kernel]))
    elif section == "3d_convolution":
        layer = network.add_convolution_nd(x, 1, (2, 3, 3), np.stack([kernel, -kernel], axis=2))
    else:
        layer = network.add_convolution_nd(x, 1, (3, 3), kernel)
    for name, value in parameters.items():
        setattr(layer, name, value)
    network.mark_output(layer.get_output(0))
    return layer


def _add_quantized(network: Network, x: Tensor, kernel: Array) -> ConvolutionLayer:
    """Input and weights through int8 and back, all scales 1."""
    one = network.add_constant([], [1.0]).get_output(0)
    weights = network.add_constant(kernel.shape, kernel).get_output(0)
    activation, kernel_tensor = (
        network.add_dequantize(network.add_quantize(tensor, one).get_output(0), one).get_output(0)
        for tensor in (x, weights)
    )
    layer = network.add_convolution_nd(activation, 1, (3, 3), Weights())
    layer.set_input(1, kernel_tensor)
    return layer


def _input(section: str) -> Array:
    if section == "num_groups":
        return examples.counting(channels=2)
    if section == "3d_convolution":
        return examples.counting(channels=2)[:, None]  # the two channels as two depths
    return examples.counting()


def _as_json(parameters: Mapping[str, object]) -> dict[str, object]:
    """The values as JSON has them: lists for tuples, names for padding modes; None for others."""
    found: dict[str, object] = {}
    for name, value in parameters.items():
        numbers = as_integers(value)
        if isinstance(value, PaddingMode):
            found[name] = value.name
        elif numbers is not None:
            found[name] = list(numbers)
        else:
            found[name] = value if isinstance(value, (bool, int, str, np.integer)) else None
    return found


def _html(example: PrintedExample) -> str:
    kind = "exact" if example.section == FIRST else "float32"
    tables = "".join(
        html_table(
            rows,
            caption=caption,
            block=example.shape[-2],
            wrong=[[not flag for flag in row] for row in example.equal],
        )
        for caption, rows in (
            (say(f"course.printed.computed.{kind}"), example.computed),
            (say(f"course.printed.reference.{kind}"), example.rows),
        )
    )
    sign = "✓" if all(map(all, example.equal)) else "✗"
    return (
        '<div style="margin: 4px 0 16px">'
        f"<div><b>{escape(example.title)}</b></div>"
        f'<div style="display: flex; flex-wrap: wrap; gap: 4px 32px">{tables}</div>'
        f"<div>{sign} {escape(example.summary)}</div></div>"
    )
