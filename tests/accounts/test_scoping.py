"""Grants become places: below the place, between the dates, never further."""

import datetime

import pytest

from accounts.scoping import scope_for
from core.permissions import Permission as P
from schools.models import Pupil, School, SchoolClass

pytestmark = pytest.mark.django_db


def test_scope_of_cluster_officer_reaches_the_schools_of_its_communes(world):
    places = scope_for(world.district_officer).places(P.VIEW_FIGURES)
    assert list(School.objects.within(places)) == [world.school_a]


def test_scope_of_province_officer_reaches_every_school(world):
    places = scope_for(world.province_officer).places(P.VIEW_FIGURES)
    assert set(School.objects.within(places)) == {world.school_a, world.school_b}


def test_scope_of_teacher_reaches_one_class_and_no_whole_school(world):
    places = scope_for(world.teacher_a).places(P.TAKE_REGISTER)
    assert list(SchoolClass.objects.within(places)) == [world.class_a]
    assert list(School.objects.within(places)) == []
    assert Pupil.objects.within(places).count() == 6


def test_scope_of_member_follows_the_assignment_and_ends_with_it(world):
    day = world.today
    assert scope_for(world.member_user).may(P.RECORD_VISIT)
    world.assignment.valid_to = day
    world.assignment.save()
    assert scope_for(world.member_user).permissions == frozenset()
    yesterday = day - datetime.timedelta(days=1)
    assert scope_for(world.member_user, on=yesterday).may(P.RECORD_VISIT)


def test_scope_ends_with_the_version_of_its_area(world):
    world.commune_a.valid_to = world.today
    world.commune_a.save()
    assert scope_for(world.commune_officer).permissions == frozenset()


def test_scope_of_ended_grant_is_empty(world):
    grant = world.head_a.grants.get()
    grant.valid_to = world.today
    grant.save()
    assert scope_for(world.head_a).permissions == frozenset()


def test_scope_of_inactive_user_is_empty(world):
    world.head_a.is_active = False
    assert scope_for(world.head_a).permissions == frozenset()


def test_scope_of_system_admin_has_no_pupil_names(world):
    scope = scope_for(world.system_admin)
    assert not scope.may(P.VIEW_PUPILS)
    assert not scope.places(P.VIEW_FIGURES)


def test_scope_needs_one_query_for_grants_and_assignments(world, django_assert_num_queries):
    with django_assert_num_queries(1):
        scope_for(world.head_a).places(P.TAKE_REGISTER)
    with django_assert_num_queries(3):
        scope_for(world.province_officer).places(P.VIEW_FIGURES)
