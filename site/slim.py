"""Packages for the browser made smaller, and quicker to import.

A package is sent with what no notebook reads, and in source, which the reader's browser then has to
compile anew on each visit. Here the first is left out, and the rest is compiled by Pyodide itself.
What is pure Python and needed at the start joins the archive of the standard library, from which it
is imported without being unpacked.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGES = "/lib/python3.12/site-packages"
LIBRARY = "/lib/python312.zip"
UNREAD = re.compile(
    r"\.(pyi|h|afm|c|pxd)$|/(tests?|pdfcorefonts|django-stubs)/|\.egg-info/|\.data/"
    r"|^matplotlib/mpl-data/sample_data/"
    r"|^pygments/lexers/(?!__init__|_mapping|python|special)"  # tracebacks are of Python
)


def slim(
    runtime: Path, library: Path, pure: Iterable[Path], wheels: Iterable[Path], work: Path
) -> None:
    """Rewrite archives of Python in their places.

    Parameters
    ----------
    runtime : a folder with Pyodide's runtime, which compiles
    library : the zip of the standard library
    pure : wheels that join it, over which go the modules in ``python/``
    wheels : wheels that stay on their own
    work : an empty folder
    """
    folders = {library: work / "library"}
    for archive in (library, *pure):
        _extract(archive, folders[library])
    shutil.copytree(HERE / "python", folders[library], dirs_exist_ok=True)
    for number, wheel in enumerate(wheels):
        folders[wheel] = work / str(number)
        _extract(wheel, folders[wheel])
    _compile(runtime, {f: LIBRARY if a == library else PACKAGES for a, f in folders.items()})
    for archive, folder in folders.items():
        _pack(folder, archive)


def _extract(package: Path, folder: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder, [n for n in archive.namelist() if not UNREAD.search(n)])


def _compile(runtime: Path, places: dict[Path, str]) -> None:
    pairs = [text for folder, place in places.items() for text in (str(folder), place)]
    subprocess.run(["node", HERE / "compile.mjs", runtime.resolve(), *pairs], check=True)


def _pack(folder: Path, archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for place in sorted(folder.rglob("*")):
            if place.is_file():
                file.write(place, place.relative_to(folder))
