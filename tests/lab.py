"""A real JupyterLab in a real Chromium, for the tests that only a browser can make.

`JupyterServer` is one server process in a folder of its own; `Lab` is one browser page on it, with
the verbs of someone at a notebook: open, run, type a cell, look. What a widget should show is left
to the tests; the fixtures that hand out a `Lab` stand in conftest.py.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import nbformat
from playwright.sync_api import (
    Browser,
    BrowserType,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Route,
    WebSocket,
    expect,
)

App = Literal["lab", "doc", "notebook"]

VIEWPORT = {"width": 1280, "height": 720}
# Bounds on what never comes, generous to a machine that is slow or busy: nothing waits this long
# for what does come.
START_SECONDS = 120  # a server's or a page's start
CELL_SECONDS = 300  # the cells of one notebook
PAGE_SECONDS = 180  # anything that a page shows or answers, on a machine with much else to do
expect.set_options(timeout=PAGE_SECONDS * 1000)

REMEDY = (
    "no browser found: install one with `playwright install chromium` or `apt-get install "
    "chromium`, or name one in CONVVIZ_CHROMIUM"
)

# Errors of Jupyter's own that no widget causes: two come with every page of Notebook 7.6, the last
# where a Jupyter kernel or a notebook goes while JupyterLab's debugger still asks about it.
HARMLESS_CONSOLE_ERRORS = (
    re.compile(r"reading 'schema'.*/static/notebook/notebook_core", re.DOTALL),
    re.compile(r"Command 'filebrowser:open-path' not registered"),
    re.compile(r"Could not restore the debugger state: Canceled future"),
)

# Run in the page before anything else of it.
PAGE_SCRIPTS = [Path(__file__).with_name(name) for name in ("lab.js", "probe.js")]


# Runs in a Jupyter kernel: the next test's cells find nothing of the last one's.
FORGET = "import ipywidgets; ipywidgets.Widget.close_all(); get_ipython().reset()"


class CellError(AssertionError):
    """A notebook cell that raised; the message is the Jupyter kernel's traceback."""


def find_chromium(playwright_chromium: BrowserType) -> str | None:
    """Return the path of a Chromium to drive, or None where there is none."""
    chosen = os.environ.get("CONVVIZ_CHROMIUM")
    names = [chosen] if chosen else ["chromium", "chromium-browser", "google-chrome"]
    for name in names:
        if path := shutil.which(name):
            return path
    bundled = playwright_chromium.executable_path
    return bundled if not chosen and Path(bundled).exists() else None


def launch_chromium(chromium: BrowserType, path: str) -> Browser:
    """Start Chromium without a window, a sandbox it cannot have as root, or errands of its own."""
    arguments = [
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    return chromium.launch(executable_path=path, args=arguments, timeout=START_SECONDS * 1000)


def isolate_jupyter(home: Path) -> dict[str, str]:
    """Write a Jupyter configuration under `home`; return the environment that makes Jupyter use it.

    Whoever runs the tests keeps their own settings, and their settings cannot change a test.
    """
    config = home / "config"
    files = {
        "jupyter_server_config.json": {
            "ServerApp": {"ip": "127.0.0.1", "open_browser": False, "allow_root": True}
        },
        "jupyter_lab_config.json": {
            "LabApp": {
                "expose_app_in_browser": True,
                "news_url": "",
                "extension_manager": "readonly",
            }
        },
        "jupyter_notebook_config.json": {"JupyterNotebookApp": {"expose_app_in_browser": True}},
        # The two parts of JupyterLab that ask the internet by themselves.
        "labconfig/page_config.json": {
            "disabledExtensions": {
                "@jupyterlab/apputils-extension:announcements": True,
                "@jupyterlab/extensionmanager-extension:plugin": True,
            }
        },
        # What one test types into a notebook is not there for the next.
        "labconfig/default_setting_overrides.json": {
            "@jupyterlab/docmanager-extension:plugin": {"autosave": False}
        },
    }
    for name, content in files.items():
        path = config / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    return {
        "JUPYTER_CONFIG_DIR": str(config),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_PLATFORM_DIRS": "1",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class JupyterServer:
    """One Jupyter server over the folder ``root`` in an isolated Jupyter's `home`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.root = home / "root"
        self.log = home / "server.log"
        self.token = secrets.token_hex(16)
        self.url = f"http://127.0.0.1:{_free_port()}/"

    @contextmanager
    def running(self) -> Iterator[JupyterServer]:
        """Serve until the block ends; every Jupyter kernel stops with the server."""
        command = [
            *(sys.executable, "-m", "jupyterlab", "--no-browser"),
            f"--ServerApp.port={urlsplit(self.url).port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={self.root}",
            f"--IdentityProvider.token={self.token}",
        ]
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            self._wait_until_it_answers(process)
            yield self
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            try:
                self.api("api/status")
                return
            except urllib.error.URLError:
                time.sleep(0.1)
        words = self.log.read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"the Jupyter server did not start:\n{words[-4000:]}")

    def api(self, path: str, method: str = "GET") -> Any:
        """Ask the server's REST interface; return its JSON, or None where it has nothing to say."""
        request = urllib.request.Request(
            self.url + path, method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def forget(self) -> None:
        """Shut down every Jupyter kernel, and drop what pages have set: theme, layout."""
        for session in self.api("api/sessions"):
            self.api(f"api/sessions/{session['id']}", method="DELETE")
        shutil.rmtree(self.home / "settings", ignore_errors=True)
        shutil.rmtree(self.home / "workspaces", ignore_errors=True)


class Pages:
    """Pages on one server, one at a time: each for one test, or one for many tests in turn."""

    def __init__(self, browser: Browser, server: JupyterServer) -> None:
        self._browser = browser
        self._server = server
        self._open: Lab | None = None
        self._shared = False

    def new(self) -> Lab:
        """Return a page that has never been used, at 1280×720, with no Jupyter kernel running."""
        self.close()
        context = self._browser.new_context(viewport=VIEWPORT, service_workers="block")
        self._open = Lab(self._server, context.new_page())
        return self._open

    def shared(self) -> Lab:
        """Return the page of an empty notebook, the last test's where that left one."""
        if not (self._shared and self._open):
            lab = self.new()
            lab.new([], app="doc")
            self._shared = True
            return lab
        self._open.start_over()
        return self._open

    def close(self) -> None:
        """Close the page and stop every Jupyter kernel; what the page has set is forgotten."""
        if self._open:
            self._open.page.context.close()
            self._server.forget()
        self._open, self._shared = None, False


class Lab:
    """One page of JupyterLab.

    Attributes
    ----------
    page : Page
        Playwright's page, for everything that has no verb here.
    console_errors : list of str
        Errors that the page logged or threw.
    foreign_requests : list of str
        Addresses outside this server that the page asked for; none of them was let through.
    """

    def __init__(self, server: JupyterServer, page: Page) -> None:
        self.server = server
        self.page = page
        self.console_errors: list[str] = []
        self.foreign_requests: list[str] = []
        page.set_default_timeout(PAGE_SECONDS * 1000)
        for script in PAGE_SCRIPTS:
            page.add_init_script(path=script)
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self._note_error(f"{error} ({error.stack})"))
        page.on("websocket", self._note_socket)
        own = re.escape(server.url)
        page.context.route(re.compile(rf"^(?!{own}|blob:|data:)"), self._refuse)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note_error(f"{message.text} ({message.location.get('url', '')})")

    def _note_error(self, text: str) -> None:
        if not any(harmless.search(text) for harmless in HARMLESS_CONSOLE_ERRORS):
            self.console_errors.append(text)

    def _note_socket(self, websocket: WebSocket) -> None:
        if urlsplit(websocket.url).netloc != urlsplit(self.server.url).netloc:
            self.foreign_requests.append(websocket.url)

    def _refuse(self, route: Route) -> None:
        self.foreign_requests.append(route.request.url)
        route.abort()

    # Opening

    def open(self, notebook: str, app: App = "lab") -> None:
        """Open a notebook, named from the server's root, and wait for its Jupyter kernel.

        `app` is ``lab`` for JupyterLab, ``doc`` for JupyterLab with this notebook alone and so with
        more room for it, and ``notebook`` for Notebook 7.
        """
        prefix = {"lab": "lab/tree/", "doc": "doc/tree/", "notebook": "notebooks/"}[app]
        query = f"?token={self.server.token}" + ("&reset" if app == "lab" else "")
        self.page.goto(self.server.url + prefix + quote(notebook) + query)
        self.wait_until("lab.ready()", START_SECONDS)

    def new(self, cells: list[str], app: App = "lab", name: str = "test.ipynb") -> None:
        """Write a notebook of these code cells and open it; nothing runs yet."""
        content = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(content, self.server.root / name)
        self.open(name, app)

    def replace_cells(self, cells: list[str]) -> None:
        """Put these code cells into the open notebook, in place of its own; nothing runs yet."""
        self.page.evaluate("sources => lab.replaceCells(sources)", cells)

    def start_over(self) -> None:
        """Empty the open notebook and its Jupyter kernel's memory: no cell, no widget, no name."""
        self.page.evaluate("code => lab.execute(code)", FORGET)
        self.replace_cells([])
        self.page.mouse.move(0, 0)
        self.page.evaluate("document.activeElement?.blur()")
        self.wait_until("lab.ready()")
        self.console_errors.clear()
        self.foreign_requests.clear()

    @contextmanager
    def visiting(self, notebook: str) -> Iterator[None]:
        """Have another notebook open in this page, unsaved, with a Jupyter kernel of its own."""
        opened = f"lab.panel?.context.path === {notebook!r} && lab.ready()"
        self.page.evaluate("path => void lab.visit(path)", notebook)
        self.wait_until(opened, START_SECONDS)
        yield
        self.page.evaluate("lab.leave()")
        self.wait_until(f"lab.panel?.context.path !== {notebook!r} && lab.ready()")

    def theme(self, name: str) -> None:
        """Change JupyterLab's theme: ``JupyterLab Dark`` or ``JupyterLab Light``."""
        self.page.evaluate(
            "theme => jupyterapp.commands.execute('apputils:change-theme', { theme })", name
        )
        light = "false" if "Dark" in name else "true"
        self.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")

    # Running

    def run_all(self, seconds: float = CELL_SECONDS) -> None:
        """Run every cell and wait until the Jupyter kernel is idle.

        Raises
        ------
        CellError
            Where a cell raised; the cells below it have not run.
        """
        self._run("notebook:run-all-cells", seconds)
        for index in range(self.page.evaluate("lab.cells.length")):
            self.cell_output_text(index)

    def run_cell(self, source: str, seconds: float = CELL_SECONDS) -> str:
        """Append a cell, run it, and return what it printed and showed as text.

        Raises
        ------
        CellError
            Where the cell raised.
        """
        self.page.evaluate("source => lab.append(source)", source)
        self._run("notebook:run-cell", seconds)
        return self.cell_output_text(-1)

    def cell_output_text(self, index: int) -> str:
        """Return a cell's output as text, streams and results together; ``-1`` is the last cell."""
        texts = []
        for output in self.page.evaluate("index => lab.outputs(index)", index):
            if output["output_type"] == "error":
                raise CellError(re.sub(r"\x1b\[[\d;]*m", "", "\n".join(output["traceback"])))
            text = output.get("text", output.get("data", {}).get("text/plain", ""))
            texts.append(text if isinstance(text, str) else "".join(text))
        return "".join(texts)

    def _run(self, command: str, seconds: float) -> None:
        self.page.evaluate("command => lab.run(command)", command)
        self.wait_until("!lab.running && lab.ready()", seconds)
        if failure := self.page.evaluate("lab.failure"):
            raise RuntimeError(f"{command}: {failure}")

    def wait_until(self, condition: str, seconds: float = PAGE_SECONDS) -> None:
        """Wait until a JavaScript condition holds in the page."""
        try:
            self.page.wait_for_function(condition, timeout=seconds * 1000)
        except Error as error:
            error.add_note("console: " + "\n".join(self.console_errors or ["no errors"]))
            raise

    def wait_until_restored(self, stages: int) -> None:
        """Wait until a notebook that was opened again has drawn this many stages.

        ipywidgets 8.1.9 gives a widget two seconds for its model to come from the Jupyter kernel.
        Where all models come just then, as they may on a busy machine, it has given up a moment
        before and does not try again (jupyter-widgets/ipywidgets#4026). What a reader does by
        opening the notebook once more is done here to those outputs alone.
        """
        drawn = "document.querySelectorAll('.convviz-stage[data-steps]').length"
        self.wait_until(f"lab.ready() && {drawn} + lab.lost.length >= {stages}")
        if self.page.evaluate("lab.lost.length"):
            self.page.evaluate("lab.drawLostAgain()")
            self.console_errors = [
                error for error in self.console_errors if "widget model not found" not in error
            ]
        self.wait_until(f"{drawn} === {stages}")

    # Looking

    def stage(self, n: int = 0) -> Locator:
        """Return the n-th convviz stage of the page, from the top."""
        return self.page.locator(".convviz-stage").nth(n)


# An explorer's controls


def slider(lab: Lab, name: str) -> Locator:
    """A parameter's slider."""
    return lab.page.get_by_role("slider", name=name, exact=True).first


def field(lab: Lab, name: str) -> Locator:
    """A parameter's field for typing."""
    return lab.page.get_by_label(name, exact=True).and_(lab.page.locator("input:not([type])")).first
