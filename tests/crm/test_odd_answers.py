"""Answers that Zoho's pages do not show, and values that say less than they seem to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse

from zcrm_tools.crm import channels, composite, links, listing, mail, people, raw
from zcrm_tools.crm.composite import SubRequest
from zcrm_tools.crm.org import Org
from zcrm_tools.errors import InvalidInput, OutcomeUnknown
from zcrm_tools.http.inprocess import InProcess
from zcrm_tools.http.session import Session
from zcrm_tools.metadata.catalogue import Catalogue
from zcrm_tools.models.grant import Profile

LEAD = "554023000000000001"
USERS = [
    {"id": "1", "full_name": "Robot"},
    {"id": "2", "full_name": "Ada Okafor", "email": "ada@quay.example"},
]


class Zoho:
    """Answers by the last part of the path, and counts."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        last = Request(scope, receive).url.path.rpartition("/")[2]
        body = {
            "users": {"users": USERS},
            "Notes": {"data": [], "info": {"more_records": True}},
            "__composite_requests": {"__composite_requests": []},
        }.get(last, {"data": []})
        await JSONResponse(body)(scope, receive, send)

    async def token(self) -> str:
        return "1000.x"

    async def renew(self, refused: str) -> str:
        raise AssertionError(refused)


@pytest.fixture
def zoho() -> Zoho:
    return Zoho()


@pytest.fixture
async def org(zoho: Zoho) -> AsyncIterator[Org]:
    session = Session("http://localhost", zoho, transport=InProcess(zoho))
    profile = Profile(name="x", kind="emulator", accounts_url="http://localhost", api_url="http://localhost")
    yield Org(profile, session, Catalogue(session))
    await session.aclose()


@pytest.mark.parametrize("nobody", ["", "  "])
async def test_nobody_is_not_the_user_who_has_no_mail(org: Org, nobody: str):
    with pytest.raises(InvalidInput, match="No active user is called"):
        await people.find(org, nobody)
    assert (await people.find(org, "robot")).id == "1"


async def test_a_related_list_that_promises_more_and_brings_nothing_ends(org: Org, zoho: Zoho):
    assert [page async for page in links.pages(org, "Leads", LEAD, "Notes", ["Note_Title"])] == []
    assert zoho.asked == 1


async def test_a_composite_without_an_answer_for_each_call_has_an_unknown_outcome(org: Org):
    with pytest.raises(OutcomeUnknown, match="without a result for each item"):
        await composite.send(org, [SubRequest("1", "GET", "/crm/v8/org")])


def _mail(org: Org, at: datetime) -> Any:
    return mail.send(
        org, "Leads", LEAD, sender="a@b.example", to=["c@d.example"], subject="", content="", at=at
    )


TIMED: dict[str, Callable[[Org, datetime], Any]] = {
    "a mail for later": _mail,
    "a channel's end": lambda org, at: channels.enable(
        org, "1", ["Leads.all"], "https://a.example", token="t", until=at
    ),
    "unmodified since": lambda org, at: raw.update(org, "Leads", [{"id": LEAD}], unmodified_since=at),
    "modified since": lambda org, at: anext(listing.pages(org, "Leads", ["id"], modified_since=at)),
}


@pytest.mark.parametrize("what", TIMED)
async def test_a_time_by_nobody_knows_whose_clock_is_not_sent(org: Org, zoho: Zoho, what: str):
    with pytest.raises(InvalidInput, match="has no offset from UTC"):
        await TIMED[what](org, datetime.fromisoformat("2026-12-01T09:00"))
    assert zoho.asked == 0
