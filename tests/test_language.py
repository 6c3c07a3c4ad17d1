"""The catalogues: what the code says is in them, what is in them is said, in every language alike.

The calls of ``say`` are found in the source. A key may be put together, ``say(f"legend.{kind}")``
or ``say(`tensor.${name}`)``: then it stands for every key of that form.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from convviz.browser import bundle
from convviz.errors import ArgumentError
from convviz.language import catalogue
from convviz.language.catalogue import say

PACKAGE = Path(catalogue.__file__).parent.parent
ENGLISH = catalogue.sentences("en")
PLACE = re.compile(r"\{(\w+)\}")
ANY = "\0"  # what a key that is put together leaves open


@dataclass(frozen=True)
class Call:
    """One call of ``say``: where it is, its key, and the names of its values."""

    place: str
    key: str
    names: frozenset[str]

    @property
    def keys(self) -> list[str]:
        """The keys of the catalogue that the call can mean."""
        pattern = re.escape(self.key).replace(re.escape(ANY), r"[^.]+")
        return [key for key in ENGLISH if re.fullmatch(pattern, key)]


def python_calls() -> Iterator[Call]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "say":
                names = frozenset(word.arg or ANY for word in node.keywords)
                yield Call(f"{path.name}:{node.lineno}", python_key(node.args[0]), names)


def python_key(node: ast.expr) -> str:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(str(part.value) if isinstance(part, ast.Constant) else ANY for part in parts)


def browser_calls() -> Iterator[Call]:
    for path in sorted((PACKAGE / "browser").glob("*.js")):
        source = path.read_text(encoding="utf-8")
        for found in re.finditer(r'\bsay\((?:"([^"]*)"|`([^`]*)`)', source):
            key = found[1] or re.sub(r"\$\{[^}]*\}", ANY, found[2])
            names = frozenset(property_names(source[found.end() :]))
            line = source.count("\n", 0, found.start()) + 1
            yield Call(f"{path.name}:{line}", f"browser.{key}", names)


def property_names(after: str) -> list[str]:
    """The properties of the object after a call's key, ``, { title, map: "00" })``, if any."""
    if not after.startswith(", {"):
        return []
    depth, outer = 0, ""
    for letter in after:
        depth -= letter in ")]}"
        outer += letter if depth == 1 else ""
        depth += letter in "([{"
        if depth < 0 or (letter == "}" and depth == 0):
            break
    return [part.split(":")[0].strip() for part in outer.split(",") if part.strip()]


CALLS = [*python_calls(), *browser_calls()]


def forms(sentence: catalogue.Sentence) -> list[str]:
    return [sentence] if isinstance(sentence, str) else list(sentence.values())


def places(sentence: catalogue.Sentence) -> set[str]:
    """The names in a sentence's braces; what has forms always takes the count."""
    counted = set() if isinstance(sentence, str) else {"count"}
    return counted.union(*(PLACE.findall(form) for form in forms(sentence)))


def test_the_calls_are_found() -> None:
    assert {call.key for call in CALLS} >= {"browser.player.play", f"browser.tensor.{ANY}"}
    [call] = [call for call in CALLS if call.key == "browser.board.title_of_map"][:1]
    assert call.names == {"title", "map"}
    assert property_names(", { a, b: f({ c: 1 }), d: `[${e(1, 2)}]` }) + g({ h: 3 })") == list(
        "abd"
    )


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.place} {call.key}")
def test_what_is_said_is_in_the_catalogue_with_the_same_values(call: Call) -> None:
    assert call.keys
    for key in call.keys:
        assert ANY in call.names or call.names == places(ENGLISH[key])


def test_everything_in_the_catalogue_is_said() -> None:
    assert set(ENGLISH) - {key for call in CALLS for key in call.keys} == set()


@pytest.mark.parametrize("code", catalogue.languages())
def test_a_language_has_the_keys_of_english_with_the_same_values(code: str) -> None:
    file = PACKAGE / "language" / f"{code}.toml"
    own = dict(catalogue._flat(tomllib.loads(file.read_text(encoding="utf-8"))))
    assert set(own) == set(ENGLISH)
    for key, sentence in own.items():
        assert places(sentence) == places(ENGLISH[key]), key
        if isinstance(sentence, dict):
            assert set(sentence) <= {"one", "other"}, key


@pytest.mark.parametrize("key", [key for key in ENGLISH if key.startswith("browser.")])
def test_the_browser_can_fill_in_every_sentence(key: str) -> None:
    """Its ``say`` knows a name in braces, and nothing else of `str.format`."""
    for form in forms(ENGLISH[key]):
        assert not set("{}") & set(PLACE.sub("", form))


@pytest.fixture
def other_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A language that has two sentences of its own."""
    (tmp_path / "en.toml").write_text(
        "[a]\n"
        'cells = { one = "{count} cell of {all}", other = "{count} cells of {all}" }\n'
        'plain = "plain"\n'
        '[browser.b]\nplay = "Play"\n'
    )
    (tmp_path / "xx.toml").write_text('[a]\ncells = { other = "{all}: {count}" }\n')
    monkeypatch.setattr(catalogue, "_FOLDER", tmp_path)
    forget()
    yield
    forget()


def forget() -> None:
    catalogue.languages.cache_clear()
    catalogue.sentences.cache_clear()


@pytest.mark.usefixtures("other_language")
def test_a_count_chooses_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(catalogue.VARIABLE, raising=False)
    assert say("a.cells", count=1, all=9) == "1 cell of 9"
    assert [say("a.cells", count=n, all=9) for n in (0, 2)] == ["0 cells of 9", "2 cells of 9"]
    monkeypatch.setenv(catalogue.VARIABLE, "xx")
    assert say("a.cells", count=1, all=9) == "9: 1"


@pytest.mark.usefixtures("other_language")
def test_what_a_language_lacks_is_said_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(catalogue.VARIABLE, "xx")
    assert say("a.plain") == "plain"
    assert catalogue.browser_catalogue() == {"b.play": "Play"}


@pytest.mark.usefixtures("other_language")
def test_a_language_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(catalogue.VARIABLE, "tlh")
    with pytest.raises(ArgumentError, match="CONVVIZ_LANGUAGE: got 'tlh'; allowed: en, xx"):
        say("a.plain")


def test_no_language_and_an_empty_one_are_english(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("", None):
        monkeypatch.delenv(catalogue.VARIABLE, raising=False)
        if value is not None:
            monkeypatch.setenv(catalogue.VARIABLE, value)
        assert catalogue.language() == "en"


def test_the_browser_gets_the_catalogue_in_place_of_its_import() -> None:
    joined = bundle.script("notebook")
    assert '"player.play": "Play"' in joined
    assert "en.toml" not in joined


def test_the_language_is_a_process_s_own() -> None:
    """What a reader sets before they start Jupyter reaches the widgets, refusals included."""
    code = "from convviz.browser import bundle; bundle.script('notebook')"
    environment = {**os.environ, catalogue.VARIABLE: "tlh"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert "ArgumentError: CONVVIZ_LANGUAGE: got 'tlh'; allowed: en" in done.stderr
