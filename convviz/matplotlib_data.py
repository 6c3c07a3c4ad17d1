"""Files that come with matplotlib, found without the second that importing it takes."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

FOLDER = "mpl-data"


def place(name: str) -> Path:
    """Where a file is, such as ``fonts/ttf/DejaVuSans.ttf``; it may not be there.

    The site of notebooks has a few of them in this folder, to do without matplotlib at its start.
    """
    folders = [Path(__file__).parent / FOLDER]
    if not (folders[0] / name).exists():
        spec = find_spec("matplotlib")
        if spec is not None and spec.origin is not None:
            folders.append(Path(spec.origin).parent / FOLDER)
    return folders[-1] / name
