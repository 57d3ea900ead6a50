"""What is said of a column path that stops before it names a field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcrm_tools.coql.diagnostics import Diagnostic, Edit
from zcrm_tools.coql.kinds import MULTI_MODULE, REFERENCES
from zcrm_tools.coql.schema import field_of, module_of
from zcrm_tools.coql.spelling import folded
from zcrm_tools.coql.suggest import field_called, field_meant, lookups_with, path_meant

if TYPE_CHECKING:
    from zcrm_tools.coql.nodes import Column, Part
    from zcrm_tools.coql.schema import FieldView, ModuleView, Schema

SHOWN = 40
"""Names listed when nothing is close enough to suggest."""


def no_such_field(
    column: Column, index: int, here: ModuleView, base: ModuleView | None, schema: Schema
) -> Diagnostic:
    part = column.parts[index]
    rest = column.parts[1:]
    if index == 0 and rest and base and part.name.casefold() == base.api_name.casefold():
        text = ".".join(each.text for each in rest)
        return Diagnostic(
            "MODULE_PREFIX",
            f"Columns take no module in front: `{text}`.",
            column.span,
            edits=(Edit(column.span, in_quotes(text, column)),),
            sure=True,
        )
    if index == 0 and not rest and base and field_called(part.name, base) is None:
        ways = lookups_with(part.name, base, schema)
        if ways:
            return _behind_a_lookup(column, base, ways)
    meant = field_meant(part.name, here)
    span, edits = part.span, (Edit(part.span, meant.api_name),) if meant else ()
    whole = path_meant(column.parts, base, schema) if base else None
    if whole and meant and whole != ".".join(_renamed(column, index, meant.api_name)):
        span, edits = column.span, (Edit(column.span, in_quotes(whole, column)),)
    return Diagnostic(
        "UNKNOWN_FIELD",
        f"{here.api_name} has no field `{part.name}`.",
        span,
        help=f"`{meant.label}` is the label of `{meant.api_name}`."
        if meant and meant.label == part.name
        else "",
        edits=edits,
        allowed=() if meant else tuple(f.api_name for f in here.fields())[:SHOWN],
        closest=meant.api_name if meant else "",
        details={"column_name": column.text},
        sure=span == part.span and meant is not None and folded(part.name) in map(folded, meant[:2]),
    )


def no_way_on(column: Column, index: int, field: FieldView, schema: Schema) -> Diagnostic:
    """Why the path cannot take the step after this field."""
    part = column.parts[index]
    if part.target:
        return _wrong_arrow(part, field, is_last=index == len(column.parts) - 1)
    if field.data_type in MULTI_MODULE:
        return _module_not_named(column, index, field, schema)
    return _not_a_lookup(part, field)


def _behind_a_lookup(column: Column, base: ModuleView, ways: list[str]) -> Diagnostic:
    only = ways[0] if len(ways) == 1 else ""
    return Diagnostic(
        "UNKNOWN_FIELD",
        f"{base.api_name} has no field `{column.text}`; records it leads to do.",
        column.span,
        help="" if only else f"Follow a lookup: {' or '.join(ways)}.",
        edits=(Edit(column.span, in_quotes(only, column)),) if only else (),
        allowed=tuple(ways),
        closest=ways[0],
        details={"column_name": column.text},
    )


def _renamed(column: Column, index: int, name: str) -> list[str]:
    """The steps of the path with one of them renamed."""
    steps = [part.text for part in column.parts]
    target = column.parts[index].target
    steps[index] = f"{name}->{target}" if target else name
    return steps


def in_quotes(path: str, column: Column) -> str:
    """A path written with the quotes `column` had, or with those it needs."""
    quote = column.quote or ("'" if "->" in path else "")
    return f"{quote}{path}{quote}"


def _wrong_arrow(part: Part, field: FieldView, *, is_last: bool) -> Diagnostic:
    if field.data_type in REFERENCES and field.data_type not in MULTI_MODULE:
        return Diagnostic(
            "NOT_MULTI_MODULE",
            f"`{field.api_name}` leads to one module only; it is followed with a dot, not with ->.",
            part.span,
            edits=() if is_last else (Edit(part.span, field.api_name),),
        )
    if field.data_type not in MULTI_MODULE:
        return _not_a_lookup(part, field)
    if field.targets and part.target not in field.targets:
        return Diagnostic(
            "WRONG_TARGET",
            f"`{field.api_name}` does not lead to {part.target}.",
            part.span,
            allowed=field.targets,
        )
    return Diagnostic(
        "UNFINISHED_PATH",
        f"`{part.text}` is a way to a record; name a column of {part.target}.",
        part.span,
        help=f"Write: '{part.text}.id'",
    )


def _module_not_named(column: Column, index: int, field: FieldView, schema: Schema) -> Diagnostic:
    """The module can be told when only one of those the lookup leads to has the next field."""
    step = column.parts[index + 1].name
    modules = ((target, module_of(schema, target)) for target in field.targets)
    having = [target for target, module in modules if module and field_of(module, step)]
    path = ".".join(_renamed(column, index, f"{field.api_name}->{(*having, *field.targets, 'Deals')[0]}"))
    return Diagnostic(
        "MODULE_NOT_NAMED",
        f"`{field.api_name}` may lead to several modules; say which with ->.",
        column.parts[index].span,
        help="" if len(having) == 1 else f"Write: '{path}'",
        edits=(Edit(column.span, in_quotes(path, column)),) if len(having) == 1 else (),
        allowed=field.targets,
    )


def _not_a_lookup(part: Part, field: FieldView) -> Diagnostic:
    return Diagnostic(
        "NOT_A_LOOKUP",
        f"`{field.api_name}` is a {field.data_type} field and leads nowhere: only lookups are followed.",
        part.span,
        details={"column_name": field.api_name},
    )
