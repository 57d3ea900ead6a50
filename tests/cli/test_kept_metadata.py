"""What the verbs say and do about the org's metadata that is kept on disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from zcrm_tools.metadata import pin
from zcrm_tools.settings import from_environment


def kept() -> list[Path]:
    return sorted(Path(os.environ["ZCRM_HOME"], "metadata").rglob("*.json"))


@pytest.mark.usefixtures("signed_in")
def test_status_says_what_is_kept_and_refresh_asks_again(zcrm) -> None:
    assert "nothing kept" in zcrm("status").out
    assert zcrm("types", "--modules", "Leads").code == 0
    assert [p.name for p in kept()] == ["fields.Leads.json", "modules.json", "org.json"]
    assert "3 answers about the org kept, the oldest just now" in zcrm("status").out
    before = kept()[0].stat().st_ino
    assert "9 answers" in zcrm("status", "--refresh").out
    assert kept()[0].stat().st_ino != before or len(kept()) == 9


@pytest.mark.usefixtures("signed_in")
def test_the_pin_of_a_sign_in_is_what_its_processes_have_learned(zcrm) -> None:
    assert pin.read(from_environment()) is None
    zcrm("types", "--modules", "Leads")
    found = pin.read(from_environment())
    assert found is not None
    assert found.org is not None
    assert "Online Store" in found.choices("Leads", "Lead_Source")
    assert found.labels("Leads")["Designation"] == "Title"
    assert found.fields("Deals") == {}


def test_without_a_sign_in_and_on_the_demo_org_there_is_no_pin(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pin.read(from_environment()) is None
    monkeypatch.setenv("ZCRM_DEMO", "1")
    assert pin.read(from_environment()) is None


@pytest.mark.usefixtures("signed_in")
def test_types_can_be_told_to_ask_whatever_is_kept(zcrm) -> None:
    zcrm("types", "--modules", "Leads")
    for path in kept():
        path.write_bytes(path.read_bytes().replace(b"Company", b"Compote"))
    assert "Compote" in zcrm("types", "--modules", "Leads").out
    assert "Compote" not in zcrm("types", "--modules", "Leads", "--refresh").out


@pytest.mark.usefixtures("signed_in")
def test_the_doctor_names_a_damaged_file_and_the_next_call_mends_it(zcrm) -> None:
    zcrm("types", "--modules", "Leads")
    kept()[0].write_text("not JSON")
    said = zcrm("doctor").out
    assert "! metadata" in said
    assert "fields.Leads.json makes no sense" in said
    assert "zcrm status --refresh" in said
    zcrm("types", "--modules", "Leads")
    assert "✓ metadata" in zcrm("doctor").out
