"""Choosing how the digest comes."""

from collections.abc import Collection

from django.db import transaction

from core.events import record
from core.services.saving import one_at_a_time, save_checked

from .. import events
from ..models import User
from .models import DigestChoice
from .selectors import choice_of


@transaction.atomic
def choose_digest(
    *, user: User, frequency: str, by_email: bool, refused: Collection[str], by: User
) -> DigestChoice:
    """Say how often a person wants the digest, whether by e-mail, and without which parts.

    Args:
        refused: codes of parts. Of parts that the person is not offered today what was chosen
            earlier goes on.
    """
    one_at_a_time(user)
    choice = choice_of(user)
    wanted = {"frequency": frequency, "by_email": by_email, "refused": sorted(refused)}
    changes = {name: (getattr(choice, name), value) for name, value in wanted.items()}
    for name, value in wanted.items():
        setattr(choice, name, value)
    save_checked(choice)
    if any(before != after for before, after in changes.values()):
        record(events.DIGEST_CHOSEN, by=by, about=choice, part_of=user, changes=changes)
    return choice
