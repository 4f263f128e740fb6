"""Signals of attendance: the packages above mark their figures stale, and are not known here."""

from django.dispatch import Signal

# Arguments: school_class_ids (iterable of ids), date: a register was written or corrected, or
# several of one month, of which this is the first day; classes: the same ones with their year, when
# the sender has them.
register_saved = Signal()

# Arguments: school_class_ids (iterable of ids), start (date), end (date, not included):
# sessions due in that time may have changed.
calendar_changed = Signal()
