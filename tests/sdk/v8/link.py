"""What every script of this folder shares. They run in a Python that has `zohocrmsdk8-0` and not this project.

A script is one area of the SDK: it reads the emulator's address and credentials as JSON from its input, does its steps
and prints what the SDK made of each answer as JSON: `{step: {"status": 201, "object": {...}}}` or `{step: {"error": ...}}`.
"""

from __future__ import annotations

import datetime as dt
import json
import pathlib
import sys
import tempfile
import urllib.request
from enum import Enum
from importlib import import_module

BASE = "zohocrmsdk.src.com.zoho.crm.api"


def sdk(path):
    """`record.Record` is the SDK's class of that name."""
    package, _, name = path.rpartition(".")
    return getattr(import_module(f"{BASE}.{package}"), name)


def made(path, **values):
    """An object of the SDK filled through its setters."""
    built = sdk(path)()
    for name, value in values.items():
        getattr(built, f"set_{name}")(value)
    return built


def choice(value):
    return sdk("util.Choice")(value)


def record(**values):
    built = sdk("record.Record")()
    for name, value in values.items():
        built.add_key_value(name, value)
    return built


def rows(*given):
    return made("record.BodyWrapper", data=list(given))


def params(operation, **values):
    """`params("record.GetRecordsParam", fields="Last_Name")`"""
    map_ = sdk("parameter_map.ParameterMap")()
    for name, value in values.items():
        map_.add(getattr(sdk(operation), name), value)
    return map_


def headers(operation, **values):
    map_ = sdk("header_map.HeaderMap")()
    for name, value in values.items():
        map_.add(getattr(sdk(operation), name), value)
    return map_


def connect(given, folder):
    """Redirected with nothing but the SDK's own Environment; the token comes from a refresh at the emulator."""
    from zohocrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
    from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
    from zohocrmsdk.src.com.zoho.api.logger import Logger
    from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter
    from zohocrmsdk.src.com.zoho.crm.api.initializer import Initializer

    token = OAuthToken(
        client_id=given["client_id"],
        client_secret=given["client_secret"],
        refresh_token=given.get("refresh_token"),
        grant_token=given.get("grant_token"),
    )
    Initializer.initialize(
        environment=DataCenter.Environment(
            given["url"], given["accounts_url"] + "/oauth/v2/token", given["url"]
        ),
        token=token,
        store=FileStore(f"{folder}/tokens.txt"),
        resource_path=str(folder),
        logger=Logger.get_instance(Logger.Levels.INFO, f"{folder}/sdk.log"),
    )
    return token


class Steps:
    def __init__(self, given, folder):
        self.given = given
        self.folder = pathlib.Path(folder)
        self.token = connect(given, folder)
        self.results = {}

    def do(self, name, call, *args):
        """One call. The SDK logs an answer it cannot read and returns None: that is an error here."""
        try:
            answer = call(*args)
        except Exception as problem:  # noqa: BLE001 - whatever it is goes into the report
            self.results[name] = {"error": f"{type(problem).__name__}: {problem}"}
            return None
        if answer is None:
            self.results[name] = {"error": "unreadable: " + self.log_end()}
            return None
        found = answer.get_object()
        self.results[name] = {"status": answer.get_status_code(), "object": plain(found)}
        if found is None and answer.get_status_code() not in (204, 304):
            self.results[name]["error"] = "no object: " + self.log_end()
        return found

    def later(self, seconds=120):
        """Let the emulator's clock run ahead, so that jobs come to their end."""
        asked = urllib.request.Request(
            self.given["url"] + "/__emulator__/clock",
            data=json.dumps({"advance": seconds}).encode(),
            headers={"Content-Type": "application/json"},
        )
        urllib.request.urlopen(asked).close()

    def part(self, name, run, *args):
        """Several calls that need each other: what stops one part does not stop the next."""
        try:
            run(self, *args)
        except Exception as problem:  # noqa: BLE001 - whatever it is goes into the report
            self.results[name] = {"error": f"stopped: {type(problem).__name__}: {problem}"}

    def log(self):
        return (self.folder / "sdk.log").read_text()

    def log_end(self):
        return self.log()[-600:]


def new_ids(answer):
    """The ids in the details of a write's answer."""
    items = answer.get_data() if answer is not None else []
    return [int(item.get_details()["id"]) for item in items]


def plain(value):
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, (dt.datetime, dt.date)):
        return {"at": value.isoformat()}
    if isinstance(value, bytes):
        return {"bytes": len(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    name = type(value).__name__
    if name == "Choice":
        return value.get_value()
    if name == "StreamWrapper":
        return {"name": value.get_name(), "text": b"".join(value.get_stream()).decode("latin-1")}
    found = {"is": name}
    for key, item in vars(value).items():
        short = key.rpartition("__")[2]
        if short == "key_values":
            found.update({k: plain(v) for k, v in item.items()})
        elif short != "key_modified" and item is not None:
            found[short] = plain(item)
    return found


def main(area):
    given = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        steps = Steps(given, folder)
        area(steps)
        steps.results["complaints"] = [line for line in steps.log().splitlines() if "Exception" in line]
    json.dump(steps.results, sys.stdout)
