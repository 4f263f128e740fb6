"""Links of the checklist: only those that the reader may open, and that there are."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from core.permissions import Permission
from core.scope import Scope
from core.types import StrOrPromise


@dataclass(frozen=True)
class Link:
    """Where something is mended, as a verb."""

    label: StrOrPromise
    url: str


def links(scope: Scope, *offered: tuple[Permission, StrOrPromise, str, list[object]]) -> list[Link]:
    """A `Link` for each (permission, label, name, arguments) that the reader may open.

    A name that no address has is left out: a page that is not part of this installation.
    """
    found = []
    for permission, label, name, arguments in offered:
        if scope.may(permission):
            try:
                found.append(Link(label, reverse(name, args=arguments)))
            except NoReverseMatch:
                continue
    return found
