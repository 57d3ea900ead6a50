"""Numbers, days and moments as people write them: taken when they can mean one thing, offered when they could be several."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zcrm_tools.metadata import moments, numbers
from zcrm_tools.metadata.doubt import Doubt
from zcrm_tools.metadata.forms import form
from zcrm_tools.metadata.habits import Mark
from zcrm_tools.models.metadata import FieldInfo

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("₹ 1,20,000", "120000"),
        ("Rs. 12,34,567.89", "1234567.89"),
        ("INR 1,00,000", "100000"),
        ("1 20 000", "120000"),
        ("-5", "-5"),
        ("₹-5.5", "-5.5"),
        ("- 5", "-5"),
        ("1.200,50", "1200.50"),
        ("1'200.50", "1200.50"),
        ("1\u202f200,5", "1200.5"),
        ("10.000.000", "10000000"),
        ("12,50", "12.50"),
        ("1234,567", "1234.567"),
        ("0", "0"),
    ],
)
def test_money_that_can_be_one_amount_is_that(text: str, amount: str):
    assert numbers.amount(text, currency="INR") == Decimal(amount)


@pytest.mark.parametrize("text", ["$1,200.50", "US$ 1,200.50", "USD 1,200.50", "1,200.50 USD", "1,200.50$"])
def test_the_sign_may_stand_on_either_side(text: str):
    assert numbers.amount(text, currency="USD") == Decimal("1200.50")


@pytest.mark.parametrize(
    ("text", "could_be"),
    [
        ("1,200", ("1200", "1.200")),
        ("1.200", ("1200", "1.200")),
        ("$1,200", ("1200", "1.200")),
        ("-12,345", ("-12345", "-12.345")),
        ("(5)", ()),
        ("1.2M", ()),
        ("5 lakh", ()),
        ("1,20,00", ()),
        ("1,2,3", ()),
        ("1.200.50", ()),
        ("1,200.50.1", ()),
        ("€ 500", ()),
        ("500 GBP", ()),
        ("A$5", ()),
        ("", ()),
        (",", ()),
        ("-", ()),
        ("$", ()),
        ("--5", ()),
        ("$5 USD", ()),
        ("1200 or so", ()),
    ],
)
def test_money_that_could_be_two_amounts_or_another_currencys_is_none(text: str, could_be: tuple[str, ...]):
    found = numbers.amount(text, currency="USD")
    assert isinstance(found, Doubt)
    assert found.allowed == could_be


def test_without_knowing_the_orgs_currency_any_sign_will_do():
    assert numbers.amount("€ 500") == 500


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_an_amount_grouped_in_any_way_is_read_back_or_doubted(value: Decimal):
    plain = f"{value:,.2f}"
    european = plain.translate(str.maketrans(",.", ".,"))
    for text in (plain, european, f"${plain}", f"{european} $", plain.replace(",", " "), str(value)):
        assert numbers.amount(text, currency="USD") == value


@given(st.text(alphabet="0123456789.,- $€₹'\u00a0%eE", max_size=14))
def test_no_text_crashes_and_what_is_taken_has_the_same_digits(text: str):
    for read in (numbers.amount, numbers.decimal, numbers.percentage):
        found = read(text)
        if not isinstance(found, Doubt) and "e" not in text.lower():
            assert [c for c in text if c.isdigit()] or found == 0
            assert int("".join(c for c in text if c.isdigit())) == abs(
                int(found.scaleb(-int(str(found.as_tuple().exponent))))
            )
    whole = numbers.whole(text)
    assert whole is None or isinstance(whole, int)


@pytest.mark.parametrize(
    ("text", "mark", "meant"),
    [
        ("1.200", "", "1.2"),
        ("1.200", ".", "1.2"),
        ("1.200", ",", "1200"),
        ("1.200", "?", None),
        ("1,200", ".", "1200"),
        ("1,200", ",", "1.2"),
        ("1.234,50", ",", "1234.5"),
        ("1.234,50", "?", "1234.5"),
        ("1.234,50", ".", None),
        ("12.5", ",", None),
        ("12.5", "?", "12.5"),
        ("-1.200.000", ",", "-1200000"),
        ("1,20,000", ".", "120000"),
        ("12,", ",", None),
        ("12", ",", "12"),
    ],
)
def test_a_number_that_could_be_two_is_one_where_the_mark_is_known(text: str, mark: Mark, meant: str | None):
    for read in (numbers.decimal, numbers.percentage):
        found = read(text, mark=mark)
        assert isinstance(found, Doubt) if meant is None else found == Decimal(meant)
    money = numbers.amount(text, mark=mark)
    assert (
        isinstance(money, Doubt)
        if meant is None or (text, mark) == ("1.200", "")
        else money == Decimal(meant)
    )


@pytest.mark.parametrize(
    ("text", "mark", "meant"),
    [("1.200", ",", 1200), ("1.200", "", None), ("1,200", "", 1200), ("1,200", ",", None), ("1,200", "?", None), ("-12", "?", -12)],
)  # fmt: skip
def test_a_whole_number_is_grouped_by_the_mark_that_is_not_the_decimal_one(
    text: str, mark: Mark, meant: int | None
):
    assert numbers.whole(text, mark=mark) == meant


def test_days_in_figures_are_taken_where_their_order_is_known():
    assert moments.day("03.04.2026", "dmy") == "2026-04-03"
    assert moments.day("3/4/2026", "mdy") == "2026-03-04"
    assert moments.moment("03.04.2026 15:30", NEW_YORK, "dmy") == "2026-04-03T15:30:00-04:00"
    assert moments.moment("4/3/2026 3:30 PM", NEW_YORK, "mdy") == "2026-04-03T15:30:00-04:00"
    for doubted in (
        moments.day("03.04.26", "dmy"),
        moments.day("31/12/2026", "mdy"),
        moments.moment("03.04.2026", NEW_YORK, "dmy"),
        moments.moment("29.03.2026 02:30", ZoneInfo("Europe/Berlin"), "dmy"),
    ):
        assert isinstance(doubted, Doubt)


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("31/12/2026", ["2026-12-31"]),
        ("12/31/2026", ["2026-12-31"]),
        ("03/04/2026", ["2026-04-03", "2026-03-04"]),
        ("04.04.2026", ["2026-04-04"]),
        ("31-12-26", ["2026-12-31"]),
        ("2026/12/31", ["2026-12-31"]),
        ("20261231", ["2026-12-31"]),
        ("31 Dec 2026", ["2026-12-31"]),
        ("31-Dec-2026", ["2026-12-31"]),
        ("December 31st, 2026", ["2026-12-31"]),
        ("Thursday, 31 December 2026", ["2026-12-31"]),
        ("2026-12-31T09:00:00+05:30", ["2026-12-31"]),
        ("tomorrow", []),
        ("31/13/2026", []),
        ("2026-02-30", []),
        ("31/12", []),
        ("1/1/1", []),
    ],
)
def test_a_day_in_another_form_is_refused_with_iso_offered(text: str, offered: list[str]):
    found = moments.day(text)
    assert isinstance(found, Doubt)
    assert [*filter(None, [found.closest, *found.allowed])] == offered


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-24T15:00", "2026-11-24T15:00:00-05:00"),
        ("2026-11-24 15:00:01", "2026-11-24T15:00:01-05:00"),
        ("2026-07-01 15:00", "2026-07-01T15:00:00-04:00"),
        ("2026-11-24T15:00:00Z", "2026-11-24T15:00:00+00:00"),
        ("2026-11-24T15:00:00.123+05:30", "2026-11-24T15:00:00+05:30"),
    ],
)
def test_a_local_time_is_the_clock_of_the_org(text: str, moment: str):
    assert moments.moment(text, NEW_YORK) == moment


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("2026-11-24", ["2026-11-24T00:00:00-05:00"]),
        ("24/11/2026 3:00 PM", ["2026-11-24T15:00:00-05:00"]),
        ("24 Nov 2026 at 3pm", ["2026-11-24T15:00:00-05:00"]),
        ("03/04/2026 15:00", ["2026-04-03T15:00:00-04:00", "2026-03-04T15:00:00-05:00"]),
        ("2026-11-24 12am", ["2026-11-24T00:00:00-05:00"]),
        ("2026-11-24 13pm", []),
        ("2026-11-01T01:30", ["2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00"]),
        ("2026-03-08T02:30", []),
        ("next week", []),
    ],
)
def test_a_moment_that_is_not_one_is_refused_with_those_it_could_be(text: str, offered: list[str]):
    found = moments.moment(text, NEW_YORK)
    assert isinstance(found, Doubt)
    assert [*filter(None, [found.closest, *found.allowed])] == offered


def test_without_the_orgs_zone_a_local_time_is_refused():
    found = moments.moment("2026-11-24T15:00", None)
    assert isinstance(found, Doubt)
    assert "no offset" in found.why


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2040, 1, 1)))  # noqa: DTZ001
def test_a_clock_shows_each_time_never_once_or_twice_and_truly_so(local: datetime):
    local = local.replace(microsecond=0)
    read = moments.in_zone(local, NEW_YORK)
    assert len(read) <= 2
    for one in read:
        assert one.astimezone(UTC).astimezone(NEW_YORK).replace(tzinfo=None, fold=0) == local


@given(st.text(max_size=30))
def test_no_text_is_too_odd_to_be_judged_as_a_time(text: str):
    assert isinstance(moments.day(text), str | Doubt)
    assert isinstance(moments.moment(text, NEW_YORK), str | Doubt)


def field(kind: str, *, length: int = 0, json_type: str = "string") -> FieldInfo:
    return FieldInfo(
        api_name="F", field_label="F", data_type=kind, length=length or None, json_type=json_type
    )


@pytest.mark.parametrize(
    ("kind", "value", "sent"),
    [
        ("email", " a.b@quay.example ", "a.b@quay.example"),
        ("phone", "+91 (44) 2345-6789", "+91 (44) 2345-6789"),
        ("phone", 5550100, "5550100"),
        ("website", "example.com/a?b=1", "example.com/a?b=1"),
        ("website", "HTTPS://example.com:8080", "HTTPS://example.com:8080"),
        ("percent", "12.5 %", 12.5),
        ("percent", 12, 12),
        ("boolean", "Yes", True),
        ("boolean", "0", False),
        ("double", "1 200,5", 1200.5),
        ("double", "1.250", 1.25),
        ("text", 5, "5"),
        ("hologram_of_2031", {"deep": [1]}, {"deep": [1]}),
    ],
)
def test_a_value_takes_the_form_of_its_type(kind: str, value: Any, sent: Any):
    assert form(value, field(kind)) == sent


def test_whole_numbers_may_be_grouped_and_long_ones_go_as_text():
    assert form("1,200", field("integer", length=9, json_type="integer")) == 1200
    assert form(12.0, field("integer", length=9, json_type="integer")) == 12
    assert form("123456789012345678", field("bigint", length=18)) == "123456789012345678"


@pytest.mark.parametrize(
    ("kind", "value", "closest"),
    [
        ("email", "Ada <ada@quay.example>", "ada@quay.example"),
        ("email", "mailto:ada@quay.example", "ada@quay.example"),
        ("email", "ada@quay", ""),
        ("phone", "\u202a+1 555 0100\u202c", "+1 555 0100"),
        ("phone", "ring: me!", ""),
        ("website", "javascript:alert(1)", ""),
        ("website", "no dots", ""),
        ("integer", "12.5", ""),
        ("integer", 10**9, ""),
        ("boolean", "perhaps", ""),
        ("boolean", 2, ""),
        ("text", ["a"], ""),
        ("currency", float("inf"), ""),
        ("currency", 10**16, ""),
        ("date", 20261231, ""),
    ],
)
def test_what_has_another_form_is_doubted_with_the_likely_one(kind: str, value: Any, closest: str):
    found = form(
        value,
        field(
            kind, length=9 if kind == "integer" else 0, json_type="integer" if kind == "integer" else "string"
        ),
    )
    assert isinstance(found, Doubt), found
    assert found.closest == closest
