"""A model in a notebook: its table, whose names open the layers under it.

What the table says is `convviz.models.table`'s, which also stands there where no browser draws.
"""

from __future__ import annotations

import IPython.display
import traitlets

from convviz.language.catalogue import say
from convviz.models.model import Model
from convviz.widget import failures
from convviz.widget.answering import AnsweringWidget
from convviz.widget.column import Column
from convviz.widget.explorer import Explorer
from convviz.widget.messages import Message, OpenLayer
from convviz.widget.still import LeavesStill, Still

NONE = -1


class ModelTable(AnsweringWidget):
    """The table, with a button in each row whose layer can be opened.

    Attributes
    ----------
    html : str
        `convviz.models.table.as_html`.
    opened : int
        The number of the layer that is open; −1 for none.
    error : str
        Why the last one could not be opened.
    """

    entry = "model_table"

    html = traitlets.Unicode().tag(sync=True)
    opened = traitlets.Int(NONE).tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)

    def __init__(self, view: ModelView) -> None:
        super().__init__(html=view.model._repr_html_())
        self._view = view

    def _take(self, message: Message) -> None:
        """Open the layer that a reader asks for."""
        if not isinstance(message, OpenLayer):
            return
        words = ""
        try:
            self._view.show_layer(message.layer)
        except failures.ANY as failure:
            words = failures.words(failure, interrupted=say("widget.interrupted_open"))
        with self.hold_sync():
            self.error = words
            self.opened = self._view.opened
        self.send({"request": message.request})

    def _refuse(self, words: str, request: str) -> None:
        self.error = words
        if request:
            self.send({"request": request, "refused": words})


class ModelView(LeavesStill, Column):
    """The table of a model, and under it the layer that is open.

    Attributes
    ----------
    model : Model
    table : ModelTable
    opened : int
        The number of the layer that is open; −1 for none.
    explorer : Explorer or None
        Of the layer that is open.
    """

    explorer: Explorer | None = None

    def __init__(self, model: Model) -> None:
        self.model = model
        self.opened = NONE
        self.table = ModelTable(self)
        super().__init__([self.table])

    def show_layer(self, number: int) -> None:
        """Show a layer in the place of the one before.

        Raises
        ------
        ArgumentError
            Where there is none of that number, or it cannot be shown.
        """
        explorer = Explorer(self.model[number].layer)
        before, self.explorer, self.opened = self.explorer, explorer, number
        self.children = (self.table, explorer)
        if before is not None:
            before.close()

    def still(self) -> Still:
        """The table."""
        model = self.model
        return Still(say("still.open"), body=model._repr_html_(), text=repr(model))


def show_model(model: Model) -> None:
    """Show a model that is the last line of a cell."""
    # IPython ships types, but none for this function.
    IPython.display.display(ModelView(model))
