"""A slider does not wait for a busy Jupyter kernel and never floods it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from lab import Lab, field, slider
from playwright.sync_api import expect
from reading import assert_alive, explore, press, set_field, texts, with_bias

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


def test_of_what_a_reader_sets_meanwhile_only_the_last_is_asked_for(
    notebook: Lab, tmp_path: Path
) -> None:
    stage, handle = explore(notebook), slider(notebook, "stride_nd width")
    handle.focus()
    hold(notebook, tmp_path / "go")

    # One place on was prefetched; the rest waits
    handle.scroll_into_view_if_needed()
    handle.press("ArrowRight")
    expect(stage).to_have_attribute("data-steps", "16")
    assert texts(stage, "output") == with_bias(stride_nd=(1, 2)).output_texts
    for _ in range(3):
        handle.press("ArrowRight")
    expect(handle).to_have_value("5")
    press(notebook, "Reset")
    set_field(notebook, "pre_padding height", "1")
    handle.press("ArrowLeft")
    handle.press("ArrowLeft")
    expect(handle).to_have_value("3")
    expect(stage).to_have_attribute("data-steps", "16")
    assert_alive(stage, with_bias(stride_nd=(1, 2)))

    (tmp_path / "go").touch()
    expect(stage).to_have_attribute("data-steps", "15")
    expect(field(notebook, "stride_nd width")).to_have_value("3")
    assert texts(stage, "output") == with_bias(stride_nd=(1, 3), pre_padding=(1, 0)).output_texts
    words = "[m.get('place') or m.get('text') or m['action'] for m in received if 'request' in m]"
    assert notebook.run_cell(f"print({words})") == "[2, 'reset', '1', 3]\n"
    assert notebook.run_cell("print(layer.stride_nd, layer.pre_padding)") == "(1, 3) (1, 0)\n"
