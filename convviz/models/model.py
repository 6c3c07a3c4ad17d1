"""A model as what there is to open in it: its convolutions, by number and by name, in a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from convviz import display
from convviz.errors import ArgumentError, short
from convviz.models import table
from convviz.models.convolution import Convolution, NotShown
from convviz.network.convolution import ConvolutionLayer
from convviz.network.subject import Subject
from convviz.parameters import as_integers


@dataclass(frozen=True, eq=False, repr=False)
class Model(Subject):
    """The convolutions of a model; in a notebook a table, a row for each.

    ``model[2]``, ``model["layer2.conv1"]`` and ``model.convolutions[2]`` give one of them.

    Attributes
    ----------
    name : str
    convolutions : tuple of Convolution
        In the order in which the model computes them.
    not_shown : tuple of NotShown
        Relatives of the convolution that cannot be shown, each with the reason.
    """

    name: str
    convolutions: tuple[Convolution, ...]
    not_shown: tuple[NotShown, ...]

    @classmethod
    def of(cls, name: str, found: Iterable[Convolution | NotShown]) -> Model:
        """The model of what has been read, in order."""
        every = list(found)
        return cls(
            name,
            tuple(each for each in every if isinstance(each, Convolution)),
            tuple(each for each in every if isinstance(each, NotShown)),
        )

    @property
    def layer(self) -> ConvolutionLayer:
        """There is none: a model has many."""
        remedy = "Write model[0], for example; show the model to see its table."
        got = f"the model {self.name!r} of {len(self)} convolutions"
        raise ArgumentError("layer", got, "one of its layers", remedy)

    def __getitem__(self, key: int | str) -> Convolution:
        """A convolution by its number or its name; ArgumentError where there is none."""
        if isinstance(key, str):
            for each in self.convolutions:
                if each.name == key:
                    return each
            self._refuse_name(key)
        number = as_integers([key])
        if number is not None and -len(self) <= number[0] < len(self):
            return self.convolutions[number[0]]
        allowed = f"a number from 0 to {len(self) - 1}, or a name" if len(self) else "none"
        remedy = "Show the model to see its table."
        raise ArgumentError("layer", short(key), allowed, remedy)

    def _refuse_name(self, name: str) -> None:
        for each in self.not_shown:
            if each.name == name:
                got = f"{name!r} ({each.operator}), which is not shown: {each.reason}"
                raise ArgumentError("layer", got, "a convolution that is shown", "Choose another.")

    def __iter__(self) -> Iterator[Convolution]:
        return iter(self.convolutions)

    def __len__(self) -> int:
        return len(self.convolutions)

    def __bool__(self) -> bool:
        return True  # a model without convolutions is still a model

    def __repr__(self) -> str:
        return table.as_text(self)

    def _repr_html_(self) -> str:
        return table.as_html(self)

    def _ipython_display_(self) -> None:
        """Show the table, in which layers can be opened; where there are no widgets, as text."""
        try:
            if not display.show(self):
                print(repr(self))
        except ImportError:
            print(repr(self))
