"""Roll-up summary fields: a count, sum, smallest, largest or average over the records that point at a record.

The value is a column that triggers keep: whatever way a related record is written, the summary follows in the same
transaction.
https://www.zoho.com/crm/developer/docs/api/v8/field-meta.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from zcrm_tools.emulator.query.literals import BadLiteral, literal
from zcrm_tools.emulator.schema import FieldDef, Kind, ModuleDef
from zcrm_tools.emulator.tables import module_column, quoted

FUNCTIONS: Final = {
    "count": "count",
    "sum": "sum",
    "min": "min",
    "minimum": "min",
    "max": "max",
    "maximum": "max",
    "average": "avg",
    "avg": "avg",
}
_INTEGER: Final[Kind] = "integer"
_COMPARATORS: Final = {
    "equal": "=",
    "not_equal": "<>",
    "greater_than": ">",
    "greater_equal": ">=",
    "less_than": "<",
    "less_equal": "<=",
}


class RollupError(Exception):
    """The summary cannot be kept; the text says why."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A value over the rows of `child` whose `lookup` holds a record's id, and how the value is stored."""

    child: str
    lookup: str
    value: str
    criteria: str
    kind: Kind

    def of(self, record: str) -> str:
        """The SQL of the value for the record whose id an expression holds."""
        where = f"{quoted(self.lookup)} = {record}{self.criteria}"
        return f"(SELECT {self.value} FROM {quoted(self.child)} WHERE {where})"  # noqa: S608 - schema names


def summary(modules: Mapping[str, ModuleDef], spec: Mapping[str, Any], parent: str) -> Summary:
    """What a `rollup_summary` object asks for."""
    expression = spec.get("expression") or {}
    function = FUNCTIONS.get(str(expression.get("function", "")).lower())
    if function is None:
        raise RollupError(f"the function {expression.get('function')} is not covered")
    child = modules.get(str((spec.get("based_on_module") or {}).get("api_name")))
    if child is None:
        raise RollupError("based_on_module names no module")
    lookup = _lookup(child, parent, (spec.get("related_list") or {}).get("api_name"))
    value, kind = ("*", _INTEGER) if function == "count" else _value(child, expression, function)
    criteria = expression.get("criteria")
    condition = f" AND {_criterion(child, criteria)}" if criteria else ""
    if lookup.kind == "any_lookup":  # notes and activities, which point into many modules
        condition = f" AND {quoted(module_column(lookup.api_name))} = '{parent}'{condition}"
    return Summary(child.api_name, lookup.api_name, f"{function}({value})", condition, kind)


def _lookup(child: ModuleDef, parent: str, related_list: str | None) -> FieldDef:
    """The field of the related module that points at the record."""
    found = [
        f
        for f in child.fields.values()
        if (f.kind == "lookup" and f.lookup_module == parent)
        or (f.kind == "any_lookup" and parent in f.targets)
    ]
    named = [f for f in found if related_list in (f.related_list, f.api_name, child.api_name)]
    if related_list and named:
        found = named
    if not found:
        raise RollupError(f"{child.api_name} has no lookup to {parent}")
    return found[0]


def _value(child: ModuleDef, expression: Mapping[str, Any], function: str) -> tuple[str, Kind]:
    parameters = expression.get("function_parameters") or [{}]
    field = child.fields.get(str(parameters[0].get("api_name")))
    kinds = ("integer", "number") if function in ("sum", "avg") else ("integer", "number", "date", "datetime")
    if field is None or field.kind not in kinds:
        raise RollupError(f"{function} needs a field of {child.api_name} that can be summarised")
    return quoted(field.api_name), "number" if function in ("sum", "avg") else field.kind


def _criterion(child: ModuleDef, criteria: Mapping[str, Any]) -> str:
    """One condition, or a group of them."""
    if "group" in criteria:
        joint = str(criteria.get("group_operator", "and")).upper()
        if joint not in ("AND", "OR"):
            raise RollupError(f"conditions are not joined by {joint}")
        return f"({f' {joint} '.join(_criterion(child, part) for part in criteria['group'])})"
    field = child.fields.get(str((criteria.get("field") or {}).get("api_name")))
    sign = _COMPARATORS.get(str(criteria.get("comparator")))
    if field is None or not field.stored or sign is None:
        raise RollupError("the criteria are not covered")
    value = criteria.get("value")
    try:
        found = literal(field, str(value).lower() if isinstance(value, bool) else str(value))
    except BadLiteral:
        raise RollupError(f"{value} is no value of {field.api_name}") from None
    text = "'" + found.replace("'", "''") + "'" if isinstance(found, str) else repr(found)
    return f"{quoted(field.api_name)} {sign} {text}"


def _trigger(parent: str, field: str, event: str) -> str:
    return quoted(f"rollup {parent}.{field} {event}")


def statements(parent: str, field: str, found: Summary) -> Iterator[str]:
    """Fill the column of the records that are there, and keep it from now on."""
    table, lookup, child = quoted(parent), quoted(found.lookup), quoted(found.child)
    fill = f"UPDATE {table} SET {quoted(field)} = {found.of(f'{table}.id')}"  # noqa: S608 - schema names
    yield fill
    for event, rows in (("INSERT", ("NEW",)), ("DELETE", ("OLD",)), ("UPDATE", ("OLD", "NEW"))):
        ids = ", ".join(f"{row}.{lookup}" for row in rows)
        name = _trigger(parent, field, event)
        yield f"CREATE TRIGGER {name} AFTER {event} ON {child} BEGIN {fill} WHERE id IN ({ids}); END"
    # A new record's own summary is that of no related record: none points at it yet.
    name = _trigger(parent, field, "NEW")
    yield f"CREATE TRIGGER {name} AFTER INSERT ON {table} BEGIN {fill} WHERE id = NEW.id; END"


def dropped(parent: str, field: str) -> Iterator[str]:
    for event in ("INSERT", "DELETE", "UPDATE", "NEW"):
        yield f"DROP TRIGGER IF EXISTS {_trigger(parent, field, event)}"
