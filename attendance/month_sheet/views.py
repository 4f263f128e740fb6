"""A class's month: read, filled in, looked at once more, sent as one."""

import json
import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.access import reach
from core.documents.downloads import XLSX, download
from core.documents.pdf import PDF
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from schools.access_trail import names_shown
from schools.directory.selectors.classes import class_in, lies_in
from schools.enums import NamesKind
from schools.period_picker import picker
from schools.pupils.following import already_followed
from schools.school_years.periods import period_of_year

from ..enums import Mark
from ..mark_parsing import PRESENT, WRITTEN
from ..offline.texts import month_texts
from ..registers.devices import device_of
from .forms import read_month
from .refusals import confirm_lines, settle_refusals
from .register_paper import register_excel as make_excel
from .register_paper import register_pdf as make_pdf
from .selectors import class_month, marks_seen
from .services import MonthRefused, send_month
from .table import column_label, month_grid

PAPERS = ("blank", "filled")


@requires(P.VIEW_REGISTER)
@never_cache
def month(request, class_id, month):
    """Show or send the registers of a class in one month; `?paper=` for the printed sheet."""
    scope = request.scope
    found = reach(scope, P.VIEW_REGISTER, lambda places: class_in(places, class_id))
    if not _lies_in_year(month, found.year):
        raise Http404
    may_take = lies_in(scope.places(P.TAKE_REGISTER), found)
    if request.method == "POST":
        if not may_take:
            raise PermissionDenied
        return _write(request, found, month)
    if request.GET.get("paper") in PAPERS:
        return _paper(request, found, month, request.GET["paper"])
    return _show(request, found, month, may_take=may_take)


@requires(P.VIEW_REGISTER)
@never_cache
@require_safe
def register_pdf(request, class_id, month):
    """The register of the month as it is filed and signed, as PDF."""
    return _register(request, class_id, month, "pdf", make=make_pdf, content_type=PDF)


@requires(P.VIEW_REGISTER)
@never_cache
@require_safe
def register_excel(request, class_id, month):
    """The same as a workbook."""
    return _register(request, class_id, month, "xlsx", make=make_excel, content_type=XLSX)


def _register(request, class_id, month, extension, *, make, content_type):
    found = reach(request.scope, P.VIEW_REGISTER, lambda places: class_in(places, class_id))
    if not _lies_in_year(month, found.year):
        raise Http404
    today = timezone.localdate()
    read = class_month(found, month, today=today)
    names_shown(request, NamesKind.FILE, school_class=found, count=len(read.lines))
    name = _("Register of class %(name)s, month %(month)s") % {
        "name": found.name,
        "month": f"{month.number:02d}-{month.year}",
    }
    content = make(read, today=today)
    return download(content, name=f"{name}.{extension}", content_type=content_type)


def _write(request, school_class, month):
    form = read_month(request.POST, month)
    seen = marks_seen(school_class, form.bases)
    form.keep_what_is_said(seen)
    if form.step == "edit":
        return _show(request, school_class, month, form=form)
    if not form.drafts:
        return _show(request, school_class, month, form=form, status=422)
    if form.has_wrong:
        wrong = {key: _not_a_mark(draft) for key, draft in form.drafts.items() if draft.wrong}
        return _show(request, school_class, month, form=form, refusals=wrong, status=422)
    is_unexplained = form.needs_reason(timezone.localdate()) and not form.correction_reason
    if form.step != "send" or is_unexplained:
        return _confirm(request, school_class, month, form, seen)
    try:
        receipts = send_month(
            form.submissions(
                seen,
                school_class=school_class,
                by=request.user,
                device=device_of(request),
                answers_for_school=_answers_for(request, school_class),
            )
        )
    except MonthRefused as refused:
        refusals, is_conflict = settle_refusals(school_class, form, refused.refusals)
        return _show(
            request,
            school_class,
            month,
            form=form,
            refusals=refusals,
            status=409 if is_conflict else 422,
        )
    _tell(request, receipts)
    return redirect("attendance:month", class_id=school_class.pk, month=month)


def _show(request, school_class, month, *, may_take=True, form=None, refusals=None, status=200):
    read = _read(request, school_class, month)
    today = timezone.localdate()
    grid = month_grid(
        read,
        today=today,
        may_write=may_take,
        drafts=form.drafts if form else None,
        refusals=refusals,
    )
    return render(
        request,
        "attendance/month.html",
        _context(request, school_class, month, grid)
        | {
            "finding": _finding(grid, month, today),
            "following": already_followed(request.scope, [row.line.pupil.pk for row in grid.lines]),
            "may_take": may_take,
            "form_id": form.form_id if form else uuid.uuid4(),
            "correction_reason": form.correction_reason if form else "",
            "refusals": [each for each in grid.columns if each.refusal],
            "nothing_to_send": status == 422 and not form.drafts,
            "period": picker(
                request,
                period_of_year(school_class.year, month),
                address=lambda other: reverse("attendance:month", args=[school_class.pk, other]),
            ),
            "palette": [*Mark.choices, (PRESENT, _("Present")), ("", _("Clear"))],
            "letters": json.dumps(WRITTEN, ensure_ascii=False),
            "texts": json.dumps(month_texts(), ensure_ascii=False),
        },
        status=status,
    )


def _confirm(request, school_class, month, form, seen):
    read = _read(request, school_class, month)
    today = timezone.localdate()
    needs_reason = form.needs_reason(today)
    is_unexplained = needs_reason and form.step == "send"
    return render_form(
        request,
        "attendance/month_confirm.html",
        {
            "school_class": school_class,
            "month": month,
            "form": form,
            "lines": confirm_lines(read, form, seen, today),
            "needs_reason": needs_reason,
            "is_unexplained": is_unexplained,
            "crumbs": _crumbs(request, school_class, month),
            "texts": json.dumps(month_texts(), ensure_ascii=False),
        },
        refused=is_unexplained,
    )


def _paper(request, school_class, month, paper):
    read = _read(request, school_class, month)
    if paper == "blank":
        read.columns = [each for each in read.columns if each.is_due]
    grid = month_grid(read, today=timezone.localdate(), may_write=False)
    context = _context(request, school_class, month, grid) | {"is_blank": paper == "blank"}
    return render(request, "attendance/month_paper.html", context)


def _read(request, school_class, month):
    read = class_month(
        school_class,
        month,
        today=timezone.localdate(),
        answers_for_school=_answers_for(request, school_class),
    )
    names_shown(request, NamesKind.MONTH, school_class=school_class, count=len(read.lines))
    return read


def _context(request, school_class, month, grid):
    return {
        "school_class": school_class,
        "month": month,
        "grid": grid,
        "crumbs": _crumbs(request, school_class, month),
        "url": reverse("attendance:month", args=[school_class.pk, month]),
    }


def _finding(grid, month, today):
    values = {"month": month.label, "count": grid.missing}
    if not grid.columns:
        return _("No school for this class in %(month)s") % values
    if month.first > today:
        return _("%(month)s has not come yet") % values
    if grid.missing:
        return (
            ngettext(
                "%(month)s: %(count)s register is still missing",
                "%(month)s: %(count)s registers are still missing",
                grid.missing,
            )
            % values
        )
    if month.end > today:
        return _("%(month)s: no register is missing up to today") % values
    return _("%(month)s: no register is missing") % values


def _tell(request, receipts):
    codes = [
        f"{column_label((each.register.date, each.register.session))} {each.code}"
        for each in receipts
    ]
    messages.success(
        request,
        ngettext(
            "Sent %(count)s register. Receipts: %(codes)s",
            "Sent %(count)s registers. Receipts: %(codes)s",
            len(receipts),
        )
        % {"count": len(receipts), "codes": " · ".join(codes)},
    )
    if any(each.is_merged for each in receipts):
        messages.info(
            request,
            _("Somebody had sent some of them meanwhile; your marks were added to theirs."),
        )


def _not_a_mark(draft):
    texts = ", ".join(f"“{draft.cells[pk]}”" for pk in sorted(draft.wrong))
    return _("%(texts)s is none of P, K, M, x. Mend the marked cells.") % {"texts": texts}


def _answers_for(request, school_class):
    return lies_in(request.scope.places(P.MANAGE_SCHOOL), school_class)


def _lies_in_year(month, year):
    return month.first < year.valid_to and year.valid_from < month.end


def _crumbs(request, school_class, month):
    crumbs = [
        {
            "label": school_class.name,
            "url": reverse("schools:school_class", args=[school_class.pk]),
        },
        {"label": _("Month %(month)s") % {"month": month.label}},
    ]
    if request.scope.may(P.TAKE_REGISTER):
        crumbs.insert(0, {"label": _("Today"), "url": reverse("attendance:today")})
    return crumbs
