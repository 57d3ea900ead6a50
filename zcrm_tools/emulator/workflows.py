"""Workflow rules at work: which of them a write fires, and the field updates, tasks and calls they make.

A rule's own updates fire no further rule. Every rule that fires is published, so that webhooks can hear of it.
https://www.zoho.com/crm/developer/docs/api/v8/workflow-rules.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from zcrm_tools.emulator import documents, events, rules, task_actions, webhook_actions
from zcrm_tools.emulator.query.filters import Reader, matches
from zcrm_tools.emulator.replies import Json, Refusal
from zcrm_tools.emulator.store import Store

RULE: Final = "workflow_rule"
FIELD_UPDATE: Final = "field_update"
SOURCE: Final = "workflow"
FIRED: Final = "workflow_run"
"""Documents: every time a rule fired, under the rule's id."""
EVENTS: Final = {
    "create": ("insert",),
    "edit": ("update",),
    "create_or_edit": ("insert", "update"),
    "field_update": ("update",),
    "delete": ("delete",),
}
"""Occasions the emulator knows, and the writes that are one."""


def fired(store: Store, change: events.Change) -> list[tuple[Json, Json]]:
    """The rules a write fires, in their order, each with its condition that holds."""
    found = []
    for rule in documents.every(store, RULE, parent=change.module):
        when = rule["execute_when"]
        if not rule["active"] or change.operation not in EVENTS[when["type"]]:
            continue
        if when["type"] == "field_update" and not _touched(when, change):
            continue
        condition = next((one for one in rule["conditions"] if _holds(store, one, change)), None)
        if condition is not None:
            found.append((rule, condition))
    return sorted(found, key=lambda pair: int(pair[0]["sequence"]))


def using(store: Store, action: str) -> list[str]:
    """The ids of the rules that have an action."""
    return [
        rule["id"]
        for rule in documents.every(store, RULE)
        if any(action in condition["actions"] for condition in rule["conditions"])
    ]


def remove_unused(store: Store, kind: str, key: int, message: str) -> None:
    """Remove an action that no rule has; otherwise it is refused, in that message of Zoho's."""
    if using(store, str(key)):
        raise Refusal("NOT_ALLOWED", message, {"id": str(key)})
    documents.remove(store, kind, key)


def _touched(when: Json, change: events.Change) -> bool:
    watched = [one["field"]["api_name"] for one in when["details"].get("criteria") or []]
    hits = [name in change.fields for name in watched]
    return all(hits) if when["details"].get("match_all") else any(hits)


def _holds(store: Store, condition: Json, change: events.Change) -> bool:
    criteria = condition["criteria"]
    if criteria is None:
        return True
    if change.after is None:  # of a deleted record nothing is left to look at
        return False
    reader = Reader(change.by, ZoneInfo("UTC"), datetime.fromtimestamp(change.at, UTC))
    return matches(store, store.modules[change.module], change.id, criteria, reader)


def observe(store: Store, news: events.Change | events.Happening) -> None:
    if not isinstance(news, events.Change) or not news.workflow or news.source == SOURCE:
        return
    for rule, condition in fired(store, news):
        run = {"at": news.at, "record": news.id, "condition": condition["id"], "refused": None}
        run["refused"] = _act(store, rule, condition, news)
        documents.add(store, FIRED, run, parent=rule["id"])
        name = str(rule["name"])
        events.publish(store, events.Happening("workflow_rule", news.module, news.id, name, news.by, news.at))


def _act(store: Store, rule: Json, condition: Json, change: events.Change) -> str | None:
    """Make the condition's field updates, tasks and calls; the code of a refusal, which leaves the write that fired it alone."""
    writer = rules.Writer(store, rule["modified_by"], (8, 0), SOURCE)
    try:
        for action in condition["actions"]:
            update = documents.get(store, FIELD_UPDATE, int(action))
            task = documents.get(store, task_actions.KIND, int(action))
            if update is None and task is None:
                webhook_actions.call(store, int(action), rule, change)
            elif change.after is not None:
                with store.transaction():
                    if task is not None:
                        task_actions.create(writer, task, change)
                    elif update is not None:
                        changes = {update["field"]: update["value"]}
                        rules.update(writer, store.modules[change.module], change.id, changes, "$")
    except Refusal as refusal:
        return refusal.code
    return None


events.OBSERVERS.append(observe)
