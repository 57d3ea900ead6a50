"""Blueprints: a process over one picklist of a module, which moves only along its transitions.

Zoho has no call that defines one, so the control plane does: `define`. A record is in the process while a transition
leaves the state it is in. https://www.zoho.com/crm/developer/docs/api/v8/blueprint-details.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zcrm_tools.emulator.replies import Json, Refusal
from zcrm_tools.emulator.store import quoted

if TYPE_CHECKING:
    from zcrm_tools.emulator.schema import ModuleDef
    from zcrm_tools.emulator.store import Store

RELATED = ("Notes", "CheckLists", "Attachments", "Tasks")
"""What a transition may ask for beside fields of the record."""
MANUAL, AUTOMATIC = "manual", "automatic"


class BadBlueprint(ValueError):
    """A definition that cannot be; the text says why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing a transition asks for: a field of the record, or one of `RELATED`. `items` are a checklist's."""

    api_name: str
    mandatory: bool
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Transition:
    """`origin` None: from every state."""

    id: int
    name: str
    origin: str | None
    target: str
    asks: tuple[Asked, ...]
    kind: str = MANUAL

    def leaves(self, state: str | None) -> bool:
        return self.origin is None or self.origin == state


@dataclass(frozen=True, slots=True)
class Blueprint:
    id: int
    module: str
    name: str
    field: str
    continuous: bool
    transitions: tuple[Transition, ...]

    def leaving(self, state: str | None) -> list[Transition]:
        return [one for one in self.transitions if state is not None and one.leaves(state)]


def ensure(store: Store) -> None:
    store.execute(
        "CREATE TABLE IF NOT EXISTS _blueprint (id INTEGER PRIMARY KEY, module TEXT NOT NULL, body TEXT NOT NULL)"
    )
    store.execute(
        "CREATE TABLE IF NOT EXISTS _transition_saved (record INTEGER NOT NULL, transition INTEGER NOT NULL,"
        " body TEXT NOT NULL, PRIMARY KEY (record, transition))"
    )


def define(store: Store, body: Mapping[str, Any]) -> Blueprint:
    """Add a process to a module: `{"module", "field", "name"?, "continuous"?, "transitions": [{"name", "from": state or
    null, "to", "fields": ["Phone" or {"api_name", "mandatory"?, "items"?}], "type"?}]}`.

    A module has one process a field. Raises BadBlueprint.
    """
    module = store.modules.get(str(body.get("module")))
    if module is None or module.generated_type == "system":
        raise BadBlueprint(f"There is no module {body.get('module')!r}.")
    field = module.fields.get(str(body.get("field")))
    if field is None or not field.picklist:
        raise BadBlueprint(f"{module.api_name} has no picklist field {body.get('field')!r}.")
    if any(one.field == field.api_name for one in of_module(store, module.api_name)):
        raise BadBlueprint(f"{module.api_name}.{field.api_name} has a blueprint already.")
    states = {choice.actual for choice in field.picklist}
    raw = body.get("transitions")
    if not isinstance(raw, list) or not raw:
        raise BadBlueprint('"transitions" must be a list of at least one.')
    found = tuple(_transition(store, module, one, states) for one in raw)
    name = str(body.get("name") or f"{module.singular} process")
    made = Blueprint(
        store.next_id(), module.api_name, name, field.api_name, bool(body.get("continuous")), found
    )
    store.execute("INSERT INTO _blueprint VALUES (?, ?, ?)", (made.id, made.module, _dumped(made)))
    return made


def _transition(store: Store, module: ModuleDef, raw: Any, states: set[str]) -> Transition:
    if not isinstance(raw, dict):
        raise BadBlueprint("A transition must be an object.")
    origin, target = raw.get("from"), raw.get("to")
    for state in (origin, target):
        if state not in states and not (state is None and state is origin):
            raise BadBlueprint(f"{state!r} is no value of the field.")
    kind = raw.get("type", MANUAL)
    if kind not in (MANUAL, AUTOMATIC):
        raise BadBlueprint(f"A transition is {MANUAL} or {AUTOMATIC}, not {kind!r}.")
    asks = []
    for one in raw.get("fields", ()):
        asked = {"api_name": one} if isinstance(one, str) else dict(one)
        name = str(asked.get("api_name"))
        if name not in RELATED and (name not in module.fields or module.fields[name].read_only):
            raise BadBlueprint(f"{module.api_name} has no writable field {name!r}.")
        asks.append(Asked(name, bool(asked.get("mandatory", True)), tuple(asked.get("items", ()))))
    return Transition(store.next_id(), str(raw.get("name") or target), origin, str(target), tuple(asks), kind)


def of_module(store: Store, module: str) -> list[Blueprint]:
    ensure(store)
    return [
        _loaded(row[0], row[1], json.loads(row[2]))
        for row in store.fetch(
            "SELECT id, module, body FROM _blueprint WHERE module = ? ORDER BY id", (module,)
        )
    ]


def _dumped(made: Blueprint) -> str:
    transitions = [
        [t.id, t.name, t.origin, t.target, [[a.api_name, a.mandatory, list(a.items)] for a in t.asks], t.kind]
        for t in made.transitions
    ]
    return json.dumps([made.name, made.field, made.continuous, transitions])


def _loaded(blueprint_id: int, module: str, body: list[Any]) -> Blueprint:
    name, field, continuous, raw = body
    transitions = tuple(
        Transition(
            number, title, origin, target, tuple(Asked(n, m, tuple(items)) for n, m, items in asks), kind
        )
        for number, title, origin, target, asks, kind in raw
    )
    return Blueprint(blueprint_id, module, name, field, continuous, transitions)


def process_of(store: Store, module: str, row: Mapping[str, Any]) -> Blueprint | None:
    """The process a record is in."""
    for blueprint in of_module(store, module):
        if blueprint.leaving(row.get(blueprint.field)):
            return blueprint
    return None


def in_process(store: Store, module: ModuleDef) -> str:
    """SQL for whether a record, aliased `t`, is in a process."""
    tests = []
    for blueprint in of_module(store, module.api_name):
        column = f"t.{quoted(blueprint.field)}"
        if any(one.origin is None for one in blueprint.transitions):
            tests.append(f"{column} IS NOT NULL")
        else:
            states = sorted({str(one.origin) for one in blueprint.transitions})
            listed = ", ".join("'" + state.replace("'", "''") + "'" for state in states)
            tests.append(f"coalesce({column} IN ({listed}), 0)")
    return " OR ".join(tests) or "0"


def guard(
    store: Store, module: str, before: Mapping[str, Any], changes: Mapping[str, Any], path: str
) -> None:
    """Refuse a write that moves a record's state past its process.

    Documented for mass updates; of a plain update Zoho says nothing, and refusing is the safer reading.
    """
    for blueprint in of_module(store, module):
        state = before.get(blueprint.field)
        moved = blueprint.field in changes and changes[blueprint.field] != state
        if moved and blueprint.leaving(state):
            details = {"api_name": blueprint.field, "json_path": f"{path}.{blueprint.field}"}
            raise Refusal("RECORD_IN_BLUEPRINT", "The record is in blue print", details)


# ---- what a transition was given so far


def saved(store: Store, record_id: int, transition_id: int) -> Json:
    ensure(store)
    found = store.fetch(
        "SELECT body FROM _transition_saved WHERE record = ? AND transition = ?", (record_id, transition_id)
    )
    return dict(json.loads(found[0][0])) if found else {}


def save(store: Store, record_id: int, transition_id: int, body: Json) -> None:
    ensure(store)
    store.execute(
        "INSERT OR REPLACE INTO _transition_saved VALUES (?, ?, ?)",
        (record_id, transition_id, json.dumps(body)),
    )


def forget_saved(store: Store, record_id: int) -> None:
    ensure(store)
    store.execute("DELETE FROM _transition_saved WHERE record = ?", (record_id,))
