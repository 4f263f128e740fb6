"""Charts as SVG made on the server: text values, title and description, classes for style."""

from .funnels import FunnelPoint, funnel
from .maps import Region, area_map
from .rankings import Strip
from .trends import TrendPoint, describe_trend, trend

__all__ = [
    "FunnelPoint",
    "Region",
    "Strip",
    "TrendPoint",
    "area_map",
    "describe_trend",
    "funnel",
    "trend",
]
