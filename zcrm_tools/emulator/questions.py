"""The questions themselves: one entry each where one request is enough."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from zcrm_tools.emulator.compare import MARK, Answer, Ask, CouldNotAsk, Json, Question, facts

NOBODY = "111111111111111111"


def _get(path: str, **params: str) -> Callable[[Ask], Awaitable[Json]]:
    async def put(ask: Ask) -> Json:
        return facts(await ask("GET", path, params=params))

    return put


def _coql(query: str) -> Callable[[Ask], Awaitable[Json]]:
    async def put(ask: Ask) -> Json:
        return facts(await ask("POST", "/coql", json={"select_query": query}))

    return put


def _raw(method: str, path: str, content: bytes) -> Callable[[Ask], Awaitable[Json]]:
    async def put(ask: Ask) -> Json:
        return facts(await ask(method, path, content=content))

    return put


def _signed(authorization: str) -> Callable[[Ask], Awaitable[Json]]:
    async def put(ask: Ask) -> Json:
        return facts(await ask("GET", "/users", params={"type": "CurrentUser"}, authorization=authorization))

    return put


def _lead(
    row: Mapping[str, Any], then: Callable[[Ask, str], Awaitable[Json]] | None = None
) -> Callable[[Ask], Awaitable[Json]]:
    """Create a lead, look at it if it was created, and delete it whatever happened."""

    async def put(ask: Ask) -> Json:
        body = {"data": [{"Last_Name": MARK, "Company": MARK, **row}], "trigger": []}
        created = await ask("POST", "/Leads", json=body)
        found = facts(created)
        made = _id(created)
        if made is None:
            return found
        try:
            return {**found, **(await then(ask, made) if then else {})}
        finally:
            await ask("DELETE", f"/Leads/{made}")

    return put


def _id(created: Answer) -> str | None:
    if created.status not in (200, 201):
        return None
    details = created.body["data"][0].get("details", {})
    return str(details["id"]) if "id" in details else None


async def _status_kept(ask: Ask, lead: str) -> Json:
    answer = await ask("GET", f"/Leads/{lead}", params={"fields": "Lead_Status"})
    return {"kept": answer.body["data"][0]["Lead_Status"] if answer.body else None}


async def _found_in_capitals(ask: Ask, lead: str) -> Json:
    query = f"select id from Leads where Last_Name = '{MARK.upper()}' and id = {lead}"  # noqa: S608 - an id of ours
    answer = await ask("POST", "/coql", json={"select_query": query})
    return {"found at once, whatever the case": answer.status == 200}


async def _search_at_once(ask: Ask, lead: str) -> Json:
    answer = await ask("GET", "/Leads/search", params={"criteria": f"(id:equals:{lead})"})
    return {"search": answer.status}


async def _list_headers(ask: Ask) -> Json:
    answer = await ask("GET", "/Leads", params={"fields": "id", "per_page": "1"})
    return {
        "headers": sorted(name for name in answer.headers if name.startswith(("x-api", "x-rate", "retry")))
    }


async def _row_keys(ask: Ask) -> Json:
    query = "select Owner.last_name, Last_Name from Leads where id is not null limit 1"
    answer = await ask("POST", "/coql", json={"select_query": query})
    found = facts(answer)
    if answer.status != 200:
        raise CouldNotAsk(f"the org has no lead to show it with: {found}")
    return {"keys": sorted(answer.body["data"][0])}


QUESTIONS = (
    Question(
        "records.unknown-id",
        "What a GET of an id that no record has answers.",
        "get-records.html",
        _get(f"/Leads/{NOBODY}"),
    ),
    Question("records.no-fields", "A list without `fields`.", "get-records.html", _get("/Leads")),
    Question(
        "records.per-page", "A page of 201.", "get-records.html", _get("/Leads", fields="id", per_page="201")
    ),
    Question(
        "records.sort-field",
        "Sorting by a field other than id and the two times.",
        "get-records.html",
        _get("/Leads", fields="id", sort_by="Email"),
    ),
    Question(
        "records.deep-page",
        "The eleventh page of 200 by number.",
        "get-records.html",
        _get("/Leads", fields="id", page="11"),
    ),
    Question(
        "records.unknown-module",
        "A module that the org does not have.",
        "get-records.html",
        _get("/Zcrm_Nothing", fields="id"),
    ),
    Question(
        "records.malformed", "A body that is not JSON.", "insert-records.html", _raw("POST", "/Leads", b"{")
    ),
    Question(
        "records.empty-data",
        "An empty list of records.",
        "insert-records.html",
        _raw("POST", "/Leads", b'{"data":[]}'),
    ),
    Question(
        "records.mandatory",
        "A lead without its mandatory field.",
        "insert-records.html",
        _raw("POST", "/Leads", b'{"data":[{"City":"Bonn"}]}'),
    ),
    Question(
        "records.unknown-field",
        "A field that the module does not have.",
        "insert-records.html",
        _lead({"Zcrm_Nothing": "x"}),
        writes=True,
    ),
    Question(
        "records.unlisted-value",
        "A picklist value that is not listed.",
        "insert-records.html",
        _lead({"Lead_Status": MARK}, _status_kept),
        writes=True,
    ),
    Question(
        "records.bad-type",
        "A text where a boolean belongs.",
        "insert-records.html",
        _lead({"Email_Opt_Out": "perhaps"}),
        writes=True,
    ),
    Question(
        "search.nothing",
        "A search that finds nothing.",
        "search-records.html",
        _get("/Leads/search", email="nobody@zcrm-compare.example"),
    ),
    Question(
        "search.no-parameter",
        "A search that says nothing to look for.",
        "search-records.html",
        _get("/Leads/search"),
    ),
    Question(
        "search.fresh",
        "Whether a search finds a lead at once.",
        "search-records.html",
        _lead({}, _search_at_once),
        writes=True,
    ),
    Question(
        "coql.case",
        "Whether `=` minds the case of text, and sees a new lead at once.",
        "COQL-Overview.html",
        _lead({}, _found_in_capitals),
        writes=True,
    ),
    Question("coql.no-where", "A query without WHERE.", "COQL-Overview.html", _coql("select id from Leads")),
    Question(
        "coql.star", "`select *`.", "COQL-Overview.html", _coql("select * from Leads where id is not null")
    ),
    Question(
        "coql.count-star",
        "`COUNT(*)`.",
        "COQL-Overview.html",
        _coql("select COUNT(*) from Leads where id is not null"),
    ),
    Question(
        "coql.distinct",
        "`select distinct`.",
        "COQL-Overview.html",
        _coql("select distinct Last_Name from Leads where id is not null"),
    ),
    Question(
        "coql.having",
        "HAVING.",
        "COQL-Overview.html",
        _coql(
            "select Lead_Status, COUNT(id) from Leads where id is not null group by Lead_Status having COUNT(id) > 1"
        ),
    ),
    Question(
        "coql.limit",
        "A limit above 2,000.",
        "COQL-Limitations.html",
        _coql("select id from Leads where id is not null limit 2001"),
    ),
    Question(
        "coql.unknown-column",
        "A column that the module does not have.",
        "COQL-Overview.html",
        _coql("select Zcrm_Nothing from Leads where id is not null"),
    ),
    Question(
        "coql.row-keys", "What the keys of a row with a joined column are.", "COQL-Joins.html", _row_keys
    ),
    Question("access.no-token", "A call without a token.", "status-codes.html", _signed("")),
    Question(
        "access.bad-token",
        "A call with a token that never was.",
        "status-codes.html",
        _signed("Zoho-oauthtoken 1000.0.0"),
    ),
    Question(
        "limits.headers",
        "Which headers tell of credits on an ordinary answer.",
        "api-limits.html",
        _list_headers,
    ),
    Question("settings.no-module", "Fields without a module.", "field-meta.html", _get("/settings/fields")),
    Question(
        "users.type", "A type of users that there is not.", "get-users.html", _get("/users", type="Nothing")
    ),
)
"""The open points of the reference that a program can ask. Consent screens, token eviction and other orgs it cannot."""
