"""What Python does differently in a reader's browser; Python itself runs this as it starts.

Most notebooks never need Matplotlib, which is as large as Python: what the lock file lists and is
not loaded at the start is fetched by the first import that asks for it.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import logging
import site
import sys
import zipfile
import zipimport
from importlib.machinery import ModuleSpec, PathFinder


class LockFileFinder:
    """Finds a package of Pyodide's lock file, which it fetches, with what that depends on."""

    @classmethod
    def find_spec(cls, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Find a top-level module; called when nobody else has it."""
        if path is not None or "pyodide_js" not in sys.modules:
            return None
        from pyodide_js import _api, loadedPackages  # whose loader cannot be waited for here

        packages = _api.lockfile_packages.to_py()
        waiting = [key for key, entry in packages.items() if name in entry["imports"]]
        found = False
        while waiting:
            key = waiting.pop()
            if not hasattr(loadedPackages, key):
                _unpack(_fetch(packages[key]["file_name"], packages[key]["sha256"]))
                setattr(loadedPackages, key, "by its first import")
                waiting += packages[key]["depends"]
                found = True
        if not found:
            return None
        importlib.invalidate_caches()
        return PathFinder.find_spec(name)


def _fetch(address: str, sha256: str) -> bytes:
    """Fetch a wheel; the page goes on meanwhile, since Python runs beside it."""
    from js import URL, XMLHttpRequest
    from pyodide_js import _api

    request = XMLHttpRequest.new()
    request.open("GET", URL.new(address, _api.config.indexURL).href, False)
    request.responseType = "arraybuffer"
    request.send()
    if request.status != 200:
        raise ImportError(f"{address} could not be loaded: {request.status} {request.statusText}")
    content: bytes = request.response.to_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ImportError(f"{address} is not the file that this site was built with.")
    return content


def _unpack(wheel: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        archive.extractall(site.getsitepackages()[0])


def _keep_directory(importer: zipimport.zipimporter) -> None:
    """Leave an archive's directory as it was read: what is in an archive here never changes."""


sys.meta_path.append(LockFileFinder)
# Every folder in the archive of Python would read the whole archive's directory anew.
zipimport.zipimporter.invalidate_caches = _keep_directory
# What Matplotlib says of its font cache is for who waits at a terminal.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
