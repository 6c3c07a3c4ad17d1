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

from convviz.checks import check_choice, check_items
from convviz.errors import ArgumentError, short
from convviz.language.catalogue import say
from convviz.network import kernels
from convviz.network.export.notebook import notebook
from convviz.parameters import (
    KERNEL_SIZE_ND,
    OPTIONAL,
    PaddingMode,
    Parameter,
    PerAxis,
    check_parameters,
)
from convviz.scene.images import cell_count
from convviz.scene.saved_parts import with_saved_parts
from convviz.scene.scene import MOST_CELLS as MOST_WEIGHTS
from convviz.scene.scene import Scene
from convviz.widget.fitting import OWN
from convviz.widget.stage import values_of
from convviz.widget.variation import KERNEL, varied

MOST_COMBINATIONS = 400
MOST_VALUES = 40  # of one parameter
MOST_CELLS = 12_000_000  # of all combinations together
LEAST_SHARED = 32  # characters of JSON; less is not worth looking up
REMEDY = 'Write vary={"stride_nd": [(1, 1), (2, 2)], "padding_mode": ["SAME_UPPER"]}, for example.'

ROWS: Mapping[str, Parameter] = {row.name: row for row in (KERNEL_SIZE_ND, *OPTIONAL)}

OF_KERNEL = (KERNEL, KERNEL_SIZE_ND.name)

Values: TypeAlias = Mapping[str, Sequence[object]]
Case: TypeAlias = dict[str, object]


class ParameterMessage(TypedDict):
    """A parameter with its values as the page's address has them, and as a reader sees them."""

    name: str
    values: list[str]
    words: list[str]


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
    """Parameters of a scene's layer with the values that they are to have.

    The weights follow the kernel's size as an explorer's do. The kernel itself is varied by name:
    `OWN` is the layer's own.
    """

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
        for name, values in vary.items():
            if name not in (*ROWS, KERNEL):
                allowed = ", ".join((*ROWS, KERNEL))
                raise ArgumentError(str(name), short(values), allowed, "Use one of these names.")
        check_parameters({name: vary[name] for name in vary if name not in OF_KERNEL})
        found = {name: _checked(name, values, scene) for name, values in vary.items()}
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
        own = _own_values(scene)
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
            ParameterMessage(
                name=name, values=[*map(written, values)], words=[_words(name, v) for v in values]
            )
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


def _words(name: str, value: object) -> str:
    return say(f"widget.kernel.{value}") if name == KERNEL else written(value)


def _checked(name: str, values: object, scene: Scene) -> list[object]:
    items = check_items(name, values, MOST_VALUES, noun="values", remedy=REMEDY)
    found: list[object] = []
    for item in items:
        value = _check(name, item, scene)
        if value in found:
            raise ArgumentError(name, f"{short(item)} twice", "each value once", REMEDY)
        found.append(value)
    if not found:
        raise ArgumentError(name, "no values", "a list of values", REMEDY)
    return found


def _check(name: str, value: object, scene: Scene) -> object:
    """One value, as the layer has it."""
    if name == KERNEL:
        return check_choice(KERNEL, value, (*kernels.NAMES, OWN))
    row = ROWS[name]
    if not isinstance(row, PerAxis):
        return row.check(value)
    numbers = row.check(value, len(scene.geometry.axes))
    if row is KERNEL_SIZE_ND and math.prod(numbers) > MOST_WEIGHTS // scene.geometry.maps:
        got = f"{short(value)} for {scene.geometry.maps} maps"
        raise ArgumentError(name, got, f"at most {MOST_WEIGHTS:,} weights", "Name smaller sizes.")
    return numbers


def _own_values(scene: Scene) -> dict[str, object]:
    """The layer as it is: settings, what stands for several of one value, the kernel."""
    settings, shape = scene.run.settings, scene.geometry.kernel_shape
    found: dict[str, object] = {**settings, KERNEL_SIZE_ND.name: shape[2:]}
    found[KERNEL] = kernels.name_of(scene.run.kernel) or OWN
    for row in OPTIONAL:
        values = [settings[name] for name in row.sets] if isinstance(row, PerAxis) else []
        if values and values.count(values[0]) == len(values):
            found[row.name] = values[0]
    return found


def _case(scene: Scene, changes: Mapping[str, object], step: int) -> Case:
    """The traits of the stage for one combination."""
    changes = {name: value for name, value in changes.items() if value != OWN}
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
