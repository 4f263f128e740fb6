"""Who listens: a class that goes on in another school takes its teachers along."""

import datetime
from typing import cast

from core.events import record
from core.types import User
from schools.signals import classes_continued

from . import events
from .models import RoleGrant


def connect() -> None:
    """Connect the receivers of this app; called once when it is loaded."""
    classes_continued.connect(on_classes_continued, dispatch_uid="accounts.on_classes_continued")


def on_classes_continued(
    sender: object,
    *,
    successors: dict[int, int],
    on: datetime.date,
    by: User | None,
    **kwargs: object,
) -> None:
    """Roles held for a class on the day or later are held for its successor from then on.

    What was held until then stays as it was; a role that begins later is left alone and may be
    given anew.
    """
    grants = RoleGrant.objects.on(on).filter(school_class__in=successors, valid_from__lt=on)
    for grant in grants.select_related("user").order_by("pk"):
        after = RoleGrant(
            user=grant.user,
            role=grant.role,
            school_class_id=successors[cast("int", grant.school_class_id)],
            granted_by=by,
            valid_from=on,
            valid_to=grant.valid_to,
        )
        ends = {"valid_to": (grant.valid_to, on)}
        grant.valid_to = on
        grant.save()
        after.full_clean()
        after.save()
        record(events.ROLE_ENDED, by=by, about=grant, name=grant.event_name, changes=ends)
        record(events.ROLE_GIVEN, by=by, about=after, name=after.event_name)
