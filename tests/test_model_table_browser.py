"""A model's table at several widths: every column in reach, and nothing to scroll sideways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from offline_page import offline_page
from playwright.sync_api import Page

from convviz.browser import bundle
from convviz.models.convolution import Convolution
from convviz.models.model import Model
from convviz.parameters import LayerParameters

pytestmark = pytest.mark.browser

SHOW = """
window.start = (state) => render({
  model: { get: (name) => state[name], on() {}, off() {}, send() {} },
  el: document.body, signal: new AbortController().signal,
});
"""
READ = """() => ({
  page: document.documentElement.scrollWidth,
  rooms: [...document.querySelectorAll(".cv-model table")].map((table) =>
    [table.parentElement.scrollWidth, table.parentElement.clientWidth]),
  cells: [...document.querySelectorAll("tbody tr:first-child > *")].map((cell) => {
    const { left, right } = cell.getBoundingClientRect();
    return [left, right, cell.textContent, getComputedStyle(cell, "::before").content];
  }),
})"""


def residual() -> Model:
    """As ResNet-18 has them, with the names that PyTorch's export gives."""
    rows = [layer("/conv1/Conv", 3, 64, 224, 7, 2)]
    for block, (channels, maps, size) in enumerate(((64, 64, 56), (64, 128, 56), (256, 512, 14))):
        name = f"/layer{block}/layer{block}.0"
        rows.append(layer(f"{name}/conv1/Conv", channels, maps, size, 3, 2))
        rows.append(layer(f"{name}/downsample/downsample.0/Conv", channels, maps, size, 1, 2))
    return Model.of("resnet18", rows)


def layer(name: str, channels: int, maps: int, size: int, kernel: int, stride: int) -> Convolution:
    weights = np.zeros((maps, channels, kernel, kernel), np.float32)
    settings = LayerParameters(stride_nd=(stride, stride), padding_nd=(kernel // 2, kernel // 2))
    shape = (1, channels, size, size)
    return Convolution(name, "Conv", "x", shape, weights.shape, settings, weights)


@pytest.fixture
def page(chromium: Any) -> Iterator[Page]:
    with offline_page(chromium, 944, 720) as page:
        script = f"<script type=module>{bundle.script('model_table')}{SHOW}</script>"
        style = f"<style>{bundle.style_sheet()} body {{ margin: 0 }}</style>"
        page.set_content(f"<!doctype html><html>{style}<body></body>{script}</html>")
        page.wait_for_function("window.start !== undefined")
        state = {"html": residual()._repr_html_(), "opened": -1, "error": ""}
        page.evaluate("state => start(state)", state)
        yield page
        assert page.complaints == []


def read(page: Page, width: int) -> dict[str, Any]:
    page.set_viewport_size({"width": width, "height": 720})
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    found: dict[str, Any] = page.evaluate(READ)
    return found


@pytest.mark.parametrize("width", [944, 820, 484, 360])
def test_every_column_is_in_reach_without_scrolling_sideways(page: Page, width: int) -> None:
    seen = read(page, width)
    assert seen["page"] <= width
    assert all(inner <= room for inner, room in seen["rooms"])
    assert len(seen["cells"]) == 12
    assert all(0 <= left < right <= width for left, right, _, _ in seen["cells"])
    stacked = page.locator(".is-stacked").count() > 0
    assert stacked == (width < 900)
    headings = [heading for *_, heading in seen["cells"]]
    assert ("none" in headings[2:]) != stacked


def test_it_is_a_table_also_where_its_cells_are_stacked(page: Page) -> None:
    read(page, 484)
    assert page.get_by_role("table").count() == 1
    assert page.get_by_role("row").count() == 8
    assert page.get_by_role("rowheader", name="/conv1/Conv", exact=True).count() == 1
    assert page.get_by_role("columnheader", name="multiply-adds").count() == 1
    read(page, 944)
    assert page.locator(".is-stacked").count() == 0
