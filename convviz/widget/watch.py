"""Says in the browser whether the Jupyter kernel answers, for widgets that cannot say it.

ipywidgets' own buttons look alive when their kernel is gone. Next to them this one asks, tells a
reader that nobody answers, and holds the buttons until somebody does.
"""

from __future__ import annotations

from convviz.widget.answering import AnsweringWidget


class Watch(AnsweringWidget):
    """A line in an exercise that is empty while the Jupyter kernel answers."""

    entry = "watch"
