"""A progress bar on stderr, for films that take a while."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from convviz.language.catalogue import say

WIDTH = 30  # characters of the bar
PATIENCE = 0.5  # seconds without a bar
NOTEBOOKS = ("ipykernel.", "pyodide_kernel.")  # whose stderr is shown in a notebook

T = TypeVar("T")


def bar(items: Iterable[T], count: int, name: str, *, shown: bool | None = None) -> Iterator[T]:
    """Each of ``items``, with a progress bar.

    Parameters
    ----------
    count : how many items there are
    name : what is made of them
    shown : whether there is a bar; None if stderr is a terminal or a notebook
    """
    is_shown = _is_watched() if shown is None else shown
    begin, is_drawn = time.monotonic(), False
    try:
        for done, item in enumerate(items, start=1):
            yield item
            if is_shown and time.monotonic() - begin > PATIENCE:
                line = say("plot.progress", bar=_bar(done, count), done=done, count=count)
                print(f"\r{name} {line}", end="", file=sys.stderr, flush=True)
                is_drawn = True
    finally:
        if is_drawn:
            print(file=sys.stderr, flush=True)


def _bar(done: int, count: int) -> str:
    filled = WIDTH * done // count
    return "█" * filled + "·" * (WIDTH - filled)


def _is_watched() -> bool:
    """Whether a person sees a line that is written over again and again."""
    return type(sys.stderr).__module__.startswith(NOTEBOOKS) or sys.stderr.isatty()
