"""The operator's policy file: what it says counts, and every mistake in it is named."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from zcrm_tools.errors import NotConfigured
from zcrm_tools.safety import policy_file
from zcrm_tools.safety.policy import Fields, Hours, Names, Policy, Window
from zcrm_tools.settings import Settings, from_environment

WHOLE = """
mode = "write"
row_cap = 5
most = 50
mask = ["Email"]
approval = ["client", "page"]
[window]
rows = 30
[effects]
delete = "straight"
send = "refuse"
[toolsets]
deny = ["admin"]
[modules]
allow = ["Leads"]
[fields]
deny = ["*.Owner"]
[hours]
days = ["mon", "fri"]
from = "08:00"
to = 19:30:00
[journal]
keep_days = 30
values = true
[profiles.production]
mode = "read"
row_cap = 1
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(text, "utf-8")
    return path


def test_everything_that_a_file_says_counts(tmp_path: Path):
    path = written(tmp_path, WHOLE)
    assert policy_file.read(path) == Policy(
        write=True,
        row_cap=5,
        most=50,
        mask=frozenset({"Email"}),
        approval=frozenset({"client", "page"}),
        window=Window(30, 60),
        effects={"delete": "straight", "send": "refuse"},
        toolsets=Names(deny=frozenset({"admin"})),
        modules=Names(allow=frozenset({"Leads"})),
        fields=Fields(Names(deny=frozenset({"*.Owner"}))),
        hours=Hours(frozenset({0, 4}), time(8), time(19, 30)),
        keep_days=30,
        keep_values=True,
        source=str(path),
    )


def test_a_profile_has_the_rules_of_all_but_for_its_own(tmp_path: Path):
    path = written(tmp_path, WHOLE)
    production = policy_file.read(path, "production", write=True)
    assert (production.write, production.row_cap, production.most) == (False, 1, 50)
    assert policy_file.read(path, "other").row_cap == 5


def test_a_flag_counts_only_where_the_file_says_nothing_of_the_mode(tmp_path: Path):
    assert not policy_file.read(written(tmp_path, 'mode = "read"'), write=True).write
    assert policy_file.read(written(tmp_path, "row_cap = 5"), write=True).write
    assert not policy_file.read(written(tmp_path, "row_cap = 5")).write


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ('mode = "wrte"', "mode", "Did you mean write?"),
        ("rowcap = 5", "rowcap", "Did you mean row_cap?"),
        ("row_cap = -1", "row_cap", "from 0 on"),
        ("row_cap = true", "row_cap", "whole number"),
        ("most = 0", "most", "from 1 on"),
        ('[effects]\ndelet = "person"', "effects.delet", "Did you mean delete?"),
        ('[effects]\ndelete = "ask"', "effects.delete", "straight, person, refuse"),
        ('[toolsets]\nallow = ["cor"]', "toolsets.allow", "Did you mean core?"),
        ('[modules]\nonly = ["Leads"]', "modules.only", "no key here"),
        ('[modules]\nallow = "Leads"', "modules.allow", "a list of names"),
        ('modules = ["Leads"]', "modules", "must be a table"),
        ('[fields]\ndeny = ["Owner"]', "fields", "Module.Field"),
        ('[hours]\ndays = ["monday"]', "hours.days", "mon, tue"),
        ('[hours]\nfrom = "8 o\'clock"', "hours.from", "08:00"),
        ('[hours]\nfrom = "19:00"\nto = "08:00"', "hours", "cannot span midnight"),
        ("[journal]\nkeep_days = 1.5", "journal.keep_days", "whole number"),
        ('[journal]\nvalues = "no"', "journal.values", "true or false"),
        ('approval = ["terminl"]', "approval", "Did you mean terminal?"),
        ("[window]\nminutes = 0", "window.minutes", "from 1 on"),
        ("[window]\nhours = 1", "window.hours", "no key here"),
        ("mask = [1]", "mask", "a list of names"),
        ('[profiles.prod]\nmode = "x"', "profiles.prod.mode", "is 'x'"),
        ("profiles = 5", "profiles", "must be a table"),
        ("mode = ", "", "is no TOML"),
    ],
)
def test_each_mistake_is_named_with_its_place(tmp_path: Path, text: str, where: str, said: str):
    with pytest.raises(NotConfigured) as caught:
        policy_file.read(written(tmp_path, text))
    (problem,) = caught.value.problems
    assert problem.where == where
    assert said in str(problem)
    assert "policy.toml" in problem.message


def test_all_mistakes_are_named_at_once_and_a_missing_file_too(tmp_path: Path):
    with pytest.raises(NotConfigured) as caught:
        policy_file.read(written(tmp_path, 'mode = "x"\nmost = 0\n[effects]\nfly = "person"'))
    assert [p.where for p in caught.value.problems] == ["mode", "most", "effects.fly"]
    with pytest.raises(NotConfigured, match="cannot be read"):
        policy_file.read(tmp_path / "absent.toml")


def test_the_setting_names_the_file_and_without_it_the_flag_decides(tmp_path: Path):
    path = written(tmp_path, "row_cap = 3")
    chosen = from_environment({"ZCRM_POLICY": str(path), "ZCRM_WRITE": "1"})
    assert (policy_file.of(chosen).row_cap, policy_file.of(chosen).write) == (3, True)
    assert policy_file.of(Settings(home=tmp_path, write=True)) == Policy(write=True)
