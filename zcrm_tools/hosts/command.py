"""The words that start this installation's server, wherever a host is started from."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path


def server_command() -> list[str]:
    """The absolute path of this installation's `zcrm-mcp`; its module run by this Python where there is none."""
    beside = Path(sys.executable).with_name("zcrm-mcp.exe" if sys.platform == "win32" else "zcrm-mcp")
    if beside.exists():
        return [str(beside)]
    found = shutil.which("zcrm-mcp")
    return [str(Path(found).resolve())] if found else [sys.executable, "-m", "zcrm_server"]
