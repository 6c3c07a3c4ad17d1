"""The dive as a widget: from a pixel of a picture to the output, in one zoom that can be scrubbed.

What is where at which second is choreography's (scene/), and browser/dive.js draws it. Playing asks
nobody; a pixel that a reader chooses comes back here, once, for its numbers.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, overload

import traitlets
from numpy.typing import ArrayLike

from convviz.errors import ArgumentError, short
from convviz.language.catalogue import say
from convviz.network import build
from convviz.network.subject import LayerLike
from convviz.scene import choreography
from convviz.scene.dive import Dive
from convviz.scene.scene import Scene, check_size
from convviz.scene.subject import scene_of, shown_by
from convviz.signatures import lists_parameters
from convviz.widget import failures, feeds, messages, page, saving
from convviz.widget.messages import ChoosePixel, FileRequest, Ping, Request
from convviz.widget.scripted import ScriptedWidget
from convviz.widget.still import LeavesStill, Still, picture_still

if TYPE_CHECKING:
    from convviz.plot.film import Film, FilmOptions
    from convviz.plot.still import HasScene
    from convviz.plot.still import Still as Drawing


SAVED_FPS = 10.0  # of a film that nobody chose the frames of


class DiveOptions(TypedDict, total=False):
    """What `dive` takes with its subject."""

    at: tuple[int, ...] | None
    output_map: int
    channel: int | None
    item: int
    device: str | None


class ArrayDiveOptions(DiveOptions, build.ArrayOptions, total=False):
    """The same with arrays."""


@overload
def dive(layer: LayerLike, data: object = None, **options: Unpack[DiveOptions]) -> DiveWidget: ...


@overload
def dive(
    data: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None = None,
    **options: Unpack[ArrayDiveOptions],
) -> DiveWidget: ...


@overload
def dive(shown: HasScene | Scene, **options: Unpack[DiveOptions]) -> DiveWidget: ...


@lists_parameters
def dive(
    *subject: object,
    at: tuple[int, ...] | None = None,
    output_map: int = 0,
    channel: int | None = None,
    item: int = 0,
    device: str | None = None,
    **named: object,
) -> DiveWidget:
    """Zoom from a pixel of the input to the output that its window makes, in twelve seconds.

    The picture, the pixels under the window, their numbers on their weights, the sum, its grey, and
    the whole output: played, scrubbed, or started again from any pixel that is clicked. `draw`,
    `film` and `page` take what this returns.

    Parameters
    ----------
    subject, item, device, named : as for `explore`
    at : ([depth,] row, column) of the input
        By default a pixel where neighbours differ most.
    output_map : int
        The map that the pixel becomes a part of.
    channel : int
        Of the channels that the map reads, the one whose numbers are shown. By default all where
        there are few, else the one that adds most; a reader can choose another.

    Raises
    ------
    ArgumentError
        Naming what cannot be, also for kernels of more than 32×32.

    Examples
    --------
    >>> cv.dive(cv.examples.photograph(), cv.examples.edges(), at=(60, 100))
    """
    if shown_by(subject) is not None:
        scene = scene_of(*subject, item=item, device=device, **named)
    else:
        layer, data = build.resolve(subject, named, check_size)
        own = feeds.by_name(
            feeds.own(layer, data)
        )  # a pixel may be chosen when theirs have changed
        scene = Scene.of(layer.network.evaluate(layer, own, device, check=check_size), item)
    return DiveWidget(Dive.of(scene, at, output_map, channel))


class DiveWidget(LeavesStill, ScriptedWidget):
    """A dive on display.

    Attributes
    ----------
    dive : dict
        `choreography.message`.
    input_pixels, output_pixels : bytes
        The pictures' shades, row by row.
    error : str
        Words of a refusal; empty for none.
    shown : Dive
        What is on display; not sent anywhere.
    """

    entry = "dive_notebook"

    dive = traitlets.Dict().tag(sync=True)
    input_pixels = traitlets.Bytes().tag(sync=True)
    output_pixels = traitlets.Bytes().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)

    page_module = "dive"
    page_traits = ("dive", "input_pixels", "output_pixels")

    def __init__(self, shown: Dive) -> None:
        super().__init__()
        self.shown = shown
        self.show(shown)
        self.on_msg(self._receive)

    @property
    def scene(self) -> Scene:
        """The convolution that it dives through."""
        return self.shown.scene

    def still(self) -> Still:
        """The picture with the window, and the output as far as it has come."""
        from convviz.poster.poster import Shown, poster  # after the widget: it imports Pillow

        return picture_still(poster([Shown(self.scene, step=self.shown.step.index)]))

    def show(self, shown: Dive) -> None:
        """Put another dive on display."""
        told = {**choreography.message(shown)}  # first: where it fails, all stays as it is
        with self.hold_sync():
            self.shown = shown
            self.input_pixels = shown.input_pixels.tobytes()
            self.output_pixels = shown.output_pixels.tobytes()
            self.error = ""
            self.dive = told

    def film(self, path: str | os.PathLike[str], **options: Unpack[FilmOptions]) -> None:
        """Write it as a film: a .gif, .mp4, .webp or .png. Options are those of `convviz.film`."""
        from convviz.plot.film import film  # not before one is wanted: it imports matplotlib

        film(self, **options).save(path)

    def as_still(self, **options: Any) -> Drawing:
        """The strip that `convviz.draw` makes of it."""
        from convviz.plot.dive import dive_strip

        return dive_strip(self.shown, **options)

    def as_film(self, **options: Any) -> Film:
        """The film that `convviz.film` makes of it."""
        from convviz.plot.dive import dive_film

        return dive_film(self.shown, **options)

    def _receive(self, _widget: DiveWidget, content: object, _buffers: object) -> None:
        """Answer a ping, or a pixel that was chosen."""
        try:
            message = messages.read(content)
        except ArgumentError as refusal:
            self._answer(messages.request_of(content), str(refusal))
            return
        if isinstance(message, Ping):
            self.send({"pong": message.ping})
        elif isinstance(message, ChoosePixel):
            self._answer(message.request, self._dive_to(message.pixel, message.channel))
        elif isinstance(message, FileRequest):
            saving.answer(self, message, self._file)
        elif isinstance(message, Request):
            unknown = ArgumentError("message", short(content), "a pixel", "Send one.")
            self._answer(message.request, str(unknown))

    def _dive_to(self, pixel: tuple[int, ...], channel: int | None) -> str:
        """Show the dive from a pixel, through a channel; the words for why not, or ``""``."""
        try:
            self.show(Dive.of(self.scene, pixel, self.shown.step.output_map, channel))
        except failures.ANY as failure:
            return failures.words(failure, interrupted=say("widget.interrupted"))
        return ""

    def _file(self, form: str, _step: int, theme: str) -> tuple[str, bytes]:
        """The name and the content of a file of this form."""
        from convviz.plot.film import film  # not before a file is wanted: it imports matplotlib
        from convviz.plot.still import draw

        shade = saving.shade(theme)
        if form in ("svg", "png"):
            return f"dive.{form}", draw(self, theme=shade).bytes(form)
        if form == "gif":
            return "dive.gif", film(self, fps=SAVED_FPS, theme=shade).bytes("gif")
        if form == "html":
            return "dive.html", page.document([self]).encode()
        raise saving.no_such_form(form)

    def _answer(self, request: str, refused: str) -> None:
        self.error = refused
        if request:
            self.send({"request": request, **({"refused": refused} if refused else {})})
