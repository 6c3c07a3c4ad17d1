"""Every sentence that a reader sees, found by its key, in the reader's language.

The sentences of a language are one TOML file beside this module: tables of keys (`en.toml`). A key
is written with its tables, ``captions.legend.pre``. A sentence names what changes in braces, as for
`str.format`; where its grammar follows a number, it is a table with the forms ``one`` and
``other``. English has every key; what another language lacks is said in English.

The environment variable ``CONVVIZ_LANGUAGE`` chooses the language.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

from convviz.errors import ArgumentError

Sentence: TypeAlias = str | dict[str, str]  # or, by the form that a count takes, several

VARIABLE = "CONVVIZ_LANGUAGE"
ENGLISH = "en"
_FOLDER = files("convviz.language")  # which may be in an archive


def say(key: str, /, **values: object) -> str:
    """The sentence of a key, with ``values`` in the places of its braces.

    Where the sentence has several forms, the value ``count`` chooses: 1 takes ``one``, any other
    number takes ``other``.

    Raises
    ------
    ArgumentError
        Where ``CONVVIZ_LANGUAGE`` names a language that has no file.
    """
    sentence = sentences(language())[key]
    if isinstance(sentence, dict):
        one = values["count"] == 1 and "one" in sentence
        sentence = sentence["one" if one else "other"]
    return sentence.format(**values)


def browser_catalogue() -> dict[str, Sentence]:
    """The sentences of the table ``browser`` by key, for `bundle` to give to language.js."""
    prefix = "browser."
    return {
        key.removeprefix(prefix): sentence
        for key, sentence in sentences(language()).items()
        if key.startswith(prefix)
    }


def language() -> str:
    """The code of the reader's language, as in the name of its file.

    Raises
    ------
    ArgumentError
        Where there is no such file.
    """
    chosen = os.environ.get(VARIABLE) or ENGLISH
    if chosen not in languages():
        remedy = f"Unset {VARIABLE} for English."
        raise ArgumentError(VARIABLE, repr(chosen), ", ".join(languages()), remedy)
    return chosen


@cache
def languages() -> tuple[str, ...]:
    """The codes of the languages that there are."""
    return tuple(
        sorted(
            file.name.removesuffix(".toml")
            for file in _FOLDER.iterdir()
            if file.name.endswith(".toml")
        )
    )


@cache
def sentences(code: str) -> Mapping[str, Sentence]:
    """Every sentence of a language by its key, in English where the language lacks it."""
    own = dict(_flat(tomllib.loads(_FOLDER.joinpath(f"{code}.toml").read_text(encoding="utf-8"))))
    return own if code == ENGLISH else {**sentences(ENGLISH), **own}


def _flat(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Sentence]]:
    """The sentences of a table and of the tables in it, each with its whole key."""
    for name, value in table.items():
        if isinstance(value, dict) and "other" not in value:
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value
