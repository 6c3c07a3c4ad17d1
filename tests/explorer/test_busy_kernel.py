"""A slider does not wait for a busy Jupyter kernel and never floods it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from lab import Lab, field, slider
from playwright.sync_api import expect
from reading import assert_alive, explore, texts, with_bias

pytestmark = pytest.mark.browser


def hold(notebook: Lab, go: Path) -> None:
    """Write down what the stage asks for, and make each change of the stride wait for a file."""
    notebook.run_cell(
        dedent(f"""
        import pathlib, time
        received = []
        explorer.stage.on_msg(lambda _widget, message, _buffers: received.append(message))
        def wait(_change):
            while not pathlib.Path({str(go)!r}).exists():
                time.sleep(0.05)
        layer.observe(wait, "stride_nd")
        """)
    )


# At once, before a reader is told that the kernel is busy
MOVE = """(stage) => {
  const part = (name, type) => stage.querySelector(`[aria-label="${name}"]${type}`);
  const slider = part("stride_nd width", "[type=range]");
  const move = (places) => {
    slider.value = Number(slider.value) + places;
    slider.dispatchEvent(new Event("input"));
  };
  move(1);
  const steps = stage.dataset.steps;
  for (let n = 0; n < 3; n++) move(1);
  const most = slider.value;
  [...stage.querySelectorAll("button")].find((each) => each.textContent === "Reset").click();
  const field = part("pre_padding height", ":not([type])");
  field.value = "1";
  field.dispatchEvent(new Event("change"));
  move(-1);
  move(-1);
  return [steps, most, slider.value];
}"""


def test_of_what_a_reader_sets_meanwhile_only_the_last_is_asked_for(
    notebook: Lab, tmp_path: Path
) -> None:
    stage, handle = explore(notebook), slider(notebook, "stride_nd width")
    handle.focus()
    hold(notebook, tmp_path / "go")

    # One place on was prefetched; the rest waits
    assert stage.evaluate(MOVE) == ["16", "5", "3"]
    expect(stage).to_have_attribute("data-live", "false")
    expect(handle).to_be_disabled()
    expect(handle).to_have_value("1")  # which is what the layer has, as far as anybody knows
    assert_alive(stage, with_bias())

    (tmp_path / "go").touch()
    expect(stage).to_have_attribute("data-steps", "15")
    expect(field(notebook, "stride_nd width")).to_have_value("3")
    assert texts(stage, "output") == with_bias(stride_nd=(1, 3), pre_padding=(1, 0)).output_texts
    words = "[m.get('place') or m.get('text') or m['action'] for m in received if 'request' in m]"
    assert notebook.run_cell(f"print({words})") == "[2, 'reset', '1', 3]\n"
    assert notebook.run_cell("print(layer.stride_nd, layer.pre_padding)") == "(1, 3) (1, 0)\n"
