"""How long the access trail is kept: a dated rule."""

from django.utils import timezone

from core import rules
from core.months import Month

from ...apps import TRAIL_MONTHS
from ...models import NamesShown
from ..selectors import midnight

BATCH = 10_000


def remove_old() -> int:
    """Delete the rows whose last day lies in a month older than the rule says; how many.

    In pieces, so that nobody who opens a page waits for the whole of it.
    """
    today = timezone.localdate()
    months = int(rules.value(TRAIL_MONTHS, on=today))
    first_kept = Month.of(today).plus(-months).first
    old = NamesShown.objects.filter(last_at__lt=midnight(first_kept)).order_by()
    removed = 0
    while True:
        ids = list(old.values_list("pk", flat=True)[:BATCH])
        if not ids:
            return removed
        removed += NamesShown.objects.filter(pk__in=ids).delete()[0]
