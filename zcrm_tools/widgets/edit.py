"""The Edit widget: a form of one record. The Explorer shows the same form."""

from __future__ import annotations

from typing import Any, ClassVar

from zcrm_tools.client import AsyncClient, Client
from zcrm_tools.widgets.form import Form
from zcrm_tools.widgets.panel import Panel, esm


class Edit(Panel):
    """A form for one record; without an id for a new one."""

    _esm = esm("edit")
    fallback: ClassVar[str] = "Use <code>crm.module(…).update(id, field=value)</code>."

    def __init__(self, client: Client | AsyncClient, module: str, id: str = "") -> None:
        super().__init__(client)
        self._form = Form(lambda: self.crm, module, id)

    async def do_form(self, *, verb: str, given: dict[str, Any]) -> Any:
        return await self._form.do(verb, given)
