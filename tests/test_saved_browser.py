"""A saved notebook in JupyterLab: stills where there is no widget, and never both at once."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from lab import Lab
from nbclient import NotebookClient
from nbformat.sign import NotebookNotary

SETUP = """
import convviz as cv
from convviz.course import examples
data, kernel = examples.counting(), examples.powers_of_ten()
explorer = cv.explore(data, kernel, padding_nd=(1, 1))
"""
SHOWN = [
    "explorer",
    "cv.guide(explorer, ('Set the stride.', dict(stride_nd=(2, 2))))",
    "cv.compare(data, kernel, padding_nd=[(0, 0), (1, 1)])",
    "cv.axes(data, kernel, padding_nd=(1, 1))",
    "cv.dive(examples.photograph(), examples.edges())",
    "cv.tree()",
    "cv.exercises.score()",
    "cv.exercises.shape((1, 1, 6, 9), 1, (3, 3))",
    "display(explorer, cv.exercises.shape((1, 1, 6, 9), 1, (3, 5)))",
]
PICTURES, NOTES = 6, 10  # with the two of the last cell
ERRORS = ".jupyter-widgets:has-text('model not found') >> visible=true"
STILLS = ".jp-RenderedImage img >> visible=true"
NOTES_SEEN = ".convviz-still >> visible=true"
# What a reader sees at once, looked at before each frame is painted.
WATCH = """
window.both = []; window.frames_seen = 0;
const look = () => {
  frames_seen += 1;
  for (const cell of document.querySelectorAll('.jp-Cell-outputArea')) {
    const drawn = cell.querySelector(
      '.convviz-stage[data-steps], .convviz-axes, .convviz-dive, .convviz-exercise');
    const stills = [...cell.querySelectorAll('.jp-RenderedImage, .convviz-still')];
    const seen = stills.filter((still) => still.offsetHeight);
    if (drawn?.offsetHeight && seen.length) both.push(seen.map((still) => still.className));
  }
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


@pytest.fixture(scope="module")
def executed(jupyter_home: Path) -> nbformat.NotebookNode:
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [nbformat.v4.new_code_cell(each) for each in [SETUP, *SHOWN]]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    notebook.metadata.pop("widgets", None)
    return notebook


def open_saved(lab: Lab, executed: nbformat.NotebookNode, *, trusted: bool, app="doc") -> None:
    notebook = nbformat.from_dict(executed)
    # The signature is of the content: each of the two has its own.
    notebook.metadata["title"] = "trusted" if trusted else "not trusted"
    nbformat.write(notebook, lab.server.root / "saved.ipynb")
    if trusted:
        NotebookNotary().sign(nbformat.read(lab.server.root / "saved.ipynb", 4))
    lab.page.set_viewport_size({"width": 1280, "height": 9000})  # all cells are drawn
    lab.open("saved.ipynb", app)


def expect_stills(lab: Lab) -> None:
    lab.page.wait_for_function(
        f"document.querySelectorAll('.convviz-still').length === {NOTES}"
        " && !document.body.textContent.includes('Loading widget')"
    )
    assert lab.page.locator(STILLS).count() == PICTURES
    assert lab.page.locator(NOTES_SEEN).count() == NOTES
    assert lab.page.locator(ERRORS).count() == 0
    for image in lab.page.locator(STILLS).all():
        assert image.evaluate("(image) => image.complete && image.naturalWidth > 100")


@pytest.mark.browser
@pytest.mark.parametrize("app", ["doc", "notebook"])
def test_not_run_it_shows_stills_and_no_error(lab: Lab, executed, app: str) -> None:
    open_saved(lab, executed, trusted=True, app=app)
    expect_stills(lab)
    lost = lab.page.locator(".jupyter-widgets:has-text('model not found')")
    assert lost.count() == NOTES, "JupyterLab says so, hidden"


@pytest.mark.browser
def test_in_the_dark_theme_a_still_keeps_its_own_page(lab: Lab, executed) -> None:
    open_saved(lab, executed, trusted=True)
    lab.theme("JupyterLab Dark")
    expect_stills(lab)


@pytest.mark.browser
def test_a_notebook_that_is_not_trusted_shows_stills_as_well(lab: Lab, executed) -> None:
    open_saved(lab, executed, trusted=False)
    expect_stills(lab)
    assert lab.page.get_by_text("model not found").count() == 0, "no widget is looked for"


@pytest.mark.browser
@pytest.mark.parametrize("trusted", [True, False])
def test_the_widget_takes_the_still_s_place_at_once(lab: Lab, executed, trusted: bool) -> None:
    open_saved(lab, executed, trusted=trusted)
    expect_stills(lab)
    lab.page.evaluate(WATCH)
    lab.run_all()
    stages = 4  # explorer, comparison, and the explorer once more
    drawn = "document.querySelectorAll('.convviz-stage[data-steps]').length"
    lab.wait_until(f"{drawn} === {stages} && document.querySelector('.convviz-diagram svg')")
    lab.page.wait_for_selector(".convviz-exercise")
    before = lab.page.evaluate("frames_seen")
    lab.wait_until(f"frames_seen > {before} + 2")
    assert lab.page.evaluate("both") == []
    assert lab.page.locator(STILLS).count() == 0
    assert lab.page.locator(NOTES_SEEN).count() == 0
    assert lab.page.locator(".convviz-exercise >> visible=true").count() == 2


@pytest.mark.browser
def test_saved_again_it_opens_with_stills_again(lab: Lab, executed) -> None:
    open_saved(lab, executed, trusted=True)
    lab.run_all()
    lab.page.wait_for_selector(".convviz-diagram svg")
    lab.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    for session in lab.server.api("api/sessions"):
        lab.server.api(f"api/sessions/{session['id']}", method="DELETE")
    lab.open("saved.ipynb", "doc")
    expect_stills(lab)


@pytest.mark.browser
def test_with_saved_widget_state_the_stage_stands_there_and_no_still(lab: Lab) -> None:
    lab.new([SETUP, "explorer"], app="doc")
    lab.run_all()
    stage = lab.stage()
    stage.wait_for()
    assert lab.page.locator(STILLS).count() == 0
    lab.page.evaluate(
        "jupyterapp.commands.execute('@jupyter-widgets/jupyterlab-manager:saveWidgetState')"
    )
    lab.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    for session in lab.server.api("api/sessions"):
        lab.server.api(f"api/sessions/{session['id']}", method="DELETE")
    lab.open("test.ipynb", app="doc")
    lab.wait_until("document.querySelector('.convviz-stage[data-steps]')")
    assert lab.page.locator(STILLS).count() == 0
    assert lab.page.locator(NOTES_SEEN).count() == 0
