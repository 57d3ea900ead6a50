"""zcrm policy: what the operator's file comes to, before it is used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


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


@pytest.mark.usefixtures("signed_in")
def test_a_name_that_the_org_does_not_have_is_doubted_since_it_limits_nothing(zcrm, tmp_path: Path) -> None:
    zcrm("types", "--modules", "Leads,Events")
    file = tmp_path / "policy.toml"
    file.write_text(
        '[modules]\ndeny = ["Meetings", "leads", "Inovices"]\n[fields]\ndeny = ["Leads.Fone", "*.Owner"]\n'
    )
    said = zcrm("policy", str(file))
    assert said.code == 0
    assert "no module 'Meetings'" not in said.err
    assert "module 'Meetings'. Did you mean Events?" in said.err
    assert "module 'Inovices'. Did you mean Invoices?" in said.err
    assert "field of Leads 'Fone'" in said.err
    assert "leads" not in said.err
    assert "*.Owner" not in said.err
    assert len(json.loads(zcrm("policy", str(file), "--json").out)["unknown_names"]) == 3
