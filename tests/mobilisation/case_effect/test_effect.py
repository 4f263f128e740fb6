"""What came after cases: compared in the night, told on a page."""

import datetime

import pytest
from django.core.management import call_command
from django.urls import reverse

from attendance.models import Absence, Register
from core.models import Rule
from mobilisation.case_effect import services
from mobilisation.case_effect.counting import Counter, window_around
from mobilisation.case_effect.estimation import Others
from mobilisation.models import CaseEffect, ChildCase, Match
from mobilisation.tasks import compare_cases
from schools.models import Enrolment, Pupil
from tests.html_query import read
from tests.mobilisation.survey_workbooks import make_child, make_round

from .conftest import OPENED, TODAY, make_case

D = datetime.date


def rows():
    return {each.case_id: each for each in CaseEffect.objects.all()}


def test_each_case_is_compared_with_similar_children_without_one(world, cases):
    assert compare_cases() == len(cases)
    found = rows()
    assert {each.why_not for each in found.values()} <= {"", "few_alike"}
    judged = [each for each in found.values() if not each.why_not]
    assert len(judged) >= 20
    # Again by the estimation, from all children but those with a case.
    window = window_around(OPENED, world.year, days=20, recent=5, today=TODAY)
    everybody = Counter(window, world.year).pupils(
        list(Enrolment.objects.values_list("pupil_id", flat=True))
    )
    followed = {case.pupil_id: case for case in cases}
    free = [each for each in everybody if each.pupil not in followed and each.before.absent]
    others = Others(free, least_sessions=10)
    for course in everybody:
        row = found.get(followed[course.pupil].pk) if course.pupil in followed else None
        if row is not None and not row.why_not:
            compared = others.compare(course, most=40, least=15, farthest=0.1)
            assert row.foreseen == pytest.approx(compared.foreseen)
            assert row.similar == compared.similar
            assert (row.before_absent, row.before_sessions) == (course.before.absent, 20)
            assert (row.after_absent, row.after_sessions) == (course.after.absent, 20)


def test_a_case_is_compared_once_and_when_its_days_are_over(world, cases):
    assert services.compare_due(today=D(2026, 10, 30)) == 0
    assert services.compare_due(today=TODAY) == len(cases)
    assert services.compare_due(today=TODAY) == 0
    # Registers were corrected: the command counts anew.
    Absence.objects.filter(register__date__gt=OPENED).delete()
    call_command("compare_cases", "--again-since", "2026-10-12")
    assert {each.after_absent for each in rows().values()} == {0}
    assert {each.foreseen for each in rows().values() if not each.why_not} == {1.0}


def test_who_had_a_case_in_the_days_before_is_not_compared_with(world, cases):
    services.compare_due(today=TODAY)
    before = {pk: row.similar for pk, row in rows().items() if not row.why_not}
    free = Pupil.objects.filter(spells__school_class__name="6A", cases=None).exclude(
        spells__school__code__startswith="12"
    )
    entry = make_child(make_round(world.commune_a), "Lò Văn A", D(2015, 1, 1))
    for number, each in enumerate(free):
        # Closed in the days before, known by the survey only, or opened later: only that stays.
        if number % 3 == 0:
            make_case(world, each.pk, opened_on=D(2026, 9, 1), kind="away", state="closed",
                      outcome="returned", closed_on=D(2026, 9, 20),
                      closed_by=world.head_a, closed_at="2026-09-20T03:00Z")  # fmt: skip
        elif number == 1:
            Match.objects.create(
                person=entry.person, pupil=each, score=100, confirmed_by=world.head_a,
                confirmed_at="2026-09-20T03:00Z",
            )  # fmt: skip
            make_case(world, None, person=entry.person, opened_on=D(2026, 9, 20), kind="out")
        elif number == 2:
            make_case(world, each.pk, opened_on=D(2026, 10, 13), kind="out")
    services.compare_due(today=TODAY, again_since=OPENED)
    after = {pk: row.similar for pk, row in rows().items() if not row.why_not}
    assert after
    assert sum(after.values()) / len(after) < 0.9 * sum(before.values()) / len(before)
    followed = services._pupils_followed(D(2026, 9, 14), OPENED)
    assert Match.objects.get().pupil_id in followed
    assert not followed & set(
        ChildCase.objects.filter(opened_on=D(2026, 10, 13)).values_list("pupil_id", flat=True)
    )


def test_a_child_on_no_roll_or_with_too_few_registers_has_a_reason(world, schools):
    entry = make_child(make_round(world.commune_a), "Lò Văn A", D(2015, 1, 1))
    nowhere = make_case(world, None, person=entry.person)
    pupils = list(schools[0].spells.values_list("pupil_id", flat=True))
    left = make_case(world, pupils[0])
    Enrolment.objects.filter(pupil=pupils[0]).update(valid_to=D(2026, 10, 1), exit_reason="other")
    moved = make_case(world, pupils[1])
    Enrolment.objects.filter(pupil=pupils[1]).update(valid_to=D(2026, 10, 20), exit_reason="out")
    early = make_case(world, pupils[2], opened_on=D(2026, 8, 10))
    summer = make_case(world, pupils[3], opened_on=D(2026, 7, 10))
    services.compare_due(today=TODAY)
    found = {pk: row.why_not for pk, row in rows().items()}
    assert found == {
        nowhere.pk: "no_roll", left.pk: "no_roll", moved.pk: "few_days", summer.pk: "no_roll",
    }  # fmt: skip
    # Nothing was taught before it; once the year is over nothing more will come.
    services.compare_due(today=D(2027, 8, 2))
    assert rows()[early.pk].why_not == "few_days"


def test_days_are_dated_rules(world, cases):
    Rule.objects.filter(key="case_effect.days").update(value=10)
    services.compare_due(today=TODAY)
    assert {each.before_sessions for each in rows().values()} == {10}


# --- The page ---------------------------------------------------------------------------------


def page(client, name, *args):
    return read(client.get(reverse(f"mobilisation:{name}", args=args))).one("main").text


def test_an_office_reads_before_and_after_beside_similar_children(world, cases, sign_in):
    services.compare_due(today=TODAY)
    said = page(sign_in(world.province_officer), "case_effect_of_area", world.province.pk)
    assert "mở 24 hồ sơ" in said
    assert "học sinh tương tự không có hồ sơ" in said
    assert "Chênh lệch là" in said
    assert "Chưa phân biệt được với ngẫu nhiên" in said
    assert cases[0].pupil.full_name not in said


def test_of_few_cases_no_rate_is_told(world, cases, sign_in):
    services.compare_due(today=TODAY)
    client = sign_in(world.province_officer)
    of_school = page(client, "case_effect_of_school", cases[0].pupil.spells.get().school_id)
    assert "mở 2 hồ sơ" in of_school
    assert "Dưới 5 hồ sơ so sánh được" in of_school
    assert "%" not in of_school
    CaseEffect.objects.filter(case__in=cases[7:]).delete()
    said = page(client, "case_effect_of_area", world.commune_a.pk)
    assert "ít nhất 20 hồ sơ ở 10 trường" in said
    assert "từ −" not in said


def test_cases_opened_by_mistake_are_not_counted(world, cases, sign_in):
    ChildCase.objects.filter(pk=cases[0].pk).update(
        state="closed", outcome="mistake", closed_on=OPENED, closed_by=world.head_a,
        closed_at="2026-10-12T03:00Z",
    )  # fmt: skip
    said = page(sign_in(world.district_officer), "case_effect_of_area", world.cluster.pk)
    assert "mở 23 hồ sơ" in said


def test_the_address_without_a_place_leads_to_ones_own(world, sign_in):
    url = reverse("mobilisation:case_effect")
    for user, place in (
        (world.province_officer, f"effect/{world.province.pk}/"),
        (world.commune_officer, f"effect/{world.commune_a.pk}/"),
        (world.head_a, f"effect/school/{world.school_a.pk}/"),
    ):
        assert sign_in(user).get(url).url.endswith(place)
    assert sign_in(world.teacher_a).get(url).status_code == 404


def test_queries_do_not_grow(world, cases, sign_in, django_assert_max_num_queries):
    client = sign_in(world.province_officer)
    url = reverse("mobilisation:case_effect_of_area", args=[world.province.pk])
    for returned in (2, 20):
        ChildCase.objects.filter(pk__in=[each.pk for each in cases[:returned]]).update(
            state="closed", outcome="returned", closed_on=D(2026, 10, 20),
            closed_by=world.head_a, closed_at="2026-10-20T03:00Z",
        )  # fmt: skip
        services.compare_due(today=TODAY)
        with django_assert_max_num_queries(30):
            client.get(url)
        for pupil_id in Pupil.objects.filter(cases=None).values_list("pk", flat=True)[:30]:
            make_case(world, pupil_id)


def test_comparing_asks_as_often_for_many_cases_as_for_few(
    world, cases, django_assert_max_num_queries
):
    with django_assert_max_num_queries(30):
        services.compare_due(today=TODAY)
    for pupil_id in Pupil.objects.filter(cases=None).values_list("pk", flat=True)[:40]:
        make_case(world, pupil_id)
    with django_assert_max_num_queries(30):
        services.compare_due(today=TODAY, again_since=OPENED)
    assert Register.objects.count() > 500
