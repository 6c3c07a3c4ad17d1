"""Every notebook in JupyterLab: all cells run, every widget is alive, nothing is complained of."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from lab import Lab
from playwright.sync_api import Locator, expect
from scenes import reference

pytestmark = pytest.mark.browser

FOLDER = Path(__file__).parent.parent / "notebooks"
FILES = sorted(FOLDER.glob("*.ipynb"))


def code_of(path: Path) -> str:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return "\n".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code")


VIEW = "application/vnd.jupyter.widget-view+json"
# Outputs that are widgets, and those of them that are drawn.
COUNTS = f"""(() => {{
  const outputs = window.lab.cells.flatMap((_, index) => window.lab.outputs(index));
  const views = outputs.filter((output) => output.data && output.data["{VIEW}"]);
  const drawn = [...document.querySelectorAll(".jp-OutputArea-output")]
    .filter((node) => node.querySelector(".jupyter-widgets, .convviz"));
  return [views.length, drawn.length];
}})()"""
# The execution counts of the code cells that have code, and what was written to stderr.
RUN = """() => {
  const cells = lab.cells.filter((cell) => cell.cell_type === 'code' && cell.source.trim());
  const outputs = cells.flatMap((cell) => cell.getOutputs());
  return [cells.map((cell) => cell.execution_count),
    outputs.filter(({ name }) => name === 'stderr').map(({ text }) => text)];
}"""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_notebook_is_alive_in_jupyterlab(path: Path, notebook: Lab) -> None:
    with notebook.visiting(path.name):
        notebook.run_all()
        counts, errors = notebook.page.evaluate(RUN)
        assert counts == list(range(1, len(counts) + 1))
        assert errors == []
        assert_widgets_are_drawn(notebook, path)
    assert notebook.console_errors == []
    assert notebook.foreign_requests == []


def assert_widgets_are_drawn(lab: Lab, path: Path) -> None:
    exercises = len(re.findall(r"cv\.exercises\.(?!score)\w+\(", code_of(path)))
    expect(lab.page.locator(".convviz-exercise")).to_have_count(exercises)
    least = 1 if path.name.startswith("00") else 2
    lab.wait_until(f"document.querySelectorAll('.convviz-stage[data-steps]').length >= {least}")
    lab.wait_until(f"(([views, drawn]) => views === drawn)({COUNTS})")
    expect(lab.page.get_by_text("Error displaying widget")).to_have_count(0)
    expect(lab.page.locator(".jp-OutputArea-output[data-mime-type*=stderr]")).to_have_count(0)
    assert lab.page.locator(".convviz-stage [role=alert]:visible").all_inner_texts() == []


def texts_of(stage: Locator) -> dict[str, list[str]]:
    """The texts of the stage's cells, by tensor."""
    return {
        name: stage.locator(f'.cv-cell[data-panel="{name}"]').all_inner_texts()
        for name in ("input", "kernel", "output")
    }


def test_the_first_notebook_opens_with_the_first_example(notebook: Lab) -> None:
    with notebook.visiting("01_initial_example.ipynb"):
        notebook.run_all()
        notebook.page.evaluate("lab.panel.content.activeCellIndex = 0")
        stage = notebook.stage()
        stage.scroll_into_view_if_needed()
        expect(stage).to_have_attribute("data-steps", "28")
        asked = texts_of(stage)
        stage.get_by_role("button", name="Predict").click()
        told = texts_of(stage)
    counts = {name: len(found) for name, found in asked.items()}
    assert counts == {"input": 54, "kernel": 9, "output": 28}
    assert asked["output"] == ["?", *[""] * 27], "what is asked for is not shown"
    assert told["output"] == reference().scene().output_texts
    assert notebook.foreign_requests == []
    assert notebook.console_errors == []


def expect_words(exercise: Locator, words: str) -> None:
    """Expect ``words`` among its statuses: that a Jupyter kernel is gone is another one."""
    expect(exercise.get_by_role("status").filter(has_text=words)).to_be_visible()


def test_an_exercise_is_answered_in_the_browser(notebook: Lab) -> None:
    notebook.replace_cells(
        [
            "import convviz as cv\nd, k = cv.examples.counting(), cv.examples.powers_of_ten()",
            "cv.exercises.score()",
            "cv.exercises.shape((1, 1, 6, 9), 1, (3, 3), stride_nd=(2, 2))",
            "cv.exercises.cells(d, k, at=(0, 1))",
        ]
    )
    notebook.run_all()
    shape, cells = notebook.page.locator(".convviz-exercise").all()
    score = notebook.page.locator(".convviz-score")
    expect(score).to_contain_text("0 of 2 exercises solved")

    field = shape.get_by_role("textbox")
    field.fill("1 1 4 7")
    field.press("Enter")
    expect_words(shape, "That is the size at a stride of 1.")
    shape.get_by_role("button", name="Hint").click()
    expect_words(shape, "rounded down")
    field.fill("(1, 1, 2, 4")
    expect(shape.get_by_text("rounded down")).to_have_count(0)  # it was about something else
    field.press_sequentially(")")
    shape.get_by_role("button", name="Check").click()
    expect_words(shape, "Right: (1, 1, 2, 4)")
    expect(score).to_contain_text("1 of 2 exercises solved")

    cell = cells.get_by_role("group", name="Cells").get_by_role("button")
    expect(cell).to_have_count(6 * 9)
    for row in range(3):
        for column in range(4):
            cell.nth(9 * row + column).click()
    cells.get_by_role("button", name="Check").click()
    expect_words(cells, "9 of the 9 cells, and 3 too many")
    expect(cells.locator("button.is-wrong")).to_have_count(3)
    for row in range(3):
        cells.locator(f"[title='row {row}, column 0']").press("Space" if row else "Enter")
        expect(cells.locator("button.is-wrong")).to_have_count(0)
    cells.get_by_role("button", name="Check").click()
    expect_words(cells, "Right. The window begins at")
    expect(score).to_contain_text("2 of 2 exercises solved")
    assert notebook.console_errors == []


def test_cells_are_reached_by_arrows_and_an_answer_is_no_markup(notebook: Lab) -> None:
    notebook.replace_cells(
        [
            "import convviz as cv\nd, k = cv.examples.counting(2), cv.examples.ones(1, 2)",
            "cv.exercises.cells(d, k, at=(0, 1), padding_nd=(1, 1))",
            "cv.exercises.value(d, k, at=(0, 1))",
        ]
    )
    notebook.run_all()
    cells, value = notebook.page.locator(".convviz-exercise").all()
    first = cells.locator("[title='row −1, column −1, padding']")
    expect(first).to_have_count(2)
    expect(cells.locator("button[tabindex='0'][aria-pressed]")).to_have_count(2)  # one a channel
    first.first.focus()
    for way in ("Right", "Down", "Left", "Up", "Up", "Right"):  # not over the edge
        notebook.page.keyboard.press(f"Arrow{way}")
    notebook.page.keyboard.press("Enter")
    pressed = cells.locator("[aria-pressed='true']")
    expect(pressed).to_have_count(1)
    expect(pressed).to_have_attribute("title", "row −1, column 0, padding")
    expect(pressed).to_be_focused()
    value.get_by_role("textbox").fill("<img src=x>")
    value.get_by_role("textbox").press("Enter")
    expect_words(value, "Type one number")
    assert value.locator("img").count() == 0
    assert notebook.console_errors == []


def test_the_map_leads_to_a_notebook(lab: Lab) -> None:
    lab.open("00_start_here.ipynb")
    lab.run_all()
    lab.page.get_by_role("link", name="3 · Stride").click()
    expect(lab.page.get_by_role("heading", name="3 · What does a step")).to_be_visible()
