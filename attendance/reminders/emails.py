"""The e-mail about missing registers: plain text, one a person and day, no pupil in it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.addresses import outside_address
from core.formatting import format_clock
from core.models import Notification
from core.notifications.kinds import Message
from core.permissions import Permission as P
from schools.enums import Session

from ..models import Reminder
from ..registers.selectors.missing import label_of
from .notification_kinds import REGISTERS_MISSING
from .selectors import key_of, people_who, reminders_of, still_missing

__all__ = ["REGISTERS_MISSING", "compose"]

SHOWN = 20


def compose(notifications: Sequence[Notification]) -> Mapping[int, Message]:
    """The e-mails about what is still missing, by the id of the notification.

    What was sent or closed meanwhile, and what the person answers for no more, is left out;
    where nothing is left there is no e-mail.
    """
    reminders = _still_true(notifications)
    return {
        each.pk: _message(each, reminders[each.pk])
        for each in notifications
        if each.pk in reminders
    }


def _still_true(notifications: Sequence[Notification]) -> dict[int, list[Reminder]]:
    """Notification id -> its reminders that still hold for a person who may still act."""
    reminders = reminders_of(notifications)
    missing = still_missing(reminders)
    people = people_who(
        P.TAKE_REGISTER,
        on=timezone.localdate(),
        class_ids={each.school_class_id for each in reminders},
        school_ids={each.school_class.school_id for each in reminders},
    )
    found: dict[int, list[Reminder]] = defaultdict(list)
    for each in reminders:
        school_class = each.school_class
        holders = people.of_class[school_class.pk] + people.of_school[school_class.school_id]
        may_act = any(holder.user_id == each.to_id for holder in holders)
        if may_act and each.notification_id and key_of(each) in missing:
            found[each.notification_id].append(each)
    return dict(found)


def _message(notification: Notification, reminders: Sequence[Reminder]) -> Message:
    stop = address("accounts:reminders")
    return Message(
        subject=_subject(notification, reminders),
        body="\n".join(_lines(notification, reminders, stop)) + "\n",
        headers={"List-Unsubscribe": f"<{stop}>"},
    )


def address(name: str, *args: object) -> str:
    """A page of ours as people outside open it."""
    return outside_address(reverse(name, args=args))


def _subject(notification: Notification, reminders: Sequence[Reminder]) -> str:
    text = ngettext(
        "%(count)s register is not sent (%(day)s)",
        "%(count)s registers are not sent (%(day)s)",
        len(reminders),
    )
    day = timezone.localdate(notification.created_at)
    return text % {"count": len(reminders), "day": f"{day:%d/%m/%Y}"}


def _lines(notification: Notification, reminders: Sequence[Reminder], stop: str) -> Iterator[str]:
    yield _("Dear %(name)s,") % {"name": notification.recipient}
    yield ""
    asked = next((each for each in reminders if each.asked_by), None)
    if asked is not None:
        yield _("%(name)s asks you to send:") % {"name": asked.asked_by}
    else:
        now = timezone.localtime()
        yield _("At %(time)s these registers were not there yet:") % {"time": format_clock(now)}
    for each in reminders[:SHOWN]:
        school_class, session = each.school_class, Session(each.session)
        yield ""
        yield (
            f"- {label_of(school_class, session)}, {each.date:%d/%m/%Y} "
            f"({school_class.school.name})"
        )
        yield "  " + address("attendance:sheet", school_class.pk, each.date, session.value)
    if len(reminders) > SHOWN:
        yield ""
        yield _("and %(count)s more: %(url)s") % {
            "count": len(reminders) - SHOWN,
            "url": address("reports:missing"),
        }
    yield ""
    yield _("If there was no school, send “Not held” with the reason.")
    yield _("What was sent meanwhile is no longer asked for.")
    yield ""
    yield _("You get one such e-mail a day at most. To get none: %(url)s") % {"url": stop}
