"""What happens. No step names a record of any demo org: all of it is found through the tools, then checked in the store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from zcrm_server.demo.scene import Reply, Scene, rows
from zcrm_server.demo.stage import Broken

LEADS_SHOWN = 8


async def who_am_i(scene: Scene) -> None:
    told = await scene.ask("get_connection")
    scene.screen.facts(
        {
            "user": f"{told['user']}, {told['role']}",
            "org": told["org"],
            "currency": told["currency"],
            "time zone": told["time_zone"],
            "this is": f"the {told['kind']}, {told['mode']}",
        }
    )
    seen = [r["user"] for r in await scene.emulator.requests()]
    scene.check(
        holds=bool(seen) and set(seen) == {told["user_id"]},
        what=f"the emulator's journal has {len(seen)} requests, all by user {told['user_id']}",
    )


async def search_leads(scene: Scene) -> None:
    scene.screen.person("Who came in lately?")
    shown = ("Full_Name", "Company", "Email", "Lead_Status")
    found = rows(await scene.ask("search_leads", limit=LEADS_SHOWN, fields=[*shown]))
    scene.screen.table(shown, [[lead[c] for c in shown] for lead in found])
    stored = [await scene.emulator.row("Leads", lead["id"]) for lead in found]
    agree = all(
        lead[c] == (row[c] or None) for lead, row in zip(found, stored, strict=True) for c in shown[1:]
    )
    scene.check(holds=bool(found) and agree, what=f"{len(found)} leads, each as the store has it")

    reachable = [lead for lead in found if lead["Email"] and len(lead["Full_Name"].split()) > 1]
    if not reachable:
        raise Broken(f"None of the newest {LEADS_SHOWN} leads has a name and an e-mail address.")
    chosen = next((lead for lead in reachable if lead["Full_Name"].isascii()), reachable[0])
    scene.screen.person(f"Tell me more about {chosen['Full_Name']}.")
    whole = await scene.ask("get_record", module="Leads", id=chosen["id"])
    scene.lead = {"id": whole["id"], **whole["fields"]}
    told = ("Company", "Designation", "Phone", "Lead_Status", "Lead_Source", "Owner", "Description")
    scene.screen.facts({c: scene.lead[c] for c in told if scene.lead.get(c)})


async def describe(scene: Scene) -> None:
    scene.screen.person("What can be filled in for a lead?")
    told = await scene.ask("describe_module", module="Leads")
    fields = told["fields"]
    scene.screen.text(
        f"{len(fields)} fields can be written and {len(told['read_only'])} only read; "
        f"mandatory: {', '.join(told['mandatory'])}. Some of them:"
    )
    scene.screen.say()
    with_values = [f for f in fields if ": " in fields[f]][:2]
    others = [f for f in fields if f not in with_values][:5]
    scene.screen.facts({f: fields[f] for f in (*others, *with_values)})
    columns = set(await scene.emulator.row("Leads", scene.lead["id"]))
    scene.check(
        holds=fields.keys() <= columns, what=f"each of the {len(fields)} fields is a column of the store"
    )


async def create_lead(scene: Scene) -> None:
    lead = scene.lead
    asked = {
        "last_name": misspelt(lead["Last_Name"]),
        "first_name": lead.get("First_Name", ""),
        "company": lead["Company"],
        "email": lead["Email"].swapcase(),
        "source": lead.get("Lead_Source", ""),
    }
    asked = {name: value for name, value in asked.items() if value}
    scene.screen.person(
        f"I had a call from {asked.get('first_name', '')} {asked['last_name']} of {asked['company']}. "
        "Make a lead of that.".replace("  ", " ")
    )
    before = await scene.emulator.count("Leads")
    held = await scene.ask("create_lead", **asked)
    likely = held.get("likely_duplicates", [])
    scene.screen.note(held["summary"])
    scene.screen.say()
    columns = ("name", "company", "email", "why")
    scene.screen.table(columns, [[d.get(c) for c in columns] for d in likely])
    scene.check(
        holds=held["status"] == "waiting"
        and lead["id"] in [d["id"] for d in likely]
        and await scene.emulator.count("Leads") == before,
        what=f"the lead found earlier was recognised, and there are still {before} leads",
    )

    scene.screen.person("I know, they share the address. Create it.")
    done = await scene.ask("create_lead", **asked, plan_id=held["plan_id"])
    written = _only(done)
    scene.created = written["change_id"]
    scene.screen.text(f"{done['summary']} {written['module']} {written['id']}, {written['name']}")
    row = await scene.emulator.row("Leads", written["id"])
    scene.check(
        holds=(row["Last_Name"], row["Company"], row["Email"])
        == (asked["last_name"], asked["company"], asked["email"])
        and await scene.emulator.count("Leads") == before + 1,
        what=f"the store has it under that id, and {before + 1} leads",
    )


async def move_deal(scene: Scene) -> None:
    scene.screen.person("Which are our biggest open deals?")
    today = datetime.now(UTC).date().isoformat()
    query = (
        "select Deal_Name, Stage, Amount, Closing_Date from Deals "  # noqa: S608 — COQL, and the date is ours
        f"where Closing_Date > '{today}' order by Amount desc limit 5"
    )
    found = rows(await scene.ask("run_coql", query=query))
    shown = ("Deal_Name", "Stage", "Amount", "Closing_Date")
    scene.screen.table(shown, [[deal[c] for c in shown] for deal in found])
    stages = choices((await scene.ask("describe_module", module="Deals"))["fields"]["Stage"])
    scene.screen.text(f"Stages: {' → '.join(stages)}")
    deal, stage = _movable(found, stages)
    before = await scene.emulator.row("Deals", deal["id"])

    scene.screen.person(f"{deal['Deal_Name']}: they moved on. What would ‘{stage}’ change?")
    asked = {"deal": deal["id"], "stage": stage}
    preview = await scene.ask("update_deal_stage", **asked, dry_run=True)
    changes = _only(preview)["changes"]
    scene.screen.differences(changes)
    scene.screen.note(preview["summary"])
    scene.check(
        holds=preview["status"] == "waiting" and await scene.emulator.row("Deals", deal["id"]) == before,
        what="the deal in the store is untouched, to the last column",
    )

    scene.screen.person("Yes, do that.")
    done = await scene.ask("update_deal_stage", **asked, plan_id=preview["plan_id"])
    scene.moved = _only(done)["change_id"]
    scene.deal = {"name": deal["Deal_Name"], "before": dict(before)}
    scene.screen.text(done["summary"])
    after = await scene.emulator.row("Deals", deal["id"])
    scene.check(
        holds=done["status"] == "applied" and all(after[c["field"]] == c["new"] for c in changes),
        what=f"the store has it in {after['Stage']}; Zoho's rule set the probability: "
        f"{before['Probability']} → {after['Probability']} %",
    )


async def query(scene: Scene) -> None:
    scene.screen.person("Which industries do we sell to, and for how much?")
    table = await scene.ask(
        "run_coql",
        query="select Account_Name.Industry as 'Industry', COUNT(id) as 'Deals', SUM(Amount) as 'Worth' "
        "from Deals where id is not null group by Account_Name.Industry",
    )
    found = sorted(rows(table), key=lambda row: -(row["Worth"] or 0))
    scene.screen.table(
        ("Industry", "Deals", "Worth"), [[r["Industry"], r["Deals"], r["Worth"]] for r in found]
    )
    counted, stored = sum(r["Deals"] for r in found), await scene.emulator.count("Deals")
    scene.check(
        holds=counted == stored, what=f"the groups add up to {counted} deals, which is what the store holds"
    )


async def refusal(scene: Scene) -> None:
    scene.screen.person("What are our largest deals, and what do those customers do?")
    good = (
        "select Deal_Name, Account_Name.Account_Name, Account_Name.Industry, Amount from Deals "
        "where Amount is not null order by Amount desc limit 4"
    )
    asked_before = await _queries(scene)
    refused = await scene.ask_refused("run_coql", query=good.replace("Industry", "Industri"))
    problem = refused["problems"][0]
    scene.screen.note(f"{problem['message']} ({problem['where']}) {problem.get('not_done', '')}")
    scene.screen.note(f"Did you mean {problem.get('closest')}?")
    scene.check(
        holds="Industry" in problem.get("closest", "") and await _queries(scene) == asked_before,
        what="no query reached the emulator: the mistake cost nothing",
    )

    found = rows(await scene.ask("run_coql", query=good))
    shown = ("Deal_Name", "Account_Name.Account_Name", "Account_Name.Industry", "Amount")
    scene.screen.table([c.split(".")[-1] for c in shown], [[r[c] for c in shown] for r in found])
    joined = []
    for row in found:
        deal = await scene.emulator.row("Deals", row["id"])
        account = await scene.emulator.row("Accounts", str(deal["Account_Name"]))
        joined.append((account["Account_Name"], account["Industry"]) == (row[shown[1]], row[shown[2]]))
    scene.check(
        holds=bool(joined) and all(joined),
        what=f"{len(joined)} deals joined with the accounts that the store says",
    )


async def undo(scene: Scene) -> None:
    scene.screen.person(f"I was wrong about {scene.deal['name']}. Take that back.")
    done = await scene.ask("undo_change", change_id=scene.moved)
    entry = _only(done)
    scene.undone = entry["change_id"]
    scene.screen.differences(entry["changes"])
    scene.screen.text(done["summary"])
    before, now = scene.deal["before"], await scene.emulator.row("Deals", entry["id"])
    differing = [c for c in before if before[c] != now[c] and c not in _BOOKKEEPING]
    scene.check(
        holds=done["status"] == "applied" and not differing,
        what=f"the deal is as it was, in {now['Stage']} at {now['Probability']} %",
    )


async def journal(scene: Scene) -> None:
    scene.screen.person("What did you change today?")
    told = await scene.ask("list_changes")
    lines = [
        [c["at"][11:16], c["kind"], f"{c['module']}: {c.get('name', '')}", _fields(c), c.get("undone", False)]
        for c in told["changes"]
    ]
    scene.screen.table(("time", "what", "record", "fields", "undone"), lines)
    by_id = {c["change_id"]: c for c in told["changes"]}
    writes = [r for r in await scene.emulator.requests() if r["method"] in ("PUT", "POST", "DELETE")]
    sent = [r for r in writes if not r["path"].endswith("/coql")]
    scene.check(
        holds={scene.created, scene.moved, scene.undone} == by_id.keys()
        and bool(by_id[scene.moved].get("undone"))
        and len(sent) == len(by_id),
        what=f"{len(by_id)} changes in the journal, and {len(sent)} writing requests reached the emulator",
    )


STEPS: tuple[tuple[str, Callable[[Scene], Awaitable[None]]], ...] = (
    ("Who am I connected as?", who_am_i),
    ("Searching leads", search_leads),
    ("What this org's leads are made of", describe),
    ("A new lead that is likely there already", create_lead),
    ("Moving a deal, with a look before", move_deal),
    ("A question in COQL: a join and an aggregate", query),
    ("A mistake in a query, and what it costs", refusal),
    ("Undo", undo),
    ("The journal", journal),
)

_BOOKKEEPING = frozenset(
    {"Modified_Time", "Modified_By", "Last_Activity_Time", "Stage_Modified_Time", "version"}
)
"""Columns that record that something happened, and so do not go back."""


def misspelt(name: str) -> str:
    """A name as somebody hears it on the telephone: one letter doubled, or one of a doubled pair lost."""
    for i in range(1, len(name)):
        if name[i] == name[i - 1] and name[i].isalpha():
            return name[:i] + name[i + 1 :]
    middle = len(name) // 2
    return name[:middle] + name[middle : middle + 1] + name[middle:]


def choices(described: str) -> list[str]:
    """The values in describe_module's line of a picklist, as people see them."""
    listed = described.partition(": ")[2].split(" | ")
    return [value.partition(" (shown as ")[2].rstrip(")") or value for value in listed if value]


def _movable(deals: list[dict[str, Any]], stages: list[str]) -> tuple[dict[str, Any], str]:
    """A deal with a stage after its own that does not close it."""
    for deal in deals:
        later = stages[stages.index(deal["Stage"]) + 1 :] if deal["Stage"] in stages else []
        for stage in later:
            if not stage.startswith("Closed"):
                return deal, stage
    raise Broken("None of the biggest open deals can move on.")


def _only(written: Reply) -> dict[str, Any]:
    entries = written.get("records", [])
    if len(entries) != 1:
        raise Broken(f"One record should have been written or planned, not {len(entries)}.")
    return dict(entries[0])


def _fields(change: Reply) -> str:
    return ", ".join(f["field"] for f in change.get("changes", []))


async def _queries(scene: Scene) -> int:
    return sum(r["path"].endswith("/coql") for r in await scene.emulator.requests())
