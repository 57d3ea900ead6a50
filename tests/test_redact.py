"""What a log or a terminal must never show, and what it must still show."""

from __future__ import annotations

import pytest

from zcrm_tools.redact import redact

TOKEN = "1000.0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Zoho-oauthtoken {TOKEN}",
        "Authorization: Bearer canary",
        f"it was {TOKEN}.",
        "client_secret=canary&grant_type=refresh_token",
        "{'refresh_token': 'canary'}",
        '{"access_token": "canary"}',
        "ZCRM_CLIENT_SECRET=canary ZCRM_HOME=/home",
        "ZCRM_PASSPHRASE: canary",
        "ZCRM_KEY=canary",
        "https://accounts.zoho.com/oauth/v2/token/addextrascope?enhance_token=canary&logout=false",
        "device_code=canary&client_id=1000.ID",
        "http://localhost:8765/callback?state=s&code=canary&location=us",
    ],
)
def test_a_secret_is_stars(text: str):
    shown = redact(text)
    assert "canary" not in shown
    assert TOKEN not in shown
    assert "**********" in shown


@pytest.mark.parametrize(
    "text",
    [
        "Zoho refused: {'code': 'INVALID_DATA', 'status': 'error'}",
        "ZCRM_KEY_FILE=/run/secrets/key and ZCRM_KEY_FIELD=Zcrm_Key",
        "client 1000.ABCDEF in 2026-11-24",
    ],
)
def test_what_is_no_secret_stays(text: str):
    assert redact(text) == text
