"""Notes as salespeople write them: some in sentences, some in fragments, each with something to act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcrm_tools.emulator.seed.moments import Row, between, stamp, touch
from zcrm_tools.emulator.seed.text import say
from zcrm_tools.emulator.seed.topics import (
    Topic,
    account_topic,
    contact_topic,
    deal_topic,
    lead_topic,
    worth_talking,
)

if TYPE_CHECKING:
    from zcrm_tools.emulator.seed.accounts import Customer
    from zcrm_tools.emulator.seed.deals import Sale
    from zcrm_tools.emulator.seed.world import World

# What happened, what was learnt, what comes next: by phase, in sentences.
OPENING: dict[str, tuple[str, ...]] = {
    "early": (
        "[Spoke with|Had a first call with|Met] {first} ({title}).",
        "{first} [showed me round|walked me through] the {city} site.",
        "{firm} came in through [a colleague of {first}|the website|our stand at the fair].",
        "[Twenty minutes|Half an hour] with {first}, [friendly but busy|very direct|well prepared].",
    ),
    "middle": (
        "Demo for {first} and [two from quality|the night supervisor|somebody from IT] [went well|ran over time, in a good way].",
        "The trial has been running for {weeks} weeks.",
        "{first} took our numbers to [the director|finance|the site managers].",
        "[Good|Long] session with {first} on the business case.",
    ),
    "late": (
        "{first} has [read|gone through] the proposal.",
        "[Price talk|Call] with {first} and purchasing about {money}.",
        "{first} rang to say the committee meets on {day}.",
        "Sent version two of the quote, [without installation|with three years of cloud|with staged delivery].",
    ),
    "won": (
        "Signed. {first} [pushed it through before month end|kept the promise|had it approved in one meeting].",
        "PO arrived [this morning|by e-mail], {money} as quoted.",
        "{first} called to say yes.",
    ),
    "lost": (
        "{first} told me [today|on the phone] that they are not going ahead.",
        "No answer from {first} [for {weeks} weeks|after four tries], closing this.",
        "They went with {rival}.",
        "Budget [frozen|moved to a new building]; {first} is sorry about it.",
    ),
    "account": (
        "[Review|Catch-up] with {first} at {city}.",
        "{first} is [happy on the whole|pleased with support|missing a report].",
        "[New|Another] [building|cold room|depot] planned for {month}.",
        "{firm} [is hiring|has been bought by a larger group|is moving two sites into one].",
    ),
    "contact": (
        "{first} is the person to call for [anything technical|orders|validation].",
        "Ran into {first} at [the fair|an airport|a customer's open day].",
        "{first} [is back from leave|has a new boss|took over the {city} site as well].",
    ),
    "lead": (
        "[Called|Reached] {first} [on the second try|straight away].",
        "Left [a message|two messages] for {first}.",
        "{first} answered by e-mail: [not before {month}|send something short|who are you again?]",
        "{firm} [looks like a fit|is smaller than it sounds|has more sites than the form says].",
    ),
}  # fmt: skip

MIDDLE: dict[str, tuple[str, ...]] = {
    "early": (
        "About {n} {things}, [checked by hand twice a day|with dial thermometers|on a system that is out of support].",
        "They had [an incident|a bad inspection|a write-off] in spring and nobody wants to go through it again.",
        "No budget line yet, but {first} thinks it can come out of [maintenance|quality|this year's leftovers].",
        "{rival} is already [on site in one building|talking to them].",
    ),
    "middle": (
        "Main worry is [who gets up at night when it rings|Wi-Fi in the basement|yet another login].",
        "They want [proof that it survives defrost cycles|the audit trail in writing|data kept in the country].",
        "IT needs [a security questionnaire|single sign-on|to know which ports].",
        "{rival} quoted lower but without calibration, [which {first} knows|must make sure {first} sees that].",
    ),
    "late": (
        "Asked for [five|eight|ten] percent off; I offered [free calibration in year one|training instead|staged payments].",
        "Sticking point is [payment terms|liability|the notice period], not price.",
        "{first} wants delivery in {month}, [should be fine|checked stock of {product} with {colleague}].",
        "Legal is slow; [nothing for us to do|sent them our standard answers].",
    ),
    "won": (
        "Delivery of {n} {things} agreed for {month}.",
        "{colleague} takes over the installation.",
        "They may want the same for [the second site|the sister company] next year.",
        "Decided against {rival} because of [the reports|our service hours|the trial].",
    ),
    "lost": (
        "Price was [not the reason|part of it|the whole reason].",
        "We never got past {first} to the people who decide.",
        "Timing, mostly: the project starts again in {month}.",
        "Our lead time for {product} was too long for them.",
    ),
    "account": (
        "Alarms [went from daily to a few a month|are now taken seriously|wake the right person].",
        "Still has old {product} in [one building|the annex]; worth an upgrade talk.",
        "Asked about [a price for {n} more|voice calls|reports in their own language].",
        "[Renewal is safe|Renewal needs attention]: [new finance director|{rival} sent them an offer|nobody reads our invoices].",
    ),
    "contact": (
        "Mornings are best[, never on {day}s|].",
        "Wants facts, no slides.",
        "Knows [{rival}|the regulations|our first product] better than we do.",
        "Two children, marathon runner, hates phone calls: write.",
        "Careful with promises here, remembers every date.",
    ),
    "lead": (
        "{n} {things}, [no monitoring today|an old system from {rival}|manual checks].",
        "[Decides alone|Needs the director for anything above small change|Only collecting prices].",
        "Number on the form [is the switchboard|is wrong by one digit].",
        "[May already be in the CRM under another spelling, check.|Knows us from a previous job.|Wants German documents.]",
    ),
}  # fmt: skip

CLOSING: dict[str, tuple[str, ...]] = {
    "early": ("Next: [site survey|demo|list of {things}] [in {month}|on {day}].", "I send [the intro pack|two references] by {day}.", ""),
    "middle": ("Next step is [the finance meeting|a visit to a reference|the site survey].", "{colleague} helps with [the questionnaire|integration].", ""),
    "late": ("[Expect an answer|They decide] by {day}.", "If it slips past {month} the price changes, {first} knows.", ""),
    "won": ("Handover to {colleague} [done|on {day}].", "Ask for a reference after go-live.", ""),
    "lost": ("Call again in {month}.", "Trial kit comes back this week.", "Lesson: [get to finance earlier|qualify harder|visit, do not e-mail]."),
    "account": ("[Visit again|Next review] in {month}.", "{colleague} to send [the price list|upgrade options].", ""),
    "contact": ("", "", "Copy {colleague} on anything [contractual|about service]."),
    "lead": ("[Try again|Call] on {day}.", "Pass to the account executive if [the volume is right|they answer].", "Sent [the price guide|a case study].", ""),
}  # fmt: skip

TERSE: dict[str, tuple[str, ...]] = {
    "early": ("{n} {things}, manual checks. {first} = champion, not budget. [Demo {day}|Survey {month}].", "Intro done. Pain: [audit|night alarms|write-offs]. Rival: {rival}. Next: [who signs?|numbers]."),
    "middle": ("Trial OK, {weeks} wks. IT form outstanding. {first} selling internally.", "Demo done - liked [reports|audit trail|phone alarms], disliked [login|price per sensor]. {rival} still in."),
    "late": ("Quote v2 out ({money}). {first} wants [-8%|60 days|free calib]. Decision {day}.", "Waiting on legal. {first} confident. Delivery {month}, stock checked w/ {colleague}.", "PO promised {day}. Let's see."),
    "won": ("WON {money}. Handover {colleague}. Delivery {month}.", "PO in. {first} wants kick-off {day}."),
    "lost": ("Lost to {rival}. [Price|Relationship|Lead time]. Retry {month}.", "Dead - no budget. {first} stays friendly."),
    "account": ("Visit {city}. OK overall. [Upsell: {product}|Watch renewal|New site {month}].", "{first} wants [price for {n}|training|report change]. {colleague} on it."),
    "contact": ("Email > phone. Out {day}s.", "Technical only. Budget sits w/ boss."),
    "lead": ("VM x2. Retry {day}.", "{n} {things}, timing {month}. Worth a demo.", "Price shopper. Sent guide, park.", "Dup? Check {firm} before calling."),
}  # fmt: skip

TITLES: dict[str, tuple[str, ...]] = {
    "early": ("First call", "Call with {first}", "Site walk {city}", "Background"),
    "middle": ("Demo feedback", "Trial, week {weeks}", "Business case", "Who decides"),
    "late": ("Price", "Negotiation", "Call with {first}", "Where we stand"),
    "won": ("Signed", "Order", "Handover"),
    "lost": ("Why we lost", "Closed", "Post mortem"),
    "account": ("Review", "Visit {city}", "Account news", "Renewal"),
    "contact": ("Good to know", "About {first}"),
    "lead": ("Call", "First contact", "Qualification"),
}  # fmt: skip


def draw_notes(world: World, customers: list[Customer], sales: list[Sale], count: int) -> None:
    rng = world.rng
    leads = [row for row in world.rows["Leads"] if row["Lead_Status"] not in ("Junk Lead", "New")]
    said: set[str] = set()
    for sale in worth_talking(rng, sales, count):
        chance = rng.random()
        if chance < 0.2:
            topic = lead_topic(world, rng.choice(leads))
        elif chance < 0.36:
            topic = account_topic(world, rng.choice(customers))
        elif chance < 0.46:
            topic = contact_topic(world, rng.choice(customers))
        else:
            topic = deal_topic(world, sale)
        world.rows["Notes"].append(_note(world, topic, said))


def _note(world: World, topic: Topic, said: set[str]) -> Row:
    rng, owner = world.rng, topic.owner
    phase = topic.phase
    for _ in range(8):
        text = _content(world, phase, topic)
        if text not in said:
            break
    said.add(text)
    start = topic.start if phase not in ("won", "lost") else topic.end
    end = (
        topic.end
        if phase not in ("won", "lost")
        else min(world.now, topic.end + (world.now - topic.end) * 0.02)
    )
    created = between(rng, start, end, owner.zone)
    row: Row = {"Note_Content": text, "Parent_Id": (topic.module, topic.row)}
    if rng.random() < 0.6:
        row["Note_Title"] = say(rng, rng.choice(TITLES[phase]), topic.facts)
    stamp(row, owner.id, created)
    touch(topic.row, created, owner.id)
    return row


def _content(world: World, phase: str, topic: Topic) -> str:
    rng = world.rng
    if topic.owner.terse:
        return say(rng, rng.choice(TERSE[phase]), topic.facts)
    parts = [rng.choice(OPENING[phase])]
    length = rng.random()
    if length < 0.85:
        parts += rng.sample(MIDDLE[phase], 1 if length < 0.6 else 2)
    if length > 0.3:
        parts.append(rng.choice(CLOSING[phase]))
    return say(rng, " ".join(parts), topic.facts).strip()
