"""What one convolution leaves behind: all that went into it and what came out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict

import numpy as np

from convviz.arrays import Array
from convviz.geometry import Geometry
from convviz.network.values import DataType, type_of
from convviz.parameters import PaddingMode, Setting


@dataclass(frozen=True, eq=False)
class Quantization:
    """The integers of a convolution between dequantized tensors.

    Attributes
    ----------
    input, kernel : int8 arrays, shaped as the run's
    input_scale : float32
    kernel_scales : float32 array
        One, or one for each output map.
    sums : int32 array
        The output before the scales and the bias.
    source, source_kernel : float32 arrays
        The input and the kernel before they were quantized; None for what came as int8.
    find_reference : callable, or None
        Computes `reference`.
    """

    input: Array
    kernel: Array
    input_scale: np.float32
    kernel_scales: Array
    sums: Array
    source: Array | None = None
    source_kernel: Array | None = None
    find_reference: Callable[[], Array] | None = None

    @cached_property
    def reference(self) -> Array | None:
        """The output without int8, float32; None where something came as int8.

        Computed when it is first asked for: it takes longer than the integers.
        """
        return None if self.find_reference is None else self.find_reference()

    @property
    def dtype(self) -> DataType:
        """The type of the integers; values saturate at its limits."""
        return type_of(self.input)


@dataclass(frozen=True, eq=False)
class ModelFacts:
    """What a model tells of one of its layers, beside the layer itself.

    Attributes
    ----------
    kernel_size, dilation : of the layer as the model has it
    receptive_field : a number for each spatial axis, or None
        In cells of the model's input; infinite where it sees everything.
    rectified : bool
        Whether the output goes on through a ReLU at once.
    stand_in : array
        What stands there for activations, of a model that was not run; else None.
    """

    kernel_size: tuple[int, ...]
    dilation: tuple[int, ...]
    receptive_field: tuple[float, ...] | None = None
    rectified: bool = False
    stand_in: Array | None = None


class LayerArrays(TypedDict):
    """What `convviz.network.build.build_layer` makes a layer from."""

    data: Array
    kernel: Array
    bias: Array | None
    input_scale: float | None
    kernel_scale: Array | None


@dataclass(frozen=True, eq=False)
class ConvolutionRun:
    """One convolution.

    Attributes
    ----------
    geometry : Geometry
    settings : {name: value}
        The layer's optional parameters as they were set, whether the padding mode uses them or not.
    input, kernel : float32 arrays of ``geometry.input_shape`` and ``geometry.kernel_shape``
    bias : float32 array (maps,), or None
    output : float32 array of ``geometry.output_shape``
    device : str
        What computed, in words.
    clock : callable
        Tells `seconds`.
    quantization : Quantization or None
        The integers, where the sums were made from int8.
    name : str
        The layer's.
    model_facts : ModelFacts or None
        What is known of a layer of a model.
    """

    geometry: Geometry
    settings: Mapping[str, Setting]
    input: Array
    kernel: Array
    bias: Array | None
    output: Array
    device: str
    clock: Callable[[], float]
    quantization: Quantization | None = None
    name: str = ""
    model_facts: ModelFacts | None = None

    @property
    def receptive_field(self) -> tuple[float, ...] | None:
        """In cells of the model's input; None where it is not known for the layer as it is set."""
        known, axes = self.model_facts, self.geometry.axes
        kernel, dilation = (tuple(getattr(a, n) for a in axes) for n in ("kernel", "dilation"))
        if known is None or (known.kernel_size, known.dilation) != (kernel, dilation):
            return None
        return known.receptive_field

    @property
    def rectified(self) -> bool:
        """Whether the output goes on through a ReLU at once."""
        return self.model_facts is not None and self.model_facts.rectified

    @property
    def is_made_up(self) -> bool:
        """Whether the input only stands in for activations of a model that was not run."""
        stand_in = None if self.model_facts is None else self.model_facts.stand_in
        return stand_in is not None and np.array_equal(self.input, stand_in)

    @property
    def seconds(self) -> float:
        """How long the sums took; asking waits until a GPU is done."""
        return self.clock()

    @property
    def padding_mode(self) -> PaddingMode:
        """The padding mode."""
        mode = self.settings["padding_mode"]
        assert isinstance(mode, PaddingMode)
        return mode

    @property
    def items(self) -> int:
        """How many items the batch has."""
        return math.prod(self.geometry.batch)

    def item(self, array: Array, index: int) -> Array:
        """One batch item of an array that has the run's batch axes in front."""
        found: Array = array.reshape(self.items, *array.shape[len(self.geometry.batch) :])[index]
        return found

    @property
    def arrays(self) -> LayerArrays:
        """The arrays to build the same layer from, before quantizing where it is quantized."""
        found = LayerArrays(
            data=self.input, kernel=self.kernel, bias=self.bias, input_scale=None, kernel_scale=None
        )
        quantization = self.quantization
        if quantization is None:
            return found
        if quantization.source is None or quantization.source_kernel is None:
            return found
        found["data"], found["kernel"] = quantization.source, quantization.source_kernel
        found["input_scale"] = float(quantization.input_scale)
        found["kernel_scale"] = quantization.kernel_scales
        return found
