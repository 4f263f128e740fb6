"""The digest as an e-mail: plain text, numbers and links, no pupil in it."""

from collections.abc import Iterator, Mapping, Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ..addresses import outside_address
from ..models import Digest, Notification
from ..notifications.kinds import Message
from .parts import Line, lines_of
from .periods import label_of
from .readers import readers
from .records import digests_of_keys

# Where a person reads digests, and chooses: pages of the app of the users.
PAGE, CHOICE = "accounts:digests", "accounts:digest_choice"


def compose(notifications: Sequence[Notification]) -> Mapping[int, Message]:
    """The e-mails of some digests, by the id of the notification.

    Left out is that of a person who holds no role any more, or whose digest says nothing.
    """
    people = {each.recipient_id for each in notifications}
    holding = {each.user_id for each in readers(on=timezone.localdate(), user_ids=people)}
    digests = digests_of_keys(holding, {each.key for each in notifications})
    messages = {}
    for each in notifications:
        digest = digests.get((each.recipient_id, each.key))
        if digest is not None and (lines := lines_of(digest)):
            messages[each.pk] = _message(each, digest, lines)
    return messages


def _message(notification: Notification, digest: Digest, lines: Sequence[Line]) -> Message:
    period = label_of(digest.frequency, digest.first, digest.last)
    choice = outside_address(reverse(CHOICE))
    return Message(
        subject=_("Digest of the %(period)s") % {"period": period},
        body="\n".join(_text(str(notification.recipient), period, lines, choice)) + "\n",
        headers={"List-Unsubscribe": f"<{choice}>"},
    )


def _text(name: str, period: str, lines: Sequence[Line], choice: str) -> Iterator[str]:
    yield _("Dear %(name)s,") % {"name": name}
    yield ""
    yield _("After the %(period)s there wait for you:") % {"period": period}
    for line in lines:
        yield ""
        yield f"- {line.text}"
        yield "  " + outside_address(line.url)
    yield ""
    yield _("Names stand on the pages only. All digests: %(url)s") % {
        "url": outside_address(reverse(PAGE))
    }
    yield _("To change what it holds and how often it comes: %(url)s") % {"url": choice}
