"""The org's own values for the arguments that say which picklist theirs are, as it had them when last asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from zcrm_tools import untrusted
from zcrm_tools.actions.card import Card, Known

if TYPE_CHECKING:
    from zcrm_tools.metadata.pin import Pin

SHOWN = 60
"""Characters of one value."""


def of(cards: Iterable[Card], pin: Pin | None) -> dict[Known, tuple[str, ...]]:
    """For `Card.taking`; empty when nothing of the org is kept."""
    if pin is None:
        return {}
    marks = {mark for card in cards for mark in card.known.values()}
    found = {mark: _pinned(pin, mark) for mark in marks}
    return {mark: values for mark, values in found.items() if values}


def _pinned(pin: Pin, mark: Known) -> tuple[str, ...]:
    if mark.field == "Stage":
        values = pin.stages(mark.module)
    elif mark.field == "Pipeline":
        values = tuple(pipeline.display for pipeline in pin.pipelines(mark.module))
    else:
        values = pin.choices(mark.module, mark.field)
    return tuple(untrusted.clean(value, SHOWN) for value in values)
