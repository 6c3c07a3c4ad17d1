"""Run-time signatures that list the layer's parameters, for editors and help in a notebook."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TypeVar

from convviz.parameters import OPTIONAL

Function = TypeVar("Function", bound=Callable[..., object])


def lists_parameters(function: Function) -> Function:
    """Let a signature that ends in the layer's parameters list them, and its subject's arrays.

    Type checkers read the annotations; whoever asks at run time, as an editor in a notebook does,
    sees what ``*subject`` and ``**parameters`` stand for by their names.
    """
    keyword, positional = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    own = list(inspect.signature(function).parameters.values())
    first = [each for each in own if each.kind is positional]
    kept = [each for each in own if each.kind is keyword]
    names = [row.name for row in OPTIONAL]
    if any(each.kind is inspect.Parameter.VAR_POSITIONAL for each in own):
        arrays = (("data", inspect.Parameter.empty), ("kernel", None), ("bias", None))
        first += [inspect.Parameter(name, positional, default=each) for name, each in arrays]
        names = ["input_scale", "kernel_scale", *names]
    taken = {each.name for each in (*first, *kept)}
    more = [inspect.Parameter(name, keyword, default=None) for name in names if name not in taken]
    function.__signature__ = inspect.Signature([*first, *kept, *more])  # type: ignore[attr-defined]
    return function
