"""Writing users and grants."""

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.contention import Overtaken
from core.events import record
from core.services.saving import lock_in_place, locked_row, one_at_a_time, save_checked
from schools.models import Area, School, SchoolClass

from . import events
from .models import RoleGrant, User


@transaction.atomic
def create_user(
    *,
    username: str,
    full_name: str,
    password: str,
    by: User | None,
    phone: str = "",
    must_change_password: bool = True,
) -> User:
    """Create a user who changes the first password at the first sign-in.

    Raises ValidationError when the name is taken or a field is wrong.
    """
    user = User(
        username=username,
        full_name=full_name,
        phone=phone,
        must_change_password=must_change_password,
    )
    user.set_password(password)
    save_checked(user)
    record(events.ACCOUNT_MADE, by=by, about=user)
    return user


@transaction.atomic
def grant_role(
    *,
    user: User,
    role: str,
    by: User | None,
    valid_from: datetime.date,
    area: Area | None = None,
    school: School | None = None,
    school_class: SchoolClass | None = None,
    valid_to: datetime.date | None = None,
) -> RoleGrant:
    """Give a user a role for a place from a day on.

    Raises ValidationError when the role is not held for that kind of place, and when somebody
    would give one to oneself.
    """
    grant = RoleGrant(
        user=user,
        role=role,
        area=area,
        school=school,
        school_class=school_class,
        valid_from=valid_from,
        valid_to=valid_to,
        granted_by=by,
    )
    save_checked(grant)
    record(
        events.ROLE_GIVEN,
        by=by,
        about=grant,
        name=grant.event_name,
        area=area.pk if area else None,
        school=school.pk if school else getattr(school_class, "school_id", None),
        changes={
            "role": ("", role),
            "valid_from": (None, valid_from),
            "valid_to": (None, valid_to),
        },
    )
    return grant


@transaction.atomic
def end_grant(*, grant: RoleGrant, on: datetime.date, by: User | None) -> RoleGrant:
    """End a role: `on` is the first day it is no longer held.

    Raises ValidationError when the day lies before the beginning.
    """
    lock_in_place(grant)
    if grant.valid_to is not None and grant.valid_to <= on:
        raise ValidationError(_("This role has already ended."), code="already_ended")
    before, grant.valid_to = grant.valid_to, on
    grant.full_clean()
    grant.save(update_fields=["valid_to"])
    record(
        events.ROLE_ENDED,
        by=by,
        about=grant,
        name=grant.event_name,
        area=grant.area_id,
        school=grant.school_id,
        changes={"valid_to": (before, on)},
    )
    return grant


@transaction.atomic
def set_reminders(*, user: User, wanted: bool, by: User) -> User:
    """Say whether a user wants reminders by e-mail."""
    one_at_a_time(user)
    before = User.objects.values_list("wants_reminders", flat=True).get(pk=user.pk)
    user.wants_reminders = wanted
    user.save(update_fields=["wants_reminders"])
    if before != wanted:
        changes = {"wants_reminders": (before, wanted)}
        record(events.REMINDERS_SET, by=by, about=user, changes=changes)
    return user


@transaction.atomic
def change_password(*, user: User, password: str, by: User) -> User:
    """Set a password, which ends sessions and access keys; by its owner it lifts the duty to
    change it, by another it makes one.

    Raises `core.contention.Overtaken` when it was changed since `user` was read: whoever proved
    to know it proved it of another one.
    """
    if locked_row(user, no_key=True).password != user.password:
        raise Overtaken(f"the password of {user.pk} is another one")
    user.set_password(password)
    user.password_is_own = user.pk == by.pk
    user.must_change_password = not user.password_is_own
    user.save(update_fields=["password", "must_change_password"])
    return user
