"""The model that a command line names, the data it is run on, and the layer chosen out of it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from convviz.errors import ArgumentError, short

if TYPE_CHECKING:
    from convviz.models.convolution import Convolution
    from convviz.models.model import Model

# What describes a layer that is made up here, and so not one out of a model.
ARRAYS = ("input", "kernel", "bias", "num_output_maps", "input_scale", "kernel_scale")
ONLY_OF_MODELS = ("layer", "feeds", "shape")
RANDOM = "random"


def add_feeds(add: Any) -> None:
    """The options that say what a model is run on."""
    add("--feeds", action="append", metavar="NAME=FILE|random",
        help="run the model on an image, a .npy file, or random numbers for one input or all; "
        "once for each input")  # fmt: skip
    add("--shape", action="append", metavar="NAME=1x3x224x224",
        help="of random feeds, where the model leaves sizes open")  # fmt: skip
    add("--seed", type=int, default=0, metavar="N", help="of random feeds (0)")


def add_layer(add: Any) -> None:
    """The options that choose a layer of a model."""
    add("--model", metavar="FILE", help="an ONNX file: show a layer of it (with --layer)")
    add("--layer", metavar="N|NAME", help="its number or name in the table of convviz model")
    add_feeds(add)


def model_of(path: str, options: argparse.Namespace) -> Model:
    """The model of a file, run on the feeds that the options name."""
    from convviz.models.from_onnx import from_onnx

    if options.shape is not None and options.feeds is None:
        remedy = "Write --feeds random as well."
        raise ArgumentError("shape", "--shape without --feeds", "the two together", remedy)
    feeds, shapes = _feeds(options.feeds), _shapes(options.shape)
    try:
        return from_onnx(path, feeds, shapes=shapes, seed=options.seed)
    except ArgumentError as refusal:
        raise _for_a_command(refusal) from None


def _for_a_command(refusal: ArgumentError) -> ArgumentError:
    """A refusal of feeds or shapes that names the options instead of Python's arguments."""
    if refusal.parameter == "shapes":
        remedy = "Write --shape x=1x3x224x224, for example, with the input's name and its sizes."
        return ArgumentError("shape", refusal.got, refusal.allowed, remedy)
    if refusal.parameter == "feeds" and "ONNX Runtime" not in str(refusal.got):
        remedy = "Write --feeds x=photo.png or --feeds x=random, with the input's name."
        return ArgumentError("feeds", refusal.got, refusal.allowed, remedy)
    return refusal


def convolution_of(options: argparse.Namespace, given: dict[str, Any]) -> Convolution:
    """The layer that ``--model`` and ``--layer`` name.

    ``given`` holds what else was said of the layer, by the names of its parameters.
    """
    for name in ARRAYS:
        if given.get(name) is not None:
            option = f"--{name.replace('_', '-')}"
            allowed = "a layer as the model has it"
            remedy = f"Leave out {option}; --feeds says what the model is run on."
            raise ArgumentError(name, f"{option} together with --model", allowed, remedy)
    if options.layer is None:
        got, remedy = "nothing", f"convviz model {options.model} lists them."
        raise ArgumentError("layer", got, "the number or the name of a layer", remedy)
    model = model_of(options.model, options)
    number = options.layer.removeprefix("-")
    named = options.layer in [each.name for each in model.convolutions]
    try:
        return model[int(options.layer) if number.isdecimal() and not named else options.layer]
    except ArgumentError as refusal:
        remedy = f"convviz model {options.model} lists them."
        raise ArgumentError("layer", refusal.got, refusal.allowed, remedy) from None


def refuse_alone(options: argparse.Namespace) -> None:
    """Refuse options of a layer out of a model where there is no model."""
    for name in ONLY_OF_MODELS:
        if getattr(options, name) is not None:
            remedy = "Write --model net.onnx as well."
            raise ArgumentError(name, f"--{name} without --model", "the two together", remedy)


def _feeds(texts: Sequence[str] | None) -> object:
    if texts is None:
        return None
    if list(texts) == [RANDOM]:
        return RANDOM
    from convviz.cli_arrays import input_of

    found: dict[str, object] = {}
    for name, value in _pairs("feeds", texts, f"NAME=FILE, NAME={RANDOM}, or {RANDOM}"):
        found[name] = value if value == RANDOM else input_of(value, 0)
    return found


def _shapes(texts: Sequence[str] | None) -> dict[str, tuple[int, ...]] | None:
    if texts is None:
        return None
    found = {}
    for name, value in _pairs("shape", texts, "NAME=1x3x224x224"):
        parts = value.split("x")
        if not all(part.isdecimal() and len(part) < 10 for part in parts):
            remedy = f"Write --shape {name}=1x3x224x224, for example."
            raise ArgumentError("shape", short(value), "sizes with an x between them", remedy)
        found[name] = tuple(map(int, parts))
    return found


def _pairs(parameter: str, texts: Sequence[str], allowed: str) -> list[tuple[str, str]]:
    found = []
    for text in texts:
        name, sign, value = text.rpartition("=")
        if not sign or not name or not value:
            raise ArgumentError(parameter, short(text), allowed, "Write it so.")
        found.append((name, value))
    return found
