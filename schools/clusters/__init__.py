"""Supervision clusters: communes that an office of a cluster follows, from a day on."""
