"""Tasks, meetings and calls around deals, accounts and leads. Past ones are done, mostly; coming ones are open."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from zcrm_tools.emulator.seed.moments import Row, at, between, stamp, touch, zone
from zcrm_tools.emulator.seed.text import say
from zcrm_tools.emulator.seed.topics import (
    Topic,
    account_topic,
    deal_topic,
    episode,
    lead_topic,
    phase_at,
    worth_talking,
)

if TYPE_CHECKING:
    from random import Random

    from zcrm_tools.emulator.seed.accounts import Customer
    from zcrm_tools.emulator.seed.deals import Sale
    from zcrm_tools.emulator.seed.world import World

TASKS: dict[str, tuple[str, ...]] = {
    "early": (
        "[Send|E-mail] {first} the intro pack", "Ask {first} for a list of {things}", "Book discovery call with {first}",
        "[Find out|Check] who signs at {firm}", "Send {product} datasheet to {full}", "Look up {firm} sites before the call",
        "Get floor plan from {first}", "Prepare demo account for {firm}",
    ),
    "middle": (
        "Send case study to {first}", "Work out write-off cost with {first}", "Ship trial kit to {city}", "Answer IT questionnaire for {firm}",
        "Ask {colleague} about integration for {firm}", "Draft business case, {firm}", "Set up intro to finance at {firm}",
        "Collect trial kit from {firm}", "[Chase|Remind] {first} about site survey date",
    ),
    "late": (
        "Send revised quote to {first}", "Follow up on proposal ({firm})", "Chase {first} for PO number", "Get discount approved for {firm}",
        "Contract comments back to {firm}", "Check stock of {product} for {firm}", "Validation documents for {first}",
        "Confirm delivery week with {first}", "Call {first}: decision on {money}?", "Credit check, {firm}",
    ),
    "renewal": (
        "Count active sensors at {firm}", "Send renewal offer to {first}", "Chase {first}: renewal", "Check which users left {firm}",
        "Price for three years, {firm}", "Book calibration week with {first}", "Ask {first} for probe list",
    ),
    "won": (
        "Hand over {firm} to support", "Book installation, {city}", "Send order confirmation to {first}", "Thank-you call to {first}",
        "Create cloud tenant for {firm}", "Check delivery of {product} to {city}", "Ask {first} for a reference",
        "Calibration certificates to {first}", "Train night shift at {firm}",
    ),
    "lost": ("Send {first} a closing note", "Get trial kit back from {firm}", "Ask {first} why", "Last try: call {first} on {day}"),
    "account": (
        "Yearly review with {first}", "Update contacts at {firm}", "Check renewal date, {firm}", "Invite {first} to the user day",
        "Ask {first} about other sites", "Send holiday support hours to {firm}", "Introduce {colleague} to {first}",
    ),
    "fresh": ("First e-mail to {first}", "Qualify {firm}: sites, {things}, timing", "Check if {firm} is already a customer", "First call to {full}"),
    "attempted": ("Second try: {full}", "Find a better number for {full}", "Write to {first} instead of calling", "Try {firm} switchboard"),
    "parked": ("Close the loop with {first}", "Move {full} to the newsletter list", "Reminder: {firm} in {month}"),
    "lead": (
        "Call {full} back", "First e-mail to {first}", "Qualify {firm}: sites, {things}, timing", "Second try: {full}",
        "Send price guide to {first}", "Find a better number for {full}", "Connect {first} with account executive", "Check if {firm} is already a customer",
    ),
}  # fmt: skip

MEETINGS: dict[str, tuple[str, ...]] = {
    "early": ("Discovery with {firm}", "Intro: {firm} and Kelvinmark", "First meeting with {full}", "Site walk, {city}"),
    "middle": ("Demo for {firm}", "Demo: alarms and reports for {first}'s team", "Site survey {city}", "Business case with {first}", "Trial review, {firm}"),
    "late": ("Proposal walk-through with {first}", "Pricing call, {firm}", "Contract review with {firm}", "Decision meeting {firm}", "{first} and {colleague}: validation questions"),
    "renewal": ("Renewal talk with {first}", "Usage review, {firm}", "{firm}: what changed this year", "Renewal offer, {first}"),
    "won": ("Kick-off {firm}", "Installation planning, {city}", "Go-live {firm}", "Training for {firm}"),
    "lost": ("Demo for {firm}", "Proposal walk-through with {first}", "Discovery with {firm}"),
    "account": ("Quarterly review {firm}", "Coffee with {first}", "Renewal talk with {first}", "Roadmap session for {firm}", "Audit preparation with {first}"),
}  # fmt: skip

CALLS: dict[str, tuple[str, ...]] = {
    "early": ("Discovery call {firm}", "{first}: how many {things}?", "Intro call with {full}", "Call {first} about {product}"),
    "middle": ("Trial check-in with {first}", "{first} about the business case", "Call {first}: who else decides?", "Technical questions, {firm}"),
    "late": ("Proposal follow-up, {first}", "{first} about price", "Call {full}: PO", "Terms with {firm} purchasing", "Closing call {firm}"),
    "renewal": ("Renewal call {firm}", "{first}: how many sensors next year?", "Call {first} about the renewal offer", "{first} about calibration dates"),
    "won": ("Delivery date, {firm}", "Welcome call {first}", "{first}: installation questions"),
    "lost": ("Follow-up {firm}", "{first}: any news?", "Call {full} about the decision"),
    "account": ("Check-in {firm}", "{first} about calibration", "Renewal call with {first}", "{first}: second site"),
    "fresh": ("First call {full}", "{first}: web form request", "Qualification call, {firm}"),
    "attempted": ("First call {full}", "Try {full} again", "Third try, {firm}"),
    "parked": ("Call back {firm}", "{first}: still interested?", "Follow-up {full}"),
    "lead": ("First call {full}", "Qualification call, {firm}", "Try {full} again", "{first}: web form request", "Call back {firm}"),
}  # fmt: skip

_INBOUND = (
    "{first} rang about {product}",
    "{first} called back",
    "{firm}: question about the offer",
    "{full} asked for a date",
    "{first} wants prices",
)


def draw_activities(world: World, customers: list[Customer], sales: list[Sale]) -> None:
    for topic in _topics(world, customers, sales, 190, lead_share=0.24):
        world.rows["Tasks"].append(_task(world, topic))
    for topic in _topics(world, customers, sales, 95, lead_share=0.0):
        world.rows["Events"].append(_event(world, topic))
    for topic in _topics(world, customers, sales, 165, lead_share=0.34):
        world.rows["Calls"].append(_call(world, topic))


def _topics(
    world: World, customers: list[Customer], sales: list[Sale], count: int, *, lead_share: float
) -> list[Topic]:
    rng = world.rng
    leads = [row for row in world.rows["Leads"] if row["Lead_Status"] != "Junk Lead"]
    found = []
    for sale in worth_talking(rng, sales, count * world.scale):
        chance = rng.random()
        if chance < lead_share:
            found.append(lead_topic(world, rng.choice(leads)))
        elif chance < lead_share + 0.16:
            found.append(account_topic(world, rng.choice(customers)))
        else:
            found.append(deal_topic(world, sale))
    return found


def _coming(rng: Random, topic: Topic) -> bool:
    return topic.phase == "fresh" or (topic.open and rng.random() < 0.38)


def _linked(topic: Topic, row: Row) -> Row:
    row["What_Id"] = (topic.module, topic.row)
    if topic.contact is not None:
        row["Who_Id"] = topic.contact
    return row


def _task(world: World, topic: Topic) -> Row:
    rng, now, owner = world.rng, world.now, topic.owner
    coming = _coming(rng, topic)
    since, until, phase = episode(rng, topic, now)
    created = between(rng, max(since, now - timedelta(days=25)) if coming else since, until, owner.zone)
    phase = topic.phase if coming else phase or phase_at(topic, created)
    row = _linked(topic, {"Subject": say(rng, rng.choice(TASKS[phase]), topic.facts), "Locked__s": False})
    row["Priority"] = rng.choices(("Normal", "High", "Highest", "Low", "Lowest"), (60, 25, 5, 8, 2))[0]
    by = owner.id if rng.random() < 0.85 else _boss(world, owner.id)
    stamp(row, owner.id, created, by=by)
    if coming:
        due = at(now + timedelta(days=rng.choice((1, 1, 2, 3, 5, 8, 12, 20, 30))), 17, 0, owner.zone)
        row["Status"] = rng.choices(
            ("Not Started", "In Progress", "Waiting for input", "Deferred"), (62, 20, 12, 6)
        )[0]
        if row["Status"] != "Not Started":
            touch(row, between(rng, created, now, owner.zone), owner.id)
        if rng.random() < 0.25:
            alarm = due.astimezone(zone(owner.zone)).replace(hour=9)
            row["Remind_At"] = {
                "ALARM": f"FREQ=NONE;ACTION=POPUP;TRIGGER=DATE-TIME:{alarm.isoformat(timespec='seconds')}"
            }
    else:
        due = at(created + timedelta(days=rng.choice((1, 2, 3, 4, 7, 10, 14))), 17, 0, owner.zone)
        if due > now and not topic.open:
            due = max(created, now - timedelta(days=1))
        undone = topic.open and (due > now or rng.random() < 0.13)
        row["Status"] = (
            rng.choice(("Not Started", "Not Started", "In Progress", "Waiting for input"))
            if undone
            else "Completed"
        )
        if not undone:
            closed = between(
                rng,
                created,
                min(now, max(created, due + timedelta(days=rng.choice((-1, 0, 0, 1, 2))))),
                owner.zone,
            )
            row["Closed_Time"] = closed
            touch(row, closed, owner.id)
    row["Due_Date"] = due.astimezone(zone(owner.zone)).date().isoformat()
    _leave_trace(topic, row)
    return row


def _event(world: World, topic: Topic) -> Row:
    rng, now, owner = world.rng, world.now, topic.owner
    coming = _coming(rng, topic)
    since, until, phase = episode(rng, topic, now)
    hour, minute = rng.choice((9, 9, 10, 10, 11, 13, 14, 14, 15, 16)), rng.choice((0, 0, 0, 30, 30, 15))
    if coming:
        created = between(rng, max(topic.start, now - timedelta(days=18)), now, owner.zone)
        start = at(now + timedelta(days=rng.randrange(1, 28)), hour, minute, owner.zone)
    else:
        created = between(rng, since, until, owner.zone)
        start = at(created + timedelta(days=rng.choice((1, 2, 4, 6, 9, 13))), hour, minute, owner.zone)
    length = timedelta(minutes=rng.choice((30, 30, 45, 60, 60, 90, 120)))
    phase = topic.phase if coming else phase or phase_at(topic, created)
    title = say(rng, rng.choice(MEETINGS[phase]), topic.facts)
    online = rng.random() < 0.6 and not any(word in title for word in _ON_SITE)
    row: Row = _linked(topic, {"Event_Title": title})
    row |= {
        "Start_DateTime": start,
        "End_DateTime": start + length,
        "All_day": False,
        "Venue": rng.choice(("Online", "Video call", "Teams"))
        if online
        else f"{topic.facts['firm']}, {topic.facts['city']}",
    }
    if topic.contact is not None:
        row["Participants"] = [_participant(topic.contact)]
    if rng.random() < 0.2:
        row["Description"] = say(rng, rng.choice(_AGENDA), topic.facts)
    stamp(row, owner.id, created)
    if start < now and rng.random() < 0.5:
        touch(row, min(now, start + length + timedelta(minutes=rng.randrange(5, 600))), owner.id)
    _leave_trace(topic, row)
    return row


_ON_SITE = ("Site", "Coffee", "Go-live", "Installation")
_AGENDA = (
    "Agenda: [their sites|what went wrong last time], {product}, next steps.",
    "Bring [two demo loggers|the case study|the validation pack]. {first} brings [quality|IT|facilities].",
    "{first} asked to see [alarms at night|the audit trail|reports per site|how calibration works].",
)


def _participant(contact: Row) -> Row:
    """As Zoho lists them; `participant` holds the contact until `demo.py` numbers it."""
    return {
        "type": "contact", "participant": contact, "name": contact["Full_Name"], "Email": contact.get("Email"),
        "invited": True, "status": "not_known",
    }  # fmt: skip


def _call(world: World, topic: Topic) -> Row:
    rng, now, owner = world.rng, world.now, topic.owner
    if _coming(rng, topic):
        return _planned_call(world, topic)
    since, until, phase = episode(rng, topic, now)
    start = between(rng, since, until, owner.zone)
    phase = phase or phase_at(topic, start)
    shares = (100, 0, 0) if phase == "attempted" else (72, 22, 6)
    kind = rng.choices(("Outbound", "Inbound", "Missed"), shares)[0]
    subjects = (
        CALLS[phase]
        if kind == "Outbound"
        else _INBOUND
        if kind == "Inbound"
        else ("Missed call from {full}", "{first} rang, no message")
    )
    seconds = 0 if kind == "Missed" else min(3_300, round(rng.lognormvariate(5.6, 0.9)))
    if phase == "attempted" and kind == "Outbound":
        seconds = rng.randrange(4, 55)
    start = max(topic.start, min(start, now - timedelta(seconds=seconds + 60)))
    row: Row = _linked(topic, {"Subject": say(rng, rng.choice(subjects), topic.facts)})
    row |= {
        "Call_Type": kind,
        "Call_Start_Time": start,
        "Call_Duration": f"{seconds // 60:02}:{seconds % 60:02}",
        "Call_Duration_in_seconds": seconds,
    }
    if kind == "Outbound":
        row |= {
            "Outgoing_Call_Status": "Completed",
            "Scheduled_In_CRM": "False",
            "Call_Purpose": _purpose(rng, phase),
        }
        row["Call_Result"] = rng.choice(_UNHEARD if seconds < 60 else _RESULTS[phase])
    if seconds > 240 and rng.random() < 0.4:
        row["Description"] = say(rng, rng.choice(_HEARD), topic.facts)
    logged = min(now, start + timedelta(seconds=seconds + rng.randrange(20, 900)))
    stamp(row, owner.id, max(start, logged))
    _leave_trace(topic, row)
    return row


def _planned_call(world: World, topic: Topic) -> Row:
    rng, now, owner = world.rng, world.now, topic.owner
    created = between(rng, max(topic.start, now - timedelta(days=15)), now, owner.zone)
    row: Row = _linked(
        topic, {"Subject": say(rng, rng.choice(CALLS[topic.phase]), topic.facts), "Call_Type": "Outbound"}
    )
    row |= {"Scheduled_In_CRM": "True", "Call_Purpose": _purpose(rng, topic.phase)}
    when = at(
        now + timedelta(days=rng.choice((1, 1, 2, 3, 4, 7, 10))),
        rng.randrange(9, 17),
        rng.choice((0, 15, 30, 45)),
        owner.zone,
    )
    late = at(created + timedelta(days=1), 10, 30, owner.zone)
    if rng.random() < 0.22 and late < now:
        row |= {
            "Call_Start_Time": late,
            "Outgoing_Call_Status": rng.choice(("Overdue", "Overdue", "Cancelled")),
        }
    else:
        row |= {
            "Call_Start_Time": when,
            "Outgoing_Call_Status": "Scheduled",
            "Reminder": rng.choice(("None", "5 minutes before", "15 minutes before", "1 hour before")),
        }
    if rng.random() < 0.4:
        row["Call_Agenda"] = say(rng, rng.choice(_AGENDA), topic.facts)
    stamp(row, owner.id, created)
    _leave_trace(topic, row)
    return row


_RESULTS = {
    "renewal": ("Interested", "Requested more info", "Requested call back"),
    "early": ("Interested", "Requested more info", "Requested call back"),
    "middle": ("Interested", "Interested", "Requested more info"),
    "late": ("Interested", "Requested call back", "Requested more info"),
    "won": ("Interested",),
    "lost": ("Not interested", "Requested call back", "No response/Busy"),
    "account": ("Interested", "Requested more info", "Not interested"),
    "attempted": ("No response/Busy",),
    "parked": ("Not interested", "Requested call back", "Not interested"),
    "lead": ("Interested", "Requested more info", "Requested call back", "Not interested"),
}
_UNHEARD = ("No response/Busy", "No response/Busy", "Requested call back", "Invalid number")
_HEARD = (
    "{first} [likes|is happy with] {product}, wants to [see it live|talk to a reference|check with {colleague}].",
    "[Long talk|Good talk]: {rival} also in the race. [Price will matter|They care about service more than price].",
    "{first} [is off until {day}|changes jobs in {month}|reports to a new director]. [Keep warm.|Find the successor.|Call again.]",
    "Wants [a written answer|numbers per site|one contract for all sites] by {day}.",
)


def _purpose(rng: Random, phase: str) -> str:
    fitting = {
        "lead": "Prospecting",
        "early": "Prospecting",
        "middle": "Demo",
        "late": "Negotiation",
        "won": "Project",
    }
    return fitting.get(phase) or rng.choice(("Administrative", "Project", "Desk"))


def _boss(world: World, user: int) -> int:
    colleague = world.colleague(user)
    boss = {"ae_emea": "emea", "ae_apac": "apac", "ae_americas": "americas"}.get(colleague.role, "sales")
    return world.staff.one(boss).id


def _leave_trace(topic: Topic, row: Row) -> None:
    """The activity shows on the record it is about, and on the person."""
    for target in (topic.row, topic.contact):
        if target is not None:
            touch(target, row["Modified_Time"], row["Owner"], activity=True)
