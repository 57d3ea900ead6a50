"""Every notebook runs top to bottom on the demo org in a kernel of its own, tells its story, and is kept without outputs."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))

TOLD = {
    "01_connect": ("Closed Won", "Did you mean Stage", "read-only"),
    "02_explore": ("Lead Owner", "COQL has no `select *`"),
    "03_query": ("Did you mean Closed Won", "COQL has no HAVING", "THIS QUARTER"),
    "04_safe_writes": ("it deletes records", "Did you mean 2026-12-31", "Placeholder"),
    "05_agent_tools": ("run_coql", "Did you mean Contacted", "contract.pdf", "Web order #1043"),
    "06_pipeline_and_forecast": ("open deals worth", "Forecast by month", "EMEA"),
    "07_lead_capture": ("takes one e-mail address", "same e-mail", "nothing was written a second time"),
}
"""Words in the outputs that show that the story came out as it is told."""


def test_every_notebook_has_a_story_to_tell():
    assert [path.stem for path in NOTEBOOKS] == sorted(TOLD)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
# jupyter_client and its event loop policies warn about themselves; the notebook's own warnings show in its outputs.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::RuntimeWarning", "ignore::ResourceWarning")
def test_the_notebook_runs_tells_its_story_and_shows_no_secret(path: Path, tmp_path: Path):
    notebook = nbformat.read(path, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "notebooks are committed without outputs"
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = "\n".join(
        nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))
        for cell in notebook.cells
        if cell.cell_type == "code"
    )
    outputs = str([cell.outputs for cell in notebook.cells if cell.cell_type == "code"])
    for words in TOLD[path.stem]:
        assert words in outputs
    assert not re.search(r"1000\.[0-9a-f]{32}", shown)
    assert str(Path.home()) not in shown
    assert str(Path(__file__).parents[2]) not in shown
