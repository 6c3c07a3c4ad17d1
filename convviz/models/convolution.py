"""One convolution of a model: as the model has it, as a layer, and the facts about it.

What is read from a file or a module is kept as it came; the layer, on a network of its own, is made
when it is first asked for. The facts are those of `convviz.network.facts`, for the layer as it is
set and for the activations that reached it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from convviz.arrays import Array
from convviz.errors import ArgumentError
from convviz.geometry import Geometry, make_geometry
from convviz.models.fields import Extent
from convviz.network import facts
from convviz.network.build import add_scaling
from convviz.network.convolution import ConvolutionLayer
from convviz.network.layers import Tensor
from convviz.network.network import DEFAULT_SIZES, Network, counting_pattern
from convviz.network.program import Program
from convviz.network.run import ConvolutionRun, ModelFacts
from convviz.network.subject import Subject
from convviz.network.values import DYNAMIC, DataType, Weights
from convviz.parameters import PADDING_MODE, LayerParameters, PaddingMode

OPEN_SIZE = 1 << 20  # for a size that is not known, where only what it does not change is asked for


@dataclass(frozen=True, eq=False)
class Scaling:
    """The scales of a convolution that the model computes on int8.

    Attributes
    ----------
    input : float
        Of the whole input; its zero point is 0.
    kernel : float32 array
        One scale, or one for each output map.
    """

    input: float
    kernel: Array


@dataclass(frozen=True, eq=False)
class NotShown:
    """A node or module that is related to a convolution and is not shown.

    Attributes
    ----------
    name : str
    operator : str
        What the model calls the operation.
    reason : str
    """

    name: str
    operator: str
    reason: str


@dataclass(frozen=True, eq=False)
class Convolution(Subject):
    """A convolution of a model, with its real weights and the activations that reach it.

    ``cv.explore``, ``cv.draw``, ``cv.film`` and ``cv.page`` take it in the place of a layer and its
    data. Setting a parameter of its `layer` changes what they show, and the facts below.

    Attributes
    ----------
    name : str
        The node's or module's own; a number in parentheses tells calls of the same name apart.
    operator : str
        What the model calls the operation, such as "Conv", "QLinearConv" or "Conv2d".
    input_name : str
    input_shape : (…, C, [D,] H, W)
        -1 where a size is not known; 1-D convolutions have a height of 1.
    kernel_shape : (K, C/groups, [T,] R, S)
    settings : {parameter: value}
        As the model has them, under the layer's names.
    kernel : array of ``kernel_shape``, float32 or int8; None where the model does not tell
    bias : float32 array (K,), or None
    scaling : Scaling, where the model computes on int8
    data : array, float32 or int8
        The activations that reached it; None where the model was not run.
    receptive_field : one number per spatial axis, or None
        In cells of the model's input: how far one output sees along the whole chain; infinite where
        it sees everything. None where an operation on the way is not known to keep its places.
        Source: Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural
        Networks", Distill (2019).
    rectified : bool
        Whether the model passes the output on through a ReLU at once.
    notes : tuple of str
        What is different here from the model, if anything.
    """

    name: str
    operator: str
    input_name: str
    input_shape: tuple[int, ...]
    kernel_shape: tuple[int, ...]
    settings: LayerParameters = field(default_factory=LayerParameters)
    kernel: Array | None = None
    bias: Array | None = None
    scaling: Scaling | None = None
    data: Array | None = None
    receptive_field: tuple[Extent, ...] | None = None
    rectified: bool = False
    notes: tuple[str, ...] = ()

    @property
    def layer(self) -> ConvolutionLayer:
        """The layer, alone on a network of its own that remembers the activations.

        Raises
        ------
        ArgumentError
            Where the model does not tell the weights, or the layer cannot be.
        """
        if self.kernel is None:
            got = f"{self.name!r}, of which only shapes are known"
            remedy = "Read the model that it was built from, by from_onnx or from_torch."
            raise ArgumentError("kernel", got, "a layer with weights", remedy)
        return self._layer

    @cached_property
    def _layer(self) -> ConvolutionLayer:
        assert self.kernel is not None
        network = Network(self.name)
        is_int8 = self.data is not None and self.data.dtype == np.int8
        dtype = DataType.INT8 if is_int8 else DataType.FLOAT
        tensor = network.add_input(self.input_name, dtype, self.shape)
        layer = self._add_layer(network, tensor, self.kernel)
        layer.name = self.name
        for name, value in self.settings.items():
            setattr(layer, name, value)
        stand_in = self._stand_in() if self.data is None else None
        layer.model_facts = ModelFacts(
            tuple(layer.kernel_size_nd),
            tuple(layer.dilation_nd),
            self.receptive_field,
            self.rectified,
            stand_in,
        )
        network.mark_output(layer.get_output(0))
        network.remember(self.data if stand_in is None else stand_in)
        return layer

    def _stand_in(self) -> Array:
        """The counting pattern in the declared shape; with room for windows where it is open."""
        rank = len(self.kernel_shape) - 2
        dilation = self.settings.get("dilation_nd") or (1,) * rank
        room = [
            max(size, 2 * d * (kernel - 1) + 1)
            for size, d, kernel in zip(
                DEFAULT_SIZES[-rank:], dilation, self.kernel_shape[2:], strict=True
            )
        ]
        if self.kernel_shape[2] == 1 and rank == 2:  # a height of 1, such as a 1-D layer's
            room[0] = 1
        first = len(self.shape) - rank
        sizes = [*[1] * first, *room]
        return counting_pattern(
            [size if n == DYNAMIC else n for n, size in zip(self.shape, sizes, strict=True)]
        )

    def _add_layer(self, network: Network, tensor: Tensor, kernel: Array) -> ConvolutionLayer:
        maps, size = self.kernel_shape[0], self.kernel_shape[2:]
        if self.scaling is None:
            return network.add_convolution_nd(tensor, maps, size, kernel, self.bias)
        constant = network.add_constant(kernel.shape, kernel).get_output(0)
        activation = add_scaling(network, tensor, np.array(self.scaling.input, np.float32))
        weights = add_scaling(network, constant, self.scaling.kernel)
        layer = network.add_convolution_nd(activation, maps, size, Weights(), self.bias)
        layer.set_input(1, weights)
        return layer

    def code(self, framework: str, data: object = None) -> Program:
        """The layer, on these activations, as a program; see `ConvolutionLayer.code`."""
        return self.layer.code(framework, data)

    def run(self, device: str | None = None) -> ConvolutionRun:
        """Compute the layer on the activations that reached it.

        Raises
        ------
        ArgumentError
            Where the model was not run.
        """
        if self.data is None:
            got = f"no activations of {self.name!r}"
            allowed = "a model that has been run"
            remedy = 'Read it with feeds={name: array}, or feeds="random".'
            raise ArgumentError("feeds", got, allowed, remedy)
        layer = self.layer
        tensor = layer.network.get_input(0)
        return layer.network.evaluate(layer, {tensor.name: self.data}, device)

    # Facts

    @property
    def geometry(self) -> Geometry:
        """Sizes and index rules, for the layer as it is set.

        Raises
        ------
        ArgumentError
            Where a size of the input is not known.
        """
        if self.kernel is None:
            return self.model_geometry
        return self.layer.geometry(self._known_shape())

    @property
    def model_geometry(self) -> Geometry:
        """The same for the layer as the model has it."""
        maps, size = self.kernel_shape[0], self.kernel_shape[2:]
        return make_geometry(self._known_shape(), maps, size, **self.settings)

    @property
    def open_geometry(self) -> Geometry | None:
        """The same with a large size for each that is not known; None where SAME needs them."""
        if self.padding_mode.is_same and DYNAMIC in self.shape[2:]:
            return None
        sizes = [OPEN_SIZE if size == DYNAMIC else size for size in self.shape]
        return make_geometry(sizes, self.kernel_shape[0], self.kernel_shape[2:], **self.settings)

    @property
    def padding_mode(self) -> PaddingMode:
        """The padding mode, as the model has it."""
        return PADDING_MODE.check(self.settings.get("padding_mode"))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the activations, or the declared one, with -1 where a size is not known."""
        return self.input_shape if self.data is None else self.data.shape

    def _known_shape(self) -> tuple[int, ...]:
        shape = self.shape
        if DYNAMIC in shape[1:]:
            allowed, remedy = "sizes that are all known", "Read the model with feeds."
            raise ArgumentError("input", f"the dynamic shape {shape}", allowed, remedy)
        return (abs(shape[0]), *shape[1:])  # one item of an open batch

    @property
    def padding(self) -> tuple[tuple[int, int], ...]:
        """The zeros before and after each axis, as the padding mode resolves them."""
        return facts.padding(self.geometry)

    @property
    def parameters(self) -> int:
        """How many weights and biases there are."""
        return math.prod(self.kernel_shape) + (0 if self.bias is None else self.bias.size)

    @property
    def multiply_adds(self) -> int:
        """The products of the layer's sums, those with padding included, over the whole batch."""
        return facts.multiply_adds(self.geometry)

    @property
    def dead_channels(self) -> tuple[int, ...]:
        """The input channels that are zero everywhere in the activations."""
        return facts.dead_channels(self.run())

    @property
    def dead_maps(self) -> tuple[int, ...]:
        """The output maps that carry nothing on, for these activations.

        Their output is zero everywhere; or nowhere above zero, where the model passes it on through
        a ReLU (`rectified`).
        """
        return facts.dead_maps(self.run(), rectified=self.rectified)

    def parts(self, map: int, at: Sequence[int], item: int = 0) -> Array:
        """What each channel adds to one output, and last the bias; see `facts.parts`."""
        return facts.parts(self.run(), map, at, item)

    def part_spread(self, map: int, item: int = 0) -> Array:
        """How much each channel's part varies over a map; see `facts.part_spread`."""
        return facts.part_spread(self.run(), map, item)

    def int8_loss(self, input_scale: float | None = None, kernel_scale: object = None) -> Array:
        """What int8 loses on these activations, map by map; see `facts.int8_loss`."""
        return facts.int8_loss(self.run(), input_scale, kernel_scale)

    def __repr__(self) -> str:
        sizes = "×".join(map(str, self.kernel_shape))
        return f"<Convolution {self.name!r} {self.operator} {sizes}>"

    def _ipython_display_(self) -> None:
        """Show the layer; one of which only shapes are known says so."""
        try:
            self.layer._ipython_display_()
        except ArgumentError as reason:
            print(f"{self!r}\n{reason}")
