"""One sign-in, many processes: one refresh, a common count, and nothing lost when one of them dies."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time as system_time
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from zcrm_tools.auth import sharing
from zcrm_tools.auth.refresh import Tokens
from zcrm_tools.auth.sharing import InFile, Known
from zcrm_tools.errors import TokenThrottled
from zcrm_tools.models.grant import Grant

GRANT = Grant(
    access_token=SecretStr("1000.canary.token"),
    expires_at=datetime(2026, 11, 24, 13, tzinfo=UTC),
    scopes="ZohoCRM.org.READ",
)
KNOWN = Known(GRANT, (datetime(2026, 11, 24, 12, tzinfo=UTC),), datetime(2026, 11, 24, 12, 5, tzinfo=UTC))


@pytest.fixture
def shared(tmp_path, profile, credentials):
    return InFile(tmp_path / "home", profile, credentials)


async def test_what_one_writes_another_reads(tmp_path, profile, credentials, shared):
    async with shared.held():
        assert await shared.read() == Known()
        await shared.write(KNOWN)
    assert await InFile(tmp_path / "home", profile, credentials).read() == KNOWN


async def test_the_token_is_not_in_the_file_and_another_sign_in_cannot_open_it(
    tmp_path, profile, credentials, shared
):
    async with shared.held():
        await shared.write(KNOWN)
    path = sharing.path_of(tmp_path / "home", profile)
    assert "canary" not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    other = credentials.model_copy(update={"refresh_token": SecretStr("1000.other")})
    assert await InFile(tmp_path / "home", profile, other).read() == Known()


@pytest.mark.parametrize("junk", ["", "{", "[]", '{"mints": 5}', '{"mints": ["x"], "blocked_until": null}'])
async def test_a_damaged_file_is_as_if_it_were_not_there(tmp_path, profile, shared, junk):
    async with shared.held():
        await shared.write(KNOWN)
    sharing.path_of(tmp_path / "home", profile).write_text(junk)
    assert await shared.read() == Known()


async def test_a_folder_that_cannot_be_used_costs_the_sharing_and_not_the_call(
    tmp_path, profile, credentials, time, mints, caplog
):
    (tmp_path / "home").write_text("a file where the folder should be")
    source = Tokens(profile, credentials, shared=InFile(tmp_path / "home", profile, credentials), clock=time)
    token = await source.token()
    assert await source.token() == token
    assert mints() == 1
    assert caplog.text.count("not shared") == 1


async def test_ten_tokens_in_ten_minutes_are_counted_over_all_processes(
    tmp_path, profile, credentials, time, mints
):
    def another() -> Tokens:
        return Tokens(
            profile, credentials, shared=InFile(tmp_path / "home", profile, credentials), clock=time
        )

    token = ""
    for _ in range(10):
        token = await another().renew(token)
        time.pass_by(seconds=1)
    with pytest.raises(TokenThrottled) as caught:
        await another().renew(token)
    assert "Wait 590 seconds" in caught.value.problem.next_step
    assert mints() == 10
    time.pass_by(minutes=10)
    assert await another().renew(token) != token


async def test_a_wait_that_zoho_imposed_is_kept_for_the_next_process(
    tmp_path, profile, credentials, time, mints
):
    shared = InFile(tmp_path / "home", profile, credentials)
    async with shared.held():
        await shared.write(Known(None, (), time.now() + timedelta(minutes=4)))
    with pytest.raises(TokenThrottled, match="short while ago"):
        await Tokens(profile, credentials, shared=shared, clock=time).token()
    assert mints() == 0


PROCESS = """
import asyncio, os, sys
from pathlib import Path
from pydantic import SecretStr
from zcrm_tools import endpoints
from zcrm_tools.auth.refresh import Tokens
from zcrm_tools.auth.sharing import InFile
from zcrm_tools.http.session import Session
from zcrm_tools.models.grant import Credentials, Profile

home, url, client_id, secret, refresh, calls = sys.argv[1:]
profile = Profile(name="test", kind="emulator", accounts_url=url, api_url=url, client_id=client_id)
credentials = Credentials(client_id=client_id, client_secret=SecretStr(secret), refresh_token=SecretStr(refresh))

async def main():
    session = Session(url, Tokens(profile, credentials, shared=InFile(Path(home), profile, credentials)))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    replies = await asyncio.gather(*(session.call(endpoints.GET_ORG) for _ in range(int(calls))))
    await session.aclose()
    print(sum(r.status == 200 for r in replies), flush=True)

asyncio.run(main())
"""


def start(home, url, credentials, calls):
    arguments = [
        str(home),
        url,
        credentials.client_id,
        credentials.client_secret.get_secret_value(),
        credentials.refresh_token.get_secret_value(),
        str(calls),
    ]
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


PROCESSES, CALLS = (20, 50) if os.environ.get("LONG_TESTS") else (6, 20)


def test_many_processes_around_an_expiry_cause_one_refresh_and_no_failed_call(
    tmp_path, emulator_url, credentials, mints
):
    racers = [start(tmp_path / "home", emulator_url, credentials, CALLS) for _ in range(PROCESSES)]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    done = [racer.communicate("go\n", timeout=100)[0] for racer in racers]
    assert [int(out) for out in done] == [CALLS] * PROCESSES
    assert mints() == 1


KILLS = 60 if os.environ.get("LONG_TESTS") else 8


def test_a_process_killed_at_any_point_of_a_refresh_leaves_a_usable_sign_in(
    tmp_path, emulator, emulator_url, profile, credentials
):
    """Each round forgets the token, so that there is a refresh to be killed in; the emulator's limit is lifted by time."""
    emulator.clock.freeze()
    luck = random.Random(20261124)
    for _ in range(KILLS):
        emulator.clock.advance(timedelta(minutes=11))
        sharing.forget(tmp_path / "home", profile)
        victim = start(tmp_path / "home", emulator_url, credentials, 1)
        assert victim.stdout is not None
        assert victim.stdin is not None
        assert victim.stdout.readline() == "ready\n"
        victim.stdin.write("go\n")
        victim.stdin.flush()
        system_time.sleep(luck.uniform(0, 0.06))
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
        survivor = start(tmp_path / "home", emulator_url, credentials, 1)
        assert survivor.communicate("go\n", timeout=30)[0] == "ready\n1\n"
