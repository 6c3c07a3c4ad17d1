"""What the picture of a layer depends on, kept to detect changes and to undo them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from convviz.network.convolution import ConvolutionLayer
from convviz.network.layers import Layer, upstream
from convviz.parameters import PADDING_ND


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The traits of a layer, and of all that it depends on, at one moment.

    Attributes
    ----------
    values : {(layer, name of the trait): value}
    """

    values: Mapping[tuple[Layer, str], object]

    @classmethod
    def of(cls, layer: ConvolutionLayer) -> Snapshot:
        """The values at present."""
        return cls(
            {
                (each, name): getattr(each, name)
                for each in upstream([layer.get_output(0)])
                if isinstance(each, Layer)
                for name in sorted(each.trait_names())
                if name != PADDING_ND.name  # says nothing that the two sides do not
            }
        )

    @property
    def layers(self) -> frozenset[Layer]:
        """The layer and all layers that its output depends on."""
        return frozenset(layer for layer, _ in self.values)

    def is_same(self, other: Snapshot) -> bool:
        """Whether nothing differs."""
        return self.values.keys() == other.values.keys() and all(
            _is_same(value, other.values[key]) for key, value in self.values.items()
        )

    def restore(self) -> None:
        """Give each trait whose value is another by now the value that it had."""
        for (layer, name), value in self.values.items():
            if not _is_same(getattr(layer, name), value):
                layer.set_trait(name, value)


def _is_same(value: object, other: object) -> bool:
    """Whether two values are the same; arrays are replaced, never changed in place."""
    if isinstance(value, np.ndarray):
        return value is other
    return bool(value == other)
