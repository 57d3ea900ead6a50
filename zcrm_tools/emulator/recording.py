"""A real org as a seed for the emulator: its shape, without its people.

Kept: how records hang together, picklist values, booleans, dates and times. Replaced: every text, by a made-up one of the same kind,
the same wherever the same text stood; ids, by names such as `Leads-1`. Numbers are rounded to one digit. Left out: users,
files, subforms, converted leads, and fields and modules that a new org does not have. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from zcrm_tools.emulator.compare import Ask, CouldNotAsk, Json, facts
from zcrm_tools.emulator.schema import FieldDef, ModuleDef, standard_modules

MODULES = (
    "Accounts",
    "Contacts",
    "Leads",
    "Products",
    "Campaigns",
    "Vendors",
    "Deals",
    "Cases",
    "Tasks",
    "Events",
    "Calls",
    "Notes",
)
PER_PAGE = 200
MOST = 2_000
"""Records per module that can be paged through by number."""
_PER_CALL = 50
_TIMES = ("Created_Time", "Modified_Time")


@dataclass(slots=True)
class Redactor:
    """Made-up texts by the field's kind. It remembers, so that equal texts stay equal."""

    known: dict[tuple[str, str], str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def text(self, field_def: FieldDef, value: str) -> str:
        kind = {"email": "email", "phone": "phone", "website": "website"}.get(
            field_def.data_type, field_def.label
        )
        if (kind, value) not in self.known:
            number = self.counts[kind] = self.counts.get(kind, 0) + 1
            made = {
                "email": f"person{number}@example.com",
                "phone": f"+1 555 {number:07d}",
                "website": f"https://site{number}.example.com",
            }.get(kind, f"{kind} {number}")
            self.known[kind, value] = made[: field_def.length or None]
        return self.known[kind, value]

    @staticmethod
    def number(value: float) -> float:
        return float(f"{value:.0e}")


async def record(ask: Ask, *, modules: Iterable[str] = MODULES, limit: int = PER_PAGE) -> Json:
    """The seed: `{"records": {module: rows}, "left_out": {module: why}}`; `limit` newest records of each module."""
    known = standard_modules()
    raw: dict[str, list[Json]] = {}
    left_out: dict[str, str] = {}
    for name in modules:
        try:
            raw[name] = await _read(ask, known[name], min(limit, MOST))
        except CouldNotAsk as reason:
            left_out[name] = str(reason)
    names = {
        str(row["id"]): (module, f"{module}-{number}")
        for module, rows in raw.items()
        for number, row in enumerate(rows, 1)
    }
    redactor = Redactor()
    records = {
        module: [dict(_row(known[module], row, names, redactor)) for row in rows]
        for module, rows in raw.items()
        if rows
    }
    return {"records": records, "left_out": left_out}


def kept(module: ModuleDef) -> list[FieldDef]:
    """The fields whose values a seed holds."""
    return [
        f
        for f in module.fields.values()
        if f.stored
        and f.api_name != "id"
        and f.kind not in ("json", "subform", "user")
        and (not f.read_only or f.api_name in _TIMES)
    ]


async def _read(ask: Ask, module: ModuleDef, limit: int) -> list[Json]:
    names = [f.api_name for f in kept(module)]
    rows: dict[str, Json] = {}
    for page in range(1, -(-limit // PER_PAGE) + 1):
        more = False
        for start in range(0, len(names), _PER_CALL):
            params = {
                "fields": ",".join(names[start : start + _PER_CALL]),
                "page": str(page),
                "per_page": str(min(limit, PER_PAGE)),
                "sort_by": "id",
            }
            answer = await ask("GET", f"/{module.api_name}", params=params)
            found = facts(answer)
            if answer.status == 204:
                break
            if answer.status != 200:
                raise CouldNotAsk(f"the org answered {found}")
            for row in answer.body["data"]:
                rows.setdefault(str(row["id"]), {}).update(row)
            more = bool(answer.body["info"]["more_records"])
        if not more:
            break
    return list(rows.values())[:limit]


def _row(
    module: ModuleDef, row: Json, names: dict[str, tuple[str, str]], redactor: Redactor
) -> Iterator[tuple[str, Any]]:
    yield "id", names[str(row["id"])][1]
    for f in kept(module):
        value = row.get(f.api_name)
        if value is None:
            continue
        match f.kind:
            case "lookup" | "any_lookup":
                there, name = names.get(str(value.get("id")), ("", ""))
                if name:  # a record that was not read cannot be pointed at
                    yield f.api_name, name if f.kind == "lookup" else {"module": there, "id": name}
            case "text" if f.data_type != "picklist":
                yield f.api_name, redactor.text(f, str(value))
            case "integer" | "number" if not isinstance(value, str):
                yield f.api_name, redactor.number(value)
            case "integer" | "number":
                continue
            case _:
                yield f.api_name, value
