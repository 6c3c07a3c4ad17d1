"""What a lesson asks its reader before the stage shows it."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from convviz.checks import check_items
from convviz.errors import ArgumentError, short
from convviz.scene.scene import Scene, check_step

MOST_QUESTIONS = 3
_REMEDY = "Write predict=True, or a few steps, predict=[1, 9]."

PredictMessage: TypeAlias = dict[str, object]


def predict_message(scene: Scene, value: object) -> PredictMessage:
    """What `Stage.predict` tells the browser; {} where nothing is asked at first.

    Parameters
    ----------
    value : True for places that suit the scene, a few steps, or False

    Raises
    ------
    ArgumentError
        For what is none of these.
    """
    if isinstance(value, (bool, np.bool_)):
        return {"steps": []} if value else {}
    if isinstance(value, str):
        raise ArgumentError("predict", short(value), "True, False, or a list of steps", _REMEDY)
    items = check_items("predict", value, MOST_QUESTIONS, noun="steps", remedy=_REMEDY)
    return {"steps": sorted({check_step(scene, step, "predict") for step in items})}
