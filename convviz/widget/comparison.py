"""One layer several times, with one parameter changed: the windows step together."""

from __future__ import annotations

import dataclasses
import html
import uuid

import ipywidgets as widgets
import numpy as np

from convviz.errors import ArgumentError
from convviz.geometry import check_integer
from convviz.network import build
from convviz.network.build import PARAMETERS, Arrays, build_layer, layer_and_data, resized
from convviz.network.convolution import ConvolutionLayer, ConvolutionRun
from convviz.scene.scene import Scene
from convviz.widget.column import Column
from convviz.widget.stage import Stage


def compare(
    layer: ConvolutionLayer | np.ndarray,
    data: object = None,
    bias: np.ndarray | None = None,
    *,
    device: str | None = None,
    item: int = 0,
    **parameters: object,
) -> Comparison:
    """Show one layer several times with one parameter changed; the windows step together.

    ``compare(layer, data, padding_mode=["SAME_UPPER", "SAME_LOWER"])``: exactly one parameter is a
    list, with a value for each picture. Everything else is as for `explore`. Where it is
    ``num_groups``, each picture keeps the weights that fit: the first channels of every map.

    Raises
    ------
    ArgumentError
        Naming what cannot be.
    """
    lists = [name for name, value in parameters.items() if isinstance(value, list)]
    if len(lists) != 1:
        got = f"{len(lists)} lists of values" + (f": {', '.join(lists)}" if lists else "")
        remedy = 'Write padding_mode=["SAME_UPPER", "SAME_LOWER"], for example.'
        raise ArgumentError("parameters", got, "one parameter with a list of values", remedy)
    values = parameters.pop(lists[0])
    fixed = {} if isinstance(layer, ConvolutionLayer) else parameters
    layer, data = layer_and_data(layer, data, {"bias": bias}, fixed)
    run = layer.network.evaluate(layer, layer.network.feeds(data), device)
    return Comparison(run, layer, lists[0], values, device, item)


class Comparison(Column):
    """One layer several times, with one parameter changed.

    Attributes
    ----------
    layers : list of ConvolutionLayer
        Each on a network of its own.
    scenes, stages : lists of Scene and of Stage
    headings : list of str
        What is different in each.
    """

    def __init__(
        self,
        run: ConvolutionRun,
        layer: ConvolutionLayer,
        name: str,
        values: list[object],
        device: str | None,
        item: int,
    ) -> None:
        if name not in PARAMETERS:
            raise ArgumentError(
                name, repr(values), ", ".join(PARAMETERS), "Use one of these names."
            )
        group = uuid.uuid4().hex
        self.layers: list[ConvolutionLayer] = []
        self.scenes: list[Scene] = []
        self.stages: list[Stage] = []
        self.headings: list[str] = []
        children: list[widgets.Widget] = []
        for value in values:
            parameters = {**build.parameters_of(layer), name: value}
            each, data = build_layer(_arrays_for(run, layer, name, value), **parameters)
            outcome = each.network.evaluate(each, each.network.feeds(data), device)
            stage = Stage(group=group, code=build.code(outcome, each))
            scene = Scene.of(outcome, each, item)
            stage.show(scene)
            heading = f"{name} = {getattr(value, 'name', value)}"
            words = widgets.HTML(f"<strong>{html.escape(heading)}</strong>")
            children.append(Column([words, stage]))
            self.layers.append(each)
            self.scenes.append(scene)
            self.stages.append(stage)
            self.headings.append(heading)
        super().__init__([_row(children)])
        self.add_class("convviz-comparison")


def _row(children: list[widgets.Widget]) -> widgets.Widget:
    """Side by side as far as there is room, then under one another."""
    for child in children:
        child.layout = {"flex": "1 1 470px", "min_width": "0"}
    return widgets.HBox(children, layout={"flex_flow": "row wrap", "grid_gap": "0 12px"})


def _arrays_for(run: ConvolutionRun, layer: ConvolutionLayer, name: str, value: object) -> Arrays:
    """The arrays of a run, with the weights cut to the channels that a group has left."""
    arrays = Arrays.of(run)
    if name != "num_groups":
        return arrays
    groups = check_integer("num_groups", value, least=1)
    channels = arrays.kernel.shape[1] * layer.num_groups // groups
    shape = (arrays.kernel.shape[0], channels, *arrays.kernel.shape[2:])
    return dataclasses.replace(arrays, kernel=resized(arrays.kernel, shape))
