"""What may stand in the place of a layer and its data, because it knows both."""

from __future__ import annotations

from typing import TypeAlias

from convviz.network.convolution import ConvolutionLayer


class Subject:
    """The base of what `convviz.network.build.resolve` takes for a layer on its data."""

    @property
    def layer(self) -> ConvolutionLayer:
        """The layer; its network remembers the data that reach it."""
        raise NotImplementedError


LayerLike: TypeAlias = ConvolutionLayer | Subject
