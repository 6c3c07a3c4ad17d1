"""The tree of a stack and the wires of a layer: what lights up, against brute force."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect
from scenes import reference

import convviz as cv
from convviz.errors import ArgumentError
from convviz.geometry import Geometry, make_geometry
from convviz.plot.diagram import svg
from convviz.scene.diagram import WIDTH, Diagram
from convviz.scene.tree import MOST_LENGTH, Tree
from convviz.scene.wires import wires_of

SVG = "{http://www.w3.org/2000/svg}"
LAYERS = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3)), min_size=1, max_size=3
)


def paths(layers: list[tuple[int, int, int]], output: int) -> list[tuple[int, ...]]:
    """Each path from an output to the input: the cell that it passes in every row."""
    found = [(output,)]
    for kernel, dilation, stride in reversed(layers):
        found = [
            (path[0] * stride + tap * dilation, *path) for path in found for tap in range(kernel)
        ]
    return found


@given(kernel=st.integers(1, 4), dilations=st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_the_ways_are_what_a_stack_of_ones_sums(kernel: int, dilations: list[int]) -> None:
    field = 1 + sum(dilation * (kernel - 1) for dilation in dilations)
    [ways] = cv.tree([kernel] * len(dilations), dilations, length=field).data["ways"]
    signal = np.eye(field, dtype=np.float32)[:, None, None]  # an impulse at each cell
    weights = cv.examples.ones(size=(1, kernel))
    for dilation in dilations:
        signal = cv.convolve(signal, weights, dilation_nd=(1, dilation))
    assert signal.shape == (field, 1, 1, 1)
    assert (signal.ravel() == ways).all()


def test_equal_dilations_leave_cells_unread_and_growing_ones_none() -> None:
    ways = {gaps: cv.tree((3, 3, 3), gaps).data["ways"][0] for gaps in ((2, 2, 2), (1, 2, 4))}
    assert [len(np.trim_zeros(each)) for each in ways.values()] == [13, 15]
    assert (np.trim_zeros(ways[2, 2, 2]) == 0).sum() == 6
    assert (np.trim_zeros(ways[1, 2, 4]) > 0).all()


@settings(max_examples=50)
@given(layers=LAYERS, more=st.integers(0, 6))
def test_a_tree_lights_what_a_path_leads_through(layers, more: int) -> None:
    kernels, dilations, strides = zip(*layers, strict=True)
    field = 1 + max(path[0] for path in paths(layers, 0))
    assume(field + more <= 60)
    tree = Tree.of(kernels, dilations, strides, field + more)
    assert tree.field == field
    diagram, sizes = tree.diagram(), tree.sizes
    firsts = [sum(sizes[:row]) for row in range(len(sizes))]
    outputs = range(sizes[-1])
    every = {output: paths(layers, output) for output in outputs}
    assert max(path[0] for found in every.values() for path in found) < field + more
    for row, size in enumerate(sizes):
        for cell in range(size):
            through = [p for found in every.values() for p in found if p[row] == cell]
            light = diagram.lights[firsts[row] + cell]
            above = [(n, o) for n in range(row + 1, len(sizes)) for o in range(sizes[n])]
            reached = {
                firsts[n] + o for n, o in above if (row, cell) in cells_below(layers[:n], n, o)
            }
            read = {firsts[n] + place for n, place in cells_below(layers[:row], row, cell)}
            assert set(light.nodes) == reached | read | {firsts[row] + cell}
            assert [diagram.links[n].end in light.nodes for n in light.links] == [True] * len(
                light.links
            )
            if row == len(sizes) - 1:
                ways = np.bincount([p[0] for p in every[cell]], minlength=sizes[0])
                np.testing.assert_array_equal(tree.ways[cell], ways)
                assert light.texts == {n: str(w) for n, w in enumerate(ways) if w}
                first, last = min(np.flatnonzero(ways)), max(np.flatnonzero(ways))
                assert set(light.missed) == {n for n in range(first, last) if not ways[n]}
                assert f"by {len(every[cell])} path" in light.words
                assert (f"{len(light.missed)} input" in light.words) == bool(light.missed)
            assert diagram.nodes[firsts[row] + cell].unread == (not through)


def cells_below(layers: list[tuple[int, int, int]], row: int, cell: int) -> set[tuple[int, int]]:
    """Every (row, cell) that a cell reads, directly or not."""
    return {(n, path[n]) for path in paths(layers, cell) for n in range(row)}


def test_every_tap_is_one_line() -> None:
    diagram = Tree.of((3, 2), (2, 1), (1, 2), 12).diagram()
    sizes = [len([n for n in diagram.nodes if n.row == row]) for row in range(3)]
    assert sizes == [12, 8, 4]
    lines = [(link.start, link.end) for link in diagram.links]
    expected = [(o + 2 * t, 12 + o) for o in range(8) for t in range(3)]
    expected += [(12 + 2 * o + t, 20 + o) for o in range(4) for t in range(2)]
    assert lines == expected


@pytest.mark.parametrize(
    ("dilations", "field", "missed", "most"), [((1, 2, 4), 15, 0, 3), ((2, 2, 2), 13, 6, 7)]
)
def test_the_stacks_of_notebook_8(dilations, field: int, missed: int, most: int) -> None:
    tree = cv.tree((3, 3, 3), dilations)
    assert tree.data["field"] == field
    assert tree.data["ways"].max() == most
    assert (tree.data["ways"].sum(axis=1) == 27).all()
    assert len(tree.shown.rest.missed) == missed
    assert f"a receptive field of {field}, by 27 paths." in tree.shown.rest.words


def test_the_rows_of_a_tree_say_what_each_layer_sets() -> None:
    diagram = Tree.of((3, 2, 3), (1, 2, 1), (1, 1, 2), 12).diagram()
    assert [name for name, _ in diagram.rows] == [
        "input: 12 cells", "1: kernel 3", "2: kernel 2, dilation 2", "3: kernel 3, stride 2",
    ]  # fmt: skip


def test_a_tree_s_words_say_what_a_cell_reads_and_what_it_reaches() -> None:
    lights = Tree.of((2, 2), (1, 2), (1, 2), 6).diagram().lights
    assert [light.words for light in lights] == [
        "Input 0 reaches output 0 (paths: 1).",
        "Input 1 reaches output 0 (paths: 1).",
        "Input 2 reaches 2 outputs, 0 to 1 (paths: 2).",
        "Input 3 reaches 2 outputs, 0 to 1 (paths: 2).",
        "Input 4 reaches output 1 (paths: 1).",
        "Input 5 reaches output 1 (paths: 1).",
        "Cell 0 of layer 1 reads inputs 0 to 1, 2 wide, by 2 paths. "
        "It reaches output 0 (paths: 1).",
        "Cell 1 of layer 1 reads inputs 1 to 2, 2 wide, by 2 paths. It reaches no output.",
        "Cell 2 of layer 1 reads inputs 2 to 3, 2 wide, by 2 paths. "
        "It reaches 2 outputs, 0 to 1 (paths: 2).",
        "Cell 3 of layer 1 reads inputs 3 to 4, 2 wide, by 2 paths. It reaches no output.",
        "Cell 4 of layer 1 reads inputs 4 to 5, 2 wide, by 2 paths. "
        "It reaches output 1 (paths: 1).",
        "Output 0 reads inputs 0 to 3, a receptive field of 4, by 4 paths.",
        "Output 1 reads inputs 2 to 5, a receptive field of 4, by 4 paths.",
    ]
    skipped = Tree.of((2,), (1,), (3,), 5).diagram().lights
    assert skipped[2].words == "Input 2 reaches no output."


@given(
    groups=st.integers(1, 4), within=st.integers(1, 4), maps=st.integers(1, 3),
    size=st.tuples(st.integers(1, 3), st.integers(1, 3)),
)  # fmt: skip
def test_wires_are_the_geometrys(groups: int, within: int, maps: int, size) -> None:
    geometry = make_geometry((1, groups * within, 5, 5), groups * maps, size, num_groups=groups)
    diagram = wires_of(geometry)
    channels, slices = geometry.channels, geometry.maps * geometry.group_channels
    for output_map in range(geometry.maps):
        light = diagram.lights[channels + slices + output_map]
        read = [n for n in light.nodes if n < channels]
        assert read == list(geometry.channels_of(output_map))
        assert [n for n in light.nodes if n >= channels + slices] == [
            channels + slices + output_map
        ]
        assert len([n for n in light.nodes if channels <= n < channels + slices]) == within
        assert f"through {geometry.tap_count} weights" in light.words
        assert len(light.links) == 2 * within
    for channel in range(channels):
        light = diagram.lights[channel]
        lit = [n - channels - slices for n in light.nodes if n >= channels + slices]
        assert lit == [k for k in range(geometry.maps) if channel in geometry.channels_of(k)]
        weights = geometry.tap_count // geometry.group_channels * len(lit)
        assert f"through {weights} weights" in light.words
    groups_of = [node.group for node in diagram.nodes if node.row == 2]
    assert groups_of == [k // maps for k in range(geometry.maps)]
    assert set(diagram.rest.nodes) == set(range(len(diagram.nodes)))


def test_the_words_of_the_design() -> None:
    widget = cv.wires(np.ones((1, 4, 5, 5)), np.ones((4, 2, 3, 3)), num_groups=2)
    assert widget.shown.lights[-1].words == "Map 3 reads channels 2 and 3 through 18 weights."
    np.testing.assert_array_equal(
        widget.data["reads"], np.kron(np.eye(2, dtype=bool), np.ones((2, 2), bool))
    )
    assert widget.data["weights"] == 18


def test_wires_take_a_layer_an_explorer_and_a_dynamic_input() -> None:
    case = reference()
    explorer = cv.explore(case.layer(), case.data)
    told = [cv.wires(each).diagram for each in (explorer, explorer.scene, explorer.layer)]
    assert told[0] == told[1] == told[2]
    network = cv.Network()
    tensor = network.add_input("x", cv.DataType.FLOAT, (-1, 4, -1, -1))
    layer = network.add_convolution_nd(tensor, 2, (3, 3), np.ones((2, 2, 3, 3), np.float32))
    layer.num_groups = 2
    assert cv.wires(layer, np.ones((1, 4, 6, 6), np.float32)).data["reads"].sum() == 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (((),), "kernels: got ()"),
        (((3, "a"),), "kernels: got"),
        ((3,), "kernels: got 3"),
        (((0,),), "kernels: got (0,)"),
        (((3,) * 7,), "kernels: got"),
        (((3, 3), (1,)), "dilations: got (1,)"),
        (((3, 3), None, (1, 2, 3)), "strides: got (1, 2, 3)"),
        (((3, 3), None, None, 4), "length: got 4"),
        (((3, 3), None, None, 97), "length: got 97"),
        (((3,), (50,)), "kernels: got a receptive field of 101 cells"),
        (((2,) * 6, (1,) * 6, None, 96), "length: got 651 dots"),
    ],
)
def test_a_stack_that_cannot_be_drawn_is_refused(arguments, words: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        cv.tree(*arguments)
    assert str(refusal.value).startswith(words)


@pytest.mark.parametrize(
    ("channels", "maps", "groups", "words"),
    [
        (9, 1, 1, "num_groups: got 9 channels in a group"),
        (40, 40, 40, "input: got 40 channels"),
        (4, 36, 4, "num_output_maps: got 36 maps"),
        (8, 13, 1, "num_output_maps: got 104 slices"),
    ],
)
def test_wires_that_nobody_can_follow_are_refused(channels, maps, groups, words: str) -> None:
    data, kernel = np.ones((1, channels, 3, 3)), np.ones((maps, channels // groups, 2, 2))
    with pytest.raises(ArgumentError) as refusal:
        cv.wires(data, kernel, num_groups=groups)
    assert str(refusal.value).startswith(words)


# The drawing


def drawings() -> dict[str, Diagram]:
    def layer(channels: int, maps: int, groups: int) -> Geometry:
        return make_geometry((1, channels, 4, 4), maps, (3, 3), num_groups=groups)

    return {
        "dilated": Tree.of((3, 3, 3), (1, 2, 4)).diagram(),
        "gridding": Tree.of((3, 3, 3), (2, 2, 2)).diagram(),
        "strided": Tree.of((3, 3), None, (2, 2), 12).diagram(),
        "widest": Tree.of((2, 2), (40, 20), None, MOST_LENGTH).diagram(),
        "one group": wires_of(layer(8, 8, 1)),
        "depthwise": wires_of(layer(32, 32, 32)),
    }


@pytest.mark.parametrize("name", drawings())
def test_the_drawing_is_whole_and_says_what_it_shows(name: str) -> None:
    diagram = drawings()[name]
    root = ET.fromstring(svg(diagram))
    assert root.find(f"{SVG}title").text == diagram.title
    assert root.find(f"{SVG}desc").text == diagram.rest.words
    numbers = [int(node.get("data-node")) for node in root.iter() if node.get("data-node")]
    assert numbers == list(range(len(diagram.nodes)))
    links = [int(link.get("data-link")) for link in root.iter() if link.get("data-link")]
    assert links == list(range(len(diagram.links)))
    lit = [
        int(n.get("data-node"))
        for n in root.iter()
        if "is-lit" in n.get("class", "").split() and n.get("data-node")
    ]
    assert lit == list(diagram.rest.nodes)
    for node in diagram.nodes:
        assert node.x - diagram.radius >= 0
        assert node.x + diagram.radius <= WIDTH
        assert node.y + diagram.radius <= diagram.height
    for row in {node.row for node in diagram.nodes if node.shape == "dot"}:
        xs = [node.x for node in diagram.nodes if node.row == row]
        apart = [b - a for a, b in itertools.pairwise(xs)]
        assert all(each >= 1.6 * diagram.radius for each in apart), "dots stand apart"


def test_the_drawing_is_saved_and_shown_where_no_widget_is(tmp_path: Path) -> None:
    widget = cv.tree((3, 3), (1, 2))
    widget.save(tmp_path / "tree.svg")
    text = (tmp_path / "tree.svg").read_text(encoding="utf-8")
    assert text == widget.svg == svg(widget.shown)
    picture = widget.still().picture
    assert picture.png.startswith(b"\x89PNG")
    assert picture.alt.startswith(widget.shown.title)


# In a browser


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport={"width": 984, "height": 700}, offline=True)
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    context.close()


def lit(page: Page, n: int) -> set[int]:
    found = page.locator(".convviz-diagram").nth(n).locator(".cv-node.is-lit")
    return set(found.evaluate_all("(nodes) => nodes.map((node) => Number(node.dataset.node))"))


@pytest.mark.browser
def test_the_pointer_and_the_keys_light_it_on_a_page(page: Page, tmp_path: Path) -> None:
    tree = cv.tree((3, 3, 3), (2, 2, 2))
    wires = cv.wires(np.ones((1, 4, 5, 5)), np.ones((4, 2, 3, 3)), num_groups=2)
    cv.page([tree, "words", wires], tmp_path / "x.html")
    page.goto((tmp_path / "x.html").as_uri())
    for n, widget in enumerate((tree, wires)):
        shown, stage = widget.shown, page.locator(".convviz-diagram").nth(n)
        assert lit(page, n) == set(shown.rest.nodes)
        for number in range(0, len(shown.nodes), 3):
            stage.locator(f"[data-node='{number}'] .cv-hit").hover()
            light = shown.lights[number]
            assert lit(page, n) == set(light.nodes)
            assert stage.locator(".cv-link.is-lit").count() == len(light.links)
            assert stage.locator(".cv-node.is-missed").count() == len(light.missed)
            expect(stage.locator(".cv-words")).to_have_text(light.words)
            texts = stage.locator(".cv-ways").all_text_contents()
            assert {k: t for k, t in enumerate(texts) if t} == dict(light.texts)
        page.mouse.move(5, 5)
        assert lit(page, n) == set(shown.rest.nodes)
        stage.focus()
        page.keyboard.press("ArrowUp")
        last = len(shown.nodes) - 1
        expect(stage).to_have_attribute("data-pointed", str(last))
        page.keyboard.press("ArrowLeft")
        expect(stage).to_have_attribute("data-pointed", str(last - 1))
        page.keyboard.press("ArrowUp")
        row = shown.nodes[int(stage.get_attribute("data-pointed"))].row
        assert row == shown.nodes[-1].row - 1
        page.keyboard.press("Home")
        assert int(stage.get_attribute("data-pointed")) == [m.row for m in shown.nodes].index(row)
        expect(stage.locator(".cv-words")).to_have_attribute("aria-live", "polite")
        page.keyboard.press("Escape")
        assert lit(page, n) == set(shown.rest.nodes)
    assert page.complaints == []


@pytest.mark.browser
def test_it_is_as_readable_in_the_dark(page: Page, tmp_path: Path) -> None:
    cv.page([cv.tree((3, 3), (1, 2))], tmp_path / "x.html")
    page.emulate_media(color_scheme="dark")
    page.goto((tmp_path / "x.html").as_uri())
    colours = page.evaluate(
        """() => [".cv-row-name", ".cv-ways", ".cv-node.is-lit .cv-dot"].map(
          (name) => getComputedStyle(document.querySelector(name)).fill)"""
    )
    assert all(re.fullmatch(r"rgb\(\d+, \d+, \d+\)", colour) for colour in colours)
    brightness = [sum(map(int, re.findall(r"\d+", colour))) for colour in colours]
    assert min(brightness) > 400, "light on dark"


@pytest.mark.browser
def test_a_notebook_shows_it_and_asks_nothing(notebook) -> None:
    notebook.replace_cells(["import convviz as cv\ntree = cv.tree((3, 3), (1, 2)); tree"])
    notebook.run_all()
    stage = notebook.page.locator(".convviz-diagram")
    expect(stage.locator(".cv-node")).to_have_count(11 + 9 + 5)
    notebook.run_cell("sent = []; tree.on_msg(lambda *got: sent.append(got[1]))")
    stage.locator("[data-node='0'] .cv-hit").hover()
    expect(stage.locator(".cv-words")).to_contain_text("Input 0 reaches output 0")
    stage.focus()
    notebook.page.keyboard.press("ArrowLeft")
    assert notebook.run_cell("print(sent)").strip() == "[]"
    assert notebook.run_cell("tree.close(); print('closed')").strip() == "closed"
    expect(stage).to_have_count(0)
