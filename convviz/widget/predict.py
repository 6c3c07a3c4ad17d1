"""What a lesson asks its reader before the stage shows it."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from convviz.checks import check_items
from convviz.errors import ArgumentError, short
from convviz.scene.scene import Scene, check_step

MOST_QUESTIONS = 3
ASKED = ("number", "size", "cell", "kernel")
_REMEDY = 'Write predict=True, a few steps, predict=[1, 9], or what to ask, predict="size".'

PredictMessage: TypeAlias = dict[str, object]


def predict_message(scene: Scene, value: object) -> PredictMessage:
    """What `Stage.predict` tells the browser; {} where nothing is asked at first.

    Parameters
    ----------
    value : True for places that suit the scene, a few steps, or False; or what to ask: "number",
        "size" for the output's, "cell" for the first of the next window, "kernel" for which of four
        kernels made the output

    Raises
    ------
    ArgumentError
        For what is none of these, and for what cannot be asked of this scene.
    """
    if isinstance(value, (bool, np.bool_)):
        if not value:
            return {}
        message: PredictMessage = {"ask": ASKED[0], "steps": []}
    elif isinstance(value, str):
        if value not in ASKED:
            allowed = f"True, False, steps, or one of {', '.join(map(repr, ASKED))}"
            raise ArgumentError("predict", short(value), allowed, _REMEDY)
        message = {"ask": value, "steps": []}
    else:
        items = check_items("predict", value, MOST_QUESTIONS, noun="steps", remedy=_REMEDY)
        steps = sorted({check_step(scene, step, "predict") for step in items})
        message = {"ask": ASKED[0], "steps": steps}
    _check_shown(scene, value, str(message["ask"]))
    return message


def _check_shown(scene: Scene, value: object, ask: str) -> None:
    """Refuse what cannot be asked of a scene as it is shown."""
    if scene.view == "channels":
        allowed = "False for a layer of many channels, whose sums are shown channel by channel"
        remedy = "Leave it out, and show an output with Slow; or take fewer channels."
    elif ask == "kernel" and scene.kernel_choices is None:
        allowed = "another question, or a kernel that has a name, of one map and one channel"
        remedy = "Take cv.examples.edges() or another of the examples' kernels."
    elif ask in ("number", "cell") and scene.view == "images":
        allowed = '"size" or "kernel" for a picture, whose pixels are not shown as numbers'
        remedy = 'Write predict="size", or take a part of the picture that is small enough.'
    else:
        return
    raise ArgumentError("predict", short(value), allowed, remedy)


def predict_argument(scene: Scene, message: PredictMessage) -> bool | str | list[int]:
    """What makes a message again, as far as a scene has the steps that it names."""
    ask, steps = message.get("ask"), message.get("steps")
    if not isinstance(ask, str) or not isinstance(steps, list):
        return False
    if ask != ASKED[0]:
        return ask
    return [step for step in steps if step < scene.steps] or True
