"""Exercises: predict, then check. Each name makes one; the last line of a cell shows it.

An exercise has a question, a place for the answer, a hint, and feedback that says which mistake a
wrong answer looks like. A new kind is a file in `convviz.course.kinds` and a name here.
"""

from __future__ import annotations

from convviz.course.exercise import score
from convviz.course.kinds.cells import cells
from convviz.course.kinds.gap import gap
from convviz.course.kinds.int8 import int8
from convviz.course.kinds.reach import reach
from convviz.course.kinds.shape import shape
from convviz.course.kinds.value import value
from convviz.course.kinds.weights import weights
from convviz.course.practice import practice
from convviz.course.sheet import sheet

__all__ = [
    "cells",
    "gap",
    "int8",
    "practice",
    "reach",
    "score",
    "shape",
    "sheet",
    "value",
    "weights",
]
