"""The package from a zip archive on sys.path, as an application may carry it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import convviz

PACKAGE = Path(convviz.__file__).parent

PROGRAMS = {
    "convolve": "print(cv.convolve(data, kernel[None, None])[0, 0, 0, 0])",
    "explore": "print(len(cv.explore(data, kernel).stage.scene['panels']))",
    "draw": "print(len(cv.draw(data, kernel).bytes('svg')))",
    "film": "print(len(cv.film(data, kernel, steps=[0, 1]).bytes('gif')))",
    "page": "from convviz.widget.page import document\n"
    "print(len(document([cv.explore(data, kernel)])))",
    "printed": "print(cv.printed('stride'))",
    "cuda source": "from convviz.compute.compiler import read_source\n"
    "print(len(read_source('conv.cu')), len(read_source('large/common.cu')))",
    "gallery": "from convviz.course import gallery\ngallery.write('gallery.html')\nprint(1)",
}
START = """
import numpy as np
import convviz as cv
assert ".zip" in cv.__file__
data, kernel = np.ones((1, 1, 4, 5), np.float32), np.ones((3, 3), np.float32)
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("archive") / "convviz.zip"
    with zipfile.ZipFile(place, "w") as file:
        for path in PACKAGE.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                file.write(path, Path("convviz") / path.relative_to(PACKAGE))
    return place


@pytest.mark.parametrize("name", PROGRAMS)
def test_everything_works_from_an_archive(name: str, archive: Path, tmp_path: Path) -> None:
    program = f"import sys; sys.path.insert(0, {str(archive)!r}){START}{PROGRAMS[name]}"
    done = subprocess.run(
        [sys.executable, "-P", "-W", "error", "-c", program],
        env={"CONVVIZ_DEVICE": "cpu", "HOME": str(tmp_path), "PATH": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
