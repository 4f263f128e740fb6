"""Signals of schools. Senders are classes; `school_class_ids` are ints."""

from django.dispatch import Signal

# Arguments: school_class_ids (iterable of ids), start (date), end (date or None = open).
# When pupils came or went, records merged or removed too, also pupil_ids, by (who changed it) and
# choice (`past_registers`).
enrolments_changed = Signal()

# Arguments: school_ids (iterable of ids), start (date): schools lie elsewhere from then on.
placements_changed = Signal()

# Arguments: successors (dict old class id -> new class id), on (date), by: a class goes on as
# another one, of another school, from that day.
classes_continued = Signal()

# Arguments: pairs (sequence of (class id, class id)), on (date), by: pupils of the first class are
# in the second one of the same school from that day, as classes were merged or one was split.
classes_regrouped = Signal()

# Arguments: year (SchoolYear), second_term_from (date or None), by.
school_year_opened = Signal()
