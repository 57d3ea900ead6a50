"""changes and approve: on a live emulator, since they read what another process wrote."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("signed_in")


def answer(done: Any) -> dict[str, Any]:
    assert done.code == 0, done.err
    body: dict[str, Any] = json.loads(done.out)
    return body


def write(zcrm, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return answer(zcrm("call", action, "--write", "--json", json.dumps(arguments)))


def leads(zcrm, count: int) -> list[str]:
    table = answer(zcrm("call", "search_leads", "--json", json.dumps({"limit": count})))
    return [row[0] for row in table["rows"]]


def title_of(zcrm, lead: str) -> str:
    record = answer(zcrm("call", "get_record", "--json", json.dumps({"module": "Leads", "id": lead})))
    return str(record["fields"].get("Designation", ""))


def at_a_terminal(*arguments: str, keys: str) -> tuple[int, str]:
    """Run `zcrm` with a terminal as its stdin, and type."""
    import pty

    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [sys.executable, "-m", "zcrm_tools.cli", *arguments],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        ) as process:
            os.write(ours, keys.encode())
            out, _ = process.communicate(timeout=30)
        return process.returncode, out
    finally:
        os.close(ours)
        os.close(theirs)


def test_nothing_was_written_yet(zcrm) -> None:
    done = zcrm("changes", "list")
    assert done.code == 0
    assert "Nothing was written" in done.out
    assert json.loads(zcrm("changes", "list", "--json").out) == []


def test_a_change_is_listed_shown_and_undone(zcrm) -> None:
    (lead,) = leads(zcrm, 1)
    before = title_of(zcrm, lead)
    done = write(zcrm, "update_records", {"module": "Leads", "records": [{"id": lead, "fields": {"Designation": "Ice Chief"}}]})  # fmt: skip
    change = done["records"][0]["change_id"]

    listed = zcrm("changes", "list")
    assert change in listed.out
    assert "Designation" in listed.out
    shown = zcrm("changes", "show", change)
    assert f"Designation: {before or '–'} → Ice Chief" in shown.out
    assert "asked for by zcrm call" in shown.out
    assert json.loads(zcrm("changes", "show", change, "--json").out)["record"] == lead

    undone = zcrm("changes", "undo", change)
    assert undone.code == 0, undone.err
    assert title_of(zcrm, lead) == before
    again = zcrm("changes", "undo", change)
    assert again.code == 1
    assert "already undone" in again.err
    assert "undone" in zcrm("changes", "show", change).out


def test_a_change_that_is_not_there_is_refused_in_words(zcrm) -> None:
    done = zcrm("changes", "show", "chg_nothing")
    assert done.code == 1
    assert "There is no change 'chg_nothing'" in done.err


def test_no_plan_waits(zcrm) -> None:
    assert "No plan is waiting" in zcrm("approve").out
    assert zcrm("approve", "plan_nothing").code == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("agrees", [True, False])
def test_a_write_of_many_records_waits_for_a_person_at_a_terminal(zcrm, agrees: bool) -> None:
    many = leads(zcrm, 21)
    title = f"Reviewed {agrees}"
    asked = {
        "module": "Leads",
        "records": [{"id": i, "fields": {"Designation": title}} for i in many],
    }
    plan = write(zcrm, "update_records", asked)
    assert plan["status"] == "waiting"
    assert f"zcrm approve {plan['plan_id']}" in plan["next_step"]
    listed = zcrm("approve")
    assert plan["plan_id"] in listed.out
    assert listed.out.count(f"→ {title}") == 21

    unattended = zcrm("approve", plan["plan_id"], stdin="y\n")
    assert unattended.code == 1
    assert "Only a person at a terminal" in unattended.err
    assert write(zcrm, "update_records", {**asked, "plan_id": plan["plan_id"]})["status"] == "waiting"

    code, said = at_a_terminal("approve", plan["plan_id"], keys="y\n" if agrees else "\n")
    assert "May this be written?" in said
    assert code == (0 if agrees else 1), said
    repeated = zcrm("call", "update_records", "--write", "--json", json.dumps({**asked, "plan_id": plan["plan_id"]}))  # fmt: skip
    if agrees:
        assert answer(repeated)["status"] == "applied"
        assert title_of(zcrm, many[0]) == title
    else:
        assert repeated.code == 1
        assert "was dropped" in repeated.err
        assert title_of(zcrm, many[0]) != title


def test_every_decision_is_in_the_audit_log_whose_chain_holds(zcrm) -> None:
    (lead,) = leads(zcrm, 1)
    write(zcrm, "update_records", {"module": "Leads", "records": [{"id": lead, "fields": {"Designation": "Ice Auditor"}}]})  # fmt: skip
    shown = zcrm("changes", "audit")
    assert [word in shown.out for word in ("allowed", "applied", "update_records", f"Leads/{lead}")] == [
        True
    ] * 4
    good = zcrm("changes", "verify")
    assert (good.code, "as they were written" in good.out) == (0, True)
    head = json.loads(zcrm("changes", "verify", "--json").out)["head"]
    assert zcrm("changes", "verify", "--head", head).code == 0

    file = sqlite3.connect(Path(os.environ["ZCRM_HOME"]) / "state.db")
    with file:
        file.execute("UPDATE audit SET outcome = 'nothing' WHERE number = 2")
    file.close()
    bad = zcrm("changes", "verify")
    assert (bad.code, "broken at row 2" in bad.out) == (1, True)


def test_old_values_are_forgotten_and_the_change_stays_listed(zcrm) -> None:
    (lead,) = leads(zcrm, 1)
    done = write(zcrm, "update_records", {"module": "Leads", "records": [{"id": lead, "fields": {"Designation": "Ice Archivist"}}]})  # fmt: skip
    change = done["records"][0]["change_id"]
    assert "0 changes" in zcrm("changes", "purge", "--older-than", "1").out
    assert "1 change forgotten" in zcrm("changes", "purge", "--older-than", "0").out
    listed = zcrm("changes", "list")
    assert change in listed.out
    assert "forgotten" in listed.out
    assert "Ice Archivist" not in zcrm("changes", "show", change).out
    assert "no longer kept" in zcrm("changes", "undo", change).err


def test_all_that_a_plan_changed_is_taken_back_by_its_id(zcrm) -> None:
    ids = leads(zcrm, 2)
    titles = [title_of(zcrm, lead) for lead in ids]
    rows = [{"id": lead, "fields": {"Designation": "Ice Planner"}} for lead in ids]
    done = write(zcrm, "update_records", {"module": "Leads", "records": rows})
    assert done["plan_id"] in zcrm("changes", "show", done["records"][0]["change_id"]).out
    undone = zcrm("changes", "undo", done["plan_id"])
    assert undone.code == 0, undone.err
    assert [title_of(zcrm, lead) for lead in ids] == titles


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_undoing_a_create_is_shown_and_asked_for_at_a_terminal_and_nowhere_else(zcrm) -> None:
    made = write(zcrm, "create_lead", {"last_name": "Zzyzx", "company": "Nowhere"})
    change = made["records"][0]["change_id"]
    unattended = zcrm("changes", "undo", change)
    assert (unattended.code, "A person must agree to it" in unattended.err) == (1, True)
    code, said = at_a_terminal("changes", "undo", change, keys="n\n")
    assert (code, "Nothing was written." in said) == (1, True)
    code, said = at_a_terminal("changes", "undo", change, keys="y\n")
    assert "delete 1 Leads" in said
    assert "Last_Name: Zzyzx" in said
    assert (code, "1 of 1 written." in said) == (0, True), said


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_where_the_policy_takes_no_yes_at_a_terminal_none_is_given_there(zcrm, tmp_path, monkeypatch) -> None:
    (lead,) = leads(zcrm, 1)
    plan = write(zcrm, "delete_records", {"module": "Leads", "ids": [lead]})["plan_id"]
    policy = tmp_path / "policy.toml"
    policy.write_text('approval = ["client", "page"]\n')
    monkeypatch.setenv("ZCRM_POLICY", str(policy))
    code, said = at_a_terminal("approve", plan, keys="y\n")
    assert code == 1
    assert "takes no approval at a terminal, only in the assistant's own program or on the server's" in said
    shown = zcrm("policy").out
    assert "person beyond: 60 records within 60 minutes that no person agreed to" in shown
    assert "approval: in the assistant's own program or on the server's approval page" in shown
