"""One layer several times, with one parameter changed: the windows step together."""

from __future__ import annotations

import html
import uuid
from collections.abc import Sequence
from typing import Unpack, overload

import ipywidgets as widgets
from anywidget import AnyWidget
from numpy.typing import ArrayLike

from convviz.errors import ArgumentError, short
from convviz.network import build
from convviz.network.convolution import ConvolutionLayer
from convviz.network.export.notebook import notebook
from convviz.network.run import ConvolutionRun
from convviz.network.subject import LayerLike
from convviz.parameters import ListedParameters, check_parameters
from convviz.scene.scene import Scene, check_size
from convviz.signatures import lists_parameters
from convviz.widget import feeds, saving
from convviz.widget.column import Column
from convviz.widget.marimo import ShownByMarimo
from convviz.widget.stage import Stage
from convviz.widget.still import LeavesStill, Still, picture_still
from convviz.widget.variation import varied

MOST_PICTURES = 24


class ComparisonOptions(ListedParameters, total=False):
    """What `compare` takes with its subject: a value of each parameter, or a list of values."""

    device: str | None
    item: int


class ArrayComparisonOptions(ComparisonOptions, build.Quantizing, total=False):
    """The same with arrays."""


@overload
def compare(
    layer: LayerLike, data: object = None, **options: Unpack[ComparisonOptions]
) -> Comparison: ...


@overload
def compare(
    data: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None = None,
    **options: Unpack[ArrayComparisonOptions],
) -> Comparison: ...


@lists_parameters
def compare(
    *subject: object, device: str | None = None, item: int = 0, **named: object
) -> Comparison:
    """Show one layer several times with one parameter changed; one player steps all of them.

    ``compare(layer, data, padding_mode=["SAME_UPPER", "SAME_LOWER"])``: exactly one parameter is a
    list, with a value for each picture. Everything else is as for `explore`. Where it is
    ``num_groups``, each picture keeps the weights that fit, the first channels of every map; a
    kernel with a name, such as blur, is the blur of those channels.

    Raises
    ------
    ArgumentError
        Naming what cannot be.
    """
    if "predict" in named:
        allowed = "no questions in a comparison, whose pictures share one player"
        remedy = "Ask in cv.explore(…, predict=True); in a comparison Slow shows how outputs come."
        raise ArgumentError("predict", short(named["predict"]), allowed, remedy)
    parameter, values = listed(named)
    others = {name: value for name, value in named.items() if name != parameter}
    layer, data = build.resolve(subject, others, check_size)
    own = feeds.by_name(feeds.own(layer, data))
    run = layer.network.evaluate(layer, own, device, check=check_size)
    return Comparison(run, parameter, values, device=device, item=item)


def listed(named: dict[str, object]) -> tuple[str, list[object]]:
    """The one parameter that has a list of values, and the values."""
    lists = lists_in(named)
    if len(lists) != 1:
        got = f"{len(lists)} lists of values" + (f": {', '.join(lists)}" if lists else "")
        remedy = 'Write padding_mode=["SAME_UPPER", "SAME_LOWER"], for example.'
        raise ArgumentError("parameters", got, "one parameter with a list of values", remedy)
    check_parameters(lists)
    [(parameter, values)] = lists.items()
    if not 1 <= len(values) <= MOST_PICTURES:
        allowed = f"1 to {MOST_PICTURES} values, one for each picture"
        raise ArgumentError(parameter, f"{len(values)} values", allowed, "List fewer, or some.")
    return parameter, values


def lists_in(named: dict[str, object]) -> dict[str, list[object]]:
    """What has a list of values and is no array."""
    arrays = (*build.ARRAYS, *build.SCALES)
    return {
        name: value
        for name, value in named.items()
        if isinstance(value, list) and name not in arrays
    }


class Comparison(LeavesStill, ShownByMarimo, Column):
    """One layer several times, with one parameter changed.

    Parameters
    ----------
    run : of the layer as it is
    parameter, values : the name of an optional parameter, and its value for each picture

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
        parameter: str,
        values: Sequence[object],
        *,
        device: str | None = None,
        item: int = 0,
    ) -> None:
        variations = [varied(run, {parameter: value}, device) for value in values]
        group = uuid.uuid4().hex
        self.layers = [layer for layer, _ in variations]
        self.scenes = [Scene.of(each, item) for _, each in variations]
        self.stages = [
            _stage(scene, layer, group)
            for scene, layer in zip(self.scenes, self.layers, strict=True)
        ]
        self.headings = [f"{parameter} = {getattr(value, 'name', value)}" for value in values]
        super().__init__([_pictures(self.headings, self.stages)])
        self.add_class("convviz-comparison")

    def in_marimo(self) -> list[AnyWidget | str]:
        """Each stage under its heading."""
        pairs = zip(self.headings, self.stages, strict=True)
        return [part for pair in pairs for part in pair]

    def still(self) -> Still:
        """All pictures, as many in a row as can be read."""
        from convviz.poster.poster import Shown, poster  # after the widget: it imports Pillow

        shown = zip(self.scenes, self.headings, strict=True)
        return picture_still(poster([Shown(*each) for each in shown]))


def _stage(scene: Scene, layer: ConvolutionLayer, group: str) -> Stage:
    stage = Stage(group=group, code=notebook(scene.run, layer))
    stage.show(scene)
    saving.offer(stage)
    return stage


def _pictures(headings: Sequence[str], stages: Sequence[Stage]) -> widgets.Widget:
    """Stages under their headings, in one row or column, as the browser finds room (stage.css)."""
    pictures = widgets.HBox(
        [
            Column([widgets.HTML(f"<strong>{html.escape(heading)}</strong>"), stage])
            for heading, stage in zip(headings, stages, strict=True)
        ]
    )
    pictures.add_class("convviz-pictures")
    return pictures
