"""The front ends beside JupyterLab: each widget is drawn there, is answered by its kernel, and loads nothing from elsewhere."""

from __future__ import annotations

import re

import pytest

APP = """\
import marimo

app = marimo.App()


@app.cell
def _():
    import zcrm_tools as z

    crm = z.connect(demo=True, write=True)
    return crm, z


@app.cell
def _(crm, z):
    z.widgets.Query(crm, "select Deal_Name, Stge from Deals where Amount > 50000")
    return


@app.cell
def _(crm, z):
    z.widgets.Board(crm)
    return
"""


@pytest.mark.parametrize("notebook", ["notebook7"], indirect=True)
def test_notebook_7_signs_in_explores_asks_and_takes_code_into_the_next_cell(notebook, picture):
    book = notebook(
        "import zcrm_tools as z\ncrm = z.connect()",
        "z.widgets.Explorer(crm)",
        "z.widgets.Query(crm, 'select Deal_Name, Stge from Deals where Amount > 50000')",
    )
    page = book.page
    book.run(0)
    page.get_by_role("button", name="Use the demo org").click()
    page.get_by_text("Connected", exact=True).wait_for()
    book.run(2)
    page.get_by_role("button", name="Use Stage").click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("grid", name="Result").wait_for()
    book.run(1)
    page.get_by_role("button", name=re.compile("^Deals")).click()
    page.get_by_role("grid", name="Deals").get_by_role("gridcell").first.click()
    page.get_by_role("tab", name="Details").wait_for()
    picture(page, "notebook7-explorer")
    explorer = book.output(1)
    explorer.get_by_text("The code for this").click()
    page.evaluate("window.hidden = window.jupyterapp; delete window.jupyterapp")  # as in pages of people
    explorer.get_by_role("button", name="Put in the next cell").last.click()
    explorer.get_by_text("It is in the next cell.").wait_for()
    page.evaluate("window.jupyterapp = window.hidden")
    assert book.run(2)[0]["data"]["text/plain"].startswith("<Record Deals")


def test_marimo_asks_mends_and_plans_a_move(marimo, chrome, picture):
    url = marimo(APP)
    page = chrome.new_page()
    strays, faults = [], []
    own = (url, url.replace("http", "ws"), "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(own) else strays.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(url)
    page.get_by_role("button", name="Use Stage").click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("grid", name="Result").get_by_role("gridcell").first.wait_for()
    page.get_by_text("The code for this").click()
    page.get_by_role("button", name="Put in the next cell").last.click()
    page.get_by_text("Copied.").or_(page.get_by_text("This page may not copy")).wait_for()
    page.locator(".zc-card").first.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Approve and write").click()
    page.get_by_text("1 record written.").wait_for()
    picture(page, "marimo")
    page.close()
    assert (strays, faults) == ([], [])
