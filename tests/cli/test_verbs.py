"""call, coql and scopes, on the demo org inside this process."""

from __future__ import annotations

import json
import re

import pytest


def test_call_prints_the_answer_as_json(zcrm) -> None:
    done = zcrm("call", "search_leads", "--demo", "--json", '{"limit": 2}')
    assert done.code == 0
    assert json.loads(done.out)["count"] == 2


def test_call_reads_its_arguments_from_stdin(zcrm) -> None:
    done = zcrm("call", "search_leads", "--demo", "--json", "-", stdin='{"limit": 1}')
    assert json.loads(done.out)["count"] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("call", "serch_leads"), 1, "There is no action 'serch_leads'"),
        (("call", "search_leads", "--json", "{limit: 2}"), 2, "--json is not JSON"),
        (("call", "search_leads", "--json", "[]"), 2, "must be a JSON object"),
        (("call", "search_leads", "--json", '{"limits": 2}'), 1, "There is no argument 'limits'"),
    ],
)
def test_what_is_wrong_with_a_call_is_said_before_any_connection(
    zcrm, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = zcrm(*arguments)
    assert done.code == code
    assert said in done.err


def test_call_writes_only_when_told(zcrm) -> None:
    arguments = ("call", "create_lead", "--demo", "--json", '{"last_name": "Zed"}')
    refused, written = zcrm(*arguments), zcrm(*arguments, "--write")
    assert refused.code == 1
    assert "read-only" in refused.err
    assert json.loads(written.out)["status"] == "applied"


def test_check_accepts_with_0_and_refuses_with_1(zcrm) -> None:
    good = zcrm("coql", "check", "--demo", "select Last_Name from Leads where id is not null")
    bad = zcrm("coql", "check", "--demo", "select Last_Nam from Leads where id is not null")
    assert (good.code, good.out) == (0, "Accepted.\n")
    assert bad.code == 1
    assert "^^^^^^^^" in bad.err
    assert "Last_Name" in bad.err


def test_check_answers_as_json(zcrm) -> None:
    done = zcrm("coql", "check", "--demo", "--json", "select Last_Nam from Leads where id is not null")
    assert done.code == 1
    told = json.loads(done.out)
    assert told["accepted"] is False
    assert told["problems"][0]["closest"] == "Last_Name"
    assert told["problems"][0]["severity"] == "error"


@pytest.mark.parametrize("verb", ["check", "explain", "run"])
def test_what_is_no_query_is_refused_without_a_connection(zcrm, verb: str) -> None:
    done = zcrm("coql", verb, "select from where")
    assert done.code == 1
    assert "SYNTAX_ERROR" in done.err
    assert "signed in" not in done.err


def test_format_needs_no_connection(zcrm) -> None:
    done = zcrm("coql", "format", "SELECT  Last_Name FROM Leads WHERE  id  is NOT null")
    assert (done.code, done.out) == (0, "select Last_Name from Leads where id is not null\n")
    assert zcrm("coql", "format", "-", stdin=done.out).out == done.out


def test_explain_says_what_is_read_and_what_it_costs(zcrm) -> None:
    query = (
        "select Account_Name.Industry, COUNT(id) from Deals where Amount > 5 group by Account_Name.Industry"
    )
    told = json.loads(zcrm("coql", "explain", "--demo", "--json", query).out)
    assert told["reads"] == "Deals"
    assert told["joins"] == ["Account_Name"]
    assert told["groups"] == ["Account_Name.Industry"]
    assert told["credits"] == 1
    assert told["modules"] == ["Deals", "Accounts"]
    assert told["scopes"] == [
        "ZohoCRM.coql.READ",
        "ZohoCRM.modules.deals.READ",
        "ZohoCRM.modules.accounts.READ",
    ]


def test_explain_counts_pages_and_credits_and_shows_what_is_sent(zcrm) -> None:
    query = "select Deal Name from Deals where Closing_Date = THIS YEAR limit 4500"
    told = json.loads(zcrm("coql", "explain", "--demo", "--json", query).out)
    assert (told["rows"], told["pages"], told["credits"]) == (4500, 3, 8)
    assert told["sent"].startswith("select Deal_Name from Deals where Closing_Date between '")
    assert len(told["rewrites"]) == 3
    words = zcrm("coql", "explain", "--demo", query)
    assert "pages" in words.out
    assert "\x1b[" not in words.out


def test_a_friendly_query_runs_and_says_what_was_changed(zcrm) -> None:
    done = zcrm("coql", "run", "--demo", "--rows", "3", "select * from Deals")
    assert done.code == 0
    assert "3 rows. There are more: max_rows is 3." in done.out
    assert "added `where id is not null`" in done.err
    assert zcrm("coql", "check", "--demo", "select * from Deals").code == 1


def test_run_prints_a_table(zcrm) -> None:
    query = "select Stage, COUNT(id) from Deals where id is not null group by Stage"
    done = zcrm("coql", "run", "--demo", query)
    assert done.code == 0
    assert "Closed Won" in done.out
    assert "COUNT(id)" in done.out
    as_json = json.loads(zcrm("coql", "run", "--demo", "--json", query).out)
    assert as_json["columns"] == ["Stage", "COUNT(id)"]


def test_a_refused_run_exits_1_and_names_the_place(zcrm) -> None:
    done = zcrm("coql", "run", "--demo", "select Last_Nam from Leads where id is not null")
    assert done.code == 1
    assert "line 1, column 8" in done.err
    assert "Last_Name" in done.err


def test_scopes_are_minimal_and_in_words(zcrm) -> None:
    done = zcrm("scopes", "--toolsets", "core")
    assert re.search(r"ZohoCRM\.modules\.leads\.READ +see leads", done.out)
    assert "CREATE" not in done.out
    assert "ALL" not in done.out
    assert "ZohoCRM.modules.leads.CREATE" in zcrm("scopes", "--write").out
    assert "/oauth/v2/auth" not in done.out


def test_scopes_make_the_consent_pages_address(zcrm) -> None:
    done = zcrm("scopes", "--client-id", "1000.ABC", "--data-center", "eu")
    assert "https://accounts.zoho.eu/oauth/v2/auth?" in done.out
    assert "client_id=1000.ABC" in done.out


def test_an_unknown_toolset_is_refused(zcrm) -> None:
    done = zcrm("scopes", "--toolsets", "sails")
    assert done.code == 1
    assert "core" in done.err
