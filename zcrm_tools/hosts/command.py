"""The words that start this installation's server, wherever a host is started from."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path


def server_command() -> list[str]:
    """The absolute path of this installation's `zcrm-mcp`; its module run by this Python where there is none."""
    return _installed("zcrm-mcp") or [sys.executable, "-m", "zcrm_server"]


def typed_command() -> list[str]:
    """What a person types for `zcrm`: the one word where their shell finds this installation's."""
    here = _installed("zcrm") or [sys.executable, "-m", "zcrm_tools.cli"]
    found = shutil.which("zcrm")
    return ["zcrm"] if found and [str(Path(found).resolve())] == here else here


def _installed(name: str) -> list[str]:
    beside = Path(sys.executable).with_name(f"{name}.exe" if sys.platform == "win32" else name)
    if beside.exists():
        return [str(beside)]
    found = shutil.which(name)
    return [str(Path(found).resolve())] if found else []
