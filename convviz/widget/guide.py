"""Prose that drives a picture: sentences to press, each of which does what it says in an explorer.

What a phase may set is checked, and tried in the order of the phases, before any of them is shown.
How a layer is set, and what is said where it refuses, is the explorer's; browser/guide.js shows the
sentences.
"""

from __future__ import annotations

import html
import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

import traitlets

from convviz.checks import check_choice, check_items, check_switch, check_text
from convviz.errors import ArgumentError, short
from convviz.geometry import Geometry, check_int8_groups, make_geometry
from convviz.language.catalogue import say
from convviz.network import kernels
from convviz.parameters import (
    KERNEL_SIZE_ND,
    MAX_SIZE,
    NUM_GROUPS,
    NUM_OUTPUT_MAPS,
    STORED,
    TABLE,
    LayerParameters,
    PerAxis,
    check_integer,
)
from convviz.scene.scene import check_size
from convviz.widget import editing, messages
from convviz.widget.explorer import Explorer
from convviz.widget.scripted import ScriptedWidget
from convviz.widget.still import LeavesStill, Still

MOST_PHASES = 30
KERNEL: Literal["kernel"] = "kernel"
CHANGES = (*(row.name for row in TABLE), KERNEL)
ACTIONS = (*CHANGES, "step", "tap", "reset")
SHAPING = (NUM_OUTPUT_MAPS.name, KERNEL_SIZE_ND.name, NUM_GROUPS.name)  # the weights
_EXAMPLE = (
    'Write ("Set the stride to 2.", dict(stride_nd=(2, 2)), "What to see then."), for example.'
)

Settings: TypeAlias = dict[str, object]


@dataclass(frozen=True, eq=False)
class Phase:
    """One sentence to press.

    Attributes
    ----------
    sentence, then : str
        What is done, and what is to be seen once it is; ``then`` may be empty.
    changes : {name: value}
        Parameters of the layer, and "kernel" with the name of one.
    step, tap : int or None
        The output to go to, and how many of its products are added there; None for all.
    reset : bool
        Whether everything is first set as it was when the explorer was made.
    """

    sentence: str
    changes: Mapping[str, object]
    then: str = ""
    step: int | None = None
    tap: int | None = None
    reset: bool = False


def guide(explorer: Explorer, *phases: Sequence[object]) -> Guide:
    """Sentences under an explorer, to be pressed one after the other; each does what it says.

    ``cv.guide(explorer, ("Set the stride to 3 along the width.", dict(stride_nd=(1, 3)), "The
    windows of a row stand side by side."), ("Look at output 4.", dict(step=3)))``

    Parameters
    ----------
    explorer : what `explore` returned
    phases : (sentence, what it does, what to see then)
        The last may be left out. What it does is a dict of the layer's parameters, of
        ``kernel="blur"`` or another name, of ``step``, the output to go to, with ``tap``, how many
        of its products are added there, and of ``reset=True``, which comes before all else. A list
        of phases will do.

    Returns
    -------
    Guide
        Shows the first sentence; each that is pressed is followed by the next, and can be pressed
        again. Where a screen does not hold sentence and picture together, pressing leads to the
        picture, which has the next sentence above it from then on. The weights follow the
        parameters as they follow the explorer's own controls.

    Raises
    ------
    ArgumentError
        Where a phase cannot be carried out after those before it.
    """
    if not isinstance(explorer, Explorer):
        remedy = "Write explorer = cv.explore(…), and pass that."
        raise ArgumentError("explorer", short(explorer), "what explore returned", remedy)
    given: object = phases
    if len(phases) == 1 and isinstance(phases[0], list):
        given = phases[0]
    items = check_items("phases", given, MOST_PHASES, noun="phases", remedy=_EXAMPLE)
    if not items:
        raise ArgumentError("phases", "none", "one phase at least", _EXAMPLE)
    checked = [_phase(item, n) for n, item in enumerate(items)]
    _Rehearsal(explorer).play(checked)
    return Guide(explorer, checked)


class Guide(LeavesStill, ScriptedWidget):
    """The phases of one explorer, as a reader sees and presses them.

    Attributes
    ----------
    phases : list of dict
        The sentence of each, and what to see ``then``.
    done : int
        How many of them have been done; the next can be pressed as well.
    current : int
        The last that was done; −1 for none.
    refused : int
        The one that the layer refused just now; −1 for none.
    stage : str
        The key of the stage that it is done in.
    """

    entry = "guide"

    phases: traitlets.List[dict[str, str]] = traitlets.List().tag(sync=True)
    done = traitlets.Int(0).tag(sync=True)
    current = traitlets.Int(-1).tag(sync=True)
    refused = traitlets.Int(-1).tag(sync=True)
    stage = traitlets.Unicode().tag(sync=True)

    def __init__(self, explorer: Explorer, phases: Sequence[Phase]) -> None:
        texts = [{"sentence": phase.sentence, "then": phase.then} for phase in phases]
        explorer.stage.key = explorer.stage.key or uuid.uuid4().hex
        super().__init__(phases=texts, stage=explorer.stage.key)
        self._explorer = explorer
        self._phases = phases
        self._is_at_work = False
        self.on_msg(self._receive)
        explorer.stage.observe(self._picture_changed, names="scene")

    def still(self) -> Still:
        """The sentences."""
        sentences = [phase.sentence for phase in self._phases]
        items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
        return Still(say("still.press"), body=f"<ol>{items}</ol>", text="\n".join(sentences))

    def press(self, number: int) -> None:
        """Carry out a phase, counted from 0, as if its sentence were pressed."""
        check_integer("phase", number, least=0, most=min(self.done, len(self._phases) - 1))
        phase = self._phases[number]
        self._is_at_work = True
        try:
            done = self._explorer.perform(
                phase.changes, step=phase.step, tap=phase.tap, reset=phase.reset
            )
        finally:
            self._is_at_work = False
        with self.hold_sync():
            self.refused = -1 if done else number
            if done:
                self.current = number
                self.done = max(self.done, number + 1)

    def _picture_changed(self, _change: object) -> None:
        """A reader has set something else: what was said of a phase is not so any more."""
        if not self._is_at_work:
            self.current = -1

    def _receive(self, _guide: Guide, content: object, _buffers: object) -> None:
        """Answer a ping, and carry out the phase that a reader pressed."""
        try:
            match messages.read(content):
                case messages.Ping(ping):
                    self.send({"pong": ping})
                case messages.PressPhase(request, number):
                    self.press(number)
                    self.send({"request": request})
        except ArgumentError as refusal:
            request = messages.request_of(content)
            if request:
                self.send({"request": request, "refused": str(refusal)})


# What a phase may be


def _phase(item: object, number: int) -> Phase:
    """A phase as it was written, each part checked by itself."""
    parts = check_items(f"phase {number}", item, 3, noun="parts", remedy=_EXAMPLE)
    if len(parts) < 2:
        allowed = "a sentence, what it does, and what to see then"
        raise ArgumentError(f"phase {number}", short(item), allowed, _EXAMPLE)
    sentence, actions, *rest = parts
    check_text(f"phase {number}", sentence)
    then = check_text(f"phase {number}", rest[0] if rest else "")
    if not isinstance(actions, Mapping) or not actions or not str(sentence).strip():
        allowed = f"what the sentence does, a dict of {', '.join(ACTIONS)}"
        raise ArgumentError(f"phase {number}", short(item), allowed, _EXAMPLE)
    for name, value in actions.items():
        if name not in ACTIONS:
            raise ArgumentError(
                short(name), short(value), ", ".join(ACTIONS), "Use one of these names."
            )
    if KERNEL in actions:
        check_choice(KERNEL, actions[KERNEL], kernels.NAMES)
    step, tap = actions.get("step"), actions.get("tap")
    return Phase(
        str(sentence),
        {name: value for name, value in actions.items() if name in CHANGES},
        then,
        None if step is None else check_integer("step", step, least=-MAX_SIZE),
        None if tap is None else check_integer("tap", tap, least=0),
        check_switch("reset", actions.get("reset", False)),
    )


class _Rehearsal:
    """The phases tried one after the other on a copy of the layer's parameters."""

    def __init__(self, explorer: Explorer) -> None:
        self._explorer = explorer
        self._layer = explorer.layer
        names = [NUM_OUTPUT_MAPS.name, KERNEL_SIZE_ND.name, *(row.name for row in STORED)]
        self._now: Settings = {name: getattr(self._layer, name) for name in names}
        self._first: Settings = {name: explorer.first_value(name) for name in names}

    def play(self, phases: Sequence[Phase]) -> None:
        """Refuse the first phase that the layer would refuse."""
        for number, phase in enumerate(phases):
            try:
                self._try(phase)
            except ArgumentError as error:
                got = f"{error.got} in phase {number}"
                raise ArgumentError(error.parameter, got, error.allowed, error.remedy) from None

    def _try(self, phase: Phase) -> None:
        if phase.reset:
            self._now = dict(self._first)
        before = self._now
        for name, value in phase.changes.items():
            if name != KERNEL:
                self._now = {**self._now, **self._checked(name, value)}
        geometry = self._geometry()
        check_size(geometry)
        if self._layer.is_quantized:
            check_int8_groups(geometry)
        moves_weights = any(self._now[name] != before[name] for name in SHAPING)
        if KERNEL in phase.changes or moves_weights:
            editing.home(self._layer, KERNEL)  # refused where its numbers are not there to be set
        if KERNEL in phase.changes:
            self._explorer.fitting.check(phase.changes[KERNEL], geometry.kernel_shape)
        steps = math.prod(geometry.output_shape[len(geometry.batch) :])
        if phase.step is not None:
            check_integer("step", phase.step, least=-steps, most=steps - 1)
        if phase.tap is not None:
            check_integer("tap", phase.tap, least=0, most=geometry.tap_count)

    def _checked(self, name: str, value: object) -> Settings:
        """A parameter, or those that it stands for, with a value that is right by itself."""
        row = next(row for row in TABLE if row.name == name)
        if not isinstance(row, PerAxis):
            return {name: row.check(value)}
        sizes = row.check(value, self._layer.rank)
        return dict.fromkeys(row.sets or (name,), sizes)

    def _geometry(self) -> Geometry:
        settings = dict(self._now)
        maps, size = settings.pop(NUM_OUTPUT_MAPS.name), settings.pop(KERNEL_SIZE_ND.name)
        parameters = cast("LayerParameters", settings)
        shape = self._explorer.scene.geometry.input_shape
        return make_geometry(shape, cast("int", maps), cast("Sequence[int]", size), **parameters)
