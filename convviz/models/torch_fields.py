"""Receptive fields through what PyTorch computes: what each of its operations does to places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from convviz.models import fields
from convviz.models.extras import needed
from convviz.models.fields import Field

Tensor: TypeAlias = Any

# Each place of the result is made of the same place of the operands, which are broadcast. An
# operation in place has the same name with an underscore behind it.
ELEMENTWISE = {
    "abs", "add", "addcmul", "bernoulli", "cat", "celu", "clamp", "clamp_max", "clamp_min", "clone",
    "contiguous", "copy", "detach", "div", "dropout", "elu", "eq", "erf", "exp", "gelu", "gt",
    "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "log", "lt", "maximum", "minimum", "mish",
    "mul", "native_batch_norm", "native_dropout", "neg", "pow", "prelu", "reciprocal", "relu",
    "relu6", "rsqrt", "rsub", "selu", "sigmoid", "silu", "softplus", "sqrt", "sub", "tanh",
    "threshold", "where", "_native_batch_norm_legit", "_native_batch_norm_legit_no_training",
    "_prelu_kernel", "_to_copy", "alias", "lift_fresh", "cudnn_batch_norm",
}  # fmt: skip
POOLS = {"avg_pool1d", "avg_pool2d", "avg_pool3d", "max_pool2d_with_indices",
         "max_pool3d_with_indices"}  # fmt: skip
EVERYTHING = {"native_group_norm", "native_layer_norm", "_softmax", "_log_softmax"}


class Fields:
    """The fields of tensors, kept as long as the tensors are."""

    def __init__(self, torch: Any) -> None:
        self._torch = torch
        weak = needed("torch.utils.weak", "module")
        self._fields: Any = weak.WeakIdKeyDictionary()  # {tensor: field, None where unknown}

    def begin(self, name: str, value: object) -> None:
        """Count places of this input, if it is a tensor."""
        if isinstance(value, self._torch.Tensor):
            self._fields[value] = fields.of_input(name, getattr(value, "ndim", 0))

    def of(self, tensor: Tensor) -> Field | None:
        """The field of a tensor; None where nothing is known of it."""
        found: Field | None = self._fields.get(tensor)
        return found

    def follow(
        self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], output: object
    ) -> None:
        """Follow one operation; parameters and constants do not count."""
        made = [each for each in _tensors(self._torch, (args, kwargs)) if each in self._fields]
        if not made:
            return
        operation = func.overloadpacket.__name__
        name = operation if operation[-1] != "_" else operation[:-1]
        field: Field | None
        try:
            known = [self._fields[each] for each in made]
            field = None if None in known else _after(name, known, args, kwargs)
        except (ArithmeticError, LookupError, TypeError, ValueError):
            field = None
        for each in _tensors(self._torch, output):
            same = field is not None and len(field) == each.ndim
            self._fields[each] = field if same else None


def _tensors(torch: Any, value: object) -> Iterator[Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _tensors(torch, each)
    elif isinstance(value, dict):
        yield from _tensors(torch, list(value.values()))


def _after(
    name: str, known: list[Field], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Field | None:
    field = known[0]
    if name in ELEMENTWISE:
        whole = fields.united(known)
        if name == "cat":
            axis = (args[1] if len(args) > 1 else kwargs.get("dim", 0)) % len(whole)
            whole = tuple(None if n == axis else span for n, span in enumerate(whole))
        return whole
    if name == "convolution":
        weight, stride, padding, dilation = args[1], *args[3:6]
        if args[6]:
            return None
        moved = _windowed(field, weight.shape[2:], stride, padding, dilation)
        return (moved[0], None, *moved[2:])
    if name in POOLS:
        given: list[Any] = [*args[1:], None, None, None]
        size = given[0]
        dilation = given[3] if name.startswith("max") and given[3] is not None else [1]
        return _windowed(field, size, given[1] or size, given[2] or [0], dilation)
    if name in EVERYTHING:
        return fields.everything(field, range(2 if name == "native_group_norm" else 1, len(field)))
    return _reshaped(name, field, args)


def _windowed(
    field: Field, size: Sequence[int], stride: Sequence[int], pre: Sequence[int],
    dilation: Sequence[int],
) -> Field:  # fmt: skip
    rank = len(size)
    steps, before, gaps = (
        list(each) * rank if len(each) == 1 else list(each) for each in (stride, pre, dilation)
    )
    effective = [1 + gap * (n - 1) for gap, n in zip(gaps, size, strict=True)]
    return fields.windowed(field, effective, steps, before)


def _reshaped(name: str, field: Field, args: Sequence[Any]) -> Field | None:
    """After axes change places, come or go, or all places of one come together."""
    rank = len(field)
    first: Any = args[1] if len(args) > 1 else None
    second: Any = args[2] if len(args) > 2 else None
    if name == "_adaptive_avg_pool2d":
        return fields.everything(field, (-1, -2)) if set(first) == {1} else None
    if name in ("mean", "amax", "sum"):
        axes = {axis % rank for axis in first or range(rank)}
        if second:
            return fields.everything(field, axes)
        return tuple(span for n, span in enumerate(field) if n not in axes)
    if name == "constant_pad_nd" or name.startswith(("reflection_pad", "replication_pad")):
        before = [*reversed(first[::2])]
        return fields.windowed(field, [1] * len(before), [1] * len(before), before)
    if name == "permute":
        return tuple(field[axis] for axis in first)
    if name == "transpose":
        order = list(range(rank))
        one, other = first % rank, second % rank
        order[one], order[other] = order[other], order[one]
        return tuple(field[axis] for axis in order)
    if name == "unsqueeze":
        place = first % (rank + 1)
        return (*field[:place], None, *field[place:])
    if name == "squeeze" and isinstance(first, int):
        place = first % rank
        return (*field[:place], *field[place + 1 :])
    if name in ("split", "split_with_sizes", "slice"):
        place = ((first if name == "slice" else second) or 0) % rank
        return tuple(None if n == place else span for n, span in enumerate(field))
    return None
