"""The catalogue on disk: what the next process need not ask for, and what makes it ask all the same."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import stat
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from zcrm_tools.errors import InvalidInput
from zcrm_tools.http.inprocess import InProcess
from zcrm_tools.http.line import Line
from zcrm_tools.http.patience import Patience
from zcrm_tools.http.session import Session
from zcrm_tools.metadata import kinds, pin
from zcrm_tools.metadata.catalogue import Catalogue
from zcrm_tools.metadata.kept import Changes, Entry, Kept
from zcrm_tools.testing import ZohoOrg

WHO = "test/accounts/1000.X/production"


class Token:
    """A fresh one for every call, as the org's clock jumps by hours."""

    def __init__(self, org: ZohoOrg) -> None:
        self._grants = org.emulator.grants
        holder = self._grants.holder(org.credentials.access_token)
        assert holder is not None
        self._holder = holder

    async def token(self) -> str:
        return self._grants.issue(self._holder).access_token

    async def renew(self, refused: str) -> str:
        raise AssertionError(refused)


def files(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file()]


Open = Callable[..., Catalogue]


@pytest.fixture
async def opened(zoho_org: ZohoOrg, tmp_path: Path) -> AsyncIterator[Open]:
    """Each call is another process's catalogue of the same sign-in; their clock is the org's."""
    sessions = []
    token = Token(zoho_org)

    def catalogue(*, home: Path = tmp_path, since: str = "") -> Catalogue:
        line = Line(Patience(wall=zoho_org.emulator.clock.now))
        sessions.append(Session("http://localhost", token, transport=InProcess(zoho_org.app), line=line))
        return Catalogue(sessions[-1], Kept(home, WHO, since=since))

    yield catalogue
    for session in sessions:
        await session.aclose()


def asked(org: ZohoOrg) -> list[str]:
    """What was asked of the settings so far, with a star where only for what changed."""
    return [r["path"].removeprefix("/crm/v8/") + ("*" if r["status"] == 304 else "") for r in org.requests()]


def add_field(org: ZohoOrg, module: str, label: str) -> None:
    from zcrm_tools.emulator.customize import create_field

    create_field(org.emulator.store, module, {"field_label": label, "data_type": "text", "length": 20}, "$")


async def test_the_next_process_asks_nothing_for_an_hour(opened: Open, zoho_org: ZohoOrg):
    first = opened()
    modules, fields = await first.modules(), await first.fields("Deals")
    rest = (await first.users(), await first.org(), await first.pipelines(), await first.fiscal_start())
    before = len(zoho_org.requests())
    zoho_org.advance(minutes=59)
    second = opened()
    assert (dict(await second.modules()), dict(await second.fields("Deals"))) == (modules, fields)
    assert rest == (
        await second.users(),
        await second.org(),
        await second.pipelines(),
        await second.fiscal_start(),
    )
    assert len(zoho_org.requests()) == before


async def test_files_are_private_and_named_after_nobody(opened: Open, tmp_path: Path):
    await opened().fields("Leads")
    (path,) = files(tmp_path)
    assert path.name == "fields.Leads.json"
    assert [stat.S_IMODE(p.stat().st_mode) for p in (path, path.parent)] == [0o600, 0o700]
    assert "1000" not in str(path.relative_to(tmp_path))


@pytest.mark.evidence("metadata.modules-since")
async def test_after_an_hour_one_call_tells_that_nothing_changed(opened: Open, zoho_org: ZohoOrg):
    first = opened()
    for module in ("Leads", "Deals", "Contacts"):
        await first.fields(module)
    zoho_org.advance(minutes=61)
    before = len(asked(zoho_org))
    second = opened()
    for module in ("Leads", "Deals", "Contacts"):
        await second.fields(module)
    assert asked(zoho_org)[before:] == ["settings/modules*"]
    third = opened()
    await third.fields("Leads")
    assert asked(zoho_org)[before:] == ["settings/modules*"]


@pytest.mark.evidence("metadata.modules-since")
async def test_only_the_module_that_changed_is_fetched_again(opened: Open, zoho_org: ZohoOrg):
    first = opened()
    for module in ("Leads", "Deals"):
        await first.fields(module)
    zoho_org.advance(minutes=30)
    add_field(zoho_org, "Leads", "Shoe Size")
    zoho_org.advance(minutes=31)
    before = len(asked(zoho_org))
    assert "Shoe_Size" in await first.fields("Leads")
    await first.fields("Deals")
    assert asked(zoho_org)[before:] == ["settings/modules", "settings/fields"]
    zoho_org.advance(minutes=61)
    await opened().fields("Leads")
    assert asked(zoho_org)[before + 2 :] == ["settings/modules*"]


async def test_what_is_older_than_what_is_known_of_changes_is_not_trusted(
    opened: Open, zoho_org: ZohoOrg, tmp_path: Path
):
    """An answer from before the first look for changes could have changed unseen."""
    await opened().fields("Accounts")
    add_field(zoho_org, "Accounts", "Shoe Size")
    now = zoho_org.emulator.clock.now()
    Kept(tmp_path, WHO).write_changes(Changes(now + timedelta(minutes=5), now + timedelta(minutes=90)))
    zoho_org.advance(minutes=95)
    assert "Shoe_Size" in await opened().fields("Accounts")


async def test_after_a_day_everything_is_fetched_anew(opened: Open, zoho_org: ZohoOrg):
    await opened().fields("Leads")
    for _ in range(25):
        zoho_org.advance(minutes=58)
        await opened().fields("Leads")
    assert asked(zoho_org).count("settings/fields") == 2


@pytest.mark.evidence("metadata.users-since")
async def test_users_are_asked_for_what_changed_even_when_it_is_one_who_left(opened: Open, zoho_org: ZohoOrg):
    users = await opened().users()
    zoho_org.advance(minutes=61)
    before = len(asked(zoho_org))
    assert await opened().users() == users
    assert asked(zoho_org)[before:] == ["users*"]
    me = await opened().me()
    gone = next(one for one in users if one != me.id)
    store = zoho_org.emulator.store
    now = int(zoho_org.emulator.clock.now().timestamp())
    store.update("Users", int(gone), {"status": "disabled", "Modified_Time": now})
    zoho_org.advance(minutes=61)
    assert set(users) - set(await opened().users()) == {gone}


async def test_who_i_am_is_never_kept(opened: Open, tmp_path: Path):
    await opened().me()
    assert not files(tmp_path)


@pytest.mark.parametrize(
    "junk", [b"", b"\xff\x00{", b"[]", b'{"format": 1}', b'{"format": 1, "body": 3, "fetched": "x"}']
)
async def test_a_damaged_file_is_fetched_again_and_named(
    opened: Open, zoho_org: ZohoOrg, tmp_path: Path, junk: bytes
):
    fields = await opened().fields("Leads")
    (path,) = files(tmp_path)
    path.write_bytes(junk)
    kept = Kept(tmp_path, WHO)
    assert list(kinds.damaged(kept)) == ["fields.Leads.json"]
    assert await opened().fields("Leads") == fields
    assert asked(zoho_org).count("settings/fields") == 2
    assert not kinds.damaged(kept)


async def test_a_body_of_another_shape_is_damage_too(opened: Open, tmp_path: Path):
    await opened().fields("Leads")
    (path,) = files(tmp_path)
    whole = json.loads(path.read_bytes())
    path.write_text(json.dumps({**whole, "body": {"Last_Name": {"no": "field"}}}))
    assert list(kinds.damaged(Kept(tmp_path, WHO))) == ["fields.Leads.json"]
    assert "Last_Name" in await opened().fields("Leads")
    assert (await opened().fields("Leads"))["Last_Name"].label == "Last Name"


async def test_a_file_that_others_can_write_is_not_used(opened: Open, zoho_org: ZohoOrg, tmp_path: Path):
    await opened().fields("Leads")
    (path,) = files(tmp_path)
    path.chmod(0o644)
    await opened().fields("Leads")
    assert asked(zoho_org).count("settings/fields") == 2


async def test_another_sign_in_under_the_same_name_trusts_nothing_of_the_earlier(
    opened: Open, zoho_org: ZohoOrg
):
    await opened().fields("Leads")
    zoho_org.advance(minutes=5)
    later = zoho_org.emulator.clock.now().astimezone(UTC).isoformat()
    await opened(since=later).fields("Leads")
    assert asked(zoho_org).count("settings/fields") == 2


async def test_what_is_doubted_is_asked_for_again_but_not_over_and_over(opened: Open, zoho_org: ZohoOrg):
    catalogue = opened()
    assert "Shoe_Size" not in await catalogue.fields("Leads")
    add_field(zoho_org, "Leads", "Shoe Size")
    assert not await catalogue.refreshed("Leads")
    zoho_org.advance(seconds=31)
    assert await catalogue.refreshed("Leads")
    assert "Shoe_Size" in await catalogue.fields("Leads")
    assert not await catalogue.refreshed("Leads")


async def test_a_module_made_a_minute_ago_is_found(opened: Open, zoho_org: ZohoOrg):
    catalogue = opened()
    with pytest.raises(InvalidInput):
        await catalogue.module("Berths")
    zoho_org.advance(minutes=1)
    module = zoho_org.emulator.store.modules["Campaigns"]
    zoho_org.emulator.store.change_module(dataclasses.replace(module, plural="Berths"))
    assert (await catalogue.module("Berths")).api_name == "Campaigns"


async def test_what_comes_from_the_future_is_not_believed(opened: Open, zoho_org: ZohoOrg, tmp_path: Path):
    """The clock was wrong when it was written, and nobody knows by how much."""
    await opened().fields("Leads")
    kept = Kept(tmp_path, WHO)
    entry = kept.read("fields.Leads")
    assert entry is not None
    later = entry.fetched + timedelta(days=400)
    kept.write("fields.Leads", Entry(entry.body, later, later))
    add_field(zoho_org, "Leads", "Shoe Size")
    assert "Shoe_Size" in await opened().fields("Leads")


async def test_forgetting_empties_the_disk_too(opened: Open, tmp_path: Path):
    catalogue = opened()
    await catalogue.fields("Leads")
    catalogue.forget()
    assert not files(tmp_path)


async def test_a_home_that_cannot_be_written_costs_requests_and_no_answer(
    opened: Open, zoho_org: ZohoOrg, tmp_path: Path
):
    (tmp_path / "file").write_text("in the way")
    for _ in range(2):
        assert await opened(home=tmp_path / "file").fields("Leads")
    assert asked(zoho_org).count("settings/fields") == 2


@pytest.mark.parametrize("name", ["../../etc/x", "a/b", "", "x" * 200, "nul\x00"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str):
    kept = Kept(tmp_path, WHO)
    now = datetime.now(UTC)
    kept.write(f"fields.{name}", Entry(1, now, now))
    kept.forget(f"fields.{name}")
    assert kept.read(f"fields.{name}") is None
    assert not files(tmp_path)


def _write_over_and_over(home: Path, number: int) -> None:
    kept = Kept(home, WHO)
    now = datetime.now(UTC)
    for _ in range(200):
        kept.write("modules", Entry([number] * 5_000, now, now))


def test_processes_that_write_at_once_leave_one_whole_answer_at_any_time(tmp_path: Path):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_over_and_over, args=(tmp_path, n)) for n in (1, 2)]
    for writer in writers:
        writer.start()
    kept = Kept(tmp_path, WHO)
    seen = 0
    while any(writer.is_alive() for writer in writers):
        found = kept.read("modules")
        if found is not None:
            seen += 1
            assert len(found.body) == 5_000
            assert len(set(found.body)) == 1
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert seen
    assert not kept.trouble


async def test_renewing_asks_again_for_what_was_kept_and_what_most_need(opened: Open, zoho_org: ZohoOrg):
    catalogue = opened()
    await catalogue.fields("Campaigns")
    add_field(zoho_org, "Campaigns", "Shoe Size")
    done = await catalogue.renew()
    assert {"modules", "users", "org", "fields.Leads", "fields.Campaigns", "pipelines.Deals"} <= set(done)
    assert "Shoe_Size" in await catalogue.fields("Campaigns")


# --- the pin


async def test_a_pin_has_what_was_asked_for_without_asking(opened: Open, zoho_org: ZohoOrg, tmp_path: Path):
    catalogue = opened()
    await catalogue.modules()
    await catalogue.fields("Leads")
    before = len(zoho_org.requests())
    found = pin.Pin(Kept(tmp_path, WHO))
    assert found.modules["Deals"].plural == "Deals"
    assert found.labels("Leads")["Designation"] == "Title"
    assert "Online Store" in found.choices("Leads", "Lead_Source")
    assert found.fields("Contacts") == {}
    assert found.choices("Contacts", "Lead_Source") == ()
    assert found.stages() == ()
    assert found.org is None
    await catalogue.pipelines()
    again = pin.Pin(Kept(tmp_path, WHO))
    assert again.stages()[0] == "Qualification"
    assert len(zoho_org.requests()) == before + 2
