"""Sending many registers of one class at once: the month grid and its workbook."""

from collections.abc import Iterable, Sequence

from django.db import transaction

from ..registers.refusals import RegisterRefused
from ..registers.services.sending import Receipt, send_registers
from ..registers.submission import RegisterSubmission

Refusals = Sequence[tuple[RegisterSubmission, RegisterRefused]]


class MonthRefused(Exception):
    """Nothing was written; `refusals` are in the order of their sessions."""

    def __init__(self, refusals: Refusals) -> None:
        self.refusals = refusals
        super().__init__(f"{len(refusals)} registers refused")


def send_month(submissions: Iterable[RegisterSubmission]) -> list[Receipt]:
    """Accept all registers of a class, each session at most once, or none.

    Returns their `Receipt`s by session. Raises MonthRefused with every refusal, so that all can
    be mended at one time.
    """
    receipts: list[Receipt] = []
    refusals: list[tuple[RegisterSubmission, RegisterRefused]] = []
    with transaction.atomic():
        in_order = sorted(submissions, key=lambda one: (one.date, one.session))
        for each, answer in zip(in_order, send_registers(in_order), strict=True):
            if isinstance(answer, RegisterRefused):
                refusals.append((each, answer))
            else:
                receipts.append(answer)
        if refusals:
            raise MonthRefused(refusals)
    return receipts
