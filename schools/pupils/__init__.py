"""Pupils and their enrolments."""
