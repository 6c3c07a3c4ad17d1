"""What all layers share, and every layer but the convolution.

A `Layer` makes one `Tensor` from others. Its parameters are traits: ``layer.observe(…)`` sees every
change. An `Evaluation` passes over the layers to work out shapes (``_infer``, where all that can be
refused is refused) and then values (``_compute``). The arithmetic of quantization is here; the sums
of a convolution are left to `convviz.network.convolution` and `convviz.compute`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import traitlets

from convviz.arrays import Array
from convviz.errors import ArgumentError, short
from convviz.geometry import Geometry
from convviz.network.traits import ArrayTrait, CheckedTrait
from convviz.network.values import (
    DYNAMIC,
    QUANTIZED,
    DataType,
    Weights,
    as_weights,
    check_index,
    check_name,
    check_shape,
    type_of,
)
from convviz.parameters import check_integer

if TYPE_CHECKING:
    from convviz.network.network import Network


class Tensor:
    """What flows between layers. Made by `Network.add_input` and by layers, never by hand.

    Attributes
    ----------
    dtype : DataType
    producer : Layer or None
        The layer that makes it; None for an input of the network.
    """

    def __init__(
        self,
        network: Network,
        name: str,
        dtype: DataType,
        *,
        producer: Layer | None = None,
        shape: tuple[int, ...] = (),
    ) -> None:
        self.network = network
        self.dtype = dtype
        self.producer = producer
        self.declared = shape  # of an input; a layer's output has the shape that it has
        self._name = ""
        self.name = name
        network._tensors.append(self)

    @property
    def name(self) -> str:
        """Under this name the network takes or gives the data; one tensor a name."""
        return self._name

    @name.setter
    def name(self, value: str) -> None:
        name = check_name(value)
        if any(other is not self and other.name == name for other in self.network._tensors):
            allowed = "a name that no other tensor of the network has"
            raise ArgumentError("name", repr(name), allowed, "Choose another name.")
        self._name = name

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, -1 for each axis that waits for data; ArgumentError where none can be."""
        return Evaluation().shape(self)

    @property
    def is_network_input(self) -> bool:
        """Whether the network is fed with it."""
        return self.producer is None

    @property
    def is_network_output(self) -> bool:
        """Whether it has been marked as an output."""
        return self in self.network._outputs

    def __repr__(self) -> str:
        try:
            shape = str(self.shape)
        except ArgumentError as refusal:
            shape = f"no shape yet: {refusal}"
        return f"<Tensor {self.name!r} {self.dtype.name} {shape}>"


class Layer(traitlets.HasTraits):
    """What all layers share: a name, input tensors and one output tensor.

    Attributes
    ----------
    network : Network
    name : str
        TensorRT's default until it is set.
    inputs : tuple
        The tensor, or None, for each of ``input_names``; changed by `set_input`.
    """

    kind = "Layer"
    input_names: tuple[str, ...] = ()

    name: CheckedTrait[str, str] = CheckedTrait(lambda _, value: check_name(value))
    inputs = traitlets.Any(read_only=True)  # tuple[Tensor | None, ...]

    def __init__(self, network: Network, dtype: DataType, *tensors: Tensor) -> None:
        super().__init__()
        self.network = network
        self.name = f"(Unnamed Layer* {network.num_layers}) [{self.kind}]"
        self.set_trait("inputs", (None,) * len(self.input_names))
        for index, tensor in enumerate(tensors):
            self.set_input(index, tensor)
        self._dtype = dtype

    def _join(self) -> None:
        """Enter the network. A constructor's last step: whatever is refused comes before."""
        self._output = Tensor(self.network, f"{self.name}_output", self._dtype, producer=self)
        self.network._layers.append(self)

    @property
    def num_inputs(self) -> int:
        """How many of the inputs are tensors."""
        return len([tensor for tensor in self.inputs if tensor is not None])

    @property
    def num_outputs(self) -> int:
        """One."""
        return 1

    def get_input(self, index: int) -> Tensor | None:
        """The tensor at ``index``, or None."""
        tensor: Tensor | None = self.inputs[check_index(index, self.input_names, "inputs")]
        return tensor

    def input_tensor(self, index: int) -> Tensor:
        """The tensor at ``index``, which every constructor of such a layer has set."""
        tensor = self.get_input(index)
        assert tensor is not None
        return tensor

    def get_output(self, index: int) -> Tensor:
        """The output; ``index`` is 0."""
        check_index(index, [self._output.name], "outputs")
        return self._output

    def set_input(self, index: int, tensor: Tensor) -> None:
        """Let input ``index`` of the layer be ``tensor``."""
        index = check_index(index, self.input_names, "inputs")
        tensor = check_tensor(tensor, self.network, self.input_names[index])
        self._check_input(index, tensor)
        if self in upstream([tensor]):
            raise ArgumentError(
                self.input_names[index],
                f"{tensor.name!r}, which this very layer has a part in",
                "a tensor that does not depend on the layer",
                "Choose a tensor from further up in the network.",
            )
        self.set_trait("inputs", (*self.inputs[:index], tensor, *self.inputs[index + 1 :]))

    def _check_input(self, index: int, tensor: Tensor) -> None:
        """Refuse a tensor that can never be this input."""

    def _infer(self, evaluation: Evaluation) -> tuple[int, ...]:
        """The output's shape. Everything that can be refused before a sum is refused here."""
        raise NotImplementedError

    def _compute(self, evaluation: Evaluation) -> Array:
        """The output's values."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"


class ConstantLayer(Layer):
    """A tensor of fixed numbers.

    Attributes
    ----------
    shape : tuple of int
        ``()`` is a scalar.
    weights : array
        The numbers in any shape; their count must be that of ``shape``. int8 stays int8, every
        other real type becomes float32.
    """

    kind = "Constant"
    shape: CheckedTrait[tuple[int, ...], Sequence[int]] = CheckedTrait(
        lambda _, value: check_shape("shape", value, 0, dynamic=False)
    )
    weights: ArrayTrait = ArrayTrait(
        lambda layer, value: as_weights("weights", value, layer._dtype)
    )

    def __init__(self, network: Network, shape: Sequence[int], weights: object) -> None:
        array = weights.numpy() if isinstance(weights, Weights) else weights
        super().__init__(network, type_of(array))
        self.shape = shape
        self.weights = weights
        self._join()

    def _infer(self, evaluation: Evaluation) -> tuple[int, ...]:
        expected = math.prod(self.shape)
        if self.weights.size != expected:
            raise ArgumentError(
                "weights",
                f"{self.weights.size} values",
                f"{expected} for the shape {self.shape}",
                f"Give the constant {expected} values or another shape.",
            )
        return self.shape

    def _compute(self, evaluation: Evaluation) -> Array:
        return self.weights.reshape(self.shape)


class ScaleLayer(Layer):
    """What quantizing and dequantizing share: constant scales, one or several along an axis."""

    input_names = ("input", "scale")
    takes: tuple[DataType, ...]

    axis: CheckedTrait[int, int] = CheckedTrait(
        lambda _, value: check_integer("axis", value, least=-1)
    )

    def __init__(self, network: Network, dtype: DataType, tensor: Tensor, scale: Tensor) -> None:
        super().__init__(network, dtype, tensor, scale)
        self.axis = -1  # unset: one scale for the whole tensor
        self._join()

    @property
    def input(self) -> Tensor:
        """The tensor that is scaled."""
        return self.input_tensor(0)

    @property
    def scale_constant(self) -> ConstantLayer:
        """The constant that holds the scales."""
        producer = self.input_tensor(1).producer
        assert isinstance(producer, ConstantLayer)
        return producer

    @property
    def scales(self) -> Array:
        """The scales, float32: one, or one for each index of ``axis``. All positive."""
        scales = self.scale_constant.weights.reshape(-1)
        if not scales.size or not (scales > 0).all():
            got = short(scales.tolist())
            remedy = "Choose about the largest absolute value divided by 127."
            raise ArgumentError("scale", got, "positive numbers", remedy)
        return scales

    def _check_input(self, index: int, tensor: Tensor) -> None:
        if index == 0:
            check_dtype(self.input_names[0], tensor, self.takes)
            return
        check_dtype("scale", tensor, [DataType.FLOAT])
        if not isinstance(tensor.producer, ConstantLayer):
            raise ArgumentError(
                "scale",
                f"{tensor.name!r}, whose value is not known when the network is built",
                "the output of a constant layer",
                "Make it with network.add_constant([], [scale]).get_output(0).",
            )

    def _infer(self, evaluation: Evaluation) -> tuple[int, ...]:
        shape = evaluation.shape(self.input)
        evaluation.shape(self.input_tensor(1))
        scales = self.scales
        if self.axis >= len(shape):
            allowed = f"-1 (unset) or an axis of {self.input.name!r}: 0 to {len(shape) - 1}"
            raise ArgumentError("axis", self.axis, allowed, "Choose one of these.")
        if scales.size > 1 and self.axis == -1:
            allowed = f"an axis to lay the scales along: 0 to {len(shape) - 1}"
            remedy = "Set axis (0 for the output maps of a kernel), or give one scale."
            raise ArgumentError("axis", f"-1 (unset) with {scales.size} scales", allowed, remedy)
        if scales.size > 1 and shape[self.axis] not in (DYNAMIC, scales.size):
            size = shape[self.axis]
            allowed = f"one, or one for each of the {size} indices of axis {self.axis}"
            raise ArgumentError("scale", f"{scales.size} scales", allowed, f"Give 1 or {size}.")
        return shape

    def _spread(self, rank: int) -> Array:
        """The scales in a shape that broadcasts along ``axis`` of a tensor of ``rank`` axes."""
        scales = self.scales
        if scales.size == 1:
            return scales.reshape(())
        return scales.reshape([scales.size if i == self.axis else 1 for i in range(rank)])


class QuantizeLayer(ScaleLayer):
    """float32 to int8: clip(round(x / scale), −128, 127), ties to even, divided in float32.

    Attributes
    ----------
    axis : int
        Along which axis several scales lie; -1 (unset) where there is one.
    scales : float32 array
    """

    kind = "Quantize"
    takes = (DataType.FLOAT,)

    def _compute(self, evaluation: Evaluation) -> Array:
        values = evaluation.value(self.input)
        if np.isnan(values).any():
            got = f"NaN in {np.isnan(values).sum()} of {values.size} places of {self.input.name!r}"
            remedy = "Replace it, for example with numpy.nan_to_num: int8 has no NaN."
            raise ArgumentError("input", got, "numbers, to be quantized", remedy)
        with np.errstate(over="ignore"):  # ±inf saturates like any large number
            steps = values / self._spread(values.ndim)
        least, most = self._dtype.limits
        rounded: Array = np.clip(np.rint(steps), least, most)
        return rounded.astype(self._dtype.numpy)


class DequantizeLayer(ScaleLayer):
    """int8 to float32: x · scale. Attributes as for `QuantizeLayer`."""

    kind = "Dequantize"
    takes = QUANTIZED

    def _compute(self, evaluation: Evaluation) -> Array:
        values = evaluation.value(self.input)
        scaled: Array = values.astype(np.float32) * self._spread(values.ndim)
        return scaled


def check_tensor(tensor: object, network: Network, parameter: str) -> Tensor:
    """``tensor`` if it is one of the network's, or an ArgumentError."""
    if isinstance(tensor, Tensor) and tensor.network is network:
        return tensor
    got = f"{tensor.name!r} of another network" if isinstance(tensor, Tensor) else short(tensor)
    remedy = (
        "Pass what network.add_input or layer.get_output(0) gave; "
        "for numbers, network.add_constant(shape, numbers).get_output(0)."
    )
    raise ArgumentError(parameter, got, "a tensor of this network", remedy)


def check_dtype(parameter: str, tensor: Tensor, allowed: Sequence[DataType]) -> None:
    """Refuse a tensor whose elements are of none of these types."""
    if tensor.dtype not in allowed:
        verb, past = (
            ("quantize", "Quantize") if allowed[0].is_quantized else ("dequantize", "Dequantize")
        )
        got = f"{tensor.name!r} of type {tensor.dtype.name}"
        names = " or ".join(dtype.name for dtype in allowed)
        remedy = f"{past} it first: network.add_{verb}(tensor, scale)."
        raise ArgumentError(parameter, got, f"a tensor of type {names}", remedy)


def upstream(tensors: Iterable[Tensor]) -> set[Layer | Tensor]:
    """The layers and network inputs that ``tensors`` depend on."""
    found: set[Layer | Tensor] = set()
    waiting = list(tensors)
    while waiting:
        tensor = waiting.pop()
        source = tensor if tensor.producer is None else tensor.producer
        if source not in found:
            found.add(source)
            waiting += [t for t in getattr(source, "inputs", ()) if t is not None]
    return found


class Evaluation:
    """One pass over a network: every tensor's shape and value are worked out once at most.

    Without feeds there are shapes only, with -1 where they wait for data.

    Attributes
    ----------
    geometries : {convolution layer: Geometry}
        Of the layers whose shape has been asked for.
    checks : {convolution layer: callable}
        What may refuse a layer's geometry before anything else of it is looked at.
    """

    def __init__(
        self, feeds: Mapping[Tensor, Array] | None = None, device: str | None = None
    ) -> None:
        self.device = device
        self.geometries: dict[Layer, Geometry] = {}
        self.checks: dict[Layer, Callable[[Geometry], None]] = {}
        self._values = dict(feeds or {})
        self._shapes: dict[Tensor, tuple[int, ...]] = {
            tensor: array.shape for tensor, array in self._values.items()
        }

    def shape(self, tensor: Tensor) -> tuple[int, ...]:
        """The tensor's shape."""
        if tensor not in self._shapes:
            producer = tensor.producer
            self._shapes[tensor] = producer._infer(self) if producer else tensor.declared
        return self._shapes[tensor]

    def has_value(self, tensor: Tensor) -> bool:
        """Whether the tensor's values are there without computing anything."""
        return tensor in self._values

    def value(self, tensor: Tensor) -> Array:
        """The tensor's values."""
        if tensor not in self._values:
            assert tensor.producer is not None, "a network's input without data"
            self._values[tensor] = tensor.producer._compute(self)
        return self._values[tensor]
