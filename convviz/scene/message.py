"""A scene as JSON for the browser's stage: what types.d.ts there declares, and a test compares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

from convviz.geometry import Axis
from convviz.scene import palette
from convviz.scene.axis_view import AxisViewMessage
from convviz.scene.channels import ChannelsMessage, are_many, channels_message
from convviz.scene.images import Image
from convviz.scene.panels import PanelMessage
from convviz.scene.questions import KernelChoices
from convviz.scene.running import RunningSums, stops_of_pictures, weights_of

if TYPE_CHECKING:
    from convviz.scene.scene import Scene

ViewName = Literal[
    "cells", "images", "channels"
]  # of the registries browser/views.js and plot/views.py


class AxisMessage(TypedDict):
    """One spatial axis; ``table[output][tap]`` is the input index read there."""

    name: str
    size: int
    kernel: int
    output: int
    stride: int
    effectiveKernel: int
    post: int
    first: int
    cells: int
    table: list[list[int]]


class ImageMessage(TypedDict):
    """One image of a tensor; its values go as bytes."""

    tensor: str
    height: int
    width: int
    title: str
    channels: list[int]
    tint: str


class SceneMessage(TypedDict):
    """A scene."""

    view: ViewName
    steps: int
    spatial: int
    channels: int
    maps: int
    groupChannels: int
    groupMaps: int
    bands: int
    firstChannel: list[int]
    axes: list[AxisMessage]
    axisViews: list[AxisViewMessage]
    titles: dict[str, str]
    panels: list[PanelMessage]
    kernelTexts: dict[str, list[list[str]]]
    biasTexts: list[str] | None
    addsBias: bool
    classes: list[str]
    kernelFlags: list[str]
    sumType: str
    exact: list[str] | None
    sumNotes: list[str] | None
    running: RunningSums | None
    weights: list[list[float]] | None
    digits: list[dict[int, int]] | None
    questions: list[int]
    kernelChoices: KernelChoices | None
    formulas: list[str]
    notes: list[str]
    legend: list[tuple[str, str]]
    device: str
    duration: str
    images: list[ImageMessage]
    valueRanges: dict[str, tuple[float, float]]
    layer: ChannelsMessage | None


def view_of(scene: Scene) -> ViewName:
    """What suits a scene: cells with their numbers, images where those are too many to read.

    Of more channels or maps than stand side by side, mosaics.
    """
    if are_many(scene.geometry):
        return "channels"
    return "cells" if scene.readable else "images"


def scene_message(scene: Scene) -> SceneMessage:
    """The whole scene, but for the values of its images."""
    g = scene.geometry
    quantized = scene.quantization is not None
    taps, flags = g.tap_count, scene.flags["kernel"]
    many, pictures = scene.view == "channels", scene.view == "images"
    return {
        "view": scene.view,
        "steps": scene.steps,
        "spatial": len(g.axes),
        "channels": g.channels,
        "maps": g.maps,
        "groupChannels": g.group_channels,
        "groupMaps": g.group_maps,
        "bands": min(g.groups, len(palette.GROUPS)) if g.groups > 1 else 0,
        "firstChannel": [g.channels_of(k).start for k in range(g.maps)],
        "axes": [_axis_message(axis) for axis in g.axes],
        "axisViews": [view.message() for view in scene.axis_views],
        "titles": scene.titles,
        "panels": [panel.message() for panel in scene.panels],
        "kernelTexts": {"kernel": []} if many else scene.kernel_texts,
        "biasTexts": scene.bias_texts,
        "addsBias": scene.adds_bias and not quantized,
        "classes": scene.weight_classes,
        "kernelFlags": []
        if many
        else [flags[start : start + taps] for start in range(0, len(flags), taps)],
        "sumType": "int32" if quantized else "float32",
        "exact": scene.exact,
        "sumNotes": scene.sum_notes,
        "running": scene.running or stops_of_pictures(scene),
        "weights": weights_of(scene),
        "digits": scene.digits,
        "questions": scene.questions,
        "kernelChoices": scene.kernel_choices,
        "formulas": scene.formulas,
        "notes": scene.notes,
        "legend": scene.legend,
        "device": scene.device,
        "duration": scene.duration,
        "images": [_image_message(image) for image in scene.images] if pictures else [],
        "valueRanges": scene.value_ranges if pictures else {},
        "layer": channels_message(scene) if many else None,
    }


def _axis_message(axis: Axis) -> AxisMessage:
    return {
        "name": axis.name,
        "size": axis.size,
        "kernel": axis.kernel,
        "output": axis.output,
        "stride": axis.stride,
        "effectiveKernel": axis.effective_kernel,
        "post": axis.post,
        "first": axis.cells.start,
        "cells": len(axis.cells),
        "table": axis.table,
    }


def _image_message(image: Image) -> ImageMessage:
    return {
        "tensor": image.tensor,
        "height": image.height,
        "width": image.width,
        "title": image.title,
        "channels": list(image.channels),
        "tint": image.tint,
    }
