"""A diagram of dots and lines as a still, as it is at rest; plot/diagram.py draws it as an SVG."""

from __future__ import annotations

import math

from convviz.plot.rectangle import Rectangle
from convviz.poster.pen import DENSITY, Pen
from convviz.poster.poster import Poster
from convviz.scene import palette
from convviz.scene.diagram import LABELS, WIDTH, Diagram, Link, Node

EM = 12.5  # pixels of its letters
FADED = 0.3  # how much is left of what is not lit
LETTER = 0.58


def drawing(diagram: Diagram) -> Poster:
    """The still of a diagram."""
    pen = Pen(WIDTH / EM, diagram.height / EM, EM)
    for name, y in diagram.rows:
        size = min(1.0, (LABELS - 22) / (LETTER * EM * len(name)))
        left = (LABELS - 18) / EM - LETTER * size * len(name)
        pen.text(left, (y + 4.5) / EM, name, size=size, colour=pen.theme["quiet"])
    for number, link in enumerate(diagram.links):
        _draw_link(pen, diagram, link, is_lit=number in set(diagram.rest.links))
    for number, node in enumerate(diagram.nodes):
        _draw_node(pen, diagram, number, node)
    alt = f"{diagram.title}. {diagram.rest.words}"
    return Poster(pen.png(alt), math.ceil(pen.image.width / DENSITY), alt)


def _draw_link(pen: Pen, diagram: Diagram, link: Link, *, is_lit: bool) -> None:
    start, end = diagram.nodes[link.start], diagram.nodes[link.end]
    colour = _colour(link.group) if is_lit or link.group is not None else pen.theme["line"]
    if not is_lit:
        colour = palette.mix(pen.theme["page"], colour, FADED)
    ends = (start.x / EM, start.y / EM), (end.x / EM, end.y / EM)
    pen.line(*ends, colour, (1.8 if is_lit else 1) / EM)


def _draw_node(pen: Pen, diagram: Diagram, number: int, node: Node) -> None:
    light = diagram.rest
    is_lit = number in set(light.nodes)
    x, y, radius = node.x / EM, node.y / EM, diagram.radius / EM
    fill = _colour(node.group) if is_lit else pen.theme["page"]
    edge = _colour(node.group) if is_lit or node.group is not None else pen.theme["quiet"]
    for side, colour in ((radius + 0.06, edge), (radius - 0.06, fill)):
        if node.shape == "dot":
            pen.dot(x, y, side, colour)
        else:
            pen.fill(Rectangle(x - side, y - side, 2 * side, 2 * side), colour)
    if node.label:
        ink = palette.ink_on(_colour(node.group)) if is_lit else pen.theme["ink"]
        pen.text(x, y, node.label, colour=ink, anchor="mm")
    if number in set(light.missed):
        arm = 0.55 * radius
        for side in (-1, 1):
            pen.line((x - arm, y - side * arm), (x + arm, y + side * arm), pen.theme["pre"], 2 / EM)
    above = y - radius - 0.9 if node.row == 0 else y + radius + 1.0
    pen.text(x, above, light.texts.get(number, ""), size=0.9, anchor="mm")


def _colour(group: int | None) -> str:
    return palette.THEMES["light"]["accent"] if group is None else palette.GROUPS[group]
