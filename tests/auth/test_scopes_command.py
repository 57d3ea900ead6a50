"""`zcrm scopes --scopes …`: a person's own list held against what the chosen tools need."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from zcrm_tools import scopes
from zcrm_tools.cli import zcrm
from zcrm_tools.scopes import broader, covers, parse, scope


def judge(own, *more):
    done = CliRunner().invoke(
        zcrm, ["scopes", "--tools", "get_connection", "--toolsets", "core", "--scopes", own, *more]
    )
    return done.exit_code, done.output


def test_a_broad_list_is_told_the_narrow_one_that_will_do():
    code, said = judge(
        "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.users.READ,ZohoCRM.org.READ,ZohoCRM.bulk.READ"
    )
    assert code == 1
    assert (
        "broader than needed: ZohoCRM.modules.ALL (to see, add, change and delete the records of every module)"
        in said
    )
    assert "enough is ZohoCRM.modules.accounts.READ" in said
    assert "not needed:          ZohoCRM.bulk.READ" in said
    assert "missing:             ZohoCRM.coql.READ (to see the results of COQL queries)" in said
    assert "missing:             ZohoCRM.users.READ" not in said


def test_the_exact_list_is_confirmed():
    lines = CliRunner().invoke(zcrm, ["scopes"]).output.splitlines()
    (exact,) = [line for line in lines if "," in line and " " not in line]
    code, said = judge(exact)
    assert code == 0
    assert "Exactly what these tools need." in said
    assert "broader" not in said


def test_a_list_that_is_only_too_broad_is_no_failure():
    code, said = judge(
        "ZohoCRM.modules.ALL ZohoCRM.settings.ALL ZohoCRM.users.ALL ZohoCRM.org.ALL ZohoCRM.coql.READ ZohoSearch.securesearch.READ"
    )
    assert code == 0
    assert "missing" not in said
    assert "broader than needed: ZohoCRM.users.ALL" in said


def test_what_is_no_scope_is_a_wrong_command_line():
    assert judge("everything")[0] == 2


SCOPES = st.builds(
    scopes.Scope,
    st.just("zohocrm"),
    st.sampled_from([("modules",), ("modules", "leads"), ("settings",), ("settings", "fields")]),
    st.sampled_from(("all", "read", "create", "write")),
)


@given(st.frozensets(SCOPES), st.frozensets(SCOPES))
def test_following_the_advice_leaves_what_was_covered_covered(own, wanted):
    advised = own & wanted | {w for served in broader(own, wanted).values() for w in served}
    assert advised <= wanted
    assert all(covers(advised, (w,)) for w in wanted if covers(own, (w,)))


@pytest.mark.parametrize(
    ("own", "wanted", "said"),
    [
        ("ZohoCRM.modules.leads.ALL", "ZohoCRM.modules.leads.READ", ["ZohoCRM.modules.leads.READ"]),
        ("ZohoCRM.modules.leads.WRITE", "ZohoCRM.modules.leads.READ", []),
    ],
)
def test_each_is_told_what_it_serves(own, wanted, said):
    assert [str(s) for s in broader(parse(own), parse(wanted))[scope(own)]] == said
