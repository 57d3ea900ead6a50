"""`python -m zcrm_tools.cli`, for where the `zcrm` script is not on the path."""

from zcrm_tools.cli import main

main()
