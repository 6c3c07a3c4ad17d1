"""Every parameter of TensorRT's convolution layer, to be seen and moved in a notebook.

    import convviz as cv

Importing loads nothing else: each public name below brings its module when it is first used, so
that ``cv.convolve`` works without a widget library and a tensor without a GPU.
"""

from importlib import import_module

_MODULES = {
    "ConvolutionLayer": "convviz.network",
    "DataType": "convviz.network",
    "LayerError": "convviz.errors",
    "Network": "convviz.network",
    "PaddingMode": "convviz.geometry",
    "Weights": "convviz.network",
    "compare": "convviz.widget.explorer",
    "convolve": "convviz.compute",
    "device": "convviz.compute",
    "draw": "convviz.picture",
    "examples": "convviz.classroom.examples",
    "exercises": "convviz.classroom.exercises",
    "explore": "convviz.widget.explorer",
    "film": "convviz.picture.films",
    "page": "convviz.picture.pages",
    "per_channel": "convviz.classroom.quantising",
    "printed": "convviz.classroom.reference",
    "quantisation_error": "convviz.classroom.plots",
    "quantise": "convviz.classroom.quantising",
    "receptive_field": "convviz.classroom.plots",
    "rounding": "convviz.classroom.exactness",
    "scale_for": "convviz.classroom.quantising",
    "sizes": "convviz.classroom.tabulated",
    "tour": "convviz.classroom.lessons",
}

__all__ = list(_MODULES)


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'convviz' has no attribute {name!r}")
    module = import_module(_MODULES[name])
    value = module if module.__name__.endswith(f".{name}") else getattr(module, name)
    globals()[name] = value  # the next use finds it without coming here
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
