"""Whatever arguments a schema allows: no action ever crashes, its answer is what its output schema says, and the scopes
that it says it needs are enough.

The strategies are our own as the schemas are plain, and hypothesis-jsonschema does not run on today's hypothesis.
`LONG_TESTS=1` asks for many more examples of each action.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zcrm_tools import scopes
from zcrm_tools.actions import needs, registry, schema
from zcrm_tools.client import AsyncClient
from zcrm_tools.crm.org import Org
from zcrm_tools.emulator.access import EVERYTHING
from zcrm_tools.emulator.grants import Holder
from zcrm_tools.emulator.snapshots import fresh
from zcrm_tools.http.inprocess import InProcess
from zcrm_tools.http.session import Session
from zcrm_tools.metadata.catalogue import Catalogue
from zcrm_tools.models.grant import Profile
from zcrm_tools.safety.gate import Gate
from zcrm_tools.safety.policy import Policy
from zcrm_tools.state.sqlite import SqliteState

EXAMPLES = 300 if os.environ.get("LONG_TESTS") else 8
URL = "http://localhost"
BESIDE = {
    "untrusted": {"type": "string"},
    "error": {"type": "string"},
    "problems": {"type": "array", "items": {"type": "object"}, "minItems": 1},
    "outcome": {"type": "string"},
}
PLAUSIBLE = [
    "Leads", "Contacts", "Accounts", "Deals", "Tasks", "Events", "Calls", "Notes", "leads", "Closed Won", "Negotiation",
    "me", "Rao", "2026-11-24", "2026-11-24T10:00:00", "2026-11-24T10:00:00+01:00", "9999-12-31", "0001-01-01", "Email",
    "Stage", "Owner", "Last_Name", "Amount", "a@b.example", "+47 22 00 00 00", "100", "-1", "true", "null", "%", "'", "\\",
    "select id from Leads", "select COUNT(id), Stage from Deals group by Stage", "id is not null", "settings/roles",
    "Products", "Activities", "Timeline", "Emails", "records", "core", "all", "xyz", "plan_1", "chg_1", "eA==",
]  # fmt: skip


class Fixed:
    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        return self._token

    async def renew(self, refused: str) -> str:
        raise AssertionError(f"{len(refused)} characters of token were refused")


@pytest.fixture(scope="module")
def emulator() -> Iterator[Any]:
    opened = fresh()
    yield opened
    opened.close()


@cache
def _ids() -> tuple[str, ...]:
    opened = fresh()
    found = [
        str(row[0])
        for module in ("Leads", "Contacts", "Accounts", "Deals", "Tasks", "Notes", "Users")
        for row in opened.store.fetch(f'SELECT id FROM "{module}" ORDER BY id DESC LIMIT 2')
    ]
    opened.close()
    return (*found, "554023999999999999", "1", "")


def texts() -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(PLAUSIBLE), st.sampled_from(_ids()), st.text(max_size=30))


def anything() -> st.SearchStrategy[Any]:
    scalars = (
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts()
    )
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(), inner, max_size=3),
        max_leaves=5,
    )


def valid(shape: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values of a plain schema."""
    if "enum" in shape:
        return st.sampled_from(shape["enum"])
    match shape.get("type"):
        case "string":
            return _text(shape)
        case "integer":
            return st.integers(shape.get("minimum", -(2**40)), shape.get("maximum", 2**40))
        case "number":
            return st.floats(
                shape.get("minimum"), shape.get("maximum"), allow_nan=False, allow_infinity=False
            )
        case "boolean":
            return st.booleans()
        case "array":
            least = shape.get("minItems", 0)
            return st.lists(valid(shape.get("items", {})), min_size=least, max_size=max(least, 3))
        case "object" if shape.get("properties"):
            needed = set(shape.get("required", ()))
            parts = {name: valid(inner) for name, inner in shape["properties"].items()}
            return st.fixed_dictionaries(
                {n: p for n, p in parts.items() if n in needed},
                optional={n: p for n, p in parts.items() if n not in needed},
            )
        case "object":
            inner = shape.get("additionalProperties")
            values = valid(inner) if isinstance(inner, dict) else anything()
            return (
                st.just({})
                if inner is False
                else st.dictionaries(texts(), values, min_size=shape.get("minProperties", 0), max_size=3)
            )
    return anything()


def _text(shape: dict[str, Any]) -> st.SearchStrategy[str]:
    if "pattern" in shape:
        return st.from_regex(shape["pattern"], fullmatch=True).filter(
            lambda t: len(t) <= shape.get("maxLength", 1_000)
        )
    least, most = shape.get("minLength", 0), shape.get("maxLength", 10_000)
    return texts().filter(lambda t: least <= len(t) <= most)


def least(emulator: Any, name: str) -> tuple[Profile, str]:
    """A profile and a token with what the action says that it needs; with everything for those that call anything."""
    action = registry.action(name)
    granted = EVERYTHING if action.toolset == "passthrough" else [str(s) for s in needs.minimal([action])]
    holder = emulator.grants.holder(emulator.credentials.access_token)
    issued = emulator.grants.issue(
        Holder(holder.client_id, holder.user_id, tuple(granted) or ("ZohoCRM.apis.READ",))
    )
    profile = Profile(name="demo", kind="emulator", accounts_url=URL, api_url=URL, scopes=" ".join(granted))
    return profile, issued.access_token


async def called(
    emulator: Any, profile: Profile, token: str, name: str, arguments: dict[str, Any]
) -> list[dict[str, Any]]:
    """The answer; and once a person agreed, where one had to, the next."""
    granted = scopes.parse(profile.scopes)
    session = Session(URL, Fixed(token), granted=granted, transport=InProcess(emulator.app))
    org, state = Org(profile, session, Catalogue(session)), SqliteState(None)
    crm = AsyncClient(org, Gate(org, state, Policy(write=True)), session.aclose)
    try:
        answers = [await crm.tools.call(name, arguments)]
        if (
            answers[0].get("status") == "waiting"
            and not arguments.get("dry_run")
            and "plan_id" not in arguments
        ):
            await crm.approve(answers[0]["plan_id"], by="a person")
            answers.append(await crm.tools.call(name, {**arguments, "plan_id": answers[0]["plan_id"]}))
        return answers
    finally:
        await crm.aclose()
        state.close()


def lacking(answer: dict[str, Any]) -> set[str]:
    """Scopes that a refusal names and that are not of a module which nobody signed in for."""
    if answer.get("error") != "ScopeMissing":
        return set()
    named = re.findall(r"Zoho\w+(?:\.\w+)+", str([p.get("next_step") for p in answer["problems"]]))
    usual = {scopes.module_scope_name(module) for module in needs.USUAL_MODULES}
    return {s for s in named if not s.startswith("ZohoCRM.modules.") or s.split(".")[2] in usual}


@pytest.mark.parametrize("name", tuple(registry.all_names()))
def test_no_valid_arguments_crash_an_action_and_every_answer_is_as_published(name: str, emulator: Any):
    action = registry.action(name)
    takes, gives = schema.input_schema(action), schema.output_schema(action)
    published = jsonschema.Draft202012Validator(
        {**gives, "properties": {**gives.get("properties", {}), **BESIDE}}
    )
    jsonschema.Draft202012Validator.check_schema(takes)

    profile, token = least(emulator, name)

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(arguments=valid(takes))
    def each(arguments: dict[str, Any]) -> None:
        for answer in asyncio.run(called(emulator, profile, token, name, arguments)):
            published.validate(answer)
            assert "error" not in answer or answer["problems"][0]["message"]
            assert not lacking(answer), (arguments, answer)

    each()
