"""The files around the package agree with each other; none is missing, nothing is left behind."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def conda_packages(path: str) -> list[str]:
    """Return a conda environment's lines, without pip and what pip installs."""
    environment = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
    return [line for line in environment["dependencies"] if isinstance(line, str) and line != "pip"]


def pip_packages(path: str) -> list[str]:
    """Return what pip installs into a conda environment."""
    environment = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
    return [
        line
        for part in environment["dependencies"]
        if isinstance(part, dict)
        for line in part["pip"]
    ]


# Versions


def test_conda_and_pip_tell_the_same_versions() -> None:
    python = f"python{PROJECT['requires-python']}"
    lab = {*EXTRAS["lab"], *EXTRAS["models"]} - {"convviz[models]"}  # which the lab's extra names
    expected = {python, *PROJECT["dependencies"], *lab}
    assert set(conda_packages(".binder/environment.yml")) == expected
    assert set(conda_packages("environment.yml")) == expected | {"cupy>=14.2"}


def test_every_cupy_has_the_same_version() -> None:
    lines = [line for lines in EXTRAS.values() for line in lines]
    lines += conda_packages("environment.yml")
    cupy = [Requirement(line) for line in lines if line.startswith("cupy")]
    assert {requirement.name for requirement in cupy} == {"cupy", "cupy-cuda12x", "cupy-cuda13x"}
    assert {str(requirement.specifier) for requirement in cupy} == {">=14.2"}


@pytest.mark.parametrize("path", ["environment.yml", ".binder/environment.yml"])
def test_conda_environments_install_this_checkout(path: str) -> None:
    [line] = pip_packages(path)
    flag, folder = line.split()
    assert flag == "-e"
    assert ((ROOT / path).parent / folder).resolve() == ROOT


def test_the_package_needs_no_gpu_and_no_lab() -> None:
    names = {Requirement(line).name for line in PROJECT["dependencies"]}
    assert names == {"anywidget", "ipywidgets", "matplotlib", "numpy", "pillow", "traitlets"}


# Makefile


def dry_run(*arguments: str, path: Path | None = None) -> str:
    """Return what make would do; programs in the folder `path` come before all others."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    if path is not None:
        environment["PATH"] = f"{path}{os.pathsep}{environment['PATH']}"
    return subprocess.run(
        ["make", "--dry-run", "--always-make", *arguments],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.mark.parametrize(
    ("driver", "extras"),
    [
        ("CUDA Version: 11.8", "lab"),
        ("CUDA Version: 12.9", "lab,cuda12"),
        ("CUDA Version: 13.0", "lab,cuda13"),
        ("CUDA UMD Version: 13.2", "lab,cuda13"),
        ("CUDA Version: 14.1", "lab,cuda13"),
        ("CUDA Version: N/A", "lab"),
        ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", "lab"),
    ],
)
def test_make_takes_the_cupy_that_fits_the_driver(driver: str, extras: str, tmp_path: Path) -> None:
    fake = tmp_path / "nvidia-smi"
    fake.write_text(
        f"#!/bin/sh\ncat <<'END'\n| NVIDIA-SMI 1.2  Driver Version: 1.2  {driver} |\nEND\n"
    )
    fake.chmod(0o755)
    assert f"'.[{extras}]'" in dry_run("lab", path=tmp_path)


@pytest.mark.parametrize(
    ("gpu", "extras"),
    [("none", "test,nvrtc"), ("cuda12", "test,cuda12"), ("cuda13", "test,cuda13")],
)
def test_make_test_never_brings_two_cupys(gpu: str, extras: str) -> None:
    assert f"'.[{extras}]'" in dry_run("test", f"GPU={gpu}")


def test_make_test_checks_style_and_types_before_it_tests() -> None:
    """In the order of what they take; Node's tools are run with the Node of the environment."""
    lines = dry_run("test", "GPU=none").splitlines()
    assert lines[-6:] == [
        ".venv/bin/ruff check .",
        ".venv/bin/ruff format --check .",
        ".venv/bin/mypy",
        f'PATH="{ROOT}/.venv/bin:$PATH" node_modules/.bin/pyright --project . '
        "--pythonpath .venv/bin/python",
        f'PATH="{ROOT}/.venv/bin:$PATH" node_modules/.bin/tsc --project .',
        ".venv/bin/python -m pytest --numprocesses 2 --dist loadfile ",
    ]


def test_node_packages_are_installed_once_and_as_they_are_locked() -> None:
    needed = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert {"pyright", "typescript"} <= needed.keys()
    for name, version in needed.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), f"{name}: one version, not a range"
        assert lock[f"node_modules/{name}"]["version"] == version
    rule = re.search(r"^node_modules/\.stamp:(.*)$", MAKEFILE, re.M)
    assert rule is not None
    assert rule[1].split() == ["package-lock.json", "|", "$(VENV)/test.stamp"]
    assert "npm ci" in dry_run("test")


def test_the_tests_of_a_gpu_have_it_alone() -> None:
    assert "--numprocesses 0 " in dry_run("test", "GPU=cuda12")


def test_environments_of_different_gpus_are_apart() -> None:
    folders = {
        re.search(r"-m venv (\S+)", dry_run("lab", f"GPU={gpu}"))[1]
        for gpu in ("none", "cuda12", "cuda13")
    }
    assert len(folders) == 3


# README and continuous integration


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|\n *)make (\w+)", README))))
def test_a_make_target_named_in_the_readme_exists(target: str) -> None:
    assert dry_run(target)


def test_ci_runs_the_test_command_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.splitlines()[-1] == "make test"
    assert "make test" in README


@pytest.mark.parametrize(
    "link", sorted({link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link})
)
def test_a_link_of_the_readme_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


# Notebooks


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_clean(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        assert not cell.get("outputs"), "stored output"
        assert cell.get("execution_count") is None, "stored execution count"
    assert "widgets" not in notebook["metadata"], "stored widget state"
    assert re.findall(r"/(?:home|Users|root|tmp)/|[A-Z]:\\\\", text) == [], "somebody's own path"
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"


# What is shipped


def test_the_widget_names_no_address_on_the_internet() -> None:
    for path in (ROOT / "convviz").rglob("*"):
        if path.suffix in {".js", ".css", ".html", ".svg"}:
            text = path.read_text(encoding="utf-8")
            addresses = re.findall(r"(?:https?:)?//[\w-]+\.[\w./-]+", text)
            # An XML namespace is a name; no browser asks for it.
            foreign = [a for a in addresses if not a.startswith("http://www.w3.org/")]
            assert foreign == [], path


def test_the_wheel_holds_every_file_of_the_package(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if name.startswith("convviz/")}
    files = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "convviz").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert shipped == files
    kinds = {".css", ".cu", ".js", ".json", ".md", ".toml", ".ts", ".typed"}
    assert kinds <= {Path(name).suffix for name in shipped}
