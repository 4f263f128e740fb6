"""Accounts for people of the staff list: asked for here, made as every batch is."""

from collections.abc import Collection, Iterable

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.scope import Scope
from schools.models import Placement

from ..models import AccountBatch
from .candidates import Candidate, candidates, schools_to_staff
from .new_account import NewAccount, ref
from .services import note_people, user_of


@transaction.atomic
def ask_for_staff_accounts(*, scope: Scope, people: Collection[int]) -> AccountBatch:
    """Note that people of the staff list (their keys) shall have accounts from today on.

    A class needs no role: its assignment counts. Heads get the role of the head with the account.
    Whoever has an account by now is left out. The caller enqueues the job with the batch's id.

    Raises PermissionDenied for somebody whose account is not the asker's to make, ValidationError
    when nobody is left, or as `note_people`.
    """
    found = candidates(scope, schools=schools_to_staff(scope), people=people)
    if any(each.obstacle for each in found):
        raise PermissionDenied
    if not found:
        raise ValidationError(
            _("Everybody chosen has an account by now, or left the school."), code="nobody"
        )
    return note_people(by=user_of(scope), people=_new_accounts(found, scope), valid_from=scope.date)


def _new_accounts(found: Iterable[Candidate], scope: Scope) -> list[NewAccount]:
    schools = {each.school.pk for each in found}
    placements = Placement.objects.on(scope.date).filter(school__in=schools)
    communes = {each.school_id: each.commune for each in placements.select_related("commune")}
    return [
        NewAccount(
            full_name=each.person.full_name,
            role="school_head" if each.head_of else "",
            places=tuple(ref(school) for school in each.head_of),
            phone=each.person.phone,
            email=each.person.email,
            # With the commune, as schools of two communes may have one name.
            slip_place=_place(each, communes.get(each.school.pk)),
            person=each.person.pk,
        )
        for each in found
    ]


def _place(candidate: Candidate, commune: object) -> str:
    name = str(candidate.school)
    return f"{name}, {commune}" if commune is not None else name
