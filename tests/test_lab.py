"""The browser harness itself: if these fail, no other browser test means anything."""

from __future__ import annotations

import pytest
from lab import CellError, Lab
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SLIDER = """
import ipywidgets
slider = ipywidgets.IntSlider(value=3, min=0, max=8, description="three")
slider
"""

COUNTER = '''
import anywidget
import traitlets

class Counter(anywidget.AnyWidget):
    _esm = """
    export default { render({ model, el }) {
      const show = () => { el.innerHTML = `<b class="count">${model.get("count")}</b>`; };
      model.on("change:count", show);
      show();
    } };
    """
    count = traitlets.Int(0).tag(sync=True)

counter = Counter()
link = traitlets.dlink((slider, "value"), (counter, "count"))
counter
'''


@pytest.mark.parametrize("app", ["lab", "doc", "notebook"])
def test_widgets_render_and_the_user_reaches_python(lab: Lab, app: str) -> None:
    lab.new([SLIDER, COUNTER], app=app)
    lab.run_all()
    count = lab.page.locator(".count")
    assert count.inner_text() == "3"
    if app == "notebook":  # its shortcuts take the arrow keys before a slider sees them
        lab.page.locator(".noUi-target").click()
    else:
        lab.page.locator(".noUi-handle").press("ArrowRight")
    lab.page.wait_for_function("document.querySelector('.count').textContent === '4'")
    assert lab.run_cell("print(slider.value)") == "4\n"
    assert lab.run_cell("slider.value = 7; slider.value * 2") == "14"
    lab.page.wait_for_function("document.querySelector('.count').textContent === '7'")
    assert lab.foreign_requests == []
    assert lab.console_errors == []


def test_a_request_to_the_outside_is_refused_and_reported(notebook: Lab) -> None:
    notebook.page.evaluate("fetch('https://example.com/x.js').catch(() => null)")
    assert notebook.foreign_requests == ["https://example.com/x.js"]


def test_a_cell_that_raises_is_reported(notebook: Lab) -> None:
    notebook.replace_cells(["1 / 0", "print('never')"])
    with pytest.raises(CellError, match="ZeroDivisionError"):
        notebook.run_all()
    with pytest.raises(CellError, match="NameError"):
        notebook.run_cell("no_such_name")


def test_a_notebook_that_was_used_before_is_empty_and_knows_no_name(notebook: Lab) -> None:
    for _ in range(2):
        notebook.replace_cells(["print(globals().get('mine')); mine = 1", SLIDER])
        notebook.run_all()
        assert notebook.cell_output_text(0) == "None\n"
        expect(notebook.page.locator(".widget-slider")).to_have_count(1)
        notebook.start_over()
        expect(notebook.page.locator(".widget-slider")).to_have_count(0)
    assert notebook.console_errors == []


def test_the_theme_changes_and_is_forgotten(lab: Lab) -> None:
    lab.new(["print('hello')"])
    lab.run_all()
    assert lab.cell_output_text(0) == "hello\n"
    background = "getComputedStyle(document.body).getPropertyValue('--jp-layout-color1')"
    light = lab.page.evaluate(background)
    lab.theme("JupyterLab Dark")
    assert lab.page.evaluate(background) != light
    assert lab.page.screenshot().startswith(b"\x89PNG")
    lab.server.forget()
    lab.open("test.ipynb")
    assert lab.page.evaluate(background) == light
