"""Accounts made in bulk, and their printed slips: user name, first password, QR code."""
