"""What a slider's adjacent places would show, sent to the browser before a reader moves there.

So the picture moves with the slider, however far away the Jupyter kernel is; once the layer is set,
it shows the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from convviz.errors import ArgumentError
from convviz.scene.scene import Scene
from convviz.widget.controls import Controls
from convviz.widget.variation import Fit, varied

MOST_CELLS = 1_500  # of a picture that is prefetched


def adjacent_scenes(
    scene: Scene, controls: Controls, name: str, device: str | None, fit: Fit
) -> dict[int, Mapping[str, object]]:
    """The messages of the scenes that moving the slider ``name`` would show, by its place.

    Parameters
    ----------
    scene : what is shown of the layer as it stands
    device : as for `explore`
    fit : makes the weights for another size of the kernel
    """
    if not scene.readable or scene.cells > MOST_CELLS:
        return {}
    scenes: dict[int, Mapping[str, object]] = {}
    for place, changes in controls.adjacent(name):
        with suppress(ArgumentError):  # what is refused is said when it is set
            _, run = varied(scene.run, changes, device, fit)
            scenes[place] = Scene.of(run, scene.item).message()
    return scenes
