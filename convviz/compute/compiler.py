"""Compiles CUDA source while the program runs, by NVRTC; CuPy keeps the result on disk."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

CONV_CU = "conv.cu"
OPTIONS = ("--std=c++17",)


@cache
def read_source(name: str) -> str:
    """The text of a CUDA source, by its path in this package, which may be in an archive."""
    file = files("convviz.compute").joinpath(*name.split("/"))
    return file.read_text(encoding="utf-8")


def compile_source(source: str, instances: Sequence[str] = ()) -> Any:
    """The ``cupy.RawModule`` of a source, with these instances of its templates.

    The module compiles when its first kernel is asked for.
    """
    import cupy

    return cupy.RawModule(code=source, options=OPTIONS, name_expressions=instances or None)
