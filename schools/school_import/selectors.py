"""Lists of schools that were uploaded."""

import uuid

from core.types import User

from ..models import SchoolList

SHOWN = 10


def own_list(user: User, list_id: uuid.UUID) -> SchoolList | None:
    """A list the person uploaded, or None: nobody saves another one's file."""
    return SchoolList.objects.filter(pk=list_id, made_by=user).first()


def own_lists(user: User) -> list[SchoolList]:
    """The person's last lists, newest first."""
    return list(SchoolList.objects.filter(made_by=user).defer("rows")[:SHOWN])
