"""An exercise as a reader sees it: the question, a place for the answer, buttons, and the reply.

All of it is one widget (browser/exercise.js), so that a notebook opens quickly. What is asked, and
what is said to an answer, comes from the exercise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, NotRequired, TypedDict

import traitlets

from convviz.course.answers import Field, Given, GridMessage, LineMessage
from convviz.course.element import Cell
from convviz.errors import ArgumentError
from convviz.widget.answering import AnsweringWidget
from convviz.widget.messages import Message, UseExercise


class AskedMessage(TypedDict):
    """What is asked, and what a reader can do."""

    title: str
    question: str
    field: NotRequired[LineMessage | GridMessage]
    actions: list[str]
    progress: str  # of practice; "" elsewhere


class ReplyMessage(TypedDict):
    """What is said to the last thing that a reader did."""

    number: int  # counts the replies, so that each is another
    verdict: Literal["right", "wrong", "open", ""]
    text: str
    wrong: list[list[int]]  # cells that do not belong to the answer
    shows: bool  # whether the field takes the answer that was given away


class ExerciseView(AnsweringWidget):
    """One exercise on display.

    Attributes
    ----------
    asked : dict
        `AskedMessage`.
    given : str, or list of [channel, row, column]
        The answer as it stands.
    reply : dict
        `ReplyMessage`; empty while there is none.
    """

    entry = "exercise"

    asked = traitlets.Dict().tag(sync=True)
    given = traitlets.Any("").tag(sync=True)
    reply = traitlets.Dict().tag(sync=True)

    def __init__(self) -> None:
        self._field: Field | None = None
        self._actions: dict[str, Callable[[], None]] = {}
        self._replies = 0
        super().__init__()

    def ask(
        self,
        title: str,
        question: str,
        field: Field | None,
        actions: dict[str, Callable[[], None]],
        *,
        progress: str = "",
    ) -> None:
        """Show a question in the place of the one before.

        Parameters
        ----------
        field : Field or None
            Where the answer is given; None where that is elsewhere.
        actions : {name: what it does}
            The buttons, in their order.
        """
        asked: AskedMessage = {
            "title": title,
            "question": question,
            "actions": [*actions],
            "progress": progress,
        }
        if field is not None:
            asked["field"] = field.message()
        self._field, self._actions = field, actions
        with self.hold_sync():
            self.given = "" if field is None else field.given()
            self.reply = {}
            self.asked = {**asked}

    def tell(
        self,
        text: str,
        verdict: Literal["right", "wrong", "open", ""] = "",
        *,
        wrong: Iterable[Cell] = (),
        shows: bool = False,
    ) -> None:
        """Reply to what a reader did."""
        self._replies += 1
        reply: ReplyMessage = {
            "number": self._replies,
            "verdict": verdict,
            "text": text,
            "wrong": [list(cell) for cell in sorted(wrong)],
            "shows": shows,
        }
        with self.hold_sync():
            self._keep_given()
            self.reply = {**reply}

    def forget(self) -> None:
        """Take the reply away: what it was about has changed."""
        if self.reply:
            self.reply = {}

    def _take(self, message: Message) -> None:
        """Do what a button says with the answer that came along."""
        if not isinstance(message, UseExercise):
            return
        refused = ""
        try:
            self._use(message.action, message.given)
        except ArgumentError as refusal:
            refused = str(refusal)
        finally:
            self.send({"request": message.request, "refused": refused})

    def _use(self, action: str, given: Given | None) -> None:
        if self._field is not None and given is not None:
            self._field.take(given)
            self._keep_given()
        if action in self._actions:  # else of a question that is gone
            self._actions[action]()

    def _keep_given(self) -> None:
        if self._field is not None:
            self.given = self._field.given()
