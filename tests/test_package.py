"""`import convviz` is light, and every public name is there when it is asked for."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import convviz

HEAVY = ["IPython", "anywidget", "cupy", "ipywidgets", "matplotlib", "numpy", "traitlets"]


def modules_after(statement: str) -> set[str]:
    """Return which of the heavy modules a fresh Python has loaded after the statement."""
    code = f"{statement}; import json, sys; print(json.dumps(list(sys.modules)))"
    printed = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    return set(HEAVY) & set(json.loads(printed))


def test_importing_the_package_loads_nothing_else() -> None:
    assert modules_after("import convviz") == set()


def test_convolving_arrays_needs_numpy_alone() -> None:
    assert modules_after("import convviz; convviz.convolve") == {"numpy"}


def test_a_network_needs_no_widget_library() -> None:
    assert modules_after("import convviz; convviz.Network()") <= {"numpy", "traitlets"}


def test_a_widget_needs_no_matplotlib() -> None:
    names = "convviz.explore, convviz.compare, convviz.page"
    assert "matplotlib" not in modules_after(f"import convviz; {names}")


@pytest.mark.parametrize("name", convviz.__all__)
def test_a_public_name_is_there(name: str) -> None:
    assert getattr(convviz, name) is not None
    assert name in dir(convviz)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = convviz.no_such_name
