"""`zcrm policy`: what the operator's policy comes to, and what is wrong with its file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zcrm_tools import terminal
from zcrm_tools.cli import options
from zcrm_tools.coql.spelling import nearest

if TYPE_CHECKING:
    from zcrm_tools.metadata.pin import Pin
    from zcrm_tools.safety.policy import Names, Policy


@click.command("policy")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--write", is_flag=True, help="As a server started with --write would have it.")
@click.option("--json", "as_json", is_flag=True)
@options.profile
def command(file: Path | None, *, write: bool, as_json: bool, profile: str) -> None:
    """Show what may be written, and what needs a person. FILE instead of ZCRM_POLICY checks a file before it is used."""
    from zcrm_tools.metadata import pin
    from zcrm_tools.safety import policy_file

    chosen = options.settings(profile=profile)
    chosen = replace(chosen, write=write or chosen.write, policy=str(file) if file else chosen.policy)
    policy = policy_file.of(chosen)
    told = dict(_told(policy, chosen.profile))
    if doubts := list(_unknown(policy, pin.read(chosen))):
        told["unknown_names"] = doubts
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    effects = told.pop("effects")
    for doubt in told.pop("unknown_names", ()):
        click.echo(f"warning: {doubt}", err=True)
    for name, value in told.items():
        click.echo(f"{name.replace('_', ' ')}: {value}")
    click.echo()
    click.echo(
        terminal.table(("what a plan does", "rule"), list(effects.items()), terminal.columns_of(sys.stdout))
    )


def _told(policy: Policy, profile: str) -> Iterator[tuple[str, Any]]:
    from zcrm_tools.safety.policy import WEIGHTS

    yield "profile", profile
    yield "from", policy.source or "no policy file: the usual rules"
    yield "mode", "write" if policy.write else "read"
    yield "person_above", policy.row_cap
    window = policy.window
    yield "person_beyond", f"{window.rows} records within {window.minutes} minutes that no person agreed to"
    yield "refused_above", policy.most
    yield "approval", policy.where()
    for name, names in (
        ("toolsets", policy.toolsets),
        ("modules", policy.modules),
        ("fields", policy.fields.names),
    ):
        yield name, _names(names)
    yield "hours", str(policy.hours) if policy.hours else "always"
    yield "masked", ", ".join(sorted(policy.mask)) or "nothing"
    yield "before_images_kept", f"{policy.keep_days} days" if policy.keep_days else "for ever"
    yield "audit_log_holds", "ids and arguments" if policy.keep_values else "ids, no values"
    yield "effects", {weight: policy.rule(weight) for weight in WEIGHTS}


def _unknown(policy: Policy, known: Pin | None) -> Iterator[str]:
    """Names that the org is not known to have, which limit nothing: a misspelling, or a label for an API name."""
    if known is None or not known.modules:
        return
    labels = {name: module.plural for name, module in known.modules.items()}
    for name in sorted({*(policy.modules.allow or ()), *policy.modules.deny}):
        yield from _doubt(name, labels, "module")
    for name in sorted({*(policy.fields.names.allow or ()), *policy.fields.names.deny}):
        module, _, field = name.partition(".")
        api_name = next((one for one in labels if one.casefold() == module.casefold()), "")
        if api_name:
            yield from _doubt(field, known.labels(api_name), f"field of {api_name}")
        elif module != "*":
            yield from _doubt(module, labels, "module")


def _doubt(name: str, labels: Mapping[str, str], what: str) -> Iterator[str]:
    """`labels` by API name; empty when nobody has asked for them yet."""
    if not labels or name.casefold() in {known.casefold() for known in labels}:
        return
    by_label = next((api for api, label in labels.items() if label.casefold() == name.casefold()), "")
    near = by_label or nearest(name, tuple(labels)) or ""
    yield f"The org is not known to have a {what} {name!r}." + (f" Did you mean {near}?" if near else "")


def _names(names: Names) -> str:
    only = f"only {', '.join(sorted(names.allow))}" if names.allow is not None else "all"
    return f"{only} but {', '.join(sorted(names.deny))}" if names.deny else only
