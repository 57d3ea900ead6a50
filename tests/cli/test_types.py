"""`zcrm types`; what mypy makes of its stubs is in tests/typing."""

from __future__ import annotations

import ast


def test_chosen_modules_are_printed_and_no_others(zcrm) -> None:
    done = zcrm("types", "--demo", "--modules", "leads,Deals")
    assert (done.code, done.err) == (0, "")
    classes = {node.name for node in ast.parse(done.out).body if isinstance(node, ast.ClassDef)}
    assert classes == {
        "LeadsRecord", "LeadsValues", "AsyncLeads", "Leads", "DealsRecord", "DealsValues", "AsyncDeals", "Deals",
        "AsyncOrg", "Org",
    }  # fmt: skip


def test_a_module_that_is_not_there_is_refused_with_the_closest(zcrm) -> None:
    done = zcrm("types", "--demo", "--modules", "Leeds")
    assert (done.code, done.out) == (1, "")
    assert "Leads" in done.err
