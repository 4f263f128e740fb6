"""Cases of children in the small world."""

import datetime

from mobilisation.cases.selectors.children import Child
from mobilisation.cases.services import add_visit, close_case, open_case
from schools.models import Pupil

WEEK = datetime.timedelta(days=7)


def follow(world, pupil=None, *, person=None, by=None, **more):
    """A case of a pupil, or of an entry of the survey; opened by the commune officer."""
    by = by or world.commune_officer
    commune = more.pop("commune", world.commune_a)
    entry = person
    child = Child(
        person=entry.person if entry else None,
        pupil=pupil,
        commune=commune,
        village=entry.household.village if entry else "Háng Lìa",
    )
    values = {"kind": "out" if entry else "drift", "owner": by, "due_on": world.today + WEEK}
    return open_case(child=child, by=by, **values | more)


def visit(world, case, by=None, **more):
    values = {
        "made_on": world.today,
        "way": "visit",
        "who": "Giàng A Tủa, trưởng bản",
        "found": "Em ở nhà trông em bé",
        "promise": "Thứ hai đi học lại",
        "next_on": world.today + WEEK,
    }
    return add_visit(case=case, by=by or world.commune_officer, **values | more)


def close(world, case, outcome="returned", by=None, **more):
    values = {"closed_on": world.today, "closing_note": ""} | more
    return close_case(case=case, outcome=outcome, by=by or world.commune_officer, **values)


def pupil(name):
    return Pupil.objects.get(full_name=name)
