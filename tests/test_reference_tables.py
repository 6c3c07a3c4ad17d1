"""`cv.printed` compares with the facts that the tests hold, and a difference would be seen."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

import convviz as cv
from convviz.course import printed

FACTS = json.loads((Path(__file__).parent / "data" / "seed_tables.json").read_text())


def test_the_package_holds_the_facts_of_the_tests() -> None:
    examples = printed.load_examples()
    ours = [(e.section, e.parameters, list(e.shape), e.rows) for e in examples]
    facts = [(f["section"], f["parameters"], f["output_shape"], f["rows"]) for f in FACTS]
    assert ours == facts
    by_tensorrt = examples[1:]  # the first table was written out by hand
    assert sum(len(row) for example in by_tensorrt for row in example.rows) == 610


@pytest.mark.parametrize("section", printed.SECTIONS)
def test_every_number_of_a_section_comes_out_as_printed(section: str) -> None:
    comparison = cv.printed(section)
    assert len(comparison.examples) == sum(fact["section"] == section for fact in FACTS)
    assert comparison.all_equal
    assert re.findall(r"(\d+) of (\d+) numbers", str(comparison)) == [
        (str(count := sum(map(len, example.rows))), str(count)) for example in comparison.examples
    ]


def test_parameters_choose_among_the_examples() -> None:
    assert len(cv.printed("stride", stride_nd=(2, 1)).examples) == 1
    lower = cv.printed("padding_mode", padding_mode=cv.PaddingMode.SAME_LOWER)
    titles = [example.title for example in lower.examples]
    assert titles == ["stride_nd = (2, 2), padding_mode = SAME_LOWER"]


@pytest.mark.parametrize(
    ("section", "parameters", "refused"),
    [("strides", {}, "section"), ("stride", {"stride_nd": (3, 3)}, "stride_nd")],
)
def test_what_is_not_there_is_refused_by_name(section, parameters, refused) -> None:
    with pytest.raises(cv.ArgumentError) as error:
        cv.printed(section, **parameters)
    assert error.value.parameter == refused


def test_a_number_that_differs_is_struck_out_and_counted() -> None:
    example = cv.printed("set_input").examples[0]
    rows = [["727.", *example.rows[0][1:]], *example.rows[1:]]
    comparison = printed.PrintedComparison([dataclasses.replace(example, rows=rows)])
    assert not comparison.all_equal
    assert "27 of 28 numbers equal" in str(comparison)
    html = comparison._repr_html_()
    assert html.count("<s>") == 2  # on both sides
    assert "<s>727.</s>" in html
    assert "<s>726</s>" in html


def test_a_table_has_every_number_on_both_sides() -> None:
    html = cv.printed("num_groups")._repr_html_()
    assert html.count("-12345.679</td>") == 2 * 6
    assert html.count("<td") == 2 * 56
