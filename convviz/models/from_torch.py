"""Convolutions out of a PyTorch module, seen while it runs once on an example.

Each convolution is taken where PyTorch computes it (``aten::convolution``), so that those of
subclasses and of ``torch.nn.functional`` are found as well, with the weights that are really used.
Which module is at work is told by hooks. Receptive fields are `torch_fields`'.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from convviz.arrays import Array, as_array
from convviz.compute.operands import with_height_1
from convviz.errors import ArgumentError, short
from convviz.language.catalogue import say
from convviz.models import fields
from convviz.models.convolution import Convolution, NotShown
from convviz.models.extras import needed
from convviz.models.model import Model
from convviz.models.naming import Names
from convviz.models.torch_fields import Fields
from convviz.network.values import DYNAMIC
from convviz.parameters import LayerParameters, with_height

# Any: torch is an extra, so that none of its classes can be named.
Module: TypeAlias = Any
Tensor: TypeAlias = Any


def from_torch(module: object, example_input: object) -> Model:
    """Every convolution that a PyTorch module computes on an example, as a layer.

    The module runs once, on a copy of it, in the mode that it is in (train or eval) and without
    gradients; nothing of it is changed. A module that is called twice has two rows; a convolution
    of ``torch.nn.functional`` has the name of the module that calls it. ``padding="same"`` is
    resolved; where ``padding_mode`` is not "zeros", or a class pads by itself, the layer's input is
    the padded one that PyTorch convolves. 1-D convolutions have a height of 1. Transposed
    convolutions and those of torch.ao are listed in ``not_shown``; a convolution that was not
    called has its weights and no activations.

    Parameters
    ----------
    module : torch.nn.Module
    example_input : tensor or array, a tuple of arguments, or a dict of them by name

    Returns
    -------
    Model

    Raises
    ------
    ArgumentError
        Where it is no module, the module refuses the example, or PyTorch is not there.
    """
    torch = needed("torch", "module")
    if not isinstance(module, torch.nn.Module):
        allowed = "a torch.nn.Module"
        raise ArgumentError("module", short(module), allowed, "Pass the module itself.")
    original = getattr(module, "_orig_mod", module)  # of torch.compile
    arguments, named = _arguments(torch, original, example_input)
    with _left_alone(torch, original) as running:
        watch = _watch(torch, arguments, named)
        with watch.following(running):
            _run(torch, running, watch.mode, arguments, named)
    return Model.of(type(original).__name__, watch.found(running))


# The example


def _arguments(
    torch: Any, module: Module, example: object
) -> tuple[tuple[object, ...], dict[str, object]]:
    """The positional arguments and those by name, arrays as tensors."""
    like = next((p for p in module.parameters() if p.is_floating_point()), None)

    def tensor(value: object) -> object:
        if not isinstance(value, np.ndarray):
            return value
        made = torch.from_numpy(np.array(value))
        if like is None or not made.is_floating_point():
            return made
        lazy = isinstance(like, torch.nn.parameter.UninitializedTensorMixin)
        return made.to(like.device, torch.float32 if lazy else like.dtype)

    if isinstance(example, Mapping):
        if not all(isinstance(name, str) for name in example):
            remedy = "Write {name: tensor}."
            raise ArgumentError("example_input", short(example), "arguments by name", remedy)
        return (), {name: tensor(value) for name, value in example.items()}
    if isinstance(example, tuple):
        return tuple(map(tensor, example)), {}
    if not isinstance(example, torch.Tensor | np.ndarray):
        example = as_array("example_input", example).astype(np.float32)
    return (tensor(example),), {}


# Running, and leaving everything as it was


@contextmanager
def _left_alone(torch: Any, module: Module) -> Generator[Module]:
    """A copy of the module; where there can be none, itself, given its state back afterwards."""
    try:
        copied = copy.deepcopy(module)
    except Exception:  # tensors that are no leaves, locks, and whatever else a module holds
        with _given_back(torch, module):
            yield module
        return
    yield copied


@contextmanager
def _given_back(torch: Any, module: Module) -> Generator[None]:
    modes = [(each, each.training) for each in module.modules()]
    buffers = [(each, each.detach().clone()) for each in module.buffers()]
    try:
        yield
    finally:
        for each, mode in modes:
            each.training = mode
        with torch.no_grad():
            for buffer, value in buffers:
                buffer.copy_(value)


def _run(
    torch: Any,
    module: Module,
    mode: Any,
    arguments: Sequence[object],
    named: Mapping[str, object],
) -> None:
    try:
        with torch.random.fork_rng(devices=[]), torch.no_grad(), mode:
            module(*arguments, **named)
    except Exception as reason:  # whatever a module raises
        got = f"an input that the module refuses: {short(str(reason))}"
        remedy = "Call the module on it yourself to see where."
        allowed = "what the module can be called with"
        raise ArgumentError("example_input", got, allowed, remedy) from None


# Watching


@dataclass(frozen=True, eq=False)
class _Call:
    """One convolution as PyTorch computes it: the arguments of aten::convolution."""

    input: Array
    weight: Array
    bias: Array | None
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int
    type: str


class _Watch:
    """What a run of a module shows: its convolutions, in the order in which they are computed."""

    def __init__(self, torch: Any, tracked: Fields) -> None:
        self._torch = torch
        self._fields = tracked
        self.mode: Any = None
        self._found: list[Convolution | NotShown] = []
        self._names = Names()
        self._called: set[int] = set()
        weak = needed("torch.utils.weak", "module")
        self._outputs: Any = weak.WeakIdKeyDictionary()  # {what a convolution made: its number}
        self._readers: dict[int, set[str]] = {}
        self._stack: list[tuple[str, Module, Array | None]] = []

    @contextmanager
    def following(self, module: Module) -> Generator[None]:
        """Follow which module is at work."""
        handles = []
        try:
            for name, each in module.named_modules():
                handles.append(each.register_forward_pre_hook(self._entering(name)))
                handles.append(each.register_forward_hook(self._leaving, always_call=True))
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _entering(self, name: str) -> Callable[[Module, tuple[object, ...]], None]:
        def enter(module: Module, inputs: tuple[object, ...]) -> None:
            whole = None
            if getattr(module, "padding", None) == "same" and inputs:
                whole = _numbers(inputs[0])  # PyTorch may pad it before it convolves
            self._stack.append((name, module, whole))

        return enter

    def _leaving(self, module: Module, inputs: object, output: object) -> None:
        self._stack.pop()

    def convolve(self, arguments: Sequence[Any], output: Tensor) -> None:
        """Take note of one aten::convolution."""
        input, weight, bias, stride, padding, dilation, transposed, _, groups = arguments
        name, module, whole = self._stack[-1] if self._stack else ("", None, None)
        is_module = isinstance(module, self._torch.nn.modules.conv._ConvNd)
        rank = weight.ndim - 2
        if is_module:
            self._called.add(id(module))
            operator = type(module).__name__
        else:
            operator = f"conv_transpose{rank}d" if transposed else f"conv{rank}d"
            name = f"{name}.{operator}" if name else operator
        name = self._names.new(name or operator)
        if transposed:
            self._found.append(NotShown(name, operator, say("models.reasons.transposed")))
            return
        call = _Call(
            input=_numbers(input),
            weight=_numbers(weight),
            bias=None if bias is None else _numbers(bias),
            stride=_per_axis(stride, rank),
            padding=_per_axis(padding, rank),
            dilation=_per_axis(dilation, rank),
            groups=groups,
            type=str(weight.dtype).removeprefix("torch."),
        )
        try:
            found = _convolution(name, operator, call, module if is_module else None, whole)
        except ArgumentError as reason:
            self._found.append(NotShown(name, operator, str(reason)))
            return
        seen = fields.sizes(self._fields.of(output), rank)
        field, notes = None if seen is None else (1,) * (2 - rank) + seen, found.notes
        if seen is None and (operation := self._fields.lost_behind(output)):
            notes += (say("models.notes.field", operator=operation),)
        self._outputs[output] = len(self._found)
        self._found.append(replace(found, receptive_field=field, notes=notes))

    def read(self, func: Any, arguments: Sequence[Any]) -> None:
        """Take note of what reads the output of a convolution."""
        for each in arguments:
            number = self._outputs.get(each) if isinstance(each, self._torch.Tensor) else None
            if number is not None:
                self._readers.setdefault(number, set()).add(func.overloadpacket.__name__)

    def found(self, module: Module) -> list[Convolution | NotShown]:
        """All of them, then those that were not called."""
        called = [
            replace(each, rectified=self._readers.get(number, set()) in ({"relu"}, {"relu_"}))
            if isinstance(each, Convolution)
            else each
            for number, each in enumerate(self._found)
        ]
        conv = self._torch.nn.modules.conv
        rest: list[Convolution | NotShown] = []
        for name, each in module.named_modules():
            kind = type(each).__name__
            if id(each) in self._called:
                continue
            if isinstance(each, conv._ConvTransposeNd):
                rest.append(NotShown(name or kind, kind, say("models.reasons.transposed")))
            elif isinstance(each, conv._ConvNd):
                rest.append(_not_called(self._torch, self._names.new(name or kind), each))
            elif "Conv" in kind and type(each).__module__.startswith("torch.ao"):
                reason = say("models.reasons.operator", operator=kind, domain="torch.ao")
                rest.append(NotShown(name or kind, kind, reason))
        return [*called, *rest]


def _watch(torch: Any, arguments: Sequence[object], named: Mapping[str, object]) -> _Watch:
    """A watch, with the mode in which PyTorch tells it of everything that it computes."""
    dispatch = needed("torch.utils._python_dispatch", "module")
    tracked = Fields(torch)
    for number, value in enumerate(arguments):
        tracked.begin(str(number), value)
    for name, value in named.items():
        tracked.begin(name, value)
    watch = _Watch(torch, tracked)
    convolution = torch.ops.aten.convolution.default

    class Mode(dispatch.TorchDispatchMode):  # type: ignore[misc, name-defined]  # Any
        def __torch_dispatch__(
            self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
        ) -> Any:
            watch.read(func, args)
            output = func(*args, **(kwargs or {}))
            tracked.follow(func, args, kwargs or {}, output)
            if func is convolution:
                watch.convolve(args, output)
            return output

    watch.mode = Mode()
    return watch


def _per_axis(numbers: Sequence[int], rank: int) -> tuple[int, ...]:
    """One number for each axis; one alone stands for all."""
    return tuple(numbers) * rank if len(numbers) == 1 else tuple(numbers)


def _numbers(tensor: Tensor) -> Array:
    """A copy of a tensor's numbers in float32."""
    return np.array(as_array("module", tensor), np.float32)


def _convolution(
    name: str, operator: str, call: _Call, module: Module | None, whole: Array | None
) -> Convolution:
    """The convolution of one call; ``whole`` is its input before a padding of "same"."""
    rank = call.weight.ndim - 2
    data, pre, post = call.input, call.padding, call.padding
    notes = []
    if whole is not None and module is not None:
        effective = [d * (k - 1) for d, k in zip(call.dilation, call.weight.shape[2:], strict=True)]
        pre = tuple(total // 2 for total in effective)
        post = tuple(total - total // 2 for total in effective)
        data = whole.reshape((1,) * (call.weight.ndim - whole.ndim) + whole.shape)
    elif module is not None and getattr(module, "padding_mode", "zeros") != "zeros":
        notes.append(say("models.notes.padded", mode=module.padding_mode))
    if call.type != "float32":
        notes.append(say("models.notes.type", type=call.type))
    settings = LayerParameters(
        stride_nd=call.stride,
        dilation_nd=call.dilation,
        pre_padding=pre,
        post_padding=post,
        num_groups=call.groups,
    )
    kernel = call.weight
    if not np.isfinite(kernel).all():
        allowed, remedy = "finite weights", "Look for NaN in the module's parameters."
        raise ArgumentError("kernel", say("models.reasons.finite"), allowed, remedy)
    if rank == 1:
        notes.append(say("models.notes.height"))
        kernel, data = with_height_1("kernel", kernel), with_height_1("input", data)
        settings = with_height(settings)
    return Convolution(
        name, operator, "input", data.shape, kernel.shape, settings, kernel, call.bias,
        data=data, notes=tuple(notes),
    )  # fmt: skip


def _not_called(torch: Any, name: str, module: Module) -> Convolution | NotShown:
    """A convolution that the run did not come to: its weights, and no activations."""
    kind = type(module).__name__
    if isinstance(module.weight, torch.nn.parameter.UninitializedTensorMixin):
        return NotShown(name, kind, say("models.reasons.lazy"))
    kernel = _numbers(module.weight)
    rank = kernel.ndim - 2
    shape = (1, module.in_channels, *(DYNAMIC,) * rank)
    none = np.zeros((1, module.in_channels, *(1,) * rank), np.float32)
    padding = module.padding if isinstance(module.padding, tuple) else (0,) * rank
    whole = none if module.padding == "same" else None
    bias = None if module.bias is None else _numbers(module.bias)
    kinds = str(module.weight.dtype).removeprefix("torch.")
    call = _Call(none, kernel, bias, module.stride, padding, module.dilation, module.groups, kinds)
    found = _convolution(name, kind, call, module, whole)
    notes = (*found.notes, say("models.notes.not_reached"))
    shape = shape if rank > 1 else (*shape[:2], 1, DYNAMIC)
    return replace(found, data=None, input_shape=shape, notes=notes)
