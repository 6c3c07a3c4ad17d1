"""The package: imports point one way, no files in a circle, and no logic in an ``__init__.py``.

Read from the source, so that an import inside a function counts like any other. What is imported
for type checkers alone is held apart: it may point within a part in any direction.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

import convviz

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "convviz"

# From the bottom to the top. A part is a folder or a file; those of one level may know each other.
LEVELS: list[set[str]] = [
    {"errors", "language", "files", "matplotlib_data", "memory", "display", "checks", "arrays"},
    {"parameters", "signatures"},
    {"geometry"},
    {"compute"},
    {"network"},
    {"models"},
    {"scene"},
    {"browser"},
    {"plot"},
    {"poster"},
    {"widget"},
    {"course"},
    {"cli", "cli_arrays", "cli_models"},
    {"__init__", "__main__"},
]
LEVEL = {part: number for number, parts in enumerate(LEVELS) for part in parts}

# Where the fast CUDA kernels for large layers are taken up; whoever deletes them knows this alone.
OPTIONAL_FOLDER, SEAM = "convviz.compute.large", "convviz.compute.cuda"


def module_of(path: Path) -> str:
    """A file's module: ``convviz.scene.scene``, and ``convviz.scene`` for its ``__init__.py``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def part_of(module: str) -> str:
    """The folder or file right below ``convviz`` that a module belongs to."""
    return module.split(".")[1] if "." in module else "__init__"


@dataclass(frozen=True)
class Import:
    """One module that another imports."""

    importer: str
    imported: str
    line: int
    for_types: bool

    def __str__(self) -> str:
        where = MODULES[self.importer].relative_to(ROOT)
        return f"{where}:{self.line} imports {self.imported}"


def names_types(test: ast.expr) -> bool:
    """Whether an ``if`` asks for TYPE_CHECKING."""
    return ast.unparse(test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def imports_in(node: ast.AST, for_types: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
    """Each import statement below a node, and whether it is for type checkers alone."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, for_types
        elif isinstance(child, ast.If) and names_types(child.test):
            for statement in child.body:
                yield from imports_in(ast.Module([statement], []), True)
            for statement in child.orelse:
                yield from imports_in(ast.Module([statement], []), for_types)
        else:
            yield from imports_in(child, for_types)


def targets(statement: ast.stmt, importer: str) -> Iterator[str]:
    """The modules of this package that a statement imports."""
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names if alias.name in MODULES)
    elif isinstance(statement, ast.ImportFrom):
        assert statement.level == 0, f"{importer}: a relative import hides where it points"
        for alias in statement.names:
            inner = f"{statement.module}.{alias.name}"
            yield from [name for name in [inner, statement.module] if name in MODULES][:1]


@cache
def all_imports() -> tuple[Import, ...]:
    return tuple(
        Import(module, imported, statement.lineno, for_types)
        for module, path in MODULES.items()
        for statement, for_types in imports_in(ast.parse(path.read_text(encoding="utf-8")))
        for imported in targets(statement, module)
    )


def test_the_reader_of_imports_finds_those_in_functions_and_those_for_types() -> None:
    source = """
if TYPE_CHECKING:
    import a
else:
    import b
def f():
    with g():
        import c
"""
    found = {ast.unparse(node): types for node, types in imports_in(ast.parse(source))}
    assert found == {"import a": True, "import b": False, "import c": False}
    assert len(all_imports()) > 100


def test_every_file_has_a_floor() -> None:
    parts = {part_of(module) for module in MODULES}
    assert parts - LEVEL.keys() == set(), "say in LEVELS where it stands"
    assert LEVEL.keys() - parts == set(), "nothing stands there any more"


@pytest.mark.parametrize("for_types", [False, True], ids=["at run time", "for type checkers"])
def test_no_import_points_upwards(for_types: bool) -> None:
    upwards = [
        str(each)
        for each in all_imports()
        if each.for_types == for_types
        and LEVEL[part_of(each.imported)] > LEVEL[part_of(each.importer)]
    ]
    assert upwards == []


def test_no_files_import_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for each in all_imports():
        if not each.for_types and each.importer != each.imported:
            graph.setdefault(each.importer, set()).add(each.imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


# Folders without logic


def is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def is_all(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__"


@pytest.mark.parametrize(
    "path", sorted({*PACKAGE.rglob("__init__.py")} - {PACKAGE / "__init__.py"}), ids=module_of
)
def test_an_init_has_no_logic(path: Path) -> None:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    assert body, "it says what the folder is for"
    assert is_docstring(body[0]), "it says what the folder is for"
    rest = [each for each in body[1:] if not isinstance(each, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(each) for each in rest if not is_all(each)] == []


# The public names: what runs, what type checkers read, and what is listed are one


def homes_for_type_checkers() -> dict[str, str]:
    """Each public name and the module that it is imported from under TYPE_CHECKING."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    return {
        alias.asname or alias.name: str(statement.module)
        for statement, for_types in imports_in(tree)
        if for_types and isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }


def test_every_public_name_comes_from_where_type_checkers_look_for_it() -> None:
    homes = homes_for_type_checkers()
    assert sorted(homes) == convviz.__all__
    assert {name: f"convviz.{home}" for name, home in convviz._HOMES.items()} == homes
    for name, home in homes.items():
        module = import_module(home)
        expected = getattr(module, name, None) or import_module(f"{home}.{name}")
        assert getattr(convviz, name) is expected, name


# What can be deleted


def test_the_kernels_for_large_layers_are_known_in_one_place() -> None:
    known = {
        each.importer
        for each in all_imports()
        if each.imported.startswith(OPTIONAL_FOLDER)
        and not each.importer.startswith(OPTIONAL_FOLDER)
    }
    assert known == {SEAM}
