"""Every control says why it refuses and what it would take; the last good picture stays."""

from __future__ import annotations

import re

import pytest
from lab import Lab, field
from playwright.sync_api import expect
from reading import AXIS_PARAMETERS, explore, press, set_field, texts

pytestmark = pytest.mark.browser

# Each control and the least value that it takes.
LEAST = {
    **{
        f"{name} {axis}": 0 if "padding" in name else 1
        for name in AXIS_PARAMETERS
        for axis in ("height", "width")
    },
    "num_output_maps": 1,
    "num_groups": 1,
}


def test_a_number_below_the_least_is_refused_and_the_last_good_picture_stays(notebook: Lab) -> None:
    stage = explore(notebook)
    first = texts(stage, "output")
    for label, least in LEAST.items():
        name = label.split()[0]
        for bad in (str(least - 1), "-7"):
            set_field(notebook, label, bad)
            expect(stage.get_by_role("alert")).to_contain_text(
                re.compile(f"^{name}: got .*{bad}.*; allowed: .+")
            )
            assert texts(stage, "output") == first, "the last good picture stays"
        field(notebook, label).press("Escape")
        expect(stage.get_by_role("alert")).to_have_count(0)


def test_what_is_no_whole_number_is_refused_and_escape_takes_it_back(notebook: Lab) -> None:
    stage = explore(notebook)
    alert = stage.get_by_role("alert")
    for label in LEAST:
        box, name = field(notebook, label), label.split()[0]
        initial = box.input_value()
        for nonsense in ("", "two", "1.5"):
            set_field(notebook, label, nonsense)
            expect(alert).to_contain_text(f"{name}: got '{nonsense}'; allowed: a whole number")
            expect(box).to_have_value(nonsense)
            expect(box).to_have_attribute("aria-invalid", "true")
        box.press("Escape")
        expect(box).to_have_value(initial)
        expect(alert).to_have_count(0)
        expect(box).not_to_have_attribute("aria-invalid", "true")


def test_what_the_other_parameters_rule_out_is_refused_with_their_numbers(notebook: Lab) -> None:
    """99 is allowed by itself, though not everywhere with the rest."""
    stage = explore(notebook)
    alert = stage.get_by_role("alert")
    for label, refusal in {
        "kernel_size_nd height": "kernel_size_nd: got 99 along the height",
        "dilation_nd width": "kernel_size_nd: got 3 along the width",
        "num_groups": "num_groups: got 99 with 1 input channels",
    }.items():
        set_field(notebook, label, "99")
        expect(alert).to_contain_text(refusal)
        press(notebook, "Reset")
        expect(alert).to_have_count(0)


def test_a_large_number_that_is_allowed_is_taken_and_reset_brings_all_back(notebook: Lab) -> None:
    stage = explore(notebook)
    alert, first = stage.get_by_role("alert"), texts(stage, "output")
    set_field(notebook, "stride_nd height", "99")
    expect(stage).to_have_attribute("data-steps", "7")
    set_field(notebook, "pre_padding width", "99")
    expect(stage).to_have_attribute("data-steps", str(7 + 99))
    set_field(notebook, "post_padding height", "0")
    set_field(notebook, "stride_nd width", "0")
    expect(alert).to_be_visible()
    press(notebook, "Reset")
    expect(alert).to_have_count(0)
    expect(stage).to_have_attribute("data-steps", "28")
    assert texts(stage, "output") == first
    assert {label: field(notebook, label).input_value() for label in LEAST} == {
        label: "3" if "size" in label else str(least) for label, least in LEAST.items()
    }
