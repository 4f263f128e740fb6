"""How long sign-ins are kept: a dated rule."""

import datetime
from importlib import import_module

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.utils import timezone

from schools import rules

KEPT_DAYS = "accounts.sign_ins_kept_days"


def remove_old_sign_ins():
    """Delete sessions that have expired, and what was noted of sign-ins before the rule's days.

    Returns {what: rows}. Sessions that other stores than the database keep expire there.
    """
    days = int(rules.value(KEPT_DAYS, on=timezone.localdate()))
    before = timezone.now() - datetime.timedelta(days=days)
    removed = {
        model._meta.model_name: model.objects.filter(attempt_time__lt=before).delete()[0]
        for model in (AccessAttempt, AccessFailureLog, AccessLog)
    }
    store = import_module(settings.SESSION_ENGINE).SessionStore
    sessions = store.get_model_class().objects.filter(expire_date__lt=timezone.now())
    return {**removed, "sessions": sessions.delete()[0]}
