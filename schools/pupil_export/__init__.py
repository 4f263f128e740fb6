"""The pupil list as the ministry's workbook, of one school or of many: what the import reads."""
