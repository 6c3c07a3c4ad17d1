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
import zipfile
import zipimport
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import get_args

import exact
import numpy as np
import pytest
from lab import VIEWPORT, CellError, Lab, field, slider
from playwright.sync_api import Browser, Locator, expect

import convviz as cv
from convviz import matplotlib_data
from convviz.compute.convolve import convolve
from convviz.poster import pen

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
LOADED = "'matplotlib' in sys.modules"
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
def packages() -> Iterator[ModuleType]:
    yield from module_of_the_site("packages.py")


@pytest.fixture(scope="module")
def slim() -> Iterator[ModuleType]:
    yield from module_of_the_site("slim.py")


@pytest.fixture
def in_a_browser() -> Iterator[ModuleType]:
    """What Python runs at its start there, without what it changes in the running Python."""
    finders, invalidate = list(sys.meta_path), zipimport.zipimporter.invalidate_caches
    yield from module_of_the_site("python/sitecustomize.py")
    sys.meta_path[:] = finders
    zipimport.zipimporter.invalidate_caches = invalidate


def module_of_the_site(place: str) -> Iterator[ModuleType]:
    name = f"site_{Path(place).stem}"
    spec = importlib.util.spec_from_file_location(name, ROOT / "site" / place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module


# The lock file


def entry(*depends: str, file_name: str = "x-cp312-wasm32.whl") -> dict[str, object]:
    return {"file_name": file_name, "depends": list(depends)}


def test_what_is_kept_is_what_the_start_needs_and_nothing_else(packages: ModuleType) -> None:
    lock = {
        "convviz": entry("numpy", "Jupyterlab_Widgets"),
        "numpy": entry(),
        "jupyterlab-widgets": entry("nowhere"),
        "pandas": entry("numpy"),
    }
    packages.keep(lock, packages.closure(["convviz"], lock))
    assert set(lock) == {"convviz", "numpy", "jupyterlab-widgets"}
    assert lock["jupyterlab-widgets"]["depends"] == []


def test_pure_packages_of_the_start_leave_the_lock_file(
    packages: ModuleType, tmp_path: Path
) -> None:
    traitlets = packages_wheel(tmp_path, "traitlets-5-py3-none-any.whl")
    lock = {
        "ipywidgets": entry("traitlets", "numpy", file_name=traitlets.name),
        "traitlets": entry(file_name=traitlets.name),
        "numpy": entry(),
        "fonttools": entry(file_name="fonttools-4-py3-none-any.whl"),
        "convviz": entry("ipywidgets", "numpy", file_name="convviz-0-py3-none-any.whl"),
    }
    assert packages.take_pure(lock, tmp_path, None) == [traitlets, traitlets]
    assert set(lock) == {"numpy", "fonttools", "convviz"}
    assert lock["convviz"]["depends"] == ["numpy"]


def packages_wheel(folder: Path, name: str, **files: str) -> Path:
    wheel = folder / name
    with zipfile.ZipFile(wheel, "w") as archive:
        for place, text in files.items():
            archive.writestr(place, text)
    return wheel


def test_what_is_not_in_the_site_is_named_by_its_whole_address(
    packages: ModuleType, tmp_path: Path
) -> None:
    home, pool = tmp_path / "home", tmp_path / "pool"
    home.mkdir()
    pool.mkdir()
    (pool / "own.whl").write_bytes(b"")
    lock = {"own": {"file_name": "own.whl"}, "numpy": {"file_name": "numpy.whl"}}
    packages.place(lock, home, pool, None)
    assert (home / "own.whl").exists()
    assert lock["own"]["file_name"] == "own.whl"
    assert lock["numpy"]["file_name"] == f"{packages.PYODIDE_URL}numpy.whl"


def test_what_jupyterlite_asks_for_by_name_is_there(packages: ModuleType, tmp_path: Path) -> None:
    lock = {"sqlite3": entry()}
    packages.answer_for(lock, tmp_path)
    assert {name.replace("_", "-") for name in packages.ASKED_FOR} == set(lock)
    assert lock["sqlite3"] == entry()
    assert (tmp_path / str(lock["pyodide-kernel"]["file_name"])).exists()
    assert lock["pyodide-kernel"]["imports"] == []


def test_a_wheel_is_read_as_a_browser_needs_it(packages: ModuleType, tmp_path: Path) -> None:
    metadata = (
        "Name: Some_Thing\nVersion: 1.2\nRequires-Dist: numpy>=2\n"
        'Requires-Dist: colorama; sys_platform == "win32"\n'
        'Requires-Dist: pytest; extra == "test"\n'
    )
    files = {
        "some_thing/__init__.py": "",
        "single.py": "",
        "some_thing-1.2.dist-info/METADATA": metadata,
        "some_thing-1.2.data/data/x": "",
    }
    found = packages.entry(packages_wheel(tmp_path, "Some_Thing-1.2-py3-none-any.whl", **files))
    assert found["name"] == "some-thing"
    assert found["depends"] == ["numpy"]
    assert found["imports"] == ["single", "some_thing"]


def test_the_site_s_convviz_has_what_it_reads_of_matplotlib_s_files(
    packages: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = packages_wheel(tmp_path, "convviz-0-py3-none-any.whl")
    packages._add_data(wheel)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    monkeypatch.setattr(matplotlib_data, "__file__", str(tmp_path / "convviz" / "x.py"))
    monkeypatch.setattr(matplotlib_data, "find_spec", lambda _: pytest.fail("looked elsewhere"))
    assert cv.examples.photograph().shape == (1, 1, 300, 256)
    for face in get_args(pen.Face):
        assert pen._font.__wrapped__(face, 9.0).getname()[0].startswith("DejaVu")


# Python in the browser


def test_what_nobody_reads_is_left_out(slim: ModuleType) -> None:
    unread = ("some/a.pyi", "some/tests/b.py", "x-1.data/data/y", "pygments/lexers/sql.py")
    read = ("some/a.py", "x-1.dist-info/METADATA", "pygments/lexers/python.py", "pygments/a.py")
    assert all(slim.UNREAD.search(name) for name in unread)
    assert not any(slim.UNREAD.search(name) for name in read)


class Pyodide:
    """Enough of Pyodide in a page to fetch packages, of which there are two."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.fetched: list[str] = []
        self.packages: dict[str, dict[str, object]] = {}
        for name, depends in (("upper", ["lower"]), ("lower", [])):
            files = {f"{name}_module.py": "\n".join(f"import {d}_module" for d in depends)}
            wheel = packages_wheel(folder, f"{name}.whl", **files)
            self.packages[name] = {
                "imports": [f"{name}_module"],
                "depends": depends,
                "file_name": wheel.name,
                "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
            }
        lock = SimpleNamespace(to_py=lambda: self.packages)
        config = SimpleNamespace(indexURL=f"{folder}/")
        api = SimpleNamespace(lockfile_packages=lock, config=config)
        own = SimpleNamespace(_api=api, loadedPackages=SimpleNamespace())
        url = SimpleNamespace(new=lambda name, base: SimpleNamespace(href=base + name))
        js = SimpleNamespace(URL=url, XMLHttpRequest=SimpleNamespace(new=self.request))
        monkeypatch.setitem(sys.modules, "pyodide_js", own)
        monkeypatch.setitem(sys.modules, "js", js)
        home = folder / "home"
        home.mkdir()
        monkeypatch.setattr("site.getsitepackages", lambda: [str(home)])
        monkeypatch.syspath_prepend(home)

    def request(self) -> SimpleNamespace:
        request = SimpleNamespace(status=200, statusText="OK")

        def send() -> None:
            self.fetched.append(Path(request.address).name)
            request.response = SimpleNamespace(to_bytes=Path(request.address).read_bytes)

        request.open = lambda _method, address, _later: setattr(request, "address", address)
        request.send = send
        return request


@pytest.fixture
def pyodide(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Pyodide]:
    yield Pyodide(monkeypatch, tmp_path)
    for name in ("upper_module", "lower_module"):
        sys.modules.pop(name, None)


def test_a_package_is_fetched_by_the_first_import_with_what_it_needs(
    in_a_browser: ModuleType, pyodide: Pyodide
) -> None:
    assert importlib.util.find_spec("nobody_has_this") is None
    assert pyodide.fetched == []
    module = importlib.import_module("upper_module")
    assert module.lower_module is sys.modules["lower_module"]
    assert pyodide.fetched == ["upper.whl", "lower.whl"]


def test_a_package_that_was_exchanged_is_not_imported(
    in_a_browser: ModuleType, pyodide: Pyodide
) -> None:
    pyodide.packages["lower"]["sha256"] = "0" * 64
    with pytest.raises(ImportError, match=r"lower\.whl is not the file"):
        importlib.import_module("lower_module")


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


def test_what_the_site_imports_is_compiled(site: Path) -> None:
    for archive in site.glob("static/pyodide/*"):
        if archive.suffix in (".zip", ".whl"):
            with zipfile.ZipFile(archive) as file:
                assert [name for name in file.namelist() if name.endswith(".py")] == []


@pytest.mark.browser
@pytest.mark.timeout(3 * SECONDS)
def test_matplotlib_comes_when_it_is_asked_for(site_lab: SiteLab) -> None:
    """And a still, which needs letters, does not ask for it."""
    site_lab.open(notebook_named("03"))
    site_lab.run_cell(EXPLORE, SECONDS)
    assert site_lab.run_cell(f"import sys\n{LOADED}", SECONDS) == "False"
    drawn = f"len(cv.draw(*arrays).bytes('png')) > 1000 and {LOADED}"
    assert site_lab.run_cell(drawn, SECONDS) == "True"


@pytest.mark.browser
@pytest.mark.timeout(3 * SECONDS)
def test_who_wants_to_install_something_is_told_that_nothing_can_be(site_lab: SiteLab) -> None:
    site_lab.open(notebook_named("00"))
    with pytest.raises(CellError, match="Nothing can be installed here"):
        site_lab.run_cell("%pip install pandas", SECONDS)


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
