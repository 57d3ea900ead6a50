"""Numbers as people write them: "₹ 1,20,000", "$1,200.50", "12,5 %". One that could be two numbers is neither.

A single separator before three digits is such a one: 1,200 and 1.200 are a thousand here and one there.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from zcrm_tools.metadata.doubt import Doubt
from zcrm_tools.metadata.habits import Mark

PLAIN = "a plain number, as 1200.50"
_MACHINE = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f'\u2019]")
"""Blanks of every kind and the Swiss apostrophe: they group digits and mean nothing else."""
_SIGNS: dict[str, frozenset[str]] = {
    "$": frozenset("USD CAD AUD NZD SGD HKD MXN TWD BND JMD ARS CLP COP".split()),
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP", "EGP", "GIP"}),
    "¥": frozenset({"JPY", "CNY"}),
    "₹": frozenset({"INR"}),
    "Rs": frozenset("INR PKR LKR NPR MUR SCR".split()),
    "₩": frozenset({"KRW"}),
    "₽": frozenset({"RUB"}),
    "₺": frozenset({"TRY"}),
    "₪": frozenset({"ILS"}),
    "₦": frozenset({"NGN"}),
    "₫": frozenset({"VND"}),
    "฿": frozenset({"THB"}),
    "₱": frozenset({"PHP"}),
}
_MONEY = re.compile(
    r"(?P<sign>[-\u2212]?)(?P<before>[A-Z]{3}|[A-Z]{0,2}\$|Rs\.?|[€£¥₹₩₽₺₪₦₫฿₱])?(?P<inner>[-\u2212]?)"
    r"(?P<digits>[\d.,]*\d)(?P<after>[A-Z]{3}|\$|Rs\.?|[€£¥₹₩₽₺₪₦₫฿₱])?"
)


def plain(text: str) -> Decimal | None:
    """Digits with a decimal point at most, as machines write them."""
    found = text.strip()
    return Decimal(found) if _MACHINE.fullmatch(found) else None


def amount(text: str, *, currency: str = "", mark: Mark = "") -> Decimal | Doubt:
    """Money. `currency` is the code that the org counts in; text that names another is doubted. "" when unknown."""
    expected = f"an amount{f' in {currency}' if currency else ''}, {PLAIN}"
    found = _MONEY.fullmatch(_SPACES.sub("", text))
    if found is None or (found["sign"] and found["inner"]) or (found["before"] and found["after"]):
        return Doubt(expected)
    if currency and not _same_currency(found["before"] or found["after"] or "", currency):
        return Doubt(expected, why=f"{text!r} is money of another currency.")
    number = grouped(found["digits"], negative=bool(found["sign"] or found["inner"]), mark=mark)
    return replace(number, said=expected) if isinstance(number, Doubt) else number


def percentage(text: str, *, mark: Mark = "") -> Decimal | Doubt:
    """With or without the sign."""
    found = decimal(text.strip().removesuffix("%").strip(), mark=mark)
    return replace(found, said=f"a number of percent, {PLAIN}") if isinstance(found, Doubt) else found


def decimal(text: str, *, mark: Mark = "") -> Decimal | Doubt:
    """A number without a unit."""
    known = plain(text)
    if known is not None and (mark in ("", ".") or "." not in text):
        return known
    bare = _SPACES.sub("", text).replace("\u2212", "-")
    if not re.fullmatch(r"-?[\d.,]*\d", bare):
        return Doubt(PLAIN)
    return grouped(bare.removeprefix("-"), negative=bare.startswith("-"), mark=mark)


def whole(text: str, *, mark: Mark = "") -> int | None:
    """Marks before three digits can only group, as no part is allowed; where people wrote it, which mark is to be known."""
    bare = _SPACES.sub("", text)
    group = {"?": "", ",": "."}.get(mark, ",")
    digits = bare.removeprefix("-")
    if digits.isdecimal() or (group and _groups(digits, group)):
        return int(bare.replace(group, "") if group else bare)
    return None


def grouped(digits: str, *, negative: bool = False, mark: Mark = "") -> Decimal | Doubt:
    """Digits with points and commas between them, when they can be read in one way only."""
    known = _by_mark(digits, mark) if mark in (".", ",") else _readings(digits)
    read = [("-" if negative else "") + one for one in known]
    if len(read) == 1:
        return Decimal(read[0])
    if not read:
        return Doubt(PLAIN)
    return Doubt(PLAIN, allowed=tuple(read), why=f"{digits!r} can be read as {read[0]} or as {read[1]}.")


def _by_mark(digits: str, mark: str) -> list[str]:
    group = "," if mark == "." else "."
    before, _, after = digits.partition(mark)
    if not (before.isdecimal() or _groups(before, group)) or not (after.isdecimal() or mark not in digits):
        return []
    return [f"{before.replace(group, '')}.{after or 0}"]


def _readings(digits: str) -> list[str]:
    marks = [c for c in digits if c in ".,"]
    if not marks:
        return [digits]
    last = marks[-1]
    before, _, after = digits.rpartition(last)
    if len(set(marks)) == 2:
        other = "," if last == "." else "."
        sound = marks.count(last) == 1 and _groups(before, other)
        return [f"{before.replace(other, '')}.{after}"] if sound else []
    if len(marks) > 1:
        return [digits.replace(last, "")] if _groups(digits, last) else []
    if not before.isdigit():
        return []
    whole_part = [before + after] if len(after) == 3 and 1 <= len(before) <= 3 and before[0] != "0" else []
    return [*whole_part, f"{before}.{after}"]


def _groups(text: str, mark: str) -> bool:
    """Groups of three, or the Indian way: two and two, with three at the end."""
    m = re.escape(mark)
    return bool(re.fullmatch(rf"\d{{1,3}}({m}\d{{3}})*|\d{{1,2}}({m}\d{{2}})+{m}\d{{3}}", text))


def _same_currency(sign: str, currency: str) -> bool:
    if not sign:
        return True
    if len(sign) == 3 and sign.isalpha():
        return sign == currency
    if sign.endswith("$") and len(sign) > 1:  # US$, A$, HK$
        return currency.startswith(sign[:-1])
    return currency in _SIGNS.get(sign.rstrip("."), {currency})
