"""Reading reminders: who is to be told of what, who was told, and what waits to be sent."""

import datetime
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Max, QuerySet
from django.utils import timezone

from core import rules
from core.models import Notification
from core.notifications.records import notified_of
from core.permission_holders import Holder, holders
from core.permissions import Permission as P
from core.types import User
from schools.enums import Session
from schools.models import SchoolClass

from ..apps import REMIND_PAUSE
from ..models import Reminder
from ..registers.selectors.missing import MissingRegister, any_late, label_of, missing_of, this_day
from .notification_kinds import REGISTERS_MISSING

# Class, day and session, as `MissingRegister.key` has them.
RegisterKey = tuple[int, datetime.date, Session]
# A register, asked of one person: the id of the person first.
AskedKey = tuple[int, int, datetime.date, Session]


@dataclass
class People:
    """Those who hold a permission: by class, and by school for the whole of it."""

    of_class: dict[int, list[Holder]] = field(default_factory=lambda: defaultdict(list))
    of_school: dict[int, list[Holder]] = field(default_factory=lambda: defaultdict(list))

    def nearest(self, school_class: SchoolClass) -> list[Holder]:
        """Those of the class itself; where there is nobody, those of its school."""
        return self.of_class.get(school_class.pk) or self.of_school.get(school_class.school_id, [])


def people_who(
    permission: P,
    *,
    on: datetime.date,
    class_ids: Collection[int] | None = None,
    school_ids: Collection[int] | None = None,
) -> People:
    """`People` who hold a permission for exactly these classes or schools; one query."""
    found = People()
    for holder in holders(permission, on=on, class_ids=class_ids, school_ids=school_ids):
        if holder.class_id is not None:
            found.of_class[holder.class_id].append(holder)
        elif holder.school_id is not None:
            found.of_school[holder.school_id].append(holder)
    return found


def teachers_of(
    missing: Collection[MissingRegister], *, on: datetime.date
) -> dict[int, list[Holder]]:
    """Dict class id -> `Holder`s of the class itself, for classes of missing registers."""
    ids = {each.school_class.pk for each in missing}
    return people_who(P.TAKE_REGISTER, on=on, class_ids=ids, school_ids=()).of_class if ids else {}


def heads_of(missing: Collection[MissingRegister], *, on: datetime.date) -> dict[int, list[Holder]]:
    """Dict school id -> `Holder`s who answer for the school of missing registers."""
    ids = {each.school_class.school_id for each in missing}
    return people_who(P.MANAGE_SCHOOL, on=on, class_ids=(), school_ids=ids).of_school if ids else {}


@dataclass(frozen=True)
class ToTell:
    """One person and one register they are to be reminded of."""

    holder: Holder
    missing: MissingRegister


@dataclass
class SentReminders:
    """Today's reminders by (user id, register key): when last asked, and when last told at all."""

    asked_at: dict[AskedKey, datetime.datetime] = field(default_factory=dict)
    at: dict[AskedKey, datetime.datetime] = field(default_factory=dict)

    def last(
        self, missing: Iterable[MissingRegister], holders: Collection[Holder]
    ) -> datetime.datetime | None:
        """When one of these people was last told of one of these registers, or None."""
        moments = [self.at.get((each.user_id, *key.key)) for key in missing for each in holders]
        return max((moment for moment in moments if moment), default=None)


def told_today(missing: Iterable[MissingRegister], *, today: datetime.date) -> SentReminders:
    """`SentReminders` of some missing registers; one query."""
    told = SentReminders()
    for row in (
        Reminder.objects.filter(
            day=today, school_class__in={each.school_class.pk for each in missing}
        )
        .annotate(emailed_at=Max("notification__deliveries__sent_at"))
        .order_by()
    ):
        key = row.to_id, *key_of(row)
        moments = [row.asked_at, row.emailed_at]
        if row.asked_at:
            told.asked_at[key] = row.asked_at
        if any(moments):
            told.at[key] = max(filter(None, moments))
    return told


def still_missing(reminders: Collection[Reminder]) -> set[RegisterKey]:
    """Set of keys of those reminders whose registers are still missing.

    Args:
        reminders: `Reminder`s with `school_class`, its school and its year loaded.
    """
    if not reminders:
        return set()
    days = rules.tables({each.date for each in reminders})
    classes = {each.school_class_id: each.school_class for each in reminders}
    return {each.key for each in missing_of(list(classes.values()), days).missing}


def overdue(
    missing: Iterable[MissingRegister],
    holders_of: Callable[[SchoolClass], Iterable[Holder]],
    *,
    by: User,
    now: datetime.datetime,
) -> list[ToTell]:
    """`ToTell`s of what is overdue, where somebody but the asker is known; no query.

    Args:
        holders_of: function school class -> `Holder`s to be told.
    """
    today = timezone.localdate(now)
    return [
        ToTell(holder, each)
        for each in missing
        if each.date < today or each.is_late(now)
        for holder in holders_of(each.school_class)
        if holder.user_id != by.pk
    ]


def to_ask(
    to_tell: Iterable[ToTell], told: SentReminders, *, now: datetime.datetime
) -> list[ToTell]:
    """Those of `overdue` that a person may press the button for: not asked just now; one query.

    Args:
        told: `told_today` of the same registers.
    """
    asked_before = now - remind_pause(timezone.localdate(now))
    return [
        each
        for each in to_tell
        if told.asked_at.get((each.holder.user_id, *each.missing.key), asked_before) <= asked_before
    ]


def to_call(to_tell: Iterable[ToTell]) -> list[Holder]:
    """The `Holder`s among those to be told whom no e-mail reaches, each once; no query.

    They learn of it when they open a page of ours, which may be too late: somebody calls them.
    """
    return list(
        {
            each.holder.user_id: each.holder
            for each in to_tell
            if not (settings.EMAIL_CONFIGURED and each.holder.email)
        }.values()
    )


def remind_pause(today: datetime.date) -> datetime.timedelta:
    """How long nobody is asked for the same register again; one query."""
    return datetime.timedelta(minutes=float(rules.value(REMIND_PAUSE, on=today)))


def key_of(reminder: Reminder) -> RegisterKey:
    """The register a reminder is about, as `MissingRegister.key` has it."""
    return reminder.school_class_id, reminder.date, Session(reminder.session)


def asked_of(user: User, *, today: datetime.date) -> list[Reminder]:
    """What somebody asked this person for today by the button and is still missing.

    The newest first. One query when nothing was asked.
    """
    asked = list(
        _loaded()
        .filter(to=user, day=today, asked_at__isnull=False)
        .order_by("-asked_at", "date", "school_class__name_key", "pk")
    )
    missing = still_missing(asked)
    kept = [each for each in asked if key_of(each) in missing]
    for each in kept:
        each.label = label_of(each.school_class, each.session)
    return kept


def late_by_mail(now: datetime.datetime) -> list[ToTell]:
    """`ToTell`s of the hour: registers late today, of people with an address not yet e-mailed.

    The nearest are told: those who hold the class, or the school where nobody does. What is
    not late yet, or was late on another day, is in nobody's e-mail.
    """
    today = timezone.localdate(now)
    days = this_day(today)
    if not any_late(days[today], today, now):
        return []
    had_one = notified_of(REGISTERS_MISSING, occurrence(today))
    people = people_who(P.TAKE_REGISTER, on=today)

    def to_tell(school_class: SchoolClass) -> list[Holder]:
        return [
            holder
            for holder in people.nearest(school_class)
            if holder.email and holder.user_id not in had_one
        ]

    classes = [
        each
        for each in SchoolClass.objects.running_on(today).select_related("school", "year")
        if to_tell(each)
    ]
    return [
        ToTell(holder, missing)
        for missing in missing_of(classes, days).missing
        if missing.is_late(now)
        for holder in to_tell(missing.school_class)
    ]


def occurrence(day: datetime.date) -> str:
    """Key of the notification of a day: each person gets one, whatever is missing."""
    return day.isoformat()


def reminders_of(notifications: Sequence[Notification]) -> list[Reminder]:
    """The `Reminder`s of some notifications, with class, school and year loaded; one query."""
    return list(
        _loaded()
        .filter(notification__in=[each.pk for each in notifications])
        .order_by("-date", "school_class__name_key", "session")
    )


def open_reminders() -> list[Reminder]:
    """`Reminder`s whose end is not noted yet, with class, school and year loaded; one query."""
    return list(_loaded().filter(settled_at=None).order_by("pk"))


def _loaded() -> QuerySet[Reminder]:
    return Reminder.objects.select_related("school_class__school", "school_class__year", "asked_by")
