"""The editor's built file is what its sources make: rebuilt with the locked versions, and compared byte for byte."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from zcrm_tools.widgets.panel import HERE


def test_the_built_editor_is_its_sources_built(tmp_path: Path):
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    sources = tmp_path / "editor"
    shutil.copytree(HERE / "editor", sources, ignore=shutil.ignore_patterns("node_modules"))
    install = subprocess.run(
        [npm, "ci", "--silent", "--no-audit", "--no-fund"],
        cwd=sources,
        capture_output=True,
        text=True,
        check=False,
    )
    if install.returncode:
        pytest.skip(f"the locked packages cannot be had here: {install.stderr[-300:]}")
    subprocess.run([npm, "run", "build"], cwd=sources, check=True, capture_output=True)
    assert (tmp_path / "editor.built.js").read_bytes() == (HERE / "editor.built.js").read_bytes()
