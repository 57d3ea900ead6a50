"""Sign-in where the browser is elsewhere: a person opens the link, lands on a page that does not load, and pastes its address.

For JupyterHub, Colab, SSH and containers. It needs no hosted page of ours and the same registered address as `browser`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from zcrm_tools.auth.flows.asked import Asked, SignedIn
from zcrm_tools.auth.flows.browser import REDIRECT_URI
from zcrm_tools.auth.flows.redirect import begin, finish


async def sign_in(
    asked: Asked,
    *,
    on_link: Callable[[str], object],
    pasted: Callable[[], Awaitable[str]],
    redirect_uri: str = REDIRECT_URI,
) -> SignedIn:
    """Show the address by `on_link`, take the landing page's address from `pasted` (ask for it masked), trade the code.

    The code in it lives a minute or two, so the exchange follows at once.
    """
    begun = begin(asked, redirect_uri)
    on_link(begun.url)
    return await finish(begun, await pasted())
