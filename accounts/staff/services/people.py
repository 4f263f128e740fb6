"""Entering people, correcting their data, joining them with an account."""

import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.event_words import FIELDS
from core.events import record
from core.services.saving import locked_row, save_checked
from core.types import StrOrPromise
from schools.models import School

from ...models import User
from .. import events
from ..models import Post, StaffMember
from ..selectors.people import AlikePeople, people_alike
from .posts import give_post

DATA_FIELDS = ("full_name", "birth_date", "sex", "phone", "email", "staff_code")


class PossiblyOnePerson(ValidationError):
    """People of this name and birth date, or with this staff code, are on record: `alike`.

    The writer chooses one of them, or says by `AlikePeople.fingerprint` that it is another.
    """

    def __init__(self, alike: AlikePeople) -> None:
        super().__init__(
            _("Somebody of this name is on record. Is it one person?"), code="possibly_one_person"
        )
        self.alike = alike


@transaction.atomic
def add_person(
    *,
    school: School,
    kind: str,
    start: datetime.date,
    by: User | None,
    same_person: int | None = None,
    different_from: str = "",
    account: User | None = None,
    **data: Any,
) -> Post:
    """Enter a person with a first post in a school, or give a post to one already on record.

    Args:
        kind: a `PostKind`; data: the `DATA_FIELDS`.
        same_person: id of the one on record whom the writer recognised; what was typed fills
            only what the record does not have.
        different_from: fingerprint of those whom the writer was shown and told apart.
        account: that of the new person.

    Raises:
        PossiblyOnePerson: somebody alike is on record and nothing of the two was said of them.
        ValidationError: a field is wrong, the staff code belongs to another, or the post cannot
            be given (`posts.give_post`).
    """
    # Two who type one person at one moment: the second sees what the first one wrote.
    locked_row(school, no_key=True)
    alike = people_alike(
        data["full_name"],
        data.get("birth_date"),
        (data.get("staff_code") or "").upper() or None,
        on=timezone.localdate(),
    )
    if same_person is not None:
        known = next((person for person, _s in alike.people if person.pk == same_person), None)
        if known is None:
            raise (
                PossiblyOnePerson(alike)
                if alike
                else ValidationError(_("This person is not on record any more."), code="gone")
            )
        person = _fill(known, data, by=by)
    else:
        _require_told_apart(alike, different_from)
        person = StaffMember(**{name: data.get(name) for name in DATA_FIELDS if data.get(name)})
        save_checked(person)
        record(
            events.STAFF_ADDED,
            by=by,
            about=person,
            school=school.pk,
            changes={"staff_code": (None, person.staff_code)},
        )
    post = give_post(person=person, school=school, kind=kind, start=start, by=by)
    if account is not None:
        link_account(person=person, account=account, by=by, school=school)
    return post


def _require_told_apart(alike: AlikePeople, different_from: str) -> None:
    if alike and different_from != alike.fingerprint:
        raise PossiblyOnePerson(alike)


def _fill(person: StaffMember, data: dict[str, Any], *, by: User | None) -> StaffMember:
    """Complete a record by what was typed; what it has stays."""
    missing = {
        name: data[name] for name in DATA_FIELDS if data.get(name) and not getattr(person, name)
    }
    return _correct(person, missing, by=by)


@transaction.atomic
def correct_person(
    *, person: StaffMember, by: User | None, different_from: str = "", **changes: Any
) -> StaffMember:
    """Change a person's data (`DATA_FIELDS`).

    Raises `PossiblyOnePerson` when a changed name, birth date or staff code becomes that of
    somebody else on record, `different_from` not being their fingerprint; ValidationError.
    """
    person = locked_row(person)
    before = (person.full_name, person.birth_date, person.staff_code)
    code = (changes.get("staff_code", person.staff_code) or "").upper() or None
    after = (changes.get("full_name", before[0]), changes.get("birth_date", before[1]), code)
    if before != after:
        alike = people_alike(*after, on=timezone.localdate(), besides=person)
        _require_told_apart(alike, different_from)
    return _correct(person, changes, by=by)


def _correct(person: StaffMember, changes: dict[str, Any], *, by: User | None) -> StaffMember:
    old = {name: getattr(person, name) for name in changes}
    for name, value in changes.items():
        setattr(person, name, value or (None if name in ("birth_date", "staff_code") else ""))
    person.set_keys()
    corrected = sorted(name for name in changes if (old[name] or None) != _value(person, name))
    if corrected:
        save_checked(person)
        # Phone and e-mail are personal: an event says which fields, not what they hold.
        record(
            events.STAFF_CORRECTED,
            by=by,
            about=person,
            school=_present_school(person),
            changes={FIELDS: (None, corrected)},
        )
    return person


def _value(person: StaffMember, name: str) -> Any:
    return getattr(person, name) or None


def _present_school(person: StaffMember) -> int | None:
    post = person.posts.order_by("-valid_from", "-pk").first()
    return post.school_id if post else None


@transaction.atomic
def link_account(
    *, person: StaffMember, account: User, by: User | None, school: School | None = None
) -> StaffMember:
    """Say that an account is this person's.

    Raises ValidationError when one of the two is joined with another.
    """
    if person.user_id is not None and person.user_id != account.pk:
        raise ValidationError(_("This person has an account already."), code="has_account")
    taken = StaffMember.objects.filter(user=account).exclude(pk=person.pk).first()
    if taken is not None:
        message: StrOrPromise = _("This account belongs to %(name)s.") % {"name": taken}
        raise ValidationError(message, code="account_taken")
    if person.user_id == account.pk:
        return person
    person.user = account
    save_checked(person)
    record(
        events.ACCOUNT_LINKED,
        by=by,
        about=person,
        school=school.pk if school else _present_school(person),
        changes={"account": (None, account.username)},
    )
    return person
