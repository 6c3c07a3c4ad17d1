"""A page whose controls move: the picture of every combination of values, made beforehand.

The layer is computed here, by the same kernel as ever; the browser (browser/varied.js) only chooses
among what is there. Whatever two combinations have in common is stored once, and all of it
compressed.
"""

from __future__ import annotations

import base64
import gzip
import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypedDict

from convviz.checks import check_items
from convviz.errors import ArgumentError, short
from convviz.network.export.notebook import notebook
from convviz.parameters import (
    OPTIONAL,
    PaddingMode,
    Parameter,
    PerAxis,
    check_parameters,
)
from convviz.scene.images import cell_count
from convviz.scene.saved_parts import with_saved_parts
from convviz.scene.scene import Scene
from convviz.widget.stage import values_of
from convviz.widget.variation import varied

MOST_COMBINATIONS = 400
MOST_VALUES = 40  # of one parameter
MOST_CELLS = 12_000_000  # of all combinations together
LEAST_SHARED = 32  # characters of JSON; less is not worth looking up
REMEDY = 'Write vary={"stride_nd": [(1, 1), (2, 2)], "padding_mode": ["SAME_UPPER"]}, for example.'

Values: TypeAlias = Mapping[str, Sequence[object]]
Case: TypeAlias = dict[str, object]


class ParameterMessage(TypedDict):
    """A parameter with its values as a reader, and the page's address, write them."""

    name: str
    values: list[str]


class VariedMessage(TypedDict):
    """The combinations in the order of `itertools.product`; ``first`` is on show at first.

    ``shared`` are parts of cases, which refer to them as ``{"=": index}``. A case has traits of the
    stage, or the words of a refusal alone as its ``error``.
    """

    parameters: list[ParameterMessage]
    first: int
    shared: list[object]
    cases: list[Case]


@dataclass(frozen=True, eq=False)
class Variation:
    """Parameters of a scene's layer with the values that they are to have."""

    values: dict[str, list[object]]

    @classmethod
    def of(cls, scene: Scene, vary: object) -> Variation:
        """What is to be varied, checked and found not too much, before anything is computed.

        Raises
        ------
        ArgumentError
            Naming what cannot be.
        """
        if not isinstance(vary, Mapping) or not vary:
            raise ArgumentError("vary", short(vary), "a dict of lists of values", REMEDY)
        check_parameters(vary)
        rows = {row.name: row for row in OPTIONAL}
        rank = len(scene.geometry.axes)
        found = {name: _checked(rows[name], values, rank) for name, values in vary.items()}
        count = math.prod(map(len, found.values()))
        most = min(MOST_COMBINATIONS, max(1, MOST_CELLS // cell_count(scene.geometry)))
        if count > most:
            got, remedy = f"{count:,} combinations", "List fewer values, or vary fewer parameters."
            raise ArgumentError("vary", got, f"at most {most} of a layer of this size", remedy)
        return cls(found)

    @property
    def names(self) -> list[str]:
        """The parameters."""
        return list(self.values)

    def combinations(self) -> Iterator[dict[str, object]]:
        """Each by name, the last parameter changing first."""
        for values in itertools.product(*self.values.values()):
            yield dict(zip(self.names, values, strict=True))

    def first(self, scene: Scene) -> int:
        """The combination that the layer has as it is; else the first."""
        own = _with_shorthand(scene.run.settings)
        matching = (
            n for n, each in enumerate(self.combinations())
            if all(own.get(name) == value for name, value in each.items())
        )  # fmt: skip
        return next(matching, 0)


def varied_message(scene: Scene, variation: Variation, step: int) -> VariedMessage:
    """All combinations for browser/varied.js.

    Parameters
    ----------
    step : where a page of a layer of many channels has what each channel adds

    Raises
    ------
    ArgumentError
        Where the layer can have none of them.
    """
    cases: list[Case] = []
    refusals: list[ArgumentError] = []
    for changes in variation.combinations():
        try:
            cases.append(_case(scene, changes, step))
        except ArgumentError as error:
            refusals.append(error)
            cases.append({"error": str(error)})
    if len(refusals) == len(cases):
        raise refusals[0]
    first = variation.first(scene)
    if "error" in cases[first]:
        first = next(n for n, case in enumerate(cases) if "error" not in case)
    shared: dict[str, int] = {}
    return VariedMessage(
        parameters=[
            ParameterMessage(name=name, values=[written(value) for value in values])
            for name, values in variation.values.items()
        ],
        first=first,
        cases=[{name: _shared(value, shared) for name, value in case.items()} for case in cases],
        shared=[json.loads(text) for text in shared],
    )


def packed(message: VariedMessage) -> str:
    """The message compressed, as text."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def written(value: object) -> str:
    """A value as it stands in the page's address: 2x2, SAME_UPPER."""
    if isinstance(value, PaddingMode):
        return value.name
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _checked(row: Parameter, values: object, rank: int) -> list[object]:
    items = check_items(row.name, values, MOST_VALUES, noun="values", remedy=REMEDY)
    found: list[object] = []
    for item in items:
        value = row.check(item, rank) if isinstance(row, PerAxis) else row.check(item)
        if value in found:
            raise ArgumentError(row.name, f"{short(item)} twice", "each value once", REMEDY)
        found.append(value)
    if not found:
        raise ArgumentError(row.name, "no values", "a list of values", REMEDY)
    return found


def _with_shorthand(settings: Mapping[str, object]) -> dict[str, object]:
    """The settings, and what stands for several of one value."""
    found = dict(settings)
    for row in OPTIONAL:
        values = [settings[name] for name in row.sets] if isinstance(row, PerAxis) else []
        if values and values.count(values[0]) == len(values):
            found[row.name] = values[0]
    return found


def _case(scene: Scene, changes: Mapping[str, object], step: int) -> Case:
    """The traits of the stage for one combination."""
    layer, run = varied(scene.run, changes, None)
    shown = Scene.of(run, scene.item)
    values, output = values_of(shown)
    message = with_saved_parts({**shown.message()}, shown, min(step, shown.steps - 1))
    message["duration"] = scene.duration  # else no two combinations had it in common
    return {
        "scene": message,
        "code": str(notebook(run, layer)),
        "input_values": {"base64": base64.b64encode(values).decode()},
        "output_values": {"base64": base64.b64encode(output).decode()},
    }


def _shared(value: object, shared: dict[str, int]) -> object:
    """A value with its larger parts as references to what is stored once."""
    if isinstance(value, dict):
        value = {name: _shared(each, shared) for name, each in value.items()}
    elif isinstance(value, list) and value and isinstance(value[0], (dict, list)):
        value = [_shared(each, shared) for each in value]
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if len(text) < LEAST_SHARED:
        return value
    return {"=": shared.setdefault(text, len(shared))}
