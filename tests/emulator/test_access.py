"""Tokens and scopes, asked over HTTP; the golden table here is written apart from the emulator's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm_tools.emulator import FrozenClock, open_emulator
from zcrm_tools.emulator.access import covers, grantable, module_scope
from zcrm_tools.emulator.app import crm_routes
from zcrm_tools.emulator.needs import NEEDS

LEADS = "/crm/v8/Leads?fields=Last_Name"
MISMATCH = {
    "code": "OAUTH_SCOPE_MISMATCH",
    "details": {},
    "message": "invalid oauth scope to access this URL",
    "status": "error",
}
INVALID_TOKEN = {"code": "INVALID_TOKEN", "details": {}, "message": "invalid oauth token", "status": "error"}


@pytest.fixture
def emulator():
    opened = open_emulator(seed="empty", clock=FrozenClock(datetime(2026, 11, 24, 9, tzinfo=UTC)))
    yield opened
    opened.close()


@pytest.fixture
async def http(emulator):
    transport = httpx.ASGITransport(app=emulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://emulator.test") as client:
        yield client


@pytest.fixture
def call(http):
    """Call the API with a token that holds just these scopes."""

    async def send(method, path, *scopes, **beside):
        made = await http.post("/__emulator__/grants", json={"scopes": scopes})
        assert made.status_code == 201, made.text
        headers = {"Authorization": f"Zoho-oauthtoken {made.json()['access_token']}"}
        return await http.request(method, path, headers=headers, **beside)

    return send


@pytest.mark.evidence("access.header-schemes")
@pytest.mark.parametrize("scheme", ["Zoho-oauthtoken", "Bearer", "zoho-oauthtoken", "bearer"])
async def test_a_token_is_taken_with_zohos_word_and_with_bearer(emulator, http, scheme):
    reply = await http.get(LEADS, headers={"Authorization": f"{scheme} {emulator.credentials.access_token}"})
    assert reply.status_code == 204


@pytest.mark.evidence("access.no-token")
@pytest.mark.parametrize("header", [None, "", "Zoho-oauthtoken", "Zoho-oauthtoken ", "Basic abc"])
async def test_a_call_without_a_token_is_not_authenticated(http, header):
    reply = await http.get(LEADS, headers={} if header is None else {"Authorization": header})
    assert reply.status_code == 401
    assert reply.json() == {
        "code": "AUTHENTICATION_FAILURE",
        "details": {},
        "message": "Authentication failed",
        "status": "error",
    }


@pytest.mark.evidence("access.bad-token")
@pytest.mark.parametrize("token", ["1000.aa.bb", "x", "é"])
async def test_an_unknown_token_is_invalid(http, token):
    reply = await http.get(LEADS, headers={"Authorization": f"Zoho-oauthtoken {token}".encode()})
    assert (reply.status_code, reply.json()) == (401, INVALID_TOKEN)


@pytest.mark.evidence("access.bad-token", "access.token-lifetime")
async def test_an_access_token_lives_one_hour(emulator, http):
    headers = {"Authorization": f"Zoho-oauthtoken {emulator.credentials.access_token}"}
    emulator.clock.advance(timedelta(seconds=3599))
    assert (await http.get(LEADS, headers=headers)).status_code == 204
    emulator.clock.advance(timedelta(seconds=1))
    reply = await http.get(LEADS, headers=headers)
    assert (reply.status_code, reply.json()) == (401, INVALID_TOKEN)


async def test_a_refresh_token_is_no_access_token(emulator, http):
    headers = {"Authorization": f"Zoho-oauthtoken {emulator.credentials.refresh_token}"}
    assert (await http.get(LEADS, headers=headers)).json() == INVALID_TOKEN


ID = "554023000009999999"
NOTHING = {"data": [{}]}
SEARCH = "ZohoSearch.securesearch.READ"
GOLDEN = [
    # route, method, path, body, scopes of which every one is needed
    ("list_records", "GET", "/Leads?fields=Last_Name", None, ["ZohoCRM.modules.leads.READ"]),
    ("get_record", "GET", f"/Leads/{ID}", None, ["ZohoCRM.modules.leads.READ"]),
    ("create_records", "POST", "/Leads", NOTHING, ["ZohoCRM.modules.leads.CREATE"]),
    ("update_records", "PUT", "/Leads", NOTHING, ["ZohoCRM.modules.leads.UPDATE"]),
    ("update_record", "PUT", f"/Leads/{ID}", NOTHING, ["ZohoCRM.modules.leads.UPDATE"]),
    ("upsert_records", "POST", "/Leads/upsert", NOTHING, ["ZohoCRM.modules.leads.CREATE"]),
    ("delete_records", "DELETE", f"/Leads?ids={ID}", None, ["ZohoCRM.modules.leads.DELETE"]),
    ("delete_record", "DELETE", f"/Leads/{ID}", None, ["ZohoCRM.modules.leads.DELETE"]),
    ("deleted_records", "GET", "/Leads/deleted", None, ["ZohoCRM.modules.leads.READ"]),
    ("search_records", "GET", "/Leads/search?word=x", None, ["ZohoCRM.modules.leads.READ", SEARCH]),
    (
        "count_records",
        "GET",
        "/Leads/actions/count",
        None,
        ["ZohoCRM.modules.leads.READ", SEARCH, "ZohoCRM.settings.layouts.READ"],
    ),
    (
        "coql",
        "POST",
        "/coql",
        {"select_query": "select Last_Name from Leads where id is not null"},
        ["ZohoCRM.coql.READ", "ZohoCRM.modules.leads.READ"],
    ),
    (
        "list_related",
        "GET",
        f"/Leads/{ID}/Notes?fields=Note_Title",
        None,
        ["ZohoCRM.modules.leads.READ", "ZohoCRM.modules.notes.READ"],
    ),
    (
        "create_related",
        "POST",
        f"/Leads/{ID}/Notes",
        NOTHING,
        ["ZohoCRM.modules.leads.READ", "ZohoCRM.modules.notes.CREATE"],
    ),
    ("list_modules", "GET", "/settings/modules", None, ["ZohoCRM.settings.modules.READ"]),
    ("get_module", "GET", "/settings/modules/Leads", None, ["ZohoCRM.settings.modules.READ"]),
    ("list_fields", "GET", "/settings/fields?module=Leads", None, ["ZohoCRM.settings.fields.READ"]),
    ("get_field", "GET", f"/settings/fields/{ID}?module=Leads", None, ["ZohoCRM.settings.fields.READ"]),
    (
        "list_choices",
        "GET",
        f"/settings/fields/{ID}/pick_list_values?module=Leads",
        None,
        ["ZohoCRM.settings.fields.READ"],
    ),
    ("list_layouts", "GET", "/settings/layouts?module=Leads", None, ["ZohoCRM.settings.layouts.READ"]),
    ("get_layout", "GET", f"/settings/layouts/{ID}?module=Leads", None, ["ZohoCRM.settings.layouts.READ"]),
    ("list_pipelines", "GET", f"/settings/pipeline?layout_id={ID}", None, ["ZohoCRM.settings.pipeline.READ"]),
    (
        "list_custom_views",
        "GET",
        "/settings/custom_views?module=Leads",
        None,
        ["ZohoCRM.settings.custom_views.READ"],
    ),
    (
        "list_related_lists",
        "GET",
        "/settings/related_lists?module=Leads",
        None,
        ["ZohoCRM.settings.related_lists.READ"],
    ),
    ("list_roles", "GET", "/settings/roles", None, ["ZohoCRM.settings.roles.READ"]),
    ("get_role", "GET", f"/settings/roles/{ID}", None, ["ZohoCRM.settings.roles.READ"]),
    ("list_profiles", "GET", "/settings/profiles", None, ["ZohoCRM.settings.profiles.READ"]),
    ("get_profile", "GET", f"/settings/profiles/{ID}", None, ["ZohoCRM.settings.profiles.READ"]),
    ("list_users", "GET", "/users?type=AllUsers", None, ["ZohoCRM.users.READ"]),
    ("get_user", "GET", f"/users/{ID}", None, ["ZohoCRM.users.READ"]),
    ("get_org", "GET", "/org", None, ["ZohoCRM.org.READ"]),
]
BYSTANDER = "ZohoCRM.apis.READ"
"""A scope no call here needs, so that a grant is never empty."""


@pytest.mark.evidence(
    "access.scope-mismatch",
    "access.records-scopes",
    "access.search-scopes",
    "access.count-scopes",
    "access.coql-scopes",
    "access.notes-scopes",
    "access.settings-scopes",
    "access.users-org-scopes",
)
@pytest.mark.parametrize(
    ("route", "method", "path", "body", "needed"), GOLDEN, ids=[row[0] for row in GOLDEN]
)
async def test_a_call_needs_each_of_its_scopes_and_no_other(call, route, method, path, body, needed):
    enough = await call(method, f"/crm/v8{path}", *needed, json=body)
    assert enough.status_code not in (401, 403, 404, 500), enough.text
    for left_out in needed:
        rest = [scope for scope in needed if scope != left_out] or [BYSTANDER]
        short = await call(method, f"/crm/v8{path}", *rest, json=body)
        assert (short.status_code, short.json()) == (401, MISMATCH), left_out


def test_every_route_of_the_api_says_its_scopes():
    served = {route.name for route in crm_routes()}
    assert {row[0] for row in GOLDEN} <= served
    assert served <= NEEDS.keys()


@pytest.mark.evidence("access.scope-algebra")
@pytest.mark.parametrize(
    ("method", "scope", "allowed"),
    [
        ("GET", "ZohoCRM.modules.ALL", True),
        ("GET", "ZohoCRM.modules.READ", True),
        ("GET", "ZohoCRM.modules.leads.ALL", True),
        ("GET", "zohocrm.MODULES.Leads.read", True),
        ("GET", "ZohoCRM.modules.leads.WRITE", False),
        ("GET", "ZohoCRM.modules.contacts.ALL", False),
        ("GET", "ZohoCRM.settings.ALL", False),
        ("POST", "ZohoCRM.modules.leads.WRITE", True),
        ("PUT", "ZohoCRM.modules.leads.WRITE", True),
        ("DELETE", "ZohoCRM.modules.leads.WRITE", True),
        ("POST", "ZohoCRM.modules.WRITE", True),
        ("POST", "ZohoCRM.modules.leads.READ", False),
        ("POST", "ZohoCRM.modules.leads.UPDATE", False),
        ("PUT", "ZohoCRM.modules.leads.CREATE", False),
        ("DELETE", "ZohoCRM.modules.leads.UPDATE", False),
    ],
)
async def test_groups_all_and_write_cover_what_they_should(call, method, scope, allowed):
    path = {"GET": LEADS, "DELETE": f"/crm/v8/Leads?ids={ID}"}.get(method, "/crm/v8/Leads")
    reply = await call(method, path, scope, json=NOTHING if method in ("POST", "PUT") else None)
    assert (reply.status_code != 401) is allowed, reply.text


@pytest.mark.evidence("access.outside-modules")
@pytest.mark.parametrize(
    "path", ["/settings/modules", "/users?type=AllUsers", "/org", "/Leads/search?word=x"]
)
async def test_modules_all_does_not_reach_outside_the_modules(call, path):
    assert (await call("GET", f"/crm/v8{path}", "ZohoCRM.modules.ALL")).json() == MISMATCH


@pytest.mark.evidence("access.custom-modules")
def test_every_custom_module_shares_one_scope():
    assert module_scope("Price_Books", "READ") == "ZohoCRM.modules.pricebooks.READ"
    assert module_scope("Rockets", "READ") == "ZohoCRM.modules.custom.READ"
    assert module_scope("Launch_Sites", "UPDATE") == "ZohoCRM.modules.custom.UPDATE"


NAMES = st.sampled_from(["leads", "contacts", "custom", "notes"])
READ_OR_WRITE = st.sampled_from(["READ", "CREATE", "UPDATE", "DELETE"])


@pytest.mark.evidence("access.scope-algebra")
@given(name=NAMES, other=NAMES, operation=READ_OR_WRITE, wanted=READ_OR_WRITE)
def test_a_scope_covers_itself_and_less_and_never_a_sibling(name, other, operation, wanted):
    need = f"ZohoCRM.modules.{name}.{wanted}"
    assert covers(f"ZohoCRM.modules.{other}.{operation}", need) is (name == other and operation == wanted)
    assert covers(f"ZohoCRM.modules.{other}.ALL", need) is (name == other)
    assert covers(f"ZohoCRM.modules.{operation}", need) is (operation == wanted)
    assert covers(f"ZohoCRM.modules.{other}.WRITE", need) is (name == other and wanted != "READ")
    assert not covers(f"ZohoCRM.settings.{operation}", need)
    assert not covers(f"ZohoSearch.modules.{name}.ALL", need)
    assert not covers(need, f"ZohoCRM.modules.{wanted}")


@given(st.text(max_size=60))
def test_junk_is_no_scope_and_covers_nothing(text):
    if grantable(text):
        assert text.strip().lower().startswith("zoho")
    assert not covers(text, "")
    assert not covers("", text)


@pytest.mark.evidence("access.unknown-address")
@pytest.mark.parametrize(
    "path",
    ["/crm/v8", "/crm/v8/", "/crm/v9/Leads", "/crm/v1/Leads", "/crm/Leads", "/crm/v8/Leads/1/2/3/4/5", "/x"],
)
async def test_an_unknown_address_or_version_is_not_found(emulator, http, path):
    headers = {"Authorization": f"Zoho-oauthtoken {emulator.credentials.access_token}"}
    reply = await http.get(path, headers=headers)
    assert reply.status_code == 404
    assert reply.json() == {
        "code": "INVALID_URL_PATTERN",
        "details": {},
        "message": "Please check if the URL trying to access is a correct one",
        "status": "error",
    }


@pytest.mark.evidence("access.wrong-method")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/crm/v8/Leads"),
        ("GET", "/crm/v8/coql"),
        ("PUT", "/crm/v8/settings/fields"),
        ("GET", "/oauth/v2/token"),
    ],
)
async def test_a_wrong_method_is_a_400(emulator, http, method, path):
    headers = {"Authorization": f"Zoho-oauthtoken {emulator.credentials.access_token}"}
    reply = await http.request(method, path, headers=headers)
    assert reply.status_code == 400
    assert reply.json() == {
        "code": "INVALID_REQUEST_METHOD",
        "details": {},
        "message": "The http request method type is not a valid one",
        "status": "error",
    }


@pytest.mark.evidence("access.versions")
@pytest.mark.parametrize("version", ["v2", "v2.1", "v3", "v4", "v5", "v6", "v7", "v8"])
async def test_every_version_from_v2_to_v8_answers(emulator, http, version):
    headers = {"Authorization": f"Zoho-oauthtoken {emulator.credentials.access_token}"}
    reply = await http.get(f"/crm/{version}/Leads?fields=Last_Name", headers=headers)
    assert reply.status_code == 204
