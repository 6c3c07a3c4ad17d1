"""A small convolutional network that finds the stars of a flag, as an ONNX model.

Nobody trained it: each weight follows from what its layer is for. The first layer has a map for
each of eight directions in which an edge can look, the second smooths each map, and the weights of
the third are what one star of the photograph looks like to the first two: a matched filter.
"""

from __future__ import annotations

import numpy as np

from convviz.arrays import Array
from convviz.compute.convolve import convolve
from convviz.models.extras import needed

DIRECTIONS = 8
STAR = (22, 17)  # the middle of a whole star, in rows and columns of the second layer's output
HALF = (7, 6)  # how far the last kernel reaches beyond its middle
LEAST = 0.6  # of the answer to that star, from which on something is taken for one
OPSET = 17


def model(photograph: Array) -> bytes:
    """The network for a photograph (1, 1, 300, 256), as the bytes of an ONNX file.

    Raises
    ------
    ArgumentError
        Where the package onnx is missing.
    """
    edges = _edges()
    smooth = np.full((DIRECTIONS, 1, 3, 3), 1 / 9, np.float32)
    seen = np.maximum(convolve(photograph, edges, stride_nd=(2, 2), padding_nd=(2, 2)), 0)
    seen = convolve(seen, smooth, padding_nd=(1, 1), num_groups=DIRECTIONS)
    return _onnx(photograph.shape, edges, smooth, _star(seen[0]))


def _edges() -> Array:
    """Derivatives of a Gaussian in eight directions: a step of 255 answers with about 1."""
    offsets = np.arange(-2, 3, dtype=np.float32)
    bell = np.exp(-(offsets[:, None] ** 2 + offsets**2) / 2)
    angles = np.arange(DIRECTIONS) * 2 * np.pi / DIRECTIONS
    slopes = [np.cos(a) * offsets + np.sin(a) * offsets[:, None] for a in angles]
    weights: Array = (np.stack(slopes)[:, None] * bell / 255).astype(np.float32)
    return weights


def _star(seen: Array) -> Array:
    """What a star looks like, less its mean, so that an even area answers with 0."""
    (row, column), (high, wide) = STAR, HALF
    window = seen[:, row - high : row + high + 1, column - wide : column + wide + 1]
    contrast = window - window.mean()
    weights: Array = (contrast / (contrast * window).sum())[None].astype(np.float32)
    return weights


def _onnx(shape: tuple[int, ...], edges: Array, smooth: Array, star: Array) -> bytes:
    onnx = needed("onnx", "star_finder")
    helper, numpy_helper = needed("onnx.helper", "star_finder"), needed("onnx.numpy_helper", "")
    weights = {"w_edges": edges, "w_smooth": smooth, "w_stars": star}
    weights["b_stars"] = np.array([-LEAST], np.float32)
    high, wide = HALF
    nodes: list[tuple[str, str, list[str], dict[str, object]]] = [
        ("Conv", "edges", ["photograph", "w_edges"], {"strides": [2, 2], "pads": [2] * 4}),
        ("Relu", "edges_relu", ["edges"], {}),
        ("Conv", "smooth", ["edges_relu", "w_smooth"], {"pads": [1] * 4, "group": DIRECTIONS}),
        ("Conv", "stars", ["smooth", "w_stars", "b_stars"], {"pads": [high, wide, high, wide]}),
        ("Relu", "found", ["stars"], {}),
    ]
    graph = helper.make_graph(
        [helper.make_node(kind, of, [name], name=name, **given) for kind, name, of, given in nodes],
        "star_finder",
        [helper.make_tensor_value_info("photograph", onnx.TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("found", onnx.TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    opsets = [helper.make_opsetid("", OPSET)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    content: bytes = made.SerializeToString()
    return content
