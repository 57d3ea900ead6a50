"""The catalogue as COQL's checker sees it: every module by name, and the fields of those a query touches."""

from __future__ import annotations

import re
from weakref import WeakKeyDictionary

from zcrm_tools.coql.nodes import Query
from zcrm_tools.coql.schema import Choice, FieldView, KnownModule, KnownSchema, known_module, missing_modules
from zcrm_tools.coql.walk import queries
from zcrm_tools.metadata.catalogue import Catalogue, Fields
from zcrm_tools.metadata.values import CLOSED
from zcrm_tools.models.metadata import FieldInfo
from zcrm_tools.models.record import naming_field


async def schema_for(catalogue: Catalogue, query: Query) -> KnownSchema:
    """Load what the query touches, joins and all."""
    labels = {name: (m.singular, m.plural) for name, m in (await catalogue.modules()).items()}
    loaded: dict[str, KnownModule] = {}
    while wanted := missing_modules(query, KnownSchema(dict(loaded), labels)):
        for name in sorted(wanted):
            loaded[name] = _known(catalogue, name, await catalogue.fields(name))
    return KnownSchema(dict(loaded), labels)


async def schema_near(catalogue: Catalogue, text: str) -> KnownSchema:
    """Load what an unfinished query names: its modules, and those that its dotted paths lead to. For completing it."""
    labels = {name: (m.singular, m.plural) for name, m in (await catalogue.modules()).items()}
    steps = {part for path in re.findall(r"\w+(?:\.\w*)+", text) for part in path.split(".")}
    wanted = [name for name in dict.fromkeys(re.findall(r"\w+", text)) if name in labels]
    loaded: dict[str, KnownModule] = {}
    while wanted:
        name = wanted.pop()
        fields = await catalogue.fields(name)
        loaded[name] = _known(catalogue, name, fields)
        targets = {f.lookup_module for f in fields.values() if f.api_name in steps}
        wanted += [one for one in targets if one in labels and one not in loaded and one not in wanted]
    return KnownSchema(loaded, labels)


async def refreshed(catalogue: Catalogue, query: Query, schema: KnownSchema) -> bool:
    """Whether something that the query touches was known from a while ago, and is asked for again now."""
    base = {one.module for one in queries(query)} - schema.module_names().keys()
    found = [name for name in base if await catalogue.module_appeared(name)]
    again = [await catalogue.refreshed(name) for name in schema.modules]
    return bool(found) or any(again)


_views: WeakKeyDictionary[Catalogue, dict[str, tuple[Fields, KnownModule]]] = WeakKeyDictionary()


def _known(catalogue: Catalogue, name: str, fields: Fields) -> KnownModule:
    """A module's view, made anew only when the catalogue has read its fields anew: it takes a third of a check's time."""
    views = _views.setdefault(catalogue, {})
    kept = views.get(name)
    if kept is None or kept[0] is not fields:
        kept = views[name] = fields, _module(name, fields)
    return kept[1]


def _module(name: str, fields: Fields) -> KnownModule:
    return known_module(name, map(_field, fields.values()), name_field=naming_field(name))


def _field(info: FieldInfo) -> FieldView:
    return FieldView(
        info.api_name,
        info.label,
        info.data_type,
        lookup_module="Users" if info.data_type in ("ownerlookup", "userlookup") else info.lookup_module,
        choices=tuple(Choice(c.actual, c.display) for c in info.choices),
        closed=info.api_name in CLOSED,
        targets=info.lookup_targets,
        return_type=info.return_type,
        encrypted=info.encrypted,
    )
