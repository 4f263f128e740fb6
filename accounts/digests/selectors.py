"""Who reads digests, and what they chose (`core.digests.readers`)."""

import datetime
from collections.abc import Collection, Iterator

from django.db.models import Q

from core.digests.readers import Reader
from core.models import Frequency
from core.notifications.kinds import Preference
from core.types import User

from ..scoping import scopes_of
from .models import DigestChoice


def choice_of(user: User) -> DigestChoice:
    """What a person chose, unsaved where nothing was chosen yet; one query."""
    return DigestChoice.objects.filter(user=user).first() or DigestChoice(user=user)


def digest_readers(*, on: datetime.date, user_ids: Collection[int] | None) -> Iterator[Reader]:
    """Yield the `Reader`s of a day: an open account, a role that holds; four queries."""
    choices = DigestChoice.objects.all()
    if user_ids is not None:
        choices = choices.filter(user__in=user_ids)
    chosen = {each.user_id: each for each in choices}
    for user_id, scope in scopes_of(user_ids, on=on).items():
        choice = chosen.get(user_id) or DigestChoice()
        yield Reader(
            user_id=user_id,
            scope=scope,
            frequency=Frequency(choice.frequency),
            by_email=choice.by_email and bool(scope.user and scope.user.email),
            refused=frozenset(choice.refused),
        )


def who_refuses_digests(preference: Preference, user_ids: Collection[int]) -> set[int]:
    """Who of these people wants no digest by e-mail (`core.notifications`); one query."""
    if preference != Preference.DIGESTS:
        return set()
    refusing = DigestChoice.objects.filter(
        Q(by_email=False) | Q(frequency=Frequency.NEVER), user__in=user_ids
    )
    return set(refusing.values_list("user_id", flat=True))
