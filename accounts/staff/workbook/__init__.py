"""The staff list in Excel: its columns, how cells are read, why a row is refused.

Nothing here touches the database; `accounts.staff.services.imports` decides what a list changes.
"""
