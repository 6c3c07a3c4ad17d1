"""What marimo is given: anywidgets, which it draws, and no other widget of ipywidgets."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import anywidget
import pytest

import convviz as cv
from convviz.course import examples

DATA, KERNEL = examples.counting(), examples.powers_of_ten()


@pytest.fixture
def shown_by_marimo(monkeypatch: pytest.MonkeyPatch):
    """What marimo would get, with a module in its place that keeps what it is given."""
    module = SimpleNamespace(
        ui=SimpleNamespace(anywidget=lambda widget: ("anywidget", widget)),
        md=lambda text: ("md", text),
        vstack=list,
    )
    monkeypatch.setitem(sys.modules, "marimo", module)
    return lambda widget: widget._display_()


def test_pictures_are_given_as_their_stages(shown_by_marimo) -> None:
    explorer = cv.explore(DATA, KERNEL)
    assert shown_by_marimo(explorer) == ("anywidget", explorer.stage)
    axes = cv.axes(DATA, KERNEL)
    assert shown_by_marimo(axes) == ("anywidget", axes.stage)
    comparison = cv.compare(DATA, KERNEL, padding_nd=[(0, 0), (1, 1)])
    words = [("md", f"**{heading}**") for heading in comparison.headings]
    stages = [("anywidget", stage) for stage in comparison.stages]
    assert shown_by_marimo(comparison) == [words[0], stages[0], words[1], stages[1]]


def test_exercises_are_given_as_what_they_are_made_of(shown_by_marimo) -> None:
    for made in (cv.exercises.shape((1, 1, 6, 9), 1, (3, 3)), cv.exercises.practice("padding")):
        assert shown_by_marimo(made) == ("anywidget", made.view)
    reach = cv.exercises.reach((1, 1, 6, 9), DATA, KERNEL)
    heading, explorer, view = reach.children
    parts = [("anywidget", part) for part in (heading, explorer.stage, view)]
    assert shown_by_marimo(reach) == parts


def test_what_is_one_anywidget_is_drawn_as_it_is() -> None:
    guide = cv.guide(cv.explore(DATA, KERNEL), ("Go.", {"step": 1}))
    for widget in (cv.tree(), guide, cv.exercises.score()):
        assert isinstance(widget, anywidget.AnyWidget)
        assert not hasattr(widget, "_display_")
