"""The schools of a province from one Excel file: read, compared, shown, saved as a whole."""
