"""Every tool with its least scopes, and with each of them taken away: by hand for real calls, and generated for all."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from string import Formatter

import pytest
from pydantic import SecretStr

from zcrm_tools import scopes
from zcrm_tools.actions import needs, registry
from zcrm_tools.actions.action import Call
from zcrm_tools.auth.refresh import Tokens
from zcrm_tools.crm.org import Org
from zcrm_tools.emulator.app import open_emulator
from zcrm_tools.emulator.grants import Holder
from zcrm_tools.endpoints import Endpoint
from zcrm_tools.errors import ScopeMissing
from zcrm_tools.http.inprocess import InProcess
from zcrm_tools.http.session import Session
from zcrm_tools.metadata.catalogue import Catalogue
from zcrm_tools.models.grant import Credentials, Profile
from zcrm_tools.safety.gate import Gate
from zcrm_tools.safety.policy import Policy
from zcrm_tools.state.sqlite import SqliteState

HOST = "http://localhost"
LEADS, SEARCH, COQL = "ZohoCRM.modules.leads.", "ZohoSearch.securesearch.READ", "ZohoCRM.coql.READ"
MODULES, FIELDS, LAYOUTS = (f"ZohoCRM.settings.{name}.READ" for name in ("modules", "fields", "layouts"))
USERS, ORG, PIPELINE = "ZohoCRM.users.READ", "ZohoCRM.org.READ", "ZohoCRM.settings.pipeline.READ"

# By hand: what one plain call of each tool needs of Zoho, no more and no less.
CALLS = {
    "describe_module": ({"module": "Leads"}, {MODULES, FIELDS}),
    "search_leads": ({"text": "steel"}, {COQL, LEADS + "READ"}),
    "search_records": ({"module": "Leads", "text": "steel"}, {LEADS + "READ", SEARCH, MODULES, FIELDS}),
    "get_record": ({"module": "Leads", "id": "LEAD"}, {LEADS + "READ", MODULES}),
    "run_coql": (
        {"query": "select Last_Name from Leads where id is not null limit 3"},
        {COQL, LEADS + "READ", MODULES, FIELDS},
    ),
    "create_lead": (
        {"last_name": "NEW", "company": "NEW"},
        {COQL, LEADS + "READ", LEADS + "CREATE", FIELDS, "ZohoCRM.modules.contacts.READ"},
    ),
    "update_records": (
        {"module": "Leads", "records": [{"id": "LEAD", "fields": {"Description": "NEW"}}]},
        {LEADS + "READ", LEADS + "UPDATE", MODULES, FIELDS},
    ),
    "add_note": (
        {"module": "Leads", "record_id": "LEAD", "content": "Called."},
        {LEADS + "READ", "ZohoCRM.modules.notes.CREATE", MODULES, FIELDS},
    ),
    "summarize_pipeline": ({}, {COQL, "ZohoCRM.modules.deals.READ", PIPELINE, LAYOUTS}),
    "create_records": (
        {"module": "Leads", "records": [{"Last_Name": "NEW", "Company": "NEW"}]},
        {COQL, LEADS + "READ", LEADS + "CREATE", MODULES, FIELDS, "ZohoCRM.modules.contacts.READ"},
    ),
    "create_task": ({"subject": "Call back"}, {"ZohoCRM.modules.tasks.CREATE", FIELDS}),
    "convert_lead": ({"lead": "LEAD"}, {LEADS + "READ"}),  # only planned: a person comes before the call
    "update_deal_stage": (
        {"deal": "DEAL", "stage": "Negotiation/Review"},
        {"ZohoCRM.modules.deals.READ", "ZohoCRM.modules.deals.UPDATE", FIELDS, PIPELINE, LAYOUTS},
    ),
}


@pytest.fixture(scope="module")
def org():
    opened = open_emulator()
    yield opened
    opened.close()


@pytest.fixture
def limited(org):
    """`async with limited({…}) as crm:`: an org and a gate whose token may do that alone. With `told=False` it does not know."""

    @asynccontextmanager
    async def connect(granted, *, told=True):
        held = org.credentials
        user = next(iter(org.store.fetch('SELECT id FROM "Users" ORDER BY id')))[0]
        issued = org.grants.issue(Holder(held.client_id, user, tuple(granted)))
        profile = Profile(
            name="limited",
            kind="emulator",
            accounts_url=HOST,
            api_url=HOST,
            client_id=held.client_id,
            scopes=" ".join(granted) if told else "",
        )
        kept = Credentials(
            client_id=held.client_id,
            client_secret=SecretStr(held.client_secret),
            refresh_token=SecretStr(issued.refresh_token),
        )
        transport, state = InProcess(org.app), SqliteState(None)
        known = scopes.parse(profile.scopes) if told else None
        session = Session(
            HOST, Tokens(profile, kept, transport=transport), granted=known, transport=transport
        )
        hub = Org(profile, session, Catalogue(session))

        try:
            yield hub, Gate(hub, state, Policy(write=True))
        finally:
            await session.aclose()
            state.close()

    return connect


@pytest.fixture
def call(org):
    """Call a tool with its arguments of the table; LEAD and DEAL are records of the demo org."""

    async def run(crm, name):
        def filled(value):
            if isinstance(value, dict):
                return {key: filled(one) for key, one in value.items()}
            if isinstance(value, list):
                return [filled(one) for one in value]
            if value == "NEW":
                return secrets.token_hex(8)  # nobody's duplicate
            if value in ("LEAD", "DEAL"):
                table = {"LEAD": "Leads", "DEAL": "Deals"}[value]
                rows = (
                    org.store.fetch('SELECT id FROM "Deals" WHERE Stage = ? LIMIT 1', ("Qualification",))
                    if table == "Deals"
                    else org.store.fetch('SELECT id FROM "Leads" WHERE Converted__s = 0 LIMIT 1')
                )
                return str(next(iter(rows))[0])
            return value

        action, arguments = registry.action(name), filled(CALLS[name][0])
        hub, gate = crm
        return await action.run(Call(hub, gate, name, arguments), action.accept(arguments))

    return run


@pytest.fixture
def refusals(org):
    """The requests to the API that were answered 401 since the last look."""
    seen = len(list(org.journal))
    return lambda: [e.path for e in list(org.journal)[seen:] if e.status == 401]


@pytest.mark.parametrize("name", CALLS)
async def test_a_tool_works_with_exactly_the_scopes_it_says(limited, call, name):
    async with limited(CALLS[name][1]) as crm:
        await call(crm, name)
    declared = needs.minimal((registry.action(name),), ("Leads", "Contacts", "Deals"))
    assert all(any(d.covers(scopes.scope(s)) for d in declared) for s in CALLS[name][1])


@pytest.mark.parametrize(
    ("name", "absent"), [(n, s) for n, (_, wanted) in CALLS.items() for s in sorted(wanted)]
)
async def test_without_one_of_them_the_call_is_not_sent_and_the_scope_named(
    limited, call, refusals, name, absent
):
    async with limited(CALLS[name][1] - {absent}) as crm:
        with pytest.raises(ScopeMissing) as caught:
            await call(crm, name)
    problem = caught.value.problem
    assert caught.value.missing == (absent,)
    assert problem.not_done == "Nothing was sent."
    assert f"zcrm login --scopes {absent}" in problem.next_step
    assert scopes.explain(scopes.scope(absent)) in problem.message
    assert refusals() == []


@pytest.mark.parametrize(
    ("name", "absent"), [(n, s) for n, (_, wanted) in CALLS.items() for s in sorted(wanted)]
)
async def test_when_the_grant_is_unknown_zoho_refuses_and_the_scope_is_among_those_named(
    limited, call, refusals, name, absent
):
    async with limited(CALLS[name][1] - {absent}, told=False) as crm:
        with pytest.raises(ScopeMissing) as caught:
            await call(crm, name)
    assert absent in caught.value.missing
    assert refusals()


@pytest.mark.parametrize("absent", [USERS, ORG])
async def test_who_am_i_answers_as_far_as_it_may(limited, refusals, absent):
    """The first tool of every chat must not fail for want of a detail."""
    action = registry.action("get_connection")
    async with limited({USERS, ORG} - {absent}) as (hub, gate):
        told = await action.run(Call(hub, gate, action.name), action.accept({}))
    assert bool(told.user) is (absent != USERS)
    assert bool(told.org) is (absent != ORG)
    assert refusals() == []


def _endpoints():
    """Each endpoint that some tool uses, once, with each of its scopes."""
    used = {
        endpoint: action
        for action in map(registry.action, registry.all_names())
        for endpoint in (*action.calls, *(o for o in action.optional if isinstance(o, Endpoint)))
        if len([s for need in endpoint.needs for s in need]) == len(endpoint.needs)  # no alternatives
    }
    return [
        (action.name, endpoint, str(absent))
        for endpoint, action in used.items()
        for absent in scopes.minimal(endpoint.scopes((action.modules or ("Leads",))[0]))
    ]


ENDPOINTS = _endpoints()


@pytest.mark.parametrize(("name", "endpoint", "absent"), ENDPOINTS, ids=lambda v: getattr(v, "name", v))
async def test_no_call_of_any_tool_leaves_without_one_of_its_scopes(
    limited, refusals, name, endpoint, absent
):
    action = registry.action(name)
    module = (action.modules or ("Leads",))[0]
    least = {str(s) for s in needs.minimal((action,), (module,)) if not scopes.scope(absent).covers(s)}
    named = [part for _, part, _, _ in Formatter().parse(endpoint.path) if part and part != "module"]
    parts = {part: {"related": "Tasks"}.get(part, "1") for part in named}
    ours = {key: parts.pop(key) for key in ("id", "related") if key in parts}
    async with limited(least) as crm:
        with pytest.raises(ScopeMissing) as caught:
            await crm[0].session.call(endpoint, module=module, parts=parts, **ours)
    assert absent in caught.value.missing
    assert caught.value.problem.not_done == "Nothing was sent."
    assert refusals() == []
