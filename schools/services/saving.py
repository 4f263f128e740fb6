"""How a service writes one row: checked, with its author and reason, safe beside others."""

from django.db import IntegrityError, transaction


def save_checked(instance, *, by=None, reason=""):
    """Check the whole row, then save it with who did it and why.

    Two people may pass the check at the same moment; the database then refuses the second.
    The check is made once more, now beside the other's row, so that the second person reads
    the same sentence as if they had come later. Raises ValidationError.
    """
    instance.full_clean()
    instance._history_user = by
    instance._change_reason = reason or None
    try:
        with transaction.atomic():
            instance.save()
    except IntegrityError:
        instance.full_clean()
        raise
    return instance
