"""`zcrm import`: a file into a module. Every row is checked first; stopped at any point, the same command goes on."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zcrm_tools import terminal
from zcrm_tools.cli import options

if TYPE_CHECKING:
    from zcrm_tools.metadata.habits import Days, Habits, Mark
    from zcrm_tools.settings import Settings
    from zcrm_tools.transfer.fitting import Mode
    from zcrm_tools.transfer.intake import Import
    from zcrm_tools.transfer.outcome import Report
    from zcrm_tools.transfer.progress import Progress
    from zcrm_tools.transfer.raw import IncomingFile

SHOWN = 10
INCOMPLETE = 3
"""Exit code when some rows were rejected, or their outcome is unknown."""
_CLEAR = "\r\x1b[2K"


@click.command("import")
@click.argument("module")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--mode", default="create", show_default=True, type=click.Choice(["create", "update", "upsert"])
)
@click.option("--key", default="", help="The field that finds records for update and upsert; or id.")
@click.option("--map", "mapped", multiple=True, metavar="COLUMN=FIELD", help="With no FIELD, leave it out.")
@click.option(
    "--decimal",
    type=click.Choice([",", "."]),
    help="The mark before a fraction in the file's numbers.",
)
@click.option(
    "--dates",
    type=click.Choice(["dmy", "mdy"]),
    help="Whether day or month is first in dates such as 3.4.2026; ISO dates need no telling.",
)
@click.option("--clear", is_flag=True, help="Empty cells empty their field; without it they leave it alone.")
@click.option("--dry-run", is_flag=True, help="Check everything and write nothing to Zoho.")
@click.option("--as-new", is_flag=True, help="Rows that differ from those written before are other rows.")
@click.option("--again", is_flag=True, help="Write rows too that this import wrote before.")
@click.option(
    "--exact", is_flag=True, help="CSV: keep the ' before text that a spreadsheet would run as a formula."
)
@click.option("--max-credits", type=int, default=None, help="Do not begin what costs more.")
@click.option("--yes", is_flag=True, help="Do not ask. Needs ZCRM_WRITE=1, which allows writes.")
@options.connection
def command(
    module: str,
    file: Path,
    *,
    mode: Mode,
    key: str,
    mapped: tuple[str, ...],
    decimal: Mark | None,
    dates: Days | None,
    clear: bool,
    dry_run: bool,
    as_new: bool,
    again: bool,
    exact: bool,
    max_credits: int | None,
    yes: bool,
    demo: bool,
    profile: str,
) -> None:
    """Write the rows of FILE (.csv, .xlsx, .jsonl, .parquet) into MODULE; of a workbook, its first sheet.

    All problems of all rows are told before anything is written, with the price. A row is written once: after a stop,
    or when the file was mended, the same command writes what is not in yet. Rejected rows go to a file beside FILE.

    Exit code: 0 every row is in; 1 refused or failed; 3 some rows were rejected; 130 stopped.
    """
    from zcrm_tools.metadata.habits import Habits

    settings = options.settings(demo=demo, profile=profile)
    habits = Habits(decimal or "", dates or "")
    given = _Given(
        module,
        file,
        mode,
        key,
        _pairs(mapped),
        habits,
        clear,
        exact,
        dry_run,
        as_new,
        again,
        max_credits,
        yes,
    )
    try:
        report = asyncio.run(_into(settings, given))
    except KeyboardInterrupt:
        _clear()
        click.echo("Stopped. The same command goes on from here.", err=True)
        sys.exit(130)
    except BaseException:
        _clear()
        raise
    _clear()
    click.echo(str(report))
    if report.plans and not settings.demo:
        click.echo(f"All of it is taken back by: zcrm changes undo {report.id}")
    if report.unknown:
        click.echo(f"Rows of unknown outcome: {_numbers([w.number for w in report.unknown])}.", err=True)
        click.echo("  " + report.unknown[0].reason, err=True)
    if report.rejected_file:
        click.echo(f"The rejected rows are in {report.rejected_file}, with the reasons: mend and import it.")
    sys.exit(0 if report.complete else INCOMPLETE)


@dataclass(frozen=True, slots=True)
class _Given:
    """What was typed."""

    module: str
    file: Path
    mode: Mode
    key: str
    mapped: Mapping[str, str]
    habits: Habits
    clear: bool
    exact: bool
    dry_run: bool
    as_new: bool
    again: bool
    max_credits: int | None
    yes: bool


async def _into(settings: Settings, given: _Given) -> Report:
    from zcrm_tools.connection import open_client
    from zcrm_tools.transfer import importing, incoming, intake, traces

    rows = await asyncio.to_thread(incoming.open_file, given.file, exact=given.exact)
    allowed = bool(settings.demo) or settings.write or (_at_terminal() and not given.yes)
    async with await open_client(settings, write=allowed) as crm:
        asked = await intake.checked(
            crm.org,
            given.module,
            rows,
            mode=given.mode,
            key=given.key,
            mapped=given.mapped,
            clear=given.clear,
            habits=given.habits,
            progress=_checking,
        )
        earlier = 0 if given.again else traces.before(asked, crm.gate, as_new=given.as_new).written
        _tell(asked, earlier)
        if not given.dry_run and asked.ready:
            _agree(asked, earlier, given.max_credits, yes=given.yes, allowed=allowed)
        report = await importing.run(
            asked,
            crm.gate,
            by="" if given.dry_run else "cli",
            way="terminal",
            dry_run=given.dry_run,
            again=given.again,
            as_new=given.as_new,
            max_credits=given.max_credits,
            progress=_show if _live() else lambda _: None,
            announce=lambda said: click.echo(f"{said[:1].upper()}{said[1:]}.", err=True),
        )
    return _with_file(report, rows, given.file)


def _with_file(report: Report, rows: IncomingFile, file: Path) -> Report:
    from zcrm_tools.transfer.incoming import place_for_refused

    if not report.rejected:
        return report
    target = place_for_refused(file)
    rows.write_refused(target, {row.number: row.reason for row in report.rejected})
    return replace(report, rejected_file=target)


def _tell(asked: Import, earlier: int) -> None:
    """What is going to happen, before it does."""
    from zcrm_tools.transfer.outcome import said
    from zcrm_tools.transfer.progress import counted, left_out

    _clear()
    for sentence in left_out(asked.fit.left_out):
        click.echo(sentence, err=True)
    for warning, rows in islice(asked.warnings.items(), SHOWN):
        click.echo(f"Warning, {counted(rows, 'row')}: {said(warning)}", err=True)
    problems = [problem for some in asked.refused.values() for problem in some]
    for problem in problems[:SHOWN]:
        click.echo(f"{problem.where}: {said(problem)}", err=True)
    done = f", {earlier:,} written before" if earlier else ""
    if len(problems) > SHOWN:
        click.echo(f"… and {len(problems) - SHOWN:,} problems more.", err=True)
    click.echo(
        f"{counted(asked.total, 'row')}, {len(asked.refused):,} with problems{done}; {asked.mode}"
        f" {max(0, asked.ready - earlier):,} {asked.module}: at most {counted(asked.credits(earlier), 'credit')}.",
        err=True,
    )


def _agree(asked: Import, earlier: int, max_credits: int | None, *, yes: bool, allowed: bool) -> None:
    """Ask the person. Without one it is for the operator to have allowed it."""
    from zcrm_tools.errors import InvalidInput, NotAllowed
    from zcrm_tools.safety.policy import READ_ONLY
    from zcrm_tools.safety.show import plain
    from zcrm_tools.transfer import reasons

    cost = asked.credits(earlier)
    if max_credits is not None and cost > max_credits:
        raise InvalidInput(reasons.dear(cost, max_credits))
    if yes or not _at_terminal():
        if not yes:
            raise NotAllowed(reasons.needs_person(asked.ready))
        if not allowed:
            raise NotAllowed(READ_ONLY)
        return
    left = asked.ready - earlier
    if left <= 0:  # what an earlier run began was agreed to then
        return
    click.echo("The first of them:", err=True)
    for field, value in asked.sample.items():
        click.echo(f"  {field}: {terminal.fit(terminal.shown(plain(value)), 80)}", err=True)
    if not click.confirm(f"May {left:,} {asked.module} be written?", default=False, err=True):
        click.echo("Nothing was written.")
        sys.exit(1)


def _pairs(mapped: Sequence[str]) -> dict[str, str]:
    for pair in mapped:
        if "=" not in pair:
            raise click.BadParameter(f"{pair!r} is not COLUMN=FIELD.", param_hint="--map")
    return {name: field.strip() for name, _, field in (pair.rpartition("=") for pair in mapped)}


def _numbers(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:20]))
    return shown + (f" and {len(numbers) - 20:,} more" if len(numbers) > 20 else "")


def _at_terminal() -> bool:
    return sys.stdin.isatty()


def _live() -> bool:
    return sys.stderr.isatty()


def _clear() -> None:
    """Take the line of progress away."""
    if _live():
        click.echo(_CLEAR, nl=False, err=True)


def _checking(rows: int) -> None:
    if _live():
        click.echo(f"{_CLEAR}{rows:,} rows checked", nl=False, err=True)


def _show(at: Progress) -> None:
    click.echo(_CLEAR + at.line(), nl=False, err=True)
