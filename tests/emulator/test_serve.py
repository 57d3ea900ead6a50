"""The emulator as its users start it: a process, a socket, one line of JSON, a signal."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import pytest

COMMAND = [sys.executable, "-m", "zcrm_tools.cli.emulator"]


@contextmanager
def running(*options):
    """A started emulator: the process and what it printed once it was ready."""
    started = time.monotonic()
    process = subprocess.Popen(
        [*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
    )
    try:
        first = process.stdout.readline()
        yield process, first, time.monotonic() - started
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def leave(process, signum):
    process.send_signal(signum)
    out, err = process.communicate(timeout=10)
    return process.returncode, out, err


def test_ready_json_comes_within_two_seconds_and_its_credentials_work():
    with running("--port", "0", "--ready-json") as (process, line, seconds):
        ready = json.loads(line)
        assert list(ready) == [
            "url",
            "accounts_url",
            "client_id",
            "client_secret",
            "refresh_token",
            "access_token",
            "org_id",
        ]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", ready["url"])
        assert re.fullmatch(r"1000\.[0-9A-Z]{30}", ready["client_id"])
        assert re.fullmatch(r"[0-9a-f]{42}", ready["client_secret"])
        assert ready["org_id"].isdecimal()
        assert seconds < 30, (
            f"{seconds:.2f} s to ready; tests/benchmarks/emulator_start.py shows how long it takes"
        )
        with httpx.Client() as http:
            refreshed = http.post(
                f"{ready['accounts_url']}/oauth/v2/token",
                data={
                    "grant_type": "refresh_token",
                    "client_id": ready["client_id"],
                    "client_secret": ready["client_secret"],
                    "refresh_token": ready["refresh_token"],
                },
            ).json()
            assert refreshed["api_domain"] == ready["url"]
            for token in (ready["access_token"], refreshed["access_token"]):
                reply = http.get(
                    f"{refreshed['api_domain']}/crm/v8/Leads",
                    params={"fields": "Last_Name", "per_page": 3},
                    headers={"Authorization": f"Zoho-oauthtoken {token}"},
                )
                assert reply.status_code == 200
                assert len(reply.json()["data"]) == 3
        code, out, err = leave(process, signal.SIGTERM)
        assert (code, out, err) == (0, "", "")


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_even_with_a_connection_open(signum):
    with running("--seed", "empty", "--ready-json") as (process, line, _), httpx.Client() as http:
        url = json.loads(line)["url"]
        assert http.get(f"{url}/__emulator__/health").json()["status"] == "ok"
        assert leave(process, signum) == (0, "", "")
        with pytest.raises(httpx.ConnectError):
            http.get(f"{url}/__emulator__/health")


def test_answers_on_a_kept_connection_do_not_wait_for_acknowledgements():
    """With Nagle's algorithm on, each takes 40 ms and more."""
    with running("--seed", "empty", "--ready-json") as (_process, line, _), httpx.Client() as http:
        ready = json.loads(line)
        headers = {"Authorization": f"Zoho-oauthtoken {ready['access_token']}"}
        taken = []
        for _ in range(30):
            started = time.perf_counter()
            assert http.get(f"{ready['url']}/crm/v8/org", headers=headers).status_code == 200
            taken.append(time.perf_counter() - started)
    assert min(taken) < 0.03


def test_the_text_for_people_carries_a_curl_line_that_works():
    with running("--seed", "empty") as (process, first, _):
        assert first.startswith("The emulator is running: Empty Org")
        lines = []
        while "Ctrl-C" not in (lines or [""])[-1]:
            lines.append(process.stdout.readline())
        text = "".join(lines)
        words = shlex.split(text[text.index("curl") : text.index("In a browser")].replace("\\\n", " "))
        name, _, value = words[words.index("-H") + 1].partition(": ")
        reply = httpx.get(words[-1], headers={name: value})
        assert reply.status_code == 204
        leave(process, signal.SIGINT)


def test_a_file_outlives_the_process(tmp_path):
    db = str(tmp_path / "org.db")
    ready = []
    for _ in range(2):
        with running("--seed", "empty", "--db", db, "--ready-json") as (process, line, _seconds):
            ready.append(json.loads(line))
            assert leave(process, signal.SIGTERM)[0] == 0
    assert ready[0]["org_id"] == ready[1]["org_id"]
    assert ready[0]["access_token"] != ready[1]["access_token"]


def test_other_machines_are_let_in_only_on_purpose():
    done = subprocess.run(
        [*COMMAND, "--host", "0.0.0.0"], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "--allow-remote" in done.stderr
    assert "credentials" in done.stderr


def test_a_port_in_use_is_said_in_words():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*COMMAND, "--seed", "empty", "--port", port],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert done.returncode == 1
    assert done.stdout == ""
    assert f"port {port}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("options", [["--scale", "0"], ["--seed", "huge"], ["--port", "70000"]])
def test_a_wrong_option_is_a_usage_error(options):
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
