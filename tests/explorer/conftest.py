"""Pages where nothing moves on its way, since places are read from the screen, and nothing is loud.

Every test here ends with a look at what the page has complained of and whom it has asked.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab import Lab


@pytest.fixture
def lab(lab: Lab) -> Iterator[Lab]:
    yield from still_and_quiet(lab)


@pytest.fixture
def notebook(notebook: Lab) -> Iterator[Lab]:
    yield from still_and_quiet(notebook)


def still_and_quiet(lab: Lab) -> Iterator[Lab]:
    lab.page.emulate_media(reduced_motion="reduce")
    yield lab
    assert lab.foreign_requests == []
    assert lab.console_errors == []
