"""One file per action; what the registry, the files and the clients say agrees."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from zcrm_tools.actions import card as cards
from zcrm_tools.actions import catalogue, needs, registry, schema
from zcrm_tools.client import AsyncClient, Client
from zcrm_tools.errors import InvalidInput, NotConfigured

NAMES = list(registry.all_names())


def test_every_file_is_an_action_and_every_action_a_file():
    files = {p.stem for p in Path(catalogue.__path__[0]).glob("[a-z]*.py")}
    assert files == set(NAMES)
    assert [registry.action(name).name for name in NAMES] == NAMES


async def test_both_clients_have_every_action_as_a_method_with_its_signature(crm: AsyncClient):
    for name in NAMES:
        method = getattr(crm, name)
        assert (method.__name__, method.__doc__) == (name, registry.action(name).description)
        assert set(inspect.signature(method).parameters) == set(registry.action(name).model.model_fields)
    assert set(NAMES) <= set(dir(crm))
    assert not set(registry.CATALOGUE["core"]) - {
        n for n in NAMES if getattr(Client, n, None) is registry.action(n)
    }
    with pytest.raises(AttributeError, match="no attribute 'drop_table'"):
        crm.drop_table  # noqa: B018


@pytest.mark.parametrize("name", NAMES)
def test_each_card_says_what_its_action_does(name: str):
    """After a change that is meant: `python server/generate.py`, and look at the difference in git as a model would."""
    card = schema.card(registry.action(name))
    assert registry.card(name) == card
    assert (cards.KEPT / f"{name}.json").read_text("utf-8") == cards.text(card)


def test_no_card_is_left_of_an_action_that_is_gone():
    assert {path.stem for path in cards.KEPT.iterdir()} == set(NAMES)


def test_each_action_is_in_the_toolset_that_it_says():
    assert {name: registry.action(name).toolset for name in NAMES} == {
        name: toolset for toolset, names in registry.CATALOGUE.items() for name in names
    }


def test_every_action_has_its_test_beside_it_by_name():
    here = Path(__file__).parent
    assert [name for name in NAMES if not (here / f"test_{name}.py").is_file()] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_input_is_closed_and_plain(name: str):
    shape = schema.input_schema(registry.action(name))
    text = str(shape)
    assert shape["additionalProperties"] is False
    assert not any(word in text for word in ("$ref", "anyOf", "oneOf", "allOf", "'title': '"))
    assert "confirm" not in shape["properties"]


@pytest.mark.parametrize("name", NAMES)
def test_every_action_says_what_it_is_for(name: str):
    action = registry.action(name)
    assert 40 <= len(action.description) <= 700
    assert action.description.endswith((".", "group by Stage"))
    assert action.title


def test_reads_alone_are_offered_unless_writing_is_allowed():
    assert {a.effect for a in registry.choose()} == {"read"}
    assert [a.name for a in registry.choose(write=True)] == list(registry.CATALOGUE["core"])
    assert [a.name for a in registry.choose(["all"], write=True)] == NAMES
    assert {a.effect for a in registry.choose(["all"])} == {"read"}


def test_single_tools_can_be_added_and_taken_away():
    offered = [a.name for a in registry.choose(write=True, exclude=["create_lead"])]
    assert "create_lead" not in offered
    assert "update_records" in offered


def test_an_unknown_toolset_or_tool_is_refused_by_name():
    with pytest.raises(NotConfigured, match="no toolset 'crew'"):
        registry.choose(["crew"])
    with pytest.raises(InvalidInput, match="no action 'drop_table'"):
        registry.choose(tools=["drop_table"])


def test_the_minimal_scopes_of_reading_leads_are_these():
    search = registry.action("search_leads")
    needed = {str(need[0]) for need in needs.needs(search)}
    assert needed == {"ZohoCRM.coql.READ", "ZohoCRM.modules.leads.READ", "ZohoCRM.users.READ"}
    wished = {str(s) for s in needs.minimal([search])} - needed
    assert wished == {"ZohoCRM.settings.fields.READ", "ZohoCRM.org.READ"}


def test_read_only_actions_need_no_scope_that_writes():
    for scope in needs.minimal(registry.choose(["all"])):
        assert scope.operation == "read", scope


def test_an_unknown_argument_is_refused_with_the_known_ones():
    with pytest.raises(InvalidInput) as caught:
        registry.action("get_record").accept({"module": "Leads", "ID": "1"})
    codes = {(p.code, p.field) for p in caught.value.problems}
    assert codes == {("MISSING_ARGUMENT", "id"), ("UNKNOWN_ARGUMENT", "ID")}
