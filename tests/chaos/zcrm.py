"""`zcrm` as a process to be killed: `zcrm.py export …`, `zcrm.py import …`. Its pages and batches are small, and since
it talks to this machine, what it sent has arrived after two seconds.
"""

from __future__ import annotations

from datetime import timedelta

from zcrm_tools import cli
from zcrm_tools.crm import reconcile
from zcrm_tools.transfer import importing, paging

reconcile.LANDING = timedelta(seconds=1)
importing.BATCH = 20
paging.PAGE = 50
paging.REACH = 400
cli.main()
