"""Emergency access: an administrator acts in the place of a school's head, for hours and aloud.

Nothing is opened by being an administrator. Who must open it says why; it is written down as an
event, ends by itself, and is told to the school's heads and to the other administrators: on
their first page until it has ended and they have seen it, and by e-mail where a mail server is set.
"""

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core import rules
from core.events import record
from core.notifications.writing import notify
from core.permission_holders import holders
from core.permissions import Permission as P
from core.services.saving import locked_row
from core.types import JSON
from core.validity import valid_on
from schools.models import School

from . import events
from .models import EmergencyAccess, EmergencyNotice, User
from .notifications import EMERGENCY_OPENED

# A dated rule, in hours (accounts.apps).
MOST_HOURS = "accounts.emergency_hours"
SHOWN_DAYS = 30
# Later an e-mail about it is no news; the page tells it in any case.
NEWS_FOR = datetime.timedelta(days=1)


def most_hours() -> int:
    """For how many hours an access may be opened today (a dated rule)."""
    return int(rules.value(MOST_HOURS, on=timezone.localdate()))


@transaction.atomic
def open_access(*, school: School, reason: str, hours: int, by: User) -> EmergencyAccess:
    """Open a school to an administrator; tells whom it concerns.

    Raises ValidationError without a reason, for more hours than the rule allows, or when this
    person has opened this school already.
    """
    if not reason.strip():
        raise ValidationError(_("Say why it is necessary."), code="no_reason")
    if not 1 <= hours <= most_hours():
        raise ValidationError(
            _("At most %(hours)s hours at once.") % {"hours": most_hours()}, code="too_long"
        )
    now = timezone.now()
    # One at a time, so that two sendings do not open it twice.
    locked_row(by, no_key=True)
    if EmergencyAccess.objects.open_now().filter(user=by, school=school).exists():
        raise ValidationError(_("You have opened this school already."), code="open_already")
    access = EmergencyAccess.objects.create(
        user=by,
        school=school,
        reason=reason.strip(),
        began_at=now,
        ends_at=now + datetime.timedelta(hours=hours),
    )
    record(
        events.EMERGENCY_OPENED,
        by=by,
        about=access,
        school=school.pk,
        changes={"ends_at": (None, access.ends_at)},
        reason=access.reason,
    )
    concerned = _concerned(access)
    EmergencyNotice.objects.bulk_create(
        EmergencyNotice(access=access, user_id=user_id) for user_id in concerned
    )
    notify(
        EMERGENCY_OPENED,
        to=concerned,
        key=str(access.pk),
        about=access,
        params=_params(access),
        expires_at=now + NEWS_FOR,
    )
    return access


def _concerned(access: EmergencyAccess) -> list[int]:
    """Ids of the heads of the school and of the other administrators whose accounts are open."""
    today = timezone.localdate()
    heads = holders(P.MANAGE_SCHOOL, on=today, class_ids=[], school_ids=[access.school_id])
    keepers = User.objects.filter(
        Q(is_superuser=True) | Q(valid_on(today, "grants__"), grants__role="system_admin"),
        is_active=True,
    )
    found = {head.user_id for head in heads} | set(keepers.values_list("pk", flat=True))
    return sorted(found - {access.user_id})


@transaction.atomic
def end_access(*, access_id: int, by: User) -> bool:
    """Close one's own access before its time, or another's; False when none is open."""
    access = EmergencyAccess.objects.select_for_update().open_now().filter(pk=access_id).first()
    if access is None:
        return False
    access.ended_at = timezone.now()
    access.save(update_fields=["ended_at"])
    record(events.EMERGENCY_ENDED, by=by, about=access, school=access.school_id)
    return True


def lately() -> QuerySet[EmergencyAccess]:
    """The accesses of the last SHOWN_DAYS days with person and school, newest first; one query."""
    since = timezone.now() - datetime.timedelta(days=SHOWN_DAYS)
    return EmergencyAccess.objects.filter(began_at__gte=since).select_related("user", "school")


def take_notices(user: User) -> list[str]:
    """What this person is to hear now; what has ended is told once. One or two queries."""
    waiting = (
        EmergencyNotice.objects.filter(user=user, seen_at=None)
        | EmergencyNotice.objects.filter(
            user=user, access__ended_at=None, access__ends_at__gt=timezone.now()
        )
    ).select_related("access__user", "access__school")
    found = list(waiting.order_by("access__began_at"))
    unseen = [notice.pk for notice in found if notice.seen_at is None]
    if unseen:
        EmergencyNotice.objects.filter(pk__in=unseen).update(seen_at=timezone.now())
    return [sentence(notice.access) for notice in found]


def sentence(access: EmergencyAccess) -> str:
    """What happened, for those whom it concerns."""
    return str(EMERGENCY_OPENED.body) % _params(access)


def _params(access: EmergencyAccess) -> dict[str, JSON]:
    return {
        "person": str(access.user),
        "school": str(access.school),
        "from": _clock(access.began_at),
        "until": _clock(access.ended_at or access.ends_at),
        "reason": access.reason,
    }


def _clock(moment: datetime.datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M %d/%m/%Y}"
