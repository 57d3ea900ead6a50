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
    episode,
    lead_topic,
    phase_at,
    worth_talking,
)

if TYPE_CHECKING:
    from zcrm_tools.emulator.seed.accounts import Customer
    from zcrm_tools.emulator.seed.deals import Sale
    from zcrm_tools.emulator.seed.world import World

# What happened, what was learnt, what comes next: by phase, in sentences.
OPENING: dict[str, tuple[str, ...]] = {
    "early": (
        "[Spoke with|Had a first call with|Met] {first}, {title} at {firm}.",
        "{first} [showed me round|walked me through] the {city} site[ this morning| today|].",
        "{firm} came in through [a colleague of {first}|the website|our stand at the fair|a reference customer].",
        "[Twenty minutes|Half an hour|Three quarters of an hour] with {first}, [friendly but busy|very direct|well prepared|in a noisy plant room].",
        "{first} [rang|wrote] because [the old system is out of support|an inspector asked questions|the contractor let them down].",
    ),
    "middle": (
        "Demo for {first} and [two from quality|the night supervisor|somebody from IT|the whole shift] [went well|ran over time, in a good way|was quieter than I hoped].",
        "The trial [in {city} |]has been running for {weeks} weeks[ without a gap|, one logger lost|].",
        "{first} took our numbers to [the director|finance|the site managers|their insurer].",
        "[Good|Long|Short] session with {first} on [the business case|what a write-off costs them|who gets which alarm].",
        "Visited {city} with {colleague}; [{first} had the fridge list ready|we counted {n} {things}, not what the form said].",
    ),
    "late": (
        "{first} has [read|gone through|marked up] the proposal.",
        "[Price talk|Call|Coffee] with {first} [and purchasing |]about {money}.",
        "{first} rang to say [the committee meets on {day}|the director wants one more meeting|it is down to two of us].",
        "Sent version [two|three] of the quote, [without installation|with three years of cloud|with staged delivery|split over two budgets].",
        "[Their legal|Purchasing at {firm}] came back with [comments|eleven comments|their own terms].",
    ),
    "renewal": (
        "Talked to {first} about the [coming year|new term|probe list].",
        "{first} [wants to keep everything|asked for fewer sensors|asked what changed in the price].",
        "Went through usage with {first}: [all sites active|one site never switched on|twelve users, three of them gone].",
        "Renewal at {firm} is [nearly a formality|with a new buyer this year].",
    ),
    "won": (
        "Signed[, {money}|, all {n} {things}|]. {first} [pushed it through before month end|kept the promise|had it approved in one meeting].",
        "PO arrived [this morning|by e-mail|with the wrong address, fixed], {money} [as quoted|after the last round].",
        "{first} called to say yes.",
        "We have it: {money}, [{n} {things}|delivery in two lots].",
    ),
    "account": (
        "[Review|Catch-up|Lunch] with {first} in {city}.",
        "{first} is [happy on the whole|pleased with support|missing a report|worried about staff turnover].",
        "[New|Another] [building|cold room|depot] planned for {month}.",
        "{firm} [is hiring|has been bought by a larger group|is moving two sites into one|changed its bank, invoices go elsewhere].",
        "Rang {first} [after the power cut|before the audit|about an unpaid invoice|to introduce {colleague}].",
    ),
    "contact": (
        "{first} is the person to call for [anything technical|orders|validation|site access].",
        "Ran into {first} at [the fair|an airport|a customer's open day].",
        "{first} [is back from leave|has a new boss|took over the {city} site as well|now signs up to {money}].",
        "{first} [introduced me to the night supervisor|gave us a quote for the case study|asked to be taken off the newsletter].",
    ),
    "attempted": (
        "Left [a message|two messages] for {first}[ at reception|].",
        "[No answer|Voicemail again] at {firm}.",
        "Wrote to {first} after [two|three] calls without answer.",
    ),
    "lead": (
        "[Reached {first} on the second try|Got {first} straight away|Caught {first} between two meetings].",
        "{first} answered by e-mail: [not before {month}|send something short|who are you again?|call me on {day}]",
        "{firm} [looks like a fit|is smaller than it sounds|has more sites than the form says|is part of a group we know].",
        "[Short|First] call with {first}.",
        "{first} [downloaded the guide twice|came back after the webinar|asked the chat about prices at night].",
    ),
}  # fmt: skip

MIDDLE: dict[str, tuple[str, ...]] = {
    "early": (
        "About {n} {things}, [checked by hand twice a day|with dial thermometers|on a system that is out of support|nobody is sure].",
        "They had [an incident|a bad inspection|a write-off] in spring and nobody wants to go through it again.",
        "No budget line yet, but {first} thinks it can come out of [maintenance|quality|this year's leftovers].",
        "{rival} is already [on site in one building|talking to them].",
        "[Night alarms are|Paper records are|Audit preparation is] what hurts.",
    ),
    "middle": (
        "Main worry is [who gets up at night when it rings|Wi-Fi in the basement|yet another login|batteries in the deep freeze].",
        "They want [proof that it survives defrost cycles|the audit trail in writing|data kept in the country|to hear it from another customer].",
        "IT needs [a security questionnaire|single sign-on|to know which ports|a name for the support contract].",
        "{rival} quoted lower but without calibration, [which {first} knows|must make sure {first} sees that].",
        "With {n} {things} the cloud fee is the bigger part over five years; showed it openly.",
    ),
    "late": (
        "Asked for [five|eight|ten] percent off; I offered [free calibration in year one|training instead|staged payments].",
        "Sticking point is [payment terms|liability|the notice period|who pays for shelves and cabling], not price.",
        "{first} wants delivery in {month}, [should be fine|checked stock of {product} with {colleague}|tight for {product}].",
        "Legal is slow; [nothing for us to do|sent them our standard answers].",
        "{rival} dropped the price again, [we hold|{colleague} agrees we hold].",
    ),
    "renewal": (
        "They pay late but they pay.",
        "Offered three years [at this year's price|with calibration included].",
        "{rival} [sent them an offer|is cheaper per sensor], [they know what moving would cost|not serious yet].",
        "Users like [the phone alarms|the monthly report]; [nobody uses the audit trail|quality lives in the audit trail].",
    ),
    "won": (
        "Delivery of {n} {things} agreed for {month}.",
        "{colleague} takes over the installation.",
        "They may want the same for [the second site|the sister company] next year.",
        "Decided against {rival} because of [the reports|our service hours|the trial|{colleague}'s visit].",
    ),
    "account": (
        "Alarms [went from daily to a few a month|are now taken seriously|wake the right person].",
        "Still has first-generation loggers in [one building|the annex|the old wing]; worth an upgrade talk.",
        "Asked about [a price for {n} more|voice calls|reports in their own language|{product}].",
        "Renewal needs attention: [new finance director|{rival} sent them an offer|nobody reads our invoices].",
        "[They run {n} {things} now|Plans for {n} more {things}], [all on our list|not all of them ours].",
    ),
    "contact": (
        "Mornings are best[, never on {day}s|].",
        "Wants facts, no slides.",
        "Knows [{rival}|the regulations|our first product] better than we do.",
        "Runs marathons, hates phone calls: write.",
        "Careful with promises here, remembers every date.",
        "[Good with people, bad with paperwork|Answers within the hour or never].",
    ),
    "attempted": (
        "Number on the form [is the switchboard|is wrong by one digit|goes to the goods-in office].",
        "[Reception says {first} is on site, no phone|Out until {day} says the autoreply].",
        "The form mentions {n} {things}, so worth another try.",
    ),
    "lead": (
        "{n} {things}, [no monitoring today|an old system from {rival}|manual checks|wants to start with half].",
        "[Decides alone|Needs the director for anything above small change|Only collecting prices|Buys through a framework contract].",
        "Number on the form [is the switchboard|is wrong by one digit|goes to reception].",
        "[May already be in the CRM under another spelling, check|Knows us from a previous job|Asked for a reference in the same trade].",
        "Project is [real, date is not|for {month}|waiting for a building permit].",
    ),
}  # fmt: skip

CLOSING: dict[str, tuple[str, ...]] = {
    "early": ("Next: [site survey|demo|list of {things}] [in {month}|on {day}].", "I send [the intro pack|two references] by {day}.", ""),
    "middle": ("Next step is [the finance meeting|a visit to a reference|the site survey].", "{colleague} helps with [the questionnaire|integration].", ""),
    "late": ("[Expect an answer|They decide] by {day}.", "If it slips past {month} the price changes, {first} knows.", ""),
    "renewal": ("Offer goes out on {day}.", "{colleague} does the calibration week in {month}.", ""),
    "won": ("Handover to {colleague} [done|on {day}].", "Ask for a reference after go-live.", ""),
    "lost": ("Call again in {month}.", "Trial kit comes back this week.", "Lesson: [get to finance earlier|qualify harder|visit, do not e-mail].", "Keep {first} on the newsletter."),
    "account": ("[Visit again|Next review] in {month}.", "{colleague} to send [the price list|upgrade options].", ""),
    "contact": ("", "", "Copy {colleague} on anything [contractual|about service]."),
    "attempted": ("Try again on {day}.", "Once more, then [the newsletter|close].", ""),
    "lead": ("[Try again|Call] on {day}.", "Pass to the account executive if [the volume is right|they answer].", "Sent [the price guide|a case study|our one-pager].", ""),
}  # fmt: skip

# Why it ended, as the salesperson tells it: by Reason_For_Loss__s of a deal or Lead_Status of a lead.
ENDINGS: dict[str, tuple[str, ...]] = {
    "Lost Lead": (
        "{first} [bought from {rival}|only compared prices|never had a project]. [Closing|Keep on the newsletter].",
        "No project after all at {firm}[: management said no|, new boss, new priorities|].",
        "{firm} [signed with {rival} last month|closes the {city} site].",
    ),
    "Not Qualified": (
        "[Three|Four|Five] {things}, too small for us; [sent the reseller list|pointed {first} to a reseller].",
        "{first} wants [control of compressors|one-off rental for a festival|a job], not monitoring.",
        "{firm} rents everything, the landlord decides. [Asked {first} for a name|No name].",
    ),
    "Contact in Future": (
        "{first}: not before {month}. [{n} {things} then|Budget is real|Did not promise anything].",
        "Budget [next year|after the audit]; {first} [asked us to call in {month}|will call, so we call].",
        "{rival} contract runs [until {month}|one more year]. Call {first} {weeks} weeks before.",
    ),
    "Competition": (
        "They went with {rival}. [Price was part of it|{first} was outvoted|They had used them before|The trial came too late].",
        "{rival} it is. {first} [was sorry|told me before the letter came, which I value|says we were second by a little].",
        "Lost to {rival} [on lead time|on price per sensor|because their controller talks to them].",
    ),
    "Price": (
        "{money} was too much for them[, even after the discount|].",
        "{first} liked it, finance did not: [a third over budget|they expected half].",
        "Could not get down to [their number|what {first} had in the budget] for {n} {things}.",
    ),
    "Lack of response": (
        "No answer from {first} [for {weeks} weeks|after four tries], closing this.",
        "{first} has gone quiet since [the proposal|the demo|the site visit]. Closed.",
        "[Three e-mails, two calls|Four messages], nothing from {firm}.",
    ),
    "Future Interest": (
        "Project moved to next year, {first} [says it is real|did not sound sure].",
        "Budget [frozen|went into a new roof]; {first} asks us to come back in {month}.",
        "Not now: [new building first|merger first|change of management].",
    ),
    "Expectation Mismatch": (
        "They wanted [control of the compressors, not monitoring|a one-off purchase without cloud|wired probes in every shelf].",
        "{first} expected [us to answer alarms at night|the software to read their old chart recorders].",
    ),
    "Unqualified Customer": (
        "[Six fridges in the end, not {n}|No authority and no budget]; should not have been a deal.",
        "We never got past {first} to the people who decide.",
    ),
    "Missed Follow Ups": ("Our fault: [the quote sat for {weeks} weeks|nobody called back after the demo]. {first} moved on.",),
    "Wrong Target": ("{firm} [rents its cold rooms, the landlord decides|has all this from the parent company].",),
    "Other": (
        "{first} left the company and the project with it.",
        "Site in {city} [is closing|was sold].",
        "Group policy: [one supplier for all countries|no new cloud services this year].",
    ),
}  # fmt: skip

TERSE: dict[str, tuple[str, ...]] = {
    "early": (
        "{n} {things}, [manual checks|dial thermometers|old system EOL]. {first} = champion, [not budget|no authority]. [Demo {day}|Survey {month}].",
        "Intro w/ {first} done. Pain: [audit|night alarms|write-offs|paperwork]. Rival: {rival}. Next: [who signs?|numbers.|site list.]",
        "Met {first}, {city}. [Keen|Polite|Sceptical]. [Wants price first|Wants trial first|Send refs].",
    ),
    "middle": (
        "Trial OK, {weeks} wks. [IT form outstanding|One gap, Wi-Fi]. {first} selling internally.",
        "Demo done - liked [reports|audit trail|phone alarms], disliked [login|price per sensor]. {rival} still in.",
        "{first} + finance {day}. Need [case study|write-off figure|site count] before.",
    ),
    "late": (
        "Quote v[2|3] out ({money}). {first} wants [-8%|60 days|free calib]. Decision {day}.",
        "Waiting on [legal|purchasing|director]. {first} confident. Delivery {month}, stock checked w/ {colleague}.",
        "PO promised {day}. [Let's see|Hold stock|Push if nothing by noon].",
        "Down to us and {rival}. [Price ok|Terms open|Reference call {day}].",
    ),
    "renewal": ("{first} renews, [same count|+{n} sensors|-1 site]. Offer {day}.", "New buyer, wants [usage report|3-yr price]. {rival} sniffing around."),
    "won": ("WON {money}. Handover {colleague}. Delivery {month}.", "PO in[ from {first}|, {money}|]. Kick-off {day}[, {city}|].", "{first} signed[ at last|, no changes|]. [{n} {things}|{colleague} installs], {month}.", "Closed {firm}. [Ref after go-live|Watch phase 2, {month}]."),
    "account": (
        "Visit {city}. [OK overall|Grumbles about alarms|Very happy]. [Upsell: {product}|Watch renewal|New site {month}].",
        "{first} wants [price for {n}|training|report change|second login]. {colleague} on it.",
        "[Reorg|Audit|Takeover] at {firm}. {first} stays. Check again {month}.",
    ),
    "contact": (
        "{first}: email > phone. Out {day}s.",
        "{first}: technical only. Budget sits w/ boss.",
        "{first} = [gatekeeper|fan|hard nut]. [Be on time|Bring numbers|Ask about the boat].",
        "Moved to {city}, same number. Loop in {colleague}.",
    ),
    "attempted": ("VM x2 for {first}. Retry {day}.", "No answer {firm}. [Mail sent|Retry {day}].", "{first}: number dead. Check {firm} site."),
    "lead": (
        "{n} {things}, timing {month}. [Worth a demo|Small but real|Park].",
        "{first}: price shopper. Sent guide, [park|retry {month}].",
        "Dup? Check {firm} before calling.",
        "{first} ok to talk {day}. [{rival} in place|No system today|Two sites].",
        "Wrong dept, {first} gave me [the plant manager|quality|head office].",
    ),
}  # fmt: skip

TITLES: dict[str, tuple[str, ...]] = {
    "early": ("First call", "Call with {first}", "Site walk {city}", "Background"),
    "middle": ("Demo feedback", "Trial", "Business case", "Who decides"),
    "late": ("Price", "Negotiation", "Call with {first}", "Where we stand"),
    "renewal": ("Renewal", "Usage", "Call with {first}"),
    "won": ("Signed", "Order", "Handover"),
    "lost": ("Why we lost", "Closed", "Post mortem"),
    "account": ("Review", "Visit {city}", "Account news"),
    "contact": ("Good to know", "About {first}"),
    "attempted": ("No answer", "Call attempt"),
    "parked": ("Parked", "Closed for now"),
    "lead": ("Call", "First contact", "Qualification"),
}  # fmt: skip


def draw_notes(world: World, customers: list[Customer], sales: list[Sale], count: int) -> None:
    rng = world.rng
    leads = [
        row for row in world.rows["Leads"] if row["Lead_Status"] not in ("Junk Lead", "New", "Not Contacted")
    ]
    said: set[str] = set()
    for sale in worth_talking(rng, sales, count):
        chance = rng.random()
        if chance < 0.2:
            topic = lead_topic(world, rng.choice(leads))
        elif chance < 0.36:
            topic = account_topic(world, rng.choice(customers))
        elif chance < 0.44:
            topic = contact_topic(world, rng.choice(customers))
        else:
            topic = deal_topic(world, sale)
        world.rows["Notes"].append(_note(world, topic, said))


def _note(world: World, topic: Topic, said: set[str]) -> Row:
    rng, owner = world.rng, topic.owner
    start, end, phase = episode(rng, topic, world.now)
    created = between(rng, start, end, owner.zone)
    phase = phase or phase_at(topic, created)
    for _ in range(20):
        text = _content(world, phase, topic)
        if text not in said:
            break
    said.add(text)
    row: Row = {"Note_Content": text, "Parent_Id": (topic.module, topic.row)}
    if rng.random() < 0.6:
        row["Note_Title"] = say(rng, rng.choice(TITLES[phase]), topic.facts)
    stamp(row, owner.id, created)
    touch(topic.row, created, owner.id)
    return row


def _content(world: World, phase: str, topic: Topic) -> str:
    rng = world.rng
    if phase in ("lost", "parked"):
        story = rng.choice(ENDINGS[str(topic.facts["reason"])])
        more = f" {rng.choice(CLOSING['lost'])}" if phase == "lost" and rng.random() < 0.6 else ""
        return say(rng, story + more, topic.facts)
    if topic.owner.terse:
        return say(rng, rng.choice(TERSE[phase]), topic.facts)
    parts = [rng.choice(OPENING[phase])]
    length = rng.random()
    if length < 0.85:
        parts += rng.sample(MIDDLE[phase], 1 if length < 0.6 else 2)
    if length > 0.3:
        parts.append(rng.choice(CLOSING[phase]))
    return say(rng, " ".join(parts), topic.facts).strip()
