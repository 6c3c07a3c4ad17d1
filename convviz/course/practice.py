"""Practice: exercises on one subject without an end, harder while the answers are right.

A seed makes the same exercises again, so that a class can compare. They are those of
`convviz.course.kinds`, with the same feedback; none of them counts in the notebook's score.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from anywidget import AnyWidget

from convviz.arrays import Array
from convviz.checks import check_choice
from convviz.course import examples
from convviz.course.exercise import Exercise, Score, frame, setting
from convviz.course.exercise_view import ExerciseView
from convviz.course.kinds import cells, int8, shape, value, weights
from convviz.errors import ArgumentError
from convviz.geometry import Geometry, make_geometry
from convviz.language.catalogue import say
from convviz.parameters import LayerParameters, PaddingMode, check_integer
from convviz.widget.column import Column
from convviz.widget.explorer import Explorer
from convviz.widget.marimo import ShownByMarimo
from convviz.widget.still import LeavesStill, Still

HARDEST = 9
MOST_SEED = 2**32 - 1
MOST_DRAWN = 1_000  # layers, until one has windows to ask about
PER_AXIS = ("stride_nd", "padding_nd", "dilation_nd", "pre_padding", "post_padding")
SUBJECTS = ("size", *PER_AXIS, "padding_mode", "num_groups", "int8")
_EXPLICIT = ("EXPLICIT_ROUND_DOWN", "EXPLICIT_ROUND_UP")


def practice(subject: str, *, seed: int = 0) -> Practice:
    """Exercises on one subject, one after the other, with growing difficulty.

    Parameters
    ----------
    subject : str
        One of `SUBJECTS`: ``"stride_nd"``, for example; ``"size"`` mixes the parameters, and
        ``"padding"``, ``"stride"`` and ``"dilation"`` will do.
    seed : int
        The same seed brings the same exercises.

    Raises
    ------
    ArgumentError
        Where there is no such subject.
    """
    if isinstance(subject, str) and f"{subject}_nd" in SUBJECTS:
        subject = f"{subject}_nd"
    check_choice("subject", subject, SUBJECTS)
    return Practice(subject, check_integer("seed", seed, least=0, most=MOST_SEED))


class Practice(LeavesStill, ShownByMarimo, Column):
    """One exercise at a time, with a button for the next.

    Attributes
    ----------
    exercise : Exercise
        The one on show.
    level : int
        How difficult it is, from 1.
    view : ExerciseView
    """

    def __init__(self, subject: str, seed: int) -> None:
        self._subject = subject
        self._random = np.random.default_rng([seed, SUBJECTS.index(subject)])
        self.level, self._solved, self._seen = 1, 0, 0
        self.view = ExerciseView()
        super().__init__([self.view], layout=frame())
        self.add_class("convviz-practice")
        self._show()

    def next(self) -> None:
        """Go on: harder after a right answer, easier where the answer was looked up."""
        self._solved += self.exercise.solved
        self.level += self.exercise.solved - self.exercise.looked_up
        self.level = min(max(self.level, 1), HARDEST)
        self.exercise.close()
        self._show()

    def still(self) -> Still:
        """The question on show."""
        return self.exercise.still()

    def in_marimo(self) -> list[AnyWidget | str]:
        """The view, whatever it asks."""
        return [self.view]

    def _show(self) -> None:
        with setting(Score(), self.view):
            self.exercise = made = make_exercise(self._subject, self.level, self._random)
        self._seen += 1
        numbers = {"level": self.level, "solved": self._solved, "count": self._seen - 1}
        progress = say("exercises.practice.line", **numbers)
        assert not isinstance(made.place, Explorer)
        actions = {**made.actions, "next": self.next}
        self.view.ask(made.title, made.question, made.place, actions, progress=progress)


# Making exercises


@dataclass(frozen=True, eq=False)
class _Draft:
    """A layer to ask about."""

    geometry: Geometry
    parameters: LayerParameters

    @property
    def data(self) -> Array:
        """Digits, so that sums can be worked out on paper."""
        *_, channels, height, width = self.geometry.input_shape
        digits = 1 + np.arange(height)[:, None] * 3 % 9 + np.arange(width) % 3
        return np.broadcast_to(digits, (1, channels, height, width)).astype(np.float32)

    @property
    def kernel(self) -> Array:
        """Powers of ten where the kernel is 3×3, else ones."""
        maps, channels, *size = self.geometry.kernel_shape
        if size == [3, 3] and maps == channels == 1:
            return examples.powers_of_ten()
        return examples.ones(maps, channels, tuple(size))

    def shape(self, _random: np.random.Generator) -> Exercise:
        """Ask for the output's shape."""
        g = self.geometry
        kernel = g.kernel_shape[2:]
        return shape.shape(g.input_shape, g.maps, kernel, **self.parameters)

    def value(self, random: np.random.Generator) -> Exercise:
        """Ask for one output."""
        return value.value(self.data, self.kernel, at=self._place(random), **self.parameters)

    def cells(self, random: np.random.Generator) -> Exercise:
        """Ask for a window."""
        return cells.cells(self.data, self.kernel, at=self._place(random), **self.parameters)

    def weights(self, _random: np.random.Generator) -> Exercise:
        """Ask for the number of weights."""
        g = self.geometry
        return weights.weights(g.input_shape, g.maps, g.kernel_shape[2:], num_groups=g.groups)

    def _place(self, random: np.random.Generator) -> tuple[int, ...]:
        sizes = self.geometry.output_shape[1:]
        return tuple(int(random.integers(size)) for size in sizes)


def make_exercise(subject: str, level: int, random: np.random.Generator) -> Exercise:
    """An exercise on a subject; ``level`` counts from 1, the easiest."""
    if subject == "int8":
        return _int8(level, random)
    draft = _draft(subject, level, random)
    kinds: list[Callable[[np.random.Generator], Exercise]] = [draft.shape, draft.value]
    kinds.append(draft.weights if subject == "num_groups" else draft.cells)
    return kinds[int(random.integers(len(kinds)))](random)


def _int8(level: int, random: np.random.Generator) -> Exercise:
    """A number and its scale: whole scales first, then ties, then what saturates."""
    scale = float(random.choice([1, 2, 4, 5, 10, 0.5, 0.25, 0.1, 3][: level + 1]))
    most = 40 * level
    halves = int(random.integers(-most, most + 1)) / 2
    return int8.int8(halves * scale, scale)


def _draft(subject: str, level: int, random: np.random.Generator) -> _Draft:
    """A random layer with windows to ask about, few enough cells to see and to click on."""
    for _ in range(MOST_DRAWN):
        parameters = _parameters(subject, level, random)
        channels, maps = _channels(parameters.get("num_groups", 0), level, random)
        sizes = tuple(int(n) for n in random.integers((4, 5), (6 + level // 3, 8 + level // 2)))
        kernel = tuple(int(n) for n in random.integers(2 + (level < 3), 4 + level // 4, size=2))
        try:
            geometry = make_geometry((1, channels, *sizes), maps, kernel, **parameters)
        except ArgumentError:
            continue
        if math.prod(geometry.output_shape) > 1 and _reads_data(geometry):
            return _Draft(geometry, parameters)
    raise AssertionError("no layer of so many drawn has two outputs")


def _reads_data(geometry: Geometry) -> bool:
    """Whether every window reads some of the data."""
    return all(
        any(0 <= index < axis.size for index in window)
        for axis in geometry.axes
        for window in axis.table
    )


def _parameters(subject: str, level: int, random: np.random.Generator) -> LayerParameters:
    """The parameters that are not the defaults: the subject's, and others at higher levels."""
    names = [subject] if subject != "size" else []
    others = [name for name in PER_AXIS[:3] if name != subject]
    if subject in PER_AXIS[3:]:
        others.remove("padding_nd")
    count = min((level + (subject == "size")) // 2, len(others))
    names += [str(name) for name in random.permutation(others)[:count]]
    found = LayerParameters()
    for name, number in _settings(names, level, random):
        found[name] = number  # type: ignore[literal-required]  # a name of LayerParameters
    return found


def _settings(
    names: list[str], level: int, random: np.random.Generator
) -> Iterator[tuple[str, object]]:
    most = 2 + level // 3
    for name in names:
        if name == "num_groups":
            yield name, int(random.integers(2, 3 + level // 2))
        elif name == "padding_mode":
            yield "stride_nd", tuple(int(n) for n in random.integers(2, most + 2, size=2))
            modes = [*_EXPLICIT, "SAME_UPPER", "SAME_LOWER"]
            yield name, PaddingMode[str(random.choice(modes))]
        else:
            least = 0 if "padding" in name else 1
            both = int(random.integers(least + 1, most + 1))
            other = int(random.integers(least, most + 1)) if level > 1 else both
            yield name, (both, other)


def _channels(groups: int, level: int, random: np.random.Generator) -> tuple[int, int]:
    """Input channels and output maps; with groups, multiples of their number."""
    if not groups:
        return 1, 1
    return groups * int(random.integers(1, 2 + level // 3)), groups * int(random.integers(1, 3))
