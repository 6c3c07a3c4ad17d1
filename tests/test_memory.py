"""The machine's free memory is known, and sizes read well."""

from __future__ import annotations

import numpy as np
import pytest

from convviz import memory
from convviz.errors import ArgumentError
from convviz.network.values import convert


def test_the_free_memory_is_known_here() -> None:
    assert 2**20 < memory.free_bytes() < 2**50


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (1023, "1,023 bytes"),
        (1024, "1 KiB"),
        (1658, "1.62 KiB"),
        (1.5 * 2**30, "1.5 GiB"),
        (16 * 2**40, "16 TiB"),
        (2**60, "1,048,576 TiB"),
    ],
)
def test_a_size_in_words(count: float, words: str) -> None:
    assert memory.in_words(count) == words


FLOAT = np.dtype("float32")


@pytest.mark.parametrize("dtype", ["float64", "int8"])
def test_a_copy_is_refused_where_the_memory_does_not_hold_it(
    monkeypatch: pytest.MonkeyPatch, dtype: str
) -> None:
    array = np.ones((2, 3), dtype)
    monkeypatch.setattr(memory, "free_bytes", lambda: 24)  # six float32
    assert convert("data", array, FLOAT, copy=False).nbytes == 24
    monkeypatch.setattr(memory, "free_bytes", lambda: 23)
    with pytest.raises(ArgumentError, match="data: got 6 numbers"):
        convert("data", array, FLOAT, copy=False)


def test_what_is_not_copied_needs_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    array = np.ones((2, 3), FLOAT)
    monkeypatch.setattr(memory, "free_bytes", lambda: 0)
    assert convert("data", array, FLOAT, copy=False) is array
    with pytest.raises(ArgumentError, match="data: got 6 numbers"):
        convert("data", array, FLOAT, copy=True)


def test_a_copy_lies_in_memory_in_the_order_of_its_axes() -> None:
    columns_first = np.asfortranarray(np.arange(6, dtype=FLOAT).reshape(2, 3))
    copy = convert("data", columns_first, FLOAT, copy=True)
    assert copy.flags.c_contiguous
    assert not np.shares_memory(copy, columns_first)
