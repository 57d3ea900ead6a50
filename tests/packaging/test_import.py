"""`import zcrm_tools` costs next to nothing, in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("mcp", "httpx2", "pydantic", "ipywidgets", "keyring", "sqlite3", "asyncio", "click", "starlette")
MOST_MS = 15.0
TRIES = 7

TIMED = """
import time
begun = time.perf_counter()
import zcrm_tools
print((time.perf_counter() - begun) * 1000)
"""

LOADED = """
import sys
import zcrm_tools
print(",".join(sorted({name.split(".")[0] for name in sys.modules})))
"""


def fresh(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    ).stdout.strip()


def test_importing_loads_nothing_heavy() -> None:
    assert set(HEAVY).isdisjoint(fresh(LOADED).split(","))


def test_importing_takes_under_15_ms() -> None:
    assert min(float(fresh(TIMED)) for _ in range(TRIES)) < MOST_MS


def test_the_names_of_the_package_are_there_all_the_same() -> None:
    assert (
        fresh("import zcrm_tools; print(all(hasattr(zcrm_tools, n) for n in zcrm_tools.__all__))") == "True"
    )
