"""Mobilisation rates on their page, in flags, plans and the API."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from core.models import Rule
from core.months import Month
from core.scope import Places
from inspections.evidence import evidence_of
from inspections.ranking import rank
from mobilisation.models import Match
from mobilisation.rates.variants import VARIANTS
from reports.models import Flag, Target
from reports.selectors.flags import flags_in
from reports.services.flags import raise_flags
from reports.services.targets import set_target
from schools.models import Pupil
from tests.html_query import read
from tests.mobilisation.survey_workbooks import make_child, make_round
from tests.world import enrol

pytestmark = pytest.mark.django_db
OCTOBER = Month(2026, 10)
RATE = "mobilised_11_14"


def survey(world, *, on_roll, missing, unmatched=0, commune=None):
    """Children of 12: matched and on a roll in grade 6, told of no school, told but unmatched."""
    survey_round = make_round(commune or world.commune_a)
    for number in range(on_roll + missing + unmatched):
        at_school = number < on_roll
        told = at_school or number >= on_roll + missing
        entry = make_child(
            survey_round,
            f"Giàng A Thử {number}",
            datetime.date(2014, 3, 4),
            form=f"{number:03}",
            grade=6 if told else None,
        )
        if at_school:
            pupil = Pupil.objects.create(
                full_name=entry.person.full_name,
                birth_date=datetime.date(2014, 3, 4),
                sex="M",
                ethnic_group="08",
            )
            enrol(pupil, world.class_a, world.year.valid_from, 6)
            Match.objects.create(
                person=entry.person,
                pupil=pupil,
                score=100,
                confirmed_by=world.commune_officer,
                confirmed_at=timezone.now(),
            )


def aim(world, percent=95, code=RATE):
    return Target.objects.create(
        indicator=code,
        level="",
        area=world.province,
        percent=percent,
        valid_from=datetime.date(2026, 8, 1),
        source="QĐ 12",
    )


def flag_of(rule):
    return Flag.objects.exclude(state="withdrawn").get(
        indicator=RATE, rule=rule, month=OCTOBER.first
    )


def test_a_commune_under_its_target_gets_a_flag_with_its_sentence(world):
    survey(world, on_roll=30, missing=20)
    aim(world)
    raise_flags(month=OCTOBER)
    flag = flag_of("certainly_low")
    assert (flag.commune, flag.level) == (world.commune_a, "THCS")
    assert (flag.numerator, flag.denominator, flag.target) == (30, 50, 95)
    assert "Huy động trẻ 11–14 tuổi học THCS 60,0%" in flag.reason
    assert "thấp hơn chỉ tiêu 95%" in flag.reason
    places = Places(OCTOBER.last, areas=frozenset({world.commune_a.pk}))
    assert {each.indicator for each in flags_in(places, month=OCTOBER)} == {RATE}
    (candidate,) = rank([flag])
    assert candidate.commune_id == world.commune_a.pk
    assert candidate.reason == flag.reason
    (evidence,) = evidence_of([flag])
    assert str(evidence.rate_words) == "Huy động trẻ 11–14 tuổi học THCS"


def test_a_flag_goes_when_the_children_come(world):
    survey(world, on_roll=30, missing=20)
    target = aim(world)
    raise_flags(month=OCTOBER)
    target.percent = 50
    target.save()
    raise_flags(month=OCTOBER)
    states = Flag.objects.filter(indicator=RATE, rule="certainly_low").values_list("state")
    assert list(states) == [(Flag.State.WITHDRAWN,)]


def test_few_children_are_watched_and_without_a_target_nothing_is_said(world):
    survey(world, on_roll=3, missing=7)
    raise_flags(month=OCTOBER)
    assert not Flag.objects.filter(indicator__in=VARIANTS).exists()
    aim(world)
    raise_flags(month=OCTOBER)
    flag = flag_of("watch")
    assert "chỉ có 10 trẻ" in flag.reason


def test_while_the_survey_is_not_matched_the_rate_cannot_be_judged(world):
    survey(world, on_roll=10, missing=0, unmatched=40)
    aim(world)
    raise_flags(month=OCTOBER)
    flag = Flag.objects.get(indicator=RATE)
    assert flag.rule == Flag.Rule.CANNOT_BE_JUDGED
    assert "mới đối chiếu được 10 trên 50 trẻ" in flag.reason
    Rule.objects.filter(key="reports.min_found").update(value=10)
    raise_flags(month=OCTOBER)
    assert flag_of("certainly_low").numerator == 10
    assert Flag.objects.get(rule="cannot_be_judged").state == Flag.State.WITHDRAWN


def test_low_in_each_month_of_school_is_persistent(world):
    survey(world, on_roll=30, missing=20)
    aim(world)
    raise_flags(month=OCTOBER)
    assert "dưới chỉ tiêu 3 tháng liền" in flag_of("persistent").reason
    raise_flags(month=Month(2026, 9))
    assert not Flag.objects.filter(rule="persistent", month="2026-09-01").exists()


def test_the_page_shows_both_sides_and_no_name(world, sign_in):
    survey(world, on_roll=30, missing=20)
    aim(world)
    for person, area in (
        (world.province_officer, world.province),
        (world.district_officer, world.cluster),
        (world.commune_officer, world.commune_a),
    ):
        url = reverse("reports:mobilisation", args=[area.pk]) + f"?month=2026-10&rate={RATE}"
        text = read(sign_in(person).get(url)).text
        assert "60,0%" in text
        assert "30 / 50" in text
        assert "Chắc chắn thấp" in text
        assert "Giàng A Thử" not in text


def test_who_is_missing_is_named_to_the_commune_alone(world, sign_in):
    survey(world, on_roll=2, missing=1)
    url = reverse("mobilisation:missing", args=[world.commune_a.pk])
    url += f"?month=2026-10&rate={RATE}"
    text = read(sign_in(world.commune_officer).get(url)).text
    assert "Giàng A Thử 2" in text
    assert "Giàng A Thử 1" not in text
    assert sign_in(world.province_officer).get(url).status_code == 403
    assert sign_in(world.commune_officer).get(url + "x").status_code == 404


def test_the_page_of_attendance_says_how_many_communes_are_low(world, sign_in):
    url = reverse("reports:area", args=[world.province.pk]) + "?month=2026-10"
    assert "không xã nào bị cảnh báo" in read(sign_in(world.province_officer).get(url)).text
    survey(world, on_roll=30, missing=20)
    aim(world)
    raise_flags(month=OCTOBER)
    assert "1 xã dưới chỉ tiêu" in read(sign_in(world.province_officer).get(url)).text


def test_without_survey_or_school_year_the_page_says_so(world, sign_in):
    url = reverse("reports:mobilisation", args=[world.commune_a.pk])
    client = sign_in(world.commune_officer)
    assert "chưa có phiếu điều tra" in read(client.get(url)).text
    assert "ngoài năm học" in read(client.get(url + "?month=2020-07")).text


def test_the_api_tells_what_the_page_tells(world, sign_in):
    survey(world, on_roll=30, missing=20)
    aim(world)
    client = sign_in(world.province_officer)
    said = client.get(reverse("api:mobilisation") + "?month=2026-10&area=12&by=commune").json()
    (row,) = said["rows"]
    assert (said["day"], row["place"]["code"]) == ("2026-10-12", world.commune_a.code)
    rate = next(each for each in row["rates"] if each["code"] == RATE)
    assert (rate["on_roll"], rate["to_educate"], rate["missing"]) == (30, 50, 20)
    assert (rate["rate"]["value"], rate["judgement"]) == (0.6, "certainly_low")
    (whole,) = client.get(reverse("api:mobilisation") + "?month=2026-10&area=12").json()["rows"]
    assert whole["rates"] == row["rates"]
    raise_flags(month=OCTOBER)
    flags = client.get(reverse("api:flags") + f"?month=2026-10&indicator={RATE}").json()
    assert {each["indicator"] for each in flags["results"]} == {RATE}
    assert client.get(reverse("api:flags") + "?month=2026-10").json()["count"] == 0
    wrong = client.get(reverse("api:mobilisation") + "?month=2026-10&area=12&by=school")
    assert wrong.status_code == 400


def test_a_target_can_be_set_of_each_rate_and_of_nothing_else(world):
    aimed = {"area": world.province, "percent": 98, "valid_from": datetime.date(2026, 9, 1)}
    for code in VARIANTS:
        assert set_target(indicator=code, by=world.province_officer, **aimed).pk
    with pytest.raises(ValidationError):
        set_target(indicator="mobilised", by=world.province_officer, **aimed)
