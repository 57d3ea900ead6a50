"""Cases: what goes wrong at customers who bought something."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from zcrm_tools.emulator.seed.moments import Row, between, stamp, touch
from zcrm_tools.emulator.seed.products import PRODUCTS
from zcrm_tools.emulator.seed.text import say

if TYPE_CHECKING:
    from zcrm_tools.emulator.seed.deals import Sale
    from zcrm_tools.emulator.seed.world import World


class Trouble(NamedTuple):
    product: str
    subject: str
    says: str
    kind: str
    reason: str
    solution: str


TROUBLES: tuple[Trouble, ...] = (
    Trouble("KM-GT-LTE", "Gateway offline [after power cut|since the weekend|in {city}]", "[The gateway in {city} has been red since {day}.|No data since {day} morning.] Power light is on.", "Problem", "New problem", "SIM had lost its registration; reset remotely, firmware updated."),
    Trouble("KM-TR2", "Logger shows -127 °C", "One logger of {n} shows -127. Swapping the probe did not help.", "Problem", "New problem", "Broken probe lead; replacement sent, old one returned."),
    Trouble("KM-TR2", "[Flat line on one logger|Logger stuck on one value]", "One logger of {n} shows the same value for hours, [since {day}|after cleaning].", "Problem", "New problem", "Firmware of the first series; updated over the gateway."),
    Trouble("KM-TR2-C", "ULT freezer alarm comes late", "Alarm came [twenty minutes|half an hour] after the door was left open.", "Problem", "Existing problem", "Delay was set to 30 minutes for this group. Changed to 5 with the customer."),
    Trouble("KM-TR2", "Battery warning on [new loggers|{n} loggers]", "[Loggers from the last delivery|Several loggers] report low battery after [two|three] months.", "Problem", "Existing problem", "Reading interval was one minute; set to ten."),
    Trouble("KM-CLD", "[Cannot add a user|New colleague gets no invitation]", "{first} cannot log in: the invitation never arrives.", "Question", "Instructions not clear", "Mail was in their quarantine; domain allowed by their IT."),
    Trouble("KM-CLD", "Monthly report is empty for [one site|{city}]", "The report for {city} is blank, the other sites are fine.", "Problem", "New problem", "Site had been archived by mistake; restored, report created again."),
    Trouble("KM-CLD", "Monthly report [shows wrong time zone|is an hour off]", "The report for {city} is an hour off since the clocks changed.", "Problem", "New problem", "Site had no time zone set. Corrected; reports created again."),
    Trouble("KM-CLD", "Alarm by phone call, not text", "Night staff do not hear a text message. Can the system ring?", "Feature Request", "Complex functionality", "Voice calls switched on for the night group."),
    Trouble("KM-CAL", "Certificate missing for [two probes|serial on label]", "We have an audit on {day} and the certificates for two probes are not in the portal.", "Problem", "Existing problem", "Certificates uploaded; laboratory had swapped two serial numbers."),
    Trouble("KM-RD", "Trailer sensor not seen in [yard|tunnel depot]", "Sensors show up on the road but not in the {city} yard.", "Problem", "Complex functionality", "Metal roof; second antenna fitted at the gate."),
    Trouble("KM-DR", "Door contact keeps alarming", "The cold room door is shut and it says open. Staff mute it now, which worries me.", "Problem", "Instructions not clear", "Magnet was mounted too far away; photo guide sent."),
    Trouble("KM-INS", "Who may change alarm limits?", "[Ward staff|Somebody] changed the limits. How do we lock them?", "Question", "User did not attend any training", "Roles explained, limits locked, training booked."),
    Trouble("KM-CLD", "Export to [our data warehouse|LIMS]", "Is there an interface so that we do not have to copy values by hand?", "Feature Request", "Complex functionality", "Sent the interface guide and a read-only key."),
    Trouble("KM-TR1", "Spare probes for old loggers", "We still run {n} first-generation loggers. Are probes available?", "Question", "New problem", "Last batch reserved; upgrade offer sent by sales."),
)  # fmt: skip


def draw_cases(world: World, sales: list[Sale], count: int) -> None:
    rng, now = world.rng, world.now
    won = [s for s in sales if s.row["Stage"] == "Closed Won"]
    codes = [product.code for product in PRODUCTS]
    for _ in range(count):
        sale = rng.choice(won)
        trouble = rng.choice(TROUBLES)
        contact = rng.choice([c for c in sale.customer.contacts if c["Created_Time"] <= (sale.ended or now)])
        facts = {
            "city": sale.customer.firm.city.name,
            "n": max(3, sale.units // 4),
            "first": contact["First_Name"],
            "day": rng.choice(("Monday", "Tuesday", "Thursday", "Friday")),
        }
        engineer = rng.choice(world.staff.all("support", "support", "support_lead"))
        since = sale.ended or now
        recent = max(since, now - timedelta(days=rng.choice((12, 60, 400))))
        created = between(rng, recent, now, engineer.zone)
        closed = rng.random() < (0.92 if (now - created).days > 20 else 0.45)
        row: Row = {
            "Subject": say(rng, trouble.subject, facts),
            "Description": say(rng, trouble.says, facts),
            "Status": "Closed" if closed else rng.choices(("New", "On Hold", "Escalated"), (55, 28, 17))[0],
            "Case_Origin": rng.choices(("Email", "Phone", "Web"), (55, 30, 15))[0],
            "Priority": rng.choices(("High", "Medium", "Low"), (22, 50, 28))[0],
            "Type": trouble.kind,
            "Case_Reason": trouble.reason,
            "Product_Name": world.rows["Products"][codes.index(trouble.product)],
            "Account_Name": sale.customer.row,
            "Deal_Name": sale.row if rng.random() < 0.5 else None,
            "Related_To": contact,
            "Reported_By": contact["Full_Name"],
            "Email": contact.get("Email"),
            "Phone": contact.get("Phone") or sale.customer.row["Phone"],
            "Locked__s": False,
        }
        stamp(row, engineer.id, created)
        if closed:
            row["Solution"] = trouble.solution
        if row["Status"] != "New":
            touch(
                row, between(rng, created, min(now, created + timedelta(days=9)), engineer.zone), engineer.id
            )
        for target in (sale.customer.row, contact):
            touch(target, created, engineer.id)
        world.rows["Cases"].append(row)
    world.rows["Cases"].sort(key=lambda row: str(row["Created_Time"]))
    for number, row in enumerate(world.rows["Cases"], start=10_214):
        row["Case_Number"] = str(number)
