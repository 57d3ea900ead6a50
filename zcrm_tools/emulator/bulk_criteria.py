"""The criteria of bulk read jobs: checked with the codes that API has for them, and turned into SQL.

https://www.zoho.com/crm/developer/docs/api/v8/bulk-read/create-job.html
"""

from __future__ import annotations

from typing import Any, Final

from zcrm_tools.coql.nodes import Column
from zcrm_tools.emulator.query.columns import Found, Tables
from zcrm_tools.emulator.query.filters import Compiled, Criterion, Reader
from zcrm_tools.emulator.query.literals import BadLiteral
from zcrm_tools.emulator.replies import Json, Refusal
from zcrm_tools.emulator.schema import FieldDef

MAX_CRITERIA: Final = 25
MAX_LENGTH: Final = 255
MAX_VALUES: Final = 100
_MAX_DEPTH: Final = 10
_MEMBER = ("equal", "not_equal", "in", "not_in")
_COMPARE = ("less_than", "less_equal", "greater_than", "greater_equal")
_LIKE = ("contains", "not_contains", "starts_with", "ends_with")
_BETWEEN = ("between", "not_between")
COMPARATORS: Final = frozenset({*_MEMBER, *_COMPARE, *_LIKE, *_BETWEEN})
EMPTY: Final = "${EMPTY}"


def comparators(field: FieldDef) -> tuple[str, ...]:
    """What a field of its type takes; empty when it cannot stand in criteria."""
    match field.kind:
        case "integer" | "number":
            return (*_MEMBER, *_COMPARE)
        case "text" | "choices":
            return (*_MEMBER, *_LIKE)
        case "date" | "datetime":
            return (*_MEMBER, *_BETWEEN, *_COMPARE)
        case "boolean":
            return ("equal",)
        case "lookup" | "user" | "any_lookup":
            return () if field.data_type == "layout" else _MEMBER
    return ()


def resolve(tables: Tables, name: str) -> Found | None:
    """The field behind `Owner.last_name` and the like; None when there is none. `$converted` is a field here."""
    names = name.replace("$converted", "Converted__s").split(".")
    if not all(names):
        return None
    try:
        return tables.resolve(Column(".".join(names)), "select")
    except Refusal:
        return None


class Criteria:
    """Compiles one job's criteria over its tables. `echo` gives them back as the job shows them."""

    def __init__(self, tables: Tables, reader: Reader) -> None:
        self._tables = tables
        self._reader = reader
        self._count = 0
        self.joined: set[str] = set()
        """The lookups that were followed: `Account_Name` of `Account_Name.Phone`."""

    def compile(self, given: Any, depth: int = 0) -> tuple[Compiled, Json]:
        if not isinstance(given, dict) or not given or depth > _MAX_DEPTH:
            raise Refusal("INVALID_CRITERIA", "The criteria is invalid.")
        single = given.keys() & {"field", "api_name", "comparator", "value"}
        grouped = given.keys() & {"group", "group_operator"}
        if single and grouped:
            raise Refusal(
                "AMBIGUOUS_CRITERIA", "Give either a group or a single criterion.", {"keys": sorted(given)}
            )
        return self._group(given, depth) if grouped else self._single(given)

    def _group(self, given: Json, depth: int) -> tuple[Compiled, Json]:
        members, operator = given.get("group"), given.get("group_operator")
        if not isinstance(members, list) or not members or operator is None:
            message = "A group needs its criteria and its operator."
            raise Refusal("AMBIGUOUS_GROUP_IN_CRITERIA", message, {"keys": sorted(given)})
        if str(operator).lower() not in ("and", "or"):
            details: Json = {"group_operator": operator, "supported": ["and", "or"]}
            raise Refusal("GROUP_OPERATOR_NOT_SUPPORTED", "The group operator is not supported.", details)
        parts = [self.compile(one, depth + 1) for one in members]
        joined = f" {str(operator).upper()} ".join(f"({sql})" for (sql, _), _ in parts)
        values = [value for (_, bound), _ in parts for value in bound]
        return (joined, values), {"group": [shown for _, shown in parts], "group_operator": operator}

    def _single(self, given: Json) -> tuple[Compiled, Json]:
        self._count += 1
        if self._count > MAX_CRITERIA:
            details: Json = {"limit": MAX_CRITERIA}
            raise Refusal("CRITERIA_LIMIT_EXCEEDED", "The criteria limit is exceeded.", details)
        named = given.get("field", given.get("api_name"))
        name = named.get("api_name") if isinstance(named, dict) else named
        comparator = given.get("comparator")
        if not isinstance(name, str) or comparator not in COMPARATORS or "value" not in given:
            raise Refusal("INVALID_CRITERIA", "The criteria is invalid.", {"keys": sorted(given)})
        found = resolve(self._tables, name)
        if found is None:
            details = {"api_name": name, "module": self._tables.module.api_name}
            raise Refusal(
                "FIELD_IN_CRITERIA_NOT_AVAILABLE", "The field in criteria is not available.", details
            )
        self.joined.add(name.rpartition(".")[0])
        allowed = comparators(found.field)
        if not allowed:
            message = "The field in criteria is not supported."
            raise Refusal("FIELD_IN_CRITERIA_NOT_SUPPORTED", message, {"api_name": name})
        if comparator not in allowed:
            details = {"api_name": name, "comparator": comparator, "supported": list(allowed)}
            message = "The field and the comparator in criteria are not compatible."
            raise Refusal("FIELD_AND_COMPARATOR_IN_CRITERIA_NOT_COMPATIBLE", message, details)
        value = given["value"]
        _check_value(name, str(comparator), value)
        try:
            sql = Criterion(found.sql, found.field, str(comparator), self._reader).sql(value)
        except BadLiteral:
            message = "The field and the value in criteria are not compatible."
            details = {"api_name": name, "value": value}
            raise Refusal("FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE", message, details) from None
        field_id = None if name.startswith("$") else str(found.field.id)
        about = {"api_name": name, "id": field_id}
        return sql, {"field": about, "comparator": comparator, "value": value}


def _check_value(name: str, comparator: str, value: Any) -> None:
    several = comparator in ("in", "not_in", *_BETWEEN)
    pair = comparator in _BETWEEN
    if several != isinstance(value, list) or (pair and len(value) != 2) or value == []:
        details: Json = {"api_name": name, "comparator": comparator}
        message = "The comparator and the value in criteria are not compatible."
        raise Refusal("COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE", message, details)
    values = value if isinstance(value, list) else [value]
    if len(values) > MAX_VALUES:
        details = {"api_name": name, "limit": MAX_VALUES}
        raise Refusal("VALUE_LIMIT_EXCEEDED_IN_CRITERIA", "Too many values in criteria.", details)
    for one in values:
        if one is None or isinstance(one, (dict, list)):
            details = {"api_name": name}
            raise Refusal("VALUE_TYPE_NOT_SUPPORTED", "The type of the value is not supported.", details)
        if len(str(one)) > MAX_LENGTH:
            details = {"api_name": name, "limit": MAX_LENGTH}
            raise Refusal("VALUE_LIMIT_EXCEEDED_IN_CRITERIA", "The value in criteria is too long.", details)
        if isinstance(one, str) and one.startswith("${"):
            if one != EMPTY:
                details = {"api_name": name, "value": one}
                raise Refusal(
                    "VALUE_IN_CRITERIA_NOT_SUPPORTED", "The value in criteria is not supported.", details
                )
            if comparator not in _MEMBER:
                details = {"api_name": name, "comparator": comparator}
                message = "The comparator and the value in criteria are not compatible."
                raise Refusal("COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE", message, details)
