"""A person: a name that fits the country, and how their e-mail address and telephone number are made from it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from zcrm_tools.emulator.seed.names import CULTURES, MIXES, NATIVE, Culture
from zcrm_tools.emulator.seed.places import Country, fill

if TYPE_CHECKING:
    from random import Random

_NATIVE_SHARE = 0.4
"""Of the people in a country that writes another script, how many typed their name in it."""
_NO_ACCENT = str.maketrans({
    "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ß": "ss", "æ": "ae", "Æ": "Ae", "đ": "d", "Đ": "D", "ı": "i",
})  # fmt: skip


class Person(NamedTuple):
    first: str
    last: str
    first_latin: str
    last_latin: str
    woman: bool

    @property
    def full(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def native(self) -> bool:
        return not unaccented(self.last).isascii()


def full_name(first: str | None, last: str) -> str:
    return f"{first} {last}" if first else last


def unaccented(text: str) -> str:
    """Latin letters without their accents; other scripts are left alone."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text.translate(_NO_ACCENT))
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


@cache
def _split(words: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in words.split())


@cache
def _mix(country: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    cultures, weights = zip(*MIXES.get(country, MIXES["United States"]), strict=True)
    return cultures, tuple(accumulate(weights))


@dataclass
class People:
    """Draws people and remembers whom it has drawn, so that a small org has no accidental namesakes."""

    rng: Random
    seen: set[str] = field(default_factory=set)

    def draw(self, country: Country, *, native: bool | None = None) -> Person:
        rng = self.rng
        for _ in range(5):
            cultures, cumulative = _mix(country.name)
            culture = rng.choices(cultures, cum_weights=cumulative)[0]
            own_script = culture in NATIVE and culture == cultures[0] and country.tongue not in ("en", "us")
            if own_script and (rng.random() < _NATIVE_SHARE if native is None else native):
                person = self._from(NATIVE[culture])
            else:
                person = self._from(CULTURES[culture])
            if person.full not in self.seen:
                break
        self.seen.add(person.full)
        return person

    def in_script(self, script: str) -> Person:
        return self._from(NATIVE[script])

    def _from(self, culture: Culture) -> Person:
        rng = self.rng
        woman = rng.random() < 0.5
        first = rng.choice(_split(culture.women if woman else culture.men))
        last = rng.choice(_split(culture.family))
        if woman and last.endswith("ski") and culture is CULTURES["polish"]:
            last = last[:-1] + "a"
        first, _, first_latin = first.partition("=")
        last, _, last_latin = last.partition("=")
        return Person(first, last, first_latin or unaccented(first), last_latin or unaccented(last), woman)


def _letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isascii() and (c.isalnum() or c == "-"))


_ADDRESSES = (
    ("{first}.{last}",) * 6 + ("{f}.{last}",) * 2 + ("{f}{last}", "{first}", "{first}{l}", "{last}.{first}")
)


def address(rng: Random, person: Person, domain: str, *, style: str | None = None) -> str:
    first, last = _letters(person.first_latin), _letters(person.last_latin)
    pattern = style or rng.choice(_ADDRESSES)
    return pattern.format(first=first, last=last, f=first[0], l=last[0]) + "@" + domain


def address_style(rng: Random) -> str:
    """One company writes all its addresses alike."""
    return rng.choice(_ADDRESSES)


@dataclass
class Phones:
    """Hands out numbers, none twice while the fictional range lasts; then with an extension."""

    rng: Random
    used: set[str] = field(default_factory=set)

    def draw(self, pattern: str) -> str:
        number = fill(self.rng, pattern)
        for _ in range(6):
            if number not in self.used:
                break
            number = fill(self.rng, pattern)
        else:
            number = f"{number} ext {self.rng.randrange(11, 99)}{self.rng.randrange(10)}"
        self.used.add(number)
        return number
