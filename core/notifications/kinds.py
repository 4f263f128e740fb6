"""Kinds of notification: their code, their wording, and whether a person may refuse them.

    FACTORS_RESET = declare("account.factors_reset", subject=_("…"), body=_("At %(time)s …"))

The wording is filled with the parameters of the notification. A kind whose text must be worked
out at the moment of sending has a composer instead, registered with `compose_with`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from ..types import StrOrPromise

if TYPE_CHECKING:
    from ..models import Notification


class Preference(StrEnum):
    """What a person may refuse; the app of the users says who does (`preferences`)."""

    REMINDERS = "reminders"
    DIGESTS = "digests"


@dataclass(frozen=True)
class Message:
    """A notification in words, for any channel; `headers` are those of an e-mail."""

    subject: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


# Notifications of one kind -> id -> its message. One that is left out has nothing left to say.
Composer: TypeAlias = Callable[[Sequence["Notification"]], Mapping[int, Message]]


@dataclass(frozen=True)
class Kind:
    """A kind of notification; `preference` is None for what nobody may refuse."""

    code: str
    preference: Preference | None = None
    subject: StrOrPromise = ""
    body: StrOrPromise = ""


_kinds: dict[str, Kind] = {}
_composers: dict[str, Composer] = {}


def declare(
    code: str,
    *,
    preference: Preference | None = None,
    subject: StrOrPromise = "",
    body: StrOrPromise = "",
) -> Kind:
    """A new kind of notification; raises ValueError for a code that is taken.

    Args:
        preference: what a person refuses who does not want this kind.
        subject, body: templates with %(name)s places; empty for a kind with a composer.
    """
    if code in _kinds:
        raise ValueError(f"notification {code} is declared twice")
    return _kinds.setdefault(code, Kind(code, preference, subject, body))


def compose_with(kind: Kind, composer: Composer) -> None:
    """Have a function write the messages of a kind, in `AppConfig.ready`."""
    _composers[kind.code] = composer


def kinds() -> list[Kind]:
    """Every kind; first those that nobody may refuse, which are urgent."""
    return sorted(_kinds.values(), key=lambda kind: (kind.preference is not None, kind.code))


def compose(kind: Kind, notifications: Sequence["Notification"]) -> Mapping[int, Message]:
    """Messages of notifications of one kind, by id; in the present language."""
    if kind.code in _composers:
        return _composers[kind.code](notifications)
    return {each.pk: _filled(kind, each.params) for each in notifications}


def _filled(kind: Kind, params: Mapping[str, object]) -> Message:
    return Message(str(kind.subject) % params, str(kind.body) % params)
