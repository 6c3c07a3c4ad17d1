"""What is to be computed: a network of layers under TensorRT's names.

A `Network` has input tensors and layers; a layer makes one tensor from others. Nothing is computed
until `Network.run`, but every tensor knows its shape at once. What concerns one parameter alone is
refused when it is assigned; what concerns several (a kernel and the number of its weights, say)
when a shape or a run is asked for, so that parameters may be set one after the other.

Layers are traitlets: ``layer.observe(…)`` sees every change of a parameter. The sums are made by
`convviz.compute`, the index rules live in `convviz.geometry`; here is only what joins them, and the
arithmetic of quantisation. Arrays are NumPy's.
"""

from __future__ import annotations

import dataclasses
import enum
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import traitlets
from traitlets.utils.bunch import Bunch

from convviz import compute, geometry
from convviz.errors import LayerError
from convviz.geometry import Geometry, PaddingMode

__all__ = [
    "ConstantLayer",
    "ConvolutionLayer",
    "ConvolutionRun",
    "DataType",
    "DequantizeLayer",
    "Layer",
    "Network",
    "PaddingMode",
    "Quantization",
    "QuantizeLayer",
    "Tensor",
    "Weights",
]

DYNAMIC = -1  # TensorRT's mark of an axis whose size is known only when data comes
DEFAULT_SIZES = (3, 6, 9)  # depth, height, width of the default data where they are dynamic


class DataType(enum.IntEnum):
    """What a tensor's elements are (TensorRT's names and values).

    INT32 is the type of an int8 convolution's sums; no tensor of a network has it.
    """

    FLOAT = 0
    INT8 = 2
    INT32 = 3

    @property
    def numpy(self) -> np.dtype:
        """The NumPy type of the elements."""
        names = {DataType.FLOAT: "float32", DataType.INT8: "int8", DataType.INT32: "int32"}
        return np.dtype(names[self])


class Weights:
    """Numbers for a layer; ``Weights()`` is the empty weights of a kernel that a tensor will bring.

    Parameters
    ----------
    values : array or DataType
        The numbers, in any shape; a DataType stands for no numbers of that type, as in TensorRT.
    """

    def __init__(self, values: object = ()) -> None:
        if isinstance(values, DataType):
            values = np.empty(0, values.numpy)
        self._values = _real_array("weights", values)

    @property
    def size(self) -> int:
        return self._values.size

    def numpy(self) -> np.ndarray:
        return self._values

    def __repr__(self) -> str:
        return f"Weights({self._values!r})" if self.size else "Weights()"


# -- checks of single values ----------------------------------------------------------------------


def _real_array(parameter: str, value: object) -> np.ndarray:
    """``value`` as a NumPy array of booleans, integers or floats, or a LayerError."""
    allowed = "an array of real numbers"
    try:
        array = np.asarray(value)
    except Exception as reason:  # ragged lists, arrays of another device: all say it differently
        got = f"{type(value).__name__} that NumPy cannot read ({reason})"
        remedy = "Pass a NumPy array; a CuPy array becomes one with .get()."
        raise LayerError(parameter, got, allowed, remedy) from None
    if array.dtype.kind not in "biuf":
        got = f"elements of type {array.dtype}"
        if array.dtype == object:
            got = f"{type(value).__name__} {_short(value)}"
        raise LayerError(parameter, got, allowed, "Convert it with .astype(numpy.float32).")
    return array


def _weights(parameter: str, value: object, dtype: DataType = DataType.FLOAT) -> np.ndarray:
    """A read-only copy of ``value`` in ``dtype``, all finite; empty for None and ``Weights()``."""
    if value is None:
        value = Weights()
    array = value.numpy() if isinstance(value, Weights) else _real_array(parameter, value)
    if dtype is DataType.INT8 and array.dtype != np.int8:
        allowed = "int8, which this constant was made with"
        remedy = "Convert it with .astype(numpy.int8), or add another constant."
        raise LayerError(parameter, f"elements of type {array.dtype}", allowed, remedy)
    with np.errstate(over="ignore"):
        copy = np.array(array, dtype.numpy, order="C")
    bad = copy.size - np.count_nonzero(np.isfinite(copy))
    if bad:
        got = f"{bad} of {copy.size} values that are NaN, infinite or too large for float32"
        remedy = "Replace them, for example with numpy.nan_to_num."
        raise LayerError(parameter, got, "finite numbers", remedy)
    copy.flags.writeable = False
    return copy


def _name(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise LayerError("name", _short(value), "a text that is not empty", "Choose a name.")
    return value


def _axes(parameter: str, value: object, least: int, *, dynamic: bool) -> tuple[int, ...]:
    """A tensor's shape of ``least`` to 8 axes; ``dynamic`` admits -1."""
    try:
        sizes = [value[i] for i in range(len(value))]  # type: ignore[index, arg-type]
        fixed = [1 if dynamic and size == DYNAMIC else size for size in sizes]
        checked = [geometry.check_integer(parameter, size, least=1) for size in fixed]
    except (LayerError, TypeError, LookupError, ValueError):
        checked = None
    if checked is None or not least <= len(checked) <= geometry.MAX_RANK:
        raise LayerError(
            parameter,
            _short(value),
            f"{least} to {geometry.MAX_RANK} sizes, each from 1 to {geometry.MAX_SIZE}"
            + (", or -1 where the size is dynamic" if dynamic else ""),
            "Write a tuple such as (1, 1, 6, 9): batch, channels, height, width.",
        )
    return tuple(
        DYNAMIC if size == DYNAMIC else number for size, number in zip(sizes, checked, strict=True)
    )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"


# -- traits ---------------------------------------------------------------------------------------


class _Checked(traitlets.TraitType):
    """A trait that keeps what ``check(layer, value)`` makes of a value. The check refuses the rest:
    the LayerError reaches whoever assigned, and the old value stays."""

    def __init__(self, check: Callable[[Layer, object], object]) -> None:
        super().__init__(default_value=None)
        self._check = check

    def validate(self, obj: Layer, value: object) -> object:
        return self._check(obj, value)


class _Array(_Checked):
    """A checked array. The same bits again are no change; everything else is one."""

    def set(self, obj: Layer, value: object) -> None:
        new = self._validate(obj, value)
        old = obj._trait_values.get(self.name)
        if old is None or old.shape != new.shape or old.tobytes() != new.tobytes():
            obj._trait_values[self.name] = new
            obj._notify_trait(self.name, old, new)


class _SymmetricPadding(_Checked):
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
    """A name that TensorRT dropped: works like ``replacement``, and warns on reading and setting."""

    def warn() -> None:
        warnings.warn(f"Use {replacement} instead.", DeprecationWarning, stacklevel=3)

    def read(layer: ConvolutionLayer) -> tuple[int, ...]:
        warn()
        return getattr(layer, replacement)

    def write(layer: ConvolutionLayer, value: object) -> None:
        warn()
        setattr(layer, replacement, value)

    return property(read, write, doc=f"Deprecated: use `{replacement}`.")


# -- tensors and layers ---------------------------------------------------------------------------


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
        shape: tuple[int, ...] | None = None,
    ) -> None:
        self.network = network
        self.dtype = dtype
        self.producer = producer
        self._declared = shape
        self._name: str | None = None
        self.name = name
        network._tensors.append(self)

    @property
    def name(self) -> str:
        """Under this name the network takes or gives the data; one tensor a name."""
        return self._name  # type: ignore[return-value]

    @name.setter
    def name(self, value: str) -> None:
        name = _name(value)
        if any(other is not self and other.name == name for other in self.network._tensors):
            allowed = "a name that no other tensor of the network has"
            raise LayerError("name", repr(name), allowed, "Choose another name.")
        self._name = name

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, with -1 for every axis that waits for data. LayerError where none can be."""
        return _Walk().shape(self)

    @property
    def is_network_input(self) -> bool:
        return self.producer is None

    @property
    def is_network_output(self) -> bool:
        return self in self.network._outputs

    def __repr__(self) -> str:
        try:
            shape = str(self.shape)
        except LayerError as refusal:
            shape = f"no shape yet: {refusal}"
        return f"<Tensor {self.name!r} {self.dtype.name} {shape}>"


class Layer(traitlets.HasTraits):
    """What all layers share: a name, input tensors and one output tensor."""

    kind = "Layer"
    input_names: tuple[str, ...] = ()

    name = _Checked(lambda layer, value: _name(value))
    inputs = traitlets.Any()  # one tensor or None for each of input_names

    def __init__(self, network: Network, dtype: DataType, *tensors: Tensor) -> None:
        super().__init__()
        self.network = network
        self.name = f"(Unnamed Layer* {network.num_layers}) [{self.kind}]"
        self.inputs = (None,) * len(self.input_names)
        for index, tensor in enumerate(tensors):
            self.set_input(index, tensor)
        self._dtype = dtype

    def _join(self) -> None:
        """Enter the network: the last step of a constructor, when nothing can be refused any more."""
        self._output = Tensor(self.network, f"{self.name}_output", self._dtype, producer=self)
        self.network._layers.append(self)

    @property
    def num_inputs(self) -> int:
        return len([tensor for tensor in self.inputs if tensor is not None])

    @property
    def num_outputs(self) -> int:
        return 1

    def get_input(self, index: int) -> Tensor | None:
        return self.inputs[self._input_index(index)]

    def get_output(self, index: int) -> Tensor:
        if index != 0:
            raise LayerError("index", _short(index), "0", "A layer here has one output.")
        return self._output

    def set_input(self, index: int, tensor: Tensor) -> None:
        """Let input ``index`` of the layer be ``tensor``."""
        index = self._input_index(index)
        tensor = self.network._own(tensor, self.input_names[index])
        self._check_input(index, tensor)
        if self in _upstream([tensor]):
            raise LayerError(
                self.input_names[index],
                f"{tensor.name!r}, which this very layer has a part in",
                "a tensor that does not depend on the layer",
                "Choose a tensor from further up in the network.",
            )
        self.inputs = (*self.inputs[:index], tensor, *self.inputs[index + 1 :])

    def _input_index(self, index: object) -> int:
        most = len(self.input_names)
        if isinstance(index, bool) or index not in range(most):
            names = ", ".join(f"{i} ({name})" for i, name in enumerate(self.input_names))
            raise LayerError(
                "index", _short(index), names or "none", f"This layer takes {most} tensors."
            )
        return int(index)  # type: ignore[call-overload]

    def _check_input(self, index: int, tensor: Tensor) -> None:
        """Refuse a tensor that can never be this input."""

    def _infer(self, walk: _Walk) -> tuple[int, ...]:
        """The output's shape. Everything that can be refused before a sum is refused here."""
        raise NotImplementedError

    def _compute(self, walk: _Walk) -> np.ndarray:
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
    shape = _Checked(lambda layer, value: _axes("shape", value, 0, dynamic=False))
    weights = _Array(lambda layer, value: _weights("weights", value, layer._dtype))

    def __init__(self, network: Network, shape: Sequence[int], weights: object) -> None:
        array = weights.numpy() if isinstance(weights, Weights) else weights
        is_int8 = getattr(array, "dtype", None) == np.int8
        super().__init__(network, DataType.INT8 if is_int8 else DataType.FLOAT)
        self.shape = shape
        self.weights = weights
        self._join()

    def _infer(self, walk: _Walk) -> tuple[int, ...]:
        expected = math.prod(self.shape)
        if self.weights.size != expected:
            raise LayerError(
                "weights",
                f"{self.weights.size} values",
                f"{expected} for the shape {self.shape}",
                f"Give the constant {expected} values or another shape.",
            )
        return self.shape

    def _compute(self, walk: _Walk) -> np.ndarray:
        return self.weights.reshape(self.shape)


class _ScaleLayer(Layer):
    """What quantising and dequantising share: a constant scale, for the tensor or along one axis."""

    input_names = ("input", "scale")
    takes: DataType

    axis = _Checked(lambda layer, value: geometry.check_integer("axis", value, least=-1))

    def __init__(self, network: Network, dtype: DataType, tensor: Tensor, scale: Tensor) -> None:
        super().__init__(network, dtype, tensor, scale)
        self.axis = -1  # unset: one scale for the whole tensor
        self._join()

    @property
    def input(self) -> Tensor:
        return self.inputs[0]

    @property
    def scales(self) -> np.ndarray:
        """The scales, float32: one, or one for each index of ``axis``. All positive."""
        scales = self.inputs[1].producer.weights.reshape(-1)
        if not scales.size or not (scales > 0).all():
            got = _short(scales.tolist())
            remedy = "Choose about the largest absolute value divided by 127."
            raise LayerError("scale", got, "positive numbers", remedy)
        return scales

    def _check_input(self, index: int, tensor: Tensor) -> None:
        if index == 0:
            _require_dtype(self.input_names[0], tensor, self.takes)
            return
        _require_dtype("scale", tensor, DataType.FLOAT)
        if not isinstance(tensor.producer, ConstantLayer):
            raise LayerError(
                "scale",
                f"{tensor.name!r}, whose value is not known when the network is built",
                "the output of a constant layer",
                "Make it with network.add_constant([], [scale]).get_output(0).",
            )

    def _infer(self, walk: _Walk) -> tuple[int, ...]:
        shape = walk.shape(self.input)
        walk.shape(self.inputs[1])
        scales = self.scales
        if self.axis >= len(shape):
            allowed = f"-1 (unset) or an axis of {self.input.name!r}: 0 to {len(shape) - 1}"
            raise LayerError("axis", self.axis, allowed, "Choose one of these.")
        if scales.size > 1 and self.axis == -1:
            allowed = "an axis to lay the scales along" + f": 0 to {len(shape) - 1}"
            remedy = "Set axis (0 for the output maps of a kernel), or give one scale."
            raise LayerError("axis", f"-1 (unset) with {scales.size} scales", allowed, remedy)
        if scales.size > 1 and shape[self.axis] not in (DYNAMIC, scales.size):
            size = shape[self.axis]
            allowed = f"one, or one for each of the {size} indices of axis {self.axis}"
            raise LayerError("scale", f"{scales.size} scales", allowed, f"Give 1 or {size}.")
        return shape

    def _spread(self, rank: int) -> np.ndarray:
        """The scales in a shape that broadcasts along ``axis`` of a tensor of ``rank`` axes."""
        scales = self.scales
        if scales.size == 1:
            return scales.reshape(())
        return scales.reshape([scales.size if i == self.axis else 1 for i in range(rank)])


class QuantizeLayer(_ScaleLayer):
    """float32 to int8: clip(round(x / scale), -128, 127), ties to even, divided in float32.

    Attributes
    ----------
    axis : int
        Along which axis several scales lie; -1 (unset) where there is one.
    scales : float32 array
    """

    kind = "Quantize"
    takes = DataType.FLOAT

    def _compute(self, walk: _Walk) -> np.ndarray:
        values = walk.value(self.input)
        if np.isnan(values).any():
            got = f"NaN at {np.count_nonzero(np.isnan(values))} places of {self.input.name!r}"
            remedy = "Replace it, for example with numpy.nan_to_num: int8 has no NaN."
            raise LayerError("input", got, "numbers, to be quantised", remedy)
        with np.errstate(over="ignore"):  # ±inf saturates like any large number
            steps = values / self._spread(values.ndim)
        return np.clip(np.rint(steps), -128, 127).astype(np.int8)


class DequantizeLayer(_ScaleLayer):
    """int8 to float32: x · scale. Attributes as for `QuantizeLayer`."""

    kind = "Dequantize"
    takes = DataType.INT8

    def _compute(self, walk: _Walk) -> np.ndarray:
        values = walk.value(self.input)
        return values.astype(np.float32) * self._spread(values.ndim)


@dataclass(frozen=True)
class Quantization:
    """The integers of a convolution between dequantised tensors.

    Attributes
    ----------
    input, kernel : int8 arrays, shaped as the run's
    input_scale : float32
    kernel_scales : float32 array
        One, or one for each output map.
    sums : int32 array
        The output before the scales and the bias.
    """

    input: np.ndarray
    kernel: np.ndarray
    input_scale: np.float32
    kernel_scales: np.ndarray
    sums: np.ndarray


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
    result: compute.Result
    quantization: Quantization | None = None


class ConvolutionLayer(Layer):
    """TensorRT's convolution layer (IConvolutionLayer), with two or three spatial axes.

    Every parameter is a trait: assign it, observe it, link it. A refused value raises LayerError
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

    num_output_maps = _Checked(lambda _, n: geometry.check_integer("num_output_maps", n, least=1))
    kernel_size_nd = _Checked(lambda layer, value: layer._check_kernel_size(value))
    stride_nd = _Checked(_per_axis("stride_nd", default=1, least=1))
    padding_nd = _SymmetricPadding(_per_axis("padding_nd", default=0, least=0))
    pre_padding = _Checked(_per_axis("pre_padding", default=0, least=0))
    post_padding = _Checked(_per_axis("post_padding", default=0, least=0))
    padding_mode = _Checked(lambda layer, value: geometry.check_padding_mode(value))
    dilation_nd = _Checked(_per_axis("dilation_nd", default=1, least=1))
    num_groups = _Checked(lambda layer, n: geometry.check_integer("num_groups", n, least=1))
    kernel = _Array(lambda layer, value: layer._check_weights("kernel", value))
    bias = _Array(lambda layer, value: layer._check_weights("bias", value))

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
        """Whether the sums are made of int8: both input and kernel come out of a DequantizeLayer."""
        return all(
            tensor is not None and isinstance(tensor.producer, DequantizeLayer)
            for tensor in self.inputs[:2]
        )

    def geometry(self, input_shape: Sequence[int] | None = None) -> Geometry:
        """The geometry for ``input_shape``, by default the input tensor's own.

        Raises
        ------
        LayerError
            Where parameters do not go together, or an axis is dynamic and ``input_shape`` is not
            given.
        """
        shape = self.input.shape if input_shape is None else input_shape
        if input_shape is None and DYNAMIC in shape:
            allowed = "sizes that are all known"
            remedy = "Ask for geometry(input_shape) with the shape of the data."
            raise LayerError("input", f"the dynamic shape {shape}", allowed, remedy)
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

    @traitlets.observe("pre_padding")
    def _padding_nd_follows(self, change: Bunch) -> None:
        self.notify_change(Bunch(change, name="padding_nd"))

    def _check_kernel_size(self, value: object) -> tuple[int, ...]:
        sizes = geometry.check_kernel_size(value)
        if len(sizes) != self.rank:
            allowed = f"{self.rank} integers: the constructor fixed the number of axes"
            remedy = "Add another layer for another number of axes."
            raise LayerError("kernel_size_nd", sizes, allowed, remedy)
        return sizes

    def _check_weights(self, parameter: str, value: object) -> np.ndarray:
        if value is None and parameter == "kernel":
            allowed = "an array of real numbers, or Weights() where a tensor brings them"
            raise LayerError(parameter, "None", allowed, "Pass one of the two.")
        return _weights(parameter, value)

    def _check_input(self, index: int, tensor: Tensor) -> None:
        _require_dtype(self.input_names[index], tensor, DataType.FLOAT)
        if index == 0 and tensor.is_network_input:
            self._check_axes(tensor.shape)
        if index > 0:
            self._check_one_source(index, tensor)

    def _check_one_source(self, index: int, tensor: Tensor | None) -> None:
        """Refuse weights that come from the layer and from a tensor at once."""
        parameter = self.input_names[index]
        weights = getattr(self, parameter)
        if tensor is not None and weights.size:
            raise LayerError(
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
            raise LayerError(
                "input",
                f"shape {shape}, whose channel axis is dynamic",
                "a channel axis of known size; batch, depth, height and width may be -1",
                "Give the network's input a fixed number of channels.",
            )

    def _infer(self, walk: _Walk) -> tuple[int, ...]:
        shape = walk.shape(self.input)
        self._check_axes(shape)
        known = self.geometry(self._stand_in(shape))
        for index in (1, 2):
            self._check_one_source(index, self.inputs[index])
        self._check_counts(known, walk)
        if self.is_quantized:
            self._check_quantized(known, walk)
        waiting = [i != len(shape) - self.rank - 1 and n == DYNAMIC for i, n in enumerate(shape)]
        return tuple(
            DYNAMIC if dynamic else size
            for dynamic, size in zip(waiting, known.output_shape, strict=True)
        )

    def _stand_in(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """``shape`` with the smallest size that a window fits into for each dynamic axis."""
        first = len(shape) - self.rank
        least = [1] * first
        for size, dilation in zip(self.kernel_size_nd, self.dilation_nd, strict=True):
            least.append(min(1 + dilation * (size - 1), geometry.MAX_SIZE))
        return tuple(small if n == DYNAMIC else n for n, small in zip(shape, least, strict=True))

    def _check_counts(self, known: Geometry, walk: _Walk) -> None:
        kernel = self._count(1, walk)
        if kernel is not None and kernel != known.weight_count:
            maps, *factors = known.kernel_shape
            product = " × ".join(map(str, factors))
            allowed = (
                f"{known.weight_count} = {maps} output maps × {product} (channels a group × …)"
            )
            raise LayerError(
                "kernel", f"{kernel} weights", allowed, self._count_remedy(kernel, known)
            )
        bias = self._count(2, walk)
        if bias is not None and bias not in (0, known.maps):
            allowed = f"{known.maps}, one for each output map, or none"
            remedy = f"Give {known.maps} numbers or leave the bias away."
            raise LayerError("bias", f"{bias} numbers", allowed, remedy)

    def _count(self, index: int, walk: _Walk) -> int | None:
        """How many numbers there are for the kernel (1) or the bias (2); None: not known yet."""
        if self.inputs[index] is None:
            return getattr(self, self.input_names[index]).size
        shape = walk.shape(self.inputs[index])
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

    def _check_quantized(self, known: Geometry, walk: _Walk) -> None:
        """Refuse what int8 sums cannot do."""
        geometry.check_int8_groups(known)
        activation, kernel = (tensor.producer for tensor in self.inputs[:2])
        if activation.scales.size > 1:
            got = f"{activation.scales.size} scales for the input of a quantised convolution"
            remedy = "Quantise the input with a scalar scale; only a kernel may have several."
            raise LayerError("scale", got, "one scale", remedy)
        count = kernel.scales.size
        by_map = kernel.axis == 0 and walk.shape(kernel.input)[:1] == (known.maps,)
        if count > 1 and not by_map:
            got = f"{count} scales along axis {kernel.axis} of a kernel for {known.maps} maps"
            allowed = "one scale, or one for each output map along axis 0"
            remedy = f"Use axis = 0 and a constant shaped {known.kernel_shape}."
            raise LayerError("axis", got, allowed, remedy)

    def _compute(self, walk: _Walk) -> np.ndarray:
        return self._run(walk).result.output

    def _run(self, walk: _Walk) -> ConvolutionRun:
        known = self.geometry(walk.shape(self.input))
        values = walk.value(self.input)
        kernel = self._numbers(1, walk).reshape(known.kernel_shape)
        bias = self._numbers(2, walk).reshape(-1)
        run = ConvolutionRun(known, values, kernel, bias if bias.size else None, None)
        if self.is_quantized:
            return self._run_int8(run, walk)
        result = compute.run(known, values, kernel, run.bias, walk.device)
        return dataclasses.replace(run, result=result)

    def _numbers(self, index: int, walk: _Walk) -> np.ndarray:
        tensor = self.inputs[index]
        return getattr(self, self.input_names[index]) if tensor is None else walk.value(tensor)

    def _run_int8(self, run: ConvolutionRun, walk: _Walk) -> ConvolutionRun:
        """Sums of int8 in int32, then the scales and the bias in float32."""
        activation, weights = (tensor.producer for tensor in self.inputs[:2])
        values = walk.value(activation.input)
        kernel = walk.value(weights.input).reshape(run.geometry.kernel_shape)
        result = compute.run(run.geometry, values, kernel, None, walk.device)
        whole = Quantization(
            values, kernel, activation.scales[0], weights.scales, sums=result.output
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
        from IPython.display import display

        from convviz.widget.explorer import explore

        display(explore(self, self.network.feeds()))


def _require_dtype(parameter: str, tensor: Tensor, dtype: DataType) -> None:
    if tensor.dtype is not dtype:
        remedy = {
            DataType.FLOAT: "Dequantise it first: network.add_dequantize(tensor, scale).",
            DataType.INT8: "Quantise it first: network.add_quantize(tensor, scale).",
        }[dtype]
        got = f"{tensor.name!r} of type {tensor.dtype.name}"
        raise LayerError(parameter, got, f"a tensor of type {dtype.name}", remedy)


def _upstream(tensors: Iterable[Tensor]) -> set[Layer | Tensor]:
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


class _Walk:
    """One pass over a network: every tensor's shape and value are worked out once at most.

    Without feeds there are shapes only, with -1 where they wait for data.
    """

    def __init__(
        self, feeds: Mapping[Tensor, np.ndarray] | None = None, device: str | None = None
    ) -> None:
        self.device = device
        self._values = dict(feeds or {})
        self._shapes = {tensor: array.shape for tensor, array in self._values.items()}

    def shape(self, tensor: Tensor) -> tuple[int, ...]:
        if tensor not in self._shapes:
            producer = tensor.producer
            self._shapes[tensor] = producer._infer(self) if producer else tensor._declared
        return self._shapes[tensor]

    def value(self, tensor: Tensor) -> np.ndarray:
        if tensor not in self._values:
            self._values[tensor] = tensor.producer._compute(self)
        return self._values[tensor]


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
        self._last: dict[str, np.ndarray] = {}

    # -- building

    def add_input(self, name: str, dtype: DataType, shape: Sequence[int]) -> Tensor:
        """An input of the network.

        Parameters
        ----------
        name : str
            Under which `run` takes its data.
        dtype : DataType.FLOAT or DataType.INT8
        shape : (…, C, [D,] H, W), up to 8 axes; -1 where the size is dynamic, never for the channels
        """
        if not isinstance(dtype, DataType) or dtype is DataType.INT32:
            allowed = "DataType.FLOAT or DataType.INT8"
            raise LayerError("dtype", _short(dtype), allowed, "Choose one of the two.")
        checked = _axes("shape", shape, 1, dynamic=True)
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

    def add_quantize(self, input: Tensor, scale: Tensor) -> QuantizeLayer:
        """float32 to int8; ``scale`` is the output of a constant layer."""
        return QuantizeLayer(self, DataType.INT8, input, scale)

    def add_dequantize(self, input: Tensor, scale: Tensor) -> DequantizeLayer:
        """int8 to float32; ``scale`` is the output of a constant layer."""
        return DequantizeLayer(self, DataType.FLOAT, input, scale)

    def mark_output(self, tensor: Tensor) -> None:
        """Let `run` return ``tensor``."""
        self._own(tensor, "tensor")
        if tensor.is_network_input:
            allowed = "the output of a layer"
            remedy = "Mark layer.get_output(0)."
            raise LayerError("tensor", f"the network's input {tensor.name!r}", allowed, remedy)
        if tensor not in self._outputs:
            self._outputs.append(tensor)

    # -- looking

    @property
    def num_layers(self) -> int:
        return len(self._layers)

    @property
    def num_inputs(self) -> int:
        return len(self._inputs)

    @property
    def num_outputs(self) -> int:
        return len(self._outputs)

    def get_layer(self, index: int) -> Layer:
        return _pick(self._layers, index, "layers")

    def get_input(self, index: int) -> Tensor:
        return _pick(self._inputs, index, "inputs")

    def get_output(self, index: int) -> Tensor:
        return _pick(self._outputs, index, "marked outputs")

    def __iter__(self) -> Iterator[Layer]:
        return iter(self._layers)

    def __len__(self) -> int:
        return len(self._layers)

    def __getitem__(self, index: int) -> Layer:
        if isinstance(index, int) and not -len(self) <= index < len(self):
            raise IndexError(index)
        return self._layers[index]

    def __bool__(self) -> bool:
        return True  # a network without layers is still a network

    # -- running

    def run(self, feeds: Mapping[str, object], device: str | None = None) -> dict[str, np.ndarray]:
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
        LayerError
            Naming what is missing or does not fit, before anything is computed.
        """
        if not self._outputs:
            remedy = "Call network.mark_output(layer.get_output(0))."
            raise LayerError("mark_output", "no marked output", "one or more", remedy)
        given = self._check_feeds(feeds)
        walk = self._walk(given, self._outputs, device)
        self._last = {tensor.name: array for tensor, array in given.items()}
        return {tensor.name: walk.value(tensor) for tensor in self._outputs}

    def evaluate(
        self, layer: ConvolutionLayer, feeds: Mapping[str, object], device: str | None = None
    ) -> ConvolutionRun:
        """Compute one convolution of the network and give all that belongs to it.

        Only the inputs that the layer depends on are needed. Otherwise as `run`.
        """
        if not isinstance(layer, ConvolutionLayer) or layer.network is not self:
            allowed = "a convolution layer of this network"
            raise LayerError("layer", _short(layer), allowed, "Pass what add_convolution_nd gave.")
        return layer._run(self._walk(self._check_feeds(feeds), [layer.get_output(0)], device))

    def feeds(self, data: object = None) -> dict[str, np.ndarray]:
        """Data for the network's inputs, checked and in the inputs' own shapes.

        Parameters
        ----------
        data : {input name: array}, or an array for the only input, or None
            What is missing comes from the last `run`; before the first, it is the counting
            pattern 1 … 9.
        """
        if data is None:
            data = {}
        elif not isinstance(data, Mapping):
            if self.num_inputs != 1:
                allowed = f"a dict, for the network has {self.num_inputs} inputs"
                remedy = "Write {name: array}."
                raise LayerError("feeds", type(data).__name__, allowed, remedy)
            data = {self._inputs[0].name: data}
        given = {tensor.name: array for tensor, array in self._check_feeds(data).items()}
        known = {**self._last, **given}
        return {
            tensor.name: known[tensor.name] if tensor.name in known else _counting_pattern(tensor)
            for tensor in self._inputs
        }

    def _walk(
        self, given: Mapping[Tensor, np.ndarray], targets: list[Tensor], device: str | None
    ) -> _Walk:
        """A walk with checked feeds, on which the shapes of ``targets`` have been worked out."""
        missing = [t.name for t in self._inputs if t in _upstream(targets) and t not in given]
        if missing:
            got = f"nothing for {', '.join(map(repr, missing))}"
            raise LayerError("feeds", got, self._input_list(), f"Add {missing[0]!r}: array.")
        walk = _Walk(given, device)
        for tensor in targets:
            walk.shape(tensor)
        return walk

    def _check_feeds(self, feeds: object) -> dict[Tensor, np.ndarray]:
        if not isinstance(feeds, Mapping):
            remedy = "Write {name: array}."
            raise LayerError("feeds", type(feeds).__name__, self._input_list(), remedy)
        inputs = {tensor.name: tensor for tensor in self._inputs}
        for name in feeds:
            if name not in inputs:
                remedy = "Use the names given to add_input."
                raise LayerError("feeds", f"data for {_short(name)}", self._input_list(), remedy)
        return {inputs[name]: _check_feed(inputs[name], array) for name, array in feeds.items()}

    def _input_list(self) -> str:
        names = ", ".join(repr(tensor.name) for tensor in self._inputs)
        return f"a dict with an array for each input: {names or 'there is none'}"

    def _own(self, tensor: object, parameter: str) -> Tensor:
        """``tensor`` if it is one of this network's, or a LayerError."""
        if isinstance(tensor, Tensor) and tensor.network is self:
            return tensor
        got = f"{tensor.name!r} of another network" if isinstance(tensor, Tensor) else None
        remedy = "Pass what network.add_input or layer.get_output(0) gave."
        raise LayerError(parameter, got or _short(tensor), "a tensor of this network", remedy)

    def __repr__(self) -> str:
        return (
            f"<Network of {self.num_layers} layers, inputs "
            f"{[t.name for t in self._inputs]}, outputs {[t.name for t in self._outputs]}>"
        )


def _pick(items: list, index: int, noun: str) -> object:
    if isinstance(index, bool) or index not in range(len(items)):
        allowed = f"0 to {len(items) - 1}" if items else "none"
        raise LayerError("index", _short(index), allowed, f"There are {len(items)} {noun}.")
    return items[index]


def _check_feed(tensor: Tensor, value: object) -> np.ndarray:
    """``value`` as an array of the input's type and of a shape that fits, or a LayerError."""
    array = _real_array("input", value)
    if tensor.dtype is DataType.INT8 and array.dtype != np.int8:
        got = f"elements of type {array.dtype} for {tensor.name!r}"
        remedy = "Convert with .astype(numpy.int8), or quantise a FLOAT input with add_quantize."
        raise LayerError("input", got, "int8", remedy)
    shape = _fitting_shape(array.shape, tensor._declared)
    if shape is None:
        raise LayerError(
            "input",
            f"shape {array.shape} for {tensor.name!r}",
            f"{tensor._declared}"
            + (", where -1 is any size" if DYNAMIC in tensor._declared else ""),
            "Reshape the data, or add the input with another shape.",
        )
    with np.errstate(over="ignore"):
        return array.astype(tensor.dtype.numpy, copy=False).reshape(shape)


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


def _counting_pattern(tensor: Tensor) -> np.ndarray:
    """Data to look at where none was given: 1 … 9 in blocks of 3×3 over the last two axes."""
    declared = tensor._declared
    sizes = (*(1,) * geometry.MAX_RANK, *DEFAULT_SIZES)[-len(declared) :]
    shape = [size if n == DYNAMIC else n for n, size in zip(declared, sizes, strict=True)]
    height, width = [1, *shape][-2:]
    block = 1 + 3 * (np.arange(height)[:, None] % 3) + np.arange(width) % 3
    whole = np.broadcast_to(block, [*shape[:-2], height, width]).reshape(shape)
    return whole.astype(tensor.dtype.numpy)
