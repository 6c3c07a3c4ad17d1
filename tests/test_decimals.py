"""Numbers as people read them: what NumPy prints, and sums without any rounding."""

from __future__ import annotations

import itertools
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenes import DIGITS, POWERS, Case, cases, reference, wild

from convviz.scene import decimals

TABLES = json.loads((Path(__file__).parent / "data" / "seed_tables.json").read_text())
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")

floats = st.floats(width=32, allow_nan=False, allow_infinity=False).map(np.float32)


def printed(value: np.generic) -> str:
    """What NumPy prints, less the point that it leaves after a whole number."""
    array = np.array([value])
    return np.array2string(array, precision=8, suppress_small=True).strip("[]").removesuffix(".")


@given(floats.filter(lambda value: value == 0 or 1e-4 <= abs(value) < 1e6))
def test_a_number_of_everyday_size_reads_as_numpy_prints_it(value: np.float32) -> None:
    assert decimals.text(value) == printed(value)


@given(st.floats(1e6, 1e9, width=32, exclude_max=True).map(np.float32))
def test_a_million_and_more_is_written_out(value: np.float32) -> None:
    shown = decimals.text(value)
    assert "e" not in shown
    assert np.float32(shown) == value
    assert len(shown) <= len("1234567.5")


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_what_is_not_finite_reads_as_numpy_prints_it(value: float) -> None:
    assert decimals.text(np.float32(value)) == printed(np.float32(value))


@given(floats.filter(lambda value: 0 < abs(value) < 1e-4 or abs(value) >= 1e9))
def test_a_tiny_or_huge_number_is_short_and_never_reads_as_zero(value: np.float32) -> None:
    shown = decimals.text(value)
    assert len(shown) <= len("-1.234e-45")
    assert float(shown) == pytest.approx(float(value), rel=1e-3, abs=1e-45)
    assert float(shown) != 0


@pytest.mark.parametrize(
    ("value", "shown"),
    [(4.56789e-5, "4.568e-5"), (-1.2345678e-6, "-1.235e-6"), (1e-4, "0.0001"), (2.5e9, "2.5e+9")],
)
def test_four_digits_of_a_tiny_or_huge_number_are_kept(value: float, shown: str) -> None:
    assert decimals.text(np.float32(value)) == shown


@given(st.integers(-(2**31), 2**31 - 1))
def test_an_integer_is_shown_whole(number: int) -> None:
    assert decimals.text(np.int32(number)) == str(number)


@given(st.lists(floats, max_size=20), st.integers(2, 8))
def test_texts_are_the_text_of_each(values: list[np.float32], places: int) -> None:
    array = np.array(values, np.float32)
    shown = decimals.texts(array, places)
    # +0 and -0 are equal, and either text will do for both.
    expected = [decimals.text(value, places) for value in array]
    assert [text.replace("-0", "0") if float(text) == 0 else text for text in shown] == [
        text.replace("-0", "0") if float(text) == 0 else text for text in expected
    ]


def power(text: str) -> Fraction:
    """10⁻² as a number."""
    sign = -1 if text.startswith("-") else 1
    digits = text.removeprefix("-")
    if digits in ("0", "1"):
        return sign * Fraction(digits)
    assert digits.startswith("10")
    return sign * Fraction(10) ** int(digits[2:].translate(SUPERSCRIPTS) or "1")


@given(st.lists(st.tuples(st.sampled_from([-1, 0, 1]), st.integers(-9, 12)), min_size=1))
def test_powers_of_ten_are_written_as_powers(numbers: list[tuple[int, int]]) -> None:
    exact = [sign * Fraction(10) ** exponent for sign, exponent in numbers]
    shown = decimals.weight_texts(np.array([float(value) for value in exact], np.float32))
    if any("¹" in text or text.startswith(("10", "-10")) for text in shown):
        assert [power(text) for text in shown] == exact
    else:  # ones and zeros alone are no powers worth writing
        assert {abs(value) for value in exact} <= {0, 1}
        assert [Fraction(text) for text in shown] == exact


def test_the_kernel_of_powers_of_ten_reads_as_such() -> None:
    shown = decimals.weight_texts(POWERS)
    assert shown == ["10⁴", "10³", "10²", "10¹", "1", "10⁻¹", "10⁻²", "10⁻³", "10⁻⁴"]


def test_one_weight_that_is_no_power_of_ten_makes_all_of_them_plain() -> None:
    assert decimals.weight_texts(np.array([10, 0.1, 3], np.float32)) == ["10", "0.1", "3"]


@given(st.integers(-37, 38), st.sampled_from([-1, 1]))
def test_the_float32_nearest_to_a_power_of_ten_is_that_power(exponent: int, sign: int) -> None:
    value = np.float32(sign * 10.0**exponent)
    assert decimals.power_of_ten(value) == exponent
    assert decimals.power_of_ten(np.nextafter(value, np.float32(0))) is None


@pytest.mark.parametrize("value", [0, np.inf, np.nan, 2, 9.5, 1001])
def test_other_numbers_are_no_powers_of_ten(value: float) -> None:
    assert decimals.power_of_ten(np.float32(value)) is None


def shortest(value: np.generic) -> Fraction:
    """The shortest decimal that names this float32: what people mean by it."""
    return Fraction(Decimal(str(value)))


def running_fractions(case: Case) -> list[list[Fraction]]:
    """For every output its sum after each of geometry's taps, in fractions, without bias."""
    geometry = case.run().geometry
    data = case.data[0]
    sums = []
    for output_map in range(geometry.maps):
        for place in itertools.product(*(range(axis.output) for axis in geometry.axes)):
            products = (
                shortest(data[(tap.channel, *tap.cell)])
                * shortest(case.kernel[(output_map, *tap.weight)])
                if tap.kind == "data"
                else Fraction(0)
                for tap in geometry.taps(output_map, place)
            )
            sums.append(list(itertools.accumulate(products)))
    return sums


def sums_of_fractions(case: Case) -> list[Fraction]:
    """Every output in fractions, bias and all."""
    running = running_fractions(case)
    area = len(running) // len(case.kernel)
    bias = np.zeros(len(case.kernel), np.float32) if case.bias is None else case.bias
    return [sums[-1] + shortest(bias[n // area]) for n, sums in enumerate(running)]


@given(cases(most=4))
def test_exact_sums_are_sums_of_fractions(case: Case) -> None:
    geometry = case.run().geometry
    shown = decimals.exact_sums(geometry, case.data[0], case.kernel, case.bias)
    assert [Fraction(text) for text in shown] == sums_of_fractions(case)
    assert all("e" not in text.lower() for text in shown)


@given(cases(most=4))
def test_running_sums_are_running_sums_of_fractions(case: Case) -> None:
    shown = decimals.exact_running_sums(case.run().geometry, case.data[0], case.kernel)
    assert [[Fraction(text) for text in row] for row in shown] == running_fractions(case)


def test_sums_that_outgrow_64_bits_stay_exact() -> None:
    rng = np.random.default_rng(1)
    case = Case(wild(rng, (1, 2, 4, 4)), wild(rng, (1, 2, 2, 2)), wild(rng, (1,)))
    shown = decimals.exact_sums(case.run().geometry, case.data[0], case.kernel, case.bias)
    assert [Fraction(text) for text in shown] == sums_of_fractions(case)
    assert max(len(text.replace(".", "")) for text in shown) > 19


def test_sums_past_64_bits_of_numbers_within_stay_exact() -> None:
    case = Case(np.full((1, 1, 3, 3), 4e9, np.float32), np.full((1, 1, 3, 3), 4e9, np.float32))
    shown = decimals.exact_sums(case.run().geometry, case.data[0], case.kernel, None)
    assert shown == [str(9 * 16 * 10**18)]


def test_integers_are_summed_exactly_too() -> None:
    case = reference()
    geometry = case.run().geometry
    data, kernel = np.int8(case.data[0]), np.full((1, 1, 3, 3), -128, np.int8)
    assert set(decimals.exact_sums(geometry, data, kernel, None)) == {str(-128 * 45)}


def test_the_exact_sums_of_the_first_example_are_the_documents_decimals() -> None:
    (table,) = [table for table in TABLES if "note" in table]
    expected = [number for row in table["rows"] for number in row]
    geometry = reference().run().geometry
    assert decimals.exact_sums(geometry, DIGITS[0], POWERS, None) == expected
    assert reference().scene().exact == expected


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_there_is_no_exact_sum_of_what_is_no_number(bad: float) -> None:
    data = DIGITS.copy()
    data[0, 0, 2, 3] = bad
    case = Case(data, POWERS)
    assert decimals.exact_sums(case.run().geometry, data[0], POWERS, None) is None


def test_too_many_products_are_not_summed() -> None:
    case = Case(np.ones((1, 1, 200, 200), np.float32), np.ones((1, 1, 5, 5), np.float32))
    assert decimals.exact_sums(case.run().geometry, case.data[0], case.kernel, None) is None
