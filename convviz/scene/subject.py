"""What a picture, a film or a page can be made of: a layer, arrays, an explorer, or a scene."""

from __future__ import annotations

from convviz.errors import ArgumentError, short
from convviz.network import build
from convviz.scene.scene import Scene, check_size


def scene_of(*subject: object, device: str | None = None, item: int = 0, **named: object) -> Scene:
    """The scene of a layer on its data; `convviz.network.build.resolve` says what can be one.

    An explorer, or anything else with a ``scene``, shows what is on its stage.

    Raises
    ------
    ArgumentError
        Naming what cannot be.
    """
    shown = shown_by(subject)
    if shown is None:
        layer, data = build.resolve(subject, named, check_size)
        network = layer.network
        run = network.evaluate(layer, network.feeds(data), device, check=check_size)
        return Scene.of(run, item)
    others = dict(zip(("data", "bias"), subject[1:], strict=False))
    for name, value in {**named, **others}.items():
        if value is not None:
            remedy = "Pass its layer and data instead, with item and parameters of your own."
            raise ArgumentError(name, short(value), "nothing beside what is shown already", remedy)
    return shown


def shown_by(subject: tuple[object, ...]) -> Scene | None:
    """The scene that the first of these shows already; None where it shows none."""
    first = subject[0] if subject else None
    shown = first if isinstance(first, Scene) else getattr(first, "scene", None)
    return shown if isinstance(shown, Scene) else None
