"""Inspections of several months proposed at once, from flags, days, roads and seasons."""
