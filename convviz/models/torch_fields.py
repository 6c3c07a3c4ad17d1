"""Receptive fields through what PyTorch computes: what each of its operations does to places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from convviz.models import fields
from convviz.models.extras import needed
from convviz.models.fields import Field, Sampling

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
SAMPLINGS = {
    **{f"upsample_nearest{n}d": Sampling(half_pixel=False, rounding="floor") for n in (1, 2, 3)},
    **{f"_upsample_nearest_exact{n}d": Sampling(half_pixel=True, rounding="up") for n in (1, 2, 3)},
    "upsample_linear1d": Sampling(half_pixel=True, rounding="linear"),
    "upsample_bilinear2d": Sampling(half_pixel=True, rounding="linear"),
    "upsample_trilinear3d": Sampling(half_pixel=True, rounding="linear"),
    "upsample_bicubic2d": Sampling(half_pixel=True, rounding="cubic"),
}
RESHAPE = {"view", "reshape", "_unsafe_view", "flatten", "unflatten", "_reshape_alias"}
KNOWN_AS = {"new_empty": "circular padding"}  # which PyTorch writes into a new tensor
EVERYTHING = {"native_group_norm", "native_layer_norm", "_softmax", "_log_softmax"}


class Fields:
    """The fields of tensors, kept as long as the tensors are."""

    def __init__(self, torch: Any) -> None:
        self._torch = torch
        weak = needed("torch.utils.weak", "module")
        self._fields: Any = weak.WeakIdKeyDictionary()  # {tensor: field, None where unknown}
        self._lost: Any = weak.WeakIdKeyDictionary()  # {tensor: behind which operation}

    def begin(self, name: str, value: object) -> None:
        """Count places of this input, if it is a tensor."""
        if isinstance(value, self._torch.Tensor):
            self._fields[value] = fields.of_input(name, getattr(value, "ndim", 0))

    def of(self, tensor: Tensor) -> Field | None:
        """The field of a tensor; None where nothing is known of it."""
        found: Field | None = self._fields.get(tensor)
        return found

    def lost_behind(self, tensor: Tensor) -> str:
        """The operation behind which the places of a tensor are not known; "" for none."""
        found: str = self._lost.get(tensor, "")
        return found

    def follow(
        self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], output: object
    ) -> None:
        """Follow one operation; parameters and constants do not count."""
        made = [each for each in _tensors(self._torch, (args, kwargs)) if each in self._fields]
        if not made:
            return
        operation = func.overloadpacket.__name__
        if operation == "bernoulli_":  # the mask of a dropout: whatever it was is written over
            self._forget(made[0])
            return
        name = operation if operation[-1] != "_" else operation[:-1]
        results = list(_tensors(self._torch, output))
        field: Field | None
        try:
            known = [self._fields[each] for each in made]
            shapes = [tuple(each.shape) for each in (made[0], results[0])]
            field = None if None in known else _after(name, known, args, kwargs, shapes)
        except (ArithmeticError, LookupError, TypeError, ValueError):
            field = None
        lost = [self._lost[each] for each in made if each in self._lost]
        for each in results:
            same = field is not None and len(field) == each.ndim
            self._fields[each] = field if same else None
            if not same or (field is not None and None in field[2:]):
                self._lost[each] = lost[0] if lost else KNOWN_AS.get(name, name)

    def _forget(self, tensor: Tensor) -> None:
        """What a tensor is from now on is made of no input."""
        for known in (self._fields, self._lost):
            known.pop(tensor, None)


def _tensors(torch: Any, value: object) -> Iterator[Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _tensors(torch, each)
    elif isinstance(value, dict):
        yield from _tensors(torch, list(value.values()))


def _after(
    name: str,
    known: list[Field],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    shapes: Sequence[Sequence[int]],
) -> Field | None:
    """The field after an operation; ``shapes`` are those of its first operand and its result."""
    field = known[0]
    if name in ELEMENTWISE:
        whole = fields.united(known)
        if name == "cat":
            axis = (args[1] if len(args) > 1 else kwargs.get("dim", 0)) % len(whole)
            whole = tuple(None if n == axis else span for n, span in enumerate(whole))
        return whole
    if name == "convolution":
        weight, stride, padding, dilation = args[1], *args[3:6]
        size = weight.shape[2:]
        moved = _windowed(field, size, stride, padding, dilation, transposed=args[6])
        return (moved[0], None, *moved[2:])
    if name in POOLS:
        given: list[Any] = [*args[1:], None, None, None]
        size = given[0]
        dilation = given[3] if name.startswith("max") and given[3] is not None else [1]
        return _windowed(field, size, given[1] or size, given[2] or [0], dilation)
    if name in EVERYTHING:
        return fields.everything(field, range(2 if name == "native_group_norm" else 1, len(field)))
    if name in SAMPLINGS:
        return _resized(name, field, args, shapes)
    if name in RESHAPE:
        return fields.reshaped(field, *shapes)
    return _reshaped(name, field, args)


def _resized(
    name: str, field: Field, args: Sequence[Any], shapes: Sequence[Sequence[int]]
) -> Field | None:
    """After axes are made larger, so many times as a whole number says."""
    aligned = args[2] if "linear" in name or "cubic" in name else False
    if aligned:  # by the corners, so that the places depend on the size
        return None
    scales = [Fraction(after, before) for before, after in zip(*shapes, strict=True)]
    if any(scale.denominator > 1 for scale in scales):
        return None
    same = Sampling(half_pixel=False, rounding="floor")
    return fields.resized(
        field, [(scale, SAMPLINGS[name] if scale > 1 else same) for scale in scales]
    )


def _windowed(
    field: Field, size: Sequence[int], stride: Sequence[int], pre: Sequence[int],
    dilation: Sequence[int], *, transposed: bool = False,
) -> Field:  # fmt: skip
    rank = len(size)
    steps, before, gaps = (
        list(each) * rank if len(each) == 1 else list(each) for each in (stride, pre, dilation)
    )
    return fields.windowed(field, size, steps, before, gaps, transposed=transposed)


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
        return fields.padded(field, [*reversed(first[::2])])
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
