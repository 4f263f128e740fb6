"""Writing a change set in bulk: households, persons and entries, in the caller's transaction."""

from collections.abc import Mapping

from core.types import User

from ...enums import GONE
from ...models import Household, Match, SurveyEntry, SurveyPerson, SurveyRound
from ...surveys.services.rounds import open_round
from .change_set import PERSON, TOLD, ChangeSet, Outcome
from .records import HouseKey, house_of

CHUNK = 1_000


def write_change_set(change_set: ChangeSet, *, by: User | None) -> SurveyRound:
    """Write every row; to be called inside a transaction. Returns the round of the year.

    Entries are made anew: nothing points at one. A person who moved away or died is matched
    with no pupil any more.

    Raises:
        IntegrityError: the database refused what somebody else made impossible meanwhile.
    """
    known = [each.person.pk for each in change_set.outcomes if each.person and each.person.pk]
    opened = open_round(commune=change_set.commune, year=change_set.year, by=by, besides=known)
    written = [each for each in change_set.outcomes if each.must_write]
    write_outcomes(opened, written, change_set.households)
    return opened


def write_outcomes(
    opened: SurveyRound, written: list[Outcome], households: Mapping[HouseKey, Household]
) -> None:
    """Write rows into an open round, with those of `households` they live in."""
    _write_households(written, households, opened.year)
    people = [each.person for each in written if each.person is not None]
    SurveyPerson.objects.bulk_create([each for each in people if not each.pk], batch_size=CHUNK)
    changed = {
        each.person.pk: each.person
        for each in written
        if each.person is not None and each.person_changed
    }
    SurveyPerson.objects.bulk_update(
        list(changed.values()), [*PERSON, "name_key", "search_key"], batch_size=CHUNK
    )
    ids = [person.pk for person in people]
    gone = [each.person.pk for each in written if each.person and each.told["presence"] in GONE]
    for start in range(0, len(ids), CHUNK):
        SurveyEntry.objects.filter(
            survey_round=opened, person__in=ids[start : start + CHUNK]
        ).delete()
    for start in range(0, len(gone), CHUNK):
        Match.objects.filter(person__in=gone[start : start + CHUNK]).delete()
    SurveyEntry.objects.bulk_create(
        [
            SurveyEntry(
                survey_round=opened,
                person=each.person,
                household=each.household,
                **{name: each.told[name] for name in TOLD},
            )
            for each in written
        ],
        batch_size=CHUNK,
    )


def _write_households(
    written: list[Outcome], households: Mapping[HouseKey, Household], year: int
) -> None:
    used = {house_of(each.line) for each in written}
    found = [each for key, each in households.items() if key in used]
    for each in found:
        each.told_in = year
    new = [each for each in found if not each.pk]
    changed = [each for each in found if each.pk]
    Household.objects.bulk_create(new, batch_size=CHUNK)
    names = ["head_name", "address", "phone", "residence", "told_in"]
    Household.objects.bulk_update(changed, names, batch_size=CHUNK)
