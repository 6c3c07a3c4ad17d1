"""Every way to draw a scene, by its name. A new view is a line here."""

from __future__ import annotations

from collections.abc import Sequence

from convviz.checks import check_choice
from convviz.plot.axes_view import AxesView
from convviz.plot.cells_view import CellsView
from convviz.plot.channels_view import ChannelsView
from convviz.plot.images_view import ImagesView
from convviz.plot.view import Page, View
from convviz.scene.scene import Scene

VIEWS: dict[str, type[View]] = {
    "cells": CellsView,
    "images": ImagesView,
    "channels": ChannelsView,
    "axes": AxesView,
}


def view_of(
    scene: Scene,
    page: Page,
    name: str | None = None,
    compared: Sequence[tuple[str, Scene]] = (),
) -> View:
    """The view of this name, or what suits the scene, laid out for a page.

    Where scenes are ``compared``, each under its heading, it is that of their axes.

    Raises
    ------
    ArgumentError
        For a name that is no view of the scene's.
    """
    if name is not None:
        check_choice("view", name, (scene.view, "axes"))
    if compared:
        return AxesView(scene, page, compared)
    return VIEWS[name or scene.view](scene, page)
