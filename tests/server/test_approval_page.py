"""The server's own approval page: a person's yes or no beside the client, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from starlette.applications import Starlette

from zcrm_server import approval_page, http
from zcrm_server.app import build_for
from zcrm_server.approval_page import ApprovalPage
from zcrm_server.local_token import LocalToken
from zcrm_server.profiles import Profiles, Served
from zcrm_server.tools import Desk
from zcrm_tools.connection import Connector
from zcrm_tools.settings import from_environment

HERE = "http://127.0.0.1:8765"


@dataclass
class Scene:
    http: httpx2.AsyncClient
    token: LocalToken
    page: ApprovalPage
    client: Client
    asked: dict[str, Any]

    async def call(self, **more: str) -> dict[str, Any]:
        result = await self.client.call_tool("update_records", {**self.asked, **more})
        assert result.structured_content is not None
        return result.structured_content

    async def enter(self, code: str) -> httpx2.Response:
        return await self.http.post("/approve", data={"do": "enter", "code": code})

    async def fields(self) -> dict[str, str]:
        """The hidden fields of the form of the plan that waits."""
        shown = await self.http.get("/approve")
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', shown.text))


@pytest.fixture
async def scene(connector: Connector) -> AsyncIterator[Scene]:
    profiles = Profiles((Served("default", connector, write=True),))
    token, page = LocalToken(), ApprovalPage(profiles, HERE)
    app = http.asgi(build_for(Desk(profiles, page=page.url)), http.Door(token), more=page.routes())
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=transport, base_url=HERE, headers={"authorization": f"Bearer {token.value}"}
        ) as assistant,
        httpx2.AsyncClient(transport=transport, base_url=HERE) as person,
        Client(streamable_http_client(f"{HERE}/mcp", http_client=assistant)) as client,
    ):
        found = (await client.call_tool("search_leads", {"limit": 21})).structured_content
        assert found is not None
        records = [{"id": row[0], "fields": {"Designation": "<b>Chief</b> & co"}} for row in found["rows"]]
        yield Scene(person, token, page, client, {"module": "Leads", "records": records})


async def test_a_person_approves_and_the_same_call_writes(scene: Scene) -> None:
    waiting = await scene.call()
    assert waiting["status"] == "waiting"
    assert waiting["needs_person"]
    assert "http://127.0.0.1:8765/approve" in waiting["next_step"]
    assert scene.page.code not in str(waiting)

    entered = await scene.enter(scene.page.code)
    assert entered.status_code == 303
    assert "HttpOnly" in entered.headers["set-cookie"]
    assert "SameSite=strict" in entered.headers["set-cookie"]
    shown = await scene.http.get("/approve")
    assert "Update 21 Leads" in shown.text
    assert "&lt;b&gt;Chief&lt;/b&gt; &amp; co" in shown.text
    assert "<b>" not in shown.text
    done = await scene.http.post("/approve", data={"do": "approve", **await scene.fields()})
    assert "Approved" in done.text
    assert (await scene.call(plan_id=waiting["plan_id"]))["status"] == "applied"


async def test_a_profile_that_cannot_be_opened_hides_no_plan_of_another(
    connector: Connector, tmp_path: Path
) -> None:
    nobody = Connector(replace(from_environment({}), home=tmp_path, profile="nobody"), write=True)
    page = ApprovalPage(
        Profiles((Served("nobody", nobody, write=True), Served("work", connector, write=True))), HERE
    )
    crm = await connector.client()
    lead = (await crm.run_coql(query="select id from Leads where id is not null limit 1")).rows[0][0]
    waiting = await crm.call("delete_records", {"module": "Leads", "ids": [lead]})
    transport = httpx2.ASGITransport(app=Starlette(routes=page.routes()))
    async with httpx2.AsyncClient(transport=transport, base_url=HERE) as person:
        await person.post("/approve", data={"do": "enter", "code": page.code})
        shown = await person.get("/approve")
        assert waiting.plan_id in shown.text
        assert "nobody: " in shown.text
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', shown.text))
        of_nobody = await person.post("/approve", data={"do": "approve", **fields, "profile": "nobody"})
        assert "Not approved" in of_nobody.text


async def test_a_person_declines_and_the_plan_is_gone(scene: Scene) -> None:
    waiting = await scene.call()
    await scene.enter(scene.page.code)
    fields = await scene.fields()
    assert "Nothing was written" in (await scene.http.post("/approve", data={"do": "decline", **fields})).text
    (problem,) = (await scene.call(plan_id=waiting["plan_id"]))["problems"]
    assert problem["code"] == "PLAN_DROPPED"
    late = await scene.http.post("/approve", data={"do": "approve", **fields})
    assert late.status_code == 409
    assert "Nothing is waiting" in (await scene.http.get("/approve")).text


async def test_the_assistants_token_does_not_open_the_page(scene: Scene) -> None:
    await scene.call()
    scene.http.headers["authorization"] = f"Bearer {scene.token.value}"
    assert "Update 21 Leads" not in (await scene.http.get("/approve")).text
    assert (await scene.enter(scene.token.value)).status_code == 403
    assert (await scene.enter("")).status_code == 403


async def test_a_form_from_elsewhere_or_made_by_hand_approves_nothing(scene: Scene) -> None:
    plan_id = (await scene.call())["plan_id"]
    by_hand = {"do": "approve", "plan": plan_id, "profile": "default"}
    assert (await scene.http.post("/approve", data={**by_hand, "seal": ""})).status_code == 403
    await scene.enter(scene.page.code)
    fields = await scene.fields()
    assert fields["plan"] == plan_id
    for data, headers in (
        ({**by_hand, "seal": "0" * 64}, {}),
        ({**by_hand, "seal": "é"}, {}),
        ({"do": "approve", **fields, "plan": "plan_other"}, {}),
        ({"do": "approve", **fields}, {"origin": "http://localhost:3000"}),
        ({"do": "approve", **fields}, {"origin": "https://evil.example"}),
    ):
        assert (await scene.http.post("/approve", data=data, headers=headers)).status_code == 403
    padded = {"do": "approve", **fields, "more": "x" * approval_page.MAX_FORM}
    assert (await scene.http.post("/approve", data=padded)).status_code == 403
    scene.http.cookies.clear()
    assert (await scene.http.post("/approve", data={"do": "approve", **fields})).status_code == 403
    assert (await scene.call(plan_id=plan_id))["status"] == "waiting"


async def test_the_page_runs_nothing_loads_nothing_and_is_kept_nowhere(scene: Scene) -> None:
    shown = await scene.http.get("/approve")
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert shown.headers["cache-control"] == "no-store"
    assert "<script" not in shown.text
    assert (await scene.http.get("/approve", headers={"host": "evil.example"})).status_code == 421
