"""What all tests share: the environment of child processes, and the fixtures of lab.py."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from lab import Lab

ROOT = Path(__file__).parent.parent

# A slow machine is no bug: hypothesis may take the time it needs.
settings.register_profile("convviz", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("convviz"), max_examples=4_000)
settings.load_profile("convviz")

# Jupyter kernels import this checkout, whatever is installed.
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
)

SCREENSHOTS = ROOT / "tests" / "screenshots"
REPORT = pytest.StashKey[pytest.TestReport]()


def why_no_gpu() -> str | None:
    """Return why CuPy cannot use a GPU here, or None where it can."""
    try:
        import cupy
    except ImportError:
        return "CuPy is not installed"
    return None if cupy.is_available() else "CuPy finds no NVIDIA GPU"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    gpu_items = [item for item in items if item.get_closest_marker("gpu")]
    if gpu_items and (reason := why_no_gpu()):
        for item in gpu_items:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.stash[REPORT] = report
    return report


@pytest.fixture(scope="session")
def jupyter_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep this process's Jupyter, and all it starts, away from the user's own settings."""
    from lab import isolate_jupyter

    home = tmp_path_factory.mktemp("jupyter")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in isolate_jupyter(home).items():
            patch.setenv(name, value)
        yield home


@pytest.fixture(scope="session")
def jupyter_server(jupyter_home: Path):
    """Run a Jupyter server over a copy of the notebooks."""
    from lab import JupyterServer

    server = JupyterServer(jupyter_home)
    checkpoints = shutil.ignore_patterns(".ipynb_checkpoints")
    shutil.copytree(ROOT / "notebooks", server.root, ignore=checkpoints)
    with server.running():
        yield server


@pytest.fixture(scope="session")
def chromium():
    """Run one Chromium; each test gets a fresh context of it."""
    from lab import REMEDY, find_chromium, launch_chromium
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = find_chromium(playwright.chromium)
        if path is None:
            # On CI a skip would hide that nothing was tested.
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(REMEDY)
        browser = launch_chromium(playwright.chromium, path)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pages(chromium, jupyter_server):
    """Hand out the pages on the Jupyter server."""
    from lab import Pages

    pages = Pages(chromium, jupyter_server)
    yield pages
    pages.close()


@pytest.fixture
def lab(pages, request: pytest.FixtureRequest):
    """Open a page on the Jupyter server that is this test's alone."""
    lab = pages.new()
    yield lab
    show_failure(request.node, lab)
    pages.close()


@pytest.fixture
def notebook(pages, request: pytest.FixtureRequest):
    """Empty the notebook that tests use in turn, so that none waits for JupyterLab to start.

    It is JupyterLab showing one notebook alone. What a test changes of JupyterLab itself, its theme
    say, would still be there for the next: such a test asks for a `lab` of its own.
    """
    lab = pages.shared()
    yield lab
    if show_failure(request.node, lab):
        pages.close()


def show_failure(item: pytest.Item, lab: Lab) -> bool:
    """Return whether the test failed, and if it did, keep a picture of the page."""
    report = item.stash.get(REPORT, None)
    failed = report is not None and report.failed
    if failed:
        SCREENSHOTS.mkdir(exist_ok=True)
        lab.page.screenshot(path=SCREENSHOTS / f"{item.name}.png")
        print("console errors:", *lab.console_errors, sep="\n")
    return failed
