"""The child of whom a case is opened, and who may answer for it."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from core.permission_holders import Holder, holders
from core.permissions import Permission as P
from core.scope import Places
from core.types import User
from schools.enums import AreaLevel
from schools.models import Area, Enrolment, Placement, Pupil, Transfer
from schools.models.transfers import STANDING

from ...models import Household, SurveyEntry, SurveyPerson
from ...models.cases import WHERE, ChildCase


@dataclass(frozen=True)
class Child:
    """A child as survey and rolls know it. `commune` and `village`: where it lives; of a pupil
    whose home is not known, the commune of the school."""

    person: SurveyPerson | None
    pupil: Pupil | None
    commune: Area
    village: str

    @property
    def name(self) -> str:
        child = self.pupil or self.person
        return child.full_name if child is not None else ""

    def is_on_a_roll(self, on: datetime.date) -> bool:
        """Whether a school of the province has it on its roll on a day. One query."""
        return (
            self.pupil is not None and Enrolment.objects.on(on).filter(pupil=self.pupil.pk).exists()
        )


def child_of_person(places: Places, person_id: int) -> Child | None:
    """A person of the survey of a commune inside the places, or None; none who was removed."""
    entry = (
        SurveyEntry.everyone.filter(
            person=person_id,
            person__anonymised_at=None,
            survey_round__commune__in=places.areas,
        )
        .select_related("person__match__pupil", "household", "survey_round__commune")
        .order_by("-survey_round__year")
        .first()
    )
    if entry is None or entry.removed_at is not None:
        return None
    match = getattr(entry.person, "match", None)
    commune, village = entry.survey_round.commune, entry.household.village
    return Child(entry.person, match.pupil if match else None, commune, village)


def pupils_followed(places: Places) -> QuerySet[Pupil]:
    """Pupils whom a reader of `places_followed` may begin to follow: those who are or were on a
    roll there, and those at home there who left one school and have not arrived at another."""
    on_the_way = Transfer.objects.filter(state__in=STANDING, pupil__home__in=places.areas)
    return Pupil.objects.filter(
        Q(pk__in=Enrolment.objects.within(places).values("pupil_id"))
        | Q(pk__in=on_the_way.values("pupil_id")),
        anonymised_at=None,
    )


def child_of_pupil(places: Places, pupil_id: int, *, on: datetime.date) -> Child | None:
    """A pupil of `pupils_followed`, or None."""
    pupils = pupils_followed(places).filter(pk=pupil_id) if places else Pupil.objects.none()
    pupil = pupils.select_related("home", "survey_match__person").first()
    if pupil is None:
        return None
    match = getattr(pupil, "survey_match", None)
    household = homes_of([match.person_id])[match.person_id] if match else None
    commune = _home_of(pupil, household, on)
    if commune is None:
        return None
    village = household.village if household else pupil.home_address[:WHERE]
    return Child(match.person if match else None, pupil, commune, village)


def homes_of(person_ids: Iterable[int]) -> dict[int, Household]:
    """{person id: household of the latest round}. One query."""
    entries = SurveyEntry.objects.filter(person__in=list(person_ids))
    rows = entries.select_related("household__commune").order_by("survey_round__year")
    return {each.person_id: each.household for each in rows}


def last_spells(pupil_ids: Iterable[int]) -> dict[int, Enrolment]:
    """{pupil id: spell that began last}. One query."""
    spells = Enrolment.objects.filter(pupil__in=list(pupil_ids)).order_by("valid_from")
    return {each.pupil_id: each for each in spells.select_related("school_class__year", "school")}


def who_may_answer(child: Child | ChildCase, *, by: User, on: datetime.date) -> list[Holder]:
    """People with an account who may own a case: the reader first, then class, school, commune."""
    pupil_id = child.pupil.pk if child.pupil is not None else None
    spell = last_spells([pupil_id]).get(pupil_id) if pupil_id is not None else None
    found = holders(
        P.FOLLOW_CHILDREN,
        on=on,
        class_ids=[spell.school_class_id] if spell else [],
        school_ids=[spell.school_id] if spell else [],
        area_ids=[child.commune.pk],
    )
    others = {each.user_id: each for each in found}
    if isinstance(child, ChildCase):
        owner = child.owner
        others.setdefault(owner.pk, Holder(user_id=owner.pk, name=str(owner), email=""))
    me = others.pop(by.pk, Holder(user_id=by.pk, name=str(by), email=""))
    return [me, *others.values()]


def account(pk: int) -> User:
    """One of the people whom `who_may_answer` offered."""
    return get_user_model().objects.get(pk=pk)


def _home_of(pupil: Pupil, household: Household | None, on: datetime.date) -> Area | None:
    if household is not None:
        return household.commune
    if pupil.home is not None and pupil.home.level == AreaLevel.COMMUNE:
        return pupil.home
    spell = last_spells([pupil.pk]).get(pupil.pk)
    if spell is None:
        return None
    placed = Placement.objects.filter(school=spell.school_id, valid_from__lte=on)
    placement = placed.select_related("commune").order_by("-valid_from").first()
    return placement.commune if placement else None
