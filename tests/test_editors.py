"""What an editor knows of the public interface, and that what it is told comes true."""

from __future__ import annotations

import runpy
from pathlib import Path

import jedi
import pytest

import convviz as cv

USER = Path(__file__).parent / "typing" / "user.py"
PARAMETERS = {
    *("stride_nd", "dilation_nd", "padding_nd", "pre_padding", "post_padding", "padding_mode"),
    *("num_groups", "input_scale", "kernel_scale", "device", "item"),
}
OWN = {
    "explore": {"step", "large"},
    "compare": set(),
    "axes": {"large"},
    "draw": {"step", "view", "ax", "theme", "figsize", "captions"},
    "film": {"steps", "fps", "pause", "loop", "ax", "theme", "figsize", "captions"},
}


def test_what_type_checkers_promise_a_user_comes_true(tmp_path: Path) -> None:
    """``make test`` has mypy and pyright read this file; here it runs."""
    runpy.run_path(str(USER))["uses"](tmp_path)
    written = {path.name for path in tmp_path.iterdir()}
    assert written == {"page.html", "step.png", "step.svg", "steps.gif"}


@pytest.mark.parametrize("name", OWN)
def test_a_notebook_offers_every_parameter(name: str) -> None:
    """As IPython asks jedi, which has the functions themselves."""
    call = f"cv.{name}(data, kernel, "
    completions = jedi.Interpreter(call, [{"cv": cv}]).complete()
    offered = {each.name.removesuffix("=") for each in completions if each.name.endswith("=")}
    assert offered >= PARAMETERS | OWN[name]


@pytest.mark.parametrize("name", OWN)
def test_a_file_offers_the_arrays_and_shows_what_a_layer_takes(name: str) -> None:
    """As editors ask jedi, which reads the source alone.

    It does not look into ``Unpack[…]``, where the layer's parameters are. Pyright does: it reads
    `USER`, which uses them.
    """
    call = f"cv.{name}("
    signatures = jedi.Script(f"import convviz as cv\n{call}").get_signatures(2, len(call))
    names = [[parameter.name for parameter in each.params] for each in signatures]
    assert ["layer", "data", "options"] in names
    assert ["data", "kernel", "bias", "options"] in names
