"""Images of an org: copied into memory in milliseconds, put back into a file that others have open."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from zcrm_tools.emulator import FrozenClock, open_emulator
from zcrm_tools.emulator.snapshots import fresh, template

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def contents(store):
    names = store.fetch(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'oauth%' ORDER BY name"
    )
    return {name: store.fetch(f'SELECT * FROM "{name}"') for (name,) in names}


def test_a_fresh_demo_org_is_copied_and_not_made_again(monkeypatch):
    """What makes it take milliseconds; `tests/benchmarks/emulator_start.py` shows how many."""
    fresh(now=NOW).close()
    monkeypatch.setattr(
        "zcrm_tools.emulator.app.demo_org", lambda *_a, **_k: pytest.fail("made again"), raising=False
    )
    monkeypatch.setattr("zcrm_tools.emulator.seed.demo_org", lambda *_a, **_k: pytest.fail("made again"))
    emulator = fresh(now=NOW)
    assert emulator.store.count("Leads") > 100
    emulator.close()


def test_a_copy_holds_what_a_seeded_org_holds():
    copy, seeded = fresh(number=3, now=NOW), open_emulator(number=3, clock=FrozenClock(NOW))
    mine, theirs = contents(copy.store), contents(seeded.store)
    for held in (mine, theirs):
        held["_meta"] = [row for row in held["_meta"] if row[0] != "secret"]
    assert mine == theirs
    copy.close()
    seeded.close()


def test_copies_share_nothing():
    one, two = fresh("empty"), fresh("empty")
    one.store.load("Leads", [{"Last_Name": "Doe", "Company": "Acme"}])
    assert (one.store.count("Leads"), two.store.count("Leads")) == (1, 0)
    assert one.credentials.access_token != two.credentials.access_token
    assert two.grants.holder(one.credentials.access_token) is None
    one.close()
    two.close()


@pytest.mark.parametrize("kept_in", ["memory", "file"])
def test_a_snapshot_put_back_undoes_what_came_after_it(tmp_path, kept_in):
    emulator = open_emulator(tmp_path / "org.db" if kept_in == "file" else None, seed="empty")
    emulator.store.load("Leads", [{"Last_Name": "Kept", "Company": "Acme"}])
    image = emulator.store.image()
    emulator.store.load("Leads", [{"Last_Name": "Lost", "Company": "Acme"}])
    emulator.store.become(image)
    assert emulator.store.fetch('SELECT Last_Name FROM "Leads"') == [("Kept",)]
    assert emulator.grants.holder(emulator.credentials.access_token) is not None, "credentials of then work"
    assert emulator.store.fetch("PRAGMA integrity_check") == [("ok",)]
    emulator.store.load("Leads", [{"Last_Name": "New", "Company": "Acme"}])
    assert emulator.store.count("Leads") == 2
    emulator.close()


def test_another_process_on_the_file_sees_the_snapshot_put_back(tmp_path):
    one, two = (open_emulator(tmp_path / "org.db", seed="empty") for _ in range(2))
    image = one.store.image()
    two.store.load("Leads", [{"Last_Name": "Doe", "Company": "Acme"}])
    assert one.store.count("Leads") == 1
    one.store.become(image)
    assert two.store.count("Leads") == 0
    two.store.load("Leads", [{"Last_Name": "Roe", "Company": "Acme"}])
    assert one.store.fetch('SELECT Last_Name FROM "Leads"') == [("Roe",)]
    one.close()
    two.close()


def test_an_image_of_a_file_opens_in_memory(tmp_path):
    kept = open_emulator(tmp_path / "org.db", seed="empty")
    kept.store.load("Leads", [{"Last_Name": "Doe", "Company": "Acme"}])
    copy = open_emulator(image=kept.store.image())
    assert copy.store.count("Leads") == 1
    assert copy.store.path is None
    kept.close()
    copy.close()


def test_an_image_cannot_be_put_back_within_a_transaction_nor_into_a_file_on_opening(tmp_path):
    emulator = fresh("empty")
    image = emulator.store.image()
    with pytest.raises(RuntimeError, match="transaction"), emulator.store.transaction():
        emulator.store.become(image)
    with pytest.raises(ValueError, match="image"):
        open_emulator(tmp_path / "org.db", image=image)
    emulator.close()


def test_a_template_is_made_once():
    assert template("empty", now=NOW) is template("empty", now=NOW)
