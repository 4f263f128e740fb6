"""Digests: once a week or month, each person with a role is told in one place what waits.

An app declares its parts (`parts.declare`); the app of the users says who reads digests and what
they chose (`readers.sources`). A job makes what is due (`making`): a row for each person and
period, shown on the person's page, and an e-mail of the same content for those who want one
(ADR 93).
"""
