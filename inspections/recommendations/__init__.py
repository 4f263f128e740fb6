"""Recommendations as an office follows them: the list, what is overdue, other programs."""
