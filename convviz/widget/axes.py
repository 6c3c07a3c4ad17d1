"""Every window along each axis of a layer, as a widget to drag in.

It is an explorer whose stage shows matrices (scene/axis_view.py) in place of a board: the layer is
the one truth here too, and messages are the same. browser/axes_stage.js draws them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack, overload

from numpy.typing import ArrayLike

from convviz.checks import check_switch
from convviz.network import build
from convviz.network.convolution import ConvolutionLayer
from convviz.network.run import ConvolutionRun
from convviz.network.subject import LayerLike
from convviz.parameters import TABLE, Choice, ListedParameters, PaddingMode, PerAxis
from convviz.scene.axis_view import AxesBlock, AxesMessage
from convviz.scene.scene import Scene, check_size
from convviz.signatures import lists_parameters
from convviz.widget import page, saving
from convviz.widget.comparison import listed, lists_in
from convviz.widget.explorer import Explorer
from convviz.widget.feeds import Feeds
from convviz.widget.still import Still, picture_still
from convviz.widget.variation import varied


class AxesOptions(ListedParameters, total=False):
    """What `axes` takes with its subject: parameters, one of which may have a list of values."""

    device: str | None
    item: int
    large: bool
    controls: Sequence[str] | str


class ArrayAxesOptions(AxesOptions, build.Quantizing, total=False):
    """The same with arrays."""


@overload
def axes(
    layer: LayerLike | Explorer,
    data: object = None,
    **options: Unpack[AxesOptions],
) -> Axes: ...


@overload
def axes(
    data: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None = None,
    **options: Unpack[ArrayAxesOptions],
) -> Axes: ...


@lists_parameters
def axes(
    *subject: object,
    device: str | None = None,
    item: int = 0,
    large: bool = False,
    controls: Sequence[str] | str = (),
    **named: object,
) -> Axes:
    """Show every window along each axis of a layer: a column for each cell, a row for each output.

    Drag the second window to set the stride, a dot to set the dilation, the edge of the padding to
    set the padding. The layer follows, and so do its explorers. With a list of values for one
    parameter, ``axes(layer, padding_mode=["SAME_UPPER", "SAME_LOWER"])``, each value has a matrix
    and the other parameters are set for all. With one row of data, ``axes(data, kernel)`` of
    (C, L) and (K, C/groups, S), it is the picture of a 1-D convolution, with the values.

    Parameters
    ----------
    subject : a layer and its data, arrays, or an explorer, whose layer and data are taken
    controls : names of parameters, such as ["stride_nd"]
        Those whose steppers stand above the picture; a button opens all others. "all" opens them
        from the start.
    device, item, large, named : as for `explore`

    Raises
    ------
    ArgumentError
        Naming what cannot be.
    """
    large = check_switch("large", large)
    parameter, values = listed(named) if lists_in(named) else ("", [])
    others = {name: value for name, value in named.items() if name != parameter}
    if subject and isinstance(subject[0], Explorer):
        explorer, *rest = subject
        assert isinstance(explorer, Explorer)
        subject = (explorer.layer, *(rest or [explorer.feeds]))
    layer, data = build.resolve(subject, others, check_size)
    return Axes(
        layer,
        data,
        device=device,
        item=item,
        large=large,
        controls=controls,
        parameter=parameter,
        values=values,
    )


class Axes(Explorer):
    """The axis view of one layer.

    Parameters
    ----------
    parameter, values : a parameter and its values, for a matrix of each; "" for the layer's own

    Attributes
    ----------
    scenes : list of Scene
        Those whose axes are shown: the layer's, or one for each value.
    headings : list of str
        What is different in each; "" where there is one alone.
    """

    view = "axes"  # what `draw` makes of it

    def __init__(
        self,
        layer: ConvolutionLayer,
        data: object = None,
        *,
        device: str | None = None,
        item: int = 0,
        large: bool = False,
        controls: Sequence[str] | str = (),
        parameter: str = "",
        values: Sequence[object] = (),
    ) -> None:
        self._offered = _movers(parameter)
        self._parameter, self._values = parameter, tuple(values)
        self.scenes: list[Scene] = []
        self.headings = [_heading(parameter, value) for value in values] or [""]
        self._made: tuple[Scene, list[Scene]] | None = None
        super().__init__(layer, data, device=device, item=item, large=large, controls=controls)

    def still(self) -> Still:
        """The matrices of the layer, or of each value."""
        from convviz.poster.poster import Shown, poster  # after the widget: it imports Pillow

        shown = zip(self.scenes, self.headings, strict=True)
        return picture_still(poster([Shown(*each, view="axes") for each in shown]))

    def _file(self, form: str, step: int, theme: str) -> saving.File:
        """The matrices as a drawing, or as a page."""
        from convviz.plot.still import draw  # not before a file is wanted: it imports matplotlib

        if form in ("svg", "png"):
            return f"axes.{form}", draw(self, theme=saving.shade(theme)).bytes(form)
        if form == "html":
            return "axes.html", page.document([self.stage]).encode()
        raise saving.no_such_form(form)

    def _compute(self, data: Feeds) -> Scene:
        """The layer's scene, where none of the others is refused."""
        scene = super()._compute(data)
        self._made = scene, self._variations(scene)
        return scene

    def _variations(self, scene: Scene) -> list[Scene]:
        if not self._values:
            return [scene]
        return [Scene.of(self._varied(scene.run, value), scene.item) for value in self._values]

    def _varied(self, run: ConvolutionRun, value: object) -> ConvolutionRun:
        return varied(run, {self._parameter: value}, self._device)[1]

    def _show_scene(self, scene: Scene) -> None:
        if self._made is None or self._made[0] is not scene:  # back to an earlier one
            self._made = scene, self._variations(scene)
        self.scenes = self._made[1]
        self.stage.show_axes(scene, self._message())

    def _message(self) -> AxesMessage:
        blocks = [
            AxesBlock(heading=heading, axes=[view.message() for view in scene.axis_views])
            for heading, scene in zip(self.headings, self.scenes, strict=True)
        ]
        return AxesMessage(blocks=blocks, varied=self._parameter)


def _movers(varied: str) -> list[str]:
    """The parameters that move a window, but for what is compared and what that sets."""
    sets = {row.name: row.sets for row in TABLE if isinstance(row, PerAxis) and row.has_control}
    names = [*sets, *(row.name for row in TABLE if isinstance(row, Choice))]
    compared = {varied, *sets.get(varied, ()), *(n for n, parts in sets.items() if varied in parts)}
    return [name for name in names if name not in compared]


def _heading(parameter: str, value: object) -> str:
    """What is different: a padding mode says it by its name."""
    if isinstance(value, PaddingMode):
        return value.name
    return value if isinstance(value, str) else f"{parameter} = {value}"
