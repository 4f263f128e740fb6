"""What an administrator may not do alone or unseen; roles are kept."""

import datetime

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.urls import reverse

from accounts.models import GrantNeverDeleted, RoleGrant, User
from accounts.services import end_grant, grant_role, set_reminders
from core.models import Event, Rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(world):
    world.system_admin.is_staff = True
    world.system_admin.save()
    return world.system_admin


def change_page(person):
    return reverse("admin:accounts_user_change", args=[person.pk])


def sent(person, **changes):
    """What the form of a person sends, with the roles held as they are."""
    fields = {
        "username": person.username,
        "full_name": person.full_name,
        "is_active": "on",
        "wants_reminders": "on",
        "grants-TOTAL_FORMS": person.grants.count(),
        "grants-INITIAL_FORMS": person.grants.count(),
    }
    for number, grant in enumerate(person.grants.order_by("pk")):
        fields |= {
            f"grants-{number}-id": grant.pk,
            f"grants-{number}-user": person.pk,
            f"grants-{number}-role": grant.role,
            f"grants-{number}-school": grant.school_id or "",
            f"grants-{number}-school_class": grant.school_class_id or "",
            f"grants-{number}-area": grant.area_id or "",
            f"grants-{number}-valid_from": f"{grant.valid_from:%d/%m/%Y}",
            f"grants-{number}-valid_to": "",
        }
    fields |= changes
    return {name: value for name, value in fields.items() if value is not None}


# --- Every change leaves an event --------------------------------------------------------------


def test_a_change_of_a_person_says_old_and_new(keeper, world, sign_in):
    person = world.teacher_a
    answer = sign_in(keeper).post(change_page(person), sent(person, phone="0912345678"))
    assert answer.status_code == 302, answer.context["errors"]
    event = Event.objects.get(kind="account.changed")
    assert (event.actor, event.object_id, event.changes) == (
        keeper,
        str(person.pk),
        {"phone": ["", "0912345678"]},
    )


def test_a_new_person_and_a_new_role_leave_events_without_a_secret(keeper, world, sign_in):
    secret = "suong-mu-tren-deo-cao"
    fields = {
        "username": "moi",
        "full_name": "Lò Thị Mới",
        "usable_password": "true",
        "password1": secret,
        "password2": secret,
        "grants-TOTAL_FORMS": 1,
        "grants-INITIAL_FORMS": 0,
        "grants-0-role": "teacher",
        "grants-0-school_class": world.class_a.pk,
        "grants-0-valid_from": "12/10/2026",
    }
    assert sign_in(keeper).post(reverse("admin:accounts_user_add"), fields).status_code == 302
    made, given = (Event.objects.get(kind=kind) for kind in ("account.made", "role.given"))
    assert made.changes["password"] == ["", "•"]
    assert given.changes["role"] == [None, "teacher"]
    assert "Lò Thị Mới" in given.object_name
    told = str(list(Event.objects.values()))
    assert secret not in told
    assert User.objects.get(username="moi").password not in told


def test_ending_a_role_in_the_admin_leaves_an_event(keeper, world, sign_in):
    person = world.teacher_a
    fields = sent(person) | {"grants-0-valid_to": "20/10/2026"}
    assert sign_in(keeper).post(change_page(person), fields).status_code == 302
    event = Event.objects.get(kind="role.changed")
    assert event.changes == {"valid_to": [None, "2026-10-20"]}
    assert person.grants.get().valid_to == datetime.date(2026, 10, 20)


def test_reference_data_too(keeper, world, sign_in):
    rule = Rule.objects.get(key="accounts.key_days")
    address = reverse("admin:core_rule_change", args=[rule.pk])
    fields = {"key": rule.key, "level": "", "value": "30", "valid_from": "01/01/2000"}
    client = sign_in(keeper)
    assert client.post(address, fields).status_code == 302
    old, new = Event.objects.get(kind="admin.changed").changes["value"]
    assert (float(old), float(new)) == (90, 30)
    answer = client.post(reverse("admin:core_rule_delete", args=[rule.pk]), {"post": "yes"})
    assert answer.status_code == 302
    event = Event.objects.get(kind="admin.deleted")
    assert (event.actor, event.object_id) == (keeper, str(rule.pk))
    assert event.changes["key"] == ["accounts.key_days", None]


def test_outside_the_admin_nothing_is_written_twice(world):
    end_grant(grant=world.head_a.grants.get(), on=world.today, by=world.system_admin)
    set_reminders(user=world.head_a, wanted=False, by=world.head_a)
    ended = Event.objects.get(object_type="accounts.rolegrant")
    assert ended.changes == {"valid_to": [None, "2026-10-12"]}
    switched = Event.objects.exclude(pk=ended.pk).get()
    assert switched.kind == "account.reminders_set"
    assert switched.changes == {"wants_reminders": [True, False]}


# --- Not oneself, nor those above ---------------------------------------------------------------


def test_nobody_gives_a_role_to_oneself(keeper, world, sign_in):
    with pytest.raises(ValidationError, match="chính mình"):
        grant_role(
            user=keeper,
            role="school_head",
            school=world.school_a,
            by=keeper,
            valid_from=world.today,
        )
    own = {
        "grants-TOTAL_FORMS": 2,
        "grants-1-role": "school_head",
        "grants-1-school": world.school_a.pk,
        "grants-1-valid_from": "12/10/2026",
    }
    client = sign_in(keeper)
    client.post(change_page(keeper), sent(keeper) | own)
    assert [grant.role for grant in keeper.grants.all()] == ["system_admin"]
    # Nor closes or opens doors for the own account.
    client.post(change_page(keeper), sent(keeper, is_active=None, is_staff=None))
    keeper.refresh_from_db()
    assert keeper.is_active
    assert keeper.is_staff


def test_nobody_changes_an_account_above(keeper, world, sign_in):
    above = User.objects.create_superuser(username="goc", full_name="Gốc", password="x" * 12)
    before = above.password
    client = sign_in(keeper)
    assert client.post(change_page(above), sent(above, full_name="Khác")).status_code == 403
    address = reverse("admin:auth_user_password_change", args=[above.pk])
    assert client.get(address).status_code == 403
    answer = client.post(address, {"password1": "a" * 14, "password2": "a" * 14})
    assert answer.status_code == 403
    above.refresh_from_db()
    assert (above.full_name, above.password) == ("Gốc", before)


def test_one_s_own_password_has_one_page(keeper, sign_in):
    client = sign_in(keeper)
    own = reverse("admin:auth_user_password_change", args=[keeper.pk])
    for address in (own, reverse("admin:password_change")):
        answer = client.post(address, {"password1": "a" * 14, "password2": "a" * 14})
        assert (answer.status_code, answer.url) == (302, reverse("accounts:password"))


def test_a_reset_in_the_admin_forces_a_new_password(keeper, world, sign_in):
    fields = {
        "password1": "ruong-bac-thang-xanh",
        "password2": "ruong-bac-thang-xanh",
        "usable_password": "true",
    }
    address = reverse("admin:auth_user_password_change", args=[world.head_a.pk])
    assert sign_in(keeper).post(address, fields).status_code == 302
    world.head_a.refresh_from_db()
    assert world.head_a.must_change_password
    sign_in(keeper).post(change_page(world.head_a), sent(world.head_a))
    world.head_a.refresh_from_db()
    assert world.head_a.must_change_password
    event = Event.objects.get(kind="account.password_reset")
    assert (event.actor, event.object_id) == (keeper, str(world.head_a.pk))


# --- Roles are kept ------------------------------------------------------------------------------


def test_a_role_is_never_deleted_nor_made_another(keeper, world):
    grant = world.head_a.grants.get()
    with pytest.raises(GrantNeverDeleted):
        grant.delete()
    with pytest.raises(GrantNeverDeleted):
        RoleGrant.objects.filter(pk=grant.pk).delete()
    for owner in (world.head_a, world.school_a):
        with pytest.raises(ProtectedError):
            owner.delete()
    grant.school = world.school_b
    with pytest.raises(ValidationError, match="giữ nguyên"):
        grant.save()
    grant.refresh_from_db()
    end_grant(grant=grant, on=world.today, by=keeper)
    grant.valid_to = None
    with pytest.raises(ValidationError, match="giữ nguyên"):
        grant.save()
    assert world.head_a.grants.get().valid_to == world.today


def test_the_admin_deletes_neither_people_nor_roles(keeper, world, sign_in):
    client, person = sign_in(keeper), world.teacher_a
    address = reverse("admin:accounts_user_delete", args=[person.pk])
    assert client.post(address, {"post": "yes"}).status_code == 403
    deleted = {"action": "delete_selected", "_selected_action": [person.pk], "post": "yes"}
    client.post(reverse("admin:accounts_user_changelist"), deleted)
    client.post(change_page(person), sent(person) | {"grants-0-DELETE": "on"})
    client.post(change_page(person), sent(person) | {"grants-0-role": "school_head"})
    assert [grant.role for grant in User.objects.get(pk=person.pk).grants.all()] == ["teacher"]


# --- Short cuts that are closed -----------------------------------------------------------------


def test_a_superuser_may_in_the_admin_what_the_administrator_may_and_no_more(world, sign_in):
    root = User.objects.create_superuser(username="goc", full_name="Gốc", password="x" * 12)
    assert not admin.site.is_registered(Group)
    assert root.has_perm("accounts.change_user")
    for closed in ("schools_x", "reports", "auth", "sessions"):
        assert not root.has_module_perms(closed)
        assert not root.has_perm(f"{closed}.change_anything")
    assert root.has_perm("core.change_rule")
    assert not root.has_perm("core.change_event")
    client = sign_in(root)
    for path in (f"/schools/classes/{world.class_a.pk}/", "/schools/", "/operations/"):
        assert client.get(path).status_code in (403, 404), path
    assert Event.objects.get(kind="account.superuser_made").object_name == "goc"


def test_permissions_of_django_s_own_open_nothing(world):
    world.nobody.is_staff = True
    world.nobody.save()
    kind = ContentType.objects.get_for_model(User)
    world.nobody.user_permissions.add(
        Permission.objects.get(content_type=kind, codename="change_user")
    )
    person = User.objects.get(pk=world.nobody.pk)
    assert not person.has_perm("accounts.change_user")
