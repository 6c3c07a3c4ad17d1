"""No notebook shows an answer above its question: not in code, in words, or in a picture."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import convviz as cv
from convviz.course import element as elements
from convviz.course import exercise as exercise_widget
from convviz.course import exercises
from convviz.course.exercise import Exercise, Score
from convviz.course.kinds import cells as cells_kind
from convviz.course.kinds import reach as reach_kind
from convviz.course.kinds import shape as shape_kind
from convviz.course.kinds import value as value_kind
from convviz.geometry import Geometry
from convviz.network.run import ConvolutionRun
from convviz.scene.scene import Scene

FOLDER = Path(__file__).parent.parent / "notebooks"
FILES = [path for path in sorted(FOLDER.glob("*.ipynb")) if not path.name.startswith("00")]
Sizes = tuple[object, ...]


class Layer(NamedTuple):
    """What an exercise asks about, or a picture shows."""

    sizes: Sizes  # of the input, the kernel and the output, and how the window goes
    numbers: bytes


def sizes_of(geometry: Geometry) -> Sizes:
    axes = [
        (axis.size, axis.kernel, axis.stride, axis.dilation, axis.pre, axis.post, axis.output)
        for axis in geometry.axes
    ]
    return geometry.channels, geometry.maps, geometry.groups, *axes


def layer_of(run: ConvolutionRun) -> Layer:
    bias = b"" if run.bias is None else run.bias.tobytes()
    return Layer(sizes_of(run.geometry), run.input.tobytes() + run.kernel.tobytes() + bias)


class Reader:
    """Reads a notebook from the top, and remembers what has been seen."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.words: list[str] = []
        self.shown: list[Layer] = []
        self.asked: list[Layer | Sizes] = []
        self.made: list[Exercise] = []
        self._namespace: dict[str, object] = {}
        self._asking = False
        self._watch_pictures(monkeypatch)
        self._watch_exercises(monkeypatch)

    def _watch_pictures(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def of(run: ConvolutionRun, item: int = 0) -> Scene:
            if not self._asking:
                self.shown.append(layer_of(run))
            return make(run, item)

        make = Scene.of
        monkeypatch.setattr(Scene, "of", staticmethod(of))

    def _watch_exercises(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def asked_element(*arguments: object) -> elements.Element:
            found = resolve(*arguments)
            self.asked.append(layer_of(found.run))
            return found

        def asked_geometry(*arguments: object, **named: object) -> Geometry:
            found = make_geometry(*arguments, **named)
            self.asked.append(sizes_of(found))
            return found

        resolve, make_geometry = elements.resolve_element, shape_kind.make_geometry
        for kind in (value_kind, cells_kind):
            monkeypatch.setattr(kind, "resolve_element", asked_element)
        monkeypatch.setattr(shape_kind, "make_geometry", asked_geometry)

        def noted(made: Exercise, *arguments: object, **named: object) -> None:
            begin(made, *arguments, **named)
            self.made.append(made)

        begin = Exercise.__init__
        monkeypatch.setattr(Exercise, "__init__", noted)

    def run(self, code: str) -> None:
        """Run a cell: what it shows has been seen, what it asks must not have been."""
        self._asking = "cv.exercises." in code
        self.asked.clear()
        self.made.clear()
        exec(code, self._namespace)
        for question in self.asked:
            assert question not in self.shown, code
            assert question not in [sizes for sizes, _ in self.shown], code
        for made in self.made:
            self.assert_not_said(made.solution)

    def assert_not_said(self, solution: str) -> None:
        """The answer stands nowhere above; where it is a sentence, what it begins with."""
        answer = re.split(r"\. |: ", solution.removeprefix("One way: "))[0].rstrip(".")
        if not re.fullmatch(r"\w+|.{,4}", answer):  # a word alone is no answer yet
            assert answer not in "\n".join(self.words), answer


def cells(path: Path) -> Iterator[tuple[str, str]]:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        yield cell["cell_type"], "".join(cell["source"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_answer_stands_above_its_question(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exercise_widget, "SCORE", Score())
    reader, asked = Reader(monkeypatch), 0
    for kind, source in cells(path):
        if kind == "code":
            reader.run(source)
            asked += len(reader.made)
        reader.words.append(source)
    assert asked >= 4


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_answer_stands_in_the_code(path: Path) -> None:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            assert "answer=" not in source
            assert "____" not in source
        if source.startswith("cv.guide("):  # which says what a reader will see
            assert cell["metadata"] == {"jupyter": {"source_hidden": True}}


def test_the_reader_notices_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exercise_widget, "SCORE", Score())
    data, kernel = "cv.examples.counting()", "cv.examples.powers_of_ten()"
    picture = f"import convviz as cv\ncv.explore({data}, {kernel}, stride_nd=(2, 2))"
    for question in (
        f"cv.exercises.value({data}, {kernel}, at=(0, 0), stride_nd=(2, 2))",
        f"cv.exercises.cells({data}, {kernel}, at=(0, 0), stride_nd=(2, 2))",
        "cv.exercises.shape((1, 1, 6, 9), 1, (3, 3), stride_nd=(2, 2))",
    ):
        reader = Reader(monkeypatch)
        reader.run(picture)
        with pytest.raises(AssertionError):
            reader.run(question)
    reader = Reader(monkeypatch)
    reader.run("import convviz as cv")
    reader.words.append("The shape is (1, 1, 2, 4).")
    with pytest.raises(AssertionError):
        reader.run("cv.exercises.shape((1, 1, 6, 9), 1, (3, 3), stride_nd=(2, 2))")
    assert {exercises.shape, cv.exercises.reach} == {shape_kind.shape, reach_kind.reach}
