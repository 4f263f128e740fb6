"""A province-month: class facts, coverage and school roll-up, from nothing."""

from django.db import connection, transaction

from reports.services.facts import rebuild
from schools.models import School

from . import baselines, datasets
from .results import Results, about, seconds


def measure(options):
    """The product's rebuild against `floors.fill_by_hand`, each in a transaction rolled back."""
    month = datasets.busiest_month()
    school_ids = sorted(School.objects.values_list("pk", flat=True))
    results = Results("month", about(connection, month=month, size=datasets.size_of(month)))
    floor = seconds(
        lambda: _undone(month, lambda: baselines.fill_by_hand(month)), rounds=options.rounds
    )
    ours = seconds(
        lambda: _undone(month, lambda: rebuild(school_ids=school_ids, month=month)),
        rounds=options.rounds,
    )
    emptied = seconds(lambda: _undone(month, lambda: None), rounds=options.rounds)
    results.add("rebuilt from nothing", ours - emptied, floor=floor - emptied, at_most=1.2)
    again = seconds(lambda: rebuild(school_ids=school_ids, month=month), rounds=options.rounds)
    results.add("rebuilt again, nothing changed", again, floor=floor - emptied)
    datasets.vacuum(*baselines.FACTS)
    return results


class _Undo(Exception):
    pass


def _undone(month, work):
    try:
        with transaction.atomic():
            baselines.empty_facts(month)
            work()
            raise _Undo
    except _Undo:
        pass
