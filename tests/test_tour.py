"""The map of the notebooks keeps step with the notebooks, and these with their structure."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from PIL import Image

import convviz as cv
from convviz.course.printed import SECTIONS as PRINTED
from convviz.course.tour import LESSONS, Lesson

FOLDER = Path(__file__).parent.parent / "notebooks"
FILES = sorted(FOLDER.glob("*.ipynb"))
NOTEBOOKS = [path for path in FILES if not path.name.startswith("00")]


def cells(path: Path, kind: str) -> list[str]:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == kind]


def test_every_notebook_is_on_the_map_and_in_the_readme() -> None:
    assert [lesson.file for lesson in LESSONS] == [path.name for path in NOTEBOOKS]
    readme = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    for path in FILES:
        assert f"(notebooks/{path.name})" in readme


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.file)
def test_a_notebook_asks_the_question_of_the_map(lesson: Lesson) -> None:
    heading = cells(FOLDER / lesson.file, "markdown")[0].splitlines()[0]
    assert heading == f"# {int(lesson.file[:2])} · {lesson.question}"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.file)
def test_a_lesson_has_a_small_moving_film(lesson: Lesson) -> None:
    film = lesson.film()
    assert len(film) < 100_000
    with Image.open(io.BytesIO(film)) as image:
        assert image.is_animated


def test_the_map_shows_a_card_for_each() -> None:
    html = cv.tour()._repr_html_()
    assert html.count("data:image/gif;base64,") == html.count("<a href=") == len(LESSONS)
    assert len(str(cv.tour()).splitlines()) == len(LESSONS)


# Structure

HEADINGS = [
    "See",
    "Predict",
    "Play",
    "Check",
    "Why",
    "What TensorRT printed",
    "Where people go wrong",
    "The same layer elsewhere",
    "On your own",
    "Read on",
]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lesson_has_its_sections(path: Path) -> None:
    found = re.findall(r"^## (.+)$", "\n\n".join(cells(path, "markdown")), re.MULTILINE)
    of_the_document = not path.name.startswith("12")
    headings = [each for each in HEADINGS if of_the_document or each != "What TensorRT printed"]
    assert [heading for heading in found if heading in HEADINGS] == headings
    code = "\n".join(cells(path, "code"))
    exercises = set(re.findall(r"cv\.exercises\.(\w+)", code)) - {"score"}
    count = len(re.findall(r"cv\.exercises\.(?!score)\w+", code))
    assert count >= 4
    assert len(exercises) >= 3
    assert len(re.findall(r"cv\.(?:explore|compare)\(|^layer$", code, re.MULTILINE)) >= 2
    assert "predict=" in code or not of_the_document
    # A scale is typed, not pressed.
    assert "cv.guide(" in code or not of_the_document or path.name.startswith("11")
    assert {"pytorch", "onnx", "tensorrt"} <= set(re.findall(r'\.code\("(\w+)"', code))


def test_all_that_tensorrt_printed_is_in_a_notebook() -> None:
    code = "\n".join(cell for path in NOTEBOOKS for cell in cells(path, "code"))
    assert set(re.findall(r'cv\.printed\("(\w+)"\)', code)) == set(PRINTED)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_cells_are_short_and_call_convviz_and_nothing_else(path: Path) -> None:
    for cell in cells(path, "code"):
        assert len(cell.splitlines()) <= 9, cell
        assert set(re.findall(r"^(?:import|from) (\w+)", cell, re.MULTILINE)) <= {"convviz"}
        assert not re.search(r"^(?:def|class|for|while|with) ", cell, re.MULTILINE), cell


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_link_between_notebooks_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)]+\.ipynb)\)", "\n".join(cells(path, "markdown")))
    assert links
    assert [link for link in links if not (FOLDER / link).exists()] == []
