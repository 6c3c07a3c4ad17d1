"""Which packages the site's Python has, and where each comes from.

The lock file lists what Pyodide's loader can load, each package with its hash and what it depends
on. Of Pyodide's own lock file stays what the notebooks need. Pure packages that every start imports
leave it for the archive of the standard library, which is quicker; JupyterLite asks for some of
them by name all the same, so these names stand for an empty wheel.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path

import matplotlib
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PYODIDE = "0.27.7"  # of Python 3.12; jupyterlite-pyodide-kernel 0.6 is made for this series
PYODIDE_URL = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/"
# What JupyterLite's Python kernel installs where it is not loaded already.
ASKED_FOR = (
    "micropip",
    "piplite",
    "ssl",
    "sqlite3",
    "ipykernel",
    "comm",
    "pyodide_kernel",
    "jedi",
    "ipython",
)
# Imported at each start, or by the first picture.
AT_START = ("pyodide-kernel", "ipykernel", "ipython", "comm", "ipywidgets", "anywidget")
# Fetched when a picture is saved or a chart drawn (python/sitecustomize.py).
LATE = ("matplotlib", "pillow")
# Nothing here opens a connection or a terminal, or installs; IPython completes without Jedi; and
# what pytz knows, Matplotlib asks of dateutil.
NOT_NEEDED = ("ssl", "jedi", "micropip", "piplite", "prompt-toolkit", "pytz", "widgetsnbextension")
# Of matplotlib's files: the photograph of the lessons, and the letters of stills.
DATA = (
    "sample_data/grace_hopper.jpg",
    "fonts/ttf/DejaVuSans.ttf",
    "fonts/ttf/DejaVuSans-Bold.ttf",
    "fonts/ttf/DejaVuSansMono.ttf",
    "fonts/ttf/DejaVuSansMono-Bold.ttf",
    "fonts/ttf/LICENSE_DEJAVU",
)
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
Packages = dict[str, Entry]

_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")


def collect(packages: Packages, kernel: Iterable[Path], pool: Path) -> None:
    """Add to a lock file what Pyodide lacks: convviz, JupyterLite's kernel and what they need.

    Parameters
    ----------
    packages : the packages of Pyodide's lock file, which is changed
    kernel : the wheels of JupyterLite's kernel
    pool : the folder that their wheels, and those made or downloaded here, are put into
    """
    for name in NOT_NEEDED:
        packages.pop(name, None)
    for wheel in kernel:
        if _name(wheel) not in NOT_NEEDED:
            shutil.copy(wheel, pool)
    command = [*_PIP, "wheel", "--no-deps", "--wheel-dir", str(pool), str(ROOT)]
    subprocess.run(command, check=True)
    _add_data(next(pool.glob("convviz-*.whl")))
    for wheel in _with_requirements(pool, packages):
        packages[_name(wheel)] = entry(wheel)
    depends = packages["convviz"]["depends"]
    assert isinstance(depends, list)
    packages["convviz"]["depends"] = [name for name in depends if name not in LATE]
    keep(packages, closure(("convviz", "sqlite3", *AT_START, *LATE), packages))


def take_pure(packages: Packages, pool: Path, pyodide: Path | None) -> list[Path]:
    """Take out of the lock file the pure packages that the start imports; their wheels."""
    names = [name for name in closure(AT_START, packages) if is_pure(packages[name])]
    wheels = [_wheel(packages[name], pool, pyodide) for name in sorted(names)]
    keep(packages, set(packages) - set(names))
    return wheels


def place(packages: Packages, home: Path, pool: Path, pyodide: Path | None) -> None:
    """Copy each package into the site, or say where else it is."""
    for package in packages.values():
        name = str(package["file_name"])
        if (pool / name).exists():
            shutil.copy(pool / name, home)
        elif pyodide:
            shutil.copy(pyodide / name, home)
        else:
            package["file_name"] = PYODIDE_URL + name


def answer_for(packages: Packages, home: Path) -> None:
    """Let the names that JupyterLite asks for, and the lock file has no more, stand for nothing."""
    wheel = home / "nothing-0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("nothing-0.dist-info/METADATA", "Name: nothing\nVersion: 0\n")
    for name in map(canonicalize_name, ASKED_FOR):
        packages.setdefault(name, {**entry(wheel), "name": name})


# The lock file


def entry(wheel: Path) -> Entry:
    """A wheel as an entry of the lock file."""
    return {
        "name": _name(wheel),
        "version": _metadata(wheel)["Version"],
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": sha256(wheel),
        "package_type": "package",
        "imports": sorted(_imports(wheel)),
        "depends": sorted({canonicalize_name(each.name) for each in _requirements(wheel)}),
        "unvendored_tests": False,
    }


def closure(names: Iterable[str], packages: Packages) -> set[str]:
    """These packages and all that they depend on, as far as there are any."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found and name in packages:
            found.add(name)
            waiting += _depends(packages[name])
    return found


def keep(packages: Packages, names: set[str]) -> None:
    """Leave out of the lock file every other package, and what is needed that nobody has."""
    for name in set(packages) - names:
        del packages[name]
    for package in packages.values():
        package["depends"] = [each for each in _depends(package) if each in names]


def is_pure(package: Entry) -> bool:
    """Whether a package is Python alone."""
    return str(package["file_name"]).endswith("-none-any.whl")


def sha256(file: Path) -> str:
    """The hash of a file, as the lock file has it."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _depends(package: Entry) -> list[str]:
    depends = package["depends"]
    assert isinstance(depends, list)
    return list(map(canonicalize_name, depends))


# Wheels


def _with_requirements(pool: Path, packages: Packages) -> Iterator[Path]:
    """The wheels of a folder, and those that they need and Pyodide does not have."""
    waiting = sorted(pool.iterdir())
    seen = {*packages, *NOT_NEEDED, *map(_name, waiting)}
    while waiting:
        wheel = waiting.pop()
        yield wheel
        for requirement in _requirements(wheel):
            name = canonicalize_name(requirement.name)
            if name not in seen:
                seen.add(name)
                waiting.append(_download(str(requirement), pool))


def _add_data(wheel: Path) -> None:
    """Give convviz what it reads of matplotlib's files, which then need not be there."""
    with zipfile.ZipFile(wheel, "a") as archive:
        for name in DATA:
            archive.write(Path(matplotlib.get_data_path(), name), f"convviz/mpl-data/{name}")


def _wheel(package: Entry, pool: Path, pyodide: Path | None) -> Path:
    """The wheel of a pure package; PyPI has those of Pyodide, at their versions."""
    name = str(package["file_name"])
    for folder in filter(None, (pool, pyodide)):
        if (folder / name).exists():
            return folder / name
    return _download(f"{package['name']}=={package['version']}", pool)


def _download(requirement: str, folder: Path) -> Path:
    pure = ["--only-binary=:all:", "--platform", "any", "--implementation", "py", "--abi", "none"]
    before = set(folder.iterdir())
    command = [*_PIP, "download", "--no-deps", *pure, "-d", str(folder), requirement]
    subprocess.run(command, check=True)
    [wheel] = set(folder.iterdir()) - before
    return wheel


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
