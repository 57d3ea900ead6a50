"""How long `import zcrm_tools` takes in a fresh interpreter, beside an empty one and beside pydantic: `python tests/benchmarks/import_time.py`."""

from __future__ import annotations

import statistics
import subprocess
import sys

ROUNDS = 15
TIMED = "import time; begun = time.perf_counter(); import {name}; print((time.perf_counter() - begun) * 1000)"


def once(name: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", TIMED.format(name=name)], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def main() -> None:
    """Interleaved rounds, so that a slow moment of the machine falls on all alike."""
    names = ("zcrm_tools", "json", "pydantic", "httpx2", "mcp")
    rounds = [[once(name) for name in names] for _ in range(ROUNDS)]
    for name, times in zip(names, zip(*rounds, strict=True), strict=True):
        print(f"{name:<12} median {statistics.median(times):7.1f} ms   least {min(times):7.1f} ms")


if __name__ == "__main__":
    main()
