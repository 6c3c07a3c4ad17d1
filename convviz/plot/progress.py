"""A line that says how far a film is: drawn where somebody looks, for what takes a while."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

WIDTH = 30
PATIENCE = 0.5  # seconds without a bar

T = TypeVar("T")


def bar(frames: Iterable[T], count: int, name: str, *, shown: bool | None = None) -> Iterator[T]:
    """Each of ``frames``, with a line on stderr; ``shown`` None: where stderr is a terminal."""
    seen = shown or (shown is None and _watched())
    begin, drawn = time.monotonic(), False
    try:
        for done, frame in enumerate(frames, start=1):
            yield frame
            if seen and time.monotonic() - begin > PATIENCE:
                filled = WIDTH * done // count
                line = f"\r{name} {'█' * filled}{'·' * (WIDTH - filled)} {done} of {count}"
                print(line, end="", file=sys.stderr, flush=True)
                drawn = True
    finally:
        if drawn:
            print(file=sys.stderr, flush=True)


def _watched() -> bool:
    """Whether a line that is written over and over is read by a person."""
    return sys.stderr.isatty() or "ipykernel" in sys.modules
