"""A deal's stage belongs to its pipeline; Zoho refuses another's (MAPPING_MISMATCH).

https://www.zoho.com/crm/developer/docs/api/v8/insert-records.html, get-pipelines.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from zcrm_tools.coql.spelling import nearest
from zcrm_tools.errors import NOTHING_WRITTEN, Problem
from zcrm_tools.models.metadata import Pipeline


def misplaced(
    values: Mapping[str, Any],
    pipelines: Sequence[Pipeline],
    *,
    creating: bool,
    before: Mapping[str, Any] | None = None,
    where: str = "",
) -> Iterator[Problem]:
    """What is wrong with the stage among these values, if anything. `values` are actual ones.

    A new deal without a pipeline goes into the default one. Where the deal's own pipeline is not known, its stage has to
    be in some pipeline.
    """
    stage = values.get("Stage", (before or {}).get("Stage"))
    if not isinstance(stage, str) or not ({"Stage", "Pipeline"} & values.keys()):
        return
    named = values.get("Pipeline", (before or {}).get("Pipeline"))
    possible = [
        p for p in pipelines if (named in (p.actual, p.display) if named else not creating or p.default)
    ]
    if any(stage == s.actual for p in possible or pipelines for s in p.stages):
        return
    listed = tuple(s.display for s in possible[0].stages) if len(possible) == 1 else ()
    elsewhere = [p.display for p in pipelines for s in p.stages if s.actual == stage]
    if not elsewhere:
        return  # no pipeline has it: it is no value of Stage, which is said already, or one that is not in use
    pipeline = possible[0].display if len(possible) == 1 else "the deal's pipeline"
    yield Problem(
        "STAGE_NOT_IN_PIPELINE",
        f"{stage!r} is a stage of {' and '.join(elsewhere)}, not of {pipeline}.",
        NOTHING_WRITTEN,
        f"Give a stage of {pipeline}, or Pipeline={elsewhere[0]!r} with it.",
        field="Stage",
        where=where,
        allowed=listed,
        closest=nearest(stage, listed) or "",
    )
