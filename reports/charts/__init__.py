"""Charts as SVG made on the server: text values, title and description, classes for style."""

from .rankings import Bar, RankRow, Strip, bars, ranking
from .trends import TrendPoint, describe_trend, sparkline, trend

__all__ = [
    "Bar",
    "RankRow",
    "Strip",
    "TrendPoint",
    "bars",
    "describe_trend",
    "ranking",
    "sparkline",
    "trend",
]
