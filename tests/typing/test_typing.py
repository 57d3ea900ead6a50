"""mypy, strict, over the Python face as its users type it, and over the stub of an org's own modules."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`zcrm types --demo > my_org.pyi`."""
    made = tmp_path_factory.mktemp("stubs") / "my_org.pyi"
    done = subprocess.run(
        [sys.executable, "-m", "zcrm_tools.cli", "types", "--demo"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    made.write_text(done.stdout, "utf-8")
    return made


@pytest.mark.timeout(300)
def test_users_get_exact_types_and_nothing_wrong_is_let_through(stub: Path):
    """Every `type: ignore` in the files is a mistake that must be found: strict mypy reports those without one."""
    done = subprocess.run(
        [
            sys.executable, "-m", "mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml"),
            "--cache-dir", str(ROOT / ".mypy_cache"), str(HERE / "faces.py"), str(HERE / "own_org.py"), str(stub),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"MYPYPATH": f"{stub.parent}:{ROOT}:{ROOT / 'server'}", "PATH": ""},
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr


def test_a_stub_is_python_and_has_every_module_of_records(stub: Path):
    tree = ast.parse(stub.read_text("utf-8"))
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    assert {"LeadsRecord", "AsyncLeads", "Leads", "DealsValues", "Org", "AsyncOrg"} <= classes


async def test_what_an_administrator_named_cannot_become_code():
    from zcrm_tools.metadata.stubs import stub as made
    from zcrm_tools.models.metadata import FieldInfo

    evil = "x'\"\n]; import os #"
    field = FieldInfo.model_validate(
        {
            "api_name": evil,
            "field_label": evil,
            "data_type": "picklist",
            "pick_list_values": [{"actual_value": evil, "display_value": '"""'}],
        }
    )
    tree = ast.parse(made(f'{evil}"""', {"Leads": {evil: field}}, {"Leads": "leads"}))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert imported == set()
