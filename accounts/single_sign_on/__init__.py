"""Signing in at the office's own identity provider (OpenID Connect): an option.

It stands in for the password and for nothing else: accounts, roles, the second step and the
bounds of a session are ours. docs/adr/0059-single-sign-on.md says what is trusted and what not.
"""
