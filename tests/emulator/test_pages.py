"""The pages a person sees: the org, its records, the requests, the credentials; and that strangers' words stay words."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx
import pytest

from zcrm_tools.emulator.scope_words import destroys, in_words

EVIL = '<script>alert("1")</script><img src=x onerror=alert(1)>'


class Page(HTMLParser):
    """What a page is made of: tags, links, and controls without a name."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.labels, self.controls = [], [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        if tag == "a":
            self.links.append(given.get("href"))
        if tag == "label":
            self.labels.add(given.get("for"))
        if tag in ("select", "input") and given.get("type") != "hidden":
            self.controls.append(given.get("id"))


@pytest.fixture
def local(api):
    """A browser on the emulator's own machine."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=api.emulator.app), base_url="http://127.0.0.1:8080"
    )


async def page(http, path, status=200):
    reply = await http.get(path, headers={"Accept": "text/html"})
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    found = Page(reply.text)
    assert found.tags.count("h1") == found.tags.count("main") == 1
    assert 'lang="en"' in reply.text
    assert "prefers-color-scheme:dark" in reply.text
    assert set(found.controls) <= found.labels, "every control has a label"
    return reply.text, found


async def test_the_front_page_links_to_every_module_with_its_count(api):
    text, found = await page(api.http, "/")
    assert "Empty Org" in text
    assert "/browse/Leads" in found.links
    assert "<b>4</b>Leads" in text
    assert {"/journal", "/__emulator__/coverage"} <= set(found.links)


async def test_credentials_are_shown_on_this_machine_and_nowhere_else(api, local):
    held = api.emulator.credentials
    here, _ = await page(local, "/")
    away, _ = await page(api.http, "/")
    for secret in (held.client_secret, held.refresh_token, held.access_token):
        assert f'data-copy="{secret}"' in here
        assert secret not in away
    stranger = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=api.emulator.app, client=("10.0.0.7", 5)),
        base_url="http://127.0.0.1:8080",
    )
    told, _ = await page(stranger, "/")
    assert held.client_secret not in told


async def test_a_modules_records_can_be_read_page_by_page(api):
    text, found = await page(api.http, "/browse/Leads")
    assert f"/browse/Leads/{api.ids['smith']}" in found.links
    assert "Anna Smith" in text
    api.emulator.store.load("Leads", [{"Last_Name": f"L{n}", "Company": "A"} for n in range(60)])
    _, first = await page(api.http, "/browse/Leads")
    assert "/browse/Leads?page=2" in first.links
    _, second = await page(api.http, "/browse/Leads?page=2")
    assert "/browse/Leads?page=1" in second.links
    rows = [link for link in first.links + second.links if re.fullmatch(r"/browse/Leads/\d+", link)]
    assert len(set(rows)) == 64


async def test_a_record_links_to_what_it_refers_to(api):
    text, found = await page(api.http, f"/browse/Contacts/{api.ids['boyle']}")
    assert "Ada Boyle" in text
    assert f"/browse/Accounts/{api.ids['acme']}" in found.links


@pytest.mark.parametrize("path", ["/browse/Rockets", "/browse/Users", "/browse/Leads/1", "/browse/Rockets/1"])
async def test_what_is_not_there_is_a_page_that_says_so(api, path):
    text, _ = await page(api.http, path, 404)
    assert "There is no such" in text


@pytest.mark.parametrize("number", ["0", "-1", "x", "²", "99999999999999999999"])
async def test_a_page_number_that_is_none_is_no_error(api, number):
    await page(api.http, f"/browse/Leads?page={number}")


async def test_what_strangers_typed_is_text_on_every_page(api):
    store = api.emulator.store
    record = store.next_id()
    store.load("Leads", [{"id": record, "Last_Name": EVIL, "Company": EVIL, "Description": f"a\n{EVIL}"}])
    await api.get(f"/Leads?fields={EVIL}")
    store.load_org({**store.org(), "company_name": EVIL})
    for path in ("/", "/browse/Leads", f"/browse/Leads/{record}", "/journal"):
        text, found = await page(api.http, path)
        assert "<script>alert" not in text
        assert "<img" not in text
        assert found.tags.count("script") == (path == "/")


async def test_the_journal_page_shows_requests_newest_first(api):
    await api.get("/org")
    await api.get("/Leads", fields="Last_Name")
    text, _ = await page(api.http, "/journal")
    assert text.index("/crm/v8/Leads?fields=Last_Name") < text.index("/crm/v8/org")


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ("ZohoCRM.modules.leads.READ", "Read leads"),
        ("ZohoCRM.modules.ALL", "Read, create, change and delete every record of every module"),
        ("ZohoCRM.modules.custom.UPDATE", "Change records of custom modules"),
        ("ZohoCRM.settings.custom_views.READ", "Read settings: custom views"),
        ("ZohoCRM.coql.READ", "Run queries (COQL) over records it may read"),
        ("ZohoCRM.send_mail.all.CREATE", "Send email in your name"),
        ("ZohoCRM.mass_delete.leads.DELETE", "Delete many records at once (leads)"),
        ("ZohoSearch.securesearch.READ", "Search across records"),
        ("ZohoCRM.org.READ", "Read the details of this organisation"),
        ("nonsense", "nonsense"),
    ],
)
def test_scopes_are_said_in_words(scope, words):
    assert in_words(scope) == words


def test_what_destroys_is_warned_of():
    assert destroys("ZohoCRM.modules.ALL")
    assert destroys("ZohoCRM.mass_delete.DELETE")
    assert not destroys("ZohoCRM.modules.leads.READ")
    assert not destroys("ZohoCRM.bulk.ALL")


async def test_the_consent_page_is_made_for_keyboards_and_readers_and_warns(api):
    asked = {
        "response_type": "code",
        "client_id": api.emulator.credentials.client_id,
        "scope": "ZohoCRM.modules.ALL",
        "redirect_uri": "http://localhost:53682/",
    }
    reply = await api.http.get("/oauth/v2/auth", params=asked)
    found = Page(reply.text)
    assert set(found.controls) <= found.labels
    assert found.tags.count("button") == 2
    assert "cannot be brought back" in reply.text
    harmless = await api.http.get("/oauth/v2/auth", params={**asked, "scope": "ZohoCRM.org.READ"})
    assert "cannot be brought back" not in harmless.text
