"""What makes an explorer from whatever a user passes: `explore`, and a layer that shows itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypedDict, Unpack, overload

import IPython.display
from numpy.typing import ArrayLike

from convviz.checks import check_switch
from convviz.network import build
from convviz.network.convolution import ConvolutionLayer
from convviz.network.subject import LayerLike
from convviz.scene.scene import check_size
from convviz.signatures import lists_parameters
from convviz.widget.explorer import Explorer


class ExplorerOptions(TypedDict, total=False):
    """What `explore` takes with its subject."""

    device: str | None
    item: int
    step: int
    large: bool
    predict: bool | str | Sequence[int]
    formula: bool
    controls: Sequence[str] | str
    view: Literal["axes"] | None


class ArrayExplorerOptions(ExplorerOptions, build.ArrayOptions, total=False):
    """The same with arrays."""


@overload
def explore(
    layer: LayerLike, data: object = None, **options: Unpack[ExplorerOptions]
) -> Explorer: ...


@overload
def explore(
    data: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None = None,
    **options: Unpack[ArrayExplorerOptions],
) -> Explorer: ...


@lists_parameters
def explore(
    *subject: object,
    device: str | None = None,
    item: int = 0,
    step: int = 0,
    large: bool = False,
    predict: bool | str | Sequence[int] = False,
    formula: bool = False,
    controls: Sequence[str] | str = (),
    view: str | None = None,
    **named: object,
) -> Explorer:
    """Show a convolution layer at work, with a control for every parameter.

    ``explore(layer, data)`` takes a layer of a network; ``explore(data, kernel, bias)`` builds the
    network itself, from arrays and the layer's parameters.

    Parameters
    ----------
    layer : ConvolutionLayer
    data : with a layer {input name: array}, an array for the only input, or None for what ran last;
        else an array (…, C, [D,] H, W), whose leading axes may be left out
    kernel : array (K, C/groups, [T,] R, S), or (R, S) for one map and one channel per group
    bias : array (K,)
    input_scale, kernel_scale : positive numbers
        Quantize to int8; ``kernel_scale`` may hold one for each output map.
    device : "cuda", "cpu" or None, as for `convolve`
    item : int
        Which item of the batch to show.
    step : int
        The output element to begin with; negative ones count from the last.
    large : bool
        A larger font, for a projector.
    predict : bool, up to three steps, "size", "cell", "kernel" or "channel"
        Leave outputs empty until they are reached, and ask for some of them first: at these steps,
        or with True where it suits. Or ask for the output's size, for the first cell of the next
        window, or which of four kernels made the output (step=-1 shows all of it). Of pictures,
        whose pixels are not shown as numbers, "size" and "kernel" can be asked; of layers of many
        channels "size", and which of four channels adds most to an output, "channel".
    formula : bool
        Whether the formulas of the output's sizes are open from the start; the sizes in the
        output's title open them.
    controls : names of parameters, such as ["stride_nd"]
        Those whose controls stand above the picture; a button opens all others. "all" opens them
        from the start.
    view : "axes" or None
        "axes" opens every window along each axis under the picture, as the menu does.
    named : the arrays and scales by their names; stride_nd, padding_nd, … by the layer's

    Raises
    ------
    ArgumentError
        Naming what cannot be.
    """
    large = check_switch("large", large)
    formula = check_switch("formula", formula)
    layer, data = build.resolve(subject, named, check_size)
    return Explorer(
        layer,
        data,
        device=device,
        item=item,
        step=step,
        large=large,
        formula=formula,
        controls=controls,
        predict=predict,
        view=view,
    )


def show_layer(layer: ConvolutionLayer) -> None:
    """Show a layer that is the last line of a cell, on the data of its network's last run."""
    # IPython ships types, but none for this function.
    IPython.display.display(explore(layer))
