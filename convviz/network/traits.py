"""Traits that check what is assigned: the parameters and weights of layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import traitlets

from convviz.arrays import Array

Kept = TypeVar("Kept")
Given = TypeVar("Given")


class CheckedTrait(traitlets.TraitType[Kept, Given]):
    """A trait that keeps what ``check(layer, value)`` makes of a value.

    What the check refuses leaves the old value; its ArgumentError reaches whoever assigned.
    """

    def __init__(self, check: Callable[[Any, object], Kept]) -> None:
        super().__init__(default_value=None)
        self._check = check

    def validate(self, obj: Any, value: object) -> Kept:
        """Pass ``value`` through the check."""
        return self._check(obj, value)


class ArrayTrait(CheckedTrait[Array, object]):
    """A checked array. The same bits again are no change; everything else is one."""

    def set(self, obj: Any, value: object) -> None:
        """Keep ``value`` and notify if it differs; traitlets' own comparison is not for arrays."""
        new = self.validate(obj, value)
        old: Array | None = obj._trait_values.get(self.name)
        if old is None or old.shape != new.shape or old.tobytes() != new.tobytes():
            obj._trait_values[self.name] = new
            obj._notify_trait(self.name, old, new)
