"""A page from a disk: it plays, steps and is pointed at with no network; texts stay texts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from offline_page import offline_page
from playwright.sync_api import Page, expect
from scenes import reference

import convviz as cv
from convviz.browser import bundle
from convviz.course import gallery
from convviz.errors import ArgumentError
from convviz.widget import page as page_module
from convviz.widget.page import document
from convviz.widget.stage import Stage

TITLE = "</title></script><script>document.title = 'broken'</script>"
NASTY = '</p></script><script>document.title = "broken"</script><img src=x onerror=alert(1)>&amp;'


@pytest.fixture
def page(chromium):
    with offline_page(chromium, 1280, 720, permissions=["clipboard-write"]) as page:
        yield page


def show(page: Page, path: Path, *items: object, **options: object) -> None:
    cv.page(list(items), path, **options)
    page.goto(path.as_uri())


@pytest.mark.browser
def test_a_page_plays_steps_and_answers_without_a_network(page: Page, tmp_path: Path) -> None:
    case = reference()
    show(page, tmp_path / "x.html", cv.explore(case.layer(), case.data, step=9))
    stage = page.locator(".convviz-stage")
    expect(stage).to_have_attribute("data-step", "9")
    expect(page.locator(".cv-cell[data-panel=input]")).to_have_count(54)
    expect(page.locator(".is-tap")).to_have_count(9)
    stage.focus()
    page.keyboard.press("ArrowRight")
    expect(stage).to_have_attribute("data-step", "10")
    page.keyboard.press("End")
    expect(stage).to_have_attribute("data-step", "27")
    page.keyboard.press("Home")
    page.get_by_role("button", name="Play").click()
    expect(stage).to_have_attribute("data-step", re.compile(r"^[2-9]$|^1\d$"))
    page.get_by_role("button", name="Pause").click()
    page.locator(".cv-cell[data-panel=output][data-row='2'][data-col='3']").hover()
    expect(page.get_by_text("Output [2, 3] reads 9 input cells.")).to_be_visible()
    page.locator(".cv-cell[data-panel=input][data-row='0'][data-col='0']").hover()
    expect(page.locator(".cv-cell.is-lit")).to_have_count(1)
    assert page.requests == [(tmp_path / "x.html").as_uri()]
    assert page.complaints == []


@pytest.mark.browser
def test_titles_texts_and_codes_cannot_break_out(page: Page, tmp_path: Path) -> None:
    case = reference()
    explorer = cv.explore(case.layer(), case.data)
    explorer.stage.code = NASTY
    show(page, tmp_path / "x.html", NASTY, explorer, f"# {NASTY}", title=TITLE)
    assert page.title() == TITLE
    expect(page.locator("h1")).to_have_text(TITLE)
    expect(page.locator("p").first).to_have_text(NASTY)
    expect(page.locator("h2")).to_have_text(NASTY)
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Code").click()
    expect(page.locator("pre")).to_have_text(NASTY)
    assert page.locator("img").count() == 0
    assert page.complaints == []


@pytest.mark.browser
def test_the_policy_lets_nothing_else_run_or_load(page: Page, tmp_path: Path) -> None:
    case = reference()
    show(page, tmp_path / "x.html", (case.layer(), case.data))
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "document.title = 'broken'";
          document.body.append(script);
          const image = document.createElement("img");
          image.src = "http://127.0.0.1:9/x.png";
          document.body.append(image);
          document.body.insertAdjacentHTML("beforeend", "<b style='color: red'>b</b>");
        }"""
    )
    expect(page.locator("b")).not_to_have_css("color", "rgb(255, 0, 0)")
    assert page.title() == "Convolution"
    assert len([words for words in page.complaints if "Content Security Policy" in words]) == 3


@pytest.mark.browser
def test_themes_follow_the_system_and_can_be_chosen(page: Page, tmp_path: Path) -> None:
    case = reference()
    page.emulate_media(color_scheme="dark")
    show(page, tmp_path / "x.html", (case.layer(), case.data))
    body, stage = page.locator("body"), page.locator(".convviz-stage")
    dark, light = "rgb(17, 20, 24)", "rgb(255, 255, 255)"
    for node in (body, stage):
        expect(node).to_have_css("background-color", dark)
    for theme, colour in (("light", light), ("dark", dark), ("", dark)):
        page.get_by_label("Theme").select_option(theme)
        for node in (body, stage):
            expect(node).to_have_css("background-color", colour)
    page.emulate_media(color_scheme="light")
    expect(stage).to_have_css("background-color", light)


@pytest.mark.browser
def test_several_scenes_a_comparison_and_a_photograph_on_one_page(page, tmp_path) -> None:
    case = reference(stride_nd=(2, 2))
    photograph = np.arange(100 * 90, dtype=np.float32).reshape(100, 90)
    comparison = cv.compare(case.data, case.kernel, padding_mode=["SAME_UPPER", "SAME_LOWER"])
    items = [
        "Before",
        (case.layer(), case.data),
        comparison,
        cv.draw(photograph, np.ones((3, 3), np.float32)).scene,
        "After",
    ]
    show(page, tmp_path / "x.html", *items)
    expect(page.locator(".convviz-stage")).to_have_count(4)
    expect(page.locator("h3")).to_have_text(
        ["padding_mode = SAME_UPPER", "padding_mode = SAME_LOWER"]
    )
    words = page.locator("body").inner_text()
    assert words.index("Before") < words.index("SAME_LOWER") < words.index("After")
    expect(page.get_by_text("the parameters are fixed")).to_have_count(4)
    second, third = page.locator(".convviz-stage").nth(1), page.locator(".convviz-stage").nth(2)
    second.focus()
    page.keyboard.press("ArrowDown")
    expect(third).to_have_attribute("data-step", second.get_attribute("data-step"))
    pixel = page.locator("canvas").first.evaluate(
        "canvas => [...canvas.getContext('2d').getImageData(89, 99, 1, 1).data]"
    )
    assert pixel == [255, 255, 255, 255]
    assert page.complaints == []


@pytest.mark.browser
def test_the_gallery_has_every_classic_picture_with_its_formula(page: Page, tmp_path) -> None:
    gallery.write(tmp_path / "gallery.html")
    page.goto((tmp_path / "gallery.html").as_uri())
    expect(page.locator("h2")).to_have_text([item.name for item in gallery.ITEMS])
    expect(page.locator(".convviz-stage")).to_have_count(len(gallery.ITEMS))
    outputs = [2, 6, 5, 7, 2, 3, 3, 3]  # Dumoulin and Visin, figures 2.1 to 2.7 and 5.1
    for n, (item, size) in enumerate(zip(gallery.ITEMS, outputs, strict=True)):
        expect(page.get_by_text(item.formula, exact=True).first).to_be_attached()
        stage = page.locator(".convviz-stage").nth(n)
        expect(stage).to_have_attribute("data-steps", str(size * size))
        expect(stage.locator(".cv-formulas")).to_contain_text(f"= {size}")
    assert page.complaints == []


# Without a browser


def test_a_page_holds_the_very_stage_and_no_address() -> None:
    case = reference()
    text = document([(case.layer(), case.data)])
    stage = bundle.script("notebook")
    assert stage[stage.index("class Stage {") : stage.index("function mount(")] in text
    # In CSS, @import is followed by a string or url(; in the comments of JavaScript, by a brace.
    assert not re.search(r"""(?:src|href)=["']|url\(|@import\s*["']|import\s*\(""", text)
    assert not re.search(r"https?://(?!www\.w3\.org/)", text)


def test_the_state_is_the_widgets_own() -> None:
    case = reference()
    explorer = cv.explore(case.layer(), case.data, step=4, large=True)
    text = document([explorer])
    [state] = json.loads(re.search(r'id="convviz-scenes">(.*?)</script>', text, re.S)[1])
    assert state["scene"] == json.loads(json.dumps(explorer.scene.message()))
    assert (state["step"], state["large"]) == (4, True)
    assert "editable" not in state


@pytest.mark.parametrize(
    ("items", "words"),
    [([], "items: got nothing"), ([3], "items: got 3"), ([np.ones(3)], "items: got array"),
     ([("a", "b")], "items: got ('a', 'b')")],
)  # fmt: skip
def test_what_is_no_scene_is_refused(items, words: str, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError) as refusal:
        cv.page(items, tmp_path / "x.html")
    assert str(refusal.value).startswith(words)
    assert list(tmp_path.iterdir()) == []


def test_a_stage_without_a_scene_is_refused() -> None:
    with pytest.raises(ArgumentError, match="items: got a stage without a scene"):
        document([Stage()])


def test_a_page_speaks_one_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its words come from the catalogue, escaped; what page.js reads does not."""
    monkeypatch.setattr(page_module, "say", lambda key, **values: f"<{key}>")
    monkeypatch.setattr(page_module, "language", lambda: "xx")
    case = reference()
    text = document([(case.layer(), case.data)])
    body = text[text.index("<body>") : text.index('<script type="application/json"')]
    words = re.findall(r"&lt;(.*?)&gt;", body)
    names = ["system", "light", "dark"]
    assert words == ["page.theme.label", *(f"page.theme.{name}" for name in names), "page.fixed",
                     "page.noscript"]  # fmt: skip
    assert re.findall(r'<option value="(.*?)">', body) == ["", "light", "dark"]
    assert text.startswith('<!doctype html>\n<html lang="xx">')
    assert "<title>&lt;page.title&gt;</title>" in text


def test_a_bad_place_is_refused(tmp_path: Path) -> None:
    for name in ("x.htmx", "no/x.html"):
        with pytest.raises(ArgumentError, match="path"):
            cv.page(["text"], tmp_path / name)


def test_a_page_over_a_page_replaces_it(tmp_path: Path) -> None:
    path = tmp_path / "x.html"
    for text in ("first", "second"):
        cv.page([text], path)
    assert "second" in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]
