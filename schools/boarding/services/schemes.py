"""The scheme (đề án) by which a school becomes a semi-boarding one: from review to decision.

On approval the school's type changes from the day of the decision, through the service by which
every decision about a school is kept (`schools.school_records`).
"""

import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.services.saving import locked_row, save_checked
from core.types import User

from ... import events
from ...enums import SchoolKind
from ...models import ConversionScheme, School
from ...models.boarding import APPRAISE, APPROVE, DRAFT, RETURN, SCHEMES, WITHDRAW
from ...school_records.services.changes import change_school
from ...school_records.services.decisions import Decision
from ..judging import Judgement, Verdict
from ..selectors.eligibility import Standing, day_counted, standing_of


@transaction.atomic
def review(*, school: School, by: User) -> ConversionScheme:
    """Write down that a school was reviewed and how it stands; the school may draft its scheme.

    A school that does not meet the rules is reviewed too, when its rolls say that it will next
    year. Raises ValidationError: not a school for it, converted already, a scheme under way, or
    the rules are met neither now nor next year.
    """
    locked_row(school)
    today = timezone.localdate()
    standing = standing_of(school, None, today=today)
    if standing is None:
        raise ValidationError(
            _("Only a primary or lower secondary school becomes a semi-boarding school."),
            code="not_covered",
        )
    if standing.is_converted:
        raise ValidationError(
            _("This is a semi-boarding school already."), code="converted_already"
        )
    if Verdict.MET not in (standing.judgement.verdict, standing.next_year.verdict):
        raise ValidationError(
            _(
                "The rolls meet the rules neither today nor, as far as they tell, next year. Enter "
                "the semi-boarders first."
            ),
            code="not_met",
        )
    scheme = save_checked(
        ConversionScheme(
            school=school,
            reviewed_on=today,
            reviewed_by=by,
            figures=figures_of(standing, day_counted(today=today)[0]),
        )
    )
    SCHEMES.tell(events.SCHEME_REVIEWED, scheme, by=by)
    return scheme


def draft(
    *, scheme: ConversionScheme, content: str, wanted_from: datetime.date, by: User
) -> ConversionScheme:
    """The school writes what its scheme says and from when it is to be converted.

    Raises ValidationError: with the office already, no text.
    """
    with SCHEMES.change(DRAFT, scheme, by=by) as step:
        _require(content, "content")
        step.row.content, step.row.wanted_from = content.strip(), wanted_from
        step.row.drafted_by, step.row.drafted_on = by, timezone.localdate()
        # What was said of the draft before no longer holds.
        step.row.appraisal, step.row.appraised_by, step.row.appraised_on = "", None, None
        step.row.reason = ""
        step.changes["wanted_from"] = (None, wanted_from)
    return step.row


def appraise(*, scheme: ConversionScheme, appraisal: str, by: User) -> ConversionScheme:
    """An office writes what it found in the scheme. Raises ValidationError: not drafted, the own
    draft, no text."""
    with SCHEMES.change(APPRAISE, scheme, by=by) as step:
        _require(appraisal, "appraisal")
        step.row.appraisal = appraisal.strip()
        step.row.appraised_by, step.row.appraised_on = by, timezone.localdate()
    return step.row


def approve(
    *,
    scheme: ConversionScheme,
    decision: str,
    decided_on: datetime.date,
    effective_on: datetime.date,
    by: User,
) -> ConversionScheme:
    """Keep the decision by which the school is converted; its type changes from `effective_on`.

    Raises ValidationError: not appraised, by one of those who drafted or appraised it, a decision
    dated in the future or after it is in force, a type that changes later already.
    """
    with SCHEMES.change(APPROVE, scheme, by=by) as step:
        _require(decision, "decision")
        if effective_on < decided_on:
            raise ValidationError(
                {"effective_on": _("A decision is not in force before its date.")},
                code="before_the_decision",
            )
        row = step.row
        row.decision, row.decided_on, row.effective_on = decision.strip(), decided_on, effective_on
        row.approved_by = by
        step.changes["effective_on"] = (None, effective_on)
        step.reason = row.decision
        try:
            change_school(
                school=row.school,
                code=row.school.code,
                name=row.school.name,
                levels=row.school.education_levels,
                kind=SchoolKind.SEMI_BOARDING,
                decision=Decision(effective_on, row.decision, decided_on),
                by=by,
            )
        except ValidationError as error:
            raise _of_our_fields(error) from error
    return step.row


def send_back(*, scheme: ConversionScheme, reason: str, by: User) -> ConversionScheme:
    """Give the scheme back to the school, saying what is to be mended. Raises ValidationError."""
    with SCHEMES.change(RETURN, scheme, by=by) as step:
        _require(reason, "reason")
        step.row.reason = step.reason = reason.strip()
    return step.row


def withdraw(*, scheme: ConversionScheme, reason: str, by: User) -> ConversionScheme:
    """Give the scheme up, with a reason. Raises ValidationError: decided already, no reason."""
    with SCHEMES.change(WITHDRAW, scheme, by=by) as step:
        _require(reason, "reason")
        step.row.reason = step.reason = reason.strip()
    return step.row


def figures_of(standing: Standing, day: datetime.date) -> dict[str, Any]:
    """How a school stands, as JSON keeps it with its scheme."""
    return {
        "day": day.isoformat(),
        "verdict": str(standing.judgement.verdict),
        "next_verdict": str(standing.next_year.verdict),
        "pupils": standing.whole.pupils,
        "minority": standing.whole.minority,
        "semi_boarders": standing.whole.semi_boarders,
        "conditions": _conditions(standing.judgement),
    }


def _conditions(judgement: Judgement) -> list[dict[str, Any]]:
    return [
        {
            "of": str(each.of),
            "count": each.count,
            "total": each.total,
            "least": str(each.least),
        }
        for each in judgement.conditions
    ]


def _require(text: str, field: str) -> None:
    if not text.strip():
        raise ValidationError({field: _("Write it down.")}, code="missing")


def _of_our_fields(error: ValidationError) -> ValidationError:
    """What the record of schools refuses at `on`, said at the field of our form."""
    if not hasattr(error, "error_dict"):
        return error
    ours = {"on": "effective_on", "decided_on": "decided_on"}
    return ValidationError(
        {ours.get(name, "__all__"): found for name, found in error.error_dict.items()}
    )
