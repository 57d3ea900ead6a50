"""A friendlier input form becomes COQL that Zoho takes, and every change is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zcrm_tools.coql import rewrite
from zcrm_tools.coql.checks import check
from zcrm_tools.coql.diagnostics import CoqlError
from zcrm_tools.coql.parser import parse
from zcrm_tools.coql.rewrite.calendar import Calendar, Days, days_of

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # a Tuesday
BERLIN = Calendar(ZoneInfo("Europe/Berlin"), NOON, fiscal_start=4)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("phrase", "first", "last"),
    [
        ("TODAY", "2026-11-24", "2026-11-24"),
        ("today()", "2026-11-24", "2026-11-24"),
        ("Yesterday", "2026-11-23", "2026-11-23"),
        ("tomorrow", "2026-11-25", "2026-11-25"),
        ("THIS WEEK", "2026-11-22", "2026-11-28"),
        ("last week", "2026-11-15", "2026-11-21"),
        ("next  week", "2026-11-29", "2026-12-05"),
        ("THIS_MONTH", "2026-11-01", "2026-11-30"),
        ("previous month", "2026-10-01", "2026-10-31"),
        ("NEXT MONTH", "2026-12-01", "2026-12-31"),
        ("this quarter", "2026-10-01", "2026-12-31"),
        ("last quarter", "2026-07-01", "2026-09-30"),
        ("next quarter", "2027-01-01", "2027-03-31"),
        ("this year", "2026-01-01", "2026-12-31"),
        ("current year", "2026-01-01", "2026-12-31"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("this fiscal quarter", "2026-10-01", "2026-12-31"),
        ("this fiscal year", "2026-04-01", "2027-03-31"),
        ("LAST_FISCAL_YEAR", "2025-04-01", "2026-03-31"),
        ("next fiscal quarter", "2027-01-01", "2027-03-31"),
        ("last 30 days", "2026-10-25", "2026-11-24"),
        ("past 7 days", "2026-11-17", "2026-11-24"),
        ("next 7 days", "2026-11-24", "2026-12-01"),
        ("LAST_N_DAYS:90", "2026-08-26", "2026-11-24"),
        ("last 2 weeks", "2026-11-08", "2026-11-21"),
        ("last 3 months", "2026-08-01", "2026-10-31"),
        ("NEXT_N_MONTHS:2", "2026-12-01", "2027-01-31"),
        ("last 2 fiscal years", "2024-04-01", "2026-03-31"),
        ("30 days ago", "2026-10-25", "2026-10-25"),
        ("9 months ago", "2026-02-24", "2026-02-24"),
    ],
)
def test_a_phrase_names_its_days(phrase, first, last):
    assert days_of(phrase, BERLIN) == Days(day(first), day(last))


def test_a_day_that_does_not_exist_months_ago_is_the_last_of_its_month():
    end_of_march = Calendar(UTC, datetime(2026, 3, 31, tzinfo=UTC))
    assert days_of("1 month ago", end_of_march) == Days(day("2026-02-28"), day("2026-02-28"))


def test_today_is_that_of_the_zone():
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert days_of("today", Calendar(ZoneInfo("Asia/Kolkata"), late)) == Days(
        day("2026-11-25"), day("2026-11-25")
    )
    assert days_of("today", Calendar(ZoneInfo("America/New_York"), late)) == Days(
        day("2026-11-24"), day("2026-11-24")
    )


@pytest.mark.parametrize(
    "word", ["Advertisement", "last", "this", "LAST N DAYS", "-3 days ago", "last 99999 years", ""]
)
def test_other_words_name_no_days(word):
    assert days_of(word, BERLIN) is None


units = st.sampled_from(["week", "month", "quarter", "year", "fiscal quarter", "fiscal year"])


@given(
    st.datetimes(NOON.replace(tzinfo=None, year=1990), NOON.replace(tzinfo=None, year=2090)),
    st.integers(1, 12),
    st.integers(0, 6),
    units,
)
def test_last_this_and_next_follow_on_each_other_without_gap(now, fiscal_start, week_start, unit):
    calendar = Calendar(UTC, now.replace(tzinfo=UTC), fiscal_start, week_start)
    last, this, after = (days_of(f"{which} {unit}", calendar) for which in ("last", "this", "next"))
    assert this.first <= now.date() <= this.last
    assert last.last + timedelta(days=1) == this.first
    assert this.last + timedelta(days=1) == after.first
    assert days_of(f"last 1 {unit}s", calendar) == last


def fitted(text, schema, calendar=BERLIN):
    return rewrite.fit(rewrite.spell(text), schema, calendar)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("select id from Leads", "select id from Leads where id is not null"),
        ("select id from Leads order by id", "select id from Leads where id is not null order by id"),
        ("select * from Vendors where id is not null", "select id, Vendor_Name, Owner, Created_Time, Modified_Time from Vendors where id is not null"),
        ("select count(*) from Leads where id is not null", "select count(id) from Leads where id is not null"),
        ("select sum(Amount) from Deals where id is not null", "select SUM(Amount) from Deals where id is not null"),
        (
            "select id from Deals where Amount > 1 and Amount < 9 and Stage = 'Closed Won' or id is null",
            "select id from Deals where ((Amount > 1 and Amount < 9) and Stage = 'Closed Won') or id is null",
        ),
        ("select Deal Name from Deals where id is not null", "select Deal_Name from Deals where id is not null"),
        ("select id from Deals where Closing Date > '2026-01-01'", "select id from Deals where Closing_Date > '2026-01-01'"),
        ("select deal_name from deals where id is not null", "select Deal_Name from Deals where id is not null"),
        ("select id from Deal where id is not null", "select id from Deals where id is not null"),
        ("select Deals.Deal_Name from Deals where id is not null", "select Deal_Name from Deals where id is not null"),
        ("select id from Leads where Email <> 'a'", "select id from Leads where Email != 'a'"),
        ("select id from Leads where Email = null", "select id from Leads where Email is null"),
        ("select id from Leads where Email != NULL", "select id from Leads where Email is not null"),
        ("select id from Leads where Email is empty", "select id from Leads where Email is null"),
        ("select id from Leads where Converted__s != true", "select id from Leads where Converted__s = 'false'"),
        ("select id from Leads where Lead_Source = Cold Call;", "select id from Leads where Lead_Source = 'Cold Call'"),
        ("select id from Leads where Lead_Source = 'X (Twitter)'", "select id from Leads where Lead_Source = 'Twitter'"),
        ("select `id` from Leads where Last_Name contains 'x'", "select 'id' from Leads where Last_Name like '%x%'"),
        ("select What_Id->Leads.Email from Tasks where id is not null", "select 'What_Id->Leads.Email' from Tasks where id is not null"),
        ("select External from Contacts where id is not null", "select 'External' from Contacts where id is not null"),
        ("select id from Deals where Closing_Date = TODAY", "select id from Deals where Closing_Date = '2026-11-24'"),
        ("select id from Deals where Closing_Date != THIS MONTH", "select id from Deals where Closing_Date not between '2026-11-01' and '2026-11-30'"),
        ("select id from Deals where Closing_Date < THIS MONTH", "select id from Deals where Closing_Date < '2026-11-01'"),
        ("select id from Deals where Closing_Date <= THIS MONTH", "select id from Deals where Closing_Date <= '2026-11-30'"),
        ("select id from Deals where Closing_Date > THIS MONTH", "select id from Deals where Closing_Date > '2026-11-30'"),
        ("select id from Deals where Closing_Date >= 'this month'", "select id from Deals where Closing_Date >= '2026-11-01'"),
        ("select id from Deals where Closing_Date between LAST MONTH and TODAY", "select id from Deals where Closing_Date between '2026-10-01' and '2026-11-24'"),
        ("select id from Deals where (Closing_Date >= LAST_N_DAYS:30);", "select id from Deals where (Closing_Date >= '2026-10-25')"),
        ("select id from Leads where Created_Time = YESTERDAY", "select id from Leads where Created_Time between '2026-11-23T00:00:00+01:00' and '2026-11-23T23:59:59+01:00'"),
        ("select id from Leads where Created_Time >= '2026-07-01'", "select id from Leads where Created_Time >= '2026-07-01T00:00:00+02:00'"),
        ("select id from Leads where Created_Time > NOW()", "select id from Leads where Created_Time > '2026-11-24T13:00:00+01:00'"),
        ("select id from Leads where id in (select id from Leads)", "select id from Leads where id in (select id from Leads where id is not null)"),
    ],
)  # fmt: skip
@pytest.mark.evidence("coql.where-mandatory", "coql.bracket-pairs", "coql.no-star", "coql.relative-dates")
def test_what_people_write_becomes_what_zoho_takes(written, sent, schema):
    found = fitted(written, schema)
    assert found.text == sent
    assert found.rewrites
    assert not found.faults
    assert not [d for d in check(parse(found.text), schema) if d.severity == "error"]
    again = fitted(found.text, schema)
    assert (again.text, again.rewrites) == (found.text, ())


@pytest.mark.parametrize(
    ("day_said", "first", "last"),
    [
        ("2026-10-29", "2026-10-29T00:00:00+03:00", "2026-10-29T23:59:59+02:00"),  # put back at midnight
        ("2026-04-24", "2026-04-24T00:00:00+02:00", "2026-04-24T23:59:59+03:00"),  # put on at midnight
    ],
)
def test_a_day_on_which_clocks_change_at_midnight_is_whole(day_said, first, last, schema):
    cairo = Calendar(ZoneInfo("Africa/Cairo"), NOON)
    found = fitted(f"select id from Leads where Created_Time = '{day_said}'", schema, cairo)
    assert found.text == f"select id from Leads where Created_Time between '{first}' and '{last}'"


def test_every_change_says_what_where_and_why(schema):
    found = fitted("select count(*)\nfrom Leads where Email = null", schema)
    assert [(r.before, r.after, r.where) for r in found.rewrites] == [
        ("= null", "is null", "line 2, column 24"),
        ("*", "id", "line 1, column 14"),
    ]
    assert all(r.why for r in found.rewrites)
    assert str(found.rewrites[1]) == "`*` → `id`: Zoho does not document COUNT(*)."


def test_a_limit_above_one_call_becomes_a_number_of_rows(schema):
    found = fitted("select id from Leads where id is not null limit 5000 offset 10", schema)
    assert (found.text, found.rows) == (
        "select id from Leads where id is not null limit 2000 offset 10",
        5000,
    )
    inner = "select id from Leads where id in (select id from Leads where id is not null limit 9000)"
    assert fitted(inner, schema).rows is None


@pytest.mark.parametrize(
    "text",
    [
        "select Lst_Name from Leads where id is not null",
        "select id from Deals where Stage = 'Closed Wom'",
        "select id from Deals where Amount > 'lots'",
        "select id from Accounts where Industry = 'x'",
        "select AVERAGE(Amount) from Deals where id is not null",
        "select First_Name, First_Name from Leads where id is not null",
    ],
)
def test_what_may_mean_something_else_is_left_as_a_fault(text, schema):
    found = fitted(text, schema)
    assert found.text == text
    assert found.faults


def test_a_typing_slip_in_a_keyword_is_not_mended_silently():
    with pytest.raises(CoqlError, match="wher"):
        rewrite.spell("select id from Leads wher id is not null")


def test_a_valid_query_is_sent_as_it_is(schema):
    text = "select  Last_Name,Email from Leads  where ( Last_Name = 'x''y' ) limit 5"
    assert fitted(text, schema) == rewrite.Rewritten(text, (), (), None, parse(text))


def test_a_text_that_reads_like_days_is_left_alone(schema):
    text = "select id from Leads where Last_Name = 'Today' or Company = Yesterday"
    assert fitted(text, schema) == rewrite.Rewritten(
        text, (), fitted(text, schema).problems, None, parse(text)
    )
    words = fitted("select id from Leads where Last_Name = last week", schema)
    assert words.text == "select id from Leads where Last_Name = 'last week'"
    assert [str(r) for r in words.rewrites] == [
        "`last week` → `'last week'`: A value of several words must be quoted."
    ]


def test_without_a_calendar_days_stay_faults(schema):
    found = fitted("select id from Deals where Closing_Date = TODAY", schema, None)
    assert [d.code for d in found.faults] == ["RELATIVE_DATE"]


WORDS = st.sampled_from(
    "select * id Deal Name from Deals leads where and or = <> != ( ) '' null TODAY LAST 30 DAYS , limit 5000 in between "
    'Closing_Date Created_Time ; -- count(*) group by order " ` Cold Call'.split(" ")
)


@settings(max_examples=300)
@given(words=st.lists(WORDS, max_size=14))
def test_no_input_makes_a_rewrite_crash_or_loop(words, schema):
    text = "select " + " ".join(words)
    try:
        found = fitted(text, schema)
    except CoqlError:
        return
    assert parse(found.text)
    if not found.faults:
        assert fitted(found.text, schema).text == found.text
