"""The ministry's pupil workbook: its columns, how cells are read, why a row is refused.

Nothing here touches the database. `schools.resources` turns rows into pupils with it,
`schools.services.imports` decides what a whole workbook would change.
"""
