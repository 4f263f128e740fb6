"""What each part of the digest counts, for whom; and that it asks no more for more people."""

import datetime

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.scoping import scope_for
from core.digests import making, parts
from core.digests.parts import Batch
from core.digests.periods import Period
from core.digests.readers import readers
from core.models import Digest, Frequency
from core.months import Month
from core.notifications.sending import send_waiting
from inspections.action_plans.selectors import as_tasks, days_of_tasks, escalated_to, tasks_of
from inspections.meetings.selectors import rhythm_of
from inspections.models import (
    Committee,
    Meeting,
    Member,
    Recommendation,
    Regulation,
    Visit,
)
from mobilisation.models import ChildCase
from reports.models import (
    Flag,
    MonthAssessment,
    MonthConfirmation,
    PublicationReceipt,
)
from reports.month_review.services import publish_month
from reports.services.facts import rebuild
from schools.models import Area, Pupil, Succession
from tests.frozen import freeze_time
from tests.inspections.action_plans.builders import make_action, make_action_plan
from tests.inspections.visits import planned_visit
from tests.mobilisation.case_builders import follow, pupil
from tests.reports.register_builders import pupil_ids, take
from tests.world import make_user

pytestmark = pytest.mark.django_db
D = datetime.date
DAY = datetime.timedelta(days=1)
WEEK = Period(Frequency.WEEKLY, D(2026, 10, 5), D(2026, 10, 11))
SEPTEMBER = Month(2026, 9)
# Queries of one batch with every part.
CEILING = 63


def counted(code, world, *, on=None, period=WEEK):
    """{user name: count} of a part, of those who are offered it and have any."""
    on = on or world.today
    people = {each.user_id: each.scope for each in readers(on=on)}
    part = next(part for part in parts.parts() if part.code == code)
    found = part.count(Batch(period, on, people))
    return {
        scope.user.username: found[user_id]
        for user_id, scope in people.items()
        if found.get(user_id) and part.is_for(scope)
    }


def test_registers_missing_are_those_of_the_week_in_ones_own_classes(world):
    take(world.class_a, D(2026, 10, 5))
    take(world.class_a, D(2026, 10, 12))
    assert counted("attendance.registers", world) == {
        "teacher_a": 6,
        "head_a": 6 + 14,
        "teacher_b": 7,
        "head_b": 7,
    }


def test_registers_that_can_no_longer_be_sent_are_not_asked_for(world):
    period = Period(Frequency.WEEKLY, D(2026, 9, 28), D(2026, 10, 4))
    assert counted("attendance.registers", world, period=period)["teacher_a"] == 4


def test_schools_that_did_not_send_are_counted_once_each_by_the_offices(world):
    for number in range(7):
        take(world.class_b, D(2026, 10, 5) + number * DAY)
    assert counted("attendance.schools", world) == {
        "commune_a": 1,
        "cluster_a": 1,
        "province": 1,
    }


def test_a_pupil_is_newly_at_risk_once(world):
    first, second, *_rest = pupil_ids(world.class_a)
    for number in range(7):
        day = D(2026, 10, 5) + number * DAY
        take(world.class_a, day, {first: "K", second: "K"} if number >= 3 else {first: "K"})
    # Of the first it was known before the week began.
    for number in range(5):
        take(world.class_a, D(2026, 9, 28) + number * DAY, {first: "K"})
    assert counted("reports.at_risk", world) == {"teacher_a": 1, "head_a": 1, "commune_a": 1}


def test_flags_are_new_in_the_week_in_which_they_were_raised(world):
    values = {"commune": world.commune_a, "level": "THCS", "indicator": "attendance"}
    for rule, moment, state in [
        ("watch", "2026-10-04 16:59:00", "open"),
        ("falling", "2026-10-04 17:01:00", "open"),
        ("persistent", "2026-10-11 16:59:00", "planned"),
        ("certainly_low", "2026-10-07 00:00:00", "withdrawn"),
        ("cannot_be_judged", "2026-10-11 17:01:00", "open"),
    ]:
        with freeze_time(moment):
            Flag.objects.create(**values, month=D(2026, 10, 1), rule=rule, state=state)
    assert counted("reports.flags", world) == {
        "commune_a": 2,
        "cluster_a": 2,
        "province": 2,
        "member_a": 2,
    }


@pytest.fixture
def september(world):
    """September counted: every school had registers due."""
    rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=SEPTEMBER)


def test_the_month_waits_for_the_school_then_the_commune_then_the_office(world, september):
    assert counted("reports.confirm", world) == {"head_a": 1, "head_b": 1}
    assert counted("reports.assess", world) == {"commune_a": 1}
    assert counted("reports.review", world) == {}
    assert counted("reports.publish", world) == {"province": 1}
    MonthConfirmation.objects.create(
        school=world.school_a,
        month=SEPTEMBER.first,
        state="confirmed",
        confirmed_by=world.head_a,
        confirmed_at=timezone.now(),
    )
    MonthAssessment.objects.create(
        area=world.commune_a,
        month=SEPTEMBER.first,
        state="sent",
        text="Ổn",
        written_by=world.commune_officer,
        sent_by=world.commune_officer,
        sent_at=timezone.now(),
    )
    assert counted("reports.confirm", world) == {"head_b": 1}
    assert counted("reports.assess", world) == {}
    assert counted("reports.review", world) == {"cluster_a": 1, "province": 1}


def test_published_results_wait_until_the_commune_has_read_them(world, september):
    assert counted("reports.unread", world) == {}
    made = publish_month(area=world.province, month=SEPTEMBER, by=world.province_officer)
    for code in ("confirm", "assess", "review", "publish"):
        assert counted(f"reports.{code}", world) == {}, code
    assert counted("reports.unread", world) == {"commune_a": 1, "cluster_a": 2, "province": 3}
    PublicationReceipt.objects.create(
        publication=made,
        area=world.commune_a,
        acknowledged_by=world.commune_officer,
        acknowledged_at=timezone.now(),
    )
    assert counted("reports.unread", world) == {"cluster_a": 1, "province": 2}


def follow_late(world):
    case = follow(world, pupil("Giàng A Chua"))
    ChildCase.objects.filter(pk=case.pk).update(due_on=world.today - DAY)


def test_a_case_past_its_day_is_told_to_all_who_follow_the_child(world):
    follow_late(world)
    follow(world, pupil("Lò Thị Hương"), due_on=world.today)
    assert counted("mobilisation.cases", world) == {
        "teacher_a": 1,
        "head_a": 1,
        "commune_a": 1,
        "member_a": 1,
    }


def test_offices_above_the_commune_read_how_many_are_late(world):
    """The same cases as a number, by the commune of the child, with a page without names."""
    follow_late(world)
    follow(world, pupil("Lò Thị Hương"), due_on=world.today)
    above = {"province": 1, "cluster_a": 1}
    assert counted("mobilisation.cases_below", world) == above
    ChildCase.objects.update(commune=world.commune_b)
    assert counted("mobilisation.cases_below", world) == {"province": 1}
    (part,) = [each for each in parts.parts() if each.code == "mobilisation.cases_below"]
    assert part.url == reverse("mobilisation:case_counts")
    assert not [
        each for each in (world.head_a, world.commune_officer) if part.is_for(scope_for(each))
    ]


def test_a_child_followed_by_name_is_not_told_a_second_time_as_a_number(world):
    """An officer of the cluster who is a member too and answers for a commune of it."""
    follow_late(world)
    elsewhere = follow(world, pupil("Sùng A Páo"), by=world.head_b, commune=world.commune_b)
    ChildCase.objects.filter(pk=elsewhere.pk).update(
        due_on=world.today - DAY, commune=world.commune_a2
    )
    assert counted("mobilisation.cases_below", world)["cluster_a"] == 2
    Member.objects.filter(pk=world.member.pk).update(user=world.district_officer)
    assert counted("mobilisation.cases", world)["cluster_a"] == 1
    assert counted("mobilisation.cases_below", world) == {"cluster_a": 1, "province": 2}


def recommend(world, **more):
    visit = Visit.objects.first() or planned_visit(world)
    values = {"text": "Vận động", "owner": "Trường", "due_on": world.today}
    return Recommendation.objects.create(visit=visit, **values | more)


def test_recommendations_wait_for_the_commune_and_the_school_they_are_made_to(world):
    recommend(world)
    recommend(world, school=world.school_a)
    recommend(world, state="done", done_by=world.member_user, done_at=timezone.now())
    assert counted("inspections.unanswered", world) == {"commune_a": 2, "head_a": 1}


def test_recommendations_overdue_for_too_long_are_told_to_the_level_above(world):
    recommend(world, due_on=D(2026, 10, 2))
    assert counted("inspections.raised", world) == {}
    recommend(world, due_on=D(2026, 10, 1))
    assert counted("inspections.raised", world) == {"cluster_a": 1}
    recommend(world, due_on=D(2026, 9, 20))
    assert counted("inspections.raised", world) == {"cluster_a": 2, "province": 1}


def answered(world, by):
    return recommend(
        world,
        state="answered",
        remedy="Đã làm",
        remedied_on=world.today,
        answered_by=by,
        answered_at=timezone.now(),
    )


def test_answers_wait_for_the_member_in_charge_unless_the_answer_is_their_own(world):
    answered(world, world.head_a)
    answered(world, world.member_user)
    assert counted("inspections.to_confirm", world) == {"member_a": 1}


def test_coming_visits_are_those_of_the_week_that_follows(world):
    visit = planned_visit(world)
    for day, count in [
        (D(2026, 10, 11), {}),
        (D(2026, 10, 12), {"member_a": 1}),
        (D(2026, 10, 18), {"member_a": 1}),
        (D(2026, 10, 19), {}),
    ]:
        Visit.objects.update(planned_on=day)
        assert counted("inspections.visits", world) == count, day
    Visit.objects.update(planned_on=world.today)
    visit.team.add(world.member)
    assert counted("inspections.visits", world) == {"member_a": 1}
    Visit.objects.update(state="cancelled")
    assert counted("inspections.visits", world) == {}


def test_a_committee_is_told_to_meet_when_its_meeting_falls_due(world):
    Regulation.objects.create(
        committee=world.committee, paper="05/QC", meets_every=1, valid_from=D(2026, 9, 1)
    )
    held = Meeting.objects.create(
        committee=world.committee,
        held_on=D(2026, 9, 18),
        place="Sở",
        chair=world.member,
        content="Việc",
        decided="Làm",
        written_by=world.province_officer,
        written_at=timezone.now(),
    )
    assert counted("inspections.own_meetings", world) == {"member_a": 1}
    assert counted("inspections.meetings", world) == {"province": 1}
    # Who keeps the committees and sits in this one is told once, as a member.
    Member.objects.filter(pk=world.member.pk).update(user=world.province_officer)
    assert counted("inspections.own_meetings", world) == {"province": 1}
    assert counted("inspections.meetings", world) == {}
    Member.objects.filter(pk=world.member.pk).update(user=world.member_user)
    # A committee is over with its area, and meets no more.
    Area.objects.filter(pk=world.province.pk).update(valid_to=world.today)
    assert counted("inspections.own_meetings", world) == {}
    assert rhythm_of(Committee.objects.get(), world.today).due_on is None
    Area.objects.filter(pk=world.province.pk).update(valid_to=None)
    Meeting.objects.filter(pk=held.pk).update(held_on=D(2026, 9, 19))
    assert counted("inspections.own_meetings", world) == {}


def test_tasks_overdue_are_told_to_those_who_answer_for_them(world):
    plan = make_action_plan(world.commune_a, by=world.commune_officer)
    own = {"by": world.commune_officer, "due_on": world.today - DAY}
    make_action(plan, **own)
    make_action(plan, **own, school=world.school_a)
    make_action(plan, **own, member=world.member)
    make_action(plan, by=world.commune_officer, due_on=world.today)
    draft = make_action_plan(world.commune_a, by=world.commune_officer, state="draft")
    make_action(draft, **own)
    assert counted("inspections.tasks", world) == {"commune_a": 3, "head_a": 1, "member_a": 3}
    world.assignment.delete()
    assert counted("inspections.tasks", world) == {"commune_a": 3, "head_a": 1}


def test_tasks_of_a_commune_that_ended_are_told_to_who_has_its_place(world):
    """Whoever took over a part answers for it, as they may report on it; it is shown to what stands
    above all of these."""
    task = make_action(
        make_action_plan(world.commune_a, by=world.commune_officer),
        by=world.commune_officer,
        due_on=world.today - 20 * DAY,
    )
    Area.objects.filter(pk=world.commune_a.pk).update(valid_to=world.today)
    Succession.objects.create(old=world.commune_a, new=world.commune_a2, effective_on=world.today)
    assert counted("inspections.tasks", world) == {}
    successor = make_user(
        "commune_a2", "Sau", "commune_officer", since=world.since, area=world.commune_a2
    )
    assert counted("inspections.tasks", world) == {"commune_a2": 1}
    own, above = scope_for(successor), scope_for(world.district_officer)
    assert list(tasks_of(own)) == [task]
    assert days_of_tasks(own) == ([task.due_on], 0)
    assert list(escalated_to(above)) == [task]
    assert days_of_tasks(above) == ([], 1)
    assert [each.above for each in as_tasks([task], own)] == [world.cluster]
    Succession.objects.create(old=world.commune_a, new=world.commune_b, effective_on=world.today)
    make_user("commune_b", "Sau", "commune_officer", since=world.since, area=world.commune_b)
    assert counted("inspections.tasks", world) == {"commune_a2": 1, "commune_b": 1}
    assert list(escalated_to(scope_for(world.district_officer))) == []
    above = scope_for(world.province_officer)
    assert list(escalated_to(above)) == [task]
    assert [each.above for each in as_tasks([task], above)] == [world.province]


@pytest.mark.parametrize("more", [1, 30])
def test_the_whole_digest_asks_the_same_for_one_person_more_and_for_thirty(world, september, more):
    for number in range(more):
        make_user(f"h{number}", "Thêm", "school_head", since=world.since, school=world.school_a)
        make_user(f"c{number}", "Thêm", "commune_officer", since=world.since, area=world.commune_a)
        make_user(f"t{number}", "Thêm", "teacher", since=world.since, school_class=world.class_b)
    take(world.class_a, D(2026, 10, 5), {pupil_ids(world.class_a)[0]: "K"})
    recommend(world)
    follow_late(world)
    people = readers(on=world.today)
    with CaptureQueriesContext(connection) as asked:
        digests, _emails = making.make(WEEK, people, on=world.today)
    assert digests == len(people) >= 3 * more
    assert len(asked) <= CEILING


def test_what_goes_out_holds_no_name_of_a_child(world, september, settings):
    settings.EMAIL_CONFIGURED, settings.SITE_URL = True, "https://diemdanh.example.vn"
    first, *_rest = pupil_ids(world.class_a)
    for number in range(7):
        take(world.class_a, D(2026, 10, 5) + number * DAY, {first: "K"})
    recommend(world, school=world.school_a)
    User.objects.filter(pk=world.head_a.pk).update(email="h@example.vn")
    making.make_due()
    send_waiting()
    (email,) = mail.outbox
    codes = [code for code, _count in Digest.objects.get(reader=world.head_a).lines]
    assert "reports.at_risk" in codes
    assert "inspections.unanswered" in codes
    assert email.body.count("https://") == len(codes) + 2
    words = email.body.replace(str(world.head_a), "")
    assert not [each.full_name for each in Pupil.objects.all() if each.full_name in words]


def test_every_part_has_words_for_one_and_for_many_and_a_page(world):
    for part in parts.parts():
        assert str(part.name)
        for count in (1, 7):
            sentence = part.sentence(count)
            assert sentence.endswith("."), part.code
            assert "%" not in sentence, part.code
        assert part.url.startswith("/")
