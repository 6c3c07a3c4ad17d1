# CuPy has no types, and need not be installed: the same Any on every machine.
from typing import Any

def __getattr__(name: str) -> Any: ...
