"""What is to be computed: a network of layers under TensorRT's names.

A `Network` has input tensors and layers. Nothing is computed until `Network.run`, but every tensor
knows its shape at once. What concerns one parameter alone is refused when it is assigned; what
concerns several (a kernel and the number of its weights, say) when a shape or a run is asked for,
so that parameters may be set one after the other.

The layers themselves are in `layers` and `convolution`. Arrays are NumPy's.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from convviz.arrays import Array, as_array
from convviz.errors import ArgumentError, short
from convviz.geometry import MAX_RANK, Geometry
from convviz.network.convolution import EXPORTERS, ConvolutionLayer
from convviz.network.export import onnx, pytorch, tensorrt
from convviz.network.layers import (
    ConstantLayer,
    DequantizeLayer,
    Evaluation,
    Layer,
    QuantizeLayer,
    Tensor,
    check_tensor,
    upstream,
)
from convviz.network.run import ConvolutionRun
from convviz.network.values import (
    DYNAMIC,
    QUANTIZED,
    DataType,
    check_index,
    check_shape,
    convert,
)

EXPORTERS.update(onnx=onnx.onnx, pytorch=pytorch.pytorch, tensorrt=tensorrt.tensorrt)

DEFAULT_SIZES = (3, 6, 9)  # depth, height and width of default data, where they are dynamic


class Network:
    """Layers and the tensors between them: TensorRT's INetworkDefinition, and what runs it.

    Iterating gives the layers in the order in which they were added.
    """

    def __init__(self, name: str = "") -> None:
        self.name = name
        self._tensors: list[Tensor] = []
        self._inputs: list[Tensor] = []
        self._outputs: list[Tensor] = []
        self._layers: list[Layer] = []
        self._last: dict[Tensor, Array] = {}  # the data of the last run

    # -- building

    def add_input(self, name: str, dtype: DataType, shape: Sequence[int]) -> Tensor:
        """An input of the network.

        Parameters
        ----------
        name : str
            Under which `run` takes its data.
        dtype : DataType.FLOAT or DataType.INT8
        shape : (…, C, [D,] H, W), up to 8 axes
            -1 where a size is dynamic; the channels' never is.
        """
        if not isinstance(dtype, DataType) or dtype not in (DataType.FLOAT, *QUANTIZED):
            allowed = " or ".join(f"DataType.{each.name}" for each in (DataType.FLOAT, *QUANTIZED))
            raise ArgumentError("dtype", short(dtype), allowed, "Choose one of these.")
        checked = check_shape("shape", shape, 1, dynamic=True)
        tensor = Tensor(self, name, dtype, shape=checked)
        self._inputs.append(tensor)
        return tensor

    def add_constant(self, shape: Sequence[int], weights: object) -> ConstantLayer:
        """A tensor of fixed numbers; ``shape`` ``[]`` is a scalar. See `ConstantLayer`."""
        return ConstantLayer(self, shape, weights)

    def add_convolution_nd(
        self,
        input: Tensor,
        num_output_maps: int,
        kernel_shape: Sequence[int],
        kernel: object,
        bias: object = None,
    ) -> ConvolutionLayer:
        """A convolution.

        Parameters
        ----------
        input : Tensor (…, C, [D,] H, W)
        num_output_maps : int
        kernel_shape : (height, width) or (depth, height, width)
        kernel : array, flat or shaped, or ``Weights()`` where ``set_input(1, tensor)`` follows
        bias : array with one number for each output map, optional
        """
        return ConvolutionLayer(self, input, num_output_maps, kernel_shape, kernel, bias)

    def add_convolution(
        self,
        input: Tensor,
        num_output_maps: int,
        kernel_shape: Sequence[int],
        kernel: object,
        bias: object = None,
    ) -> ConvolutionLayer:
        """Deprecated: use `add_convolution_nd`."""
        warnings.warn("Use add_convolution_nd instead.", DeprecationWarning, stacklevel=2)
        return self.add_convolution_nd(input, num_output_maps, kernel_shape, kernel, bias)

    def add_quantize(
        self, input: Tensor, scale: Tensor, output_type: DataType = DataType.INT8
    ) -> QuantizeLayer:
        """float32 to int8; ``scale`` is the output of a constant layer."""
        _check_output_type(output_type, QUANTIZED)
        return QuantizeLayer(self, output_type, input, scale)

    def add_dequantize(
        self, input: Tensor, scale: Tensor, output_type: DataType = DataType.FLOAT
    ) -> DequantizeLayer:
        """int8 to float32; ``scale`` is the output of a constant layer."""
        _check_output_type(output_type, [DataType.FLOAT])
        return DequantizeLayer(self, DataType.FLOAT, input, scale)

    def mark_output(self, tensor: Tensor) -> None:
        """Let `run` return ``tensor``."""
        check_tensor(tensor, self, "tensor")
        if tensor.is_network_input:
            allowed = "the output of a layer"
            remedy = "Mark layer.get_output(0)."
            raise ArgumentError("tensor", f"the network's input {tensor.name!r}", allowed, remedy)
        if tensor not in self._outputs:
            self._outputs.append(tensor)

    # -- looking

    @property
    def num_layers(self) -> int:
        """How many layers there are."""
        return len(self._layers)

    @property
    def num_inputs(self) -> int:
        """How many inputs there are."""
        return len(self._inputs)

    @property
    def num_outputs(self) -> int:
        """How many outputs are marked."""
        return len(self._outputs)

    def get_layer(self, index: int) -> Layer:
        """Layer ``index``, in the order of adding."""
        return self._layers[check_index(index, [layer.name for layer in self._layers], "layers")]

    def get_input(self, index: int) -> Tensor:
        """Input ``index``, in the order of adding."""
        return self._inputs[check_index(index, [tensor.name for tensor in self._inputs], "inputs")]

    def get_output(self, index: int) -> Tensor:
        """Marked output ``index``, in the order of adding."""
        return self._outputs[
            check_index(index, [tensor.name for tensor in self._outputs], "marked outputs")
        ]

    def __iter__(self) -> Iterator[Layer]:
        return iter(self._layers)

    def __len__(self) -> int:
        return len(self._layers)

    def __getitem__(self, index: int) -> Layer:
        return self._layers[index]

    def __bool__(self) -> bool:
        return True  # a network without layers is still a network

    # -- running

    def run(self, feeds: Mapping[str, object], device: str | None = None) -> dict[str, Array]:
        """Compute the marked outputs.

        Parameters
        ----------
        feeds : {input name: array}
            FLOAT inputs take any real array and convert it to float32; INT8 inputs take int8. An
            array has the input's shape, give or take axes of size 1 in front; or it is flat with
            the right count, like the buffers TensorRT is fed with, where no axis is dynamic.
        device : "cuda" or "cpu", optional
            As for `convviz.convolve`.

        Returns
        -------
        dict
            {output name: array}

        Raises
        ------
        ArgumentError
            Naming what is missing or does not fit, before anything is computed.
        """
        if not self._outputs:
            remedy = "Call network.mark_output(layer.get_output(0))."
            raise ArgumentError("mark_output", "no marked output", "one or more", remedy)
        given = self._check_feeds(feeds)
        evaluation = Evaluation(given, device)
        self._infer(evaluation, self._outputs)
        self._last = given
        return {tensor.name: evaluation.value(tensor) for tensor in self._outputs}

    def evaluate(
        self,
        layer: ConvolutionLayer,
        feeds: Mapping[str, object],
        device: str | None = None,
        *,
        check: Callable[[Geometry], None] | None = None,
    ) -> ConvolutionRun:
        """Compute one convolution of the network and give all that belongs to it.

        Only the inputs that the layer depends on are needed. ``check`` may refuse the geometry
        before anything is computed. Otherwise as `run`.
        """
        if not isinstance(layer, ConvolutionLayer) or layer.network is not self:
            allowed = "a convolution layer of this network"
            raise ArgumentError(
                "layer", short(layer), allowed, "Pass what add_convolution_nd gave."
            )
        evaluation = Evaluation(self._check_feeds(feeds), device)
        if check is not None:
            evaluation.checks[layer] = check
        self._infer(evaluation, [layer.get_output(0)])
        return layer.run(evaluation)

    def check_geometry(
        self, layer: ConvolutionLayer, data: object, check: Callable[[Geometry], None]
    ) -> None:
        """Let ``check`` refuse the geometry of a layer on data, as for `feeds`, from shapes alone.

        Nothing is converted or computed.
        """
        evaluation = Evaluation({**self._last, **self._fit(self._by_name(data))})
        evaluation.checks[layer] = check
        evaluation.shape(layer.get_output(0))

    def feeds(self, data: object = None) -> dict[str, Array]:
        """Data for the network's inputs, checked and in the inputs' own shapes.

        Parameters
        ----------
        data : {input name: array}, or an array for the only input, or None
            What is missing comes from the last `run`; before the first, it is the counting
            pattern 1 … 9.
        """
        known = {**self._last, **self._check_feeds(self._by_name(data))}
        return {
            tensor.name: known[tensor] if tensor in known else _default_data(tensor)
            for tensor in self._inputs
        }

    def remember(self, data: object) -> None:
        """Take data, as for `feeds`, for those of the last run, without running."""
        self._last |= self._check_feeds(self._by_name(data))

    def _by_name(self, data: object) -> Mapping[str, object]:
        """Data by the names of inputs: of the only one where an array has none."""
        if data is None:
            return {}
        if isinstance(data, Mapping):
            return data
        if self.num_inputs != 1:
            allowed = f"a dict, for the network has {self.num_inputs} inputs"
            remedy = "Write {name: array}."
            raise ArgumentError("feeds", type(data).__name__, allowed, remedy)
        return {self._inputs[0].name: data}

    def _infer(self, evaluation: Evaluation, targets: list[Tensor]) -> None:
        """Work out the shapes of ``targets``, so that what can be refused is refused."""
        needed = upstream(targets)
        missing = [t.name for t in self._inputs if t in needed and not evaluation.has_value(t)]
        if missing:
            got = f"nothing for {', '.join(map(repr, missing))}"
            raise ArgumentError("feeds", got, self._input_list(), f"Add {missing[0]!r}: array.")
        for tensor in targets:
            evaluation.shape(tensor)

    def _check_feeds(self, feeds: object) -> dict[Tensor, Array]:
        """The data of each input, in its type."""
        return {
            tensor: convert("input", array, tensor.dtype.numpy, copy=False)
            for tensor, array in self._fit(feeds).items()
        }

    def _fit(self, feeds: object) -> dict[Tensor, Array]:
        """The data of each input, in its shape, of any type that it takes."""
        if not isinstance(feeds, Mapping):
            remedy = "Write {name: array}."
            raise ArgumentError("feeds", type(feeds).__name__, self._input_list(), remedy)
        inputs = {tensor.name: tensor for tensor in self._inputs}
        for name in feeds:
            if name not in inputs:
                remedy = "Use the names given to add_input."
                raise ArgumentError("feeds", f"data for {short(name)}", self._input_list(), remedy)
        return {inputs[name]: _fitting(inputs[name], array) for name, array in feeds.items()}

    def _input_list(self) -> str:
        names = ", ".join(repr(tensor.name) for tensor in self._inputs)
        return f"a dict with an array for each input: {names or 'there is none'}"

    def __repr__(self) -> str:
        return (
            f"<Network of {self.num_layers} layers, inputs "
            f"{[t.name for t in self._inputs]}, outputs {[t.name for t in self._outputs]}>"
        )


def _check_output_type(given: object, allowed: Sequence[DataType]) -> None:
    """Refuse an element type that the layer does not give."""
    if not isinstance(given, DataType) or given not in allowed:
        got = getattr(given, "name", None) or short(given)
        names = ", ".join(dtype.name for dtype in allowed)
        remedy = f"Write DataType.{allowed[0].name}."
        raise ArgumentError("output_type", got, names, remedy)


def _fitting(tensor: Tensor, value: object) -> Array:
    """``value`` in the input's shape, of a type that it takes, or an ArgumentError."""
    array = as_array("input", value)
    wanted = tensor.dtype.numpy
    if tensor.dtype.is_quantized and array.dtype != wanted:
        got = f"elements of type {array.dtype} for {tensor.name!r}"
        remedy = (
            f"Convert with .astype(numpy.{wanted}), or quantize a FLOAT input with add_quantize."
        )
        raise ArgumentError("input", got, str(wanted), remedy)
    shape = _fitting_shape(array.shape, tensor.declared)
    if shape is None:
        raise ArgumentError(
            "input",
            f"shape {array.shape} for {tensor.name!r}",
            f"{tensor.declared}" + (", where -1 is any size" if DYNAMIC in tensor.declared else ""),
            "Reshape the data, or add the input with another shape.",
        )
    return array.reshape(shape)


def _fitting_shape(shape: tuple[int, ...], declared: tuple[int, ...]) -> tuple[int, ...] | None:
    """How data of ``shape`` fills an input of ``declared`` shape; None if it does not.

    Axes of size 1 in front may be more or fewer; flat data is a buffer in memory order.
    """
    if DYNAMIC not in declared and shape == (math.prod(declared),):
        return declared
    extra = len(shape) - len(declared)
    padded = (1,) * -extra + shape[max(extra, 0) :]
    if any(n != 1 for n in shape[: max(extra, 0)]) or 0 in padded:
        return None
    fits = all(d in (n, DYNAMIC) for n, d in zip(padded, declared, strict=True))
    return padded if fits else None


def _default_data(tensor: Tensor) -> Array:
    """Data to look at where none was given: the counting pattern, in a shape that is not large."""
    declared = tensor.declared
    sizes = (*(1,) * MAX_RANK, *DEFAULT_SIZES)[-len(declared) :]
    shape = [size if n == DYNAMIC else n for n, size in zip(declared, sizes, strict=True)]
    return counting_pattern(shape).astype(tensor.dtype.numpy)


def counting_pattern(shape: Sequence[int]) -> Array:
    """1 … 9 in blocks of 3×3 over the last two axes."""
    height, width = [1, *shape][-2:]
    block = 1 + 3 * (np.arange(height)[:, None] % 3) + np.arange(width) % 3
    return np.broadcast_to(block, [*shape[:-2], height, width]).reshape(shape)
