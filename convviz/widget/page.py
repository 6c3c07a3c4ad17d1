"""Scenes and texts as one HTML file, which plays from a disk and asks no host for anything.

The page holds the very stage of the notebook (widget/browser/) and the state that the widget would
send to it; page.js joins the two. What an author writes is text, and stays text.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
from collections.abc import Iterable, Iterator

from convviz import files
from convviz.browser import bundle
from convviz.errors import ArgumentError, short
from convviz.network.convolution import ConvolutionLayer
from convviz.scene import captions
from convviz.scene.scene import Scene
from convviz.scene.subject import scene_of
from convviz.widget.stage import Stage

MOST_BYTES = 100_000_000
_NOT_SAID = {"controls", "editable", "error", "reserve"}  # a page is fixed, and refuses nothing


def page(
    items: Iterable[object], path: str | os.PathLike[str], *, title: str | None = None
) -> None:
    """Write one HTML file with these scenes and texts, in this order.

    Scenes play, step, and answer the pointer and the keys, as in a notebook; their parameters are
    fixed. The file works from a disk and offline, and its content security policy lets it ask no
    host for anything.

    Parameters
    ----------
    items : explorers, comparisons, layers, scenes, pairs (layer, data), and texts
        A text is plain: blank lines part its paragraphs, and a line with "# " in front is a
        heading.
    path : ends in .html
    title : the page's heading and its name in the browser; None for no heading

    Raises
    ------
    ArgumentError
        For what is none of these, another ending, and a folder that is not there.
    """
    target = files.target(path, ("html", "htm"))
    files.write(target, document(items, title=title).encode())


def document(items: Iterable[object], *, title: str | None = None) -> str:
    """What `page` writes."""
    if isinstance(items, (str, bytes)) or not isinstance(items, Iterable):
        items = [items]
    states: list[dict[str, object]] = []
    body = [f"<h1>{html.escape(title)}</h1>"] if title else []
    for item in items:
        if isinstance(item, str):
            body += _paragraphs(item)
            continue
        for heading, scene, state in _stages(item):
            body += [f"<h3>{html.escape(heading)}</h3>"] if heading else []
            body.append(_section(scene, len(states)))
            states.append(state)
    if not body:
        remedy = "Write page([explorer], path), for example."
        raise ArgumentError("items", "nothing", "explorers, layers, scenes and texts", remedy)
    data = _json(states)
    if len(data) > MOST_BYTES:
        raise ArgumentError(
            "items",
            f"{len(data) / 1e6:.0f} MB of scenes",
            f"at most {MOST_BYTES / 1e6:.0f} MB",
            "Show a part of the input, data[..., :512, :512], or several pages.",
        )
    return _document(title or "Convolution", "\n".join(body), data)


def _stages(item: object) -> Iterator[tuple[str, Scene, dict[str, object]]]:
    """The scenes of an item, each with its heading and the state of its stage."""
    if stages := getattr(item, "stages", None):
        yield from zip(item.headings, item.scenes, map(_state, stages), strict=True)
    elif isinstance(stage := getattr(item, "stage", item), Stage):
        yield "", stage.shown, _state(stage)
    else:
        scene = _scene(item)
        stage = Stage()
        stage.show(scene)
        yield "", scene, _state(stage)
        stage.close()


def _scene(item: object) -> Scene:
    if isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], ConvolutionLayer):
        return scene_of(*item)
    if not isinstance(item, (ConvolutionLayer, Scene)):
        allowed = "explorers, comparisons, layers, scenes, pairs (layer, data) and texts"
        remedy = 'Write page([explorer, "a text", (layer, data)], path), for example.'
        raise ArgumentError("items", short(item), allowed, remedy)
    return scene_of(item)


def _state(stage: Stage) -> dict[str, object]:
    """What a stage tells the browser, as JSON."""
    names = set(Stage.class_own_traits(sync=True)) - _NOT_SAID
    values = {name: getattr(stage, name) for name in sorted(names)}
    return {
        name: {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
        for name, value in values.items()
    }


def _section(scene: Scene, number: int) -> str:
    parameters = " · ".join(captions.parameters(scene.geometry, scene.run.settings))
    fixed = f"{parameters}. On a page the parameters are fixed; in a notebook they move."
    return f'<div data-scene="{number}"></div>\n<p class="page-fixed">{html.escape(fixed)}</p>'


def _paragraphs(text: str) -> list[str]:
    found = []
    for paragraph in text.strip().split("\n\n"):
        words = paragraph.strip()
        tag = "h2" if words.startswith("# ") else "p"
        found.append(f"<{tag}>{html.escape(words.removeprefix('# '))}</{tag}>")
    return found


def _json(states: object) -> str:
    """JSON that no script element can be ended in."""
    text = json.dumps(states, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def _document(title: str, body: str, data: str) -> str:
    style = bundle.page_style_sheet()
    script = bundle.script("page")
    for name, text in (("style", style), ("script", script)):
        assert f"</{name}" not in text.lower(), f"page: a {name} would end within itself"
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src {_source(script)}",
            f"style-src {_source(style)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<style>{style}</style>
</head>
<body>
<label class="page-theme">Theme <select id="convviz-theme">
<option value="">system</option><option>light</option><option>dark</option></select></label>
{body}
<noscript><p>The scenes of this page need JavaScript, which comes with it.</p></noscript>
<script type="application/json" id="convviz-scenes">{data}</script>
<script type="module">{script}</script>
</body>
</html>
"""


def _source(text: str) -> str:
    """What a content security policy knows an inline script or style by (CSP level 3, hashes)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
