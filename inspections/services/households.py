"""Writing down households of the survey that a visit met; two halves become one whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from core.services.saving import save_checked
from core.types import User

from ..models import HouseholdCheck, Visit
from ..models.visits import VISITS, WRITE_DOWN
from ..selectors.households import Surveyed, households_in, survey_of
from .lines import check_differing, check_seen, no_household


@dataclass(frozen=True)
class Met:
    """One household met. `seen` is the version of the check the person saw, 0 for none."""

    household_id: int
    result: str
    note: str = ""
    seen: int = 0


def check_households(
    *, visit: Visit, village: str, met: Sequence[Met], by: User
) -> list[HouseholdCheck]:
    """Write down households of a village, by key; returns the rows that changed.

    Each is put beside what its form says at this moment, in numbers. Households that are not
    among `met` stay as they are. Raises IllegalTransition: the visit is over, `by` is not on the
    team; ValidationError: a household that is not in the latest survey of the commune, one that
    differs without saying what; WrittenMeanwhile: another check than the one seen. Nothing is
    written then.
    """
    with VISITS.change(WRITE_DOWN, visit, by=by) as step:
        visit = step.row
        survey = survey_of(visit)
        surveyed = (
            {row.household.pk: row for row in households_in(survey, village)} if survey else {}
        )
        present = {
            row.household_id: row
            for row in visit.household_checks.select_related("checked_by")
            if row.household_id is not None
        }
        changed = []
        for told in met:
            row = surveyed.get(told.household_id)
            if row is None or survey is None:
                raise no_household()
            check = _write(visit, survey.year, row, present.get(told.household_id), told, by)
            changed += [check] if check else []
        step.changes = {"households": (None, [str(check) for check in changed])}
    return changed


def _write(
    visit: Visit,
    year: int,
    surveyed: Surveyed,
    row: HouseholdCheck | None,
    told: Met,
    by: User,
) -> HouseholdCheck | None:
    """The row as it is now written; None where nothing changed."""
    note = told.note.strip()
    if row is not None and (row.result, row.note) == (told.result, note):
        return None
    household = surveyed.household
    check_seen(str(household), row, told.seen)
    check_differing(household, told.result, note)
    row = row or HouseholdCheck(visit=visit, household=household, version=0)
    row.village, row.form_number = household.village, household.form_number
    row.survey_year = year
    row.people, row.children = surveyed.people, surveyed.children
    row.at_school = surveyed.at_school
    row.result, row.note = told.result, note
    row.version += 1
    row.checked_by, row.checked_at = by, timezone.now()
    return save_checked(row)
