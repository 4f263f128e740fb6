"""Whoever is late with a step of the month is reminded, once a day, by the office above."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.access import check_area
from core.events import record
from core.months import Month
from core.notifications import channels
from core.notifications.kinds import Preference, declare
from core.notifications.writing import notify
from core.permission_holders import Holder, holders
from core.permissions import Permission as P
from core.types import User
from schools.enums import AreaLevel
from schools.models import Area

from .events import MONTH_REMINDED
from .steps import ASSESS, CONFIRM, MonthPath, path_of

ONE_DAY = datetime.timedelta(days=1)

CONFIRM_LATE = declare(
    "month.confirm_late",
    preference=Preference.REMINDERS,
    subject=gettext_lazy("Month %(month)s: your school has not confirmed its registers"),
    body=gettext_lazy(
        "Your school was to confirm its registers of month %(month)s by %(until)s and has not yet. "
        'Choose month %(month)s on the page "Closing the month", look through what is missing, '
        "then confirm.\n\n%(by)s, %(area)s"
    ),
)
ASSESS_LATE = declare(
    "month.assess_late",
    preference=Preference.REMINDERS,
    subject=gettext_lazy("Month %(month)s: your commune has not sent its assessment"),
    body=gettext_lazy(
        "Your commune was to send its assessment of month %(month)s by %(until)s and has not yet. "
        'Choose month %(month)s on the page "Closing the month", go over the draft, then send '
        "it.\n\n%(by)s, %(area)s"
    ),
)


@dataclass(frozen=True)
class LateOnes:
    """Who is late with a step that a reminder can reach: ids of schools, and of communes."""

    schools: Collection[int] = ()
    communes: Collection[int] = ()

    def __bool__(self) -> bool:
        return bool(self.schools or self.communes)

    def __len__(self) -> int:
        return len(self.schools) + len(self.communes)


@dataclass(frozen=True)
class StepsReminded:
    """People notified for the first time today, and whom to call."""

    people: int
    unreached: list[Holder]


def late_ones(path: MonthPath) -> LateOnes:
    """Whom the office of a path reminds; no query.

    A commune's office its schools; an office above the communes, and the schools too, which a
    commune may have forgotten.
    """
    schools = path.unconfirmed if path.step(CONFIRM).is_late else []
    is_above = path.area.level != AreaLevel.COMMUNE and path.step(ASSESS).is_late
    communes = [row.area.pk for row in path.communes if not row.is_sent] if is_above else []
    return LateOnes(schools, communes)


@transaction.atomic
def remind_late(*, area: Area, month: Month, by: User) -> StepsReminded:
    """Notify the heads and communes that are late with their step of a month.

    Each person once a day for each month and step, whoever asks. Raises PermissionDenied;
    ValidationError when nobody is late.
    """
    check_area(P.REMIND_SCHOOLS, area.pk, by=by)
    path = path_of(area, month)
    late = late_ones(path)
    if not late:
        raise ValidationError(_("Nobody is late with this month."), code="nobody")
    today = timezone.localdate()
    ends = timezone.localtime() + ONE_DAY
    people, unreached = 0, []
    reaches = bool(channels.available())
    for kind, code, asked in (
        (CONFIRM_LATE, CONFIRM, _heads(late.schools, today)),
        (ASSESS_LATE, ASSESS, _offices(late.communes, today)),
    ):
        unreached += [each for each in asked if not (reaches and each.email)]
        people += len(
            notify(
                kind,
                to={each.user_id for each in asked if each.email},
                key=f"{month}:{today}",
                expires_at=ends,
                about=area,
                params={
                    "month": month.label,
                    "until": f"{path.step(code).due_on:%d/%m/%Y}",
                    "by": str(by),
                    "area": area.title,
                },
            )
        )
    record(
        MONTH_REMINDED,
        by=by,
        about=area,
        area=area.pk,
        changes={
            "month": (None, month.label),
            "schools": (None, len(late.schools)),
            "communes": (None, len(late.communes)),
            "people": (None, people),
        },
    )
    return StepsReminded(people, unreached)


def _heads(school_ids: Collection[int], today: datetime.date) -> list[Holder]:
    if not school_ids:
        return []
    return holders(P.CONFIRM_MONTH, on=today, class_ids=[], school_ids=school_ids)


def _offices(area_ids: Collection[int], today: datetime.date) -> list[Holder]:
    if not area_ids:
        return []
    found = holders(P.ASSESS_MONTH, on=today, class_ids=[], school_ids=[], area_ids=area_ids)
    return [each for each in found if each.area_id in area_ids]
