"""The widgets in a real JupyterLab against the emulator: by mouse, by keys alone, light and dark, and nothing kept that is secret."""

from __future__ import annotations

import re
import socket
from dataclasses import replace

import pytest
from pydantic import SecretStr

from zcrm_tools.auth import profiles
from zcrm_tools.auth.store import opening
from zcrm_tools.settings import from_environment

SETUP = "import zcrm_tools as z\ncrm = z.connect(demo=True, write=True)\n"
DEAL = "deal = next(iter(crm.query(\"select Deal_Name, Next_Step from Deals where Stage = 'Qualification' order by Amount desc limit 1\")))\n"
PHRASE = "canary-passphrase-71"
WIDGETS = {
    "connect": "other = z.connect()",
    "explorer": "z.widgets.Explorer(crm)",
    "query": "z.widgets.Query(crm, 'select Deal_Name, Stge from Deals where Amount > 50000')",
    "edit": "z.widgets.Edit(crm, 'Deals', deal.id)",
    "changes": "crm.deals.update(deal.id, Next_Step='Ring them')\ntry:\n    crm.deals.delete(deal.id)\nexcept z.ZcrmError:\n    pass\nz.widgets.Changes(crm)",
    "board": "z.widgets.Board(crm)",
    "rows": "z.widgets.Rows(list(crm.query('select Deal_Name, Amount from Deals where id is not null')))",
}
READY = {
    "connect": "Use the demo org",
    "explorer": "Notes",
    "query": "Use Stage",
    "edit": "See what would change",
    "changes": "Waiting for you",
    "board": "Qualification",
    "rows": "of 320",
}


def test_axe_finds_nothing_serious_in_light_and_dark(notebook, axe, picture):
    book = notebook(f"{SETUP}{DEAL}", *WIDGETS.values())
    book.run(0)
    for cell, name in enumerate(WIDGETS, start=1):
        book.run(cell)
        book.output(cell).locator(".zcrm-panel").filter(has_text=READY[name]).wait_for()
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        book.theme(theme)
        for cell, name in enumerate(WIDGETS, start=1):
            panel = book.output(cell).locator(".zcrm-panel")
            panel.evaluate("(node, name) => { node.id = `axe-${name}` }", name)
            picture(book.page, f"{name}-{theme[11:].lower()}", locator=panel)
            assert axe(book.page, f"#axe-{name}") == [], name


@pytest.fixture
def client(zoho_emulator):
    """A registered client, and where the sign-in comes back to."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        redirect = f"http://localhost:{free.getsockname()[1]}/callback"
    client_id, secret = zoho_emulator.emulator.grants.register("A notebook", [redirect], "any")
    return client_id, secret, redirect


def connect_cell(url, redirect):
    return (
        f"import os\nos.environ.update(ZCRM_API_URL='{url}', ZCRM_ACCOUNTS_URL='{url}')\n"
        f"import zcrm_tools as z\npanel = z.widgets.Connect(redirect_uri='{redirect}')\ncrm = panel.client\npanel"
    )


def type_client(page, client):
    for label, text in (("passphrase", PHRASE), ("Client ID", client[0]), ("Client secret", client[1])):
        field = page.get_by_label(re.compile(label))
        field.fill(text)
        page.get_by_role("button", name="Go on").click()


def kept(lab):
    """Everything that Jupyter and IPython wrote: notebooks, checkpoints, history, logs, workspaces."""
    files = (path for path in lab.home.rglob("*") if path.is_file() and "zcrm" not in path.parts)
    return {path: path.read_bytes() for path in files}


def test_a_person_signs_in_through_the_consent_page_after_run_all(
    notebook, chrome, zoho_emulator, client, picture, lab
):
    book = notebook(
        connect_cell(zoho_emulator.url, client[2]), "len(crm.users())", also=(zoho_emulator.url, client[2])
    )
    page = book.page
    book.run(0)
    assert "Sign in by the widget above" in book.text(1)  # the kernel was not held up
    page.locator(".zcrm-panel").get_by_label("How").select_option("browser")
    page.get_by_role("button", name="Sign in").click()
    type_client(page, client)
    with chrome.expect_page() as opened:
        page.get_by_role("link", name="Open Zoho's page").click()
    consent = opened.value
    consent.wait_for_load_state()
    picture(consent, "consent-page")
    consent.locator("button[value=accept]").click()
    consent.get_by_text("You can close this page").wait_for()
    consent.close()
    page.get_by_text("Connected", exact=True).wait_for()
    picture(page, "connect-connected")
    assert book.run(1)[0]["data"]["text/plain"] == str(
        len(zoho_emulator.emulator.store.fetch("SELECT id FROM \"Users\" WHERE status = 'active'"))
    )
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("Zoho has revoked it").wait_for()


def test_the_address_is_pasted_and_no_secret_is_kept_anywhere(notebook, chrome, zoho_emulator, client, lab):
    """The landing page does not load, as where the kernel is elsewhere; the widget's whole state is saved."""
    book = notebook(
        connect_cell(zoho_emulator.url, client[2]), "crm.get_connection()", also=(zoho_emulator.url,)
    )
    page = book.page
    book.run(0)
    page.locator(".zcrm-panel").get_by_label("How").select_option("paste")
    page.get_by_role("button", name="Sign in").click()
    type_client(page, client)
    with chrome.expect_page() as opened:
        page.get_by_role("link", name="Open Zoho's page").click()
    consent = opened.value
    landed: list[str] = []
    consent.on("request", lambda request: landed.append(request.url))
    consent.locator("button[value=accept]").click()
    consent.wait_for_event("requestfailed")
    address = next(url for url in landed if url.startswith(client[2]))
    consent.close()
    field = page.get_by_label(re.compile("Address"))
    assert field.get_attribute("type") == "password"
    field.fill(address)
    book.save()  # while it stands in the field
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("Connected", exact=True).wait_for()
    book.run(1)
    book.save()
    code = re.search(r"code=([^&]+)", address)[1]
    state = re.search(r"state=([^&]+)", address)[1]
    home = replace(from_environment(), home=lab.home / "zcrm", passphrase=SecretStr(PHRASE))
    token = opening.named("encrypted-file", home).load(profiles.load(home.home)["default"]).refresh_token
    files = kept(lab)
    assert any(path.suffix == ".ipynb" and ".ipynb_checkpoints" in path.parts for path in files)
    assert any(path.name == "history.sqlite" for path in files)
    for secret in (PHRASE, client[1], code, state, token.get_secret_value()):
        for path, content in files.items():
            assert secret.encode() not in content, path
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("Zoho has revoked it").wait_for()


def test_a_deal_is_found_opened_and_its_code_put_in_the_next_cell(notebook, picture):
    book = notebook(f"{SETUP}z.widgets.Explorer(crm)")
    page = book.page
    book.run(0)
    page.get_by_role("button", name=re.compile("^Deals")).click()
    page.get_by_label("Filter Deals").fill("Stage = 'Closed Won' and Amount > 60000")
    page.get_by_text(re.compile(r"of \d$")).wait_for()
    page.get_by_role("gridcell").first.click()
    page.get_by_role("tab", name="Details").wait_for()
    picture(page, "explorer-record")
    page.get_by_text("The code for this").click()
    # Pages of people do not expose the app.
    page.evaluate("window.hidden = window.jupyterapp; delete window.jupyterapp")
    page.get_by_role("button", name="Put in the next cell").last.click()
    page.get_by_text("It is in the next cell.").wait_for()
    page.evaluate("window.jupyterapp = window.hidden")
    assert book.run(1)[0]["data"]["text/plain"].startswith("<Record Deals")
    page.get_by_role("tab", name="Timeline").click()
    page.get_by_text("Nothing has happened yet.").wait_for()
    page.get_by_role("tab", name=re.compile("Related")).click()
    page.locator("summary", has_text="Notes").click()
    page.get_by_text("Nothing here.").or_(page.get_by_role("grid", name="Notes")).wait_for()


def test_a_slip_is_mended_by_the_suggestion_and_the_query_runs(notebook, picture):
    book = notebook(f"{SETUP}query = z.widgets.Query(crm)\nquery", "len(query.frame())")
    page = book.page
    book.run(0)
    page.locator(".zc-editor .cm-content").click()
    page.keyboard.type("select Deal_Name, Stge, Amount from Deals where Amount > 50000 order by Amo")
    offered = page.locator(".cm-tooltip-autocomplete").get_by_text("Amount", exact=True)
    offered.wait_for()
    picture(page, "query-completion")
    offered.click()
    page.get_by_role("button", name="Use Stage").click()
    page.get_by_text("3 credits", exact=True).wait_for()
    page.keyboard.press("Control+Enter")
    page.get_by_role("gridcell").first.wait_for()
    picture(page, "query-result")
    assert int(book.run(1)[0]["data"]["text/plain"]) == page.locator("tr[data-row]").count()


def test_a_record_is_edited_with_approval_and_the_change_undone(notebook, picture):
    read = "crm.deals.get(deal.id)['Next_Step']"
    book = notebook(f"{SETUP}{DEAL}z.widgets.Edit(crm, 'Deals', deal.id)", read)
    page = book.page
    book.run(0)
    before = book.run(1)[0]["data"]["text/plain"]
    page.get_by_label("Next Step").fill("Send the offer")
    page.get_by_label("Stage").select_option("Needs Analysis")
    page.get_by_role("button", name="See what would change").click()
    page.get_by_role("button", name="Approve and write").wait_for()
    picture(page, "edit-plan")
    assert book.run(1)[0]["data"]["text/plain"] == before
    page.get_by_role("button", name="Approve and write").click()
    page.get_by_text("Written.", exact=True).wait_for()
    assert book.run(1)[0]["data"]["text/plain"] == "'Send the offer'"
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Undone.", exact=True).wait_for()
    assert book.run(1)[0]["data"]["text/plain"] == before


def test_what_is_wrong_stands_under_its_field(notebook):
    book = notebook(f"{SETUP}z.widgets.Edit(crm, 'Leads')")
    page = book.page
    book.run(0)
    page.get_by_role("button", name="See what would change").click()
    page.get_by_text("Last_Name (Last Name) is mandatory").wait_for()
    assert page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"


def test_a_deal_is_dragged_to_its_next_stage(notebook, picture):
    book = notebook(f"{SETUP}{DEAL}z.widgets.Board(crm)", "crm.deals.get(deal.id)['Stage']")
    page = book.page
    book.run(0)
    deal = page.locator(".zc-card").first
    deal.drag_to(page.locator(".zc-column").nth(1))
    page.get_by_role("button", name="Approve and write").wait_for()
    picture(page, "board-plan")
    page.get_by_role("button", name="Approve and write").click()
    page.get_by_text("1 record written.").wait_for()
    assert book.run(1)[0]["data"]["text/plain"] == "'Needs Analysis'"


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_everything_is_reached_by_keys_alone(notebook):
    book = notebook(
        f"{SETUP}{DEAL}z.widgets.Explorer(crm)", "z.widgets.Board(crm)", "crm.deals.get(deal.id)['Stage']"
    )
    page = book.page
    book.run(0)
    page.get_by_role("button", name=re.compile("^Leads")).focus()
    press(page, "Tab", "Tab", "Tab", "Enter")  # past Leads, Contacts and Accounts
    page.get_by_role("grid", name="Deals").wait_for()
    page.get_by_text("of 320").wait_for()
    page.get_by_role("button", name="Fields").focus()
    press(page, "Tab", "Tab", "Tab", "ArrowDown", "Enter")
    page.get_by_role("tab", name="Details").wait_for()
    press(page, "Tab", "Tab", "ArrowRight", "ArrowRight")  # past Edit
    page.get_by_role("tab", name="Timeline").and_(page.locator("[aria-selected=true]")).wait_for()
    press(page, "Escape")
    page.get_by_role("grid", name="Deals").wait_for()
    cells = page.locator(".jp-Notebook-cell").count()
    press(page, "d", "d")  # which deletes a cell where a widget lets it through
    assert page.locator(".jp-Notebook-cell").count() == cells
    book.run(1)
    page.locator(".zc-card").first.focus()
    press(page, "Space", "ArrowRight", "Space")
    page.get_by_role("button", name="Approve and write").wait_for()
    press(page, "Enter")  # the button has the focus
    page.get_by_text("1 record written.").wait_for()
    assert book.run(2)[0]["data"]["text/plain"] == "'Needs Analysis'"


def test_a_hundred_thousand_rows_cross_the_wire_by_blocks_alone(notebook):
    rows = "[{'id': str(5725767000000524157 + i), 'Name': f'Row {i}', 'Amount': i * 7919 % 100_003, **{f'C{n}': f'value {i}' for n in range(7)}} for i in range(100_000)]"
    book = notebook(f"import zcrm_tools as z\nrows = {rows}", "z.widgets.Rows(rows)")
    page = book.page
    received = [0]
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame))))
    page.reload()
    page.wait_for_function("() => !!window.jupyterapp")
    book.ready()
    book.run(0)
    page.evaluate("performance.clearResourceTimings()")
    before = sum(received)
    book.run(1)
    page.get_by_role("gridcell", name="5725767000000524157").wait_for()
    page.get_by_role("columnheader", name="Amount").click()
    page.get_by_text("of 100,000").wait_for()
    page.get_by_role("gridcell").nth(2).filter(has_text="0").wait_for()
    assert sum(received) - before < 200_000  # two blocks and the widget's own code
