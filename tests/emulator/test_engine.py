"""The engine under the API: times shown fast and right, rows in order, keys found without reading a whole table."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm_tools.emulator.clock import FrozenClock
from zcrm_tools.emulator.render import Shown, read, show_datetime, zoned
from zcrm_tools.emulator.store import Store

ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe")
ODD = ("Europe/Amsterdam", "Africa/Monrovia", "America/New_York")
MOMENTS = st.integers(-3_000_000_000, 4_000_000_000)


@pytest.fixture
def store():
    found = Store(None, clock=FrozenClock(datetime(2026, 11, 24, tzinfo=UTC)))
    yield found
    found.close()


@given(MOMENTS, st.sampled_from((*ZONES, *ODD)))
def test_a_time_is_shown_as_isoformat_shows_it_in_every_zone_and_century(seconds, name):
    zone = ZoneInfo(name)
    show = show_datetime(zone)
    assert show((seconds,), 0) == zoned(seconds, zone)
    assert show((seconds + 1,), 0) == zoned(seconds + 1, zone)
    assert show((None,), 0) is None


def test_a_key_named_twice_shows_its_last_meaning_in_its_first_place(store):
    store.load("Leads", [{"Last_Name": "A", "Company": "B"}, {"Last_Name": "C", "Company": "D"}])
    name, company = (
        Shown("x", ('t."Last_Name"',), lambda row, at: f"<{row[at]}>"),
        Shown("x", ('t."Company"',)),
    )
    fixed = Shown("k", (), lambda _row, _at: 7)
    tail = 'FROM "Leads" t ORDER BY t.id'
    assert read(store, [name, fixed, company], tail) == [{"x": "B", "k": 7}, {"x": "D", "k": 7}]
    assert read(store, [company, fixed, name], tail) == [{"x": "<A>", "k": 7}, {"x": "<C>", "k": 7}]
    assert read(store, [name], tail) == [{"x": "<A>"}, {"x": "<C>"}]
    assert read(store, [fixed], tail) == [{"k": 7}, {"k": 7}]
    assert read(store, [], tail) == [{}, {}]


def test_the_field_that_upsert_looks_for_is_found_by_an_index(store):
    for module in store.modules.values():
        if module.duplicate_field:
            sql = (
                f'EXPLAIN QUERY PLAN SELECT id FROM "{module.api_name}" WHERE "{module.duplicate_field}" = ?'
            )
            ((_, _, _, plan),) = store.fetch(sql, ("x",))
            assert plan.startswith("SEARCH"), module.api_name


def test_an_empty_org_opens_again_without_being_set_up_again(tmp_path, store):
    path = tmp_path / "org.db"
    first = Store(path, clock=store.clock)
    before = first.fetch("PRAGMA schema_version")
    first.close()
    second = Store(path, clock=store.clock)
    assert second.fetch("PRAGMA schema_version") == before
    assert second.modules.keys() == store.modules.keys()
    second.close()
