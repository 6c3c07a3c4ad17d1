"""An exercise, whatever its kind, and the score of the notebook.

What is asked, and what is said to an answer, comes from the kind (`convviz.course.kinds`). The
score stays in the Jupyter kernel, and in a file where one is asked for: nothing is sent anywhere.
"""

from __future__ import annotations

import enum
import html
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import ipywidgets as widgets
import traitlets
from anywidget import AnyWidget

from convviz import files
from convviz.course.answers import Field
from convviz.course.exercise_view import ExerciseView
from convviz.course.feedback import Feedback
from convviz.errors import ArgumentError
from convviz.language.catalogue import say
from convviz.widget.column import Column
from convviz.widget.explorer import Explorer
from convviz.widget.marimo import ShownByMarimo
from convviz.widget.scripted import ScriptedWidget
from convviz.widget.still import LeavesStill, Still

_VERDICTS: dict[bool | None, Literal["right", "wrong", "open"]] = {
    True: "right",
    False: "wrong",
    None: "open",
}
SCORE_FORMATS = ("txt", "tsv")


class Progress(enum.Enum):
    """How far an exercise is. Whichever of the last two comes first, stays."""

    OPEN = enum.auto()
    SOLVED = enum.auto()
    LOOKED_UP = enum.auto()


class Score:
    """Which exercises there are, and how far each is. One for a Jupyter kernel."""

    def __init__(self) -> None:
        self._progress: dict[str, Progress] = {}
        self._lines: list[ScoreLine] = []
        self._files: list[Path] = []

    def add(self, key: str) -> int:
        """Note an exercise; its number, which stays when a cell runs again."""
        self._progress.setdefault(key, Progress.OPEN)
        self._show()
        return list(self._progress).index(key) + 1

    def progress(self, key: str) -> Progress:
        """How far an exercise is."""
        return self._progress[key]

    def set(self, key: str, progress: Progress) -> None:
        """Note that an exercise was solved, or its answer looked up, for the first time."""
        if self._progress.get(key) is Progress.OPEN:
            self._progress[key] = progress
            self._show()

    @property
    def text(self) -> str:
        """The score in words."""
        found = list(self._progress.values())
        solved, looked_up = found.count(Progress.SOLVED), found.count(Progress.LOOKED_UP)
        text = say("exercises.score.solved", solved=solved, count=len(found))
        if looked_up:
            text = say("exercises.score.looked_up", solved=text, count=looked_up)
        return text

    def widget(self) -> ScoreLine:
        """A line that follows the score."""
        line = ScoreLine()
        self._lines.append(line)
        self._show()
        return line

    @property
    def record(self) -> str:
        """The score as one line of a file: a letter an exercise, and what they add up to."""
        letters = {Progress.OPEN: "-", Progress.SOLVED: "s", Progress.LOOKED_UP: "l"}
        progress = "".join(letters[each] for each in self._progress.values())
        return "\t".join([progress, self.text])

    def keep(self, place: Path) -> None:
        """Write the score to a file, now and whenever it changes; its name begins the line."""
        self._write(place)
        self._files.append(place)

    def _write(self, place: Path) -> None:
        files.write(place, f"{place.stem}\t{self.record}\n".encode(errors="replace"))

    def _show(self) -> None:
        found = self._progress.values()
        stars = "".join("★" if progress is Progress.SOLVED else "☆" for progress in found)
        shown = {"text": self.text, "stars": stars, "lost": self._written()}
        for line in self._lines:
            line.shown = shown

    def _written(self) -> list[str]:
        """Write the files; of each that could not be, in words: an exercise goes on without it."""
        lost = []
        for place in self._files:
            try:
                self._write(place)
            except OSError as error:
                reason = error.strerror or type(error).__name__
                lost.append(say("exercises.score.not_written", file=place.name, reason=reason))
        return lost


class ScoreLine(LeavesStill, ScriptedWidget):
    """A line that shows a score.

    Attributes
    ----------
    shown : dict
        The score in words, a star an exercise, and which files could not be written.
    """

    entry = "score"

    shown = traitlets.Dict().tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self.add_class("convviz-score")

    def still(self) -> Still:
        """What is to come: there is no score of a notebook that has not run."""
        return Still(say("still.score"))


SCORE = Score()


@dataclass(frozen=True, eq=False)
class Setting:
    """Where exercises are made: what they count in, and what shows them if not they themselves."""

    score: Score
    view: ExerciseView


_SETTING: ContextVar[Setting | None] = ContextVar("setting", default=None)


@contextmanager
def setting(score: Score, view: ExerciseView) -> Generator[None]:
    """Have the exercises that are made meanwhile count elsewhere, and be shown there."""
    token = _SETTING.set(Setting(score, view))
    try:
        yield
    finally:
        _SETTING.reset(token)


def score(path: str | os.PathLike[str] | None = None) -> ScoreLine:
    """How many exercises of this notebook are solved; it follows as you solve them.

    Parameters
    ----------
    path : ends in .txt or .tsv, optional
        A file that keeps the score as one line, for a teacher who collects them: its name, a letter
        an exercise (s solved, l looked up, - open), and the score in words, with tabs between.

    Raises
    ------
    ArgumentError
        For another ending, and a folder that is not there.
    """
    if path is not None:
        SCORE.keep(files.target(path, SCORE_FORMATS))
    return SCORE.widget()


def frame() -> widgets.Layout:
    """The line along what is asked."""
    return widgets.Layout(border_left="4px solid var(--jp-brand-color1, #1976d2)", margin="4px 0")


class Exercise(LeavesStill, ShownByMarimo, Column):
    """A question, a place for the answer, and the feedback on it.

    Parameters
    ----------
    question : str
    place : Line, CellGrid or Explorer
        Where the answer is given.
    judge : callable
        Reads the answer from there and gives the feedback on it.
    hint, solution : str
    reveal : callable, optional
        Puts a correct answer into its place.
    key : str
        What the score knows the exercise by, where the question is shared with others.
    handout : str
        The HTML that belongs to the question on paper; by default the field's.

    Attributes
    ----------
    question, solution, handout : str
    place : Line, CellGrid or Explorer
    view : ExerciseView
    feedback : Feedback or None
        On the last answer that was checked.
    """

    def __init__(
        self,
        question: str,
        place: Field | Explorer,
        judge: Callable[[], Feedback],
        *,
        hint: str,
        solution: str,
        reveal: Callable[[], None] | None = None,
        key: str = "",
        handout: str = "",
    ) -> None:
        self.feedback: Feedback | None = None
        self.question, self.solution, self.place = question, solution, place
        self._judge, self._hint, self._reveal = judge, hint, reveal
        here = _SETTING.get()
        self._key, self._score = key or question, here.score if here else SCORE
        self.title = say("exercises.title", number=self._score.add(self._key))
        self.view = here.view if here else ExerciseView()
        super().__init__([] if here else self._shown(), layout=frame())
        self.add_class("convviz-exercise")
        self.handout = handout or getattr(place, "handout", "")

    @property
    def actions(self) -> dict[str, Callable[[], None]]:
        """What a reader can do, by the names of the buttons."""
        return {"check": self.check, "hint": self.hint, "show": self.show}

    def _shown(self) -> list[widgets.DOMWidget]:
        """What it is made of: one view, or its question and the view around an explorer."""
        if not isinstance(self.place, Explorer):
            self.view.ask(self.title, self.question, self.place, self.actions)
            return [self.view]
        heading = ExerciseView()
        heading.ask(self.title, self.question, None, {})
        self.place.stage.observe(lambda _change: self.view.forget(), names="scene")
        self.view.ask("", "", None, self.actions)
        return [heading, self.place, self.view]

    def still(self) -> Still:
        """The question, with what belongs to it on paper."""
        heading = f"<b>{html.escape(self.title)}</b> {html.escape(self.question)}"
        body = f"<p>{heading}</p>{self.handout}"
        return Still(say("still.answer"), body=body, text=self.question)

    def in_marimo(self) -> list[AnyWidget | str]:
        """Its parts."""
        return [part.stage if isinstance(part, Explorer) else part for part in self.children]

    @property
    def solved(self) -> bool:
        """Whether it was answered right before its answer was looked up."""
        return self._score.progress(self._key) is Progress.SOLVED

    @property
    def looked_up(self) -> bool:
        """Whether its answer was looked up before it was solved."""
        return self._score.progress(self._key) is Progress.LOOKED_UP

    def check(self) -> None:
        """Judge the answer as it stands."""
        try:
            self.feedback = self._judge()
        except ArgumentError as error:
            self.feedback = Feedback(False, str(error))
        if self.feedback.correct:
            self._score.set(self._key, Progress.SOLVED)
        verdict = _VERDICTS[self.feedback.correct]
        self.view.tell(self.feedback.text, verdict, wrong=self.feedback.wrong)

    def hint(self) -> None:
        """Help a little."""
        self.view.tell(self._hint)

    def show(self) -> None:
        """Give the answer with its reason. The score says that it was looked up."""
        self._score.set(self._key, Progress.LOOKED_UP)
        if self._reveal is not None:
            self._reveal()
        self.view.tell(self.solution, shows=self._reveal is not None)
