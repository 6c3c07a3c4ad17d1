"""Compiles CUDA source without a GPU, with the compiler and the options that CuPy uses."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from convviz.compute.compiler import OPTIONS


def compile_without_a_gpu(source: str, architecture: int, instances: Sequence[str] = ()) -> str:
    """The PTX of a source, with these instances of its templates; skips where NVRTC is missing."""
    nvrtc = pytest.importorskip("cupy", reason="CuPy is not installed").cuda.nvrtc
    try:
        nvrtc.getVersion()
    except RuntimeError as error:
        pytest.skip(f"NVRTC is not installed: {error}")
    program = nvrtc.createProgram(source, "conv.cu", (), ())
    for name in instances:
        nvrtc.addNameExpression(program, name)
    options = (*OPTIONS, f"-arch=compute_{architecture}", "-ftz=true")
    try:
        nvrtc.compileProgram(program, options)
    except nvrtc.NVRTCError:
        pytest.fail(nvrtc.getProgramLog(program))
    assert not nvrtc.getProgramLog(program).strip("\0\n")  # no warning either
    code = nvrtc.getPTX(program)
    code = code if isinstance(code, str) else code.decode()
    assert ".ftz" not in code  # subnormal numbers are not flushed to zero
    assert all(nvrtc.getLoweredName(program, name) in code for name in instances)
    return code
