"""A diagram as an SVG, which any page shows as it is and browser/diagram.js brings to life.

Colours stand on the elements for wherever there is no style sheet; stage.css overrides them with
the theme's. No matplotlib is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import pairwise

from convviz.scene import palette
from convviz.scene.diagram import LABELS, WIDTH, Diagram, Light, Link, Node

LIGHT = palette.THEMES["light"]
FADED = "0.3"
LETTER = 0.58  # the width of a letter to its size, on average
FONT = "ui-sans-serif, system-ui, 'DejaVu Sans', sans-serif"


def svg(diagram: Diagram, light: Light | None = None) -> str:
    """The drawing, with what is lit at rest, or with another light.

    The title and the words are there for those who cannot see it.
    """
    lit = light or diagram.rest
    height = f"{diagram.height:g}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height}" '
            f'role="img" font-family="{FONT}" class="cv-drawing">',
            f"<title>{escape(diagram.title)}</title>",
            f"<desc>{escape(lit.words)}</desc>",
            f'<rect class="cv-back" width="{WIDTH:g}" height="{height}" fill="{LIGHT["page"]}"/>',
            *_rows(diagram),
            *(_link(diagram, n, link, lit) for n, link in enumerate(diagram.links)),
            *(
                part
                for n, node in enumerate(diagram.nodes)
                for part in _node(diagram, n, node, lit)
            ),
            "</svg>",
        ]
    )


def _rows(diagram: Diagram) -> Iterator[str]:
    longest = max(len(name) for name, _ in diagram.rows)
    size = min(12.5, (LABELS - 22) / (LETTER * longest))
    for name, y in diagram.rows:
        yield (
            f'<text class="cv-row-name" x="{LABELS - 18:g}" y="{y + 4.5:g}" font-size="{size:.2f}" '
            f'text-anchor="end" fill="{LIGHT["quiet"]}">{escape(name)}</text>'
        )


def _link(diagram: Diagram, number: int, link: Link, lit: Light) -> str:
    start, end = diagram.nodes[link.start], diagram.nodes[link.end]
    is_lit = number in set(lit.links)
    colour = _colour(link.group) if is_lit or link.group is not None else LIGHT["line"]
    return (
        f'<line class="cv-link{_group_class(link.group)}{" is-lit" if is_lit else ""}" '
        f'data-link="{number}" x1="{start.x:.2f}" y1="{start.y:.2f}" x2="{end.x:.2f}" '
        f'y2="{end.y:.2f}" stroke="{colour}" stroke-width="{1.8 if is_lit else 1}"'
        f"{_opacity(faded=not is_lit)}/>"
    )


def _node(diagram: Diagram, number: int, node: Node, lit: Light) -> Iterator[str]:
    is_lit, is_missed = number in set(lit.nodes), number in set(lit.missed)
    classes = "cv-node" + _group_class(node.group)
    for name, applies in (
        ("is-lit", is_lit),
        ("is-missed", is_missed),
        ("is-unread", node.unread),
    ):
        classes += f" {name}" if applies else ""
    yield f'<g class="{classes}" data-node="{number}">'
    yield from _shape(diagram, node, is_lit)
    if node.label:
        ink = palette.ink_on(_colour(node.group)) if is_lit else LIGHT["ink"]
        yield _text(node.x, node.y + 4.5, node.label, "cv-label", 12.5, ink)
    radius = diagram.radius
    yield _cross(node, 0.55 * radius, is_missed)
    above = node.row == 0
    y = node.y - radius - 8 if above else node.y + radius + 17
    yield _text(node.x, y, lit.texts.get(number, ""), "cv-ways", _ways_size(diagram), LIGHT["ink"])
    yield _hit(diagram, node)
    yield "</g>"


def _shape(diagram: Diagram, node: Node, is_lit: bool) -> Iterator[str]:
    fill = _colour(node.group) if is_lit else LIGHT["page"]
    edge = _colour(node.group) if is_lit or node.group is not None else LIGHT["quiet"]
    paint = f'fill="{fill}" stroke="{edge}" stroke-width="1.5"'
    dash = ' stroke-dasharray="2 2"' if node.unread else ""
    if node.shape == "dot":
        yield (
            f'<circle class="cv-dot" cx="{node.x:.2f}" cy="{node.y:.2f}" '
            f'r="{diagram.radius:.2f}" {paint}{dash}/>'
        )
        return
    side = _square_side(diagram)
    yield (
        f'<rect class="cv-dot" x="{node.x - side / 2:.2f}" y="{node.y - side / 2:.2f}" '
        f'width="{side:.2f}" height="{side:.2f}" rx="2" {paint}/>'
    )


def _square_side(diagram: Diagram) -> float:
    return 0.8 * min(24.0, _gap(diagram, 1))


def _gap(diagram: Diagram, row: int) -> float:
    """The least distance of two neighbours in a row."""
    xs = [node.x for node in diagram.nodes if node.row == row]
    return min((b - a for a, b in pairwise(xs)), default=40.0)


def _cross(node: Node, arm: float, is_missed: bool) -> str:
    """The sign of what is passed over, which only then is seen."""
    x, y = node.x, node.y
    path = f"M{x - arm:.2f} {y - arm:.2f}L{x + arm:.2f} {y + arm:.2f}"
    path += f"M{x - arm:.2f} {y + arm:.2f}L{x + arm:.2f} {y - arm:.2f}"
    seen = "visible" if is_missed else "hidden"
    return (
        f'<path class="cv-cross" d="{path}" stroke="{LIGHT["pre"]}" stroke-width="2" '
        f'visibility="{seen}"/>'
    )


def _ways_size(diagram: Diagram) -> float:
    """Letters with which the longest number fits between its neighbours."""
    longest = max((len(t) for light in diagram.lights for t in light.texts.values()), default=1)
    return min(12.0, _gap(diagram, 0) / (0.66 * longest))


def _hit(diagram: Diagram, node: Node) -> str:
    """What the pointer meets: more than the dot."""
    width = min(44.0, _gap(diagram, node.row))
    return (
        f'<rect class="cv-hit" x="{node.x - width / 2:.2f}" y="{node.y - 22:.2f}" '
        f'width="{width:.2f}" height="44" fill="none" pointer-events="all"/>'
    )


def _text(x: float, y: float, text: str, name: str, size: float, ink: str) -> str:
    return (
        f'<text class="{name}" x="{x:.2f}" y="{y:.2f}" font-size="{size:.2f}" '
        f'text-anchor="middle" fill="{ink}">{escape(text)}</text>'
    )


def _colour(group: int | None) -> str:
    return LIGHT["accent"] if group is None else palette.GROUPS[group]


def _group_class(group: int | None) -> str:
    return "" if group is None else f" cv-g{group}"


def _opacity(*, faded: bool) -> str:
    return f' opacity="{FADED}"' if faded else ""
