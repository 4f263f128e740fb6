"""The survey of a commune in Excel: read, looked over, saved as a whole."""
