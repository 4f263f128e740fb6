"""How long a form that was sent is known again: a dated rule, which `core` has none of."""

import datetime

from django.utils import timezone

from core.services import operations

from .. import rules
from ..apps import OPERATION_DAYS


def remove_old():
    """Delete the operations older than the rule says; returns how many."""
    days = int(rules.value(OPERATION_DAYS, on=timezone.localdate()))
    return operations.remove_old(before=timezone.now() - datetime.timedelta(days=days))
