"""The site of notebooks: its lock file, and the notebooks in a browser that runs Python itself."""

from __future__ import annotations

import functools
import http.server
import importlib.util
import json
import os
import subprocess
import threading
import venv
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Page, expect

ROOT = Path(__file__).parent.parent
VARIABLE = "CONVVIZ_PYODIDE"
NOTEBOOKS = ("00", "01", "03", "04", "07", "10", "11")


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_site", ROOT / "site" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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


# In a browser


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
def address(site: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.mark.browser
@pytest.mark.parametrize("number", NOTEBOOKS)
def test_a_notebook_runs_with_nothing_installed_and_no_other_host(
    number: str, address: str, page_without_hosts: tuple[Page, list[str]]
) -> None:
    page, foreign = page_without_hosts
    [notebook] = sorted((ROOT / "notebooks").glob(f"{number}_*.ipynb"))
    page.goto(f"{address}/lab/index.html?path={notebook.name}")
    page.locator(".jp-Notebook .jp-CodeCell").first.click(timeout=300_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).first.click()
    cells = [c for c in json.loads(notebook.read_text())["cells"] if c["cell_type"] == "code"]
    last = f"[{len(cells)}]:"
    expect(page.locator(".jp-InputPrompt", has_text=last)).to_be_attached(timeout=500_000)
    expect(page.locator(".convviz-stage[data-steps]").first).to_be_attached()
    assert page.locator(".jp-RenderedText[data-mime-type*='error']").all_inner_texts() == []
    assert foreign == []


@pytest.fixture
def page_without_hosts(address: str, chromium: object) -> Iterator[tuple[Page, list[str]]]:
    """A page to which no other host answers, and what it asked of them."""
    foreign: list[str] = []
    context = chromium.new_context(viewport={"width": 1280, "height": 720})

    def answer(route: object) -> None:
        url = route.request.url
        if url.startswith((address, "blob:", "data:")):
            route.continue_()
        else:
            foreign.append(url)
            route.abort()

    context.route("**/*", answer)
    yield context.new_page(), foreign
    context.close()
