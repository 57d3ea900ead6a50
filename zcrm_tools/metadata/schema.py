"""The catalogue as COQL's checker sees it: every module by name, and the fields of those a query touches."""

from __future__ import annotations

from zcrm_tools.coql.nodes import Query
from zcrm_tools.coql.schema import Choice, FieldView, KnownModule, KnownSchema, known_module, missing_modules
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
            loaded[name] = _module(name, await catalogue.fields(name))
    return KnownSchema(dict(loaded), labels)


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
