"""What a page keeps in memory, after its garbage is collected; for tests and benchmarks."""

from __future__ import annotations

from typing import NamedTuple

from playwright.sync_api import Page

_COUNT = (
    "function (name) { return [...this].filter((node) => node.classList.contains(name)).length; }"
)


class Kept(NamedTuple):
    """What is alive in a page: DOM nodes, attached or not, listeners, and the heap's size."""

    nodes: int
    listeners: int
    megabytes: float


class Memory:
    """A page's memory, through the Chrome DevTools protocol."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        for domain in ("Performance", "HeapProfiler"):
            self._session.send(f"{domain}.enable")

    def kept(self) -> Kept:
        """Collect the garbage and count what stays."""
        for _ in range(3):  # one collection frees what another then can
            self._session.send("HeapProfiler.collectGarbage")
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        found = {metric["name"]: metric["value"] for metric in metrics}
        heap = found["JSHeapUsedSize"] / 1e6
        return Kept(int(found["Nodes"]), int(found["JSEventListeners"]), heap)

    def elements(self, name: str) -> int:
        """How many ``div`` elements of a class are alive, in the document or cut off from it."""
        send = self._session.send
        prototype = send("Runtime.evaluate", {"expression": "HTMLDivElement.prototype"})["result"]
        query = {"prototypeObjectId": prototype["objectId"], "objectGroup": "memory"}
        everything = send("Runtime.queryObjects", query)["objects"]
        call = {
            "objectId": everything["objectId"],
            "functionDeclaration": _COUNT,
            "arguments": [{"value": name}],
            "returnByValue": True,
        }
        count = send("Runtime.callFunctionOn", call)["result"]["value"]
        send("Runtime.releaseObjectGroup", {"objectGroup": "memory"})
        return count
