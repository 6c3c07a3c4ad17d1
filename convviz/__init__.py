"""Every parameter of TensorRT's convolution layer, to be seen and moved in a notebook.

    import convviz as cv

Importing loads nothing else: each public name below brings its module when it is first used, so
that ``cv.convolve`` works without a widget library and a tensor without a GPU. Type checkers and
editors read the same names from the imports under ``TYPE_CHECKING``; a test holds the two together.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from convviz import display

if TYPE_CHECKING:
    from convviz.compute.convolve import convolve
    from convviz.compute.device import device
    from convviz.course import examples, exercises
    from convviz.course.charts import quantization_error
    from convviz.course.printed import printed
    from convviz.course.quantization import per_channel, quantize, scale_for
    from convviz.course.rounding import rounding
    from convviz.course.sizes import sizes
    from convviz.course.tour import tour
    from convviz.errors import ArgumentError
    from convviz.models.from_onnx import from_onnx
    from convviz.models.from_tensorrt import from_tensorrt
    from convviz.models.from_torch import from_torch
    from convviz.network.convolution import ConvolutionLayer
    from convviz.network.network import Network
    from convviz.network.values import DataType, Weights
    from convviz.parameters import PaddingMode
    from convviz.plot.film import film
    from convviz.plot.still import draw
    from convviz.widget.axes import axes
    from convviz.widget.comparison import compare
    from convviz.widget.diagram import tree, wires
    from convviz.widget.dive import dive
    from convviz.widget.explore import explore
    from convviz.widget.guide import guide
    from convviz.widget.page import page

__all__ = [
    "ArgumentError",
    "ConvolutionLayer",
    "DataType",
    "Network",
    "PaddingMode",
    "Weights",
    "axes",
    "compare",
    "convolve",
    "device",
    "dive",
    "draw",
    "examples",
    "exercises",
    "explore",
    "film",
    "from_onnx",
    "from_tensorrt",
    "from_torch",
    "guide",
    "page",
    "per_channel",
    "printed",
    "quantization_error",
    "quantize",
    "rounding",
    "scale_for",
    "sizes",
    "tour",
    "tree",
    "wires",
]

_HOMES = {
    "ArgumentError": "errors",
    "ConvolutionLayer": "network.convolution",
    "DataType": "network.values",
    "Network": "network.network",
    "PaddingMode": "parameters",
    "Weights": "network.values",
    "axes": "widget.axes",
    "compare": "widget.comparison",
    "convolve": "compute.convolve",
    "device": "compute.device",
    "dive": "widget.dive",
    "draw": "plot.still",
    "examples": "course",
    "exercises": "course",
    "explore": "widget.explore",
    "film": "plot.film",
    "from_onnx": "models.from_onnx",
    "from_tensorrt": "models.from_tensorrt",
    "from_torch": "models.from_torch",
    "guide": "widget.guide",
    "page": "widget.page",
    "per_channel": "course.quantization",
    "printed": "course.printed",
    "quantization_error": "course.charts",
    "quantize": "course.quantization",
    "rounding": "course.rounding",
    "scale_for": "course.quantization",
    "sizes": "course.sizes",
    "tour": "course.tour",
    "tree": "widget.diagram",
    "wires": "widget.diagram",
}


display.register("ConvolutionLayer", "convviz.widget.explore:show_layer")
display.register("Model", "convviz.widget.model_table:show_model")


if not TYPE_CHECKING:  # a checker that knew of it would let any name pass

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module 'convviz' has no attribute {name!r}")
        home = f"convviz.{_HOMES[name]}"
        if name in ("examples", "exercises"):
            value: object = import_module(f"{home}.{name}")
        else:
            value = getattr(import_module(home), name)
        globals()[name] = value  # the next use finds it without coming here
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
