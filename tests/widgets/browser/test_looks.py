"""Every widget in the states that people meet: nothing serious by axe, nothing wider than its page, and a picture to look at."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from zcrm_tools.errors import NotAllowed
from zcrm_tools.settings import from_environment
from zcrm_tools.widgets.board import Board
from zcrm_tools.widgets.changes import Changes
from zcrm_tools.widgets.connect import Connect
from zcrm_tools.widgets.edit import Edit
from zcrm_tools.widgets.explorer import Explorer
from zcrm_tools.widgets.query import Query
from zcrm_tools.widgets.rows import Rows

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
RIGHT = "عرض غرفة تبريد للقاحات، المرحلة الثانية"


@pytest.fixture
def deal(crm: Any) -> Any:
    """One whose texts are as long, and as much from right to left, as texts get."""
    values = {"Deal_Name": f"{RIGHT} {LONG}", "Next_Step": LONG, "Description": f"{RIGHT}\n{LONG * 9}"}
    found = next(
        iter(crm.query("select id from Deals where Stage = 'Qualification' order by Amount desc limit 1"))
    )
    crm.deals.update(found.id, **values)
    return found


def modules(crm: Any, deal: Any) -> tuple[Any, Callable[[Any], None]]:
    return Explorer(crm), lambda page: page.get_by_role("button", name="Attachments 0").wait_for()


def records(crm: Any, deal: Any) -> tuple[Any, Callable[[Any], None]]:
    def steps(page: Any) -> None:
        page.get_by_role("button", name="Deals").click()
        page.get_by_text("of 320").wait_for()
        page.get_by_text("The code for this").click()

    return Explorer(crm), steps


def record(crm: Any, deal: Any) -> tuple[Any, Callable[[Any], None]]:
    def steps(page: Any) -> None:
        page.get_by_role("button", name="Deals").click()
        page.get_by_label("Filter Deals").fill(f"id = {deal.id}")
        page.get_by_text("1–1 of 1", exact=True).wait_for()
        page.get_by_role("gridcell").first.click()
        page.get_by_role("tab", name="Details").wait_for()

    return Explorer(crm), steps


def timeline(crm: Any, deal: Any) -> tuple[Any, Callable[[Any], None]]:
    panel, steps = record(crm, deal)

    def further(page: Any) -> None:
        steps(page)
        page.get_by_role("tab", name="Timeline").click()
        page.get_by_role("insertion").first.wait_for()

    return panel, further


def nothing_found(crm: Any, deal: Any) -> tuple[Any, Callable[[Any], None]]:
    def steps(page: Any) -> None:
        page.get_by_role("button", name="Deals").click()
        page.get_by_label("Filter Deals").fill("no deal has this name")
        page.get_by_text("No rows").wait_for()

    return Explorer(crm), steps


def fault(crm: Any, deal: Any) -> tuple[Any, Callable[[Any], None]]:
    panel = Query(crm, "select Deal_Name, Stge from Deals where Amount > 50000 and Stage = 'Closed Wun'")
    return panel, lambda page: page.get_by_role("button", name="Use Stage").wait_for()


def result(crm: Any, deal: Any) -> tuple[Any, Callable[[Any], None]]:
    def steps(page: Any) -> None:
        page.get_by_role("button", name="Run", exact=True).click()
        page.get_by_role("grid").wait_for()

    return Query(
        crm, "select Deal_Name, Amount, Stage from Deals where id is not null order by Amount desc"
    ), steps


def form(crm: Any, deal: Any) -> tuple[Any, Callable[[Any], None]]:
    return Edit(crm, "Deals", deal.id), lambda page: page.get_by_label("Stage").wait_for()


def faults(crm: Any, deal: Any) -> tuple[Any, Callable[[Any], None]]:
    def steps(page: Any) -> None:
        page.get_by_role("button", name="See what would change").click()
        page.get_by_text("Last_Name (Last Name) is mandatory").wait_for()

    return Edit(crm, "Leads"), steps


def plan(crm: Any, deal: Any) -> tuple[Any, Callable[[Any], None]]:
    def steps(page: Any) -> None:
        page.get_by_label("Next Step").fill(RIGHT)
        page.get_by_role("button", name="See what would change").click()
        page.get_by_role("button", name="Approve and write").wait_for()

    return Edit(crm, "Deals", deal.id), steps


def gone(crm: Any, deal: Any) -> tuple[Any, Callable[[Any], None]]:
    return Edit(crm, "Deals", "554023000099999999"), lambda page: page.get_by_text(
        "There is no Deals"
    ).wait_for()


def board(crm: Any, deal: Any) -> tuple[Any, Callable[[Any], None]]:
    return Board(crm), lambda page: page.locator(".zc-card").first.wait_for()


def changes(crm: Any, deal: Any) -> tuple[Any, Callable[[Any], None]]:
    with contextlib.suppress(NotAllowed):
        crm.deals.delete(deal.id)
    return Changes(crm), lambda page: page.get_by_text("Written, newest first").wait_for()


def connecting(crm: Any, deal: Any) -> tuple[Any, Callable[[Any], None]]:
    def steps(page: Any) -> None:
        page.locator("summary").first.click()

    return Connect(from_environment()), steps


def connected(crm: Any, deal: Any) -> tuple[Any, Callable[[Any], None]]:
    def steps(page: Any) -> None:
        page.get_by_role("button", name="Use the demo org").click()
        page.get_by_text("Connected", exact=True).wait_for()

    return Connect(from_environment()), steps


def empty_rows(crm: Any, deal: Any) -> tuple[Any, Callable[[Any], None]]:
    return Rows([]), lambda page: page.get_by_text("No rows").wait_for()


STATES = [modules, records, record, timeline, nothing_found, fault, result, form, faults, plan, gone, board, changes, connecting, connected, empty_rows]  # fmt: skip
LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"dark": True},
    "narrow": {"width": 360},
    "right": {"right": True},
}
SEEN = [(state, look) for state in STATES for look in LOOKS if look != "right" or state in (record, plan)]


@pytest.mark.parametrize(("state", "look"), SEEN, ids=[f"{state.__name__}-{look}" for state, look in SEEN])
def test_a_widget_is_fit_to_be_seen(crm, deal, widget, axe, picture, state, look):
    panel, steps = state(crm, deal)
    page = widget(panel, **LOOKS[look])
    steps(page)
    picture(page, f"{state.__name__}-{look}", locator=page.locator("main"))
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert axe(page, "main") == []
