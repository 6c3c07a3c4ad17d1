"""The classroom: notebooks handed out over nobody's work, and several students at once on a hub."""

from __future__ import annotations

import importlib.util
import json
import socket
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest
from lab import PAGE_SECONDS, VIEWPORT, Lab, field
from playwright.sync_api import Browser, expect

from convviz.language.catalogue import say

ROOT = Path(__file__).parent.parent
NAMES = ("ada", "grace", "yann")
NOTEBOOK = "03_stride.ipynb"
# What anywidget gives a model's program is two seconds, and here three browsers and three servers
# share a processor: of the models that wait longer than that, one may take no more messages.
SLOW = "[anywidget] Failed to initialize model"
EXPOSED = "c.Spawner.args.append('--LabApp.expose_app_in_browser=True')"  # which `Lab` needs


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "classroom" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


# Handing out


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """The class's notebooks and a student's."""
    source = tmp_path / "class"
    source.mkdir()
    (source / "01.ipynb").write_text("first")
    return source, tmp_path / "home" / "notebooks"


@pytest.fixture(scope="module")
def student() -> ModuleType:
    return load("student")


def found(folder: Path) -> dict[str, str]:
    return {place.name: place.read_text() for place in sorted(folder.glob("*.ipynb"))}


def test_a_student_gets_a_copy_and_an_update_of_what_was_not_touched(
    student: ModuleType, folders: tuple[Path, Path]
) -> None:
    source, target = folders
    student.hand_out(source, target)
    assert found(target) == {"01.ipynb": "first"}
    (source / "01.ipynb").write_text("second")
    (source / "02.ipynb").write_text("another")
    student.hand_out(source, target)
    assert found(target) == {"01.ipynb": "second", "02.ipynb": "another"}


def test_work_stays_and_an_update_comes_beside_it(
    student: ModuleType, folders: tuple[Path, Path]
) -> None:
    source, target = folders
    student.hand_out(source, target)
    (target / "01.ipynb").write_text("worked in")
    student.hand_out(source, target)
    assert found(target) == {"01.ipynb": "worked in"}  # there is nothing newer
    for version in ("second", "third"):  # the copy beside it is not touched, so it follows
        (source / "01.ipynb").write_text(version)
        student.hand_out(source, target)
        assert found(target) == {"01.ipynb": "worked in", "01 (2).ipynb": version}
    (target / "01 (2).ipynb").write_text("worked in as well")
    (source / "01.ipynb").write_text("fourth")
    student.hand_out(source, target)
    assert found(target)["01 (2).ipynb"] == "worked in as well"
    assert found(target)["01 (3).ipynb"] == "fourth"


def test_what_was_deleted_is_handed_out_again(
    student: ModuleType, folders: tuple[Path, Path]
) -> None:
    source, target = folders
    student.hand_out(source, target)
    (target / "01.ipynb").unlink()
    student.hand_out(source, target)
    assert found(target) == {"01.ipynb": "first"}


@pytest.mark.parametrize("record", ["", "[]", "{"])
def test_without_its_record_every_other_file_counts_as_work(
    record: str, student: ModuleType, folders: tuple[Path, Path]
) -> None:
    source, target = folders
    student.hand_out(source, target)
    (target / student.RECORD).write_text(record)
    (source / "01.ipynb").write_text("second")
    student.hand_out(source, target)
    assert found(target) == {"01.ipynb": "first", "01 (2).ipynb": "second"}


# The hub


class Desk(Lab):
    """One student's page of JupyterLab on the hub."""

    def __init__(self, hub: Any, browser: Browser, name: str) -> None:
        super().__init__(hub, browser.new_context(viewport=VIEWPORT).new_page())
        self.name = name

    def log_in(self) -> None:
        """Log in as a student does, and wait until the hub has started the server."""
        self.page.goto(f"{self.server.url}/hub/login")
        self.page.get_by_label("Username").fill(self.name)
        self.page.get_by_label("Password").fill(self.server.password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(f"{self.server.url}/user/{self.name}/lab/**")

    def visit(self, notebook: str) -> None:
        """Open a notebook, and let its Jupyter kernel start."""
        self.page.goto(f"{self.server.url}/user/{self.name}/doc/tree/notebooks/{notebook}")

    @property
    def kernel(self) -> dict[str, Any]:
        """The Jupyter kernel of the notebook: the page that opens first has one as well."""
        sessions = self.ask("sessions")
        [kernel] = [each["kernel"] for each in sessions if each["path"].endswith(NOTEBOOK)]
        return kernel

    def ask(self, path: str, method: str = "GET") -> Any:
        """Ask this student's server."""
        request = urllib.request.Request(
            f"{self.server.url}/user/{self.name}/api/{path}",
            method=method,
            headers={"Authorization": f"token {self.server.token}"},
        )
        with urllib.request.urlopen(request, timeout=PAGE_SECONDS) as answer:
            body = answer.read()
        return json.loads(body) if body else None


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    for module in ("jupyterhub", "psutil"):
        pytest.importorskip(module, reason="JupyterHub is not installed: pip install convviz[hub]")
    measure = load("measure")
    if reason := measure.why_not():
        pytest.skip(reason)
    with measure.running_hub(tmp_path_factory.mktemp("hub"), EXPOSED) as hub:
        yield hub


def test_nothing_is_left_of_a_hub_that_is_told_to_end(tmp_path: Path) -> None:
    measure = load("measure")
    if reason := measure.why_not():
        pytest.skip(reason)
    with measure.running_hub(tmp_path) as hub:
        place = urlsplit(hub.url)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((place.hostname, place.port), timeout=10).close()


@pytest.mark.browser
def test_students_work_at_the_same_time_and_are_told_of_a_stopped_kernel(
    hub: Any, chromium: Browser
) -> None:
    """Each runs the notebook and sees their own stride; then one loses the Jupyter kernel."""
    desks = [Desk(hub, chromium, name) for name in NAMES]
    for each in desks:
        each.log_in()
    for each in desks:
        each.visit(NOTEBOOK)
    for each in desks:
        each.wait_until("lab.ready()")
        each.page.evaluate("lab.run('notebook:run-all-cells')")
    for stride, each in enumerate(desks, 1):
        each.wait_until("!lab.running && lab.ready()")
        box = field(each, "stride_nd width")
        box.fill(str(stride))
        box.press("Enter")
        expect(each.stage()).to_have_attribute("data-steps", str(4 * (6 // stride + 1)))
        assert [error for error in each.console_errors if SLOW not in error] == []
        assert each.foreign_requests == []
    gone, *others = desks
    gone.ask(f"kernels/{gone.kernel['id']}", "DELETE")  # as the server does with one that is idle
    expect(gone.stage()).to_have_attribute("data-live", "false")
    expect(gone.stage().get_by_text(say("browser.stage.kernel_away")).first).to_be_attached()
    for each in others:
        expect(each.stage()).to_have_attribute("data-live", "true")
        assert each.kernel["connections"] == 1
