"""A layer as the cell that shows it: what is on the screen, to be had again in another notebook."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from convviz.arrays import Array
from convviz.network.convolution import ConvolutionLayer
from convviz.network.export.lines import number
from convviz.network.program import Program
from convviz.network.run import ConvolutionRun
from convviz.parameters import PaddingMode

MOST_LITERALS = 400  # numbers that are written out


def notebook(
    run: ConvolutionRun, layer: ConvolutionLayer, shown: Mapping[str, object] | None = None
) -> Program:
    """Python that shows the same layer on the same data; large arrays are left to the reader.

    ``shown`` are further arguments of `explore`, by name: how it is shown.
    """
    arrays = run.arrays
    named = {"data": arrays["data"], "kernel": arrays["kernel"], "bias": arrays["bias"]}
    lines = ["import numpy as np", "import convviz as cv", ""]
    lines += [_literal(name, array) for name, array in named.items() if array is not None]
    arguments = ["data", "kernel"] + ([] if arrays["bias"] is None else ["bias"])
    if arrays["kernel_scale"] is not None:
        arguments.append(f"input_scale={arrays['input_scale']!r}")
        arguments.append(f"kernel_scale={_numbers(arrays['kernel_scale'])}")
    for name, value in layer.changed_settings.items():
        text = repr(value.name) if isinstance(value, PaddingMode) else repr(value)
        arguments.append(f"{name}={text}")
    arguments += [f"{name}={value!r}" for name, value in (shown or {}).items()]
    lines.append(f"cv.explore({', '.join(arguments)})")
    return Program("\n".join(lines))


def _literal(name: str, array: Array) -> str:
    if array.size > MOST_LITERALS:
        return f"{name} = ...  # your array of shape {array.shape}"
    shape = "" if array.ndim == 1 else f".reshape{array.shape}"
    return f"{name} = np.array({_numbers(array)}, np.float32){shape}"


def _numbers(array: Array) -> str:
    """The shortest decimals that give these float32 again."""
    return "[" + ", ".join(map(_number, array.reshape(-1))) + "]"


def _number(value: np.generic) -> str:
    return str(value) if np.isfinite(value) else number(value)
