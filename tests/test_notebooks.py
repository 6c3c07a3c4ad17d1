"""Every notebook runs from top to bottom in a Jupyter kernel of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.fixture(scope="module")
def in_jupyterlab(request: pytest.FixtureRequest) -> bool:
    """Whether test_notebooks_browser.py runs every notebook in this session, and checks as much."""
    files = {item.path.name for item in request.session.items}
    if "test_notebooks_browser.py" not in files:
        return False
    try:
        request.getfixturevalue("chromium")
    except pytest.skip.Exception:
        return False
    return True


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(
    path: Path, jupyter_home: Path, tmp_path: Path, in_jupyterlab: bool
) -> None:
    if in_jupyterlab:
        pytest.skip("test_notebooks_browser.py runs it")
    # In a copy of the folder, so that what a notebook writes does not stay.
    folder = tmp_path / "notebooks"
    shutil.copytree(FOLDER, folder)
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute()  # raises CellExecutionError with the cell and its traceback
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    warnings = [
        output.text
        for cell in code
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stderr"
    ]
    assert warnings == []
