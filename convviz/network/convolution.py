"""The convolution layer: its parameters, how they must fit together, and how it is run.

Index rules are `convviz.geometry`'s, sums are `convviz.compute`'s. Here is what joins them: where
the weights come from, whether the sums are made of int8, and which parameters cannot go together.
What a run leaves behind is `convviz.network.run`'s.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

import traitlets
from traitlets.utils.bunch import Bunch

from convviz import display
from convviz.arrays import Array
from convviz.checks import check_choice
from convviz.compute import convolve as compute
from convviz.errors import ArgumentError
from convviz.geometry import Geometry, check_input_shape, check_int8_groups, make_geometry
from convviz.network import int8
from convviz.network.layers import (
    DequantizeLayer,
    Evaluation,
    Layer,
    Tensor,
    check_dtype,
)
from convviz.network.program import Program
from convviz.network.run import ConvolutionRun, ModelFacts
from convviz.network.traits import ArrayTrait, CheckedTrait
from convviz.network.values import DYNAMIC, DataType, as_weights
from convviz.parameters import (
    DILATION_ND,
    MAX_SIZE,
    NUM_GROUPS,
    NUM_OUTPUT_MAPS,
    OPTIONAL,
    PADDING_MODE,
    PADDING_ND,
    POST_PADDING,
    PRE_PADDING,
    STORED,
    STRIDE_ND,
    LayerParameters,
    PaddingMode,
    PerAxis,
    Setting,
    check_kernel_size,
)

if TYPE_CHECKING:
    from convviz.network.network import Network

Sizes = tuple[int, ...]  # one integer per axis


class Exporter(Protocol):
    """Writes a layer, on the data that reach it, as a program for another framework."""

    def __call__(self, layer: ConvolutionLayer, data: object) -> Program:
        """The program; ``data`` is as for `Network.feeds`."""
        ...


EXPORTERS: dict[str, Exporter] = {}  # by framework; convviz.network.network enters them


class _BothSides(CheckedTrait[Sizes, Sequence[int] | None]):
    """``padding_nd``: sets both sides and reads the pre-padding. It keeps nothing of its own."""

    def get(self, obj: Any, cls: type[Any] | None = None) -> Sizes:
        """Read the padding before the data."""
        sizes: Sizes = obj.pre_padding
        return sizes

    def set(self, obj: Any, value: object) -> None:
        """Set both sides; whoever observes one of them finds the other one set."""
        sides = self._validate(obj, value)
        with obj.hold_trait_notifications():
            obj.pre_padding = sides
            obj.post_padding = sides


def _per_axis(row: PerAxis) -> Callable[[ConvolutionLayer, object], Sizes]:
    """The check of a parameter with one integer for each axis of the kernel."""
    return lambda layer, value: row.check(value, layer.rank)


def _older_name(replacement: str) -> property:
    """A name that TensorRT dropped: ``replacement`` with a warning on reading and on setting."""

    def warn() -> None:
        warnings.warn(f"Use {replacement} instead.", DeprecationWarning, stacklevel=3)

    def read(layer: ConvolutionLayer) -> Sizes:
        warn()
        sizes: Sizes = getattr(layer, replacement)
        return sizes

    def write(layer: ConvolutionLayer, value: object) -> None:
        warn()
        setattr(layer, replacement, value)

    return property(read, write, doc=f"Deprecated: use `{replacement}`.")


class ConvolutionLayer(Layer):
    """TensorRT's convolution layer (IConvolutionLayer), with two or three spatial axes.

    Every parameter is a trait: assign it, observe it, link it. A refused value raises ArgumentError
    and changes nothing.

    Attributes
    ----------
    num_output_maps : int
    kernel_size_nd : tuple of int
        (height, width) or (depth, height, width). The constructor fixes how many axes there are.
    stride_nd, dilation_nd : tuple of int, all 1 unless set
    padding_nd : tuple of int
        Sets the padding before and after the data alike; reads the one before.
    pre_padding, post_padding : tuple of int, all 0 unless set
        Zeros before and after the data.
    padding_mode : PaddingMode
    num_groups : int
    kernel : read-only float32 array, in the memory order (maps, channels / groups, (depth,) height,
        width), shaped or flat. Empty where a tensor brings the weights.
    bias : read-only float32 array with one number for each output map, or empty
    kernel_size, stride, padding, dilation
        Deprecated names of the ``…_nd`` parameters.
    """

    model_facts: ModelFacts | None = None  # of a layer of a model
    kind = "Convolution"
    input_names = ("input", "kernel", "bias")

    num_output_maps: CheckedTrait[int, int] = CheckedTrait(
        lambda _, value: NUM_OUTPUT_MAPS.check(value)
    )
    kernel_size_nd: CheckedTrait[Sizes, Sequence[int]] = CheckedTrait(
        lambda layer, value: layer._check_kernel_size(value)
    )
    stride_nd: CheckedTrait[Sizes, Sequence[int] | None] = CheckedTrait(_per_axis(STRIDE_ND))
    padding_nd: CheckedTrait[Sizes, Sequence[int] | None] = _BothSides(_per_axis(PADDING_ND))
    pre_padding: CheckedTrait[Sizes, Sequence[int] | None] = CheckedTrait(_per_axis(PRE_PADDING))
    post_padding: CheckedTrait[Sizes, Sequence[int] | None] = CheckedTrait(_per_axis(POST_PADDING))
    padding_mode: CheckedTrait[PaddingMode, PaddingMode | str | int] = CheckedTrait(
        lambda _, value: PADDING_MODE.check(value)
    )
    dilation_nd: CheckedTrait[Sizes, Sequence[int] | None] = CheckedTrait(_per_axis(DILATION_ND))
    num_groups: CheckedTrait[int, int] = CheckedTrait(lambda _, value: NUM_GROUPS.check(value))
    kernel: ArrayTrait = ArrayTrait(lambda layer, value: layer._check_weights("kernel", value))
    bias: ArrayTrait = ArrayTrait(lambda layer, value: layer._check_weights("bias", value))

    kernel_size = _older_name("kernel_size_nd")
    stride = _older_name("stride_nd")
    padding = _older_name("padding_nd")
    dilation = _older_name("dilation_nd")

    def __init__(
        self,
        network: Network,
        input: Tensor,
        num_output_maps: int,
        kernel_shape: Sequence[int],
        kernel: object,
        bias: object = None,
    ) -> None:
        self.rank = len(check_kernel_size(kernel_shape))
        super().__init__(network, DataType.FLOAT, input)
        self.num_output_maps = num_output_maps
        self.kernel_size_nd = kernel_shape
        for row in STORED:
            setattr(self, row.name, row.default_for(self.rank))
        self.kernel = kernel
        self.bias = bias
        self._join()

    @property
    def input(self) -> Tensor:
        """The tensor that is convolved."""
        return self.input_tensor(0)

    @property
    def is_quantized(self) -> bool:
        """Whether the sums are made of int8: input and kernel come out of DequantizeLayers."""
        return all(
            tensor is not None and isinstance(tensor.producer, DequantizeLayer)
            for tensor in self.inputs[:2]
        )

    def geometry(self, input_shape: Sequence[int] | None = None) -> Geometry:
        """The geometry for ``input_shape``, by default the input tensor's own.

        Raises
        ------
        ArgumentError
            Where parameters do not go together, or an axis is dynamic and ``input_shape`` is not
            given.
        """
        shape = self.input.shape if input_shape is None else input_shape
        if input_shape is None and DYNAMIC in shape:
            allowed = "sizes that are all known"
            remedy = "Ask for geometry(input_shape) with the shape of the data."
            raise ArgumentError("input", f"the dynamic shape {shape}", allowed, remedy)
        return make_geometry(shape, self.num_output_maps, self.kernel_size_nd, **self.settings)

    @property
    def settings(self) -> LayerParameters:
        """The optional parameters as they stand; the padding by its two sides."""
        found = {row.name: getattr(self, row.name) for row in STORED}
        return cast("LayerParameters", found)

    @property
    def changed_settings(self) -> dict[str, Setting]:
        """The settings that differ from their defaults, in the shortest form that says them."""
        symmetric = self.pre_padding == self.post_padding
        left_out = PADDING_ND.sets if symmetric else (PADDING_ND.name,)
        values: dict[str, Setting] = {row.name: getattr(self, row.name) for row in OPTIONAL}
        return {
            row.name: values[row.name]
            for row in OPTIONAL
            if row.name not in left_out and values[row.name] != row.default_for(self.rank)
        }

    def set_input(self, index: int, tensor: Tensor) -> None:
        """Let input 0 (activation), 1 (kernel) or 2 (bias) be ``tensor``.

        For 1 and 2 the layer's own weights must be empty: ``Weights()``.
        """
        super().set_input(index, tensor)

    def code(self, framework: str, data: object = None) -> Program:
        """The layer alone, on the numbers that reach it, as a program for another framework.

        Parameters
        ----------
        framework : "tensorrt", "pytorch" or "onnx"
        data : as for `Network.feeds`; None for what ran last

        Raises
        ------
        ArgumentError
            Where the framework is none of these, or the layer's parameters do not go together.
        """
        return EXPORTERS[check_choice("framework", framework, sorted(EXPORTERS))](self, data)

    @traitlets.observe("pre_padding")
    def _padding_nd_follows(self, change: Bunch) -> None:
        self.notify_change(Bunch(change, name="padding_nd"))

    def _check_kernel_size(self, value: object) -> tuple[int, ...]:
        sizes = check_kernel_size(value)
        if len(sizes) != self.rank:
            allowed = f"{self.rank} integers: the constructor fixed the number of axes"
            remedy = "Add another layer for another number of axes."
            raise ArgumentError("kernel_size_nd", sizes, allowed, remedy)
        return sizes

    def _check_weights(self, parameter: str, value: object) -> Array:
        if value is None and parameter == "kernel":
            allowed = "an array of real numbers, or Weights() where a tensor brings them"
            raise ArgumentError(parameter, "None", allowed, "Pass one of the two.")
        return as_weights(parameter, value)

    def _check_input(self, index: int, tensor: Tensor) -> None:
        check_dtype(self.input_names[index], tensor, [DataType.FLOAT])
        if index == 0 and tensor.is_network_input:
            self._check_axes(tensor.shape)
        if index > 0:
            self._check_one_source(index, tensor)

    def _check_one_source(self, index: int, tensor: Tensor | None) -> None:
        """Refuse weights that come from the layer and from a tensor at once."""
        parameter = self.input_names[index]
        weights = getattr(self, parameter)
        if tensor is not None and weights.size:
            raise ArgumentError(
                parameter,
                f"{weights.size} numbers in the layer and also the tensor {tensor.name!r}",
                f"one {parameter}",
                f"Set layer.{parameter} = Weights() before set_input({index}, tensor), "
                "or pass Weights() when adding the layer.",
            )

    def _check_axes(self, shape: tuple[int, ...]) -> None:
        """Refuse an input without a channel axis or with a dynamic one."""
        check_input_shape([1 if n == DYNAMIC else n for n in shape], self.rank)
        if shape[-self.rank - 1] == DYNAMIC:
            raise ArgumentError(
                "input",
                f"shape {shape}, whose channel axis is dynamic",
                "a channel axis of known size; batch, depth, height and width may be -1",
                "Give the network's input a fixed number of channels.",
            )

    def _infer(self, evaluation: Evaluation) -> Sizes:
        shape = evaluation.shape(self.input)
        self._check_axes(shape)
        geometry = self.geometry(self._stand_in(shape))
        evaluation.geometries[self] = geometry
        if check := evaluation.checks.get(self):
            check(geometry)
        for index in (1, 2):
            self._check_one_source(index, self.inputs[index])
        if self.is_quantized:
            check_int8_groups(geometry)  # before the count, which would not mend it
        check_counts(geometry, *(self._count(index, evaluation) for index in (1, 2)))
        if self.is_quantized:
            int8.check_scales(*self.scalings(), geometry, evaluation)
        return tuple(
            DYNAMIC if n == DYNAMIC else size
            for n, size in zip(shape, geometry.output_shape, strict=True)
        )

    def _stand_in(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """``shape`` with the smallest size that a window fits into for each dynamic axis."""
        first = len(shape) - self.rank
        least = [1] * first
        for size, dilation in zip(self.kernel_size_nd, self.dilation_nd, strict=True):
            least.append(min(1 + dilation * (size - 1), MAX_SIZE))
        return tuple(small if n == DYNAMIC else n for n, small in zip(shape, least, strict=True))

    def _count(self, index: int, evaluation: Evaluation) -> int | None:
        """How many numbers there are for the kernel (1) or the bias (2); None: not geometry yet."""
        tensor = self.get_input(index)
        if tensor is None:
            return (self.kernel if index == 1 else self.bias).size
        shape = evaluation.shape(tensor)
        return None if DYNAMIC in shape else math.prod(shape)

    def scalings(self) -> tuple[DequantizeLayer, DequantizeLayer]:
        """What dequantizes the input and the kernel of a quantized layer."""
        activation, kernel = (tensor.producer for tensor in self.inputs[:2] if tensor is not None)
        assert isinstance(activation, DequantizeLayer)
        assert isinstance(kernel, DequantizeLayer)
        return activation, kernel

    def _compute(self, evaluation: Evaluation) -> Array:
        return self.run(evaluation).output

    def run(self, evaluation: Evaluation) -> ConvolutionRun:
        """Compute the layer on an evaluation that has worked out its shape."""
        geometry = evaluation.geometries[self]
        values = evaluation.value(self.input)
        kernel = self._numbers(1, evaluation).reshape(geometry.kernel_shape)
        bias = self._numbers(2, evaluation).reshape(-1)
        bias_or_none = bias if bias.size else None
        quantization = None
        if self.is_quantized:
            result, quantization = int8.run(*self.scalings(), geometry, bias_or_none, evaluation)
            output = int8.dequantized(quantization, geometry, bias_or_none)
        else:
            result = compute.run(geometry, values, kernel, bias_or_none, evaluation.device)
            output = result.output
        return ConvolutionRun(
            geometry,
            {row.name: getattr(self, row.name) for row in STORED},
            values,
            kernel,
            bias_or_none,
            output,
            result.device,
            functools.partial(getattr, result, "seconds"),
            quantization,
            self.name,
            self.model_facts,
        )

    def _numbers(self, index: int, evaluation: Evaluation) -> Array:
        """The weights (1) or the bias (2)."""
        tensor = self.inputs[index]
        if tensor is not None:
            return evaluation.value(tensor)
        return self.kernel if index == 1 else self.bias

    def __repr__(self) -> str:
        shown = [f"{self.num_output_maps}, {self.kernel_size_nd}"]
        for name, value in self.changed_settings.items():
            shown.append(f"{name}={getattr(value, 'name', value)}")
        return f"<ConvolutionLayer {self.name!r} {', '.join(shown)}>"

    def _ipython_display_(self) -> None:
        """Show the widget on the last data; a layer that is not complete yet says what it lacks."""
        try:
            if not display.show(self):
                print(repr(self))
        except (ImportError, ArgumentError) as reason:
            print(f"{self!r}\n{reason}")


def check_counts(geometry: Geometry, kernel: int | None, bias: int | None) -> None:
    """Refuse counts of weights and of bias values that do not fit the layer; None is not known."""
    if kernel is not None and kernel != geometry.weight_count:
        product = " × ".join(map(str, geometry.kernel_shape))
        meaning = "output maps × input channels per group × kernel size"
        allowed = f"{geometry.weight_count} = {product} ({meaning})"
        raise ArgumentError("kernel", f"{kernel} weights", allowed, _count_remedy(kernel, geometry))
    if bias is not None and bias not in (0, geometry.maps):
        allowed = f"{geometry.maps}, one for each output map, or none"
        remedy = "Give each output map one number, or leave the bias away."
        raise ArgumentError("bias", f"{bias} numbers", allowed, remedy)


def _count_remedy(count: int, geometry: Geometry) -> str:
    """What most likely went wrong where a layer has ``count`` weights."""
    if count == 0:
        return "Set layer.kernel, or bring the weights with set_input(1, tensor)."
    cells = math.prod(axis.kernel for axis in geometry.axes)
    groups, rest = divmod(geometry.maps * geometry.channels * cells, count)
    if rest == 0 and groups and math.gcd(geometry.channels, geometry.maps) % groups == 0:
        return f"With num_groups = {groups} the count fits; or give {geometry.weight_count}."
    return f"Give {geometry.weight_count} weights, or change num_output_maps or kernel_size_nd."
