"""Pipelines of Deals: which stages each has, in order. The standard one holds every stage until it is changed."""

from __future__ import annotations

from typing import Final

from zcrm_tools.emulator import documents
from zcrm_tools.emulator.replies import Json
from zcrm_tools.emulator.schema import PIPELINE, PIPELINE_ID, Choice
from zcrm_tools.emulator.store import Store

KIND: Final = "pipeline"


def pipelines(store: Store) -> list[Json]:
    """`id`, `display_value`, `default` and `stages`, the ids of choices of Stage; the standard one first."""
    kept = documents.every(store, KIND)
    if any(one["id"] == str(PIPELINE_ID) for one in kept):
        return kept
    default = not any(one["default"] for one in kept)
    stages = [choice.id for choice in store.modules["Deals"].fields["Stage"].picklist]
    standard = {"id": str(PIPELINE_ID), "display_value": PIPELINE, "default": default, "stages": stages}
    return [standard, *kept]


def find(store: Store, key: int | None) -> Json | None:
    return next((one for one in pipelines(store) if one["id"] == str(key)), None)


def keep(store: Store, pipeline: Json) -> None:
    """Store a pipeline; one that becomes the default takes that from the others."""
    if pipeline["default"]:
        for other in pipelines(store):
            if other["default"] and other["id"] != pipeline["id"]:
                _put(store, {**other, "default": False})
    _put(store, pipeline)


def _put(store: Store, pipeline: Json) -> None:
    key = int(pipeline["id"])
    documents.remove(store, KIND, key)
    documents.add(store, KIND, pipeline, key=key)


def choices(store: Store, pipeline: Json) -> list[Choice]:
    known = {choice.id: choice for choice in store.modules["Deals"].fields["Stage"].picklist}
    return [known[key] for key in pipeline["stages"] if key in known]


def names(store: Store) -> list[str]:
    return [str(one["display_value"]) for one in pipelines(store)]


def default_name(store: Store) -> str:
    return next((str(one["display_value"]) for one in pipelines(store) if one["default"]), PIPELINE)


def holds(store: Store, name: object, stage: object) -> bool:
    """Whether a deal of a pipeline may be in a stage."""
    wanted = default_name(store) if name is None else name
    chosen = next((one for one in pipelines(store) if one["display_value"] == wanted), None)
    return chosen is not None and any(choice.actual == stage for choice in choices(store, chosen))
