"""The workbook of a survey: its columns, how cells are read, why a row is refused.

Nothing here touches the database; `mobilisation.survey_import.services` decides what changes.
"""
