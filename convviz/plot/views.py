"""Every way to draw a scene, by the name that the scene asks for. A new view is a line here."""

from __future__ import annotations

from convviz.plot.cells_view import CellsView
from convviz.plot.images_view import ImagesView
from convviz.plot.view import View
from convviz.scene.scene import Scene

VIEWS: dict[str, type[View]] = {"cells": CellsView, "images": ImagesView}


def view_of(scene: Scene, shape: tuple[float, float]) -> View:
    """The view that suits a scene, laid out on a page of this (width, height)."""
    return VIEWS[scene.view](scene, shape)
