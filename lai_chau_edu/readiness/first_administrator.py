"""The first account of an empty installation, by a link that only the server's keeper reads.

The link is signed with the key of the installation and printed by `manage.py
first_administrator` and by `serve`; it opens for a day, and only while nobody has an account.
So a stranger who finds the server first can take nothing.
"""

import datetime

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.issuing.new_account import NewAccount, ref
from accounts.issuing.services import ask_for_accounts
from accounts.models import AccountBatch, User
from accounts.scoping import scope_for
from accounts.services import create_user, grant_role
from core.vietnamese import normalise
from schools.enums import AreaLevel
from schools.models import Area

OPENS_FOR = datetime.timedelta(days=1)
_signer = TimestampSigner(salt="lai_chau_edu.first_administrator")
_TEXT = "first"


def is_wanted() -> bool:
    """Whether nobody has an account yet; one query."""
    return not User.objects.exists()


def link_path() -> str:
    """The path of a new link; whoever has it makes the first account."""
    token = _signer.sign(_TEXT).removeprefix(f"{_TEXT}:")
    return reverse("first_administrator_link", args=[token])


def opens(token: str) -> bool:
    """Whether a token is of this installation and not older than OPENS_FOR."""
    try:
        return _signer.unsign(f"{_TEXT}:{token}", max_age=OPENS_FOR) == _TEXT
    except BadSignature:
        return False


@transaction.atomic
def make(*, username: str, full_name: str, password: str) -> User:
    """The first account, with the role of a system administrator from today.

    Raises ValidationError when somebody else was first, or a field is wrong.
    """
    # Of two who send the form at one moment the second waits here.
    ContentType.objects.select_for_update().get(app_label="accounts", model="user")
    if not is_wanted():
        raise ValidationError(_("Somebody has made the first account already."), code="taken")
    user = create_user(
        username=username,
        full_name=full_name,
        password=password,
        by=None,
        must_change_password=False,
    )
    grant_role(user=user, role="system_admin", by=None, valid_from=timezone.localdate())
    return user


def province() -> Area | None:
    """The province of today, for which an officer can be named along; None before it is loaded."""
    today = timezone.localdate()
    return Area.objects.on(today).filter(level=AreaLevel.PROVINCE).order_by("pk").first()


def ask_for_officer(*, full_name: str, by: User) -> AccountBatch:
    """Note that an officer of the province shall have an account, with a slip for whoever asks.

    An administrator does not set the days of the year (decision 50): this person does. The caller
    enqueues the job with the batch's id.
    """
    area = province()
    assert area is not None
    officer = NewAccount(
        normalise(full_name), "province_officer", (ref(area),), slip_place=area.title
    )
    return ask_for_accounts(scope=scope_for(by), people=[officer], valid_from=timezone.localdate())
