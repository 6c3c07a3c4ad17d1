"""Build the site: every notebook in JupyterLite, as files that any web server can hand out.

    python site/build.py OUTPUT [--pyodide FOLDER]

Python runs in the reader's browser, by Pyodide. Its runtime, convviz's wheel and the pure wheels
that convviz needs become part of the site; NumPy, matplotlib and what they need come from the
address that JupyterLite takes Pyodide from, at the version below and by their hashes. With a
complete Pyodide in FOLDER these are part of the site too, which then asks no other host for
anything: for a school without internet.

The notebooks come executed: their pictures stand as stills until Python has started and a cell is
run. A notebook imports convviz as it does anywhere: the lock file that Pyodide resolves imports by
lists it with all that it needs, so nothing is resolved or looked up in the browser.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from slim import compiler, empty_wheel, slim

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PYODIDE = "0.27.7"  # of Python 3.12; jupyterlite-pyodide-kernel 0.6 is made for this series
PYODIDE_URL = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/"
RUNTIME = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
START = "00_start_here.ipynb"
# What JupyterLite's Python kernel is made of, in the order of its own start.
KERNEL = ("micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "ipython")
# Loaded while the page still starts; the names are those of the lock file.
PRELOADED = (*KERNEL, "ssl", "sqlite3", "jedi", "convviz")
# Of these only the names are there. Nothing opens a connection; IPython completes without Jedi; and
# what pytz knows, Matplotlib asks of dateutil.
NOT_NEEDED = ("ssl", "jedi", "pytz")
ENVIRONMENT = {
    "implementation_name": "cpython",
    "platform_machine": "wasm32",
    "platform_python_implementation": "CPython",
    "platform_system": "Emscripten",
    "python_full_version": "3.12.7",
    "python_version": "3.12",
    "sys_platform": "emscripten",
    "extra": "",
}

Entry = dict[str, object]


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
        home = output / "static" / "pyodide"
        home.mkdir(parents=True)
        source = pyodide or _runtime(work)
        lock = json.loads((source / "pyodide-lock.json").read_text(encoding="utf-8"))
        for name in RUNTIME:
            shutil.copy(source / name, home)
        packages: dict[str, Entry] = lock["packages"]
        wheels = [*_kernel_wheels(output), *_wheels(work / "wheels", packages)]
        wheels += [empty_wheel(name, work) for name in NOT_NEEDED]
        packages.update(_entry(wheel, home) for wheel in wheels)
        _keep(packages, _closure(PRELOADED, packages))
        _place(packages, home, pyodide)
        _slim(packages, home)
        _write_json(home / "pyodide-lock.json", lock)
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


def _kernel_wheels(output: Path) -> list[Path]:
    """The wheels of JupyterLite's Python kernel, the newest of each."""
    folder = output / "extensions/@jupyterlite/pyodide-kernel-extension/static/pypi"
    found = {_name(wheel): wheel for wheel in sorted(folder.glob("*.whl"))}
    return list(found.values())


def _wheels(folder: Path, packages: dict[str, Entry]) -> Iterator[Path]:
    """The wheel of convviz, and of all that it needs and Pyodide does not have."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    _run([*pip, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT)], ROOT)
    pure = ["--only-binary=:all:", "--platform", "any", "--implementation", "py", "--abi", "none"]
    waiting, seen = list(folder.glob("*.whl")), {"widgetsnbextension", *packages}
    while waiting:
        wheel = waiting.pop()
        yield wheel
        for requirement in _requirements(wheel):
            name = canonicalize_name(requirement.name)
            if name in seen:
                continue
            seen.add(name)
            before = set(folder.iterdir())
            _run([*pip, "download", "--no-deps", *pure, "-d", str(folder), str(requirement)], ROOT)
            waiting += set(folder.iterdir()) - before


def _entry(wheel: Path, home: Path) -> tuple[str, Entry]:
    """A wheel, copied into the site, as an entry of the lock file."""
    shutil.copy(wheel, home)
    name = _name(wheel)
    entry: Entry = {
        "name": name,
        "version": _metadata(wheel)["Version"],
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": sorted(_imports(wheel)),
        "depends": sorted(canonicalize_name(each.name) for each in _requirements(wheel)),
        "unvendored_tests": False,
    }
    return name, entry


def _closure(names: Iterable[str], packages: dict[str, Entry]) -> set[str]:
    """These packages and all that they depend on, as far as there are any."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found and name in packages:
            found.add(name)
            depends = packages[name]["depends"]
            assert isinstance(depends, list)
            waiting += map(canonicalize_name, depends)
    return found


def _keep(packages: dict[str, Entry], names: set[str]) -> None:
    """Leave out of the lock file what no notebook needs, and what it needs that nobody has."""
    for name in set(packages) - names:
        del packages[name]
    for entry in packages.values():
        depends = entry["depends"]
        assert isinstance(depends, list)
        entry["depends"] = [each for each in depends if canonicalize_name(each) in names]


def _place(packages: dict[str, Entry], home: Path, pyodide: Path | None) -> None:
    """Say where each package that is not in the site is, or copy it there."""
    for entry in packages.values():
        name = str(entry["file_name"])
        if (home / name).exists():
            continue
        if pyodide is None:
            entry["file_name"] = PYODIDE_URL + name
        else:
            shutil.copy(pyodide / name, home)


def _slim(packages: dict[str, Entry], home: Path) -> None:
    """Make smaller what is in the site; the lock file has the hashes of what that leaves."""
    if compiler() is None:
        print("Without Python 3.12 here, each visit takes some seconds more: it compiles Python.")
    slim(home / "python_stdlib.zip")
    for entry in packages.values():
        wheel = home / str(entry["file_name"])
        if wheel.suffix == ".whl" and wheel.exists():
            slim(wheel)
            entry["sha256"] = hashlib.sha256(wheel.read_bytes()).hexdigest()


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
            "packages": list(PRELOADED),
        },
    }
    _write_json(place, settings)


def _say_what_loads(output: Path) -> None:
    """Tell a reader what is waited for, and have what Python starts with fetched at once."""
    place = output / "lab" / "index.html"
    page = place.read_text(encoding="utf-8")
    large = ("pyodide.asm.js", "python_stdlib.zip")  # Chromium would fetch the .wasm twice
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


# Wheels


def _name(wheel: Path) -> str:
    return canonicalize_name(wheel.name.split("-")[0])


def _metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        [place] = [n for n in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n)]
        return Parser().parsestr(archive.read(place).decode())


def _requirements(wheel: Path) -> Iterator[Requirement]:
    """What a wheel needs in a browser, without its extras."""
    for line in _metadata(wheel).get_all("Requires-Dist") or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(ENVIRONMENT):
            yield requirement


def _imports(wheel: Path) -> set[str]:
    """The names by which a wheel is imported."""
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    return {top.removesuffix(".py") for top in tops if "." not in top.removesuffix(".py")}


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True)


def _write_json(place: Path, content: object) -> None:
    place.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
