"""Pictures of a pipeline, each a function of a data frame: `plots.pipeline(crm.query("select Stage, Amount from Deals …"))`.

They take rows as they come (records, an action's table, dicts, pandas, polars, Arrow), draw with HTML and SVG of their
own, and need no library and no network. What is drawn is in `.data`, and as text in a terminal.
"""

from __future__ import annotations

from zcrm_tools.plots.activities import heatmap
from zcrm_tools.plots.deals import forecast, performance, pipeline
from zcrm_tools.plots.leads import funnel, sources
from zcrm_tools.plots.plot import Plot
from zcrm_tools.plots.quality import quality

__all__ = ["Plot", "forecast", "funnel", "heatmap", "performance", "pipeline", "quality", "sources"]
