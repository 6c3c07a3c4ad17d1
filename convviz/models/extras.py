"""The packages that models are read with: imported when used, refused with what installs them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from convviz.errors import ArgumentError

COMMANDS = {
    "onnx": "pip install 'convviz[models]'",
    "onnxruntime": "pip install 'convviz[models]'",
    "torch": "pip install torch",
}


def needed(package: str, parameter: str) -> Any:
    """The package, or a refusal of ``parameter`` that names the command which installs it.

    Any, for not all of these packages ship types, and none is there while types are checked.

    Raises
    ------
    ArgumentError
        Where it cannot be imported.
    """
    name = package.partition(".")[0]
    try:
        return import_module(package)
    except ImportError as reason:
        got = f"something that needs the package {name}, which cannot be imported ({reason})"
        remedy = f"Install it: {COMMANDS[name]}"
        raise ArgumentError(parameter, got, f"what there is without {name}", remedy) from None
