"""Calls of the API that have one effect however often they are sent.

A call carries `op_id`, made once for its content; a device that was not heard sends it again.
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from django.utils.translation import gettext as _
from rest_framework import status

from .api import ApiRequest, Problem
from .services.operations import Answer, Done, OperationReused, Outcome, once
from .types import User


@dataclass(frozen=True)
class SentOperation:
    """The operation that came with a call: its id, who sent it, where, and its fingerprint."""

    id: uuid.UUID
    by: User
    path: str
    digest: str

    def once(self, act: Callable[[], Done[Answer]]) -> Outcome[Answer]:
        """`core.services.operations.once`; 409 for an id that stands for something else."""
        with refusing_reuse():
            return once(
                operation_id=self.id, by=self.by, path=self.path, digest=self.digest, act=act
            )


def refuse_another(request: ApiRequest, told: dict[str, Any]) -> None:
    """Take `sender` out of what a serializer found, and refuse another's (403, `another_person`).

    A device that changed hands sends nothing in the name of who holds it now.
    """
    if told.pop("sender", request.user.username) != request.user.username:
        raise Problem(
            "another_person",
            _("This was written by another person; only that person can send it."),
            status.HTTP_403_FORBIDDEN,
        )


def operation_of(request: ApiRequest, told: dict[str, Any]) -> SentOperation:
    """Take `op_id` and `sender` out of what a serializer found; the rest is the content.

    Raises 403 when it was written under another user name (`refuse_another`).
    """
    refuse_another(request, told)
    operation_id = told.pop("op_id")
    content = json.dumps(told, default=str, sort_keys=True).encode()
    digest = hashlib.sha256(content).hexdigest()
    return SentOperation(operation_id, cast("User", request.user), request.path, digest)


@contextmanager
def refusing_reuse() -> Iterator[None]:
    """409 (`operation_reused`) for an id that was used for something else."""
    try:
        yield
    except OperationReused as reused:
        raise Problem(
            "operation_reused",
            _("This op_id was used before for something else. Make a new one."),
            status.HTTP_409_CONFLICT,
        ) from reused
