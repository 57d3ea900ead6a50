from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from zcrm_tools import endpoints, scopes
from zcrm_tools.errors import (
    ApiError,
    Conflict,
    InvalidInput,
    InvalidRequest,
    LoginRequired,
    NotConfigured,
    NotFound,
    NotSent,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    ScopeMissing,
    ServerFault,
    ZcrmError,
)
from zcrm_tools.http import refusals
from zcrm_tools.http.inprocess import InProcess
from zcrm_tools.http.line import Line
from zcrm_tools.http.patience import Patience
from zcrm_tools.http.session import Reply, Session

LEADS = {"data": [{"id": "1", "Last_Name": "Doe"}], "info": {"more_records": False}}
STALE = (401, {"code": "INVALID_TOKEN", "details": {}, "message": "invalid oauth token", "status": "error"})


async def at_once(_seconds: float) -> None:
    """A wait that takes no time."""


def impatient() -> Line:
    return Line(Patience(sleep=at_once))


async def list_leads(url: str, tokens: Any, **options: Any) -> Reply:
    session = Session(url, tokens, line=impatient(), **options)
    try:
        return await session.call(endpoints.LIST_RECORDS, module="Leads", params={"fields": "Last_Name"})
    finally:
        await session.aclose()


async def create_lead(url: str, tokens: Any, **options: Any) -> Reply:
    session = Session(url, tokens, line=impatient(), **options)
    try:
        return await session.call(
            endpoints.CREATE_RECORDS, module="Leads", json={"data": [{"Last_Name": "Doe"}]}
        )
    finally:
        await session.aclose()


@pytest.mark.evidence("http.header")
async def test_a_call_carries_the_token_and_gives_the_body(serve, answering, issued):
    app = answering((200, LEADS))
    reply = await list_leads(serve(app), issued)
    assert (reply.status, reply.body) == (200, LEADS)
    assert app.tokens == ["Zoho-oauthtoken 1000.token1"]
    assert str(app.seen[0].url).endswith("/crm/v8/Leads?fields=Last_Name")


@pytest.mark.evidence("http.no-content")
async def test_nothing_found_is_a_reply_without_a_body(serve, answering, issued):
    reply = await list_leads(serve(answering(Response(status_code=204))), issued)
    assert (reply.status, reply.body) == (204, None)


async def test_not_modified_is_a_reply(serve, answering, issued):
    reply = await list_leads(serve(answering(Response(status_code=304))), issued)
    assert (reply.status, reply.body) == (304, None)


# --- scopes


async def test_a_call_beyond_the_grant_is_not_sent(serve, answering, issued):
    app = answering((201, {}))
    with pytest.raises(ScopeMissing) as caught:
        await create_lead(serve(app), issued, granted=scopes.parse("ZohoCRM.modules.leads.READ"))
    assert caught.value.missing == ("ZohoCRM.modules.leads.CREATE",)
    assert "zcrm login --scopes ZohoCRM.modules.leads.CREATE" in caught.value.problem.next_step
    assert caught.value.problem.not_done == "Nothing was sent."
    assert app.seen == []


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.evidence("http.scope-mismatch")
async def test_zohos_scope_refusal_names_the_scopes_the_call_needs(serve, answering, issued, status):
    refusal = {"code": "OAUTH_SCOPE_MISMATCH", "details": {}, "message": "Unauthorized", "status": "error"}
    with pytest.raises(ScopeMissing) as caught:
        await create_lead(serve(answering((status, refusal))), issued)
    assert caught.value.missing == ("ZohoCRM.modules.leads.CREATE",)
    assert issued.refused == []


# --- tokens


@pytest.mark.evidence("http.invalid-token")
async def test_a_stale_token_is_replaced_once_and_the_call_repeated(serve, answering, issued):
    app = answering(STALE, (200, LEADS))
    reply = await list_leads(serve(app), issued)
    assert reply.status == 200
    assert issued.refused == ["1000.token1"]
    assert app.tokens == ["Zoho-oauthtoken 1000.token1", "Zoho-oauthtoken 1000.token2"]


async def test_a_write_with_a_stale_token_is_repeated_with_the_same_body(serve, answering, issued):
    app = answering(STALE, (201, {"data": [{"code": "SUCCESS", "status": "success"}]}))
    await create_lead(serve(app), issued)
    assert app.bodies[0] == app.bodies[1] == b'{"data":[{"Last_Name":"Doe"}]}'


async def test_a_second_refusal_of_the_token_is_an_error_and_no_third_is_tried(serve, answering, issued):
    app = answering(STALE)
    with pytest.raises(LoginRequired) as caught:
        await list_leads(serve(app), issued)
    assert "invalid oauth token" in caught.value.problem.message
    assert "zcrm status" in caught.value.problem.next_step
    assert len(app.seen) == 2


@pytest.mark.evidence("http.authentication-failure")
async def test_a_call_taken_as_unsigned_asks_for_a_sign_in(serve, answering, issued):
    refusal = {"code": "AUTHENTICATION_FAILURE", "details": {}, "message": "Authentication failed", "status": "error"}  # fmt: skip
    with pytest.raises(LoginRequired):
        await list_leads(serve(answering((401, refusal))), issued)


# --- redirects and hosts


async def test_a_redirect_is_never_followed_and_no_token_reaches_its_target(serve, answering, issued):
    elsewhere = answering((200, LEADS))
    target = serve(elsewhere)
    for status in (301, 302, 303, 307, 308):
        app = answering(RedirectResponse(f"{target}/steal", status))
        with pytest.raises(ServerFault) as caught:
            await list_leads(serve(app), issued)
        assert "redirect to 127.0.0.1" in caught.value.problem.message
    assert elsewhere.seen == []


@pytest.mark.parametrize(
    "url",
    [
        "http://www.zohoapis.com",
        "http://zoho.example.com",
        "https://zoho.example.com",
        "https://www.zohoapis.com.example.com",
        "https://www.zohoapis.com@example.com",
        "http://localhost@example.com",
        "http://example.com\\@localhost",
        "http://localhost:80:80",
        "http://localhost/elsewhere",
        "http://localhost?x",
        "https://accounts.zoho.com",
        "https://www.zohoapis.com:8443",
        "ftp://localhost",
        "//localhost",
        "",
    ],
)
def test_a_host_that_is_neither_zohos_nor_this_machine_is_refused(url, issued):
    with pytest.raises(NotConfigured) as caught:
        Session(url, issued)
    assert caught.value.problem.code == "HOST_NOT_ALLOWED"


@pytest.mark.parametrize(
    "url",
    [
        "https://www.zohoapis.com",
        "https://sandbox.zohoapis.eu",
        "https://developer.zohoapis.com.au",
        "https://www.zohoapis.ca/",
        "http://localhost",
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
    ],
)
async def test_zohos_hosts_and_this_machine_are_accepted(url, issued, answering):
    app = answering((200, LEADS))
    await list_leads(url, issued, transport=InProcess(app))
    assert str(app.seen[0].url).startswith(url.rstrip("/") + "/crm/v8/Leads")


@pytest.mark.parametrize("bad", ["../users", "Leads/1", "Leads?x=1", "..", "Le ads\n", "%2e%2e"])
async def test_a_module_that_would_leave_its_place_in_the_path_is_not_sent(bad, serve, answering, issued):
    app = answering((200, LEADS))
    session = Session(serve(app), issued)
    with pytest.raises(InvalidInput):
        await session.call(endpoints.LIST_RECORDS, module=bad)
    await session.aclose()
    assert app.seen == []


async def test_a_path_with_a_part_left_out_is_not_sent(issued, answering):
    session = Session("http://localhost", issued, transport=InProcess(answering((200, LEADS))))
    with pytest.raises(InvalidInput):
        await session.call(endpoints.GET_RECORD, module="Leads")


async def test_the_environments_proxy_never_sees_a_request_to_this_machine(
    serve, answering, issued, monkeypatch
):
    proxy = answering((200, LEADS))
    monkeypatch.setenv("HTTP_PROXY", serve(proxy))
    monkeypatch.setenv("ALL_PROXY", serve(proxy))
    app = answering((200, LEADS))
    await list_leads(serve(app), issued)
    assert (len(app.seen), proxy.seen) == (1, [])


# --- refusals


def refusal(code: str, message: str = "no", **details: Any) -> dict[str, Any]:
    return {"code": code, "details": details, "message": message, "status": "error"}


@pytest.mark.evidence("http.refusals", "http.429-codes", "http.path-index")
@pytest.mark.parametrize(
    ("status", "body", "kind", "fix_by"),
    [
        (400, refusal("INVALID_MODULE", resource_path_index=0), InvalidRequest, "arguments"),
        (400, refusal("INVALID_DATA", resource_path_index=1), NotFound, "arguments"),
        (400, refusal("RECORD_NOT_FOUND"), NotFound, "arguments"),
        (404, refusal("INVALID_URL_PATTERN"), NotFound, "nobody"),
        (404, refusal("SOMETHING_NEW"), NotFound, "arguments"),
        (403, refusal("NO_PERMISSION", permissions=["Crm_Implied_View_Leads"]), PermissionDenied, "person"),
        (401, refusal("AUTHORIZATION_FAILED"), PermissionDenied, "person"),
        (400, refusal("AUTHORIZATION_FAILED"), PermissionDenied, "person"),
        (403, refusal("SOMETHING_NEW"), PermissionDenied, "person"),
        (400, refusal("DUPLICATE_DATA"), Conflict, "arguments"),
        (412, refusal("ALREADY_MODIFIED"), Conflict, "arguments"),
        (429, refusal("TOO_MANY_REQUESTS"), RateLimited, "wait"),
        (429, refusal("RATE_LIMIT_EXCEEDED"), RateLimited, "wait"),
        (429, refusal("SOMETHING_NEW"), RateLimited, "wait"),
        (400, refusal("API_LIMIT_EXCEEDED"), RateLimited, "wait"),
        (400, refusal("SOMETHING_NEW"), InvalidRequest, "arguments"),
        (418, {"unlike": "Zoho"}, InvalidRequest, "arguments"),
        (200, refusal("INVALID_REQUEST_METHOD"), InvalidRequest, "nobody"),
        (500, refusal("INTERNAL_ERROR"), ServerFault, "wait"),
        (503, refusal("NO_PERMISSION"), ServerFault, "wait"),
    ],
)
async def test_a_refusal_becomes_the_exception_that_says_who_can_mend_it(
    serve, answering, issued, status, body, kind, fix_by
):
    with pytest.raises(ApiError) as caught:
        await list_leads(serve(answering((status, body))), issued)
    error = caught.value
    assert type(error) is kind
    assert error.status == status
    assert error.code == body.get("code", f"HTTP_{status}")
    assert error.problem.fix_by == fix_by
    assert error.problem.next_step


async def test_a_401_with_an_unknown_code_asks_for_a_sign_in(serve, answering, issued):
    with pytest.raises(LoginRequired):
        await list_leads(serve(answering((401, refusal("SOMETHING_NEW")))), issued)


@pytest.mark.evidence("http.api-access")
async def test_a_profile_without_api_access_is_told_apart_from_a_missing_permission(serve, answering, issued):
    body = refusal("NO_PERMISSION", "Permission denied", permissions=["Crm_Implied_Api_Access"])
    with pytest.raises(PermissionDenied) as caught:
        await list_leads(serve(answering((403, body))), issued)
    assert "API access" in caught.value.problem.next_step


async def test_a_refusal_repeats_zohos_words_and_names_the_field_and_place(serve, answering, issued):
    body = refusal(
        "INVALID_DATA", "invalid data", api_name="Email", json_path="$.data[0].Email", maximum_length=100
    )
    with pytest.raises(InvalidRequest) as caught:
        await create_lead(serve(answering((400, body))), issued)
    problem = caught.value.problem
    assert (problem.field, problem.where) == ("Email", "$.data[0].Email")
    assert "invalid data (100)" in problem.message
    assert problem.not_done == "Nothing was written."
    assert caught.value.details["maximum_length"] == 100


@pytest.mark.evidence("http.row-results")
@pytest.mark.parametrize("status", [200, 201, 202, 207, 400])
async def test_results_per_record_are_a_reply_even_when_every_one_failed(serve, answering, issued, status):
    body = {"data": [refusal("MANDATORY_NOT_FOUND", api_name="Last_Name")]}
    reply = await create_lead(serve(answering((status, body))), issued)
    assert (reply.status, reply.body) == (status, body)


@pytest.mark.parametrize("status", [200, 201, 403, 500, 502])
async def test_a_page_instead_of_json_is_a_server_fault(serve, answering, issued, status):
    app = answering(HTMLResponse("<h1>Bad gateway</h1>", status))
    with pytest.raises(ServerFault) as caught:
        await create_lead(serve(app), issued)
    assert "text/html" in caught.value.problem.message
    assert caught.value.problem.not_done == "It is not known whether anything was written."


async def test_a_limiters_page_is_still_a_rate_limit(serve, answering, issued):
    with pytest.raises(RateLimited):
        await list_leads(serve(answering(PlainTextResponse("slow down", 429))), issued)


# --- the network


async def test_a_refused_connection_is_not_sent(issued):
    with pytest.raises(NotSent) as caught:
        await create_lead("http://127.0.0.1:1", issued)
    assert caught.value.problem.not_done == "Nothing was sent."


async def broken_before_an_answer(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    scope["extensions"]["zcrm.wire"]["abort"]()


async def broken_in_the_body(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"100")]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"data":[', "more_body": True})
    scope["extensions"]["zcrm.wire"]["abort"]()


async def silent(scope: Any, receive: Any, send: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@pytest.mark.parametrize("app", [broken_before_an_answer, broken_in_the_body, silent])
@pytest.mark.parametrize("carrier", ["socket", "in-process"])
async def test_a_write_whose_answer_is_lost_has_an_unknown_outcome(app, carrier, serve, issued):
    url, transport = (serve(app), None) if carrier == "socket" else ("http://localhost", InProcess(app))
    with pytest.raises(OutcomeUnknown) as caught:
        await create_lead(url, issued, transport=transport, timeout=0.2)
    assert caught.value.problem.not_done == "It is not known whether anything was written."
    with pytest.raises(OutcomeUnknown) as caught:
        await list_leads(url, issued, transport=transport, timeout=0.2)
    assert "repeating is safe" in caught.value.problem.next_step


# --- credits


@pytest.mark.evidence("http.credits")
@pytest.mark.parametrize(("rows", "price"), [(1, 1), (10, 1), (11, 2), (100, 10)])
async def test_a_write_costs_a_credit_for_every_started_ten_rows(rows, price, answering, issued):
    session = Session("http://localhost", issued, transport=InProcess(answering((201, {"data": []}))))
    await session.call(endpoints.CREATE_RECORDS, module="Leads", json={"data": [{}] * rows})
    assert session.credits_spent == price


async def test_deleting_counts_its_ids_and_a_given_price_wins(answering, issued):
    session = Session("http://localhost", issued, transport=InProcess(answering((200, {"data": []}))))
    ids = ",".join(map(str, range(25)))
    await session.call(endpoints.DELETE_RECORDS, module="Leads", params={"ids": ids})
    assert session.credits_spent == 3
    await session.call(endpoints.COQL, module="Leads", json={"select_query": "…"}, price=3)
    assert session.credits_spent == 6


async def test_a_call_that_was_not_sent_costs_nothing(issued):
    session = Session("http://127.0.0.1:1", issued, line=impatient())
    with pytest.raises(NotSent):
        await session.call(endpoints.LIST_USERS)
    await session.aclose()
    assert session.credits_spent == 0


@pytest.mark.evidence("http.credits-header")
async def test_the_remaining_credits_are_kept_when_zoho_tells_them(answering, issued):
    told = Response('{"users": []}', headers={"X-API-CREDITS-REMAINING": "1234"})
    session = Session("http://localhost", issued, transport=InProcess(answering(told)))
    assert session.credits_remaining is None
    await session.call(endpoints.LIST_USERS)
    assert session.credits_remaining == 1234


# --- one loop, and nothing secret anywhere


def test_a_session_used_from_a_second_event_loop_is_refused_by_name(answering, issued):
    session = Session("http://localhost", issued, transport=InProcess(answering((200, {"users": []}))))
    asyncio.run(_ask(session))
    with pytest.raises(InvalidInput) as caught:
        asyncio.run(_ask(session))
    assert caught.value.problem.code == "OTHER_EVENT_LOOP"


async def _ask(session: Session) -> None:
    await session.call(endpoints.LIST_USERS)


class Canary:
    """A token source whose tokens must turn up nowhere but in the header."""

    async def token(self) -> str:
        from zcrm_tools.http.secret import SecretText

        return SecretText("1000.canary-canary")

    async def renew(self, refused: str) -> str:
        return await self.token()


@pytest.mark.parametrize(
    "app",
    [
        broken_before_an_answer,
        broken_in_the_body,
        silent,
        HTMLResponse("<h1>no</h1>", 502),
        RedirectResponse("http://localhost:1/"),
        STALE,
        (400, refusal("INVALID_DATA")),
        (403, refusal("OAUTH_SCOPE_MISMATCH")),
    ],
)
async def test_no_error_shows_the_token_not_even_with_the_variables_of_its_traceback(
    app: Any, serve: Callable[[Any], str], answering: Any, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    url = serve(app if callable(app) and not isinstance(app, Response) else answering(app))
    with pytest.raises(ZcrmError) as caught:
        await create_lead(url, Canary(), timeout=0.2)
    shown = io.StringIO()
    error = caught.value
    traceback.TracebackException.from_exception(error, capture_locals=True).print(file=shown)
    with contextlib.redirect_stdout(shown):
        print(repr(error), str(error), error.problem.as_dict(), error.__context__, error.__cause__)
    assert "create_lead" in shown.getvalue()
    assert "canary-canary" not in shown.getvalue()
    assert "canary-canary" not in caplog.text


@pytest.mark.parametrize("said", ["The id is wrong", "The id is wrong."])
def test_a_refusal_ends_in_one_full_stop(said):
    assert "wrong. Nothing" in str(refusals.api_error(400, {"code": "X", "message": said}, writes=True))
