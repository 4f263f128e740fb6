"""Planned leave: the list, recording, withdrawing, and the letter."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from core.access import reach
from core.dates import parse_day
from core.documents.downloads import download_kept
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from schools.access_trail import lists_shown, names_shown
from schools.directory.selectors.classes import class_in, day_in_year, lies_in
from schools.enums import NamesKind
from schools.form_refusals import show_refusal
from schools.pupils.selectors.rolls import roll_on

from . import selectors
from .forms import AttachmentForm, PlannedLeaveForm, WithdrawForm
from .services import add_letter, record_leave, withdraw_leave

PAGE_SIZE = 30


@requires(P.VIEW_REGISTER)
@never_cache
def leaves(request):
    """Planned leave in all places of the reader: now and coming, or (?past) over."""
    return _list(request, school_class=None)


@requires(P.VIEW_REGISTER)
@never_cache
def class_leaves(request, class_id):
    """Planned leave of the pupils of one class."""
    found = reach(request.scope, P.VIEW_REGISTER, lambda places: class_in(places, class_id))
    return _list(request, school_class=found)


def _list(request, *, school_class):
    scope, today = request.scope, timezone.localdate()
    past = "past" in request.GET
    found = selectors.leaves_in(
        scope.places(P.VIEW_REGISTER), today=today, past=past, school_class=school_class
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    lines = selectors.lines_of(page.object_list, today)
    lists_shown(
        request,
        NamesKind.LEAVES,
        [
            (line.leave.school_id, line.school_class.pk if line.school_class else None)
            for line in lines
        ],
    )
    own = scope.places(P.TAKE_REGISTER)
    if school_class is None:
        classes = selectors.classes_of(own, today)
    else:
        classes = [school_class] if lies_in(own, school_class) else []
    return render(
        request,
        "attendance/leaves.html",
        {
            "school_class": school_class,
            "classes": classes,
            "may_take": bool(own),
            "lines": lines,
            "page": page,
            "past": past,
            "tabs": [
                {"label": _("Now and coming"), "url": request.path, "current": not past},
                {"label": _("Over or withdrawn"), "url": "?past", "current": past},
            ],
            "crumbs": _crumbs(school_class) if school_class else [],
        },
    )


@requires(P.TAKE_REGISTER)
@never_cache
def record(request, class_id):
    """Record that a pupil of a class will be away; ?pupil= and ?day= fill the form."""
    found = reach(request.scope, P.TAKE_REGISTER, lambda places: class_in(places, class_id))
    day = _asked_day(request, found)
    roll = roll_on(found, day)
    names_shown(request, NamesKind.ROLL, school_class=found, count=len(roll))
    form = PlannedLeaveForm(
        request.POST or None,
        request.FILES or None,
        school_class=found,
        roll=roll,
        initial={
            "pupil": request.GET.get("pupil", ""),
            "first_day": day,
            "last_day": day,
            "session": "",
            "announced_by": _("the family"),
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            leave = record_leave(school_class=found, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            _say_recorded(request, found, leave)
            return redirect("attendance:class_leaves", class_id=found.pk)
    return render_form(
        request,
        "attendance/leave_record.html",
        {"form": form, "school_class": found, "crumbs": _crumbs(found, _("Record leave"))},
    )


def _say_recorded(request, school_class, leave):
    messages.success(
        request,
        _("%(name)s: leave until %(day)s is recorded. The sheets show P; you send them as always.")
        % {"name": leave.pupil.full_name, "day": leave.last_day.strftime("%d/%m/%Y")},
    )
    sent = selectors.sent_otherwise(school_class, leave)
    if sent:
        messages.info(
            request,
            ngettext(
                "%(count)s register of these days was sent before without P and stays as it is. "
                "Correct it if the pupil was away.",
                "%(count)s registers of these days were sent before without P and stay as they "
                "are. Correct them if the pupil was away.",
                sent,
            )
            % {"count": sent},
        )


@requires(P.TAKE_REGISTER)
@never_cache
def withdraw(request, leave_id):
    """Ask why, then take a leave back."""
    return _change(
        request,
        _leave(request, leave_id),
        form=WithdrawForm(request.POST or None),
        service=withdraw_leave,
        done=_("Withdrawn. Registers that were sent stay as they are."),
        page="attendance/leave_withdraw.html",
        here=_("Withdraw leave"),
    )


@requires(P.TAKE_REGISTER)
@never_cache
def letter_add(request, leave_id):
    """Take the letter that came after the leave was recorded."""
    is_sent = request.method == "POST"
    return _change(
        request,
        _leave(request, leave_id),
        form=AttachmentForm(request.POST, request.FILES) if is_sent else AttachmentForm(),
        service=add_letter,
        done=_("The letter is kept."),
        page="attendance/leave_letter.html",
        here=_("Add the letter"),
    )


def _change(request, leave, *, form, service, done, page, here):
    if request.method == "POST" and form.is_valid():
        try:
            service(leave=leave, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, done)
            return redirect("attendance:leaves")
    _show_one(request, leave)
    return render_form(
        request,
        page,
        {
            "form": form,
            "line": selectors.lines_of([leave], timezone.localdate())[0],
            "leave": leave,
            "crumbs": _crumbs(None, here),
        },
    )


@requires(P.TAKE_REGISTER)
@never_cache
def letter(request, leave_id):
    """The letter as a download, never inside a page; the right to it is asked each time."""
    leave = _leave(request, leave_id)
    if not leave.letter:
        raise Http404
    _show_one(request, leave)
    # The file stays in the folder of downloads, where others look: it names nobody.
    name = _("Letter of leave, record %(number)s, %(day)s") % {
        "number": leave.pupil_id,
        "day": leave.valid_from.strftime("%d-%m-%Y"),
    }
    return download_kept(leave.letter, name=name)


def _show_one(request, leave):
    names_shown(request, NamesKind.LEAVES, pupil=leave.pupil_id, school=leave.school_id)


def _leave(request, leave_id):
    return reach(
        request.scope, P.TAKE_REGISTER, lambda places: selectors.leave_in(places, leave_id)
    )


def _asked_day(request, school_class):
    try:
        day = parse_day(request.GET.get("day", ""))
    except ValueError:
        day = timezone.localdate()
    return day_in_year(school_class.year, on=day)


def _crumbs(school_class, here=""):
    crumbs = [{"label": _("Planned leave"), "url": reverse("attendance:leaves")}]
    if school_class is not None:
        url = reverse("attendance:class_leaves", args=[school_class.pk])
        crumbs.append({"label": school_class.name, "url": url})
    return [*crumbs, {"label": here}] if here else crumbs
