"""What a widget leaves in a saved notebook: a still, for wherever no widget can be.

A saved notebook holds a widget's name, not the widget. So a cell that shows one has three outputs:

1. the widget (``application/vnd.jupyter.widget-view+json``),
2. as ``text/html`` a line that says what to do, or an exercise's question, and a style sheet,
3. its picture as ``image/png``; an exercise and a guide have none.

GitHub, nbviewer and nbconvert show the second and the third; of the first only its text, which is
empty. An image in the widget's own output would do for them, but JupyterLab takes the widget from
it and then says that its model is not found. PNG, since JupyterLab shows SVG only in a notebook
that it trusts, and GitHub drops an SVG's letters. The style sheet (browser/still.css) hides the
still while the widget next to it is drawn, in the same frame, and JupyterLab's words where there is
no model. Where JupyterLab does not trust the notebook, it leaves out style sheet and widget alike.

To make a notebook with stills, execute it: ``jupyter nbconvert --to notebook --execute``, or
nbclient's ``NotebookClient``. No browser is needed.
"""

from __future__ import annotations

import base64
import html
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

# IPython ships types, but none for these functions.
from IPython import get_ipython
from IPython.display import publish_display_data

from convviz.browser import bundle
from convviz.language.catalogue import say

if TYPE_CHECKING:
    from convviz.poster.poster import Poster

OFF = "CONVVIZ_STILLS"  # in the environment: 0 leaves no stills


@dataclass(frozen=True)
class Still:
    """What stands in a widget's place.

    Attributes
    ----------
    note : what to do to get the widget
    picture : Poster or None
    body : HTML over the note; empty for none
    text : the same without markup
    """

    note: str
    picture: Poster | None = None
    body: str = ""
    text: str = ""


class LeavesStill:
    """A widget that leaves a still behind."""

    def still(self) -> Still:
        """What stands in the widget's place, as it is now."""
        raise NotImplementedError

    def _ipython_display_(self, **_options: object) -> None:
        """Show the widget, and leave its still."""
        bundle_ = self._repr_mimebundle_()  # type: ignore[attr-defined]  # a widget's
        content, metadata = bundle_ if isinstance(bundle_, tuple) else (bundle_, {})
        if not _is_wanted():
            publish_display_data(content, metadata)
            return
        publish_display_data({**content, "text/plain": ""}, metadata)
        try:
            still = self.still()
        except Exception:  # a widget without a still is better than a cell that fails
            return
        _publish(still)


def _publish(still: Still) -> None:
    """The picture comes last: the style sheet that hides it is there then."""
    note = f"<p>{html.escape(still.note)}</p>"
    kind = "convviz-still convviz-pictured" if still.picture else "convviz-still"
    markup = f'<style>{_style()}</style><div class="{kind}">{still.body}{note}</div>'
    text = "\n".join(filter(None, [still.text, still.note]))
    publish_display_data({"text/html": markup, "text/plain": text})
    if still.picture:
        picture = still.picture
        publish_display_data(
            {"image/png": base64.b64encode(picture.png).decode(), "text/plain": picture.alt},
            {"image/png": {"width": picture.width, "alt": picture.alt}},
        )


@cache
def _style() -> str:
    """The style sheet without what only its readers need."""
    text = re.sub(r"/\*.*?\*/", "", bundle.text("still.css"), flags=re.DOTALL)
    return re.sub(r"\s+", " ", text).strip()


def _is_wanted() -> bool:
    """Whether a still goes to a notebook whose page can hide it.

    In a terminal there is no page. Colab and VS Code show each output in a frame of its own, where
    the still would be a second picture.
    """
    shell = get_ipython()
    if os.environ.get(OFF) == "0" or not hasattr(shell, "kernel"):
        return False
    names: Mapping[str, Any] = shell.user_ns
    return "google.colab" not in sys.modules and "__vsc_ipynb_file__" not in names


def picture_still(picture: Poster) -> Still:
    """The still of what moves once its cell runs."""
    return Still(say("still.move"), picture)
