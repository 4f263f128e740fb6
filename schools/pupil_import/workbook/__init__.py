"""The ministry's pupil workbook: its columns, how cells are read, why a row is refused.

Nothing here touches the database. `schools.pupil_import.resources` turns rows into pupils with it,
`schools.pupil_import.services` decides what a whole workbook would change.
"""
