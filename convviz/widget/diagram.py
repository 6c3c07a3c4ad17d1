"""Two small pictures as widgets: a stack of layers as a tree, and the wires of a layer's channels.

What lights up is told in advance (scene/diagram.py), so that pointing asks nobody.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Unpack, overload

import traitlets
from numpy.typing import ArrayLike

from convviz import files
from convviz.arrays import Array
from convviz.geometry import Geometry
from convviz.language.catalogue import say
from convviz.network import build
from convviz.network.subject import LayerLike
from convviz.plot.diagram import svg
from convviz.scene.diagram import Diagram
from convviz.scene.scene import Scene
from convviz.scene.subject import shown_by
from convviz.scene.tree import Tree
from convviz.scene.wires import reads_of, wires_of
from convviz.signatures import lists_parameters
from convviz.widget.scripted import ScriptedWidget
from convviz.widget.still import LeavesStill, Still

if TYPE_CHECKING:
    from convviz.plot.still import HasScene


class DiagramWidget(LeavesStill, ScriptedWidget):
    """A diagram on display.

    Attributes
    ----------
    diagram : dict
        `Diagram.message`.
    svg : str
        The drawing.
    shown : Diagram
        What is on display; not sent anywhere.
    data : {name: array or number}
        What it tells.
    """

    entry = "diagram_notebook"

    diagram = traitlets.Dict().tag(sync=True)
    svg = traitlets.Unicode().tag(sync=True)

    page_module = "diagram"
    page_traits = ("diagram", "svg")

    def __init__(self, shown: Diagram, data: Mapping[str, Array | int]) -> None:
        super().__init__(diagram={**shown.message()}, svg=svg(shown))
        self.shown, self.data = shown, dict(data)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the drawing, as it is at rest, as an SVG.

        Raises
        ------
        ArgumentError
            For another ending, and for a folder that is not there.
        """
        files.write(files.target(path, ("svg",)), self.svg.encode())

    def still(self) -> Still:
        """The drawing, as it is at rest."""
        from convviz.poster.drawing import drawing  # after the widget: it imports Pillow

        return Still(say("still.point"), drawing(self.shown))


def tree(
    kernels: Sequence[int] = (3, 3, 3),
    dilations: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
    length: int | None = None,
) -> DiagramWidget:
    """Show which inputs reach one output through a stack of layers, and by how many paths.

    Rows of dots are the cells along one axis, from the input down to the output. Pointing at an
    output lights what it reads, pointing at an input lights the outputs that it reaches. Inputs
    that are passed over are crossed out.

    Parameters
    ----------
    kernels : the kernel size of each layer, the first that reads the input first
    dilations, strides : one a layer; ones where left out
    length : how many cells the input has
        By default as many as five outputs read.

    Returns
    -------
    DiagramWidget
        Its ``data`` hold ``ways``, an int array (outputs, inputs) of the number of paths,
        ``field``, the receptive field, and ``jump``, the distance of two neighbours' fields.

    Raises
    ------
    ArgumentError
        Naming what cannot be, or is too much to draw.

    Examples
    --------
    >>> cv.tree((3, 3, 3), dilations=(1, 2, 4))
    """
    stack = Tree.of(kernels, dilations, strides, length)
    data: dict[str, Array | int] = {"ways": stack.ways, "field": stack.field, "jump": stack.jump}
    return DiagramWidget(stack.diagram(), data)


@overload
def wires(layer: LayerLike, data: object = None) -> DiagramWidget: ...


@overload
def wires(
    data: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None = None,
    **options: Unpack[build.ArrayOptions],
) -> DiagramWidget: ...


@overload
def wires(shown: HasScene | Scene) -> DiagramWidget: ...


@lists_parameters
def wires(*subject: object, **named: object) -> DiagramWidget:
    """Show which input channels each output map reads, and through how many weights.

    Lines lead from the channels through each map's weights to the maps, in the groups' colours.
    Pointing at a map lights the channels that it reads, pointing at a channel lights its maps.

    Parameters
    ----------
    subject, named : as for `explore`; groups have at most eight channels

    Returns
    -------
    DiagramWidget
        Its ``data`` hold ``reads``, a bool array (maps, channels), and ``weights``, how many a map
        has.

    Raises
    ------
    ArgumentError
        Naming what cannot be, or is too much to draw.

    Examples
    --------
    >>> cv.wires(np.ones((1, 4, 5, 5)), np.ones((4, 2, 3, 3)), num_groups=2)
    """
    geometry = _geometry_of(subject, named)
    data: dict[str, Array | int] = {"reads": reads_of(geometry), "weights": geometry.tap_count}
    return DiagramWidget(wires_of(geometry), data)


def _geometry_of(subject: tuple[object, ...], named: dict[str, object]) -> Geometry:
    """The geometry of a layer on its data, or of what shows one; nothing is computed."""
    shown = shown_by(subject)
    if shown is not None:
        return shown.geometry
    found: list[Geometry] = []
    build.resolve(subject, named, found.append)
    return found[-1]
