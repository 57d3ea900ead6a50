"""What happens to records, told in one place: `rules` reports every write, transitions and approvals report themselves.

Observers run inside the writer's transaction and only write rows of their own (what is to be delivered to whom), so
that a write which is rolled back was never heard of. Nothing leaves the process here; see `deliveries`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from zcrm_tools.emulator.store import Store, epoch

if TYPE_CHECKING:
    from zcrm_tools.emulator.rules import Writer
    from zcrm_tools.emulator.schema import ModuleDef

Operation = Literal["insert", "update", "delete"]
Occasion = Literal[
    "workflow_rule", "blueprint_transition", "approval_requested", "approval_approved", "approval_rejected"
]
Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One record written. `before` and `after` are raw stored rows; `at` is epoch seconds; `source` a Writer's."""

    module: str
    id: int
    operation: Operation
    before: Raw | None
    after: Raw | None
    by: int
    at: int
    source: str
    workflow: bool = True
    """Whether the write lets workflow rules fire: `trigger` in its body did not leave them out."""

    @property
    def fields(self) -> list[str]:
        """What an update changed."""
        if self.before is None or self.after is None:
            return []
        return [name for name, value in self.after.items() if value != self.before.get(name)]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something about a record that is no write by itself. `name` is the rule's, the transition's or the approval's."""

    occasion: Occasion
    module: str
    id: int
    name: str
    by: int
    at: int


Observer = Callable[[Store, Change | Happening], None]

OBSERVERS: Final[list[Observer]] = []
"""Filled as their modules are imported; `routes/` imports them all."""


def written(
    writer: Writer, module: ModuleDef, operation: Operation, record_id: int, before: Raw | None
) -> None:
    """Report a write that is done. Call it within the transaction of the write."""
    if not OBSERVERS:
        return
    store = writer.store
    after = None if operation == "delete" else store.get(module.api_name, record_id)
    at = epoch(store.clock.now())
    publish(
        store,
        Change(
            module.api_name,
            record_id,
            operation,
            before,
            after,
            writer.user_id,
            at,
            writer.source,
            writer.workflow,
        ),
    )


def publish(store: Store, news: Change | Happening) -> None:
    for observe in OBSERVERS:
        observe(store, news)
