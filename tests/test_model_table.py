"""The table of a model in a notebook: what it says, and what its buttons open."""

from __future__ import annotations

import html
import re
from types import SimpleNamespace

import numpy as np
import pytest

import convviz as cv
from convviz.models.convolution import Convolution, NotShown
from convviz.models.model import Model
from convviz.parameters import LayerParameters
from convviz.widget.model_table import ModelView


def a_model() -> Model:
    """Two layers with weights, one without, and a relative; names that are markup."""
    kernel = np.ones((2, 1, 3, 3), np.float32)
    data = np.arange(36, dtype=np.float32).reshape(1, 1, 6, 6)
    shape, size = (1, 1, 6, 6), (2, 1, 3, 3)
    strided = LayerParameters(stride_nd=(2, 2))
    return Model.of(
        "net <1>",
        [
            Convolution("first <b>", "Conv", "x", shape, size, {}, kernel, data=data),
            Convolution("shapes", "Conv", "x", shape, size),
            Convolution("strided", "Conv", "x", shape, size, strided, kernel, data=data),
            NotShown("up", "ConvTranspose", "it spreads"),
        ],
    )


@pytest.fixture
def view() -> ModelView:
    return ModelView(a_model())


def ask(view: ModelView, layer: object) -> list[dict[str, object]]:
    """Press a name in the table; the answers."""
    answers: list[dict[str, object]] = []
    view.table.send = lambda message, *_: answers.append(message)  # type: ignore[method-assign]
    view.table._handle_custom_msg({"open": layer, "request": "1"}, [])
    return answers


def test_the_table_escapes_names_and_marks_what_can_be_opened(view: ModelView) -> None:
    text = view.table.html
    assert "first &lt;b&gt;" in text
    assert "<b>" not in text
    assert re.findall(r'<tr data-layer="(\d+)">', text) == ["0", "2"]
    assert "net &lt;1&gt;: 3 convolutions" in text
    assert "<details>" in text
    assert "it spreads" in html.unescape(text)


def test_each_cell_knows_its_heading(view: ModelView) -> None:
    row = view.table.html.partition("<tbody>")[2].partition("</tr>")[0]
    headings = re.findall(r'data-heading="([^"]+)"', row)
    heads = view.table.html.partition("</thead>")[0]
    assert headings == re.findall(r"<th[^>]*>([^<]+)</th>", heads)


def test_a_name_opens_its_layer_in_the_place_of_the_one_before(view: ModelView) -> None:
    assert ask(view, 0) == [{"request": "1"}]
    first = view.explorer
    assert first is not None
    assert view.children == (view.table, first)
    assert (view.table.opened, view.table.error) == (0, "")
    assert first.layer is view.model[0].layer
    ask(view, 2)
    assert view.explorer is not first
    assert view.table.opened == 2
    assert view.explorer is not None
    assert view.explorer.scene.geometry.axes[0].stride == 2
    assert first.comm is None  # closed


@pytest.mark.parametrize(
    ("layer", "words"),
    [(1, "only shapes are known"), (3, "layer: got 3"), (-1, "open: got -1"), ("x", "open: got")],
)
def test_what_cannot_be_opened_is_said_and_the_last_stays(
    view: ModelView, layer: object, words: str
) -> None:
    ask(view, 0)
    before = view.explorer
    answers = ask(view, layer)
    assert words in view.table.error
    assert answers[-1]["request"] == "1"
    assert view.explorer is before
    assert view.table.opened == 0


def test_a_notebook_shows_the_widget_and_others_the_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[ModelView] = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    a_model()._ipython_display_()
    [view] = shown
    assert view.still().body == view.table.html
    assert "strided" in view.still().text
    monkeypatch.setattr("convviz.models.model.display", SimpleNamespace(show=lambda _: False))
    a_model()._ipython_display_()
    assert "first <b>" in capsys.readouterr().out


def test_operators_have_a_column_where_they_differ() -> None:
    model = a_model()
    assert ">operator<" not in model._repr_html_().partition("<details>")[0]
    other = Convolution("q", "QLinearConv", "x", (1, 1, 6, 6), (2, 1, 3, 3))
    mixed = Model.of("m", [*model.convolutions, other])
    assert ">operator<" in mixed._repr_html_()


def test_a_model_in_the_place_of_a_layer_is_refused_in_words() -> None:
    for show in (cv.explore, cv.draw, lambda model: cv.page([model], "x.html")):
        with pytest.raises(cv.ArgumentError, match=r"layer: got the model 'net <1>' of 3 conv"):
            show(a_model())


def test_a_layer_of_a_model_that_was_not_run_says_so() -> None:
    kernel = np.ones((2, 1, 3, 3), np.float32)
    layer = Convolution("a", "Conv", "x", (1, 1, 6, 6), kernel.shape, {}, kernel)
    assert any("The model was not run" in note for note in cv.explore(layer).scene.notes)
    data = np.ones((1, 1, 6, 6), np.float32)
    assert not any("not run" in note for note in cv.explore(layer, data).scene.notes)
    assert not any("not run" in note for note in cv.explore(a_model()[0]).scene.notes)
