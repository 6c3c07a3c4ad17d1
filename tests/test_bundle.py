"""The browser's modules, joined: each once, after what it imports, with no name of two meanings."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from convviz.browser import bundle

FILES = sorted(path.name for path in bundle._HERE.glob("*.js"))
DECLARED = re.compile(r"^(?:export )?(?:class|const|let|function|async function) (\w+)", re.M)


@pytest.mark.parametrize("entry", ["notebook", "page"])
def test_every_import_is_there_and_every_name_is_one_things(entry: str) -> None:
    joined = bundle.script(entry)
    declared = DECLARED.findall(joined)
    assert [name for name, count in Counter(declared).items() if count > 1] == []
    for line in re.findall(r"^import \{(.*?)\} from", "".join(map(bundle.text, FILES)), re.M):
        for name in line.replace(" ", "").split(","):
            if name in joined:
                assert name in declared


@pytest.mark.parametrize("name", FILES)
def test_no_file_asks_for_another_outside(name: str) -> None:
    source = bundle.text(name)
    imports = re.findall(r"^import .*$", source, re.M)
    joined = [*bundle._IMPORT.findall(source), *bundle._CATALOGUE_IMPORT.findall(source)]
    assert len(imports) == len(joined), "no other form of import is joined"
    exported = re.findall(r"^export (?!default)(?:class|const|function) (\w+)", source, re.M)
    others = "".join(bundle.text(other) for other in FILES if other != name)
    assert [
        each for each in exported if not re.search(rf"^import .*\b{each}\b", others, re.M)
    ] == []


def test_a_notebooks_module_ends_in_what_anywidget_asks_for() -> None:
    joined = bundle.script("notebook")
    assert re.findall(r"^(?:import|export) .*", joined, re.M) == ["export default { render };"]
    assert not re.search(r"^(?:import|export) ", bundle.script("page"), re.M)
