"""In the place of JupyterLite's package of this name, which resolves requirements for seconds."""

from .piplite import install

__all__ = ["install"]
