"""Exercises on paper: one HTML file to print, the answers on a page of their own."""

from __future__ import annotations

import html
import os
from collections.abc import Iterable

from convviz import files
from convviz.checks import check_items, check_text
from convviz.course.exercise import Exercise
from convviz.errors import ArgumentError, short
from convviz.language.catalogue import language, say

MOST_EXERCISES = 200
_STYLE = """
body { font: 15px/1.45 sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em; }
section { break-inside: avoid; margin: 0 0 2.2em; }
table { border-collapse: collapse; margin: 4px 24px 4px 0; display: inline-table; }
td, th { font: 13px monospace; }
.cells td { border: 1px solid #999; min-width: 2em; height: 2em; text-align: center; }
.cells .padding { border-style: dashed; color: #555; }
.line { border-bottom: 1px solid #999; height: 2.6em; }
.answers { break-before: page; }
"""


def sheet(
    exercises: Iterable[Exercise], path: str | os.PathLike[str], *, title: str | None = None
) -> None:
    """Write exercises as a page for paper: the questions first, the answers on pages of their own.

    Parameters
    ----------
    exercises : what `cv.exercises.shape` and the others make
    path : ends in .html
    title : the heading; None for a plain one

    Raises
    ------
    ArgumentError
        For what is no exercise, another ending, and a folder that is not there.
    """
    target = files.target(path, ("html", "htm"))
    remedy = "Write sheet([exercises.shape((1, 1, 6, 9), 1, (3, 3))], path), for example."
    noun = "exercises"
    found = check_items("exercises", exercises, MOST_EXERCISES, noun=noun, remedy=remedy)
    asked = []
    for each in found:
        if not isinstance(each, Exercise):
            raise ArgumentError("exercises", short(each), "exercises", remedy)
        asked.append(each)
    heading = say("exercises.sheet.title") if title is None else check_text("title", title)
    files.write(target, _document(heading, asked).encode())


def _document(title: str, exercises: list[Exercise]) -> str:
    questions = "".join(_question(n, exercise) for n, exercise in enumerate(exercises, 1))
    answers = "".join(
        f"<p><b>{n}</b> {html.escape(exercise.solution)}</p>"
        for n, exercise in enumerate(exercises, 1)
    )
    return f"""<!doctype html>
<html lang="{language()}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{html.escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{html.escape(title)}</h1>
<p>{html.escape(say("exercises.sheet.name"))}</p>
{questions}
<div class="answers"><h2>{html.escape(say("exercises.sheet.answers"))}</h2>{answers}</div>
</body>
</html>
"""


def _question(number: int, exercise: Exercise) -> str:
    question = html.escape(exercise.question)
    return (
        f"<section><p><b>{number}</b> {question}</p>{exercise.handout}"
        '<div class="line"></div></section>\n'
    )
