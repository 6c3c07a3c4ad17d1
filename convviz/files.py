"""Atomic file writing: under another name first, then moved into place."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from convviz.errors import ArgumentError, short


def target(path: str | os.PathLike[str], formats: Sequence[str]) -> Path:
    """Where to write a file of one of these formats, checked before any work is done for it.

    Parameters
    ----------
    formats : the endings that the name may have, without a point

    Raises
    ------
    ArgumentError
        For another ending, for a folder that is not there, and for the name of a folder.
    """
    place = _as_path(path)
    given = short(str(place))
    if place.suffix[1:].lower() not in formats:
        allowed = "a name that ends in " + ", ".join(f".{name}" for name in formats)
        stem = place.stem if 0 < len(place.stem) <= 40 else "picture"
        remedy = f"Write {stem}.{formats[0]}, for example."
        raise ArgumentError("path", given, allowed, remedy)
    place = place.resolve()  # a link keeps pointing at what it points at
    if not place.parent.is_dir():
        remedy = f"Make it first: mkdir -p {place.parent}"
        if str(path).startswith("~"):
            remedy = "Write the home folder's name in the place of ~."
        raise ArgumentError("path", given, "a folder that is there", remedy)
    if place.is_dir():
        remedy = "Give the file another name."
        raise ArgumentError("path", f"{given}, which is a folder", "a file's name", remedy)
    return place


def _as_path(path: object) -> Path:
    """``path`` as a path that the system can have, or an ArgumentError."""
    remedy = "Write it between quotes."
    try:
        place = Path(os.fspath(path))  # type: ignore[call-overload]  # duck-typed
    except Exception:  # whatever a __fspath__ of the user's raises
        raise ArgumentError("path", short(path), "a file's name", remedy) from None
    try:
        name = os.fsencode(place)
    except UnicodeEncodeError:
        name = b"\0"
    if b"\0" in name:
        got, remedy = ascii(str(place)), "Use letters, digits and signs."
        raise ArgumentError("path", got, "a name that the system can write", remedy)
    return place


@contextmanager
def replacing(place: Path) -> Generator[Path]:
    """A name to write to: the file takes its place if all goes well, and is gone if not."""
    temporary = place.with_name(f".convviz-{os.getpid()}-{threading.get_ident()}.part")
    try:
        yield temporary
        temporary.replace(place)
    finally:
        temporary.unlink(missing_ok=True)


def write(place: Path, content: bytes) -> None:
    """Write all of ``content``, or nothing."""
    with replacing(place) as temporary:
        temporary.write_bytes(content)
