"""Reading the digests that were made, and their end."""

import datetime
from collections.abc import Collection

from django.db.models import QuerySet
from django.utils import timezone

from .. import rules
from ..models import Digest
from ..types import User

# A dated rule, in days.
DIGEST_DAYS = "core.digest_days"
AT_ONCE = 1000


def digests_of(reader: User) -> QuerySet[Digest]:
    """The digests of a person, the newest first; one query."""
    return Digest.objects.filter(reader=reader)


def digests_of_keys(
    reader_ids: Collection[int], keys: Collection[str]
) -> dict[tuple[int, str], Digest]:
    """{(id of a user, key of a period): digest}; one query."""
    found = Digest.objects.filter(reader__in=reader_ids, key__in=keys)
    return {(each.reader_id, each.key): each for each in found}


def remove_old() -> int:
    """Delete digests older than the rule says; returns how many."""
    now = timezone.now()
    days = int(rules.value(DIGEST_DAYS, on=timezone.localdate(now)))
    old = Digest.objects.filter(made_at__lt=now - datetime.timedelta(days=days))
    removed = 0
    while ids := list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        removed += Digest.objects.filter(pk__in=ids).delete()[0]
    return removed
