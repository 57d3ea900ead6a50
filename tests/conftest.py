"""Fixtures that every folder may use: real parts only."""

from __future__ import annotations

import ipaddress
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """asyncio only: a client belongs to an event loop, and the emulator's server runs on one."""
    return "asyncio"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the developer's own profile, keyring or proxy."""
    for name in list(os.environ):
        if name.startswith("ZCRM_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ZCRM_HOME", str(tmp_path / "zcrm-home"))


@pytest.fixture(scope="session")
def emulator_process() -> Any:
    """`with emulator_process("--seed", "empty") as ready:` is `zcrm emulator` in a process of its own.

    `ready` holds what it printed, and the process under that name; it is killed at the end.
    """

    @contextmanager
    def run(*options: str) -> Iterator[dict[str, Any]]:
        command = [sys.executable, "-m", "zcrm_tools.cli", "emulator", "--ready-json", *options]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                assert line, "the emulator did not start; its reason is on stderr"
                yield {**json.loads(line), "process": process}
            finally:
                process.kill()

    return run


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate of this machine that nobody has signed, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    cert, secret = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return cert, secret
