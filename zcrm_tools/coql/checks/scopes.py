"""Scopes the query needs, against those the grant has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcrm_tools.coql.diagnostics import Diagnostic
from zcrm_tools.coql.schema import A_LOOKUP, BUILT_IN
from zcrm_tools.coql.walk import columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from zcrm_tools.coql.checks.select import Select

COQL = "ZohoCRM.coql.READ"
_STANDARD = frozenset(
    "leads accounts contacts deals campaigns tasks cases events calls solutions products vendors pricebooks quotes "
    "salesorders purchaseorders invoices notes attachments emails appointments services approvals".split()
)


def module_scope(api_name: str) -> str:
    """The scope that reads one module. Modules Zoho did not name share `custom`."""
    name = api_name.lower().removesuffix("__s").replace("_", "")
    return f"ZohoCRM.modules.{name if name in _STANDARD else 'custom'}.READ"


def missing(selects: Sequence[Select], granted: Callable[[str], bool]) -> Iterator[Diagnostic]:
    """Zoho documents `coql` and the module read from; whether joined modules need theirs it does not say."""
    outer = selects[0].query
    if not granted(COQL):
        yield Diagnostic(
            "SCOPE_MISSING",
            "The connection has no scope for COQL.",
            outer.module_span,
            help=f"Connect again with {COQL}.",
            details={"scope": COQL},
        )
    reported = {""}
    for select in selects:
        touched = {select.query.module: True}
        for column in columns(select.query):
            if found := select.look_up(column).module:
                touched.setdefault(found.api_name, False)
        for module, is_base in touched.items():
            scope = module_scope(module)
            if module in BUILT_IN or module == A_LOOKUP.api_name or scope in reported or granted(scope):
                continue
            reported.add(scope)
            yield Diagnostic(
                "SCOPE_MISSING",
                f"The connection cannot read {module}.",
                select.query.module_span,
                help=f"Connect again with {scope}.",
                severity="error" if is_base else "warning",
                details={"scope": scope},
            )
