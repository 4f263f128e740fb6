"""Background work of the accounts."""

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from . import emergency, retention, tokens
from .models import EmergencyAccess


@shared_task(name="accounts.remove_old_keys")
def remove_old_keys():
    """Delete access keys that ended long ago; on the timetable."""
    return {"rows": tokens.remove_old()}


@shared_task(name="accounts.tell_emergency")
def tell_emergency(*, access_id):
    """Write to those whom an emergency access concerns, where letters are sent."""
    access = EmergencyAccess.objects.select_related("user", "school").get(pk=access_id)
    people = access.notices.exclude(user__email="").values_list("user__email", flat=True)
    addresses = sorted(set(people)) if settings.EMAIL_CONFIGURED else []
    for address in addresses:
        EmailMessage(_("Emergency access opened"), emergency.sentence(access), to=[address]).send()
    return {"letters": len(addresses)}


@shared_task(name="accounts.remove_old_sign_ins")
def remove_old_sign_ins():
    """Delete expired sessions and old notes of sign-ins; on the timetable."""
    return retention.remove_old_sign_ins()
