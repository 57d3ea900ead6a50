"""What a check needs to know of an org: modules, their fields, and where lookups lead. No IO: the answers are at hand
or they are not, and `missing_modules` says which to fetch.
"""

from __future__ import annotations

from types import MappingProxyType

from zcrm_tools.coql.frozen import TYPE_CHECKING, Frozen, new
from zcrm_tools.coql.kinds import kind_of, operators_of
from zcrm_tools.coql.nodes import Text
from zcrm_tools.coql.walk import columns, criteria, queries, values

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from typing import Protocol, Self

    from zcrm_tools.coql.kinds import Kind
    from zcrm_tools.coql.nodes import Column, Part, Query
else:
    Protocol = object  # of no use at run time, where `typing` is not loaded


class Choice(Frozen):
    """One picklist value. Queries and records use `actual`; people see `display`."""

    __slots__ = ()
    actual: str
    display: str = ""


class FieldView(Frozen):
    """One field, in Zoho's words. `data_type` is Zoho's (`text`, `ownerlookup`, `multiselectpicklist`, ...).

    `lookup_module` is where a lookup leads (`Users` for an owner). `targets` are the modules a multi-module lookup may
    lead to; empty when unknown. `closed`: Zoho refuses values outside `choices`. `return_type`: a formula's.

    What checks ask of every field follows from the rest and is worked out once: its `kind`, the `operators` it takes
    (empty when nothing is known) and the values `stored` by its choices.
    """

    __slots__ = ()
    api_name: str
    label: str = ""
    data_type: str = "text"
    lookup_module: str = ""
    targets: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    closed: bool = False
    return_type: str = ""
    encrypted: bool = False
    kind: Kind = "anything"
    operators: tuple[str, ...] = ()
    stored: frozenset[str] = frozenset()

    def __new__(
        cls,
        api_name: str,
        label: str = "",
        data_type: str = "text",
        lookup_module: str = "",
        targets: tuple[str, ...] = (),
        choices: tuple[Choice, ...] = (),
        closed: bool = False,
        return_type: str = "",
        encrypted: bool = False,
    ) -> Self:
        kind = kind_of(api_name, data_type, return_type, encrypted=encrypted)
        operators = operators_of(kind, data_type)
        stored = frozenset(choice.actual for choice in choices)
        told = (api_name, label, data_type, lookup_module, targets, choices, closed, return_type, encrypted)
        return new(cls, (*told, kind, operators, stored))


class ModuleView(Protocol):
    """One module's fields."""

    @property
    def api_name(self) -> str: ...

    @property
    def name_field(self) -> str:
        """The API name of the field people know a record by (`Deal_Name`); "" when unknown."""

    @property
    def complete(self) -> bool:
        """Whether a field that is not listed does not exist."""

    @property
    def by_name(self) -> Mapping[str, FieldView]:
        """The fields by their API names."""

    def fields(self) -> Collection[FieldView]: ...

    def field(self, api_name: str) -> FieldView | None:
        """The field of exactly this API name."""


class Schema(Protocol):
    def module(self, api_name: str) -> ModuleView | None:
        """None when there is no such module or its fields have not been loaded."""

    def module_names(self) -> Mapping[str, tuple[str, ...]]:
        """Every module of the org, loaded or not: API name to the labels it goes by (`Deals`: `Deal`, `Deals`)."""


class KnownModule(Frozen):
    """A module held in memory."""

    __slots__ = ()
    api_name: str
    by_name: Mapping[str, FieldView]
    name_field: str = ""
    complete: bool = True

    def __repr__(self) -> str:
        return f"<module {self.api_name}, {len(self.by_name)} fields>"

    def fields(self) -> Collection[FieldView]:
        return self.by_name.values()

    def field(self, api_name: str) -> FieldView | None:
        return self.by_name.get(api_name)


def known_module(
    api_name: str, fields: Iterable[FieldView], *, name_field: str = "", complete: bool = True
) -> KnownModule:
    return KnownModule(api_name, {f.api_name: f for f in fields}, name_field, complete)


class KnownSchema(Frozen):
    """A schema held in memory. `labels` may name modules whose fields are not among `modules`."""

    __slots__ = ()
    modules: Mapping[str, ModuleView]
    labels: Mapping[str, tuple[str, ...]] = MappingProxyType({})

    def module(self, api_name: str) -> ModuleView | None:
        return self.modules.get(api_name)

    def __repr__(self) -> str:
        return f"<schema of {', '.join(self.modules)}>"

    def module_names(self) -> Mapping[str, tuple[str, ...]]:
        return self.labels or dict.fromkeys(self.modules, ())


ID = FieldView("id", "Record Id", "bigint")
"""Every module has it, though not every field list shows it."""


def _reference(api_name: str, module: str) -> FieldView:
    return FieldView(api_name, data_type="lookup", lookup_module=module)


USERS = known_module(
    "Users",
    [
        *(FieldView(name) for name in ("first_name", "last_name", "full_name", "email")),
        _reference("profile", "Profiles"),
        _reference("role", "Roles"),
    ],
    name_field="last_name",
    complete=False,
)
PROFILES = known_module(
    "Profiles",
    [
        ID,
        FieldView("name"),
        FieldView("description"),
        *(_reference(name, "Users") for name in ("created_by", "modified_by")),
        *(FieldView(name, data_type="datetime") for name in ("created_time", "modified_time")),
    ],
    name_field="name",
)
ROLES = known_module(
    "Roles",
    [
        ID,
        FieldView("name"),
        FieldView("description"),
        _reference("reporting_to", "Roles"),
        FieldView("share_data_with_peers", data_type="boolean"),
    ],
    name_field="name",
)
_MODULE = known_module("the module of a lookup", [ID, FieldView("api_name")], name_field="api_name")
A_LOOKUP = known_module("a multi-module lookup", [_reference("module", _MODULE.api_name)])
"""`Appointment_For.module.api_name`: a lookup that may lead to several modules says which."""
BUILT_IN: Mapping[str, ModuleView] = {m.api_name: m for m in (USERS, PROFILES, ROLES, _MODULE)}
"""Reached through lookups, and absent from the list of modules. An org's own `Users` fields come first."""


def module_of(schema: Schema, api_name: str) -> ModuleView | None:
    return schema.module(api_name) or BUILT_IN.get(api_name)


def base_module(schema: Schema, api_name: str) -> ModuleView | None:
    """A module that a query may read from; of the built-in ones that is only `Users`."""
    return schema.module(api_name) or (USERS if api_name == USERS.api_name else None)


def field_of(module: ModuleView, api_name: str) -> FieldView | None:
    return module.field(api_name) or (ID if api_name == "id" else None)


def missing_modules(query: Query, schema: Schema) -> frozenset[str]:
    """Modules the query touches, the org has, and `schema` has not loaded. Load them and ask again: joins through them
    may reveal more. A module that cannot be loaded is named each time; stop when the answer brings nothing new.

    Counted as touched is also what only a suggestion needs: the module behind a misspelt join, that of a lookup
    compared with a name, and those behind the lookups of a module that lacks a field, the module meant by a name that is none.
    """
    from zcrm_tools.coql.suggest import module_meant  # which needs this file

    names = schema.module_names()
    missing: set[str] = set()
    for select in queries(query):
        base = (
            select.module if select.module in names else module_meant(select.module, schema) or select.module
        )
        touched = {base}
        for column in columns(select):
            touched.update(_modules_along(column.parts[:-1], base, schema))
            touched.update(_modules_beside(column, base, schema))
        for criterion in criteria(select.where):
            if any(isinstance(value, Text) and not value.value.isdigit() for value in values(criterion)):
                touched.update(_modules_along(criterion.column.parts, base, schema))
        missing.update(name for name in touched if name in names and schema.module(name) is None)
    return frozenset(missing)


def _modules_beside(column: Column, base: str, schema: Schema) -> Iterator[str]:
    """For a name that is like none the module knows: the modules its lookups lead to, where the field may be."""
    from zcrm_tools.coql.suggest import field_meant  # which needs this file

    module = schema.module(base)
    if module is None or len(column.parts) > 1 or field_of(module, column.text):
        return
    if field_meant(column.text, module) is None:
        yield from (field.lookup_module for field in module.fields() if field.lookup_module)


def _modules_along(parts: Iterable[Part], base: str, schema: Schema) -> Iterator[str]:
    """The modules that steps lead to, as far as they can be followed."""
    from zcrm_tools.coql.suggest import field_meant  # which needs this file

    module = base_module(schema, base)
    for part in parts:
        found = (field_of(module, part.name) or field_meant(part.name, module)) if module else None
        target = part.target or (found.lookup_module if found else "")
        if not target:
            return
        yield target
        module = module_of(schema, target)
