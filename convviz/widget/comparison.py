"""One layer several times, with one parameter changed: the windows step together."""

from __future__ import annotations

import html
import uuid
from typing import Any

import ipywidgets as widgets

from convviz.errors import ArgumentError
from convviz.network import build
from convviz.network.convolution import ConvolutionLayer
from convviz.network.export.notebook import notebook
from convviz.network.run import ConvolutionRun, LayerArrays
from convviz.parameters import NUM_GROUPS, check_names, lists_parameters
from convviz.scene.scene import Scene, check_size
from convviz.widget.column import Column
from convviz.widget.stage import Stage


@lists_parameters
def compare(
    *subject: object, device: str | None = None, item: int = 0, **named: object
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
    arrays = (*build.ARRAYS, *build.SCALES)
    lists = [name for name in named if name not in arrays and isinstance(named[name], list)]
    if len(lists) != 1:
        got = f"{len(lists)} lists of values" + (f": {', '.join(lists)}" if lists else "")
        remedy = 'Write padding_mode=["SAME_UPPER", "SAME_LOWER"], for example.'
        raise ArgumentError("parameters", got, "one parameter with a list of values", remedy)
    check_names({lists[0]: named[lists[0]]})
    values = named.pop(lists[0])
    assert isinstance(values, list)
    layer, data = build.resolve(subject, named)
    run = layer.network.evaluate(layer, layer.network.feeds(data), device, check=check_size)
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
        group = uuid.uuid4().hex
        self.layers: list[ConvolutionLayer] = []
        self.scenes: list[Scene] = []
        self.stages: list[Stage] = []
        self.headings: list[str] = []
        children: list[widgets.Widget] = []
        for value in values:
            parameters: dict[str, Any] = {**layer.changed_settings, name: value}
            each, data = build.build_layer(**_arrays_for(run, layer, name, value), **parameters)
            feeds = each.network.feeds(data)
            outcome = each.network.evaluate(each, feeds, device, check=check_size)
            stage = Stage(group=group, code=notebook(outcome, each))
            scene = Scene.of(outcome, item)
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


def _arrays_for(
    run: ConvolutionRun, layer: ConvolutionLayer, name: str, value: object
) -> LayerArrays:
    """The arrays of a run, with the weights cut to the channels that a group has left."""
    arrays = run.arrays
    if name == NUM_GROUPS.name:
        kernel = arrays["kernel"]
        channels = kernel.shape[1] * layer.num_groups // NUM_GROUPS.check(value)
        arrays["kernel"] = build.resized(kernel, (len(kernel), channels, *kernel.shape[2:]))
    return arrays
