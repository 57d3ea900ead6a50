"""What a person reads while signing in: which client to register and why, step by step, with the exact values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zcrm_tools.auth.flows.choice import Flow
    from zcrm_tools.auth.flows.device import Code
    from zcrm_tools.models.grant import Profile
    from zcrm_tools.scopes import Scope


def console(profile: Profile) -> str:
    return profile.accounts_url.replace("//accounts.", "//api-console.")


def registering(flow: Flow, profile: Profile, scopes: tuple[Scope, ...], redirect_uri: str) -> str:
    """How to get a client id and secret for a flow. Needed once; the same client serves the next sign-in."""
    steps = {
        "browser": _SERVER_BASED,
        "paste": _SERVER_BASED,
        "self-client": _SELF_CLIENT,
        "client-credentials": _OWN_NAME,
        "device": _DEVICE,
    }[flow]
    return steps.format(
        console=console(profile),
        redirect=redirect_uri,
        environment=profile.environment,
        scopes=",".join(map(str, scopes)),
    )


_SERVER_BASED = """If you have no client yet, register one (once):

  1. Open {console} and sign in as the person whose CRM it is.
  2. Add Client → Server-based Applications. (That type, because it keeps a secret and can be given more scopes later;
     a JavaScript client never gets a lasting sign-in.)
  3. Client Name: zcrm        Homepage URL: http://localhost
     Authorized Redirect URIs, letter for letter: {redirect}
  4. Create, and keep the page open: it shows the client id and the client secret that are asked for below.
"""
_SELF_CLIENT = """Five steps, once for each client:

  1. Open {console} and sign in as the person whose CRM it is.
  2. Add Client (or Get Started), choose Self Client, and press Create. (That type needs no redirect address.)
  3. On the tab Client Secret are the client id and the client secret that are asked for below.
  4. On the tab Generate Code paste the line of scopes, choose 10 minutes, write any description, press Create,
     and choose your CRM organisation ({environment}).
  5. Paste the code below before its time is up.

Scopes:

{scopes}
"""
_OWN_NAME = """A self client asks in its own name, again for every token, and no person is asked:

  1. Open {console} and sign in as an administrator of the CRM.
  2. Add Client → Self Client → Create; on the tab Client Secret are the id and the secret that are asked for below.
  3. The organisation's id is in Zoho CRM under Setup → Developer Space → APIs; it is asked for below.
"""
_DEVICE = """Only go on if you started this sign-in yourself. Whoever can make you type a code into Zoho's page gets your CRM.

  1. Open {console} and sign in as the person whose CRM it is.
  2. Add Client → Non-browser Applications → Create: it shows the client id and the secret that are asked for below.
"""


def without_a_store(why: str, profile: Profile, scopes: tuple[Scope, ...]) -> str:
    return f"""{why}

So the sign-in cannot be kept on this machine, and nothing was asked for. Set ZCRM_KEY_FILE or ZCRM_PASSPHRASE and it is
kept in an encrypted file. Or give it to each run by environment variables (from your platform's secret store, not from a
file in a project):

  ZCRM_DATA_CENTER     the data centre's code
  ZCRM_CLIENT_ID       from the API console
  ZCRM_CLIENT_SECRET   from the API console
  ZCRM_REFRESH_TOKEN   what the request below answers as refresh_token
  ZCRM_SCOPES          {",".join(map(str, scopes))}

  curl {profile.accounts_url}/oauth/v2/token -d grant_type=authorization_code \\
    -d client_id=CLIENT_ID -d client_secret=CLIENT_SECRET -d code=CODE

CODE comes from the Self Client of {console(profile)} with those scopes, and is good once and for some minutes."""


WAITING = "Waiting for your answer, five minutes at most."
PASTE = """Open the page in your browser and agree. You then land on a page that does not load: that is meant.
Copy its whole address from the address bar and paste it here at once: the code in it lives about a minute from when you agree.
"""


def device_code(code: Code) -> str:
    minutes = int(code.life.total_seconds() // 60)
    return (
        f"On another device open {code.verification_url} and type:\n\n    {code.user_code}\n\n"
        f"Only if you started this yourself. It is good for {minutes} minutes; Zoho is asked every 30 seconds."
    )
