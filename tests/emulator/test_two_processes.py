"""Two emulators on one database file, with writers racing each other."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

WRITERS, EACH = 4, 12  # tests/long asks for more


def test_racing_writers_in_two_processes_never_corrupt_the_file(tmp_path, emulator_process):
    race(tmp_path / "org.db", emulator_process, WRITERS, EACH)


def race(db, emulator_process, writers, each):
    with (
        emulator_process("--seed", "empty", "--db", str(db)) as one,
        emulator_process("--seed", "empty", "--db", str(db)) as two,
    ):
        running = (one, two)
        with ThreadPoolExecutor(writers) as pool:
            told = list(pool.map(lambda at: write(running[at % 2], f"w{at}", each), range(writers)))
        created = [record for records, _ in told for record in records]
        updated = {record: city for _, updates in told for record, city in updates.items()}
        assert len(created) == len(set(created)) == writers * each * 2, "an id was given twice"
        for ready in running:
            shown = count(ready)
            assert shown == len(created), "both processes see every record"
    inside(db, created, updated)


def write(ready, name, each):
    """Batches of two and an update; the ids acknowledged and the cities set."""
    created, updates = [], {}
    with httpx.Client(base_url=ready["url"], headers=authorized(ready), timeout=30) as http:
        for number in range(each):
            rows = [{"Last_Name": f"{name}-{number}-{part}", "Company": name} for part in "ab"]
            reply = http.post("/crm/v8/Leads", json={"data": rows})
            assert reply.status_code == 201, reply.text
            ids = [item["details"]["id"] for item in reply.json()["data"]]
            created += ids
            city = f"{name} {number}"
            reply = http.put(f"/crm/v8/Leads/{ids[0]}", json={"data": [{"City": city}]})
            assert reply.status_code == 200, reply.text
            updates[ids[0]] = city
    return created, updates


def inside(db, created, updated):
    with sqlite3.connect(db) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        stored = {str(row): city for row, city in opened.execute('SELECT id, City FROM "Leads"')}
    opened.close()
    assert stored.keys() == set(created)
    assert {record: stored[record] for record in updated} == updated


def authorized(ready):
    return {"Authorization": f"Zoho-oauthtoken {ready['access_token']}"}


def count(ready):
    reply = httpx.get(f"{ready['url']}/crm/v8/Leads/actions/count", headers=authorized(ready))
    return reply.json()["count"]


def test_a_token_of_one_process_is_good_in_the_other(tmp_path, emulator_process):
    db = str(tmp_path / "org.db")
    with emulator_process("--seed", "empty", "--db", db) as one, emulator_process("--db", db) as two:
        reply = httpx.get(f"{two['url']}/crm/v8/org", headers=authorized(one))
        assert reply.json()["org"][0]["company_name"] == "Empty Org"
        assert one["access_token"] != two["access_token"]


@pytest.mark.parametrize("seed", ["empty", "demo"])
def test_two_processes_that_open_a_new_file_at_the_same_moment_make_one_org(tmp_path, emulator_process, seed):
    db = str(tmp_path / "org.db")
    with ThreadPoolExecutor(2) as pool:
        opened = [emulator_process("--seed", seed, "--db", db) for _ in range(2)]
        ready = list(pool.map(lambda process: process.__enter__(), opened))
        try:
            assert ready[0]["org_id"] == ready[1]["org_id"]
            users = [
                httpx.get(f"{one['url']}/crm/v8/users?type=AllUsers", headers=authorized(one))
                for one in ready
            ]
            assert users[0].json() == users[1].json()
        finally:
            for process in opened:
                process.__exit__(None, None, None)
