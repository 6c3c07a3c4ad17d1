"""Build the site: every notebook in JupyterLite, as files that any web server can hand out.

    python site/build.py OUTPUT [--pyodide FOLDER]

Python runs in the reader's browser, by Pyodide. Its runtime, convviz's wheel and the pure packages
that every start imports become part of the site, compiled (slim.py); NumPy, matplotlib and what
they need come from the address that JupyterLite takes Pyodide from, at one version and by their
hashes (packages.py). With a complete Pyodide in FOLDER these are part of the site too, which then
asks no other host for anything: for a school without internet.

The notebooks come executed: their pictures stand as stills until Python has started and a cell is
run. A notebook imports convviz as it does anywhere. Nothing is resolved or looked up in the
browser; what is not there at the start is fetched by its first import (python/sitecustomize.py).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from packages import ASKED_FOR, PYODIDE, Packages, answer_for, collect, place, sha256, take_pure
from slim import slim

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
LIBRARY = "python_stdlib.zip"
RUNTIME = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", LIBRARY)
START = "00_start_here.ipynb"


def main() -> None:
    """Build it into the folder that the command line names."""
    parser = argparse.ArgumentParser(description="Build the site of notebooks.")
    parser.add_argument("output", type=Path)
    parser.add_argument("--pyodide", type=Path, help="a folder with a complete Pyodide")
    arguments = parser.parse_args()
    build(arguments.output, arguments.pyodide)


def build(output: Path, pyodide: Path | None = None) -> None:
    """Build the site into ``output``, which is replaced.

    Parameters
    ----------
    output : the folder of the site
    pyodide : a folder with Pyodide and its packages; None takes them from `PYODIDE_URL`
    """
    shutil.rmtree(output, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        _build_lite(output, work)
        _build_python(output, work, pyodide)
    _configure(output)
    _say_what_loads(output)
    _open_on(output, START)


# The parts


def _execute(notebook: Path) -> None:
    """Run a notebook here, so that it has its pictures as stills before Python is there.

    One that cannot be run here comes as it is.
    """
    content = nbformat.read(notebook, as_version=4)
    place = {"metadata": {"path": str(notebook.parent)}}
    client = NotebookClient(content, timeout=600, resources=place)
    try:
        client.execute(env={**os.environ, "PYTHONPATH": str(ROOT), "CONVVIZ_DEVICE": "cpu"})
    except CellExecutionError as error:
        print(f"{notebook.name} has no stills: {error.ename}: {error.evalue}")
        return
    content.metadata.pop("widgets", None)  # which would need the program in the notebook
    for cell in content.cells:
        cell.metadata.pop("execution", None)
    # Not by nbformat, which cuts texts into lines: JupyterLite takes outputs as they are.
    notebook.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _build_lite(output: Path, work: Path) -> None:
    """JupyterLite itself, with the notebooks as its files."""
    contents = work / "contents"
    shutil.copytree(ROOT / "notebooks", contents, ignore=shutil.ignore_patterns(".*"))
    for notebook in sorted(contents.glob("*.ipynb")):
        _execute(notebook)
    command = [sys.executable, "-m", "jupyterlite_core.app", "build"]
    options = ["--apps", "lab", "--no-sourcemaps", "--contents", str(contents)]
    lite = work / "lite"
    lite.mkdir()
    _run([*command, *options, "--output-dir", str(output.resolve())], lite)


def _runtime(work: Path) -> Path:
    """Pyodide without its packages, as npm has it; the registry's hash is checked by npm."""
    _run(["npm", "pack", "--silent", f"pyodide@{PYODIDE}"], work)
    with tarfile.open(work / f"pyodide-{PYODIDE}.tgz") as archive:
        archive.extractall(work, filter="data")
    return work / "package"


def _build_python(output: Path, work: Path, pyodide: Path | None) -> None:
    """Python for the browser: its runtime, its library, its packages and their lock file."""
    home, pool, scratch = output / "static" / "pyodide", work / "pool", work / "slim"
    for folder in (home, pool, scratch):
        folder.mkdir(parents=True)
    runtime = _runtime(work)
    source = pyodide or runtime
    for name in RUNTIME:
        shutil.copy(source / name, home)
    lock = json.loads((source / "pyodide-lock.json").read_text(encoding="utf-8"))
    packages: Packages = lock["packages"]
    collect(packages, _kernel_wheels(output), pool)
    pure = take_pure(packages, pool, pyodide)
    place(packages, home, pool, pyodide)
    slim(runtime, home / LIBRARY, pure, home.glob("*.whl"), scratch)
    for package in packages.values():
        if (wheel := home / str(package["file_name"])).exists():
            package["sha256"] = sha256(wheel)
    answer_for(packages, home)
    _write_json(home / "pyodide-lock.json", lock)


def _kernel_wheels(output: Path) -> Iterable[Path]:
    """The wheels of JupyterLite's Python kernel, the newest of each."""
    folder = output / "extensions/@jupyterlite/pyodide-kernel-extension/static/pypi"
    return {wheel.name.split("-")[0]: wheel for wheel in sorted(folder.glob("*.whl"))}.values()


def _configure(output: Path) -> None:
    """Have JupyterLite take Pyodide and the lock file from the site."""
    place = output / "jupyter-lite.json"
    settings = json.loads(place.read_text(encoding="utf-8"))
    data = settings["jupyter-config-data"]
    data["appName"] = "convviz"
    data["exposeAppInBrowser"] = True  # loading.js asks whether Python is there
    data.setdefault("litePluginSettings", {})["@jupyterlite/pyodide-kernel-extension:kernel"] = {
        "pyodideUrl": "./static/pyodide/pyodide.js",
        "disablePyPIFallback": True,
        "loadPyodideOptions": {
            "lockFileURL": "./static/pyodide/pyodide-lock.json",
            "packages": [*ASKED_FOR, "convviz"],
        },
    }
    _write_json(place, settings)


def _say_what_loads(output: Path) -> None:
    """Tell a reader what is waited for, and have what Python starts with fetched at once."""
    place = output / "lab" / "index.html"
    page = place.read_text(encoding="utf-8")
    large = ("pyodide.asm.js", LIBRARY)  # Chromium would fetch the .wasm twice
    links = "".join(f'<link rel="prefetch" href="../static/pyodide/{name}">\n' for name in large)
    script = HERE.joinpath("loading.js").read_text(encoding="utf-8")
    head = f"{links}<script type=module>\n{script}</script>\n</head>"
    place.write_text(page.replace("</head>", head, 1), encoding="utf-8")


def _open_on(output: Path, notebook: str) -> None:
    """Lead who opens the site to a notebook, with a word while it loads.

    The page must have the element in which JupyterLite looks for settings of the whole site.
    """
    target = f"lab/index.html?path={notebook}"
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url={target}">
<title>convviz</title>
<script id="jupyter-config-data" type="application/json" data-jupyter-lite-root=".">{{}}</script>
</head>
<body>
<p>Loading the notebooks. Python starts in your browser; the first time that takes a while.
<a href="{target}">Go on</a></p>
</body>
</html>
"""
    (output / "index.html").write_text(page, encoding="utf-8")


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True)


def _write_json(place: Path, content: object) -> None:
    place.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
