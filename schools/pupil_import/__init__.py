"""Import of the ministry's pupil workbook."""
