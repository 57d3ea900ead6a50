"""Sentences from a small grammar: `[one|two]` is a choice (choices may nest), `{name}` a fact."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

_CHOICE = re.compile(r"\[([^\[\]]*)\]")


def say(rng: Random, template: str, facts: Mapping[str, object]) -> str:
    while "[" in template:
        template = _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), template)
    return template.format_map(facts)
