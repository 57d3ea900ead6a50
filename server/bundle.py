"""Lay out the bundle: python server/bundle.py FOLDER, then `mcpb validate FOLDER` and `mcpb pack FOLDER zcrm-tools.mcpb`.

It holds sources and pyproject.toml alone; the host's uv installs what they need.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
HELD = ("pyproject.toml", "README.md", "LICENSE", "zcrm_tools", "server/zcrm_server")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "node_modules")


def stage(folder: Path) -> None:
    """Raises FileExistsError for a folder that is there: nothing old may slip into a bundle."""
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "server" / "mcpb" / "manifest.json", folder / "manifest.json")
    for name in HELD:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=_LEFT_OUT)
        else:
            shutil.copy(source, target)


if __name__ == "__main__":
    stage(Path(sys.argv[1]))
