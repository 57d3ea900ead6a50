"""What holds for every demo org, whatever its number: fields, ids, times, amounts and links."""

import hashlib
import os
import pickle
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from zcrm_tools.emulator import inventory
from zcrm_tools.emulator.schema import FIRST_RECORD_ID, LINE_ITEMS, standard_modules
from zcrm_tools.emulator.seed import demo_org
from zcrm_tools.emulator.store import Store

NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
MODULES = standard_modules()
CASES = [(number, NOW) for number in range(1, 21)] + [
    (21, datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC)),  # a Sunday night
    (22, datetime(2027, 1, 1, 0, 0, 1, tzinfo=UTC)),
    (23, datetime(2028, 2, 29, 12, 0, tzinfo=UTC)),
    (24, datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # clocks change in Europe
]
STAGES = {c.actual: c for c in MODULES["Deals"].fields["Stage"].picklist}


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}-{case[1]:%Y-%m-%d}")
def case(request):
    return request.param


@pytest.fixture(scope="module")
def now(case):
    return case[1]


@pytest.fixture(scope="module")
def org(case):
    return demo_org(case[0], scale=1, now=case[1])


@pytest.fixture(scope="module")
def by_id(org):
    return {(module, row["id"]): row for module, rows in org.rows.items() for row in rows}


def links(org):
    for module, rows in org.rows.items():
        for row in rows:
            for name, field in MODULES[module].fields.items():
                value = row.get(name)
                if value is None:
                    continue
                if field.kind == "any_lookup":
                    yield module, row, name, value[0], value[1]
                elif field.kind == "lookup":
                    yield module, row, name, field.lookup_module, value


def test_there_are_about_two_thousand_records_and_scale_multiplies_them(org):
    records = [len(rows) for module, rows in org.rows.items() if MODULES[module].generated_type == "default"]
    assert 2_050 <= sum(records) <= 2_200


def test_scale_multiplies_the_records_people_make():
    small, large = (demo_org(1, scale=scale, now=NOW).rows for scale in (1, 3))
    for module in ("Leads", "Accounts", "Contacts", "Deals", "Tasks", "Events", "Calls", "Notes", "Cases"):
        assert len(large[module]) == 3 * len(small[module])


def test_ids_have_18_digits_are_unique_and_lie_above_the_metadata(org):
    ids = [row["id"] for rows in (*org.rows.values(), org.users, org.roles, org.profiles) for row in rows]
    assert len(set(ids)) == len(ids)
    assert all(len(str(i)) == 18 for i in ids)
    assert min(row["id"] for rows in (*org.rows.values(), org.users) for row in rows) >= FIRST_RECORD_ID


def test_ids_grow_with_the_time_of_creation(org):
    for rows in org.rows.values():
        by_age = sorted(rows, key=lambda row: row["Created_Time"])
        assert [row["id"] for row in by_age] == sorted(row["id"] for row in rows)


def test_every_value_fits_its_field(org):
    native = {
        "integer": int, "number": float, "boolean": bool, "datetime": datetime, "date": str, "text": str, "lookup": int,
        "user": int, "any_lookup": tuple, "choices": list, "json": (list, dict),
    }  # fmt: skip
    for module, rows in org.rows.items():
        fields = MODULES[module].fields
        for row in rows:
            for name, value in row.items():
                field = fields[name]  # a KeyError here is a field the org does not have
                if value is None:
                    continue
                assert isinstance(value, native[field.kind]), (module, name, value)
                if field.kind == "text":
                    assert value, (module, name)
                    assert len(value) <= field.length, (module, name, value)
                if field.kind == "date":
                    date.fromisoformat(value)
                if field.kind == "datetime":
                    assert value.utcoffset() == timedelta(0)
                    assert value.microsecond == 0
                if field.kind == "number":
                    assert value == round(value, 2)


def test_every_mandatory_field_is_filled(org):
    for module, rows in org.rows.items():
        for name, field in MODULES[module].fields.items():
            if field.mandatory and field.stored:
                assert all(row.get(name) is not None for row in rows), (module, name)
            elif field.mandatory:
                filled = {line["Parent_Id"] for line in org.rows[name]}
                assert filled == {row["id"] for row in rows}, (module, name)


def test_every_choice_is_one_the_field_lists(org):
    for module, rows in org.rows.items():
        for name, field in MODULES[module].fields.items():
            allowed = {choice.actual for choice in field.picklist} - {"-None-"}
            if allowed:  # Reason_For_Loss__s has no public list of values; the org uses its own
                assert {row[name] for row in rows if row.get(name) is not None} <= allowed, (module, name)


def test_unique_fields_are_unique(org):
    for module, rows in org.rows.items():
        for name, field in MODULES[module].fields.items():
            if field.unique:
                values = [row[name].lower() for row in rows if row.get(name)]
                assert len(values) == len(set(values)), (module, name)


def test_every_link_points_at_a_real_record_of_an_allowed_module(org, by_id):
    seen = Counter()
    for module, _, name, target, target_id in links(org):
        assert (target, target_id) in by_id, (module, name)
        allowed = MODULES[module].fields[name].targets
        assert not allowed or target in allowed
        seen[module, name] += 1
    for expected in (
        ("Deals", "Account_Name"),
        ("Tasks", "What_Id"),
        ("Calls", "Who_Id"),
        ("Notes", "Parent_Id"),
    ):
        assert seen[expected] > 50


def test_every_owner_and_author_is_a_user(org):
    users = {user["id"] for user in org.users}
    for module, rows in org.rows.items():
        if MODULES[module].generated_type == "default":
            for row in rows:
                assert {row["Owner"], row["Created_By"], row["Modified_By"]} <= users


def test_created_is_never_after_modified_nor_modified_after_now(org, now):
    for module, rows in org.rows.items():
        for row in rows:
            assert row["Created_Time"] <= row["Modified_Time"] <= now, (module, row)
            assert (
                row["Created_Time"]
                <= row.get("Last_Activity_Time", row["Created_Time"])
                <= row["Modified_Time"]
            ), (module, row)


def test_a_record_is_never_older_than_what_it_belongs_to(org, by_id):
    for module, row, name, target, target_id in links(org):
        if name in ("Converted_Account", "Converted_Contact", "Converted_Deal"):
            assert by_id[target, target_id]["Created_Time"] >= row["Created_Time"]
        elif name != "Campaign_Source":
            assert row["Created_Time"] >= by_id[target, target_id]["Created_Time"], (module, name, row)


def test_activities_are_with_people_of_the_account_they_are_about(org, by_id):
    for module in ("Tasks", "Events", "Calls"):
        for row in org.rows[module]:
            target, target_id = row["What_Id"]
            if target == "Leads":
                assert row.get("Who_Id") is None
                continue
            record = by_id[target, target_id]
            account = target_id if target == "Accounts" else record["Account_Name"]
            assert by_id["Contacts", row["Who_Id"]]["Account_Name"] == account


def test_probability_and_expected_revenue_follow_the_stage(org):
    for deal in org.rows["Deals"]:
        assert deal["Probability"] == STAGES[deal["Stage"]].probability
        if deal.get("Amount") is None:
            assert deal.get("Expected_Revenue") is None
        else:
            assert deal["Expected_Revenue"] == pytest.approx(deal["Amount"] * deal["Probability"] / 100)


def test_closed_deals_closed_in_the_past_and_open_ones_are_mostly_due_in_the_future(org, now):
    today = now.date()
    late = open_deals = 0
    for deal in org.rows["Deals"]:
        closing = date.fromisoformat(deal["Closing_Date"])
        assert closing >= deal["Created_Time"].date()
        if STAGES[deal["Stage"]].forecast_type == "Open":
            open_deals += 1
            late += closing < today
        else:
            assert closing <= today
            assert closing <= deal["Modified_Time"].date()
    assert 60 <= open_deals <= 260
    assert 1 <= late <= open_deals * 0.25


def test_lost_deals_say_why_and_no_other_deal_does(org):
    for deal in org.rows["Deals"]:
        lost = STAGES[deal["Stage"]].forecast_type == "Closed Lost"
        assert bool(deal.get("Reason_For_Loss__s")) == lost


def test_deals_stand_in_every_stage_so_that_one_can_be_moved(org):
    assert {deal["Stage"] for deal in org.rows["Deals"]} == set(STAGES)


def test_amounts_are_round_and_of_every_size(org):
    amounts = sorted(deal["Amount"] for deal in org.rows["Deals"] if deal.get("Amount"))
    assert len(amounts) > 250
    assert all(amount % 10 == 0 and len(f"{amount:.0f}".rstrip("0")) <= 3 for amount in amounts)
    assert amounts[len(amounts) * 9 // 10] > 5 * amounts[len(amounts) // 10]


def test_existing_business_is_sold_only_to_somebody_who_bought_before(org):
    for deal in org.rows["Deals"]:
        if deal["Type"] == "Existing Business":
            assert any(
                other["Stage"] == "Closed Won"
                and other["Closing_Date"] <= deal["Created_Time"].date().isoformat()
                for other in org.rows["Deals"]
                if other["Account_Name"] == deal["Account_Name"]
            )


def test_a_deal_belongs_to_a_person_of_its_account_and_mostly_to_the_accounts_owner(org, by_id):
    same = 0
    for deal in org.rows["Deals"]:
        assert by_id["Contacts", deal["Contact_Name"]]["Account_Name"] == deal["Account_Name"]
        same += deal["Owner"] == by_id["Accounts", deal["Account_Name"]]["Owner"]
    assert same > 0.85 * len(org.rows["Deals"])


def test_several_accounts_have_several_contacts(org):
    people = Counter(contact["Account_Name"] for contact in org.rows["Contacts"])
    assert len(people) == len(org.rows["Accounts"])
    assert sum(number >= 3 for number in people.values()) > 30


def test_every_lead_status_and_the_guides_sources_are_present(org):
    listed = {choice.actual for choice in MODULES["Leads"].fields["Lead_Status"].picklist} - {"-None-"}
    assert {lead["Lead_Status"] for lead in org.rows["Leads"]} == listed
    assert {"Website", "Web Form"} <= {lead["Lead_Source"] for lead in org.rows["Leads"]}


def test_converted_leads_point_at_what_they_became(org, by_id):
    converted = [lead for lead in org.rows["Leads"] if lead.get("Converted__s")]
    assert len(converted) >= 20
    for lead in converted:
        contact = by_id["Contacts", lead["Converted_Contact"]]
        deal = by_id["Deals", lead["Converted_Deal"]]
        assert contact["Account_Name"] == deal["Account_Name"] == lead["Converted_Account"]
        assert contact["Full_Name"] == lead["Full_Name"]
        assert deal["Lead_Source"] == lead["Lead_Source"]
        assert lead["Created_Time"] <= lead["Converted_Date_Time"] == deal["Created_Time"]


def test_what_is_done_is_past_and_what_is_coming_is_open(org, now):
    today = now.date() + timedelta(days=1)  # it may be tomorrow already in the owner's time zone
    for task in org.rows["Tasks"]:
        closed = task.get("Closed_Time")
        assert (task["Status"] == "Completed") == (closed is not None)
        assert closed is None or task["Created_Time"] <= closed <= now
        assert date.fromisoformat(task["Due_Date"]) >= task["Created_Time"].date() - timedelta(days=1)
    overdue = [t for t in org.rows["Tasks"] if t["Status"] != "Completed" and t["Due_Date"] < str(now.date())]
    coming = [t for t in org.rows["Tasks"] if t["Due_Date"] > str(today)]
    assert 1 <= len(overdue) < len(coming)
    for call in org.rows["Calls"]:
        over = call["Call_Start_Time"] < now
        assert call.get("Outgoing_Call_Status") != "Scheduled" or not over
        assert call.get("Outgoing_Call_Status") not in ("Completed", "Overdue") or over
        assert over or call["Call_Type"] == "Outbound"
    for event in org.rows["Events"]:
        assert event["Created_Time"] <= event["Start_DateTime"] < event["End_DateTime"]
    assert {event["Start_DateTime"] > now for event in org.rows["Events"]} == {True, False}


def test_closed_cases_have_a_solution_and_belong_to_customers_who_bought(org):
    buyers = {deal["Account_Name"] for deal in org.rows["Deals"] if deal["Stage"] == "Closed Won"}
    for case in org.rows["Cases"]:
        assert (case["Status"] == "Closed") == bool(case.get("Solution"))
        assert case["Account_Name"] in buyers


def test_colleagues_have_roles_bosses_and_time_zones(org):
    users = {user["id"]: user for user in org.users}
    roles = {role["id"]: role for role in org.roles}
    profiles = {profile["id"] for profile in org.profiles}
    assert len({user["email"] for user in org.users}) == len(org.users)
    assert len({user["time_zone"] for user in org.users}) >= 4
    tops = [user for user in org.users if user["Reporting_To"] is None]
    assert [roles[user["role"]]["name"] for user in tops] == ["CEO"]
    for user in org.users:
        assert user["profile"] in profiles
        above = roles[user["role"]]["reporting_to"]
        if user["Reporting_To"] is not None:
            assert users[user["Reporting_To"]]["role"] == above
    assert all(role["reporting_to"] in roles for role in org.roles if role["name"] != "CEO")


def test_the_org_has_one_home_currency(org):
    assert org.org["iso_code"] in org.org["currency"]
    assert org.org["currency_symbol"]
    assert org.org["type"] == "production"


def test_a_quote_comes_to_its_deals_amount_before_tax_and_orders_go_from_quote_to_invoice(org, by_id):
    for quote in org.rows["Quotes"]:
        deal = by_id["Deals", quote["Deal_Name"]]
        assert round(quote["Grand_Total"] - quote["Tax"], 2) == deal["Amount"]
        assert quote["Account_Name"] == deal["Account_Name"]
    for order in org.rows["Sales_Orders"]:
        quote = by_id["Quotes", order["Quote_Name"]]
        assert (quote["Quote_Stage"], quote["Grand_Total"]) == ("Closed Won", order["Grand_Total"])
    delivered = {order["id"] for order in org.rows["Sales_Orders"] if order["Status"] == "Delivered"}
    assert {invoice["Sales_Order"] for invoice in org.rows["Invoices"]} == delivered


def test_products_are_in_demand_and_ordered_as_far_as_open_orders_say(org, by_id):
    for module, items, column in (
        ("Sales_Orders", "Ordered_Items", "Qty_in_Demand"),
        ("Purchase_Orders", "Purchase_Items", "Qty_Ordered"),
    ):
        open_ = {row["id"] for row in org.rows[module] if row["Status"] in ("Created", "Approved")}
        waiting = Counter()
        for line in org.rows[items]:
            if line["Parent_Id"] in open_:
                waiting[line["Product_Name"]] += line["Quantity"]
        assert {p["id"]: p[column] for p in org.rows["Products"]} == {
            p["id"]: waiting[p["id"]] for p in org.rows["Products"]
        }


def loaded(org, now):
    class Clock:
        def now(self):
            return now

    store = Store(None, clock=Clock())
    store.load_org(org.org)
    store.load_roles(org.roles)
    store.load_profiles(org.profiles)
    store.load_users(org.users)
    for module, rows in org.rows.items():
        store.load(module, rows)
    return store


def test_orders_come_to_what_the_emulator_itself_makes_of_their_lines():
    org = demo_org(1, now=NOW)
    store = loaded(org, NOW)
    for module in LINE_ITEMS:
        for row in org.rows[module]:
            before = store.get(module, row["id"])
            inventory.settle(store, store.modules[module], row["id"], {}, "$")
            assert store.get(module, row["id"]) == before
    for items in LINE_ITEMS.values():
        for line in org.rows[items]:
            stored = store.get(items, line["id"])
            assert {name: stored[name] for name in ("Total", "Tax", "Net_Total", "Sequence_Number")} == {
                name: line[name] for name in ("Total", "Tax", "Net_Total", "Sequence_Number")
            }


def test_a_store_loads_it_and_continues_its_ids(org, now):
    store = loaded(org, now)
    for module, rows in org.rows.items():
        assert store.count(module) == len(rows)
    highest = max(row["id"] for rows in (*org.rows.values(), org.users) for row in rows)
    assert store.next_id() > highest
    deal = org.rows["Deals"][0]
    stored = store.get("Deals", deal["id"])
    store.close()
    assert stored is not None
    assert stored["Deal_Name"] == deal["Deal_Name"]
    assert stored["Created_Time"] == int(deal["Created_Time"].timestamp())


def digest(org):
    return hashlib.sha256(pickle.dumps(repr(org))).hexdigest()


def test_the_same_number_gives_the_same_org_whatever_the_hash_seed():
    code = (
        "import hashlib, pickle; from datetime import UTC, datetime; from zcrm_tools.emulator.seed import demo_org;"
        "org = demo_org(7, scale=1, now=datetime(2026, 11, 24, 10, 30, tzinfo=UTC));"
        "print(hashlib.sha256(pickle.dumps(repr(org))).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for seed in ("0", "1", "31337")
    }
    assert found == {digest(demo_org(7, scale=1, now=NOW))}


def test_another_number_gives_another_org():
    assert digest(demo_org(1, scale=1, now=NOW)) != digest(demo_org(2, scale=1, now=NOW))


def test_the_moment_may_be_given_in_any_time_zone():
    from zoneinfo import ZoneInfo

    assert digest(demo_org(3, scale=1, now=NOW.astimezone(ZoneInfo("Asia/Tokyo")))) == digest(
        demo_org(3, scale=1, now=NOW)
    )


def test_a_scale_below_one_is_refused():
    with pytest.raises(ValueError, match="scale"):
        demo_org(1, scale=0, now=NOW)


def test_importing_it_loads_nothing_heavy():
    code = (
        "import sys; import zcrm_tools.emulator.seed;"
        "print(sorted({'starlette', 'sqlite3', 'pydantic', 'httpx2', 'mcp', 'asyncio', 'email'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
