"""Files that are whole or not there: written beside their place, then moved into it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from convviz.errors import ArgumentError


def target(path: str | os.PathLike[str], forms: Sequence[str]) -> Path:
    """``path`` where a file of one of these forms can be written, before any work is done for it.

    Raises
    ------
    ArgumentError
        For another ending, for a folder that is not there, and for the name of a folder.
    """
    place = Path(path)
    if place.suffix[1:].lower() not in forms:
        allowed = "a name that ends in " + ", ".join(f".{form}" for form in forms)
        remedy = f"Write {place.stem or 'picture'}.{forms[0]}, for example."
        raise ArgumentError("path", repr(str(path)), allowed, remedy)
    place = place.resolve()  # a link keeps pointing at what it points at
    if not place.parent.is_dir():
        remedy = f"Make it first: mkdir -p {place.parent}"
        raise ArgumentError("path", repr(str(path)), "a folder that is there", remedy)
    if place.is_dir():
        remedy = "Give the file another name."
        raise ArgumentError("path", f"{str(path)!r}, which is a folder", "a file's name", remedy)
    return place


@contextmanager
def part(place: Path) -> Iterator[Path]:
    """A name to write to: the file takes its place when all went well and is gone when not."""
    beside = place.with_name(f".convviz-{os.getpid()}-{threading.get_ident()}.part")
    try:
        yield beside
        beside.replace(place)
    finally:
        beside.unlink(missing_ok=True)


def write(place: Path, content: bytes) -> None:
    """All of ``content``, or nothing."""
    with part(place) as beside:
        beside.write_bytes(content)
