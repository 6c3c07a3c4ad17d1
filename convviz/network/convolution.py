"""The convolution layer: its parameters, how they must fit together, and how it is run.

Index rules are `convviz.geometry`'s, sums are `convviz.compute`'s. Here is what joins them: where
the weights come from, whether the sums are made of int8, and which parameters cannot go together.
"""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import traitlets
from traitlets.utils.bunch import Bunch

from convviz import geometry
from convviz.compute import convolve as compute
from convviz.errors import ArgumentError
from convviz.geometry import Geometry, PaddingMode
from convviz.network.layers import (
    ArrayTrait,
    CheckedTrait,
    DequantizeLayer,
    Evaluation,
    Layer,
    QuantizeLayer,
    Tensor,
    check_dtype,
)
from convviz.network.values import DYNAMIC, DataType, as_weights

if TYPE_CHECKING:
    from convviz.network.export import Code
    from convviz.network.network import Network


class _SymmetricPadding(CheckedTrait):
    """``padding_nd``: sets both sides and reads the pre-padding. It keeps nothing of its own."""

    def get(self, obj: Layer, cls: type | None = None) -> tuple[int, ...]:
        return obj.pre_padding

    def set(self, obj: Layer, value: object) -> None:
        sides = self._validate(obj, value)
        with obj.hold_trait_notifications():  # whoever observes one side finds the other one set
            obj.pre_padding = sides
            obj.post_padding = sides


def _per_axis(parameter: str, default: int, least: int) -> Callable[[Layer, object], object]:
    """The check of a parameter with one integer for each axis of the kernel."""

    def check(layer: ConvolutionLayer, value: object) -> tuple[int, ...]:
        return geometry.check_integers(parameter, value, layer.rank, default=default, least=least)

    return check


def _older_name(replacement: str) -> property:
    """A name that TensorRT dropped: ``replacement`` with a warning on reading and on setting."""

    def warn() -> None:
        warnings.warn(f"Use {replacement} instead.", DeprecationWarning, stacklevel=3)

    def read(layer: ConvolutionLayer) -> tuple[int, ...]:
        warn()
        return getattr(layer, replacement)

    def write(layer: ConvolutionLayer, value: object) -> None:
        warn()
        setattr(layer, replacement, value)

    return property(read, write, doc=f"Deprecated: use `{replacement}`.")


@dataclass(frozen=True)
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
    """

    input: np.ndarray
    kernel: np.ndarray
    input_scale: np.float32
    kernel_scales: np.ndarray
    sums: np.ndarray
    source: np.ndarray | None
    source_kernel: np.ndarray | None


@dataclass(frozen=True)
class ConvolutionRun:
    """All that went into one convolution and what came out.

    Attributes
    ----------
    geometry : Geometry
    input, kernel : float32 arrays of ``geometry.input_shape`` and ``geometry.kernel_shape``
    bias : float32 array (maps,), or None
    result : compute.Result
        ``output`` is float32 of ``geometry.output_shape``; ``device`` and ``seconds`` tell what
        computed and for how long.
    quantization : Quantization or None
        The integers, where the sums were made from int8.
    """

    geometry: Geometry
    input: np.ndarray
    kernel: np.ndarray
    bias: np.ndarray | None
    result: compute.Result[np.ndarray]
    quantization: Quantization | None = None

    def unquantized(self, device: str | None = None) -> np.ndarray | None:
        """The output as float32 would have it; None where nothing was quantized here."""
        whole = self.quantization
        if whole is None or whole.source is None or whole.source_kernel is None:
            return None
        arrays = (whole.source, whole.source_kernel, self.bias)
        return compute.run(self.geometry, *arrays, device).output


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

    kind = "Convolution"
    input_names = ("input", "kernel", "bias")

    num_output_maps = CheckedTrait(
        lambda _, n: geometry.check_integer("num_output_maps", n, least=1)
    )
    kernel_size_nd = CheckedTrait(lambda layer, value: layer._check_kernel_size(value))
    stride_nd = CheckedTrait(_per_axis("stride_nd", default=1, least=1))
    padding_nd = _SymmetricPadding(_per_axis("padding_nd", default=0, least=0))
    pre_padding = CheckedTrait(_per_axis("pre_padding", default=0, least=0))
    post_padding = CheckedTrait(_per_axis("post_padding", default=0, least=0))
    padding_mode = CheckedTrait(lambda layer, value: geometry.check_padding_mode(value))
    dilation_nd = CheckedTrait(_per_axis("dilation_nd", default=1, least=1))
    num_groups = CheckedTrait(lambda layer, n: geometry.check_integer("num_groups", n, least=1))
    kernel = ArrayTrait(lambda layer, value: layer._check_weights("kernel", value))
    bias = ArrayTrait(lambda layer, value: layer._check_weights("bias", value))

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
        self.rank = len(geometry.check_kernel_size(kernel_shape))
        super().__init__(network, DataType.FLOAT, input)
        self.num_output_maps = num_output_maps
        self.kernel_size_nd = kernel_shape
        self.stride_nd = None  # None: the default for every axis
        self.padding_nd = None
        self.padding_mode = PaddingMode.EXPLICIT_ROUND_DOWN
        self.dilation_nd = None
        self.num_groups = 1
        self.kernel = kernel
        self.bias = bias
        self._join()

    @property
    def input(self) -> Tensor:
        """The tensor that is convolved."""
        return self.inputs[0]

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
        return geometry.make_geometry(
            shape,
            self.num_output_maps,
            self.kernel_size_nd,
            stride_nd=self.stride_nd,
            pre_padding=self.pre_padding,
            post_padding=self.post_padding,
            padding_mode=self.padding_mode,
            dilation_nd=self.dilation_nd,
            num_groups=self.num_groups,
        )

    def set_input(self, index: int, tensor: Tensor) -> None:
        """Let input 0 (activation), 1 (kernel) or 2 (bias) be ``tensor``.

        For 1 and 2 the layer's own weights must be empty: ``Weights()``.
        """
        super().set_input(index, tensor)

    def code(self, framework: str, data: object = None) -> Code:
        """The same layer as a program in another framework: "tensorrt", "pytorch" or "onnx".

        See `convviz.network.export.code`.
        """
        from convviz.network import export

        return export.code(self, framework, data)

    @traitlets.observe("pre_padding")
    def _padding_nd_follows(self, change: Bunch) -> None:
        self.notify_change(Bunch(change, name="padding_nd"))

    def _check_kernel_size(self, value: object) -> tuple[int, ...]:
        sizes = geometry.check_kernel_size(value)
        if len(sizes) != self.rank:
            allowed = f"{self.rank} integers: the constructor fixed the number of axes"
            remedy = "Add another layer for another number of axes."
            raise ArgumentError("kernel_size_nd", sizes, allowed, remedy)
        return sizes

    def _check_weights(self, parameter: str, value: object) -> np.ndarray:
        if value is None and parameter == "kernel":
            allowed = "an array of real numbers, or Weights() where a tensor brings them"
            raise ArgumentError(parameter, "None", allowed, "Pass one of the two.")
        return as_weights(parameter, value)

    def _check_input(self, index: int, tensor: Tensor) -> None:
        check_dtype(self.input_names[index], tensor, DataType.FLOAT)
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
        geometry.check_input_shape([1 if n == DYNAMIC else n for n in shape], self.rank)
        if shape[-self.rank - 1] == DYNAMIC:
            raise ArgumentError(
                "input",
                f"shape {shape}, whose channel axis is dynamic",
                "a channel axis of known size; batch, depth, height and width may be -1",
                "Give the network's input a fixed number of channels.",
            )

    def _infer(self, evaluation: Evaluation) -> tuple[int, ...]:
        shape = evaluation.shape(self.input)
        self._check_axes(shape)
        known = self.geometry(self._stand_in(shape))
        for index in (1, 2):
            self._check_one_source(index, self.inputs[index])
        if self.is_quantized:
            geometry.check_int8_groups(known)  # before the count, which would not mend it
        self._check_counts(known, evaluation)
        if self.is_quantized:
            self._check_quantized(known, evaluation)
        return tuple(
            DYNAMIC if n == DYNAMIC else size
            for n, size in zip(shape, known.output_shape, strict=True)
        )

    def _stand_in(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """``shape`` with the smallest size that a window fits into for each dynamic axis."""
        first = len(shape) - self.rank
        least = [1] * first
        for size, dilation in zip(self.kernel_size_nd, self.dilation_nd, strict=True):
            least.append(min(1 + dilation * (size - 1), geometry.MAX_SIZE))
        return tuple(small if n == DYNAMIC else n for n, small in zip(shape, least, strict=True))

    def _check_counts(self, known: Geometry, evaluation: Evaluation) -> None:
        kernel = self._count(1, evaluation)
        if kernel is not None and kernel != known.weight_count:
            product = " × ".join(map(str, known.kernel_shape))
            meaning = "output maps × input channels a group × kernel size"
            allowed = f"{known.weight_count} = {product} ({meaning})"
            remedy = self._count_remedy(kernel, known)
            raise ArgumentError("kernel", f"{kernel} weights", allowed, remedy)
        bias = self._count(2, evaluation)
        if bias is not None and bias not in (0, known.maps):
            allowed = f"{known.maps}, one for each output map, or none"
            remedy = "Give each output map one number, or leave the bias away."
            raise ArgumentError("bias", f"{bias} numbers", allowed, remedy)

    def _count(self, index: int, evaluation: Evaluation) -> int | None:
        """How many numbers there are for the kernel (1) or the bias (2); None: not known yet."""
        if self.inputs[index] is None:
            return getattr(self, self.input_names[index]).size
        shape = evaluation.shape(self.inputs[index])
        return None if DYNAMIC in shape else math.prod(shape)

    def _count_remedy(self, count: int, known: Geometry) -> str:
        """What most likely went wrong where a layer has ``count`` weights."""
        if count == 0:
            return "Set layer.kernel, or bring the weights with set_input(1, tensor)."
        cells = math.prod(self.kernel_size_nd)
        groups, rest = divmod(known.maps * known.channels * cells, count)
        if rest == 0 and groups and math.gcd(known.channels, known.maps) % groups == 0:
            return f"With num_groups = {groups} the count fits; or give {known.weight_count}."
        return f"Give {known.weight_count} weights, or change num_output_maps or kernel_size_nd."

    def _check_quantized(self, known: Geometry, evaluation: Evaluation) -> None:
        """Refuse scales that int8 sums cannot have."""
        activation, kernel = (tensor.producer for tensor in self.inputs[:2])
        if activation.scales.size > 1:
            got = f"{activation.scales.size} scales for the input of a quantized convolution"
            remedy = "Quantize the input with a scalar scale; only a kernel may have several."
            raise ArgumentError("scale", got, "one scale", remedy)
        count = kernel.scales.size
        by_map = kernel.axis == 0 and evaluation.shape(kernel.input)[:1] == (known.maps,)
        if count > 1 and not by_map:
            got = f"{count} scales along axis {kernel.axis} of a kernel for {known.maps} maps"
            allowed = "one scale, or one for each output map along axis 0"
            remedy = f"Use axis = 0 and a constant shaped {known.kernel_shape}."
            raise ArgumentError("axis", got, allowed, remedy)

    def _compute(self, evaluation: Evaluation) -> np.ndarray:
        return self._run(evaluation).result.output

    def _run(self, evaluation: Evaluation) -> ConvolutionRun:
        known = self.geometry(evaluation.shape(self.input))
        values = evaluation.value(self.input)
        kernel = self._numbers(1, evaluation).reshape(known.kernel_shape)
        bias = self._numbers(2, evaluation).reshape(-1)
        run = ConvolutionRun(known, values, kernel, bias if bias.size else None, None)
        if self.is_quantized:
            return self._run_int8(run, evaluation)
        result = compute.run(known, values, kernel, run.bias, evaluation.device)
        return dataclasses.replace(run, result=result)

    def _numbers(self, index: int, evaluation: Evaluation) -> np.ndarray:
        tensor = self.inputs[index]
        return (
            getattr(self, self.input_names[index]) if tensor is None else evaluation.value(tensor)
        )

    def _run_int8(self, run: ConvolutionRun, evaluation: Evaluation) -> ConvolutionRun:
        """Sums of int8 in int32, then the scales and the bias in float32."""
        activation, weights = (tensor.producer for tensor in self.inputs[:2])
        values = evaluation.value(activation.input)
        kernel = evaluation.value(weights.input).reshape(run.geometry.kernel_shape)
        result = compute.run(run.geometry, values, kernel, None, evaluation.device)
        source, source_kernel = (
            evaluation.value(scaled.input.producer.input)
            if isinstance(scaled.input.producer, QuantizeLayer)
            else None
            for scaled in (activation, weights)
        )
        if source_kernel is not None:
            source_kernel = source_kernel.reshape(run.geometry.kernel_shape)
        whole = Quantization(
            values,
            kernel,
            activation.scales[0],
            weights.scales,
            result.output,
            source,
            source_kernel,
        )
        by_map = (-1,) + (1,) * self.rank
        scales = (whole.input_scale * whole.kernel_scales).reshape(by_map)
        output = whole.sums.astype(np.float32) * scales
        if run.bias is not None:
            output += run.bias.reshape(by_map)
        result = dataclasses.replace(result, output=output)
        return dataclasses.replace(run, result=result, quantization=whole)

    def __repr__(self) -> str:
        shown = [f"{self.num_output_maps}, {self.kernel_size_nd}"]
        defaults = {
            "stride_nd": (1,) * self.rank,
            "pre_padding": (0,) * self.rank,
            "post_padding": (0,) * self.rank,
            "padding_mode": PaddingMode.EXPLICIT_ROUND_DOWN,
            "dilation_nd": (1,) * self.rank,
            "num_groups": 1,
        }
        for parameter, default in defaults.items():
            value = getattr(self, parameter)
            if value != default:
                shown.append(f"{parameter}={getattr(value, 'name', value)}")
        return f"<ConvolutionLayer {self.name!r} {', '.join(shown)}>"

    def _ipython_display_(self) -> None:
        """Show the widget on the last data; a layer that is not complete yet says what it lacks."""
        try:
            from IPython.display import display

            from convviz.widget.explorer import explore

            display(explore(self, self.network.feeds()))
        except (ImportError, ArgumentError) as reason:
            print(f"{self!r}\n{reason}")
