"""The calls that the integration guide prints, with only host and placeholders changed, by a client that is not ours."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

REDIRECT_URI = "https://app.example.com/oauth/callback"
SCOPES = "ZohoCRM.modules.leads.ALL,ZohoCRM.modules.contacts.ALL"


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as client:
        yield client


@pytest.fixture
def callback(http, emulator, emulator_url) -> str:
    """Step 4: the person opens the authorization URL and agrees; Zoho redirects to the app's own page."""
    url = (
        f"{emulator_url}/oauth/v2/auth?response_type=code&client_id={emulator.credentials.client_id}"
        f"&scope={SCOPES}&redirect_uri={REDIRECT_URI}&access_type=offline"
    )
    page = http.get(url)
    assert page.status_code == 200
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    accepted = http.post(f"{emulator_url}/oauth/v2/auth", data={**asked, "decision": "accept"})
    assert accepted.status_code == 302
    return accepted.headers["location"]


@pytest.fixture
def tokens(http, emulator, emulator_url, callback) -> dict[str, object]:
    """Step 4, second half: exchange the code for tokens."""
    exchanged = http.post(
        f"{emulator_url}/oauth/v2/token",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        data={
            "code": parse_qs(urlsplit(callback).query)["code"][0],
            "client_id": emulator.credentials.client_id,
            "client_secret": emulator.credentials.client_secret,
            "redirect_uri": REDIRECT_URI,
            "grant_type": "authorization_code",
        },
    )
    return exchanged.json()


@pytest.fixture
def bearer(tokens) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def create(http, url, bearer, module, record) -> httpx.Response:
    headers = {**bearer, "Content-Type": "application/json"}
    return http.post(f"{url}/crm/v2/{module}", headers=headers, json={"data": [record]})


@pytest.mark.evidence("auth.callback")
def test_the_callback_brings_code_location_and_accounts_server(callback, emulator_url):
    query = parse_qs(urlsplit(callback).query)
    assert callback.startswith(REDIRECT_URI + "?")
    assert query["code"][0].startswith("1000.")
    assert query["location"] == ["us"]
    assert query["accounts-server"] == [emulator_url]


@pytest.mark.evidence("auth.exchange")
def test_the_code_gives_tokens_as_the_guide_shows_them(tokens, emulator_url):
    assert str(tokens["access_token"]).startswith("1000.")
    assert str(tokens["refresh_token"]).startswith("1000.")
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)
    assert tokens["api_domain"] == emulator_url


@pytest.mark.evidence("auth.token-life")
def test_a_refresh_gives_a_new_access_token_and_no_new_refresh_token(http, emulator, emulator_url, tokens):
    refreshed = http.post(
        f"{emulator_url}/oauth/v2/token",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        data={
            "refresh_token": tokens["refresh_token"],
            "client_id": emulator.credentials.client_id,
            "client_secret": emulator.credentials.client_secret,
            "grant_type": "refresh_token",
        },
    ).json()
    assert refreshed["access_token"] not in ("", tokens["access_token"])
    assert "refresh_token" not in refreshed
    assert refreshed["expires_in"] == 3600


@pytest.mark.evidence("guide.v2-lists", "guide.bearer")
def test_leads_are_listed_on_the_v2_path_without_naming_fields(http, emulator_url, bearer):
    john = {"Last_Name": "Doe", "First_Name": "John", "Company": "Acme Corp", "Email": "john.doe@acme.example"}  # fmt: skip
    john |= {"Lead_Status": "Not Contacted", "Phone": "555-1234", "Lead_Source": "Web Form"}
    create(http, emulator_url, bearer, "Leads", john)
    listed = http.get(f"{emulator_url}/crm/v2/Leads", headers=bearer)
    assert listed.status_code == 200
    (lead,) = listed.json()["data"]
    assert john.items() <= lead.items()
    assert {"Owner", "id", "Created_Time"} <= lead.keys()
    assert {"name", "id"} <= lead["Owner"].keys()
    info = listed.json()["info"]
    assert (info["per_page"], info["count"], info["page"], info["more_records"]) == (200, 1, 1, False)


@pytest.mark.evidence("http.row-results")
def test_the_guides_lead_is_created(http, emulator, emulator_url, bearer):
    jane = {
        "Last_Name": "Smith",
        "First_Name": "Jane",
        "Company": "Tech Innovations Inc",
        "Email": "jane.smith@techinnovations.com",
        "Phone": "555-9876",
        "Lead_Source": "Website",
        "Lead_Status": "Not Contacted",
        "Description": "Interested in Enterprise plan",
        "Website": "https://techinnovations.com",
    }
    created = create(http, emulator_url, bearer, "Leads", jane)
    assert created.status_code == 201
    (result,) = created.json()["data"]
    assert (result["code"], result["status"]) == ("SUCCESS", "success")
    stored = emulator.store.get("Leads", int(result["details"]["id"]))
    assert jane.items() <= stored.items()


@pytest.mark.evidence("http.row-results")
def test_the_guides_contact_is_updated(http, emulator, emulator_url, bearer):
    created = create(http, emulator_url, bearer, "Contacts", {"Last_Name": "Boyle", "Phone": "555-0000"})
    contact_id = created.json()["data"][0]["details"]["id"]
    changes = {
        "Phone": "555-1111",
        "Mobile": "555-2222",
        "Description": "Updated contact information after January meeting",
    }
    updated = http.put(
        f"{emulator_url}/crm/v2/Contacts/{contact_id}",
        headers={**bearer, "Content-Type": "application/json"},
        json={"data": [changes]},
    )
    assert updated.status_code == 200
    assert updated.json()["data"][0]["code"] == "SUCCESS"
    assert changes.items() <= emulator.store.get("Contacts", int(contact_id)).items()


@pytest.mark.evidence("http.scope-mismatch")
def test_what_the_person_did_not_agree_to_is_refused(http, emulator_url, bearer):
    refused = http.get(f"{emulator_url}/crm/v2/Deals", headers=bearer)
    assert refused.status_code == 401
    assert refused.json()["code"] == "OAUTH_SCOPE_MISMATCH"
