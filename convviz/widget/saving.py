"""The files that a stage saves: the step on show as a drawing, all steps as a film, or a page.

The stage asks by a message and gets a file's name and bytes back; the browser downloads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convviz.errors import ArgumentError
from convviz.plot.film import film
from convviz.plot.still import Still
from convviz.widget import page

if TYPE_CHECKING:
    from convviz.widget.stage import Stage

MOST_STEPS = 200  # of a film that nobody chose the steps of


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
        For another form, and for what cannot be drawn.
    """
    scene = stage.shown
    if form in ("svg", "png"):
        return f"step-{step + 1}.{form}", Still(scene, step, theme=theme).bytes(form)
    if form == "gif":
        stride = -(-scene.steps // MOST_STEPS)
        some = range(scene.steps - 1, -1, -stride)[::-1]  # the last is the whole output
        return "steps.gif", film(scene, steps=some, theme=theme).bytes("gif")
    if form == "html":
        return "convolution.html", page.document([stage]).encode()
    raise ArgumentError("form", repr(form), "svg, png, gif, html", "Use one of these.")
