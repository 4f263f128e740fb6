"""Charts as SVG made on the server: text values, title and description, classes for style."""

from .rankings import Strip
from .trends import TrendPoint, describe_trend, trend

__all__ = ["Strip", "TrendPoint", "describe_trend", "trend"]
