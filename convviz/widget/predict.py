"""What a lesson asks its reader before the stage shows it."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from convviz.checks import check_items
from convviz.errors import ArgumentError, short
from convviz.scene.scene import Scene, check_step

MOST_QUESTIONS = 3
ASKED = ("number", "size", "cell", "kernel", "channel")
AT_STEPS = ("number", "channel")  # what is asked at steps
_REMEDY = 'Write predict=True, a few steps, predict=[1, 9], or what to ask, predict="size".'

PredictMessage: TypeAlias = dict[str, object]


def predict_message(scene: Scene, value: object) -> PredictMessage:
    """What `Stage.predict` tells the browser; {} where nothing is asked at first.

    Parameters
    ----------
    value : True for places that suit the scene, a few steps, or False; or what to ask: "number",
        "size" for the output's, "cell" for the first of the next window, "kernel" for which of four
        kernels made the output, "channel" for which of four channels adds most to an output

    Raises
    ------
    ArgumentError
        For what is none of these, and for what cannot be asked of this scene.
    """
    if isinstance(value, (bool, np.bool_)):
        if not value:
            return {}
        message: PredictMessage = {"ask": _usual(scene), "steps": []}
    elif isinstance(value, str):
        if value not in ASKED:
            allowed = f"True, False, steps, or one of {', '.join(map(repr, ASKED))}"
            raise ArgumentError("predict", short(value), allowed, _REMEDY)
        message = {"ask": value, "steps": []}
    else:
        items = check_items("predict", value, MOST_QUESTIONS, noun="steps", remedy=_REMEDY)
        steps = sorted({check_step(scene, step, "predict") for step in items})
        message = {"ask": _usual(scene, at_steps=True), "steps": steps}
    _check_shown(scene, value, str(message["ask"]))
    return message


def _usual(scene: Scene, *, at_steps: bool = False) -> str:
    """What is asked where nothing is named; browser/predict.js asks the same."""
    if scene.view != "channels":
        return "number"
    return "channel" if at_steps or _tells_channels(scene) else "size"


def _tells_channels(scene: Scene) -> bool:
    """Whether what each of several channels adds can be seen: of a deep window one slice can."""
    *deep, _, _ = scene.geometry.axes
    return scene.geometry.group_channels > 1 and all(axis.kernel == 1 for axis in deep)


def _check_shown(scene: Scene, value: object, ask: str) -> None:
    """Refuse what cannot be asked of a scene as it is shown."""
    many, tells = scene.view == "channels", _tells_channels(scene)
    if ask == "size" or (ask == "channel" and many and tells):
        return
    if many:
        allowed = '"size" for a layer of one channel a sum, or with a window of several slices'
        if tells:
            allowed = 'True, steps, "channel" or "size" for a layer of many channels'
        remedy = 'Write predict="size", or take fewer channels, whose numbers are shown.'
    elif ask == "channel":
        allowed = "another question, or a layer of many channels, shown channel by channel"
        remedy = "Write predict=True, which asks what suits the layer."
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
    if ask not in AT_STEPS:
        return ask
    return [step for step in steps if step < scene.steps] or True
