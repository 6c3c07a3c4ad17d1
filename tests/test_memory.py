"""The machine's free memory is known, and sizes read well."""

from __future__ import annotations

import pytest

from convviz import memory


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
