"""A page whose controls move among pictures made beforehand: offline, from a disk, linked to."""

from __future__ import annotations

import base64
import gzip
import itertools
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from offline_page import offline_page
from playwright.sync_api import Page, expect
from scenes import reference

import convviz as cv
from convviz.errors import ArgumentError
from convviz.scene import decimals
from convviz.widget import vary as vary_module
from convviz.widget.page import document

VARY = {
    "stride_nd": [(1, 1), (2, 2), (1, 3)],
    "padding_mode": ["EXPLICIT_ROUND_DOWN", "EXPLICIT_ROUND_UP", "SAME_UPPER", "SAME_LOWER"],
    "dilation_nd": [(1, 1), (2, 1)],
}
COMBINATIONS = [
    dict(zip(VARY, values, strict=True)) for values in itertools.product(*VARY.values())
]
OUTPUT = ".cv-cell[data-panel=output]"


def convolved(**parameters: object) -> list[str]:
    case = reference()
    return decimals.texts(cv.convolve(case.data, case.kernel, **parameters))


def address(combination: dict[str, object]) -> str:
    words = {
        name: "x".join(map(str, value)) if isinstance(value, tuple) else value
        for name, value in combination.items()
    }
    return "#" + "&".join(f"{name}={value}" for name, value in words.items())


def whole(value: Any, shared: list[Any]) -> Any:
    if isinstance(value, list):
        return [whole(each, shared) for each in value]
    if not isinstance(value, dict):
        return value
    if "=" in value:
        return whole(shared[value["="]], shared)
    return {name: whole(each, shared) for name, each in value.items()}


def unpacked(page: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The message of the page's varied scene, and its cases with all that they refer to."""
    [state] = json.loads(re.search(r'id="convviz-scenes">(.*?)</script>', page)[1])
    message = json.loads(gzip.decompress(base64.b64decode(state["varied"])))
    return message, [whole(case, message["shared"]) for case in message["cases"]]


# What it holds


def test_every_combination_has_the_numbers_of_convolve() -> None:
    case = reference()
    message, cases = unpacked(document([(case.layer(), case.data)], vary=VARY))
    assert [parameter["name"] for parameter in message["parameters"]] == list(VARY)
    for combination, found in zip(COMBINATIONS, cases, strict=True):
        texts = [p["texts"] for p in found["scene"]["panels"] if p["tensor"] == "output"]
        assert list(itertools.chain(*texts)) == convolved(**combination)


def test_a_photograph_s_values_are_those_of_convolve() -> None:
    data, kernel = cv.examples.photograph(), cv.examples.edges()
    strides = [(1, 1), (3, 2)]
    _, cases = unpacked(document(cv.explore(data, kernel), vary={"stride_nd": strides}))
    for stride, found in zip(strides, cases, strict=True):
        values = base64.b64decode(found["output_values"]["base64"])
        output = cv.convolve(data, kernel, stride_nd=stride)
        assert np.array_equal(np.frombuffer(values, "<f4"), output.reshape(-1))


def test_what_combinations_share_is_stored_once() -> None:
    case = reference()
    alone = len(document([(case.layer(), case.data)]))
    assert len(document([(case.layer(), case.data)], vary=VARY)) < alone + 4_000


def test_an_explorer_s_own_values_are_shown_first() -> None:
    case = reference(stride_nd=(2, 2), padding_mode="SAME_UPPER")
    message, _ = unpacked(document([(case.layer(), case.data)], vary=VARY))
    assert COMBINATIONS[message["first"]] == {
        "stride_nd": (2, 2), "padding_mode": "SAME_UPPER", "dilation_nd": (1, 1),
    }  # fmt: skip


def test_the_shorthand_is_known_as_one_s_own() -> None:
    case = reference(padding_nd=(1, 1))
    sizes = [(0, 0), (1, 1), (2, 2)]
    message, cases = unpacked(document([(case.layer(), case.data)], vary={"padding_nd": sizes}))
    assert message["first"] == 1
    assert "padding_nd=(1, 1)" in cases[1]["code"] or "pre_padding=(1, 1)" in cases[1]["code"]


def test_the_weights_follow_the_kernel_s_size_as_an_explorer_s_do() -> None:
    case = reference()
    sizes = [(3, 3), (2, 4), (1, 1)]
    message, cases = unpacked(document([(case.layer(), case.data)], vary={"kernel_size_nd": sizes}))
    assert message["first"] == 0
    for size, found in zip(sizes, cases, strict=True):
        explorer = cv.explore(case.data, case.kernel)
        explorer.perform({"kernel_size_nd": size})
        assert found["scene"]["panels"] == explorer.stage.scene["panels"]


def test_the_kernel_is_chosen_by_its_name() -> None:
    case = reference()
    kernel = case.kernel.copy()
    kernel[0, 0, 0, 0] = 7
    vary = {"kernel": ["own", "ones", "edges"], "kernel_size_nd": [(3, 3), (2, 2)]}
    message, cases = unpacked(document(cv.explore(case.data, kernel), vary=vary))
    assert message["first"] == 0
    assert message["parameters"][0]["words"] == ["own", "ones", "edges"]
    kernels = [kernel, kernel[..., :2, :2]]
    for name in (cv.examples.ones, cv.examples.edges):
        kernels += [name(size=size) for size in vary["kernel_size_nd"]]
    for each, found in zip(kernels, cases, strict=True):
        texts = [p["texts"] for p in found["scene"]["panels"] if p["tensor"] == "output"]
        assert list(itertools.chain(*texts)) == decimals.texts(cv.convolve(case.data, each))


def test_a_kernel_with_a_name_is_shown_first_under_it() -> None:
    case = reference()
    vary = {"kernel": ["own", "ones", "powers_of_ten"]}
    message, _ = unpacked(document([(case.layer(), case.data)], vary=vary))
    assert message["parameters"][0]["words"][message["first"]] == "powers of ten"


# What is refused


@pytest.mark.parametrize(
    ("vary", "words"),
    [
        ({}, "vary"),
        (3, "vary"),
        ({"stride": [(1, 1)]}, "stride"),
        ({"stride_nd": 3}, "stride_nd"),
        ({"stride_nd": []}, "stride_nd"),
        ({"stride_nd": [(0, 1)]}, "stride_nd"),
        ({"stride_nd": [(1, 1), (1, 1)]}, "twice"),
        ({"padding_nd": [(1, 1)], "pre_padding": [(0, 0)]}, "padding_nd"),
        ({"kernel_size_nd": [(0, 3)]}, "kernel_size_nd"),
        ({"kernel_size_nd": [(3, 3, 3)]}, "kernel_size_nd"),
        ({"kernel_size_nd": [(100_000, 100_000)]}, "kernel_size_nd.*weights"),
        ({"kernel": ["blurred"]}, "kernel"),
        ({"kernel": ["blur", "blur"]}, "twice"),
        ({"kernel": 3}, "kernel"),
        ({"dilation_nd": [(9, 9), (8, 8)]}, "kernel_size_nd"),  # the layer can have none
        ({name: [(n, n) for n in range(1, 30)] for name in ("stride_nd", "dilation_nd")}, "841"),
    ],
)
def test_what_cannot_be_varied_is_refused(vary: Any, words: str) -> None:
    case = reference()
    with pytest.raises(ArgumentError, match=words):
        document([(case.layer(), case.data)], vary=vary)


def test_too_many_are_refused_before_any_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer = cv.explore(cv.examples.photograph(), cv.examples.edges())
    monkeypatch.setattr(vary_module, "varied", lambda *_: pytest.fail("computed"))
    sizes = [(n, m) for n in range(1, 7) for m in range(1, 7)]
    with pytest.raises(ArgumentError, match=r"vary: got 1,296 combinations; allowed: at most \d+"):
        document(explorer, vary={"stride_nd": sizes, "dilation_nd": sizes})


def test_it_must_be_clear_what_varies() -> None:
    case = reference()
    pair = (case.layer(), case.data)
    several = cv.compare(*pair, padding_nd=[(0, 0), (1, 1)])
    for items in (["a text"], [pair, pair], [several], cv.axes(*pair), cv.tree()):
        with pytest.raises(ArgumentError, match="vary"):
            document(items, vary=VARY)


# In a browser


@pytest.fixture
def page(chromium):
    with offline_page(chromium, 1280, 720) as page:
        yield page
        assert {url.partition("#")[0] for url in page.requests} <= {page.url.partition("#")[0]}
        assert page.complaints == []


def written(tmp_path: Path, vary: Any = VARY, **options: object) -> str:
    case = reference()
    explorer = cv.explore(case.data, case.kernel, **options)
    cv.page(["A text.", explorer], tmp_path / "x.html", vary=vary)
    return (tmp_path / "x.html").as_uri()


def shown(page: Page) -> list[str]:
    return page.locator(OUTPUT).all_inner_texts()


@pytest.mark.browser
def test_a_link_opens_each_combination_from_a_disk(page: Page, tmp_path: Path) -> None:
    url = written(tmp_path)
    page.goto(url)
    stage = page.locator(".convviz-stage")
    for combination in COMBINATIONS:
        page.evaluate("(address) => { location.hash = address; }", address(combination))
        expect(stage).to_have_attribute("data-steps", str(len(convolved(**combination))))
        assert shown(page) == convolved(**combination)
    page.goto("about:blank")
    page.goto(url + address(COMBINATIONS[13]))
    expect(page.locator(OUTPUT)).to_have_text(convolved(**COMBINATIONS[13]))


@pytest.mark.browser
def test_every_control_moves_the_picture_and_the_address(page: Page, tmp_path: Path) -> None:
    page.goto(written(tmp_path))
    stride = page.get_by_role("group", name="stride_nd")
    less, more = stride.get_by_role("button").all()
    expect(less).to_have_attribute("aria-disabled", "true")
    less.dispatch_event("click")
    expect(page.locator(OUTPUT)).to_have_text(convolved())
    more.click()
    expect(page.locator(OUTPUT)).to_have_text(convolved(stride_nd=(2, 2)))
    more.focus()
    page.keyboard.press("Enter")
    expect(page.locator(OUTPUT)).to_have_text(convolved(stride_nd=(1, 3)))
    expect(more).to_have_attribute("aria-disabled", "true")
    mode = page.get_by_role("combobox", name="padding_mode")
    mode.select_option("SAME_LOWER")
    expect(page.locator(OUTPUT)).to_have_text(
        convolved(stride_nd=(1, 3), padding_mode="SAME_LOWER")
    )
    assert page.url.endswith("#stride_nd=1x3&padding_mode=SAME_LOWER&dilation_nd=1x1")
    page.reload()
    expect(mode).to_have_value("3")
    expect(page.locator(OUTPUT)).to_have_text(
        convolved(stride_nd=(1, 3), padding_mode="SAME_LOWER")
    )
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Code").click()
    expect(page.locator("pre")).to_contain_text("SAME_LOWER")


@pytest.mark.browser
def test_the_address_says_at_which_step_the_picture_came_to_rest(
    page: Page, tmp_path: Path
) -> None:
    url = written(tmp_path, {"stride_nd": [(1, 1), (2, 2)]}, step=2)
    page.goto(url)
    stage = page.locator(".convviz-stage")
    expect(stage).to_have_attribute("data-step", "2")
    page.get_by_role("button", name="Step forward").click()
    expect(stage).to_have_attribute("data-step", "3")
    expect(page).to_have_url(re.compile("#stride_nd=1x1&step=3$"))
    page.reload()
    expect(stage).to_have_attribute("data-step", "3")
    page.evaluate("location.hash = '#stride_nd=2x2&step=6'")
    expect(stage).to_have_attribute("data-steps", str(len(convolved(stride_nd=(2, 2)))))
    expect(stage).to_have_attribute("data-step", "6")
    page.evaluate("location.hash = '#step=100'")
    expect(page).to_have_url(re.compile("#stride_nd=2x2&step=7$"))
    page.evaluate("location.hash = '#step=nowhere'")
    page.get_by_role("button", name="First step").click()
    expect(page).to_have_url(re.compile("#stride_nd=2x2&step=0$"))


@pytest.mark.browser
def test_a_link_to_a_step_opens_just_that(page: Page, tmp_path: Path) -> None:
    page.goto(written(tmp_path) + "#stride_nd=2x2&step=5")
    stage = page.locator(".convviz-stage")
    expect(stage).to_have_attribute("data-step", "5")
    expect(stage).to_have_attribute("data-steps", str(len(convolved(stride_nd=(2, 2)))))
    stage.get_by_role("button", name="Play", exact=True).click()
    expect(stage).to_have_attribute("data-playing", "true")
    stage.get_by_role("button", name="Pause").click()
    expect(stage).to_have_attribute("data-playing", "false")
    expect(page).to_have_url(re.compile(f"&step={stage.get_attribute('data-step')}$"))


@pytest.mark.browser
def test_a_kernel_is_chosen_by_words_and_linked_to_by_name(page: Page, tmp_path: Path) -> None:
    page.goto(written(tmp_path, {"kernel": ["powers_of_ten", "blur"]}))
    page.get_by_role("combobox", name="kernel").select_option("blur")
    expect(page.locator(OUTPUT).first).to_have_text("5")
    assert page.url.endswith("#kernel=blur")
    page.goto("about:blank")
    page.go_back()
    expect(page.get_by_role("combobox", name="kernel")).to_have_value("1")


@pytest.mark.browser
def test_what_the_layer_refuses_is_said_and_the_picture_stays(page: Page, tmp_path: Path) -> None:
    page.goto(written(tmp_path, {"dilation_nd": [(1, 1), (1, 9), (2, 2)]}))
    more = page.get_by_role("button", name="dilation_nd: the next value")
    more.click()
    expect(page.get_by_role("alert").filter(has_text="effective 19")).to_be_visible()
    assert shown(page) == convolved()
    more.click()
    expect(page.get_by_role("alert").filter(has_text="effective 19")).to_have_count(0)
    expect(page.locator(OUTPUT)).to_have_text(convolved(dilation_nd=(2, 2)))


@pytest.mark.browser
def test_predict_slow_present_and_the_axes_work_there(page: Page, tmp_path: Path) -> None:
    page.goto(written(tmp_path, predict=[0]))
    stage = page.locator(".convviz-stage")
    expect(page.get_by_role("button", name="Predict")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="stride_nd: the next value").click()
    expect(stage.locator(".cv-predict")).to_be_visible()
    page.get_by_role("button", name="Predict").click()
    expect(page.locator(OUTPUT)).to_have_text(convolved(stride_nd=(2, 2)))
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Axes").click()
    expect(page.locator(".cv-axes-panel")).to_be_visible()
    page.get_by_role("button", name="stride_nd: the value before").click()
    expect(page.locator(".cv-axes-panel")).to_contain_text("output 3")
    page.get_by_role("button", name="Slow").click()
    page.get_by_role("button", name="Play").click()
    expect(stage).to_have_attribute("data-tap", re.compile("[1-8]"))
    page.get_by_role("button", name="Present").click()
    expect(page.get_by_role("combobox", name="stride_nd")).to_be_visible()


@pytest.mark.browser
def test_a_browser_that_cannot_unpack_says_so(chromium, tmp_path: Path) -> None:
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto(written(tmp_path))
    expect(page.get_by_text("This browser cannot unpack the pictures")).to_be_visible()
    context.close()
