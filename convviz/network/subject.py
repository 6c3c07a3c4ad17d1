"""What may stand in the place of a layer and its data, because it knows both."""

from __future__ import annotations

from typing import TypeAlias

from convviz.network.convolution import ConvolutionLayer


class Subject:
    """The base of what `convviz.network.build.resolve` takes for a layer on its data.

    Attributes
    ----------
    receptive_field : one number per spatial axis, or None
        In cells of the input of the whole chain of layers that this one ends; infinite where one
        output sees everything. None where it is not known.
    rectified : bool
        Whether a ReLU takes the output at once.
    """

    receptive_field: tuple[int | float, ...] | None = None
    rectified: bool = False

    @property
    def layer(self) -> ConvolutionLayer:
        """The layer; its network remembers the data that reach it."""
        raise NotImplementedError


LayerLike: TypeAlias = ConvolutionLayer | Subject
