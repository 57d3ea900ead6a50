"""`import zcrm_tools` costs next to nothing, in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("mcp", "httpx2", "pydantic", "ipywidgets", "keyring", "sqlite3", "asyncio", "click", "starlette")

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


def test_importing_loads_one_module_of_ours_and_few_of_pythons() -> None:
    """What keeps it under 15 ms; the time itself is `tests/benchmarks/import_time.py`'s to show."""
    ours = fresh("import sys, zcrm_tools; print(*[n for n in sys.modules if n.startswith('zcrm_tools')])")
    added = fresh(
        "import sys; before = set(sys.modules); import zcrm_tools; print(len(set(sys.modules) - before))"
    )
    assert ours == "zcrm_tools"
    assert int(added) < 40


def test_the_names_of_the_package_are_there_all_the_same() -> None:
    assert (
        fresh("import zcrm_tools; print(all(hasattr(zcrm_tools, n) for n in zcrm_tools.__all__))") == "True"
    )
