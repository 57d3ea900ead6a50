"""zcrm policy: what the operator's file comes to, before it is used."""

from __future__ import annotations

import json
from pathlib import Path


def test_the_usual_rules_without_a_file(zcrm) -> None:
    told = json.loads(zcrm("policy", "--json").out)
    assert (told["mode"], told["person_above"], told["modules"]) == ("read", 20, "all")
    assert (told["effects"]["update"], told["effects"]["send"]) == ("straight", "person")
    assert json.loads(zcrm("policy", "--json", "--write").out)["mode"] == "write"


def test_a_file_is_shown_or_its_mistakes_named(zcrm, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text('mode = "write"\n[modules]\nallow = ["Leads"]\n[effects]\nsend = "refuse"\n')
    shown = zcrm("policy", str(file))
    assert shown.code == 0
    assert "modules: only Leads" in shown.out
    file.write_text("row_kap = 5\n")
    wrong = zcrm("policy", str(file))
    assert wrong.code == 1
    assert "Did you mean row_cap?" in wrong.err
