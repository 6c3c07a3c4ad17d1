"""Exercises where only anywidgets are drawn: marimo gets a mirror of them, which works alike."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import Any

import anywidget
import pytest
from playwright.sync_api import Page, expect

import convviz as cv
from convviz.browser import bundle
from convviz.course import examples
from convviz.widget.mirror import Mirror

MODEL = """
const listeners = {};
let state = {};
window.sent = [];
const model = {
  get: (name) => state[name],
  on: (event, listener) => (listeners[event] ??= []).push(listener),
  off: () => {},
  send: async (message) => {
    sent.push(message);
    const { tree, messages } = await ask(message);
    state = { tree };
    for (const each of listeners['change:tree'] ?? []) each();
    for (const each of messages) for (const heard of listeners['msg:custom'] ?? []) heard(each, []);
  },
};
window.start = (tree) => {
  state = { tree };
  render({ model, el: document.body, signal: new AbortController().signal });
};
"""


def texts(node: dict[str, Any]) -> list[str]:
    return [node["text"], *(text for each in node.get("children", []) for text in texts(each))]


def nodes(node: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    below = [found for each in node.get("children", []) for found in nodes(each, kind)]
    return [node, *below] if node["kind"] == kind else below


def use(mirror: Mirror, node: dict[str, Any], text: str = "") -> None:
    message = {"use": node["id"], "text": text, "request": "1"}
    mirror._handle_custom_msg(message, [])


def button(mirror: Mirror, text: str) -> dict[str, Any]:
    return next(each for each in nodes(mirror.tree, "button") if each["text"] == text)


def test_an_exercise_is_answered_through_its_mirror() -> None:
    exercise = cv.exercises.shape((1, 1, 6, 9), 1, (3, 3))
    mirror = Mirror(exercise)
    [field] = nodes(mirror.tree, "text")
    use(mirror, field, "1 1 4 6")
    use(mirror, button(mirror, "Check"))
    assert exercise.feedback is not None
    assert exercise.feedback.correct is False
    use(mirror, field, "1 1 4 7")
    use(mirror, button(mirror, "Check"))
    assert exercise.feedback.correct is True
    assert any("Right: (1, 1, 4, 7)." in text for text in texts(mirror.tree))


def test_cells_are_clicked_through_it() -> None:
    data, kernel = examples.counting(), examples.powers_of_ten()
    exercise = cv.exercises.cells(data, kernel, at=(0, 1))
    mirror = Mirror(exercise)
    assert nodes(mirror.tree, "grid")[0]["columns"] == "repeat(9, 34px)"
    for row in range(3):
        for column in range(1, 4):
            use(mirror, nodes(mirror.tree, "toggle")[9 * row + column])
    assert [each["down"] for each in nodes(mirror.tree, "toggle")].count(True) == 9
    use(mirror, button(mirror, "Check"))
    assert exercise.feedback is not None
    assert exercise.feedback.correct is True


def test_practice_goes_on_and_what_is_gone_is_no_more_followed() -> None:
    practice = cv.exercises.practice("padding")
    mirror = Mirror(practice)
    first, old = texts(mirror.tree), button(mirror, "Check")
    use(mirror, button(mirror, "Next"))
    assert texts(mirror.tree) != first
    use(mirror, old)  # a click that comes late
    assert practice.exercise.feedback is None


@pytest.fixture
def shown_by_marimo(monkeypatch: pytest.MonkeyPatch):
    """What marimo would get, with a module in its place that keeps what it is given."""
    module = SimpleNamespace(
        ui=SimpleNamespace(anywidget=lambda widget: ("anywidget", widget)),
        md=lambda text: ("md", text),
        vstack=list,
    )
    monkeypatch.setitem(sys.modules, "marimo", module)
    return lambda widget: widget._display_()


def test_marimo_is_given_anywidgets(shown_by_marimo) -> None:
    data, kernel = examples.counting(), examples.powers_of_ten()
    explorer = cv.explore(data, kernel)
    assert shown_by_marimo(explorer) == ("anywidget", explorer.stage)
    axes = cv.axes(data, kernel)
    assert shown_by_marimo(axes) == ("anywidget", axes.stage)
    comparison = cv.compare(data, kernel, padding_nd=[(0, 0), (1, 1)])
    words = [("md", f"**{heading}**") for heading in comparison.headings]
    stages = [("anywidget", stage) for stage in comparison.stages]
    assert shown_by_marimo(comparison) == [words[0], stages[0], words[1], stages[1]]
    for widget in (
        cv.exercises.shape((1, 1, 6, 9), 1, (3, 3)),
        cv.exercises.practice("padding"),
        cv.exercises.score(),
    ):
        kind, mirror = shown_by_marimo(widget)
        assert (kind, mirror._shown) == ("anywidget", widget)
    for widget in (cv.tree(), cv.guide(explorer, ("Go.", {"step": 1}))):
        assert isinstance(widget, anywidget.AnyWidget)
        assert not hasattr(widget, "_display_"), "marimo draws it as it is"


# In a browser


def open_mirror(page: Page, mirror: Mirror) -> None:
    def ask(message: dict[str, Any]) -> dict[str, Any]:
        messages: list[object] = []
        send, mirror.send = mirror.send, lambda content, *_: messages.append(content)
        try:
            mirror._handle_custom_msg(message, [])
        finally:
            mirror.send = send
        return {"tree": json.loads(json.dumps(mirror.tree)), "messages": messages}

    page.expose_function("ask", ask)
    script = f"{bundle.script('mirror')}{MODEL}"
    page.set_content(f"<style>{bundle.style_sheet()}</style><script type=module>{script}</script>")
    page.wait_for_function("window.start !== undefined")
    page.evaluate("tree => start(tree)", json.loads(json.dumps(mirror.tree)))


@pytest.mark.browser
def test_it_is_typed_and_clicked_in_a_browser(chromium) -> None:
    page = chromium.new_context().new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    open_mirror(page, Mirror(cv.exercises.shape((1, 1, 6, 9), 1, (3, 3))))
    field = page.get_by_role("textbox")
    field.fill("1 1 4 7")
    field.press("Enter")
    expect(page.get_by_text("Right: (1, 1, 4, 7).")).to_be_visible()
    page.get_by_role("button", name="Hint").click()
    expect(page.get_by_text("Right: (1, 1, 4, 7).")).to_have_count(0)
    assert field.input_value() == "1 1 4 7"
    assert complaints == []
    page.context.close()


@pytest.mark.browser
def test_cells_stay_down_and_keep_the_focus(chromium) -> None:
    page = chromium.new_context().new_page()
    data, kernel = examples.counting(), examples.powers_of_ten()
    open_mirror(page, Mirror(cv.exercises.cells(data, kernel, at=(0, 1))))
    cell = page.locator("[aria-pressed]").nth(3)
    cell.focus()
    page.keyboard.press("Enter")
    expect(cell).to_have_attribute("aria-pressed", "true")
    expect(cell).to_be_focused()
    page.keyboard.press("Enter")
    expect(cell).to_have_attribute("aria-pressed", "false")
    page.context.close()
