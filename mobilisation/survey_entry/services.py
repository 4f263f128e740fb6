"""Households and persons of the latest round, entered, corrected, removed and put back.

What a row of the survey may say, who it means and what it changes is judged where files are
(`survey_import`): here is only what a person sees and decides one by one (ADR 99).
"""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import Changes, Kind, record
from core.services.saving import locked_row, save_checked
from core.types import User
from schools.models import Area

from .. import events
from ..cases.services import close_case
from ..enums import GONE, Removal
from ..matching.services.matching import search_for, search_rolls
from ..models import ChildCase, Household, Match, SurveyEntry, SurveyPerson, SurveyRound
from ..models.surveys import village_key
from ..survey_import.services.change_set import HOUSEHOLD, Judge, Outcome, first_values
from ..survey_import.services.commit import write_outcomes
from ..survey_import.services.reading import SurveyLine
from ..survey_import.services.records import Records, load
from ..survey_import.workbook.refusals import words
from ..surveys.services.rounds import hold
from .selectors import followed_alone, household_of, latest_round, seen_of, seen_of_household

# Of the event of a household, by the name of the field.
_COLUMNS = {"head_name": "head_given_name"}


class PossiblyKnown(ValidationError):
    """Somebody of this name and birth is on record in the commune: `entries` are they."""

    def __init__(self, entries: list[SurveyEntry]) -> None:
        super().__init__(
            _("Somebody of this name and date of birth is in the survey already: %(where)s.")
            % {"where": ", ".join(str(each.household) for each in entries)},
            code="known",
        )
        self.entries = entries


class NumberOfAnother(ValidationError):
    """The personal number is that of somebody else, whom the message names."""


class ChangedMeanwhile(ValidationError):
    """Somebody else saved it since it was shown; `seen` is what it is now."""

    def __init__(self, seen: str) -> None:
        super().__init__(
            _(
                "Somebody else changed this in the meantime. Look at what is on record now; saved "
                "again, yours takes its place."
            ),
            code="changed",
        )
        self.seen = seen


@transaction.atomic
def add_household(*, commune: Area, village: str, values: Mapping[str, Any], by: User) -> Household:
    """A household of a village; `values`: form number and `HOUSEHOLD`. Raises ValidationError."""
    hold(commune.pk)
    _require_free(commune, village, values["form_number"])
    household = Household(commune=commune, village=_as_written(commune, village), **values)
    household.told_in = _year_of(commune)
    save_checked(household, by=by)
    changes = {_COLUMNS.get(key, key): (None, str(value)) for key, value in values.items() if value}
    _tell(events.HOUSEHOLD_ENTERED, household, by=by, changes=changes)
    return household


@transaction.atomic
def change_household(
    *, household: Household, values: Mapping[str, Any], seen: str, by: User
) -> Household:
    """Correct form number and `HOUSEHOLD`. Raises ValidationError, `ChangedMeanwhile`."""
    hold(household.commune_id)
    found = locked_row(household, "commune", no_key=True)
    if seen_of_household(found) != seen:
        raise ChangedMeanwhile(seen_of_household(found))
    changes = {}
    for name, value in values.items():
        if (old := getattr(found, name)) != value:
            changes[_COLUMNS.get(name, name)] = (old, str(value))
            setattr(found, name, value)
    if "form_number" in changes:
        _require_free(found.commune, found.village, found.form_number, besides=found.pk)
    if changes:
        found.told_in = _year_of(found.commune)
        save_checked(found, by=by)
        _tell(events.HOUSEHOLD_CORRECTED, found, by=by, changes=changes)
    return found


@transaction.atomic
def add_person(
    *, household: Household, line: SurveyLine, is_another: bool = False, by: User
) -> SurveyEntry:
    """Somebody of a household, as a row of the survey tells.

    `is_another`: the writer was shown who is alike and says that it is somebody else. Raises
    `PossiblyKnown`; ValidationError: the personal number is another's.
    """
    survey_round = _round(household)
    records = _records(survey_round, household, line)
    alike = records.find(line)
    _require_own_number(records, line)
    if alike and not is_another:
        raise PossiblyKnown([records.entries[each.pk] for each in alike])
    outcome = Outcome(line)
    _write(survey_round, records, outcome, None)
    entry = _entry(survey_round, outcome)
    changes: Changes = {key: (None, new) for key, _old, new in first_values(outcome)}
    _tell(events.PERSON_ENTERED, entry, by=by, changes=changes)
    search_for(survey_round=survey_round, person=entry.person_id, on=timezone.localdate())
    return entry


@transaction.atomic
def change_person(
    *, entry: SurveyEntry, household: Household, line: SurveyLine, seen: str, by: User
) -> SurveyEntry:
    """Correct somebody, or confirm who was carried on from the last round.

    `household`: where the person lives, this one or another of the village. Raises
    `ChangedMeanwhile`; ValidationError: removed meanwhile, or the personal number is another's.
    """
    survey_round = entry.survey_round
    records = _records(survey_round, household, line, person=entry.person_id)
    found = records.entries.get(entry.person_id)
    if found is None:
        raise ValidationError(_("This person was removed in the meantime."), code="removed")
    if seen_of(found) != seen:
        raise ChangedMeanwhile(seen_of(found))
    _require_own_number(records, line, besides=entry.person_id)
    was_carried = found.is_carried
    outcome = Outcome(line)
    match = Match.objects.filter(person=entry.person_id).first()
    _write(survey_round, records, outcome, found.person)
    if not outcome.must_write:
        return entry
    changes: dict[str, tuple[Any, Any]] = {key: (old, new) for key, old, new in outcome.changes}
    if was_carried:
        changes["is_carried"] = (True, False)
    is_gone = outcome.told["presence"] in GONE
    if match is not None and is_gone:
        changes["match"] = (True, False)
    written = _entry(survey_round, outcome)
    _tell(events.PERSON_CORRECTED, written, by=by, changes=changes)
    search_for(survey_round=survey_round, person=entry.person_id, on=timezone.localdate())
    return written


@transaction.atomic
def remove_person(*, entry: SurveyEntry, removal: str, note: str, by: User) -> None:
    """Mark somebody who does not belong into the round.

    A match with a pupil is taken back, so that whoever of the survey is that pupil can be found; a
    case in which the person is followed is closed. Raises ValidationError.
    """
    hold(entry.survey_round.commune_id)
    found = locked_row(entry, no_key=True)
    if found.removed_at is not None:
        raise ValidationError(_("This person was removed in the meantime."), code="removed")
    found.removed_at, found.removed_by = timezone.now(), by
    found.removal, found.removal_note = removal, note
    found.save(update_fields=["removed_at", "removed_by", "removal", "removal_note"])
    changes: dict[str, tuple[Any, Any]] = {"removal": (None, Removal(removal).label)}
    if match := Match.objects.filter(person=found.person_id).first():
        changes["match"] = (True, False)
        match.delete()
    _tell(events.PERSON_REMOVED, entry, by=by, changes=changes, reason=note)
    today = timezone.localdate()
    if case := followed_alone(found):
        moved = removal == Removal.ELSEWHERE
        close_case(
            case=case,
            outcome=ChildCase.Outcome.MOVED if moved else ChildCase.Outcome.MISTAKE,
            closed_on=today,
            closing_note=_("Removed from the survey: %(why)s") % {"why": Removal(removal).label},
            by=by,
        )
    if match:
        search_rolls(survey_round=entry.survey_round, on=today, by=by)
    else:
        search_for(survey_round=entry.survey_round, person=entry.person_id, on=today)


@transaction.atomic
def restore_person(*, entry: SurveyEntry, by: User) -> None:
    """Put back who was removed; nothing when that was done already.

    Raises `PossiblyKnown`: the household has been given the same person anew, by a file or by hand.
    """
    hold(entry.survey_round.commune_id)
    found = locked_row(entry, no_key=True)
    if found.removed_at is None:
        return
    same = SurveyEntry.objects.select_related("household").filter(
        survey_round=found.survey_round_id,
        household=found.household_id,
        person__search_key=found.person.search_key,
        person__birth_year=found.person.birth_year,
    )
    if same.exists():
        raise PossiblyKnown(list(same))
    label = Removal(found.removal).label
    note = found.removal_note
    found.removed_at = found.removed_by = None
    found.removal = found.removal_note = ""
    found.save(update_fields=["removed_at", "removed_by", "removal", "removal_note"])
    _tell(events.PERSON_RESTORED, entry, by=by, changes={"removal": (label, None)}, reason=note)
    search_for(survey_round=entry.survey_round, person=entry.person_id, on=timezone.localdate())


def _round(household: Household) -> SurveyRound:
    hold(household.commune_id)
    found = latest_round(household.commune)
    if found is None:
        raise ValidationError(_("The commune has no survey round yet."), code="no_round")
    return found


def _year_of(commune: Area) -> int:
    """The year of the survey that is entered."""
    found = latest_round(commune)
    return found.year if found is not None else timezone.localdate().year


def _records(
    survey_round: SurveyRound, household: Household, line: SurveyLine, person: int = 0
) -> Records:
    """Who is on record near a row, which is made to stand in the household."""
    hold(survey_round.commune_id)
    line.values |= {"village": household.village, "form_number": household.form_number}
    line.values |= {name: getattr(household, name) for name in HOUSEHOLD}
    return load(survey_round.commune, survey_round.year, lock=True, line=line, person_id=person)


def _require_own_number(records: Records, line: SurveyLine, besides: int = 0) -> None:
    number = line.values["citizen_id"]
    owners = [each for each in records.by_number.get(number, ()) if each.pk != besides]
    if number and owners:
        told = words("number_of_another", {"name": owners[0].full_name})
        raise NumberOfAnother({"citizen_id": f"{told.what} {told.remedy}"})


def _write(survey_round: SurveyRound, records: Records, outcome: Outcome, person: Any) -> None:
    columns = {outcome.line.sheet: set(outcome.line.row.places)}
    judge = Judge(records, survey_round.commune, columns, empties=True)
    judge.judge_as(outcome, person)
    if outcome.must_write:
        write_outcomes(survey_round, [outcome], judge.households)


def _entry(survey_round: SurveyRound, outcome: Outcome) -> SurveyEntry:
    entries = SurveyEntry.objects.select_related("person", "household", "survey_round__commune")
    return entries.get(survey_round=survey_round, person=outcome.person)


def _require_free(commune: Area, village: str, number: str, besides: int = 0) -> None:
    found = household_of(commune, village, number)
    if found is not None and found.pk != besides:
        raise ValidationError(
            {"form_number": _("A household of this village has this form number already.")}
        )


def _as_written(commune: Area, village: str) -> str:
    """The name of a village as its other households have it."""
    known = Household.objects.filter(commune=commune, village_key=village_key(village)).first()
    return known.village if known else village


def _tell(
    kind: Kind, about: Household | SurveyEntry, *, by: User, changes: Changes, reason: str = ""
) -> None:
    """An event of a household, or of a person as part of the story of its household."""
    subject: Household | SurveyPerson
    if isinstance(about, Household):
        household, subject = about, about
    else:
        household, subject = about.household, about.person
    record(
        kind,
        by=by,
        about=subject,
        part_of=household,
        area=household.commune_id,
        changes=changes,
        reason=reason,
    )
