"""Keeping an installation: backup, restore, and the move to another database.

All three speak one form, whatever the engine: a table is a stream of lines in the text format
of PostgreSQL's COPY, in the order of its primary key, and its fingerprint is the SHA-256 of
that stream. Equal fingerprints mean equal tables, on SQLite as on PostgreSQL
(see docs/adr/0010).
"""
