"""COQL as the emulator answers it: joins, groups, sub-queries, shapes of rows, and Zoho's refusals."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@pytest.fixture
def rows(api):
    async def run(query, **beside):
        reply = await api.coql(query, **beside)
        if reply.status_code == 204:
            return []
        assert reply.status_code == 200, reply.text
        return reply.json()["data"]

    return run


@pytest.mark.evidence("emulator_coql.rows")
async def test_keys_are_the_columns_as_written_and_id_is_added(api, rows):
    reply = await api.coql("select Last_Name, Annual_Revenue from Leads where Last_Name = 'Smith'")
    assert reply.json() == {
        "data": [{"Last_Name": "Smith", "Annual_Revenue": 100000, "id": str(api.ids["smith"])}],
        "info": {"count": 1, "more_records": False},
    }
    (row,) = await rows(
        "select 'Account_Name.Account_Name', \"Account_Name\" from Contacts where Last_Name = 'Boyle'"
    )
    assert row == {
        "Account_Name.Account_Name": "Acme Works",
        "Account_Name": {"name": "Acme Works", "id": str(api.ids["acme"])},
        "id": str(api.ids["boyle"]),
    }
    (row,) = await rows("select Lead_Status, Phone as 'Tel' from Leads where Last_Name = 'Ünal'")
    assert row == {"Lead_Status": None, "Tel": "555-1234", "id": str(api.ids["ünal"])}


@pytest.mark.evidence("emulator_coql.empty-is-204")
async def test_nothing_is_204(api):
    reply = await api.coql("select id from Leads where Last_Name = 'Nobody'")
    assert (reply.status_code, reply.content) == (204, b"")


@pytest.mark.evidence("emulator_coql.joins")
async def test_lookups_are_followed_several_hops(api, rows):
    (row,) = await rows(
        "select Account_Name.Parent_Account.Account_Name, Account_Name.Owner.last_name, Account_Name.Owner.role.name"
        " from Contacts where (Account_Name.Parent_Account.Account_Name = 'Acme Works' and Last_Name = 'Marrs')"
    )
    assert row == {
        "Account_Name.Parent_Account.Account_Name": "Acme Works",
        "Account_Name.Owner.last_name": "Seller",
        "Account_Name.Owner.role.name": "Manager",
        "id": str(api.ids["marrs"]),
    }
    people = await rows("select Owner, Owner.profile.name from Accounts where Owner.first_name = 'Sam'")
    assert people[0]["Owner"] == {"name": "Seller", "id": str(api.ids["seller"])}
    assert people[0]["Owner.profile.name"] == "Standard"
    assert await rows(f"select id from Accounts where Parent_Account = '{api.ids['acme']}'") == [
        {"id": str(api.ids["bolt"])}
    ]
    assert await rows("select id from Accounts where Parent_Account is null") == [
        {"id": str(api.ids["acme"])}
    ]


@pytest.mark.evidence("emulator_coql.multi-module")
async def test_a_multi_module_lookup_is_followed_into_one_module(api, rows):
    found = await rows(
        "select 'What_Id->Deals.Deal_Name', 'What_Id->Leads.Last_Name', What_Id, What_Id.module.api_name"
        " from Tasks where id is not null"
    )
    assert [row["What_Id->Deals.Deal_Name"] for row in found] == ["Pumps", None]
    assert [row["What_Id->Leads.Last_Name"] for row in found] == [None, "Smith"]
    assert [row["What_Id.module.api_name"] for row in found] == ["Deals", "Leads"]
    deals = api.emulator.store.modules["Deals"]
    assert found[0]["What_Id"] == {
        "module": {"api_name": "Deals", "id": str(deals.id)},
        "id": str(api.ids["pumps"]),
    }
    (row,) = await rows("select Subject from Tasks where 'What_Id->Deals.Stage' = 'Qualification'")
    assert row["Subject"] == "Ring back"


@pytest.mark.evidence("emulator_coql.aggregates")
async def test_aggregates_and_groups(rows):
    (row,) = await rows(
        "select SUM(Amount), AVG(Amount), MIN(Amount), MAX(Closing_Date), count(id) from Deals where id is not null"
    )
    assert row == {
        "SUM(Amount)": 6000.25,
        "AVG(Amount)": 3000.125,
        "MIN(Amount)": 1000,
        "MAX(Closing_Date)": "2026-12-01",
        "count(id)": 3,
    }
    grouped = await rows(
        "select Stage, COUNT(id) as 'N', SUM(Amount) from Deals where id is not null group by Stage order by 'N' desc"
    )
    assert grouped == [
        {"Stage": "Closed Won", "N": 2, "SUM(Amount)": 5000.25},
        {"Stage": "Qualification", "N": 1, "SUM(Amount)": 1000},
    ]
    by_account = await rows(
        "select Account_Name.Account_Name, COUNT(Amount) from Deals where id is not null"
        " group by Account_Name.Account_Name order by Account_Name.Account_Name"
    )
    assert by_account == [
        {"Account_Name.Account_Name": "Acme Works", "COUNT(Amount)": 1},
        {"Account_Name.Account_Name": "Bolt Ltd", "COUNT(Amount)": 1},
    ]
    assert {"Lead_Status": None, "COUNT(id)": 1} in await rows(
        "select Lead_Status, COUNT(id) from Leads where id is not null group by Lead_Status"
    )
    (latest,) = await rows("select MAX(Created_Time) from Leads where id is not null")
    assert latest["MAX(Created_Time)"].startswith("2026-11-14T")


@pytest.mark.evidence("emulator_coql.operators", "emulator_coql.case")
async def test_conditions_hold_what_they_say(rows):
    async def names(where):
        return [row["Last_Name"] for row in await rows(f"select Last_Name from Leads where {where}")]

    cases = {
        "Last_Name = 'smith'": ["Smith"],
        "Last_Name != 'Smith'": ["Smithson", "Ünal", "Gone"],
        "Last_Name like 'Smith%'": ["Smith", "Smithson"],
        "Last_Name like '%son'": ["Smithson"],
        "Last_Name like 'Sm_th'": [],
        "Last_Name not like '%mith%'": ["Ünal", "Gone"],
        "Last_Name in ('Smith', 'Gone')": ["Smith", "Gone"],
        "Last_Name not in ('Smith', 'Gone')": ["Smithson", "Ünal"],
        "Lead_Status is null": ["Ünal"],
        "Lead_Status is not null": ["Smith", "Smithson", "Gone"],
        "Lead_Status = Contacted": ["Smithson", "Gone"],
        "Annual_Revenue > 100000": ["Smithson"],
        "Annual_Revenue between 10 and '100000'": ["Smith", "Gone"],
        "Annual_Revenue not between 10 and 100000": ["Smithson"],
        "Converted__s = 'true'": ["Gone"],
        "Converted__s = false": ["Smith", "Smithson", "Ünal"],
        "Created_Time <= '2026-11-14T22:30:00+05:30'": [],
        "Created_Time < '2027-01-01T00:00:00Z'": ["Smith", "Smithson", "Ünal", "Gone"],
        "(Last_Name = 'Smith' or Last_Name = 'Gone') and Annual_Revenue = 10": ["Gone"],
        "Last_Name = 'O''Neil'": [],
    }
    for where, expected in cases.items():
        assert await names(where) == expected, where


@pytest.mark.evidence("emulator_coql.converted")
async def test_converted_leads_are_not_hidden(rows):
    assert len(await rows("select id from Leads where id is not null")) == 4


@pytest.mark.evidence("emulator_coql.limit")
async def test_limit_and_offset(api, rows, refused):
    async def page(tail, **beside):
        return [
            row["Last_Name"]
            for row in await rows(f"select Last_Name from Leads where id is not null {tail}", **beside)
        ]

    assert await page("limit 2") == ["Smith", "Smithson"]
    assert await page("limit 1, 2") == ["Smithson", "Ünal"]
    assert await page("order by Last_Name desc limit 2 offset 1") == ["Smithson", "Smith"]
    reply = await api.coql("select id from Leads where id is not null limit 3")
    assert reply.json()["info"] == {"count": 3, "more_records": True}
    api.emulator.store.load("Leads", ({"Last_Name": "X"} for _ in range(2_500)))
    reply = await api.coql("select id from Leads where id is not null")
    assert reply.json()["info"] == {"count": 200, "more_records": True}
    assert len(await rows("select id from Leads where id is not null limit 2000")) == 2_000
    for version, most in (("v8", 2000), ("v3", 200)):
        query = f"select id from Leads where id is not null limit {most + 1}"
        assert refused(await api.coql(query, version=version), "LIMIT_EXCEEDED") == {"limit": most}
    refused(await api.coql("select id from Leads where id is not null limit 0"), "INVALID_DATA")
    details = refused(await api.coql("select id from Leads where id is not null limit 's'"), "INVALID_QUERY")
    assert details == {"limit": "s"}
    for version, reach in (("v8", 100_000), ("v6", 10_000)):
        query = f"select id from Leads where id is not null limit {reach}, 1"
        assert refused(await api.coql(query, version=version), "LIMIT_EXCEEDED") == {"limit": reach}
    keyset = f"select id from Leads where id > '{api.ids['gone']}' order by id asc limit 1"
    assert int((await rows(keyset))[0]["id"]) > api.ids["gone"]


@pytest.mark.evidence("emulator_coql.subqueries")
async def test_subqueries_stand_for_values(api, rows, refused):
    found = await rows(
        "select Last_Name from Contacts where Account_Name not in (select Account_Name from Deals where Stage = 'Closed Won')"
    )
    assert [row["Last_Name"] for row in found] == ["Boyle"]
    found = await rows(
        "select Deal_Name from Deals where Closing_Date between (select Closing_Date from Deals where Deal_Name = 'Hoses')"
        " and (select Closing_Date from Deals where Deal_Name = 'Valves')"
    )
    assert [row["Deal_Name"] for row in found] == ["Valves", "Hoses"]
    many = "select id from Deals where Closing_Date > (select Closing_Date from Deals where id is not null)"
    details = refused(await api.coql(many), "INVALID_QUERY")
    assert details == {"sub_query_sequence": 0, "operator": ">"}
    wide = "select id from Deals where id in (select id, Stage from Deals where id is not null)"
    assert refused(await api.coql(wide), "INVALID_QUERY") == {
        "sub_query_sequence": 0,
        "column_name": ["id", "Stage"],
    }
    one = "select id from Deals where id in (select id from Deals where id is not null)"
    refused(await api.coql(one, version="v7"), "SYNTAX_ERROR")
    api.emulator.store.load("Deals", ({"Deal_Name": "D"} for _ in range(100)))
    assert refused(await api.coql(one), "LIMIT_EXCEEDED") == {"limit": 100}


@pytest.mark.evidence("emulator_coql.lookup-shape")
async def test_before_v7_a_lookup_is_only_an_id_and_few_joins_are_followed(api, rows, refused):
    query = "select Account_Name, Owner from Contacts where Last_Name = 'Boyle'"
    (row,) = await rows(query, version="v6")
    assert row["Account_Name"] == {"id": str(api.ids["acme"])}
    assert row["Owner"] == {"id": str(api.ids["admin"])}
    three = "select Account_Name.Phone, Account_Name.Parent_Account.Phone, Vendor_Name.Phone from Contacts where id is not null"
    assert refused(await api.coql(three, version="v6"), "LIMIT_EXCEEDED") == {"limit": 2}
    assert (await api.coql(three)).status_code == 200


@pytest.mark.evidence("emulator_coql.include-meta")
async def test_include_meta_adds_the_fields(api, refused):
    query = "select Account_Name.Account_Name as 'A', Owner, COUNT(id) from Deals where id is not null group by Account_Name.Account_Name, Owner"
    reply = await api.coql(query, include_meta=["fields"])
    fields = reply.json()["fields"]
    assert {key: field["api_name"] for key, field in fields.items()} == {
        "A": "Account_Name",
        "Owner": "Owner",
    }
    assert fields["A"]["data_type"] == "text"
    refused(await api.coql(query, include_meta=["layouts"]), "INVALID_DATA")
    refused(await api.coql(query, include_meta="fields"), "INVALID_DATA")


REFUSED = [
    ("select Last_Name from Leads", "SYNTAX_ERROR", {"clause": "where"}),
    ("update Leads set Last_Name = 'x' where id = 1", "SYNTAX_ERROR", {}),
    ("select * from Leads where id is not null", "SYNTAX_ERROR", None),
    ("select count(*) from Leads where id is not null", "SYNTAX_ERROR", None),
    ("select from Leads where id is not null", "SYNTAX_ERROR", None),
    (
        "select id from Contacts where id is not null and Email is not null and Phone is not null",
        "SYNTAX_ERROR",
        None,
    ),
    ("select id from Nope where id is not null", "INVALID_MODULE", {}),
    ("select id from __roles where id is not null", None, None),
    ("select id from Leads#1 where id is not null", "INVALID_QUERY", {"cvid": "1"}),
    (
        "select Nope from Leads where id is not null",
        "INVALID_QUERY",
        {"column_name": "Nope", "clause": "select"},
    ),
    ("select id from Leads where Nope = 1", "INVALID_QUERY", {"column_name": "Nope", "clause": "where"}),
    ("select Company.Nope from Leads where id is not null", "INVALID_QUERY", None),
    ("select Owner.Nope from Leads where id is not null", "INVALID_QUERY", None),
    ("select 'What_Id->Vendors.Vendor_Name' from Contacts where id is not null", "INVALID_QUERY", None),
    ("select 'What_Id->Contacts.Last_Name' from Tasks where id is not null", "INVALID_QUERY", None),
    ("select What_Id.Deal_Name from Tasks where id is not null", "INVALID_QUERY", None),
    (
        "select Participants from Events where id is not null",
        "INVALID_QUERY",
        {"column_name": "Participants"},
    ),
    (
        "select id from Leads where No_of_Employees = 'adfkahfd'",
        "INVALID_QUERY",
        {"column_name": "No_of_Employees"},
    ),
    (
        "select id from Leads where Created_Time > '2026-01-01'",
        "INVALID_QUERY",
        {"column_name": "Created_Time"},
    ),
    ("select id from Leads where Owner = 'Ada'", "INVALID_QUERY", {"column_name": "Owner"}),
    ("select id from Leads where Converted__s = 1", "INVALID_QUERY", {"column_name": "Converted__s"}),
    (
        "select id from Leads where Last_Name >= 'a'",
        "INVALID_QUERY",
        {"reason": "invalid operator found", "column_name": "Last_Name", "operator": ">="},
    ),
    ("select id from Leads where Converted__s != 'true'", "INVALID_QUERY", None),
    ("select id from Leads where Owner like '%a%'", "INVALID_QUERY", None),
    ("select id from Leads where Last_Name not like 'a%'", "INVALID_QUERY", None),
    (
        "select id from Leads where Description like '%a%'",
        "INVALID_QUERY",
        {"column_name": "Description", "clause": "where"},
    ),
    (
        "select id from Leads where Last_Name != ${EMPTY}",
        "INVALID_QUERY",
        {"cv_criteria": False, "column_name": "Last_Name", "value": "${EMPTY}", "operator": "!="},
    ),
    ("select Email, Email from Leads where id is not null", "DUPLICATE_DATA", {"column_name": "Email"}),
    (
        "select COUNT(id), count(id) from Leads where id is not null",
        "DUPLICATE_DATA",
        {"column_name": "id", "aggregate": "COUNT"},
    ),
    ("select id from Contacts where id is not null order by id,id", "DUPLICATE_DATA", {"column_name": "id"}),
    (
        "select Email as 'a', Phone as 'a' from Leads where id is not null",
        "DUPLICATE_ALIAS",
        {"referred_columns": ["Email", "Phone"], "alias": "a"},
    ),
    (
        "select Email as 'Last_Name', Last_Name from Leads where id is not null",
        "INVALID_QUERY",
        {"column_name": "Last_Name", "alias": "Last_Name"},
    ),
    (
        "select Email as '' from Leads where id is not null",
        "INVALID_ALIAS",
        {"column_name": "Email", "alias": ""},
    ),
    ("select id as 'x' from Leads where id is not null", "INVALID_QUERY", None),
    (
        "select F(Last_Name) from Leads where id is not null",
        "INVALID_DATA",
        {"reason": "unsupported aggregate function", "column": "F(Last_Name)"},
    ),
    ("select SUM(Last_Name) from Leads where id is not null", "INVALID_QUERY", None),
    (
        "select Last_Name, COUNT(id) from Leads where id is not null",
        "INVALID_QUERY",
        {"column_name": "Last_Name"},
    ),
    ("select Last_Name from Leads where id is not null group by City", "INVALID_QUERY", None),
    (
        "select City, COUNT(id) from Leads where id is not null group by City order by Last_Name",
        "INVALID_QUERY",
        None,
    ),
]


@pytest.mark.evidence("emulator_coql.nulls-in-order")
async def test_empty_values_come_first_ascending_and_last_descending(rows):
    query = "select Lead_Status from Leads where id is not null order by Lead_Status"
    ascending = [row["Lead_Status"] for row in await rows(query)]
    assert ascending[0] is None
    assert None not in ascending[1:]
    assert [row["Lead_Status"] for row in await rows(f"{query} desc")] == ascending[::-1]


@pytest.mark.evidence("emulator_coql.angle-brackets")
async def test_angle_brackets_mean_not_equal(rows):
    asked = "select Last_Name from Leads where Last_Name {} 'Smith'"
    assert await rows(asked.format("<>")) == await rows(asked.format("!=")) != []


@pytest.mark.evidence("emulator_coql.group-without-aggregate")
async def test_a_grouping_without_an_aggregate_gives_each_combination_once(rows):
    grouped = await rows("select Stage from Deals where id is not null group by Stage order by Stage")
    assert grouped == [{"Stage": "Closed Won"}, {"Stage": "Qualification"}]


@pytest.mark.evidence("emulator_coql.count-of-text")
async def test_count_of_a_text_column_leaves_empty_ones_out(rows):
    (row,) = await rows("select COUNT(Last_Name), COUNT(Phone), COUNT(id) from Leads where id is not null")
    assert row == {"COUNT(Last_Name)": 4, "COUNT(Phone)": 2, "COUNT(id)": 4}


@pytest.mark.evidence("emulator_coql.refusals")
@pytest.mark.parametrize(("query", "code", "details"), REFUSED)
async def test_a_wrong_query_gets_zohos_code_and_details(api, refused, query, code, details):
    reply = await api.coql(query)
    if code is None:
        assert reply.status_code == 400
        return
    found = refused(reply, code)
    assert details is None or found == details


@pytest.mark.evidence("emulator_coql.refusals")
async def test_a_missing_query_is_named(api, refused):
    for body in ({}, {"select_query": ""}, {"select_query": None}):
        reply = await api.call("POST", "/coql", json=body)
        details = refused(reply, "MANDATORY_NOT_FOUND")
        assert details["api_name"] == "select_query"
        assert reply.json()["message"] == "mandatory key not found"


@pytest.mark.evidence("emulator_coql.counts")
async def test_how_much_a_query_may_hold(api, refused):
    fields = list(api.emulator.store.modules["Leads"].fields)[:51]
    pairs = "Last_Name = 'a'"
    for _ in range(25):
        pairs = f"({pairs}) and Last_Name = 'a'"
    values = ", ".join(f"'{number}'" for number in range(101))
    too_many = {
        f"select {', '.join(fields)} from Leads where id is not null": 50,
        f"select id from Leads where {pairs}": 25,
        f"select id from Leads where Last_Name in ({values})": 100,
        f"select id from Leads where id is not null order by {', '.join(fields[:11])}": 10,
        "select COUNT(id) from Leads where id is not null group by City, State, Country, Street, Company": 4,
        "select COUNT(id), COUNT(City), COUNT(State), COUNT(Fax), COUNT(Email), COUNT(Phone) from Leads where id is not null": 5,
    }
    for query, limit in too_many.items():
        assert refused(await api.coql(query), "LIMIT_EXCEEDED") == {"limit": limit}, query


@pytest.mark.evidence("emulator_coql.scopes")
async def test_the_base_module_and_include_meta_need_their_own_scopes(api, refused):
    scopes = ["ZohoCRM.coql.READ", "ZohoCRM.modules.deals.READ"]
    grant = (await api.http.post("/__emulator__/grants", json={"scopes": scopes})).json()
    headers = {"Authorization": f"Zoho-oauthtoken {grant['access_token']}"}

    async def ask(module, **beside):
        body = {"select_query": f"select id from {module} where id is not null", **beside}
        return await api.call("POST", "/coql", json=body, headers=headers)

    assert (await ask("Deals")).status_code == 200
    refused(await ask("Leads"), "OAUTH_SCOPE_MISMATCH", 401)
    refused(await ask("Deals", include_meta=["fields"]), "OAUTH_SCOPE_MISMATCH", 401)


WORDS = (
    "select from Leads Deals where and or not in like between is null group by order limit offset ( ) , = != > '' 'x'"
    " id Last_Name Owner.last_name Amount What_Id->Deals.Stage COUNT(id) 1 2.5 ${EMPTY} as * #1 Description Tag"
).split()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(WORDS), max_size=14), st.booleans())
async def test_any_query_is_answered_or_refused_and_never_fails(api, words, whole):
    query = " ".join(words)
    if whole:
        query = f"select id from Leads where Last_Name {query}"
    reply = await api.coql(query)
    assert reply.status_code in (200, 204, 400), (query, reply.text)
