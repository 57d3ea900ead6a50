"""Sentences from a small grammar: `[one|two]` is a choice (choices may nest), `{name}` a fact.

A sentence gets its capital letter, whatever choice it begins with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

_START = re.compile(r"(?:^|(?<=[a-z0-9)][.!?] ))[a-z]")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")


def say(rng: Random, template: str, facts: Mapping[str, object]) -> str:
    while "[" in template:
        template = _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), template)
    return _START.sub(lambda found: found[0].upper(), template.format_map(facts))
