"""The site of notebooks: its lock file, and the notebooks in a browser that runs Python itself."""

from __future__ import annotations

import base64
import enum
import functools
import hashlib
import http.server
import importlib.util
import json
import os
import re
import subprocess
import sys
import threading
import venv
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import exact
import numpy as np
import pytest
from lab import VIEWPORT, Lab, field, slider
from playwright.sync_api import Browser, Locator, expect

from convviz.compute.convolve import convolve

ROOT = Path(__file__).parent.parent
VARIABLE = "CONVVIZ_PYODIDE"
NOTEBOOKS = ("00", "01", "03", "04", "07", "10", "11")
# How JupyterLite finds out that there is no such file, as Python asks wherever it looks for one.
ABSENT = re.compile(r"404 .*/api/contents/")
SECONDS = 600  # for Python to start in a browser, or a notebook to run there, on a busy machine
EXPLORE = """
import convviz as cv
arrays = cv.examples.counting(), cv.examples.powers_of_ten()
cv.explore(*arrays, controls=["stride_nd"], predict=False)
"""
EXERCISE = "cv.exercises.shape((1, 1, 6, 9), 1, (3, 3))"
COMPUTE = """
import base64, hashlib, json
import convviz as cv, numpy as np
def unpacked(array):
    if array is None:
        return None
    dtype, shape, content = array
    return np.frombuffer(base64.b64decode(content), dtype).reshape(shape)
found = []
for case in json.loads(given):
    output = cv.convolve(*map(unpacked, case["arrays"]), **case["parameters"])
    found.append(hashlib.sha256(output.tobytes()).hexdigest())
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def build() -> Iterator[ModuleType]:
    sys.path.insert(0, str(ROOT / "site"))  # as for a script, which finds what stands beside it
    spec = importlib.util.spec_from_file_location("build_site", ROOT / "site" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(ROOT / "site"))


# The lock file


def entry(*depends: str) -> dict[str, object]:
    return {"file_name": "x.whl", "depends": list(depends)}


def test_what_is_kept_is_what_the_start_needs_and_nothing_else(build: ModuleType) -> None:
    packages = {
        "convviz": entry("numpy", "Jupyterlab_Widgets"),
        "numpy": entry(),
        "jupyterlab-widgets": entry("nowhere"),
        "pandas": entry("numpy"),
    }
    build._keep(packages, build._closure(["convviz"], packages))
    assert set(packages) == {"convviz", "numpy", "jupyterlab-widgets"}
    assert packages["jupyterlab-widgets"]["depends"] == []


def test_what_is_not_in_the_site_is_named_by_its_whole_address(
    build: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "own.whl").write_bytes(b"")
    packages = {"own": {"file_name": "own.whl"}, "numpy": {"file_name": "numpy.whl"}}
    build._place(packages, tmp_path, None)
    assert packages["own"]["file_name"] == "own.whl"
    assert packages["numpy"]["file_name"] == f"{build.PYODIDE_URL}numpy.whl"


def test_a_wheel_is_read_as_a_browser_needs_it(build: ModuleType, tmp_path: Path) -> None:
    import zipfile

    wheel = tmp_path / "Some_Thing-1.2-py3-none-any.whl"
    metadata = (
        "Name: Some_Thing\nVersion: 1.2\nRequires-Dist: numpy>=2\n"
        'Requires-Dist: colorama; sys_platform == "win32"\n'
        'Requires-Dist: pytest; extra == "test"\n'
    )
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("some_thing/__init__.py", "")
        archive.writestr("single.py", "")
        archive.writestr("some_thing-1.2.dist-info/METADATA", metadata)
        archive.writestr("some_thing-1.2.data/data/x", "")
    home = tmp_path / "home"
    home.mkdir()
    name, found = build._entry(wheel, home)
    assert name == "some-thing"
    assert found["depends"] == ["numpy"]
    assert found["imports"] == ["single", "some_thing"]
    assert (home / wheel.name).exists()


def test_what_nobody_reads_is_left_out_and_what_is_imported_is_compiled(
    build: ModuleType, tmp_path: Path
) -> None:
    import zipfile

    wheel = build.empty_wheel("some", tmp_path)
    names = ("some/a.py", "some/a.pyi", "some/tests/b.py", "pyodide_kernel/__init__.py")
    with zipfile.ZipFile(wheel, "a") as archive:
        for name in names:
            archive.writestr(name, "x = 1\n")
    build.slim(wheel)
    with zipfile.ZipFile(wheel) as archive:
        found = set(archive.namelist())
    ending = "pyc" if build.compiler() else "py"
    modules = {f"some/a.{ending}", f"pyodide_kernel/__init__.{ending}"}
    assert found == {"some-0.dist-info/METADATA", *modules}


# In a browser


class SiteLab(Lab):
    """A page of JupyterLite on the site; its Python runs in the page."""

    def open(self, notebook: str, app: str = "lab") -> None:
        """Open a notebook, and wait until Python is there."""
        self.page.goto(f"{self.server.url}lab/index.html?path={notebook}")
        self.wait_until("lab.ready()", SECONDS)

    def texts_on_stderr(self) -> list[str]:
        """What the cells said there."""
        outputs = self.page.evaluate("lab.cells.flatMap((cell, n) => lab.outputs(n))")
        return [output["text"] for output in outputs if output.get("name") == "stderr"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site with all of Pyodide in it."""
    pyodide = os.environ.get(VARIABLE)
    if not pyodide:
        pytest.skip(f"{VARIABLE} names no folder with a complete Pyodide")
    folder = tmp_path_factory.mktemp("site")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", f"{ROOT}[site]"], check=True)
    path = os.pathsep.join([str(python.parent), os.environ["PATH"]])
    command = [python, ROOT / "site" / "build.py", folder / "site", "--pyodide", pyodide]
    subprocess.run(command, check=True, env={**os.environ, "PATH": path})
    return folder / "site"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def server(site: Path) -> Iterator[SimpleNamespace]:
    handler = functools.partial(_Quiet, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield SimpleNamespace(url=f"http://127.0.0.1:{server.server_address[1]}/")
    server.shutdown()
    server.server_close()


@pytest.fixture
def site_lab(server: SimpleNamespace, chromium: Browser) -> Iterator[SiteLab]:
    """A page that asks no other host for anything, and complains of nothing."""
    lab = SiteLab(server, chromium.new_context(viewport=VIEWPORT).new_page())
    yield lab
    assert lab.foreign_requests == []
    assert [each for each in lab.console_errors if not ABSENT.search(each)] == []
    lab.page.context.close()


def notebook_named(number: str) -> str:
    [notebook] = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    return notebook.name


@pytest.mark.browser
@pytest.mark.timeout(3 * SECONDS)
@pytest.mark.parametrize("number", NOTEBOOKS)
def test_a_notebook_runs_to_its_end(number: str, site_lab: SiteLab) -> None:
    site_lab.open(notebook_named(number))
    site_lab.run_all(SECONDS)
    expect(site_lab.page.locator(".convviz-stage[data-steps]").first).to_be_attached()
    assert site_lab.texts_on_stderr() == []
    assert site_lab.page.get_by_text("Error displaying widget").count() == 0


@pytest.mark.browser
@pytest.mark.timeout(3 * SECONDS)
def test_pictures_stand_while_python_starts_and_a_word_tells_of_it(site_lab: SiteLab) -> None:
    site_lab.page.goto(f"{site_lab.server.url}lab/index.html?path={notebook_named('03')}")
    still = site_lab.page.locator(".jp-RenderedImage img").first
    expect(still).to_be_attached(timeout=SECONDS * 1000)
    expect(site_lab.page.get_by_role("status").filter(has_text="Python is")).to_be_visible()
    site_lab.page.get_by_role("button", name="Run all cells", exact=True).click(
        timeout=SECONDS * 1000
    )
    stage = site_lab.page.locator(".convviz-stage[data-steps]").first
    expect(stage).to_be_attached(timeout=SECONDS * 1000)
    expect(still).to_be_hidden()


@pytest.mark.browser
@pytest.mark.timeout(3 * SECONDS)
def test_a_reader_plays_sets_predicts_solves_and_saves(site_lab: SiteLab, tmp_path: Path) -> None:
    site_lab.open(notebook_named("03"))
    site_lab.run_cell(EXPLORE, SECONDS)
    site_lab.run_cell(EXERCISE, SECONDS)
    stage = site_lab.stage()
    play(stage)
    set_stride(site_lab, stage)
    predict(stage)
    save(site_lab, stage, tmp_path)
    solve(site_lab)


def play(stage: Locator) -> None:
    """The picture moves by itself, and stops."""
    stage.get_by_role("button", name="Play", exact=True).click()
    expect(stage).to_have_attribute("data-step", re.compile("[1-9]"))
    stage.get_by_role("button", name="Pause").click()
    expect(stage).to_have_attribute("data-playing", "false")


def set_stride(lab: SiteLab, stage: Locator) -> None:
    """The layer follows a field, and a slider where there is one."""
    box = field(lab, "stride_nd width")
    box.fill("3")
    box.press("Enter")
    expect(stage).to_have_attribute("data-steps", "12")
    stage.get_by_role("button", name="All parameters").click()
    handle = slider(lab, "stride_nd width")
    handle.focus()
    handle.press("ArrowLeft")
    expect(stage).to_have_attribute("data-steps", "16")


def predict(stage: Locator) -> None:
    """What is asked can be skipped, and is shown then."""
    stage.get_by_role("button", name="Predict", exact=True).click()
    expect(stage.locator(".cv-cell.is-hidden").first).to_be_attached()
    stage.get_by_role("button", name="Predict", exact=True).click()
    expect(stage.locator(".cv-cell.is-hidden")).to_have_count(0)


def save(lab: SiteLab, stage: Locator, folder: Path) -> None:
    """Each kind of file is made, and is what its name says."""
    stage.get_by_role("button", name="More", exact=True).click()
    stage.get_by_role("button", name="Save", exact=True).click()
    starts = {"SVG": b"<?xml", "PNG": b"\x89PNG", "GIF": b"GIF89a", "HTML": b"<!doctype html>"}
    for form, start in starts.items():
        button = stage.get_by_role("button", name=form, exact=True)
        with lab.page.expect_download() as download:
            button.click()
        place = folder / download.value.suggested_filename
        download.value.save_as(place)
        assert place.read_bytes().lower().startswith(start.lower())
        expect(button).to_be_enabled()


def solve(lab: SiteLab) -> None:
    """A wrong answer is told why, the right one that it is."""
    exercise = lab.page.locator(".convviz-exercise").first
    for answer, words in (("1, 1, 6, 9", "✗"), ("1, 1, 4, 7", "✓")):
        exercise.get_by_role("textbox").first.fill(answer)
        exercise.get_by_role("button", name="Check").click()
        expect(exercise.get_by_text(words).first).to_be_visible()


@pytest.mark.browser
@pytest.mark.timeout(3 * SECONDS)
def test_forty_random_layers_have_the_native_bits(site_lab: SiteLab) -> None:
    cases = [exact.random_case(seed) for seed in range(40)]
    native = [
        convolve(c.input, c.kernel, c.bias, device="cpu", **c.layer.parameters()) for c in cases
    ]
    given = [
        {
            "arrays": [None if a is None else packed(a) for a in (c.input, c.kernel, c.bias)],
            "parameters": {k: as_plain(v) for k, v in c.layer.parameters().items()},
        }
        for c in cases
    ]
    site_lab.open(notebook_named("00"))
    found = site_lab.run_cell(f"given = {json.dumps(given)!r}\n{COMPUTE}", SECONDS)
    assert json.loads(found) == [hashlib.sha256(a.tobytes()).hexdigest() for a in native]


def packed(array: np.ndarray) -> list[object]:
    return [array.dtype.str, array.shape, base64.b64encode(array.tobytes()).decode()]


def as_plain(value: object) -> object:
    """A parameter as JSON has it: an enum by its name."""
    return value.name if isinstance(value, enum.Enum) else value
