"""The letter about missing registers: plain text, one for a person and day, no pupil in it."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.formatting import format_clock
from schools.enums import Session

from .selectors.missing import label_of

SHOWN = 20


def letter(mail, reminders):
    """The `EmailMessage` of a `ReminderMail` about those `Reminder`s that are still missing.

    Always in Vietnamese: nobody chose a language when it is written.
    """
    stop = address("accounts:reminders")
    with translation.override("vi"):
        return EmailMessage(
            subject=_subject(mail, reminders),
            body="\n".join(_lines(mail, reminders, stop)) + "\n",
            to=[mail.to.email],
            headers={"List-Unsubscribe": f"<{stop}>", "Auto-Submitted": "auto-generated"},
        )


def address(name, *args):
    """A page of ours as people outside open it."""
    return settings.SITE_URL.rstrip("/") + reverse(name, args=args)


def _subject(mail, reminders):
    text = ngettext(
        "%(count)s register is not sent (%(day)s)",
        "%(count)s registers are not sent (%(day)s)",
        len(reminders),
    )
    return text % {"count": len(reminders), "day": f"{mail.day:%d/%m/%Y}"}


def _lines(mail, reminders, stop):
    yield _("Dear %(name)s,") % {"name": mail.to}
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
    yield _("You get one such letter a day at most. To get none: %(url)s") % {"url": stop}
