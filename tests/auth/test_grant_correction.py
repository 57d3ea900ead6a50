"""What a sign-in may do is known before a call, and learnt from Zoho's refusals where it was believed wrongly."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr

from zcrm_tools import endpoints, scopes
from zcrm_tools.auth import keeping, profiles
from zcrm_tools.auth.flows import step_up
from zcrm_tools.auth.grant_record import InProfile
from zcrm_tools.auth.refresh import Tokens
from zcrm_tools.auth.sharing import InFile
from zcrm_tools.emulator.grants import Holder
from zcrm_tools.errors import ScopeMissing
from zcrm_tools.http.session import Session
from zcrm_tools.models.grant import Credentials
from zcrm_tools.settings import Settings

BELIEVED = "ZohoCRM.modules.ALL ZohoSearch.securesearch.READ ZohoCRM.coql.READ ZohoCRM.org.READ"


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def connected(emulator, profile, credentials, home):
    """`connected("ZohoCRM.org.READ")`: a session whose token may do that alone, and whose profile promises more."""

    def connect(*granted, believed=BELIEVED):
        user = next(iter(emulator.store.fetch('SELECT id FROM "Users"')))[0]
        issued = emulator.grants.issue(Holder(credentials.client_id, user, granted))
        kept = credentials.model_copy(update={"refresh_token": SecretStr(issued.refresh_token)})
        there = profile.model_copy(update={"scopes": believed})
        profiles.save(home, there)
        return again(there, kept, home), there, kept

    return connect


def again(profile, credentials: Credentials, home) -> Session:
    """Another process, with the same profile."""
    tokens = Tokens(profile, credentials, shared=InFile(home, profile, credentials))
    return Session(profile.api_url, tokens, record=InProfile(home, profile))


@pytest.fixture
def sent(emulator):
    return lambda: sum(entry.path.startswith("/crm/") for entry in emulator.journal)


async def create(session, module="Leads"):
    body = {"data": [{"Last_Name": "Doe", "Company": "Acme"}]}
    return await session.call(endpoints.CREATE_RECORDS, module=module, json=body)


async def read(session, module="Leads"):
    return await session.call(endpoints.LIST_RECORDS, module=module, params={"fields": "Owner"})


@pytest.mark.evidence("http.scope-mismatch")
async def test_what_zoho_refused_is_not_sent_again_not_even_by_another_process(connected, sent, home):
    session, profile, kept = connected("ZohoCRM.modules.leads.READ")
    with pytest.raises(ScopeMissing) as first:
        await create(session)
    assert first.value.missing == ("ZohoCRM.modules.leads.CREATE",)
    assert sent() == 1
    assert profiles.load(home)["test"].refused == "ZohoCRM.modules.leads.CREATE"
    for later in (session, again(profile, kept, home)):
        with pytest.raises(ScopeMissing) as caught:
            await create(later)
        assert caught.value.problem.not_done == "Nothing was sent."
        assert "zcrm login --scopes ZohoCRM.modules.leads.CREATE" in caught.value.problem.next_step
        assert sent() == 1
        await later.aclose()


async def test_what_was_not_refused_is_still_sent(connected, sent):
    session, *_ = connected("ZohoCRM.modules.leads.READ", "ZohoCRM.modules.deals.READ")
    with pytest.raises(ScopeMissing):
        await create(session)
    assert (await read(session, "Deals")).status in (200, 204)
    assert sent() == 2
    await session.aclose()


async def test_of_two_scopes_the_one_that_another_call_has_shown_is_not_blamed(connected, sent, home):
    session, *_ = connected("ZohoCRM.modules.leads.READ")
    search = {"module": "Leads", "params": {"word": "doe"}}
    with pytest.raises(ScopeMissing) as first:
        await session.call(endpoints.SEARCH_RECORDS, **search)
    assert set(first.value.missing) == {"ZohoCRM.modules.leads.READ", "ZohoSearch.securesearch.READ"}
    assert profiles.load(home)["test"].refused == ""
    await read(session)
    assert profiles.load(home)["test"].refused == "ZohoSearch.securesearch.READ"
    with pytest.raises(ScopeMissing) as second:
        await session.call(endpoints.SEARCH_RECORDS, **search)
    assert second.value.missing == ("ZohoSearch.securesearch.READ",)
    assert sent() == 2
    await session.aclose()


async def test_with_an_unknown_grant_zoho_is_asked_once(connected, sent):
    session, *_ = connected("ZohoCRM.org.READ", believed="")
    for _ in range(2):
        with pytest.raises(ScopeMissing):
            await create(session)
    assert sent() == 1
    await session.aclose()


async def test_a_refused_scope_is_asked_for_at_the_next_sign_in(connected, home):
    session, *_ = connected("ZohoCRM.modules.leads.READ")
    with pytest.raises(ScopeMissing):
        await create(session)
    await session.aclose()
    kept = profiles.load(home)["test"]
    create_leads, org = scopes.scope("ZohoCRM.modules.leads.CREATE"), scopes.scope("ZohoCRM.org.READ")
    assert keeping.lacking(kept, (create_leads, org)) == (create_leads,)
    assert not keeping.covers(kept, (scopes.scope("ZohoCRM.modules.ALL"),))


@pytest.mark.parametrize("believed", [BELIEVED, "ZohoCRM.modules.leads.READ"])
async def test_a_session_that_runs_gains_what_a_person_adds_meanwhile(connected, home, emulator, believed):
    """No restart: the profile is looked at again before a call is refused, and the token replaced."""
    session, profile, kept = connected("ZohoCRM.modules.leads.READ", believed=believed)
    await read(session)
    with pytest.raises(ScopeMissing):
        await create(session)
    emulator.grants.widen(
        emulator.grants.grant_of(kept.refresh_token.get_secret_value(), kept.client_id)[0],
        ["ZohoCRM.modules.leads.CREATE"],
    )
    grant = await step_up.granted(profile, kept)
    await keeping.widen(Settings(home=home), profiles.load(home)["test"], kept, grant, ())
    assert (await create(session)).status == 201
    await session.aclose()


async def test_the_entry_of_another_sign_in_under_the_same_name_is_left_alone(connected, home, profile):
    session, *_ = connected("ZohoCRM.modules.leads.READ")
    other = profile.model_copy(update={"client_id": "1000.OTHER", "scopes": BELIEVED})
    profiles.save(home, other)
    with pytest.raises(ScopeMissing):
        await create(session)
    assert profiles.load(home)["test"] == other
    await session.aclose()


async def test_calls_at_the_moment_when_scopes_were_added_all_use_the_new_token(
    connected, home, emulator, sent
):
    """One that went with the old one would be refused, and the refusal written down against what was just given."""
    session, profile, kept = connected("ZohoCRM.modules.leads.READ", believed="ZohoCRM.modules.leads.READ")
    await read(session)
    emulator.grants.widen(
        emulator.grants.grant_of(kept.refresh_token.get_secret_value(), kept.client_id)[0],
        ["ZohoCRM.modules.leads.CREATE"],
    )
    grant = await step_up.granted(profile, kept)
    await keeping.widen(Settings(home=home), profiles.load(home)["test"], kept, grant, ())
    first = asyncio.create_task(create(session))
    others = []
    while not first.done():  # in every turn of the loop in which the first is under way
        await asyncio.sleep(0)
        if len(others) < 40:
            others.append(asyncio.create_task(create(session)))
    assert {reply.status for reply in await asyncio.gather(first, *others)} == {201}
    assert profiles.load(home)["test"].refused == ""
    await session.aclose()


async def test_a_refusal_that_cannot_be_written_down_is_still_told_as_what_it_is(connected, home, caplog):
    session, *_ = connected("ZohoCRM.modules.leads.READ")
    lock = home / ".profiles.json.lock"
    lock.unlink()
    lock.mkdir()  # as in a container that may not write there
    for _ in range(2):
        with pytest.raises(ScopeMissing):
            await create(session)
    assert caplog.text.count("could not be noted") == 1
    await session.aclose()


def test_refusals_of_several_processes_are_all_kept(profile, home):
    profiles.save(home, profile)
    records = [InProfile(home, profile) for _ in range(8)]
    wanted = [scopes.scope(f"ZohoCRM.modules.m{n}.READ") for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda pair: pair[0].refuse(pair[1]), zip(records, wanted, strict=True)))
    assert scopes.parse(profiles.load(home)["test"].refused) == set(wanted)
