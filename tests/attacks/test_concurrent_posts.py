"""Many write the same thing at one moment: nobody meets a fault, and what is stored is right.

Threads and connections are real, and so are the transactions: this file means most on
PostgreSQL, where writers do not wait in one line.
"""

import datetime
import json
import threading
import uuid

import pytest
from django.contrib import messages
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import RoleGrant
from attendance.models import Closure, PlannedLeave, Register, RegisterRevision
from attendance.reopenings.services import ask_reopening
from core.models import Event
from inspections.models import Assignment, InspectionPlan
from inspections.services.committees import appoint_member
from mobilisation.matching.services.matching import search_rolls
from mobilisation.models import Household, Match, Proposal, SurveyEntry
from reports.indicators import INDICATORS
from reports.models import ReportRun, Target
from schools.models import Enrolment, Pupil
from schools.pupils.services.enrolments import leave
from tests.attacks.meeting import Meeting
from tests.mobilisation.survey_workbooks import make_child, make_round
from tests.reports.register_builders import pupil_ids
from tests.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 8


def at_once(*posts, writing):
    """The answers to requests that are sent at one moment, each over its own connection.

    posts: (user, address, form), or (user, address, dict, "put" or "post") for the API;
    writing: the table before which they meet (`Meeting`).
    """
    gate = threading.Barrier(len(posts))
    meeting = Meeting(writing)
    answers = [None] * len(posts)

    def send(number, user, address, data, kind="form"):
        client = Client(raise_request_exception=False)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        # The session and what is loaded once are not what is raced for.
        client.get(reverse("accounts:password"))
        try:
            gate.wait(PATIENCE)
            if kind == "form":
                answers[number] = meeting.join(lambda: client.post(address, data))
            else:
                write = getattr(client, kind)
                answers[number] = meeting.join(
                    lambda: write(address, json.dumps(data), "application/json")
                )
        finally:
            connection.close()

    meeting.lead([threading.Thread(target=send, args=(n, *post)) for n, post in enumerate(posts)])
    return answers


def expect_one(answers):
    """One was done; the others were told in the page why theirs was not."""
    assert sorted(statuses(answers)) == [302] + [422] * (len(answers) - 1)


def statuses(answers):
    """Their statuses, none of which is a fault."""
    found = [answer.status_code for answer in answers]
    assert not [status for status in found if status >= 500], found
    return found


def expect_whole():
    """Each register is its last revision, and each revision followed another."""
    for register in Register.objects.all():
        revisions = list(register.revisions.order_by("number"))
        assert [each.number for each in revisions] == list(range(1, register.revision + 1))
        marks = {str(each.pupil_id): each.mark for each in register.absences.all()}
        assert marks == {pupil: mark for pupil, (mark, _why) in revisions[-1].marks.items()}


# --- Registers ----------------------------------------------------------------


def test_eight_send_one_register_by_the_api(world):
    pupils = pupil_ids(world.class_a)
    address = reverse("api:register", args=[world.class_a.pk, world.today, "am"])
    answers = at_once(
        *(
            (
                world.head_a,
                address,
                {
                    "op_id": str(uuid.uuid4()),
                    "base_revision": 0,
                    # Each knows of another pupil: all of it can be had.
                    "marks": [{"pupil": pupils[number % len(pupils)], "kind": "K"}],
                },
                "put",
            )
            for number in range(WRITERS)
        ),
        writing="attendance_register",
    )
    assert statuses(answers) == [201] * WRITERS
    expect_whole()
    assert Register.objects.get().unexcused == min(WRITERS, len(pupils))


def test_eight_send_one_register_by_the_form(world):
    pupils = pupil_ids(world.class_a)
    address = reverse("attendance:sheet", args=[world.class_a.pk, world.today, "am"])
    answers = at_once(
        *(
            (
                world.head_a,
                address,
                {
                    "operation_id": str(uuid.uuid4()),
                    "base_revision": "0",
                    "state": "taken",
                    f"mark-{pupils[0]}": "PKPKPKPK"[number] + ":",
                },
            )
            for number in range(WRITERS)
        ),
        writing="attendance_register",
    )
    # Two marks for one pupil: the first is kept, the others are shown both.
    assert set(statuses(answers)) == {302, 409}
    refused = [answer for answer in answers if answer.status_code == 409]
    assert all(f"mark-{pupils[0]}" in answer.content.decode() for answer in refused)
    expect_whole()


def test_one_register_sent_eight_times_is_one(world):
    operation = {"op_id": str(uuid.uuid4()), "base_revision": 0, "marks": []}
    address = reverse("api:register", args=[world.class_a.pk, world.today, "am"])
    answers = at_once(
        *[(world.teacher_a, address, operation, "put")] * WRITERS, writing="attendance_register"
    )
    assert sorted(statuses(answers)) == [200] * (WRITERS - 1) + [201]
    assert RegisterRevision.objects.count() == 1


# --- Inspections --------------------------------------------------------------


def test_two_officers_assign_one_commune(world):
    other = appoint_member(
        committee=world.committee,
        full_name="Lý A Páo",
        role="member",
        valid_from=world.today,
        by=world.province_officer,
    )
    form = {"commune": world.commune_b.pk, "valid_from": world.today.isoformat()}
    posts = [
        (
            world.province_officer,
            reverse("inspections:assign", args=[world.committee.pk, member.pk]),
            form,
        )
        for member in (world.member, other)
    ]
    Assignment.objects.filter(commune=world.commune_b).delete()
    expect_one(at_once(*posts * 4, writing="inspections_assignment"))
    assert Assignment.objects.filter(commune=world.commune_b).count() == 1


def test_eight_draft_one_plan(world):
    form = {"area": world.province.pk, "month": "2026-10", "capacity": 3}
    posts = [(world.province_officer, reverse("inspections:plans"), form)] * WRITERS
    expect_one(at_once(*posts, writing="inspections_inspectionplan"))
    assert InspectionPlan.objects.count() == 1


# --- The calendar, leave, reopenings -------------------------------------------


def test_one_closure_sent_eight_times_is_one(world):
    form = {
        "operation": str(uuid.uuid4()),
        "place": f"school:{world.school_a.pk}",
        "what": "closed",
        "first_day": world.today.isoformat(),
        "last_day": world.today.isoformat(),
        "reason": "flood",
    }
    posts = [(world.head_a, reverse("attendance:closures"), form)] * WRITERS
    answers = at_once(*posts, writing="attendance_closure")
    assert statuses(answers) == [302] * WRITERS
    assert Closure.objects.count() == 1


def test_eight_record_leave_of_one_pupil(world):
    form = {
        "pupil": pupil_ids(world.class_a)[0],
        "first_day": world.today.isoformat(),
        "last_day": world.today.isoformat(),
        "reason": "sick",
        "announced_by": "gia đình",
    }
    address = reverse("attendance:leave_record", args=[world.class_a.pk])
    answers = at_once(
        *[(world.teacher_a, address, form)] * WRITERS, writing="attendance_plannedleave"
    )
    assert statuses(answers) == [302] * WRITERS
    assert PlannedLeave.objects.count() == 1


def test_eight_answer_one_reopening(world):
    day = world.today - datetime.timedelta(days=10)
    reopening = ask_reopening(
        school_class=world.class_a,
        first_day=day,
        last_day=day,
        reason="Em Chua có đơn",
        by=world.teacher_a,
        by_office=False,
    )
    address = reverse("attendance:reopening_decide", args=[reopening.pk])
    posts = [
        (user, address, form)
        for user, form in [
            (world.head_a, {"grant": "1"}),
            (world.head_a, {"refuse": "1", "answer": "Đã khoá sổ"}),
        ]
        * 4
    ]
    answers = at_once(*posts, writing="attendance_reopening")
    assert statuses(answers) == [302] * WRITERS
    told = [said(answer) for answer in answers]
    assert sorted(told) == [[messages.SUCCESS], *[[messages.ERROR]] * (WRITERS - 1)]
    reopening.refresh_from_db()
    assert reopening.state == ("granted", "refused")[told.index([messages.SUCCESS]) % 2]


def said(answer):
    """Levels of what a request noted for the next page."""
    return [each.level for each in messages.get_messages(answer.wsgi_request)._queued_messages]


# --- Pupils, targets, people, reports -------------------------------------------


def test_eight_end_one_spell(world):
    spell = Enrolment.objects.filter(school_class=world.class_a).first()
    form = {"on": world.today.isoformat(), "reason": "out"}
    address = reverse("schools:leave", args=[spell.pk])
    expect_one(at_once(*[(world.head_a, address, form)] * WRITERS, writing="schools_enrolment"))
    spell.refresh_from_db()
    assert (spell.valid_to, spell.exit_reason) == (world.today, "out")
    assert spell.history.filter(valid_to=world.today).count() == 1


def test_eight_readmit_one_pupil(world):
    spell = Enrolment.objects.filter(school_class=world.class_a).first()
    leave(enrolment=spell, on=world.today, reason="out", cause="", by=world.head_a)
    form = {
        "to": world.class_a.pk,
        "grade": "6",
        "start": world.today.isoformat(),
        "reason": "in",
    }
    address = reverse("schools:readmit", args=[spell.pupil_id])
    expect_one(at_once(*[(world.head_a, address, form)] * WRITERS, writing="schools_enrolment"))
    assert Enrolment.objects.filter(pupil=spell.pupil_id, valid_to=None).count() <= 1
    assert Enrolment.objects.filter(pupil=spell.pupil_id).count() == 2


def test_eight_set_one_target(world):
    form = {
        "area": world.province.pk,
        "level": "THCS",
        "indicator": next(iter(INDICATORS)),
        "percent": "95",
        "valid_from": world.today.isoformat(),
    }
    posts = [(world.province_officer, reverse("reports:targets"), form)] * WRITERS
    answers = at_once(*posts, writing="reports_target")
    # Who comes after the row was written corrects it; who met it on the way is told in the page.
    assert {302} <= set(statuses(answers)) <= {302, 422}
    assert Target.objects.filter(area=world.province, level="THCS").count() == 1


def test_eight_ask_for_one_report(world, settings):
    # Nobody makes it meanwhile.
    settings.JOBS_MODE = "celery"
    settings.CELERY_BROKER_URL = "memory://"
    form = {"kind": "monthly", "area": world.commune_a.pk, "month": "2026-10"}
    answers = at_once(
        *[(world.commune_officer, reverse("reports:runs"), form)] * WRITERS,
        writing="reports_reportrun",
    )
    assert statuses(answers) == [302] * WRITERS
    assert len({answer.url for answer in answers}) == 1
    assert ReportRun.objects.count() == 1


# --- The survey and its matches --------------------------------------------------


def told_of(pupil):
    """A pupil as somebody of the survey."""
    names = ("full_name", "sex", "ethnic_group", "birth_date")
    name, sex, group, born = (getattr(pupil, each) for each in names)
    told = {"full_name": name, "sex": sex, "ethnic_group": group, "presence": "lives"}
    return told | {"day": born.day, "month": born.month, "year": born.year}


def surveyed(commune, pupil, form="001"):
    """A child of the survey of a commune who is a pupil."""
    return make_child(
        make_round(commune),
        pupil.full_name,
        pupil.birth_date,
        form=form,
        sex=pupil.sex,
        ethnic_group=pupil.ethnic_group,
    )


def proposed():
    return set(Proposal.objects.values_list("person", "pupil", "score", "is_certain"))


def test_the_rolls_are_searched_while_people_are_entered(world):
    pupils = list(Pupil.objects.filter(spells__school_class=world.class_a).order_by("pk")[:7])
    for number, pupil in enumerate(pupils[:3]):
        entry = surveyed(world.commune_a, pupil, form=str(number))
    search = (world.commune_officer, reverse("mobilisation:search", args=[world.commune_a.pk]), {})
    add = reverse("mobilisation:person_add", args=[entry.household_id])
    posts = [(world.commune_officer, add, told_of(pupil)) for pupil in pupils[3:]]
    answers = at_once(*[search] * 4, *posts, writing="mobilisation_proposal")
    assert statuses(answers) == [302] * (4 + len(posts))
    found = proposed()
    assert {pupil for _person, pupil, *_more in found} >= {each.pk for each in pupils}
    search_rolls(survey_round=entry.survey_round, on=world.today, by=None)
    assert proposed() == found


def test_eight_confirm_one_match(world):
    entry = surveyed(world.commune_a, Pupil.objects.get(full_name="Giàng A Chua"))
    search_rolls(survey_round=entry.survey_round, on=world.today, by=None)
    address = reverse("mobilisation:answer", args=[Proposal.objects.get().pk])
    post = (world.commune_officer, address, {"answer": "one"})
    answers = at_once(*[post] * WRITERS, writing="mobilisation_match")
    # Who comes when it is confirmed finds no proposal any more.
    assert {302} <= set(statuses(answers)) <= {302, 404}
    assert Match.objects.count() == Event.objects.filter(kind="survey.matched").count() == 1
    address = reverse("mobilisation:undo", args=[Match.objects.get().pk])
    post = (world.commune_officer, address, {})
    assert set(statuses(at_once(*[post] * 4, writing="mobilisation_match"))) <= {302, 404}
    assert Event.objects.filter(kind="survey.match_undone").count() == 1


def test_two_communes_confirm_the_same_pupils(world):
    pupils = list(Pupil.objects.filter(spells__school_class=world.class_a).order_by("pk")[:3])
    communes = (world.commune_a, world.commune_a2)
    RoleGrant.objects.create(
        user=world.commune_officer,
        role="commune_officer",
        area=world.commune_a2,
        valid_from=world.since,
    )
    for commune, ordered in zip(communes, (pupils, pupils[::-1]), strict=True):
        for number, pupil in enumerate(ordered):
            entry = surveyed(commune, pupil, form=str(number))
            Proposal.objects.create(
                survey_round=entry.survey_round,
                person=entry.person,
                pupil=pupil,
                score=100,
                is_certain=True,
            )
    posts = [
        (
            world.commune_officer,
            reverse("mobilisation:confirm_certain", args=[commune.pk]),
            {"seen": "3"},
        )
        for commune in communes
    ]
    answers = at_once(*posts * 2, writing="mobilisation_match")
    assert statuses(answers) == [302] * 4
    assert (
        sorted(said(answer) for answer in answers) == [[messages.SUCCESS]] + [[messages.ERROR]] * 3
    )
    assert Match.objects.count() == 3


def test_eight_open_one_round(world):
    for number in range(3):
        make_child(make_round(world.commune_a, 2025), f"Lò Văn {number}", form=str(number))
    address = reverse("mobilisation:round_open", args=[world.commune_a.pk])
    answers = at_once(
        *[(world.commune_officer, address, {})] * WRITERS, writing="mobilisation_surveyround"
    )
    assert statuses(answers) == [302] * WRITERS
    assert SurveyEntry.objects.filter(survey_round__year=world.today.year).count() == 3


def test_two_devices_enter_one_new_household(world):
    make_child(make_round(world.commune_a), "Lò Văn Một")
    address = reverse("api:survey_persons", args=[world.commune_a.pk])
    pupils = Pupil.objects.filter(spells__school_class=world.class_a)[:4]
    posts = [
        (
            world.commune_officer,
            address,
            {
                "op_id": str(uuid.uuid4()),
                "village": "Háng Lìa",
                "form_number": "77",
                "told": {key: str(value) for key, value in told_of(pupil).items()},
            },
            "post",
        )
        for pupil in pupils
    ]
    answers = at_once(*posts, writing="mobilisation_household")
    assert statuses(answers) == [201] * 4
    assert Household.objects.get(form_number="77").entries.count() == 4
