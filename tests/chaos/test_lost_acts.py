"""Tags, links, conversions, merges, files, mails whose answers were lost: what is reported, and what is done again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from zcrm_tools import operations
from zcrm_tools.crm import reads
from zcrm_tools.crm.writes import (
    Attach,
    Convert,
    Create,
    Delete,
    Detach,
    Link,
    Merge,
    Request,
    Restore,
    Send,
    Tags,
    Transition,
    Write,
)
from zcrm_tools.emulator.transitions import define
from zcrm_tools.safety import files
from zcrm_tools.safety.policy import WEIGHTS

LEAD = {"Last_Name": "Zzyzx", "Company": "Nowhere", "Email": "y@quay.example"}
TWICE = ("tags", "untag", "link", "unlink", "restore")
ONCE = ("convert", "merge", "transition", "attach", "detach")
ROUTES = {
    "tags": "add_tags",
    "untag": "remove_tags",
    "link": "link_related",
    "unlink": "unlink_related",
    "restore": "restore_recycle_bin",
    "convert": "convert_lead",
    "merge": "merge_records",
    "transition": "update_blueprint",
    "attach": "upload_attachment",
    "detach": "delete_attachment",
    "send": "send_mail",
    "request": "create_tags",
}


@pytest.fixture
def straight(bench: Any) -> Any:
    """Everything goes straight through."""
    bench.gate.policy = replace(bench.policy, effects=dict.fromkeys(WEIGHTS, "straight"))
    return bench


async def prepared(bench: Any, kind: str, tmp_path: Path) -> Write:
    """A write of the kind that can be done once."""
    first, second = {**LEAD, "Lead_Status": "New"}, {**LEAD, "Email": "z@quay.example"}
    (made, other) = await bench.write(Create("Leads", first), Create("Leads", second))
    lead = made.id
    match kind:
        case "tags":
            return Tags("Leads", lead, ("vip",))
        case "untag":
            await bench.write(Tags("Leads", lead, ("vip", "kept")))
            return Tags("Leads", lead, (), ("vip",))
        case "link" | "unlink":
            (campaign,) = await bench.write(Create("Campaigns", {"Campaign_Name": "x"}))
            link = Link("Campaigns", campaign.id, "Leads", lead)
            if kind == "unlink":
                await bench.write(link)
            return replace(link, remove=kind == "unlink")
        case "restore":
            await bench.write(Delete("Leads", lead))
            return Restore("Leads", lead)
        case "convert":
            return Convert(lead, {})
        case "merge":
            return Merge("Leads", lead, (other.id,))
        case "transition":
            way = {"name": "On", "from": "New", "to": "Contacted"}
            define(
                bench.emulator.store,
                {"module": "Leads", "field": "Lead_Status", "name": "x", "transitions": [way]},
            )
            asked = Transition("Leads", lead, "")
            reply = await bench.org.session.call(operations.GET_BLUEPRINT, module="Leads", id=lead)
            return replace(asked, transition=reply.body["blueprint"]["transitions"][0]["id"])
        case "attach" | "detach":
            path, digest = files.keep(tmp_path, b"hello")
            attach = Attach("Leads", lead, "a.txt", path, digest)
            if kind == "attach":
                return attach
            (file,) = await bench.write(attach)
            return Detach("Leads", lead, file.details["attachment"])
        case "send":
            return Send("Leads", lead, _mail(bench))
        case _:
            return Request("POST", "/crm/v8/settings/tags", {"module": "Leads"}, {"tags": [{"name": "x"}]})


def _mail(bench: Any) -> dict[str, Any]:
    (admin,) = bench.emulator.store.fetch('SELECT email FROM "Users" LIMIT 1')
    return {
        "from": {"user_name": "x", "email": admin[0]},
        "to": [{"user_name": "y", "email": "y@quay.example"}],
        "subject": "x",
        "content": "x",
        "mail_format": "text",
    }


@pytest.mark.evidence(
    "reliability.lead-says-it-was-converted", "tags.add", "related.one", "merge.joins", "attachments.row"
)
@pytest.mark.parametrize("kind", TWICE + ONCE)
async def test_an_act_whose_answer_was_lost_is_found_by_what_it_left(straight, kind, tmp_path):
    write = await prepared(straight, kind, tmp_path)
    sent = straight.sent("POST") + straight.sent("PUT") + straight.sent("DELETE")
    straight.lay("drop_reply", times=1, route=ROUTES[kind])
    (result,) = await straight.write(write, ask="it")
    assert (result.status, result.problem) == ("done", None)
    assert straight.sent("POST") + straight.sent("PUT") + straight.sent("DELETE") - sent == 1
    if kind in ("convert", "attach"):
        assert set(result.details) & {"Contacts", "attachment"}


@pytest.mark.parametrize("kind", TWICE)
async def test_what_may_be_done_twice_is_sent_again_when_it_never_arrived(straight, kind, tmp_path):
    write = await prepared(straight, kind, tmp_path)
    straight.lay("drop_request", times=1, route=ROUTES[kind])
    (result,) = await straight.write(write)
    assert result.status == "done"


@pytest.mark.parametrize("kind", ONCE)
async def test_what_may_not_be_repeated_is_offered_once_nothing_can_arrive_any_more(straight, kind, tmp_path):
    write = await prepared(straight, kind, tmp_path)
    straight.lay("drop_request", times=1, route=ROUTES[kind])
    (result,) = await straight.write(write, ask="it")
    assert (result.status, result.problem.code) == ("unknown", "NOT_THERE_YET")
    straight.advance(minutes=10)
    await straight.gate.reconcile_all()
    assert straight.unsettled() == []
    assert not [change for change in straight.changes() if change.outcome == "unknown"]


@pytest.mark.evidence("reliability.mail-leaves-no-trace")
@pytest.mark.parametrize("kind", ["send", "request"])
@pytest.mark.parametrize("fault", ["drop_reply", "drop_request"])
async def test_what_leaves_no_trace_stays_unknown_and_is_never_sent_twice_unasked(
    straight, kind, fault, tmp_path
):
    write = await prepared(straight, kind, tmp_path)
    posted = straight.sent("POST")
    straight.lay(fault, times=1, route=ROUTES[kind])
    (result,) = await straight.write(write, ask="it")
    assert (result.status, result.problem.code) == ("unknown", "WHICH_ONE")
    straight.advance(minutes=10)
    (again,) = await straight.write(write, ask="it")
    assert again.status == "unknown"
    assert straight.sent("POST") - posted <= 1
    (repeated,) = await straight.write(write, ask="it", repeat=True)
    assert repeated.status in ("done", "refused")


async def test_the_lead_is_converted_once(straight, tmp_path):
    write = await prepared(straight, "convert", tmp_path)
    straight.lay("drop_reply", times=1, route="convert_lead")
    (result,) = await straight.write(write)
    assert await reads.get(straight.org, "Contacts", result.details["Contacts"]) is not None
    assert len(straight.rows("Contacts", "Last_Name", "Zzyzx")) == 1
