"""The files that a stage saves: the step on show as a drawing, all steps as a film, or a page.

The browser asks for one and downloads what it gets. Drawing is left to plot, the page to page.py,
and what files a dive has to dive.py.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, Protocol, TypeAlias

from convviz.errors import ArgumentError, short
from convviz.language.catalogue import say
from convviz.widget import failures, page
from convviz.widget.messages import FileRequest, Message
from convviz.widget.stage import Stage

MOST_STEPS = 200  # of a film that nobody chose the steps of

File: TypeAlias = tuple[str, bytes]  # its name and its content
Make: TypeAlias = Callable[[str, int, str], File]  # of a form, a step and a theme


class Sends(Protocol):
    """A widget."""

    def send(self, content: Any, buffers: Any = None) -> None:
        """Send a message to its views."""
        ...


def offer(stage: Stage, make: Make | None = None) -> None:
    """Let a reader save files of what a stage shows, or those that ``make`` makes of it."""
    stage.on_message(partial(_answer, stage, make or partial(saved, stage)))


def saved(stage: Stage, form: str, step: int, theme: str) -> File:
    """A file's name and content.

    Parameters
    ----------
    form : "svg", "png", "gif" or "html"
    step : what is on show, for a drawing
    theme : "light" or "dark"

    Raises
    ------
    ArgumentError
        For another form, a stage that shows nothing, and what cannot be drawn.
    """
    from convviz.plot.film import film  # not before a file is wanted: it imports matplotlib
    from convviz.plot.still import Still

    scene = stage.shown
    if scene is None:
        raise ArgumentError("stage", "nothing on it", "a scene", "Call stage.show(scene) first.")
    if form in ("svg", "png"):
        return f"step-{step + 1}.{form}", Still(scene, step, theme=theme).bytes(form)
    if form == "gif":
        stride = -(-scene.steps // MOST_STEPS)
        some = range(scene.steps - 1, -1, -stride)[::-1]  # the last is the whole output
        return "steps.gif", film(scene, steps=some, theme=shade(theme)).bytes("gif")
    if form == "html":
        return "convolution.html", page.document([stage]).encode()
    raise no_such_form(form)


def shade(theme: str) -> Literal["light", "dark"]:
    """The theme that a browser names."""
    return "dark" if theme == "dark" else "light"


def no_such_form(form: str) -> ArgumentError:
    """The refusal of a form that there is no file of."""
    return ArgumentError("form", short(form), "svg, png, gif, html", "Use one of these.")


def _answer(stage: Stage, make: Make, message: Message) -> None:
    """Send the file that a message asks for."""
    if isinstance(message, FileRequest):
        answer(stage, message, make)


def answer(widget: Sends, message: FileRequest, make: Make) -> None:
    """Send the file that is made of a form, a step and a theme, or why there is none."""
    reply = {"request": message.request}
    try:
        name, file = make(message.form, message.step, message.theme)
    except failures.ANY as failure:
        words = failures.words(failure, interrupted=say("widget.interrupted_file"))
        widget.send({**reply, "refused": words})
    else:
        widget.send({**reply, "name": name}, [file])
