"""What a person sees in a browser: the frame of every page, and the pages of consent. All values are escaped.

No page loads anything; the one script, which copies text, is allowed by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING

from zcrm_tools.emulator.scope_words import destroys, in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

STYLE = """
:root{color-scheme:light dark;--ink:#1a1d23;--soft:#5a6270;--line:#d9dde4;--ground:#f6f7f9;--card:#fff;--accent:#0b5bd3;
--on:#fff;--warn:#8a4b00;--warnground:#fff4e0;--good:#0d6b3a}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaee;--soft:#a3acba;--line:#383f4a;--ground:#15181d;--card:#1d2128;
--accent:#7db1ff;--on:#0c1420;--warn:#ffc66d;--warnground:#33260f;--good:#6fd39b}}
*{box-sizing:border-box}
body{font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif;margin:0;color:var(--ink);background:var(--ground)}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.3rem .8rem;z-index:2}
header.bar{background:var(--card);border-bottom:1px solid var(--line);padding:.6rem 1.2rem}
header.bar nav{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;max-width:73.6rem;margin:auto;align-items:baseline}
header.bar strong{margin-right:auto}
main{max-width:76rem;margin:1.6rem auto 4rem;padding:0 1.2rem}
main.card{max-width:36rem;background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1.6rem 1.8rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .8rem}h2{font-size:1.1rem;margin:1.8rem 0 .6rem}p{margin:.5rem 0}
a{color:var(--accent)}:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:3px}
code,pre{font:.88em/1.5 ui-monospace,SFMono-Regular,Consolas,monospace;overflow-wrap:anywhere}
pre{white-space:pre-wrap;margin:0}
.soft{color:var(--soft)}.note{background:var(--warnground);color:var(--warn);border-radius:8px;padding:.5rem .8rem}
ul.scopes{list-style:none;padding:0;margin:1rem 0;border:1px solid var(--line);border-radius:8px}
ul.scopes li{padding:.55rem .9rem}ul.scopes li+li{border-top:1px solid var(--line)}
ul.scopes code{display:block;color:var(--soft)}
button,.button{font:inherit;font-weight:600;padding:.5rem 1.3rem;border-radius:8px;border:1px solid var(--accent);
background:var(--accent);color:var(--on);cursor:pointer;text-decoration:none;display:inline-block}
button.second{background:transparent;color:var(--accent)}
.actions{display:flex;flex-wrap:wrap;gap:.7rem;margin-top:1.2rem}
select,input[type=text],input[type=search]{font:inherit;color:inherit;background:var(--card);border:1px solid var(--soft);
border-radius:8px;padding:.45rem .6rem;max-width:100%}
label{display:block;font-weight:600;margin:.9rem 0 .3rem}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:8px;background:var(--card)}
table{border-collapse:collapse;width:100%;font-size:.93rem}
th,td{text-align:left;padding:.4rem .7rem;border-bottom:1px solid var(--line);vertical-align:top;max-width:26rem;
min-width:6.5rem;overflow-wrap:anywhere}tr:last-child td,tr:last-child th{border-bottom:0}
thead th{white-space:nowrap;font-size:.85rem;color:var(--soft)}td.n,th.n{text-align:right;white-space:nowrap}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:.7rem;padding:0;list-style:none}
.tiles a{display:block;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.7rem .9rem;
text-decoration:none;color:inherit}.tiles a:hover{border-color:var(--accent)}.tiles b{display:block;font-size:1.25rem}
.yes{color:var(--good);font-weight:600}.no{color:var(--warn)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1rem;margin:0}dt{color:var(--soft)}dd{margin:0;min-width:0}
dd.copy{display:flex;gap:.6rem;align-items:center;justify-content:space-between}
dd.copy button{padding:.1rem .7rem;font-size:.85rem}
@media(max-width:40rem){dl{grid-template-columns:1fr}dd{margin-bottom:.5rem}}
"""
SCRIPT = """document.addEventListener("click",async e=>{const b=e.target.closest("button[data-copy]");if(!b)return;
try{await navigator.clipboard.writeText(b.dataset.copy);b.textContent="Copied"}catch{b.textContent="Select it by hand"}
setTimeout(()=>{b.textContent="Copy"},2000)})"""
_HASH = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{_HASH}';"
    " base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_NAV = (
    '<a class="skip" href="#main">Skip to the content</a><header class="bar"><nav aria-label="Main">'
    '<strong>zcrm-tools emulator</strong><a href="/">Org</a><a href="/journal">Requests</a>'
    '<a href="/__emulator__/">Control</a><a href="/__emulator__/coverage">Coverage</a></nav></header>'
)


def document(title: str, body: str, *, card: bool = False, script: bool = False) -> str:
    """A whole page. `card` is a narrow one without navigation, for a person who was sent here by an app."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · zcrm-tools emulator</title><style>{STYLE}</style></head><body>"
        f'{"" if card else _NAV}<main id="main"{" class=card" if card else ""}><h1>{escape(title)}</h1>{body}</main>'
        f"{f'<script>{SCRIPT}</script>' if script else ''}</body></html>"
    )


_EMULATED = (
    '<p class="note">This is the zcrm-tools <strong>emulator</strong>, not Zoho. The data is made up.</p>'
)
_CARRIED = (
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "access_type",
    "prompt",
    "code_challenge",
    "code_challenge_method",
    "enhance_token",
    "logout",
)


def _scope_list(scopes: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(in_words(scope))} <code>{escape(scope)}</code></li>" for scope in scopes)
    return f'<ul class="scopes">{items}</ul>'


def _carried(asked: Mapping[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{key}" value="{escape(asked[key])}">' for key in _CARRIED if key in asked
    )


def _sign_in(people: Mapping[int, str]) -> str:
    options = "".join(f'<option value="{user}">{escape(name)}</option>' for user, name in people.items())
    return f'<label for="user">Sign in as</label><select id="user" name="user">{options}</select>'


_DECIDE = (
    '<div class="actions"><button name="decision" value="accept">Accept</button>'
    '<button class="second" name="decision" value="reject">Reject</button></div>'
)
_OFFLINE = "It may go on doing so when you are away, until you revoke it."
_ONLINE = "The permission ends after one hour."


def _asks(client: str, scopes: tuple[str, ...], *, lasting: bool) -> str:
    warning = (
        '<p class="note">Some of this lets the app delete or change what cannot be brought back.</p>'
        if any(destroys(scope) for scope in scopes)
        else ""
    )
    return (
        f"{_EMULATED}<p><strong>{escape(client)}</strong> asks to do this in your name:</p>{_scope_list(scopes)}"
        f"{warning}<p>{_OFFLINE if lasting else _ONLINE}</p>"
    )


def consent(client: str, scopes: tuple[str, ...], asked: Mapping[str, str], people: Mapping[int, str]) -> str:
    lasting = asked.get("access_type") == "offline"
    return document(
        "Allow access?",
        f"{_asks(client, scopes, lasting=lasting)}"
        f'<p class="soft">Afterwards you are sent to <code>{escape(asked.get("redirect_uri", ""))}</code></p>'
        f'<form method="post" action="/oauth/v2/auth">{_carried(asked)}{_sign_in(people)}{_DECIDE}</form>',
        card=True,
    )


def more_scopes(client: str, scopes: tuple[str, ...], asked: Mapping[str, str], who: str) -> str:
    """Only what is new is asked about."""
    new = (
        f"<p><strong>{escape(client)}</strong> has access already and asks for more, in the name of {escape(who)}:</p>"
        f"{_scope_list(scopes)}"
        if scopes
        else f"<p><strong>{escape(client)}</strong> asks for nothing it does not have already.</p>"
    )
    return document(
        "Allow more?",
        f'{_EMULATED}{new}<form method="post" action="/oauth/v2/token/addextrascope">{_carried(asked)}{_DECIDE}</form>',
        card=True,
    )


def device_code(wrong: str) -> str:
    said = f'<p class="note" role="alert">{escape(wrong)}</p>' if wrong else ""
    return document(
        "Connect a device",
        f"{_EMULATED}{said}<p>Type the code that the device shows. Do it only if you started this yourself.</p>"
        '<form method="get" action="/oauth/v3/device"><label for="code">Code</label>'
        '<input type="text" id="code" name="user_code" autocomplete="off" autofocus required maxlength="12">'
        '<div class="actions"><button>Go on</button></div></form>',
        card=True,
    )


def device_consent(
    client: str, code: str, scopes: tuple[str, ...], people: Mapping[int, str], *, lasting: bool
) -> str:
    return document(
        "Connect a device?",
        f"{_asks(client, scopes, lasting=lasting)}"
        f"<p>Accept only if you started this yourself and the device shows <strong>{escape(code)}</strong>.</p>"
        f'<form method="post" action="/oauth/v3/device"><input type="hidden" name="user_code" value="{escape(code)}">'
        f"{_sign_in(people)}{_DECIDE}</form>",
        card=True,
    )


def device_done(*, accepted: bool) -> str:
    if accepted:
        return document("The device is connected", "<p>You can close this page.</p>", card=True)
    return document("The device was refused", "<p>Nothing was granted.</p>", card=True)


def refused(reason: str) -> str:
    return document(
        "This sign-in cannot go on",
        f'<p role="alert">{escape(reason)}</p><p>Nothing was granted.</p>',
        card=True,
    )
