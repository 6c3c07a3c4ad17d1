"""Packages for the browser made smaller, and quicker to import.

A package is sent with what no notebook reads, and in source, which the reader's browser then has to
compile anew on each visit. Here the first is left out, and what every visit imports is compiled, if
there is a Python of Pyodide's own version. Compiled modules are larger: the rest stays as it is.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from functools import cache
from pathlib import Path

VERSION = (3, 12)  # Pyodide's Python
PACKAGES = "/lib/python3.12/site-packages"
PLACES = {"python_stdlib.zip": "/lib/python312.zip"}
UNREAD = re.compile(r"\.(pyi|h|afm|c|pxd)$|/(tests?|pdfcorefonts|django-stubs)/|\.egg-info/")
RARELY_IMPORTED = ("fontTools", "matplotlib", "pygments", "prompt_toolkit", "dateutil")
# Puts x.pyc in the place of each x.py of a folder that compiles; the second argument is the
# place of the folder in the browser, for tracebacks.
COMPILE = """
import compileall, pathlib, py_compile, sys
folder, place = sys.argv[1:]
compileall.compile_dir(folder, maxlevels=99, quiet=2, legacy=True, stripdir=folder,
                       prependdir=place,
                       invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
for source in pathlib.Path(folder).rglob("*.py"):
    if source.with_suffix(".pyc").exists():
        source.unlink()
"""
# What MPL says of its font cache is for who waits at a terminal.
QUIET = """
import logging
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
"""
QUIETED = "pyodide_kernel/__init__.py"


def slim(package: Path) -> None:
    """Rewrite a wheel, or the zip of the standard library, in its place."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with zipfile.ZipFile(package) as archive:
            names = [name for name in archive.namelist() if not UNREAD.search(name)]
            archive.extractall(folder, names)
        if (folder / QUIETED).exists():
            with (folder / QUIETED).open("a", encoding="utf-8") as module:
                module.write(QUIET)
        _compile(folder, PLACES.get(package.name, PACKAGES))
        smaller = package.with_name(f"{package.name}.part")
        with zipfile.ZipFile(smaller, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for place in sorted(folder.rglob("*")):
                if place.is_file():
                    archive.write(place, place.relative_to(folder))
        smaller.replace(package)


def empty_wheel(name: str, folder: Path) -> Path:
    """A wheel with nothing in it, for what is asked for and not needed."""
    wheel = folder / f"{name}-0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{name}-0.dist-info/METADATA", f"Name: {name}\nVersion: 0\n")
    return wheel


@cache
def compiler() -> str | None:
    """A Python whose compiled modules Pyodide reads, or None."""
    test = f"import sys; sys.exit(sys.version_info[:2] != {VERSION})"
    for candidate in (sys.executable, shutil.which("python{}.{}".format(*VERSION))):
        if candidate and subprocess.run([candidate, "-c", test], check=False).returncode == 0:
            return candidate
    return None


def _compile(folder: Path, place: str) -> None:
    python = compiler()
    if python and not any((folder / name).exists() for name in RARELY_IMPORTED):
        subprocess.run([python, "-c", COMPILE, str(folder), place], check=True)
