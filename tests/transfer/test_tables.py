"""The two ways from Zoho's JSON to Arrow give the same, and what does not fit is empty and counted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from zcrm_tools.transfer import tables
from zcrm_tools.transfer.columns import Column

COLUMNS = (
    Column("id", "id", "text"),
    Column("Lead_Source", "Lead_Source", "choice"),
    Column("Count", "Count", "integer", quoted=True),
    Column("Amount", "Amount", "number"),
    Column("At", "At", "datetime"),
    Column("On", "On", "date"),
    Column("Owner", "Owner", "id"),
    Column("Owner.name", "Owner", "name"),
    Column("Kinds", "Kinds", "choices"),
    Column("Open", "Open", "boolean"),
)
ROW: dict[str, Any] = {
    "id": "554023000020001003",
    "Lead_Source": "Web",
    "Count": "9007199254740993",
    "Amount": 5,
    "At": "2026-11-24T15:00:00+01:00",
    "On": "2026-11-24",
    "Owner": {"name": "Rao", "id": "554023000000000001"},
    "Kinds": ["a", "b"],
    "Open": True,
}
EMPTY = dict.fromkeys(ROW) | {"id": "554023000020001004"}
pytest.importorskip("pyarrow")


def page(*rows: dict[str, Any]) -> bytes:
    return json.dumps({"data": rows, "info": {"more_records": False}}).encode()


def test_both_ways_give_the_same_table():
    fast, misfits = tables.page(page(ROW, EMPTY), COLUMNS)
    assert misfits == 0
    assert fast.to_pylist() == tables.table([ROW, EMPTY], COLUMNS).to_pylist()
    assert fast.schema == tables.schema(COLUMNS)
    assert fast.to_pylist()[0]["Count"] == 9007199254740993
    assert fast.to_pylist()[0]["At"].isoformat() == "2026-11-24T14:00:00+00:00"


def test_a_value_of_another_type_is_empty_and_counted_and_its_neighbours_stay():
    odd = ROW | {"Amount": "a lot", "On": "yesterday"}
    found, misfits = tables.page(page(odd, ROW), COLUMNS)
    assert misfits == 2
    assert found.column("Amount").to_pylist() == [None, 5.0]
    assert found.column("Lead_Source").to_pylist() == ["Web", "Web"]


def test_pandas_keeps_whole_numbers_whole_and_picklists_as_categories():
    pytest.importorskip("pandas")
    types = tables.to_pandas(tables.table([ROW, EMPTY], COLUMNS)).dtypes.astype(str)
    assert dict(types)["Count"] == "Int64"
    assert dict(types)["Lead_Source"] == "category"
    assert dict(types)["At"] == "datetime64[us, UTC]"
    assert dict(types)["Open"] == "boolean"


def test_polars_takes_the_table_as_it_is():
    pytest.importorskip("polars")
    frame = tables.to_polars(tables.table([ROW, EMPTY], COLUMNS))
    assert frame["Count"].to_list() == [9007199254740993, None]
    assert str(frame.schema["At"]) == "Datetime(time_unit='us', time_zone='UTC')"
