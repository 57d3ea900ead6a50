"""What is installed: two commands, and a wheel with two packages and what they need."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_commands_are_installed_and_load() -> None:
    found = {point.name: point for point in entry_points(group="console_scripts")}
    assert callable(found["zcrm"].load())
    assert callable(found["zcrm-mcp"].load())
    assert found["zcrm-tools"].value == found["zcrm-mcp"].value


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names in a wheel built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "-w", str(folder), str(ROOT)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("zcrm_tools-*.whl")
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_the_wheel_holds_exactly_two_packages(wheel: list[str]) -> None:
    tops = {name.split("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"zcrm_tools", "zcrm_server"}


@pytest.mark.parametrize(
    "name",
    [
        "zcrm_tools/py.typed",
        "zcrm_tools/emulator/data/standard_fields.json",
        "zcrm_server/demo/__main__.py",
        "zcrm_tools/cli/__main__.py",
        "zcrm_tools/screens/grid.js",
        "zcrm_server/apps/host.js",
    ],
)
def test_the_wheel_holds_what_the_commands_need(wheel: list[str], name: str) -> None:
    assert name in wheel


def test_every_source_file_is_in_the_wheel(wheel: list[str]) -> None:
    for base, package in ((ROOT, "zcrm_tools"), (ROOT / "server", "zcrm_server")):
        for path in (base / package).rglob("*.py"):
            assert path.relative_to(base).as_posix() in wheel
