"""Writes down for readers what the emulator believes of Zoho: its README, and the numbers on its coverage page.

python tests/evidence/behaviours.py            # after a row here was added, changed or taken away
python tests/evidence/behaviours.py --check    # exits 1 when either file is not what the rows say
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
EMULATOR = HERE.parents[1] / "zcrm_tools" / "emulator"
README = EMULATOR / "README.md"
COUNTS = EMULATOR / "data" / "evidence.json"
MARK = "<!-- From here on written by tests/evidence/behaviours.py; the text above is by hand. -->\n"
GRADES = ("documented", "sample", "inferred", "unknown")
OF_THE_CLIENT = {"auth_client", "codes", "coql", "operations", "reliability", "scopes", "sdk", "transport"}
"""Files with what the client relies on; the other way round the emulator might be held to its own mistakes."""

TITLES = {
    "access": "Tokens, scopes and addresses",
    "accounts": "Zoho Accounts",
    "automation": "Assignment and workflow rules",
    "bulk": "Bulk read and write",
    "calendar": "Business hours, holidays, fiscal year",
    "computed": "Formulas and roll-up summaries",
    "convert": "Converting, cloning, merging",
    "coverage": "What is left out",
    "customize": "Custom fields and modules, subforms, multi-select lookups",
    "emulator_coql": "COQL",
    "faults": "Fault plans",
    "files": "Attachments, files, photos",
    "inventory": "Inventory",
    "mass": "Mass actions and owners",
    "metadata": "Modules, fields, users, org",
    "people": "Users, roles, profiles, groups, permissions",
    "settings": "Custom views, layouts, pipelines, picklists, variables",
}

AREAS = {
    "records": "records writes versions subforms formula rollup inventory links clone merge",
    "query": "emulator search filters",
    "related lists": "related",
    "notes": "notes",
    "attachments": "attachments",
    "files": "files",
    "photo": "photo",
    "tags": "tags",
    "timeline": "timeline",
    "locking": "locking",
    "recycle bin": "bin",
    "mass actions": "mass owner",
    "convert lead": "convert",
    "contact roles": "contact-roles",
    "mail": "mail",
    "modules": "metadata custom-modules",
    "fields": "custom-fields metadata",
    "layouts": "layouts",
    "layout changes": "layouts",
    "custom views": "views",
    "pipelines": "pipelines",
    "global picklists": "global-picklists",
    "users": "people",
    "roles": "people",
    "profiles": "people",
    "user groups": "people",
    "org": "org",
    "currencies": "currencies",
    "territories": "territories",
    "variables": "variables",
    "fiscal year": "calendar",
    "business hours": "calendar",
    "shift hours": "calendar",
    "holidays": "calendar",
    "assignment rules": "assignment",
    "workflow rules": "workflows",
    "apis and features": "discovery",
    "bulk read": "bulk-read",
    "bulk write": "bulk-write",
    "composite": "composite",
    "notifications": "notifications",
    "webhooks": "webhooks",
    "automation actions: field updates, tasks": "automation workflows",
    "inventory conversion": "inventory",
    "record sharing": "sharing",
    "templates": "mail",
    "email: sharing, drafts, linking": "mail",
    "map dependency": "map-dependency",
    "duplicate check preference": "duplicate-check",
    "call preferences": "calls",
    "scoring rules": "scoring",
    "record locking configuration": "locking",
}
"""For a group of endpoints, how the ids of the rows about it begin."""


def rows() -> dict[str, list[dict[str, str]]]:
    """The emulator's rows by file."""
    return {
        path.stem: tomllib.loads(path.read_text("utf-8")).get("row", [])
        for path in sorted(HERE.glob("*.toml"))
        if path.stem not in OF_THE_CLIENT
    }


def counts() -> str:
    """How many rows of each grade there are about each group, as JSON."""
    every = [row for listed in rows().values() for row in listed]
    found = {}
    for group, prefixes in sorted(AREAS.items()):
        grades = Counter(row["grade"] for row in every if row["id"].split(".")[0] in prefixes.split())
        found[group] = {grade: grades[grade] for grade in GRADES if grades[grade]}
    return json.dumps(found, indent=1) + "\n"


def listing() -> str:
    """The behaviours by area, in Markdown."""
    by_area = rows()
    total = Counter(row["grade"] for listed in by_area.values() for row in listed)
    told = ", ".join(f"{total[grade]} {grade}" for grade in GRADES)
    parts = [f"\n{total.total()} behaviours: {told}.\n"]
    for area, listed in by_area.items():
        title = TITLES.get(area) or area.replace("_", " ").capitalize()
        parts.append(f"\n### {title}\n\n| behaviour | grade | source |\n|---|---|---|\n")
        parts += (_line(row) for row in listed)
    return "".join(parts)


def _line(row: dict[str, str]) -> str:
    note = f" *{row['note']}*" if "note" in row else ""
    source = row["source"]
    if source.startswith("https://") and " " not in source:
        source = f"[{source.rstrip('/').rsplit('/', 1)[-1]}]({source})"
    cells = (_readable(f"{row['behaviour']}{note}"), row["grade"], source)
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |\n"


def _readable(text: str) -> str:
    """With what Markdown would take for a tag, outside of code, escaped."""
    parts = text.split("`")
    return "`".join(part if at % 2 else part.replace("<", "&lt;") for at, part in enumerate(parts))


def main(check: bool) -> int:
    intro = README.read_text("utf-8").split(MARK)[0]
    wanted = {README: intro + MARK + listing(), COUNTS: counts()}
    stale = [
        path.name for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text
    ]
    if check:
        if stale:
            sys.stderr.write(f"{', '.join(stale)}: run python tests/evidence/behaviours.py\n")
        return bool(stale)
    for path, text in wanted.items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
