"""Children of an invented survey against the rolls of an invented province; needs no rows.

Commune by commune, as the product searches: its children with all pupils of its schools, and with
those of the rest of the province who have one of their names or numbers, nobody matched before.
Who is older than 18 stands in the survey and is not compared. The errors are those of
`tests/mobilisation/invented_children.py`; the database is not in it.
"""

import resource
import time
from collections import defaultdict
from dataclasses import replace

from django.db import connection

from mobilisation.matching.scoring import LEAST, pairs
from mobilisation.surveys.selectors.children import OLDEST_CHILD
from tests.mobilisation.invented_children import best_of, children
from tests.mobilisation.invented_children import measure as share_right

from .results import Results, about

OF_COMMUNE = 4_000  # pupils, as a commune of the province has
YEAR = 2026
SEED = 785
# Of issue 13: 150,000 pupils and 500,000 people, on two cores, one commune on each at a time.
WHOLE, AT_MOST, CORES = (150_000, 500_000), 180, 2


def measure(options):
    """Seconds of one core, precision and recall of what is certain and of what is proposed."""
    communes = max(1, round(options.pupils / OF_COMMUNE))
    # Nine of ten children are on a roll, and nine of ten in the survey.
    size = round(options.pupils / 0.9 / communes)
    people, pupils, truth = _province(communes, size)
    compared = sum(map(len, people.values()))
    adults = max(0, options.people - compared)
    results = Results(
        "matching",
        about(
            connection,
            communes=communes,
            pupils=sum(map(len, pupils.values())),
            survey=compared + adults,
            compared=compared,
        ),
    )
    by_name, by_number = defaultdict(list), {}
    for commune, those in pupils.items():
        for each in those:
            by_name[each.name].append((commune, each))
            if each.number:
                by_number[each.number] = (commune, each)
    names_of = defaultdict(list)
    for commune, those in people.items():
        for each in those:
            if each.born is not None:
                names_of[each.name, each.born].append((commune, each))
    taken, far_pupils, certain, proposed = [], 0, set(), set()
    for commune, those in people.items():
        start = time.process_time()
        far = {
            each.pk: each
            for name in {each.name for each in those}
            for where, each in by_name[name]
            if where != commune
        }
        for number in {each.number for each in those} & by_number.keys():
            where, each = by_number[number]
            if where != commune:
                far[each.pk] = each
        here = {(each.name, each.born) for each in those}
        rivals = [
            other
            for key in {(each.name, each.born) for each in far.values()} & here
            for where, other in names_of[key]
            if where != commune
        ]
        found = pairs(those, [*pupils[commune], *far.values()], rivals=rivals)
        taken.append(time.process_time() - start)
        far_pupils += len(far)
        certain |= {(pair.person, pair.pupil) for pair in found if pair.is_certain}
        proposed |= best_of(found)
    is_whole = (options.pupils, options.people) >= WHOLE
    results.add("slowest commune, one core", max(taken))
    results.add("all communes, one core", sum(taken))
    results.add(
        "the same on two cores",
        sum(taken) / CORES,
        at_most=AT_MOST if is_whole else None,
        target="" if is_whole else f"≤ {AT_MOST} s at {WHOLE[0]:,} × {WHOLE[1]:,}",
    )
    results.add("pupils of other communes looked at, each", far_pupils / communes, "pupils")
    for name, found in (("certain", certain), (f"best from {LEAST} points", proposed)):
        precision, recall = share_right(found, truth)
        results.add(f"{name}: precision", 100 * precision, "%")
        results.add(f"{name}: wrong, of {len(found):,}", (1 - precision) * len(found), "pairs")
        results.add(f"{name}: recall", 100 * recall, "%")
    results.add("memory at most", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB")
    return results


def _province(communes, size):
    """{commune: people up to 18}, {commune: pupils}, {person: pupil}; a number is one child's."""
    people, pupils, truth = {}, {}, {}
    for commune in range(communes):
        own, on_roll, pairs_of = children(
            size, seed=SEED + commune, first=YEAR - OLDEST_CHILD, last=YEAR - 3
        )
        base = commune * 10 * size

        def moved(record, base=base, commune=commune):
            number = f"{commune:04d}{record.number[4:]}" if record.number else ""
            return replace(record, pk=base + record.pk, number=number)

        people[commune] = [moved(each) for each in own]
        pupils[commune] = [moved(each) for each in on_roll]
        truth |= {base + one: base + other for one, other in pairs_of.items()}
    return people, pupils, truth
