"""Where a reader can be asked what comes out: a few outputs that show what a layer does.

The first output is an example. The second asks for the same again, the first of the next row for
what happens at an edge, the last for the other edge. Outputs that are no number are not asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from convviz.scene.scene import Scene


def questions_of(scene: Scene) -> list[int]:
    """The steps at which to ask; none where numbers are not shown."""
    if not scene.readable:
        return []
    row = scene.geometry.axes[-1].output
    wanted = sorted({1, row, scene.steps - 1})
    values = scene.output.reshape(-1)
    return [step for step in wanted if step < scene.steps and np.isfinite(values[step])]
