"""Charts as SVG made on the server: text values, title and description, classes for style."""

from .maps import Region, area_map
from .rankings import Strip
from .trends import TrendPoint, describe_trend, trend

__all__ = ["Region", "Strip", "TrendPoint", "area_map", "describe_trend", "trend"]
