"""What one module's or field's odd description does to the others: nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse

from zcrm_tools.errors import ServerFault
from zcrm_tools.http.inprocess import InProcess
from zcrm_tools.http.session import Session
from zcrm_tools.metadata import values
from zcrm_tools.metadata.catalogue import Catalogue

MODULES: list[Any] = [
    {"api_name": "Leads", "singular_label": "Lead", "plural_label": "Leads"},
    {"api_name": "Broken__c", "singular_label": ["not", "text"], "plural_label": None},
    {"plural_label": "Nameless"},
    "not even an object",
    {"api_name": "Deals", "singular_label": "Deal", "plural_label": "Deals", "never_seen": {"x": 1}},
]
FIELDS: list[Any] = [
    {"api_name": "Last_Name", "field_label": "Last Name", "data_type": "text", "system_mandatory": True},
    {"api_name": "Hologram__c", "field_label": "Hologram", "data_type": "hologram_of_2031"},
    {
        "api_name": "Broken__c",
        "field_label": "Broken",
        "data_type": "picklist",
        "pick_list_values": [{"id": "1"}],
    },
    {"field_label": "Nameless", "data_type": "text"},
]


class Token:
    async def token(self) -> str:
        return "1000.x"

    async def renew(self, refused: str) -> str:
        return refused


USERS: list[Any] = [
    {"id": "1", "full_name": "Ada Okafor", "email": "ada@quay.example"},
    {"id": "2", "full_name": None, "email": "service@quay.example"},
    {"id": "3", "full_name": "Bo Chen", "role": {"name": "CEO"}},
    {"id": "4", "full_name": "Cy Diaz"},
]
ANSWERS: dict[str, Any] = {"fields": {"fields": FIELDS}, "users": {"users": USERS}, "org": {"org": []}}


async def _answer(scope: Any, receive: Any, send: Any) -> None:
    last = Request(scope).url.path.rpartition("/")[2]
    reply = JSONResponse(ANSWERS.get(last, {"modules": MODULES}))
    await reply(scope, receive, send)


@pytest.fixture
async def catalogue() -> AsyncIterator[Catalogue]:
    session = Session("http://localhost", Token(), transport=InProcess(_answer))
    yield Catalogue(session)
    await session.aclose()


async def test_a_module_that_makes_no_sense_hides_no_other(catalogue: Catalogue):
    assert list(await catalogue.modules()) == ["Leads", "Broken__c", "Deals"]
    assert set(catalogue.unreadable) == {"Broken__c", ""}


async def test_a_field_that_makes_no_sense_can_still_be_named(catalogue: Catalogue):
    fields = await catalogue.fields("Leads")
    assert list(fields) == ["Last_Name", "Hologram__c", "Broken__c"]
    assert fields["Broken__c"].data_type == "unknown"
    assert set(catalogue.unreadable) == {"Leads.Broken__c", "Leads."}
    given = {"Last_Name": "X", "Hologram__c": {"deep": [1]}, "Broken__c": "as it is"}
    checked = values.check(given, fields, creating=True)
    assert (checked.values, checked.problems) == (given, ())


async def test_a_user_that_makes_no_sense_hides_no_other(catalogue: Catalogue):
    assert list(await catalogue.users()) == ["1", "4"]
    assert set(catalogue.unreadable) == {"users."}


async def test_an_answer_without_what_was_asked_for_is_zohos_fault(catalogue: Catalogue):
    with pytest.raises(ServerFault, match="Zoho named no org of this sign-in"):
        await catalogue.org()
