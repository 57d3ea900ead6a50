"""Zoho's data types, grouped by how COQL treats them, and the operators each group takes.

The table is that of https://www.zoho.com/crm/developer/docs/api/v8/Get-Records-through-COQL-Query.html.
"""

from __future__ import annotations

from zcrm_tools.coql.frozen import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final, Literal

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
KINDS: Final = (*dict.fromkeys(_KINDS.values()), "id", "encrypted number", "encrypted", "anything")
MULTI_MODULE: Final = frozenset({"multi_module_lookup"})
REFERENCES: Final = frozenset(name for name, kind in _KINDS.items() if kind == "lookup")
SELECT_ONLY: Final[frozenset[Kind]] = frozenset({"textarea", "territory"})
ODD: Final = SELECT_ONLY | {"unsupported"}
"""Fields that cannot stand everywhere."""

_NULL = ("is null", "is not null")
_TEXT = ("=", "!=", "like", "not like", "in", "not in", *_NULL)
_ORDERED = ("=", "!=", ">", ">=", "<", "<=", "between", "not between", "in", "not in", *_NULL)
_OPERATORS: Mapping[Kind, tuple[str, ...]] = {
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


def kind_of(api_name: str, data_type: str, return_type: str, *, encrypted: bool) -> Kind:
    if api_name == "id":
        return "id"
    if return_type and data_type in ("formula", "rollup_summary"):
        data_type = return_type
    kind = _KINDS.get(data_type, "anything")
    if encrypted and kind != "anything":
        return "encrypted number" if kind == "number" else "encrypted"
    return kind


def operators_of(kind: Kind, data_type: str) -> tuple[str, ...]:
    """Empty when nothing is known."""
    if kind == "boolean" and data_type == "formula":
        return ("=", *_NULL)
    return _OPERATORS.get(kind, ())
