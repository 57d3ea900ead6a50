"""Masked fields are shown as tokens, the same each time, and a token used as an argument is its value again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from zcrm_tools.actions import render
from zcrm_tools.client import AsyncClient
from zcrm_tools.errors import InvalidInput
from zcrm_tools.safety.masks import Masks
from zcrm_tools.safety.policy import Policy

SECRET = b"k" * 32


def masks(*fields: str) -> Masks:
    return Masks(fields, lambda: SECRET)


def test_without_masked_fields_nothing_changes():
    body = {"Email": "a@b.example"}
    assert Masks().hide(body) is body
    assert Masks().reveal(body) is body


@pytest.mark.parametrize(
    "body",
    [
        {"fields": {"Email": "ada@quay.example"}},
        {"columns": ["id", "Email"], "rows": [["1", "ada@quay.example"]]},
        {"columns": ["Contact_Name.Email"], "rows": [["ada@quay.example"]]},
        {"changes": [{"field": "Email", "old": "ada@quay.example", "new": None}]},
        {"likely_duplicates": [{"email": "ada@quay.example", "why": "same e-mail"}]},
        {"note": "write to ada@quay.example today"},
        {"problems": [{"message": "'ada@quay.example' is taken"}]},
    ],
    ids=lambda body: next(iter(body)),
)
def test_an_email_is_hidden_wherever_it_stands(body: dict[str, Any]):
    hidden = json.dumps(masks("Email").hide(body))
    assert "quay" not in hidden
    assert "Email~" in hidden


def test_a_token_is_the_same_each_time_and_another_for_another_value_or_secret():
    one, two = masks("Email"), masks("Email")
    hidden = one.hide({"Email": "a@b.example"})
    assert two.hide({"Email": "a@b.example"}) == hidden
    assert one.hide({"Email": "c@b.example"}) != hidden
    assert Masks(("Email",), lambda: b"x" * 32).hide({"Email": "a@b.example"}) != hidden


def test_a_value_that_is_masked_is_hidden_in_other_texts_too():
    body = {"fields": {"Last_Name": "Zzyzx"}, "summary": "Mr. Zzyzx called", "City": "Zz"}
    hidden = masks("Last_Name").hide(body)
    assert "Zzyzx" not in json.dumps(hidden)
    assert hidden["City"] == "Zz"


def test_a_value_of_three_characters_is_hidden_where_it_stands_and_no_word_that_has_it_in_it():
    hidden = masks("Last_Name").hide({"fields": {"Last_Name": "Ann"}, "asked": "Ann", "summary": "Annual"})
    assert hidden["fields"]["Last_Name"] == hidden["asked"] != "Ann"
    assert hidden["summary"] == "Annual"


def test_a_field_may_be_masked_in_one_module_alone():
    some = masks("Leads.Mobile")
    row = {"fields": {"Mobile": "+47 5555 0100"}}
    assert "Mobile~" in json.dumps(some.hide({"module": "Leads", **row}))
    assert some.hide({"module": "Contacts", **row}) == {"module": "Contacts", **row}
    assert "Mobile~" in json.dumps(some.hide(row)), "where the module is not told, it is hidden"


def test_a_column_is_masked_by_the_field_it_is_of():
    some = masks("Contacts.Mobile")
    for column in ("Contact_Name.Mobile", "MAX(Contact_Name.Mobile)"):
        assert some.covers("Deals", column)
        body = {"module": "Deals", "columns": [column], "rows": [["+47 5555 0100"]]}
        assert "5555" not in json.dumps(some.hide(body))
    assert not some.covers("Deals", "Mobile")


async def test_an_alias_unmasks_nothing(opened: Callable[..., AsyncClient]):
    async with opened(Policy(mask=frozenset({"Phone"}))) as crm:
        query = "select Phone as p from Leads where Phone is not null limit 2"
        shown = await crm.tools.call("run_coql", {"query": query})
    assert shown["columns"][0] == "Phone"
    assert all(row[0].startswith("Phone~") for row in shown["rows"])


def test_a_token_as_an_argument_is_its_value():
    some = masks("Email")
    token = some.hide({"Email": "a@b.example"})["Email"]
    assert some.reveal({"query": f"Email = '{token}'", "rows": [{"x": [token]}]}) == {
        "query": "Email = 'a@b.example'",
        "rows": [{"x": ["a@b.example"]}],
    }
    with pytest.raises(InvalidInput, match="Nobody knows any more"):
        some.reveal({"email": "Email~0123456789"})


def test_a_value_that_a_token_stood_for_comes_back_as_the_token():
    """Whatever echoes an argument: the message of a refusal, a note that was written with it."""
    some = masks("Mobile")
    token = some.hide({"Mobile": "+47 5555 0100"})["Mobile"]
    given = some.reveal({"fields": {"Employees": token}})
    assert given == {"fields": {"Employees": "+47 5555 0100"}}
    echoes = {"problems": [{"message": "Employees is '+47 5555 0100', and must be a number."}]}
    assert some.hide(echoes) == {"problems": [{"message": f"Employees is '{token}', and must be a number."}]}


async def test_an_assistant_can_work_with_a_person_whose_address_it_never_sees(
    opened: Callable[..., AsyncClient],
):
    async with opened(Policy(write=True, mask=frozenset({"Email"}))) as crm:
        hide = crm.gate.masks
        made = await crm.create_lead(last_name="Zzyzx", company="Nowhere", email="z@nowhere.example")
        shown = render.structured(made, hide)
        assert "nowhere.example" not in json.dumps(shown)
        token = next(c["new"] for c in shown["records"][0]["changes"] if c["field"] == "Email")
        query = f"select id, Email from Leads where Email = '{token}' limit 5"
        found = await crm.run_coql(**hide.reveal({"query": query}))
        assert found.rows == [[made.records[0].id, "z@nowhere.example"]]
        assert render.structured(found, hide)["rows"] == [[made.records[0].id, token]]
