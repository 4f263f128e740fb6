"""What the lines of a visit have in common: one value, a note, a version, and who wrote it last."""

import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from core.types import User
from mobilisation.models import Household
from schools.models import School, SchoolClass

from ..models import ChecklistAnswer, FoundLine, HeadCount, HouseholdCheck

# More pupils than this are in no class; a slip of the finger is told at once.
MOST_PUPILS = 100


class WrittenMeanwhile(ValidationError):
    """Somebody else wrote the same meanwhile; the message says what, who and when.

    `row` is what they wrote, or None where it was taken back.
    """

    def __init__(self, message: str, row: FoundLine | None = None) -> None:
        super().__init__(message, code="meanwhile")
        self.row = row


def check_seen(what: str, row: FoundLine | None, seen: int) -> None:
    """Raise WrittenMeanwhile where another version stands than the one seen; 0: nothing."""
    if (row.version if row else 0) == seen:
        return
    if row is None:
        raise WrittenMeanwhile(_("%(what)s: taken back meanwhile.") % {"what": what})
    present, who, when = _said(row)
    raise WrittenMeanwhile(
        _("%(what)s: %(name)s wrote “%(present)s” at %(time)s. Open the page again and compare.")
        % {
            "what": what,
            "name": who.full_name,
            "present": present,
            "time": timezone.localtime(when).strftime("%H:%M"),
        },
        row,
    )


def _said(row: FoundLine) -> tuple[str, User, datetime.datetime]:
    if isinstance(row, ChecklistAnswer):
        return row.get_answer_display(), row.answered_by, row.answered_at
    if isinstance(row, HeadCount):
        return str(row.counted), row.counted_by, row.counted_at
    return row.get_result_display(), row.checked_by, row.checked_at


def check_counted(school_class: SchoolClass, counted: int) -> None:
    """Raise ValidationError for more pupils than can be in a class."""
    if counted > MOST_PUPILS:
        raise ValidationError(
            _("%(class)s: %(count)s pupils cannot be in one class.")
            % {"class": school_class.name, "count": counted}
        )


def check_differing(household: Household, result: str, note: str) -> None:
    """Raise ValidationError for a household that differs without a word of what."""
    if result == HouseholdCheck.Result.DIFFERS and not note:
        raise ValidationError(
            _("%(household)s: write what differs from the survey.") % {"household": household}
        )


def no_class_of(school: School) -> ValidationError:
    """That a class is none of a school any more."""
    return ValidationError(
        _("A class is no longer among those of %(school)s. Open the page again.")
        % {"school": school.name}
    )


def no_question() -> ValidationError:
    """That a question is not asked any more."""
    return ValidationError(_("This question is not asked any more. Open the page again."))


def no_household() -> ValidationError:
    """That a household is in no survey any more."""
    return ValidationError(_("A household is no longer in the survey. Open the page again."))
