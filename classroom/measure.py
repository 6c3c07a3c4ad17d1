"""Measure a class: students who open one notebook at once, each with a real Jupyter kernel.

    python classroom/measure.py [--students 1,10,30] [--notebook 04_padding.ipynb]

starts the hub of jupyterhub_config.py in a folder that is thrown away, and prints a line a class.
A student here is what a browser would be to the hub: a server, a session, a WebSocket on which the
cells run and a control is then moved. Nobody draws, so the numbers are the machine's own; the
students' side runs on it as well and takes a share of its processor.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)
from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPRequest
from tornado.websocket import websocket_connect

HERE = Path(__file__).resolve().parent
PROTOCOL = "v1.kernel.websocket.jupyter.org"  # JupyterLab's
WIDGET = "application/vnd.jupyter.widget-view+json"
MOVES = 20  # of a control
PATIENCE = 300  # seconds, for what may not come
HEADINGS = (
    "students",
    "servers ready (s)",
    "first widget, median (s)",
    "longest (s)",
    "notebook run, longest (s)",
    "errors",
    "moves lost",
    "a move, median (ms)",
    "longest (ms)",
    "memory a student (MB)",
    "comms",
    "received (MB)",
)


def main() -> None:
    """Measure classes of the sizes that the command line names."""
    parser = argparse.ArgumentParser(description="Measure classes on one machine.")
    parser.add_argument("--students", default="1,10,30")
    parser.add_argument("--notebook", default="04_padding.ipynb")
    arguments = parser.parse_args()
    print("| " + " | ".join(HEADINGS) + " |")
    print("| " + " | ".join("---" for _ in HEADINGS) + " |")
    for count in map(int, arguments.students.split(",")):
        with tempfile.TemporaryDirectory() as folder, running_hub(Path(folder)) as hub:
            students = asyncio.run(_class(hub, count, arguments.notebook))
        print("| " + " | ".join(_row(students)) + " |", flush=True)
        for words in sorted({words for student in students for words in student.errors}):
            print(words, file=sys.stderr)


# The hub


@dataclass(frozen=True)
class Hub:
    """A hub that runs, and a token that may do everything there."""

    url: str
    token: str
    password: str


@contextmanager
def running_hub(folder: Path, more: str = "") -> Iterator[Hub]:
    """Run the hub of jupyterhub_config.py on free ports until the block ends.

    Parameters
    ----------
    folder : what the hub and its students write
    more : lines of configuration besides
    """
    port, inner, api = _free_ports(3)
    hub = Hub(f"http://127.0.0.1:{port}", secrets.token_hex(16), secrets.token_hex(8))
    config = folder / "config.py"
    config.write_text(
        f"load_subconfig({str(HERE / 'jupyterhub_config.py')!r})\n"
        f"c.JupyterHub.bind_url = {hub.url!r}\n"
        f"c.JupyterHub.hub_bind_url = 'http://127.0.0.1:{inner}'\n"
        f"c.ConfigurableHTTPProxy.api_url = 'http://127.0.0.1:{api}'\n"
        f"c.JupyterHub.services = [dict(name='measure', api_token={hub.token!r})]\n"
        "c.JupyterHub.load_roles = [dict(name='measure', services=['measure'],"
        " scopes=['admin:users', 'admin:servers', 'access:servers'])]\n"
        f"{more}\n",
        encoding="utf-8",
    )
    variables = {"CONVVIZ_CLASS": str(folder), "CONVVIZ_CLASS_PASSWORD": hub.password}
    with (folder / "hub.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "--config", str(config)],
            env={**os.environ, **variables},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(hub, process, folder / "hub.log")
        yield hub
    finally:
        process.terminate()  # it stops its proxy and every server
        process.wait(timeout=PATIENCE)


def why_not() -> str:
    """What is missing for a hub here, or nothing."""
    try:
        import jupyterhub  # noqa: F401
    except ImportError:
        return "JupyterHub is not installed: pip install 'convviz[hub]'"
    missing = shutil.which("configurable-http-proxy") is None
    return "configurable-http-proxy is not installed: make hub installs it" if missing else ""


def _wait_for(hub: Hub, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(10 * PATIENCE):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{hub.url}/hub/health", timeout=PATIENCE).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the hub did not start:\n{log.read_text(errors='replace')[-4000:]}")


def _free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


# The students


@dataclass
class Student:
    """One student, and what was measured of theirs; times are in seconds."""

    hub: Hub
    name: str
    ready: float = 0.0
    first_widget: float | None = None
    run: float = 0.0
    moves: list[float] = field(default_factory=list)
    lost: int = 0
    errors: list[str] = field(default_factory=list)
    comms: int = 0
    received: int = 0
    memory: int = 0
    controls: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def _server(self) -> str:
        return f"{self.hub.url}/user/{self.name}"

    async def start_server(self) -> None:
        """Have the hub start this student's server, and wait until it is there."""
        start = time.monotonic()
        await self._ask(f"{self.hub.url}/hub/api/users/{self.name}", "POST")
        await self._ask(f"{self.hub.url}/hub/api/users/{self.name}/server", "POST")
        while time.monotonic() - start < PATIENCE:
            user = await self._ask(f"{self.hub.url}/hub/api/users/{self.name}")
            if user["server"]:
                break
            await asyncio.sleep(0.5)
        self.ready = time.monotonic() - start

    async def work(self, notebook: str) -> None:
        """Open a notebook, run all its cells, then move a control."""
        try:
            await self._work(notebook)
        except (OSError, HTTPError, TimeoutError) as error:
            self.errors.append(f"{self.name}: {error!r}")
        self.memory = _memory_of(self.name)

    async def _work(self, notebook: str) -> None:
        start = time.monotonic()
        path = f"notebooks/{notebook}"
        content = (await self._ask(f"{self._server}/api/contents/{path}"))["content"]
        wanted = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        session = await self._ask(f"{self._server}/api/sessions", "POST", wanted)
        channels = f"{self._server}/api/kernels/{session['kernel']['id']}/channels"
        address = f"{channels.replace('http', 'ws', 1)}?session_id={uuid.uuid4().hex}"
        request = HTTPRequest(address, headers=self._headers)
        self._socket = await websocket_connect(
            request, subprotocols=[PROTOCOL], max_message_size=2**30
        )
        for cell in content["cells"]:
            if cell["cell_type"] == "code":
                await self._run(cell["source"], start)
        self.run = time.monotonic() - start
        await self._move()
        self._socket.close()

    async def _run(self, source: str, start: float) -> None:
        content = {"code": source, "allow_stdin": False, "stop_on_error": False}
        sent = await self._send("execute_request", content)
        while True:
            message = await self._receive()
            kind, content = message["msg_type"], message["content"]
            if self.first_widget is None and WIDGET in content.get("data", {}):
                self.first_widget = time.monotonic() - start
            if kind == "error":
                self.errors.append(f"{self.name}: {content['ename']}: {content['evalue']}")
            mine = message["parent_header"].get("msg_id") == sent
            if kind == "status" and content["execution_state"] == "idle" and mine:
                return

    async def _move(self) -> None:
        """Move the first explorer's slider to and fro, as a hand would: one place after another."""
        if not self.controls:
            self.errors.append(f"{self.name}: there is no explorer to move")
            return
        comm, controls = next(iter(self.controls.items()))
        lesson = next(p for p in controls["parameters"] if p["name"] in controls["lesson"])
        control = lesson["controls"][0]
        least, most, _ = control["slider"]
        for number in range(MOVES):
            request, place = str(uuid.uuid4()), (least, most)[number % 2]
            data = {"request": request, "control": control["name"], "place": place}
            start = time.monotonic()
            await self._send("comm_msg", {"comm_id": comm, "data": _custom(data)})
            try:
                await asyncio.wait_for(self._acknowledged(comm, request), 30)
            except TimeoutError:
                self.lost += 1
            else:
                self.moves.append(time.monotonic() - start)

    async def _acknowledged(self, comm: str, request: str) -> None:
        while self.controls[comm]["acknowledged"] != request:
            await self._receive()

    async def _send(self, kind: str, content: dict[str, Any]) -> str:
        identity = uuid.uuid4().hex
        header = {"msg_id": identity, "msg_type": kind, "session": self.name, "version": "5.4"}
        header |= {"username": self.name, "date": ""}
        parts = [header, {}, {}, content]
        encoded = [json.dumps(part).encode() for part in parts]
        await self._socket.write_message(serialize_msg_to_ws_v1(encoded, "shell"), binary=True)
        return identity

    async def _receive(self) -> dict[str, Any]:
        raw = await asyncio.wait_for(self._socket.read_message(), PATIENCE)
        if raw is None:
            raise OSError("the WebSocket was closed")
        self.received += len(raw)
        _channel, parts = deserialize_msg_from_ws_v1(raw)
        header, parent, _metadata, content = (json.loads(part) for part in parts[:4])
        self.comms += header["msg_type"] == "comm_open"
        state = content.get("data", {}).get("state", {}) if "comm_id" in content else {}
        if state.get("controls"):
            self.controls[content["comm_id"]] = state["controls"]
        return {"msg_type": header["msg_type"], "parent_header": parent, "content": content}

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"token {self.hub.token}"}

    async def _ask(self, url: str, method: str = "GET", content: object = None) -> Any:
        body = None if method == "GET" else json.dumps(content or {})
        request = HTTPRequest(
            url, method, self._headers, body, request_timeout=PATIENCE, connect_timeout=PATIENCE
        )
        answer = await AsyncHTTPClient(force_instance=True).fetch(request)
        return json.loads(answer.body) if answer.body else None


async def _class(hub: Hub, count: int, notebook: str) -> list[Student]:
    """A class that logs in together and, once all have a server, opens a notebook together."""
    students = [Student(hub, f"student-{number}") for number in range(count)]
    await asyncio.gather(*(student.start_server() for student in students))
    await asyncio.gather(*(student.work(notebook) for student in students))
    return students


def _custom(content: object) -> dict[str, object]:
    """A widget's own message, as ipywidgets has it."""
    return {"method": "custom", "content": content}


def _memory_of(name: str) -> int:
    """Bytes that a student's server and Jupyter kernel hold, what they share counted in parts."""
    total = 0
    for process in psutil.process_iter():
        try:
            if process.environ().get("JUPYTERHUB_USER") == name:
                memory = process.memory_full_info()
                total += getattr(memory, "pss", memory.uss)
        except psutil.Error:
            continue  # it ended, or is somebody else's
    return total


def _row(students: list[Student]) -> list[str]:
    first = [student.first_widget for student in students if student.first_widget is not None]
    moves = [move for student in students for move in student.moves]
    return [
        str(len(students)),
        f"{max(student.ready for student in students):.1f}",
        f"{statistics.median(first):.1f}" if first else "none",
        f"{max(first):.1f}" if first else "none",
        f"{max(student.run for student in students):.1f}",
        str(sum(len(student.errors) for student in students)),
        f"{sum(student.lost for student in students)} of {len(students) * MOVES}",
        f"{1000 * statistics.median(moves):.0f}" if moves else "none",
        f"{1000 * max(moves):.0f}" if moves else "none",
        f"{statistics.median(student.memory for student in students) / 1e6:.0f}",
        f"{statistics.median(student.comms for student in students):.0f}",
        f"{statistics.median(student.received for student in students) / 1e6:.2f}",
    ]


if __name__ == "__main__":
    main()
