"""The reference data in Django's admin, and who is never there."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from accounts.models import User


def test_pupils_enrolments_and_classes_are_never_in_the_admin():
    models = [*apps.get_app_config("core").get_models()]
    models += apps.get_app_config("schools").get_models()
    registered = {model.__name__ for model in models if admin.site.is_registered(model)}
    assert registered == {
        "Area",
        "ClusterMembership",
        "Rule",
        "School",
        "SchoolYear",
        "Succession",
    }


@pytest.mark.parametrize(
    "name",
    [
        "core_rule",
        "schools_area",
        "schools_clustermembership",
        "schools_school",
        "schools_schoolyear",
        "schools_succession",
    ],
)
def test_reference_data_can_be_listed_and_opened(world, client, name):
    client.force_login(
        User.objects.create_superuser(username="root", full_name="Gốc", password="x" * 12),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    assert client.get(reverse(f"admin:{name}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:{name}_add")).status_code == 200
    school = reverse("admin:schools_school_change", args=[world.school_a.pk])
    page = client.get(school)
    assert page.status_code == 200
    assert "Lò Thị Hương" not in page.content.decode()


def test_a_person_who_is_not_staff_finds_no_admin(world, sign_in):
    answer = sign_in(world.head_a).get(reverse("admin:schools_school_changelist"))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("admin:login"))
