"""Each rule: what it reports, and what it leaves alone."""

from __future__ import annotations

import pytest

from zcrm_tools.coql.checks import check, price
from zcrm_tools.coql.diagnostics import fixed
from zcrm_tools.coql.parser import parse
from zcrm_tools.coql.schema import FieldView, KnownSchema, known_module


@pytest.fixture
def codes(schema):
    def judge(text):
        return [d.code if d.severity == "error" else f"{d.code}?" for d in check(parse(text), schema)]

    return judge


@pytest.fixture
def repaired(schema):
    """A query with all offered edits made, which must leave nothing to say against it."""

    def repair(text):
        found = check(parse(text), schema)
        assert found, "nothing was found"
        text = fixed(text, *found)
        assert check(parse(text), schema) == []
        return text

    return repair


def where(condition, module="Leads"):
    return f"select id from {module} where {condition}"


@pytest.mark.evidence("coql.operators-by-type")
@pytest.mark.parametrize(
    "condition",
    [
        "Last_Name > 'a'",
        "Last_Name between 'a' and 'b'",
        "Lead_Source < 'a'",
        "Annual_Revenue like '1%'",
        "Created_Time like '2026%'",
        "Converted__s != 'true'",
        "Converted__s is null",
        "Converted__s in ('true')",
        "Owner > '1'",
        "Owner like 'J%'",
        "id like '1%'",
        "Secret = 'x'",
        "Score like '1%'",
        "Last_Note_Added > 'x'",
    ],
)
def test_an_operator_the_type_does_not_take_is_refused(condition, codes):
    assert codes(where(condition)) == ["OPERATOR_NOT_ALLOWED"]


@pytest.mark.evidence("coql.operators-by-type")
@pytest.mark.parametrize(
    "condition",
    [
        "Last_Name like 'a%'",
        "Last_Name not in ('a', b)",
        "Email is not null",
        "Lead_Source not like '%Call%'",
        "Annual_Revenue not between 1 and 2",
        "No_of_Employees in (1, '2')",
        "Created_Time >= '2026-01-01T00:00:00+05:30'",
        "Converted__s = 'false'",
        "Converted__s = true",
        "Owner in ('4876876000000900134')",
        "Owner != 4876876000000900134",
        "id > '4876876000000900134'",
        "Secret is null",
        "Score > 1",
        "Record_Image is not null",
        "Last_Note_Added_On > '2026-01-01T00:00:00+00:00'",
    ],
)
def test_an_operator_the_type_takes_is_left_alone(condition, codes):
    assert codes(where(condition)) == []


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("select Lst_Name from Leads where id is not null", "Last_Name"),
        ("select last_name from Leads where id is not null", "Last_Name"),
        ("select 'Deal Name' from Deals where id is not null", "'Deal_Name'"),
        ("select Deal Name from Deals where id is not null", "Deal_Name"),
        ("select Name from Deals where id is not null", "Deal_Name"),
        ("select created_at from Deals where id is not null", "Created_Time"),
        ("select Account.Name from Contacts where id is not null", "Account_Name.Account_Name"),
        ("select Account_Name.Name from Contacts where id is not null", "Account_Name.Account_Name"),
        ("select Leads.Last_Name from Leads where id is not null", "Last_Name"),
        ("select ID from Leads where id is not null", "id"),
    ],
)
def test_a_field_by_label_slip_or_habit_is_repaired(text, right, repaired):
    assert repaired(text) == f"select {right} from {text.split(' from ')[1]}"


@pytest.mark.parametrize(
    ("written", "right"),
    [("Opportunities", "Deals"), ("Deal", "Deals"), ("Leeds", "Leads"), ("contacts", "Contacts")],
)
def test_a_module_by_label_slip_or_habit_is_repaired(written, right, repaired):
    assert repaired(where("id is not null", written)) == where("id is not null", right)


def test_with_nothing_close_the_names_are_listed(schema):
    (fault,) = check(parse("select Xyzzy from Deals where id is not null"), schema)
    assert fault.closest == ""
    assert fault.edits == ()
    assert "Deal_Name" in fault.allowed
    (fault,) = check(parse("select id from Xyzzy where id is not null"), schema)
    assert "Deals" in fault.allowed


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("select Deal_Name.id from Deals where id is not null", "NOT_A_LOOKUP"),
        ("select 'Deal_Name->Leads.id' from Deals where id is not null", "NOT_A_LOOKUP"),
        ("select 'Account_Name->Accounts.Phone' from Deals where id is not null", "NOT_MULTI_MODULE"),
        ("select 'What_Id->Vendors.id' from Tasks where id is not null", "WRONG_TARGET"),
        ("select What_Id.Deal_Name from Tasks where id is not null", "MODULE_NOT_NAMED"),
        ("select 'What_Id->Deals' from Tasks where id is not null", "UNFINISHED_PATH"),
        ("select 'What_Id->Deals.Nonsense' from Tasks where id is not null", "UNKNOWN_FIELD"),
        ("select Owner.role.salary from Deals where id is not null", "UNKNOWN_FIELD"),
        ("select Appointment_For.module.label from Appointments__s where id is not null", "UNKNOWN_FIELD"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(text, code, codes):
    assert codes(text) == [code]


def test_what_is_not_loaded_is_taken_on_trust(schema):
    bare = KnownSchema({"Deals": schema.module("Deals")}, {"Deals": (), "Accounts": (), "Quotes": ()})
    for text in (
        "select Account_Name.Anything from Deals where id is not null",
        "select Anything from Quotes where Whatever > 'x'",
        "select Owner.anything from Deals where id is not null",
        "select !Accounts.Owner from Deals where id is not null",
    ):
        assert check(parse(text), bare) == []


@pytest.mark.evidence("coql.arrow-quoted")
def test_an_arrow_column_is_put_in_quotes(repaired):
    assert repaired("select What_Id->Deals.Deal_Name from Tasks where id is not null") == (
        "select 'What_Id->Deals.Deal_Name' from Tasks where id is not null"
    )


@pytest.mark.evidence("coql.unsupported-types")
def test_types_coql_cannot_read_are_refused(codes):
    assert codes("select Contacts from Leads where id is not null") == ["UNSUPPORTED_FIELD"]
    assert codes("select Participants from Events where id is not null") == ["UNSUPPORTED_FIELD"]
    assert codes("select Description from Leads where id is not null") == []
    assert codes(where("Description like '%x%'")) == ["SELECT_ONLY_FIELD"]
    assert codes(where("Territories is not null", "Contacts")) == ["SELECT_ONLY_FIELD"]


@pytest.mark.evidence("coql.where-mandatory")
@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("select id from Leads", "select id from Leads where id is not null"),
        (
            "select id from Leads # 2276164000000091501 order by id",
            "select id from Leads # 2276164000000091501 where id is not null order by id",
        ),
    ],
)
def test_a_missing_where_is_put_in(text, right, repaired):
    assert repaired(text) == right


@pytest.mark.evidence("coql.no-star")
def test_a_star_becomes_columns_coql_can_read(repaired):
    text = repaired("select * from Events where id is not null")
    assert (
        text
        == "select id, Event_Title, Owner, Created_Time, Modified_Time, What_Id from Events where id is not null"
    )


@pytest.mark.evidence("coql.bracket-pairs")
@pytest.mark.parametrize(
    ("condition", "right"),
    [
        ("A and B and C", "(A and B) and C"),
        ("A and B and C and D", "((A and B) and C) and D"),
        ("A or B and C", "A or (B and C)"),
        ("A and B or C and D", "(A and B) or (C and D)"),
        ("(A and B and C) or D", "((A and B) and C) or D"),
    ],
)
def test_criteria_are_bracketed_in_pairs(condition, right, repaired):
    def spelled(text):
        for letter, criterion in zip("ABCD", ("id = 1", "id > 2", "id < 3", "id != 4"), strict=True):
            text = text.replace(letter, criterion)
        return where(text)

    assert repaired(spelled(condition)) == spelled(right)


@pytest.mark.evidence("coql.bracket-pairs")
def test_pairs_are_left_alone(codes):
    for condition in ("id = 1", "id = 1 and id = 2", "(id = 1) and id = 2", "id = 1 and (id = 2 and id = 3)"):
        assert codes(where(condition)) == []


@pytest.mark.evidence("coql.row-limits")
@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ("limit 2001", ["LIMIT_TOO_HIGH"]),
        ("limit 0", ["LIMIT_ZERO"]),
        ("limit ten", ["WRONG_LIMIT"]),
        ("limit 10 offset 'x'", ["WRONG_LIMIT"]),
        ("limit 99999, 2", ["OFFSET_TOO_HIGH"]),
        ("limit 98000, 2000", []),
    ],
)
def test_limits_outside_zohos_are_refused(limit, code, codes):
    assert codes(f"select id from Leads where id is not null {limit}") == code


@pytest.mark.evidence("coql.credits")
@pytest.mark.parametrize(
    ("limit", "credits"),
    [
        ("", 1),
        ("limit 200", 1),
        ("limit 201", 2),
        ("limit 1000", 2),
        ("limit 1001", 3),
        ("limit 5, 2000", 3),
        ("limit x", 1),
    ],
)
def test_the_price_follows_the_limit(limit, credits):
    assert price(parse(f"select id from Leads where id is not null {limit}")) == credits


@pytest.mark.evidence("coql.picklists-open")
def test_an_unlisted_value_is_a_doubt_unless_the_list_is_closed(codes, repaired):
    assert codes(where("Lead_Source = 'Cold Cal'")) == ["VALUE_NOT_IN_LIST?"]
    assert codes(where("Stage = 'Closed'", "Deals")) == ["VALUE_NOT_IN_LIST"]
    assert repaired(where("Stage in ('Closed Won', 'closed lost')", "Deals")) == where(
        "Stage in ('Closed Won', 'Closed Lost')", "Deals"
    )
    assert codes(where("Lead_Source like 'Cold%'")) == []


@pytest.mark.evidence("coql.picklists-actual")
def test_a_label_becomes_the_stored_value(codes, repaired):
    assert codes(where("Lead_Source = 'Online Store'")) == ["VALUE_IS_A_LABEL?"]
    assert repaired(where("Lead_Source = 'Online Store'")) == where("Lead_Source = 'OnlineStore'")
    assert codes(where("Lead_Source = 'OnlineStore'")) == []


def test_each_value_of_a_multi_select_is_looked_up(codes, repaired):
    assert codes(where("Languages_Known = 'English;German'", "Contacts")) == []
    assert repaired(where("Languages_Known = 'English;Germn'", "Contacts")) == where(
        "Languages_Known = 'English;German'", "Contacts"
    )


@pytest.mark.parametrize(
    ("condition", "right"),
    [
        ("Amount > '$1,000'", "Amount > 1000"),
        ("Amount > '5k'", "Amount > 5000"),
        ("Closing_Date > '2026/3/4'", "Closing_Date > '2026-03-04'"),
        ("Closing_Date > '31.12.2026'", "Closing_Date > '2026-12-31'"),
        ("Closing_Date = '2026-03-04T00:00:00+00:00'", "Closing_Date = '2026-03-04'"),
        ("Created_Time > '2026-03-04'", "Created_Time > '2026-03-04T00:00:00+00:00'"),
        ("Created_Time > '2026-03-04 10:00'", "Created_Time > '2026-03-04T10:00:00+00:00'"),
        ("Created_Time > '2026-03-04T10:00:00Z'", "Created_Time > '2026-03-04T10:00:00+00:00'"),
        ("Account_Name = 'King'", "Account_Name.Account_Name = 'King'"),
        ("Owner = 'Boyle'", "Owner.last_name = 'Boyle'"),
        ("Account_Name like 'K%'", "Account_Name.Account_Name like 'K%'"),
        ("Account_Name in ('A', 'B')", "Account_Name.Account_Name in ('A', 'B')"),
        ("Stage = null", "Stage is null"),
        ("Stage != ${EMPTY}", "Stage is not null"),
        ("Stage = ''", "Stage is null"),
    ],
)
def test_a_value_written_otherwise_is_repaired(condition, right, repaired):
    assert repaired(where(condition, "Deals")) == where(right, "Deals")


@pytest.mark.evidence("coql.booleans-quoted")
def test_booleans_are_true_or_false(repaired, codes):
    assert repaired(where("Converted__s = 1")) == where("Converted__s = 'true'")
    assert repaired(where("Converted__s != true")) == where("Converted__s = 'false'")
    assert codes(where("Converted__s = 'maybe'")) == ["WRONG_VALUE"]


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("Amount > 'lots'", "WRONG_VALUE"),
        ("Closing_Date > '2026-02-30'", "WRONG_VALUE"),
        ("Closing_Date > '04/03/2026'", "WRONG_VALUE"),
        ("Closing_Date > TODAY", "RELATIVE_DATE"),
        ("Closing_Date > 'LAST 30 DAYS'", "RELATIVE_DATE"),
        ("Created_Time > yesterday", "RELATIVE_DATE"),
        ("Created_Time > '2026-02-30T00:00:00+00:00'", "WRONG_VALUE"),
        ("id = 'abc'", "WRONG_VALUE"),
        ("Stage in (null)", "NULL_COMPARED"),
    ],
)
def test_a_value_with_no_sure_reading_is_refused_without_a_guess(condition, code, schema):
    (fault,) = check(parse(where(condition, "Deals")), schema)
    assert (fault.code, fault.edits) == (code, ())


@pytest.mark.evidence("coql.empty-only-in-views")
def test_empty_is_a_value_only_with_a_custom_view(codes):
    assert codes("select id from Leads#2276164000000091501 where Last_Name = ${EMPTY}") == []
    assert codes(where("Last_Name = ${EMPTY}")) == ["NULL_COMPARED"]


@pytest.mark.evidence("coql.like-patterns")
def test_patterns_have_their_percent_at_the_ends(codes, repaired):
    assert codes(where("Last_Name not like 'a%'")) == ["PATTERN"]
    assert repaired(where("Last_Name not like 'a%'")) == where("Last_Name not like '%a%'")
    assert codes(where("Last_Name like 'a'")) == ["PATTERN?"]
    assert codes(where("Last_Name like 'a%b'")) == ["PATTERN?"]


@pytest.mark.evidence("coql.aggregate-functions")
def test_aggregates_are_known_and_suitable(codes, repaired):
    assert codes("select MEDIAN(Amount) from Deals where id is not null") == ["UNKNOWN_FUNCTION"]
    assert codes("select sum(Amount) from Deals where id is not null") == ["FUNCTION_CASE?"]
    assert codes("select count(id) from Deals where id is not null") == []
    assert codes("select SUM(Deal_Name) from Deals where id is not null") == ["UNSUITABLE_ARGUMENT"]
    assert codes("select SUM(*) from Deals where id is not null") == ["STAR_ARGUMENT"]
    assert repaired("select AVERAGE(Amount) from Deals where id is not null") == (
        "select AVG(Amount) from Deals where id is not null"
    )


@pytest.mark.evidence("coql.count-star")
def test_count_star_is_a_doubt_with_a_sure_alternative(codes, repaired):
    assert codes("select COUNT(*) from Deals where id is not null") == ["COUNT_STAR?"]
    assert repaired("select COUNT(*) from Deals where id is not null") == (
        "select COUNT(id) from Deals where id is not null"
    )


@pytest.mark.evidence("coql.grouping")
def test_plain_columns_beside_an_aggregate_are_grouped_by(codes, repaired):
    assert repaired("select Stage, Owner, SUM(Amount) from Deals where id is not null limit 5") == (
        "select Stage, Owner, SUM(Amount) from Deals where id is not null group by Stage, Owner limit 5"
    )
    assert repaired("select Stage, Owner, SUM(Amount) from Deals where id is not null group by Stage") == (
        "select Stage, Owner, SUM(Amount) from Deals where id is not null group by Stage, Owner"
    )
    assert codes("select Stage from Deals where id is not null group by Stage") == [
        "GROUP_WITHOUT_AGGREGATE?"
    ]


@pytest.mark.evidence("coql.aliases")
@pytest.mark.parametrize(
    ("select", "code"),
    [
        ("Last_Name as ''", ["EMPTY_ALIAS"]),
        ("First_Name as 'n', Last_Name as 'n'", ["DUPLICATE_ALIAS"]),
        ("First_Name as 'Last_Name', Last_Name", ["ALIAS_IS_A_COLUMN"]),
        ("id as 'key'", ["ALIAS_OF_ID?"]),
        ("First_Name Last_Name", ["MISSING_COMMA?"]),
        ("First_Name as Last_Name", []),
        ("First_Name as 'n', Last_Name as 'm'", []),
    ],
)
def test_aliases_are_filled_and_unique(select, code, codes):
    assert codes(f"select {select} from Leads where id is not null") == code


@pytest.mark.evidence("coql.aliases")
def test_an_alias_stands_in_order_by_but_not_in_where(codes, repaired):
    assert codes("select Last_Name as 'n' from Leads where id is not null order by 'n'") == []
    assert repaired("select Last_Name as 'n' from Leads where n = 'x'") == (
        "select Last_Name as 'n' from Leads where Last_Name = 'x'"
    )
    assert codes("select SUM(Annual_Revenue) as s from Leads where s > 5") == ["ALIAS_OUT_OF_PLACE"]


@pytest.mark.evidence("coql.duplicates")
@pytest.mark.parametrize(
    ("text", "right"),
    [
        (
            "select id, Stage, id from Deals where id is not null",
            "select id, Stage from Deals where id is not null",
        ),
        (
            "select SUM(Amount), sum(Amount) 'x' from Deals where id is not null",
            "select SUM(Amount) from Deals where id is not null",
        ),
        (
            "select id from Deals where id is not null order by id, id desc",
            "select id from Deals where id is not null order by id",
        ),
    ],
)
def test_the_same_thing_twice_is_taken_out(text, right, schema):
    faults = [d for d in check(parse(text), schema) if d.code == "DUPLICATE"]
    assert fixed(text, *faults) == right


@pytest.mark.evidence("coql.counts")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        (where("id in (" + ", ".join(["1"] * 101) + ")"), ["LIMIT_EXCEEDED"]),
        (where("id in (" + ", ".join(["1"] * 100) + ")"), []),
        (
            "select id from Leads where id is not null order by " + ", ".join(f"f{i}" for i in range(11)),
            ["LIMIT_EXCEEDED"],
        ),
        ("select COUNT(id) from Leads where id is not null group by a, b, c, d, e", ["LIMIT_EXCEEDED"]),
        (
            "select " + ", ".join(f"COUNT(f{i})" for i in range(6)) + " from Leads where id is not null",
            ["LIMIT_EXCEEDED"],
        ),
        (where("(" * 25 + "id = 1" + " and id = 1)" * 25), ["LIMIT_EXCEEDED"]),
        (where("(" * 24 + "id = 1" + " and id = 1)" * 24), []),
    ],
    ids=["in 101", "in 100", "order 11", "group 5", "aggregates 6", "criteria 26", "criteria 25"],
)
def test_more_than_coql_takes_is_refused(text, code):
    anything = KnownSchema({"Leads": known_module("Leads", [], complete=False)})
    assert [d.code for d in check(parse(text), anything)] == code


@pytest.mark.evidence("coql.column-count-conflict")
def test_between_fifty_and_five_hundred_columns_is_a_doubt():
    fields = [FieldView(f"f{i}") for i in range(501)]
    wide = KnownSchema({"Leads": known_module("Leads", fields)})

    def verdict(count):
        text = f"select {', '.join(f.api_name for f in fields[:count])} from Leads where id is not null"
        return [(d.code, d.severity) for d in check(parse(text), wide)]

    assert verdict(50) == []
    assert verdict(51) == [("LIMIT_EXCEEDED", "warning")]
    assert verdict(501) == [("LIMIT_EXCEEDED", "error")]


@pytest.mark.evidence("coql.join-count-conflict")
def test_between_zohos_two_join_limits_is_a_doubt():
    fields = [FieldView(f"L{i}", data_type="lookup", lookup_module="Other") for i in range(16)]
    linked = KnownSchema({"Leads": known_module("Leads", fields), "Other": known_module("Other", [])})

    def verdict(listed, filtered):
        select = ", ".join(f"L{i}.id" for i in range(listed)) or "id"
        ordered = ", ".join(f"L{i}.id" for i in range(filtered))
        text = f"select {select} from Leads where id is not null" + (
            f" order by {ordered}" if ordered else ""
        )
        return [d.severity for d in check(parse(text), linked)]

    assert verdict(2, 2) == []
    assert verdict(3, 0) == verdict(15, 5) == ["warning"]
    assert verdict(16, 0) == verdict(0, 6) == ["error"]


@pytest.mark.evidence("coql.subqueries")
def test_subqueries_are_few_and_of_one_column(codes):
    inner = "(select Account_Name from Deals where id is not null)"
    assert codes(where(f"Account_Name in {inner}", "Contacts")) == []
    two = "(select Account_Name, Stage from Deals where id is not null)"
    assert codes(where(f"Account_Name in {two}", "Contacts")) == ["SUBQUERY_COLUMNS"]
    long = "(select Account_Name from Deals where id is not null limit 101)"
    assert codes(where(f"Account_Name in {long}", "Contacts")) == ["SUBQUERY_ROWS?"]
    pair = f"(Account_Name in {inner} and Account_Name not in {inner})"
    assert codes(where(f"{pair} and {pair}", "Contacts")) == []
    assert codes(where(f"({pair} and {pair}) and {pair}", "Contacts")) == ["LIMIT_EXCEEDED"]


def test_faults_inside_a_subquery_are_found(codes):
    assert codes(
        where("Account_Name in (select Acount_Name from Deals where Stage = 'Wrong Stage Here')", "Contacts")
    ) == [
        "UNKNOWN_FIELD",
        "VALUE_NOT_IN_LIST",
    ]


@pytest.mark.evidence("coql.custom-view")
def test_the_id_of_a_view_is_a_long_number(codes):
    assert codes("select id from Leads#abc where id is not null") == ["WRONG_VIEW"]
    assert codes("select id from Leads#1 where id is not null") == ["DOUBTFUL_VIEW?"]
    assert codes("select id from Leads#2276164000000091501 where id is not null") == []


@pytest.mark.evidence("coql.scopes")
def test_scopes_that_are_missing_are_named(schema):
    query = parse("select Account_Name.Phone, Owner.email from Contacts where id is not null")

    def missing(*granted):
        return [
            (d.details["scope"], d.severity) for d in check(query, schema, granted=set(granted).__contains__)
        ]

    every = ("ZohoCRM.coql.READ", "ZohoCRM.modules.contacts.READ", "ZohoCRM.modules.accounts.READ")
    assert missing(*every) == []
    assert missing() == [(every[0], "error"), (every[1], "error"), (every[2], "warning")]
    services = parse("select id from Appointments__s where id is not null")
    assert [d.details["scope"] for d in check(services, schema, granted=lambda scope: "coql" in scope)] == [
        "ZohoCRM.modules.appointments.READ"
    ]


def test_a_path_of_any_length_is_checked(codes):
    for step in ("Owner", "Account_Name", "nowhere"):
        path = ".".join([step] * 20_000)
        found = codes(f"select {path} from Deals where {path} = 'x'")
        assert found
        assert set(found) <= {"UNKNOWN_FIELD", "LIMIT_EXCEEDED", "NOT_A_LOOKUP"}


@pytest.mark.evidence("emulator_coql.angle-brackets")
def test_angle_brackets_are_a_doubt_and_the_documented_spelling_is_offered(schema):
    for written, code in (("<>", ["UNDOCUMENTED_OPERATOR"]), ("!=", [])):
        source = f"select id from Leads where Email {written} 'a@b.example'"
        found = check(parse(source), schema)
        assert [d.code for d in found] == code
        assert {d.severity for d in found} <= {"warning"}
        assert fixed(source, *found) == source.replace("<>", "!=")


def test_faults_come_in_source_order_and_every_rule_is_listed_once(schema):
    found = check(parse("select Nme, * from Deals where Amount > 'lots' and Stage > 'x' limit 0"), schema)
    assert [d.code for d in found] == [
        "UNKNOWN_FIELD",
        "SELECT_STAR",
        "WRONG_VALUE",
        "OPERATOR_NOT_ALLOWED",
        "LIMIT_ZERO",
    ]
    assert [d.span.start for d in found] == sorted(d.span.start for d in found)
