"""A program as text that a notebook shows in colours."""

from __future__ import annotations


class Program(str):
    """A program. Print it, run it, or let a notebook show it in colours."""

    def _repr_markdown_(self) -> str:
        return f"```python\n{self}\n```"
