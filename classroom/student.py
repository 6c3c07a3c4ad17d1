"""A student's server: hands out the notebooks, then becomes JupyterLab for one user.

    python student.py [argument of jupyterhub-singleuser ...]

JupyterHub runs it as the student, on one machine as in a container. The notebooks in the folder
that CONVVIZ_NOTEBOOKS names are copied to ~/notebooks. At each start a notebook that was changed
for the class takes the place of a student's copy as long as that is as it was handed out; where a
student has worked in it, the new one comes beside it, as "04_padding (2).ipynb". One that was
deleted is handed out again.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

RECORD = ".handed_out.json"  # the hash of each file as it was handed out, by its name


def main() -> None:
    """Hand out, and go on as JupyterLab; a student whose disk is full gets that at least."""
    try:
        hand_out(Path(os.environ["CONVVIZ_NOTEBOOKS"]), Path.home() / "notebooks")
    except OSError as error:
        print(f"The notebooks were not handed out: {error}", file=sys.stderr)
    command = [sys.executable, "-m", "jupyterhub.singleuser", *sys.argv[1:]]
    os.execv(sys.executable, command)


def hand_out(source: Path, target: Path) -> None:
    """Copy the notebooks of one folder to another, over no work.

    Parameters
    ----------
    source, target : the class's folder, and the student's, which is made where there is none
    """
    target.mkdir(parents=True, exist_ok=True)
    place = target / RECORD
    record = _read(place)
    for notebook in sorted(source.glob("*.ipynb")):
        content = notebook.read_bytes()
        name = next(name for name in _names(notebook) if _is_free(target / name, content, record))
        if record.get(name) != _hash(content) or not (target / name).exists():
            _write(target / name, content)
            record[name] = _hash(content)
    _write(place, json.dumps(record, indent=1).encode())


def _names(notebook: Path) -> Iterator[str]:
    """What a notebook is called, and what it is called where that name is taken."""
    yield notebook.name
    for number in itertools.count(2):
        yield f"{notebook.stem} ({number}){notebook.suffix}"


def _is_free(place: Path, content: bytes, record: dict[str, str]) -> bool:
    """Whether nobody has worked in an older notebook there."""
    if not place.exists() or record.get(place.name) == _hash(content):
        return True
    return _hash(place.read_bytes()) in (record.get(place.name), _hash(content))


def _read(place: Path) -> dict[str, str]:
    """The record; an empty one where it is missing or damaged: then every file counts as work."""
    try:
        found = json.loads(place.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(place: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    part = place.with_name(f".{place.name}.part")
    part.write_bytes(content)
    part.replace(place)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    main()
