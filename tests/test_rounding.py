"""`cv.rounding`: the columns add up, and refuse what cannot be summed exactly."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

import convviz as cv
from convviz.course.printed import document_layer


def test_error_is_float32_minus_exact_and_equal_outputs_stand_once() -> None:
    layer = document_layer("initial_example", {})
    rows = cv.rounding(layer, cv.examples.counting()).rows
    assert len(rows) == 9
    assert rows[0] == ("y[0, 0]", "12345.6789", "12345.6787109375", "-0.0001890625", "0.0009765625")
    for _, exact, shown, error, _ in rows:
        assert Decimal(exact) + Decimal(error) == Decimal(shown)


def test_the_last_row_is_not_the_nearest_float32() -> None:
    *_, error, spacing = cv.rounding(document_layer("initial_example", {})).rows[-1]
    assert abs(Decimal(error)) > Decimal(spacing) / 2


def test_small_differences_stay_readable() -> None:
    data = cv.examples.counting(2)[:, None]
    row = cv.rounding(document_layer("3d_convolution", {}), data).rows[0]
    assert row == ("y[0, 0]", "0", "-0.0001890702", "-0.0001890702", "1.46e-11")


@pytest.mark.parametrize("shape", [(2, 1, 6, 9), (1, 1, 400, 400)])
def test_what_cannot_be_summed_exactly_is_refused(shape) -> None:
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, shape)
    layer = network.add_convolution_nd(x, 1, (3, 3), cv.examples.blur())
    with pytest.raises(cv.ArgumentError, match="sum exactly"):
        cv.rounding(layer, np.ones(shape, np.float32))


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_what_has_no_decimal_is_refused_as_that(odd) -> None:
    data = cv.examples.counting()
    data[0, 0, 2, 3] = odd
    with pytest.raises(cv.ArgumentError, match="data: got an input that is not all finite"):
        cv.rounding(document_layer("initial_example", {}), data)


def test_the_residues_in_3d_are_the_rounding_errors_of_the_first_section_s_sums() -> None:
    flat = cv.rounding(document_layer("initial_example", {}), cv.examples.counting(), stored=True)
    data = cv.examples.counting(2)[:, None]
    deep = cv.rounding(document_layer("3d_convolution", {}), data, stored=True)
    assert flat.header[1] == "exact sum of what is stored"
    for (_, _, _, error, _), (_, total, residue, _, _) in zip(flat.rows, deep.rows, strict=True):
        assert float(total) == 0
        assert float(residue) == pytest.approx(float(error), rel=1e-7, abs=1e-10)
