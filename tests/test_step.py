"""One step of a scene: what is lit, framed, named, coloured and added, held to its own geometry."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from scenes import DIGITS, POWERS, Case, cases, mixed_cases, reference

from convviz.geometry import Kind
from convviz.scene.scene import Scene
from convviz.scene.step import Step


def steps(case: Case, most: int = 6) -> list[Step]:
    """The first steps of a case, its last, and one of each map."""
    scene = case.scene()
    each = scene.steps // scene.geometry.maps
    chosen = {*range(min(most, scene.steps)), *range(0, scene.steps, each), scene.steps - 1}
    return [scene.step(index) for index in sorted(chosen)]


def depth_of(place: tuple[int, ...]) -> int | None:
    return place[0] if len(place) == 3 else None


# What is lit


@given(cases())
def test_a_step_lights_its_taps_their_weights_and_its_output_alone(case: Case) -> None:
    for step in steps(case):
        cells, weights = set(), set()
        for tap, colour in zip(step.taps, step.colours, strict=True):
            cell = ("input", tap.channel, depth_of(tap.cell), *tap.cell[-2:])
            within, *offset = tap.weight
            weight = ("kernel", within, depth_of(tuple(offset)), *offset[-2:])
            assert step.lit[cell] == ("is-tap", "cv-tint", colour)
            assert step.lit[weight] == ("cv-tint", colour)
            cells.add(cell)
            weights.add(weight)
        output = ("output", step.output_map, depth_of(step.position), *step.position[-2:])
        assert step.lit[output] == ("is-current",)
        of_float = {key for key in step.lit if key[0] not in ("source", "weights")}
        assert of_float == cells | weights | {output}


@given(cases())
def test_each_channel_repeats_the_colours_of_a_kernel_too_large_for_all(case: Case) -> None:
    for step in steps(case, 1):
        classes = step.scene.weight_classes
        assert step.colours == list(itertools.islice(itertools.cycle(classes), len(step.taps)))


@given(cases())
def test_a_window_frames_its_taps_on_every_channel_and_depth_that_it_reads(case: Case) -> None:
    for step in steps(case):
        frames = [frame for frame in step.windows if frame.style == "is-window"]
        by_panel: dict[tuple[int, int | None], list[tuple[int, ...]]] = {}
        for tap in step.taps:
            key = (tap.channel, depth_of(tap.cell))
            by_panel.setdefault(key, []).append(tap.cell[-2:])
        assert {(frame.channel, frame.depth) for frame in frames} == set(by_panel)
        assert len(frames) == len(by_panel)
        for frame in frames:
            rows, columns = zip(*by_panel[frame.channel, frame.depth], strict=True)
            assert (frame.row, frame.row + frame.rows - 1) == (min(rows), max(rows))
            assert (frame.column, frame.column + frame.columns - 1) == (min(columns), max(columns))


@given(cases())
def test_the_next_windows_are_those_of_the_next_column_and_the_next_row(case: Case) -> None:
    for step in steps(case):
        *_, height, width = step.scene.geometry.axes
        *_, row, column = step.position
        here = {(f.row, f.column) for f in step.windows if f.style == "is-window"}
        [(first, left)] = here
        expected = set()
        if column + 1 < width.output:
            expected.add((first, left + width.stride))
        if row + 1 < height.output:
            expected.add((first + height.stride, left))
        found = {(f.row, f.column) for f in step.windows if f.style == "is-next"}
        assert found == expected


# Words


@given(cases())
def test_a_map_is_named_where_there_are_several(case: Case) -> None:
    for step in steps(case):
        several = step.scene.geometry.maps > 1
        assert step.name == f"y{[*([step.output_map] if several else []), *step.position]}"
        title = step.scene.titles["kernel"]
        assert step.kernel_title == (f"{title}, map {step.output_map}" if several else title)


@given(cases())
def test_a_step_has_the_band_of_its_output_s_panel(case: Case) -> None:
    for step in steps(case):
        [band] = {
            panel.group
            for panel in step.scene.panels
            if panel.tensor == "output" and panel.channel == step.output_map
        }
        assert step.band == band


@given(cases())
def test_the_products_are_the_cells_and_weights_of_the_taps(case: Case) -> None:
    for step in steps(case):
        assert len(step.products) == step.scene.geometry.tap_count
        for tap, product in zip(step.taps, step.products, strict=True):
            inside = tap.kind is Kind.DATA
            value = case.data[(0, tap.channel, *tap.cell)] if inside else 0
            assert float(product.value) == pytest.approx(float(value), rel=1e-3)
            weight = case.kernel[(step.output_map, *tap.weight)]
            assert float(product.weight) == pytest.approx(float(weight), rel=1e-3)
        bias = None if case.bias is None else case.bias[step.output_map]
        assert (step.bias is None) == (bias is None)
        if bias is not None:
            assert float(step.bias) == pytest.approx(float(bias), rel=1e-3)


def test_a_digit_has_the_colour_of_the_weight_that_wrote_it() -> None:
    step = reference().scene().step(0)
    assert step.digit_colours("12345.6789") == [*step.colours[:5], None, *step.colours[5:]]
    assert step.digit_colours("12345") == step.colours[:5]
    assert step.digit_colours("-1012345.67890") == [
        *(None, None, None),
        *step.colours[:5],
        None,
        *step.colours[5:],
        None,
    ]


def test_where_no_weight_writes_a_digit_none_has_a_colour() -> None:
    step = Case(DIGITS, np.full_like(POWERS, 0.3)).scene().step(0)
    assert step.digit_colours("13.5") == [None] * 4


def test_a_picture_in_words_counts_the_zeros_of_the_padding() -> None:
    corner = reference(padding_nd=(1, 1)).scene().step(0)
    assert "5 of its 9 cells padding" in corner.alt
    assert "cells padding" not in reference().scene().step(0).alt


# Slow motion


def in_slow_motion(scene: Scene, index: int) -> list[Step]:
    step = scene.step(index)
    return [replace(step, terms=terms) for terms in (0, *step.stops)]


@pytest.mark.parametrize("case", mixed_cases(8), ids=lambda case: str(case.parameters))
def test_stops_add_every_product_once_and_the_bias_last(case: Case) -> None:
    scene = case.scene()
    for index in (0, scene.steps - 1):
        moments = in_slow_motion(scene, index)
        added = [n for moment in moments for n in moment.added]
        assert added == list(range(scene.geometry.tap_count))
        assert [moment.landed for moment in moments] == sorted(moment.landed for moment in moments)
        assert moments[0].landed == 0
        assert moments[-1].landed == scene.geometry.tap_count
        for moment in moments:
            adding = {key for key, classes in moment.lit.items() if "is-adding" in classes}
            assert {key for key in adding if key[0] == "input"} == {
                ("input", tap.channel, depth_of(tap.cell), *tap.cell[-2:])
                for tap in (moment.taps[n] for n in moment.added)
            }


@pytest.mark.parametrize("case", mixed_cases(8), ids=lambda case: str(case.parameters))
def test_an_output_is_hidden_until_all_is_added(case: Case) -> None:
    scene = case.scene()
    for index in (0, scene.steps - 1):
        *before, last = in_slow_motion(scene, index)
        for moment in before:
            assert (moment.is_whole, moment.hidden_from) == (False, index)
        assert (last.is_whole, last.hidden_from) == (True, index + 1)
        assert last.result == scene.step(index).result == scene.output_texts[index]
        shown = scene.step(index)
        assert (shown.is_whole, shown.hidden_from, shown.landed) == (
            True,
            scene.steps,
            len(shown.taps),
        )
        assert list(shown.added) == []


def test_a_sum_begins_with_nothing_and_grows_by_what_is_added() -> None:
    first, second, *_ = in_slow_motion(reference().scene(), 0)
    assert (first.exact, first.result) == ("0", "0")
    assert second.exact == "10000"
