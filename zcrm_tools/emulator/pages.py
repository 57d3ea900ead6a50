"""The few pages a person sees in a browser: consent, its refusal, and the front page. All values are escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem;color:#1c1c1c}
code{background:#f2f2f2;padding:.1em .3em;overflow-wrap:anywhere}button{font:inherit;padding:.4rem 1.2rem;margin-right:.5rem}
select{font:inherit}"""
_OPERATIONS = {
    "all": "everything",
    "write": "create, update and delete",
    "custom": "use",
    "view": "see",
}


def _document(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


def in_words(scope: str) -> str:
    """`ZohoCRM.modules.leads.READ` as `modules, leads: read`."""
    _, *path, operation = scope.split(".")
    return f"{', '.join(path)}: {_OPERATIONS.get(operation.lower(), operation.lower())}"


_CARRIED = ("client_id", "redirect_uri", "response_type", "scope", "state", "access_type", "prompt")


def consent(client: str, scopes: Iterable[str], asked: Mapping[str, str], people: Mapping[int, str]) -> str:
    listed = "".join(f"<li>{escape(in_words(s))} <code>{escape(s)}</code></li>" for s in scopes)
    carried = "".join(
        f'<input type="hidden" name="{key}" value="{escape(asked[key])}">' for key in _CARRIED if key in asked
    )
    options = "".join(f'<option value="{user}">{escape(name)}</option>' for user, name in people.items())
    lasting = (
        "It may go on doing so until you revoke it."
        if asked.get("access_type") == "offline"
        else "The permission ends after one hour."
    )
    return _document(
        "Allow access?",
        f"<p>This is the zcrm-tools <strong>emulator</strong>, not Zoho: the data is made up.</p>"
        f"<p><strong>{escape(client)}</strong> asks to use the CRM in your name. {lasting}</p><ul>{listed}</ul>"
        f"<p>You will be sent back to <code>{escape(asked.get('redirect_uri', ''))}</code>.</p>"
        f'<form method="post" action="/oauth/v2/auth">{carried}'
        f'<p><label>Sign in as <select name="user">{options}</select></label></p>'
        '<button name="decision" value="accept">Accept</button>'
        '<button name="decision" value="reject">Reject</button></form>',
    )


def refused(reason: str) -> str:
    return _document("This sign-in cannot go on", f"<p>{escape(reason)}</p><p>Nothing was granted.</p>")


def front(company: str, counts: Mapping[str, int]) -> str:
    rows = "".join(f"<li>{escape(module)}: {count:,}</li>" for module, count in counts.items())
    return _document(
        "zcrm-tools emulator",
        "<p>An offline Zoho Accounts and Zoho CRM to build and test against. Nothing here reaches Zoho.</p>"
        f"<p>The org in it is <strong>{escape(company or 'empty')}</strong>:</p><ul>{rows}</ul>"
        "<ul><li>CRM API: <code>/crm/v8/…</code> (v2 to v8) with <code>Authorization: Zoho-oauthtoken …</code></li>"
        "<li>Accounts: <code>/oauth/v2/auth</code>, <code>/oauth/v2/token</code></li>"
        '<li>What was asked of it: <a href="/__emulator__/requests">/__emulator__/requests</a></li>'
        '<li>Is it well: <a href="/__emulator__/health">/__emulator__/health</a></li></ul>'
        "<p>The credentials were printed where it was started; it keeps only their hashes.</p>",
    )
