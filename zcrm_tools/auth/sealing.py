"""AES-256-GCM: what is sealed for one identity opens for no other, and a changed byte opens for nobody."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

from zcrm_tools.errors import NotConfigured, Problem

VERSION = 1
_NONCE = 12
_KEY = 32


def seal(key: bytes, identity: str, value: Any) -> str:
    """A JSON value as text; a fresh nonce each time."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE)
    sealed = AESGCM(key).encrypt(nonce, json.dumps(value).encode(), _bound_to(identity))
    return base64.b64encode(nonce + sealed).decode()


def unseal(key: bytes, identity: str, text: str) -> Any:
    """Raises NotConfigured for another key, another identity, or damage: these cannot be told apart."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        whole = base64.b64decode(text, validate=True)
        return json.loads(AESGCM(key).decrypt(whole[:_NONCE], whole[_NONCE:], _bound_to(identity)))
    except (ValueError, InvalidTag):
        raise NotConfigured(
            Problem(
                "CANNOT_UNSEAL",
                "The stored sign-in does not open with this key.",
                not_done="Nothing was read.",
                next_step="Give the key or passphrase it was sealed with, or sign in again: zcrm login",
                fix_by="person",
            )
        ) from None


def derived(secret: str, purpose: str) -> bytes:
    """A key from a secret that is already strong, such as a refresh token."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), _KEY, salt=None, info=f"zcrm-tools {purpose}".encode()).derive(secret.encode())


def stretched(passphrase: str, salt: bytes) -> bytes:
    """A key from what a person remembers: scrypt with 64 MiB, about a quarter of a second."""
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=_KEY, n=2**16, r=8, p=1).derive(passphrase.encode())


def _bound_to(identity: str) -> bytes:
    return f"{VERSION} {identity}".encode()
