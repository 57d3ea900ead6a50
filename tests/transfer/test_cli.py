"""`zcrm export` as a person types it."""

from __future__ import annotations

import csv
from pathlib import Path

from click.testing import CliRunner

from zcrm_tools.cli.export import command


def test_a_module_is_exported_and_what_it_costs_is_said(tmp_path: Path):
    file = tmp_path / "deals.csv"
    done = CliRunner().invoke(command, ["Deals", "--demo", "--to", str(file), "--fields", "Deal_Name,Amount"])
    assert done.exit_code == 0
    assert "3 credits" in done.stderr
    with file.open(newline="") as rows:
        found = list(csv.DictReader(rows))
    assert f"{len(found)} records" in done.stdout
    assert list(found[0]) == ["id", "Deal_Name", "Amount"]
