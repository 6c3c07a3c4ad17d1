"""The browser's ES modules (browser/*.js) as the one module that a widget or a page can have.

anywidget hands the browser one module from a blob URL, where a relative import finds nothing; in a
page that works from a disk it finds no more. So the files are joined in the order of their imports,
and data that Python has as well takes the place of the line that imports it. Comments that stand
by themselves stay behind, and so does what lines begin with: a browser is sent a third less.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files

from convviz.language import catalogue
from convviz.scene import metrics, palette

SHEETS = ("stage", "axes", "channels", "guide", "exercise", "model_table")
_PACKAGE = files("convviz")  # which may be in an archive
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)
_DATA_IMPORT = re.compile(r'^import (\w+) from "\.\./(\w+/\w+)\.(json|toml)".*;\n', re.MULTILINE)
_TYPE_IMPORT = re.compile(r"^/\*\* @import .* \*/\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


@cache
def script(entry: str) -> str:
    """``entry`` and all that it imports, as one ES module."""
    return _bare(joined(entry))


def joined(entry: str) -> str:
    """The same as it was written."""
    return "\n".join(_joined(entry, set()))


@cache
def style_sheet() -> str:
    """The custom properties of palette and metrics, then the rules that use them."""
    rules = "".join(text(f"{name}.css") for name in SHEETS)
    return palette.style_sheet() + metrics.style_sheet() + _bare(rules)


def page_style_sheet() -> str:
    """The style sheet of a page around its stages."""
    return palette.page_style_sheet() + style_sheet() + text("page.css")


def text(name: str) -> str:
    """A file of the browser's."""
    return _PACKAGE.joinpath("browser", name).read_text(encoding="utf-8")


def _joined(name: str, seen: set[str]) -> list[str]:
    """The file after what it imports, each once."""
    if name in seen:
        return []
    seen.add(name)
    source = text(f"{name}.js")
    parts = [part for each in _IMPORT.findall(source) for part in _joined(each, seen)]
    for line in (_IMPORT, _TYPE_IMPORT, _EXPORT):
        source = line.sub("", source)
    return [*parts, _DATA_IMPORT.sub(_constant, source)]


def _bare(source: str) -> str:
    """Its lines without their indents, and without those that are nothing but a comment."""
    lines: list[str] = []
    within = False  # a comment of several lines
    for line in map(str.strip, source.splitlines()):
        if within or (line.startswith("/*") and (line.endswith("*/") or "*/" not in line)):
            within = not line.endswith("*/")
        elif line and not line.startswith("//"):
            lines.append(line)
    return "\n".join([*lines, ""])


def _constant(line: re.Match[str]) -> str:
    """What an import of data is replaced by; a catalogue is that of the reader's language."""
    name, path, form = line.groups()
    data: object = catalogue.browser_catalogue()
    if form == "json":
        file = _PACKAGE.joinpath(*f"{path}.json".split("/"))
        data = json.loads(file.read_text(encoding="utf-8"))
    return f"const {name} = {json.dumps(data, ensure_ascii=False)};\n"
