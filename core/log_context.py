"""What all log lines of one request or one job have in common; `lai_chau_edu.logs` writes it.

`request_id` is the code that a person can quote from an error page. It goes along with the jobs
that the request asked for.
"""

import contextlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextvars import Token
from typing import Any

from structlog.contextvars import (
    bind_contextvars,
    bound_contextvars,
    clear_contextvars,
    get_contextvars,
    reset_contextvars,
)

from .types import User

# Without letters that are taken for one another when they are read out.
LETTERS, LENGTH = "23456789abcdefghjkmnpqrstuvwxyz", 8
CARRIED = ("request_id", "user_id")


@contextlib.contextmanager
def of_request() -> Iterator[str]:
    """Context: the lines of one request; gives its new id."""
    # A thread serves one request after the other.
    clear_contextvars()
    request_id = "".join(secrets.choice(LETTERS) for _letter in range(LENGTH))
    with bound_contextvars(request_id=request_id):
        yield request_id


def request_id() -> str:
    """Id of the request that is being answered, "" outside of one."""
    return get_contextvars().get("request_id", "")


def note_user(user: User) -> None:
    """From here on the lines carry the id of a person, never the name."""
    bind_contextvars(user_id=user.pk)


def carried() -> dict[str, str | int]:
    """What goes along with a job: {name: value}, only what is known."""
    known = get_contextvars()
    return {name: known[name] for name in CARRIED if name in known}


def begin_job(
    task_id: str, name: str, given: Callable[[str], str | int | None]
) -> Mapping[str, Token[Any]]:
    """The lines from here on are of a job; returns what `end_job` wants back.

    Args:
        given: function from a name of CARRIED to what came along with the job.
    """
    asked_by = {each: given(each) for each in CARRIED if given(each)}
    return bind_contextvars(job=name, job_id=task_id, **asked_by)


def end_job(tokens: Mapping[str, Token[Any]]) -> None:
    """The lines from here on are of what was before the job."""
    reset_contextvars(**tokens)
