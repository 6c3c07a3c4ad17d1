"""The palette's colours, light or dark, by their names and by the classes of weights."""

from __future__ import annotations

from functools import cache

from convviz.scene import palette


class Theme:
    """The colours of one picture, ``#rrggbb`` by the palette's names.

    Attributes
    ----------
    name : "light" or "dark"
    """

    def __init__(self, name: str, colours: dict[str, str]) -> None:
        self.name, self._colours = name, colours
        self._digit_colours: dict[str, str] = {}

    @staticmethod
    @cache
    def of(name: str, page: str | None = None, ink: str | None = None) -> Theme:
        """The palette's theme of this name, with another page or ink if given."""
        colours = dict(palette.THEMES[name])
        if page:
            colours["page"] = page
        if ink:
            colours["ink"] = ink
        return Theme(name, colours)

    def __getitem__(self, name: str) -> str:
        return self._colours[name]

    def weight_fill(self, weight_class: str) -> str:
        """The colour of a weight of this style class."""
        row_column = weight_class.removeprefix("cv-w")
        if row_column == "x":
            return palette.WINDOW_HUE
        return palette.weight_colour(int(row_column[0]), int(row_column[1]))

    def digit_colour(self, weight_class: str | None) -> str:
        """The colour of a digit that a weight of this class wrote; the ink for None."""
        if weight_class is None:
            return self["ink"]
        if weight_class not in self._digit_colours:
            fill = self.weight_fill(weight_class)
            self._digit_colours[weight_class] = palette.word_colour(fill, self.name)
        return self._digit_colours[weight_class]
