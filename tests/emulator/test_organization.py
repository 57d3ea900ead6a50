"""The org's photo and its currencies."""

from __future__ import annotations

import pytest

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
EURO = {"name": "Euro - EUR", "iso_code": "EUR", "symbol": "€", "exchange_rate": "1.1"}
RUPEE = {"name": "Indian Rupee - INR", "iso_code": "INR", "symbol": "₹", "exchange_rate": "80"}


@pytest.fixture
def enabled(api):
    """Multi-currency switched on with the euro; sends rows under `currencies` afterwards."""

    async def send(method, *rows, path=""):
        if (await api.get("/org/currencies")).status_code == 403:
            body = {"base_currency": EURO}
            await api.call("POST", "/org/currencies/actions/enable", json=body)
        return await api.call(method, f"/org/currencies{path}", json={"currencies": list(rows)})

    return send


@pytest.mark.evidence("org.photo")
async def test_the_photo_of_the_org_is_uploaded_shown_and_deleted(api, refused):
    assert (await api.get("/org/photo")).status_code == 204
    reply = await api.call("POST", "/org/photo", files={"file": ("logo.png", PNG)})
    assert reply.json()["message"] == "photo uploaded successfully"
    photo = await api.get("/org/photo")
    assert (photo.content, photo.headers["content-type"]) == (PNG, "image/png")
    assert (await api.get("/org")).json()["org"][0]["photo_id"]
    refused(await api.call("POST", "/org/photo", files={"file": ("a.txt", b"text")}), "INVALID_DATA")
    big = PNG + b"\x00" * 1024 * 1024
    refused(await api.call("POST", "/org/photo", files={"file": ("a.png", big)}), "FILE_SIZE_EXCEEDS", 413)
    assert (await api.call("DELETE", "/org/photo")).status_code == 200
    assert (await api.get("/org/photo")).status_code == 204


@pytest.mark.evidence("currencies.enable")
async def test_currencies_are_refused_until_they_are_enabled_once(api, refused):
    refused(await api.get("/org/currencies"), "CURRENCIES_NOT_ENABLED", 403)
    refused(
        await api.call("POST", "/org/currencies", json={"currencies": [RUPEE]}), "CURRENCIES_NOT_ENABLED", 403
    )
    body = {"base_currency": EURO}
    reply = await api.call("POST", "/org/currencies/actions/enable", json=body)
    assert reply.json()["base_currency"]["code"] == "SUCCESS"
    refused(await api.call("POST", "/org/currencies/actions/enable", json=body), "ALREADY_ENABLED")
    (euro,) = (await api.get("/org/currencies")).json()["currencies"]
    assert (euro["is_base"], euro["exchange_rate"], euro["iso_code"]) == (True, "1.100000000", "EUR")
    (org,) = (await api.get("/org")).json()["org"]
    assert (org["mc_status"], org["currency_symbol"]) == (True, "€")


@pytest.mark.evidence("currencies.write")
async def test_currencies_are_added_and_changed(api, enabled):
    reply = await enabled("POST", RUPEE)
    (item,) = reply.json()["currencies"]
    assert item["message"] == "The currency created successfully."
    key = item["details"]["id"]
    separators = {"decimal_separator": "Comma", "thousand_separator": "Period", "decimal_places": "3"}
    assert (await enabled("PUT", {"id": key, "exchange_rate": "90", "format": separators})).status_code == 200
    assert (await enabled("PUT", {"is_active": False}, path=f"/{key}")).status_code == 200
    (rupee,) = (await api.get(f"/org/currencies/{key}")).json()["currencies"]
    assert (rupee["exchange_rate"], rupee["is_active"], rupee["format"]) == (
        "90.000000000",
        False,
        separators,
    )
    assert rupee["modified_by"]["id"] == str(api.ids["admin"])
    assert (await api.get("/org/currencies/1")).status_code == 204


@pytest.mark.evidence("currencies.write")
@pytest.mark.parametrize(
    ("row", "code"),
    [
        (EURO, "DUPLICATE_DATA"),
        ({**RUPEE, "iso_code": "rupee"}, "INVALID_DATA"),
        ({**RUPEE, "name": "Rupee"}, "INVALID_DATA"),
        ({**RUPEE, "exchange_rate": "much"}, "INVALID_DATA"),
        ({**RUPEE, "symbol": None}, "MANDATORY_NOT_FOUND"),
        ({**RUPEE, "format": {"decimal_separator": "Comma"}}, "NOT_ALLOWED"),
    ],
)
async def test_a_currency_with_a_fault_is_not_added(api, enabled, row, code):
    reply = await enabled("POST", row)
    assert (reply.status_code, reply.json()["currencies"][0]["code"]) == (400, code)
    assert len((await api.get("/org/currencies")).json()["currencies"]) == 1


@pytest.mark.evidence("currencies.write")
async def test_ten_currencies_may_be_active(enabled):
    names = "AAA BBB CCC DDD EEE FFF GGG HHH III JJJ".split()
    rows = [{**RUPEE, "iso_code": iso, "name": f"Money - {iso}"} for iso in names]
    reply = await enabled("POST", *rows)
    assert reply.status_code == 207
    assert reply.json()["currencies"][-1]["code"] == "ACTIVE_STATE_LIMIT_EXCEEDED"


@pytest.mark.evidence("currencies.base")
async def test_the_home_currency_is_changed_by_its_own_call_only(api, enabled):
    await enabled("GET")
    (euro,) = (await api.get("/org/currencies")).json()["currencies"]
    reply = await enabled("PUT", {"id": euro["id"], "symbol": "E"})
    assert reply.json()["currencies"][0]["code"] == "NOT_ALLOWED"
    body = {"base_currency": {"id": euro["id"], "symbol": "E"}}
    reply = await api.call("PUT", "/org/currencies/actions/enable", json=body)
    assert reply.json()["base_currency"]["message"] == "The currency updated successfully"
    (euro,) = (await api.get("/org/currencies")).json()["currencies"]
    assert euro["symbol"] == "E"
