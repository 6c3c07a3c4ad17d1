"""Names that are each one's own: what comes again gets a number in parentheses."""

from __future__ import annotations


class Names:
    """Gives every name once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def new(self, name: str) -> str:
        """``name``, or ``name (2)`` and so on where it is taken."""
        given, count = name, 1
        while given in self._taken:
            count += 1
            given = f"{name} ({count})"
        self._taken.add(given)
        return given
