"""People, their posts and classes: what is written, and which rights follow for which days."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import ClassAssignment, Post, RoleGrant, StaffMember
from accounts.scoping import headline, scope_for
from accounts.staff.models import AssignmentKind, PostKind
from accounts.staff.services.assignments import (
    assign,
    end_assignment,
    give_to_substitute,
    set_homeroom,
)
from accounts.staff.services.people import PossiblyOnePerson, add_person, correct_person
from accounts.staff.services.posts import end_post, give_post
from core.models import Event, Rule
from core.permission_holders import holders
from core.permissions import Permission as P
from tests.accounts.staff_builders import make_person, teach
from tests.world import make_user

pytestmark = pytest.mark.django_db
ONE_DAY = datetime.timedelta(days=1)


@pytest.fixture
def people(world):
    """Two teachers of school A with accounts, and one without."""
    world.hoa = make_person("Vàng Thị Hoa", world.school_a, since=world.since)
    world.pao = make_person("Sùng A Páo", world.school_a, since=world.since)
    world.lan = make_person("Lò Thị Lan", world.school_a, since=world.since)
    for person, name in ((world.hoa, "hoa"), (world.pao, "pao")):
        person.user = make_user(name, person.full_name, since=world.since)
        person.save()
    return world


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def classes_of(user, on):
    return set(scope_for(user, on=on).places(P.TAKE_REGISTER).classes)


# --- Rights ----------------------------------------------------------------------------------


def test_an_assignment_is_the_role_of_a_teacher_for_its_days(people):
    world = people
    given = teach(world.hoa, world.class_a, start=world.today)
    assert classes_of(world.hoa.user, world.today - ONE_DAY) == set()
    assert classes_of(world.hoa.user, world.today) == {world.class_a.pk}
    assert classes_of(world.hoa.user, given.valid_to) == set()
    assert not RoleGrant.objects.filter(user=world.hoa.user).exists()
    scope = scope_for(world.hoa.user, on=world.today)
    assert scope.permissions == scope_for(world.teacher_a, on=world.today).permissions
    assert headline(scope) == "Giáo viên · 6A, TH&THCS A Một"


def test_the_scope_of_a_request_still_costs_one_query(people, django_assert_num_queries):
    teach(people.hoa, people.class_a, start=people.today)
    with django_assert_num_queries(1):
        scope_for(people.hoa.user, on=people.today)


def test_a_class_held_by_a_role_and_an_assignment_is_held_once(people):
    world = people
    RoleGrant.objects.create(
        user=world.hoa.user, role="teacher", school_class=world.class_a, valid_from=world.since
    )
    ClassAssignment.objects.create(
        person=world.hoa,
        school_class=world.class_a,
        kind=AssignmentKind.SUBJECT,
        valid_from=world.since,
        valid_to=world.year.valid_to,
    )
    assert len(scope_for(world.hoa.user, on=world.today).grants) == 1


def test_a_closed_account_has_no_rights_and_is_reminded_of_nothing(people):
    world = people
    teach(world.hoa, world.class_a12, start=world.since)
    assert [h.name for h in asked(world)] == ["Vàng Thị Hoa"]
    world.hoa.user.is_active = False
    world.hoa.user.save()
    assert classes_of(world.hoa.user, world.today) == set()
    assert asked(world) == []


def asked(world):
    return holders(P.TAKE_REGISTER, on=world.today, class_ids=[world.class_a12.pk], school_ids=[])


def test_subject_teachers_may_take_the_register_and_are_not_reminded(people):
    world = people
    teach(world.hoa, world.class_a12, start=world.since, kind=AssignmentKind.SUBJECT)
    assert classes_of(world.hoa.user, world.today) == {world.class_a12.pk}
    assert asked(world) == []


def test_who_stands_in_is_reminded_beside_the_homeroom_teacher(people):
    world = people
    teach(world.hoa, world.class_a12, start=world.since)
    substitute(world, world.class_a12, world.pao)
    assert [h.name for h in asked(world)] == ["Vàng Thị Hoa", "Sùng A Páo"]


def test_the_post_of_a_head_opens_nothing(people):
    world = people
    give_post(
        person=world.hoa, school=world.school_a, kind=PostKind.HEAD, start=world.since, by=None
    )
    assert scope_for(world.hoa.user, on=world.today).permissions == frozenset()


# --- Giving classes --------------------------------------------------------------------------


def test_an_assignment_takes_the_place_of_a_role_given_before(people):
    world = people
    world.hoa.user, old = world.teacher_a, world.hoa.user
    world.hoa.save()
    grant = RoleGrant.objects.get(user=world.teacher_a)
    given = teach(world.hoa, world.class_a, start=world.today)
    grant.refresh_from_db()
    assert (grant.valid_to, given.valid_from) == (world.today, world.today)
    assert len(scope_for(world.teacher_a, on=world.today).grants) == 1
    assert kinds()[-2:] == ["role.ended", "staff.assigned"]
    assert old.grants.count() == 0


def test_a_role_that_begins_on_the_day_is_ended_by_hand(people):
    world = people
    RoleGrant.objects.create(
        user=world.hoa.user, role="teacher", school_class=world.class_a, valid_from=world.today
    )
    with pytest.raises(ValidationError) as refused:
        teach(world.hoa, world.class_a, start=world.today)
    assert refused.value.code == "granted"
    assert not ClassAssignment.objects.exists()


def test_a_new_homeroom_teacher_ends_the_one_before(people):
    world = people
    first = teach(world.hoa, world.class_a, start=world.since)
    second = set_homeroom(
        school_class=world.class_a, person=world.pao, on=world.today, by=world.head_a
    )
    first.refresh_from_db()
    assert (first.valid_to, second.valid_from) == (world.today, world.today)
    assert kinds()[-2:] == ["staff.assignment_ended", "staff.assigned"]
    assert (
        set_homeroom(school_class=world.class_a, person=world.pao, on=world.today, by=world.head_a)
        == second
    )
    # Chosen by mistake a minute ago: what never held a day is removed, the events remain.
    set_homeroom(school_class=world.class_a, person=world.lan, on=world.today, by=world.head_a)
    assert not ClassAssignment.objects.filter(pk=second.pk).exists()
    assert kinds()[-2:] == ["staff.assignment_removed", "staff.assigned"]
    set_homeroom(school_class=world.class_a, person=None, on=world.today + ONE_DAY, by=world.head_a)
    assert not ClassAssignment.objects.on(world.today + ONE_DAY).exists()


def test_only_somebody_of_the_school_is_given_a_class(people):
    world = people
    stranger = make_person("Lý A Tá", world.school_b, since=world.since)
    with pytest.raises(ValidationError) as refused:
        teach(stranger, world.class_a, start=world.today)
    assert "không có chức vụ" in refused.value.messages[0]
    with pytest.raises(ValidationError):
        teach(world.hoa, world.class_a, start=world.year.valid_to)


def test_an_assignment_ends_some_weeks_after_the_year(people):
    world = people
    given = teach(world.hoa, world.class_a, start=world.today)
    assert given.valid_to == world.year.valid_to + datetime.timedelta(days=90)
    Rule.objects.filter(key="accounts.classes_after_year").update(value=10)
    other = teach(world.pao, world.class_a12, start=world.today)
    assert other.valid_to == world.year.valid_to + datetime.timedelta(days=10)


def test_the_database_holds_one_head_and_one_homeroom_teacher(people):
    world = people
    teach(world.hoa, world.class_a, start=world.since)
    rival = ClassAssignment(
        person=world.pao,
        school_class=world.class_a,
        kind=AssignmentKind.HOMEROOM,
        valid_from=world.today,
        valid_to=world.year.valid_to,
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        rival.save()
    give_post(
        person=world.hoa, school=world.school_a, kind=PostKind.HEAD, start=world.since, by=None
    )
    with pytest.raises(ValidationError) as refused:
        give_post(
            person=world.pao, school=world.school_a, kind=PostKind.HEAD, start=world.today, by=None
        )
    assert "hiệu trưởng khác" in refused.value.messages[0]


# --- Substitutes -----------------------------------------------------------------------------


def substitute(world, school_class, person, until=None):
    return give_to_substitute(
        school_class=school_class,
        person=person,
        today=world.today,
        until=until or world.today,
        by=world.head_a,
    )


def test_a_substitute_has_the_class_until_the_day_and_no_longer(people):
    world = people
    substitute(world, world.class_a, world.hoa, until=world.today + 2 * ONE_DAY)
    held = [classes_of(world.hoa.user, world.today + n * ONE_DAY) for n in range(4)]
    assert held == [{world.class_a.pk}] * 3 + [set()]
    assert headline(scope_for(world.hoa.user, on=world.today)).startswith("Dạy thay · 6A")
    assert kinds()[-1] == "staff.substitute_given"


@pytest.mark.parametrize("days", [-1, 30])
def test_a_substitute_stands_in_from_today_for_some_weeks_at_most(people, days):
    with pytest.raises(ValidationError) as refused:
        substitute(people, people.class_a, people.hoa, people.today + days * ONE_DAY)
    assert "until" in refused.value.error_dict
    substitute(people, people.class_a, people.hoa, people.today + 29 * ONE_DAY)


def test_a_substitute_needs_an_account_and_another_class(people):
    world = people
    with pytest.raises(ValidationError) as refused:
        substitute(world, world.class_a, world.lan)
    assert refused.value.code == "no_account"
    teach(world.hoa, world.class_a, start=world.since)
    with pytest.raises(ValidationError) as refused:
        substitute(world, world.class_a, world.hoa)
    assert refused.value.code == "has_class"


def test_ending_a_substitution_today_takes_the_class_back(people):
    world = people
    given = substitute(world, world.class_a, world.hoa, until=world.today + ONE_DAY)
    end_assignment(assignment=given, on=world.today, by=world.head_a)
    assert classes_of(world.hoa.user, world.today) == set()


# --- People ----------------------------------------------------------------------------------


def data(**more):
    return {"full_name": "Giàng A Của", "birth_date": datetime.date(1990, 1, 5)} | more


def add(world, school, **more):
    return add_person(
        school=school, kind="teacher", start=world.today, by=world.head_a, **data(**more)
    )


def test_the_same_name_and_birth_date_is_asked_about(world):
    first = add(world, world.school_a)
    with pytest.raises(PossiblyOnePerson) as asked_about:
        add(world, world.school_b, full_name="giang a cua")
    alike = asked_about.value.alike
    assert [(p.pk, schools) for p, schools in alike.people] == [
        (first.person_id, ["TH&THCS A Một"])
    ]
    second = add(world, world.school_b, same_person=first.person_id, phone="0912345678")
    assert second.person_id == first.person_id
    assert StaffMember.objects.get().phone == "0912345678"
    assert Post.objects.count() == 2
    other = add(world, world.school_b, different_from=alike.fingerprint)
    assert other.person_id != first.person_id


def test_the_same_staff_code_is_asked_about_and_never_given_twice(world):
    first = add(world, world.school_a, staff_code="1200000777")
    other = data(full_name="Lý Thị Xa", birth_date=None, staff_code="1200000777")
    with pytest.raises(PossiblyOnePerson) as asked_about:
        add(world, world.school_b, **other)
    with pytest.raises(ValidationError) as refused:
        add(
            world,
            world.school_b,
            **other,
            different_from=asked_about.value.alike.fingerprint,
        )
    assert "staff_code" in refused.value.error_dict
    assert Post.objects.get() == first


def test_an_answer_about_others_than_those_there_are_is_asked_again(world):
    first = add(world, world.school_a)
    with pytest.raises(PossiblyOnePerson):
        add(world, world.school_b, different_from="0" * 16)
    with pytest.raises(PossiblyOnePerson):
        add(world, world.school_b, same_person=first.person_id + 1)


def test_a_correction_says_which_fields_and_not_what_they_held(people):
    world = people
    correct_person(person=world.hoa, by=world.head_a, phone="0987654321")
    event = Event.objects.latest("pk")
    assert event.kind == "staff.corrected"
    assert event.changes == {"fields": [None, ["phone"]]}
    with pytest.raises(PossiblyOnePerson):
        correct_person(person=world.hoa, by=world.head_a, full_name=world.pao.full_name)
    before = Event.objects.count()
    correct_person(person=world.hoa, by=world.head_a, phone="0987654321")
    assert Event.objects.count() == before


def test_with_the_last_post_in_a_school_its_classes_end(people):
    world = people
    teach(world.hoa, world.class_a, start=world.since)
    second = give_post(
        person=world.hoa, school=world.school_a, kind="deputy", start=world.since, by=None
    )
    first = world.hoa.posts.get(kind="teacher")
    end_post(post=first, on=world.today, by=world.head_a)
    assert classes_of(world.hoa.user, world.today) == {world.class_a.pk}
    end_post(post=second, on=world.today, by=world.head_a)
    assert classes_of(world.hoa.user, world.today) == set()
    with pytest.raises(ValidationError):
        end_post(post=second, on=world.today, by=world.head_a)


def test_a_person_in_two_schools_is_one_and_teaches_in_both(people):
    world = people
    make_person("", world.school_b, since=world.since, person=world.hoa)
    teach(world.hoa, world.class_a, start=world.since)
    assign(person=world.hoa, school_class=world.class_b, kind="subject", start=world.today, by=None)
    assert classes_of(world.hoa.user, world.today) == {world.class_a.pk, world.class_b.pk}
