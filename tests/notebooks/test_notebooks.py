"""Every notebook runs top to bottom on the demo org in a kernel of its own, and is kept without outputs."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
# jupyter_client and its event loop policies warn about themselves; the notebook's own warnings show in its outputs.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::RuntimeWarning", "ignore::ResourceWarning")
def test_the_notebook_runs_and_shows_no_secret(path: Path, tmp_path: Path):
    notebook = nbformat.read(path, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "notebooks are committed without outputs"
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = nbformat.writes(notebook)
    assert not re.search(r"1000\.[0-9a-f]{32}", shown)
    assert str(Path.home()) not in shown


def test_the_first_notebook_ends_in_a_table_of_the_pipeline(tmp_path: Path):
    notebook = nbformat.read(NOTEBOOKS[0], as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = nbformat.writes(notebook)
    assert "Closed Won" in shown
    assert "Did you mean Stage" in shown
    assert "read-only" in shown
