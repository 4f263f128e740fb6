"""What the rolls say settles the transfers that wait."""

from collections.abc import Iterable

from core.types import User

from ..models import Enrolment
from ..signals import enrolments_changed
from .services import settle


def connect() -> None:
    """Connect the receivers; called once when the app is loaded."""
    enrolments_changed.connect(on_enrolments_changed, dispatch_uid="schools.transfers")


def on_enrolments_changed(
    sender: type[Enrolment],
    *,
    school_class_ids: Iterable[int],
    by: User | None = None,
    **kwargs: object,
) -> None:
    """Pupils came to classes or went."""
    settle(class_ids=list(school_class_ids), by=by)
