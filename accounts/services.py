"""Writing users and grants."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.events import record
from schools.services.saving import save_checked

from . import events
from .models import RoleGrant, User


@transaction.atomic
def create_user(*, username, full_name, password, by, phone="", must_change_password=True):
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
    return user


@transaction.atomic
def grant_role(
    *, user, role, by, valid_from, area=None, school=None, school_class=None, valid_to=None
):
    """Give a user a role for a place from a day on.

    Raises ValidationError when the role is not held for that kind of place.
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
    return grant


@transaction.atomic
def end_grant(*, grant, on, by):
    """End a role: `on` is the first day it is no longer held.

    Raises ValidationError when the day lies before the beginning.
    """
    if grant.valid_to is not None and grant.valid_to <= on:
        raise ValidationError(_("This role has already ended."), code="already_ended")
    grant.valid_to = on
    grant.full_clean()
    grant.save(update_fields=["valid_to"])
    return grant


@transaction.atomic
def set_reminders(*, user, wanted, by):
    """Say whether a user wants reminders by e-mail."""
    user.wants_reminders = wanted
    user.save(update_fields=["wants_reminders"])
    return user


@transaction.atomic
def change_password(*, user, password, by):
    """Set a password and lift the duty to change it; all its browsers are signed out."""
    user.set_password(password)
    user.must_change_password = user.pk != by.pk
    user.save(update_fields=["password", "must_change_password"])
    record(events.PASSWORD_CHANGED, by=by, about=user)
    return user
