"""The browser's modules, joined: each once, after what it imports, with no name of two meanings."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest

from convviz.browser import bundle
from convviz.language import catalogue
from convviz.scene import metrics, palette

FOLDER = Path(bundle.__file__).parent
FILES = sorted(path.name for path in FOLDER.glob("*.js"))
SHEETS = sorted(path.name for path in FOLDER.glob("*.css"))
ENTRIES = ["page", *(name[:-3] for name in FILES if "\nexport default " in bundle.text(name))]
DECLARED = re.compile(r"^(?:export )?(?:class|const|let|function|async function) (\w+)", re.M)
FROM = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";$', re.M)
IMPORTED = re.compile(r'^import \{(.*?)\} from "\./\w+\.js";$', re.M | re.S)
DATA = re.compile(
    r'^import \w+ from "\.\./\w+/\w+\.(?:json" with \{ type: "json" \}|toml");$', re.M
)
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|hwb|lab|lch|oklab|oklch|color)a?\(")
NAMED_COLOUR = re.compile(
    r"(?<![\w-])(?:black|white|red|green|blue|gold|orange|yellow|gr[ae]y|silver|purple)(?![\w-])"
)


def imported(source: str) -> set[str]:
    """The names that a module imports from others of the browser's."""
    return {name.strip() for line in IMPORTED.findall(source) for name in line.split(",")} - {""}


def reached(name: str) -> set[str]:
    """A module and all that it imports, by their names."""
    return {name}.union(*map(reached, FROM.findall(bundle.text(f"{name}.js"))))


def test_every_module_is_part_of_something() -> None:
    assert {"notebook", "page", "exercise", "score", "guide", "dive_notebook"} <= set(ENTRIES)
    assert {f"{name}.js" for name in set().union(*map(reached, ENTRIES))} == set(FILES)


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_import_is_there_and_every_name_is_one_thing_s(entry: str) -> None:
    declared = DECLARED.findall(bundle.joined(entry))
    assert [name for name, count in Counter(declared).items() if count > 1] == []
    modules = [bundle.text(f"{name}.js") for name in reached(entry)]
    assert set().union(*map(imported, modules)) <= set(declared)


@pytest.mark.parametrize("name", FILES)
def test_a_module_imports_what_can_be_joined_and_exports_what_is_used(name: str) -> None:
    source = bundle.text(name)
    joined = len(IMPORTED.findall(source)) + len(DATA.findall(source))
    assert len(re.findall(r"^import ", source, re.M)) == joined, "no other form is joined"
    others = "".join(bundle.text(other) for other in FILES if other != name)
    types = set(re.findall(r"@import \{ (.*?) \} from", others))
    used = imported(others) | {each for line in types for each in line.split(", ")}
    assert set(re.findall(r"^export (?:class|const|function) (\w+)", source, re.M)) <= used


def test_a_notebook_s_module_ends_in_what_anywidget_asks_for() -> None:
    joined = bundle.script("notebook")
    assert re.findall(r"^(?:import|export) .*", joined, re.M) == ["export default { render };"]
    assert not re.search(r"^(?:import|export) ", bundle.script("page"), re.M)


@pytest.mark.parametrize("entry", ["notebook", "page"])
def test_data_stands_in_the_place_of_its_import(entry: str) -> None:
    joined = bundle.script(entry)
    for name, data in (
        ("METRICS", json.loads(Path(metrics.__file__).with_suffix(".json").read_text())),
        ("CATALOGUE", catalogue.browser_catalogue()),
    ):
        [text] = re.findall(rf"^const {name} = (\{{.*\}});$", joined, re.M)
        assert json.loads(text) == data


@pytest.mark.parametrize("name", [*FILES, *SHEETS])
def test_how_a_line_begins_tells_what_it_is(name: str) -> None:
    """What is joined loses comments and indents by that: no text may run over lines."""
    lines = [line.strip() for line in bundle.text(name).splitlines()]
    for line in lines:
        assert line.startswith(("//", "*", "/*")) or line.count("`") % 2 == 0, line
        assert not line.startswith("*/") or line == "*/", line
        assert not line.startswith("* ") or "*/" not in line or line.endswith("*/"), line


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_line_of_code_is_left_and_no_other(entry: str) -> None:
    comments = re.compile(r"^[ \t]*(/\*((?!\*/).)*\*/|//.*?)$", re.M | re.S)
    code = comments.sub("", bundle.joined(entry))
    expected = [line.strip() for line in code.splitlines() if line.strip()]
    assert bundle.script(entry).splitlines() == expected


# The style sheet


def test_the_sizes_of_the_style_sheet_are_those_of_python() -> None:
    properties = dict(re.findall(r"--cv-([\w-]+): ([\d.]+)(?:em|px)?;", metrics.style_sheet()))
    sizes = asdict(metrics.METRICS)
    del sizes["column_counts"]
    assert {name.replace("-", "_"): float(size) for name, size in properties.items()} == sizes


def test_every_custom_property_that_is_used_is_set() -> None:
    """By a style sheet or by a module; one that is not would leave a rule without effect."""
    everything = bundle.page_style_sheet() + "".join(map(bundle.text, FILES))
    used = set(re.findall(r"var\((--[\w-]+)", everything))
    assert used - set(re.findall(r'(--[\w-]+)(?=: |", )', everything)) == set()


@pytest.mark.parametrize("name", [*FILES, *SHEETS])
def test_no_colour_is_written_outside_the_palette(name: str) -> None:
    source = bundle.text(name)
    assert COLOUR.findall(source) == []
    if name in SHEETS:
        assert NAMED_COLOUR.findall(re.sub(r"/\*.*?\*/", "", source, flags=re.S)) == []


def test_a_page_has_the_palette_s_colours_around_its_stages() -> None:
    sheet = palette.page_style_sheet()
    for name, light in palette.THEMES["light"].items():
        assert f"--cv-{name}: light-dark({light}, {palette.THEMES['dark'][name]});" in sheet
