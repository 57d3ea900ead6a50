"""Many rows checked at once, on the emulator: what becomes ready, and what is said of what does not."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from datetime import date, datetime
from decimal import Decimal

import pytest

from zcrm_tools.crm import checking
from zcrm_tools.crm.checking import Checker
from zcrm_tools.crm.coql import prepare
from zcrm_tools.crm.org import Org
from zcrm_tools.emulator import pipelines
from zcrm_tools.emulator.customize import create_field
from zcrm_tools.errors import InvalidInput, QueryRefused
from zcrm_tools.http.inprocess import InProcess
from zcrm_tools.http.line import Line
from zcrm_tools.http.patience import Patience
from zcrm_tools.http.session import Session
from zcrm_tools.metadata.catalogue import Catalogue
from zcrm_tools.models.grant import Profile
from zcrm_tools.testing import ZohoOrg


class Fixed:
    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        return self._token

    async def renew(self, refused: str) -> str:
        raise AssertionError(refused)


def open_org(zoho: ZohoOrg, *granted: str) -> Org:
    token = zoho.grant(*granted).access_token if granted else zoho.credentials.access_token
    line = Line(Patience(wall=zoho.emulator.clock.now))
    session = Session("http://localhost", Fixed(token), transport=InProcess(zoho.app), line=line)
    profile = Profile(
        name="test", kind="emulator", accounts_url="http://localhost", api_url="http://localhost"
    )
    return Org(profile, session, Catalogue(session))


@pytest.fixture
async def org(zoho_org: ZohoOrg) -> AsyncIterator[Org]:
    opened = open_org(zoho_org)
    yield opened
    await opened.session.aclose()


async def problems(org: Org, module: str, *rows: dict[str, object], creating: bool = True):
    found = await Checker(org, module, creating=creating).check(rows)
    return [(p.code, p.field, p.where) for one in found for p in one.problems]


def add_field(zoho: ZohoOrg, module: str, label: str, **more: object) -> None:
    row = {"field_label": label, "data_type": "text", "length": 20, **more}
    create_field(zoho.emulator.store, module, row, "$")


# --- what becomes ready


async def test_values_come_out_as_zoho_takes_them(org: Org):
    (row,) = await checking.checked(
        org,
        "Deals",
        [
            {
                "Deal Name": "Cold store",
                "close_date": date(2027, 1, 31),
                "Stage": "Identify Decision Makers",
                "amount": "$1,200.50",
                "Probability": "40",
                "description": None,
                "Tag": ["Hot", {"name": "Fair"}],
            }
        ],
        creating=True,
    )
    assert dict(row.values) == {
        "Deal_Name": "Cold store",
        "Closing_Date": "2027-01-31",
        "Stage": "Id. Decision Makers",
        "Amount": 1200.5,
        "Probability": 40,
        "Description": None,
        "Tag": [{"name": "Hot"}, {"name": "Fair"}],
    }


async def test_what_is_ready_is_what_the_org_takes(org: Org, zoho_org: ZohoOrg):
    """The checked values go through without a word, and are stored as they were meant."""
    from zcrm_tools.crm import raw

    user = (await org.catalogue.me()).full_name
    zoho_org.seed("Accounts", [{"Account_Name": "Solo Ltd"}])
    rows = await checking.checked(
        org,
        "Contacts",
        [
            {"last_name": "Reyes", "account": "solo ltd", "owner": user, "Email_Opt_Out": "yes"},
            {"last_name": "Okafor", "Date_of_Birth": "1990-02-03", "phone": 5550100, "Owner": {"name": "me"}},
            {"last_name": "Ito", "Account_Name": {"name": "Solo Ltd"}},
        ],
        creating=True,
    )
    outcomes = await raw.create(org, "Contacts", [row.values for row in rows])
    assert [o.status for o in outcomes] == ["done", "done", "done"], outcomes
    first = zoho_org.record("Contacts", outcomes[0].id)
    assert first is not None
    assert first["Email_Opt_Out"] == 1
    assert zoho_org.record("Accounts", first["Account_Name"])["Account_Name"] == "Solo Ltd"  # type: ignore[index]


async def test_a_local_time_gets_the_offset_of_the_org(org: Org):
    event = {"Event_Title": "Visit", "End_DateTime": "2026-11-24T16:00:00+01:00"}
    rows = await checking.checked(
        org,
        "Events",
        [
            {**event, "Start_DateTime": "2026-11-24 15:00"},
            {**event, "Start_DateTime": datetime(2026, 7, 1, 9, 30)},  # noqa: DTZ001 — without a zone on purpose
        ],
        creating=True,
    )
    assert [row.values["Start_DateTime"] for row in rows] == [
        "2026-11-24T15:00:00-05:00",
        "2026-07-01T09:30:00-04:00",
    ]
    assert rows[0].values["End_DateTime"] == "2026-11-24T16:00:00+01:00"


async def test_zoho_is_asked_for_no_more_than_the_rows_need(org: Org, zoho_org: ZohoOrg):
    await org.catalogue.fields("Leads")
    await org.catalogue.layouts("Leads")
    before = len(zoho_org.requests())
    await Checker(org, "Leads", creating=True).check([{"last_name": "A", "company": "B"}] * 50)
    assert len(zoho_org.requests()) == before


# --- lookups by name


async def test_many_names_are_looked_up_in_one_call_and_remembered(org: Org, zoho_org: ZohoOrg):
    made = zoho_org.seed("Accounts", [{"Account_Name": f"Firm {n}"} for n in range(40)])
    checker = Checker(org, "Contacts", creating=True)
    rows = [{"last_name": f"L{n}", "Account_Name": f"Firm {n}"} for n in range(40)]
    found = await checker.check(rows)
    assert [row.values["Account_Name"] for row in found] == [{"id": str(i)} for i in made]
    queries = [r for r in zoho_org.requests() if r["path"].endswith("/coql")]
    assert len(queries) == 1
    await checker.check(rows)
    assert len([r for r in zoho_org.requests() if r["path"].endswith("/coql")]) == 1


async def test_a_name_that_several_have_lists_them_and_hides_no_other_problem(org: Org, zoho_org: ZohoOrg):
    made = zoho_org.seed("Accounts", [{"Account_Name": "Twin"}, {"Account_Name": "Twin"}])
    checker = Checker(org, "Contacts", creating=True)
    row, good = await checker.check(
        [{"Account_Name": "twin", "Email": "no mail"}, {"last_name": "X", "Account_Name": str(made[0])}]
    )
    assert [(p.code, p.field, p.where) for p in row.problems] == [
        ("AMBIGUOUS_LOOKUP", "Account_Name", "row 0"),
        ("INVALID_DATA", "Email", "row 0"),
        ("MANDATORY_NOT_FOUND", "Last_Name", "row 0"),
    ]
    assert set(row.problems[0].allowed) == set(map(str, made))
    assert not good.problems


async def test_a_person_is_found_by_mail_and_names_with_signs_are_no_syntax(org: Org, zoho_org: ZohoOrg):
    (contact,) = zoho_org.seed(
        "Contacts", [{"Last_Name": "Ito", "Full_Name": "Ito", "Email": "ito@quay.example"}]
    )
    (account,) = zoho_org.seed("Accounts", [{"Account_Name": 'O\'Brien & "Sons" (\\)'}])
    (row,) = await checking.checked(
        org,
        "Deals",
        [
            {
                "deal_name": "D",
                "stage": "Qualification",
                "Contact_Name": "ITO@quay.example",
                "Account_Name": 'O\'Brien & "Sons" (\\)',
            }
        ],
        creating=True,
    )
    assert row.values["Contact_Name"] == {"id": str(contact)}
    assert row.values["Account_Name"] == {"id": str(account)}


async def test_what_a_task_is_about_is_found_by_name_in_its_module(org: Org, zoho_org: ZohoOrg):
    (account,) = zoho_org.seed("Accounts", [{"Account_Name": "Solo Ltd"}])
    (row,) = await checking.checked(
        org, "Tasks", [{"Subject": "Ring", "What_Id": "Solo Ltd", "$se_module": "Accounts"}], creating=True
    )
    assert row.values["What_Id"] == {"id": str(account)}
    assert row.values["$se_module"] == "Accounts"


async def test_an_owner_nobody_knows_and_one_that_is_two(org: Org, zoho_org: ZohoOrg):
    users = list((await org.catalogue.users()).values())
    zoho_org.emulator.store.update("Users", int(users[1].id), {"full_name": users[2].full_name})
    org.catalogue.forget()
    found = await problems(
        org,
        "Leads",
        {"last_name": "A", "Owner": "Nobody Known"},
        {"last_name": "B", "Owner": users[2].full_name},
        {"last_name": "C", "Owner": users[0].email},
    )
    assert found == [("UNKNOWN_USER", "Owner", "row 0"), ("AMBIGUOUS_USER", "Owner", "row 1")]


async def test_a_sign_in_that_may_not_look_names_up_is_told_so_by_row(zoho_org: ZohoOrg):
    org = open_org(zoho_org, "ZohoCRM.settings.fields.READ", "ZohoCRM.modules.contacts.ALL")
    found = await Checker(org, "Contacts", creating=True).check([{"last_name": "A", "Account_Name": "Solo"}])
    (problem,) = found[0].problems
    assert problem.field == "Account_Name"
    assert "could not be looked up by name" in problem.message
    assert problem.fix_by == "person"
    await org.session.aclose()


# --- stages, layouts, subforms


async def test_a_stage_belongs_to_its_pipeline(org: Org, zoho_org: ZohoOrg):
    store = zoho_org.emulator.store
    ids = {choice.actual: choice.id for choice in store.modules["Deals"].fields["Stage"].picklist}
    short = [ids[name] for name in ("Qualification", "Closed Won")]
    kept = {"id": "554023000000319001", "display_value": "Short", "default": False, "stages": short}
    pipelines.keep(store, kept)
    deal = {"deal_name": "D", "close_date": "2027-01-01"}
    fine = [
        {**deal, "stage": "Qualification", "Pipeline": "Short"},
        {**deal, "stage": "Needs Analysis"},
    ]
    assert await problems(org, "Deals", *fine) == []
    wrong = [{**deal, "stage": "Needs Analysis", "Pipeline": "Short"}]
    found = (await Checker(org, "Deals", creating=True).check(wrong))[0].problems
    assert [(p.code, p.field) for p in found] == [("STAGE_NOT_IN_PIPELINE", "Stage")]
    assert found[0].allowed == ("Qualification", "Closed Won")
    changed = Checker(org, "Deals", creating=False)
    (one,) = await changed.check([{"stage": "Needs Analysis"}], before=[{"Pipeline": "Short"}])
    assert [p.code for p in one.problems] == ["STAGE_NOT_IN_PIPELINE"]
    (two,) = await changed.check([{"stage": "Needs Analysis"}])
    assert not two.problems


@pytest.mark.evidence("custom-fields.mandatory")
async def test_what_a_layout_makes_mandatory_is_insisted_on_where_the_record_names_it(org: Org):
    (one,) = await Checker(org, "Leads", creating=True).check([{"last_name": "A"}])
    assert not one.problems
    assert [(w.code, w.field) for w in one.warnings] == [("MANDATORY_IN_LAYOUT", "Company")]
    (two,) = await Checker(org, "Leads", creating=True).check([{"last_name": "A", "Layout": "Standard"}])
    assert [(p.code, p.field) for p in two.problems] == [("MANDATORY_NOT_FOUND", "Company")]
    assert two.values["Layout"] == {"id": (await org.catalogue.layouts("Leads"))[0].id}
    (three,) = await Checker(org, "Leads", creating=True).check([{"last_name": "A", "Layout": "Nonesuch"}])
    assert [(p.code, p.allowed) for p in three.problems if p.field == "Layout"] == [
        ("INVALID_DATA", ("Standard",))
    ]


async def test_without_layouts_to_read_writing_goes_on(zoho_org: ZohoOrg):
    org = open_org(zoho_org, "ZohoCRM.settings.fields.READ", "ZohoCRM.modules.leads.ALL")
    assert await problems(org, "Leads", {"last_name": "A"}) == []
    await org.session.aclose()


async def test_rows_of_a_subform_are_checked_too(org: Org, zoho_org: ZohoOrg):
    add_field(zoho_org, "Leads", "Visits", data_type="subform")
    add_field(zoho_org, "Visits", "Place", length=20, system_mandatory=True)
    add_field(zoho_org, "Visits", "Cost", data_type="currency", length=16)
    add_field(zoho_org, "Visits", "Left", data_type="datetime")
    rows = [
        {"Place": "Quay", "cost": "1,20,000.00", "Left": "2026-11-24 15:00"},
        {"Cost": "much", "Plaice": 1},
        {"id": "554023000000999001", "_delete": None},
        {"id": "554023000000999002", "Cost": 3},
        {"Cost": 4},
    ]
    (row,) = await Checker(org, "Leads", creating=True).check([{"last_name": "A", "Visits": rows}])
    assert {(p.code, p.field, p.where) for p in row.problems} == {
        ("INVALID_DATA", "Cost", "Visits[1]"),
        ("UNKNOWN_FIELD", "Plaice", "Visits[1]"),
        ("MANDATORY_NOT_FOUND", "Place", "Visits[1]"),
        ("MANDATORY_NOT_FOUND", "Place", "Visits[4]"),
    }
    sent = row.values["Visits"]
    assert sent[0] == {"Place": "Quay", "Cost": 120000, "Left": "2026-11-24T15:00:00-05:00"}
    assert sent[2:4] == rows[2:4]


async def test_two_rows_cannot_have_one_unique_value(org: Org, zoho_org: ZohoOrg):
    add_field(zoho_org, "Leads", "Ticket", unique={"case_sensitive": False})
    found = await problems(
        org,
        "Leads",
        {"last_name": "A", "Ticket": "x1"},
        {"last_name": "B", "Ticket": "X1"},
        {"last_name": "C"},
    )
    assert found == [("DUPLICATE_IN_ROWS", "Ticket", "row 1")]


# --- metadata that was true a while ago


async def test_a_field_made_since_is_found_by_looking_again_once(org: Org, zoho_org: ZohoOrg):
    await org.catalogue.fields("Leads")
    add_field(zoho_org, "Leads", "Shoe Size")
    zoho_org.advance(minutes=1)
    (row,) = await checking.checked(org, "Leads", [{"last_name": "A", "shoe size": "44"}], creating=True)
    assert row.values["Shoe_Size"] == "44"
    asked = sum(r["path"].endswith("/fields") for r in zoho_org.requests())
    for _ in range(3):
        with pytest.raises(InvalidInput):
            await checking.checked(org, "Leads", [{"last_name": "A", "shoo": "44"}], creating=True)
    assert sum(r["path"].endswith("/fields") for r in zoho_org.requests()) == asked


async def test_a_query_for_a_field_made_since_goes_through(org: Org, zoho_org: ZohoOrg):
    query = "select Shoe_Size from Leads where Shoe_Size = '44'"
    with pytest.raises(QueryRefused):
        await prepare(org, query)
    add_field(zoho_org, "Leads", "Shoe Size")
    zoho_org.advance(minutes=1)
    assert "Shoe_Size" in (await prepare(org, query)).text


async def test_a_colleague_who_joined_since_is_found(org: Org, zoho_org: ZohoOrg):
    users = await org.catalogue.users()
    someone = next(iter(users))
    zoho_org.emulator.store.update("Users", int(someone), {"full_name": "Zuzana Nová"})
    zoho_org.advance(minutes=1)
    (row,) = await checking.checked(org, "Leads", [{"last_name": "A", "Owner": "zuzana nová"}], creating=True)
    assert row.values["Owner"] == {"id": someone}
    asked = sum(r["path"].endswith("/users") for r in zoho_org.requests())
    for _ in range(3):
        with pytest.raises(InvalidInput):
            await checking.checked(org, "Leads", [{"last_name": "A", "Owner": "Nobody"}], creating=True)
    assert sum(r["path"].endswith("/users") for r in zoho_org.requests()) == asked


async def test_a_stage_made_since_is_found_by_the_action_too(org: Org, zoho_org: ZohoOrg):
    from zcrm_tools.actions.action import Call
    from zcrm_tools.actions.catalogue.update_deal_stage import UpdateDealStage, propose
    from zcrm_tools.safety.gate import Gate
    from zcrm_tools.safety.policy import Policy
    from zcrm_tools.state.sqlite import SqliteState

    state = SqliteState(None)
    call = Call(org, Gate(org, state, Policy(write=True)), "update_deal_stage")
    await org.catalogue.pipelines()
    store = zoho_org.emulator.store
    field = store.modules["Deals"].fields["Stage"]
    renamed = dataclasses.replace(field.picklist[1], display="Sniffing Around")
    store.change_field(
        "Deals", dataclasses.replace(field, picklist=(field.picklist[0], renamed, *field.picklist[2:]))
    )
    zoho_org.advance(minutes=1)
    (deal,) = zoho_org.seed("Deals", [{"Deal_Name": "Cold store 7", "Stage": "Qualification"}])
    proposed = await propose(call, UpdateDealStage(deal="Cold store 7", stage="Sniffing Around"))
    assert [(w.id, w.values["Stage"]) for w in proposed.writes] == [(str(deal), renamed.actual)]  # type: ignore[union-attr]
    state.close()


async def test_exact_numbers_stay_exact(org: Org):
    (row,) = await checking.checked(
        org,
        "Deals",
        [{"deal_name": "D", "stage": "Qualification", "Amount": Decimal(12345678901234)}],
        creating=True,
    )
    assert row.values["Amount"] == 12345678901234
