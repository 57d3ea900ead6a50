"""Scopes in a person's words, for the consent page. The client has a table of its own; this one is the emulator's."""

from __future__ import annotations

from zcrm_tools.emulator.access import parse

_VERBS = {
    "read": "Read",
    "create": "Create",
    "update": "Change",
    "delete": "Delete",
    "write": "Create, change and delete",
    "all": "Read, create, change and delete",
    "custom": "Use",
    "view": "See",
}
_SENTENCES = {
    "coql": "Run queries (COQL) over records it may read",
    "bulk": "Export and import records in bulk",
    "notifications": "Be told when records change",
    "send_mail": "Send email in your name",
    "change_owner": "Give records to another owner",
    "mass_update": "Change many records at once",
    "mass_delete": "Delete many records at once",
    "mass_convert": "Convert many leads at once",
    "composite_requests": "Send several requests in one",
    "graphql": "Run GraphQL queries",
    "apis": "See which parts of the API it may use",
    "features": "See which features this organisation has",
    "zia": "Use Zia",
}
"""For groups where the operation adds nothing a person would ask about."""
_THINGS = {
    "users": "the users of this organisation",
    "org": "the details of this organisation",
    "share": "who a record is shared with",
    "templates": "templates",
    "files": "files",
    "settings": "every setting of this organisation",
    "modules": "every record of every module",
}
_MODULES = {
    "custom": "records of custom modules",
    "notes": "notes on records",
    "attachments": "files attached to records",
    "emails": "emails of records",
    "pricebooks": "price books",
    "salesorders": "sales orders",
    "purchaseorders": "purchase orders",
    "lockinginformation": "locks on records",
    "approvals": "approvals",
    "entity_scores": "scores of records",
    "search": "search results",
}
_SERVICES = {
    "zohosearch": "Search across records",
    "zohofiles": "Use files in Zoho's file storage",
    "zohowriter": "Use documents in Zoho Writer",
    "zohosign": "Send documents to be signed with Zoho Sign",
}
MIGHTY = frozenset({"delete", "write", "all"})
"""Operations that destroy."""


def in_words(text: str) -> str:
    """`ZohoCRM.modules.leads.READ` as `Read leads`; the scope itself when it is none."""
    scope = parse(text)
    if scope is None:
        return text
    if scope.service in _SERVICES:
        return _SERVICES[scope.service]
    group, *rest = scope.path
    if group in _SENTENCES:
        about = "" if not rest or rest[0] == "all" else f" ({_plain(rest)})"
        seen = " and see how it went" if scope.operation == "read" and group.startswith("mass_") else ""
        return _SENTENCES[group] + seen + about
    verb = _VERBS[scope.operation]
    if group == "modules" and rest:
        return f"{verb} {_MODULES.get(rest[0], _plain(rest))}"
    if group == "settings" and rest:
        return f"{verb} settings: {_plain(rest)}"
    thing = _THINGS.get(group, _plain(scope.path))
    return f"{verb} {thing}" + (f" ({_plain(rest)})" if rest else "")


def destroys(text: str) -> bool:
    """Whether a scope lets the app delete records or change settings for good."""
    scope = parse(text)
    return scope is not None and (
        scope.path[0] == "mass_delete"
        or (scope.operation in MIGHTY and scope.path[0] in ("modules", "settings", "users", "org"))
    )


def _plain(parts: tuple[str, ...] | list[str]) -> str:
    return ", ".join(part.replace("_", " ") for part in parts)
