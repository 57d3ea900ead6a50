"""Zoho's data types, grouped by how COQL treats them, and the operators each group takes.

The table is that of https://www.zoho.com/crm/developer/docs/api/v8/Get-Records-through-COQL-Query.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from zcrm_tools.coql.nodes import Between, Comparison, In

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zcrm_tools.coql.schema import FieldView
    from zcrm_tools.coql.walk import Criterion

Kind = Literal[
    "text",
    "textarea",
    "picklist",
    "multiselect",
    "number",
    "date",
    "datetime",
    "boolean",
    "lookup",
    "id",
    "territory",
    "unsupported",
    "encrypted number",
    "encrypted",
    "anything",
]
"""`textarea` and `territory`: only in the select list. `anything`: nothing is known, nothing is checked."""

_KINDS: Mapping[str, Kind] = {
    "text": "text",
    "email": "text",
    "phone": "text",
    "website": "text",
    "string": "text",
    "autonumber": "text",
    "textarea": "textarea",
    "picklist": "picklist",
    "multiselectpicklist": "multiselect",
    "integer": "number",
    "bigint": "number",
    "long": "number",
    "double": "number",
    "decimal": "number",
    "currency": "number",
    "percent": "number",
    "rollup_summary": "number",
    "date": "date",
    "datetime": "datetime",
    "boolean": "boolean",
    "lookup": "lookup",
    "ownerlookup": "lookup",
    "userlookup": "lookup",
    "multi_module_lookup": "lookup",
    "consent_lookup": "lookup",
    "territories": "territory",
    "multiselectlookup": "unsupported",
    "multiuserlookup": "unsupported",
    "subform": "unsupported",
    "fileupload": "unsupported",
    "imageupload": "unsupported",
    "participants": "unsupported",
}
MULTI_MODULE: Final = frozenset({"multi_module_lookup"})
REFERENCES: Final = frozenset(name for name, kind in _KINDS.items() if kind == "lookup")

_NULL = ("is null", "is not null")
_TEXT = ("=", "!=", "like", "not like", "in", "not in", *_NULL)
_ORDERED = ("=", "!=", ">", ">=", "<", "<=", "between", "not between", "in", "not in", *_NULL)
OPERATORS: Mapping[Kind, tuple[str, ...]] = {
    "text": _TEXT,
    "picklist": _TEXT,
    "multiselect": _TEXT,
    "number": _ORDERED,
    "date": _ORDERED,
    "datetime": _ORDERED,
    "id": _ORDERED,
    "boolean": ("=",),
    "lookup": ("=", "!=", "in", "not in", *_NULL),
    "encrypted number": ("=", "!=", *_NULL),
    "encrypted": _NULL,
}


def kind_of(field: FieldView) -> Kind:
    if field.api_name == "id":
        return "id"
    data_type = field.data_type
    if data_type in ("formula", "rollup_summary") and field.return_type:
        data_type = field.return_type
    kind = _KINDS.get(data_type, "anything")
    if field.encrypted and kind != "anything":
        return "encrypted number" if kind == "number" else "encrypted"
    return kind


def operators_of(field: FieldView) -> tuple[str, ...]:
    """Empty when nothing is known."""
    kind = kind_of(field)
    if kind == "boolean" and field.data_type == "formula":
        return ("=", *_NULL)
    return OPERATORS.get(kind, ())


def operator_of(criterion: Criterion) -> str:
    """The operator as the table spells it."""
    if isinstance(criterion, Comparison):
        return criterion.operator
    if isinstance(criterion, In):
        word = "in"
    elif isinstance(criterion, Between):
        word = "between"
    else:
        return "is not null" if criterion.negated else "is null"
    return f"not {word}" if criterion.negated else word


def takes(field: FieldView, criterion: Criterion) -> bool:
    """Whether the field's type takes the criterion's operator, or nothing is known about it."""
    operators = operators_of(field)
    return not operators or operator_of(criterion) in operators
