"""The widget of an exercise, whatever its kind, and the score of the notebook.

What is asked, and what is said to an answer, comes from the kind (`convviz.course.kinds`). The
score stays in the Jupyter kernel, and in a file where one is asked for: nothing is sent anywhere.
"""

from __future__ import annotations

import enum
import html
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import ipywidgets as widgets
from ipywidgets.widgets.widget_string import HTMLStyle

from convviz import files
from convviz.course.answers import TextField
from convviz.course.feedback import Feedback
from convviz.errors import ArgumentError
from convviz.language.catalogue import say
from convviz.widget.marimo import ShownByMarimo
from convviz.widget.still import LeavesStill, Still
from convviz.widget.watch import Watch

_TEXT = "max-width: 50em; line-height: 1.4; padding: 4px 0"
_SIGNS = {True: "✓", False: "✗", None: "…"}
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
        self._lines: list[widgets.HTML] = []
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

    def widget(self) -> widgets.HTML:
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
        lost = "".join(f"<br>{html.escape(words)}" for words in self._written())
        for line in self._lines:
            line.value = f'<span role="status"><b>{html.escape(self.text)}</b> {stars}{lost}</span>'

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


class ScoreLine(LeavesStill, ShownByMarimo, widgets.HTML):
    """A line that shows a score."""

    def __init__(self) -> None:
        super().__init__()
        self.add_class("convviz-score")

    def still(self) -> Still:
        """What is to come: there is no score of a notebook that has not run."""
        return Still(say("still.score"))


SCORE = Score()
_OTHER: ContextVar[Score | None] = ContextVar("score", default=None)  # while it counts elsewhere


@contextmanager
def scoring(score: Score) -> Generator[None]:
    """Have the exercises that are made meanwhile count in another score."""
    token = _OTHER.set(score)
    try:
        yield
    finally:
        _OTHER.reset(token)


def score(path: str | os.PathLike[str] | None = None) -> widgets.HTML:
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


class Exercise(LeavesStill, ShownByMarimo, widgets.VBox):
    """A question, a place for the answer, and the feedback on it.

    Parameters
    ----------
    question : str
    body : Widget
        Where the answer is given. Enter in a `TextField` checks it.
    judge : callable
        Reads the answer from the body and gives the feedback on it.
    hint, solution : str
    reveal : callable, optional
        Puts a correct answer into the body.
    key : str
        What the score knows the exercise by, where the question is shared with others.
    handout : str
        The HTML that belongs to the question on paper; by default what stands above a `TextField`.

    Attributes
    ----------
    question, solution, handout : str
    feedback : Feedback or None
        On the last answer that was checked.
    """

    def __init__(
        self,
        question: str,
        body: widgets.Widget,
        judge: Callable[[], Feedback],
        *,
        hint: str,
        solution: str,
        reveal: Callable[[], None] | None = None,
        key: str = "",
        handout: str = "",
    ) -> None:
        self.feedback: Feedback | None = None
        self.question, self.solution = question, solution
        self.handout = handout or (body.above if isinstance(body, TextField) else "")
        self._judge, self._hint, self._reveal = judge, hint, reveal
        self._key, self._score = key or question, _OTHER.get() or SCORE
        look: dict[str, widgets.Widget] = {"layout": widgets.Layout(), "style": HTMLStyle()}
        self._reply = widgets.HTML(**look)
        heading = widgets.HTML(f'<div style="{_TEXT}">{self._titled(question)}</div>', **look)
        buttons = widgets.HBox(self._buttons(), layout=look["layout"])
        frame = widgets.Layout(
            border_left="4px solid var(--jp-brand-color1, #1976d2)",
            margin="4px 0",
            padding="4px 12px",
        )
        children = [heading, body, buttons, Watch(layout=look["layout"]), self._reply]
        super().__init__(children, layout=frame)
        self.add_class("convviz-exercise")
        if isinstance(body, TextField):
            body.on_enter(self.check)

    def still(self) -> Still:
        """The question, with what belongs to it on paper."""
        body = f"<p>{self._titled(self.question)}</p>{self.handout}"
        return Still(say("still.answer"), body=body, text=self.question)

    def _titled(self, question: str) -> str:
        title = say("exercises.title", number=self._score.add(self._key))
        return f"<b>{html.escape(title)}</b> {html.escape(question)}"

    def _buttons(self) -> list[widgets.Button]:
        """What a reader can do, all in one look: each look is a message of its own."""
        look = {"layout": widgets.Layout(width="7em"), "style": widgets.ButtonStyle()}
        check = widgets.Button(
            description=say("exercises.button.check"), button_style="primary", **look
        )
        hint = widgets.Button(description=say("exercises.button.hint"), **look)
        show = widgets.Button(description=say("exercises.button.show"), **look)
        check.on_click(lambda _button: self.check())
        hint.on_click(lambda _button: self.hint())
        show.on_click(lambda _button: self.show())
        return [check, hint, show]

    @property
    def solved(self) -> bool:
        """Whether it was answered right before its answer was looked up."""
        return self._score.progress(self._key) is Progress.SOLVED

    @property
    def looked_up(self) -> bool:
        """Whether its answer was looked up before it was solved."""
        return self._score.progress(self._key) is Progress.LOOKED_UP

    def dispose(self) -> None:
        """Take the exercise away, with all that it is made of."""
        for widget in _all_of([self]):
            widget.close()

    def check(self) -> None:
        """Judge the answer as it stands."""
        try:
            self.feedback = self._judge()
        except ArgumentError as error:
            self.feedback = Feedback(False, str(error))
        if self.feedback.correct:
            self._score.set(self._key, Progress.SOLVED)
        sign = _SIGNS[self.feedback.correct]
        self._say(f"<b>{sign}</b> {html.escape(self.feedback.text)}")

    def hint(self) -> None:
        """Help a little."""
        self._say(html.escape(self._hint))

    def show(self) -> None:
        """Give the answer with its reason. The score says that it was looked up."""
        self._score.set(self._key, Progress.LOOKED_UP)
        if self._reveal is not None:
            self._reveal()
        self._say(html.escape(self.solution))

    def _say(self, markup: str) -> None:
        self._reply.value = f'<div role="status" style="{_TEXT}">{markup}</div>'


def _all_of(children: Iterable[widgets.Widget]) -> Iterator[widgets.Widget]:
    """Widgets with all that they contain, and what they look like."""
    for child in children:
        yield from _all_of(getattr(child, "children", ()))
        yield from (getattr(child, name) for name in ("layout", "style") if hasattr(child, name))
        yield child
