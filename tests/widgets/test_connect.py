"""The Connect widget's half in the kernel: signing in by its questions, never waiting, and no secret in what is saved."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from zcrm_tools.auth import presets, profiles
from zcrm_tools.emulator.grants import Consent, Holder
from zcrm_tools.errors import LoginRequired
from zcrm_tools.settings import from_environment
from zcrm_tools.widgets.connect import Connect

REDIRECT = "http://localhost:8765/callback"
PHRASE = "correct horse battery"


@pytest.fixture
def settings(zoho_emulator, monkeypatch):
    """An emulator to sign in to, on a machine without a keyring."""
    monkeypatch.setenv("ZCRM_API_URL", zoho_emulator.url)
    monkeypatch.setenv("ZCRM_ACCOUNTS_URL", zoho_emulator.url)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    return from_environment()


@pytest.fixture
def code(zoho_emulator):
    def new(*, write=False):
        chosen = presets.read_write() if write else presets.read_only()
        held, grants = zoho_emulator.credentials, zoho_emulator.emulator.grants
        user = grants.holder(held.access_token).user_id
        return grants.new_code(Consent(Holder(held.client_id, user, tuple(map(str, chosen)))))

    return new


@pytest.fixture
def answers(zoho_emulator, code):
    return {
        "passphrase": PHRASE,
        "Client ID": zoho_emulator.credentials.client_id,
        "Client secret": zoho_emulator.credentials.client_secret,
        "Code": code(),
    }


def begin(page, *, write=False, flow="self-client"):
    page.ask("show")
    page.ask("sign_in", data_center="emulator", environment="production", write=write, flow=flow)


def person(page, answers):
    """Type what is asked for until it is over; the last state, and how each question was put."""
    asked = {}
    while True:
        state = page.until("state", lambda s: s["question"] or s["phase"] in ("connected", "idle"))
        if state["phase"] != "signing in":
            return state, asked
        question = state["question"]
        asked[question["text"]] = question["hidden"]
        text = next(text for start, text in answers.items() if start.lower() in question["text"].lower())
        page.ask("answer", question=question["id"], text=text)


def test_a_person_signs_in_and_the_client_works(settings, browser, answers):
    panel = Connect(settings)
    page = browser(panel)
    with pytest.raises(LoginRequired, match="widget above"):
        panel.client.leads.page()
    begin(page)
    state, asked = person(page, answers)
    assert state["phase"] == "connected"
    assert state["who"]["org"] == "Northlight Instruments" or state["who"]["org"]
    assert asked.pop("Client ID") is False
    assert set(asked.values()) == {True}
    assert panel.client.leads.page(per_page=3)
    panel.client.close()


def test_nothing_typed_is_in_a_trait_a_repr_or_a_message(settings, browser, answers, zoho_emulator):
    panel = Connect(settings)
    page = browser(panel)
    begin(page)
    person(page, answers)
    said = [page.messages.get() for _ in range(page.messages.qsize())]
    kept = json.dumps([panel.get_state(), repr(panel), repr(panel.client), panel._repr_mimebundle_(), page.news, said], default=str)  # fmt: skip
    for secret in (PHRASE, answers["Client secret"], answers["Code"]):
        assert secret not in kept
    panel.client.close()


def test_the_next_widget_uses_the_sign_in_that_is_there(settings, browser, answers, monkeypatch):
    page = browser(Connect(settings))
    begin(page)
    person(page, answers)
    page.panel.client.close()
    monkeypatch.setenv("ZCRM_PASSPHRASE", PHRASE)
    again = browser(Connect(from_environment()))
    again.send("show")
    assert again.until("state", lambda s: s["phase"] != "working")["phase"] == "connected"
    again.panel.client.close()


def test_a_wrong_code_is_told_and_can_be_tried_again(settings, browser, answers, code):
    page = browser(Connect(settings))
    begin(page)
    state, _ = person(page, {**answers, "Code": "1000.0123456789abcdef0123.0123456789abcdef0123"})
    assert state["phase"] == "idle"
    assert "code" in state["said"][0].lower()
    begin(page)
    assert person(page, {**answers, "Code": code()})[0]["phase"] == "connected"
    page.panel.client.close()


def test_cancelling_a_question_leaves_nothing_behind(settings, browser):
    page = browser(Connect(settings))
    begin(page)
    page.until("state", lambda s: s["question"])
    page.ask("cancel")
    assert page.until("state", lambda s: s["phase"] == "idle")["question"] is None
    assert profiles.load(settings.home) == {}


def test_the_demo_org_needs_nobody(browser, monkeypatch, tmp_path):
    panel = Connect(from_environment())
    page = browser(panel)
    page.ask("show")
    page.ask("demo", write=True)
    who = page.until("state", lambda s: s["phase"] == "connected")["who"]
    assert (who["kind"], who["mode"]) == ("demo org", "may write, after showing what")
    assert panel.client.deals.page(per_page=2)
    page.ask("disconnect")
    page.until("state", lambda s: s["phase"] == "idle")
    with pytest.raises(LoginRequired):
        panel.client.deals.page(per_page=2)


def test_signing_out_revokes_at_zoho_and_forgets_here(settings, browser, answers, zoho_emulator):
    page = browser(Connect(settings))
    begin(page)
    person(page, answers)
    page.ask("disconnect")
    assert page.until("state", lambda s: s["phase"] == "idle")["said"] == ["Signed out. Zoho has revoked it."]
    assert profiles.load(settings.home) == {}


def test_the_form_names_the_scopes_of_each_kind_of_access_in_words(settings, browser):
    form = browser(Connect(settings)).ask("show")["form"]
    reading, writing = form["presets"]
    assert [name for name, _ in reading["scopes"]] == list(map(str, presets.read_only()))
    assert all(words for _, words in writing["scopes"])
    assert form["data_centers"][0]["value"] == "emulator"
    assert form["flow"] in [flow["value"] for flow in form["flows"]]
    assert form["why"]


def test_pasting_shows_a_link_that_is_told_by_message_alone(settings, browser, zoho_emulator):
    panel = Connect(settings)
    page = browser(panel)
    begin(page, flow="paste")
    held = zoho_emulator.credentials
    for start, text in (
        ("passphrase", PHRASE),
        ("Client ID", held.client_id),
        ("Client secret", held.client_secret),
    ):
        question = page.until(
            "state", lambda s, start=start: s["question"] and start in s["question"]["text"]
        )["question"]
        page.ask("answer", question=question["id"], text=text)
    state = page.until("state", lambda s: s["link"] and s["question"])
    assert "state=" in state["link"]
    assert state["question"]["hidden"]
    assert "state=" not in json.dumps(panel.get_state(), default=str)
    page.ask("cancel")
    page.until("state", lambda s: s["phase"] == "idle")


def test_a_sealed_sign_in_asks_for_its_passphrase_alone(settings, browser, answers):
    page = browser(Connect(settings))
    begin(page)
    person(page, answers)
    page.panel.client.close()
    again = browser(Connect(settings))
    again.ask("show")
    state, asked = person(again, {"passphrase": PHRASE})
    assert state["phase"] == "connected"
    assert asked == {"The passphrase (not shown)": True}
    again.panel.client.close()


def agree(url):
    """What the browser does on the consent page; the address it is sent to."""
    with httpx.Client() as visitor:
        form = {**dict(parse_qsl(urlsplit(url).query)), "decision": "accept"}
        return visitor.post(url.split("?", maxsplit=1)[0], data=form).headers["location"]


def test_a_sign_in_is_given_more_scopes_by_agreeing_to_those_alone(settings, browser, zoho_emulator):
    client_id, secret = zoho_emulator.emulator.grants.register("A notebook", [REDIRECT], "any")
    page = browser(Connect(settings, redirect_uri=REDIRECT))
    begin(page, flow="paste")
    for start, text in (("passphrase", PHRASE), ("Client ID", client_id), ("Client secret", secret)):
        asked = page.until("state", lambda s, start=start: s["question"] and start in s["question"]["text"])
        page.ask("answer", question=asked["question"]["id"], text=text)
    state = page.until("state", lambda s: s["link"] and s["question"])
    page.ask("answer", question=state["question"]["id"], text=agree(state["link"]))
    who = page.until("state", lambda s: s["phase"] == "connected")["who"]
    assert (who["mode"], who["can_widen"]) == ("read-only", True)
    page.ask("sign_in", data_center="", environment="production", write=True, flow="paste")
    state = page.until("state", lambda s: s["link"] and s["question"])
    assert "update_scopes" in state["link"]
    assert "leads.READ" not in state["link"]
    agree(state["link"])
    page.ask("answer", question=state["question"]["id"], text="")
    who = page.until("state", lambda s: s["phase"] == "connected")["who"]
    assert (who["mode"], who["can_widen"]) == ("may write, after showing what", False)
    page.panel.client.close()


def test_where_no_widget_is_drawn_plain_html_says_what_to_run_instead():
    bundle, _ = Connect(from_environment())._repr_mimebundle_()
    assert "zcrm_tools.login()" in bundle["text/html"]
    assert bundle["text/plain"] == "<Connect>"
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_a_fault_while_signing_in_is_told_and_the_form_is_there_again(settings, browser, caplog):
    page = browser(Connect(replace(settings, passphrase=SecretStr(PHRASE))))
    begin(page, flow="carrier pigeon")  # which no browser's half of ours asks for
    said = page.until("state", lambda s: s["phase"] == "idle")["said"]
    assert said[0].startswith("This is a fault of zcrm_tools")
    assert "sign-in failed" in caplog.text
