"""The exercise kind "cells": click on the input cells that one output element reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convviz.checks import check_text
from convviz.course import wording
from convviz.course.answers import CellGrid
from convviz.course.element import Cell, Element, resolve_element
from convviz.course.exercise import Exercise
from convviz.course.feedback import Feedback, right
from convviz.course.value_mistakes import mistaken_geometries
from convviz.geometry import Kind
from convviz.language.catalogue import say
from convviz.signatures import lists_parameters


@lists_parameters
def cells(*subject: object, at: Sequence[int], hint: str = "", **named: object) -> Exercise:
    """Click on the input cells that one output element reads, those of the padding too.

    Parameters
    ----------
    subject, named : as for `explore`
    at : (row, column), or (map, row, column)
    hint : str
        Instead of where a window begins.
    """
    check_text("hint", hint)
    element = resolve_element(subject, named, at)
    run = element.run
    even = run.padding_mode.is_same  # which side gets the odd zero is for the reader to say
    grid = CellGrid(run.geometry, run.item(run.input, 0), even=even)
    return Exercise(
        say("exercises.cells.question", element=element.name, layer=element.layer),
        grid,
        lambda: feedback(element, grid.chosen),
        hint=hint or wording.window_begin(run.geometry),
        solution=element.window_reason,
        reveal=lambda: grid.choose(element.window),
    )


def feedback(element: Element, chosen: frozenset[Cell]) -> Feedback:
    """On the input cells that an output element reads."""
    expected = element.window
    if chosen == expected:
        return right(element.window_reason)
    if not chosen:
        return Feedback(None, say("feedback.cells.no_answer"))
    hit, extra = len(chosen & expected), len(chosen - expected)
    text = say("feedback.cells.hits", hits=hit, count=len(expected))
    if extra:
        text = say("feedback.cells.too_many", hits=text, count=extra)
    return Feedback(False, f"{text}. {_mistake(element, chosen)}", wrong=chosen - expected)


def _mistake(element: Element, chosen: frozenset[Cell]) -> str:
    geometry, expected = element.geometry, element.window
    if other := _other_element(element, chosen):
        return say("feedback.cells.other_element", element=other.name)
    if chosen == {cell for cell in expected if geometry.kind(cell[1:]) is Kind.DATA}:
        return say("feedback.cells.without_padding")
    if chosen == _without_gaps(element):
        return say("feedback.cells.without_gaps")
    for mistaken, text in mistaken_geometries(element):
        if chosen == element.window_under(mistaken):
            return text
    channels = set(geometry.channels_of(element.at[0]))
    if geometry.groups > 1 and {cell[0] for cell in chosen} - channels:
        return say("feedback.cells.other_group")
    if {cell[1:] for cell in chosen} == {cell[1:] for cell in expected}:
        return say("feedback.cells.every_channel")
    return wording.window_begin(geometry)


def _other_element(element: Element, chosen: frozenset[Cell]) -> Element | None:
    """The output element whose window was chosen."""
    for at in np.ndindex(*element.output.shape):
        other = element.sibling(at)
        if other.window == chosen:
            return other
    return None


def _without_gaps(element: Element) -> frozenset[Cell]:
    """The window with the gaps of a dilated kernel filled."""
    firsts = [
        axis.index(place, 0)
        for axis, place in zip(element.geometry.axes, element.at[1:], strict=True)
    ]
    sizes = [axis.effective_kernel for axis in element.geometry.axes]
    return frozenset(
        (channel, *(first + step for first, step in zip(firsts, steps, strict=True)))
        for channel in element.geometry.channels_of(element.at[0])
        for steps in np.ndindex(*sizes)
    )
