"""The files that a stage saves: the step on show as a drawing, all steps as a film, or a page.

The browser asks for one and downloads what it gets. Drawing is left to plot, the page to page.py.
"""

from __future__ import annotations

from functools import partial
from typing import Literal

from convviz.errors import ArgumentError, short
from convviz.language.catalogue import say
from convviz.widget import failures, page
from convviz.widget.messages import FileRequest, Message
from convviz.widget.stage import Stage

MOST_STEPS = 200  # of a film that nobody chose the steps of


def offer(stage: Stage) -> None:
    """Let a reader save files of what a stage shows."""
    stage.on_message(partial(_answer, stage))


def saved(stage: Stage, form: str, step: int, theme: str) -> tuple[str, bytes]:
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
        shade: Literal["light", "dark"] = "dark" if theme == "dark" else "light"
        return "steps.gif", film(scene, steps=some, theme=shade).bytes("gif")
    if form == "html":
        return "convolution.html", page.document([stage]).encode()
    raise ArgumentError("form", short(form), "svg, png, gif, html", "Use one of these.")


def _answer(stage: Stage, message: Message) -> None:
    """Send the file that a message asks for, or why there is none."""
    if not isinstance(message, FileRequest):
        return
    reply = {"request": message.request}
    try:
        name, file = saved(stage, message.form, message.step, message.theme)
    except failures.ANY as failure:
        words = failures.words(failure, interrupted=say("widget.interrupted_file"))
        stage.send({**reply, "refused": words})
    else:
        stage.send({**reply, "name": name}, [file])
