"""The public interface as a user writes it, for the type checkers; what is wrong is told to both.

`uses` also runs, as a test, so that no type is promised that does not come. `misuses` never does:
each of its lines is an error to mypy and to pyright, which complain where it is none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import convviz as cv
from convviz.models.convolution import Convolution
from convviz.models.model import Model
from convviz.plot.film import Film
from convviz.plot.still import Still
from convviz.widget.axes import Axes
from convviz.widget.comparison import Comparison
from convviz.widget.diagram import DiagramWidget
from convviz.widget.dive import DiveWidget
from convviz.widget.explorer import Explorer

DATA = cv.examples.counting()
KERNEL = cv.examples.powers_of_ten()


def uses(folder: Path) -> None:
    """Everything that the README and the notebooks do."""
    layer = layers()
    reads(layer)
    convolves()
    shows(layer)
    draws(layer, folder)
    teaches()


def layers() -> cv.ConvolutionLayer:
    network = cv.Network()
    data = network.add_input("data", cv.DataType.FLOAT, DATA.shape)
    layer = network.add_convolution_nd(data, 1, (3, 3), KERNEL)
    assert_type(layer, cv.ConvolutionLayer)
    layer.stride_nd = (2, 2)
    layer.pre_padding = [1, 0]
    layer.padding_mode = cv.PaddingMode.SAME_UPPER
    layer.padding_mode = "EXPLICIT_ROUND_DOWN"
    layer.num_groups = 1
    layer.bias = np.ones(1, np.float32)
    network.mark_output(layer.get_output(0))
    for output in network.run({"data": DATA}).values():
        assert_type(output, NDArray[Any])
    code: str = layer.code("pytorch")
    assert code
    return layer


def reads(layer: cv.ConvolutionLayer) -> None:
    assert_type(layer.stride_nd, tuple[int, ...])
    assert_type(layer.padding_mode, cv.PaddingMode)
    assert_type(layer.num_groups, int)
    assert_type(layer.get_output(0).shape, tuple[int, ...])


def convolves() -> None:
    output = cv.convolve(DATA, KERNEL, stride_nd=(2, 2), padding_mode="SAME_LOWER")
    assert_type(output, NDArray[Any])
    cv.convolve([[[[1, 2], [3, 4]]]], [[[[1]]]], np.zeros(1), pre_padding=(1, 1), device="cpu")
    assert_type(cv.device(), str)


def shows(layer: cv.ConvolutionLayer) -> None:
    explorer = cv.explore(layer, DATA)
    assert_type(explorer, Explorer)
    assert_type(explorer.layer, cv.ConvolutionLayer)
    cv.explore(layer, {"data": DATA}, item=0, step=-1, large=True, device="cpu")
    cv.explore(DATA, KERNEL, np.ones(1), stride_nd=(2, 2), dilation_nd=[1, 2], num_groups=1)
    cv.explore(DATA, KERNEL, input_scale=0.04, kernel_scale=[1.0], step=3)
    cv.explore([[1, 2], [3, 4]], [[1]])
    compared = cv.compare(DATA, KERNEL, padding_mode=["SAME_UPPER", cv.PaddingMode.SAME_LOWER])
    assert_type(compared, Comparison)
    cv.compare(layer, DATA, stride_nd=[(1, 1), (2, 2)])
    assert_type(cv.axes(layer, DATA), Axes)
    assert_type(cv.axes(explorer, padding_mode=["SAME_UPPER", "SAME_LOWER"]), Axes)
    cv.axes(DATA, KERNEL, stride_nd=[(1, 1), (2, 2)], dilation_nd=(1, 2), large=True)


def dives(layer: cv.ConvolutionLayer, folder: Path) -> None:
    dive = cv.dive(layer, DATA, at=(2, 3), output_map=0)
    assert_type(dive, DiveWidget)
    dive.film(folder / "dive.gif", fps=10, theme="dark")
    assert_type(cv.film(dive, fps=10), Film)
    cv.dive(DATA, KERNEL, stride_nd=(2, 2))
    cv.dive(cv.explore(DATA, KERNEL))
    cv.page([dive, cv.tree((3, 3), (1, 2)), cv.wires(layer)], folder / "page.html")
    assert_type(cv.wires(DATA, KERNEL, num_groups=1), DiagramWidget)
    cv.tree(kernels=[3, 3], strides=[2, 2], length=12).save(folder / "tree.svg")


def draws(layer: cv.ConvolutionLayer, folder: Path) -> None:
    still = cv.draw(layer, DATA, step=3, theme="dark")
    assert_type(still, Still)
    cv.draw(layer, DATA, view="axes")
    still.save(folder / "step.svg")
    cv.draw(DATA, KERNEL, stride_nd=(2, 2), captions=False).save(str(folder / "step.png"))
    explorer = cv.explore(DATA, KERNEL)
    assert_type(cv.draw(explorer), Still)
    film = cv.film(DATA, KERNEL, steps=range(3), fps=5, loop=False)
    assert_type(film, Film)
    film.save(folder / "steps.gif")
    cv.page(["# Title", explorer, (layer, DATA), layer, still.scene], folder / "page.html")


def models(model: Model, folder: Path) -> None:
    found = model[0]
    assert_type(found, Convolution)
    assert_type(model["name"], Convolution)
    assert_type(found.layer, cv.ConvolutionLayer)
    assert_type(cv.explore(found), Explorer)
    cv.explore(model.convolutions[2], DATA, step=3)
    assert_type(cv.draw(found, view="axes"), Still)
    cv.film(found).save(folder / "layer.gif")
    cv.page([found, (found, DATA)], folder / "layer.html")
    assert_type(cv.compare(found, stride_nd=[(1, 1), (2, 2)]), Comparison)
    assert_type(cv.axes(found), Axes)
    assert_type(found.parts(0, (0, 0)), NDArray[Any])
    assert_type(found.dead_maps, tuple[int, ...])
    assert_type(cv.from_onnx("net.onnx", {"x": DATA}), Model)


def teaches() -> None:
    assert_type(cv.quantize(DATA, 0.04).rows, list[tuple[str, ...]])
    assert_type(cv.scale_for(DATA), float)
    scales = cv.scale_for(KERNEL, axis=0)
    assert_type(scales, NDArray[np.float32])
    table = cv.per_channel(DATA, KERNEL, input_scale=0.04)
    assert_type(table.rows, list[tuple[str, ...]])
    cv.sizes(224, 225, kernel=7, stride=2, modes=[cv.PaddingMode.SAME_UPPER])
    cv.rounding(DATA, KERNEL)
    cv.printed("initial_example")
    cv.exercises.shape(DATA.shape, 1, (3, 3), stride_nd=(2, 2))
    cv.exercises.cells(DATA, KERNEL, at=(0, 1))
    cv.exercises.score()
    assert_type(cv.examples.photograph(), NDArray[np.float32])
    try:
        cv.explore(DATA, KERNEL, stride_nd=(0, 1))
    except cv.ArgumentError as error:
        assert_type(error.parameter, str)


def misuses(layer: cv.ConvolutionLayer) -> None:
    cv.explore()  # type: ignore[call-overload]
    cv.explore(DATA, KERNEL, stride=(2, 2))  # type: ignore[call-overload]
    cv.explore(DATA, KERNEL, stride_nd="2")  # type: ignore[arg-type]
    cv.explore(layer, DATA, stride_nd=(2, 2))  # type: ignore[call-overload]
    cv.compare(DATA, KERNEL, padding_mode=[1.5])  # type: ignore[list-item]
    cv.convolve(DATA, KERNEL, stride_nd=2.0)  # type: ignore[call-overload]
    cv.draw(DATA, KERNEL, theme="blue")  # type: ignore[call-overload]
    cv.film(DATA, KERNEL, steps=3)  # type: ignore[call-overload]
    cv.page([3], "page.html")  # type: ignore[list-item]
    layer.num_groups = "two"  # type: ignore[assignment]
    layer.stride_nd = 2.5  # type: ignore[assignment]
    print(cv.no_such_name)  # type: ignore[attr-defined]
