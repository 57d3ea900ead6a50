"""Activities: when work happens."""

from __future__ import annotations

from collections import Counter
from typing import Any

from zcrm_tools.plots.plot import Plot
from zcrm_tools.plots.rows import moment, rows

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHADES = " ·░▒▓█"


def heatmap(activities: Any, *, at: str = "") -> Plot:
    """Calls, meetings or anything else with a time, by weekday and hour of that time's own zone.

    `at` is the column of the time; without it the first of Start_DateTime, Call_Start_Time, Created_Time that is there.
    """
    found = rows(activities)
    usual = ("Start_DateTime", "Call_Start_Time", "Created_Time")
    column = at or next((name for name in usual if any(name in row for row in found)), usual[0])
    rows(found, column)
    times = [time for row in found if (time := moment(row.get(column)))]
    counts = Counter((time.weekday(), time.hour) for time in times)
    hours = range(min((h for _, h in counts), default=9), max((h for _, h in counts), default=17) + 1)
    most = max(counts.values(), default=1)
    head = "".join(f"<th scope='col'>{hour:02}</th>" for hour in hours)
    body = "".join(
        f"<tr><th scope='row'>{name}</th>{''.join(_cell(counts[day, hour], most) for hour in hours)}</tr>"
        for day, name in enumerate(DAYS)
    )
    lines = [f"     {' '.join(f'{hour:02}' for hour in hours)}"] + [
        f"{name}  {' '.join(_SHADES[-(-counts[day, h] * (len(_SHADES) - 1) // most)] * 2 for h in hours)}"
        for day, name in enumerate(DAYS)
    ]
    data = [
        {"weekday": name, "hour": hour, "count": counts[day, hour]}
        for day, name in enumerate(DAYS)
        for hour in hours
    ]
    html = f"<table class='zp-heat'><thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody></table>"
    note = f"{len(times)} by {column.replace('_', ' ')}; hours from {hours.start:02} to {hours.stop:02}"
    return Plot("When it happens", note, html, tuple(lines), tuple(data))


def _cell(count: int, most: int) -> str:
    if not count:
        return "<td></td>"
    strength = round(12 + 78 * count / most)
    ink = "light-dark(#fff, #0d131a)" if strength > 50 else "inherit"
    colour = f"color-mix(in srgb, light-dark(#0b5cab, #86bdf5) {strength}%, transparent)"
    return f"<td style='background:{colour};color:{ink}'>{count}</td>"
