"""New ways in for somebody who forgot the password."""

import datetime

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import override

from core import rules
from core.addresses import outside_address
from core.events import record
from core.province import agency_name
from core.scope import Scope
from core.services.saving import locked_row

from .. import events, guessing, services
from ..first_passwords import CODE_MINUTES, code
from ..giving.reach import may_reset
from ..models import User
from . import LINK_MINUTES


def code_minutes() -> int:
    """For how many minutes a code opens an account (a dated rule)."""
    return int(rules.value(CODE_MINUTES, on=timezone.localdate()))


def link_minutes() -> int:
    """For how many minutes a link sets a password (a dated rule)."""
    return int(rules.value(LINK_MINUTES, on=timezone.localdate()))


@transaction.atomic
def give_code(*, scope: Scope, person: User) -> tuple[str, datetime.datetime]:
    """A one-time code for a person, and until when it opens; the code is nowhere kept.

    The former password, sessions and access keys end (`accounts.closing`), and a lock after
    wrong passwords with them. Raises PermissionDenied for whom the asker may not open again.
    """
    by = scope.user
    person = locked_row(person, no_key=True)
    if not isinstance(by, User) or not may_reset(scope, person):
        raise PermissionDenied
    text = code()
    until = timezone.now() + datetime.timedelta(minutes=code_minutes())
    person.set_temporary_password(text, until=until, opens_once=True)
    person.save(update_fields=["password", "must_change_password"])
    record(events.CODE_GIVEN, by=by, about=person, changes={"temporary_until": (None, until)})
    guessing.unlock(user=person, by=by)
    return text, until


class LinkTokens(PasswordResetTokenGenerator):
    """Tokens of links in e-mails: Django's, which end with the password, the address and the next
    sign-in; for the minutes of a rule of ours."""

    key_salt = "accounts.recovery.LinkTokens"

    def check_token(self, user: User | None, token: str | None) -> bool:
        """Whether a token is of this person and its time is not over."""
        if user is None or not token or not super().check_token(user, token):
            return False
        made = self._to_seconds(token)
        return made is not None and self._num_seconds(self._now()) - made <= link_minutes() * 60

    def _to_seconds(self, token: str) -> int | None:
        from django.utils.http import base36_to_int

        try:
            return base36_to_int(token.split("-")[0])
        except ValueError:
            return None


link_tokens = LinkTokens()


def find_account(text: str) -> int:
    """Id of the open account that has this user name or, alone, this e-mail address; else 0.

    Two queries, whatever is found.
    """
    by_name = User.objects.filter(username=text, is_active=True).exclude(email="")
    by_email = User.objects.filter(email__iexact=text, is_active=True).exclude(email="")
    names = list(by_name.values_list("pk", flat=True)[:1])
    addresses = list(by_email.values_list("pk", flat=True)[:2])
    if names:
        return names[0]
    return addresses[0] if len(addresses) == 1 else 0


def mail_link(*, user_id: int) -> bool:
    """Send somebody a link to choose a new password; False when there is nobody to send it to."""
    user = User.objects.filter(pk=user_id, is_active=True).exclude(email="").first()
    if user is None or not settings.EMAIL_CONFIGURED:
        return False
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("accounts:reset", args=[uid, link_tokens.make_token(user)])
    with override("vi"):
        context = {
            "user": user,
            "link": outside_address(path),
            "minutes": link_minutes(),
            "agency": agency_name(),
        }
        text = render_to_string("accounts/reset_email.txt", context)
        EmailMessage(_("A new password"), text, to=[user.email]).send()
    record(events.RESET_MAILED, by=None, about=user)
    return True


def account_of_link(uid: str, token: str) -> User | None:
    """The account whose password a link may set now, or None."""
    try:
        user_id = int(urlsafe_base64_decode(uid))
    except (ValueError, OverflowError):
        return None
    user = User.objects.filter(pk=user_id, is_active=True).first() if user_id < 2**63 else None
    return user if user is not None and link_tokens.check_token(user, token) else None


@transaction.atomic
def choose_password(*, uid: str, token: str, password: str) -> User | None:
    """Set the password that somebody chose by a link; the link ends with it. None when it has
    ended meanwhile."""
    user = account_of_link(uid, token)
    if user is None:
        return None
    # Two who use one link at one moment: the second finds another password.
    locked = locked_row(user, no_key=True)
    if not link_tokens.check_token(locked, token):
        return None
    services.change_password(user=locked, password=password, by=locked)
    guessing.unlock(user=locked, by=locked)
    return locked
