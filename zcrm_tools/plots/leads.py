"""Leads: where they come from, and how far they get."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from zcrm_tools.plots.plot import Bar, Plot, bars, share
from zcrm_tools.plots.rows import rows, text, truth

USUAL = ("New", "Not Contacted", "Attempted to Contact", "Contact in Future", "Contacted", "Pre-Qualified")
"""Zoho's statuses from the first to the last step of a lead that goes on; the others are ways out."""
CONVERTED = "Converted"


def sources(leads: Any) -> Plot:
    """Leads by source, and how many of each were converted. Reads Lead_Source, and Converted__s where it is there."""
    found = rows(leads, "Lead_Source")
    total = Counter(text(row.get("Lead_Source")) for row in found)
    converted = Counter(text(row.get("Lead_Source")) for row in found if truth(row.get("Converted__s")))
    drawn = [
        Bar(s, (converted[s], n - converted[s]), (f"{n}", f"{converted[s]}", share(converted[s], n)))
        for s, n in total.most_common()
    ]
    data = [{"Lead_Source": s, "leads": n, "converted": converted[s]} for s, n in total.most_common()]
    note = f"{len(found)} leads, {share(sum(converted.values()), len(found))} converted"
    heads = ("Source", "leads", "converted", "rate")
    return bars("Lead sources", note, heads, drawn, data, {0: "converted", 1: "not converted"})


def funnel(records: Any, *, by: str = "Lead_Status", steps: Sequence[str] = USUAL) -> Plot:
    """How many got at least as far as each step. Reads `by`, and Converted__s where it is there: the last step.

    `steps` from first to last; values that are no step (junk, lost) left the funnel and are told beside it.
    """
    found = rows(records, by)
    at = Counter(CONVERTED if truth(row.get("Converted__s")) else text(row.get(by)) for row in found)
    order = [*steps, *([CONVERTED] if at[CONVERTED] and CONVERTED not in steps else [])]
    reached = [sum(at[later] for later in order[place:]) for place in range(len(order))]
    whole = reached[0] if reached else 0
    drawn = [
        Bar(step, (float(n),), (f"{n}", share(n, whole))) for step, n in zip(order, reached, strict=True)
    ]
    data = [{by: step, "reached": n, "there_now": at[step]} for step, n in zip(order, reached, strict=True)]
    out = [f"{n} {name}" for name, n in at.most_common() if name not in order]
    note = "Reached at least this step" + (f"; not counted: {', '.join(out)}" if out else "")
    return bars("Funnel", note, (by.replace("_", " "), "reached", "of all"), drawn, data)
