"""Sending many registers of one class at once: the month grid and its workbook."""

import datetime
import uuid
from dataclasses import dataclass, field

from django.db import transaction

from schools.enums import Session

from ..enums import RegisterState
from .refusals import RegisterRefused
from .registers import send_register


@dataclass(frozen=True)
class SessionMarks:
    """One register to be sent: marks as for `send_register`, or the reason it was not held.

    `set_aside`: marks that were compared and not chosen, as for `send_register`.
    """

    date: datetime.date
    session: Session
    base_revision: int
    marks: dict = field(default_factory=dict)
    not_held_reason: str = ""
    operation_id: uuid.UUID = field(default_factory=uuid.uuid4)
    set_aside: dict = field(default_factory=dict)


class MonthRefused(Exception):
    """Nothing was written; `refusals` is [(`SessionMarks`, `RegisterRefused`)], in their order."""

    def __init__(self, refusals):
        self.refusals = refusals
        super().__init__(f"{len(refusals)} registers refused")


def send_month(*, school_class, sent, by, correction_reason="", device="", answers_for_school):
    """Accept all registers of `sent` or none; returns their `Receipt`s in the same order.

    Args:
        sent: `SessionMarks` of one class, each session at most once.
        correction_reason: for those sessions that are corrected after their day.
    Raises MonthRefused with every refusal, so that all can be mended at one time.
    """
    receipts, refusals = [], []
    with transaction.atomic():
        for each in sorted(sent, key=lambda one: (one.date, one.session)):
            try:
                receipts.append(
                    send_register(
                        school_class=school_class,
                        date=each.date,
                        session=each.session,
                        operation_id=each.operation_id,
                        base_revision=each.base_revision,
                        marks=each.marks,
                        set_aside=each.set_aside,
                        state=RegisterState.NOT_HELD
                        if each.not_held_reason
                        else RegisterState.TAKEN,
                        not_held_reason=each.not_held_reason,
                        correction_reason=correction_reason,
                        by=by,
                        device=device,
                        answers_for_school=answers_for_school,
                    )
                )
            except RegisterRefused as refusal:
                refusals.append((each, refusal))
        if refusals:
            raise MonthRefused(refusals)
    return receipts
