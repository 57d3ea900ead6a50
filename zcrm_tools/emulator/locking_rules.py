"""Record locking configurations at work: a record that meets a rule's criteria when it is written gets locked.

https://www.zoho.com/crm/developer/docs/api/v8/add-record-locking-config.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from zcrm_tools.emulator import documents, events, locks
from zcrm_tools.emulator.query.filters import Reader, matches
from zcrm_tools.emulator.store import quoted

if TYPE_CHECKING:
    from zcrm_tools.emulator.replies import Json
    from zcrm_tools.emulator.store import Store

KIND: Final = "locking_configuration"
"""Documents, under the API name of their module; at most one each."""


def of_module(store: Store, module: str) -> Json | None:
    found = documents.every(store, KIND, parent=module)
    return found[0] if found else None


def observe(store: Store, news: events.Change | events.Happening) -> None:
    if isinstance(news, events.Change) and news.after is not None:
        configuration = of_module(store, news.module)
        if configuration is not None:
            _lock(store, configuration, news.id, news.by, configuration["locking_rules"])


def lock_existing(store: Store, configuration: Json, rules: list[Json], by: int) -> None:
    """Lock the records that meet one of these rules already."""
    if rules:
        table = quoted(configuration["module"])
        for (record,) in store.fetch(f"SELECT id FROM {table}"):  # noqa: S608 - schema name
            _lock(store, configuration, record, by, rules)


def _lock(store: Store, configuration: Json, record: int, by: int, rules: list[Json]) -> None:
    if configuration["lock_type"] == "manual" or locks.lock_of(store, record) is not None:
        return
    module = store.modules[configuration["module"]]
    reader = Reader(by, ZoneInfo("UTC"), datetime.fromtimestamp(store.clock.now().timestamp(), UTC))
    for rule in rules:
        if matches(store, module, record, rule["criteria"], reader):
            locks.put(store, module.api_name, record, rule["name"], by, rule=int(rule["id"]))
            return


events.OBSERVERS.append(observe)
