"""A browser's page that may ask nobody, for the tests of saved pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page


@contextmanager
def offline_page(chromium: Browser, width: int, height: int, **options: Any) -> Iterator[Page]:
    """Open a page whose ``requests`` and ``complaints`` are kept as lists on it."""
    viewport = {"width": width, "height": height}
    context = chromium.new_context(viewport=viewport, offline=True, **options)
    page = context.new_page()
    page.requests, page.complaints = [], []
    page.on("request", lambda request: page.requests.append(request.url))
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    context.close()
