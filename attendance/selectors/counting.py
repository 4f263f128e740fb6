"""Which sessions count for a pupil: the one answer of figures, lists and pages.

A session counts for a pupil when its register was taken while he was on the roll of its class,
unless somebody said that it does not (`models.Uncounted`). `services.filling` of the reports
says the same in SQL; `services.verify` counts it a third time, on purpose.
"""

from ..models import Uncounted


def not_counted(**condition):
    """Set of (pupil id, register id) that do not count, among `Uncounted` rows; one query."""
    return set(Uncounted.objects.filter(**condition).values_list("pupil_id", "register_id"))


def counts_for(spell, register_id, date, left_out):
    """Whether a register taken in the spell's class counts for its pupil.

    `left_out`: what `not_counted` answered.
    """
    return spell.is_valid_on(date) and (spell.pupil_id, register_id) not in left_out
