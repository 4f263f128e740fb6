"""Issuing: a paper gets its number, is made once more with it, and is kept for ever."""

import datetime
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.addresses import outside_address
from core.documents.official_papers import issued
from core.events import record
from core.services.saving import locked_row, save_checked
from core.types import User
from core.vietnamese import fold

from ..models import IssuedFile, IssuedPaper, PaperTemplate
from ..models.issued_papers import ISSUED_PAPERS, REPLACE
from ..month_review.freezing import code_of
from . import events
from .drafts import Draft, MonthPaper, Office
from .files import paper_file
from .register import last_number, standing_paper, taken_numbers
from .signing import lines_of
from .word_templates.selectors import template_on

LONGEST_SEARCH = 3_000


@dataclass(frozen=True)
class Particulars:
    """What a person says when issuing.

    Attributes:
        number: the first number; None for the next free one.
        recipients: lines of "Nơi nhận"; empty for those of each paper.
        reason: why papers that stand are replaced; "" when none is to be.
    """

    symbol: str
    on: datetime.date
    position: str
    signer: str
    signing: str = ""
    number: int | None = None
    recipients: Sequence[str] = ()
    reason: str = ""


@transaction.atomic
def issue_papers(
    *, drafts: Sequence[Draft], extension: str, said: Particulars, by: User
) -> list[IssuedPaper]:
    """Issue papers of one office and kind under numbers in a row; all of them or none.

    Their figures are counted now. A paper on the same subject that stands is replaced, and the
    new one says so.

    Args:
        extension: "pdf" or "docx".

    Raises ValidationError: the day is to come or too early (`Draft.not_before`); a number is
    taken; a paper on the subject stands and no reason was given to replace it. IllegalTransition
    and PermissionDenied as the table of `ISSUED_PAPERS`.
    """
    office, kind = drafts[0].office, drafts[0].kind
    _check_day(drafts, said.on)
    _one_issues_at_a_time(office)
    first = said.number or last_number(office, kind, said.on.year) + 1
    _check_free(office, kind, said.on.year, range(first, first + len(drafts)))
    made = []
    layout = template_on(drafts[0].report, said.on) if extension == "docx" else None
    with override("vi"):
        for number, draft in enumerate(drafts, start=first):
            before = standing_paper(draft)
            if before is None:
                made.append(_issue(draft, number, extension, layout, said, by))
                continue
            if not said.reason:
                raise ValidationError(
                    {
                        "reason": _(
                            "%(paper)s of %(day)s on this stands already. Say why it is replaced."
                        )
                        % {"paper": before, "day": f"{before.issued_on:%d/%m/%Y}"}
                    }
                )
            if said.on < before.issued_on:
                raise ValidationError(
                    {
                        "on": _(
                            "A paper is not dated before %(paper)s of %(day)s, which it replaces."
                        )
                        % {"paper": before, "day": f"{before.issued_on:%d/%m/%Y}"}
                    }
                )
            with ISSUED_PAPERS.change(REPLACE, before, by=by) as step:
                new = _issue(draft, number, extension, layout, said, by, replaces=step.row)
                step.row.replaced_by = new
                step.changes = {"replaced_by": (None, str(new))}
                step.reason = said.reason
            made.append(new)
    return made


def note_fetched(*, paper: IssuedPaper, by: User) -> None:
    """Write down that somebody takes the file of an issued paper with them."""
    record(
        events.PAPER_FETCHED,
        by=by,
        about=paper,
        area=paper.office_area_id,
        school=paper.office_school_id,
    )


def _check_day(drafts: Sequence[Draft], on: datetime.date) -> None:
    if on > timezone.localdate():
        raise ValidationError({"on": _("A paper is dated today or earlier.")})
    for draft in drafts:
        if draft.not_before is None and on < draft.month.first:
            raise ValidationError({"on": _("The paper is dated before the month it is about.")})
        if draft.not_before is not None and on < draft.not_before:
            raise ValidationError(
                {
                    "on": _("This paper is dated %(day)s or later.")
                    % {"day": f"{draft.not_before:%d/%m/%Y}"}
                }
            )


def _one_issues_at_a_time(office: Office) -> None:
    """Until the end of the transaction nobody else takes a number of the office."""
    if office.school is not None:
        locked_row(office.school, no_key=True)
    elif office.area is not None:
        locked_row(office.area, no_key=True)


def _check_free(office: Office, kind: str, year: int, wanted: range) -> None:
    taken = taken_numbers(office, kind, year) & set(wanted)
    if taken:
        raise ValidationError(
            {
                "number": _("Number %(number)s of %(year)s is given already in this office.")
                % {"number": min(taken), "year": year}
            },
            code="taken",
        )


def _issue(
    draft: Draft,
    number: int,
    extension: str,
    layout: PaperTemplate | None,
    said: Particulars,
    by: User,
    *,
    replaces: IssuedPaper | None = None,
) -> IssuedPaper:
    paper, code = draft.make(), code_of(secrets.token_hex())
    recipients = list(said.recipients) or list(paper.recipients)
    content = paper_file(
        issued(
            paper,
            number=number,
            symbol=said.symbol,
            on=said.on,
            signs=lines_of(draft.office, said.signing, said.position),
            signer=said.signer,
            recipients=recipients,
            check=_check_sentence(code),
            note=_replacing_sentence(replaces, said.reason) if replaces is not None else "",
        ),
        extension,
        layout,
    )
    row = IssuedPaper(
        office_area=draft.office.area,
        office_school=draft.office.school,
        office_name=draft.office.name,
        kind=draft.kind,
        year=said.on.year,
        number=number,
        symbol=said.symbol,
        issued_on=said.on,
        report=draft.report,
        area=draft.area,
        school=draft.school,
        month=draft.month.first,
        subject=paper.subject,
        signing=said.signing,
        position=said.position,
        signer=said.signer,
        recipients="\n".join(recipients),
        replaces=replaces,
        reason=said.reason if replaces is not None else "",
        publication=paper.publication if isinstance(paper, MonthPaper) else None,
        code=code,
        extension=extension,
        file_hash=hashlib.sha256(content).hexdigest(),
        issued_by=by,
        issued_at=timezone.now(),
    )
    row.search_text = _search_text(row)
    save_checked(row)
    IssuedFile.objects.create(paper=row, content=content)
    changes: dict[str, tuple[Any, Any]] = {"file_hash": (None, row.file_hash)}
    record(
        events.PAPER_ISSUED,
        by=by,
        about=row,
        area=row.office_area_id,
        school=row.office_school_id,
        changes=changes,
        reason=row.reason,
    )
    return row


def _search_text(row: IssuedPaper) -> str:
    said = (row.full_number, row.subject, row.office_name, row.signer, row.recipients)
    return fold(" ".join(said))[:LONGEST_SEARCH]


def _check_sentence(code: str) -> str:
    address = outside_address(reverse("verify"))
    if not address:
        return _("Verification code: %(code)s") % {"code": code}
    return _("Verification code: %(code)s, to be checked at %(address)s") % {
        "code": code,
        "address": address,
    }


def _replacing_sentence(before: IssuedPaper, reason: str) -> str:
    return _("This paper replaces %(paper)s of %(day)s. Reason: %(reason)s") % {
        "paper": before,
        "day": f"{before.issued_on:%d/%m/%Y}",
        "reason": f"{reason.rstrip(' .')}.",
    }
