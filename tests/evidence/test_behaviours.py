"""The emulator's own documentation says what the rows here say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("behaviours.py")


def test_the_emulators_readme_and_coverage_page_are_what_the_rows_say():
    done = subprocess.run(
        [sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
