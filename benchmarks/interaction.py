"""How fast the explorer answers, in a real JupyterLab in a real Chromium, beside its peers.

Every ratio comes from one page, with what is compared taken in turns. README.md says what each line
means. Needs the browser that the tests need.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Locator, Page, TimeoutError, WebSocket, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from lab import (  # noqa: E402  the tests' harness
    REMEDY,
    START_SECONDS,
    VIEWPORT,
    JupyterServer,
    Lab,
    find_chromium,
    isolate_jupyter,
    launch_chromium,
)
from memory import Memory  # noqa: E402

ROUNDS = 15  # there and back
MOVES = 100
WARM_MOVES = 20
PLAY_MILLISECONDS = 5000
QUIET_MILLISECONDS = 300  # after which nothing of the last change is under way
EXPLORERS = 30
REOPEN_MILLISECONDS = 20_000

IMPORTS = """
import numpy as np
import convviz as cv
from convviz.scene import scene
from convviz.course import examples
from interaction_page.peers import Echo, interact_convolution
data, kernel = examples.counting(), examples.powers_of_ten()
"""
EXPLORE = 'cv.explore(data, kernel, controls="all")'
INTERACT = "interact_convolution(data[0, 0], kernel[0, 0])"

# The React visualiser's sizes; the larger lies just past where numbers give way to pictures.
GRIDS = {589: (18, 18), 6061: (56, 56)}
EXPLORE_GRID = """
scene.READABLE_CELLS = 6_100
cv.explore(np.resize(np.arange(1, 10, dtype=np.float32), {shape}), kernel)
"""

SLIDERS = {"stride": "stride_nd width", "padding": "pre_padding height"}  # theirs, and convviz's


class Traffic:
    """What goes over a page's channels to Jupyter kernels, counted."""

    def __init__(self, page: Page) -> None:
        self.sent = self.received = self.received_bytes = 0
        page.on("websocket", self._watch)

    def _watch(self, socket: WebSocket) -> None:
        if "/channels" not in socket.url:
            return
        socket.on("framesent", self._count_sent)
        socket.on("framereceived", self._count_received)

    def _count_sent(self, _payload: str | bytes) -> None:
        self.sent += 1

    def _count_received(self, payload: str | bytes) -> None:
        self.received += 1
        self.received_bytes += len(payload.encode() if isinstance(payload, str) else payload)


@contextmanager
def open_lab() -> Iterator[Lab]:
    """A page on a JupyterLab of its own, whose Jupyter kernels import this checkout."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder)
        os.environ.update(isolate_jupyter(home))
        paths = (str(ROOT), str(Path(__file__).parent), os.environ.get("PYTHONPATH", ""))
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        server = JupyterServer(home)
        server.root.mkdir()
        path = find_chromium(playwright.chromium)
        if path is None:
            sys.exit(REMEDY)
        with server.running():
            browser = launch_chromium(playwright.chromium, path)
            page = browser.new_page(viewport=VIEWPORT)
            lab = Lab(server, page)
            page.add_init_script(path=Path(__file__).parent / "interaction_page" / "probe.js")
            yield lab
            browser.close()


# The table


def row(name: str, values: Sequence[float], unit: str = "ms", note: str = "") -> float:
    """Print the median and the 95th percentile of something measured; return the median."""
    median = statistics.median(values)
    high = statistics.quantiles(values, n=20)[-1] if len(values) > 1 else median
    print(f"  {name:<52} {median:9.2f} {high:9.2f} {unit:<5} {note}", flush=True)
    return median


def head(text: str) -> None:
    print(f"\n{text:<56}{'median':>7} {'95 %':>9}")


def ratio(name: str, value: float, budget: str) -> None:
    print(f"  {name:<52} {value:9.2f} times     (budget: {budget})")


# From running a cell to its first picture


def measure_first_picture(lab: Lab) -> None:
    head("running the cell → first picture painted")
    for name, source, selector in (
        ("convviz, once imported", EXPLORE, ".convviz-stage[data-steps]"),
        ("interact + matplotlib", INTERACT, ".widget-interact img"),
    ):
        lab.run_cell("import matplotlib.pyplot")
        times = []
        for _ in range(5):
            before = lab.page.locator(selector).count()
            lab.page.evaluate("source => lab.append(source)", source)
            times.append(
                lab.page.evaluate(
                    """async ([selector, before]) => {
                      const start = performance.now();
                      lab.run("notebook:run-cell");
                      while (document.querySelectorAll(selector).length <= before)
                        await new Promise(requestAnimationFrame);
                      const images = [...document.querySelectorAll("img")];
                      await Promise.all(images.map((image) => image.decode()));
                      return (await probe.painted()) - start;
                    }""",
                    [selector, before],
                )
            )
            lab.wait_until("lab.ready() && !lab.running")
        row(name, times)


# From a slider to pixels


def measure_changes(lab: Lab, traffic: Traffic) -> None:
    lab.new([IMPORTS, EXPLORE, INTERACT, "Echo()"])
    lab.run_all()
    lab.page.wait_for_selector(".widget-interact img")
    for name, label in SLIDERS.items():
        theirs = lab.page.locator(".widget-interact .widget-slider", has_text=name)
        handles = {
            "slider": (lab.page.get_by_role("slider", name=label), ".cv-board"),
            "field": (lab.page.get_by_role("spinbutton", name=label), ".cv-board"),
            "interact": (theirs.locator(".noUi-handle"), ".widget-interact .jp-OutputArea"),
        }
        changed: dict[str, list[float]] = {who: [] for who in handles}
        painted: dict[str, list[float]] = {who: [] for who in [*handles, "echo", "shown"]}
        sizes: dict[str, list[float]] = {who: [] for who in handles}
        for n in range(2 * (ROUNDS + 1)):
            for who, (handle, root) in handles.items():
                key = "ArrowDown" if n % 2 else "ArrowUp"
                answer, size = press(lab, traffic, handle, key, root)
                painted[who].append(answer["painted"])
                changed[who].append(answer["changed"])
                sizes[who].append(size / 1e3)
            lab.page.wait_for_timeout(QUIET_MILLISECONDS)
            answer = lab.page.evaluate("document.querySelector('.echo').ping()")
            painted["echo"].append(answer["back"])
            painted["shown"].append(answer["shown"])
        for times in (changed, painted, sizes):
            for who, values in times.items():
                times[who] = values[2:]  # the first of each are slower
        head(f"{label} by one → pixels changed, reference input")
        slider = row("convviz, slider: painted", painted["slider"])
        row("convviz, slider: document changed", changed["slider"])
        field = row("convviz, field: painted", painted["field"], note="nothing prefetched")
        row("convviz, field: document changed", changed["field"])
        interact = row("interact + matplotlib: painted", painted["interact"])
        echo = row("a bare message to the Jupyter kernel and back", painted["echo"])
        shown = row("the same, shown as one number: painted", painted["shown"])
        ratio("interact / convviz, slider", interact / slider, "at least 10")
        ratio("interact / convviz, field", interact / field, "none set")
        ratio("convviz, slider / bare message", slider / echo, "at most 2")
        ratio("convviz, slider / bare message shown", slider / shown, "none set")
        ratio("convviz, field / bare message shown", field / shown, "none set")
        row("convviz, slider: received for one change", sizes["slider"], "kB")
        row("convviz, field: received for one change", sizes["field"], "kB")
        row("interact: received for one change", sizes["interact"], "kB")


def press(
    lab: Lab, traffic: Traffic, handle: Locator, key: str, root: str
) -> tuple[dict[str, float], int]:
    """Press a key on a control; return the times until the change, and the bytes it brought."""
    lab.page.wait_for_timeout(QUIET_MILLISECONDS)
    lab.wait_until("lab.ready()")
    handle.focus()
    lab.page.wait_for_timeout(QUIET_MILLISECONDS)
    before = traffic.received_bytes
    lab.page.evaluate("root => probe.watch(document.querySelector(root))", root)
    lab.page.keyboard.press(key)
    answer = lab.page.evaluate("probe.answer")
    lab.page.wait_for_timeout(QUIET_MILLISECONDS)
    return answer, traffic.received_bytes - before


# From the pointer to lit cells


def measure_pointing(lab: Lab, budgets: dict[int, float]) -> None:
    for count, shape in GRIDS.items():
        lab.new([IMPORTS, EXPLORE_GRID.format(shape=shape)])
        lab.run_all()
        lab.page.wait_for_selector(".convviz-stage[data-steps]")
        head(f"pointer moved → cells lit, {count:,} cells")
        medians = {}
        for tensor in ("output", "input"):
            answers = lab.page.evaluate(
                """([tensor, moves]) => {
                  const stage = document.querySelector(".convviz-stage");
                  const all = [...stage.querySelectorAll(`.cv-cell[data-panel=${tensor}]`)];
                  const cells = Array.from({ length: moves }, (_, n) => all[(n * 37) % all.length]);
                  return probe.point(stage, cells);
                }""",
                [tensor, WARM_MOVES + MOVES],
            )[WARM_MOVES:]
            note = f"{statistics.median(a['dressed'] for a in answers):.0f} cells change"
            medians[tensor] = row(
                f"over the {tensor}: style and layout settled",
                [a["settled"] for a in answers],
                note=note,
            )
            row(f"over the {tensor}: listeners alone", [a["script"] for a in answers])
        dressed = round(statistics.median(a["dressed"] for a in answers))
        plain = lab.page.evaluate(
            """([count, dressed, moves]) => {
              const { host, cells } = probe.plainPage(count, dressed);
              const some = Array.from({ length: moves }, (_, n) => cells[(n * 37) % cells.length]);
              const answers = probe.point(host, some);
              host.remove();
              return answers;
            }""",
            [count, dressed, WARM_MOVES + MOVES],
        )[WARM_MOVES:]
        floor = row("a plain page that changes as many", [a["settled"] for a in plain])
        ratio("convviz / plain page", max(medians.values()) / floor, f"{budgets[count]} ms")


# Playing


def measure_playing(lab: Lab, traffic: Traffic) -> None:
    stage = lab.stage()
    speed = stage.get_by_role("slider", name="Speed")
    while speed.get_attribute("aria-valuetext") != "32 times":
        speed.press("ArrowRight")
    stage.press("Escape")  # lets go of what was pointed at: playing waits for the reader
    stage.get_by_role("button", name="First step").click()
    head(f"playing a step a frame, {max(GRIDS):,} cells")
    measure_frames(lab, traffic, stage)


def measure_slow_motion(lab: Lab, traffic: Traffic) -> None:
    lab.new([IMPORTS, EXPLORE])
    lab.run_all()
    lab.page.wait_for_selector(".convviz-stage[data-steps]")
    stage = lab.stage()
    stage.get_by_role("button", name="Slow").click()
    head("slow motion, a product in 0.9 s")
    measure_frames(lab, traffic, stage)


def measure_frames(lab: Lab, traffic: Traffic, stage: Locator) -> None:
    """Compare the frames of a stage that plays with those of one that stands still."""
    lab.page.wait_for_timeout(QUIET_MILLISECONDS)
    idle = lab.page.evaluate(f"probe.frames({PLAY_MILLISECONDS})")
    stage.get_by_role("button", name="Play").click()
    sent = traffic.sent
    frames = lab.page.evaluate(f"probe.frames({PLAY_MILLISECONDS})")
    sent = traffic.sent - sent
    step, tap = stage.get_attribute("data-step"), stage.get_attribute("data-tap")
    stage.get_by_role("button", name="Pause").click()
    still = row("time between frames, standing still", idle)
    row("time between frames, playing", frames, note=f"to step {step}, product {tap}")
    met = sum(frame < 1.5 * still for frame in frames) / len(frames)
    print(
        f"  {'frames met':<52} {100 * met:9.1f} %         (standing still: "
        f"{100 * sum(frame < 1.5 * still for frame in idle) / len(idle):.1f} %)"
    )
    print(f"  {'messages sent to the Jupyter kernel':<52} {sent:9d}           (budget: none)")


# Many explorers


def measure_crowd(lab: Lab) -> None:
    lab.new([IMPORTS])
    lab.run_all()
    memory = Memory(lab.page)
    empty = memory.kept()
    lab.new([IMPORTS, *[EXPLORE] * EXPLORERS], name="crowd.ipynb")
    start = time.perf_counter()
    lab.run_all()
    stages = lab.page.locator(".convviz-stage[data-steps]")
    stages.nth(EXPLORERS - 1).wait_for(state="attached")
    seconds = time.perf_counter() - start
    shown = memory.kept()
    scroll(lab.page)
    settled = memory.kept()
    for _ in range(3):
        scroll(lab.page)
    scrolled = memory.kept()
    print(f"\n{EXPLORERS} explorers in one notebook")
    each = (shown.megabytes - empty.megabytes) / EXPLORERS
    print(f"  {'all cells run and shown':<52} {seconds:9.1f} s")
    print(f"  {'heap of the page, for each explorer':<52} {each:9.2f} MB")
    print(f"  {'DOM nodes, for each explorer':<52} {(shown.nodes - empty.nodes) / EXPLORERS:9.0f}")
    print(
        f"  {'nodes, listeners more after scrolling out and in 3×':<52} "
        f"{scrolled.nodes - settled.nodes:9d} {scrolled.listeners - settled.listeners:9d}"
    )
    lab.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    lab.wait_until("!lab.panel.context.model.dirty")
    kept, back = [], []
    for _ in range(3):
        lab.page.evaluate("lab.panel.close()")
        stages.first.wait_for(state="detached")
        lab.page.wait_for_timeout(1000)
        kept.append(memory.elements("convviz-stage"))
        lab.page.evaluate(
            "void jupyterapp.commands.execute('docmanager:open', { path: 'crowd.ipynb' })"
        )
        lab.wait_until("lab.ready()", START_SECONDS)
        with suppress(TimeoutError):
            stages.nth(EXPLORERS - 1).wait_for(state="attached", timeout=REOPEN_MILLISECONDS)
        back.append(stages.count())
    print(f"  {'stages kept after closing the notebook, 3 times':<52} {kept!s:>9}")
    print(f"  {'stages back after reopening it':<52} {back!s:>9}")


def scroll(page: Page) -> None:
    """To the notebook's end and back, a tenth at a time."""
    page.evaluate(
        """async () => {
          const outer = lab.panel.node.querySelector(".jp-WindowedPanel-outer");
          for (const n of [...Array(11).keys(), ...[...Array(11).keys()].reverse()]) {
            outer.scrollTop = outer.scrollHeight * n / 10;
            await new Promise(requestAnimationFrame);
          }
        }"""
    )


def main() -> None:
    start = time.perf_counter()
    with open_lab() as lab:
        traffic = Traffic(lab.page)
        print(
            f"Chromium {lab.page.context.browser.version}, {os.cpu_count()} CPUs, "
            f"window {VIEWPORT['width']}×{VIEWPORT['height']}"
        )
        lab.new([IMPORTS])
        lab.run_all()
        measure_first_picture(lab)
        measure_changes(lab, traffic)
        measure_pointing(lab, {589: 1.5, 6061: 7.3})
        measure_playing(lab, traffic)
        measure_slow_motion(lab, traffic)
        measure_crowd(lab)
        errors = Counter(error.splitlines()[0] for error in lab.console_errors)
        print("\nconsole errors:", *([f"{n} × {error}" for error, n in errors.items()] or ["none"]))
    print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
