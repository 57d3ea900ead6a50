"""The demo org as a salesperson meets it: names, addresses, numbers, duplicates and notes."""

import re
import unicodedata
from collections import Counter, defaultdict
from datetime import UTC, datetime

import pytest

from zcrm_tools.emulator.seed import demo_org
from zcrm_tools.emulator.seed.names import NICKNAMES
from zcrm_tools.emulator.seed.people import unaccented

NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
NUMBERED = re.compile(
    r"\b(lead|contact|account|company|customer|deal|task|user|person|note|test)\s*[#_-]?\s*\d+", re.IGNORECASE
)
RESERVED = re.compile(r"@(example\.(com|org|net)|[a-z0-9-]+(\.[a-z0-9-]+)*\.example)$", re.IGNORECASE)


@pytest.fixture(scope="module", params=range(1, 21))
def org(request):
    return demo_org(request.param, scale=1, now=NOW)


def texts(org):
    for module, rows in org.rows.items():
        for row in rows:
            for name, value in row.items():
                if isinstance(value, str):
                    yield module, name, value


def script(text):
    return {unicodedata.name(c, "?").split()[0] for c in text if c.isalpha()}


def test_no_name_is_a_number_in_disguise(org):
    for module, name, value in texts(org):
        if name in (
            "First_Name",
            "Last_Name",
            "Account_Name",
            "Company",
            "Deal_Name",
            "Subject",
            "Event_Title",
        ):
            assert not NUMBERED.search(value), (module, name, value)
        if name in ("First_Name", "Last_Name", "Full_Name"):
            assert not any(c.isdigit() for c in value), value


def test_no_text_has_a_hole_or_a_leftover_of_its_template(org):
    for module, name, value in texts(org):
        if name == "Reminder":
            continue  # "None" is one of its choices
        assert not re.search(r"[{}\[\]|]|lorem|None\b|  |\bnan\b", value), (module, name, value)


def test_full_name_is_the_first_and_the_last(org):
    for module in ("Leads", "Contacts"):
        for row in org.rows[module]:
            parts = [row.get("First_Name"), row["Last_Name"]]
            assert row["Full_Name"] == " ".join(p for p in parts if p)


def test_addresses_are_on_reserved_domains_only(org):
    found = 0
    for module, name, value in texts(org):
        if name == "Email":
            assert RESERVED.search(value), (module, value)
            assert re.fullmatch(r"[A-Za-z0-9._'-]+@[A-Za-z0-9.-]+", value), value
            found += 1
        if name == "Website":
            assert re.fullmatch(r"(https://)?(www\.)?[a-z0-9.-]+\.example/?", value), value
    assert found > 500
    assert all(RESERVED.search(user["email"]) for user in org.users)


FICTION = re.compile(
    r"^(1?\d{3}55501\d\d"  # North America
    r"|(44)?0?(1134960|1144960|1154960|1164960|1174960|1214960|1314960|1414960|1514960|1614960|2079460|1914980"
    r"|2920180|2896496)\d{3}|(44)?0?1632960\d{3}|(44)?0?7700900\d{3}"  # Ofcom
    r"|(353)?0?2091\d{5}"  # ComReg
    r"|(49)?0?(3023125|4066969|6990009|8999998)\d{3}|(49)?0?2214710\d{3}|(49)?0?17139200\d\d"  # Bundesnetzagentur
    r"|(33)?0?(19900|26191|35301|46571|53649|63998)\d{4}"  # ARCEP
    r"|(46)?0?(8465004\d\d|3139006\d\d|4062804\d\d|7017406\d\d)"  # PTS
    r"|(61)?0?[2378](5550|7010)\d{4})"  # ACMA
)
UNDIALLABLE = re.compile(
    r"^((31)?0?(10|20|30|77|297)0\d{5,6}|340\d{9}|480?(22|58|61|42)0\d{6}|300(10|310)0\d{5,6}|3800\d\d0\d{6}"
    r"|971[246]0\d{6}|2540(20|41)0\d{6}|91(80|20|22|40|79|44)0\d{7}|(81)?0?(3|6|45|11)0\d{6,7}|820(2|51)0\d{6,7}"
    r"|650\d{7}|55(11|41|81)0\d{7}|520(81|33)0\d{7})"
)


def test_telephone_numbers_reach_nobody(org):
    for module, name, value in texts(org):
        if name not in ("Phone", "Mobile") or value in ("0000000", "123456"):
            continue
        digits = re.sub(r"\D", "", value.replace("(0)", ""))
        assert FICTION.match(digits) or UNDIALLABLE.match(digits), (module, value)
        assert re.fullmatch(r"[0-9A-Za-z .()+-]+", value), value


def test_several_scripts_are_in_use(org):
    scripts = set()
    for module in ("Leads", "Contacts", "Accounts"):
        for row in org.rows[module]:
            for name in ("Full_Name", "Account_Name", "Company"):
                if isinstance(row.get(name), str):
                    scripts |= script(row[name])
    assert "LATIN" in scripts
    assert len(scripts - {"LATIN", "FEMININE", "MASCULINE"}) >= 4
    assert any(not unaccented(lead["Full_Name"]).isascii() for lead in org.rows["Leads"])


def test_forms_were_filled_in_by_people(org):
    leads = org.rows["Leads"]
    assert sum(lead.get("Phone") is None for lead in leads) > 10
    assert sum(lead.get("Email") is None for lead in leads) > 5
    assert all(lead.get("Phone") or lead.get("Email") for lead in leads)
    shapes = {re.sub(r"\d", "9", lead["Phone"]) for lead in leads if lead.get("Phone")}
    assert len(shapes) > 30


def digits(phone):
    return re.sub(r"\D", "", phone.replace("(0)", ""))[-9:]


def name_key(row):
    first = row.get("First_Name") or ""
    first = NICKNAMES.get(first, first)
    company = re.sub(
        r"\b(ltd|limited|inc|llc|gmbh)\b|[^a-z]", "", unaccented(row.get("Company") or "").lower()
    )
    return unaccented(f"{first} {row['Last_Name']}").lower(), company[:6]


def likely_duplicates(leads, key):
    groups = defaultdict(list)
    for lead in leads:
        if value := key(lead):
            groups[value].append(lead)
    return [group for group in groups.values() if len(group) > 1]


def test_likely_duplicates_can_be_found_by_address_number_and_name(org):
    leads = [
        lead for lead in org.rows["Leads"] if lead["Lead_Status"] != "Junk Lead" and not lead["Converted__s"]
    ]
    by_mail = likely_duplicates(leads, lambda lead: (lead.get("Email") or "").lower())
    by_phone = likely_duplicates(leads, lambda lead: lead.get("Phone") and digits(lead["Phone"]))
    by_name = likely_duplicates(leads, name_key)
    assert len(by_mail) >= 5
    assert len(by_phone) >= 3
    assert len(by_name) >= 10
    assert any(len({lead["Email"] for lead in group}) > 1 for group in by_mail), "spelt alike"
    assert any(len({lead["Phone"] for lead in group}) > 1 for group in by_phone), "spelt alike"
    assert any(len({lead["Full_Name"] for lead in group}) > 1 for group in by_name), "spelt alike"


def test_some_customers_asked_again_through_the_website(org):
    known = {contact["Email"].lower() for contact in org.rows["Contacts"] if contact.get("Email")}
    again = [
        lead
        for lead in org.rows["Leads"]
        if not lead["Converted__s"] and (lead.get("Email") or "").lower() in known
    ]
    assert len(again) >= 2


def test_people_are_not_called_all_the_same(org):
    names = Counter(contact["Full_Name"] for contact in org.rows["Contacts"])
    assert max(names.values()) <= 2
    assert len({contact["Last_Name"] for contact in org.rows["Contacts"]}) > 150
    assert len({account["Account_Name"] for account in org.rows["Accounts"]}) == len(org.rows["Accounts"])


def test_a_deals_name_says_what_is_sold_and_to_whom(org):
    accounts = {account["id"]: account for account in org.rows["Accounts"]}
    for deal in org.rows["Deals"]:
        account = accounts[deal["Account_Name"]]["Account_Name"]
        words = account.replace(" Ltd", "").split()
        assert words[0].lower() in deal["Deal_Name"].lower(), (deal["Deal_Name"], account)
        assert len(deal["Deal_Name"]) > len(account.rsplit(" ", 1)[0])
    assert len({deal["Deal_Name"] for deal in org.rows["Deals"]}) == len(org.rows["Deals"])


def test_notes_do_not_repeat_themselves(org):
    notes = [note["Note_Content"] for note in org.rows["Notes"]]
    assert len(set(notes)) >= 0.97 * len(notes)
    openings = Counter(note.split(".")[0] for note in notes)
    assert openings.most_common(1)[0][1] <= 6


def test_notes_name_the_people_they_are_about(org):
    contacts = {contact["id"]: contact for contact in org.rows["Contacts"]}
    deals = {deal["id"]: deal for deal in org.rows["Deals"]}
    named = about = 0
    for note in org.rows["Notes"]:
        module, parent = note["Parent_Id"]
        if module == "Deals":
            about += 1
            named += contacts[deals[parent]["Contact_Name"]]["First_Name"] in note["Note_Content"]
    assert named > about / 2
