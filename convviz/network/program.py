"""A program as text that a notebook shows in colours, and the arrays that it loads."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np

from convviz import files
from convviz.arrays import Array


class Program(str):
    """A program. Print it, run it, save it, or let a notebook show it in colours.

    Attributes
    ----------
    arrays : {name: array}
        What is too much to write down: the program loads each from the file ``name.npy``.
    """

    arrays: Mapping[str, Array]

    def __new__(cls, text: str, arrays: Mapping[str, Array] | None = None) -> Program:
        """A program of this text."""
        program = super().__new__(cls, text)
        program.arrays = dict(arrays or {})
        return program

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the program, and beside it the arrays that it loads.

        Parameters
        ----------
        path : ends in .py

        Raises
        ------
        ArgumentError
            For another ending, and for a folder that is not there.
        """
        target = files.target(path, ("py",))
        for name, array in self.arrays.items():
            with files.replacing(target.with_name(f"{name}.npy")) as part, part.open("wb") as file:
                np.save(file, array)
        files.write(target, f"{self}\n".encode())

    def _repr_markdown_(self) -> str:
        return f"```python\n{self}\n```"
