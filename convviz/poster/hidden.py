"""What a lesson that asks before it tells hides; a still must not tell it either."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from convviz.scene.scene import Scene


@dataclass(frozen=True)
class Hidden:
    """What is left out of a still.

    Attributes
    ----------
    outputs_from : the first output that is empty; None for none
    total : whether the sum of the step is what is asked for
    size, next_window, kernel : whether these are
    """

    outputs_from: int | None = None
    total: bool = False
    size: bool = False
    next_window: bool = False
    kernel: bool = False

    @classmethod
    def by(cls, scene: Scene, step: int, predict: Mapping[str, object]) -> Hidden:
        """What `Stage.predict` hides at a step; nothing where nothing is asked."""
        ask = predict.get("ask")
        if ask is None:
            return cls()
        if ask == "kernel":
            return cls(kernel=scene.kernel_choices is not None)
        if scene.view == "images" or (scene.view == "channels" and ask not in ("channel", "size")):
            return cls()
        named = predict.get("steps")
        steps = named if isinstance(named, list) and named else scene.questions
        total = ask == "channel" or (ask == "number" and step in steps)
        return cls(
            outputs_from=0 if ask == "size" else step + (not total),
            total=total or ask == "size",
            size=ask == "size",
            next_window=ask == "cell",
        )
