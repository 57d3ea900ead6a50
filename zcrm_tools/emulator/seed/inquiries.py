"""What people write into the form on the website."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zcrm_tools.emulator.seed.text import say

if TYPE_CHECKING:
    from random import Random

    from zcrm_tools.emulator.seed.firms import Firm

# By trade.
_ASKING: dict[str, str] = {
    "hospital": "[We have|Our trust looks after|I am responsible for] {n} [vaccine fridges|medicine fridges|blood fridges] "
    "[on two sites|across the wards|in the pharmacy] and [still write temperatures down by hand|lost a batch in the last heat wave|"
    "have an inspection coming up]. [Can you send prices?|Who can I talk to?|Do alarms work by text message?]",
    "pharma": "[Looking for|We need] [GDP-compliant|validated] monitoring for [our {city} warehouse|{n} vans and a cold room]. "
    "[Is the software Part 11 compliant?|Do you do the mapping study as well?|Please send a quotation.]",
    "lab": "[{n} ULT freezers|Two LN2 stores and {n} freezers|A sample archive with {n} units], [no alarms at night at the moment|"
    "the old system is out of support|we lost a compressor last month]. [Could we see a demo?|Can we try a few loggers first?]",
    "logistics": "We run {n} [refrigerated trailers|reefers] and [customers ask for temperature records per drop|a client refused a "
    "load last week|want one screen for fleet and cold store]. [What does it cost per trailer?|Does it work across borders?|Please call me.]",
    "grocer": "[{n} shops|A small chain, {n} stores], [cabinet alarms go to a pager nobody carries|too much stock written off]. "
    "[Can it read the controllers we have?|Interested in a trial in two stores.]",
    "dairy": "[Milk tanks and a freezer hall|Ice cream vans, {n} of them], [the auditor wants continuous records|paper charts today]. "
    "[Please send information.|How long does the battery last at -25?]",
    "seafood": "Exporting [fresh fish by air|frozen shellfish], [need loggers that come back|customers want the temperature curve with every lot]. "
    "[Price for {n} pieces?|Do you ship here?]",
    "produce": "[Packhouse and {n} trucks|Berries, very short shelf life], [we precool but cannot prove it|claims from retailers are growing]. "
    "[Can somebody visit?|Do you have growers as customers?]",
    "catering": "[{n} kitchens|School meals for {n} sites], HACCP sheets [on paper|in a spreadsheet]. [Is there a probe for cooked food too?|"
    "How much per kitchen?]",
    "reseller": "We [fit cold rooms|service refrigeration] around {city} and [would like to offer monitoring|had requests for your loggers]. "
    "[Is there a partner price list?|Who handles distribution here?]",
}
_SHORT = (
    "pls call me back", "Brochure please.", "Pricing?", "Saw you at the fair, send me the catalogue.",
    "Interested in a demo next month.", "Need a quote by Friday", "How does it compare with paper charts?",
)  # fmt: skip


def message(rng: Random, firm: Firm) -> str:
    if rng.random() < 0.2:
        return rng.choice(_SHORT)
    count = max(2, round(9 * rng.lognormvariate(0, 0.6)))
    text = say(rng, _ASKING[firm.trade.key], {"n": count, "city": firm.city.name})
    return text[0].upper() + text[1:]
