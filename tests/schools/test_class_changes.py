"""Classes merged and split in the course of a year: pupils go on, what was filed stays."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import ClassAssignment, RoleGrant
from accounts.staff.models import AssignmentKind
from attendance.enums import AbsenceReason
from attendance.leave.services import record_leave
from attendance.models import Absence, Register
from attendance.registers.selectors.sheet import sheet_of
from core.models import Event
from reports.models import StaleMonth
from schools.class_changes.services import (
    ClassMerger,
    ClassSplit,
    merge_classes,
    preview_merger,
    preview_split,
    split_class,
)
from schools.enums import Session
from schools.models import Enrolment, Pupil, SchoolClass
from tests.accounts.staff_builders import make_person, teach
from tests.html_query import read
from tests.reports.register_builders import take
from tests.world import make_class

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 10, 19)


@pytest.fixture
def two(world):
    """Class 6B beside 6A in school A, with two pupils."""
    world.class_6b = make_class(
        world.school_a, world.year, "6B", "THCS", "6", ["Sùng A Lử", "Vàng A Sái"]
    )
    return world


def roll(school_class, day):
    spells = Enrolment.objects.on(day).filter(school_class=school_class)
    return sorted(spells.values_list("pupil__full_name", flat=True))


def merge(world, on=DAY, **more):
    merger = ClassMerger(world.class_a, more.pop("others", [world.class_6b]), on)
    return merge_classes(merger=merger, by=world.head_a)


def split(world, names=("Giàng A Chua", "Lò Thị Hương"), name="6A2", on=DAY):
    pupils = Enrolment.objects.filter(
        school_class=world.class_a, pupil__full_name__in=names
    ).values_list("pupil_id", flat=True)
    return ClassSplit(world.class_a, name, frozenset(pupils), on)


def test_pupils_of_merged_classes_go_on_in_one_and_the_marks_stay(two):
    pupil = Pupil.objects.get(full_name="Sùng A Lử")
    take(two.class_6b, two.today, {pupil.pk: "K"})
    merge(two)
    two.class_6b.refresh_from_db()
    assert two.class_6b.ended_on == DAY
    assert roll(two.class_6b, DAY - datetime.timedelta(days=1)) == ["Sùng A Lử", "Vàng A Sái"]
    assert roll(two.class_6b, DAY) == []
    assert len(roll(two.class_a, DAY)) == 8
    spell = Enrolment.objects.get(school_class=two.class_6b, pupil__full_name="Sùng A Lử")
    assert (spell.valid_to, spell.exit_reason) == (DAY, "class")
    assert Absence.objects.get(pupil=pupil).mark == "K"
    assert Register.objects.get().school_class == two.class_6b
    kinds = list(
        Event.objects.filter(kind__startswith="school.class").values_list("kind", flat=True)
    )
    assert sorted(kinds) == ["school.class_ended", "school.classes_merged"]


def test_the_month_of_the_day_is_counted_again(two):
    StaleMonth.objects.all().delete()
    merge(two, on=two.today)
    stale = set(StaleMonth.objects.values_list("school_class_id", flat=True))
    assert {two.class_a.pk, two.class_6b.pk} <= stale


@pytest.mark.parametrize("late", ["into", "other"])
def test_no_class_is_merged_on_a_day_with_a_register(two, late):
    take(two.class_a if late == "into" else two.class_6b, two.today, {})
    with pytest.raises(ValidationError, match="12/10/2026"):
        merge(two, on=two.today)
    assert SchoolClass.objects.filter(ended_on=None).count() == SchoolClass.objects.count()
    merge(two, on=two.today + datetime.timedelta(days=1))


def test_what_cannot_be_merged(two):
    for others, on in [
        ([two.class_b], DAY),
        ([two.class_a12], DAY),
        ([two.class_a], DAY),
        ([two.class_6b], two.since),
        ([two.class_6b], two.year.valid_to),
    ]:
        assert preview_merger(ClassMerger(two.class_a, others, on)).refusals, (others, on)
    merge(two)
    two.class_6b.refresh_from_db()
    assert preview_merger(ClassMerger(two.class_a, [two.class_6b], DAY)).refusals


def test_classes_of_two_grades_become_a_multi_grade_class(two):
    seven = make_class(two.school_a, two.year, "7A", "THCS", "7", ["Hảng A Bảy"])
    merge(two, others=[two.class_6b, seven])
    two.class_a.refresh_from_db()
    assert two.class_a.grades == "6,7"
    spell = Enrolment.objects.on(DAY).get(pupil__full_name="Hảng A Bảy")
    assert (spell.school_class, spell.grade) == (two.class_a, 7)


def test_some_pupils_go_into_a_new_class(two):
    take(two.class_a, two.today, {Pupil.objects.get(full_name="Giàng A Chua").pk: "P"})
    new = split_class(split=split(two), by=two.head_a)
    assert (new.name, new.grades, new.sessions, new.site) == ("6A2", "6", "am", two.class_a.site)
    assert roll(new, DAY) == ["Giàng A Chua", "Lò Thị Hương"]
    assert len(roll(two.class_a, DAY)) == 4
    assert len(roll(two.class_a, two.today)) == 6
    assert Absence.objects.get().register.school_class == two.class_a
    assert Event.objects.filter(kind="school.class_split").count() == 2


def test_what_cannot_be_split(two):
    everybody = roll(two.class_a, DAY)
    for refused in (split(two, name="6b"), split(two, names=[]), split(two, names=everybody)):
        assert preview_split(refused).refusals
    take(two.class_a, two.today, {})
    with pytest.raises(ValidationError, match="12/10/2026"):
        split_class(split=split(two, on=two.today), by=two.head_a)


def test_teachers_teach_on_and_can_still_correct_the_last_days(two):
    hoa = make_person("Hà Thị Hoa", two.school_a, since=two.since, user=two.nobody)
    tu = make_person("Lù A Tú", two.school_a, since=two.since)
    teach(hoa, two.class_6b, start=two.since)
    teach(tu, two.class_6b, start=two.since, kind=AssignmentKind.SUBJECT)
    merge(two)
    on_the_day = ClassAssignment.objects.on(DAY).filter(school_class=two.class_a)
    assert {(each.person.full_name, each.kind) for each in on_the_day} == {
        ("Hà Thị Hoa", "deputy"),
        ("Lù A Tú", "subject"),
    }
    assert ClassAssignment.objects.on(DAY).filter(school_class=two.class_6b).count() == 2


def test_role_of_a_teacher_without_a_staff_record_goes_along_once(two):
    new = split_class(split=split(two), by=two.head_a)
    grant = RoleGrant.objects.get(user=two.teacher_a, school_class=new)
    assert (grant.role, grant.valid_from) == ("teacher", DAY)
    RoleGrant.objects.create(
        user=two.teacher_a, role="teacher", school_class=two.class_6b, valid_from=two.since
    )
    merge(two)
    assert RoleGrant.objects.filter(user=two.teacher_a, school_class=two.class_a).count() == 1


def test_planned_leave_goes_along(two):
    pupil = Enrolment.objects.get(pupil__full_name="Sùng A Lử").pupil
    record_leave(
        pupil=pupil,
        school_class=two.class_6b,
        first_day=two.today,
        last_day=DAY + datetime.timedelta(days=2),
        reason=AbsenceReason.SICK,
        announced_by="Bố",
        by=two.head_a,
    )
    merge(two)
    rows = sheet_of(two.class_a, DAY, Session.MORNING).rows
    assert [row.pupil.pk for row in rows if row.leave] == [pupil.pk]


def test_pages_show_first_and_do_what_was_seen(two, sign_in):
    client = sign_in(two.head_a)
    url = reverse("schools:class_merge", args=[two.class_a.pk])
    sent = {"classes": [two.class_6b.pk], "on": f"{DAY}"}
    page = read(client.post(url, sent))
    assert "6B" in page.one("section.card ul").text
    two.class_6b.refresh_from_db()
    assert two.class_6b.ended_on is None
    seen = page.one("input[name=seen]").get("value")
    answer = client.post(url, sent | {"seen": seen})
    assert answer.url == reverse("schools:school_class", args=[two.class_a.pk])
    url = reverse("schools:class_split", args=[two.class_a.pk])
    pupils = list(Enrolment.objects.on(DAY).filter(school_class=two.class_a)[:3])
    sent = {"name": "6C", "on": f"{DAY}", "pupils": [each.pupil_id for each in pupils]}
    seen = read(client.post(url, sent)).one("input[name=seen]").get("value")
    # Somebody else is ticked: what was seen is another thing.
    other = sent | {"pupils": [each.pupil_id for each in pupils[:2]], "seen": seen}
    assert client.post(url, other).status_code == 200
    assert not SchoolClass.objects.filter(name="6C").exists()
    client.post(url, sent | {"seen": seen})
    assert len(roll(SchoolClass.objects.get(name="6C"), DAY)) == 3


def test_pupils_of_one_name_are_ticked_by_their_day_of_birth(two, sign_in):
    first, second = Pupil.objects.filter(spells__school_class=two.class_a)[:2]
    Pupil.objects.filter(pk=second.pk).update(full_name=first.full_name)
    page = read(sign_in(two.head_a).get(reverse("schools:class_split", args=[two.class_a.pk])))
    labels = page.texts("fieldset label")
    for each in (first, second):
        assert f"{first.full_name}, sinh {each.birth_date:%d/%m/%Y}" in labels
