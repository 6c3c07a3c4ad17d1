"""Whatever is passed to a public function: it works, or one ArgumentError says why not.

The functions, their parameters and the nonsense are in nonsense.py. CONVVIZ_NONSENSE_CALLS asks for
another number of calls than the few of an ordinary run.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import ipywidgets
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nonsense import POOL, Target, targets

from convviz.errors import ArgumentError

TARGETS = targets()
CALLS = int(os.environ.get("CONVVIZ_NONSENSE_CALLS", "400"))
LONGEST = 1_000  # characters of a message: it stands in a cell, or on a line of a terminal
WRITERS = ("page", "sheet", "write", "save")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    assert not list(tmp_path.rglob("*.part"))


def attempt(target: Target, nonsense: dict[str, str]) -> str:
    """The message of the refusal, empty where there is none; every other failure comes out."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of TensorRT's older names
            target.call(nonsense)
    except ArgumentError as error:
        return str(error)
    except MemoryError:
        return ""
    except OSError:
        if target.name.rpartition(".")[2] not in WRITERS:
            raise
    finally:
        ipywidgets.Widget.close_all()
    return ""


def check(target: Target, nonsense: dict[str, str]) -> None:
    message = attempt(target, nonsense)
    assert len(message) <= LONGEST
    assert "\n" not in message


@pytest.mark.parametrize("name", TARGETS)
def test_what_the_nonsense_takes_the_place_of_works(name: str) -> None:
    assert attempt(TARGETS[name], {}) == ""


@settings(max_examples=CALLS, suppress_health_check=list(HealthCheck), database=None)
@given(st.data())
def test_one_nonsense_argument_or_several_are_refused_or_work(data: st.DataObject) -> None:
    target = TARGETS[data.draw(st.sampled_from(sorted(TARGETS)), "function")]
    names = st.lists(st.sampled_from(sorted(target.parameters)), min_size=1, max_size=3)
    nonsense = {
        name: data.draw(st.sampled_from(list(POOL)), name)
        for name in data.draw(names, "parameters")
    }
    check(target, nonsense)


def test_a_new_public_function_is_tried_by_itself() -> None:
    import convviz as cv

    functions = {name for name in cv.__all__ if callable(getattr(cv, name))}
    values = {"ArgumentError", "ConvolutionLayer", "DataType", "PaddingMode"}  # raised, or made
    without = set() if find_spec("torch") is not None else {"from_torch"}
    assert functions - values - {"tour"} - without <= set(TARGETS)
    assert {"input_scale", "stride_nd", "large", "data"} <= set(TARGETS["explore"].parameters)
