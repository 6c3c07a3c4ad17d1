"""What is said where something a reader asked for could not be done, refused or not."""

from __future__ import annotations

from convviz.errors import ArgumentError
from convviz.language.catalogue import say

# A reader is told of these, instead of the Jupyter kernel's log.
ANY = (Exception, KeyboardInterrupt)


def words(failure: BaseException, *, interrupted: str) -> str:
    """A refusal's own words; ``interrupted`` for an interrupt; for all else, what went wrong."""
    if isinstance(failure, ArgumentError):
        return str(failure)
    if isinstance(failure, KeyboardInterrupt):
        return interrupted
    text = " ".join(str(failure).split())
    reason = f"{type(failure).__name__}: {text}" if text else type(failure).__name__
    return say("widget.failed", reason=_short(reason))


def _short(text: str) -> str:
    """A text that fits into a sentence."""
    return text if len(text) <= 200 else text[:197] + "…"
