"""The system administrator keeps accounts and reference data in the admin, and no pupil."""

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import RoleGrant, User
from schools.models import Enrolment, Pupil

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(world):
    world.system_admin.is_staff = True
    world.system_admin.save()
    return world.system_admin


def test_admin_opens_people_and_reference_data(keeper, sign_in):
    client = sign_in(keeper)
    for name in ("index", "accounts_user_changelist", "schools_area_changelist"):
        assert client.get(reverse(f"admin:{name}")).status_code == 200, name


def test_admin_holds_no_pupils(keeper, world, sign_in):
    assert not {Pupil, Enrolment} & set(admin.site._registry)
    client = sign_in(keeper)
    pages = [reverse("admin:index"), reverse("admin:accounts_user_changelist")]
    assert not any("Giàng A Chua" in client.get(page).content.decode() for page in pages)


def test_admin_makes_a_user_and_gives_a_role(keeper, world, sign_in):
    client = sign_in(keeper)
    secret = "suong-mu-tren-deo-cao"
    answer = client.post(
        reverse("admin:accounts_user_add"),
        {
            "username": "giao_vien_moi",
            "full_name": "Lò Thị Mới",
            "usable_password": "true",
            "password1": secret,
            "password2": secret,
            "grants-TOTAL_FORMS": 1,
            "grants-INITIAL_FORMS": 0,
            "grants-0-role": "teacher",
            "grants-0-school_class": world.class_a.pk,
            "grants-0-valid_from": "12/10/2026",
        },
    )
    assert answer.status_code == 302, answer.context["errors"]
    user = User.objects.get(username="giao_vien_moi")
    grant = RoleGrant.objects.get(user=user)
    assert (grant.role, grant.school_class, user.is_staff) == ("teacher", world.class_a, False)
    assert grant.granted_by == keeper
    assert user.must_change_password


def test_staff_without_the_role_has_no_rights_there(world, sign_in):
    world.nobody.is_staff = True
    world.nobody.save()
    answer = sign_in(world.nobody).get(reverse("admin:accounts_user_changelist"))
    assert answer.status_code == 403


def test_role_without_staff_does_not_reach_the_admin(world, sign_in):
    answer = sign_in(world.system_admin).get(reverse("admin:accounts_user_changelist"))
    assert answer.status_code == 302


def test_nobody_becomes_superuser_through_the_admin(keeper, world, sign_in):
    page = sign_in(keeper).get(reverse("admin:accounts_user_change", args=[world.nobody.pk]))
    assert "is_superuser" not in page.content.decode()
