"""What importing costs, and who may know whom."""

from __future__ import annotations

import subprocess
import sys

import pytest

import zcrm_tools.coql as coql


def loaded_after(statement):
    script = f"import sys; {statement}; print('\\n'.join(sys.modules))"
    return set(
        subprocess.run(
            [sys.executable, "-c", script], check=True, capture_output=True, text=True
        ).stdout.split()
    )


def test_every_public_name_is_there():
    assert all(getattr(coql, name) for name in coql.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = coql.nothing


def test_the_package_itself_loads_nothing():
    loaded = loaded_after("import zcrm_tools.coql")
    assert not [name for name in loaded if name.startswith("zcrm_tools.coql.")]


def test_the_front_end_loads_neither_checks_nor_printing():
    loaded = loaded_after("import zcrm_tools.coql.parser")
    for part in ("checks", "format", "suggest", "schema", "faults", "diagnostics"):
        assert f"zcrm_tools.coql.{part}" not in loaded


GOOD = (
    "select Deal_Name, Account_Name.Account_Name from Deals "
    "where (Amount >= 5000 and Closing_Date between '2026-01-01' and '2026-12-31') order by Amount desc limit 50"
)


def test_a_right_query_is_parsed_and_checked_without_loading_what_is_said_of_wrong_ones():
    fields = (
        "FieldView('Deal_Name'), FieldView('Amount', data_type='currency'), FieldView('Closing_Date', data_type='date'), "
        "FieldView('Account_Name', data_type='lookup', lookup_module='Accounts')"
    )
    loaded = loaded_after(
        "from zcrm_tools.coql.parser import parse; from zcrm_tools.coql.checks import check; "
        "from zcrm_tools.coql.schema import FieldView, KnownSchema, known_module; "
        f"deals = known_module('Deals', [{fields}]); accounts = known_module('Accounts', [FieldView('Account_Name')]); "
        f"assert check(parse({GOOD!r}), KnownSchema({{'Deals': deals, 'Accounts': accounts}})) == []"
    )
    late = (
        "coql.diagnostics",
        "coql.faults",
        "coql.unexpected",
        "coql.suggest",
        "coql.checks.rules",
        "errors",
    )
    assert not loaded & {f"zcrm_tools.{module}" for module in late}
    assert "typing" not in loaded - loaded_after("import re, enum, dataclasses")


def test_the_whole_language_needs_only_the_standard_library():
    loaded = loaded_after("import zcrm_tools.coql.checks")
    ours = {name.split(".")[0] for name in loaded} - set(sys.stdlib_module_names) - {"__main__"}
    assert {name for name in ours if not name.startswith(("_", "sitecustomize"))} == {"zcrm_tools"}
