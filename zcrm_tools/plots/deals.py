"""Deals: what is in the pipeline, what it may bring in, and who brought in what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from zcrm_tools.plots.plot import Bar, Plot, bars, columns, money, share
from zcrm_tools.plots.rows import day, number, rows, text

WON = "Closed Won"
USUAL = (
    "Qualification", "Needs Analysis", "Value Proposition", "Id. Decision Makers", "Proposal Sent",
    "Proposal/Price Quote", "Negotiation/Review",
)  # fmt: skip
"""Zoho's own stages in their order; an org's others follow by number of deals."""


def is_won(stage: str) -> bool:
    return stage == WON


def is_lost(stage: str) -> bool:
    return stage.startswith("Closed") and not is_won(stage)


def pipeline(deals: Any, *, stages: Sequence[str] = USUAL) -> Plot:
    """Open deals by stage: how many, and what they are worth. Reads Stage and Amount."""
    count: dict[str, int] = defaultdict(int)
    worth: dict[str, float] = defaultdict(float)
    for row in rows(deals, "Stage", "Amount"):
        stage = text(row.get("Stage"))
        if not is_won(stage) and not is_lost(stage):
            count[stage] += 1
            worth[stage] += number(row.get("Amount"))
    order = [s for s in stages if s in count]
    order += sorted((s for s in count if s not in order), key=lambda s: -count[s])
    drawn = [Bar(s, (worth[s],), (f"{count[s]}", money(worth[s]))) for s in order]
    data = [{"Stage": s, "deals": count[s], "amount": worth[s]} for s in order]
    note = f"{sum(count.values())} open deals worth {money(sum(worth.values()))}"
    return bars("Pipeline", note, ("Stage", "deals", "amount"), drawn, data)


def forecast(deals: Any, *, months: int = 12, today: date | None = None) -> Plot:
    """By month of closing: won, expected (amount × probability) and the rest of what is open.

    Reads Stage, Amount, Closing_Date and Probability (per cent). `months` are those from this one on, and the two before.
    """
    first = _month(today or date.today(), -2)  # noqa: DTZ011 — the analyst's own day
    wanted = [_month(first, n) for n in range(months + 2)]
    won, expected, rest = (dict.fromkeys(wanted, 0.0) for _ in range(3))
    for row in rows(deals, "Stage", "Amount", "Closing_Date", "Probability"):
        closing, stage = day(row.get("Closing_Date")), text(row.get("Stage"))
        month = closing.replace(day=1) if closing else None
        if month is None or month not in won or is_lost(stage):
            continue
        amount = number(row.get("Amount"))
        if is_won(stage):
            won[month] += amount
            continue
        likely = amount * number(row.get("Probability")) / 100
        expected[month] += likely
        rest[month] += amount - likely
    while len(wanted) > 1 and not (won[wanted[-1]] or expected[wanted[-1]] or rest[wanted[-1]]):
        wanted.pop()
    drawn = [
        Bar(
            f"{m:%b} {m:%y}" if m.month == 1 or m == wanted[0] else f"{m:%b}",
            (won[m], expected[m], rest[m]),
            (f"won {money(won[m])}", f"expected {money(expected[m])}", f"other open {money(rest[m])}"),
        )
        for m in wanted
    ]
    data = [{"month": m, "won": won[m], "expected": expected[m], "other_open": rest[m]} for m in wanted]
    note = (
        f"Won {money(sum(won.values()))}, expected {money(sum(expected.values()))} by amount and probability"
    )
    return columns("Forecast by month", note, drawn, data, {0: "won", 1: "expected", 2: "other open"})


def performance(deals: Any, *, by: str = "Owner") -> Plot:
    """Won and lost by owner (or any other column), with the rate of deals won. Reads Stage, Amount and `by`."""
    won: dict[str, float] = defaultdict(float)
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows(deals, "Stage", "Amount", by):
        stage, who = text(row.get("Stage")), text(row.get(by))
        if is_won(stage):
            won[who] += number(row.get("Amount"))
            counts[who][0] += 1
        elif is_lost(stage):
            counts[who][1] += 1
    order = sorted(counts, key=lambda who: (-won[who], who))
    drawn = [
        Bar(who, (won[who],), (money(won[who]), f"{won_n}", f"{lost_n}", share(won_n, won_n + lost_n)))
        for who in order
        for won_n, lost_n in (counts[who],)
    ]
    data = [{by: who, "won_amount": won[who], "won": counts[who][0], "lost": counts[who][1]} for who in order]
    closed, good = sum(map(sum, counts.values())), sum(c[0] for c in counts.values())
    note = f"{good} of {closed} closed deals won ({share(good, closed)}), worth {money(sum(won.values()))}"
    heads = (by.replace("_", " "), "won amount", "won", "lost", "rate")
    return bars("Won and lost", note, heads, drawn, data)


def _month(start: date, later: int) -> date:
    months = start.year * 12 + start.month - 1 + later
    return date(months // 12, months % 12 + 1, 1)
