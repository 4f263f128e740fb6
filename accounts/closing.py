"""What ends when a password is set or an account is closed, whatever way leads there.

Called by `User.save`, so that services, Django's admin, `manage.py changepassword` and a shell
meet the same. Sessions end by themselves: they carry a hash of the password.
"""

from collections.abc import Iterable

from core.events import present_actor, record

from . import events, tokens
from .models import User


def before_saving(user: User, update_fields: Iterable[str] | None) -> Iterable[str] | None:
    """End what must end; returns the fields to write, None for all."""
    if user._state.adding:
        if user.is_superuser:
            record(events.SUPERUSER_MADE, by=present_actor(), name=user.username)
        return update_fields
    # Django empties `_password` before it saves a password that was only hashed anew.
    own = user._password  # type: ignore[attr-defined]  # no stub
    is_new = own is not None or user._password_was_taken
    if is_new and (update_fields is None or "password" in update_fields):
        user._password_was_taken = False
        update_fields = _reset(user, update_fields)
        if update_fields is not None:
            # What was handed over before ends with the password.
            update_fields = {*update_fields, "temporary_until", "opens_once"}
    if not user.is_active and (update_fields is None or "is_active" in update_fields):
        tokens.revoke_all(user=user, by=present_actor(), why="account_closed")
    return update_fields


def _reset(user: User, update_fields: Iterable[str] | None) -> Iterable[str] | None:
    by = user if user.password_is_own else present_actor()
    tokens.revoke_all(user=user, by=by, why="password_changed")
    if user.password_is_own:
        user.password_is_own = False
        record(events.PASSWORD_CHANGED, by=by, about=user)
        return update_fields
    user.must_change_password = True
    record(events.PASSWORD_RESET, by=by, about=user)
    return update_fields if update_fields is None else {*update_fields, "must_change_password"}
