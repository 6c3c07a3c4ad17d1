"""Slow motion in matplotlib: a still whose steps are moments of a sum that grows."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from convviz.errors import ArgumentError
from convviz.parameters import check_integer
from convviz.plot.still import Still
from convviz.scene.scene import Scene

SLOW_OUTPUTS = 3  # come about product by product, as in the browser; the others come whole

Moment = tuple[int, int]  # an output, and how many terms of its sum are there (`Step`)


class SlowStill(Still):
    """Outputs that come about, as matplotlib artists, at one moment.

    Attributes
    ----------
    moments : list of (output, terms)
    step : int
        The moment on show.
    """

    _is_slow = True

    def __init__(
        self,
        scene: Scene,
        moments: Sequence[Moment],
        *,
        ax: Axes | None = None,
        theme: str | None = None,
        figsize: tuple[float, float] | None = None,
        captions: bool = True,
    ) -> None:
        self.moments = list(moments)
        super().__init__(scene, ax=ax, theme=theme, figsize=figsize, captions=captions)

    @property
    def alt(self) -> str:
        """The picture in words, for readers who cannot see it."""
        return self.scene.step(*self.moments[self.step]).alt

    def set_step(self, step: int) -> None:
        """Go to a moment."""
        self.step = check_integer("step", step, least=0, most=len(self.moments) - 1)
        self.show_moment(self.scene.step(*self.moments[self.step]))


def moments_of(scene: Scene, outputs: Sequence[int]) -> list[Moment]:
    """The moments of these outputs: those of the first ones after each of their products.

    Raises
    ------
    ArgumentError
        Where a scene does not know what its products add up to.
    """
    if scene.running is None:
        allowed = "False for pictures, and where outputs have too many products"
        remedy = "Film a part of the input, data[..., :16, :16], or leave taps out."
        raise ArgumentError("taps", "True", allowed, remedy)
    moments: list[Moment] = []
    for n, output in enumerate(outputs):
        stops = scene.step(output).stops
        whole = stops[-1] + 1  # beyond the last, so that nothing is outlined as just added
        slow = [0, *stops] if n < SLOW_OUTPUTS else [whole]
        moments += [(output, terms) for terms in slow]
    return moments
