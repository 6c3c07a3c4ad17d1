"""The six padding modes: their cells, what is written under the picture, and the legend."""

from __future__ import annotations

from collections import Counter

import pytest
from lab import Lab
from playwright.sync_api import Locator
from reading import every_cell, kinds, lines, names, show, unread_cells
from scenes import call, reference

from convviz.parameters import PaddingMode
from convviz.scene.scene import Scene

pytestmark = pytest.mark.browser

EXPLICIT = {"stride_nd": (2, 2), "pre_padding": (1, 2), "post_padding": (2, 1)}


def show_modes(notebook: Lab) -> list[tuple[PaddingMode, Scene, Locator]]:
    """Each mode's scene and the stage that shows it."""
    cases = [reference(padding_mode=mode, **EXPLICIT) for mode in PaddingMode]
    stages = show(notebook, *(f"{call(case)}.stage" for case in cases))
    scenes = [case.scene() for case in cases]
    return list(zip(PaddingMode, scenes, stages, strict=True))


def test_each_mode_pads_the_cells_that_geometry_says(notebook: Lab) -> None:
    for mode, scene, stage in show_modes(notebook):
        geometry, seen = scene.geometry, kinds(stage, "input")
        assert Counter(seen) == Counter(geometry.kind(at).value for at in every_cell(geometry))
        assert ("beyond" in seen) == mode.rounds_up
        assert names(stage, ".is-unread") == unread_cells(geometry), mode


def test_each_mode_says_its_formulas_and_what_it_ignores(notebook: Lab) -> None:
    for mode, scene, stage in show_modes(notebook):
        axes = scene.geometry.axes
        assert lines(stage, "formulas") == scene.formulas, mode
        assert len(scene.formulas) == (4 if mode.is_same else 2)
        for axis, formula in zip(axes, scene.formulas, strict=False):
            assert formula.endswith(f" = {axis.output}")
        for axis, formula in zip(axes, scene.formulas[2:], strict=False):
            assert formula.endswith(f"→ {axis.pre} before, {axis.post} after")
        notes = lines(stage, "notes")
        assert notes == scene.notes, mode
        said = " ".join(notes)
        assert ("ignores pre_padding (1, 2) and post_padding (2, 1)" in said) == mode.is_same
        assert ("legacy" in said and "ignores (2, 1)" in said) == mode.is_caffe
        assert ("beyond the padding" in said) == mode.rounds_up


def test_the_legend_explains_what_there_is_and_nothing_else(notebook: Lab) -> None:
    for mode, scene, stage in show_modes(notebook):
        keys = stage.locator(".cv-legend [data-kind]")
        explained = keys.evaluate_all("(keys) => keys.map((key) => key.dataset.kind)")
        unread = {"unread"} if unread_cells(scene.geometry) else set()
        assert {*explained} == {*kinds(stage, "input")} - {"data"} | unread, mode
        for words in stage.locator(".cv-legend > *").all_inner_texts():
            assert words.strip(), mode
