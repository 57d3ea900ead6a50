"""What is published beside the package: registry entry, bundle, image and hosts' configurations agree with the package."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import subprocess
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import jsonschema
import pytest

from zcrm_tools import __version__, settings
from zcrm_tools.errors import NotConfigured
from zcrm_tools.hosts.table import HOSTS

ROOT = Path(__file__).parents[2]
SERVER = ROOT / "server"
MCPB = os.environ.get("MCPB", "")
SCHEMA = os.environ.get("MCP_SERVER_SCHEMA", "")
HADOLINT = os.environ.get("HADOLINT", "")
SECRET = re.compile(r"SECRET|TOKEN|KEY|PASSPHRASE")


def script(name):
    """One of the scripts in server/, which are no package."""
    spec = importlib.util.spec_from_file_location(f"server_{name}", SERVER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def entry():
    return json.loads((SERVER / "server.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def manifest():
    return json.loads((SERVER / "mcpb" / "manifest.json").read_text("utf-8"))


def test_what_is_derived_is_not_stale():
    for path, text in script("generate").files().items():
        assert path.read_text("utf-8") == text, f"{path.relative_to(ROOT)}: python server/generate.py"


def test_no_page_is_left_of_a_host_that_is_gone():
    made = {path for path in script("generate").files() if path.parent.name == "clients"}
    assert set((SERVER / "clients").iterdir()) == made


@pytest.mark.parametrize("host", HOSTS, ids=lambda h: h.id)
def test_a_ready_config_holds_our_server_alone(host):
    text = (SERVER / "clients" / f"{host.id}.{host.format}").read_text("utf-8")
    data = tomllib.loads(text) if host.format == "toml" else json.loads(text)
    assert list(data) == [host.key]
    assert list(data[host.key]) == ["zcrm"]
    assert "env" not in data[host.key]["zcrm"]


def test_one_name_and_one_version_stand_everywhere(entry, manifest):
    marker = re.search(r"<!-- mcp-name: (\S+) -->", (ROOT / "README.md").read_text("utf-8"))
    label = re.search(
        r'io\.modelcontextprotocol\.server\.name="([^"]+)"', (SERVER / "Dockerfile").read_text("utf-8")
    )
    assert marker[1] == label[1] == entry["name"]
    versions = {entry["version"], manifest["version"], *(p["version"] for p in entry["packages"])}
    assert versions == {__version__}


def test_the_registry_entry_keeps_the_registrys_rules(entry):
    """Those of its schema of 2025-12-11 that bear on this entry, in our words."""
    assert entry["$schema"].endswith("/2025-12-11/server.schema.json")
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", entry["name"])
    assert 1 <= len(entry["description"]) <= 100
    assert 1 <= len(entry["title"]) <= 100
    assert entry.keys() <= {"$schema", "name", "title", "description", "version", "packages"}
    allowed = {"registryType", "identifier", "version", "runtimeHint", "transport", "packageArguments", "environmentVariables"}  # fmt: skip
    for package in entry["packages"]:
        assert {"registryType", "identifier", "version", "transport"} <= package.keys() <= allowed
        assert package["transport"] == {"type": "stdio"}
        for argument in package["packageArguments"]:
            assert argument["type"] == "named"
            assert set(re.findall(r"\{(\w+)\}", argument["value"])) == argument["variables"].keys()
        for variable in package["environmentVariables"]:
            assert variable.keys() <= {"name", "description", "format", "default", "choices", "isSecret"}
            assert variable.get("format", "string") in ("string", "number", "boolean", "filepath")


@pytest.mark.skipif(not SCHEMA, reason="MCP_SERVER_SCHEMA does not name the registry's server.schema.json")
def test_the_registry_entry_is_valid_by_the_registrys_own_schema(entry):
    jsonschema.Draft7Validator(json.loads(Path(SCHEMA).read_text("utf-8"))).validate(entry)


def test_the_package_has_the_command_that_a_registrys_client_runs(entry):
    """`uvx zcrm-tools` runs the command that is called like the package."""
    commands = {point.name: point.value for point in entry_points(group="console_scripts")}
    (package,) = entry["packages"]
    assert commands[package["identifier"]] == commands["zcrm-mcp"]


def variables(entry, manifest):
    from_registry = {
        v["name"]: bool(v.get("isSecret")) for p in entry["packages"] for v in p["environmentVariables"]
    }
    config = manifest["user_config"]
    asked = {
        name: config[re.fullmatch(r"\$\{user_config\.(\w+)\}", value)[1]]
        for name, value in manifest["server"]["mcp_config"]["env"].items()
    }
    return from_registry, {name: bool(given.get("sensitive")) for name, given in asked.items()}


def refusal(env):
    try:
        settings.from_environment(env)
    except NotConfigured as refused:
        return refused.problem.code
    return ""


def test_every_variable_is_a_setting_and_every_secret_is_marked(entry, manifest):
    for found in variables(entry, manifest):
        for name, secret in found.items():
            assert refusal({name: "1"}) != "UNKNOWN_SETTING", name
            assert secret == bool(SECRET.search(name)), name


def test_the_bundle_as_it_is_offered_starts_the_demo_read_only(manifest):
    defaults = {name: given["default"] for name, given in manifest["user_config"].items()}
    words = {True: "true", False: "false"}
    env = {
        name: words.get(
            defaults[value[len("${user_config.") : -1]], defaults[value[len("${user_config.") : -1]]
        )
        for name, value in manifest["server"]["mcp_config"]["env"].items()
    }
    chosen = settings.from_environment(env)
    assert chosen.demo == 1
    assert not chosen.write
    assert not chosen.client_id


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mcpb") / "staged"
    script("bundle").stage(folder)
    return folder


def test_the_bundle_holds_every_source_and_what_its_manifest_names(staged, manifest):
    for base, package in ((ROOT, "zcrm_tools"), (SERVER, "zcrm_server")):
        for path in (base / package).rglob("*"):
            if path.is_file() and {"__pycache__", "node_modules"}.isdisjoint(path.parts):
                assert (staged / path.relative_to(ROOT)).is_file(), path
    assert (staged / manifest["server"]["entry_point"]).is_file()
    assert not list(staged.rglob("*.pyc"))
    scripts = tomllib.loads((staged / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    assert manifest["server"]["mcp_config"]["args"][-1] in scripts


@pytest.mark.skipif(not MCPB, reason="MCPB does not name @anthropic-ai/mcpb's command; .ci/run installs it")
def test_the_bundle_is_valid_and_packs(staged, tmp_path):
    for arguments in (
        ("validate", str(staged / "manifest.json")),
        ("pack", str(staged), str(tmp_path / "z.mcpb")),
    ):
        done = subprocess.run([MCPB, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert len(hashlib.sha256((tmp_path / "z.mcpb").read_bytes()).hexdigest()) == 64


@pytest.fixture(scope="module")
def instructions():
    """The Dockerfile's instructions in order, continuation lines joined, comments out."""
    text = (SERVER / "Dockerfile").read_text("utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in joined.splitlines()]


def test_the_image_runs_as_nobody_special_and_trusts_the_systems_roots(instructions):
    last = max(at for at, (word, _) in enumerate(instructions) if word == "FROM")
    final = instructions[last:]
    words = [word for word, _ in final]
    (user,) = [rest for word, rest in final if word == "USER"]
    assert user.isdigit()
    assert int(user) > 0
    assert "RUN" not in words[words.index("USER") :]
    installs = " ".join(rest for word, rest in final if word == "RUN")
    assert "ca-certificates" in installs
    assert f"--uid {user}" in installs
    assert "rm -rf /var/lib/apt/lists" in installs


def test_the_image_starts_the_server_and_holds_no_secret(instructions):
    (start,) = [rest for word, rest in instructions if word == "ENTRYPOINT"]
    assert json.loads(start) == ["zcrm-mcp"]
    assert not [word for word, _ in instructions if word in ("ADD", "ARG")]
    assert not [rest for word, rest in instructions if word == "ENV" and SECRET.search(rest)]
    for word, rest in instructions:
        if word == "FROM":
            assert re.match(r"python:3\.\d+-slim\b", rest)


@pytest.mark.skipif(not HADOLINT, reason="HADOLINT does not name hadolint; .ci/run installs it")
def test_a_linter_of_dockerfiles_has_nothing_to_say():
    done = subprocess.run([HADOLINT, str(SERVER / "Dockerfile")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_what_the_image_copies_is_there_and_let_through(instructions):
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert ignored[0] == "*"
    for word, rest in instructions:
        if word == "COPY" and not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert f"!{source}" in ignored, source
