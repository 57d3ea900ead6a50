"""Type stubs of an org's own modules: its fields as keys and arguments, its picklists as Literals.

A stub is a hint for editors and type checkers. Zoho stores text that is on no list, so a value read may be another.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator, Mapping

from zcrm_tools.metadata.catalogue import Fields
from zcrm_tools.models.metadata import FieldInfo

_HEAD = '''"""The modules of {org}, as `zcrm types` found them. For type checkers only:

    if TYPE_CHECKING:
        from my_org import AsyncOrg, Org

    crm = cast("Org", zcrm_tools.connect())
"""

from collections.abc import AsyncGenerator, Generator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, TypeAlias, TypedDict, Unpack, overload

from zcrm_tools.client import AsyncClient, Client
from zcrm_tools.client.module import AsyncModule, Module
from zcrm_tools.models.record import Lookup, Record
from zcrm_tools.safety.plan import Result
'''
_READ = {
    **dict.fromkeys(("text", "textarea", "website", "email", "phone", "bigint", "date", "datetime", "autonumber"), "str"),
    **dict.fromkeys(("currency", "double", "percent"), "float"),
    **dict.fromkeys(("lookup", "ownerlookup", "userlookup", "multi_module_lookup"), "dict[str, Any]"),
    "integer": "int",
    "boolean": "bool",
    "subform": "list[dict[str, Any]]",
}  # fmt: skip
_WRITTEN = {
    **dict.fromkeys(("text", "textarea", "website", "email", "phone"), "str"),
    **dict.fromkeys(("currency", "double", "percent"), "int | float | Decimal"),
    **dict.fromkeys(("lookup", "ownerlookup", "userlookup", "multi_module_lookup"), "str | Lookup | Record"),
    "integer": "int",
    "bigint": "int | str",
    "boolean": "bool",
    "date": "date | str",
    "datetime": "datetime | str",
    "subform": "Sequence[dict[str, Any]]",
}
_CONTROLS = frozenset({"plan_id", "repeat", "self"})
_SIDES = (
    ("Async", "async def", "AsyncGenerator"),
    ("", "def", "Generator"),
)


def stub(org: str, modules: Mapping[str, Fields], attributes: Mapping[str, str]) -> str:
    """The text of a .pyi. `attributes` are the client's, by module; other modules are told apart by `module(name)`."""
    parts = [_HEAD.format(org=re.sub(r'[\\"\n]', " ", org))]
    for name, fields in modules.items():
        parts += ["\n", *_module(name, fields)]
    for prefix, _, _ in _SIDES:
        parts += ["\n", *_client(prefix, modules, attributes)]
    return "\n".join(parts) + "\n"


def _module(module: str, fields: Fields) -> Iterator[str]:
    for info in fields.values():
        if _listed(info):
            yield f"{_choices(module, info)}: TypeAlias = Literal[{', '.join(_values(info))}]"
    names = ", ".join(_text(name) for name in fields)
    yield (
        f"{module}Field: TypeAlias = Literal[{names}] | str" if fields else f"{module}Field: TypeAlias = str"
    )
    yield ""
    yield f"class {module}Record(Record):"
    for info in fields.values():
        yield "    @overload"
        yield f"    def __getitem__(self, key: Literal[{_text(info.api_name)}], /) -> {_read(module, info)}: ..."
    yield from (
        ["    @overload", "    def __getitem__(self, key: str, /) -> Any: ..."] if fields else ["    ..."]
    )
    yield ""
    yield f"class {module}Values(TypedDict, total=False):"
    yield from [f"    {name}: {kind}" for name, kind in _arguments(module, fields)] or ["    ..."]
    for prefix, definition, generator in _SIDES:
        yield ""
        yield from _face(module, prefix, definition, generator)


def _face(module: str, prefix: str, definition: str, generator: str) -> Iterator[str]:
    record, values = f"{module}Record", f"Unpack[{module}Values]"
    ignored = "  # type: ignore[override]"  # it takes fewer names than the module of an unknown org
    yield f"class {prefix}{module}({prefix}Module):"
    yield f"    {definition} get(self, id: str) -> {record}: ..."
    yield f"    {definition} find(self, id: str) -> {record} | None: ..."
    yield f"    {definition} create(self, /, *, plan_id: str = ..., repeat: bool = ..., **fields: {values}) -> Result: ...{ignored}"
    yield f"    {definition} update(self, id: str, /, *, plan_id: str = ..., **fields: {values}) -> Result: ...{ignored}"
    yield f"    {definition} page(self, fields: Sequence[{module}Field] = ..., *, number: int = ..., per_page: int = ...) -> tuple[{record}, ...]: ..."
    yield (
        f"    def all(self, fields: Sequence[{module}Field] = ..., *, view: str = ..., sort_by: str = ..., descending: bool = ..., "
        f'modified_since: datetime | None = ..., converted: Literal["true", "false", "both"] = ...) -> {generator}[{record}]: ...'
    )


def _client(prefix: str, modules: Mapping[str, Fields], attributes: Mapping[str, str]) -> Iterator[str]:
    yield f"class {prefix}Org({prefix}Client):"
    for module, attribute in attributes.items():
        if module in modules:
            yield "    @property"
            yield f"    def {attribute}(self) -> {prefix}{module}: ...  # type: ignore[override]"
    for module in modules:
        yield "    @overload"
        yield f"    def module(self, name: Literal[{_text(module)}], *, api_version: str = ...) -> {prefix}{module}: ..."
    yield "    @overload"
    yield f"    def module(self, name: str, *, api_version: str = ...) -> {prefix}Module: ..."


def _arguments(module: str, fields: Fields) -> Iterator[tuple[str, str]]:
    """Each writable field by its API name and in snake_case, where Python can spell that."""
    seen: set[str] = set()
    for info in fields.values():
        if not (info.operations.api_create or info.operations.api_update):
            continue
        for name in dict.fromkeys((info.api_name, info.api_name.lower())):
            if name.isidentifier() and not keyword.iskeyword(name) and name not in seen | _CONTROLS:
                seen.add(name)
                yield name, _written(module, info)


def _read(module: str, info: FieldInfo) -> str:
    if info.api_name == "id":
        return "str"
    if info.api_name == "Tag":  # said to be text, and a list of objects
        return "list[dict[str, Any]]"
    if info.data_type == "multiselectpicklist":
        return f"list[{_choices(module, info)}]" if _listed(info) else "list[str]"
    if _listed(info):
        return f"{_choices(module, info)} | None"
    kind = _READ.get(info.data_type, "Any")
    return kind if kind in ("Any", "bool") else f"{kind} | None"


def _written(module: str, info: FieldInfo) -> str:
    if info.data_type == "multiselectpicklist":
        return f"Sequence[{_choices(module, info)}] | None" if _listed(info) else "Sequence[str] | None"
    if info.api_name == "Tag":
        return "Sequence[dict[str, Any]]"
    kind = _choices(module, info) if _listed(info) else _WRITTEN.get(info.data_type, "Any")
    return kind if info.mandatory or kind == "Any" else f"{kind} | None"


def _listed(info: FieldInfo) -> bool:
    return info.data_type in ("picklist", "multiselectpicklist") and bool(info.offered)


def _choices(module: str, info: FieldInfo) -> str:
    return f"{module}_" + re.sub(r"\W", "_", info.api_name)


def _values(info: FieldInfo) -> Iterable[str]:
    """What is stored and, where it differs, what people see: both may be written."""
    return map(_text, dict.fromkeys(v for choice in info.offered for v in (choice.actual, choice.display)))


def _text(value: str) -> str:
    """A string literal that cannot end early, whatever an administrator called a value."""
    return ascii(value)
