"""Gives a layer as many weights as it needs, while a reader moves what their number follows from.

What fits is kept, and what was cut off comes back once there is room for it again: weights are kept
as they were before, until they are changed in another way. How a kernel goes on in another shape is
left to `convviz.network.kernels`, and where its numbers live to editing.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from convviz.arrays import Array
from convviz.checks import check_choice
from convviz.errors import ArgumentError
from convviz.geometry import Geometry
from convviz.language.catalogue import say
from convviz.network import kernels
from convviz.network.convolution import ConvolutionLayer
from convviz.network.layers import ConstantLayer, Layer
from convviz.network.values import DataType
from convviz.scene.scene import check_size
from convviz.widget import editing
from convviz.widget.scales import kernel_scale_constants

OWN = "own"  # among the choices of a kernel: the one that has no name

Shape: TypeAlias = tuple[int, ...]


@dataclass(eq=False)
class Kept:
    """An array as it was before it was fitted, and as it was left then."""

    whole: Array | None = None
    left: Array | None = None

    def is_left(self, now: Array) -> bool:
        """Whether nobody has changed it since."""
        return self.left is not None and np.array_equal(now, self.left)

    def source(self, now: Array) -> Array:
        """What to fit: all that there was, where nobody has changed what was left of it."""
        return self.whole if self.whole is not None and self.is_left(now) else now


@dataclass(frozen=True, eq=False)
class Part:
    """One array of a layer's weights.

    Attributes
    ----------
    now : the array in its shape
    shape : that it should have
    put : sets it in the layer, or where else it lives
    kept : Kept
    """

    now: Array
    shape: Shape
    put: Callable[[Array], None]
    kept: Kept


@dataclass(eq=False)
class Fitting:
    """The weights of one layer, fitted to its parameters.

    Attributes
    ----------
    layer : ConvolutionLayer
    shown : Geometry
        Of the last picture, whose shapes the weights had.
    """

    layer: ConvolutionLayer
    shown: Geometry
    _kept: dict[tuple[Layer, str], Kept] = field(default_factory=dict)
    _own: Array | None = None  # the last kernel without a name that a choice has replaced
    _preferred: str = ""  # of the names of a kernel that has several
    _words: str = ""

    # What the weights are

    @property
    def kernel(self) -> Array | None:
        """The kernel in its shape; None where it has another number of weights, or is computed."""
        try:
            part = self._part("kernel", self.shown.kernel_shape)
        except ArgumentError:
            return None
        return None if part is None else part.now

    @property
    def can_set(self) -> bool:
        """Whether the kernel's numbers are there to be set."""
        try:
            editing.home(self.layer, "kernel")
        except ArgumentError:
            return False
        return True

    @property
    def name(self) -> str:
        """What the kernel is called among `kernels.NAMES`, or `OWN`."""
        kernel = self.kernel
        return OWN if kernel is None else kernels.name_of(kernel, self._preferred) or OWN

    @property
    def unavailable(self) -> list[str]:
        """The names that cannot be chosen at present."""
        there = self._names(self.shown.kernel_shape)
        missing = [name for name in kernels.NAMES if name not in there]
        return missing if self._own is not None or self.name == OWN else [*missing, OWN]

    @property
    def words(self) -> str:
        """What was done to the weights that there are, or ``""``."""
        kernel = self.kernel
        kept = self._kept_of("kernel") if kernel is not None else None
        if kernel is None or kept is None or not kept.is_left(kernel):
            return ""
        return self._words

    # Setting them

    def fit(self) -> None:
        """Fit the weights to the layer's parameters; where those cannot be, leave all as it is.

        Raises
        ------
        ArgumentError
            Where the weights come from an input, or are computed.
        """
        try:
            needed = self.layer.geometry(self.shown.input_shape)
            check_size(needed)
        except ArgumentError:
            return  # said where the layer is computed
        kernel = self._part("kernel", needed.kernel_shape)
        bias = self._part("bias", (needed.maps,))
        others = [bias, *self._scales(needed.maps)]
        words = []
        if kernel is not None and kernel.now.shape != kernel.shape:
            words.append(self._fit_kernel(kernel))
        for part in others:
            if part is not None and part.now.shape != part.shape:
                whole = part.kept.source(part.now)
                _put(part, whole, _stretched(whole, part.shape, zeros=part is bias))
                if part is bias:
                    words.append(_bias_words(whole.size, needed.maps))
        if words:
            self._words = " ".join(filter(None, words))

    def preview(self, kernel: Array, shape: Shape) -> Array:
        """What `fit` would make of the layer's kernel, which is this one, for another shape."""
        kept = self._kept_of("kernel")
        whole = kernel if kept is None else kept.source(kernel)
        return kernels.fitted(whole, shape, self._names(shape), self._preferred)[0]

    def choose(self, name: str) -> None:
        """Give the layer the kernel of a name, in the size that it has; `OWN` for the last other.

        Raises
        ------
        ArgumentError
            Where there is no such kernel, or it cannot be set.
        """
        shape = self.layer.geometry(self.shown.input_shape).kernel_shape
        self.check(name, shape)
        now, kept = self.kernel, self._kept_of("kernel")
        if name == OWN and (self.name == OWN or self._own is None):
            return  # it is there already, or was never
        chosen = self._own if name == OWN else kernels.named(name, shape)
        assert chosen is not None
        if now is not None and self.name == OWN:
            self._own = now if kept is None else kept.source(now)
        self._preferred = name
        editing.replace(self.layer, "kernel", kernels.resized(chosen, shape))

    def check(self, name: object, shape: Shape) -> None:
        """Refuse what is not the name of a kernel that the layer can have in a shape."""
        if check_choice("kernel", name, (*kernels.NAMES, OWN)) == OWN:
            return
        kernels.named(str(name), (1, *shape[1:]))
        if name not in self._names(shape):
            least, most = DataType.INT8.limits
            allowed = f"integers from {least} to {most}: this kernel is int8 from the start"
            raise ArgumentError("kernel", str(name), allowed, "Choose ones or the identity.")

    def _fit_kernel(self, part: Part) -> str:
        """Fit it; what was done, in words."""
        whole = part.kept.source(part.now)
        self._preferred = kernels.name_of(whole, self._preferred)
        names = self._names(part.shape)
        array, maps = kernels.fitted(whole, part.shape, names, self._preferred)
        _put(part, whole, array)
        return "" if whole.shape == part.shape else _kernel_words(whole.shape, part.shape, maps)

    # Where they are

    def _names(self, shape: Shape) -> tuple[str, ...]:
        """The names that a kernel of this shape may have, where it lives."""
        owner, name = editing.home(self.layer, "kernel")
        is_int8 = getattr(owner, name).dtype == DataType.INT8.numpy
        return kernels.available(shape, DataType.INT8.limits if is_int8 else None)

    def _kept_of(self, tensor: editing.Weights) -> Kept | None:
        return self._kept.get(editing.home(self.layer, tensor))

    def _part(self, tensor: editing.Weights, shape: Shape) -> Part | None:
        """The kernel or the bias; None where it has a number of values that nothing explains."""
        had = self.shown.kernel_shape if tensor == "kernel" else (self.shown.maps,)
        try:
            owner, name = editing.home(self.layer, tensor)
        except ArgumentError:
            if shape == had:
                return None
            raise
        array = getattr(owner, name)
        kept = self._kept.setdefault((owner, name), Kept())
        now = _in_shape(array, kept, had, shape)
        if now is None:
            return None
        return Part(now, shape, lambda array: editing.replace(self.layer, tensor, array), kept)

    def _scales(self, maps: int) -> Iterator[Part]:
        """The scales of a quantized kernel, where there is one for each map."""
        for constant in kernel_scale_constants(self.layer):
            kept = self._kept.setdefault((constant, "weights"), Kept())
            now = constant.weights.reshape(-1)
            if now.size == self.shown.maps > 1 or kept.is_left(now):
                yield Part(now, (maps,), _setter(constant), kept)


def _setter(constant: ConstantLayer) -> Callable[[Array], None]:
    return lambda array: editing.replace_constant(constant, array)


def _in_shape(array: Array, kept: Kept, had: Shape, needed: Shape) -> Array | None:
    """An array in the shape that it has: the one it was left in, the picture's, or the needed."""
    shapes = [had, needed] if kept.left is None else [kept.left.shape, had, needed]
    for shape in shapes:
        if array.size == np.prod(shape):
            return array.reshape(shape)
    return None


def _put(part: Part, whole: Array, array: Array) -> None:
    part.put(array)
    part.kept.whole, part.kept.left = whole, array


def _stretched(array: Array, shape: Shape, *, zeros: bool) -> Array:
    """``array`` cut, or filled up with zeros or with its last number."""
    (count,) = shape
    filled = kernels.resized(array, shape)
    if not zeros:
        filled[array.size :] = array[-1]
    return filled[:count]


# In words


def _kernel_words(old: Shape, new: Shape, maps: dict[str, int]) -> str:
    """What was kept of a kernel, and what is new."""
    common = [min(a, b) for a, b in zip(old, new, strict=True)]
    going_on = sum(maps.values())
    by_map, rest = int(np.prod(new[1:])), new[0] - going_on
    kept = int(np.prod(common[1:])) * max(0, common[0] - going_on)
    sentences = []
    if maps:
        names = ", ".join(say(f"widget.kernel.{name}") for name in maps)
        sentences.append(say("widget.fitted.goes_on", name=names, count=going_on * by_map))
    if rest:
        before = int(np.prod(old[1:])) * (old[0] - going_on)
        sentences.append(_sentence("weights", kept, before, rest * by_map))
    return " ".join(sentences)


def _bias_words(old: int, new: int) -> str:
    return "" if old == new else _sentence("bias", min(old, new), old, new)


def _sentence(what: Literal["weights", "bias"], kept: int, before: int, count: int) -> str:
    """How many of some numbers were kept, and how many are new, or wait to come back."""
    if count > kept:
        return say(f"widget.fitted.filled.{what}", kept=kept, total=count, count=count - kept)
    return say(f"widget.fitted.cut.{what}", kept=kept, total=before, count=before - kept)
