"""The Explorer: modules, their fields and records, one record with all that hangs on it. Rows are paged by COQL at the source.

Every answer carries the COQL and the Python that give the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zcrm_tools import coql, operations, terminal
from zcrm_tools.actions import useful
from zcrm_tools.client import AsyncClient, Client
from zcrm_tools.coql.build import Select, Where
from zcrm_tools.coql.format import format as printed
from zcrm_tools.coql.nodes import Limit, Query
from zcrm_tools.crm import reads, setup
from zcrm_tools.crm.coql import prepare
from zcrm_tools.errors import ApiError, NotFound, Problem, QueryRefused
from zcrm_tools.models.metadata import FieldInfo
from zcrm_tools.models.record import Record, naming_field
from zcrm_tools.widgets import layout
from zcrm_tools.widgets.form import Form
from zcrm_tools.widgets.panel import Panel, esm

_EVERY = coql.field("id").is_not_null()
_IN_LISTS = 50
_TIMELINE = 100


class Explorer(Panel):
    """Look around. `counts=False` leaves out how many records each module has, which costs a credit a module."""

    _esm = esm("explorer")

    def __init__(self, client: Client | AsyncClient, *, counts: bool = True) -> None:
        super().__init__(client)
        self._counts = counts
        self._totals: dict[str, int] = {}
        self._forms: dict[tuple[str, str], Form] = {}

    async def do_modules(self) -> dict[str, Any]:
        modules = await self.crm.org.catalogue.modules()
        shown = [m for m in modules.values() if m.generated_type != "subform"]
        return {
            "counts": self._counts,
            "modules": [{"name": m.api_name, "label": m.plural} for m in shown],
            "python": "crm.modules()",
        }

    async def do_count(self, *, module: str) -> int | None:
        """None where COQL does not count."""
        try:
            return await self._total(module, coql.select(coql.COUNT("id")).from_(module).where(_EVERY).query)
        except ApiError:
            return None

    async def do_fields(self, *, module: str) -> dict[str, Any]:
        fields = (await self.crm.org.catalogue.fields(module)).values()
        columns = ("Label", "API name", "Type", "Required", "Read-only", "Leads to", "Values")
        return {
            "columns": [{"name": name, "label": name} for name in columns],
            "rows": [
                [
                    f.label,
                    f.api_name,
                    f.data_type,
                    f.mandatory,
                    not f.operations.api_update,
                    f.lookup_module or ", ".join(f.lookup_targets),
                    ", ".join(c.display for c in f.offered),
                ]
                for f in fields
            ],
            "python": f'crm.module("{module}").fields()',
        }

    async def do_rows(
        self, *, module: str, start: int, count: int, sort: str | None, descending: bool, filter: str
    ) -> dict[str, Any]:
        """A page, and how many there are. The filter is a part of the name, or a condition as COQL writes it."""
        fields = await self.crm.org.catalogue.fields(module)
        columns = useful.columns(module, fields) or ("id",)
        asked = self._select(module, columns, sort, descending=descending, filter=filter)
        query = (await prepare(self.crm.org, str(asked))).query
        text = printed(query.replaced(limit=Limit(count, start)))
        found = await reads.query(self.crm.org, text, module)
        total = await self._total(module, query)
        names = (*columns, "id")
        return {
            "columns": [{"name": n, "label": fields[n].label if n in fields else "Record id"} for n in names],
            "rows": [[record.get(name) for name in names] for record in found.records],
            "total": max(total, start + len(found.records)),
            "coql": text,
            "python": f'rows = list(crm.query("""{printed(query)}"""))',
        }

    async def do_record(self, *, module: str, id: str) -> dict[str, Any]:
        record = await reads.get(self.crm.org, module, id)
        if record is None:
            raise NotFound(
                Problem("RECORD_NOT_FOUND", f"There is no {module} record {id}.", field="id"), status=204
            )
        page = layout.chosen(await layout.of(self.crm.org, module), layout.id_in(record))
        return {
            "module": module,
            "id": id,
            "title": record.name or id,
            "subtitle": _subtitle(record),
            "sections": [
                {"label": part.label, "fields": [_field(record, one.info) for one in part.fields]}
                for part in page.seen("view")
            ],
            "related": await self._related_lists(module),
            "write": self.crm.gate.policy.write,
            "python": f'crm.module("{module}").get("{id}")',
        }

    async def do_form(self, *, module: str, id: str, verb: str, given: dict[str, Any]) -> Any:
        """What the form of a record asks."""
        form = self._forms.setdefault((module, id), Form(lambda: self.crm, module, id))
        return await form.do(verb, given)

    async def do_related(self, *, module: str, id: str, name: str) -> dict[str, Any]:
        lists = await setup.related_lists(self.crm.org, module)
        target = next(
            (
                str((one.get("module") or {}).get("api_name") or name)
                for one in lists
                if one.get("api_name") == name
            ),
            name,
        )
        known = await self.crm.org.catalogue.fields(target)
        columns = useful.columns(target, known) or (naming_field(target),)
        page = await reads.related(self.crm.org, module, id, name, columns, _IN_LISTS)
        return {
            "columns": [{"name": n, "label": known[n].label if n in known else n} for n in columns],
            "rows": [[record.get(n) for n in columns] for record in page.records],
            "python": f'list(crm.module("{module}").related("{id}", "{name}", {list(columns)}))',
        }

    async def do_timeline(self, *, module: str, id: str) -> list[dict[str, Any]]:
        reply = await self.crm.org.session.call(
            operations.GET_TIMELINE,
            module=module,
            id=reads.record_id(id),
            params={"per_page": str(_TIMELINE)},
        )
        return [_event(item, id) for item in (reply.body or {}).get("__timeline") or ()]

    def _select(
        self, module: str, columns: Sequence[str], sort: str | None, *, descending: bool, filter: str
    ) -> Select:
        where = _condition(module, filter) if filter else _EVERY
        query = coql.select("id", *columns).from_(module).where(where)
        return query.order_by(f"{'-' if descending else ''}{sort}") if sort else query

    async def _total(self, module: str, query: Query) -> int:
        """Counted once for each condition: the one credit is not spent again for every page."""
        counting = coql.select(coql.COUNT("id")).from_(module).query.replaced(where=query.where)
        text = printed(counting)
        if text not in self._totals:
            found = await reads.query(self.crm.org, text, module)
            first = next(iter(found.records), None)
            self._totals[text] = int(next((v for k, v in first.items() if k != "id"), 0)) if first else 0
        return self._totals[text]

    async def _related_lists(self, module: str) -> list[dict[str, str]]:
        try:
            lists = await setup.related_lists(self.crm.org, module)
        except ApiError:
            return []
        return [
            {"name": str(one["api_name"]), "label": str(one.get("display_label") or one["api_name"])}
            for one in lists
        ]


def _condition(module: str, filter: str) -> Where:
    """As COQL writes conditions, or else a part of the name."""
    try:
        query = coql.parse(f"select id from {module} where {filter}")  # noqa: S608 — parsed, and sent nowhere
    except QueryRefused:
        return coql.field(naming_field(module)).contains(filter)
    return Where(query.where) if query.where is not None else _EVERY


def _field(record: Record, info: FieldInfo) -> dict[str, Any]:
    return {"name": info.api_name, "label": info.label, "value": layout.shown(record, info)}


def _subtitle(record: Record) -> str:
    parts = [record.get(name) for name in useful.columns(record.module, record)[1:3]]
    return " · ".join(map(terminal.shown, (p["name"] if isinstance(p, dict) else p for p in parts if p)))


def _event(item: dict[str, Any], id: str) -> dict[str, Any]:
    about = item.get("record") or {}
    other = "" if str(about.get("id")) == id else f" {about.get('name') or ''}"
    changes = item.get("field_history") or ()
    return {
        "at": item.get("audited_time"),
        "who": (item.get("done_by") or {}).get("name", ""),
        "what": f"{str(item.get('action') or '').replace('_', ' ').capitalize()}{other}",
        "fields": [
            {
                "field": change.get("field_label") or change.get("api_name"),
                "old": (change.get("_value") or {}).get("old"),
                "new": (change.get("_value") or {}).get("new"),
            }
            for change in changes
        ],
    }
