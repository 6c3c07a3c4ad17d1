"""The widget of one layer: the stage, and a control for every parameter.

The layer is the one truth. A control sets the layer. However the layer is set, by a control or by a
line of code in a later cell, the explorer computes it anew, shows the scene and moves the controls.

What there is to control is left to controls.py, where the number in a cell lives to editing.py, how
the weights follow to fitting.py, and what the browser can send to messages.py.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from functools import partial
from threading import RLock
from typing import TypeVar, cast

from anywidget import AnyWidget

from convviz.checks import check_choice
from convviz.errors import ArgumentError
from convviz.language.catalogue import say
from convviz.network.convolution import ConvolutionLayer
from convviz.network.export.notebook import notebook
from convviz.network.layers import Layer
from convviz.scene.scene import Scene, check_size, check_step
from convviz.widget import editing, failures, feeds, numerals, saving
from convviz.widget.column import Column
from convviz.widget.controls import ALL, Controls
from convviz.widget.feeds import Feeds
from convviz.widget.fitting import Fitting
from convviz.widget.marimo import ShownByMarimo
from convviz.widget.messages import (
    FileRequest,
    Message,
    NumberEdit,
    PrefetchRequest,
    Press,
    Request,
    SetPlace,
    SetText,
    SetTogether,
)
from convviz.widget.predict import predict_argument, predict_message
from convviz.widget.prefetch import adjacent_scenes
from convviz.widget.snapshot import Snapshot
from convviz.widget.stage import Stage
from convviz.widget.still import LeavesStill, Still, picture_still

Value = TypeVar("Value", str, int)

VIEWS = ("axes",)  # that can stand under the picture

# JupyterLab sends what a reader does to a subshell, which is a thread of its own beside the cells'.
# One lock for all explorers: those of one layer set one another off.
_TURN = RLock()


class Explorer(LeavesStill, ShownByMarimo, Column):
    """The stage and the controls of one layer.

    `Stage.controls` holds more than the controls: the names of the ``lesson``'s, whether all are
    ``open`` at first, the name of the one whose last value was ``refused``, the request that is
    ``acknowledged``, and a ``revision``, which grows each time. What was prefetched holds for one
    revision.

    A change is made as a whole or not at all: where computing it ends in anything but a refusal,
    an interrupt or a lack of memory, the layer goes back to what is on the stage.

    Attributes
    ----------
    layer : ConvolutionLayer
    fitting : Fitting
        The layer's weights, which follow what a reader sets.
    stage : Stage
    scene : Scene
        What is on the stage: the last that could be computed.
    """

    _watched: Set[Layer] = frozenset()
    _offered: Collection[str] | None = None  # the parameters that have controls; None for all

    def __init__(
        self,
        layer: ConvolutionLayer,
        data: object = None,
        *,
        device: str | None = None,
        item: int = 0,
        step: int = 0,
        large: bool = False,
        formula: bool = False,
        controls: Sequence[str] | str = (),
        predict: object = False,
        view: str | None = None,
    ) -> None:
        self.layer = layer
        self._feeds = self._first_feeds = feeds.own(layer, data)
        self._device = device
        self._item = item
        self.scene = self._compute(self._feeds)  # first: where refused, no widget is left behind
        first_step = check_step(self.scene, step)
        asked = predict_message(self.scene, predict)
        shows_axes = view is not None and bool(check_choice("view", view, VIEWS))
        self._refusal = ""  # of the layer as it stands
        self._snapshot = self._first = Snapshot.of(layer)
        self.fitting = Fitting(layer, self.scene.geometry)
        self._controls = Controls(self.fitting, self._offered)
        self._lesson = self._controls.chosen(controls)
        self._open = controls == ALL
        self._revision = 0
        self._changing = False
        self.stage = Stage(
            large=large,
            formula=formula,
            editable=True,
            step=first_step,
            predict=asked,
            shows_axes=shows_axes,
        )
        self._shown: dict[str, object] = {
            "device": device,
            "item": item,
            "step": step,
            "large": large,
            "formula": formula,
            "controls": ALL if self._open else self._lesson,
        }
        self._show_scene(self.scene)
        self._show_controls()
        saving.offer(self.stage, self._file)
        self.stage.on_message(self._receive)
        self._watch(self._snapshot.layers)
        super().__init__([self.stage])
        self.add_class("convviz-explorer")

    @property
    def feeds(self) -> dict[str, object]:
        """The data that the network is given, by the names of its inputs."""
        return {**feeds.by_name(self._feeds)}

    def still(self) -> Still:
        """The step on the stage, without what the reader is asked there."""
        from convviz.poster.poster import Shown, poster  # after the widget: it imports Pillow

        stage = self.stage
        return picture_still(
            poster([Shown(self.scene, step=stage.step_shown, predict=stage.predict)])
        )

    def in_marimo(self) -> list[AnyWidget | str]:
        """The stage, which has all that there is to see."""
        return [self.stage]

    def close(self) -> None:
        """Leave the layer alone and take the widget out of the notebook."""
        self._watch(frozenset())
        super().close()

    def reset(self) -> None:
        """Set everything as it was at first."""
        with _TURN:
            self._reset()
            self._go(self.stage.step, afresh=True)

    def first_value(self, name: str) -> object:
        """What a parameter of the layer was when the explorer was made."""
        return self._first.values[self.layer, name]

    def perform(
        self,
        changes: Mapping[str, object],
        *,
        step: int | None = None,
        tap: int | None = None,
        reset: bool = False,
    ) -> bool:
        """Do as a reader would: set the layer, the weights following, and go to an output.

        Parameters
        ----------
        changes : {name: value}
            Parameters of the layer, and "kernel" with the name of one.
        step : the output to go to; negative ones count from the last
        tap : how many products of its sum are added there; None for all
        reset : whether everything is set as it was at first before

        Returns
        -------
        bool
            Whether all of that could be; else the stage says why not.
        """
        with _TURN:
            with self.stage.hold_sync():
                if reset:
                    self._reset()
                done = self._attempt(partial(self._set_values, changes)) and not self._refusal
                self._show_controls()
            if reset:
                self._go(self.stage.step, afresh=True)
            if done:
                to = None if step is None else check_step(self.scene, step)
                self._go(to, tap=tap, reveal=True)
            return done

    def _reset(self) -> None:
        self._controls.together = False
        self._attempt(self._set_as_at_first)
        self._show_controls()

    def _go(
        self,
        step: int | None,
        *,
        tap: int | None = None,
        afresh: bool = False,
        reveal: bool = False,
    ) -> None:
        """Let every view of the stage go to a step, where None is the one that it stands at.

        ``afresh``: what a view has done by itself, as choosing a speed, is undone as well.
        ``reveal``: a prediction that hides what was done is switched off.
        """
        self.stage.send({"go": step, "tap": tap, "afresh": afresh, "reveal": reveal})

    # From the layer to the stage

    def _file(self, form: str, step: int, theme: str) -> saving.File:
        """A file of what is on show; step and theme are the browser's."""
        return saving.saved(self.stage, form, step, theme)

    def _watch(self, layers: Set[Layer]) -> None:
        """Follow these layers, and no others."""
        for each in self._watched - layers:
            each.unobserve(self._follow)
        for each in layers - self._watched:
            each.observe(self._follow)
        self._watched = layers

    def _follow(self, _change: object) -> None:
        """React to a change of the layer, or of one that it depends on."""
        with _TURN:  # setting padding_nd notifies for both sides and for itself
            if not self._changing and not Snapshot.of(self.layer).is_same(self._snapshot):
                self._update(self._feeds)

    def _update(self, data: Feeds) -> None:
        """Compute the layer as it stands and show it; a refusal leaves the last good picture."""
        try:
            self._show_layer(feeds.completed(self.layer.network, data))
        except BaseException as failure:
            self._take_back()
            self.stage.error = _told(failure)
            raise

    def _show_layer(self, data: Feeds) -> None:
        snapshot = Snapshot.of(self.layer)
        scene, refusal = self.scene, ""
        try:
            scene = self._compute(data)
        except ArgumentError as error:
            refusal = str(error)
        self.fitting.shown = scene.geometry
        controls = self._controls.of_now()
        with self.stage.hold_sync():
            if scene is not self.scene:
                self._show_scene(scene)
            self.stage.error = refusal
            self._show_controls(controls)
        self._watch(snapshot.layers)
        self.scene, self._refusal, self._snapshot, self._feeds = scene, refusal, snapshot, data
        self._controls = controls

    def _take_back(self) -> None:
        """Set the layer, and all that it depends on, back to what the stage tells of."""
        with self._changes():
            self._snapshot.restore()
        self.fitting.shown = self.scene.geometry
        if self.stage.shown is not self.scene:
            self._show_scene(self.scene)
        self._show_controls()

    def _compute(self, data: Feeds) -> Scene:
        run = self.layer.network.evaluate(
            self.layer, feeds.by_name(data), self._device, check=check_size
        )
        return Scene.of(run, self._item)

    def _show_scene(self, scene: Scene) -> None:
        code = notebook(scene.run, self.layer, self._arguments(scene))
        with self.stage.hold_sync():
            self.stage.show(scene)
            self.stage.code = code

    def _arguments(self, scene: Scene) -> dict[str, object]:
        """What `explore` was given to show a scene so, but for what goes without saying."""
        asked = predict_argument(scene, self.stage.predict)
        given = {name: value for name, value in self._shown.items() if value}
        if not -scene.steps <= cast("int", self._shown["step"]) < scene.steps:
            del given["step"]  # of a larger output
        return {**given, "predict": asked} if asked else given

    def _show_controls(
        self, controls: Controls | None = None, *, refused: str = "", acknowledged: str = ""
    ) -> None:
        """Show the layer's values, and how the last request went."""
        self._revision += 1
        self.stage.controls = {
            **(controls or self._controls).message(),
            "lesson": self._lesson,
            "open": self._open,
            "refused": refused,
            "acknowledged": acknowledged,
            "revision": self._revision,
        }

    # From the reader to the layer

    def _receive(self, message: Message) -> None:
        """Handle a message from the browser; saving.py handles those for files."""
        with _TURN:
            match message:
                case PrefetchRequest(control):
                    self._prefetch(control)
                case FileRequest():
                    pass
                case Request():
                    self._answer(message)

    @contextmanager
    def _changes(self) -> Generator[None]:
        """While several things are changed, none is followed by itself."""
        outer, self._changing = self._changing, True
        try:
            yield
        finally:
            self._changing = outer

    def _attempt(self, change: Callable[[], Feeds | None]) -> bool:
        """Make a change, of the layer or to other data, or say why not; whether it was made."""
        try:
            with self._changes():
                data = change()
            if data is not None or not Snapshot.of(self.layer).is_same(self._snapshot):
                self._update(self._feeds if data is None else data)
        except failures.ANY as failure:
            self._take_back()  # where a change of several parts was refused half-way
            self.stage.error = _told(failure)
            return False
        self.stage.error = self._refusal
        return True

    def _set_as_at_first(self) -> Feeds:
        self._first.restore()
        return self._first_feeds

    def _edit(self, message: NumberEdit) -> Feeds | None:
        """Set a number that was typed into a cell."""
        value = numerals.real(message.tensor, message.text)
        if message.tensor == "input":
            return editing.with_input_value(
                self.layer, self._feeds, self._item, message.index, value
            )
        editing.set_weight(self.layer, message.tensor, message.index, value)
        return None

    def _set_values(self, changes: Mapping[str, object]) -> None:
        """Set parameters of the layer, fit the weights, and then choose a kernel."""
        with self.layer.hold_trait_notifications():
            for name, value in changes.items():
                if name != "kernel":
                    setattr(self.layer, name, value)
            self.fitting.fit()
            if "kernel" in changes:
                self.fitting.choose(str(changes["kernel"]))

    def _set(self, write: Callable[[str, Value], None], control: str, value: Value) -> None:
        """Let a control set the layer, and fit the weights to what it is then."""
        with self.layer.hold_trait_notifications():
            write(control, value)
            self.fitting.fit()

    def _prefetch(self, control: str) -> None:
        """Send what the places next to where a slider stands would show."""
        scenes: Mapping[int, Mapping[str, object]] = {}
        if not self._refusal:
            with suppress(*failures.ANY):  # what cannot be made in advance is made when it is set
                scenes = adjacent_scenes(
                    self.scene, self._controls, control, self._device, self.fitting.preview
                )
        self.stage.send({"prefetched": control, "revision": self._revision, "scenes": scenes})

    def _answer(self, request: Request) -> None:
        """Carry out a request and acknowledge it, with all that it changes in one message."""
        with self.stage.hold_sync():
            refused = ""
            try:
                refused = self._carry_out(request)
            finally:
                self._show_controls(refused=refused, acknowledged=request.request)
        if isinstance(request, Press):
            self._go(self.stage.step, afresh=True)

    def _carry_out(self, request: Request) -> str:
        """Do what is requested; the name of the control whose value is refused, or ``""``."""
        match request:
            case NumberEdit():
                self._attempt(partial(self._edit, request))
            case SetText(_, control, text):
                if not self._attempt(partial(self._set, self._controls.set_text, control, text)):
                    return control
            case SetPlace(_, control, place):
                if not self._attempt(partial(self._set, self._controls.set_place, control, place)):
                    return control
            case SetTogether(_, together):
                self._controls.together = together
                self.stage.error = self._refusal  # a field with a refused value goes back
            case Press(_, "reset"):
                self._reset()
        return ""


def _told(failure: BaseException) -> str:
    """The words for a change that was not made."""
    return failures.words(failure, interrupted=say("widget.interrupted"))
