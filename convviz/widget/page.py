"""Scenes and texts as one HTML file, which plays from a disk and asks no host for anything.

The page holds the very stage of the notebook (browser/) and the state that the widget would send to
it; page.js joins the two. What an author writes is text, and stays text.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

from convviz import files
from convviz.browser import bundle
from convviz.checks import check_items, check_text
from convviz.errors import ArgumentError, short
from convviz.language.catalogue import language, say
from convviz.network.convolution import ConvolutionLayer
from convviz.network.subject import LayerLike, Subject
from convviz.scene import captions
from convviz.scene.saved_parts import with_saved_parts
from convviz.scene.scene import Scene
from convviz.scene.subject import scene_of
from convviz.widget.stage import Stage, values_of
from convviz.widget.vary import Variation, packed, varied_message

MOST_ITEMS = 1_000
MOST_BYTES = 100_000_000
# A page is fixed, refuses nothing, and holds all values.
_LEFT_OUT = {"controls", "editable", "error", "key", "large_values"}
_TRAITS = set(Stage.class_own_traits(sync=True)) - _LEFT_OUT


@runtime_checkable
class HasStage(Protocol):
    """An `Explorer`, for example."""

    @property
    def stage(self) -> Stage:
        """Where its scene is shown."""
        ...


@runtime_checkable
class HasStages(Protocol):
    """A `Comparison`, for example."""

    @property
    def headings(self) -> Sequence[str]:
        """The words above each stage."""
        ...

    @property
    def stages(self) -> Sequence[Stage]:
        """Where its scenes are shown."""
        ...


@runtime_checkable
class HasPageModule(Protocol):
    """A widget that draws itself by a module of its own: a dive, for example."""

    @property
    def page_module(self) -> str:
        """What page.js knows the module by."""
        ...

    @property
    def page_traits(self) -> Sequence[str]:
        """The names of the traits that the module draws."""
        ...


Item: TypeAlias = (
    str
    | HasStage
    | HasStages
    | HasPageModule
    | Stage
    | Scene
    | LayerLike
    | tuple[LayerLike, object]
)
_REMEDY = 'Write page([explorer, "a text", (layer, data)], path), for example.'

State: TypeAlias = dict[str, object]


def page(
    items: Iterable[Item] | Item,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    vary: Mapping[str, Sequence[object]] | None = None,
) -> None:
    """Write one HTML file with these scenes and texts, in this order.

    Scenes play, step, and answer the pointer and the keys, as in a notebook; their parameters are
    fixed but for those to ``vary``. The file works from a disk and offline, and its content
    security policy lets it ask no host for anything.

    Parameters
    ----------
    items : explorers, comparisons, layers, scenes, pairs (layer, data), and texts
        A text is plain: blank lines part its paragraphs, and a line with "# " in front is a
        heading.
    path : ends in .html
    title : the page's heading and its name in the browser; None for no heading
    vary : {name: values}, optional
        Parameters of the layer, such as ``{"stride_nd": [(1, 1), (2, 2)]}``, that a reader of the
        page chooses values of; also ``kernel_size_nd``, which the weights follow, and ``kernel``
        by name: ``["blur", "edges", "own"]``. The picture of each combination is computed now; the
        page's address says which is on show, and at which step. There must be one layer among the
        items.

    Raises
    ------
    ArgumentError
        For what is none of these, another ending, a folder that is not there, and more combinations
        than a page should hold.
    """
    target = files.target(path, ("html", "htm"))
    files.write(target, document(items, title=title, vary=vary).encode())


def document(
    items: Iterable[Item] | Item,
    *,
    title: str | None = None,
    vary: Mapping[str, Sequence[object]] | None = None,
) -> str:
    """What `page` writes."""
    if title is not None:
        check_text("title", title)
    listed = _listed(items)
    if vary is not None:
        _check_one_layer(listed)
    states: list[str] = []
    room = MOST_BYTES
    body = [f"<h1>{html.escape(title)}</h1>"] if title else []
    for item in listed:
        if isinstance(item, str):
            body += _paragraphs(check_text("items", item))
            continue
        if isinstance(item, HasPageModule):
            body.append(_host(len(states)))
            states.append(_packed(_own_state(item), room))
            room -= len(states[-1])
            continue
        sections = []
        for heading, scene, state in _stages(item):
            above = f"<h3>{html.escape(heading)}</h3>\n" if heading else ""
            if vary is not None:
                variation = Variation.of(scene, vary)
                state = _varied_state(scene, variation, state)
                sections.append(above + _section(scene, len(states), variation.names))
            else:
                sections.append(above + _section(scene, len(states)))
            states.append(_packed(state, room))
            room -= len(states[-1])
        body += [_compared(sections)] if isinstance(item, HasStages) else sections
    if not body:
        remedy = "Write page([explorer], path), for example."
        raise ArgumentError("items", "nothing", "explorers, layers, scenes and texts", remedy)
    return _document(title or say("page.title"), "\n".join(body), f"[{','.join(states)}]")


def _compared(sections: Sequence[str]) -> str:
    """The sections of a comparison, to stand in one row or column."""
    pictures = "\n".join(f"<div>{section}</div>" for section in sections)
    return f'<div class="convviz-comparison"><div class="convviz-pictures">{pictures}</div></div>'


def _listed(items: object) -> list[object]:
    """The items, also where one is passed by itself."""
    if isinstance(items, (str, bytes)) or not isinstance(items, Iterable):
        return [items]
    return check_items("items", items, MOST_ITEMS, noun="scenes and texts", remedy=_REMEDY)


def _stages(item: object) -> Iterator[tuple[str, Scene, State]]:
    """The scenes of an item, each with its heading and the state of its stage."""
    if isinstance(item, HasStages):
        for heading, stage in zip(item.headings, item.stages, strict=True):
            yield heading, _shown(stage), _state(stage)
    elif isinstance(item, (Stage, HasStage)):
        stage = item if isinstance(item, Stage) else item.stage
        yield "", _shown(stage), _state(stage)
    else:
        scene = _scene(item)
        stage = Stage(formula=True)
        stage.show(scene)
        yield "", scene, _state(stage)
        stage.close()


def _shown(stage: Stage) -> Scene:
    if stage.shown is None:
        raise ArgumentError("items", "a stage without a scene", "scenes", "Show a scene on it.")
    return stage.shown


def _scene(item: object) -> Scene:
    if (
        isinstance(item, tuple)
        and len(item) == 2
        and isinstance(item[0], (ConvolutionLayer, Subject))
    ):
        return scene_of(*item)
    if not isinstance(item, (ConvolutionLayer, Subject, Scene)):
        allowed = "explorers, comparisons, layers, scenes, pairs (layer, data) and texts"
        raise ArgumentError("items", short(item), allowed, _REMEDY)
    return scene_of(item)


def _state(stage: Stage) -> State:
    """What a stage tells the browser."""
    told: State = {name: getattr(stage, name) for name in sorted(_TRAITS)}
    if stage.shown is not None:
        told["input_values"], told["output_values"] = values_of(stage.shown)
        told["step"] = stage.step_shown
        told["scene"] = with_saved_parts(stage.scene, stage.shown, stage.step_shown)
    return told


def _own_state(item: HasPageModule) -> State:
    """What a widget with a module of its own tells it."""
    return {"module": item.page_module, **{name: getattr(item, name) for name in item.page_traits}}


def _check_one_layer(items: Sequence[object]) -> None:
    """Refuse items of which it is not clear what varies."""
    count = sum(not isinstance(item, str) for item in items)
    alone = [item for item in items if not isinstance(item, str)]
    if count != 1 or isinstance(alone[0], (HasStages, HasPageModule)) or _shows_axes(alone[0]):
        got = f"{count} items that are no text" if count != 1 else short(alone[0])
        remedy = "Write page([explorer, text], path, vary=…), for example."
        raise ArgumentError("vary", got, "one explorer, layer or pair (layer, data)", remedy)


def _shows_axes(item: object) -> bool:
    stage = item.stage if isinstance(item, HasStage) else item
    return isinstance(stage, Stage) and bool(stage.axes)


def _varied_state(scene: Scene, variation: Variation, state: State) -> State:
    """The stage's state with every combination's in place of the one on show."""
    step = state["step"]
    message = varied_message(scene, variation, step if isinstance(step, int) else 0)
    own = set(message["cases"][message["first"]])
    common = {name: value for name, value in state.items() if name not in own}
    return {**common, "varied": packed(message)}


def _section(scene: Scene, number: int, varied: Sequence[str] = ()) -> str:
    if varied:
        fixed = html.escape(say("page.varied", parameters=", ".join(varied)))
    else:
        parameters = " · ".join(captions.parameters(scene.geometry, scene.run.settings))
        fixed = html.escape(say("page.fixed", parameters=parameters))
    return f'{_host(number)}\n<p class="page-fixed">{fixed}</p>'


def _host(number: int) -> str:
    """Where page.js mounts what has this number."""
    return f'<div data-scene="{number}"></div>'


def _paragraphs(text: str) -> list[str]:
    found = []
    for paragraph in text.strip().split("\n\n"):
        words = paragraph.strip()
        tag = "h2" if words.startswith("# ") else "p"
        found.append(f"<{tag}>{html.escape(words.removeprefix('# '))}</{tag}>")
    return found


def _packed(state: State, room: int) -> str:
    """A state as JSON that no script element can be ended in, or a refusal of what has no room."""
    arrays = [value for value in state.values() if isinstance(value, bytes)]
    _check_room(sum(4 * len(value) // 3 for value in arrays), room)  # before they are encoded
    text = json.dumps(
        {
            name: {"base64": base64.b64encode(value).decode()}
            if isinstance(value, bytes)
            else value
            for name, value in state.items()
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).replace("<", "\\u003c")
    _check_room(len(text), room)
    return text


def _check_room(size: int, room: int) -> None:
    if size > room:
        raise ArgumentError(
            "items",
            f"{(MOST_BYTES - room + size) / 1e6:.0f} MB of scenes, or more",
            f"at most {MOST_BYTES / 1e6:.0f} MB",
            "Show a part of the input, data[..., :512, :512], or several pages.",
        )


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
<html lang="{language()}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<style>{style}</style>
</head>
<body>
{_theme_choice()}
{body}
<noscript><p>{html.escape(say("page.noscript"))}</p></noscript>
<script type="application/json" id="convviz-scenes">{data}</script>
<script type="module">{script}</script>
</body>
</html>
"""


def _theme_choice() -> str:
    """The choice between light and dark; page.js handles its values."""
    options = "".join(
        f'<option value="{value}">{html.escape(say(f"page.theme.{name}"))}</option>'
        for value, name in (("", "system"), ("light", "light"), ("dark", "dark"))
    )
    label = html.escape(say("page.theme.label"))
    return (
        f'<label class="page-theme">{label} <select id="convviz-theme">{options}</select></label>'
    )


def _source(text: str) -> str:
    """What a content security policy knows an inline script or style by (CSP level 3, hashes)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
