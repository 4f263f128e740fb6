"""What is forgotten of sign-ins: expired sessions, counts and browsers of former days."""

import datetime
from importlib import import_module

from django.conf import settings
from django.utils import timezone

from core import rules

from . import guessing, sessions

KEPT_DAYS = "accounts.sign_ins_kept_days"


def remove_old_sign_ins() -> dict[str, int]:
    """Delete what no longer lets anybody in or keeps anybody out; returns {what: rows}.

    Browsers last seen before the rule's days go; who signed in when stays in the events.
    Sessions that other stores than the database keep expire there.
    """
    now = timezone.now()
    days = int(rules.value(KEPT_DAYS, on=timezone.localdate(now)))
    store = import_module(settings.SESSION_ENGINE).SessionStore
    expired = store.get_model_class().objects.filter(expire_date__lt=now)
    return {
        "attempts": guessing.remove_old(),
        "browsers": sessions.remove_old(before=now - datetime.timedelta(days=days)),
        "sessions": expired.delete()[0],
    }
