"""Decrees that change the map of units: read from a file, looked at, applied, taken back."""
