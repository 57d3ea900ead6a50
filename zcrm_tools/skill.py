"""An agent skill: a `SKILL.md`, with files beside it that are read only when needed. Written for one org from what it says
about itself, or for any org without.

What administrators called their fields and values is cleaned and stands in code spans; names of users are left out, as
skills are committed and shared. Pure functions: values in, texts out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from zcrm_tools import untrusted
from zcrm_tools.actions.catalogue.describe_module import describe
from zcrm_tools.actions.rules import RULES
from zcrm_tools.coql.guide import guide
from zcrm_tools.models.metadata import FieldInfo, ModuleInfo, OrgInfo, Pipeline

NAME = "zoho-crm"
MARK = "<!-- written by zcrm skill -->"
"""The first line of every file but SKILL.md, which begins with its front matter."""
_VALUES_IN_OVERVIEW = {"Leads": ("Lead_Status", "Lead_Source"), "Cases": ("Status",), "Tasks": ("Status",)}


@dataclass(frozen=True, slots=True)
class Described:
    """What a skill is written from. `left_out` are modules that could not be read, and why."""

    org: OrgInfo
    on: date
    modules: Mapping[str, ModuleInfo]
    fields: Mapping[str, Mapping[str, FieldInfo]]
    pipelines: tuple[Pipeline, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)


def skill(org: Described | None = None) -> dict[str, str]:
    """Relative path → text."""
    beside = {"coql.md": guide()}
    if org:
        beside |= {
            _file(name): _module(org.modules[name], fields.values()) for name, fields in org.fields.items()
        }
    return {"SKILL.md": _overview(org)} | {
        f"references/{name}": f"{MARK}\n{text}" for name, text in beside.items()
    }


def _overview(org: Described | None) -> str:
    whose = f"{_said(org.org.company_name)}'s Zoho CRM" if org else "Zoho CRM"
    about = (
        f"Reads and, where allowed, changes {whose} through the zcrm tools: leads, contacts, accounts, deals, activities, "
        "notes, COQL queries. Use it when a question or a task is about customers, deals, the pipeline, leads or follow-ups."
    )
    parts = [
        f"---\nname: {NAME}\ndescription: {_yaml(about)}\n---",
        f"# {whose}",
        "The tools come from the MCP server `zcrm-mcp`. Without it, `zcrm call TOOL --json '{…}'` in a shell does the same.",
        f"## Rules\n\n{RULES}",
        _WAYS,
    ]
    if org:
        parts += [_this_org(org), _modules(org), _stages(org.pipelines), _common_values(org)]
    parts.append(_FURTHER if org else _FURTHER_ANY)
    return "\n\n".join(part for part in parts if part) + "\n"


_WAYS = """\
## Which tool

- One record or a few: search_leads, search_records, then get_record by id.
- Counts, sums, lists by condition, anything across modules: run_coql. Read references/coql.md before the first query.
- How the pipeline stands: summarize_pipeline.
- A change: the tool made for it (create_lead, update_deal_stage, add_note), otherwise update_records. dry_run first \
whenever more than one record or anything of weight changes.
- What a field is called or may hold: describe_module, never a guess."""

_FURTHER = """\
## Further

- references/coql.md: the query language on one page
- references/MODULE.md: every field of a module, as it was on that day; describe_module is the authority

`zcrm skill FOLDER` writes this anew."""

_FURTHER_ANY = """\
## Further

- references/coql.md: the query language on one page

`zcrm skill FOLDER` writes a skill for one org, with its own modules, fields, stages and values."""


def _this_org(org: Described) -> str:
    lines = [f"Written on {org.on.isoformat()} from the org's own metadata."]
    if org.org.iso_code:
        lines.append(f"Amounts are in {_said(org.org.iso_code)}.")
    if org.org.time_zone:
        lines.append(f"Days and times are meant in {_said(org.org.time_zone)}.")
    lines += [f"{_said(name)} is not described: {_said(why)}" for name, why in org.left_out.items()]
    return "## This org\n\n" + "\n".join(f"- {line}" for line in lines)


def _modules(org: Described) -> str:
    rows = []
    for name in org.fields:
        info = org.modules[name]
        needed = ", ".join(f"`{f.api_name}`" for f in org.fields[name].values() if f.mandatory)
        own = [f.api_name for f in org.fields[name].values() if f.custom]
        custom = ", ".join(f"`{f}`" for f in own[:12]) + (
            f" and {len(own) - 12} more" if len(own) > 12 else ""
        )
        rows.append(
            f"| `{_said(name)}` | {_cell(info.plural)} | {needed} | {custom} | [{_file(name)}](references/{_file(name)}) |"
        )
    others = ", ".join(f"`{_said(name)}`" for name in org.modules if name not in org.fields)
    return (
        "## Modules\n\n| API name | called | mandatory | own fields | all fields |\n|---|---|---|---|---|\n"
        + "\n".join(rows)
        + (f"\n\nAlso there: {others}." if others else "")
    )


def _stages(pipelines: Iterable[Pipeline]) -> str:
    lines = [
        f"- {_said(p.display)}: "
        + " → ".join(f"`{_said(s.actual)}`" + _closes(s.forecast_type) for s in p.stages)
        for p in pipelines
    ]
    return "## Stages of deals\n\n" + "\n".join(lines) if lines else ""


def _closes(forecast_type: str | None) -> str:
    kind = (forecast_type or "").removeprefix("Closed ").lower()
    return f" ({kind})" if kind in ("won", "lost") else ""


def _common_values(org: Described) -> str:
    lines = [
        f"- `{module}.{name}`: "
        + ", ".join(f"`{_said(c.actual)}`" for c in org.fields[module][name].offered[:40])
        for module, names in _VALUES_IN_OVERVIEW.items()
        for name in names
        if module in org.fields and name in org.fields[module] and org.fields[module][name].offered
    ]
    return "## Values in use\n\n" + "\n".join(lines) if lines else ""


def _module(info: ModuleInfo, fields: Iterable[FieldInfo]) -> str:
    known = list(fields)
    written = [f for f in known if f.operations.api_create or f.operations.api_update]
    parts = [f"# {_said(info.api_name)} ({_said(info.plural)})"]
    for title, group in (("Fields", written), ("Read only", [f for f in known if f not in written])):
        if group:
            parts.append(f"## {title}\n\n" + "\n".join(map(_field, group)))
    return "\n\n".join(parts) + "\n"


def _field(info: FieldInfo) -> str:
    must = " mandatory," if info.mandatory else ""
    return f"- `{_said(info.api_name)}`:{must} `{_said(describe(info, full=True), 4_000)}`"


def _said(text: str, limit: int = 200) -> str:
    """An administrator's words on one line, unable to end a code span or to begin markup."""
    return untrusted.clean(re.sub(r"[`<>\s]+", " ", text), limit).strip()


def _cell(text: str) -> str:
    return _said(text).replace("|", "/")


def _yaml(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _file(module: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", module) + ".md"
