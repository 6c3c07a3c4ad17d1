"""What a picture, a film or a page can be made of: a layer, arrays, an explorer, or a scene."""

from __future__ import annotations

from convviz.errors import ArgumentError, short
from convviz.network.build import layer_and_data
from convviz.scene.scene import Scene

BESIDE = ("bias", "input_scale", "kernel_scale")


def scene_of(
    layer: object,
    data: object = None,
    *,
    device: str | None = None,
    item: int = 0,
    **parameters: object,
) -> Scene:
    """The scene of a layer on its data; ``explore`` says what ``layer`` and ``data`` can be.

    An explorer, or anything else with a ``scene``, shows what is on its stage.

    Raises
    ------
    ArgumentError
        Naming what cannot be.
    """
    shown = layer if isinstance(layer, Scene) else getattr(layer, "scene", None)
    if isinstance(shown, Scene):
        extra = {**parameters, **({} if data is None else {"data": data})}
        for name, value in extra.items():
            remedy = "Pass its layer and data instead, with item and parameters of your own."
            raise ArgumentError(name, short(value), "nothing beside what is shown already", remedy)
        return shown
    beside = {name: parameters.pop(name, None) for name in BESIDE}
    found, values = layer_and_data(layer, data, beside, parameters)
    run = found.network.evaluate(found, found.network.feeds(values), device)
    return Scene.of(run, found, item)
