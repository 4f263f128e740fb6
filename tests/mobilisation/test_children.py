"""Children by age: counted as the forms do, and recounted the slow way."""

import datetime
import random

import pytest
from django.urls import reverse
from django.utils import timezone

from core.events import record
from core.models import Event
from mobilisation import events
from mobilisation.matching.services.matching import confirm, undo
from mobilisation.models import Household, Proposal, SurveyEntry, SurveyPerson
from mobilisation.models.surveys import form_order
from mobilisation.surveys.selectors.children import (
    children_of,
    communes_of,
    total_of,
    villages_of,
)
from mobilisation.surveys.services import anonymising
from schools.apps import ANONYMISE_BY_CLOCK
from schools.models import Pupil
from tests.html_query import read
from tests.mobilisation.survey_workbooks import make_child, make_round

pytestmark = pytest.mark.django_db
PRESENCES = ("lives", "lives", "lives", "came", "left", "died")


def many(world, seed):
    rng = random.Random(seed)
    for commune in (world.commune_a, world.commune_b):
        survey_round = make_round(commune)
        for number in range(60):
            able = rng.random() < 0.85
            make_child(
                survey_round,
                f"Lò Văn {number}",
                birth_year=rng.randint(1990, 2026),
                village=rng.choice(["Háng Lìa", "Bản Nậm Cáy", "nậm cáy"]),
                form=str(number),
                presence=rng.choice(PRESENCES),
                can_learn=able,
                has_disability=not able,
                is_carried=rng.random() < 0.3,
            )
    return make_round(world.commune_a)


@pytest.mark.parametrize("seed", range(3))
def test_every_count_equals_a_slow_recount(world, seed):
    survey_round = many(world, seed)
    entries = list(SurveyEntry.objects.select_related("person", "household", "survey_round"))
    villages = villages_of(survey_round)
    assert {village.key for village in villages} == {"hang lia", "nam cay"}
    for commune in communes_of([world.commune_a, world.commune_a2, world.commune_b], 2026):
        own = [e for e in entries if e.survey_round == commune.survey_round]
        _compare(commune, own)
    own = [entry for entry in entries if entry.survey_round == survey_round]
    _compare(children_of(survey_round), own)
    _compare(total_of(villages), own)
    for key in ("hang lia", "nam cay"):
        here = [entry for entry in own if entry.household.village_key == key]
        _compare(children_of(survey_round, village=key), here)


def _compare(children, entries):
    for age, count in children.rows:
        of_age = [each for each in entries if 2026 - each.person.birth_year == age]
        assert count.total == len(of_age)
        educated = [e for e in of_age if e.can_learn and e.presence in ("lives", "came")]
        assert count.to_educate == len(educated)
    young = [each for each in entries if 0 <= 2026 - each.person.birth_year <= 18]
    assert children.not_asked == sum(each.is_carried for each in young)


def test_higher_levels_see_counts_and_the_commune_names(world, sign_in):
    make_child(make_round(world.commune_a), "Giàng A Lềnh", datetime.date(2016, 2, 3))
    for person in (world.district_officer, world.province_officer, world.commune_officer):
        client = sign_in(person)
        for url in (
            reverse("mobilisation:communes"),
            reverse("mobilisation:commune", args=[world.commune_a.pk]),
        ):
            assert "Giàng A Lềnh" not in read(client.get(url)).text
    village = reverse("mobilisation:village", args=[world.commune_a.pk]) + "?village=hang+lia"
    assert "Giàng A Lềnh" in read(sign_in(world.commune_officer).get(village)).text
    assert sign_in(world.province_officer).get(village).status_code == 403


def test_a_village_or_a_year_that_is_not_there(world, sign_in):
    client = sign_in(world.commune_officer)
    url = reverse("mobilisation:village", args=[world.commune_a.pk])
    assert client.get(url).status_code == 404
    make_child(make_round(world.commune_a), "Giàng A Lềnh")
    assert client.get(url + "?village=khong+co").status_code == 404
    assert client.get(url + "?village=hang+lia&year=1999").status_code == 200


def test_old_surveys_lose_names_and_keep_their_counts(world, monkeypatch):
    entry = make_child(make_round(world.commune_a, 2019), "Lò Văn Cũ", datetime.date(2012, 3, 4))
    recent = make_child(make_round(world.commune_a, 2026), "Lò Văn Mới", form="002")
    before = children_of(entry.survey_round).rows
    assert anonymising.anonymise_by_clock() == (2, 0)  # the person and the household
    told = {ANONYMISE_BY_CLOCK: 1}
    monkeypatch.setattr(anonymising.rules, "value", lambda key, on: told.get(key, 5))
    assert anonymising.anonymise_by_clock() == (2, 2)
    assert anonymising.anonymise_by_clock() == (0, 0)
    old = SurveyPerson.objects.get(pk=entry.person_id)
    assert (old.search_key, old.birth_date, old.birth_year) == ("", None, 2012)
    assert "Lò Văn Cũ" not in old.full_name
    assert Household.objects.get(pk=entry.household_id).head_name == ""
    assert children_of(entry.survey_round).rows == before
    recent.person.refresh_from_db()
    assert recent.person.full_name == "Lò Văn Mới"
    assert Event.objects.filter(kind="survey.anonymised").exists()


def test_households_without_anybody_lose_their_names_too(world, monkeypatch):
    """Entered and never filled, left by all, of the removed alone: kept as long as persons."""
    old, now = make_round(world.commune_a, 2019), make_round(world.commune_a, 2026)
    told = {"commune": world.commune_a, "village": "Háng Lìa", "phone": "0912345678"}
    made = {
        number: Household.objects.create(
            **told, form_number=number, head_name=f"Lò Văn {number}", told_in=year
        )
        for number, year in (("never", 2019), ("new", 2026), ("left", 2019), ("removed", 2019))
    }
    moved = make_child(old, "Lò Văn Đi", form="left")
    make_child(now, "Lò Văn Ở", form="here")
    SurveyEntry.objects.create(
        survey_round=now, person=moved.person, household=Household.objects.get(form_number="here")
    )
    gone = make_child(old, "Lò Văn Sai", form="removed")
    SurveyEntry.everyone.filter(pk=gone.pk).update(removed_at=timezone.now(), removal="none")
    for each in made.values():
        record(events.HOUSEHOLD_ENTERED, by=None, about=each, changes={"phone": (None, "09")})
    rules_told = {ANONYMISE_BY_CLOCK: 1}
    monkeypatch.setattr(anonymising.rules, "value", lambda key, on: rules_told.get(key, 5))
    assert anonymising.anonymise_by_clock() == (4, 4)
    named = {
        each.form_number: bool(each.head_name or each.phone) for each in Household.objects.all()
    }
    assert named == {
        "never": False, "new": True, "left": False, "removed": False, "here": True,
    }  # fmt: skip
    about = Event.objects.filter(kind="survey.household_entered").exclude(object_name="")
    assert list(about.values_list("object_id", flat=True)) == [str(made["new"].pk)]
    moved.person.refresh_from_db()
    assert moved.person.full_name == "Lò Văn Đi"
    assert anonymising.anonymise_by_clock() == (0, 0)


def test_who_was_matched_is_in_no_event_any_more(world):
    entry = make_child(make_round(world.commune_a), "Lò Văn Hai")
    pupil = Pupil.objects.get(full_name="Giàng A Chua")
    proposal = Proposal.objects.create(
        survey_round=entry.survey_round, person=entry.person, pupil=pupil, score=90,
        is_certain=False,
    )  # fmt: skip
    match = confirm(proposal=proposal, by=world.commune_officer)
    undo(match=match, area=world.commune_a.pk, by=world.commune_officer)
    anonymising.anonymise([entry.person_id])
    assert not Event.objects.filter(object_name__contains="Lò Văn Hai").exists()


def test_form_numbers_stand_as_people_count():
    numbers = ["10", "9", "số 2", "02", "1b", "1", "—"]
    assert sorted(numbers, key=form_order) == ["—", "1", "1b", "02", "số 2", "9", "10"]
