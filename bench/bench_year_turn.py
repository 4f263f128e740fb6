"""The turn of the year: the plans of all schools of a province, and one school there and back."""

import datetime
import resource

from django.db import connection, transaction
from django.db.models import Count

from schools.models import School, SchoolYear
from schools.year_turn.selectors.standing import read_standing
from schools.year_turn.services.plan import build, propose
from schools.year_turn.services.turning import turn_year
from schools.year_turn.services.undoing import undo_turn

from . import datasets
from .results import Results, about, seconds

MOST_SECONDS = 60


class _Undo(Exception):
    pass


def measure(options):
    """All of it in one transaction rolled back: the running year is over in it, the next open."""
    month = datasets.busiest_month()
    results = Results("year turn", about(connection, size=datasets.size_of(month)))
    try:
        with transaction.atomic():
            _measure(results)
            raise _Undo
    except _Undo:
        pass
    return results


def _measure(results):
    old = SchoolYear.objects.latest("valid_from")
    SchoolYear.objects.create(
        code="next",
        valid_from=old.valid_to + datetime.timedelta(days=90),
        valid_to=old.valid_to + datetime.timedelta(days=360),
    )
    on = old.valid_to
    ids = datasets.schools_of_first_province()
    taken = seconds(lambda: [_plan(pk, on) for pk in ids], rounds=1)
    results.add(f"plans of {len(ids):,} schools", taken, at_most=MOST_SECONDS)
    results.add(
        "most memory of the process",
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "MB",
    )
    largest = School.objects.filter(pk__in=ids).annotate(n=Count("spells")).latest("n")
    turns = []

    def turn():
        choices = propose(read_standing(largest, on=on))
        turns.append(turn_year(school=largest, choices=choices, on=on, by=None))

    results.add("the largest school goes over", seconds(turn, rounds=1))
    results.add("and is taken back", seconds(lambda: undo_turn(turn=turns[-1], by=None), rounds=1))


def _plan(pk, on):
    standing = read_standing(School.objects.get(pk=pk), on=on)
    return build(standing, propose(standing)).promoted
