"""A notebook that was executed and saved: what stands there for readers who run nothing."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter, MarkdownExporter

WIDGET = "application/vnd.jupyter.widget-view+json"
SETUP = """
import convviz as cv
from convviz.course import examples
data, kernel = examples.counting(), examples.powers_of_ten()
explorer = cv.explore(data, kernel, padding_nd=(1, 1))
"""
PICTURES = {
    "explorer": "explorer",
    "layer": "explorer.layer",
    "asking": "cv.explore(data, kernel, predict=[0, 8])",
    "photograph": "cv.explore(examples.photograph(), examples.edges(), step=-1)",
    "comparison": "cv.compare(data, kernel, padding_nd=[(0, 0), (1, 1), (2, 2)])",
    "axes": "cv.axes(data, kernel, padding_nd=(1, 1))",
    "dive": "cv.dive(examples.photograph(), examples.edges())",
    "tree": "cv.tree()",
    "wires": "cv.wires(explorer)",
}
QUESTION = "What is the output's shape?"
TEXTS = {
    "guide": (
        "cv.guide(explorer, ('Set the <stride>.', dict(stride_nd=(2, 2)), 'Then.'))",
        "Set the <stride>.",
    ),
    "exercise": ("cv.exercises.shape((1, 1, 6, 9), 1, (3, 3))", QUESTION),
    "practice": ("cv.exercises.practice('padding')", "Exercise 1"),
    "score": ("cv.exercises.score()", "Run the cells to see your score here."),
}
MOST_BYTES = 130_000  # of a comparison of three, as base64


@pytest.fixture(scope="module")
def saved(jupyter_home: Path) -> nbformat.NotebookNode:
    cells = [SETUP, *PICTURES.values(), *(source for source, _ in TEXTS.values())]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells])
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    notebook.metadata.pop("widgets", None)
    nbformat.validate(notebook)
    return notebook


def outputs_of(saved: nbformat.NotebookNode, name: str) -> list[nbformat.NotebookNode]:
    return saved.cells[1 + [*PICTURES, *TEXTS].index(name)].outputs


@pytest.mark.parametrize("name", PICTURES)
def test_a_widget_is_followed_by_its_picture_and_what_to_do(saved, name: str) -> None:
    widget, note, picture = outputs_of(saved, name)
    assert WIDGET in widget.data
    assert widget.data["text/plain"] == ""  # what is shown where widgets are unknown
    assert set(picture.data) == {"image/png", "text/plain"}
    assert picture.metadata["image/png"]["alt"] == picture.data["text/plain"]
    assert len(picture.data["image/png"]) < MOST_BYTES
    assert note.data["text/plain"].startswith("Run the cell")


@pytest.mark.parametrize("name", TEXTS)
def test_an_exercise_is_followed_by_its_question(saved, name: str) -> None:
    widget, note = outputs_of(saved, name)
    assert WIDGET in widget.data
    assert TEXTS[name][1].split(" 1")[0] in note.data["text/plain"] or name == "practice"
    assert "Run the cell" in note.data["text/plain"]
    assert "<stride>" not in note.data["text/html"]  # what an author writes is text


def shown_in(page: str) -> str:
    """The words of a page, without its styles and scripts."""
    body = page[page.index("<body") :]
    return re.sub(r"<(style|script)\b.*?</\1>", "", body, flags=re.DOTALL)


def test_nbconvert_s_page_shows_pictures_and_questions_offline(saved) -> None:
    page, _ = HTMLExporter().from_notebook_node(saved)
    words = shown_in(page)
    assert words.count('src="data:image/png;base64,') == len(PICTURES)
    assert words.count("Run the cell to move this picture.") == len(PICTURES) - 2
    assert QUESTION in html.unescape(words)
    assert "Set the &lt;stride&gt;." in words
    for noise in ("Explorer(", "Comparison(", "VBox(", "model not found", WIDGET):
        assert noise not in words


def test_nbconvert_s_markdown_has_a_file_for_each_picture(saved) -> None:
    text, resources = MarkdownExporter().from_notebook_node(saved)
    pictures = [name for name in resources["outputs"] if name.endswith(".png")]
    assert len(pictures) == len(PICTURES)
    for name in pictures:
        assert f"]({name})" in text
        assert resources["outputs"][name].startswith(b"\x89PNG")
    assert QUESTION in html.unescape(text)
    assert "Explorer(" not in text


def test_nothing_is_left_of_what_is_asked(saved) -> None:
    """The number that the first question is about stands in no output as text."""
    _, note, picture = outputs_of(saved, "asking")
    assert "12345.678" not in json.dumps([note, picture.data["text/plain"]])


# Where no still can be hidden there is none


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    from convviz.widget import still

    found: list[dict[str, object]] = []
    monkeypatch.setattr(still, "publish_display_data", lambda data, *_: found.append(data))

    class Shell:
        kernel, user_ns = object(), {}

    monkeypatch.setattr(still, "get_ipython", Shell)
    return found


def show() -> None:
    from convviz.course import examples
    from convviz.widget.explore import explore

    explore(examples.counting(), examples.powers_of_ten())._ipython_display_()


def test_in_a_notebook_three_outputs_are_published(published) -> None:
    show()
    assert [sorted(data)[0] for data in published] == [WIDGET, "text/html", "image/png"]


def test_a_still_that_fails_leaves_the_widget(published, monkeypatch) -> None:
    from convviz.widget.explorer import Explorer

    def fail(self: Explorer) -> None:
        raise RuntimeError("no font")

    monkeypatch.setattr(Explorer, "still", fail)
    show()
    assert [sorted(data)[0] for data in published] == [WIDGET]


@pytest.mark.parametrize("where", ["terminal", "off", "vscode", "colab"])
def test_elsewhere_a_widget_shows_itself_alone(published, monkeypatch, where: str) -> None:
    from convviz.widget import still

    class Shell:
        user_ns = {"__vsc_ipynb_file__": "x"} if where == "vscode" else {}

    if where != "terminal":
        Shell.kernel = object()
    monkeypatch.setattr(still, "get_ipython", Shell)
    if where == "off":
        monkeypatch.setenv(still.OFF, "0")
    if where == "colab":
        monkeypatch.setitem(still.sys.modules, "google.colab", still)
    show()
    [data] = published
    assert WIDGET in data
    assert "Explorer(" in data["text/plain"]
